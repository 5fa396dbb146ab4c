"""What the demo prints while a step goes on."""

import asyncio
from io import StringIO
from re import fullmatch, search

import pytest
from rich.console import Console

from demo import progress

pytestmark = pytest.mark.usefixtures("ended_threads")


async def test_long_step_in_a_pipe_is_reported_from_its_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A line at the start, one at each interval, and one at the end."""
    monkeypatch.setattr(progress, "INTERVAL", 0)
    output = StringIO()
    with progress.step(Console(file=output), "Painting"):
        assert output.getvalue() == "Painting …\n"
        while output.getvalue().count("\n") < 4:
            await asyncio.sleep(0)
    first, *times, last = output.getvalue().splitlines()
    assert first == "Painting …"
    assert all(fullmatch(r"  … \d+ s", time) for time in times)
    assert last.startswith("✓ Painting (")


async def test_step_that_has_ended_is_no_longer_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress, "INTERVAL", 0)
    output = StringIO()
    with progress.step(Console(file=output), "Painting"):
        pass
    printed = output.getvalue()
    for _ in range(10):
        await asyncio.sleep(0)
    assert output.getvalue() == printed


async def test_failed_step_is_not_reported_as_done() -> None:
    output = StringIO()
    with (
        pytest.raises(RuntimeError),
        progress.step(Console(file=output), "Painting"),
    ):
        raise RuntimeError
    assert output.getvalue() == "Painting …\n"


async def test_step_on_a_terminal_is_shown_while_it_goes_on() -> None:
    """In one line with the time, which the result replaces."""
    output = StringIO()
    console = Console(file=output, force_terminal=True, width=80)
    with progress.step(console, "Painting"):
        assert "Painting …" in output.getvalue()
        assert search(r"\d:\d\d:\d\d", output.getvalue())
        assert "✓" not in output.getvalue()
    assert "✓" in output.getvalue()

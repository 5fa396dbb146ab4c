"""Complaints about the integration in Home Assistant's log, separated from other entries."""

from collections.abc import Callable
import logging
import os
from pathlib import Path
import subprocess
import sys
from types import FunctionType
from typing import Any, Final

import pytest

from custom_components.ringcentral import sensor
from demo.notices import Entry, entries
from homeassistant.core import HomeAssistant
from homeassistant.helpers import deprecation, frame
from homeassistant.util.loop import raise_for_blocking_call

from ..common import Account

ROOT: Final = Path(__file__).parents[2]

_DEPRECATED_OLD: Final = deprecation.DeprecatedConstant(1, "NEW", "2031.1")


def call_old() -> None:
    """Use a function that Home Assistant has replaced."""
    deprecation.deprecated_function("new")(lambda: None)()


def use_old_constant() -> None:
    """Use a constant that Home Assistant has replaced."""
    names = {"__name__": "homeassistant.const", "_DEPRECATED_OLD": _DEPRECATED_OLD}
    deprecation.check_if_deprecated_constant("OLD", names)


def use_old_property() -> None:
    """Have a property that Home Assistant has renamed."""

    class Base:
        @property
        @deprecation.deprecated_substitute("old")
        def new(self) -> int:
            return 0

    class Ours(Base):
        old = 1

    Ours.__module__ = sensor.__name__
    assert Ours().new == 1


def do_what_stops_working() -> None:
    """Do something that Home Assistant reports."""
    frame.report_usage("does what is no longer done", breaks_in_ha_version="2031.1")


def block_the_loop() -> None:
    """Call something that blocks."""
    raise_for_blocking_call(open, strict=False)


FAULTS: Final = (
    call_old,
    use_old_constant,
    use_old_property,
    do_what_stops_working,
    block_the_loop,
)


def within(path: str, function: Callable[[], None]) -> Callable[[], Any]:
    """Return a function as if it stood in another file."""
    assert isinstance(function, FunctionType)
    code = function.__code__.replace(co_filename=str(ROOT / path))
    return FunctionType(code, function.__globals__)


@pytest.mark.parametrize("fault", FAULTS)
async def test_every_kind_of_warning_of_home_assistant_is_detected(
    hass: HomeAssistant,
    account: Account,
    notices: list[str],
    fault: Callable[[], None],
) -> None:
    """In its own wording, whatever it is in this version."""
    within("custom_components/ringcentral/sensor.py", fault)()
    assert len(notices) == 1
    # The test would fail otherwise, as it shall.
    notices.clear()


@pytest.mark.parametrize("fault", [call_old, do_what_stops_working])
async def test_warnings_about_other_integrations_are_ignored(
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    notices: list[str],
    fault: Callable[[], None],
) -> None:
    """Home Assistant's own integrations have their own deadlines."""
    within("homeassistant/components/sun/sensor.py", fault)()
    assert "sun" in caplog.text
    assert notices == []


@pytest.mark.parametrize(
    ("logger", "level", "message"),
    [
        (
            "custom_components.ringcentral.connection.outages",
            "WARNING",
            "Connection lost",
        ),
        ("custom_components.ringcentral.api.event_stream", "INFO", "It is deprecated"),
        ("homeassistant.loader", "WARNING", "Something else is deprecated"),
    ],
)
def test_other_entries_are_no_warnings(
    notices: list[str], logger: str, level: str, message: str
) -> None:
    """What the integration itself logs, what is harmless, what is about others."""
    logging.getLogger(logger).log(logging.getLevelNamesMapping()[level], message)
    assert notices == []


LOG: Final = """\
2031-01-02 03:04:05.678+00:00 WARNING (MainThread) [homeassistant.loader] First
2031-01-02 03:04:06.678+00:00 ERROR (Thread-1 (x)) [homeassistant.core] Second
Traceback (most recent call last):
  File "/a/custom_components/ringcentral/sensor.py", line 1, in x
ValueError
2031-01-02 03:04:07.678 INFO (MainThread) [custom_components.ringcentral] Third
"""


def test_entries_of_a_log_file_have_all_their_lines() -> None:
    """A traceback belongs to the entry above it, and names the integration."""
    first, second, third = entries(LOG)
    assert first == Entry(logging.WARNING, "homeassistant.loader", "First")
    assert second.text.startswith("Second\nTraceback")
    assert second.text.endswith("ValueError")
    assert third.level == logging.INFO
    assert [entry.concerns_us for entry in (first, second, third)] == [
        False,
        True,
        False,
    ]
    assert not second.is_notice


def test_importing_everything_is_silent() -> None:
    """Constants that Home Assistant has replaced are reported at the import."""
    package = ROOT / "custom_components" / "ringcentral"
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in package.rglob("*.py")
    ]
    assert len(modules) > 50
    code = "import importlib, logging, sys; logging.basicConfig()\n"
    code += "for module in sys.argv[1:]: importlib.import_module(module)"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "default", "-c", code, *modules],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert not [line for line in done.stderr.splitlines() if "ringcentral" in line]

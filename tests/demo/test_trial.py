"""The trial that a new release of Home Assistant has to pass."""

import asyncio
from asyncio.subprocess import PIPE, STDOUT
import os
from pathlib import Path
import sys
from typing import Final

import pytest

from demo.trial import Refused, check_log
from homeassistant.const import __version__

pytestmark = pytest.mark.usefixtures("socket_enabled")

ROOT: Final = Path(__file__).parents[2]
BEGINNING: Final = "2031-01-02 03:04:05.678+00:00 WARNING (MainThread) "


async def test_the_version_of_all_other_tests_passes(tmp_path: Path) -> None:
    """Every step but the one that needs a browser."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "demo.trial"),
        cwd=ROOT,
        env={**os.environ, "PATH": str(tmp_path)},
        stdout=PIPE,
        stderr=STDOUT,
    )
    output, _ = await process.communicate()
    lines = output.decode().splitlines()
    assert process.returncode == 0, lines
    assert f"Home Assistant {__version__}, one entry, loaded" in lines[0]
    assert "Nobody is on the phone. " in lines[2]
    assert "left out" in lines[4]
    assert lines[-1] == "7 steps passed, 1 left out"


@pytest.mark.parametrize(
    "output",
    [
        "[homeassistant.helpers.frame] Detected that custom integration 'ringcentral' x",
        "[homeassistant.const] The deprecated constant OLD was used from ringcentral.",
        "[custom_components.ringcentral.link] Something is wrong",
        "[py.warnings] /custom_components/ringcentral/x.py:1: DeprecationWarning: old",
        '[homeassistant.core] Error\n  File "/a/custom_components/ringcentral/x.py"',
    ],
)
def test_log_entries_against_the_integration_fail_the_run(output: str) -> None:
    """With the exact text."""
    with pytest.raises(Refused) as refused:
        check_log(f"{BEGINNING}[homeassistant.core] Fine\n{BEGINNING}{output}\n")
    assert output.partition("] ")[2] in str(refused.value)
    assert "Fine" not in str(refused.value)


@pytest.mark.parametrize(
    ("log", "verdict"),
    [
        ("", "nothing against the integration"),
        (
            f"{BEGINNING}[homeassistant.components.sun] The sun is deprecated\n",
            "nothing against the integration, 1 about other things",
        ),
    ],
)
def test_log_entries_about_others_are_counted(log: str, verdict: str) -> None:
    """A new release may warn of itself."""
    assert check_log(log) == verdict


def test_log_of_an_unknown_form_is_refused() -> None:
    """Nothing found is only good if it would have been found."""
    with pytest.raises(Refused, match="can't be read: WARNING"):
        check_log("WARNING: ringcentral uses something deprecated\n")

"""The dashboard that the demo opens with: the board, and a button that rings a phone."""

from collections.abc import Iterable, Iterator
import json
from pathlib import Path
import re
from typing import Any, Final

import pytest
import yaml

from demo.config_dir import configuration
from demo.dashboard import BOARD, simulated_board
from demo.phones import DOMAIN, Phone
from homeassistant.core import HomeAssistant
from homeassistant.helpers.template import Template

_SOURCES: Final = Path(__file__).parents[2] / "frontend" / "src"
_SERVER: Final = "http://127.0.0.1:8089"


def _phones(numbers: Iterable[str]) -> Iterator[Phone]:
    for number in numbers:
        yield Phone(
            device_id=number, number=number, telephony_status=f"sensor.{number}"
        )


def _cards(numbers: list[str]) -> list[dict[str, Any]]:
    [view] = simulated_board(_SERVER, _phones(numbers))["views"]
    [section] = view["sections"]
    cards: list[dict[str, Any]] = section["cards"]
    return cards


def _command(action: str) -> dict[str, str]:
    """Return the command of a REST action in the demo's configuration."""
    text = configuration(time_zone="UTC", debug=False)
    lines = [line for line in text.splitlines() if "!include" not in line]
    domain, _, name = action.partition(".")
    command: dict[str, str] = yaml.safe_load("\n".join(lines))[domain][name]
    return command


def test_simulated_company_has_the_board_and_a_button() -> None:
    """Which shows everybody, as a new card does."""
    board, button = _cards(["101"])
    source = (_SOURCES / "config.ts").read_text(encoding="utf-8")
    [name] = re.findall(r'const CARD = "(.+)"', source)
    assert board == {"type": f"custom:{name}"}
    assert button["name"] == "Ring a phone"


def test_real_account_has_the_dashboard_that_the_dialog_offers() -> None:
    """So that an update improves it."""
    source = (_SOURCES / "register.ts").read_text(encoding="utf-8")
    assert "`ll-strategy-dashboard-${DOMAIN}`, DashboardStrategy" in source
    assert {"strategy": {"type": f"custom:{DOMAIN}"}} == BOARD


@pytest.mark.parametrize("numbers", [["101"], ["102"], ["101", "102", "103"]])
async def test_button_rings_one_of_the_phones(
    hass: HomeAssistant, numbers: list[str]
) -> None:
    """Of the simulator."""
    action = _cards(numbers)[1]["tap_action"]
    command = _command(action["perform_action"])

    def render(key: str) -> str:
        template = Template(command[key], hass)
        return str(template.async_render(action["data"], parse_result=False))

    assert render("url") == f"{_SERVER}/simulator/calls"
    call = json.loads(render("payload"))
    assert call.pop("to") in numbers
    assert call == {"from": "+16505550123", "fromName": "Charlie Williams"}


def test_dashboard_of_fifty_thousand_fits_into_one_message() -> None:
    """Home Assistant takes 4 MiB at the most."""
    phones = _phones(map(str, range(50_000)))
    assert len(json.dumps(simulated_board(_SERVER, phones))) < 4 * 2**20

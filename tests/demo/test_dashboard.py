"""The dashboard that the demo opens with."""

from dataclasses import replace
from datetime import UTC, datetime
import json
from pathlib import Path
import re
from typing import Any, Final

import pytest

from custom_components.ringcentral.texts import one_line
from demo.dashboard import dashboard
from demo.phones import Phone
from homeassistant.core import HomeAssistant
from homeassistant.helpers.template import Template

from ..strangers import WITH_ANY_NAME, shown_by_markdown

ROOT: Final = Path(__file__).parent.parent.parent
PHONE: Final = Phone(
    device_id="d1",
    presence="sensor.a",
    telephony_status="sensor.b",
    dnd="sensor.c",
)
ENTITY_IDS: Final = {
    "presence": "sensor.a",
    "telephony_status": "sensor.b",
    "dnd": "sensor.c",
}
INBOUND: Final = {
    "direction": "inbound",
    "from": "+16505550100",
    "from_name": "Mary <b>Wilson</b>",
    "to": "101",
    "to_name": "Anna Berg",
    "telephony_status": "on_hold",
    "start_time": datetime(2026, 11, 23, 9, 55, tzinfo=UTC),
    "queue_call": False,
}
OUTBOUND: Final = {
    "direction": "outbound",
    "from": "101",
    "from_name": "Anna Berg",
    "to": "+442079460999",
    "to_name": None,
    "telephony_status": "call_connected",
    "start_time": "2026-11-23T09:59:30.000Z",
    "queue_call": None,
}
QUEUE: Final = {
    "direction": "inbound",
    "from": "+16505550101",
    "telephony_status": "ringing",
    "queue_call": True,
}
UNKNOWN: Final[dict[str, object]] = dict.fromkeys(INBOUND)


def cards(kind: str) -> list[dict[str, Any]]:
    """Return the cards of a kind in the only section of a one-phone dashboard."""
    [view] = dashboard([PHONE])["views"]
    [section] = view["sections"]
    return [card for card in section["cards"] if card["type"] == kind]


def options() -> list[tuple[str, str]]:
    """Return every state that the sensors have a text for, and what can befall them."""
    texts = json.loads(
        (ROOT / "custom_components/ringcentral/translations/en.json").read_text("utf-8")
    )
    return [
        (sensor, state)
        for sensor in ENTITY_IDS
        for state in (
            *texts["entity"]["sensor"][sensor]["state"],
            "unavailable",
            "unknown",
        )
    ]


def shows(card: dict[str, Any], entity_id: str, state: str) -> bool:
    """Decide on a card's visibility as the frontend does."""
    [condition] = card["visibility"]
    assert condition["condition"] == "state"
    assert condition["entity"] == entity_id
    if "state" in condition:
        return state in condition["state"]
    return state not in condition["state_not"]


@pytest.mark.parametrize(("sensor", "state"), options())
def test_every_state_shows_one_tile(sensor: str, state: str) -> None:
    """A known state has a color, and nothing makes a sensor disappear."""
    entity_id = ENTITY_IDS[sensor]
    [tile] = [
        tile
        for tile in cards("tile")
        if tile["entity"] == entity_id and shows(tile, entity_id, state)
    ]
    assert ("color" in tile) is (state not in ("unavailable", "unknown"))


@pytest.mark.parametrize(
    ("sensor", "states", "color"),
    [
        ("telephony_status", "no_call", "grey"),
        ("telephony_status", "ringing", "orange"),
        ("telephony_status", "call_connected", "red"),
        ("telephony_status", "on_hold", "yellow"),
        ("telephony_status", "parked_call", "blue-grey"),
        ("presence", "available", "green"),
        ("presence", "busy", "red"),
        ("presence", "offline", "grey"),
        ("dnd", "take_all_calls", "green"),
        ("dnd", "do_not_accept_department_calls take_department_calls_only", "orange"),
        ("dnd", "do_not_accept_any_calls", "red"),
    ],
)
def test_color_of_a_state(sensor: str, states: str, color: str) -> None:
    """A call is red and a free phone is green, as in RingCentral's app."""
    entity_id = ENTITY_IDS[sensor]
    assert [
        tile["color"]
        for state in states.split()
        for tile in cards("tile")
        if tile["entity"] == entity_id and shows(tile, entity_id, state)
    ] == [color] * len(states.split())


def test_every_extension_has_a_tile_that_leads_to_its_device() -> None:
    """It is called like the extension. Extensions stand in the order given."""
    other = replace(PHONE, telephony_status="sensor.d", device_id="d2")
    [view] = dashboard([PHONE, other])["views"]
    assert [section["cards"][0]["entity"] for section in view["sections"]] == [
        "sensor.b",
        "sensor.d",
    ]
    tiles = [tile for tile in cards("tile") if tile["entity"] == "sensor.b"]
    assert len(tiles) == 6
    for tile in tiles:
        assert tile["name"] == {"type": "device"}
        assert tile["tap_action"]["navigation_path"] == "/config/devices/device/d1"


@pytest.mark.parametrize(
    ("calls", "lines"),
    [
        (None, ["&nbsp;"]),
        ([], ["&nbsp;"]),
        (
            [INBOUND, OUTBOUND, QUEUE],
            [
                (
                    "phone-incoming **Mary &lt;b&gt;Wilson&lt;/b&gt;** +16505550100"
                    " · on hold 10:55"
                ),
                "phone-outgoing **+442079460999**  · connected 10:59",
                "account-group **+16505550101**  · ringing",
            ],
        ),
        ([UNKNOWN], ["phone-incoming **Unknown caller**  · unknown"]),
    ],
)
async def test_calls_are_listed(
    hass: HomeAssistant, calls: list[dict[str, object]] | None, lines: list[str]
) -> None:
    """Each call has a line with its other party; a field that is missing is left out."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    hass.states.async_set("sensor.b", "on_hold", {"active_calls": calls})
    [card] = cards("markdown")
    rendered = Template(card["content"], hass).async_render(parse_result=False)
    shown = re.sub(r'<ha-icon icon="mdi:([\w-]+)"></ha-icon>', r"\1", rendered)
    assert shown.split("<br>") == lines


@WITH_ANY_NAME
async def test_any_name_of_a_caller_is_shown_as_text(
    hass: HomeAssistant, name: str, shown: str
) -> None:
    """As the integration delivers it."""
    call = {**OUTBOUND, "to_name": one_line(name)}
    hass.states.async_set("sensor.b", "on_hold", {"active_calls": [call]})
    [card] = cards("markdown")
    rendered = Template(card["content"], hass).async_render(parse_result=False)
    _, line, _ = rendered.split("**")
    assert shown_by_markdown(f"Name: {line}") == f"Name: {shown}"


def test_dashboard_of_thousands_fits_into_one_message() -> None:
    """Home Assistant takes 4 MiB at the most."""
    many = [replace(PHONE, device_id=str(number)) for number in range(10_000)]
    [view] = dashboard(many)["views"]
    assert view["sections"] == dashboard(many[:100])["views"][0]["sections"]
    assert len(json.dumps(dashboard(many))) < 4 * 2**20


def test_phone_without_presence_and_dnd_has_tiles_for_its_status_alone() -> None:
    """Of many extensions, the others are disabled at first."""
    phone = Phone(device_id="d1", telephony_status="sensor.b")
    [view] = dashboard([phone])["views"]
    tiles = [card for card in view["sections"][0]["cards"] if card["type"] == "tile"]
    assert {tile["entity"] for tile in tiles} == {"sensor.b"}

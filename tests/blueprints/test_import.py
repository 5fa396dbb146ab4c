"""A user imports a blueprint, fills in its form, and the phone rings."""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from ..reliability.common import MOVED_TIME
from .common import BLUEPRINTS, OUTSIDE, House
from .lamp import LAMP, RED, YELLOW, add_lamp
from .telephones import MINE, add_phone

pytestmark = MOVED_TIME

_FOLDER: Final = "ringcentral-presence"


async def _import(
    house: House,
    websockets: WebSocketGenerator,
    clients: ClientSessionGenerator,
    name: str,
    inputs: Mapping[str, Any],
) -> None:
    """Save an imported blueprint, and an automation that uses it."""
    await house.hass.async_add_executor_job(_configure, house.hass.config.config_dir)
    for component in ("config", "automation"):
        await house.set_up(component, {})
    path = f"{_FOLDER}/{name}"
    websocket = await websockets(house.hass)
    await websocket.send_json_auto_id(
        {
            "type": "blueprint/save",
            "domain": "automation",
            "path": path,
            "yaml": (BLUEPRINTS / f"{name}.yaml").read_text(),
        }
    )
    answer = await websocket.receive_json()
    assert answer["success"], answer
    client = await clients()
    response = await client.post(
        "/api/config/automation/config/1",
        json={
            "alias": "Of a user",
            "use_blueprint": {"path": f"{path}.yaml", "input": inputs},
        },
    )
    assert response.status == HTTPStatus.OK, await response.text()
    await house.settle()


def _configure(folder: str) -> None:
    """Write the configuration that Home Assistant writes at its first start."""
    files = {
        "configuration.yaml": "automation: !include automations.yaml\n",
        "automations.yaml": "[]\n",
    }
    for name, text in files.items():
        Path(folder, name).write_text(text)


async def test_missed_call_is_sent_to_the_selected_phone(
    house: House,
    hass_ws_client: WebSocketGenerator,
    hass_client: ClientSessionGenerator,
) -> None:
    phone = await add_phone(house)
    inputs = {"people": house.phones("102"), "notify": [MINE]}
    await _import(house, hass_ws_client, hass_client, "missed_call", inputs)
    call = house.simulator.ring(to="102", from_=OUTSIDE, from_name="Ines Caller")
    await house.time.passes(20)
    assert phone.received == []
    house.simulator.end(call.telephony_session_id)
    await house.time.passes(5)

    name = house.simulator.extension("102").name
    assert phone.received == [("Missed call", f"Missed at 01:00: Ines Caller ({name})")]


async def test_lamp_shows_the_call(
    house: House,
    hass_ws_client: WebSocketGenerator,
    hass_client: ClientSessionGenerator,
) -> None:
    lamp = await add_lamp(house)
    inputs = {"people": house.phones("102"), "lamp": LAMP}
    await _import(house, hass_ws_client, hass_client, "busy_light", inputs)
    call = house.simulator.ring(to="102", from_=OUTSIDE).telephony_session_id
    await house.settle()
    house.simulator.answer(call)
    await house.settle()
    assert lamp.color() == RED
    house.simulator.hold(call)
    await house.settle()
    assert lamp.color() == YELLOW
    house.simulator.end(call)
    await house.settle()

    assert lamp.color() is None

"""Action `get_calls`."""

import json
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.ringcentral.const import GRACE
from custom_components.ringcentral.privacy import Privacy
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
from simulator import Simulator

from .clockwork import Clockwork
from .common import add_account
from .services import add_two_extensions, device_id, get_calls, run_example
from .strangers import WITH_ANY_NAME

_FROZEN_TIME = pytest.mark.freeze_time("2026-03-02 09:00:00", tick=True)


async def test_calls_are_returned_with_all_fields(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Two calls of one extension, as in the attributes, SIP data included."""
    account = await add_two_extensions(hass, simulator)
    first = simulator.ring(to="102", from_="+16505550123", from_name="Ines Caller")
    simulator.answer(first.telephony_session_id)
    simulator.ring(to="102", from_="+16505550124")
    await account.until_all_reported()

    response = await get_calls(account, device_id=device_id(account, "102"))

    json.dumps(response)
    state = account.state("102", "telephony_status")
    assert response == {
        state.entity_id: {
            "extension_name": simulator.extension("102").name,
            "extension_number": "102",
            "telephony_status": "call_connected",
            "active_calls": state.attributes["active_calls"],
        }
    }
    active = response[state.entity_id]["active_calls"]
    assert [(c["from"], c["from_name"], c["telephony_status"]) for c in active] == [
        ("+16505550123", "Ines Caller", "call_connected"),
        ("+16505550124", None, "ringing"),
    ]
    for call in active:
        assert set(call["sip_data"]) >= {
            "to_tag",
            "from_tag",
            "remote_uri",
            "local_uri",
        }


async def test_calls_are_masked_by_the_privacy_level(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    account = await add_two_extensions(hass, simulator)
    simulator.ring(to="102", from_="+16505550123", from_name="Ines Caller")
    await account.until_shown("102", "telephony_status", "ringing")
    account.coordinator.change_privacy(Privacy.MASKED)

    response = json.dumps(
        await get_calls(account, device_id=device_id(account, "102")),
        ensure_ascii=False,
    )

    assert "…123" in response
    for personal in ("5550123", "Ines", "Caller", "sip:"):
        assert personal not in response


async def test_park_location_has_calls(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """It has no presence, and the platform sends no status of its own."""
    park = next(e for e in simulator.extensions if e.type == "ParkLocation")
    simulator.set_lines("101", [park.number])
    account = await add_account(hass, simulator, groups=["lines"])
    simulator.notify(
        {
            "extensionId": park.id,
            "activeCalls": [
                {"telephonyStatus": "ParkedCall", "telephonySessionId": "s-1"}
            ],
        }
    )
    await account.until_shown(park.number, "telephony_status", "parked_call")

    response = await get_calls(account, device_id=device_id(account, park.number))

    (calls,) = response.values()
    assert calls["extension_number"] == park.number
    assert calls["telephony_status"] == "parked_call"
    active = calls["active_calls"]
    assert [call["telephony_session_id"] for call in active] == ["s-1"]


@pytest.mark.parametrize("kind", ["device", "entity", "area", "floor", "label"])
async def test_extensions_are_found_by_every_kind_of_target(
    hass: HomeAssistant, simulator: Simulator, kind: str
) -> None:
    """Each once, also without calls."""
    account = await add_two_extensions(hass, simulator)
    label = lr.async_get(hass).async_create("Office")
    floor = fr.async_get(hass).async_create("First")
    area = ar.async_get(hass).async_create("Desk", floor_id=floor.floor_id)
    for number in ("101", "102"):
        dr.async_get(hass).async_update_device(
            device_id(account, number), area_id=area.id, labels={label.label_id}
        )
    targets: dict[str, Any] = {
        "device": [device_id(account, number) for number in ("101", "102")],
        "entity": [account.entity_id("101", "dnd"), account.entity_id("102", "dnd")],
        "area": area.id,
        "floor": floor.floor_id,
        "label": label.label_id,
    }

    response = await get_calls(account, **{f"{kind}_id": targets[kind]})

    assert set(response) == {
        account.entity_id("101", "telephony_status"),
        account.entity_id("102", "telephony_status"),
    }
    for calls in response.values():
        assert calls["telephony_status"] == "no_call"
        assert calls["active_calls"] == []


@_FROZEN_TIME
async def test_calls_that_may_be_over_are_not_returned(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """After the grace time, unconfirmed calls are unknown."""
    account = await add_two_extensions(hass, simulator)
    await simulator.stop()
    clockwork = Clockwork(freezer)
    await clockwork.advance(GRACE - 2)
    assert await get_calls(account, device_id=device_id(account, "102"))
    await clockwork.advance(4)

    with pytest.raises(HomeAssistantError) as failed:
        await get_calls(account, device_id=device_id(account, "102"))

    assert failed.value.translation_key == "picture_not_current"


async def test_extension_without_its_main_entity_is_named_by_another(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The entity may have been omitted by the limit per account."""
    account = await add_two_extensions(hass, simulator)
    main = account.entity_id("102", "telephony_status")
    assert main is not None
    er.async_get(hass).async_remove(main)

    response = await get_calls(account, entity_id=account.entity_id("102", "presence"))

    assert set(response) == {account.entity_id("102", "presence")}


@WITH_ANY_NAME
async def test_example_of_get_calls_works(
    hass: HomeAssistant, simulator: Simulator, name: str, shown: str
) -> None:
    """With any name of a caller."""
    account = await add_two_extensions(hass, simulator)
    notify = async_mock_service(hass, "notify", "send_message")
    simulator.ring(to="102", from_="+16505550123", from_name=name)
    await account.until_shown("102", "telephony_status", "ringing")

    await run_example(account, "get_calls", "102")

    (message,) = [call.data["message"] for call in notify]
    extension = simulator.extension("102").name
    assert message == f"On the phone: {extension} with {shown}, that is all."

"""The documented example event, from the platform to states and attributes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from simulator import Simulator

from .common import Account, add_account
from .documented_example import ACTIVE_CALLS, documented_event
from .forms import want_more_sensors


@pytest.fixture
def example() -> dict[str, Any]:
    """Return the event as RingCentral's documentation prints it."""
    return documented_event()


async def _inject(account: Account, body: dict[str, Any]) -> None:
    """Let the platform send this body, through its control API."""
    session = async_get_clientsession(account.hass)
    url = f"{account.simulator.server}/simulator/notifications"
    async with session.post(url, json={"body": body}) as response:
        assert response.status < 300


@pytest.mark.parametrize("extension_id_type", [str, int])
async def test_example_event_reaches_every_sensor_and_attribute(
    hass: HomeAssistant,
    simulator: Simulator,
    example: dict[str, Any],
    extension_id_type: type,
) -> None:
    """Each field of the document is shown, whatever the JSON type of the id."""
    account = await add_account(hass, simulator)
    body = example["body"]
    body["extensionId"] = extension_id_type(body["extensionId"])

    await _inject(account, body)
    await account.until_shown("101", "telephony_status", "on_hold")

    assert account.shows("101", "presence") == "busy"
    assert account.shows("101", "dnd") == "take_all_calls"
    presence = account.state("101", "presence").attributes
    assert {key: presence[key] for key in _PRESENCE} == _PRESENCE
    telephony = account.state("101", "telephony_status").attributes
    assert telephony["total_active_calls"] == 2
    # The time of the envelope, unless it may be that of the snapshot.
    since = telephony["active_calls"][0]["since"]
    assert telephony["active_calls"] == [
        {**call, "since": since} for call in ACTIVE_CALLS
    ]
    first = telephony["active_calls"][0]
    assert first["sip_data"]["from_tag"] == "10.14.20.199-5070-63fbd8da20314c"


async def test_example_event_updates_sensors_that_are_disabled_by_default(
    hass: HomeAssistant, simulator: Simulator, example: dict[str, Any]
) -> None:
    """User and meeting status, number of calls, and the envelope with its sequence."""
    account = await add_account(hass, simulator, groups=[], extensions=["101"])
    await want_more_sensors(account)
    registry = er.async_get(hass)
    for key in ("user_status", "meeting_status", "active_calls", "last_event"):
        entity_id = account.entity_id("101", key)
        assert entity_id is not None
        entry = registry.async_get(entity_id)
        assert entry is not None
        assert entry.disabled_by is er.RegistryEntryDisabler.INTEGRATION
        registry.async_update_entity(entity_id, disabled_by=None)
    await hass.config_entries.async_reload(account.entry.entry_id)

    await _inject(account, example["body"])
    await account.until_shown("101", "telephony_status", "on_hold")

    assert account.shows("101", "user_status") == "available"
    assert account.shows("101", "meeting_status") == "disconnected"
    assert account.shows("101", "active_calls") == "2"
    last_event = account.state("101", "last_event")
    time = datetime.fromisoformat(last_event.state)
    assert abs((datetime.now(UTC) - time).total_seconds()) < 60
    assert last_event.attributes["sequence"] == 2013
    assert last_event.attributes["extension_id"] == "297277020"
    assert last_event.attributes["owner_id"] == "297277020"
    assert last_event.attributes["event"] == example["event"]
    assert account.coordinator.stream.subscriptions.subscription is not None
    assert (
        last_event.attributes["subscription_id"]
        == account.coordinator.stream.subscriptions.subscription.id
    )
    assert last_event.attributes["uuid"].isdigit()


_PRESENCE = {
    "user_status": "available",
    "meeting_status": "disconnected",
    "allow_see_my_presence": True,
    "ring_on_monitored_call": True,
    "pick_up_calls_on_hold": True,
}

"""Sensors: states, defaults, and what is not recorded."""

import json
from typing import Final

from freezegun.api import FrozenDateTimeFactory, StepTickTimeFactory
import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.ringcentral.api.models.enums import (
    DndStatus,
    MeetingStatus,
    PlatformEnum,
    PresenceStatus,
    TelephonyStatus,
)
from homeassistant.components.recorder.db_schema import StateAttributes, States
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance, session_scope
from homeassistant.util import dt as dt_util
from simulator import Simulator
from simulator.base.wire import JsonObject

from .common import Account, add_account, until
from .forms import want_more_sensors

# The colors of the history's timeline, in its order.
_COLORS: Final = ("blue", "amber", "red", "teal", "purple")


async def _enable(account: Account, number: str | None, *keys: str) -> None:
    """Enable sensors that are disabled by default, as a user would."""
    await want_more_sensors(account)
    hass, entry_id = account.hass, account.entry.entry_id
    await hass.config_entries.async_unload(entry_id)
    for key in keys:
        entity_id = account.entity_id(number, key)
        assert entity_id is not None
        er.async_get(hass).async_update_entity(entity_id, disabled_by=None)
    await hass.config_entries.async_setup(entry_id)
    await hass.async_block_till_done()


async def test_entities_of_an_extension_and_of_the_account(
    hass: HomeAssistant,
    simulator: Simulator,
    snapshot: SnapshotAssertion,
    entity_registry: er.EntityRegistry,
) -> None:
    """Names, categories, capabilities, and which are enabled."""
    account = await add_account(hass, simulator, groups=[], extensions=["101"])
    await want_more_sensors(account)

    entities = {
        entity.entity_id.partition(".")[0]
        + "."
        + entity.unique_id.removeprefix(str(account.entry.unique_id)): {
            "name": entity.original_name,
            "enabled": entity.disabled_by is None,
            "category": entity.entity_category,
            "device_class": entity.original_device_class,
            "capabilities": entity.capabilities,
        }
        for entity in er.async_entries_for_config_entry(
            entity_registry, account.entry.entry_id
        )
    }
    assert entities == snapshot


@pytest.mark.parametrize(
    ("key", "enum", "colors"),
    [
        (
            "telephony_status",
            TelephonyStatus,
            {"ringing": "amber", "call_connected": "red", "no_call": "teal"},
        ),
        ("presence", PresenceStatus, {"available": "blue", "busy": "red"}),
        ("user_status", PresenceStatus, {"available": "blue", "busy": "red"}),
        ("meeting_status", MeetingStatus, {"connected": "amber"}),
        (
            "dnd",
            DndStatus,
            {"do_not_accept_any_calls": "red", "take_all_calls": "teal"},
        ),
    ],
)
async def test_history_has_the_color_of_each_state(
    hass: HomeAssistant,
    simulator: Simulator,
    key: str,
    enum: type[PlatformEnum],
    colors: dict[str, str],
) -> None:
    """Home Assistant colors states by their place among the options."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    await _enable(account, "102", key)

    options = account.state("102", key).attributes["options"]

    assert sorted(options) == sorted(str(member) for member in enum.known())
    shown = dict(zip(options, _COLORS, strict=False))
    assert {state: shown[state] for state in colors} == colors


@pytest.mark.parametrize(
    ("dnd_status", "personal", "shown"),
    [
        ("TakeAllCalls", None, "take_all_calls"),
        ("TakeDepartmentCallsOnly", None, "take_department_calls_only"),
        (
            "DoNotAcceptDepartmentCalls",
            "TakeAllCalls",
            "do_not_accept_department_calls",
        ),
        ("TakeAllCalls", "DoNotAcceptAnyCalls", "do_not_accept_any_calls"),
        ("DoNotAcceptAnyCalls", "TakeAllCalls", "do_not_accept_any_calls"),
        ("Unknown", "TakeAllCalls", "take_all_calls"),
        ("Unknown", "DoNotAcceptAnyCalls", "do_not_accept_any_calls"),
        ("Unknown", "Unknown", "unknown"),
    ],
)
async def test_dnd_is_on_if_either_of_its_fields_is(
    hass: HomeAssistant,
    simulator: Simulator,
    dnd_status: str,
    personal: str | None,
    shown: str,
) -> None:
    """Accounts on the newer call handling send two fields."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    simulator.notify(
        {
            "extensionId": simulator.extension("102").id,
            "dndStatus": dnd_status,
            "dndStatusPersonal": personal,
        }
    )
    await account.until_all_reported()

    assert account.shows("102", "dnd") == shown


async def test_disabled_sensors_are_updated_when_enabled(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """User status, meeting, number of calls."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    await _enable(account, "102", "user_status", "meeting_status", "active_calls")

    simulator.change_extension("102", userStatus="Busy", meetingStatus="Connected")
    simulator.ring(to="102", from_="+16505550123")
    await account.until_all_reported()

    assert account.shows("102", "user_status") == "busy"
    assert account.shows("102", "meeting_status") == "connected"
    assert account.shows("102", "active_calls") == "1"


@pytest.mark.freeze_time("2026-03-02 09:00:00", tick=True)
async def test_last_event_of_the_account_is_written_once_a_minute(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Not with every event of every extension."""
    account = await add_account(hass, simulator)
    await _enable(account, None, "last_event")
    # Home Assistant reloads the entry half a minute after an entity was enabled.
    before = account.coordinator
    freezer.tick(31)
    await until(lambda: getattr(account.entry, "runtime_data", before) is not before)
    await until(lambda: account.entry.state is ConfigEntryState.LOADED)
    await hass.async_block_till_done()
    simulator.ring(to="102", from_="+16505550123")
    await account.until_shown("102", "telephony_status", "ringing")
    assert account.shows(None, "last_event") == "unknown"

    freezer.tick(61)
    await until(lambda: account.shows(None, "last_event") != "unknown")

    assert str(account.shows(None, "last_event")).startswith("2026-03-02T09:0")


async def test_fields_of_call_queues_and_shared_lines_reach_the_user(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """They are not in the documented example, but in the published schema."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    info: JsonObject = {"primary": {"type": "QueueName", "value": "Support"}}
    appearance: JsonObject = {"phoneNumber": "+16505550123", "appearanceNumber": 2}
    simulator.notify(
        {
            "extensionId": simulator.extension("102").id,
            "telephonyStatus": "Ringing",
            "activeCalls": [
                {
                    "telephonyStatus": "Ringing",
                    "telephonySessionId": "s-1",
                    "callInfo": info,
                    "appearanceInfo": appearance,
                    "onBehalfOf": "62264425016",
                    "sipData": {"callId": "c-1", "rcSessionId": "r-1"},
                }
            ],
        }
    )
    await account.until_shown("102", "telephony_status", "ringing")

    call = account.state("102", "telephony_status").attributes["active_calls"][0]
    assert call["on_behalf_of"] == "62264425016"
    assert call["sip_data"]["call_id"] == "c-1"
    assert call["sip_data"]["rc_session_id"] == "r-1"
    assert "Support" in json.dumps(call["call_info"])
    assert "+16505550123" in json.dumps(call["appearance_info"])


async def test_calls_and_messages_are_not_recorded(
    recorder_mock: object, hass: HomeAssistant, simulator: Simulator
) -> None:
    """States are recorded, personal attributes are not."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    extension_id = simulator.extension("102").id
    simulator.notify({"extensionId": extension_id, "message": "Canary on holiday"})
    simulator.ring(to="102", from_="+16505550199", from_name="Canary Nightingale")
    await account.until_shown("102", "telephony_status", "ringing")
    await account.until_all_reported()
    assert "Canary" in str(account.state("102", "presence").attributes["message"])
    await get_instance(hass).async_block_till_done()
    with session_scope(hass=hass, read_only=True) as session:
        states = [row.state for row in session.query(States)]
        attributes = " ".join(
            row.shared_attrs or "" for row in session.query(StateAttributes)
        )
    assert "ringing" in states
    for personal in ("Canary", "+16505550199", "sip_data", "active_calls"):
        assert personal not in attributes


async def test_park_location_has_calls_but_no_presence(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """For lines that are not people the platform sends only calls."""
    park = next(e for e in simulator.extensions if e.type == "ParkLocation")
    simulator.set_lines("101", [park.number])
    account = await add_account(hass, simulator, groups=["lines"])

    assert account.shows(park.number, "telephony_status") == "no_call"
    assert account.entity_id(park.number, "presence") is None
    assert account.entity_id(park.number, "dnd") is None
    device = account.device(park.number)
    assert device is not None
    assert device.model == "Park location"

    simulator.notify(
        {
            "extensionId": park.id,
            "activeCalls": [
                {"telephonyStatus": "ParkedCall", "telephonySessionId": "s-1"}
            ],
        }
    )
    await account.until_shown(park.number, "telephony_status", "parked_call")


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_account_sensors_describe_the_connection(
    hass: HomeAssistant, simulator: Simulator, freezer: StepTickTimeFactory
) -> None:
    """State and reason, time and number of losses, and unseen time."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    simulator.switches.ping_interval = 0
    link = account.state(None, "link")
    assert (link.state, link.attributes["reason"]) == ("push", None)
    assert account.shows(None, "last_loss") == "unknown"
    assert account.shows(None, "interruptions") == "0"
    assert account.shows(None, "unseen_today") == "0"

    simulator.switches.recovery = False
    simulator.drop_connections()
    await until(lambda: account.shows(None, "link") == "recovering")
    link = account.state(None, "link")
    assert link.attributes["reason"] == "connection_lost"
    loss = account.state(None, "last_loss").state
    assert dt_util.as_utc(dt_util.parse_datetime(loss, raise_on_error=True)) <= (
        dt_util.utcnow()
    )
    assert account.shows(None, "interruptions") == "1"

    freezer.tick(20)
    await until(lambda: account.shows(None, "link") == "push")
    assert account.state(None, "link").attributes["reason"] is None
    await until(lambda: account.shows(None, "unseen_today") != "0")
    # Set-up takes a part of the 20 s, and the clock also advances on its own.
    assert 10 <= int(account.shows(None, "unseen_today") or 0) < 40
    assert account.shows(None, "interruptions") == "1"

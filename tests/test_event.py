"""Event entities of calls: attributes, writes, and restored state."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    mock_restore_cache_with_extra_data,
)

from custom_components.ringcentral.calls.lifecycle import CallEventType
from custom_components.ringcentral.privacy import Privacy
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE
from homeassistant.core import (
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.restore_state import DATA_RESTORE_STATE
from homeassistant.util import dt as dt_util
from simulator import Simulator

from .clockwork import Clockwork
from .common import Account, add_account, until, writes

_MOVED_TIME = pytest.mark.freeze_time("2026-03-02 09:00:00", tick=True)


def _calls(account: Account, number: str) -> State:
    """Return the state of the event entity of an extension."""
    return account.state(number, "calls", "event")


def _happened(hass: HomeAssistant, account: Account, number: str) -> list[Any]:
    """Collect what the entity of an extension shows from now on."""
    entity_id = account.entity_id(number, "calls", "event")
    happened: list[Any] = []

    @callback
    def collect(event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        if event.data["entity_id"] == entity_id and state is not None:
            shown = state.state
            happened.append(
                shown if shown == STATE_UNAVAILABLE else state.attributes["event_type"]
            )

    hass.bus.async_listen(EVENT_STATE_CHANGED, collect)
    return happened


@_MOVED_TIME
async def test_event_has_type_direction_and_durations(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """By the platform's own time."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    assert _calls(account, "102").state == "unknown"
    clockwork = Clockwork(freezer)
    call = simulator.ring(to="102", from_="+16505550123", queue_call=True)
    await account.until_all_reported()
    await clockwork.advance(4)
    simulator.answer(call.telephony_session_id)
    await account.until_all_reported()
    await clockwork.advance(10)
    simulator.hold(call.telephony_session_id)
    await account.until_all_reported()

    state = _calls(account, "102")
    shown = dict(state.attributes)
    time = dt_util.parse_datetime(shown.pop("time"))
    assert time is not None
    assert time.microsecond == 0
    assert abs(dt_util.utcnow() - time) < timedelta(seconds=2)
    assert shown.pop("friendly_name").endswith("Call activity")
    assert shown == {
        "event_types": [kind.value for kind in CallEventType],
        "event_type": "held",
        "icon": "mdi:phone-paused",
        "direction": "inbound",
        "queue_call": True,
        "ringing_seconds": pytest.approx(4, abs=0.2),
        "talking_seconds": pytest.approx(10, abs=0.2),
        "held_seconds": 0,
        "reconstructed": False,
        "replayed": False,
    }


@pytest.mark.parametrize(
    ("privacy", "seconds"),
    [(Privacy.FULL, "4.4"), (Privacy.MASKED, "4"), (Privacy.NONE, "4")],
)
async def test_durations_have_fractions_at_the_full_level_alone(
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    privacy: Privacy,
    seconds: str,
) -> None:
    """They would identify the call at the phone of the other party, too."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    account.coordinator.change_privacy(privacy)
    clockwork = Clockwork(freezer)
    call = simulator.ring(to="102", from_="+16505550123")
    await account.until_all_reported()
    await clockwork.advance(4.4)
    simulator.answer(call.telephony_session_id)
    await account.until_all_reported()
    assert str(_calls(account, "102").attributes["ringing_seconds"]) == seconds


async def test_event_has_no_personal_data(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Home Assistant stores all attributes of an event entity."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    simulator.ring(to="102", from_="+16505550123", from_name="Canary Caller")
    await account.until_all_reported()
    state = _calls(account, "102")
    attributes = {k: v for k, v in state.attributes.items() if k != "friendly_name"}
    assert attributes["event_type"] == "ringing"
    for personal in ("6505550123", "Canary", "sip:", simulator.extension("102").name):
        assert personal not in str(attributes)


async def test_event_entity_is_written_only_for_call_events(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Not for other events of the extension, other extensions, or snapshots."""
    account = await add_account(hass, simulator)
    entity_id = account.entity_id("102", "calls", "event")

    with writes(hass) as written:
        simulator.change_extension("102", dndStatus="DoNotAcceptAnyCalls")
        simulator.ring(to="103", from_="+16505550123")
        await account.until_all_reported()
        await account.coordinator.async_refresh()
        await hass.async_block_till_done()
    assert account.shows("102", "dnd") == "do_not_accept_any_calls"
    assert entity_id not in written

    with writes(hass) as written:
        call = simulator.ring(to="102", from_="+16505550123")
        simulator.answer(call.telephony_session_id)
        await account.until_all_reported()
    assert written.count(str(entity_id)) == 2


async def test_all_of_several_events_at_once_are_shown(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """One after the other, so that automations receive each."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    happened = _happened(hass, account, "102")
    call = simulator.ring(to="102", from_="+16505550123")
    for move in (simulator.answer, simulator.hold, simulator.unhold, simulator.end):
        move(call.telephony_session_id)
    await account.until_all_reported()
    assert happened == ["ringing", "answered", "held", "resumed", "ended"]


async def test_park_location_has_events_too(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """It has calls, though no presence."""
    number = next(
        extension.number
        for extension in simulator.extensions
        if extension.type == "ParkLocation"
    )
    simulator.set_lines("101", ["102", number])
    account = await add_account(hass, simulator, groups=["lines"])
    simulator.ring(to=number, from_="+16505550123")
    await account.until_all_reported()
    assert _calls(account, number).attributes["event_type"] == "ringing"


@_MOVED_TIME
async def test_event_entity_is_unavailable_during_an_outage(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Afterwards it shows the last event again, with its time."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    simulator.ring(to="102", from_="+16505550123")
    await account.until_all_reported()
    before = _calls(account, "102")
    clockwork = Clockwork(freezer)
    simulator.fault("maintenance", seconds=600)
    simulator.drop_connections()
    await clockwork.advance(130)
    assert _calls(account, "102").state == STATE_UNAVAILABLE
    simulator.clear_faults()
    await clockwork.advance(180)
    after = _calls(account, "102")
    assert (after.state, after.attributes) == (before.state, before.attributes)


async def test_last_event_is_still_shown_after_a_restart(
    hass: HomeAssistant, simulator: Simulator, entity_registry: er.EntityRegistry
) -> None:
    """Home Assistant restores it."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    simulator.ring(to="102", from_="+16505550123")
    await account.until_all_reported()
    before = _calls(account, "102")
    stored = hass.data[DATA_RESTORE_STATE].entities[before.entity_id]
    extra = stored.extra_restore_state_data
    assert extra is not None
    await hass.config_entries.async_unload(account.entry.entry_id)
    mock_restore_cache_with_extra_data(hass, [(before, extra.as_dict())])
    await hass.config_entries.async_setup(account.entry.entry_id)
    await hass.async_block_till_done()

    after = _calls(account, "102")
    assert (after.state, after.attributes) == (before.state, before.attributes)


@_MOVED_TIME
async def test_ring_that_stopped_just_before_the_entry_is_unloaded_is_missed(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """It is not known whether it continues."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    happened = _happened(hass, account, "102")
    call = simulator.ring(to="102", from_="+16505550123")
    simulator.end(call.telephony_session_id)
    await account.until_all_reported()
    assert happened == ["ringing"]
    await hass.config_entries.async_unload(account.entry.entry_id)
    assert happened == ["ringing", "missed", STATE_UNAVAILABLE]


@_MOVED_TIME
async def test_ring_that_stopped_just_before_home_assistant_stops_is_missed(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """As long as it can still be stored."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    happened = _happened(hass, account, "102")
    call = simulator.ring(to="102", from_="+16505550123")
    simulator.end(call.telephony_session_id)
    await account.until_all_reported()
    await hass.async_stop(force=True)
    assert happened == ["ringing", "missed"]


@_MOVED_TIME
async def test_call_is_measured_across_a_restart(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Events of the downtime are marked as replayed, later ones are not."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    clockwork = Clockwork(freezer)
    call = simulator.ring(to="102", from_="+16505550123")
    simulator.answer(call.telephony_session_id)
    await account.until_all_reported()
    await hass.config_entries.async_unload(account.entry.entry_id)
    await clockwork.advance(20)
    simulator.hold(call.telephony_session_id)
    await clockwork.advance(30)
    await hass.config_entries.async_setup(account.entry.entry_id)
    await until(lambda: _calls(account, "102").attributes.get("event_type") == "held")
    held = _calls(account, "102").attributes
    assert held["replayed"]
    assert held["talking_seconds"] == pytest.approx(20, abs=2)

    await clockwork.advance(10)
    simulator.end(call.telephony_session_id)
    await account.until_all_reported()
    ended = _calls(account, "102").attributes
    assert ended["event_type"] == "ended"
    assert not ended["replayed"]
    assert ended["talking_seconds"] == pytest.approx(20, abs=2)
    assert ended["held_seconds"] == pytest.approx(40, abs=2)

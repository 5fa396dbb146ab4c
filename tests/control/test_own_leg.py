"""The leg of an own RingOut in states, events and counts, with every reading of it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Final

import pytest

from custom_components.ringcentral.api.models.enums import Direction
from custom_components.ringcentral.calls.counts import ACCOUNT_SCOPE, DayCounts
from custom_components.ringcentral.calls.dispatcher import SIGNAL_CALL_EVENT
from custom_components.ringcentral.calls.lifecycle import ExtensionCallEvent
from custom_components.ringcentral.const import CONF_EXTENSION_ID
from homeassistant.core import callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from simulator import SimulatorOptions

from ..common import Account
from ..reliability.common import MOVED_TIME, Time
from .ringout_platform import DIALED, OWN, Caller, Platform

pytestmark = MOVED_TIME

IDS: Final = ("session", "text", "number")
OTHER: Final = "+16505550188"


@pytest.fixture
def simulator_options() -> SimulatorOptions:
    """Return the options of a small company."""
    return SimulatorOptions(port=0, extensions=2)


@contextmanager
def own_events(account: Account) -> Iterator[list[tuple[str, str | None]]]:
    """Collect type and session of the call events of the own extension."""
    events: list[tuple[str, str | None]] = []
    extension_id = account.entry.data[CONF_EXTENSION_ID]

    @callback
    def collect(report: ExtensionCallEvent) -> None:
        if report.extension_id == extension_id:
            event = report.event
            events.append((event.type.value, event.call.telephony_session_id))

    disconnect = async_dispatcher_connect(account.hass, SIGNAL_CALL_EVENT, collect)
    yield events
    disconnect()


def counts(account: Account) -> DayCounts:
    """Return the counts of the account."""
    state = account.coordinator.calls.counts.state
    return state.scopes[ACCOUNT_SCOPE].counts


@pytest.mark.parametrize("from_", ["e164", "national", "empty"])
@pytest.mark.parametrize("direction", ["Inbound", "Outbound"])
@pytest.mark.parametrize("sessions", ["one", "two"])
async def test_ringout_is_one_outgoing_call_with_every_reading(
    account: Account,
    platform: Platform,
    caller: Caller,
    time: Time,
    sessions: str,
    direction: str,
    from_: str,
) -> None:
    switches = account.simulator.switches
    switches.ring_out_sessions = sessions  # type: ignore[assignment]
    switches.ring_out_direction = direction  # type: ignore[assignment]
    switches.ring_out_from = from_  # type: ignore[assignment]
    own = account.entry.data[CONF_EXTENSION_ID]
    for id_, order, is_picked_up in product(IDS, ("after", "before"), (True, False)):
        switches.ring_out_id = id_  # type: ignore[assignment]
        switches.ring_out_event = order  # type: ignore[assignment]
        before = counts(account)
        with own_events(account) as events:
            await caller.dial()
            await time.passes(3.0)
            [shown] = account.coordinator.data[own].calls
            assert (shown.direction, shown.to) in (
                (Direction.OUTBOUND, DIALED),
                (Direction.OUTBOUND, DIALED[2:]),
            )
            assert account.shows(OWN, "telephony_status") == "ringing"
            if is_picked_up:
                platform.ring_outs.answer_own(platform.last)
                await time.passes(2.0)
                assert [event for event, _ in events] == ["dialing"]
                assert account.shows(OWN, "telephony_status") == "ringing"
                platform.ring_outs.answer(platform.last)
                # Until the status is read, and the presence.
                await time.passes(20.0)
                assert account.shows(OWN, "telephony_status") == "call_connected"
                calls = platform.ring_outs.calls
                calls.drop_session(platform.last.call, platform.last.own)
            else:
                platform.ring_outs.fail(platform.last, "NoAnswer")
            await time.passes(70.0)
        expected = (
            ["dialing", "answered", "ended"]
            if is_picked_up
            else [
                "dialing",
                "ended",
            ]
        )
        assert [event for event, _ in events] == expected, (id_, order)
        assert len({session for _, session in events}) == 1
        after = counts(account)
        assert after.outgoing == before.outgoing + 1
        assert (after.incoming, after.missed) == (before.incoming, before.missed)
        assert account.shows(OWN, "telephony_status") == "no_call"


@pytest.mark.parametrize("number", [DIALED, OTHER])
@pytest.mark.parametrize("when", ["before", "under way", "later"])
async def test_call_of_another_one_is_announced(
    account: Account,
    platform: Platform,
    caller: Caller,
    time: Time,
    number: str,
    when: str,
) -> None:
    simulator = account.simulator
    platform.delay = 2.0
    with own_events(account) as events:
        party = None
        if when == "before":
            party = simulator.ring(OWN, number)
            await time.settle()
        dialing = asyncio.ensure_future(caller.dial())
        await time.passes(1.0)
        if when == "under way":
            party = simulator.ring(OWN, number)
        await time.passes(2.0)
        await dialing
        if party is None:
            party = simulator.ring(OWN, number)
        await time.passes(1.0)
        assert ("ringing", party.telephony_session_id) in events
        simulator.end(party.telephony_session_id)
        await time.passes(5.0)
        platform.ring_outs.fail(platform.last, "NoAnswer")
        await time.passes(5.0)
    by_session: dict[str | None, list[str]] = {}
    for event, session in events:
        by_session.setdefault(session, []).append(event)
    assert by_session == {
        party.telephony_session_id: ["ringing", "missed"],
        platform.last.call.id: ["dialing", "ended"],
    }


async def test_outside_phone_that_presence_hides_leaves_other_calls_alone(
    account: Account, platform: Platform, caller: Caller, time: Time
) -> None:
    account.simulator.switches.ring_out_outside = "hidden"
    await caller.dial(origin="+16505550166")
    await time.passes(1.0)
    with own_events(account) as events:
        party = account.simulator.ring(OWN, DIALED)
        await time.passes(1.0)
        assert events == [("ringing", party.telephony_session_id)]


async def test_leg_stays_an_outgoing_call_after_a_reload(
    account: Account, platform: Platform, caller: Caller, time: Time
) -> None:
    await caller.dial()
    await time.passes(1.0)
    with own_events(account) as events:
        await account.hass.config_entries.async_unload(account.entry.entry_id)
        # Before the first snapshot, as the manager does.
        await _set_up(account, caller)
        await time.passes(1.0)
        platform.ring_outs.answer_own(platform.last)
        await time.passes(1.0)
        assert account.shows(OWN, "telephony_status") == "ringing"
        assert (await caller.dial()).session_id == platform.last.call.id
        platform.ring_outs.answer(platform.last)
        await time.passes(20.0)
        platform.ring_outs.calls.drop_session(platform.last.call, platform.last.own)
        await time.passes(10.0)
    assert [event for event, _ in events] == ["answered", "ended"]
    assert len(platform.dialed) == 1
    assert caller.reports == [("dial", "dialing")]


async def _set_up(account: Account, caller: Caller) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "custom_components.ringcentral.async_setup_control",
            lambda _hass, coordinator: caller.load(coordinator),
        )
        await account.hass.config_entries.async_setup(account.entry.entry_id)
    await account.hass.async_block_till_done()


async def test_unload_releases_what_is_held_back(
    account: Account, platform: Platform, caller: Caller, time: Time
) -> None:
    platform.delay = 5.0
    dialing = asyncio.ensure_future(caller.dial())
    await time.passes(1.0)
    with own_events(account) as events:
        party = account.simulator.ring(OWN, OTHER)
        await time.passes(1.0)
        # The leg is held back since then, so this one is, too.
        assert events == []
        await account.hass.config_entries.async_unload(account.entry.entry_id)
        assert ("ringing", party.telephony_session_id) in events
    _ = await asyncio.gather(dialing, return_exceptions=True)


async def test_each_event_is_counted_once(
    account: Account, platform: Platform, caller: Caller, time: Time
) -> None:
    account.simulator.switches.ring_out_event = "before"
    before = account.coordinator.history.events["presence"]
    await caller.dial()
    await time.passes(1.0)
    assert account.coordinator.history.events["presence"] == before + 1
    assert len(platform.dialed) == 1

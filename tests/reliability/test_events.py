"""Events that are repeated, out of order, incomplete, or numbered arbitrarily."""

from unittest.mock import patch

import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import RawJson
from custom_components.ringcentral.api.models.notifications import (
    PresenceEvent,
    decode_notification,
)
from custom_components.ringcentral.calls.dispatcher import SIGNAL_CALL_EVENT
from custom_components.ringcentral.calls.lifecycle import ExtensionCallEvent
from custom_components.ringcentral.const import SAFETY_POLL_INTERVAL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from simulator import Simulator
from simulator.base.wire import JsonObject, JsonValue
from simulator.push.connection import Connection

from ..common import add_account, writes
from .common import (
    MOVED_TIME,
    Time,
    call_events,
    fetched,
    is_pushed,
    link,
    lose_push,
    never_unavailable,
    states_of,
)

pytestmark = MOVED_TIME


async def test_event_sent_twice_shows_and_rings_once(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The platform does not guarantee to send an event once only."""
    account = await add_account(hass, simulator)
    simulator.fault("duplicate", count=1)
    with call_events(hass, simulator) as events, writes(hass) as written:
        simulator.ring(to="102", from_="+16505550123")
        await time.settle()

    assert events == ["102 ringing"]
    assert account.of_extensions(written) == [
        account.entity_id("102", "telephony_status"),
        account.entity_id("102", "calls", "event"),
    ]


@pytest.mark.parametrize("groups", [["everyone"], ["everyone", "lines", "favorites"]])
async def test_filters_that_overlap_show_each_change_once(
    hass: HomeAssistant, simulator: Simulator, time: Time, groups: list[str]
) -> None:
    """One notification for each of them, with the same number."""
    simulator.switches.overlapping_filters = "each"
    simulator.set_lines("101", ["102"])
    simulator.set_favorites("101", ["102"])
    account = await add_account(hass, simulator, groups=groups)
    with call_events(hass, simulator) as events, writes(hass) as written:
        call = simulator.ring(to="102", from_="+16505550123")
        await time.settle()
        assert account.of_extensions(written) == [
            account.entity_id("102", "telephony_status"),
            account.entity_id("102", "calls", "event"),
        ]
        simulator.answer(call.telephony_session_id)
        simulator.end(call.telephony_session_id)
        await time.settle()

    assert events == ["102 ringing", "102 answered", "102 ended"]
    assert account.coordinator.store.repeated_events == 3 * (len(groups) - 1)


async def test_events_out_of_order_never_show_an_older_state_after_a_newer_one(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The older one is dropped; fields that only it had are requested."""
    account = await add_account(hass, simulator)
    call = simulator.ring(to="102", from_="+16505550123")
    await time.settle()
    simulator.fault("swap")
    with states_of(account, "102", "telephony_status") as shown:
        simulator.answer(call.telephony_session_id)
        simulator.hold(call.telephony_session_id)
        await time.passes(5)

    assert shown == ["on_hold"]


async def test_replay_that_repeats_what_was_delivered_shows_and_rings_once(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    simulator.switches.replay_repeats = 10
    account = await add_account(hass, simulator)
    with (
        call_events(hass, simulator) as events,
        states_of(account, "102", "telephony_status") as shown,
    ):
        call = simulator.ring(to="102", from_="+16505550123")
        simulator.answer(call.telephony_session_id)
        await time.settle()
        await lose_push(account)
        simulator.end(call.telephony_session_id)
        await time.passes_until(is_pushed(account), within=3)
        await time.passes(5)

    assert events == ["102 ringing", "102 answered", "102 ended~"]
    assert shown == ["ringing", "call_connected", "no_call"]


@pytest.mark.parametrize("jump", [26, 1100, 2**20, 2**31])
async def test_numbers_that_jump_ahead_cause_no_request_and_block_no_extension(
    hass: HomeAssistant, simulator: Simulator, time: Time, jump: int
) -> None:
    """A gap proves no loss: other accounts use the same counter."""
    account = await add_account(hass, simulator)
    call = simulator.ring(to="102", from_="+16505550123")
    simulator.publisher.sequence.last += jump
    simulator.answer(call.telephony_session_id)
    simulator.publisher.sequence.last += jump
    simulator.ring(to="103", from_="+16505550124")
    await time.passes(60)

    assert account.shows("102", "telephony_status") == "call_connected"
    assert account.shows("103", "telephony_status") == "ringing"
    assert fetched(simulator) == []


async def test_numbers_that_wrap_do_not_block_an_extension(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """They may have 32 bits."""
    account = await add_account(hass, simulator)
    simulator.publisher.sequence.last = 2**32 - 3
    call = simulator.ring(to="102", from_="+16505550123")
    await time.passes(2)
    assert account.shows("102", "telephony_status") == "ringing"

    simulator.publisher.sequence.last = 1
    simulator.answer(call.telephony_session_id)
    await time.passes(60)

    assert account.shows("102", "telephony_status") == "call_connected"
    assert fetched(simulator) == []


async def test_numbers_that_restart_with_a_new_subscription_do_not_block_an_extension(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Numbers of the former subscription are not comparable."""
    account = await add_account(hass, simulator)
    simulator.publisher.sequence.last = 5000
    call = simulator.ring(to="102", from_="+16505550123")
    await time.settle()
    simulator.fault("recovery_failed")
    await lose_push(account)
    simulator.publisher.sequence.last = 3
    await time.passes_until(is_pushed(account), within=3)
    await time.passes(5)

    simulator.answer(call.telephony_session_id)
    await time.settle()
    assert account.shows("102", "telephony_status") == "call_connected"


async def test_list_with_fewer_calls_than_there_are_keeps_the_others_and_refreshes_once(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Events list the latest calls only; REST returns all of them."""
    account = await add_account(hass, simulator)
    first = simulator.ring(to="102", from_="+16505550123")
    second = simulator.ring(to="102", from_="+16505550124")
    await time.settle()
    listed = account.state("102", "telephony_status").attributes["active_calls"]
    with call_events(hass, simulator) as events:
        simulator.notify(
            {
                "extensionId": simulator.extension("102").id,
                "telephonyStatus": "Ringing",
                "totalActiveCalls": 2,
                "activeCalls": [
                    {
                        "telephonySessionId": second.telephony_session_id,
                        "partyId": second.party_id,
                        "telephonyStatus": "Ringing",
                        "direction": "Inbound",
                    }
                ],
            }
        )
        await time.settle()
        attributes = account.state("102", "telephony_status").attributes
        assert {c["telephony_session_id"] for c in attributes["active_calls"]} == {
            first.telephony_session_id,
            second.telephony_session_id,
        }
        await time.passes(5)

    assert events == []
    assert len(fetched(simulator)) == 1
    attributes = account.state("102", "telephony_status").attributes
    assert attributes["active_calls"] == listed


async def test_ringing_whose_end_was_lost_is_over_after_the_next_safety_poll(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    account = await add_account(hass, simulator)
    call = simulator.ring(to="102", from_="+16505550123")
    await time.settle()
    simulator.fault("lose", count=1)
    with call_events(hass, simulator) as events, never_unavailable(account):
        simulator.end(call.telephony_session_id)
        await time.passes(60)
        assert account.shows("102", "telephony_status") == "ringing"
        await time.passes(SAFETY_POLL_INTERVAL.total_seconds(), step=5)

    assert account.shows("102", "telephony_status") == "no_call"
    assert events == ["102 ended*"]
    assert link(account) == ("push", None)


async def test_hour_of_push_costs_four_safety_polls(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """One request for all presences each, far below the limit of ten per minute."""
    await add_account(hass, simulator)

    await time.passes(3600 + 30, step=5)

    assert len(fetched(simulator)) == 4
    assert all(record.status < 400 for record in simulator.log)


async def test_event_right_behind_the_reply_to_a_new_subscription_is_received(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Its number is small again, and it arrives before the answer to the subscription."""
    account = await add_account(hass, simulator)
    extension_id = simulator.extension("102").id
    simulator.notify({"extensionId": extension_id, "sequence": 5000, "message": None})
    await time.passes(61)
    ringing: JsonObject = {
        "extensionId": extension_id,
        "sequence": 3,
        "telephonyStatus": "Ringing",
        "totalActiveCalls": 1,
        "activeCalls": [
            {
                "direction": "Inbound",
                "telephonyStatus": "Ringing",
                "telephonySessionId": "s-1",
                "partyId": "p-1",
                "startTime": "2026-03-02T09:01:11.000Z",
            }
        ],
    }
    to_send = [ringing]
    reply = Connection.reply

    def reply_and_ring(
        self: Connection, meta: JsonObject, headers: dict[str, str], body: JsonValue
    ) -> None:
        reply(self, meta, headers, body)
        if to_send and isinstance(body, dict) and "eventFilters" in body:
            simulator.notify(to_send.pop())

    simulator.fault("recovery_failed")
    with (
        call_events(hass, simulator) as events,
        patch.object(Connection, "reply", reply_and_ring),
    ):
        await lose_push(account)
        await time.passes_until(lambda: not to_send, within=5)
        await time.passes(4)

    assert account.coordinator.store.overtaken_events == 0
    # The snapshot that follows does not have this call.
    assert events == ["102 ringing", "102 ended*"]


async def test_listener_of_calls_that_raises_brings_nothing_personal_into_the_log(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Home Assistant logs the arguments of the listener."""
    await add_account(hass, simulator)

    @callback
    def broken(report: ExtensionCallEvent) -> None:
        raise RuntimeError("Canary")

    async_dispatcher_connect(hass, SIGNAL_CALL_EVENT, broken)
    simulator.ring(to="102", from_="+16505550123", from_name="Ada Nightingale")
    await time.settle()

    assert "Canary" in caplog.text
    for personal in ("6505550123", "Nightingale", "sip:"):
        assert personal not in caplog.text


async def test_parser_that_raises_affects_no_other_message(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The connection stays, and the other extensions are updated."""
    account = await add_account(hass, simulator)
    broken_id = simulator.extension("102").id

    def broken(body: RawJson, anomalies: Anomalies) -> object:
        event = decode_notification(body, anomalies)
        if isinstance(event, PresenceEvent) and event.extension_id == broken_id:
            raise ValueError("+16505550123 cannot be parsed")
        return event

    with patch(
        "custom_components.ringcentral.api.event_stream.decode_notification", broken
    ):
        simulator.ring(to="102", from_="+16505550123")
        simulator.ring(to="103", from_="+16505550124")
        simulator.ring(to="102", from_="+16505550125")
        simulator.ring(to="104", from_="+16505550126")
        await time.settle()

    assert account.shows("102", "telephony_status") == "no_call"
    assert account.shows("103", "telephony_status") == "ringing"
    assert account.shows("104", "telephony_status") == "ringing"
    assert link(account) == ("push", None)
    assert caplog.text.count("Handling a message failed") == 1
    assert "cannot be parsed" not in caplog.text
    # What was lost is found by the next snapshot of all extensions.
    await time.passes(SAFETY_POLL_INTERVAL.total_seconds() + 30, step=5)
    assert account.shows("102", "telephony_status") == "ringing"

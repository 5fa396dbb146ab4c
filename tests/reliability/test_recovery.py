"""Losses that recovery does not cover: a snapshot follows, and no state stays stale."""

from collections.abc import Collection
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.ringcentral.api.exceptions import Reason, ServiceUnavailableError
from custom_components.ringcentral.api.rest import BulkPresence
from custom_components.ringcentral.const import GRACE, SAFETY_POLL_INTERVAL
from homeassistant.const import STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from simulator import Simulator

from ..common import add_account
from .common import (
    API,
    MOVED_TIME,
    WSTOKEN,
    Time,
    call_events,
    connected,
    connection,
    fetched,
    is_pushed,
    link,
    lose_push,
    messages,
    never_unavailable,
    states_of,
    subscribed,
    unseen,
)

pytestmark = MOVED_TIME


@pytest.mark.parametrize(
    "fault",
    [
        {"name": "recovery_failed", "errorCode": "WSG-1003"},
        {"name": "recovery_failed", "errorCode": "WSG-1005"},
        {"name": "recovery_unanswered"},
    ],
    ids=["WSG-1003", "WSG-1005", "no code"],
)
async def test_failed_recovery_subscribes_on_the_same_connection_and_refreshes(
    hass: HomeAssistant, simulator: Simulator, time: Time, fault: dict[str, Any]
) -> None:
    """What happened in the gap is in the snapshot, and a call that has gone is gone."""
    account = await add_account(hass, simulator)
    gone = simulator.ring(to="103", from_="+16505550124")
    await time.settle()
    simulator.fault(**fault)

    with call_events(hass, simulator) as events, never_unavailable(account):
        await lose_push(account)
        simulator.ring(to="102", from_="+16505550123")
        simulator.end(gone.telephony_session_id)
        await time.passes_until(is_pushed(account), within=3)
        await time.settle()
        assert connected(simulator) == [101]
        assert subscribed(simulator) == [200]
        assert len(fetched(simulator)) == 1
        assert account.shows("102", "telephony_status") == "ringing"
        assert account.shows("103", "telephony_status") == "no_call"

        await time.passes(4)
        simulator.ring(to="104", from_="+16505550125")
        await time.settle()

    assert account.shows("104", "telephony_status") == "ringing"
    # No event for a call that has been ringing for a while.
    assert events == ["103 ended*", "104 ringing"]
    assert 0 < unseen(account) < 5


async def test_events_during_the_snapshot_are_applied_after_it_in_order(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The snapshot is older than they are, although it arrives later."""
    account = await add_account(hass, simulator)
    simulator.fault("recovery_failed")
    simulator.fault("late", delay=4, path=f"{API}/account/~/presence")
    simulator.fault("late", delay=4, path=f"{API}/account/~/extension/")
    await lose_push(account)
    call = simulator.ring(to="102", from_="+16505550123")
    other = simulator.ring(to="103", from_="+16505550124")

    with states_of(account, "102", "telephony_status") as shown:
        await time.passes_until(lambda: fetched(simulator) != [], within=3)
        assert account.shows("103", "telephony_status") == "no_call"
        simulator.answer(call.telephony_session_id)
        simulator.hold(call.telephony_session_id)
        await time.passes(5)

    assert account.shows("103", "telephony_status") == "ringing"
    # The snapshot had "ringing", and what came after it was newer.
    assert account.shows("102", "telephony_status") == "on_hold"
    assert shown[-1] == "on_hold"
    assert "ringing" not in shown[shown.index("call_connected") :]
    simulator.end(other.telephony_session_id)
    await account.until_shown("103", "telephony_status", "no_call")


async def test_loss_longer_than_the_window_subscribes_again_and_refreshes(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The whole gap counts as unseen."""
    account = await add_account(hass, simulator)
    gone = simulator.ring(to="103", from_="+16505550124")
    await time.settle()
    await simulator.stop()
    await time.passes(200)
    simulator.end(gone.telephony_session_id)
    simulator.ring(to="102", from_="+16505550123")
    await simulator.start()

    with call_events(hass, simulator) as events:
        took = await time.passes_until(is_pushed(account), within=121)
        await time.passes(4)

    assert subscribed(simulator) == [200]
    assert account.shows("102", "telephony_status") == "ringing"
    assert account.shows("103", "telephony_status") == "no_call"
    assert events == ["103 ended*"]
    assert 200 <= unseen(account) <= 200 + took + 2


async def test_more_than_a_hundred_missed_events_are_found_out_in_spite_of_the_recovery(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The platform says `Successful`; the oldest are gone, an ended call's among them."""
    account = await add_account(hass, simulator)
    gone = simulator.ring(to="103", from_="+16505550124")
    await time.settle()

    with call_events(hass, simulator) as events, never_unavailable(account):
        await lose_push(account)
        simulator.end(gone.telephony_session_id)
        simulator.ring(to="102", from_="+16505550123")
        for _ in range(60):
            simulator.change_extension("104", userStatus="Busy")
            simulator.change_extension("104", userStatus="Available")
        await time.passes_until(is_pushed(account), within=3)
        await time.settle()
        assert subscribed(simulator) == []
        assert account.shows("103", "telephony_status") == "ringing"
        await time.passes(6)

    assert account.shows("103", "telephony_status") == "no_call"
    assert account.shows("102", "telephony_status") == "ringing"
    assert events == ["103 ended*"]
    assert unseen(account) > 0


async def test_call_answered_in_an_overflowed_replay_is_not_missed(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The answer is gone, the end is replayed."""
    account = await add_account(hass, simulator)
    call = simulator.ring(to="103", from_="+16505550124")
    await time.settle()

    with call_events(hass, simulator) as events:
        await lose_push(account)
        simulator.answer(call.telephony_session_id)
        for _ in range(60):
            simulator.change_extension("104", userStatus="Busy")
            simulator.change_extension("104", userStatus="Available")
        simulator.end(call.telephony_session_id)
        await time.passes_until(is_pushed(account), within=3)
        await time.passes(6)

    assert events == ["103 ended*~"]


async def test_hundred_events_less_one_are_replayed_in_full(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The buffer holds them, so nothing was unseen."""
    account = await add_account(hass, simulator)
    await lose_push(account)
    for _ in range(49):
        simulator.change_extension("104", userStatus="Busy")
        simulator.change_extension("104", userStatus="Available")
    simulator.change_extension("104", userStatus="Busy")
    await time.passes_until(is_pushed(account), within=3)
    await time.passes(5)

    assert account.shows("104", "presence") == "busy"
    assert unseen(account) == 0


async def test_call_that_ended_in_the_gap_ends_although_its_last_event_was_lost(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Neither the stream nor the replay has its last event."""
    account = await add_account(hass, simulator)
    call = simulator.ring(to="102", from_="+16505550123")
    await time.settle()
    with call_events(hass, simulator) as events:
        await lose_push(account)
        simulator.fault("lose")
        simulator.end(call.telephony_session_id)
        await time.passes_until(is_pushed(account), within=3)
        await time.passes(6)

    assert account.shows("102", "telephony_status") == "no_call"
    assert events == ["102 ended*"]


async def test_polls_of_an_outage_and_the_replay_after_it_report_each_event_once(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """A poll shows what the replay then repeats."""
    account = await add_account(hass, simulator)
    simulator.fault("maintenance", path=WSTOKEN, seconds=65)
    with (
        call_events(hass, simulator) as events,
        states_of(account, "102", "telephony_status") as shown,
    ):
        await lose_push(account)
        call = simulator.ring(to="102", from_="+16505550123")
        await time.passes_until(
            lambda: account.shows("102", "telephony_status") == "ringing", within=62
        )
        assert link(account) == ("polling", "maintenance")
        assert connection(account) == STATE_ON
        simulator.answer(call.telephony_session_id)
        await time.passes_until(is_pushed(account), within=100)
        await time.passes(5)

    assert subscribed(simulator) == []
    assert events == ["102 ringing~", "102 answered~"]
    assert shown == ["ringing", "call_connected"]
    assert unseen(account) == 0


async def test_phone_that_rings_again_during_an_outage_is_shown_ringing_after_it(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Its first ring has ended; a poll lists the second one before the replay does."""
    account = await add_account(hass, simulator)
    session = simulator.ring(to="102", from_="+16505550123").telephony_session_id
    await time.passes(3)
    simulator.pause(session, "102")
    with call_events(hass, simulator) as events:
        await time.passes(5)
        simulator.fault("error", path=WSTOKEN, status=503, seconds=10)
        await lose_push(account)
        simulator.resume(session, "102")
        await time.passes(3)
        await account.coordinator.async_refresh()
        await time.passes_until(is_pushed(account), within=60)
        await time.passes(5)

    assert account.shows("102", "telephony_status") == "ringing"
    assert events == ["102 missed", "102 ringing~"]


async def test_first_refresh_after_a_recovery_that_fails_is_repeated_soon(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """It does not wait for the safety poll."""
    simulator.switches.recovery_buffer_size = 3
    account = await add_account(hass, simulator)
    await lose_push(account)
    simulator.ring(to="102", from_="+16505550123")
    for number in ("103", "104", "105", "106"):
        simulator.change_extension(number, userStatus="Busy")
    simulator.fault("error", status=500, path=f"{API}/account/~/extension/")
    await time.passes_until(is_pushed(account), within=3)
    await time.passes_until(lambda: 500 in fetched(simulator), within=4)
    await time.settle()
    assert account.shows("102", "telephony_status") == "no_call"

    await time.passes_until(
        lambda: account.shows("102", "telephony_status") == "ringing", within=62
    )


async def test_colleague_who_left_during_an_outage_does_not_keep_push_from_returning(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """A filter for a deleted extension would invalidate each subscription."""
    account = await add_account(hass, simulator)
    simulator.fault("maintenance", path=WSTOKEN, seconds=300)
    await lose_push(account)
    gone = simulator.extension("105").id
    simulator.remove_extension("105")

    await time.passes_until(is_pushed(account), within=430)
    await time.settle()

    assert gone not in account.coordinator.data
    assert len(account.coordinator.data) == len(simulator.users)


async def test_entities_stay_unavailable_until_a_snapshot_confirms_them(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """A new subscription does not contain what happened during the gap."""
    account = await add_account(hass, simulator)
    simulator.fault("maintenance", path="/restapi", seconds=3600)
    await lose_push(account)
    await time.passes(300)
    assert account.shows("102", "telephony_status") == STATE_UNAVAILABLE
    simulator.ring(to="102", from_="+16505550123")

    simulator.clear_faults()
    simulator.fault("maintenance", path=f"{API}/account", seconds=3600)
    await time.passes_until(is_pushed(account), within=125)
    await time.passes(5)
    assert account.shows("102", "telephony_status") == STATE_UNAVAILABLE

    simulator.clear_faults()
    await time.passes(61)
    assert account.shows("102", "telephony_status") == "ringing"


async def test_replay_that_was_incomplete_is_not_shown_as_current_while_rest_fails(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Later events do not replace missed ones."""
    account = await add_account(hass, simulator)
    await time.passes(61)
    call = simulator.ring(to="102", from_="+16505550123")
    await time.settle()
    simulator.fault("maintenance", path=API, seconds=86400)
    await lose_push(account)
    simulator.end(call.telephony_session_id)
    for _ in range(60):
        simulator.change_extension("104", userStatus="Busy")
        simulator.change_extension("104", userStatus="Available")
    await time.passes_until(is_pushed(account), within=3)
    await time.passes(GRACE + 5)
    assert account.shows("102", "telephony_status") == STATE_UNAVAILABLE

    simulator.clear_faults()
    await time.passes(61)
    assert account.shows("102", "telephony_status") == "no_call"
    assert unseen(account) > 0


async def test_loss_soon_after_a_recovery_has_its_own_replay_checked(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Not by the timer of the first one, which may expire before all events arrived."""
    simulator.switches.recovery_buffer_size = 3
    account = await add_account(hass, simulator)
    await time.passes(61)
    with patch("custom_components.ringcentral.api.backoff.RETRY_PAUSES", ((0.5, 0.5),)):
        await lose_push(account)
        await time.passes_until(is_pushed(account), within=1, step=0.1)
        await time.passes(1, step=0.1)
        await lose_push(account)
        simulator.change_extension("103", userStatus="Busy")
        simulator.change_extension("104", userStatus="Busy")
        await time.passes_until(is_pushed(account), within=1, step=0.1)
        await time.passes(0.7, step=0.1)
        assert subscribed(simulator) == []
        simulator.change_extension("105", userStatus="Busy")
        await time.passes(5)

    # Three messages, and as many are kept: there may have been more.
    assert unseen(account) > 0


async def test_extension_without_a_snapshot_after_a_gap_stays_unavailable_until_refreshed(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The others are current again; retries become less frequent."""
    account = await add_account(hass, simulator)
    await time.passes(61)
    call = simulator.ring(to="102", from_="+16505550123")
    await time.settle()
    missing = simulator.extension("102").id
    real = account.coordinator.rest.bulk_presence
    requested: list[Collection[str]] = []

    async def partly(extension_ids: Collection[str]) -> BulkPresence:
        requested.append(extension_ids)
        found = await real(extension_ids)
        if missing not in found.snapshots:
            return found
        snapshots = {k: v for k, v in found.snapshots.items() if k != missing}
        error = ServiceUnavailableError(Reason.SERVER_ERROR, status=500)
        return BulkPresence(snapshots, {**found.failed, missing: error})

    with patch.object(account.coordinator.rest, "bulk_presence", partly):
        simulator.fault("recovery_failed")
        await lose_push(account)
        simulator.end(call.telephony_session_id)
        await time.passes_until(is_pushed(account), within=3)
        await time.passes(GRACE + 61)
        assert account.shows("102", "telephony_status") == STATE_UNAVAILABLE
        assert account.shows("103", "telephony_status") == "no_call"
        assert link(account) == ("push", None)
        requested.clear()
        await time.passes(3600, step=5)
        assert account.shows("102", "telephony_status") == STATE_UNAVAILABLE
        assert 50 <= len(requested) <= 70

    await time.passes(61)
    assert account.shows("102", "telephony_status") == "no_call"


async def test_failed_safety_poll_beside_push_changes_nothing(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    caplog: pytest.LogCaptureFixture,
) -> None:
    account = await add_account(hass, simulator)
    caplog.clear()
    simulator.fault("maintenance", path=API, seconds=86400)
    with never_unavailable(account):
        await time.passes(SAFETY_POLL_INTERVAL.total_seconds() + 300, step=5)

    assert 503 in [record.status for record in simulator.log]
    assert link(account) == ("push", None)
    assert messages(caplog) == []

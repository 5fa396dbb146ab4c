"""Restarts of Home Assistant: the session continues, and nothing is reported twice."""

import asyncio
from copy import deepcopy
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cryptography.fernet import Fernet
import pytest

from custom_components.ringcentral.calls.counts import ACCOUNT_SCOPE, CallCounter
from custom_components.ringcentral.calls.dispatcher import take_dispatcher
from custom_components.ringcentral.const import COLLECT_FOR, CONF_STORAGE_KEY, DOMAIN
from custom_components.ringcentral.entities import manager as entity_manager
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import (
    EVENT_HOMEASSISTANT_FINAL_WRITE,
    EVENT_HOMEASSISTANT_STARTED,
    EVENT_HOMEASSISTANT_STOP,
)
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import Store
from simulator import Simulator

from ..automations.common import CALLER, automate, device, trigger
from ..common import Account, add_account
from ..turns import steps_of
from .common import (
    API,
    MOVED_TIME,
    WSTOKEN,
    Time,
    call_events,
    connected,
    fetched,
    is_pushed,
    issues,
    link,
    messages,
    subscribed,
    unseen,
)

pytestmark = MOVED_TIME

# Tests without files replace it; here a file is the very thing to be tried.
_LOAD = Store._async_load


class Instance:
    """A Home Assistant that stops and starts within one process."""

    def __init__(self, account: Account, storage: dict[str, Any], time: Time) -> None:
        """Initialize with an account that is set up."""
        self._account = account
        self._storage = storage
        self._time = time

    @property
    def key(self) -> str:
        """The key of the account's stored state."""
        return f"{DOMAIN}.{self._account.entry.entry_id}"

    @property
    def stored(self) -> Any:
        """The stored state of the account."""
        return self._storage[self.key]["data"]

    @property
    def stored_calls(self) -> Any:
        """The stored calls of the account, by extension id."""
        encryption = Fernet(self._account.entry.data[CONF_STORAGE_KEY])
        return json.loads(encryption.decrypt(self.stored["calls"]))

    @property
    def stored_counts(self) -> Any:
        """The stored counts of calls of the account."""
        encryption = Fernet(self._account.entry.data[CONF_STORAGE_KEY])
        return json.loads(encryption.decrypt(self.stored["counts"]))

    async def stop(self) -> None:
        """Shut down cleanly."""
        hass = self._account.hass
        await hass.config_entries.async_unload(self._account.entry.entry_id)

    async def kill(self) -> None:
        """Be killed: nothing more is written, and connections are aborted."""
        written = deepcopy(self._storage[self.key])
        self._account.simulator.drop_connections(abort=True)
        await self.stop()
        take_dispatcher(self._account.hass, self._account.entry.entry_id)
        self._storage[self.key] = written

    async def start(self) -> None:
        """Start until automations are set up."""
        hass, entry = self._account.hass, self._account.entry
        hass.set_state(CoreState.starting)
        self._account.simulator.log.clear()
        await hass.config_entries.async_setup(entry.entry_id)
        await self._time.settle()

    async def started(self) -> None:
        """Complete the start."""
        hass = self._account.hass
        hass.set_state(CoreState.running)
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
        await self._time.settle()


@pytest.fixture
async def account(hass: HomeAssistant, simulator: Simulator, time: Time) -> Account:
    """Sign in, and wait until the rate limits are unused again."""
    account = await add_account(hass, simulator)
    await time.passes(61)
    return account


@pytest.fixture
async def instance(
    account: Account, hass_storage: dict[str, Any], time: Time
) -> Instance:
    """Return the Home Assistant of the account."""
    return Instance(account, hass_storage, time)


async def test_restart_within_the_window_recovers_states_at_once_and_calls_when_started(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """A call that began during the restart is reported once, when automations are set up."""
    with call_events(account.hass, simulator) as events:
        await instance.stop()
        call = simulator.ring(to="102", from_="+16505550123")
        await time.passes(30)
        await instance.start()

        assert account.shows("102", "telephony_status") == "ringing"
        assert link(account) == ("push", None)
        assert subscribed(simulator) == []
        assert events == []
        simulator.answer(call.telephony_session_id)
        await time.settle()
        assert account.shows("102", "telephony_status") == "call_connected"
        assert events == []

        await instance.started()
        assert events == ["102 ringing~", "102 answered"]
        await time.passes(20)
        simulator.end(call.telephony_session_id)
        await time.settle()

    assert events == ["102 ringing~", "102 answered", "102 ended"]
    assert unseen(account) == 0


async def test_call_that_began_and_ended_during_the_restart_is_reported_once(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """No snapshot shows it: only the replay does."""
    with call_events(account.hass, simulator) as events:
        await instance.stop()
        call = simulator.ring(to="102", from_="+16505550123")
        simulator.end(call.telephony_session_id)
        await time.passes(30)
        await instance.start()
        await time.passes(10)
        await instance.started()
        await time.passes(10)

    assert events == ["102 ringing~", "102 missed~"]


async def test_call_that_waits_for_its_event_entity_is_reported_after_a_kill(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """It was not reported: stored as such, its start would be missing."""
    simulator.switches.replay_repeats = 5
    for number in ("201", "202"):
        simulator.add_extension(f"New {number}", number=number)
    with (
        call_events(account.hass, simulator) as events,
        steps_of(entity_manager) as steps,
    ):
        steps.pause_after(1)
        await time.passes(COLLECT_FOR)
        await steps.until_paused()
        call = simulator.ring(to="202", from_="+16505550123")
        await time.passes(4)
        assert events == []
        account.hass.loop.call_soon(steps.resume)
        await instance.kill()
        # An unload that takes the place of the kill reports what waits.
        events.clear()
        simulator.answer(call.telephony_session_id)
        await time.passes(20)
        await instance.start()
        await instance.started()
        await time.passes(10)
    assert [event.rstrip("~*") for event in events] == ["202 ringing", "202 answered"]


async def test_call_that_was_reported_before_the_restart_is_not_reported_again(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    with call_events(account.hass, simulator) as events:
        call = simulator.ring(to="102", from_="+16505550123")
        simulator.answer(call.telephony_session_id)
        await time.settle()
        await instance.stop()
        await time.passes(30)
        await instance.start()
        await instance.started()
        await time.passes(10)
        assert events == ["102 ringing", "102 answered"]
        simulator.end(call.telephony_session_id)
        await time.settle()

    assert events == ["102 ringing", "102 answered", "102 ended"]


@pytest.mark.parametrize(
    ("group", "is_answered"),
    [
        pytest.param(["103"], False, id="group call that rang"),
        pytest.param([], True, id="call between two that talked"),
    ],
)
async def test_common_call_of_two_phones_that_ended_during_the_restart_fires_once(
    account: Account,
    instance: Instance,
    simulator: Simulator,
    time: Time,
    group: list[str],
    is_answered: bool,
) -> None:
    """No replay names the call: its ids are those that were stored."""
    runs = await automate(
        account.hass,
        trigger("call_ended", device(account, "102", "103"), behavior="first"),
        fields=["call"],
    )
    call = simulator.ring(to="102", from_=CALLER if group else "103", group=group)
    session = call.telephony_session_id
    if is_answered:
        simulator.answer(session)
    await time.settle()
    await instance.stop()
    simulator.end(session)
    await time.passes(600)
    await instance.start()
    await instance.started()
    await time.passes(10)

    assert [run["call"]["telephony_session_id"] for run in runs] == [session]


async def test_replay_that_repeats_what_was_reported_before_the_restart_reports_it_once(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """It is unknown which of the last messages arrived."""
    simulator.switches.replay_repeats = 10
    with call_events(account.hass, simulator) as events:
        for number in ("102", "103"):
            call = simulator.ring(to=number, from_="+16505550123")
            simulator.answer(call.telephony_session_id)
            simulator.end(call.telephony_session_id)
        await time.settle()
        before_restart = list(events)
        assert len(before_restart) == 6
        await instance.stop()
        await time.passes(30)
        await instance.start()
        await instance.started()
        await time.passes(10)

    assert events == before_restart
    assert account.shows("102", "telephony_status") == "no_call"


async def test_kill_is_recovered_with_what_was_stored_at_the_connect(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """The first `wsc` of a connection is enough."""
    with call_events(account.hass, simulator) as events:
        await instance.kill()
        simulator.ring(to="102", from_="+16505550123")
        await time.passes(30)
        await instance.start()
        assert account.shows("102", "telephony_status") == "ringing"
        assert link(account) == ("push", None)
        assert subscribed(simulator) == []
        await instance.started()
        await time.passes(10)

    assert events == ["102 ringing~"]


# Kills


async def test_call_that_ends_after_a_kill_is_reported_as_ended_once(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """Its start was saved as soon as it was reported."""
    with call_events(account.hass, simulator) as events:
        call = simulator.ring(to="102", from_="+16505550123")
        simulator.answer(call.telephony_session_id)
        await time.passes(2)
        await instance.kill()
        simulator.end(call.telephony_session_id)
        await time.passes(30)
        await instance.start()
        await instance.started()
        await time.passes(10)

    assert events == ["102 ringing", "102 answered", "102 ended~"]


async def test_call_that_ends_after_a_kill_without_recovery_is_reported_as_ended_once(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """Only the snapshot shows it."""
    with call_events(account.hass, simulator) as events:
        for number in ("102", "103"):
            call = simulator.ring(to=number, from_="+16505550123")
            simulator.answer(call.telephony_session_id)
            await time.passes(2)
        await instance.kill()
        simulator.end(call.telephony_session_id)
        await time.passes(600)
        before = list(events)
        await instance.start()
        await instance.started()
        await time.passes(10)

    assert events == [*before, "103 ended*"]


async def test_replay_that_repeats_what_was_reported_before_a_kill_reports_nothing(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """Notifications that were handled are saved, too."""
    simulator.switches.replay_repeats = 50
    with call_events(account.hass, simulator) as events:
        for _ in range(5):
            call = simulator.ring(to="102", from_="+16505550123")
            await time.passes(1)
            simulator.end(call.telephony_session_id)
            await time.passes(5)
        before = list(events)
        assert before == ["102 ringing", "102 missed"] * 5
        await instance.kill()
        await time.passes(30)
        await instance.start()
        await instance.started()
        await time.passes(10)

    assert events == before


@pytest.mark.parametrize("pause", [30, 600])
async def test_missed_call_that_was_held_back_at_a_kill_ends_once(
    account: Account, instance: Instance, simulator: Simulator, time: Time, pause: int
) -> None:
    """Whether it rang again then is not known."""
    with call_events(account.hass, simulator) as events:
        call = simulator.ring(to="102", from_="+16505550123")
        await time.passes(5)
        simulator.end(call.telephony_session_id)
        await time.passes(2)
        assert events == ["102 ringing"]
        await instance.kill()
        await time.passes(pause)
        del events[1:]
        await instance.start()
        await instance.started()
        await time.passes(10)

    assert events == ["102 ringing", "102 ended*"]


async def test_missed_call_that_was_reported_before_a_kill_is_not_reported_again(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """Though no message has arrived since."""
    with call_events(account.hass, simulator) as events:
        call = simulator.ring(to="102", from_="+16505550123")
        simulator.end(call.telephony_session_id)
        await time.passes(5)
        await instance.kill()
        await time.passes(30)
        await instance.start()
        await instance.started()
        await time.passes(10)

    assert events == ["102 ringing", "102 missed"]


async def test_answer_that_was_lost_with_a_kill_makes_no_missed_call(
    account: Account,
    instance: Instance,
    simulator: Simulator,
    time: Time,
    hass_storage: dict[str, Any],
) -> None:
    """It came after the last save, and only the end is replayed."""
    with call_events(account.hass, simulator) as events:
        call = simulator.ring(to="102", from_="+16505550123")
        await time.passes(2)
        saved = deepcopy(hass_storage[instance.key])
        simulator.answer(call.telephony_session_id)
        await time.settle()
        for connection in simulator.gateway.connections:
            assert connection.context is not None
            # It is certain that it has arrived.
            connection.context.recent.clear()
        await instance.kill()
        hass_storage[instance.key] = saved
        simulator.end(call.telephony_session_id)
        await time.passes(30)
        await instance.start()
        await instance.started()
        await time.passes(10)

    assert events == ["102 ringing", "102 answered", "102 ended*~"]


async def test_notification_that_was_late_at_a_kill_ends_no_call_that_rings(
    account: Account,
    instance: Instance,
    simulator: Simulator,
    time: Time,
    hass_storage: dict[str, Any],
) -> None:
    """Only this one is replayed: the newer one was saved."""
    simulator.switches.presence_bodies = "full"
    simulator.switches.replay_repeats = 1
    simulator.switches.start_time_of = "session"
    with call_events(account.hass, simulator) as events:
        call = simulator.ring(to="103", from_="+16505550123", queue_call=True)
        await time.passes(1)
        simulator.fault("delay", delay=3)
        simulator.change_extension("102", userStatus="Busy")
        await time.passes(1)
        simulator.offer(call.telephony_session_id, "102")
        await time.passes(1)
        saved = deepcopy(hass_storage[instance.key])
        await time.passes(2)
        assert len(instance.stored["uuids"]) == len(saved["data"]["uuids"]) + 1
        await instance.kill()
        hass_storage[instance.key] = saved
        await time.passes(10)
        await instance.start()
        await instance.started()
        await time.passes(10)
        simulator.answer(call.telephony_session_id, "102")
        await time.passes(10)

    assert events == ["103 ringing", "102 ringing", "102 answered", "103 missed"]


async def test_answer_that_was_lost_with_a_start_makes_no_missed_call(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """Home Assistant was stopped, and killed in its next start."""
    simulator.switches.replay_repeats = 1
    with call_events(account.hass, simulator) as events:
        call = simulator.ring(to="102", from_="+16505550123")
        await time.settle()
        await instance.stop()
        simulator.answer(call.telephony_session_id)
        simulator.end(call.telephony_session_id)
        await time.passes(30)
        await instance.start()
        await time.passes(5)
        await instance.kill()
        await time.passes(30)
        await instance.start()
        await instance.started()
        await time.passes(10)

    assert events == ["102 ringing", "102 ended*~"]


@pytest.mark.parametrize("is_clean", [True, False])
async def test_call_that_still_rings_after_a_restart_can_be_missed(
    account: Account,
    instance: Instance,
    simulator: Simulator,
    time: Time,
    is_clean: bool,
) -> None:
    """The snapshot shows that it was not answered."""
    with call_events(account.hass, simulator) as events:
        call = simulator.ring(to="102", from_="+16505550123")
        await time.settle()
        if is_clean:
            await instance.stop()
        else:
            await instance.kill()
        await time.passes(5)
        await instance.start()
        await instance.started()
        await time.passes(5)
        simulator.end(call.telephony_session_id)
        await time.passes(5)

    assert events == ["102 ringing", "102 missed"]


@pytest.mark.parametrize("pause", [30, 600])
@pytest.mark.parametrize("is_clean", [True, False])
async def test_end_before_home_assistant_has_started_loses_no_end_of_a_call(
    account: Account,
    instance: Instance,
    simulator: Simulator,
    time: Time,
    pause: int,
    is_clean: bool,
) -> None:
    """What waits for the end of the start was never sent."""
    with call_events(account.hass, simulator) as events:
        call = simulator.ring(to="102", from_="+16505550123")
        simulator.answer(call.telephony_session_id)
        await time.settle()
        await instance.kill()
        simulator.end(call.telephony_session_id)
        await time.passes(pause)
        await instance.start()
        await time.passes(10)
        assert account.shows("102", "telephony_status") == "no_call"
        if is_clean:
            await instance.stop()
            take_dispatcher(account.hass, account.entry.entry_id)
        else:
            await instance.kill()
        assert events == ["102 ringing", "102 answered"]
        await time.passes(30)
        await instance.start()
        await instance.started()
        await time.passes(10)

    assert events == ["102 ringing", "102 answered", "102 ended*"]


async def test_reload_before_home_assistant_has_started_loses_no_call(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """What waits for the end of the start is sent by the next set-up."""
    with call_events(account.hass, simulator) as events:
        await instance.stop()
        call = simulator.ring(to="102", from_="+16505550123")
        simulator.answer(call.telephony_session_id)
        await time.passes(30)
        await instance.start()
        await time.passes(10)
        await instance.stop()
        await instance.start()
        await instance.started()
        await time.passes(10)

    assert events == ["102 ringing~", "102 answered~"]


@pytest.mark.parametrize("quiet", [0, 29, 45, 3600])
async def test_time_since_a_kill_is_unseen_and_not_the_time_before(
    account: Account, instance: Instance, simulator: Simulator, time: Time, quiet: int
) -> None:
    """Counted from the last message, as after each loss."""
    simulator.ring(to="102", from_="+16505550123")
    await time.passes(quiet)
    await time.settle()
    last = account.coordinator.stream.last_message_at
    assert last is not None
    silence = last.age
    assert silence <= 31
    await instance.kill()
    await time.passes(600)
    await instance.start()
    await instance.started()
    await time.passes(10)

    assert 600 + silence - 2 <= unseen(account) <= 600 + silence + 2


@pytest.mark.parametrize("outage", [20, 100])
async def test_kill_in_an_outage_counts_all_of_it(
    account: Account, instance: Instance, simulator: Simulator, time: Time, outage: int
) -> None:
    """The outage began before the kill."""
    await time.passes(30)
    simulator.fault("maintenance", path=WSTOKEN, seconds=outage)
    simulator.drop_connections()
    await time.passes(outage - 10)
    await instance.kill()
    await time.passes(600)
    await instance.start()
    await instance.started()
    await time.passes(10)

    assert 588 + outage <= unseen(account) <= 594 + outage + 31
    assert account.shows(None, "interruptions") == "1"


async def test_outage_that_was_resolved_before_a_kill_counts_as_it_did(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """All of it was replayed."""
    simulator.drop_connections()
    await time.passes(20)
    assert unseen(account) == 0
    await instance.kill()
    await time.passes(30)
    await instance.start()
    await instance.started()
    await time.passes(10)

    assert unseen(account) == 0
    assert account.shows(None, "interruptions") == "1"


async def test_restart_after_the_window_subscribes_again_and_counts_the_time_as_unseen(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    with call_events(account.hass, simulator) as events:
        await instance.stop()
        simulator.ring(to="102", from_="+16505550123")
        await time.passes(600)
        await instance.start()
        assert link(account) == ("push", None)
        assert subscribed(simulator) == [200]
        assert connected(simulator) == [101]
        assert account.shows("102", "telephony_status") == "ringing"
        await instance.started()
        await time.passes(10)

    assert events == []
    assert 600 <= unseen(account) <= 612


async def test_session_that_cannot_be_recovered_after_a_restart_is_given_up_in_time(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """Then polls detect ended calls, and the offline time counts as unseen."""
    call = simulator.ring(to="102", from_="+16505550123")
    await time.settle()
    await instance.stop()
    simulator.fault("maintenance", path=WSTOKEN, seconds=86400)
    await time.passes(600, step=5)
    simulator.end(call.telephony_session_id)
    with call_events(account.hass, simulator) as events:
        await instance.start()
        await instance.started()
        await time.passes(150)
        assert unseen(account) == 0
        await time.passes(150)

    assert events == ["102 ended*"]
    assert link(account) == ("polling", "maintenance")
    # Each poll shows it again.
    assert 840 <= unseen(account) <= 912


async def test_replay_to_a_set_up_that_fails_is_reported_by_the_next_one(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """The platform replays each message once only.

    Whether it was complete is not known in time, so a ring that has ended is no miss.
    """
    with call_events(account.hass, simulator) as events:
        call = simulator.ring(to="102", from_="+16505550123")
        await time.settle()
        await instance.stop()
        simulator.end(call.telephony_session_id)
        simulator.ring(to="103", from_="+16505550124")
        simulator.fault("maintenance", path=f"{API}/account/~/extension/", seconds=3)
        await instance.start()
        failed = account.entry.state
        assert connected(simulator) == [101]
        await time.passes(4)
        await instance.started()
        await time.passes(10)

    assert failed is ConfigEntryState.SETUP_RETRY
    assert account.entry.state is ConfigEntryState.LOADED
    assert events == ["102 ringing", "103 ringing~", "102 ended*~"]
    assert unseen(account) == 0


async def test_set_up_that_fails_after_the_replay_stores_nothing(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """If Home Assistant is killed then, the next start must receive all of it."""
    await instance.stop()
    before = deepcopy(instance.stored)
    simulator.ring(to="102", from_="+16505550123")
    simulator.fault("maintenance", path=f"{API}/account/~/extension/", seconds=3600)
    await instance.start()
    assert account.entry.state is ConfigEntryState.SETUP_RETRY
    assert connected(simulator) == [101]
    await time.passes(10)

    assert instance.stored == before


async def test_removal_right_after_a_set_up_that_failed_leaves_nothing_stored(
    account: Account,
    instance: Instance,
    simulator: Simulator,
    time: Time,
    hass_storage: dict[str, Any],
) -> None:
    """Neither the token of the session nor the key of the calls."""
    await instance.stop()
    key = account.entry.data[CONF_STORAGE_KEY]
    assert instance.key in hass_storage
    assert key in json.dumps(hass_storage)
    simulator.fault("maintenance", path=f"{API}/account/~/extension/", seconds=3600)
    await instance.start()
    assert account.entry.state is ConfigEntryState.SETUP_RETRY
    await account.hass.config_entries.async_remove(account.entry.entry_id)
    await time.passes(30)

    assert instance.key not in hass_storage
    assert key not in json.dumps(hass_storage)


async def test_first_snapshot_that_takes_longer_than_the_replay_is_requested_once(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """It is newer than the replay, so no further snapshot is needed."""
    await instance.stop()
    simulator.fault("late", delay=4, path=f"{API}/account/~/presence")
    simulator.fault("late", delay=4, path=f"{API}/account/~/extension/")
    simulator.ring(to="102", from_="+16505550123")
    simulator.log.clear()
    start = asyncio.create_task(
        account.hass.config_entries.async_setup(account.entry.entry_id)
    )
    await time.passes_until(start.done, within=6)
    await time.passes(10)

    assert account.entry.state is ConfigEntryState.LOADED
    assert account.shows("102", "telephony_status") == "ringing"
    assert len(fetched(simulator)) == 1
    assert unseen(account) == 0


async def test_call_from_before_a_restart_does_not_begin_with_a_replayed_one(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """The first event of the replay lists no calls, the next one lists both."""
    first = simulator.ring(to="102", from_=CALLER)
    await time.passes(20)
    await instance.stop()
    simulator.change_extension("102", userStatus="Busy")
    second = simulator.ring(to="102", from_="+16505550124")
    await instance.start()
    await instance.started()
    await time.passes_until(is_pushed(account), within=60)
    await time.passes(5)

    calls = account.state("102", "telephony_status").attributes["active_calls"]
    sessions = {call["telephony_session_id"]: call["since"] for call in calls}
    assert sessions == {
        first.telephony_session_id: None,
        second.telephony_session_id: None,
    }


async def test_counters_go_on_after_a_restart(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """Number of losses, the last one, and the unseen seconds of the day."""
    simulator.fault("recovery_failed")
    simulator.drop_connections()
    await time.passes(10)
    before = {
        key: account.shows(None, key)
        for key in ("interruptions", "last_loss", "unseen_today")
    }
    assert before["interruptions"] == "1"
    assert before["unseen_today"] not in ("0", None)

    await instance.stop()
    await time.passes(5)
    await instance.start()
    await time.passes(10)

    assert before == {key: account.shows(None, key) for key in before}


async def test_stop_of_home_assistant_writes_the_session_before_its_final_write(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """Tasks see their cancellation too late for it."""
    hass, entry = account.hass, account.entry
    simulator.ring(to="102", from_="+16505550123")
    await time.settle()
    hass.set_state(CoreState.stopping)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    hass.set_state(CoreState.final_write)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await time.settle()

    assert instance.stored["session"]["token"]
    assert len(instance.stored_calls[simulator.extension("102").id]) == 1
    hass.set_state(CoreState.running)
    assert entry.state is ConfigEntryState.LOADED


async def test_nothing_personal_is_stored(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """Nor a key, nor any readable id of a call; numbers and names not at all."""
    call = simulator.ring(to="102", from_=CALLER, from_name="Canary Nightingale")
    await time.settle()
    await instance.stop()

    text, calls = json.dumps(instance.stored), json.dumps(instance.stored_calls)
    for hidden in (call.telephony_session_id, call.party_id, call.session_id):
        assert hidden in calls
        assert hidden not in text
    for personal in (
        *("6505550123", "Canary", "sip:"),
        *(account.entry.data[name] for name in ("token", "storage_key")),
    ):
        assert str(personal) not in text + calls


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="none"),
        pytest.param({CONF_STORAGE_KEY: None}, id="no text"),
        pytest.param({CONF_STORAGE_KEY: "é"}, id="not ASCII"),
        pytest.param({CONF_STORAGE_KEY: "c2hvcnQ="}, id="too short"),
    ],
)
async def test_key_that_is_lost_costs_the_calls_in_progress_only(
    account: Account,
    instance: Instance,
    simulator: Simulator,
    time: Time,
    changes: dict[str, str | None],
) -> None:
    """A new one is created without a reload; the session continues."""
    entries, entry = account.hass.config_entries, account.entry
    key = entry.data[CONF_STORAGE_KEY]
    with call_events(account.hass, simulator) as events:
        simulator.ring(to="102", from_=CALLER)
        await time.settle()
        await instance.stop()
        others = {k: entry.data[k] for k in entry.data.keys() - {CONF_STORAGE_KEY}}
        entries.async_update_entry(entry, data=others | changes)
        with patch.object(entries, "async_reload") as reload:
            await instance.start()
            await instance.started()
        await time.passes(10)
        assert account.shows("102", "telephony_status") == "ringing"
        assert subscribed(simulator) == []
        assert len(instance.stored_calls[simulator.extension("102").id]) == 1
    assert reload.mock_calls == []
    assert entry.data[CONF_STORAGE_KEY] not in (key, *changes.values())
    assert unseen(account) == 0
    assert events == ["102 ringing"]


def _of_another_version(stored: dict[str, Any]) -> None:
    stored["version"] = 2


def _of_a_former_version(stored: dict[str, Any]) -> None:
    stored["version"] = 0


def _of_another_shape(stored: dict[str, Any]) -> None:
    stored["data"] = {"wsc": 5}


def _no_object(stored: dict[str, Any]) -> None:
    stored["data"] = [1, 2, 3]


def _of_another_type(stored: dict[str, Any]) -> None:
    stored["data"]["session"]["sequence"] = "five"


def _with_a_forged_context(stored: dict[str, Any]) -> None:
    stored["data"]["session"]["token"] = "forged"


def _with_an_unknown_subscription(stored: dict[str, Any]) -> None:
    stored["data"]["session"]["subscription_id"] = "0"


@pytest.mark.parametrize(
    "damage",
    [
        _of_another_version,
        _of_a_former_version,
        _of_another_shape,
        _no_object,
        _of_another_type,
        _with_a_forged_context,
        _with_an_unknown_subscription,
    ],
)
async def test_stored_state_of_another_version_is_ignored_without_a_warning(
    account: Account,
    instance: Instance,
    simulator: Simulator,
    hass_storage: dict[str, Any],
    time: Time,
    caplog: pytest.LogCaptureFixture,
    damage: Any,
) -> None:
    """A fresh subscription costs little."""
    await instance.stop()
    damage(hass_storage[instance.key])
    simulator.ring(to="102", from_="+16505550123")
    caplog.clear()

    await instance.start()
    await instance.started()
    await time.passes(5)

    assert account.entry.state is ConfigEntryState.LOADED
    assert link(account) == ("push", None)
    assert account.shows("102", "telephony_status") == "ringing"
    assert issues(account.hass) == {}
    assert not [r for r in caplog.records if r.levelname in ("WARNING", "ERROR")]
    simulator.ring(to="103", from_="+16505550124")
    await time.settle()
    assert account.shows("103", "telephony_status") == "ringing"


async def test_unreadable_json_is_reported_by_home_assistant_and_loses_nothing_else(
    account: Account,
    instance: Instance,
    simulator: Simulator,
    time: Time,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Home Assistant keeps the damaged file and creates its own repair issue."""
    hass = account.hass
    await instance.stop()
    file = tmp_path / instance.key
    file.write_text('{"version": 1, "data": {')

    async def load(store: Store[Any]) -> Any:
        if store.key != instance.key:
            return None
        store.path = str(file)
        return await _LOAD(store)

    with patch.object(Store, "_async_load", load):
        await hass.config_entries.async_setup(account.entry.entry_id)
        await hass.async_block_till_done()

    assert account.entry.state is ConfigEntryState.LOADED
    assert link(account) == ("push", None)
    assert account.shows("102", "presence") == "available"
    (issue,) = [
        issue
        for issue in ir.async_get(hass).issues.values()
        if issue.translation_key == "storage_corruption"
    ]
    assert issue.domain == "homeassistant"
    assert not [m for m in messages(caplog) if "store" in m.lower()]
    assert list(tmp_path.glob(f"{instance.key}.corrupt.*"))


async def test_reload_recovers_the_session(
    account: Account, simulator: Simulator, time: Time
) -> None:
    hass = account.hass
    simulator.log.clear()
    with call_events(hass, simulator) as events:
        await hass.config_entries.async_unload(account.entry.entry_id)
        simulator.ring(to="102", from_="+16505550123")
        await hass.config_entries.async_setup(account.entry.entry_id)
        await time.passes_until(is_pushed(account), within=3)
        await time.passes(10)

    assert events == ["102 ringing~"]
    assert subscribed(simulator) == []
    assert connected(simulator) == [101]
    assert len(fetched(simulator)) <= 2
    assert unseen(account) == 0


# Counts of calls


def count_calls(account: Account) -> CallCounter:
    """Count the calls of the account."""
    coordinator = account.coordinator
    coordinator.calls.counts.set_members(ACCOUNT_SCOPE, coordinator.store.monitored)
    return coordinator.calls.counts


async def test_counts_continue_after_a_restart_while_a_phone_rings(
    account: Account, instance: Instance, simulator: Simulator, time: Time
) -> None:
    """The call is the same one, and nothing personal of it is stored."""
    since = count_calls(account).since(ACCOUNT_SCOPE)
    call = simulator.ring(to="102", from_=CALLER, from_name="Canary Nightingale")
    await time.settle()
    await instance.stop()
    text = json.dumps(instance.stored_counts)
    assert call.telephony_session_id in text
    assert call.telephony_session_id not in json.dumps(instance.stored)
    assert CALLER not in text
    assert "Canary" not in text
    await time.passes(30)
    await instance.start()
    counts = count_calls(account)
    simulator.answer(call.telephony_session_id)
    await instance.started()
    await time.passes(20)
    simulator.end(call.telephony_session_id)
    await time.settle()

    shown = counts.counts(ACCOUNT_SCOPE)
    assert (shown.incoming, shown.answered, shown.missed) == (1, 1, 0)
    assert 19 <= shown.talk_time <= 21
    assert counts.since(ACCOUNT_SCOPE) == since


@pytest.mark.parametrize("pause", [0, 5])
async def test_replay_after_a_kill_counts_nothing_twice(
    account: Account,
    instance: Instance,
    simulator: Simulator,
    time: Time,
    pause: float,
) -> None:
    """Whether the counts of the first call were saved or not, and its end is missed."""
    count_calls(account)
    first = simulator.ring(to="102", from_=CALLER)
    await time.passes(5)
    simulator.end(first.telephony_session_id)
    await time.passes(5)
    second = simulator.ring(to="103", from_=CALLER)
    await time.passes(pause) if pause else await time.settle()
    await instance.kill()
    simulator.end(second.telephony_session_id)
    await instance.start()
    counts = count_calls(account)
    await instance.started()
    await time.passes(30)

    shown = counts.counts(ACCOUNT_SCOPE)
    assert (shown.incoming, shown.missed + shown.unclear) == (2, 2)


async def test_counts_continue_after_a_reload(
    account: Account, simulator: Simulator, time: Time
) -> None:
    since = count_calls(account).since(ACCOUNT_SCOPE)
    call = simulator.ring(to="102", from_=CALLER)
    await time.passes(5)
    simulator.end(call.telephony_session_id)
    await time.passes(5)
    await account.hass.config_entries.async_reload(account.entry.entry_id)
    await time.settle()

    counts = count_calls(account)
    shown = counts.counts(ACCOUNT_SCOPE)
    assert (shown.incoming, shown.missed) == (1, 1)
    assert counts.since(ACCOUNT_SCOPE) == since


# A damaged store


_ABSURD: dict[str, Any] = {
    "token": ("session", "token", "\x00" * 4096),
    "forged token": ("session", "token", "forged"),
    "subscription": ("session", "subscription_id", "../x?y=z\n"),
    "sequence": ("session", "sequence", 2**63 - 1),
    "negative sequence": ("session", "sequence", -(2**63)),
    "calls": ("calls", None, "x" * 10**6),
    "counts": ("counts", None, "x" * 10**6),
    "year": ("seen_until", None, "9999-12-31T23:59:59.999999+00:00"),
    "uuids": ("uuids", None, ["x"] * 10**6),
    "infinite": ("totals", "undecided", float("inf")),
    "no number": ("totals", "unseen", float("nan")),
}


@pytest.mark.parametrize("place", _ABSURD.values(), ids=_ABSURD)
async def test_absurd_store_does_not_delay_live_updates(
    account: Account,
    simulator: Simulator,
    time: Time,
    hass_storage: dict[str, Any],
    place: tuple[str, str | None, Any],
) -> None:
    """They are on when the set-up is complete."""
    hass, entry = account.hass, account.entry
    await hass.config_entries.async_unload(entry.entry_id)
    data = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]
    first, second, value = place
    if second is None:
        data[first] = value
    else:
        data[first][second] = value
    await hass.config_entries.async_setup(entry.entry_id)
    await time.settle()

    assert entry.state is ConfigEntryState.LOADED
    assert link(account) == ("push", None)
    simulator.ring(to="102", from_="+16505550123")
    await time.settle()
    assert account.shows("102", "telephony_status") == "ringing"
    assert float(account.shows(None, "unseen_today") or "nan") < 70

"""Call queues as groups: who takes their calls, and switches to log in and out."""

from dataclasses import dataclass
from functools import partial
import logging
from typing import Final
from unittest.mock import AsyncMock, Mock, patch

import pytest

from custom_components.ringcentral.api.models.queues import QueueMember
from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.api.rest import RestClient
from custom_components.ringcentral.const import COLLECT_FOR, DOMAIN, GRACE
from custom_components.ringcentral.groups import manager as group_manager
from custom_components.ringcentral.groups.batcher import UPDATE_INTERVAL
from custom_components.ringcentral.groups.models import group_context
from custom_components.ringcentral.roster.identifiers import group_unique_id
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from simulator import Simulator
from simulator.base.wire import as_list, as_object

from ..common import Account, add_account, writes
from ..forms import start_options, submit_options, suggested
from ..reliability.common import (
    MOVED_TIME,
    WSTOKEN,
    Time,
    is_pushed,
    issues,
    lose_push,
    request_statuses,
)
from ..test_scale import calls_of_integration
from ..turns import steps_of
from .common import add, groups_of, queue, settle

pytestmark = MOVED_TIME

_QUEUES: Final = "/restapi/v1.0/account/~/call-queues"
# Members of the queue 901.
_MEMBERS: Final = ("102", "103", "104", "105")


@dataclass
class Queue:
    """A call queue as its user sees it."""

    account: Account
    subentry_id: str
    time: Time

    @property
    def id(self) -> str:
        """Return the id of the queue."""
        return self.account.simulator.extension("901").id

    def entity_id(self, key: str, platform: str) -> str | None:
        """Return the id of an entity."""
        return er.async_get(self.account.hass).async_get_entity_id(
            platform, DOMAIN, group_unique_id(self.subentry_id, key)
        )

    def shows(self, key: str, platform: str = "sensor") -> str | None:
        """Return the state of an entity, None if it does not exist."""
        entity_id = self.entity_id(key, platform)
        state = entity_id and self.account.hass.states.get(entity_id)
        return state.state if state else None

    @property
    def logged_in(self) -> str | None:
        """Return how many members are logged in."""
        return self.shows("members_logged_in")

    @property
    def nobody_takes_calls(self) -> str | None:
        """Return whether no member takes calls."""
        return self.shows("nobody_takes_calls", "binary_sensor")

    @property
    def free(self) -> str | None:
        """Return how many members are free."""
        return self.shows("people_free")

    @property
    def all(self) -> tuple[str | None, str | None, str | None]:
        """Return the states of both sensors and of one switch."""
        return self.logged_in, self.nobody_takes_calls, self.switch("102")

    def switch_id(self, number: str) -> str | None:
        """Return the entity id of the switch of a member."""
        member_id = self.account.simulator.extension(number).id
        return self.entity_id(f"queue_member_{member_id}", "switch")

    def switch(self, number: str) -> str | None:
        """Return the state of the switch of a member."""
        member_id = self.account.simulator.extension(number).id
        return self.shows(f"queue_member_{member_id}", "switch")

    @property
    def switches(self) -> set[str]:
        """Return the numbers of the members that have a switch."""
        users = self.account.simulator.users
        return {user.number for user in users if self.switch_id(user.number)}

    async def turn(self, number: str, to: str) -> None:
        """Turn the switch of a member on or off."""
        await self.account.hass.services.async_call(
            "switch", f"turn_{to}", {"entity_id": self.switch_id(number)}, blocking=True
        )
        await self.account.hass.async_block_till_done()

    async def change_dnd(self, number: str, status: str) -> None:
        """Set the do not disturb status of a member, and wait until it is shown."""
        self.account.simulator.change_extension(number, dndStatus=status)
        await self.account.until_all_reported()
        await self.time.passes(UPDATE_INTERVAL, UPDATE_INTERVAL)

    async def follows(self) -> None:
        """Wait until what the platform has announced is read."""
        await self.account.until_all_reported()
        await self.time.passes(COLLECT_FOR + 1)
        await settle(self.account)

    def reads(self) -> list[int]:
        """Return the statuses of the requests for the members."""
        path = f"{_QUEUES}/{self.id}/presence"
        return request_statuses(self.account.simulator, path, "GET")


@pytest.fixture
async def support(account: Account, time: Time) -> Queue:
    """Return the queue 901 as a group; the platform's log is empty then."""
    group = await add(account, queue(account, "901", "Support"))
    await time.settle()
    await settle(account)
    await time.passes(UPDATE_INTERVAL, UPDATE_INTERVAL)
    account.simulator.log.clear()
    return Queue(account, group.config.subentry_id, time)


def _filters(account: Account) -> list[str]:
    """Return the queue filters of the subscription."""
    *_, subscription = account.simulator.subscriptions
    return [f.expanded for f in subscription.filters if "/call-queues/" in f.expanded]


def _warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the integration has complained about."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components.")
        and record.levelno > logging.INFO
    ]


# What is shown


async def test_members_of_a_queue_are_shown_and_followed(support: Queue) -> None:
    """Logged in or not, as the platform announces it."""
    simulator = support.account.simulator
    assert support.all == ("4", "off", "on")
    assert support.switches == set(_MEMBERS)

    simulator.accept_queue_calls("901", "102", False)
    await support.follows()
    assert support.all == ("3", "off", "off")
    entity_id = support.entity_id("members_logged_in", "sensor")
    state = support.account.hass.states.get(str(entity_id))
    assert state is not None
    names = [simulator.extension(number).name for number in _MEMBERS[1:]]
    assert state.attributes["people"] == sorted(names, key=str.casefold)

    for number in _MEMBERS[1:]:
        simulator.accept_queue_calls("901", number, False)
    await support.follows()
    assert support.all == ("0", "on", "off")

    simulator.accept_queue_calls("901", "102", True)
    await support.follows()
    assert support.all == ("1", "off", "on")


@pytest.mark.parametrize("event", ["records", "flat"])
async def test_event_of_a_queue_causes_one_request(support: Queue, event: str) -> None:
    """Whatever its form, and however many come at once."""
    support.account.simulator.switches.change("queue_event", event)
    for number in _MEMBERS:
        support.account.simulator.accept_queue_calls("901", number, False)
    await support.follows()

    assert support.logged_in == "0"
    assert support.reads() == [200]


async def test_added_queue_is_read_once(account: Account, time: Time) -> None:
    """After its filter is subscribed, so that no change is missed."""
    group = await add(account, queue(account, "901", "Support"))
    await time.passes(5)
    support = Queue(account, group.config.subentry_id, time)

    assert support.logged_in == "4"
    assert support.reads() == [200]
    assert len(_filters(account)) == 1
    subscribed = request_statuses(
        account.simulator, "/restapi/v1.0/subscription/", "PUT", over="request"
    )
    assert subscribed == [200]


async def test_added_queue_leaves_presence_as_it_is(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Extensions of a list are read again only if the list may have changed."""
    account = await add_account(hass, simulator, groups=["favorites"])
    await time.passes(10)
    simulator.log.clear()
    await add(account, queue(account, "901"))
    await time.passes(COLLECT_FOR + 3)
    paths = [
        record.path for record in simulator.log if record.path.endswith("presence")
    ]
    assert paths == [f"{_QUEUES}/{simulator.extension('901').id}/presence"]


async def test_queue_is_read_once_after_a_restart(support: Queue) -> None:
    """Its filter is part of the first request for a subscription."""
    account, time = support.account, support.time
    account.simulator.fault("recovery_failed")
    await account.hass.config_entries.async_reload(account.entry.entry_id)
    await time.passes(5)

    assert support.all == ("4", "off", "on")
    assert support.reads() == [200]
    created = request_statuses(
        account.simulator, "/restapi/v1.0/subscription", over="request"
    )
    assert created == [200]


async def test_change_without_an_event_is_shown_after_the_next_snapshot(
    support: Queue,
) -> None:
    """The platform may not announce it."""
    support.account.simulator.switches.change("queue_event", "missing")
    support.account.simulator.accept_queue_calls("901", "102", False)
    await support.follows()
    assert support.logged_in == "4"

    await support.account.coordinator.async_refresh()
    await support.follows()
    assert support.all == ("3", "off", "off")


async def test_change_during_an_outage_is_shown(support: Queue) -> None:
    """Once a minute without live updates."""
    account, time = support.account, support.time
    account.simulator.fault("error", status=503, path=WSTOKEN, seconds=600)
    await lose_push(account)
    account.simulator.accept_queue_calls("901", "102", False)
    account.simulator.log.clear()
    await time.passes(130)

    assert support.all == ("3", "off", "off")
    # Polled after 60 s and 120 s.
    assert support.reads() == [200, 200]
    await time.passes_until(is_pushed(account), within=700)


async def test_do_not_disturb_refuses_the_calls_of_queues(support: Queue) -> None:
    """Of those that are logged in; it is part of their presence."""
    account = support.account
    for number in _MEMBERS[1:]:
        account.simulator.accept_queue_calls("901", number, False)
    await support.follows()
    assert support.nobody_takes_calls == "off"

    account.simulator.log.clear()
    for status, nobody in (
        ("DoNotAcceptDepartmentCalls", "on"),
        ("TakeAllCalls", "off"),
        ("DoNotAcceptAnyCalls", "on"),
    ):
        await support.change_dnd("102", status)
        assert support.nobody_takes_calls == nobody
        assert support.logged_in == "1"
    assert support.reads() == []


async def test_only_members_that_take_the_calls_of_a_queue_are_free(
    support: Queue,
) -> None:
    """Logged in, and with a do not disturb status that does not refuse them."""
    simulator = support.account.simulator
    assert support.free == "4"
    simulator.accept_queue_calls("901", "102", False)
    await support.follows()
    assert support.free == "3"
    state = support.account.hass.states.get(
        str(support.entity_id("people_free", "sensor"))
    )
    assert state is not None
    assert simulator.extension("102").name not in state.attributes["people"]

    await support.change_dnd("103", "DoNotAcceptDepartmentCalls")
    assert support.free == "2"
    for number in ("104", "105"):
        simulator.accept_queue_calls("901", number, False)
    await support.follows()
    assert (support.free, support.nobody_takes_calls) == ("0", "on")

    await support.change_dnd("103", "TakeAllCalls")
    assert (support.free, support.nobody_takes_calls) == ("1", "off")
    simulator.accept_queue_calls("901", "102", True)
    await support.follows()
    assert support.free == "2"


async def test_all_free_members_are_shown_while_it_is_not_known_who_takes_calls(
    support: Queue,
) -> None:
    """The queue must not be read any more."""
    support.account.simulator.accept_queue_calls("901", "102", False)
    await support.follows()
    assert support.free == "3"
    support.account.simulator.fault(
        "error", status=403, errorCode="CMN-408", path=_QUEUES, seconds=3600
    )
    support.account.simulator.accept_queue_calls("901", "103", False)
    await support.follows()
    assert support.nobody_takes_calls == STATE_UNAVAILABLE
    assert support.free == "4"


async def test_members_that_change_at_once_update_a_queue_twice_at_most(
    support: Queue,
) -> None:
    """The first one at once, and the others together."""
    updates = Mock(wraps=support.account.coordinator.async_update_context)
    with patch.object(support.account.coordinator, "async_update_context", updates):
        for number in _MEMBERS:
            support.account.simulator.change_extension(
                number, dndStatus="DoNotAcceptDepartmentCalls"
            )
        await support.account.until_all_reported()
        await support.time.passes(UPDATE_INTERVAL, UPDATE_INTERVAL)
    context = group_context(support.subentry_id)
    assert [call.args[0] for call in updates.call_args_list].count(context) <= 2
    assert support.nobody_takes_calls == "on"


async def test_call_of_a_member_updates_no_switch(support: Queue) -> None:
    """A queue may have a hundred of them."""
    account = support.account
    await support.time.passes(1)
    with calls_of_integration() as calls:
        account.simulator.ring(to="102", from_="+16505550123")
        await account.until_all_reported()
        await support.time.passes(1)
    assert calls["queues.NobodyTakesCalls._update_attrs"] > 0
    assert calls["switch.QueueSwitch._update_attrs"] == 0


async def test_member_that_is_not_shown_counts_but_has_no_switch(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Its do not disturb status is that which was read with the queue."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    for number in _MEMBERS[:3]:
        simulator.accept_queue_calls("901", number, False)
    group = await add(account, queue(account, "901"))
    await time.settle()
    support = Queue(account, group.config.subentry_id, time)

    assert support.logged_in == "1"
    assert support.nobody_takes_calls == "off"
    assert support.switches == {"102"}

    simulator.change_extension("105", dndStatus="DoNotAcceptAnyCalls")
    await account.coordinator.async_refresh()
    await support.follows()
    assert support.nobody_takes_calls == "on"
    assert support.logged_in == "1"


async def test_member_that_is_no_longer_shown_takes_calls_as_the_queue_lists_it(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Not as its presence was last."""
    account = await add_account(hass, simulator, groups=[], extensions=["102", "103"])
    for number in _MEMBERS[1:]:
        simulator.accept_queue_calls("901", number, False)
    group = await add(account, queue(account, "901"))
    await time.settle()
    support = Queue(account, group.config.subentry_id, time)
    await support.change_dnd("102", "DoNotAcceptDepartmentCalls")
    assert support.nobody_takes_calls == "on"

    form = await start_options(hass, account.entry.entry_id)
    shown = [simulator.extension("103").id]
    await submit_options(hass, form, suggested(form) | {"extensions": shown})
    simulator.change_extension("102", dndStatus="TakeAllCalls")
    await account.coordinator.async_refresh()
    await support.follows()
    assert support.nobody_takes_calls == "off"


async def test_number_is_unknown_if_it_is_not_known_of_each_member(
    support: Queue,
) -> None:
    """A smaller number would be false; people who may take calls are free."""
    members = {
        support.account.simulator.extension(number).id: QueueMember(accepts)
        for number, accepts in (("102", True), ("103", None), ("104", False))
    }
    with patch.object(RestClient, "queue_members", AsyncMock(return_value=members)):
        await support.account.coordinator.async_refresh()
        await support.follows()
    assert support.all == (STATE_UNKNOWN, "off", "on")
    assert support.free == "2"


async def test_queue_without_members_takes_no_calls(support: Queue) -> None:
    """That is known."""
    support.account.simulator.set_queue_members("901", [])
    await support.follows()

    assert support.logged_in == "0"
    assert support.nobody_takes_calls == "on"
    assert support.switches == set()


async def test_nothing_is_written_that_has_not_changed(support: Queue) -> None:
    """A snapshot or an event may change nothing."""
    account = support.account
    with writes(account.hass) as written:
        await account.coordinator.async_refresh()
        await support.follows()
        assert support.reads() == [200]
        account.simulator.accept_queue_calls("901", "102", False)
        await support.follows()
    of_queue = {support.entity_id("members_logged_in", "sensor")}
    of_queue.add(support.switch_id("102"))
    changed = [i for i in written if "queue_member" in i or "logged_in" in i]
    assert sorted(changed) == sorted(map(str, of_queue))
    assert support.entity_id("nobody_takes_calls", "binary_sensor") not in written


# Members join and leave


async def test_switches_follow_the_members_of_the_queue(support: Queue) -> None:
    """Without a reload; the list of extensions announces it."""
    account = support.account
    stays = support.switch_id("103")
    account.simulator.set_queue_members("901", ["103", "106"])
    await support.follows()

    assert support.switches == {"103", "106"}
    assert support.switch_id("103") == stays
    assert support.switch("106") == "on"
    assert support.logged_in == "2"
    members = groups_of(account).members_of(support.subentry_id)
    assert members == {account.simulator.extension(n).id for n in ("103", "106")}


async def test_switch_of_a_renamed_member_has_the_new_name(support: Queue) -> None:
    """Without a reload, and it stays the same entity."""
    account, entity_id = support.account, support.switch_id("102")
    account.simulator.change_extension("102", name="Zoe Renamed")
    await support.follows()
    assert support.switch_id("102") == entity_id
    assert entity_id is not None
    state = account.hass.states.get(entity_id)
    assert state is not None
    assert state.name == "Support Zoe Renamed takes queue calls"
    registered = er.async_get(account.hass).async_get(entity_id)
    assert registered is not None
    assert registered.original_name == "Zoe Renamed takes queue calls"


async def test_switch_of_a_member_that_left_while_stopped_is_removed(
    support: Queue,
) -> None:
    """After a restart it would stay for ever."""
    account = support.account
    await account.hass.config_entries.async_unload(account.entry.entry_id)
    account.simulator.set_queue_members("901", ["103"])
    await account.hass.config_entries.async_setup(account.entry.entry_id)
    await support.time.passes(5)
    await settle(account)

    assert support.switches == {"103"}


@pytest.mark.parametrize("end", ["removed", "unloaded"])
async def test_switches_are_no_longer_added_when_the_group_is_gone(
    support: Queue, end: str, caplog: pytest.LogCaptureFixture
) -> None:
    """They are added in slices."""
    account = support.account
    entries, everyone = account.hass.config_entries, account.simulator.users
    account.simulator.set_queue_members("901", [user.number for user in everyone])
    with steps_of(group_manager) as steps:
        steps.pause_after(1)
        await account.until_all_reported()
        await support.time.passes(COLLECT_FOR)
        await steps.until_paused()
        assert len(_MEMBERS) < len(support.switches) < len(everyone)
        if end == "removed":
            entries.async_remove_subentry(account.entry, support.subentry_id)
            steps.resume()
            await settle(account)
        else:
            unload = account.hass.async_create_task(
                entries.async_unload(account.entry.entry_id)
            )
            await support.time.settle()
            steps.resume()
            assert await unload
            await entries.async_setup(account.entry.entry_id)
            await support.follows()
    assert len(support.switches) == (0 if end == "removed" else len(everyone))
    assert _warnings(caplog) == []


async def test_switches_go_with_the_group(support: Queue) -> None:
    """Also the filter, and nothing is read any more."""
    account = support.account
    assert _filters(account)
    account.hass.config_entries.async_remove_subentry(
        account.entry, support.subentry_id
    )
    await settle(account)
    await support.time.settle()

    assert support.switches == set()
    assert _filters(account) == []
    await account.coordinator.async_refresh()
    await support.time.passes(COLLECT_FOR + 1)
    assert support.reads() == []


# Bad input


async def test_deleted_queue_disturbs_nothing_else(
    support: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    """Its filter would make the whole subscription fail."""
    account = support.account
    filters = len(account.coordinator.roster.filters)
    caplog.clear()
    account.simulator.remove_extension("901")
    await support.follows()
    await support.follows()

    assert support.logged_in == support.nobody_takes_calls == STATE_UNAVAILABLE
    assert {support.switch(number) for number in _MEMBERS} == {STATE_UNAVAILABLE}
    assert groups_of(account).members_of(support.subentry_id) == frozenset()
    assert len(account.coordinator.roster.filters) == filters - 1
    assert _filters(account) == []
    assert not account.coordinator.monitor.refused_filters
    account.simulator.ring(to="102", from_="+16505550123")
    await account.until_shown("102", "telephony_status", "ringing")
    assert issues(account.hass) == {}
    assert _warnings(caplog) == []


async def test_queue_that_must_not_be_read_is_unavailable_until_it_can_be(
    support: Queue,
) -> None:
    """Within an hour or so; presence of its members goes on."""
    account = support.account
    account.simulator.fault(
        "error", status=403, errorCode="CMN-408", path=_QUEUES, seconds=3600
    )
    account.simulator.accept_queue_calls("901", "102", False)
    await support.follows()
    assert support.all == (STATE_UNAVAILABLE,) * 3
    assert len(groups_of(account).members_of(support.subentry_id)) == 4
    assert support.switches == set(_MEMBERS)
    assert issues(account.hass) == {}

    account.simulator.clear_faults()
    await support.time.passes(3600 + 15 * 60 + 10, 20)
    assert support.all == ("3", "off", "off")


async def test_failing_requests_make_a_queue_unavailable_after_the_grace_period(
    support: Queue,
) -> None:
    """A change was announced and is not known."""
    account, time = support.account, support.time
    account.simulator.fault("error", status=503, path=_QUEUES, seconds=3600)
    account.simulator.accept_queue_calls("901", "102", False)
    await support.follows()
    assert support.logged_in == "4"
    await time.passes(GRACE + 5)
    assert support.all == (STATE_UNAVAILABLE,) * 3

    account.simulator.clear_faults()
    await time.passes(61)
    await settle(account)
    assert support.all == ("3", "off", "off")


async def test_queue_is_unavailable_while_nothing_can_be_read(support: Queue) -> None:
    """From the end of the grace period until it is read again."""
    account, time = support.account, support.time
    shown = support.all
    account.simulator.fault("error", status=503, seconds=400)
    await lose_push(account)
    await time.passes_until(lambda: account.shows(None, "link") == "down", within=90)
    assert support.all == shown
    await time.passes(GRACE)
    assert support.all == (STATE_UNAVAILABLE,) * 3

    account.simulator.accept_queue_calls("901", "102", False)
    await time.passes_until(is_pushed(account), within=900)
    await time.passes(COLLECT_FOR + 3)
    await settle(account)
    assert support.all == ("3", "off", "off")


@pytest.mark.parametrize("fault", ["disable_filter", "refuse_filter"])
async def test_refused_filter_is_polled_without_a_complaint(
    account: Account, time: Time, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    """Presence is pushed all the time."""
    simulator = account.simulator
    simulator.fault(fault, filter="/call-queues/", seconds=3600)
    caplog.clear()
    group = await add(account, queue(account, "901"))
    await time.passes(5)
    support = Queue(account, group.config.subentry_id, time)
    simulator.accept_queue_calls("901", "102", False)
    assert support.logged_in == "4"
    await time.passes(65)

    assert support.all == ("3", "off", "off")
    assert len(support.reads()) == 2
    assert issues(account.hass) == {}
    assert _warnings(caplog) == []
    assert account.coordinator.monitor.outages.count == 0
    assert _filters(account) == []
    simulator.ring(to="102", from_="+16505550123")
    await account.until_shown("102", "telephony_status", "ringing")


async def test_queues_leave_slots_of_the_rate_group_to_others(
    account: Account, time: Time
) -> None:
    """Presence of the members is read in the same group."""
    limiter = account.coordinator.limiter
    while limiter.delay(RateGroup.LIGHT, 20) == 0:
        limiter.record_request(RateGroup.LIGHT)
    for number in ("901", "902"):
        await add(account, queue(account, number))
    await time.passes(30)
    reads = partial(request_statuses, account.simulator, _QUEUES, "GET")
    assert reads() == []

    await time.passes(35)
    assert reads() == [200, 200]


# Switches


@pytest.mark.parametrize("answer", ["whole", "changed"])
async def test_switch_logs_a_member_out_and_in(support: Queue, answer: str) -> None:
    """The platform's answer is shown, and confirmed after its event."""
    account = support.account
    account.simulator.switches.change("queue_answer", answer)
    await support.turn("102", "off")
    assert support.all == ("3", "off", "off")
    assert support.free == "3"
    assert support.reads() == []
    members = {
        member["number"]: member["accepts"]
        for member in map(as_object, as_list(account.simulator.queues[0]["members"]))
    }
    assert members == {"102": False, "103": True, "104": True, "105": True}

    await support.follows()
    assert support.reads() == [200]
    assert support.all == ("3", "off", "off")
    await support.turn("102", "on")
    assert support.all == ("4", "off", "on")


async def test_answer_that_was_late_does_not_undo_a_change(support: Queue) -> None:
    """The members were read before, and are read again."""
    account, time = support.account, support.time
    account.simulator.fault("late", path=_QUEUES, method="GET", delay=10)
    account.simulator.accept_queue_calls("901", "103", False)
    await support.follows()
    await support.turn("102", "off")
    assert (support.switch("102"), support.switch("103")) == ("off", "on")

    with writes(account.hass) as written:
        await time.passes(15)
    assert support.switch_id("102") not in written
    assert (support.switch("102"), support.switch("103")) == ("off", "off")


async def test_own_switch_uses_the_way_of_members(support: Queue) -> None:
    """The user may not manage the queue."""
    account = support.account
    account.simulator.set_queue_members("901", ["101", "102"])
    await support.follows()
    account.simulator.switches.change("queue_edit", "own")
    account.simulator.log.clear()
    await support.turn("101", "off")

    assert support.switch("101") == "off"
    own = request_statuses(
        account.simulator, "/restapi/v1.0/account/~/extension/~/call-queue", "PUT"
    )
    assert own == [200]
    assert support.nobody_takes_calls == "off"


async def test_refused_change_is_an_error_and_shows_nothing(support: Queue) -> None:
    """The switch is never ahead of the platform."""
    support.account.simulator.switches.change("queue_edit", "refused")
    refused = pytest.raises(HomeAssistantError, match="does not let your user change")
    with writes(support.account.hass) as written, refused:
        await support.turn("102", "off")
    assert support.all == ("4", "off", "on")
    assert written == []


async def test_change_that_is_not_applied_is_an_error(support: Queue) -> None:
    """The platform accepts it and keeps the former value."""
    support.account.simulator.switches.change("queue_edit", "ignored")
    with pytest.raises(HomeAssistantError, match="did not apply it"):
        await support.turn("102", "off")
    assert support.switch("102") == "on"


async def test_unreachable_platform_changes_nothing(support: Queue) -> None:
    """The action fails."""
    support.account.simulator.fault("error", status=503, seconds=60)
    with pytest.raises(HomeAssistantError, match="maintenance"):
        await support.turn("102", "off")
    assert support.switch("102") == "on"


async def test_no_switches_if_the_app_may_not_change_presence(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The sensors are there."""
    simulator.change_permissions(app={"EditPresence": False})
    account = await add_account(hass, simulator)
    group = await add(account, queue(account, "901"))
    await time.settle()
    support = Queue(account, group.config.subentry_id, time)

    assert support.logged_in == "4"
    assert support.switches == set()


async def test_permission_that_is_taken_away_and_given_back(support: Queue) -> None:
    """A change fails in between; what is shown stays."""
    simulator = support.account.simulator
    simulator.change_permissions(app={"EditPresence": False})
    with pytest.raises(HomeAssistantError, match="missing the permission"):
        await support.turn("102", "off")
    assert support.all == ("4", "off", "on")

    simulator.change_permissions(app={"EditPresence": True})
    await support.turn("102", "off")
    assert support.all == ("3", "off", "off")

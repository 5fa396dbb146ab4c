"""Groups after random changes of people, calls, lists and subentries: as a recount says."""

from contextlib import suppress
from random import Random
from typing import Final

import pytest

from custom_components.ringcentral.const import CONF_DEPARTMENTS
from custom_components.ringcentral.groups.models import GroupConfig
from custom_components.ringcentral.groups.tally import KNOWN, Tally
from custom_components.ringcentral.presence.activity import (
    FREE,
    ON_THE_PHONE,
    RINGING,
    activity_of,
)
from homeassistant.core import HomeAssistant
from simulator import Simulator
from simulator.base.chance import seeded
from simulator.company.call import IllegalMoveError

from ..common import Account, add_account
from ..company import lists_are_read
from ..reliability.common import MOVED_TIME, Time, lose_push
from .common import add, groups_of, queue, settle, team

pytestmark = MOVED_TIME

_DEPARTMENTS: Final = ("Nurses", "Care", "Sales")


class Day:
    """Random changes of an account."""

    def __init__(self, account: Account, random: Random) -> None:
        """Initialize without calls and groups."""
        self._account = account
        self._random = random
        self._calls: list[str] = []
        self.changes = (
            *[self.change_presence] * 4,
            *[self.call] * 4,
            *[self.move_call] * 6,
            *[self.change_person] * 2,
            *[self.log_in_or_out] * 2,
            self.come_or_go,
            *[self.change_group] * 2,
        )

    @property
    def _number(self) -> str:
        return self._random.choice(self._account.simulator.users[1:]).number

    def change_presence(self) -> None:
        """Set the status or do not disturb of a person."""
        change = self._random.choice(
            [
                {"userStatus": self._random.choice(["Available", "Busy", "Offline"])},
                {
                    "dndStatus": self._random.choice(
                        [
                            "TakeAllCalls",
                            "DoNotAcceptAnyCalls",
                            "DoNotAcceptDepartmentCalls",
                        ]
                    )
                },
            ]
        )
        self._account.simulator.change_extension(self._number, **change)

    def call(self) -> None:
        """Start a call at one to three phones, or between two people."""
        simulator, random = self._account.simulator, self._random
        phones = sorted({self._number for _ in range(random.randrange(2, 5))})
        from_ = random.choice(["+16505550123", phones.pop()])
        if not phones:
            return
        with suppress(LookupError, IllegalMoveError):
            party = simulator.ring(to=phones[0], from_=from_, group=phones[1:])
            self._calls.append(party.telephony_session_id)

    def move_call(self) -> None:
        """Answer, hold, resume or end a call."""
        if not self._calls:
            return
        simulator = self._account.simulator
        session = self._random.choice(self._calls)
        move = self._random.choice(
            [simulator.answer, simulator.hold, simulator.unhold, simulator.end]
        )
        with suppress(LookupError, IllegalMoveError):
            move(session)

    def log_in_or_out(self) -> None:
        """Let a person take the calls of the queue or not."""
        accepts = self._random.random() < 0.5
        with suppress(LookupError):
            self._account.simulator.accept_queue_calls("901", self._number, accepts)

    def change_person(self) -> None:
        """Move a person to another department."""
        department = self._random.choice(_DEPARTMENTS)
        self._account.simulator.change_extension(self._number, department=department)

    def come_or_go(self) -> None:
        """Add or remove a person."""
        simulator = self._account.simulator
        if self._random.random() < 0.5:
            simulator.add_extension(department=self._random.choice(_DEPARTMENTS))
        elif len(simulator.users) > 6:
            simulator.remove_extension(self._number)

    def change_group(self) -> None:
        """Add, change or remove a group."""
        entries, entry = self._account.hass.config_entries, self._account.entry
        subentries = [s for s in entry.subentries.values() if s.unique_id is None]
        departments = self._random.sample(_DEPARTMENTS, 1)
        choice = self._random.random()
        if choice < 0.5 or not subentries:
            numbers = {self._number for _ in range(3)}
            subentry = team(self._account, numbers=numbers, departments=departments)
            entries.async_add_subentry(entry, subentry)
            return
        subentry = self._random.choice(subentries)
        if choice < 0.8:
            data = {**subentry.data, CONF_DEPARTMENTS: departments}
            entries.async_update_subentry(entry, subentry, data=data)
        else:
            entries.async_remove_subentry(entry, subentry.subentry_id)


def assert_recount(account: Account) -> None:
    """Compare all groups with what is known of all extensions."""
    coordinator, groups = account.coordinator, groups_of(account)
    activities = {
        i: activity_of(known)
        for i, known in coordinator.data.items()
        if i not in coordinator.stale
    }

    def check(tally: Tally) -> None:
        assert tally.ids(KNOWN) == tally.members & activities.keys()
        for bit in (FREE, RINGING, ON_THE_PHONE):
            expected = {i for i in tally.members if activities.get(i, 0) & bit}
            assert tally.ids(bit) == expected

    check(groups.overview)
    assert groups.overview.members == coordinator.roster.monitored
    assert groups.groups.keys() == account.entry.subentries.keys()
    for subentry_id, group in groups.groups.items():
        config = GroupConfig.from_subentry(account.entry.subentries[subentry_id])
        assert group.config == config
        queue_members = groups.queues.members(config.queue_id) or {}
        members = config.members(coordinator.roster, queue_members)
        assert groups.members_of(subentry_id) == members
        check(group.tally)
        takers = {
            (extension_id, takes_calls)
            for takes_calls, ids in groups.queues.by_answer(config.queue_id).items()
            for extension_id in ids
        }
        assert takers == {
            (extension_id, groups.queues._takes_calls(extension_id, member))
            for extension_id, member in queue_members.items()
        }
    for extension_id in coordinator.roster.monitored:
        assert set(groups.groups_of(extension_id)) == {
            g for g in groups.groups.values() if extension_id in g.tally.members
        }
    calls = {
        (call.telephony_session_id, call.telephony_status)
        for i in activities
        for call in coordinator.data[i].calls
    }
    assert groups.overview.calls == len({session for session, _ in calls})


@pytest.mark.parametrize("seed", range(3))
async def test_numbers_of_groups_equal_a_recount_at_any_time(
    hass: HomeAssistant, simulator: Simulator, time: Time, seed: int
) -> None:
    """Also while connections are lost."""
    simulator.switches.rate_limits = False
    account = await add_account(hass, simulator)
    everyone = [user.number for user in simulator.users]
    simulator.set_queue_members("901", everyone)
    await add(account, queue(account, "901"))
    random = seeded(seed, "groups")
    day = Day(account, random)
    most = 0
    for _ in range(12):
        for _ in range(12):
            random.choice(day.changes)()
            if random.random() < 0.2:
                await time.passes(0.1, 0.1)
        if random.random() < 0.2:
            await lose_push(account)
            await time.passes(5)
        await lists_are_read(account, time)
        await time.passes(15)
        await settle(account)
        assert_recount(account)
        most = max(most, len(groups_of(account).groups))
    assert most > 1

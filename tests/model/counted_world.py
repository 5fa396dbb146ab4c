"""A simulated company whose calls Home Assistant counts, for groups that change."""

from collections.abc import AsyncIterator, Mapping, Set as AbstractSet
from contextlib import asynccontextmanager
from copy import copy
from datetime import datetime, timedelta
from typing import Final, Self, override

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ringcentral.calls.counts import ACCOUNT_SCOPE, CallCounter
from custom_components.ringcentral.calls.lifecycle import ExtensionCallEvent
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import callback
from simulator.base.wire import JsonValue

from ..groups.common import add, team
from ..strategies import MIDNIGHT
from .checker import Difference
from .counts import CountChecker, Regrouped, Shown
from .live_world import EPOCH, NUMBERS, LiveWorld
from .plans import Step

# Seconds from the epoch: Home Assistant's time zone in tests is 8 hours behind UTC.
_LOCAL_MIDNIGHT: Final = 8 * 3600.0
_BEGIN: Final = MIDNIGHT + timedelta(seconds=_LOCAL_MIDNIGHT - 480)
_TEAMS: Final[Mapping[str, tuple[str, ...]]] = {
    "One": ("101", "102"),
    "Two": ("102", "103", "104"),
}
# Members of a team after a change.
_CHANGES: Final[tuple[tuple[str, ...], ...]] = (
    ("101", "102"),
    ("102", "103", "104"),
    ("101",),
    (),
    ("103", "104"),
    NUMBERS,
)


class CountedWorld(LiveWorld):
    """Runs the steps of an example, and compares the counts of its calls."""

    counts: CountChecker

    @classmethod
    @asynccontextmanager
    @override
    async def running(
        cls,
        freezer: FrozenDateTimeFactory,
        switches: Mapping[str, JsonValue],
        begin: datetime = _BEGIN,
    ) -> AsyncIterator[Self]:
        async with super().running(freezer, switches, begin) as world:
            with pytest.MonkeyPatch.context() as patch:
                world._observe_members(patch)
                yield world

    @override
    async def prepare(self) -> None:
        account = self.account
        everyone = frozenset(user.id for user in account.simulator.users)
        scopes = {ACCOUNT_SCOPE: everyone}
        for title, numbers in _TEAMS.items():
            subentry = team(account, title, numbers=numbers)
            await self.clockwork.finish(add(account, subentry), 5)
            scopes[subentry.subentry_id] = self._ids(numbers)
        since = {
            scope: self._counter.since(scope).timestamp() - EPOCH for scope in scopes
        }
        # Members that a team should get.
        self._wanted: dict[str, frozenset[str]] = {}
        self.counts = CountChecker(
            self.truth, self.checker, scopes, since, _LOCAL_MIDNIGHT
        )

    def _ids(self, numbers: tuple[str, ...]) -> frozenset[str]:
        return frozenset(self.account.simulator.extension(n).id for n in numbers)

    @property
    def _counter(self) -> CallCounter:
        return self.account.coordinator.calls.counts

    def _observe_members(self, patch: pytest.MonkeyPatch) -> None:
        set_members = CallCounter.set_members

        def observed(
            counter: CallCounter, scope: str, members: AbstractSet[str]
        ) -> None:
            if self._wanted.get(scope) == members:
                del self._wanted[scope]
                self.counts.items.append(Regrouped(self.now, scope, frozenset(members)))
                self.note(f"   {scope} has {len(members)} members")
            set_members(counter, scope, members)

        patch.setattr(CallCounter, "set_members", observed)

    @callback
    @override
    def _report(self, report: ExtensionCallEvent) -> None:
        before = len(self.checker.reported)
        super()._report(report)
        self.counts.items += self.checker.reported[before:]

    @override
    async def perform(self, step: Step) -> None:
        match step.name:
            case "midnight" if self.now < _LOCAL_MIDNIGHT - 2:
                await self.clockwork.advance(_LOCAL_MIDNIGHT - 1 - self.now)
                self._show()
                await self.clockwork.advance(2)
                self.note("midnight")
            case "regroup":
                self._regroup(step.first, step.second)
        await super().perform(step)

    def _regroup(self, first: int, second: int) -> None:
        entry = self.account.entry
        subentries = list(entry.subentries.values())
        subentry = subentries[first % len(subentries)]
        numbers = _CHANGES[second % len(_CHANGES)]
        changed = team(self.account, numbers=numbers)
        self._wanted[subentry.subentry_id] = self._ids(numbers)
        self.note(f"regroup {subentry.title}: {numbers}")
        self.account.hass.config_entries.async_update_subentry(
            entry, subentry, data=changed.data
        )

    def _show(self) -> None:
        """Record the counts as they are shown now."""
        if self.account.entry.state is not ConfigEntryState.LOADED:
            return
        counter, scopes = self._counter, self.counts.scopes
        self.counts.shown.append(
            Shown(
                int(self.now >= _LOCAL_MIDNIGHT),
                len(self.counts.items),
                {scope: copy(counter.counts(scope)) for scope in scopes},
                {scope: counter.since(scope).timestamp() - EPOCH for scope in scopes},
            )
        )

    @override
    async def rest(self) -> list[Difference]:
        differences = await super().rest()
        self._show()
        return [*differences, *self.counts.differences()]

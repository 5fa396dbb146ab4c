"""Cost of groups: a call of members of groups, and of the same extensions without.

Six users of a platform are signed in to one Home Assistant. Of each pair, one has ten groups
and the other none: of a tenth of the extensions each; the same, with the states of groups
written at each message; or all of the same tenth, whose extensions alone have calls. What
sensors have collected is written within each sample.

Processor time of the event loop, in a hot loop without a connection. At a usual pace, the
states that an entity of a group writes are counted.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import chain, islice
import time
from types import MappingProxyType
from typing import Final, override
from unittest.mock import patch

from aiohttp import ClientSession

from benchmarks.alternating import measure_alternately
from benchmarks.calls import CONCURRENT, waves
from benchmarks.entries import ENABLED
from benchmarks.environment import (
    Account,
    Platform,
    home_assistant,
    platform,
    sign_in_to,
)
from benchmarks.figures import Figure, at_most, ratios
from benchmarks.scale import Scale
from benchmarks.whole import until_quiet
from custom_components.ringcentral import event as event_platform
from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.const import (
    CONF_DEPARTMENTS,
    CONF_EXTENSIONS,
    CONF_SITES,
    SUBENTRY_GROUP,
)
from custom_components.ringcentral.groups import batcher as group_batcher
from custom_components.ringcentral.groups.manager import get_groups
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

_USERS: Final = ("101", "102", "103", "104", "105", "106")
_GROUPS: Final = 10
# Requests in a minute.
_ANY_NUMBER: Final = 100_000
# Messages per second, and for how many.
_RATE: Final = 40
_SECONDS: Final = 5
_MICROSECONDS: Final = 1_000_000


async def run(scale: Scale) -> Iterable[Figure]:
    """Measure the accounts alternately."""
    unlimited = [f"{group}_limit={_ANY_NUMBER}" for group in RateGroup]
    async with (
        platform(scale.usual, *unlimited) as simulated,
        home_assistant() as hass,
    ):
        accounts = [await _sign_in(hass, simulated, number) for number in _USERS]
        ids = accounts[0].user_ids
        few = ids[: len(ids) // _GROUPS]
        parts = [ids[n::_GROUPS] for n in range(_GROUPS)]
        for grouped, members in zip(
            accounts[1::2], (parts, parts, [few] * _GROUPS), strict=True
        ):
            await _add_groups(grouped, members)
        repeat = scale.calls // CONCURRENT
        count = scale.rounds * repeat
        sides = {
            "plain": _Work(accounts[0], ids, count, repeat),
            "groups": _Work(accounts[1], ids, count, repeat),
            "spaced_plain": _SpacedWork(accounts[2], ids, count, repeat),
            "spaced_groups": _SpacedWork(accounts[3], ids, count, repeat),
            "few_plain": _Work(accounts[4], few, count, repeat),
            "tenfold": _Work(accounts[5], few, count, repeat),
        }
        seconds = measure_alternately(sides, rounds=scale.rounds, repeat=repeat)
        # Of the other account, events wait to be shown.
        writes = await _writes_per_second(accounts[3], first=count)
    return [
        Figure(
            "groups_call_ratio",
            ratios(seconds["groups"], seconds["plain"]),
            goal=at_most(1.15),
        ),
        Figure(
            "groups_spaced_call_ratio",
            ratios(seconds["spaced_groups"], seconds["spaced_plain"]),
        ),
        Figure(
            "groups_tenfold_call_ratio",
            ratios(seconds["tenfold"], seconds["few_plain"]),
        ),
        Figure("groups_writes_per_second", writes, goal=at_most(4)),
        *(
            Figure(
                f"groups_call_{side}_us",
                [one / CONCURRENT * _MICROSECONDS for one in found],
                "µs",
            )
            for side, found in seconds.items()
        ),
    ]


async def _sign_in(hass: HomeAssistant, simulated: Platform, number: str) -> Account:
    """Sign in as one of the users."""
    server = simulated.described["server"]
    async with (
        ClientSession(server, raise_for_status=True) as session,
        session.post(f"/simulator/extensions/{number}/jwt") as answer,
    ):
        jwt = (await answer.json())["jwt"]
    account = await sign_in_to(hass, {**simulated.described, "jwt": jwt})
    await until_quiet(hass, ENABLED * len(account.user_ids))
    return account


async def _add_groups(account: Account, groups: Iterable[Collection[str]]) -> None:
    for number, members in enumerate(groups, 1):
        data = {
            CONF_EXTENSIONS: sorted(members),
            CONF_SITES: [],
            CONF_DEPARTMENTS: [],
        }
        subentry = ConfigSubentry(
            data=MappingProxyType(data),
            subentry_type=SUBENTRY_GROUP,
            title=f"Group {number}",
            unique_id=None,
        )
        account.hass.config_entries.async_add_subentry(account.entry, subentry)
    await until_quiet(account.hass)


class _Work:
    """Receives waves of calls; writes what groups have collected after so many."""

    def __init__(
        self,
        account: Account,
        ids: Sequence[str],
        count: int,
        repeat: int,
    ) -> None:
        """Initialize with the frames of all waves."""
        self._waves = list(islice(waves(ids, account.subscription_id), count))
        self._receive = account.receive
        self._repeat = repeat
        groups = get_groups(account.hass, account.entry.entry_id)
        assert groups is not None
        self._batchers = (groups._presence, groups._counts._batcher)

    def __call__(self, number: int) -> None:
        """Receive a wave."""
        for frame in self._waves[number]:
            self._receive(frame)
        if (number + 1) % self._repeat == 0:
            for batcher in self._batchers:
                batcher._flush()


class _SpacedWork(_Work):
    """The same of calls whose messages are so far apart that nothing is collected."""

    @override
    def __call__(self, number: int) -> None:
        with (
            patch.object(event_platform, "UPDATE_INTERVAL", 0),
            patch.object(group_batcher, "UPDATE_INTERVAL", 0),
        ):
            super().__call__(number)


async def _writes_per_second(account: Account, *, first: int) -> list[float]:
    """Return how often the entity of a group that changes most does so at a usual pace."""
    hass = account.hass
    registry = er.async_get(hass)
    written: Counter[str] = Counter()

    @callback
    def count(event: Event[EventStateChangedData]) -> None:
        entry = registry.async_get(event.data["entity_id"])
        if entry and entry.config_subentry_id:
            written[entry.entity_id] += 1

    source = waves(account.user_ids, account.subscription_id, first=first)
    frames = chain.from_iterable(source)
    remove = hass.bus.async_listen(EVENT_STATE_CHANGED, count)
    began = time.monotonic()
    for number in range(_RATE * _SECONDS):
        account.receive(next(frames))
        await asyncio.sleep(max(0, began + (number + 1) / _RATE - time.monotonic()))
    seconds = time.monotonic() - began
    remove()
    # Of n changes, the first is at the beginning.
    return [(count - 1) / seconds for _, count in written.most_common(1)]

"""Missed calls of today of the telephones that are exposed to an assistant."""

from collections.abc import Iterator
from math import ceil
from operator import attrgetter
from typing import Final, NamedTuple, cast

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..calls.counts import ACCOUNT_SCOPE, midnight_of
from ..coordinator import PresenceCoordinator, loaded_coordinator
from ..roster.identifiers import entity_unique_id, group_unique_id
from ..texts import short_line
from .facts import Space, local_time, other_party
from .models import Missed, MissedCall, MissedOf, Problem
from .names import Found, async_find
from .status import last_known
from .telephones import Viewer, async_telephones, in_slices

_KEY: Final = "missed_today"
_CALLS_AT_MOST: Final = 5
# Bytes of JSON that are left for them.
_FOR_CALLS: Final = 700


class _Counted(NamedTuple):
    """A telephone, a group or an account, and its scope; None if it is not counted."""

    name: str
    coordinator: PresenceCoordinator | None
    scope: str | None


async def async_read_missed(
    viewer: Viewer, name: str | None = None
) -> Missed | Problem:
    """Return what was missed by those of a name, or by the own telephones."""
    found = await async_find(viewer.hass, await async_telephones(viewer), name)
    if not isinstance(found, Found):
        return found
    own = [] if name else [one for one in found.telephones if one.is_own]
    counted = [*_groups(viewer, found)] or [
        _counted(one.name, one.coordinator, one.ref.extension_id)
        async for one in in_slices(own or found.telephones)
    ]
    if not (name or own):
        counted = [one for one in counted if one.scope is not None]
    is_none_counted = not any(one.coordinator is None or one.scope for one in counted)
    if is_none_counted and len(counted) != 1:
        return {"error": "not_counted"}
    counted.sort(key=lambda one: (one.scope is None, one.name.casefold()))
    missed: Missed = {"telephones": [], "left_out": len(counted)}
    space = Space(missed)
    listed = missed["telephones"]
    for item in counted:
        if not space.add(listed, _without_calls(item), _FOR_CALLS):
            break
    for item, entry in zip(counted, listed, strict=False):
        for call in _calls(item):
            if not space.add(entry["calls"], call):
                break
    missed["left_out"] -= len(listed)
    if not missed["left_out"]:
        del missed["left_out"]
    return missed


@callback
def _groups(viewer: Viewer, found: Found) -> Iterator[_Counted]:
    """Yield the groups and accounts whose count is exposed."""
    for place in found.groups:
        entry = viewer.hass.config_entries.async_get_entry(place.entry_id or "")
        if entry is None or (coordinator := loaded_coordinator(entry)) is None:
            continue
        if (subentry_id := place.subentry_id) is None:
            unique_id = entity_unique_id(entry, _KEY)
        else:
            unique_id = group_unique_id(subentry_id, _KEY)
        if viewer.find(SENSOR_DOMAIN, unique_id) is not None:
            scope = subentry_id or ACCOUNT_SCOPE
            yield _counted(short_line(place.label), coordinator, scope)


def _counted(
    name: str, coordinator: PresenceCoordinator | None, scope: str
) -> _Counted:
    is_counted = coordinator is not None and coordinator.calls.counts.is_counted(scope)
    return _Counted(name, coordinator, scope if is_counted else None)


def _without_calls(one: _Counted) -> MissedOf:
    name, coordinator, scope = one
    entry: MissedOf = {"name": name, "missed": None, "unclear": 0, "calls": []}
    if coordinator is None:
        return {**entry, "not_known_since": None}
    monitor, is_stale = coordinator.monitor, scope in coordinator.stale
    if is_stale or not monitor.is_followed:
        until = last_known(coordinator, scope if is_stale else None)
        entry["not_known_since"] = None if until is None else local_time(until)
    if scope is None:
        return entry
    counter = coordinator.calls.counts
    counter.begin_day()
    counts, since = counter.counts(scope), counter.since(scope)
    entry |= {"missed": counts.missed, "unclear": counts.unclear}
    if since > midnight_of(dt_util.now()):
        entry["counted_since"] = local_time(since)
    # What may still be replayed is missing so far. A loss that lasts was added above.
    is_final = monitor.is_followed
    if unseen := round(monitor.outages.unseen_today(is_final=is_final)):
        entry["unseen_minutes"] = ceil(unseen / 60)
    return entry


def _calls(one: _Counted) -> Iterator[MissedCall]:
    """Yield the last calls, newest first."""
    if one.coordinator is None or one.scope is None:
        return
    missed = one.coordinator.calls.counts.missed(one.scope)
    newest = sorted(missed, key=attrgetter("time"), reverse=True)
    for call, time, _ in newest[:_CALLS_AT_MOST]:
        party = other_party(call, one.coordinator.privacy)
        yield cast(MissedCall, party | {"time": local_time(time)})

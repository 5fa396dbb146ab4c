"""What the people do whose telephones are exposed to an assistant."""

from datetime import datetime, timedelta

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..api.event_stream import StreamState
from ..coordinator import PresenceCoordinator
from ..groups.manager import get_groups
from .facts import Person, build_status, lists_of
from .models import Key, Problem, Status
from .names import Found, async_find
from .telephones import Telephone, Viewer, async_telephones, in_slices


async def async_read_status(
    viewer: Viewer, name: str | None = None
) -> Status | Problem:
    """Return what the people of a name do, or all."""
    found = await async_find(viewer.hass, await async_telephones(viewer), name)
    if not isinstance(found, Found):
        return found
    refusing = _refusing(viewer.hass, found)
    people: list[Person] = []
    lists: dict[Key, list[Person]] = {}
    times: list[datetime] = []
    async for one in in_slices(found.telephones):
        person = _person(one, is_refusing=one.ref.extension_id in refusing)
        if (
            person.known is None
            and one.coordinator is not None
            and (since := last_known(one.coordinator, one.ref.extension_id)) is not None
        ):
            times.append(since)
        people.append(person)
        for key in lists_of(person)[0]:
            lists.setdefault(key, []).append(person)
    return build_status(people, lists, max(times, default=None))


def _person(telephone: Telephone, *, is_refusing: bool) -> Person:
    (_, extension_id), coordinator = telephone.ref, telephone.coordinator
    of_telephone = telephone.name, telephone.number, telephone.is_own
    if (
        coordinator is None
        or not is_followed(coordinator)
        or not coordinator.is_current(extension_id)
    ):
        return Person(*of_telephone)
    known = coordinator.data[extension_id]
    extension = coordinator.roster.directory.get(extension_id)
    is_person = extension is not None and extension.is_person
    return Person(*of_telephone, known, coordinator.privacy, is_refusing, is_person)


def is_followed(coordinator: PresenceCoordinator) -> bool:
    """Return whether changes of an account arrive.

    If not, its sensors keep their states for two minutes.
    """
    state = coordinator.stream.state
    return state is StreamState.POLLING or coordinator.monitor.is_followed


def last_known(
    coordinator: PresenceCoordinator, extension_id: str | None = None
) -> datetime | None:
    """Return until when it was known what happens, in all or to one; None if never."""
    known = coordinator.data.get(extension_id or "")
    if extension_id is not None and known is None:
        return None
    stream, instants = (
        coordinator.stream,
        [None if known is None else known.confirmed_at],
    )
    if stream.state is not StreamState.PUSH:
        instants.append(stream.last_message_at)
    elif not is_followed(coordinator):
        # A new subscription; the first snapshot since then is missing.
        return None
    ages = [instant.age for instant in instants if instant is not None]
    return dt_util.utcnow() - timedelta(seconds=min(ages)) if ages else None


def _refusing(hass: HomeAssistant, found: Found) -> set[str]:
    """Return the members of call queues at which their calls do not ring."""
    return {
        extension_id
        for place in found.groups
        if (manager := get_groups(hass, place.entry_id or ""))
        and (group := manager.groups.get(place.subentry_id or ""))
        for extension_id in manager.queues.by_answer(group.config.queue_id)[False]
    }

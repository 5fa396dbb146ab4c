"""What the people do whose telephones are exposed to an assistant."""

from collections.abc import Collection
from datetime import datetime, timedelta

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..api.clock import Instant, LoopYielder
from ..api.event_stream import StreamState
from ..coordinator import PresenceCoordinator
from ..groups.manager import get_groups
from ..presence.models import ExtensionPresence
from ..privacy import Privacy
from .facts import Key, Person, build_status, lists_of
from .models import Problem, Status
from .names import Found, async_find_exposed
from .people import AT_ONCE, Telephone, Viewer, short


async def async_read_status(
    hass: HomeAssistant,
    assistant: str,
    name: str | None = None,
    *,
    user: User | None = None,
) -> Status | Problem:
    """Return what the people of a name do, or all; a user must be allowed to read it."""
    found = await async_find_exposed(Viewer(hass, assistant, user), name)
    if not isinstance(found, Found):
        return found
    refusing = _refusing(hass, found)
    followed = {*filter(is_followed, {one.coordinator for one in found.telephones})}
    yielder = LoopYielder()
    people: list[Person] = []
    lists: dict[Key, list[Person]] = {}
    times: list[datetime] = []
    for number, one in enumerate(found.telephones):
        person = _person(
            one,
            is_followed=one.coordinator in followed,
            is_refusing=one.ref.extension_id in refusing,
        )
        people.append(person)
        for key in lists_of(person)[0]:
            lists.setdefault(key, []).append(person)
        if person.known is None and (since := _last_known(one)) is not None:
            times.append(since)
        if not number % AT_ONCE:
            await yielder.yield_if_due()
    return build_status(people, lists, max(times, default=None))


def shown_name(telephone: Telephone) -> str:
    """Return the name of a telephone as it is shown."""
    return short(telephone.name) or telephone.number or short(telephone.entity_id)


def _last_known(telephone: Telephone) -> datetime | None:
    if (coordinator := telephone.coordinator) is None:
        return None
    known = coordinator.data.get(telephone.ref.extension_id)
    return None if known is None else last_known(coordinator, known.confirmed_at)


def _person(telephone: Telephone, *, is_followed: bool, is_refusing: bool) -> Person:
    coordinator, extension_id = telephone.coordinator, telephone.ref.extension_id
    known: ExtensionPresence | None = None
    privacy = Privacy.NONE if coordinator is None else coordinator.privacy
    if coordinator is not None and is_followed and coordinator.is_current(extension_id):
        known = coordinator.data[extension_id]
    name = shown_name(telephone)
    has_calls = known is not None and bool(known.presence.active_calls)
    return Person(
        (not has_calls, not telephone.is_own, name.casefold()),
        name,
        telephone.number,
        known,
        privacy,
        is_refusing,
        telephone.is_person,
    )


def is_followed(coordinator: PresenceCoordinator | None) -> bool:
    """Return whether changes of an account arrive.

    If not, its sensors keep their states for two minutes.
    """
    if coordinator is None:
        return False
    state = coordinator.stream.state
    return state is StreamState.POLLING or coordinator.monitor.is_followed


def last_known(
    coordinator: PresenceCoordinator, confirmed_at: Instant | None = None
) -> datetime | None:
    """Return until when it was known what happens, if that is known."""
    stream, instants = coordinator.stream, [confirmed_at]
    if stream.state is not StreamState.PUSH:
        instants.append(stream.last_message_at)
    elif not is_followed(coordinator):
        # A new subscription; the first snapshot since then is missing.
        return None
    ages = [instant.age for instant in instants if instant is not None]
    return dt_util.utcnow() - timedelta(seconds=min(ages)) if ages else None


def _refusing(hass: HomeAssistant, found: Found) -> Collection[str]:
    """Return the members of call queues at which their calls do not ring."""
    refusing: set[str] = set()
    for entry_id, subentry_id in found.groups:
        manager = get_groups(hass, entry_id)
        if manager is not None and (group := manager.groups.get(subentry_id or "")):
            refusing |= manager.queues.by_answer(group.config.queue_id)[False]
    return refusing

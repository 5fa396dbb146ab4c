"""Who is meant by a name of a person, a group, an area or a floor."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
)

from ..api.clock import LoopYielder
from ..const import DOMAIN
from ..groups.manager import get_groups
from ..roster.identifiers import account_identifier
from .models import Problem
from .people import (
    AT_ONCE,
    Telephone,
    Viewer,
    aliases,
    async_telephones,
    device_names,
    one_each,
    short,
)

_NAMES_AT_MOST: Final = 5
_EXPLANATIONS: Final = {
    "none_exposed": "No telephone is exposed",
    "not_counted": "Missed calls are not counted",
    "unknown_name": "No telephone of that name is exposed",
}
_PERSON: Final = "person"

type Words = frozenset[str]


class Found(NamedTuple):
    """Who is meant."""

    telephones: Sequence[Telephone]
    # Of that name, by the id of their config entry; None stands for the account.
    groups: Collection[tuple[str, str | None]] = ()


class _Place(NamedTuple):
    """A group, an account, an area or a floor."""

    names: Sequence[str]
    includes: Callable[[Telephone], bool]
    group: tuple[str, str | None] | None = None


async def async_find_exposed(viewer: Viewer, name: str | None) -> Found | Problem:
    """Return those of a name, or all if there is none."""
    if not (telephones := await async_telephones(viewer)):
        return {"error": "none_exposed"}
    if name is None:
        return Found(one_each(telephones))
    return await async_find(viewer.hass, telephones, name)


async def async_find(
    hass: HomeAssistant, telephones: Sequence[Telephone], name: str
) -> Found | Problem:
    """Return those of a name, or else the only one whose name has it as a part."""
    wanted = words_of(name)
    if not wanted:
        return {"error": "unknown_name"}
    of_person = [*_names_of_persons(hass, wanted)]
    ranked: tuple[list[Telephone], ...] = ([], [], [])
    yielder = LoopYielder()
    for number, one in enumerate(telephones):
        if (rank := rank_of(one.names, wanted, of_person)) is not None:
            ranked[rank].append(one)
        if not number % AT_ONCE:
            await yielder.yield_if_due()
    whole, by_person, parts = map(one_each, ranked)
    if people := whole or by_person:
        return Found(people) if len(people) == 1 else _several(_labels(people))
    places = [
        (rank, place, included)
        for place in _places(hass)
        if (rank := rank_of(place.names, wanted, ())) is not None
        and (included := [*filter(place.includes, telephones)])
    ]
    meant = [one for one in places if one[0] == 0]
    if not meant:
        if len(parts) + len(places) > 1:
            of_places = [place.names[0] for _, place, _ in places]
            return _several([*_labels(parts), *of_places])
        if not places:
            return Found(parts) if parts else {"error": "unknown_name"}
        meant = places
    return Found(
        one_each(chain.from_iterable(included for _, _, included in meant)),
        [place.group for _, place, _ in meant if place.group is not None],
    )


async def async_find_telephone(
    hass: HomeAssistant, telephones: Sequence[Telephone], name: str | None
) -> Telephone:
    """Return the telephone of a name, or the only one; raise HomeAssistantError."""
    found = (
        Found(one_each(telephones))
        if name is None
        else await async_find(hass, telephones, name)
    )
    if isinstance(found, Found):
        if len(found.telephones) == 1:
            return found.telephones[0]
        if not found.telephones:
            raise HomeAssistantError("No own telephone is exposed")
        found = _several(_labels(found.telephones))
    raise HomeAssistantError(explain(found))


def explain(problem: Problem) -> str:
    """Return why there is no answer, for a language model."""
    if problem["error"] != "several":
        return _EXPLANATIONS[problem["error"]]
    more = f" + {problem['more']}" if "more" in problem else ""
    names = ", ".join(problem.get("names", ()))
    return f"Ask which of these is meant: {names}{more}"


def rank_of(
    names: Collection[str], wanted: Words, others: Collection[Words]
) -> int | None:
    """Return how well names fit: whole, as one of others, in part, or None."""
    text = "\n".join(names).casefold()
    if not any(all(w in text for w in words) for words in (wanted, *others)):
        return None
    own = [*map(words_of, names)]
    if wanted in own:
        return 0
    if any(words in own for words in others):
        return 1
    return 2 if any(wanted < words for words in own) else None


def _labels(telephones: Iterable[Telephone]) -> list[str]:
    return [one.label for one in telephones]


def _several(names: Iterable[str]) -> Problem:
    shown = sorted(map(short, names), key=str.casefold)
    problem: Problem = {"error": "several", "names": shown[:_NAMES_AT_MOST]}
    if (more := len(shown) - _NAMES_AT_MOST) > 0:
        problem["more"] = more
    return problem


@callback
def _names_of_persons(hass: HomeAssistant, wanted: Words) -> Iterator[Words]:
    """Yield the other names of persons who have one."""
    registry = er.async_get(hass)
    for state in hass.states.async_all(_PERSON):
        entity = registry.async_get(state.entity_id)
        names = {*map(words_of, [state.name, *(aliases(entity) if entity else ())])}
        if wanted in names:
            yield from filter(None, names - {wanted})


@callback
def _places(hass: HomeAssistant) -> Iterator[_Place]:
    devices, entities = dr.async_get(hass), er.async_get(hass)
    for entry in hass.config_entries.async_entries(DOMAIN):
        entry_id = entry.entry_id
        if (manager := get_groups(hass, entry_id)) is None:
            continue
        for subentry_id, group in manager.groups.items():
            names = device_names(devices.async_get(group.device_id))
            for entity in er.async_entries_for_device(entities, group.device_id):
                names += aliases(entity)
            yield _Place(
                names,
                _is_member(entry_id, group.tally.members),
                (entry_id, subentry_id),
            )
        device = devices.async_get_device_by_identifier(
            account_identifier(entry), entry_id
        )
        if device is not None and device.name_by_user:
            # Its other name is that of the user.
            yield _Place([device.name_by_user], _is_member(entry_id), (entry_id, None))
    areas = [*ar.async_get(hass).async_list_areas()]
    for area in areas:
        yield _Place([area.name, *area.aliases], _is_in({area.id}))
    for floor in fr.async_get(hass).async_list_floors():
        area_ids = {one.id for one in areas if one.floor_id == floor.floor_id}
        yield _Place([floor.name, *floor.aliases], _is_in(area_ids))


def _is_member(
    entry_id: str, members: Collection[str] | None = None
) -> Callable[[Telephone], bool]:
    return lambda one: (
        one.ref.entry_id == entry_id
        and (members is None or one.ref.extension_id in members)
    )


def _is_in(area_ids: Collection[str]) -> Callable[[Telephone], bool]:
    return lambda one: one.area_id in area_ids


def words_of(name: str) -> Words:
    """Return the words of a name, in whatever order and case."""
    return frozenset(name.casefold().replace("(", " ").replace(")", " ").split())

"""Who is meant by a name of a person, a group, an area or a floor."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
)

from ..const import DOMAIN
from ..groups.manager import get_groups
from ..roster.identifiers import account_identifier, group_identifier
from ..texts import short_line
from .models import Problem
from .telephones import Telephone, aliases, device_names, in_slices, one_each

_NAMES_AT_MOST: Final = 5
_EXPLANATIONS: Final = {
    "none_exposed": "No telephone is exposed",
    "not_counted": "Missed calls are not counted",
    "nothing_known": "Not known: no connection to RingCentral",
    "unknown_name": "No telephone of that name is exposed",
}
_PERSON: Final = "person"
# Speech recognition and Home Assistant leave punctuation out, or write it otherwise.
_PLAIN: Final = str.maketrans(
    {**dict.fromkeys('()[]{}.,;:!?¡¿…"“”„«»-‐‑–—/', " "), "’": "'", "‘": "'"}
)

type Words = frozenset[str]


class Place(NamedTuple):
    """A group or an account, or else an area or a floor."""

    names: Sequence[str]
    area_ids: Collection[str] = ()
    entry_id: str | None = None
    # None of an account.
    subentry_id: str | None = None
    members: Collection[str] | None = None

    @property
    def label(self) -> str:
        """The name that is shown."""
        return self.names[0]

    def includes(self, telephone: Telephone) -> bool:
        """Return whether a telephone is there."""
        if self.entry_id is None:
            return telephone.area_id in self.area_ids
        entry_id, extension_id = telephone.ref
        is_member = self.members is None or extension_id in self.members
        return is_member and entry_id == self.entry_id


class Found(NamedTuple):
    """Who is meant, and the groups and accounts of that name."""

    telephones: Sequence[Telephone]
    groups: Collection[Place] = ()


async def async_find(
    hass: HomeAssistant, telephones: Sequence[Telephone], name: str | None
) -> Found | Problem:
    """Return those of a name, or the only one whose name has it as a part, or all."""
    if not telephones:
        return {"error": "none_exposed"}
    if name is None:
        return Found(one_each(telephones))
    if not (wanted := words_of(name)):
        return {"error": "unknown_name"}
    of_person = [*_names_of_persons(hass, wanted)]
    telephones_by_rank: tuple[list[Telephone], list[Telephone]] = ([], [])
    async for one in in_slices(telephones):
        if (rank := rank_of(one.names, wanted, of_person)) is not None:
            telephones_by_rank[rank].append(one)
    people, part_people = map(one_each, telephones_by_rank)
    if people:
        return Found(people) if len(people) == 1 else _several(people)
    unloaded = {one.ref.entry_id for one in telephones if one.coordinator is None}
    is_unloaded = False
    places_by_rank: tuple[list[Place], list[Place]] = ([], [])
    for place in _places(hass):
        if (rank := rank_of(place.names, wanted)) is not None:
            if any(map(place.includes, telephones)):
                places_by_rank[rank].append(place)
            # The members of a group are not known then.
            is_unloaded |= place.entry_id in unloaded
    places, part_places = places_by_rank
    if not places:
        candidates: list[Telephone | Place] = [*part_people, *part_places]
        if not candidates:
            return {"error": "nothing_known" if is_unloaded else "unknown_name"}
        if len(candidates) > 1:
            return _several(candidates)
        places = part_places
    included = (one for place in places for one in filter(place.includes, telephones))
    return Found(
        part_people if not places else one_each(included),
        [place for place in places if place.entry_id is not None],
    )


async def async_find_telephone(
    hass: HomeAssistant, telephones: Sequence[Telephone], name: str | None
) -> Telephone:
    """Return the telephone of a name, or the only one; raise HomeAssistantError."""
    if not telephones:
        raise HomeAssistantError("No own telephone is exposed")
    found = await async_find(hass, telephones, name)
    if isinstance(found, Found):
        if len(found.telephones) == 1:
            return found.telephones[0]
        found = _several(found.telephones)
    raise HomeAssistantError(explain(found))


def explain(problem: Problem) -> str:
    """Return why there is no answer, for a language model."""
    if problem["error"] != "several":
        return _EXPLANATIONS[problem["error"]]
    more = f" + {problem['more']}" if "more" in problem else ""
    names = ", ".join(problem.get("names", ()))
    return f"Ask which of these is meant: {names}{more}"


def rank_of(
    names: Collection[str], wanted: Words, others: Collection[Words] = ()
) -> int | None:
    """Return 0 if a name is wanted or one of the others, 1 if a part is wanted."""
    text = _plain("\n".join(names))
    if not any(all(w in text for w in words) for words in (wanted, *others)):
        return None
    own = [*map(words_of, names)]
    if wanted in own or any(words in own for words in others):
        return 0
    return 1 if any(wanted < words for words in own) else None


def _several(candidates: Iterable[Telephone | Place]) -> Problem:
    shown = sorted((short_line(one.label) for one in candidates), key=str.casefold)
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
def _places(hass: HomeAssistant) -> Iterator[Place]:
    devices, entities = dr.async_get(hass), er.async_get(hass)
    for entry in hass.config_entries.async_entries(DOMAIN):
        entry_id, manager = entry.entry_id, get_groups(hass, entry.entry_id)
        for subentry_id in entry.subentries:
            device = devices.async_get_device_by_identifier(
                group_identifier(subentry_id), entry_id
            )
            names = device_names(device)
            device_id = device.id if device else ""
            for entity in er.async_entries_for_device(entities, device_id):
                names += aliases(entity)
            group = manager and manager.groups.get(subentry_id)
            members = group.tally.members if group else ()
            yield Place(names, (), entry_id, subentry_id, members)
        device = devices.async_get_device_by_identifier(
            account_identifier(entry), entry_id
        )
        if device is not None and device.name_by_user:
            # Its other name is that of the user.
            yield Place([device.name_by_user], (), entry_id)
    areas = [*ar.async_get(hass).async_list_areas()]
    for area in areas:
        yield Place([area.name, *area.aliases], {area.id})
    for floor in fr.async_get(hass).async_list_floors():
        area_ids = {one.id for one in areas if one.floor_id == floor.floor_id}
        yield Place([floor.name, *floor.aliases], area_ids)


def words_of(name: str) -> Words:
    """Return the words of a name, in whatever order, case and punctuation."""
    return frozenset(_plain(name).split())


def _plain(text: str) -> str:
    return text.casefold().translate(_PLAIN)

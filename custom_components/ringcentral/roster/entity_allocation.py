"""Who of the monitored finds room among the entities of one account. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self

from ..api.models.directory import Extension

# Beyond this, Home Assistant adds no enabled entity to a config entry.
ENABLED_AT_MOST: Final = 10_000
# Kept free for the account's own entities and for all of the signed-in user's extension,
# selects included: seventeen, and some that later versions may add.
RESERVED: Final = 20
# What is enabled without the user's doing ends here; the user may enable some more.
FILLED_AT_MOST: Final = 9_900
# With four entities each they are 9,600. Above, the telephony status alone is enabled
# at first.
FULL_SET_UP_TO: Final = 2_400

# What an extension is shown by; without room for it, the extension is left out.
STATUS: Final = ("sensor", "telephony_status")
# The others that are enabled unless there are too many, and those that people alone have.
_OF_PEOPLE: Final = frozenset({("sensor", "presence"), ("sensor", "dnd")})
_OTHERS: Final = _OF_PEOPLE | {("event", "calls")}
DEFAULTS: Final = _OTHERS | {STATUS}

# Platform and key of an entity of an extension.
type Kind = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Count:
    """A number of enabled entities.

    Attributes:
        all: however they came to be enabled.
        filled: those among them that are by default.

    """

    all: int
    filled: int

    @classmethod
    def of(cls, kinds: Collection[Kind]) -> Self:
        """Count entities."""
        return cls(len(kinds), sum(kind in DEFAULTS for kind in kinds))

    def __sub__(self, other: Count) -> Count:
        """Return what is left."""
        return Count(self.all - other.all, self.filled - other.filled)

    def __ge__(self, other: Count) -> bool:
        """Whether this has room for the other."""
        return self.all >= other.all and self.filled >= other.filled


@dataclass(frozen=True, slots=True)
class Known:
    """What Home Assistant knows of the entities of one extension.

    Attributes:
        registered: those in the registry.
        decided: those that are enabled or disabled as before when they are added: the
            registered, and those that were.
        returning: those among the latter that will be enabled.

    """

    registered: Collection[Kind] = ()
    decided: Collection[Kind] = ()
    returning: Collection[Kind] = ()

    @property
    def cost(self) -> Count:
        """What is enabled, whatever is the default, when the extension is added."""
        new = () if STATUS in self.decided else (STATUS,)
        return Count.of((*self.returning, *new))

    def others(self, *, is_person: bool) -> int:
        """Return how many more are enabled then, if all of the default set are."""
        offered = _OTHERS if is_person else _OTHERS - _OF_PEOPLE
        return len(offered.difference(self.decided))


_NOTHING_KNOWN: Final = Known()


@dataclass(frozen=True, slots=True)
class EntityAllocation:
    """Who is shown.

    Attributes:
        shown: the extensions that have a device and entities.
        left_out: how many of the monitored have neither.
        is_ample: whether new entities of the default set are all enabled, or the
            telephony status alone.

    """

    shown: frozenset[str] = frozenset()
    omitted: int = 0
    enables_all: bool = True


def by_number(extension: Extension) -> tuple[str, str]:
    """Return what extensions are ordered by: 99 comes before 101."""
    return (extension.number or "").zfill(12), extension.name or ""


def allocate(
    monitored: Collection[Extension],
    known: Mapping[str, Known],
    enabled: Count,
    own_extension_id: str,
) -> EntityAllocation:
    """Return who finds room: the registered first, then the others by number.

    The user's own extension may take its room from the reserve.

    Args:
        monitored: who wants to be shown.
        known: what is known of their entities.
        enabled: the entities of extensions that are enabled already.
        own_extension_id: of the signed-in user.

    """
    free = Count(ENABLED_AT_MOST - RESERVED, FILLED_AT_MOST) - enabled
    has_reserve = free.all >= 0
    shown = set()
    others = 0
    for extension in _ranked(monitored, known, own_extension_id):
        of_this = known.get(extension.id, _NOTHING_KNOWN)
        if (
            STATUS in of_this.registered
            or free >= of_this.cost
            or (extension.id == own_extension_id and has_reserve)
        ):
            shown.add(extension.id)
            free -= of_this.cost
            others += of_this.others(is_person=extension.is_person)
    return EntityAllocation(
        frozenset(shown),
        omitted=len(monitored) - len(shown),
        enables_all=len(monitored) <= FULL_SET_UP_TO and free >= Count(others, others),
    )


def _ranked(
    monitored: Iterable[Extension], known: Mapping[str, Known], own_extension_id: str
) -> list[Extension]:
    def rank(extension: Extension) -> tuple[bool, bool, tuple[str, str], str]:
        of_this = known.get(extension.id, _NOTHING_KNOWN)
        return (
            extension.id != own_extension_id,
            not of_this.registered,
            by_number(extension),
            extension.id,
        )

    return sorted(monitored, key=rank)

"""The JSON edge: typed access to what the platform sent, which never raises.

A field of the wrong type counts as absent, an unknown word of an enumeration becomes
its `UNKNOWN`; both are reported to `Anomalies`. `None` always means that the platform
did not say.

Identifiers are strings whatever their JSON type: the same id comes as a number in one
place and as a string in another.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from types import NoneType
from typing import Any, Final, NamedTuple

from ..anomalies import Anomalies
from .enums import Word

type JsonObject = dict[str, Any]


class ParseError(ValueError):
    """Nothing usable in this input; the text names what was missing."""


class Fields:
    """Typed access to the fields of one JSON object."""

    __slots__ = ("_json", "_where", "anomalies")

    def __init__(self, json: JsonObject, anomalies: Anomalies, where: str = "") -> None:
        """Read from `json`; `where` prefixes the names in reports."""
        self._json = json
        self._where = where
        self.anomalies = anomalies

    def text(self, key: str) -> str | None:
        """Return a string."""
        if (value := self._json.get(key)) is None or type(value) is str:
            return value
        self._wrong_type(key)
        return None

    def identifier(self, key: str) -> str | None:
        """Return an id, which may come as a number, as a string."""
        value = self._json.get(key)
        if type(value) is int:
            return str(value)
        if value is None or type(value) is str:
            return value or None
        self._wrong_type(key)
        return None

    def number(self, key: str) -> int | None:
        """Return an integer."""
        if (value := self._json.get(key)) is None or type(value) is int:
            return value
        self._wrong_type(key)
        return None

    def flag(self, key: str) -> bool | None:
        """Return a boolean."""
        if (value := self._json.get(key)) is None or type(value) is bool:
            return value
        self._wrong_type(key)
        return None

    def word[W: Word](self, key: str, words: dict[str, W], unknown: W) -> W | None:
        """Return a member of an enumeration; `unknown` for a word not in it."""
        if (value := self._json.get(key)) is None:
            return None
        if type(value) is not str:
            self._wrong_type(key)
            return None
        if (member := words.get(value)) is None:
            self.anomalies.unknown_value(self._where + key, value)
            return unknown
        return member

    def time(self, key: str) -> datetime | None:
        """Return a point in time; both spellings of the platform are understood."""
        if (value := self.text(key)) is None:
            return None
        try:
            time = datetime.fromisoformat(value)
            return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
        except ValueError, OverflowError:
            self._wrong_type(key)
            return None

    def object(self, key: str) -> JsonObject | None:
        """Return a nested object."""
        if (value := self._json.get(key)) is None or type(value) is dict:
            return value
        self._wrong_type(key)
        return None

    def objects(self, key: str) -> list[JsonObject] | None:
        """Return a list of objects; None also if one element is something else."""
        value = self._json.get(key)
        if value is None:
            return None
        if type(value) is list and all(type(item) is dict for item in value):
            return value
        self._wrong_type(key)
        return None

    def _wrong_type(self, key: str) -> None:
        self.anomalies.wrong_type(self._where + key)


@dataclass(frozen=True, slots=True)
class Kind[T]:
    """What kind of field something is.

    Attributes:
        read: reads it from an object, whatever is there.
        type: the JSON type that needs no such care.
        convert: makes the value of that type; None if it is taken as it is. Raises
            LookupError or ValueError where care is needed after all.
        parse: makes the value of a nested object.

    """

    read: Callable[[Fields, str], T | None]
    type: type | None = None
    convert: Callable[[Any], T | None] | None = None
    parse: Callable[[JsonObject, Anomalies], T] | None = None


def word[W: Word](words: dict[str, W], unknown: W) -> Kind[W]:
    """Return the kind of an enumeration; see `Fields.word`."""
    return Kind(lambda f, key: f.word(key, words, unknown), str, words.__getitem__)


def nested[T](parse: Callable[[JsonObject, Anomalies], T]) -> Kind[T]:
    """Return the kind of a nested object; of another type, it is reported and none."""

    def read(fields: Fields, key: str) -> T | None:
        found = fields.object(key)
        return None if found is None else parse(found, fields.anomalies)

    return Kind(read, dict, parse=parse)


def each[T](parse: Callable[[JsonObject, Anomalies], T]) -> Kind[tuple[T, ...]]:
    """Return the kind of a list of objects."""

    def read(fields: Fields, key: str) -> tuple[T, ...] | None:
        found = fields.objects(key)
        if found is None:
            return None
        return tuple([parse(item, fields.anomalies) for item in found])

    return Kind(read)


def _as_utc(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is not UTC:
        raise ValueError("not the usual spelling")
    return time


TEXT: Final = Kind(Fields.text, str)
IDENTIFIER: Final = Kind(Fields.identifier, str, lambda text: text or None)
NUMBER: Final = Kind(Fields.number, int)
FLAG: Final = Kind(Fields.flag, bool)
TIME: Final = Kind(Fields.time, str, _as_utc)
OBJECT: Final = Kind(Fields.object, dict)


class _Plan(NamedTuple):
    """Which fields of an object need a look, by their places."""

    converted: tuple[tuple[int, Callable[[Any], Any]], ...]
    nested: tuple[tuple[int, Callable[[JsonObject, Anomalies], Any]], ...]
    read: tuple[int, ...]


# Input decides which combinations of JSON types there are, so their number is bounded.
_MAX_PLANS: Final = 100


class Shape[T: NamedTuple]:
    """A parser of objects that come by the thousand, made from the kinds of their fields.

    Which fields need a look depends on their JSON types alone, and those hardly differ
    from one object to the next: it is found out once for each combination of types.
    """

    def __init__(self, make: type[T], where: str = "", **kinds: Kind[Any]) -> None:
        """Make named tuples, whose fields have the platform's names.

        Args:
            make: the named tuple.
            where: prefixes the names in reports.
            kinds: of all its fields, in their order.

        """
        if make._fields != tuple(kinds):
            raise TypeError(f"Not the fields of {make.__name__}")
        # What `_make` does, without its way through Python.
        self._make: Callable[[list[Any]], T] = partial(tuple.__new__, make)
        self._keys = tuple(camel_case(name) for name in kinds)
        self._kinds = tuple(kinds.values())
        self._where = where
        self._plans: dict[tuple[type, ...], _Plan] = {}

    def parse(self, json: JsonObject, anomalies: Anomalies) -> T:
        """Parse an object; a field that is not there is None."""
        values: list[Any] = list(map(json.get, self._keys))
        types = tuple(map(type, values))
        if (plan := self._plans.get(types)) is None:
            plan = self._plan(types)
        converted, nested_objects, read = plan
        for index, convert in converted:
            try:
                values[index] = convert(values[index])
            except LookupError, ValueError:
                self._read(values, index, json, anomalies)
        for index, parse in nested_objects:
            values[index] = parse(values[index], anomalies)
        for index in read:
            self._read(values, index, json, anomalies)
        return self._make(values)

    def _read(
        self, values: list[Any], index: int, json: JsonObject, anomalies: Anomalies
    ) -> None:
        fields = Fields(json, anomalies, self._where)
        values[index] = self._kinds[index].read(fields, self._keys[index])

    def _plan(self, types: tuple[type, ...]) -> _Plan:
        given = [
            (index, kind, found is kind.type)
            for index, (kind, found) in enumerate(zip(self._kinds, types, strict=True))
            if found is not NoneType
        ]
        plan = _Plan(
            converted=tuple(
                (i, k.convert) for i, k, usual in given if usual and k.convert
            ),
            nested=tuple((i, k.parse) for i, k, usual in given if usual and k.parse),
            read=tuple(i for i, _, usual in given if not usual),
        )
        if len(self._plans) >= _MAX_PLANS:
            # Odd objects must not keep out the usual ones for good.
            self._plans.clear()
        self._plans[types] = plan
        return plan


def camel_case(name: str) -> str:
    """Return the platform's name of a field (`fromName` of `from_name`)."""
    first, *others = name.rstrip("_").split("_")
    return first + "".join(other.title() for other in others)


def records(json: JsonObject, anomalies: Anomalies) -> Iterator[JsonObject]:
    """Yield the usable records of a list."""
    found = json.get("records")
    if not isinstance(found, list):
        anomalies.wrong_type("records")
        return
    for record in found:
        if isinstance(record, dict):
            yield record
        else:
            anomalies.wrong_type("records")


def parse_each[T](
    found: Iterator[JsonObject],
    parse: Callable[[JsonObject], T],
    anomalies: Anomalies,
) -> Iterator[T]:
    """Parse each record; one without use is counted and left out."""
    for record in found:
        try:
            yield parse(record)
        except ParseError as err:
            anomalies.count(str(err))

"""The JSON edge: typed access to what the platform sent, which never raises.

A field of the wrong type counts as absent, an unknown word of an enumeration becomes
its `UNKNOWN`; both are reported to `Anomalies`. `None` always means that the platform
did not say.

Identifiers are strings whatever their JSON type: the same id comes as a number in one
place and as a string in another.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from .anomalies import Anomalies
from .words import Word

type JsonObject = dict[str, Any]


class ParseError(ValueError):
    """Nothing usable in this input; the text names what was missing."""


class Fields:
    """Typed access to the fields of one JSON object."""

    __slots__ = ("_anomalies", "_json", "_where")

    def __init__(self, json: JsonObject, anomalies: Anomalies, where: str = "") -> None:
        """Read from `json`; `where` prefixes the names in reports."""
        self._json = json
        self._anomalies = anomalies
        self._where = where

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
            self._anomalies.unknown_value(self._where + key, value)
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
        self._anomalies.wrong_type(self._where + key)


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
            anomalies.note(str(err))

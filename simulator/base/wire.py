"""JSON as the platform writes it, and its two spellings of time."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
import re

import orjson

type JsonValue = (
    bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None
)
type JsonObject = dict[str, JsonValue]


def encode(value: object, *, escape_slashes: bool = False) -> bytes:
    """Return the JSON text of a value, with escaped slashes as in some recordings."""
    text = orjson.dumps(value)
    return text.replace(b"/", b"\\/") if escape_slashes else text


def decode(text: str | bytes) -> JsonValue:
    """Parse JSON text; raises ValueError."""
    value: JsonValue = orjson.loads(text)
    return value


def as_object(value: JsonValue) -> Mapping[str, JsonValue]:
    """Return a JSON object as a mapping, anything else as an empty one."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: JsonValue) -> Sequence[JsonValue]:
    """Return a JSON array as a sequence, anything else as an empty one."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return value
    return ()


def event_time(seconds: float) -> str:
    """Spell a time the way events and subscriptions do: `2019-07-09T16:17:38.286Z`."""
    time = datetime.fromtimestamp(seconds, UTC)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rest_time(seconds: float) -> str:
    """Spell a time the way REST answers do: `2018-10-23T12:19:01.499+0000`."""
    time = datetime.fromtimestamp(seconds, UTC)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def camel_case(name: str) -> str:
    """Convert `user_status` to `userStatus`."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def snake_case(name: str) -> str:
    """Convert `userStatus` to `user_status`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()

"""Decoding of JSON into structs.

A field of the wrong type is dropped and counted, an unknown value of an enumeration
becomes its `UNKNOWN`. A text or list that is too long is cut, an id is dropped. `None`
means that the platform did not send the field.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Final
from urllib.parse import quote

import msgspec
from msgspec import Meta
from msgspec.inspect import (
    CustomType,
    DateTimeType,
    Metadata,
    RawType,
    StrType,
    StructType,
    UnionType,
    VarTupleType,
)

from ..anomalies import Anomalies
from .enums import unknown_values

type JsonObject = dict[str, Any]
# JSON that is decoded later, or never.
type RawJson = msgspec.Raw

# Ids of the platform have up to 80 characters, tokens some hundred, names and status
# messages about 250. Each limit is several times that.
MAX_ID: Final = 256
MAX_TOKEN: Final = 4096
MAX_TEXT: Final = 1000
# Values, not bytes, determine how long decoding holds the event loop: this many at most
# 30 ms. A hundred calls have 3,000.
MAX_VALUES: Final = 100_000

# msgspec accepts integers of any size, JSON for Home Assistant's frontend does not.
type Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
type PositiveInteger = Annotated[int, Meta(gt=0, le=2**63 - 1)]
type Text = Annotated[str, Meta(max_length=MAX_TEXT)]
# A text with a title is dropped if it is too long. An id may also be sent as a number.
type Token = Annotated[str, Meta(title="token", min_length=1, max_length=MAX_TOKEN)]
# An id that is normally text.
type TextId = Annotated[str, Meta(title="id", max_length=MAX_ID)]
# An id that the platform sends as a number in some messages, as text in others.
type MixedId = (
    Annotated[str, Meta(title="id", min_length=1, max_length=MAX_ID)] | Integer
)
# An id for paths. One of dots or a tilde would be another path.
type PathText = Annotated[
    str, Meta(title="id", min_length=1, max_length=MAX_ID, pattern=r"[^.~]")
]
type PathId = PathText | Integer
# With any offset. A time without one is decoded by `_repair` and read as UTC.
type Time = Annotated[datetime, Meta(tz=True)]

DECODE_ERRORS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

astuple = msgspec.structs.astuple
# Faster than that of the standard library.
replace = msgspec.structs.replace


class ParseError(ValueError):
    """Unusable input; the text names what is missing, and contains no value of it."""


class UnreadableError(ParseError):
    """Input that is not decoded; what it says about an extension is lost."""

    def __init__(self, text: str, extension_id: str | None = None) -> None:
        """Initialize the error; the extension is often unknown."""
        super().__init__(text)
        self.extension_id = extension_id


class Record(msgspec.Struct, frozen=True, gc=False):
    """Base of what each event makes: made in a fifth of the time of a named tuple."""


class Model(Record, frozen=True, rename="camel"):
    """Base of what the platform sends; unknown fields are ignored."""


def decode[M: Model](
    decoder: msgspec.json.Decoder[M], data: bytes | RawJson, anomalies: Anomalies
) -> M:
    """Decode an object; raise ParseError if it is none, or lacks a required field."""
    model = decoder.type
    try:
        return _call_and_count(anomalies, decoder.decode, data)
    except DECODE_ERRORS:
        return _convert_fields(model, decode_json(data, model.__name__), anomalies)


def has_too_many_values(data: bytes | RawJson) -> bool:
    """Return whether to decode JSON would hold the event loop for too long."""
    # Before decoding: a comma separates two values.
    return len(data) > MAX_VALUES and bytes(data).count(b",") >= MAX_VALUES


def decode_json(data: bytes | RawJson, what: str = "value") -> Any:
    """Decode JSON of any shape; raise UnreadableError if it is none, or too large."""
    if has_too_many_values(data):
        raise UnreadableError(f"{what} with too many values")
    try:
        return msgspec.json.decode(data)
    except DECODE_ERRORS:
        raise UnreadableError(f"{what} that is no JSON") from None


def convert[M: msgspec.Struct](model: type[M], raw: object, anomalies: Anomalies) -> M:
    """Convert decoded JSON; raise ParseError as `decode` does."""
    try:
        return _call_and_count(anomalies, msgspec.convert, raw, model)
    except msgspec.ValidationError:
        return _convert_fields(model, raw, anomalies)


def _call_and_count[**P, T](
    anomalies: Anomalies, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    unknown: list[tuple[str, object]] = []
    with unknown_values.set(unknown):
        result = function(*args, **kwargs)
    for enumeration, value in unknown:
        anomalies.unknown_value(enumeration, value)
    return result


_struct_fields = cache(msgspec.structs.fields)


@cache
def _kinds(field_type: Any) -> tuple[msgspec.inspect.Type, ...]:
    info = msgspec.inspect.type_info(field_type)
    return info.types if isinstance(info, UnionType) else (info,)


def _convert_fields[M: msgspec.Struct](
    model: type[M], raw: object, anomalies: Anomalies
) -> M:
    """Convert field by field: msgspec stops at the first one of the wrong type."""
    if not isinstance(raw, dict):
        raise ParseError(f"{model.__name__} that is no object")
    values: dict[str, Any] = {}
    for field in _struct_fields(model):
        if (value := raw.get(field.encode_name)) is not None:
            name = f"{model.__name__}.{field.encode_name}"
            converted = _convert_field(name, field.type, value, anomalies)
            if converted is None:
                anomalies.wrong_type(name)
            else:
                values[field.name] = converted
        if field.required and field.name not in values:
            raise ParseError(f"{model.__name__} without {field.encode_name}")
    return model(**values)


def _convert_field(name: str, field_type: Any, value: Any, anomalies: Anomalies) -> Any:
    try:
        return _call_and_count(anomalies, msgspec.convert, value, field_type)
    except msgspec.ValidationError:
        usable = (_repair(name, kind, value, anomalies) for kind in _kinds(field_type))
        return next((converted for converted in usable if converted is not None), None)


def _repair(
    name: str, kind: msgspec.inspect.Type, value: Any, anomalies: Anomalies
) -> Any:
    match kind, value:
        # A frozen clock replaces the class, so msgspec does not know the type.
        case ((DateTimeType() | CustomType()), str()):
            return _utc(value)
        case RawType(), _:
            return msgspec.Raw(msgspec.json.encode(value))
        case Metadata(extra_json_schema={"title": "id"}), int() if (
            type(value) is int and value.bit_length() <= 64
        ):
            return str(value)
        case StrType(max_length=int(longest)), str() if len(value) > longest:
            anomalies.count(f"{name} that is too long")
            return value[:longest]
        case StructType(cls=model), dict():
            with suppress(ParseError):
                return _convert_fields(model, value, anomalies)
        case VarTupleType(item_type=item, max_length=longest), list():
            if longest is not None and len(value) > longest:
                anomalies.list_too_long(name)
                value = value[:longest]
            match item:
                case StructType(cls=model):
                    with suppress(ParseError):
                        return tuple([convert(model, one, anomalies) for one in value])
                case StrType():
                    return tuple([one for one in value if isinstance(one, str)])
    return None


def _utc(text: str) -> datetime | None:
    """Return a time in any spelling; one without an offset is in UTC."""
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except ValueError, OverflowError:
        return None


def path_segment(value: str) -> str:
    """Return an id as a segment of a path; no character of it separates or ends one."""
    is_plain = value.isascii() and value.isalnum()
    return value if is_plain else quote(value, safe="")


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
    parse: Callable[[JsonObject, Anomalies], T], json: JsonObject, anomalies: Anomalies
) -> Iterator[T]:
    """Parse each record of a list; an unusable one is counted and left out."""
    for record in records(json, anomalies):
        try:
            yield parse(record, anomalies)
        except ParseError as err:
            anomalies.count(str(err))

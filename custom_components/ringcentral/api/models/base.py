"""Decoding of JSON into structs.

A field of the wrong type is dropped and counted, an unknown value of an enumeration
becomes its `UNKNOWN`. `None` means that the platform did not send the field.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from msgspec.inspect import (
    DateTimeType,
    Metadata,
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

# msgspec accepts integers of any size, JSON for Home Assistant's frontend does not.
type Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
type PositiveInteger = Annotated[int, Meta(gt=0, le=2**63 - 1)]
type NonEmptyText = Annotated[str, Meta(min_length=1)]
# An id that is normally text. The title marks it: `_repair` turns a number into text.
type TextId = Annotated[str, Meta(title="id")]
# An id that the platform sends as a number in some messages, as text in others.
type MixedId = NonEmptyText | int
# With any offset. A time without one is decoded by `_repair` and read as UTC.
type Time = Annotated[datetime, Meta(tz=True)]


astuple = msgspec.structs.astuple


class ParseError(ValueError):
    """Unusable input; the text names what is missing, and contains no value of it."""


class Model(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """Base of what the platform sends; unknown fields are ignored."""


def decode[M: Model](
    decoder: msgspec.json.Decoder[M], data: bytes | RawJson, anomalies: Anomalies
) -> M:
    """Decode an object; raise ParseError if it is none, or lacks a required field."""
    model = decoder.type
    try:
        return _call_and_count(anomalies, decoder.decode, data)
    except msgspec.DecodeError, UnicodeDecodeError, RecursionError:
        return _convert_fields(model, decode_json(data, model.__name__), anomalies)


def decode_json(data: bytes | RawJson, what: str = "value") -> Any:
    """Decode JSON of any shape; raise ParseError if it is none."""
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError, UnicodeDecodeError, RecursionError:
        raise ParseError(f"{what} that is no JSON") from None


def convert[M: msgspec.Struct](model: type[M], raw: object, anomalies: Anomalies) -> M:
    """Convert decoded JSON; raise ParseError as `decode` does."""
    try:
        return _call_and_count(anomalies, msgspec.convert, raw, model)
    except msgspec.ValidationError:
        return _convert_fields(model, raw, anomalies)


def _call_and_count[**P, T](
    anomalies: Anomalies,
    function: Callable[P, T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Call a function of msgspec; count unknown enumeration values if it succeeds."""
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
            converted = _convert_field(field.type, value, anomalies)
            if converted is None:
                anomalies.wrong_type(f"{model.__name__}.{field.encode_name}")
            else:
                values[field.name] = converted
        if field.required and field.name not in values:
            raise ParseError(f"{model.__name__} without {field.encode_name}")
    return model(**values)


def _convert_field(field_type: Any, value: Any, anomalies: Anomalies) -> Any:
    try:
        return _call_and_count(anomalies, msgspec.convert, value, field_type)
    except msgspec.ValidationError:
        usable = (_repair(kind, value, anomalies) for kind in _kinds(field_type))
        return next((converted for converted in usable if converted is not None), None)


def _repair(kind: msgspec.inspect.Type, value: Any, anomalies: Anomalies) -> Any:
    match kind, value:
        case DateTimeType(), str():
            return _utc(value)
        case Metadata(), int() if type(value) is int:
            return str(value)
        case StructType(cls=model), dict():
            with suppress(ParseError):
                return _convert_fields(model, value, anomalies)
        case VarTupleType(item_type=StructType(cls=model)), list():
            with suppress(ParseError):
                return tuple([convert(model, item, anomalies) for item in value])
        case VarTupleType(item_type=StrType()), list():
            return tuple([item for item in value if isinstance(item, str)])
    return None


def _utc(text: str) -> datetime | None:
    """Return a time in any spelling; one without an offset is in UTC."""
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except ValueError, OverflowError:
        return None


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
    """Parse each record; an unusable one is counted and left out."""
    for record in found:
        try:
            yield parse(record)
        except ParseError as err:
            anomalies.count(str(err))

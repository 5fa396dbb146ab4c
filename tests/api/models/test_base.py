"""Decoding of JSON into structs, whatever the structs are."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec.json import Decoder
import orjson
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import (
    Integer,
    JsonObject,
    MixedId,
    Model,
    ParseError,
    PositiveInteger,
    TextId,
    Time,
    astuple,
    convert,
    decode,
    decode_json,
)


class Part(Model, frozen=True):
    """A nested object."""

    id: MixedId
    value: str | None = None


class Whole(Model, frozen=True):
    """An object with a field of each kind."""

    text: str | None = None
    digits: TextId | None = None
    mixed: MixedId | None = None
    number: Integer | None = None
    amount: PositiveInteger = 30
    flag: bool | None = None
    time: Time | None = None
    object: JsonObject | None = None
    part: Part | None = None
    parts: tuple[Part, ...] | None = None
    texts: tuple[str, ...] = ()
    two_words: str | None = None


class Required(Model, frozen=True):
    """An object that is useless without its id."""

    id: MixedId
    part: Part | None = None


DECODER = Decoder(Whole)

_GOOD: Mapping[str, Any] = {
    "text": "x",
    "digits": "5",
    "mixed": 5,
    "number": -3,
    "amount": 1,
    "flag": False,
    "time": datetime(2026, 3, 2, tzinfo=UTC),
    "object": {"a": [1]},
    "part": Part(id="1"),
    "parts": (Part(id="1"), Part(id=2)),
    "texts": ("a", "b"),
}


def as_json(name: str) -> Any:
    """Return a good value as JSON."""
    match _GOOD[name]:
        case datetime() as time:
            return time.isoformat()
        case Part(id=part_id):
            return {"id": part_id}
        case [Part(), *_] as parts:
            return [{"id": part.id} for part in parts]
        case value:
            return value


_WRONG = [
    ("text", True),
    ("text", 1.5),
    ("text", []),
    ("text", 5),
    ("digits", True),
    ("digits", 1.5),
    ("mixed", True),
    ("mixed", ""),
    ("mixed", 1.5),
    ("number", "5"),
    ("number", True),
    ("number", 1.0),
    ("number", 2**63),
    ("amount", 0),
    ("amount", -1),
    ("amount", "60"),
    ("flag", "true"),
    ("flag", 1),
    ("time", "yesterday"),
    ("time", ""),
    ("time", 1_772_409_600),
    ("time", "2026-03-02T00:00:00+99:00"),
    ("object", []),
    ("part", []),
    ("part", {}),
    ("part", {"id": None}),
    ("parts", {}),
    ("parts", [{"id": "1"}, None]),
    ("parts", [{"id": "1"}, {"value": "no id"}]),
    ("texts", "a"),
]


@pytest.mark.parametrize(("name", "value"), _WRONG)
def test_value_of_a_wrong_type_drops_its_field_and_is_counted(
    name: str, value: object
) -> None:
    """All others are decoded, from JSON and from what is decoded already."""
    json = {field: as_json(field) for field in _GOOD} | {name: value}
    expected = dict(_GOOD)
    del expected[name]
    from_json, from_object = Anomalies(), Anomalies()

    assert decode(DECODER, orjson.dumps(json), from_json) == Whole(**expected)
    assert convert(Whole, json, from_object) == Whole(**expected)

    for anomalies in (from_json, from_object):
        assert anomalies.counts[f"wrong type of Whole.{name}"] == 1
        assert anomalies.counts.total() == 1


@pytest.mark.parametrize("name", _GOOD)
def test_missing_value_and_null_are_absent_and_not_counted(name: str) -> None:
    """The platform did not send it."""
    anomalies = Anomalies()

    for json in ({}, {name: None}):
        assert decode(DECODER, orjson.dumps(json), anomalies) == Whole()
        assert convert(Whole, json, anomalies) == Whole()
    assert not anomalies.counts


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (700000102016, "700000102016"), (2**63, str(2**63)), ("", "")],
)
def test_number_in_place_of_an_id_is_read_as_its_digits(
    value: object, text: str
) -> None:
    """The same id comes so in one place and so in another."""
    anomalies = Anomalies()

    assert convert(Whole, {"digits": value}, anomalies).digits == text
    assert not anomalies.counts


def test_name_of_a_field_is_the_platforms() -> None:
    """In JSON, and in the counters."""
    anomalies = Anomalies()

    assert convert(Whole, {"twoWords": "x"}, anomalies) == Whole(two_words="x")
    assert convert(Whole, {"twoWords": []}, anomalies) == Whole()
    assert anomalies.counts == {"wrong type of Whole.twoWords": 1}


@pytest.mark.parametrize(
    ("found", "kept"), [([None, 5], ()), (["a", 5, ["b"]], ("a",)), ([""], ("",))]
)
def test_of_a_list_of_texts_the_texts_are_kept(
    found: list[object], kept: tuple[str, ...]
) -> None:
    """Of filters, one that cannot be read takes no other along."""
    assert convert(Whole, {"texts": found}, Anomalies()).texts == kept


@pytest.mark.parametrize("raw", [{}, {"id": None}, {"id": []}, {"id": ""}, {"no": 1}])
def test_object_without_a_required_field_is_refused(raw: object) -> None:
    """By the name of the model and the field."""
    with pytest.raises(ParseError, match=r"^Required without id$"):
        convert(Required, raw, Anomalies())
    with pytest.raises(ParseError, match=r"^Required without id$"):
        decode(Decoder(Required), orjson.dumps(raw), Anomalies())


@pytest.mark.parametrize("raw", [None, [], "x", 5, True])
def test_what_is_no_object_is_refused(raw: object) -> None:
    """Whatever else it is."""
    with pytest.raises(ParseError, match=r"^Whole that is no object$"):
        convert(Whole, raw, Anomalies())
    with pytest.raises(ParseError, match=r"^Whole that is no object$"):
        decode(DECODER, orjson.dumps(raw), Anomalies())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        b'{"text": "a"',
        b'{"text": "\xff"}',
        b'{"text": "\\ud800"}',
        b'{"number": NaN}',
        b'{"object": {"a": ' + b"[" * 200_000,
    ],
)
def test_what_is_no_json_is_refused(data: bytes) -> None:
    """Without its content."""
    with pytest.raises(ParseError, match=r"^Whole that is no JSON$"):
        decode(DECODER, data, Anomalies())
    with pytest.raises(ParseError, match=r"^value that is no JSON$"):
        decode_json(data)


def test_unknown_fields_are_ignored() -> None:
    """They are not even decoded."""
    anomalies = Anomalies()

    assert (
        decode(DECODER, b'{"new": {"a": "\xff"}, "text": "x"}', anomalies).text == "x"
    )
    assert not anomalies.counts


def test_models_can_be_replaced_compared_and_hashed() -> None:
    """Frozen values."""
    one, other = Part(id="1"), Part(id="1", value="x")

    assert one != other
    assert len({one, other, Part(id="1")}) == 2
    assert astuple(other) == ("1", "x")
    with pytest.raises(AttributeError):
        setattr(one, "value", "y")  # noqa: B010 - mypy refuses the plain way

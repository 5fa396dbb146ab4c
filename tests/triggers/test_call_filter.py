"""Filter of calls by direction, queue and number."""

from functools import partial

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import convert
from custom_components.ringcentral.api.models.presence import ActiveCall
from custom_components.ringcentral.triggers.call_filter import (
    CallFilter,
    DirectionFilter,
    Inclusion,
    number_pattern,
)

from ..strategies import call_json

_DIGITS = st.text("0123456789", min_size=1, max_size=15)
_SEPARATORS = st.sampled_from(["", " ", "-", ".", "(", ")", "/", "\u00a0", "\u2011"])
# What the platform sends in place of a number.
_HIDDEN = [
    "",
    " ",
    "anonymous",
    "Anonymous",
    "Restricted",
    "Unavailable",
    "Private",
    "+",
]
_ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=15)


def call(**fields: object) -> ActiveCall:
    return convert(ActiveCall, call_json(1, "Ringing", **fields), Anomalies())


@pytest.mark.parametrize(
    ("option", "inbound", "outbound", "unknown"),
    [
        (DirectionFilter.ANY, True, True, True),
        (DirectionFilter.INBOUND, True, False, False),
        (DirectionFilter.OUTBOUND, False, True, False),
    ],
)
def test_call_of_unknown_direction_matches_any_only(
    option: DirectionFilter, inbound: bool, outbound: bool, unknown: bool
) -> None:
    """No announcement is better than a wrong one."""
    matches = CallFilter(direction=option).matches
    assert matches(call(direction="Inbound")) is inbound
    assert matches(call(direction="Outbound")) is outbound
    assert matches(call(direction="Sideways")) is unknown
    assert matches(call(direction=None)) is unknown


@pytest.mark.parametrize(
    ("option", "queue", "no_queue", "unknown"),
    [
        (Inclusion.ANY, True, True, True),
        (Inclusion.ONLY, True, False, False),
        (Inclusion.NONE, False, True, True),
    ],
)
def test_call_without_queue_field_is_no_queue_call(
    option: Inclusion, queue: bool, no_queue: bool, unknown: bool
) -> None:
    """Some accounts omit the field."""
    matches = CallFilter(queue_calls=option).matches
    assert matches(call(queueCall=True)) is queue
    assert matches(call(queueCall=False)) is no_queue
    assert matches(call(queueCall=None)) is unknown


@pytest.mark.parametrize(
    ("option", "with_number", "hidden"),
    [
        (Inclusion.ANY, True, True),
        (Inclusion.ONLY, False, True),
        (Inclusion.NONE, True, False),
    ],
)
@pytest.mark.parametrize("address", [None, *_HIDDEN])
def test_call_is_hidden_if_its_number_has_no_digit(
    option: Inclusion, with_number: bool, hidden: bool, address: str | None
) -> None:
    """For an outgoing call, the called number decides."""
    matches = CallFilter(hidden_numbers=option).matches
    for direction, own, other in (
        ("Inbound", "to", "from"),
        ("Outbound", "from", "to"),
    ):
        call_with = partial(call, direction=direction, **{own: "101"})
        assert matches(call_with(**{other: "7"})) is with_number
        assert matches(call_with(**{other: address})) is hidden


@pytest.mark.parametrize(
    ("direction", "number"),
    [("Inbound", "1"), ("Outbound", "2"), ("Sideways", "1"), (None, "1")],
)
def test_other_number_is_the_called_one_of_outbound_calls_only(
    direction: str | None, number: str
) -> None:
    number_of_call = call(direction=direction, **{"from": "1", "to": "2"}).other_number
    assert number_of_call == number


@pytest.mark.parametrize("address", [None, *_HIDDEN])
def test_call_with_hidden_number_matches_no_pattern_without_letters(
    address: str | None,
) -> None:
    hidden = call(**{"from": address})
    assert hidden.other_number is None
    assert not CallFilter(caller_number=["*", "?*", "+*"]).matches(hidden)
    assert CallFilter().matches(hidden)


def test_each_of_several_patterns_is_compared_with_its_kind_of_call() -> None:
    """An asterisk beside a word still needs a number."""
    matches = CallFilter(caller_number=["*", "anon*"]).matches
    assert matches(call(**{"from": "anonymous"}))
    assert matches(call(**{"from": "101"}))
    assert not matches(call(**{"from": "Restricted"}))


@given(st.lists(_ANYTHING, max_size=3), _ANYTHING)
def test_any_pattern_is_accepted_and_matched_in_time(
    patterns: list[str], number: str
) -> None:
    CallFilter(caller_number=patterns).matches(call(**{"from": number}))


@given(st.lists(st.tuples(st.sampled_from("0123456789+#"), _SEPARATORS), min_size=1))
def test_separators_in_numbers_are_ignored(
    pieces: list[tuple[str, str]],
) -> None:
    """Neither in the pattern nor in the call."""
    formatted = "1" + "".join(char + between for char, between in pieces)
    bare = "1" + "".join(char for char, _ in pieces)
    for pattern, number in ((formatted, bare), (bare, formatted)):
        call_filter = CallFilter(caller_number=[pattern])
        assert call_filter.matches(call(**{"from": number}))


def matches(pattern: str, number: str) -> bool:
    return CallFilter(caller_number=[pattern]).matches(call(**{"from": number}))


@given(_DIGITS, st.integers(0, 15))
def test_asterisk_matches_any_rest(number: str, kept: int) -> None:
    assert matches(number[:kept] + "*", number)
    assert matches(number[:kept] + "*", "x" + number) is (kept == 0)


@given(_DIGITS, _DIGITS)
def test_pattern_without_wildcards_matches_the_whole_number_only(
    number: str, more: str
) -> None:
    assert matches(number, number)
    assert not matches(number, number + more)
    assert not matches(number + more, number)
    assert not matches(more + number, number)


@pytest.mark.parametrize(
    ("pattern", "number", "expected"),
    [
        ("ANON*", "anonymous", True),
        ("*", "Restricted", False),
        ("*d", "Restricted", True),
        ("*", "2\nlines", True),
        ("*", "\u0662", True),
        ("10?", "101", True),
        ("10?", "10", False),
        ("+1650*", "16505550123", False),
    ],
)
def test_letters_match_in_either_case_and_wildcards_match_any_character(
    pattern: str, number: str, expected: bool
) -> None:
    """The platform also sends text in place of numbers."""
    assert matches(pattern, number) is expected


def test_asterisks_in_a_row_count_as_one() -> None:
    """Each of them would multiply the time to match a long number."""
    assert number_pattern(["1**" + "*" * 30 + "2"]) == number_pattern(["1*2"])


@pytest.mark.parametrize("patterns", [[], [""], [" - "]])
def test_empty_patterns_match_every_number(patterns: list[str]) -> None:
    """The editor leaves an empty entry."""
    assert number_pattern(patterns) is None

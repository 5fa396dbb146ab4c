"""Which calls an automation is about, as a pure question."""

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.presence import (
    ActiveCall,
    parse_active_call,
)
from custom_components.ringcentral.triggers.call_filter import (
    CallFilter,
    DirectionFilter,
    QueueFilter,
    number_pattern,
)

from ..strategies import call_json

_DIGITS = st.text("0123456789", min_size=1, max_size=15)
_SEPARATORS = st.sampled_from(["", " ", "-", ".", "(", ")", "/", "\u00a0", "\u2011"])
_ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=15)


def call(**fields: object) -> ActiveCall:
    """Return a call."""
    return parse_active_call(call_json(1, "Ringing", **fields), Anomalies())


@pytest.mark.parametrize(
    ("chosen", "inbound", "outbound", "unknown"),
    [
        (DirectionFilter.ANY, True, True, True),
        (DirectionFilter.INBOUND, True, False, False),
        (DirectionFilter.OUTBOUND, False, True, False),
    ],
)
def test_a_call_without_a_known_direction_is_meant_only_by_any(
    chosen: DirectionFilter, inbound: bool, outbound: bool, unknown: bool
) -> None:
    """Better no announcement than a wrong one."""
    meant = CallFilter.from_options(direction=chosen).matches
    assert meant(call(direction="Inbound")) is inbound
    assert meant(call(direction="Outbound")) is outbound
    assert meant(call(direction="Sideways")) is unknown
    assert meant(call(direction=None)) is unknown


@pytest.mark.parametrize(
    ("chosen", "queue", "no_queue", "unknown"),
    [
        (QueueFilter.ANY, True, True, True),
        (QueueFilter.ONLY, True, False, False),
        (QueueFilter.NONE, False, True, True),
    ],
)
def test_a_call_that_does_not_mention_a_queue_comes_from_none(
    chosen: QueueFilter, queue: bool, no_queue: bool, unknown: bool
) -> None:
    """Some accounts leave the field out."""
    meant = CallFilter.from_options(queue_calls=chosen).matches
    assert meant(call(queueCall=True)) is queue
    assert meant(call(queueCall=False)) is no_queue
    assert meant(call(queueCall=None)) is unknown


@pytest.mark.parametrize(
    ("direction", "number"),
    [("Inbound", "1"), ("Outbound", "2"), ("Sideways", "1"), (None, "1")],
)
def test_the_other_party_is_whom_the_extension_speaks_to(
    direction: str | None, number: str
) -> None:
    """Who calls, unless the extension does."""
    spoken_to = call(direction=direction, **{"from": "1", "to": "2"}).other_number
    assert spoken_to == number


def test_a_call_without_number_matches_no_pattern() -> None:
    """Not even the one for all: a number is asked for."""
    assert not CallFilter.from_options(caller_number=["*"]).matches(
        call(**{"from": None})
    )
    assert CallFilter.from_options().matches(call(**{"from": None}))


@given(st.lists(_ANYTHING, max_size=3), _ANYTHING)
def test_no_pattern_is_broken_and_none_takes_forever(
    patterns: list[str], number: str
) -> None:
    """Whatever a user enters."""
    CallFilter.from_options(caller_number=patterns).matches(call(**{"from": number}))


@given(st.lists(st.tuples(st.sampled_from("0123456789+#"), _SEPARATORS), min_size=1))
def test_how_a_number_is_written_does_not_matter(
    pieces: list[tuple[str, str]],
) -> None:
    """Neither in the pattern nor in the call."""
    written = "".join(char + between for char, between in pieces)
    bare = "".join(char for char, _ in pieces)
    for pattern, number in ((written, bare), (bare, written)):
        meant = CallFilter.from_options(caller_number=[pattern])
        assert meant.matches(call(**{"from": number}))


def fits(pattern: str, number: str) -> bool:
    """Tell whether a call from a number is meant by a pattern."""
    return CallFilter.from_options(caller_number=[pattern]).matches(
        call(**{"from": number})
    )


@given(_DIGITS, st.integers(0, 15))
def test_an_asterisk_stands_for_any_rest(number: str, kept: int) -> None:
    """Also for none."""
    assert fits(number[:kept] + "*", number)
    assert fits(number[:kept] + "*", "x" + number) is (kept == 0)


@given(_DIGITS, _DIGITS)
def test_a_number_alone_means_itself_only(number: str, more: str) -> None:
    """Neither its beginning nor its end."""
    assert fits(number, number)
    assert not fits(number, number + more)
    assert not fits(number + more, number)
    assert not fits(more + number, number)


@pytest.mark.parametrize(
    ("pattern", "number", "expected"),
    [
        ("ANON*", "anonymous", True),
        ("*", "two\nlines", True),
        ("10?", "101", True),
        ("10?", "10", False),
        ("+1650*", "16505550123", False),
    ],
)
def test_letters_are_the_same_in_either_case_and_wildcards_stand_for_all(
    pattern: str, number: str, expected: bool
) -> None:
    """The platform also sends words in place of numbers."""
    assert fits(pattern, number) is expected


def test_asterisks_in_a_row_are_one() -> None:
    """Each alone would multiply the time that a long number takes."""
    assert number_pattern(["1**" + "*" * 30 + "2"]) == number_pattern(["1*2"])


@pytest.mark.parametrize("patterns", [[], [""], [" - "]])
def test_an_empty_field_means_every_number(patterns: list[str]) -> None:
    """The editor leaves one behind."""
    assert number_pattern(patterns) is None

"""Numbers that may be dialed, whatever is typed."""

from typing import Final
import unicodedata

from hypothesis import example, given, strategies as st
import pytest

from custom_components.ringcentral.control.models import (
    Destination,
    Refusal,
    Target,
    TargetKind,
)
from custom_components.ringcentral.control.numbers import as_target, parse_destination

EXTENSIONS: Final = {
    "101": "e-101",
    "102": "e-102",
    "110": "e-110",
    "112": "e-112",
    "9000": "e-9000",
    "7770102": "e-long",
}
OWN: Final = ("101", "+1 (650) 555-0101", "08912345678", "")


def parse(text: str, country: str | None = "US") -> Destination | str:
    """Return the number to dial, or the key of the refusal."""
    found = parse_destination(text, EXTENSIONS, OWN, country)
    return found.key if isinstance(found, Refusal) else found


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+16505550188", "+16505550188"),
        ("6505550188", "6505550188"),
        ("  +1 (650) 555-0188\n", "+16505550188"),
        ("+49.89/123-4567", "+49891234567"),
        ("tel:+1-650-555-0188", "+16505550188"),
        ("TEL: 650 555 0188", "6505550188"),
        # As copied from a directory: invisible marks, odd dashes and blanks.
        ("\u202a+1\u00a0650\u2011555\u20130188\u202c", "+16505550188"),
        ("+1650\u2212555\u00ad0188", "+16505550188"),
        # Digits of other scripts.
        ("\uff0b\uff11\uff16\uff15\uff10\uff15\uff15\uff15\uff10\uff11\uff18\uff18", "+16505550188"),
        ("\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667", "01234567"),
        ("\u0967\u0968\u0969\u096a\u096b\u096c\u096d", "1234567"),
        # The shortest and the longest.
        ("7654321", "7654321"),
        ("+123456789012345", "+123456789012345"),
        # Not all that begins or ends like an emergency number is one.
        ("9112345", "9112345"),
        ("+911123456789", "+911123456789"),
        ("+16505550112", "+16505550112"),
        ("0301120112", "0301120112"),
        ("+6834112", "+6834112"),
        ("90011112", "90011112"),
    ],
)  # fmt: skip
def test_number_is_dialed_as_typed(text: str, number: str) -> None:
    assert parse(text) == Destination(number)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "number_missing"),
        (" \t\n", "number_missing"),
        ("-()/.", "number_missing"),
        ("+", "number_missing"),
        ("tel:", "number_missing"),
        ("Anna", "number_letters"),
        ("1-800-FLOWERS", "number_letters"),
        ("sip:102", "number_letters"),
        ("tel:tel:102", "number_letters"),
        ("+49 89 \u4e00\u4e8c\u4e09", "number_letters"),
        ("102 ext", "number_letters"),
        ("*67 6505550188", "number_characters"),
        ("6505550188#", "number_characters"),
        ("6505550188,,1", "number_characters"),
        ("tel:6505550188;1", "number_characters"),
        ("++16505550188", "number_characters"),
        ("1+6505550188", "number_characters"),
        ("650\u20e35550188", "number_characters"),
        ("6505550188\x00", "number_characters"),
        ("\u0000", "number_characters"),
        ("{{ number }}", "number_letters"),
        ("103", "number_short"),
        ("+102", "number_short"),
        ("0102", "number_short"),
        ("123456", "number_short"),
        ("+123456", "number_short"),
        ("1234567890123456", "number_long"),
        ("+1234567890123456", "number_long"),
        ("1" * 100, "number_long"),
        ("1" * 1_000_000, "number_long"),
        ("a" * 101, "number_long"),
        ("101", "number_own"),
        (" 1-0-1 ", "number_own"),
        ("+16505550101", "number_own"),
        ("(650) 555 0101", "number_own"),
        ("0016505550101", "number_own"),
        ("+498912345678", "number_own"),
        ("08912345678", "number_own"),
    ],
)
def test_what_cannot_be_dialed_is_refused_with_a_reason(text: str, key: str) -> None:
    assert parse(text) == key


def test_number_of_another_country_is_not_the_own_one() -> None:
    """Though it ends as the own number does."""
    assert parse("+4416505550101") == Destination("+4416505550101")


@pytest.mark.parametrize("number", ["102", " 1 0 2", "tel:102", "9000", "7770102"])
def test_extension_is_dialed_by_its_number(number: str) -> None:
    found = parse(number)

    assert isinstance(found, Destination)
    assert found.extension_id == EXTENSIONS[found.number]


@pytest.mark.parametrize(
    ("destination", "target"),
    [
        (Destination("102", "e-102"), Target(TargetKind.EXTENSION, "e-102")),
        (Destination("+1650"), Target(TargetKind.NUMBER, "+1650")),
    ],
)
def test_destination_is_a_target(destination: Destination, target: Target) -> None:
    assert as_target(destination) == target


@pytest.mark.parametrize("country", [None, "US", "DE", "XX", ""])
@pytest.mark.parametrize(
    "text",
    [
        "112", "911", "999", "000", "08", "933", "988",
        " 1-1-2 ", "tel:911", "+112", "+911", "9 911", "0112", "9112", "0-911",
        # After the code of a country, also with a zero before it.
        "+1 911", "+49 112", "+353 999", "+61 000", "+49 0112", "+353 0112", "+1 988",
        "00 1 911", "0049112", "00490112", "00353999", "003530112", "00049112", "0061000",
        # Digits of other scripts.
        "\u0669\u0661\u0661", "\u06f1\u06f1\u06f2", "\uff11\uff11\uff12", "\u2460\u2460\u2461",
        "\u00b9\u00b9\u00b2", "\u0be7\u0be7\u0be8", "9\u0661\u0967", "\U0001d7cf\U0001d7cf\U0001d7d0",
        "\u202d9\u200b1\u20601\u202c",
    ],
)  # fmt: skip
def test_emergency_number_is_refused_in_any_spelling(
    text: str, country: str | None
) -> None:
    assert parse(text, country) == "number_emergency"


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("110", "DE"),
        ("0110", "DE"),
        ("+49 110", "DE"),
        ("0049110", "DE"),
        ("15", "FR"),
        ("+33 17", "FR"),
        ("114", "FR"),
        ("118", "IT"),
        ("119", "JP"),
        ("106", "AU"),
        ("0011 61 106", "AU"),
        ("108", "IN"),
        ("111", "NZ"),
        ("144", "CH"),
        ("062", "ES"),
        ("90000", "SE"),
        ("+46 90000", "SE"),
        ("10111", "ZA"),
        ("+27 10111", "ZA"),
        ("011 1 911", "US"),
        ("011 1 911", "CA"),
        ("011 1 911", None),
        ("010 81 110", "JP"),
    ],
)
def test_emergency_number_of_the_country_is_refused(
    text: str, country: str | None
) -> None:
    found = parse_destination(text, {}, (), country)
    assert found == Refusal("number_emergency")


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("110", "US"),
        ("17", "DE"),
        ("0049110", "US"),
        ("011 555 112", "IT"),
        ("6505550188", "US"),
        ("", "US"),
        ("Anna", "US"),
        ("", None),
    ],
)
def test_other_numbers_are_no_emergency_numbers(text: str, country: str | None) -> None:
    assert parse(text, country) != "number_emergency"


def test_emergency_number_that_is_an_extension_is_dialed_only_where_it_is_none() -> (
    None
):
    assert parse("110", "DE") == Destination("110", "e-110")
    assert parse("9000", "AU") == Destination("9000", "e-9000")
    # Never, whatever the directory says.
    assert parse("112", "US") == "number_emergency"


_countries = st.sampled_from([None, "US", "DE", "FR", "AU", "JP", "SE", "ZA", "XX"])
_EMERGENCY: Final = {
    None: "112 911 999 000",
    "US": "112 911 999 000 933 988",
    "DE": "112 911 999 000 110",
    "FR": "112 911 999 000 15 17 18",
    "AU": "112 911 999 000 106",
    "JP": "112 911 999 000 110 119",
    "SE": "112 911 999 000 90000",
    "ZA": "112 911 999 000 10111 10177",
    "XX": "112 911 999 000",
}
_ZEROS: Final = [
    character
    for character in map(chr, range(0x20000))
    if character.isdecimal() and unicodedata.decimal(character) == 0
]


@st.composite
def _written(draw: st.DrawFn, digits: str) -> str:
    """Return digits of any script, with separators."""
    zero = draw(st.sampled_from(_ZEROS))
    separator = st.sampled_from(["", "", "", " ", "-", ".", "/", "\u00a0", "\u200e"])
    return "".join(
        (chr(ord(zero) + int(one)) if one.isdecimal() else one) + draw(separator)
        for one in digits
    )


@st.composite
def _emergency_numbers(draw: st.DrawFn) -> tuple[str, str | None]:
    country = draw(_countries)
    number = draw(st.sampled_from(_EMERGENCY[country].split()))
    code = draw(st.sampled_from(["1", "49", "33", "61", "81", "46", "27", "353"]))
    prefix = draw(
        st.sampled_from(["", "0", "9", f"+{code}", f"00{code}", f"00{code}0"])
    )
    return draw(_written(prefix + number)), country


@given(_emergency_numbers())
def test_no_spelling_of_an_emergency_number_is_dialed(
    number: tuple[str, str | None],
) -> None:
    text, country = number

    assert parse(text, country) == "number_emergency"


_typed = st.one_of(
    st.text(max_size=20),
    st.text("+0123456789 -()./", max_size=20),
    st.from_regex(r"\+?[0-9]{1,18}", fullmatch=True).flatmap(_written),
    _emergency_numbers().map(lambda one: one[0]),
)


@given(
    _typed,
    st.dictionaries(
        st.from_regex(r"[0-9]{2,8}", fullmatch=True), st.text(min_size=1, max_size=3)
    ),
    st.lists(st.text("+0123456789", max_size=12), max_size=2),
    _countries,
)
@example("112", {"112": "e"}, [], None)
@example("9911", {"9911": "e"}, [], "US")
@example("+0000000", {}, [], None)
def test_whatever_is_typed_only_a_number_or_an_extension_is_dialed(
    text: str, extensions: dict[str, str], own: list[str], country: str | None
) -> None:
    found = parse_destination(text, extensions, own, country)

    if isinstance(found, Refusal):
        assert found.key.startswith("number_")
        return
    digits = found.number.removeprefix("+")
    assert digits.isascii()
    assert digits.isdecimal()
    assert digits not in ("112", "911", "999", "000")
    assert found.number not in own
    if found.extension_id is None:
        assert 7 <= len(digits) <= 15
        assert found.number not in extensions
        assert not any(
            digits.removeprefix(prefix) in _EMERGENCY[country].split()
            for prefix in ("0", "9", "001", "0049", "00353")
        )
    else:
        assert extensions[found.number] == found.extension_id
    # What is sent is read as the same number.
    assert parse_destination(found.number, extensions, own, country) == found

"""Numbers that may be dialed. Pure."""

from collections.abc import Collection, Iterator, Mapping
import re
from typing import Final
from unicodedata import category, decimal, normalize

from ..calls.ringout import is_same_number
from .models import Destination, Refusal, Target, TargetKind

# Fewer digits are an extension number.
_MIN_DIGITS: Final = 7
# Of an E.164 number.
_MAX_DIGITS: Final = 15
_MAX_TEXT: Final = 100
_SEPARATORS: Final = frozenset("-−./()")
_DIALABLE: Final = re.compile(r"\+?[0-9]*")

# Even if an extension has this number.
_NEVER: Final = frozenset({"000", "112", "911", "999"})
# 3GPP TS 22.101, section 10.1.1 (112, 911; without a SIM 000, 08, 999 in all countries),
# the test number of 911, and the crisis line of the United States and Canada.
_EVERYWHERE: Final = _NEVER | {"08", "933", "988"}
# By ISO 3166 code, beside those: the national numbering plans sent to the ITU (E.129), as
# in ShortNumberMetadata.xml of libphonenumber 9.0. What that lacks of Spain, France (114)
# and Japan (118) is in their own plans.
_NATIONAL: Final[Mapping[str, str]] = {
    "AE": "997 998",
    "AR": "100 101 107",
    "AT": "122 133 144",
    "AU": "106",
    "BE": "100 101",
    "BG": "150 160 166",
    "BR": "190 192 193",
    "CH": "117 118 144",
    "CL": "131 132 133",
    "CN": "110 119 120",
    "CO": "119 123 132",
    "CY": "199",
    "CZ": "150 155 158",
    "DE": "110",
    "EE": "110",
    "ES": "061 062 080 085 088 091 092",
    "FR": "15 17 18 114",
    "GR": "100 166 199",
    "HK": "992",
    "HR": "192 193 194",
    "HU": "104 105 107",
    "ID": "110 113 118 119",
    "IL": "100 101 102",
    "IN": "100 101 102 108",
    "IT": "113 115 118",
    "JP": "110 118 119",
    "KR": "119",
    "LU": "113",
    "LV": "110 113",
    "MX": "060 065 066 068 080",
    "NO": "110 113",
    "NZ": "111",
    "PE": "105 116 117",
    "PH": "117",
    "PL": "997 998",
    "PT": "115",
    "SE": "90000",
    "SG": "993 995",
    "SI": "113",
    "SK": "150 155 158",
    "TH": "191 1669",
    "TR": "110 155",
    "TW": "110 119",
    "UA": "101 102 103",
    "VN": "113 114 115",
    "ZA": "10111 10177",
}
# What precedes the code of a country, where it is not 00; with 0 for an outside line.
_ACCESS_CODES: Final[Mapping[str | None, str]] = {
    None: "011",
    "AU": "0011",
    "CA": "011",
    "JP": "010",
    "US": "011",
}


def parse_destination(
    text: str, extensions: Mapping[str, str], own: Collection[str], country: str | None
) -> Destination | Refusal:
    """Return the number to dial; `extensions` are ids by the number of enabled ones."""
    number = _clean(text)
    if isinstance(number, Refusal):
        return number
    digits = number.removeprefix("+")
    extension_id = extensions.get(number)
    if digits in _NEVER or (extension_id is None and _is_emergency(number, country)):
        return Refusal("number_emergency")
    if any(_is_same(number, one) for one in own):
        return Refusal("number_own")
    if extension_id is not None:
        return Destination(number, extension_id)
    if len(digits) < _MIN_DIGITS:
        return Refusal("number_short")
    if len(digits) > _MAX_DIGITS:
        return Refusal("number_long")
    return Destination(number)


def as_target(destination: Destination) -> Target:
    """Return the target of a call that is forwarded or transferred there."""
    if destination.extension_id is not None:
        return Target(TargetKind.EXTENSION, destination.extension_id)
    return Target(TargetKind.NUMBER, destination.number)


def _clean(text: str) -> str | Refusal:
    """Return the ASCII digits of a number, with a plus sign in front if it has one."""
    if len(text) > _MAX_TEXT:
        return Refusal("number_long")
    # Copied numbers contain invisible marks of the direction of text.
    visible = "".join(
        character
        for character in normalize("NFKC", text)
        if category(character) != "Cf" and not character.isspace()
    )
    if visible[:4].casefold() == "tel:":
        visible = visible[4:]
    if visible.endswith(".0"):
        # A decimal number of a template; without the point, it would be another number.
        return Refusal("number_characters")
    number = "".join(
        str(decimal(character, character))
        for character in visible
        if character not in _SEPARATORS and category(character) != "Pd"
    )
    if not number or number == "+":
        return Refusal("number_missing")
    if any(map(str.isalpha, number)):
        return Refusal("number_letters")
    return number if _DIALABLE.fullmatch(number) else Refusal("number_characters")


def _is_emergency(number: str, country: str | None) -> bool:
    numbers = _EVERYWHERE.union(_NATIONAL.get(country or "", "").split())
    return not numbers.isdisjoint(_spellings(number, country))


def _spellings(number: str, country: str | None) -> Iterator[str]:
    """Return what is dialed after an outside line's digit, or the code of a country."""
    digits = number.removeprefix("+")
    yield digits
    if digits.startswith(("0", "9")):
        yield digits[1:]
    codes = ("+",) if digits != number else ("00", "000", _ACCESS_CODES.get(country))
    for code in codes:
        if code and number.startswith(code):
            rest = number.removeprefix(code)
            for length in (1, 2, 3):
                yield rest[length:]
                yield rest[length:].removeprefix("0")


def _is_same(number: str, own: str) -> bool:
    cleaned = _clean(own)
    if isinstance(cleaned, Refusal):
        return False
    if number.startswith("+") and cleaned.startswith("+"):
        return number == cleaned
    if min(len(number), len(cleaned)) > _MIN_DIGITS:
        # A national number may begin with a zero, which the international one lacks.
        number, cleaned = number.lstrip("0"), cleaned.lstrip("0")
    return is_same_number(number, cleaned)

"""Masks for numbers, names and messages of other people."""

import re
from typing import Final
from unicodedata import numeric

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.privacy import (
    Privacy,
    mask_name,
    mask_number,
    mask_text,
)

from .translations import TEXTS

# The platform sends no surrogates.
_ANYTHING: Final = st.text(st.characters(exclude_categories=["Cs"]))
_NUMBERS: Final = st.text("+0123456789٠١٢٣٤٥①⑫½ -()#*;xXé", min_size=1)
_NAMES: Final = st.text("AbÇßﬁﷺ王ʼ0١.,'- \u0301\u200b", min_size=1)
_TEXTS: Final = st.one_of(_ANYTHING, _NUMBERS, _NAMES)


def digits(text: str | None) -> list[str]:
    """Return all characters with a numeric value."""
    return [c for c in text or "" if numeric(c, -1) >= 0]


def letters(text: str | None) -> list[str]:
    return [c for c in text or "" if c.isalpha()]


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+16508370072", "…072"),
        ("(650) 837-00 72", "…072"),
        ("1-800-FLOWERS", "…800"),
        ("101", "…101"),
        ("7", "…7"),
        ("anonymous", "…"),
        ("+", "…"),
        ("sip:anna.berg@example.com", "…"),
        ("٠١٢٣٤٥", "…٣٤٥"),
        ("（６５０）", "…650"),
        ("⑫⑫", "…212"),
        ("", ""),
        (" ", " "),
        (None, None),
    ],
)
def test_masked_number_is_its_last_three_digits(
    number: str | None, masked: str | None
) -> None:
    """Without digits it is hidden, and an empty one stays empty."""
    assert mask_number(number, Privacy.MASKED) == masked


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("Charlie Williams", "C. W."),
        ("  charlie\twilliams ", "c. w."),
        ("Anna-Lena 'Leni' Berg", "A. L. B."),
        ("(Charlie)", "C."),
        ("Ünal Öz", "Ü. Ö."),
        ("E\u0301tienne", "É."),
        ("王小明", "王."),
        ("ﬁona", "f."),
        ("C h a r l i e", "C. h. a."),
        ("Acme Tools Customer Service", "A. T. C."),
        ("Room 101", "R."),
        ("101", "…"),
        ("1 6 5 0", "…650"),
        ("+1 650 837 0072", "…072"),
        ("WIRELESS CALLER 6508370072", "…072"),
        ("٠١٢٣٤٥", "…٣٤٥"),
        ("①②③④", "…234"),
        ("sip:anna.berg@example.com", "s."),
        ("???", "…"),
        ("", ""),
        ("\u3000", "\u3000"),
        (None, None),
    ],
)
def test_masked_name_is_its_initials(name: str | None, masked: str | None) -> None:
    """A name of four digits and more is a number."""
    assert mask_name(name, Privacy.MASKED) == masked


def test_text_is_shown_in_full_or_not_at_all() -> None:
    assert [mask_text("Call Anna", privacy) for privacy in Privacy] == [
        "Call Anna",
        None,
        None,
    ]


@given(_TEXTS)
def test_masked_number_shows_three_digits_and_nothing_else(number: str) -> None:
    shown = mask_number(number, Privacy.MASKED)
    assert len(digits(shown)) <= 3
    assert not letters(shown)
    assert not number.strip() or shown == "…" + "".join(digits(shown))


@given(_TEXTS)
def test_masked_name_shows_single_letters_or_three_digits(name: str) -> None:
    shown = mask_name(name, Privacy.MASKED)
    assert shown is not None
    assert not name.strip() or re.fullmatch(
        r"…\d{0,3}|[^\W\d_]\.( [^\W\d_]\.){0,2}", shown
    )


@given(_TEXTS)
def test_other_levels_show_everything_or_nothing(text: str) -> None:
    for mask in (mask_name, mask_number, mask_text):
        assert mask(text, Privacy.FULL) == text
        assert mask(text, Privacy.NONE) is None


def test_each_level_has_a_text_in_the_form_and_no_other() -> None:
    assert set(TEXTS["selector"]["privacy"]["options"]) == set(Privacy)

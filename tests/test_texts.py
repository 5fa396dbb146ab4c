"""Texts of times, and those that other people write."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.texts import (
    as_markdown,
    iso_format,
    one_line,
    visible,
)

from .strangers import shown_by_markdown

_ANYTHING: Final = st.text()
_MARKUP: Final = st.text("[]()!<>*_`~#&;:/@.\\|{}^wWhtp x1", min_size=1)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (None, None),
        ("", ""),
        ("Élodie O’Neil-Łuk, Inc.", "Élodie O’Neil-Łuk, Inc."),
        ("王小明 שלום", "王小明 שלום"),
        ("Ann\nBee", "Ann Bee"),
        ("Ann\r\x00\u2028Bee", "Ann   Bee"),
        ("\u202egnorw\u202c \u2066x\u2069\u200f\u061c", "gnorw x"),
        ("A\u200bn\ufeffn\u00ad", "Ann"),
        ("A\ud800nn", "Ann"),
        ("A" * 100, "A" * 100),
        ("A" * 101, "A" * 99 + "…"),
        ("A\n" * 5000, "A " * 49 + "A…"),
    ],
)
def test_text_is_shown_in_one_line_of_100_visible_characters(
    text: str | None, shown: str | None
) -> None:
    """A letter of any script is kept."""
    assert one_line(text) == shown


@given(_ANYTHING)
def test_no_shown_text_is_long_or_breaks_the_line(text: str) -> None:
    shown = one_line(text)
    assert shown is not None
    assert len(shown) <= 100
    assert len(f"x{shown}x".splitlines()) == 1
    assert one_line(shown) == visible(shown) == shown


@pytest.mark.parametrize(
    "name",
    [
        "[x](http://evil.example)",
        "![](http://evil.example/x.png)",
        "<img src=x onerror=alert(1)>",
        "http://evil.example",
        "www.evil.example",
        "ann@evil.example",
        "**bold** _italic_ ~~struck~~ `code`",
        "\\[x\\](y) &lt;b&gt;",
        "None #",
    ],
)
def test_markup_is_shown_as_text(name: str) -> None:
    """In Home Assistant's notifications, which render Markdown, HTML and addresses."""
    assert (
        shown_by_markdown(f"Missed call: {as_markdown(name)}.")
        == f"Missed call: {name}."
    )


@given(_MARKUP)
def test_no_text_becomes_markup(text: str) -> None:
    text = f"x{text}x"
    assert shown_by_markdown(f"From {as_markdown(text)}") == f"From {text}"


@pytest.mark.parametrize("name", ["Ann Caller", "O'Neil-Smith, Inc.", "+1 (650) 555"])
def test_ordinary_name_stays_as_it_is(name: str) -> None:
    """It can be read where no Markdown is rendered."""
    assert as_markdown(name) == name


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-3.5))])))
def test_time_is_formatted_as_by_isoformat(time: datetime) -> None:
    """The zone is known, and mostly UTC."""
    assert iso_format(time) == time.isoformat()

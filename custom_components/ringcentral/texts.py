"""Texts of times, and those that other people write. Pure."""

from datetime import UTC, datetime
from json import dumps
import re
from typing import Final
from unicodedata import category

_LONGEST: Final = 100
_SHORT: Final = 40
# In bytes of JSON, of which a character outside of ASCII has 6 or 12.
_SHORT_AS_JSON: Final = 2 + 6 * _SHORT
_BREAKS: Final = frozenset({"Cc", "Zl", "Zp"})
# A dot and a colon may belong to an address, which Home Assistant makes a link of.
_MARKUP: Final = re.compile(r"[!#&*<>@\[\\\]^_`{|}~:]|\.(?=\S)", re.ASCII)


def visible(text: str) -> str:
    """Return a text without characters that show nothing or change its direction."""
    return "".join(c for c in text if category(c) not in ("Cf", "Cs"))


def clean_credential(text: str) -> str:
    """Return a pasted credential without what surrounds it and what is not visible."""
    return visible(text).strip()


def one_line(text: str | None) -> str | None:
    """Return a text in one line of visible characters, 100 at most."""
    if text is None or (text.isprintable() and len(text) <= _LONGEST):
        return text
    # A text may be far longer than what is shown of it.
    shown = visible(text[: 10 * _LONGEST])
    line = "".join(" " if category(c) in _BREAKS else c for c in shown)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def short_line(text: str | None) -> str:
    """Return a text in one line of 40 characters at most, which is small as JSON."""
    if text and len(text) <= _SHORT and text.isascii() and text.isprintable():
        # Almost always.
        return text.strip()
    line = (one_line(text) or "").strip()[:_SHORT]
    while not line.isascii() and len(dumps(line)) > _SHORT_AS_JSON:
        line = line[:-1]
    return line


def as_markdown(text: str) -> str:
    """Return Markdown that shows a text literally."""
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", text)


def iso_format(time: datetime, timespec: str = "auto") -> str:
    """Return what `isoformat` does for an aware time, in half the time."""
    if time.tzinfo is not UTC:
        return time.isoformat(timespec=timespec)
    return f"{time.replace(tzinfo=None).isoformat(timespec=timespec)}+00:00"

"""Privacy level, and masks for numbers, names and messages of other people. Pure."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, Self
from unicodedata import normalize

from .const import CONF_PRIVACY

_HIDDEN: Final = "…"
_DIGITS_SHOWN: Final = 3
# A name may be written in single letters.
_INITIALS_SHOWN: Final = 3


class Privacy(StrEnum):
    """Privacy level of states and trigger data."""

    FULL = "full"
    MASKED = "masked"
    NONE = "none"

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Return the level of a config entry's options; the default is `FULL`."""
        return cls(options.get(CONF_PRIVACY, cls.FULL))


def mask_number(number: str | None, privacy: Privacy) -> str | None:
    """Return a number; masked: its last three digits."""
    return _mask(number, privacy, _last_digits)


def mask_name(name: str | None, privacy: Privacy) -> str | None:
    """Return a name; masked: its initials, or as a number if it contains one."""
    return _mask(name, privacy, _initials)


def mask_text(text: str | None, privacy: Privacy) -> str | None:
    """Return a free text; masked: None."""
    return text if privacy is Privacy.FULL else None


def _mask(text: str | None, privacy: Privacy, mask: Callable[[str], str]) -> str | None:
    if privacy is Privacy.NONE:
        return None
    if privacy is Privacy.FULL or not text or text.isspace():
        return text
    # Compatibility characters, such as ligatures, become single letters and digits.
    return mask(normalize("NFKC", text))


def _last_digits(number: str) -> str:
    return _HIDDEN + "".join(_digits(number)[-_DIGITS_SHOWN:])


def _initials(name: str) -> str:
    if len(_digits(name)) > _DIGITS_SHOWN:
        return _last_digits(name)
    letters = [next(filter(str.isalpha, word), None) for word in name.split()]
    initials = [f"{letter}." for letter in letters if letter is not None]
    return " ".join(initials[:_INITIALS_SHOWN]) or _HIDDEN


def _digits(text: str) -> list[str]:
    return [character for character in text if character.isdecimal()]

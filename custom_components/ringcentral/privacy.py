"""How much is shown of other people: their numbers, names and messages. Pure."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, Self
from unicodedata import normalize

from .const import CONF_PRIVACY

_HIDDEN: Final = "…"
_DIGITS_SHOWN: Final = 3
# A name may be spelt out in single letters.
_INITIALS_SHOWN: Final = 3


class Privacy(StrEnum):
    """The level that the user chose for states and for what automations are given."""

    FULL = "full"
    MASKED = "masked"
    NONE = "none"

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Read the options of a config entry; one without a choice shows everything."""
        return cls(options.get(CONF_PRIVACY, cls.FULL))


def mask_number(number: str | None, privacy: Privacy) -> str | None:
    """Return a number as a level shows it; masked: its last three digits."""
    return _shown(number, privacy, _last_digits)


def mask_name(name: str | None, privacy: Privacy) -> str | None:
    """Return a name as a level shows it; masked: its initials.

    Callers without a name often have their number in its place.
    """
    return _shown(name, privacy, _initials)


def mask_text(text: str | None, privacy: Privacy) -> str | None:
    """Return a text that may say anything: in full or not at all."""
    return text if privacy is Privacy.FULL else None


def _shown(
    text: str | None, privacy: Privacy, masked: Callable[[str], str]
) -> str | None:
    match privacy:
        case Privacy.FULL:
            return text
        case Privacy.NONE:
            return None
    # An empty text says that there is none, and hides nobody.
    return masked(_plain(text)) if text and not text.isspace() else text


def _plain(text: str) -> str:
    """Return a text in which a character is one letter or one digit, not several."""
    return normalize("NFKC", text)


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

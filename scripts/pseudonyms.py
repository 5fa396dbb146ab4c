"""Replace names, numbers and ids of a recording by pseudonyms of the same form. Pure.

Only listed enum values, counters and times are kept. The same text has the same pseudonym
everywhere, also inside a longer text, so that related ids stay related.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
import re
import string
from typing import Any, Final

# Each recording began then.
BEGIN: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)

_WORDS: Final = frozenset(
    {
        "aggregatedTelephonyStatus",
        "callerIdVisibility",
        "cxTelephonyStatus",
        "direction",
        "dndStatus",
        "dndStatusPersonal",
        "eventType",
        "hints",
        "lineStatus",
        "meetingStatus",
        "presenceStatus",
        "telephonyStatus",
        "terminationType",
        "type",
        "userStatus",
    }
)
_COUNTERS: Final = frozenset({"appearanceNumber", "sequence", "totalActiveCalls"})
_WORD: Final = re.compile(r"[A-Za-z]{1,40}")
_KEY: Final = re.compile(r"[A-Za-z][A-Za-z_]{0,39}")
_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,6})?(Z|[+-]\d\d:?\d\d)"
)
# A path of the platform, with ids in it.
_FILTER: Final = re.compile(r"/restapi/v1\.0(/[a-z-]+|/~|/\d+)*(\?[A-Za-z=&]*)?")
_RUN: Final = re.compile(r"[^\W_]+")
_DIGITS: Final = re.compile(r"\d{3,}")
_HEXADECIMAL: Final = re.compile(r"(?=.*\d)[0-9a-f]{8,}")
_ACCENTED: Final = "àáâäåæçèéêëíîïñóôöøùúûü"
# Parts of the form of an id or an address.
_FORM: Final = frozenset(
    {"blf", "cs", "p", "s", "sip", "sips", "tcp", "tel", "tls", "transport", "udp"}
)
# Telephone numbers of this country code don't exist.
_NOBODYS: Final = "999"


class Pseudonyms:
    """Replaces what is personal, in the same way throughout one recording."""

    def __init__(self, random: Random, began: datetime) -> None:
        """Draw from `random`; all times count from when the recording `began`."""
        self._random = random
        self._shift = BEGIN - began
        self._known: dict[str, str] = {}
        self._used: set[str] = set()

    def of_notification(self, notification: Mapping[str, Any]) -> dict[str, Any]:
        """Return a notification without personal data; its fields keep their JSON types."""
        return self._of_object(notification)

    def _of_object(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {self._of_key(key): self._of(key, values[key]) for key in values}

    def _of(self, key: str, value: object) -> object:
        match value:
            case None | bool():
                return value
            case int() if key in _COUNTERS:
                return value
            case int():
                return int(self._text(str(value)))
            case str():
                return self._of_text(key, value)
            case list():
                return [self._of(key, item) for item in value]
            case dict():
                return self._of_object(value)
            case _:
                # JSON also has fractions; the platform sends none.
                return 0.0

    def _of_key(self, key: str) -> str:
        return key if _KEY.fullmatch(key) else self._text(key)

    def _of_text(self, key: str, text: str) -> str:
        if key in _WORDS and _WORD.fullmatch(text):
            return text
        if key == "event" and _FILTER.fullmatch(text):
            return _DIGITS.sub(lambda found: self._run(found[0]), text)
        if found := _TIME.fullmatch(text):
            return self._of_time(found)
        return self._text(text)

    def _of_time(self, found: re.Match[str]) -> str:
        """Move a time by as much as all others, in the spelling that it had."""
        _, fraction, zone = found.groups()
        moved = _moment(found) + self._shift
        digits = f".{moved.microsecond:06}"[: len(fraction)] if fraction else ""
        return f"{moved:%Y-%m-%dT%H:%M:%S}{digits}{zone}"

    def _text(self, text: str) -> str:
        return _RUN.sub(lambda found: self._run(found[0]), text)

    def _run(self, run: str) -> str:
        """Return the pseudonym of letters and digits without a gap."""
        if run in _FORM:
            return run
        if run not in self._known:
            self._known[run] = pseudonym = self._drawn(run)
            self._used.add(pseudonym)
        return self._known[run]

    def _drawn(self, run: str) -> str:
        # Short texts have few pseudonyms, so two people may share one.
        for _ in range(1000):
            pseudonym = self._alike(run)
            if pseudonym != run and pseudonym not in self._used:
                break
        return pseudonym

    def _alike(self, run: str) -> str:
        if run.isdecimal():
            begin = _NOBODYS if len(run) >= 7 else self._random.choice("123456789")
            rest = len(run) - len(begin)
            return begin + "".join(self._random.choices(string.digits, k=rest))
        letters = "abcdef" if _HEXADECIMAL.fullmatch(run) else string.ascii_lowercase
        return "".join(self._character(character, letters) for character in run)

    def _character(self, character: str, letters: str) -> str:
        if character.isdecimal():
            return self._random.choice(string.digits)
        if not character.isascii():
            letters = _ACCENTED
        letter = self._random.choice(letters)
        return letter.upper() if character.isupper() else letter


def _moment(found: re.Match[str]) -> datetime:
    """Return the time that a text was found to be; its zone is left aside."""
    time, fraction, _ = found.groups()
    return datetime.fromisoformat(f"{time}{fraction or ''}").replace(tzinfo=UTC)

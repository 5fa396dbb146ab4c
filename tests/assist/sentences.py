"""English sentences of statements, and what each is made of."""

from collections.abc import Sequence
from datetime import datetime
import re
from typing import Any, Final

# Parts in brackets are left out if what is in them is.
SENTENCES: Final = {
    "on_the_phone": "{names}: on the phone.",
    "nobody_on_the_phone": "Nobody is on the phone.",
    "nobody_known_on_the_phone": "Of the known phones, nobody is on the phone.",
    "ringing": "Ringing: {names}[, {caller} calls].",
    "no_phone_ringing": "No phone is ringing.",
    "no_known_phone_ringing": "Of the known phones, none is ringing.",
    "free": "{names}: free, and {more} more.",
    "nobody_free": "Nobody is free.",
    "nobody_known_free": "Of the known phones, nobody is free.",
    "is_on_the_phone": "{name} is on the phone[ since {time}].",
    "is_on_hold": "{name} has a call on hold[ since {time}].",
    "is_dialing": "{name} is dialing.",
    "is_ringing": "{name}'s phone is ringing[, {caller} calls].",
    "is_free": "{name} is free.",
    "is_not_free": "{name} is not available: {reason}.",
    "is_not_known": "{name}: not known[ since {time}].",
    "not_known": "{count} others: not known[ since {time}].",
    "nothing_known": "Not known[ since {time}].",
    "missed": "{name} missed {count} calls[ since {time}].",
    "missed_none": "{name} missed no call[ since {time}].",
    "missed_last": "The last was[ from {caller}] at {time}.",
    "missed_unclear": "{name}: {count} calls unclear.",
    "missed_incomplete": "Calls of {count} minutes may be missing.",
    "missed_not_known": "{name}: not counted.",
    "later_not_known": "Later calls: not known[ since {time}].",
    "no_call": "{name} has no call.",
    "not_counted": "Missed calls are not counted.",
    "more": "And {count} more.",
    "unknown_name": "No phone of the name {name}.",
    "several": "Which one: {names}?",
    "none_exposed": "No phone is exposed.",
}

_OPTIONAL: Final = re.compile(r"\[([^]]*)\]")
_ARGUMENT: Final = re.compile(r"{(\w+)}")


def arguments(key: str) -> tuple[set[str], set[str]]:
    """Return what a statement always has, and what it may have."""
    sentence = SENTENCES[key]
    always = _ARGUMENT.findall(_OPTIONAL.sub("", sentence))
    return set(always), set(_ARGUMENT.findall(sentence))


def speak(statements: Sequence[Any]) -> str:
    """Return the answer as an assistant speaks it."""
    return " ".join(_sentence(dict(one)) for one in statements)


def _sentence(statement: dict[str, Any]) -> str:
    sentence = SENTENCES[statement.pop("text")]
    if "time" in statement:
        time = datetime.fromisoformat(statement["time"])
        assert time.tzinfo is not None
        statement["time"] = f"{time:%H:%M}"
    if "names" in statement:
        statement["names"] = ", ".join(statement["names"])
    sentence = _OPTIONAL.sub(
        lambda part: part[1] if _ARGUMENT.findall(part[1])[0] in statement else "",
        sentence,
    )
    return sentence.format(**statement)

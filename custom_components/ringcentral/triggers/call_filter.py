"""Filter of calls by direction, queue and number of the other party. Pure."""

from collections.abc import Collection, Iterable
from enum import StrEnum
import re
from typing import Final

from ..api.models.presence import ActiveCall


class DirectionFilter(StrEnum):
    """Direction of the call, from the extension's point of view."""

    ANY = "any"
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Inclusion(StrEnum):
    """Whether calls of a kind, such as those from call queues, are included."""

    ANY = "any"
    ONLY = "only"
    NONE = "none"


# Characters that are written between the digits of a number.
_SEPARATORS: Final = str.maketrans("", "", " \t\u00a0\u202f-\u2010\u2011().\u2013/")
_LETTER: Final = re.compile(r"[^\W\d_]")
_WILDCARDS: Final = {"*": ".*", "?": "."}


class CallFilter:
    """Filter of calls."""

    def __init__(
        self,
        *,
        direction: DirectionFilter = DirectionFilter.ANY,
        queue_calls: Inclusion = Inclusion.ANY,
        hidden_numbers: Inclusion = Inclusion.ANY,
        caller_number: Collection[str] = (),
    ) -> None:
        """Initialize the filter from the options of a trigger."""
        self._direction = direction
        self._queue_calls = queue_calls
        self._hidden_numbers = hidden_numbers
        self._numbers = number_pattern(caller_number)
        # The platform sends words in place of hidden numbers.
        self._words = number_pattern(filter(_LETTER.search, caller_number))

    def matches(self, call: ActiveCall) -> bool:
        """Return whether a call matches; an unknown number is a hidden one."""
        if (
            self._direction is not DirectionFilter.ANY
            and call.direction != self._direction.value
        ):
            return False
        is_hidden = call.other_number is None
        for inclusion, is_of_kind in (
            (self._queue_calls, call.queue_call is True),
            (self._hidden_numbers, is_hidden),
        ):
            if inclusion is (Inclusion.NONE if is_of_kind else Inclusion.ONLY):
                return False
        if self._numbers is None:
            return True
        pattern = self._words if is_hidden else self._numbers
        address = _without_separators(call.other_address or "")
        return pattern is not None and pattern.fullmatch(address) is not None


def number_pattern(patterns: Iterable[str]) -> re.Pattern[str] | None:
    """Return a regular expression for patterns with `*` and `?`; None without any."""
    alternatives = [
        "".join(
            _WILDCARDS.get(char) or re.escape(char)
            # Each of several asterisks in a row would multiply the time to match.
            for char in re.sub(r"\*+", "*", bare)
        )
        for pattern in patterns
        if (bare := _without_separators(pattern))
    ]
    if not alternatives:
        return None
    return re.compile("|".join(alternatives), re.IGNORECASE | re.DOTALL)


def _without_separators(number: str) -> str:
    return number.translate(_SEPARATORS)

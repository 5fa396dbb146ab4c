"""Filter of calls by direction, queue and number of the other party. Pure."""

from collections.abc import Iterable
from enum import StrEnum
import re
from typing import Final

from ..api.models.presence import ActiveCall


class DirectionFilter(StrEnum):
    """Direction of the call, from the extension's point of view."""

    ANY = "any"
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class QueueFilter(StrEnum):
    """Whether the call comes from a call queue."""

    ANY = "any"
    ONLY = "only"
    NONE = "none"


# Characters that are written between the digits of a number.
_SEPARATORS: Final = str.maketrans("", "", " \t\u00a0\u202f-\u2010\u2011().\u2013/")
_WILDCARDS: Final = {"*": ".*", "?": "."}


class CallFilter:
    """Filter of calls; without numbers, any call matches, also one without a number."""

    def __init__(
        self,
        *,
        direction: DirectionFilter = DirectionFilter.ANY,
        queue_calls: QueueFilter = QueueFilter.ANY,
        caller_number: Iterable[str] = (),
    ) -> None:
        """Initialize the filter from the options of a trigger."""
        self._direction = direction
        self._queue_calls = queue_calls
        self._numbers = number_pattern(caller_number)

    def matches(self, call: ActiveCall) -> bool:
        """Return whether a call matches; unknown is no queue call and no number."""
        if (
            self._direction is not DirectionFilter.ANY
            and call.direction != self._direction.value
        ):
            return False
        if self._queue_calls is not QueueFilter.ANY and (
            (self._queue_calls is QueueFilter.ONLY) is not (call.queue_call is True)
        ):
            return False
        if self._numbers is None:
            return True
        number = call.other_number
        return number is not None and bool(
            self._numbers.fullmatch(_without_separators(number))
        )


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

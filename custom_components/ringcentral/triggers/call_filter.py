"""Filter of calls by direction, queue and number of the other party. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
import re
from typing import Final, Self

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


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Filter of calls; `numbers` None matches every number, and none at all."""

    direction: DirectionFilter = DirectionFilter.ANY
    queue_calls: QueueFilter = QueueFilter.ANY
    numbers: re.Pattern[str] | None = None

    @classmethod
    def from_options(
        cls,
        *,
        direction: DirectionFilter = DirectionFilter.ANY,
        queue_calls: QueueFilter = QueueFilter.ANY,
        caller_number: Iterable[str] = (),
    ) -> Self:
        """Return the filter for the options of a trigger."""
        return cls(direction, queue_calls, number_pattern(caller_number))

    def matches(self, call: ActiveCall) -> bool:
        """Return whether a call matches; unknown is no queue call and no number."""
        if (
            self.direction is not DirectionFilter.ANY
            and call.direction != self.direction.value
        ):
            return False
        if self.queue_calls is not QueueFilter.ANY and (
            (self.queue_calls is QueueFilter.ONLY) is not (call.queue_call is True)
        ):
            return False
        if self.numbers is None:
            return True
        number = call.other_number
        return number is not None and bool(
            self.numbers.fullmatch(_without_separators(number))
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

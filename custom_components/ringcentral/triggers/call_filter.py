"""Which calls an automation is about: direction, queue, number of the other party. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
import re
from typing import Final, Self

from ..api.models.presence import ActiveCall


class DirectionFilter(StrEnum):
    """Which way the call goes, as seen from the extension."""

    ANY = "any"
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class QueueFilter(StrEnum):
    """Whether the call comes from a call queue."""

    ANY = "any"
    ONLY = "only"
    NONE = "none"


# How people write numbers: what is between the digits does not matter.
_SEPARATORS: Final = str.maketrans("", "", " \t\u00a0\u202f-\u2010\u2011().\u2013/")
_WILDCARDS: Final = {"*": ".*", "?": "."}


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Tells whether a call is meant.

    Attributes:
        numbers: matches the number of the other party; None lets every call pass.

    """

    direction: DirectionFilter = DirectionFilter.ANY
    queue_calls: QueueFilter = QueueFilter.ANY
    numbers: re.Pattern[str] | None = None

    @classmethod
    def of(
        cls,
        *,
        direction: DirectionFilter = DirectionFilter.ANY,
        queue_calls: QueueFilter = QueueFilter.ANY,
        caller_number: Iterable[str] = (),
    ) -> Self:
        """Make a filter of what a user chose."""
        return cls(direction, queue_calls, number_pattern(caller_number))

    def matches(self, call: ActiveCall) -> bool:
        """Tell whether a call is meant.

        A call that does not say whether it comes from a queue counts as one that does
        not; one without a number matches no pattern.
        """
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
        return number is not None and bool(self.numbers.fullmatch(_bare(number)))


def number_pattern(patterns: Iterable[str]) -> re.Pattern[str] | None:
    """Return what matches one of some numbers; None if there is none.

    `*` stands for any characters, `?` for one; whatever people put between digits does
    not matter.
    """
    alternatives = [
        "".join(
            _WILDCARDS.get(char) or re.escape(char)
            for char in re.sub(r"\*+", "*", bare)
        )
        for pattern in patterns
        if (bare := _bare(pattern))
    ]
    if not alternatives:
        return None
    return re.compile("|".join(alternatives), re.IGNORECASE | re.DOTALL)


def _bare(number: str) -> str:
    return number.translate(_SEPARATORS)

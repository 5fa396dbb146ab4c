"""When the events of a request are sent, compared with its answer."""

from contextlib import AbstractContextManager
from typing import Literal

from ..push.publisher import Publisher

# Long enough for the answer to be on its way.
_SOON = 0.0001
_LATE = 5.0
_SECONDS: dict[str, float | None] = {
    "answer_first": _SOON,
    "event_first": 0.0,
    "late": _LATE,
    "none": None,
}


def events_in_order(
    publisher: Publisher,
    order: Literal["answer_first", "event_first", "late", "none"],
) -> AbstractContextManager[None]:
    """Return a context whose changes are published in an order."""
    return publisher.send_later(_SECONDS[order])

"""Values of query parameters."""

from collections.abc import Iterable
from datetime import UTC, datetime

from ..base.errors import invalid_parameter
from .api import ApiRequest


def time_of(request: ApiRequest, name: str, default: float) -> float:
    """Return a time of a query; raises ApiError."""
    if not (text := request.first(name)):
        return default
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise invalid_parameter(name) from None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def is_among(value: str, wanted: Iterable[str] | None) -> bool:
    """Return whether a value is one of those that a query wants, if it wants any."""
    return wanted is None or value.lower() in {item.lower() for item in wanted}

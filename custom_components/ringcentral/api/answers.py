"""Parts of answers: objects, lists, pages and dates."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from .exceptions import ConnectionFailedError, Reason
from .models.base import JsonObject
from .transport import Answer

# Of one answer, for a platform that ignores the size of a page.
_MAX_RECORDS: Final = 10_000


def has_next(body: object, page: int) -> bool:
    """Return whether there is another page, by `navigation` or by `paging`."""
    match body:
        case {"records": []}:
            # A page beyond the end is empty.
            return False
        case {"navigation": {"nextPage": {"uri": str()}}}:
            return True
        case {"paging": {"totalPages": int(pages)}}:
            return page < pages
    return False


def object_of(answer: Answer) -> JsonObject:
    """Return the body of an answer that must be an object."""
    if not isinstance(answer.body, dict):
        raise ConnectionFailedError(Reason.UNEXPECTED_ANSWER, status=answer.status)
    return answer.body


def listing_of(answer: Answer) -> JsonObject:
    """Return the body of an answer that must have a list."""
    # A foreign answer taken for an empty list would remove all devices.
    body = object_of(answer)
    if not is_list(body.get("records")):
        raise ConnectionFailedError(Reason.UNEXPECTED_ANSWER, status=answer.status)
    return body


def is_list(value: object) -> bool:
    """Return whether a value is a list with an acceptable number of entries."""
    return isinstance(value, list) and len(value) <= _MAX_RECORDS


def date_of(answer: Answer) -> datetime | None:
    """Return when an answer was sent."""
    try:
        date = parsedate_to_datetime(answer.headers["Date"])
    except KeyError, ValueError:
        return None
    # The zone `-0000` is parsed as no zone.
    return date if date.tzinfo else date.replace(tzinfo=UTC)

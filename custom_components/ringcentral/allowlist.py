"""Values that diagnostics may contain.

Diagnostics are published in reports, so outside values must have a closed shape that no
number, name, address or token has.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
import re
from typing import Final
from urllib.parse import urlsplit

from .const import DEFAULT_SERVER, PARTNER_SERVER

# Replaces a value of any other shape.
OTHER: Final = "other"

# The integration's own text, with an enumeration value, a code or an HTTP status.
_ANOMALY: Final = re.compile(r"(?!.*\d{6})[A-Za-z0-9 ._?-]{1,120}")
# Counts and durations are smaller, and so few digits identify no telephone.
_AMOUNTS_BELOW: Final = 100_000
_STATUSES: Final = range(100, 600)


class ServerKind(StrEnum):
    """Who runs a server."""

    RINGCENTRAL = "ringcentral"
    PARTNER = "partner"
    CUSTOM = "custom"


_SERVERS: Final = {
    urlsplit(DEFAULT_SERVER).hostname: ServerKind.RINGCENTRAL,
    urlsplit(PARTNER_SERVER).hostname: ServerKind.PARTNER,
}


def _text(pattern: str, flags: int = 0) -> Callable[[object], str | None]:
    """Return a function that returns a text of this shape, and None for all others."""
    shape = re.compile(pattern, flags)

    def matching(value: object) -> str | None:
        return value if isinstance(value, str) and shape.fullmatch(value) else None

    return matching


# The permissions that matter here; `Accounts` and `Contacts` have no verb.
permission: Final = _text(
    r"(Edit|Read|Subscription|WebSocket)[A-Za-z]{0,30}|Accounts|Contacts"
)
# Translation keys and the keys of entities.
key: Final = _text(r"[a-z][a-z_]{0,59}")
# Codes like `CMN-101`. A name could have the shape of the others, so they are listed.
code: Final = _text(
    r"[A-Z]{2,4}-[0-9]{3,4}|FeatureNotAvailable|InsufficientPermissions"
    r"|Invalid(MultipartRequest|Parameter)|MaintenanceMode|Token(Expired|Invalid)"
)
# RingCentral's support can look it up.
request_id: Final = _text(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-\d{1,5})?", re.IGNORECASE
)
# Id of a partner's brand.
brand: Final = _text(r"[0-9]{4}")


def server(value: object) -> ServerKind:
    """Return who runs the server at an address."""
    try:
        host = urlsplit(str(value)).hostname
    except ValueError:
        host = None
    return _SERVERS.get(host, ServerKind.CUSTOM)


def status(value: object) -> int | None:
    """Return an HTTP status."""
    return value if isinstance(value, int) and value in _STATUSES else None


def amount(value: object) -> int | None:
    """Return a count or a duration, rounded."""
    if not isinstance(value, int | float) or not abs(value) < _AMOUNTS_BELOW:
        return None
    return round(value)


def one_of(value: object, known: Collection[str]) -> str:
    """Return a known word, or `OTHER`."""
    return value if isinstance(value, str) and value in known else OTHER


def anomalies(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the counters of unusable input by kind."""
    allowed: Counter[str] = Counter()
    for kind, count in counts.items():
        allowed[kind if _ANOMALY.fullmatch(kind) else OTHER] += count
    return dict(sorted(allowed.items()))

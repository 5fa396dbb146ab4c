"""What may be told of values that come from outside: closed shapes only. Pure.

Diagnostics are pasted into public places. So nothing is taken out of what the platform or
the user said; what is let in has a shape that no number, name, address or token has.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
import re
from typing import Final

# In place of what has another shape.
OTHER: Final = "other"

# What the platform calls the types and the statuses of extensions.
EXTENSION_TYPES: Final = frozenset(
    {
        "Announcement",
        "ApplicationExtension",
        "Bot",
        "DelegatedLinesGroup",
        "Department",
        "DigitalUser",
        "FaxUser",
        "FlexibleUser",
        "GroupCallPickup",
        "IvrMenu",
        "Limited",
        "PagingOnly",
        "ParkLocation",
        "ProxyAdmin",
        "Room",
        "RoomConnector",
        "SharedLinesGroup",
        "Site",
        "TieLine",
        "User",
        "VirtualUser",
        "Voicemail",
    }
)
EXTENSION_STATUSES: Final = frozenset(
    {"Disabled", "Enabled", "Frozen", "NotActivated", "Unassigned"}
)

# What permissions are called that matter here; the largest ones have no verb.
_PERMISSION: Final = re.compile(
    r"(Edit|Read|Subscription|WebSocket)[A-Za-z]{0,30}|Accounts|Contacts"
)
_KEY: Final = re.compile(r"[a-z][a-z_]{0,59}")
# `CMN-101`; the platform's words, which have no shape that a name could not have
_CODE: Final = re.compile(
    r"[A-Z]{2,4}-[0-9]{3,4}|FeatureNotAvailable|InsufficientPermissions"
    r"|Invalid(MultipartRequest|Parameter)|MaintenanceMode|Token(Expired|Invalid)"
)
_REQUEST_ID: Final = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-\d{1,5})?", re.IGNORECASE
)
_BRAND: Final = re.compile(r"[0-9]{4}")
# Our own words, with a word, a code or an HTTP status of the platform among them.
_ANOMALY: Final = re.compile(r"(?!.*\d{6})[A-Za-z0-9 ._?-]{1,120}")
# Amounts of all kinds are smaller; whose number has so few digits is known to nobody.
_AMOUNTS_BELOW: Final = 100_000
_STATUSES: Final = range(100, 600)


def permission(value: object) -> str | None:
    """Return the name of a permission."""
    return _shaped(value, _PERMISSION)


def key(value: object) -> str | None:
    """Return a key of a text or an entity."""
    return _shaped(value, _KEY)


def code(value: object) -> str | None:
    """Return an error code of the platform."""
    return _shaped(value, _CODE)


def request_id(value: object) -> str | None:
    """Return the id of a request, for the platform's support."""
    return _shaped(value, _REQUEST_ID)


def brand(value: object) -> str | None:
    """Return the id of a partner's brand."""
    return _shaped(value, _BRAND)


def status(value: object) -> int | None:
    """Return an HTTP status."""
    return value if isinstance(value, int) and value in _STATUSES else None


def amount(value: object) -> int | None:
    """Return how many or how long, rounded."""
    if not isinstance(value, int | float) or not abs(value) < _AMOUNTS_BELOW:
        return None
    return round(value)


def one_of(value: object, known: Collection[str]) -> str:
    """Return a word that is known here."""
    return value if isinstance(value, str) and value in known else OTHER


def counts(values: Iterable[object], known: Collection[str]) -> dict[str, int]:
    """Count words that are known here."""
    return dict(sorted(Counter(one_of(value, known) for value in values).items()))


def anomalies(found: Mapping[str, int]) -> dict[str, int]:
    """Return the counters of input that could not be used, by kind."""
    shown: Counter[str] = Counter()
    for kind, number in found.items():
        shown[kind if _ANOMALY.fullmatch(kind) else OTHER] += number
    return dict(sorted(shown.items()))


def seconds_since(when: datetime | None, now: datetime) -> int | None:
    """Return the age of something."""
    return None if when is None else round((now - when).total_seconds())


def _shaped(value: object, shape: re.Pattern[str]) -> str | None:
    return value if isinstance(value, str) and shape.fullmatch(value) else None

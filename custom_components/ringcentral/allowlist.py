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

from .api.exceptions import error_code, permission_name
from .const import CONF_GROUPS, DEFAULT_SERVER, PARTNER_SERVER

# Replaces a value of any other shape.
OTHER: Final = "other"

# The integration's own text, with an enumeration value, a code or an HTTP status.
_ANOMALY: Final = re.compile(r"(?!.*\d{6})[A-Za-z0-9 ._?-]{1,120}")
_UNKNOWN_VALUE: Final = re.compile(r"(unknown value of \w+ )(.*)")
# Any capitalized word could be a name, so an unknown value is shown only if it consists
# of words of the platform's enumerations and of words for what a person may be doing.
_ENUM_WORDS: Final = re.compile(
    r"(?:Accept|Active|Alerting|All|Any|Appear|Available|Away|Break|Busy|Call|Caller|Calls"
    r"|Conference|Connected|Connecting|Declined|Department|Dialing|Disconnected|Disturb"
    r"|Do|Early|External|Failed|Final|Focus|Forwarded|Group|Held|Hold|Idle|In|Inactive"
    r"|Inbound|Intermediate|Internal|Invisible|Label|Lunch|Media|Meeting|Message|Missed"
    r"|Monitored|Muted|New|No|None|Not|Number|Off|Offline|On|Online|Only|Out|Outbound"
    r"|Parked|Paused|Permitted|Phone|Presenting|Proceeding|Queue|Recording|Ringing|Setup"
    r"|Status|Successful|Take|Transferred|Type|Unavailable|Unknown|Users|Vacation|Video"
    r"|Voicemail|Waiting|Web|Working|Wrap)+"
)
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


# Translation keys and the keys of entities.
key: Final = _text(r"[a-z][a-z_]{0,59}")
permission: Final = permission_name
code: Final = error_code
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


def option(name: str, value: object, known: Collection[str]) -> object:
    """Return an option: a text only if it is known, of most lists only the length."""
    match value:
        case bool() | None:
            return value
        case int() | float():
            return amount(value)
        case str():
            return one_of(value, known)
        case [*_] if name == CONF_GROUPS:
            return [one_of(one, known) for one in value]
        case [*_]:
            return len(value)
        case _:
            return OTHER


def anomalies(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the counters of unusable input by kind."""
    allowed: Counter[str] = Counter()
    for kind, count in counts.items():
        if found := _UNKNOWN_VALUE.fullmatch(kind):
            prefix, value = found.groups()
            kind = kind if _ENUM_WORDS.fullmatch(value) else f"{prefix}?"
        allowed[kind if _ANOMALY.fullmatch(kind) else OTHER] += count
    return dict(sorted(allowed.items()))

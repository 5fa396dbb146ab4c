"""Event filters: parsed, expanded, and what each of them needs."""

from collections.abc import Mapping
from dataclasses import dataclass
import re
from typing import Literal
from urllib.parse import parse_qsl

from ..base.errors import invalid_parameter
from ..base.wire import JsonValue, as_object
from ..company.permissions import CALL_CONTROL
from ..company.presence import Detail

type FilterKind = Literal[
    "presence",
    "lines_presence",
    "favorites_presence",
    "account_presence",
    "line_list",
    "favorite_list",
    "dnd",
    "extension",
    "extension_list",
    "queue_presence",
    "message_store",
    "voicemail",
    "sessions",
    "account_sessions",
]

_EXTENSION = r"/restapi/v1\.0/account/(?P<account>[^/]+)/extension/(?P<extension>[^/]+)"
_ACCOUNT = r"/restapi/v1\.0/account/(?P<account>[^/]+)"
_SESSIONS = re.compile(_EXTENSION + "/telephony/sessions")

_PATHS: tuple[tuple[FilterKind, re.Pattern[str]], ...] = (
    ("presence", re.compile(_EXTENSION + "/presence")),
    ("lines_presence", re.compile(_EXTENSION + "/presence/line/presence")),
    ("favorites_presence", re.compile(_EXTENSION + "/favorite/presence")),
    ("line_list", re.compile(_EXTENSION + "/presence/line")),
    ("favorite_list", re.compile(_EXTENSION + "/favorite")),
    ("dnd", re.compile(_EXTENSION + "/presence/dnd")),
    ("extension", re.compile(_EXTENSION)),
    ("message_store", re.compile(_EXTENSION + "/message-store")),
    ("voicemail", re.compile(_EXTENSION + "/voicemail")),
    ("sessions", _SESSIONS),
    (
        "queue_presence",
        re.compile(_ACCOUNT + r"/call-queues/(?P<extension>[^/]+)/presence"),
    ),
    ("account_presence", re.compile(_ACCOUNT + "/presence")),
    ("account_sessions", re.compile(_ACCOUNT + "/telephony/sessions")),
    ("extension_list", re.compile(_ACCOUNT + "/extension")),
)
PRESENCE_KINDS: frozenset[FilterKind] = frozenset(
    {"presence", "lines_presence", "favorites_presence", "account_presence"}
)
MESSAGE_KINDS: frozenset[FilterKind] = frozenset({"message_store", "voicemail"})
SESSION_KINDS: frozenset[FilterKind] = frozenset({"sessions", "account_sessions"})
DETAIL_ORDER: tuple[Detail, ...] = ("simple", "detailed", "sip")

APP_PERMISSION: dict[FilterKind, str] = {
    "presence": "ReadPresence",
    "lines_presence": "ReadPresence",
    "favorites_presence": "ReadPresence",
    "account_presence": "ReadAccounts",
    "line_list": "ReadPresence",
    "favorite_list": "ReadContacts",
    "dnd": "ReadAccounts",
    "extension": "ReadAccounts",
    "extension_list": "ReadAccounts",
    "queue_presence": "ReadPresence",
    "message_store": "ReadMessages",
    "voicemail": "ReadMessages",
    **dict.fromkeys(SESSION_KINDS, CALL_CONTROL),
}
USER_PERMISSION: dict[FilterKind, str] = {
    **dict.fromkeys(PRESENCE_KINDS, "ReadPresenceStatus"),
    "queue_presence": "ReadPresenceStatus",
    **dict.fromkeys(MESSAGE_KINDS, "ReadMessages"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """One filter with its ids filled in."""

    kind: FilterKind
    account_id: str
    # Also that of a queue.
    extension_id: str
    path: str
    query: str
    detail: Detail

    @property
    def expanded(self) -> str:
        """Return the filter as the platform lists it: numeric ids, query kept."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def resource(self) -> tuple[FilterKind, str]:
        """Return what it watches; of two filters on one resource the most detailed counts."""
        return self.kind, self.extension_id


def parse_filter(text: object, account_id: str, owner_id: str) -> EventFilter:
    """Parse and expand a filter; raises ApiError `CMN-101` for what is none."""
    if not isinstance(text, str):
        raise invalid_parameter("eventFilters")
    path, _, query = text.partition("?")
    path = path.rstrip("/")
    for kind, pattern in _PATHS:
        if (match := pattern.fullmatch(path)) is None:
            continue
        account = match["account"].replace("~", account_id)
        extension = ""
        expanded = path[: match.start("account")] + account
        tail = path[match.end("account") :]
        if "extension" in pattern.groupindex:
            extension = match["extension"].replace("~", owner_id)
            expanded += path[match.end("account") : match.start("extension")]
            expanded += extension
            tail = path[match.end("extension") :]
        if not account.isdecimal() or not (extension or "0").isdecimal():
            break
        return EventFilter(
            kind=kind,
            account_id=account,
            extension_id=extension,
            path=expanded + tail,
            query=query,
            detail=_detail(query),
        )
    raise invalid_parameter("eventFilters")


def watches_voicemails(item: EventFilter) -> bool:
    """Return whether the query of a filter on messages lets voicemails through."""
    query = dict(parse_qsl(item.query.lower()))
    return (
        query.get("type", "voicemail") == "voicemail"
        and query.get("direction", "inbound") == "inbound"
    )


def is_named(item: EventFilter, path: str) -> bool:
    """Return whether the `event` of a notification names what a filter watches."""
    return item.path == path or (
        item.kind == "account_sessions" and _SESSIONS.fullmatch(path) is not None
    )


def watches_party(item: EventFilter, party: Mapping[str, JsonValue]) -> bool:
    """Return whether the query of a filter on sessions lets a party through."""
    query = dict(parse_qsl(item.query.replace("+", "%2B")))
    ends = (as_object(party[side]) for side in ("from", "to"))
    shown: dict[str, list[JsonValue]] = {
        "direction": [party["direction"]],
        "missedCall": [party["missedCall"]],
        "phoneNumber": [end.get("phoneNumber") for end in ends],
        "statusCode": [as_object(party["status"])["code"]],
    }
    return all(
        query[name].lower() in (str(value).lower() for value in values)
        for name, values in shown.items()
        if name in query
    )


def _detail(query: str) -> Detail:
    words = set(query.lower().split("&"))
    if "detailedtelephonystate=true" not in words:
        # SIP data are part of the calls, so they need the detail.
        return "simple"
    return "sip" if "sipdata=true" in words else "detailed"

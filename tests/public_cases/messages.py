"""Build what the platform sends from the short form of a case."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

type Json = dict[str, Any]

# The last one of the list that a call has is the overall status.
_PRIORITY: Final = ("NoCall", "ParkedCall", "Ringing", "OnHold", "CallConnected")
_BUSY: Final = frozenset({"OnHold", "CallConnected"})
_SETTINGS: Final[Mapping[str, object]] = {
    "userStatus": "Available",
    "dndStatus": "TakeAllCalls",
    "meetingStatus": "Disconnected",
    "allowSeeMyPresence": True,
    "ringOnMonitoredCall": False,
    "pickUpCallsOnHold": False,
}
# Fields of a notification that the presence resource does not have.
_NOTIFICATION_ONLY: Final = frozenset({"extensionId", "sequence", "totalActiveCalls"})
CALLER: Final = "+16505550101"


class MessageBuilder:
    """Builds active calls from labels: `A` is a session, `A/2` its party 2."""

    def __init__(self, described: Mapping[str, Json], begin: datetime) -> None:
        """Initialize with the fields of the calls that a case describes."""
        self._described = described
        self._begin = begin
        self._starts: dict[str, datetime] = {}

    def calls(
        self, listed: Iterable[Mapping[str, Any]], number: str, now: datetime
    ) -> list[Json]:
        """Return `[{label: status or fields}, …]` as a list of active calls."""
        return [
            self._call(label, given, number, now)
            for item in listed
            for label, given in item.items()
        ]

    def _call(self, label: str, given: Any, number: str, now: datetime) -> Json:
        session, _, party = label.partition("/")
        fields: Json = (
            {"telephonyStatus": given} if isinstance(given, str) else dict(given)
        )
        code = int.from_bytes(session.encode()[:3])
        call: Json = {
            "id": f"call-{session}",
            "direction": "Inbound",
            "queueCall": False,
            "from": CALLER,
            "fromName": "Robin Example",
            "to": number,
            "sipData": {
                "toTag": "blf",
                "fromTag": f"p-{session}-{party or number}",
                "remoteUri": f"sip:{CALLER}@sip.example.invalid",
                "localUri": f"sip:{number}@sip.example.invalid",
            },
            "sessionId": str(880_000_000_000 + code * 1000 + int(party or number)),
            "startTime": self._starts.setdefault(label, now),
            "partyId": f"p-{session}-{party or number}",
            "telephonySessionId": f"s-{session}",
            **self._described.get(session, {}),
            **self._described.get(label, {}),
            **fields,
        }
        if call["telephonyStatus"] == "NoCall":
            call.setdefault("terminationType", "final")
        return without_null({name: self._format(call[name]) for name in call})

    def _format(self, value: Any) -> Any:
        """Return times as text: `{after: 5}` is five seconds after the first step."""
        zone = "Z"
        if isinstance(value, dict) and "after" in value:
            zone = value.get("zone", zone)
            value = self._begin + timedelta(seconds=value["after"])
        if isinstance(value, datetime):
            text = value.replace(tzinfo=None).isoformat(timespec="milliseconds")
            return text + zone
        return value

    def seconds(self, now: datetime) -> float:
        """Return the seconds since the first step."""
        return (now - self._begin).total_seconds()

    def envelope(self, given: Mapping[str, Any]) -> Json:
        """Return fields of an envelope; a time may be `{after: 5}`."""
        return {name: self._format(value) for name, value in given.items()}


def _bare_body(_calls: list[Json]) -> Json:
    """Return no fields: the case has them all."""
    return {}


def _full_body(calls: list[Json]) -> Json:
    """Return all fields of an extension with these calls."""
    return {**_minimal_body(calls), **_SETTINGS, **_derived(calls)}


def _minimal_body(calls: list[Json]) -> Json:
    """Return status and list only, as in many recordings."""
    return {"telephonyStatus": overall(calls), "activeCalls": calls}


# The body of a notification about the calls of an extension, by `form`.
FORMS: Final[Mapping[str, Callable[[list[Json]], Json]]] = {
    "full": _full_body,
    "minimal": _minimal_body,
    "bare": _bare_body,
}


def overall(calls: Iterable[Json]) -> str:
    """Return the status of an extension with these calls."""
    known = [
        c["telephonyStatus"] for c in calls if c.get("telephonyStatus") in _PRIORITY
    ]
    return max(known, key=_PRIORITY.index, default="NoCall")


def _derived(calls: Iterable[Json]) -> Json:
    active = [call for call in calls if is_active(call)]
    busy = any(call.get("telephonyStatus") in _BUSY for call in active)
    return {
        "presenceStatus": "Busy" if busy else "Available",
        "totalActiveCalls": len(active),
    }


def resource_after(body: Mapping[str, Any]) -> Json:
    """Return what REST answers after a notification: only the fields it has."""
    resource = {k: v for k, v in body.items() if k not in _NOTIFICATION_ONLY}
    if "activeCalls" in resource:
        active = [call for call in resource["activeCalls"] if is_active(call)]
        resource["activeCalls"] = active
        resource["telephonyStatus"] = overall(active)
        resource.setdefault("presenceStatus", _derived(active)["presenceStatus"])
    return resource


def resource_with(calls: list[Json], with_ended: bool) -> Json:
    """Return what REST answers for an extension with these calls."""
    resource = resource_after(_full_body(calls))
    return {**resource, "activeCalls": calls} if with_ended else resource


def is_active(call: Mapping[str, Any]) -> bool:
    """Return whether a call has not ended."""
    return (
        call.get("telephonyStatus") != "NoCall"
        and call.get("terminationType") != "final"
    )


def without_null(fields: Mapping[str, Any]) -> Json:
    """Return fields without those that the case leaves out."""
    return {name: value for name, value in fields.items() if value is not None}

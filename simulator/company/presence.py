"""Presence of one extension, and how it looks in REST answers and in events."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..base.switches import Switches
from ..base.wire import JsonObject, event_time, rest_time
from .directory import CALL_HOLDING_TYPES, GROUP_TYPES, Extension
from .parties import Party
from .party_states import CallStatus

type UserStatus = Literal["Offline", "Busy", "Available"]

type Detail = Literal["simple", "detailed", "sip"]

MAX_LISTED_CALLS = 7

# Highest first: what the extension shows when it has calls of several states.
_STATUS_ORDER: tuple[CallStatus, ...] = (
    "CallConnected",
    "OnHold",
    "Ringing",
    "ParkedCall",
)

# Values that the platform accepts, by field.
CHOICES: dict[str, tuple[str, ...]] = {
    "userStatus": ("Offline", "Busy", "Available"),
    "dndStatus": (
        "TakeAllCalls",
        "DoNotAcceptDepartmentCalls",
        "TakeDepartmentCallsOnly",
        "DoNotAcceptAnyCalls",
    ),
    "dndStatusPersonal": ("TakeAllCalls", "DoNotAcceptAnyCalls"),
    "meetingStatus": ("Connected", "Disconnected"),
    "callerIdVisibility": ("All", "None", "PermittedUsers"),
}
FLAGS = (
    "allowSeeMyPresence",
    "ringOnMonitoredCall",
    "pickUpCallsOnHold",
    "acceptCallQueueCalls",
)
MAX_MESSAGE = 75


@dataclass(slots=True, kw_only=True)
class Presence:
    """What a person has set, apart from the calls."""

    user_status: str = "Available"
    dnd_status: str = "TakeAllCalls"
    dnd_status_personal: str = "TakeAllCalls"
    meeting_status: str = "Disconnected"
    message: str = ""
    caller_id_visibility: str = "All"
    allow_see_my_presence: bool = True
    ring_on_monitored_call: bool = False
    pick_up_calls_on_hold: bool = False
    accept_call_queue_calls: bool = True

    @property
    def do_not_disturb(self) -> bool:
        """Return whether no call gets through."""
        return self.dnd_status == "DoNotAcceptAnyCalls"


def telephony_status(calls: Sequence[Party]) -> CallStatus:
    """Return the overall status of an extension with these living calls."""
    present = {call.status for call in calls}
    for status in _STATUS_ORDER:
        if status in present:
            return status
    return "NoCall"


def presence_status(presence: Presence, calls: Sequence[Party]) -> str:
    """Return the aggregated status; a ringing phone alone leaves it available."""
    if presence.user_status == "Offline":
        return "Offline"
    busy = (
        presence.user_status == "Busy"
        or presence.do_not_disturb
        or presence.meeting_status == "Connected"
        or telephony_status(calls) in ("CallConnected", "OnHold")
    )
    return "Busy" if busy else "Available"


def call_body(party: Party, *, sip: bool, rest: bool, switches: Switches) -> JsonObject:
    """Describe a call as the platform lists it among the active calls."""
    if party.is_at_location:
        return _bare_body(party, sip=sip)
    body: JsonObject = {
        "id": party.id,
        "direction": party.direction,
        "queueCall": party.queue_call,
    }
    if party.from_name is not None:
        body["fromName"] = party.from_name
    body["from"] = party.from_number
    if party.to_name is not None:
        body["toName"] = party.to_name
    body["to"] = party.to_number
    body["telephonyStatus"] = party.status
    if sip:
        body["sipData"] = {
            "toTag": party.to_tag,
            "fromTag": party.from_tag,
            "remoteUri": f"sip:{party.remote_number}@sip.example.invalid",
            "localUri": f"sip:{party.local_number}@sip.example.invalid",
        }
    body["sessionId"] = party.session_id
    body["startTime"] = (rest_time if rest else event_time)(party.start_time)
    if party.party_id:
        body["partyId"] = party.party_id
    body["telephonySessionId"] = party.telephony_session_id
    if party.on_behalf_of is not None:
        body["onBehalfOf"] = party.on_behalf_of
    if party.status == "NoCall" and switches.termination_type:
        body["terminationType"] = "final"
    if switches.call_info and party.queue_name is not None:
        body["callInfo"] = {
            "primary": {"type": "QueueName", "value": party.queue_name},
            "additional": {"type": "CallerIdNumber", "value": party.from_number},
        }
    if switches.extra_fields:
        body["undocumentedCallField"] = {"level": 1}
    return body


def _bare_body(party: Party, *, sip: bool) -> JsonObject:
    """Describe a call at a park location."""
    body: JsonObject = {}
    if sip:
        body["sipData"] = {"toTag": party.to_tag, "fromTag": party.from_tag}
    body["telephonySessionId"] = party.telephony_session_id
    body["telephonyStatus"] = party.status
    return body


def _listed(calls: Sequence[Party]) -> Sequence[Party]:
    return calls[-MAX_LISTED_CALLS:]


def _dnd(presence: Presence, switches: Switches) -> JsonObject:
    body: JsonObject = {}
    if switches.dnd_status == "sent":
        body["dndStatus"] = presence.dnd_status
    elif switches.dnd_status == "Unknown":
        body["dndStatus"] = "Unknown"
    if switches.dnd_status_personal:
        body["dndStatusPersonal"] = presence.dnd_status_personal
        body["acceptCallQueueCalls"] = presence.accept_call_queue_calls
    return body


def _seen_status(
    presence: Presence, calls: Sequence[Party], *, own: bool, switches: Switches
) -> tuple[str, str]:
    """Return presence and user status as the viewer may see them."""
    hidden = (
        not own
        and not presence.allow_see_my_presence
        and switches.hidden_presence == "offline"
    )
    if hidden:
        return "Offline", "Offline"
    return presence_status(presence, calls), presence.user_status


def rest_body(
    extension: Extension,
    presence: Presence,
    calls: Sequence[Party],
    *,
    account_uri: str,
    own: bool,
    detail: Detail,
    switches: Switches,
    total: bool = False,
) -> JsonObject:
    """Build the presence resource of an extension."""
    uri = f"{account_uri}/extension/{extension.id}"
    described: JsonObject = {"uri": uri, "id": int(extension.id)}
    if extension.number:
        described["extensionNumber"] = extension.number
    body: JsonObject = {"uri": f"{uri}/presence", "extension": described}
    listed = [
        call_body(party, sip=detail == "sip", rest=True, switches=switches)
        for party in _listed(calls)
    ]
    if extension.type in GROUP_TYPES:
        body["presenceStatus"] = "Offline"
        body["allowSeeMyPresence"] = True
        if extension.type in CALL_HOLDING_TYPES and detail != "simple":
            body["activeCalls"] = listed
        return body
    shown, user_status = _seen_status(presence, calls, own=own, switches=switches)
    body |= {
        "presenceStatus": shown,
        "telephonyStatus": telephony_status(calls),
        "userStatus": user_status,
        **_dnd(presence, switches),
        "meetingStatus": presence.meeting_status,
        "message": presence.message,
        "allowSeeMyPresence": presence.allow_see_my_presence,
        "callerIdVisibility": presence.caller_id_visibility,
        "ringOnMonitoredCall": presence.ring_on_monitored_call,
        "pickUpCallsOnHold": presence.pick_up_calls_on_hold,
    }
    if detail != "simple":
        body["activeCalls"] = listed
    if total:
        body["totalActiveCalls"] = len(calls)
    if switches.extra_fields:
        body["undocumentedField"] = ["first", 2]
    return body


def event_body(
    extension: Extension,
    presence: Presence,
    calls: Sequence[Party],
    ended: Sequence[Party],
    *,
    sequence: int,
    telephony: bool,
    own: bool,
    detail: Detail,
    switches: Switches,
) -> JsonObject:
    """Build the body of a presence event.

    `telephony`: the calls have changed; `ended`: calls that have just ended, listed
    once more.
    """
    extension_id = (
        int(extension.id) if switches.extension_id_type == "number" else extension.id
    )
    body: JsonObject = {"extensionId": extension_id}
    minimal = telephony and switches.telephony_bodies == "minimal"
    with_calls = telephony or switches.presence_bodies == "full"
    status = telephony_status(calls)
    if with_calls:
        body["telephonyStatus"] = status
        if detail != "simple":
            listed = _listed([*calls, *ended])
            body["activeCalls"] = [
                call_body(party, sip=detail == "sip", rest=False, switches=switches)
                for party in listed
            ]
    body["sequence"] = sequence
    if minimal:
        body["aggregatedTelephonyStatus"] = status
        return body
    shown, user_status = _seen_status(presence, calls, own=own, switches=switches)
    body |= {
        "presenceStatus": shown,
        "userStatus": user_status,
        **_dnd(presence, switches),
        "meetingStatus": (
            "Presenting" if switches.unknown_values else presence.meeting_status
        ),
        "allowSeeMyPresence": presence.allow_see_my_presence,
        "ringOnMonitoredCall": presence.ring_on_monitored_call,
        "pickUpCallsOnHold": presence.pick_up_calls_on_hold,
    }
    if with_calls and detail != "simple":
        counted = len(ended) if switches.total_counts_ended else 0
        body["totalActiveCalls"] = len(calls) + counted
    if switches.extra_fields:
        body["undocumentedField"] = ["first", 2]
    return body

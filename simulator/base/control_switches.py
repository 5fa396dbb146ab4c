"""Switches for what sources leave open about control of calls and RingOut."""

from dataclasses import dataclass, field
from typing import Literal


def switch[T](default: T, doc: str) -> T:
    """Return a field with a default value and what it means."""
    setting: T = field(default=default, metadata={"doc": doc})
    return setting


@dataclass(slots=True, kw_only=True)
class ControlSwitches:
    """Behavior of call control, RingOut, session events and call log."""

    # Whose calls
    control_others: Literal["refused", "administrators", "account_id", "allowed"] = (
        switch(
            "refused",
            "Control of calls of others: refused, for administrators, for the extension "
            "with the id of the account, or for all",
        )
    )
    control_refusal: Literal["TAS-106", "CMN-419", "CMN-408", "404"] = switch(
        "TAS-106", "Error of that refusal: 403 with this code, or 404"
    )
    foreign_session: Literal["allowed", "refused"] = switch(
        "allowed", "A session without an own party can be read, or is refused"
    )

    # Actions
    drop_party: Literal["ends_unless_ringing", "ends", "TAS-106", "TAS-102"] = switch(
        "ends_unless_ringing",
        "DELETE of a party: 204, while it rings 409; 204; 403; or 409",
    )
    mute_body: Literal["both", "flat", "nested"] = switch(
        "both", "Bodies that mute a party: flat and nested, or one of them, else 400"
    )
    ended_session: Literal["readable", "gone", "kept"] = switch(
        "readable", "An ended session is readable for 60 s, not at all, or for ever"
    )
    action_on_ended: Literal[404, 409] = switch(
        404, "HTTP status for an action on an ended call"
    )
    wrong_state: Literal[409, 403] = switch(
        409, "HTTP status for an action that the state does not allow"
    )
    wrong_state_body: Literal["errors", "flat", "both"] = switch(
        "errors", "Body of that error: `errors` alone, flat, or both"
    )
    hold_twice: Literal["conflict", "accepted"] = switch(
        "conflict", "Hold of a held call: 409, or 200 without an event"
    )
    phone_hold: Literal["released", "held", "conflict"] = switch(
        "released",
        "Release of a call that is held at the phone: works, 200 without effect, or 409",
    )
    rejected_call: Literal["next", "voicemail"] = switch(
        "next", "A rejected call goes to the next target, or to voicemail"
    )
    answered_device: Literal["same_party", "other_party", "silent"] = switch(
        "same_party",
        "An answered call connects; rings as another party first; or its device rings and "
        "is not answered",
    )
    event_order: Literal["answer_first", "event_first", "late", "none"] = switch(
        "answer_first",
        "The event of an action comes after its answer, before it, 5 s late, or never",
    )
    transferred_session: Literal["same", "new"] = switch(
        "same", "A transferred call goes on in its session, or in a new one"
    )
    bridge_peer: Literal["telephony_session_id", "session_id"] = switch(
        "telephony_session_id", "Key of the other session in `peerId`"
    )
    park_entry: Literal["parked", "ended"] = switch(
        "parked", "The own entry of a parked call is ParkedCall, or ends"
    )
    park_location_party: Literal["without", "with"] = switch(
        "without", "The entry of a park location comes without or with `partyId`"
    )

    # RingOut
    ring_out_sessions: Literal["one", "two"] = switch(
        "one", "A RingOut is one session, or two with swapped numbers"
    )
    ring_out_id: Literal["session", "text", "number"] = switch(
        "session", "Id of a RingOut: that of its session, other text, or a number"
    )
    ring_out_direction: Literal["Inbound", "Outbound"] = switch(
        "Inbound", "Direction of the own leg"
    )
    ring_out_event: Literal["after", "before"] = switch(
        "after", "The event of the own leg comes after or before the answer"
    )
    ring_out_from: Literal["e164", "national", "empty"] = switch(
        "e164", "`from` of the own leg: the dialed number in one form, or nothing"
    )
    ring_out_outside: Literal["shown", "hidden"] = switch(
        "shown", "A RingOut from an outside phone is in the own presence, or is not"
    )
    ring_out_over: Literal["404", "NoSessionFound", "Finished"] = switch(
        "404", "Status of a RingOut that is over: 404, or a status of the call"
    )
    ring_out_late_cancel: Literal["no_effect", "404", "ended"] = switch(
        "no_effect", "DELETE after the own phone was answered: 204 or 404, or it ends"
    )
    ring_out_without_from: Literal["refused", "first"] = switch(
        "refused", "A RingOut without `from`: 400, or the first forwarding number"
    )
    call_out_origin: Literal["CallOut", "Call"] = switch(
        "CallOut", "Origin of the session of a call-out"
    )
    call_out_direction: Literal["Outbound", "Inbound"] = switch(
        "Outbound", "Direction of the own party of a call-out at first"
    )
    call_out_offline: Literal["refused", "dead"] = switch(
        "refused", "A call-out from an offline device: 400, or a call that never rings"
    )
    call_out_foreign: Literal[403, 404] = switch(
        403, "HTTP status for a call-out from a device of others"
    )

    # Sessions and their events
    party_owner: Literal["both", "owner", "new"] = switch(
        "both",
        "Parties name their extension in `owner`, in fields of their own, or both",
    )
    outside_party: Literal["present", "missing"] = switch(
        "present", "Outside parties are in the session, or are not"
    )
    voicemail_code: Literal["VoiceMail", "Voicemail", "VMScreening"] = switch(
        "VoiceMail", "State of a party whose call voicemail takes"
    )
    unknown_codes: bool = switch(
        False, "States and reasons of parties have values that no document names"
    )
    queue_losers: Literal["AgentAnswered", "none"] = switch(
        "AgentAnswered", "Reason of the agents whose colleague answers a queue call"
    )
    session_filter: Literal["refused", "disabled"] = switch(
        "refused",
        "Session filter without permission: 403 for the subscription, or disabled",
    )
    control_permission: Literal["CallControl", "TelephonySessions"] = switch(
        "CallControl",
        "Name of the permission for control of calls, in scopes and refusals",
    )
    session_events: Literal["in_order", "swapped", "doubled", "missing"] = switch(
        "in_order", "Order of session events"
    )
    session_sequence: Literal[2, 1] = switch(2, "First sequence number of a session")
    session_parties: Literal["one", "all"] = switch(
        "one", "A session event has the changed party, or all of them"
    )

    # Call log
    call_log_delay: int = switch(0, "Seconds until a call is in the call log")
    call_log_numbers: Literal["full", "masked"] = switch(
        "full", "Numbers in the call log are full, or masked"
    )
    call_log_session_id: bool = switch(
        True, "Records of the call log have a telephonySessionId, or none"
    )
    company_call_log: bool = switch(
        True, "The user may read the call log of the company, or gets 403 CMN-408"
    )

    # Devices and presence
    devices: Literal["usual", "empty", "offline", "web"] = switch(
        "usual", "Devices of the user: as created, none, all offline, or web phones too"
    )
    stale_presence: Literal["none", "ringing", "no_party", "ended_party"] = switch(
        "none",
        "REST presence after the end of a call: right, rings for three minutes, an entry "
        "without partyId, or with that of an ended party",
    )
    phones_pick_up: int = switch(
        0,
        "Seconds after which phones pick up that ring because of a request: 0 for never",
    )

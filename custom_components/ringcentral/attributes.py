"""What the platform says, as states and state attributes. Pure."""

from typing import Any

from .api.models import ActiveCall, AppearanceInfo, CallInfo, CallInfoLine, SipData
from .api.words import Word


def as_state(value: object) -> Any:
    """Return a value as a state or attribute.

    An unknown word is no value. Calls have every field that the platform documents, in
    snake_case.
    """
    match value:
        case Word():
            return None if value == "unknown" else value.value
        case tuple():
            return [as_state(item) for item in value]
        case ActiveCall():
            return _call(value)
    return value


def _call(call: ActiveCall) -> dict[str, Any]:
    attribute: dict[str, Any] = {
        "id": call.id,
        "direction": as_state(call.direction),
        "queue_call": call.queue_call,
        "from": call.from_,
        "from_name": call.from_name,
        "to": call.to,
        "to_name": call.to_name,
        # As text: in a template, a call that is put into a variable stays a mapping
        # only if everything in it can be written as a literal.
        "start_time": None if call.start_time is None else call.start_time.isoformat(),
        "telephony_status": as_state(call.telephony_status),
        "termination_type": as_state(call.termination_type),
        "session_id": call.session_id,
        "sip_data": None if call.sip_data is None else _sip_data(call.sip_data),
        "telephony_session_id": call.telephony_session_id,
        "party_id": call.party_id,
        "on_behalf_of": call.on_behalf_of,
    }
    # Of call queues and shared lines only; left out where it does not apply.
    if call.call_info is not None:
        attribute["call_info"] = _call_info(call.call_info)
    if call.appearance_info is not None:
        attribute["appearance_info"] = _appearance_info(call.appearance_info)
    return attribute


def _sip_data(sip: SipData) -> dict[str, str | None]:
    attribute = {
        "to_tag": sip.to_tag,
        "from_tag": sip.from_tag,
        "remote_uri": sip.remote_uri,
        "local_uri": sip.local_uri,
    }
    # Not documented for events, but some accounts send them.
    if sip.call_id is not None:
        attribute["call_id"] = sip.call_id
    if sip.rc_session_id is not None:
        attribute["rc_session_id"] = sip.rc_session_id
    return attribute


def _call_info(info: CallInfo) -> dict[str, dict[str, str | None]]:
    lines = {"primary": info.primary, "additional": info.additional}
    return {name: _line(line) for name, line in lines.items() if line is not None}


def _line(line: CallInfoLine) -> dict[str, str | None]:
    return {"type": as_state(line.type), "value": line.value}


def _appearance_info(info: AppearanceInfo) -> dict[str, str | int | None]:
    return {
        "phone_number": info.phone_number,
        "appearance_number": info.appearance_number,
    }

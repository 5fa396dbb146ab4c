"""What the platform says, as states and state attributes. Pure."""

from typing import Any, Final

from .api.models import ActiveCall, AppearanceInfo, CallInfo, CallInfoLine, SipData
from .api.words import CallInfoType, Word
from .calls import CallEvent
from .privacy import Privacy, mask_name, mask_number, mask_text

_NUMBERS_OF_CALL_INFO: Final = frozenset(
    {
        CallInfoType.PHONE_NUMBER,
        CallInfoType.QUEUE_EXTENSION,
        CallInfoType.CALLER_ID_NUMBER,
    }
)


def as_state(value: object, privacy: Privacy = Privacy.FULL) -> Any:
    """Return a value as a state or attribute.

    An unknown word is no value. Calls show of other people what `privacy` allows.
    """
    match value:
        case Word():
            return None if value == "unknown" else value.value
        case tuple():
            return [as_state(item, privacy) for item in value]
        case ActiveCall():
            return call_attribute(value, privacy)
    return value


def call_attribute(call: ActiveCall, privacy: Privacy) -> dict[str, Any]:
    """Return a call with every field that the platform documents, in snake_case.

    The fields are the same at every level, only their values are masked or None.
    """
    attribute: dict[str, Any] = {
        "id": call.id,
        "direction": as_state(call.direction),
        "queue_call": call.queue_call,
        "from": mask_number(call.from_, privacy),
        "from_name": mask_name(call.from_name, privacy),
        "to": mask_number(call.to, privacy),
        "to_name": mask_name(call.to_name, privacy),
        # As text: in a template, a call that is put into a variable stays a mapping
        # only if everything in it can be written as a literal.
        "start_time": None if call.start_time is None else call.start_time.isoformat(),
        "telephony_status": as_state(call.telephony_status),
        "termination_type": as_state(call.termination_type),
        "session_id": call.session_id,
        "sip_data": _sip_data(call.sip_data, privacy),
        "telephony_session_id": call.telephony_session_id,
        "party_id": call.party_id,
        "on_behalf_of": call.on_behalf_of,
    }
    # Of call queues and shared lines only; left out where it does not apply.
    if call.call_info is not None:
        attribute["call_info"] = _call_info(call.call_info, privacy)
    if call.appearance_info is not None:
        attribute["appearance_info"] = _appearance_info(call.appearance_info, privacy)
    return attribute


def circumstances(event: CallEvent) -> dict[str, Any]:
    """Return what there is to say of something that happened to a call, but the call."""
    durations = event.durations
    return {
        "ringing_seconds": durations.ringing,
        "talking_seconds": durations.talking,
        "held_seconds": durations.held,
        # As text, as it is when an event entity is restored.
        "time": event.time and event.time.isoformat(),
        "reconstructed": event.reconstructed,
        "replayed": event.replayed,
    }


def _sip_data(sip: SipData | None, privacy: Privacy) -> dict[str, str | None] | None:
    if sip is None or privacy is Privacy.NONE:
        return None
    attribute = {
        "to_tag": sip.to_tag,
        "from_tag": sip.from_tag,
        "remote_uri": mask_text(sip.remote_uri, privacy),
        "local_uri": mask_text(sip.local_uri, privacy),
    }
    # Not documented for events, but some accounts send them.
    if sip.call_id is not None:
        attribute["call_id"] = sip.call_id
    if sip.rc_session_id is not None:
        attribute["rc_session_id"] = sip.rc_session_id
    return attribute


def _call_info(info: CallInfo, privacy: Privacy) -> dict[str, dict[str, str | None]]:
    lines = {"primary": info.primary, "additional": info.additional}
    return {name: _line(line, privacy) for name, line in lines.items() if line}


def _line(line: CallInfoLine, privacy: Privacy) -> dict[str, str | None]:
    mask = mask_number if line.type in _NUMBERS_OF_CALL_INFO else mask_name
    return {"type": as_state(line.type), "value": mask(line.value, privacy)}


def _appearance_info(
    info: AppearanceInfo, privacy: Privacy
) -> dict[str, str | int | None]:
    return {
        "phone_number": mask_number(info.phone_number, privacy),
        "appearance_number": info.appearance_number,
    }

"""Values of the platform as states, state attributes and trigger data. Pure."""

from copy import replace
from typing import Any, Final

from ..api.models.enums import CallInfoType, PlatformEnum
from ..api.models.presence import ActiveCall, CallInfo, CallInfoLine, SipData
from ..privacy import Privacy, mask_name, mask_number
from .lifecycle import CallEvent

_NUMBERS_OF_CALL_INFO: Final = frozenset(
    {
        CallInfoType.PHONE_NUMBER,
        CallInfoType.QUEUE_EXTENSION,
        CallInfoType.CALLER_ID_NUMBER,
    }
)


def to_state(value: object, privacy: Privacy = Privacy.FULL) -> Any:
    """Return a value as a state or attribute; unknown enumeration values are None."""
    if isinstance(value, PlatformEnum):
        return value.state
    if isinstance(value, ActiveCall):
        return call_attribute(value, privacy)
    if isinstance(value, tuple):
        return [to_state(item, privacy) for item in value]
    return value


def call_attribute(call: ActiveCall, privacy: Privacy) -> dict[str, Any]:
    """Return a call with all documented fields; `privacy` masks values only."""
    if privacy is not Privacy.FULL:
        call = _masked(call, privacy)
    attribute: dict[str, Any] = {
        "id": call.id,
        "direction": call.direction and call.direction.state,
        "queue_call": call.queue_call,
        "from": call.from_,
        "from_name": call.from_name,
        "to": call.to,
        "to_name": call.to_name,
        # A string: a template variable stays a mapping only if all of its values are
        # Python literals.
        "start_time": None if call.start_time is None else call.start_time.isoformat(),
        "telephony_status": call.telephony_status and call.telephony_status.state,
        "termination_type": call.termination_type and call.termination_type.state,
        "session_id": call.session_id,
        "sip_data": None if call.sip_data is None else _sip_data(call.sip_data),
        "telephony_session_id": call.telephony_session_id,
        "party_id": call.party_id,
        "on_behalf_of": call.on_behalf_of,
    }
    # Only calls of queues and shared lines have these.
    if call.call_info is not None:
        attribute["call_info"] = _call_info(call.call_info)
    if call.appearance_info is not None:
        attribute["appearance_info"] = {
            "phone_number": call.appearance_info.phone_number,
            "appearance_number": call.appearance_info.appearance_number,
        }
    return attribute


def event_details(event: CallEvent) -> dict[str, Any]:
    """Return the attributes of a call event except its type and call."""
    durations = event.durations
    return {
        "ringing_seconds": durations.ringing,
        "talking_seconds": durations.talking,
        "held_seconds": durations.held,
        # A string, as after the event entity was restored.
        "time": event.time and event.time.isoformat(),
        "reconstructed": event.reconstructed,
        "replayed": event.replayed,
    }


def _sip_data(sip: SipData) -> dict[str, str | None]:
    attribute = {
        "to_tag": sip.to_tag,
        "from_tag": sip.from_tag,
        "remote_uri": sip.remote_uri,
        "local_uri": sip.local_uri,
    }
    # Undocumented for events, sent for some accounts.
    if sip.call_id is not None:
        attribute["call_id"] = sip.call_id
    if sip.rc_session_id is not None:
        attribute["rc_session_id"] = sip.rc_session_id
    return attribute


def _call_info(info: CallInfo) -> dict[str, dict[str, str | None]]:
    lines = {"primary": info.primary, "additional": info.additional}
    return {
        name: {"type": to_state(line.type), "value": line.value}
        for name, line in lines.items()
        if line is not None
    }


def _masked(call: ActiveCall, privacy: Privacy) -> ActiveCall:
    sip = None if privacy is Privacy.NONE else call.sip_data
    return replace(
        call,
        from_=mask_number(call.from_, privacy),
        from_name=mask_name(call.from_name, privacy),
        to=mask_number(call.to, privacy),
        to_name=mask_name(call.to_name, privacy),
        sip_data=sip and replace(sip, remote_uri=None, local_uri=None),
        call_info=call.call_info
        and CallInfo(
            primary=_masked_line(call.call_info.primary, privacy),
            additional=_masked_line(call.call_info.additional, privacy),
        ),
        appearance_info=call.appearance_info
        and replace(
            call.appearance_info,
            phone_number=mask_number(call.appearance_info.phone_number, privacy),
        ),
    )


def _masked_line(line: CallInfoLine | None, privacy: Privacy) -> CallInfoLine | None:
    if line is None:
        return None
    mask = mask_number if line.type in _NUMBERS_OF_CALL_INFO else mask_name
    return replace(line, value=mask(line.value, privacy))

"""Values of the platform as states, state attributes and trigger data. Pure."""

from copy import replace
from typing import Any, Final

from ..api.models.enums import CallInfoType, PlatformEnum
from ..api.models.presence import ActiveCall, CallInfo, CallInfoLine, SipData
from ..presence.models import ExtensionPresence
from ..privacy import Privacy, mask_name, mask_number
from ..texts import iso_format, one_line
from .lifecycle import CallDurations, CallEvent

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
        "from": one_line(call.from_),
        "from_name": one_line(call.from_name),
        "to": one_line(call.to),
        "to_name": one_line(call.to_name),
        # A string: a template variable stays a mapping only if all of its values are
        # Python literals.
        "start_time": None if call.start_time is None else iso_format(call.start_time),
        "telephony_status": call.telephony_status and call.telephony_status.state,
        "termination_type": call.termination_type and call.termination_type.state,
        "session_id": call.session_id,
        "sip_data": call.sip_data and _sip_data(call.sip_data),
        "telephony_session_id": call.telephony_session_id,
        "party_id": call.party_id,
        "on_behalf_of": call.on_behalf_of,
    }
    # Only calls of queues and shared lines have these.
    if call.call_info is not None:
        attribute["call_info"] = _call_info(call.call_info)
    if call.appearance_info is not None:
        attribute["appearance_info"] = {
            "phone_number": one_line(call.appearance_info.phone_number),
            "appearance_number": call.appearance_info.appearance_number,
        }
    return attribute


def active_calls(known: ExtensionPresence, privacy: Privacy) -> list[dict[str, Any]]:
    """Return the calls of an extension, and since when each has had its status."""
    calls = known.presence.active_calls or ()
    return [
        {**call_attribute(call, privacy), "since": time and time.isoformat()}
        for call, time in zip(calls, known.call_times, strict=True)
    ]


def event_details(event: CallEvent) -> dict[str, Any]:
    """Return the attributes of a call event except its type and call."""
    return {
        **_by_phase(event.durations),
        # A string, as in the attributes of the event entity.
        "time": event.time and iso_format(event.time),
        "reconstructed": event.reconstructed,
        "replayed": event.replayed,
    }


def rounded_seconds(
    durations: CallDurations, digits: int | None = None
) -> dict[str, float | None]:
    """Return the durations of a call with so many digits of a second."""
    ringing, talking, held = durations.ringing, durations.talking, durations.held
    return {
        "ringing_seconds": None if ringing is None else round(ringing, digits),
        "talking_seconds": None if talking is None else round(talking, digits),
        "held_seconds": None if held is None else round(held, digits),
    }


def _by_phase(durations: CallDurations) -> dict[str, float | None]:
    return {
        "ringing_seconds": durations.ringing,
        "talking_seconds": durations.talking,
        "held_seconds": durations.held,
    }


def shown_name(name: str | None, privacy: Privacy) -> str | None:
    """Return a name as it is shown."""
    return one_line(name if privacy is Privacy.FULL else mask_name(name, privacy))


def shown_number(number: str | None, privacy: Privacy) -> str | None:
    """Return a number as it is shown."""
    return one_line(number if privacy is Privacy.FULL else mask_number(number, privacy))


def _masked(call: ActiveCall, privacy: Privacy) -> ActiveCall:
    sip, info, appearance = call.sip_data, call.call_info, call.appearance_info
    if privacy is Privacy.NONE:
        sip = None
    return replace(
        call,
        from_=mask_number(call.from_, privacy),
        from_name=mask_name(call.from_name, privacy),
        to=mask_number(call.to, privacy),
        to_name=mask_name(call.to_name, privacy),
        sip_data=sip and replace(sip, remote_uri=None, local_uri=None),
        call_info=info
        and CallInfo(
            _masked_line(info.primary, privacy), _masked_line(info.additional, privacy)
        ),
        appearance_info=appearance
        and replace(
            appearance, phone_number=mask_number(appearance.phone_number, privacy)
        ),
    )


def _masked_line(line: CallInfoLine | None, privacy: Privacy) -> CallInfoLine | None:
    if line is None:
        return None
    mask = mask_number if line.type in _NUMBERS_OF_CALL_INFO else mask_name
    return CallInfoLine(line.type, mask(line.value, privacy))


def _sip_data(sip: SipData) -> dict[str, str | None]:
    attribute = {
        "to_tag": sip.to_tag,
        "from_tag": sip.from_tag,
        "remote_uri": one_line(sip.remote_uri),
        "local_uri": one_line(sip.local_uri),
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
        name: {"type": to_state(line.type), "value": one_line(line.value)}
        for name, line in lines.items()
        if line is not None
    }

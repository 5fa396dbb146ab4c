"""What became of a call, from its last event."""

from copy import replace
from datetime import timedelta

import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import convert
from custom_components.ringcentral.api.models.presence import ActiveCall
from custom_components.ringcentral.calls.lifecycle import (
    CallDurations,
    CallEvent,
    CallEventType,
)
from custom_components.ringcentral.calls.outcome import outcome_of

from ..strategies import MIDNIGHT, call_json

_MEASURED = CallDurations(ringing=4.0, talking=60.0, held=0.0)
_RANG = CallDurations(ringing=20.0, talking=0.0, held=0.0)


@pytest.mark.parametrize(
    ("kind", "status", "direction", "durations", "outcome"),
    [
        ("missed", "Ringing", "Inbound", _RANG, "missed"),
        ("ended", "CallConnected", "Inbound", _MEASURED, "answered"),
        ("ended", "OnHold", "Outbound", _MEASURED, "answered"),
        ("ended", "ParkedCall", "Inbound", _MEASURED, "parked"),
        ("ended", "Ringing", "Outbound", _RANG, "not_answered"),
        # It may have been answered before Home Assistant noticed it.
        ("ended", "CallConnected", "Inbound", CallDurations(talking=9.0), "ended"),
        ("ended", "Ringing", "Outbound", CallDurations(), "ended"),
        ("ended", "Ringing", "Inbound", _RANG, "ended"),
        ("ended", "Ringing", None, _RANG, "ended"),
        ("ended", None, "Inbound", _MEASURED, "ended"),
    ],
)
def test_outcome_is_no_more_than_what_is_certain(
    kind: str,
    status: str | None,
    direction: str | None,
    durations: CallDurations,
    outcome: str,
) -> None:
    assert outcome_of(_event(kind, status, direction, durations)) == outcome


def test_outgoing_call_whose_end_is_reconstructed_may_have_been_answered() -> None:
    event = _event("ended", "Ringing", "Outbound", _RANG)
    assert outcome_of(replace(event, reconstructed=True)) == "ended"


def test_outgoing_call_that_rings_back_from_park_was_answered() -> None:
    event = _event("ended", "Ringing", "Outbound", _RANG)
    late = replace(event, time=MIDNIGHT + timedelta(seconds=90))
    assert outcome_of(late) == "ended"


def _event(
    kind: str, status: str | None, direction: str | None, durations: CallDurations
) -> CallEvent:
    json = call_json(1, "Ringing", direction=direction, telephonyStatus=status)
    json["startTime"] = MIDNIGHT.isoformat()
    call = convert(ActiveCall, json, Anomalies())
    time = MIDNIGHT + timedelta(seconds=20)
    return CallEvent(CallEventType(kind), call, time=time, durations=durations)

"""What an observation shows of a call, and the events that follow from it. Pure."""

from collections.abc import Collection
from copy import replace
from datetime import datetime

from ..api.models.base import Record
from ..api.models.enums import TelephonyStatus
from ..api.models.presence import ActiveCall
from ..presence.call_list import UNCLEAR
from .durations import ANNOUNCED_WITHIN, CallTimer
from .lifecycle import CallEvent, CallPhase, Evidence, events_between, phase_of


class Observation(Record, frozen=True):
    """Origin of a list of calls; `time` is that of the platform."""

    time: datetime | None
    is_snapshot: bool = False
    is_replayed: bool = False
    # Status of a notification without a call that has it: a snapshot will show the call.
    announced: TelephonyStatus | None = None
    # Sessions of own RingOuts, each listed as one call.
    ringouts: Collection[str] = ()


class KnownCall(Record, frozen=True):
    """Call as last reported in call events."""

    call: ActiveCall
    times: CallTimer
    phase: CallPhase
    # False if a snapshot showed it before any event: its start may be announced later.
    is_announced: bool = True
    # False if an event of the call may be missing, until it is listed again.
    is_complete: bool = True
    # A complete replay contains all events that were missing.
    is_replayable: bool = True
    # It has stopped ringing for a moment.
    is_resumed: bool = False
    # First leg of an own RingOut: not reported, or at least never missed.
    is_leg: bool = False

    @property
    def is_silent(self) -> bool:
        """Whether nothing of the call is reported."""
        return self.is_leg and self.phase is CallPhase.NEW

    @property
    def is_settled(self) -> bool:
        """Whether observing the same call again changes nothing."""
        return self.is_announced and self.is_complete


def observe(
    call: ActiveCall,
    before: KnownCall | None,
    observation: Observation,
    *,
    is_leg: bool,
) -> tuple[CallPhase, KnownCall]:
    """Return the former phase of a listed call, and what is known of it now."""
    time, is_announced = observation.time, not observation.is_snapshot
    if before is None:
        phase = CallPhase.NEW
        times = CallTimer.start(call, time, is_new=is_announced)
    else:
        is_leg = is_leg or before.is_leg
        if call.telephony_status in UNCLEAR:
            # Keep the last known status: an unknown one carries no information.
            call = replace(call, telephony_status=before.call.telephony_status)
        phase, times = before.phase, before.times.advance(call, time)
        if not before.is_announced and announces(call, observation):
            phase, times = CallPhase.NEW, CallTimer.start(call, time)
        is_announced = is_announced or before.is_announced
    is_silent = is_leg and phase is CallPhase.NEW
    after = phase if is_silent else phase_of(call)
    is_resumed = before is not None and before.is_resumed
    return phase, KnownCall(
        call, times, after, is_announced, True, True, is_resumed, is_leg
    )


def announces(call: ActiveCall, observation: Observation) -> bool:
    """Return whether a notification was sent because this call rings."""
    return (
        not observation.is_snapshot
        and call.telephony_status is TelephonyStatus.RINGING
        and call.start_time is not None
        and observation.time is not None
        and abs(observation.time - call.start_time) <= ANNOUNCED_WITHIN
    )


def events_since(
    before: CallPhase,
    known: KnownCall,
    after: CallPhase,
    observation: Observation,
    *,
    is_announced: bool = False,
) -> list[CallEvent]:
    """Return the events of a call between two phases."""
    if observation.is_snapshot:
        evidence = Evidence.SNAPSHOT
    elif known.is_complete and not known.is_leg:
        evidence = Evidence.EVENT
    else:
        evidence = Evidence.EVENT_AFTER_GAP
    types, is_reconstructed = events_between(
        before, after, evidence, is_announced=is_announced
    )
    if not types:
        return []
    time = observation.time
    durations = known.times.durations_at(time)
    return [
        CallEvent(
            event_type,
            known.call,
            is_reconstructed,
            observation.is_replayed,
            time,
            durations,
        )
        for event_type in types
    ]

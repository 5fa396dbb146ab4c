"""Calls of one extension, as last reported in call events. Pure."""

from collections.abc import Collection, Iterable, Sequence
from copy import replace
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from ..api.models.enums import TelephonyStatus
from ..api.models.presence import ActiveCall
from ..presence.call_list import Calls, complete
from ..presence.call_matching import has_same_parties, is_same_call, match_calls
from .durations import CallTimer, TimedCall
from .lifecycle import CallEvent, CallPhase, phase_of
from .observation import KnownCall, Observation, announces, events_since, observe
from .ringout import ringout_legs

# The platform passes a call from one device to the next with a pause in between. After
# a longer pause, it is another ring.
MAX_RING_PAUSE: Final = timedelta(seconds=3)


@dataclass(slots=True, eq=False)
class PendingEnd:
    """End of a ring that is not reported yet, since the call may continue to ring."""

    known: KnownCall
    observation: Observation
    # Time after which the call may continue for a short time.
    stopped_at: datetime | None
    # Too much time has passed for the call to continue.
    is_final: bool = False

    @property
    def call(self) -> ActiveCall:
        """The call that has stopped ringing."""
        return self.known.call


class CallTracker:
    """Detect what is new in the calls of an extension."""

    def __init__(
        self, reported: Collection[TimedCall] = (), *, is_complete: bool = True
    ) -> None:
        """Initialize the tracker with calls in progress that were reported earlier."""
        self._known = [
            KnownCall(
                call,
                times,
                CallPhase.NEW if is_leg else phase_of(call),
                is_complete=False,
                is_replayable=is_complete,
                is_leg=is_leg,
            )
            for call, times, is_leg in reported
        ]
        self._resumed_at = max(
            [item.times.since for item in reported if item.times.since], default=None
        )
        self.pending_ends: list[PendingEnd] = []
        # Status of a notification without a call that has it: a snapshot will show it.
        self.announced: TelephonyStatus | None = None
        # Kept to be compared by identity.
        self.last_update: Calls | None = None

    @property
    def reported(self) -> tuple[TimedCall, ...]:
        """Calls whose end was not reported, with their timers."""
        if not (self._known or self.pending_ends):
            # Most of thousands of extensions.
            return ()
        known = [*self._known, *[end.known for end in self.pending_ends]]
        return tuple(
            [TimedCall(item.call, item.times, item.is_silent) for item in known]
        )

    @property
    def calls(self) -> Calls:
        """Calls in progress."""
        return tuple([known.call for known in self._known])

    def update(self, calls: Calls, observation: Observation) -> list[CallEvent]:
        """Return the events since the last update; `calls` are all calls in progress."""
        events = self.update_usual(calls, observation)
        if events is None:
            events = self.update_any(calls, observation)
        self.last_update = calls
        self.announced = observation.announced
        return events

    def update_usual(
        self, calls: Calls, observation: Observation
    ) -> list[CallEvent] | None:
        """Return the events of the only call, or None if it is not usual.

        The call is the known one, a new one, or has ended. So there is nothing to match,
        it is no leg of a RingOut, and it does not continue a ring.
        """
        before = self._known[0] if self._known else None
        if (
            len(calls) > 1
            or len(self._known) > 1
            or self.pending_ends
            or (before is not None and before.is_resumed)
        ):
            return None
        if not calls:
            events = [] if before is None else self._end_others((), observation)
            self._known = []
            return events
        call = calls[0]
        if before is not None:
            if not has_same_parties((before.call,), calls):
                return None
            if call is before.call and before.is_settled:
                return []
        phase, known = observe(call, before, observation, is_leg=False)
        self._known = [known]
        if known.phase is phase:
            return []
        is_announced = call.telephony_status is self.announced
        return events_since(
            phase, known, known.phase, observation, is_announced=is_announced
        )

    def update_any(self, calls: Calls, observation: Observation) -> list[CallEvent]:
        """Do what `update` does, for any calls."""
        events: list[CallEvent] = []
        former = self._known
        if self.pending_ends:
            events = self._expire(observation.time)
            # Final ends are last, and match nothing.
            self.pending_ends.sort(key=attrgetter("is_final"))
            ends = [end.known for end in self.pending_ends if not end.is_final]
            former = [*former, *ends]
        matches = match_calls([known.call for known in former], calls)
        if self.pending_ends or len(matches) - matches.count(None) < len(former):
            events += self._end_others(matches, observation)
        legs: Collection[int] = ()
        if None in matches:
            legs = ringout_legs(calls, matches, observation.ringouts)
        known_count, self._known = len(self._known), []
        for position, (call, index) in enumerate(zip(calls, matches, strict=True)):
            before = None if index is None else former[index]
            is_resumed = index is not None and index >= known_count
            if before and (is_resumed or before.is_resumed):
                # The presence does not have what was listed before the pause.
                call = complete(call, before.call)
            is_leg = position in legs
            if before and call is before.call and before.is_settled and not is_leg:
                self._known.append(before)
                continue
            phase, known = observe(call, before, observation, is_leg=is_leg)
            if is_resumed:
                known = replace(known, is_resumed=True)
            self._known.append(known)
            if known.phase is not phase:
                is_announced = call.telephony_status is self.announced
                events += events_since(
                    phase, known, known.phase, observation, is_announced=is_announced
                )
        return events

    def report_late_starts(
        self, calls: Iterable[ActiveCall], observation: Observation
    ) -> list[CallEvent]:
        """Return the starts that an outdated event announces of calls in progress."""
        announced = [call for call in calls if announces(call, observation)]
        events: list[CallEvent] = []
        matches = match_calls(self.calls, announced)
        for call, index in zip(announced, matches, strict=True):
            if index is None or (known := self._known[index]).is_announced:
                continue
            self._known[index] = replace(known, is_announced=True)
            _, late = observe(call, None, observation, is_leg=known.is_leg)
            events += events_since(CallPhase.NEW, late, late.phase, observation)
        return events

    def was_resumed_after(self, time: datetime | None) -> bool:
        """Return whether the calls of the last run are newer than a notification."""
        resumed_at = self._resumed_at
        return time is not None and resumed_at is not None and time < resumed_at

    def observe_late(self, calls: Sequence[ActiveCall]) -> None:
        """Observe an answer that was overtaken by the end of the call."""
        for end in self.pending_ends:
            for call in calls:
                is_answer = is_same_call(end.call, call) and phase_of(call).is_answered
                if is_answer and not end.known.is_leg:
                    end.known = replace(
                        end.known, phase=CallPhase.CONNECTED, times=CallTimer()
                    )

    def extend_ends(self, time: datetime | None) -> None:
        """Wait for calls that have stopped ringing: a notification says that one rings."""
        self.pending_ends = [
            PendingEnd(end.known, end.observation, time) for end in self.pending_ends
        ]

    def mark_incomplete(self, *, is_replayable: bool) -> None:
        """Record that events may be missing: a ring that ends may have been answered."""
        self._known = [
            replace(
                known,
                is_complete=False,
                is_replayable=is_replayable and known.is_replayable,
            )
            for known in self._known
        ]

    def doubt_rings(self) -> None:
        """Record that a call was answered, but it is not known which one."""
        self.mark_incomplete(is_replayable=False)
        for end in self.pending_ends:
            end.known = replace(end.known, is_complete=False, is_replayable=False)

    def mark_complete(self) -> None:
        """Record that the events that were missing have been replayed."""
        self._known = [_completed(known) for known in self._known]
        for end in self.pending_ends:
            end.known = _completed(end.known)

    def expire(self, end: PendingEnd) -> list[CallEvent]:
        """Return the end of a ring, unless the call continued or the end was reported."""
        if end not in self.pending_ends:
            return []
        self.pending_ends.remove(end)
        return _end_events(end.known, end.observation)

    def _expire(self, time: datetime | None) -> list[CallEvent]:
        """Return the ends of rings that are too old to continue."""
        events: list[CallEvent] = []
        for end in list(self.pending_ends):
            stopped_at = end.stopped_at
            if time and stopped_at and time - stopped_at > MAX_RING_PAUSE:
                end.is_final = True
                # Whether an event is missing is known only after the replay.
                if end.known.is_complete or not end.observation.is_replayed:
                    events += self.expire(end)
        return events

    def _end_others(
        self, matches: Sequence[int | None], observation: Observation
    ) -> list[CallEvent]:
        """Return the events of the known calls that no listed call continues."""
        events: list[CallEvent] = []
        self.pending_ends = [
            end
            for index, end in enumerate(self.pending_ends, len(self._known))
            if index not in matches
        ]
        for index, known in enumerate(self._known):
            if index in matches:
                continue
            if phase_of(known.call).is_ring:
                self.pending_ends.append(
                    PendingEnd(known, observation, observation.time)
                )
            else:
                events += _end_events(known, observation)
        return events


def _completed(known: KnownCall) -> KnownCall:
    return replace(known, is_complete=True) if known.is_replayable else known


def _end_events(known: KnownCall, observation: Observation) -> list[CallEvent]:
    return events_since(known.phase, known, CallPhase.ENDED, observation)

"""Compares reported call events with the truth. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import product, zip_longest
from typing import Final, NamedTuple

from .matching import (
    ROUNDING,
    Reported,
    calls_of,
    has_known_end,
    have_equal_durations,
    impossible_durations,
    match_events,
    order_events,
    taken_steps,
)
from .truth import Expected, Line, Truth

# Status of the line after each event.
_STATUSES: Final = {
    "ringing": "Ringing",
    "dialing": "Ringing",
    "answered": "CallConnected",
    "resumed": "CallConnected",
    "unparked": "CallConnected",
    "held": "OnHold",
    "parked": "ParkedCall",
    "ended": "NoCall",
    "missed": "NoCall",
}
# Not checked for RingOuts, of which only the outcome is.
_WHILE_ANSWERED: Final = ("held", "resumed", "parked", "unparked")
# What was reported within this time before a kill may be forgotten.
UNSAVED: Final = 2.5


class Difference(NamedTuple):
    """A difference between what was reported and the truth."""

    kind: str
    text: str


class ShownCall(NamedTuple):
    """Call as a sensor shows it; words as the platform's, time in seconds."""

    session_id: str
    direction: str
    status: str
    since: float | None


class Checker:
    """Collects the call events of a run."""

    def __init__(self, truth: Truth) -> None:
        """Initialize without events."""
        self._truth = truth
        self.reported: list[Reported] = []
        self.restarts: list[float] = []
        # Periods in which notifications may be missing, as far as the client knows.
        self.gaps: list[tuple[float, float]] = []
        self.kills: list[float] = []
        self._false: list[Difference] = []

    def add(self, event: Reported) -> None:
        """Record an event, and compare it with what has happened and arrived until now."""
        self.reported.append(event)
        line = self._line(event)
        if line is None:
            self._false.append(Difference("unknown call", str(event)))
        elif event.kind == "missed" and self._is_known_as_taken(line, event):
            self._false.append(Difference("false missed", self._describe(line)))

    def check_times(
        self,
        extension_id: str,
        calls: Iterable[ShownCall],
        *,
        at_rest: bool = False,
    ) -> None:
        """Compare since when calls have had their status with what has arrived until now."""
        for call in calls:
            if call.since is not None and not self._truth.is_possible_time(
                extension_id,
                (call.session_id, call.direction),
                call.status,
                call.since,
                at_rest=at_rest,
            ):
                self._false.append(Difference("false time", f"{extension_id}: {call}"))

    def differences(self) -> Iterator[Difference]:
        """Yield all differences; to be called at rest."""
        yield from self._false
        for event in self.reported:
            if event.kind == "missed" and (line := self._line(event)) is not None:
                if any(
                    self._truth.is_lost_in_gap(line, s)
                    for s in taken_steps(line, event)
                ):
                    yield Difference("missed after a gap", self._describe(line))
        for line in self._truth.lines.values():
            events = order_events(e for e in self.reported if self._line(e) is line)
            if line.is_ring_out:
                yield from self._ring_out_differences(line, events)
            else:
                yield from self._line_differences(line, events)

    # Lines

    def _line_differences(
        self, line: Line, events: Sequence[Reported]
    ) -> Iterator[Difference]:
        best: tuple[str, ...] | None = None
        in_order = self._truth.in_order(line.extension_id)
        breaks = [*self.restarts, *self.kills]
        for expected in self._truth.alternatives(line, breaks):
            for remembered in self._remembered(events):
                found = tuple(self._compare(line, expected, remembered, in_order))
                if not found:
                    return
                if best is None or len(found) < len(best):
                    best = found
        for kind in best or ():
            yield Difference(kind, self._describe(line))

    def _remembered(self, events: Sequence[Reported]) -> Iterator[Sequence[Reported]]:
        """Yield the events without the last ones before each kill, which may be forgotten."""
        windows = [
            [e for e in events if kill - UNSAVED <= e.at <= kill] for kill in self.kills
        ]
        for numbers in product(*(range(len(window) + 1) for window in windows)):
            forgotten = {
                id(event)
                for window, number in zip(windows, numbers, strict=True)
                for event in window[len(window) - number :]
            }
            yield [event for event in events if id(event) not in forgotten]

    def _compare(
        self,
        line: Line,
        expected: Sequence[Expected],
        events: Sequence[Reported],
        in_order: Sequence[bool],
    ) -> Iterator[str]:
        """Yield the kinds of differences from one way to see the truth."""
        matched = match_events(expected, events)
        if matched is None:
            yield "false or repeated"
            return
        for event, wanted in zip(events, matched, strict=True):
            if event.direction not in (None, line.direction):
                yield "direction"
            yield from impossible_durations(event, wanted, expected)
        calls = list(calls_of(expected))
        is_begin_known = True
        for call, following in zip_longest(calls, calls[1:]):
            is_end_known = following is None or has_known_end(call, following, in_order)
            yield from self._missing(
                call,
                events,
                matched,
                in_order,
                is_begin_known=is_begin_known,
                is_end_known=is_end_known,
            )
            is_begin_known = is_end_known
        if (
            matched
            and matched[-1].first is expected[-1].first
            and _STATUSES[events[-1].kind] != expected[-1].step.status
            and not self._is_vague(events)
        ):
            yield "last status"

    def _is_vague(self, events: Sequence[Reported]) -> bool:
        # A call that was parked and rings again has several right names.
        return any(event.kind == "parked" for event in events)

    def _missing(
        self,
        call: Sequence[Expected],
        events: Sequence[Reported],
        matched: Sequence[Expected],
        in_order: Sequence[bool],
        *,
        is_begin_known: bool,
        is_end_known: bool,
    ) -> Iterator[str]:
        """Yield what is missing of one call, unless it may seem to be one with another."""
        first, last = call[0].step, call[-1].step
        places = range(first.place, last.place + 1)
        is_complete = (
            is_begin_known and is_end_known and all(in_order[place] for place in places)
        )
        of_call = [
            (event, wanted)
            for event, wanted in zip(events, matched, strict=True)
            if wanted in call
        ]
        reported = [wanted for _, wanted in of_call]
        if is_complete:
            if reported != list(call):
                yield "missing"
                return
            for event, wanted in of_call:
                if event.reconstructed:
                    if not self._may_be_reconstructed(wanted):
                        yield "reconstructed"
                elif event.kind not in wanted.kinds:
                    yield "not missed"
                elif wanted.durations is not None and not have_equal_durations(
                    event, wanted
                ):
                    yield "durations"
                elif abs((event.time or 0.0) - wanted.step.time) > ROUNDING:
                    yield "time"
            return
        if is_begin_known and in_order[first.place] and call[0] not in reported:
            yield "missing start"
        if (
            of_call
            and last.status == "NoCall"
            and reported[-1] is not call[-1]
            and is_end_known
        ):
            yield "missing end"

    def _may_be_reconstructed(self, wanted: Expected) -> bool:
        """Return whether it is not known if a call was answered in a gap."""
        return "missed" in wanted.kinds and any(
            wanted.first.time <= end and begin <= wanted.step.time
            for begin, end in self.gaps
        )

    # RingOuts

    def _ring_out_differences(
        self, line: Line, events: Sequence[Reported]
    ) -> Iterator[Difference]:
        found = [self._compare_ring_out(line, e) for e in self._remembered(events)]
        for kind in min(found, key=len):
            yield Difference(f"RingOut: {kind}", self._describe(line))

    def _compare_ring_out(self, line: Line, events: Sequence[Reported]) -> list[str]:
        """Return the kinds of differences from one outgoing call."""
        kinds = [event.kind for event in events if event.kind not in _WHILE_ANSWERED]
        in_order = self._truth.in_order(line.extension_id)
        is_start_known = bool(line.steps) and in_order[line.steps[0].place]
        found = {
            "false or repeated": {"ringing", "missed"} & set(kinds)
            or len(set(kinds)) < len(kinds),
            "order": kinds
            != [k for k in ("dialing", "answered", "ended") if k in kinds],
            "direction": any(e.direction not in (None, "Outbound") for e in events),
            "missing start": is_start_known and "dialing" not in kinds,
            "end": kinds and (line.status == "NoCall") is not ("ended" in kinds),
        }
        return [kind for kind, is_found in found.items() if is_found]

    # Single events

    def _line(self, event: Reported) -> Line | None:
        return self._truth.line_of(event.extension_id, event.session_id, event.party_id)

    def _is_known_as_taken(self, line: Line, event: Reported) -> bool:
        """Return whether the evidence so far forbids to report a call as missed."""
        if line.direction != "Inbound":
            return True
        return any(
            (arrival := self._truth.arrival(line, step)) is not None
            and arrival <= event.at
            for step in taken_steps(line, event)
        )

    def _describe(self, line: Line) -> str:
        in_order = self._truth.in_order(line.extension_id)
        steps = (
            f"{s.time:g}:{s.status}"
            if in_order[s.place]
            else f"({s.time:g}:{s.status})"
            for s in line.steps
        )
        events = (f"{e.at:g}:{e}" for e in self.reported if self._line(e) is line)
        return (
            f"{line.direction} {line.session_id[:6]} at {line.extension_id}: truth "
            f"{' '.join(steps)}; reported {', '.join(events) or 'nothing'}"
        )

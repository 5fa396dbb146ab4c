"""Call events as they are reported, and how they match those that truly happened. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self, override

from custom_components.ringcentral.calls.lifecycle import CallEvent

from ..strategies import MIDNIGHT
from .truth import ANNOUNCED_WITHIN, MAX_PAUSE, Expected, Line, Step

_ENDS: Final = ("ended", "missed")
# The date of a snapshot has whole seconds, timestamps have milliseconds.
_DATE_RESOLUTION: Final = 1.0
ROUNDING: Final = 0.0015


@dataclass(frozen=True, slots=True)
class Reported:
    """A call event as an automation receives it.

    `time` is the platform's; `at` is when it was reported.
    """

    extension_id: str
    session_id: str | None
    party_id: str | None
    direction: str | None
    kind: str
    at: float
    time: float | None
    durations: tuple[float | None, float | None, float | None]
    reconstructed: bool = False
    # As listed after the event, or last before the end.
    status: str | None = None

    @override
    def __str__(self) -> str:
        """Return a short notation."""
        star = "*" * self.reconstructed
        durations = "/".join("-" if d is None else f"{d:g}" for d in self.durations)
        return f"{self.kind}{star} {durations}"

    @classmethod
    def from_event(cls, extension_id: str, event: CallEvent, at: float) -> Self:
        """Return a call event of the integration; times are in seconds since midnight."""
        call, durations, time = event.call, event.durations, event.time
        return cls(
            extension_id,
            call.telephony_session_id,
            call.party_id,
            call.direction and str(call.direction).capitalize(),
            event.type.value,
            at,
            None if time is None else round((time - MIDNIGHT).total_seconds(), 3),
            (durations.ringing, durations.talking, durations.held),
            event.reconstructed,
            call.telephony_status and platform_word(str(call.telephony_status)),
        )


def platform_word(state: str) -> str:
    """Return a state as the platform writes it."""
    return "".join([word.capitalize() for word in state.split("_")])


def taken_steps(line: Line, event: Reported) -> list[Step]:
    """Return the steps that show that a call was answered which is reported as missed."""
    end = max(
        (
            index
            for index, step in enumerate(line.steps)
            if step.status == "NoCall"
            and step.time <= (event.time or event.at) + ROUNDING
        ),
        default=len(line.steps) - 1,
    )
    begin = end
    while begin and line.steps[begin - 1].status != "NoCall":
        begin -= 1
    steps = line.steps[begin:end]
    if any(step.status == "ParkedCall" for step in steps):
        # It was taken before it rang again.
        return []
    following = line.steps[end + 1 : end + 2]
    if steps and steps[-1].status == "Ringing":
        steps += [s for s in following if s.time - line.steps[end].time <= MAX_PAUSE]
    return [step for step in steps if step.status not in ("Ringing", "NoCall")]


def order_events(events: Iterable[Reported]) -> list[Reported]:
    """Return events in the order of their times, as far as an end may be delayed."""
    ordered: list[Reported] = []
    for event in events:
        position = len(ordered)
        if event.kind in _ENDS and event.time is not None:
            time = event.time + _DATE_RESOLUTION * event.reconstructed
            while position and (ordered[position - 1].time or 0.0) > time:
                position -= 1
        ordered.insert(position, event)
    return ordered


def match_events(
    expected: Sequence[Expected], events: Iterable[Reported]
) -> list[Expected] | None:
    """Return the true event of each reported one, in order, or None if there is none."""
    # From the end: the latest ones that fit leave the most for the others.
    matched: list[Expected] = []
    rest = list(expected)
    for event in reversed(list(events)):
        while rest and not _fits(rest[-1], event):
            rest.pop()
        if not rest:
            return None
        matched.append(rest.pop())
    return matched[::-1]


def _fits(expected: Expected, event: Reported) -> bool:
    # It is not always known whether a call that has ended was answered; `add` finds what
    # was known.
    kinds = (
        expected.kinds | set(_ENDS) if expected.kinds & set(_ENDS) else expected.kinds
    )
    if "unparked" in kinds:
        # The parking may be unknown until then.
        kinds |= {"resumed"}
    latest = event.at
    if event.time is not None:
        # The date of a snapshot has no fractions of a second.
        latest = min(latest, event.time + event.reconstructed)
    return event.kind in kinds and expected.step.time <= latest + ROUNDING


def calls_of(expected: Sequence[Expected]) -> Iterator[list[Expected]]:
    """Yield the events of each call of a line."""
    call: list[Expected] = []
    for event in expected:
        if call and event.first is not call[0].first:
            yield call
            call = []
        call.append(event)
    if call:
        yield call


def has_known_end(
    call: Sequence[Expected], following: Sequence[Expected], in_order: Sequence[bool]
) -> bool:
    """Return whether a call cannot seem to go on with the following one."""
    first, last = call[0].step, call[-1].step
    return in_order[last.place] and (
        all(in_order[first.place : last.place])
        or following[0].step.time - last.time > MAX_PAUSE
    )


def impossible_durations(
    event: Reported, wanted: Expected, expected: Sequence[Expected]
) -> Iterator[str]:
    """Yield whether durations are impossible: negative, or longer than the call."""
    known = [seconds for seconds in event.durations if seconds is not None]
    if not known:
        return
    begun = min(e.first.time - _short_delay(e) for e in expected)
    limit = (event.time or event.at) - begun + _DATE_RESOLUTION
    if min(known) < 0 or sum(known) > max(limit, 0.0) + ROUNDING:
        yield "impossible durations"


def _short_delay(expected: Expected) -> float:
    """Return the seconds by which a ring may seem to have begun earlier."""
    return expected.earlier if expected.earlier <= ANNOUNCED_WITHIN else 0.0


def have_equal_durations(event: Reported, wanted: Expected) -> bool:
    assert wanted.durations is not None
    ringing, *others = zip(event.durations, wanted.durations, strict=True)
    if not all(seconds is not None and _is_close(seconds, t) for seconds, t in others):
        return False
    seconds, true = ringing
    if seconds is None:
        # The platform names a start that cannot be that of this ring, or none was seen.
        return wanted.earlier > 0 or wanted.first.status != "Ringing"
    return _is_close(seconds, true) or _is_close(seconds, true + _short_delay(wanted))


def _is_close(seconds: float, true: float) -> bool:
    return abs(seconds - true) < 4 * ROUNDING

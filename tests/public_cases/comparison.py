"""Compare what a case expects with what Home Assistant shows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, permutations
import re
from typing import Any, Final

from .runner import CaseRunner, ReportedEvent

# In seconds.
_TOLERANCE: Final = 0.06


def differences(runner: CaseRunner, expected: Mapping[str, Any]) -> list[str]:
    """Return the differences, one line each."""
    compare: dict[str, Callable[[CaseRunner, Any], Iterator[str]]] = {
        "events": _events,
        "never": _never,
        "states": _states,
        "attributes": _attributes,
        "history": _history,
        "runs": _runs,
        "devices": _devices,
    }
    return [
        line
        for name, wanted in expected.items()
        for line in compare[name](runner, wanted)
    ]


def _events(runner: CaseRunner, expected: Mapping[str, Any]) -> Iterator[str]:
    """Compare all events of all extensions."""
    for number in sorted(
        {*expected, *(n for n, found in runner.events.items() if found)}
    ):
        events = runner.events.get(number, [])
        wanted = expected.get(number, [])
        alternatives = wanted["one_of"] if isinstance(wanted, dict) else [wanted]
        if not any(_equal(events, option) for option in alternatives):
            wording = " or ".join(_line(option) for option in alternatives)
            yield f"events of {number}: expected {wording}; seen {_line(events)}"


def _equal(events: Sequence[ReportedEvent], wanted: Sequence[Any]) -> bool:
    """Compare in order; events of different calls at the same time may be swapped."""
    if len(events) != len(wanted):
        return False
    done = 0
    for _, group in groupby(events, lambda event: event.attributes.get("time")):
        at_once = list(group)
        there = wanted[done : done + len(at_once)]
        done += len(at_once)
        if not any(
            all(_matches(event, item) for event, item in zip(order, there, strict=True))
            for order in permutations(at_once)
            if _is_order_per_call_kept(at_once, order)
        ):
            return False
    return True


def _is_order_per_call_kept(
    events: Sequence[ReportedEvent], order: Sequence[ReportedEvent]
) -> bool:
    return all(
        [event for event in events if event.call == call]
        == [event for event in order if event.call == call]
        for call in {event.call for event in events}
    )


def _matches(event: ReportedEvent, wanted: Any) -> bool:
    """Return whether an event is `kind`, `kind 5/60/0`, or has these attributes."""
    if isinstance(wanted, dict):
        others = {name: value for name, value in wanted.items() if name != "event"}
        return _matches(event, wanted["event"]) and _fits(
            dict(event.attributes), others
        )
    kind, _, durations = wanted.partition(" ")
    seen_kind, _, seen = str(event).partition(" ")
    if kind != seen_kind:
        return False
    return not durations or all(
        want in ("any", have)
        or ("-" not in (want, have) and abs(float(want) - float(have)) <= _TOLERANCE)
        for want, have in zip(durations.split("/"), seen.split("/"), strict=True)
    )


def _never(runner: CaseRunner, expected: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for number, kinds in expected.items():
        events = [
            event for event in runner.events.get(number, []) if event.kind in kinds
        ]
        if events:
            yield f"events of {number}: never {', '.join(kinds)}; seen {_line(events)}"


def _states(
    runner: CaseRunner, expected: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    for number, states in expected.items():
        for key, wanted in states.items():
            state = runner.state(number, key)
            seen = None if state is None else state.state
            if seen != wanted:
                yield f"{key} of {number}: expected {wanted}; seen {seen}"


def _attributes(runner: CaseRunner, expected: Mapping[str, Any]) -> Iterator[str]:
    for number, entities in expected.items():
        for key, attributes in entities.items():
            state = runner.state(number, key)
            seen = {} if state is None else dict(state.attributes)
            for name, wanted in attributes.items():
                if not _fits(seen.get(name), wanted):
                    yield (
                        f"{name} of {key} of {number}: expected {wanted}; "
                        f"seen {_part(seen.get(name), wanted)}"
                    )


def _history(runner: CaseRunner, expected: Mapping[str, Any]) -> Iterator[str]:
    """Compare all states that a sensor has had."""
    for number, entities in expected.items():
        for key, wanted in entities.items():
            seen = runner.history.get((number, key), [])
            if seen != wanted:
                yield f"{key} of {number}: expected {_line(wanted)}; seen {_line(seen)}"


def _runs(runner: CaseRunner, expected: Mapping[str, Any]) -> Iterator[str]:
    """Compare the number of runs of the automations, or their data."""
    for name, wanted in expected.items():
        seen = runner.runs[name]
        is_right = (
            len(seen) == wanted if isinstance(wanted, int) else _fits(seen, wanted)
        )
        if not is_right:
            shown = (
                [_part(run, wanted[0] if wanted else {}) for run in seen]
                if isinstance(wanted, list)
                else [f"{run['event']} at {run['extension_number']}" for run in seen]
            )
            yield f"runs of {name}: expected {wanted}; seen {shown or 'none'}"


def _devices(
    runner: CaseRunner, expected: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    for number in expected.get("present", ()):
        if runner.device(number) is None:
            yield f"devices: {number} has none"
    for number in expected.get("absent", ()):
        if (device := runner.device(number)) is not None:
            yield f"devices: {number} has one, {device.name}"


def _fits(seen: Any, wanted: Any) -> bool:
    """Return whether all expected values exist; only mappings may have more."""
    if isinstance(wanted, dict):
        if wanted.keys() == {"matches"}:
            return isinstance(seen, str) and bool(re.fullmatch(wanted["matches"], seen))
        return isinstance(seen, Mapping) and all(
            name in seen and _fits(seen[name], value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(seen, list)
            and len(seen) == len(wanted)
            and all(
                _fits(item, value) for item, value in zip(seen, wanted, strict=True)
            )
        )
    if isinstance(wanted, float) and isinstance(seen, float | int):
        return abs(seen - wanted) <= _TOLERANCE
    return bool(seen == wanted)


def _part(seen: Any, wanted: Any) -> Any:
    """Return the part of a value that is compared."""
    if isinstance(seen, Mapping) and isinstance(wanted, dict):
        return {name: _part(seen.get(name), wanted[name]) for name in wanted}
    if isinstance(seen, list) and isinstance(wanted, list):
        fallback = wanted[0] if wanted else {"telephony_session_id": None}
        return [
            _part(item, wanted[i] if i < len(wanted) else fallback)
            for i, item in enumerate(seen)
        ]
    return seen


def _line(items: Sequence[object]) -> str:
    return (
        ", ".join(
            str(item["event"]) if isinstance(item, dict) else str(item)
            for item in items
        )
        or "nothing"
    )

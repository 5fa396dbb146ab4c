"""Cost of one event, from the text frame to the last changed state.

Integration: the frame passes connection, parser, store, call events and coordinator.
Baseline: `orjson.loads` of the same frame and a write of the same states. Each event
changes three sensors and is one call event; the events are spread over all extensions.

No sockets: see `latency` and `burst`. The garbage collector runs between samples only.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

import orjson

from benchmarks import frames
from benchmarks.alternating import measure_alternately
from benchmarks.baseline import Baseline
from benchmarks.entries import (
    ENABLED,
    SignedIn,
    prepare,
    set_up,
    signed_in_without_limits,
)
from benchmarks.environment import Account, home_assistant, platform
from benchmarks.figures import Figure, at_most, exactly, ratios
from benchmarks.fresh_process import run_in_fresh_process
from benchmarks.scale import Scale
from benchmarks.state_changes import record_state_changes
from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.gateway import decode_frame
from custom_components.ringcentral.api.models.notifications import (
    PresenceEvent,
    decode_notification,
)
from custom_components.ringcentral.presence.store import PresenceStore
from homeassistant.core import HomeAssistant, State
from tests.common import writes

_MICROSECONDS: Final = 1_000_000
# Events in one sample.
_EVENTS: Final = 1000
# Calls in an event: usually one; the platform lists at most seven.
_CALLS: Final = (1, 2, 7)

type Seconds = Mapping[str, list[float]]


async def run(scale: Scale) -> Iterable[Figure]:
    """Measure events."""
    async with platform(scale.usual) as simulated:
        stored = await signed_in_without_limits(simulated)
        by_calls = {
            calls: run_in_fresh_process(costs, stored, calls, scale) for calls in _CALLS
        }
        per_change = run_in_fresh_process(writes_per_event, stored)
    usual = by_calls[1]
    few, many = [await _of_size(size, scale) for size in (scale.few, scale.many)]
    return [
        Figure(
            "event_cost_ratio", ratios(usual["ours"], usual["floor"]), goal=at_most(1.5)
        ),
        *(
            Figure(
                f"event_cost_ratio_{calls}_calls", ratios(cost["ours"], cost["floor"])
            )
            for calls, cost in by_calls.items()
            if calls != 1
        ),
        _microseconds("event_us", usual["ours"]),
        _microseconds("event_floor_us", usual["floor"]),
        Figure(
            "fanout_ratio",
            ratios(
                ratios(many["ours"], few["ours"]), ratios(many["floor"], few["floor"])
            ),
            goal=at_most(1.2),
        ),
        Figure("fanout_ours", ratios(many["ours"], few["ours"])),
        Figure("fanout_floor", ratios(many["floor"], few["floor"])),
        Figure("writes_per_event", [per_change], goal=exactly(1)),
        Figure(
            "parse_share", ratios(usual["change"], _of_states(usual)), goal=at_most(0.5)
        ),
    ]


def _of_states(seconds: Seconds) -> list[float]:
    """Return the seconds of the baseline without decoding."""
    both = zip(seconds["floor"], seconds["loads"], strict=True)
    return [baseline - loads for baseline, loads in both]


def _microseconds(key: str, seconds: Iterable[float]) -> Figure:
    return Figure(key, [one * _MICROSECONDS for one in seconds], "µs")


async def _of_size(size: int, scale: Scale) -> Seconds:
    async with platform(size) as simulated:
        return run_in_fresh_process(
            costs, await signed_in_without_limits(simulated), 1, scale
        )


async def costs(stored: SignedIn, calls: int, scale: Scale) -> Seconds:
    """Return the seconds of events with this many calls, and of their parts."""
    async with home_assistant() as hass:
        account = await set_up(hass, await prepare(hass, stored))
        baseline = Baseline(hass)
        await baseline.add(stored.user_ids)
        store = PresenceStore(Anomalies())
        store.monitor(stored.user_ids)
        stream = frames.spread(stored.user_ids, account.subscription_id, calls)
        with record_state_changes(hass) as changes:
            for frame in islice(stream, len(stored.user_ids)):
                account.receive(frame)
                baseline.write(frame)
                change(store, frame)
        # All changed states must have been written.
        assert len(changes.entity_ids) >= 2 * ENABLED * len(stored.user_ids)
        later = list(islice(stream, scale.rounds * _EVENTS))
        return measure_alternately(
            {
                "ours": _each(account.receive, later),
                "floor": _each(baseline.write, later),
                "loads": _each(orjson.loads, later),
                "change": _each(lambda frame: change(store, frame), later),
            },
            rounds=scale.rounds,
            repeat=_EVENTS,
        )


def _each(do: Callable[[bytes], object], items: list[bytes]) -> Callable[[int], object]:
    return lambda number: do(items[number])


def change(store: PresenceStore, frame: bytes) -> None:
    """Decode a frame and apply it to a store, without Home Assistant."""
    event = decode_notification(decode_frame(frame, Anomalies()).body, Anomalies())
    assert isinstance(event, PresenceEvent)
    assert store.apply_event(event) is not None


# Additional fields, so that all, some or none of the entities change.
_EXTRA_FIELDS: Final[tuple[Mapping[str, object], ...]] = (
    {},
    {"dndStatus": "DoNotAcceptAnyCalls"},
    {"presenceStatus": "Offline", "message": "Back at noon"},
    {"message": "Back at one"},
    {"callerIdVisibility": "None"},
)


async def writes_per_event(stored: SignedIn) -> float:
    """Return the state writes of each entity that changes, in value or attributes."""
    async with home_assistant() as hass:
        account = await set_up(hass, await prepare(hass, stored))
        changed = 0
        with writes(hass) as written:
            for frame in _varied(stored.user_ids, account):
                before = _states(hass)
                account.receive(frame)
                after = _states(hass)
                changed += sum(
                    (state.state, state.attributes)
                    != (before[entity_id].state, before[entity_id].attributes)
                    for entity_id, state in after.items()
                )
        assert changed
        return len(written) / changed


def _varied(people: Iterable[str], account: Account) -> Iterator[bytes]:
    """Yield events that change all entities of an extension, some of them, or none."""
    sequence = 0
    for extension_id in islice(people, 20):
        for extra_fields in _EXTRA_FIELDS:
            sequence += 1
            message: list[Any] = orjson.loads(
                frames.frame(extension_id, 0, sequence, account.subscription_id)
            )
            message[1]["body"].update(extra_fields)
            yield orjson.dumps(message)


def _states(hass: HomeAssistant) -> dict[str, State]:
    return {state.entity_id: state for state in hass.states.async_all()}

"""Calls in a whole Home Assistant: what the recorder stores, and the cost at usual pace.

The integration and a bare client receive calls alternately, over connections of their own.
Equal attributes are stored only once, so the figures are those of extensions that have had
a call before; the first call of each is reported as well, and both of the bare client.

The account's own sensors are written four times a second at most, so what a call adds is
also measured with messages that are further apart.

At the pace of a large company, a message every 25 ms: processor time of the whole process
until everything is stored. The garbage collector runs between samples only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
import gc
from operator import attrgetter
from pathlib import Path
import tempfile
import time
from typing import Final

from benchmarks.alternating import paused_collector
from benchmarks.calls import CONCURRENT
from benchmarks.entries import ENABLED
from benchmarks.environment import sign_in
from benchmarks.figures import Figure, Goal, at_most, ratios
from benchmarks.push_platform import push_platform
from benchmarks.receivers import Receiver, receivers
from benchmarks.recording import adjust_caches, flush, recorder_seconds, stored
from benchmarks.scale import Scale
from benchmarks.whole import until_quiet, whole_home_assistant

# Messages per second, and so few that all that changes is written.
_RATE: Final = 40
_SPACED_RATE: Final = 3
_MICROSECONDS: Final = 1_000_000
_THOUSAND: Final = 1000
_GOALS: Final[Mapping[str, Goal]] = {
    "recorder_bytes_per_call": at_most(2400),
    "recorder_attribute_rows_per_call": at_most(1),
}


@dataclass(frozen=True, slots=True)
class _Stored:
    """What calls have added to the database, and the recorder's time."""

    bytes_per_call: float
    attribute_rows_per_call: float
    state_rows_per_call: float
    seconds_per_1000_calls: float


async def run(scale: Scale) -> Iterable[Figure]:
    """Measure the first calls of each extension, later ones, and paced ones."""
    recorded: dict[str, list[_Stored]] = {}
    paced: dict[str, list[float]] = {"ours": [], "bare": []}
    with tempfile.TemporaryDirectory() as folder:
        async with (
            push_platform(scale.usual) as platform,
            whole_home_assistant(Path(folder) / "config") as hass,
        ):
            account = await sign_in(hass, platform.platform)
            await until_quiet(hass, ENABLED * len(account.user_ids))
            async with receivers(account, platform) as both:
                await adjust_caches(hass)
                sides = [("ours", "", both.ours), ("bare", "bare_", both.bare)]
                with paused_collector():
                    for _, prefix, receiver in sides:
                        first = await _store(receiver, scale.usual)
                        recorded[f"{prefix}first_"] = [first]
                    for _ in range(scale.fresh_rounds):
                        for _, prefix, receiver in sides:
                            later = await _store(receiver, scale.recorded_calls)
                            recorded.setdefault(prefix, []).append(later)
                        sides.reverse()
                    spaced = await _store(both.ours, CONCURRENT, rate=_SPACED_RATE)
                    recorded["spaced_"] = [spaced]
                    for _ in range(scale.paced_rounds):
                        for side, _, receiver in sides:
                            paced[side].append(await _pace(receiver, scale.paced_calls))
                        sides.reverse()
    return [
        Figure(
            "call_paced_client_ratio",
            ratios(paced["ours"], paced["bare"]),
            goal=at_most(1.12),
        ),
        *(
            Figure(
                f"call_paced_{side}_us", [one * _MICROSECONDS for one in found], "µs"
            )
            for side, found in paced.items()
        ),
        *(
            figure
            for prefix, found in recorded.items()
            for figure in _figures(f"recorder_{prefix}", found)
        ),
    ]


def _figures(prefix: str, found: Sequence[_Stored]) -> Iterable[Figure]:
    for field in fields(_Stored):
        key = f"{prefix}{field.name}"
        yield Figure(
            key, list(map(attrgetter(field.name), found)), goal=_GOALS.get(key)
        )


async def _store(receiver: Receiver, calls: int, *, rate: int | None = None) -> _Stored:
    """Receive calls, at once or at a rate; let the recorder commit after each wave."""
    hass = receiver.hass
    await flush(hass)
    gc.collect()
    before = stored(hass)
    seconds = recorder_seconds(hass)
    for _ in range(calls // CONCURRENT):
        await receiver.prepare(CONCURRENT)
        if rate is None:
            await receiver.send_burst()
        else:
            await receiver.platform.send_at_rate(receiver.subscription_id, rate)
            await receiver.wait()
        await flush(hass)
    seconds = recorder_seconds(hass) - seconds
    size, attributes, states = (
        (after - once) / calls for once, after in zip(before, stored(hass), strict=True)
    )
    return _Stored(size, attributes, states, seconds / calls * _THOUSAND)


async def _pace(receiver: Receiver, calls: int) -> float:
    """Return the processor seconds of a call."""
    await receiver.prepare(calls)
    await flush(receiver.hass)
    gc.collect()
    began = time.process_time()
    await receiver.platform.send_at_rate(receiver.subscription_id, _RATE)
    await receiver.wait()
    await flush(receiver.hass)
    return (time.process_time() - began) / calls

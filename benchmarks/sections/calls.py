"""Cost of a call: five messages that change twelve states.

Over a connection, sent as fast as the loopback allows: the integration, and a bare client
that decodes each message and writes baseline entities. In a hot loop without a connection:
the frames pass the integration, or are decoded and written to the baseline entities.

Processor time of the event loop. The garbage collector runs between samples, or at any
time in a figure without a goal. The plain coordinator, which updates all its entities with
each message, is shown for comparison only.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
import gc
from itertools import islice
import statistics
import time
from typing import Final

from benchmarks.alternating import measure_alternately, paused_collector
from benchmarks.calls import CONCURRENT, MESSAGES, Wave, waves
from benchmarks.entries import ENABLED
from benchmarks.environment import Account, home_assistant, sign_in
from benchmarks.figures import Figure, at_most, ratios
from benchmarks.plain_coordinator import PlainCoordinator
from benchmarks.push_platform import push_platform
from benchmarks.receivers import Receivers, receivers
from benchmarks.scale import Scale
from benchmarks.whole import until_quiet

_MICROSECONDS: Final = 1_000_000
# Rounds with the collector are few and long: a full collection is rare.
_LONGER: Final = 3

type _Receive = Callable[[bytes], None]
type _Seconds = dict[str, list[float]]


async def run(scale: Scale) -> Iterable[Figure]:
    """Measure calls."""
    async with push_platform(scale.usual) as platform, home_assistant() as hass:
        account = await sign_in(hass, platform.platform)
        await until_quiet(hass, ENABLED * len(account.user_ids))
        async with receivers(account, platform) as both:
            for receiver in (both.ours, both.bare):
                await receiver.warm_up()
            burst = await _bursts(both, scale)
        source = waves(
            account.user_ids,
            account.subscription_id,
            first=both.ours.prepared // CONCURRENT,
        )
        sides: Mapping[str, _Receive] = {
            "ours": account.receive,
            "plain": both.baseline.write,
        }
        hot = _seconds(sides, source, scale.rounds, scale.calls // CONCURRENT)
        collected = _seconds(
            sides,
            source,
            max(1, scale.rounds // _LONGER),
            _LONGER * scale.calls // CONCURRENT,
            with_collector=True,
        )
        coordinator = await _of_coordinator(account, scale.fresh_rounds)
    typical = statistics.median(hot["ours"])
    return [
        Figure("call_hot_ratio", ratios(hot["ours"], hot["plain"]), goal=at_most(2)),
        Figure(
            "call_hot_with_collector_ratio",
            ratios(collected["ours"], collected["plain"]),
        ),
        Figure("call_coordinator_ratio", [one / typical for one in coordinator]),
        Figure(
            "call_burst_ratio", ratios(burst["ours"], hot["plain"]), goal=at_most(2.1)
        ),
        Figure(
            "call_burst_client_ratio",
            ratios(burst["ours"], burst["bare"]),
            goal=at_most(1.4),
        ),
        *_microseconds("call_hot", hot),
        *_microseconds("call_burst", burst),
    ]


async def _bursts(both: Receivers, scale: Scale) -> _Seconds:
    seconds: _Seconds = {"ours": [], "bare": []}
    sides = [("ours", both.ours), ("bare", both.bare)]
    with paused_collector():
        for _ in range(scale.rounds):
            for side, receiver in sides:
                await receiver.prepare(scale.burst_calls)
                gc.collect()
                began = time.thread_time()
                await receiver.send_burst()
                seconds[side].append((time.thread_time() - began) / scale.burst_calls)
            sides.reverse()
    return seconds


async def _of_coordinator(account: Account, rounds: int) -> list[float]:
    coordinator = PlainCoordinator(account.hass)
    await coordinator.add(account.user_ids)
    # It writes for a quarter of a second with each call.
    source = waves(account.user_ids, account.subscription_id, concurrent=1)
    (seconds,) = _seconds({"": coordinator.receive}, source, rounds, 1).values()
    return seconds


def _seconds(
    sides: Mapping[str, _Receive],
    source: Iterator[Wave],
    rounds: int,
    repeat: int,
    *,
    with_collector: bool = False,
) -> _Seconds:
    """Return the processor seconds of a call of each side, by round."""
    later = list(islice(source, rounds * repeat))
    calls = len(later[0]) // MESSAGES
    seconds = measure_alternately(
        {side: _each(receive, later) for side, receive in sides.items()},
        rounds=rounds,
        repeat=repeat,
        with_collector=with_collector,
    )
    return {side: [one / calls for one in found] for side, found in seconds.items()}


def _each(receive: _Receive, later: list[Wave]) -> Callable[[int], None]:
    def receive_wave(number: int) -> None:
        for frame in later[number]:
            receive(frame)

    return receive_wave


def _microseconds(key: str, seconds: _Seconds) -> Iterator[Figure]:
    for side, found in seconds.items():
        yield Figure(f"{key}_{side}_us", [one * _MICROSECONDS for one in found], "µs")

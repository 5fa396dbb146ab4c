"""The platform that pushes prepared notifications, and what is measured with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
import time

import aiohttp
import orjson
import pytest

from benchmarks import state_watch
from benchmarks.bare_client import BareClient, bare_client
from benchmarks.figures import Figure
from benchmarks.fresh_process import run_in_fresh_process
from benchmarks.push_platform import PushPlatform, SentStatus, push_platform
from benchmarks.scale import Scale
from benchmarks.sections import burst, latency
from benchmarks.state_watch import ArrivalCounter
from custom_components.ringcentral.api.event_filters import extension_filter

_PEOPLE = 3
_PATIENCE = 10
_TINY = replace(
    Scale.quick(),
    rounds=3,
    usual=10,
    latency_batch=5,
    latency_batches=2,
    burst_rounds=2,
    burst=60,
    burst_of_coordinator=20,
)


@pytest.fixture(autouse=True)
def find_custom_integrations(socket_enabled: None) -> None:
    """Home Assistant has no part in these tests, or runs in a process of its own."""


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Return a session of our own."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def platform() -> AsyncIterator[PushPlatform]:
    """Run a platform."""
    async with push_platform(_PEOPLE) as platform:
        yield platform


@asynccontextmanager
async def _client(
    session: aiohttp.ClientSession, platform: PushPlatform
) -> AsyncIterator[BareClient]:
    filters = [extension_filter(person) for person in await platform.user_ids()]
    async with bare_client(session, platform.platform.described, filters) as client:
        yield client


async def _receive(client: BareClient) -> tuple[str, SentStatus]:
    """Return the subscription of the next notification, and its status."""
    frame = await client.socket.receive(timeout=_PATIENCE)
    meta, notification = orjson.loads(frame.data)
    assert meta["type"] == "ServerNotification"
    body = notification["body"]
    return (
        notification["subscriptionId"],
        SentStatus(body["extensionId"], body["telephonyStatus"]),
    )


async def test_a_batch_arrives_whole_and_in_order(
    session: aiohttp.ClientSession, platform: PushPlatform
) -> None:
    """Batches continue each other: one extension after the other, with a new status."""
    async with _client(session, platform) as client:
        sent: list[SentStatus] = []
        received: list[tuple[str, SentStatus]] = []
        for count in (_PEOPLE, 2 * _PEOPLE):
            sent += await platform.prepare_batch(client.subscription_id, count)
            await platform.send_burst(client.subscription_id)
            received += [await _receive(client) for _ in range(count)]

    assert received == [(client.subscription_id, one) for one in sent]
    people = await platform.user_ids()
    statuses: dict[str, list[str]] = {person: [] for person in people}
    for one in sent:
        statuses[one.extension_id].append(one.telephony_status)
    assert list(statuses.values()) == [["OnHold", "CallConnected", "OnHold"]] * _PEOPLE


async def test_a_batch_is_played_no_faster_than_requested(
    session: aiohttp.ClientSession, platform: PushPlatform
) -> None:
    """Each notification is due at its own time; none is lost on the way."""
    rate = 200
    async with _client(session, platform) as client:
        expected = await platform.prepare_batch(client.subscription_id, 4)
        began = time.perf_counter_ns()
        sent_at = await platform.send_at_rate(client.subscription_id, rate)
        received = [(await _receive(client))[1] for _ in expected]

    assert received == expected
    assert all(former < later for former, later in pairwise(sent_at))
    assert all(
        (sent_time - began) / 1_000_000_000 >= number / rate
        for number, sent_time in enumerate(sent_at)
    )


async def test_only_the_selected_connection_receives(
    session: aiohttp.ClientSession, platform: PushPlatform
) -> None:
    """Two clients with the same filters receive what is sent to their own connection."""
    async with _client(session, platform) as one, _client(session, platform) as other:
        for client in (one, other):
            await platform.prepare_batch(client.subscription_id, 1)
            await platform.send_burst(client.subscription_id)
        received = [(await _receive(client))[0] for client in (one, other)]

    assert received == [one.subscription_id, other.subscription_id]


async def test_one_batch_can_be_pushed_to_several_connections(
    session: aiohttp.ClientSession, platform: PushPlatform
) -> None:
    """Then both receive the same."""
    async with _client(session, platform) as one, _client(session, platform) as other:
        sent = await platform.prepare_batch(one.subscription_id, 2)
        for client in (one, other):
            await platform.send_burst(client.subscription_id)
        received = [[await _receive(client) for _ in sent] for client in (one, other)]

    assert received[0] == received[1] == [(one.subscription_id, it) for it in sent]


async def test_a_platform_process_that_fails_is_reported(
    platform: PushPlatform,
) -> None:
    """An order that cannot be carried out ends the process, and the caller's waiting."""
    await platform.prepare_batch("unknown", 1)

    with pytest.raises(ConnectionError):
        await platform.send_burst("unknown")


async def test_a_counter_is_complete_with_the_last_one() -> None:
    """The expected number is set for each batch."""
    counter = ArrivalCounter()
    for count in (2, 3):
        counter.expect(count)
        waiting = asyncio.ensure_future(counter.wait_for_all())
        for left in range(count, 0, -1):
            await asyncio.sleep(0)
            assert not waiting.done(), left
            counter.add_one()
        assert await waiting > 0


@pytest.mark.parametrize("came", [1, 3])
async def test_a_counter_refuses_another_number(
    monkeypatch: pytest.MonkeyPatch, came: int
) -> None:
    """Neither too few nor too many pass for all."""
    monkeypatch.setattr(state_watch, "_PATIENCE", 0)
    counter = ArrivalCounter()
    counter.expect(2)
    for _ in range(came):
        counter.add_one()

    with pytest.raises(AssertionError, match=f"{came} of 2 came"):
        await counter.wait_for_all()


def _by_key(figures: list[Figure]) -> dict[str, Figure]:
    return {figure.key: figure for figure in figures}


async def _latency() -> list[Figure]:
    return list(await latency.run(_TINY))


async def _burst() -> list[Figure]:
    return list(await burst.run(_TINY))


def test_latency_is_measured_of_both_sides() -> None:
    """The ratios are those of the times that are reported beside them."""
    figures = _by_key(run_in_fresh_process(_latency))

    assert figures.keys() == {
        f"latency_{what}"
        for what in ("ratio_p50", "ratio_p99", "p50", "p99", "bare_p50", "bare_p99")
    }
    for percentile in ("p50", "p99"):
        ours = figures[f"latency_{percentile}"].samples
        bare = figures[f"latency_bare_{percentile}"].samples
        assert figures[f"latency_ratio_{percentile}"].samples == tuple(
            a / b for a, b in zip(ours, bare, strict=True)
        )
        assert len(ours) == _TINY.rounds
        assert min(*ours, *bare) > 0


def test_a_burst_is_measured_of_all_receivers() -> None:
    """The ratios are those of the speeds that are reported beside them."""
    figures = _by_key(run_in_fresh_process(_burst))

    speeds = {
        key: figures.pop(f"burst_{key}events_per_second").samples
        for key in ("", "coordinator_", "parsed_", "sdk_", "received_")
    }
    assert {key: len(samples) for key, samples in speeds.items()} == {
        "": _TINY.burst_rounds,
        "coordinator_": _TINY.burst_rounds,
        "parsed_": _TINY.rounds,
        "sdk_": _TINY.rounds,
        "received_": _TINY.rounds,
    }
    assert all(min(samples) > 0 for samples in speeds.values())
    assert {key: figure.samples for key, figure in figures.items()} == {
        "burst_coordinator_ratio": tuple(
            a / b for a, b in zip(speeds[""], speeds["coordinator_"], strict=True)
        ),
        "burst_sdk_ratio": tuple(
            a / b for a, b in zip(speeds["parsed_"], speeds["sdk_"], strict=True)
        ),
    }

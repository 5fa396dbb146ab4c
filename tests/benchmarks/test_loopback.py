"""The platform that sends prepared calls, and what is measured with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
import time

import aiohttp
import orjson
import pytest

from benchmarks.bare_client import BareClient, bare_client
from benchmarks.calls import CONCURRENT, MESSAGES
from benchmarks.figures import Figure
from benchmarks.fresh_process import run_in_fresh_process
from benchmarks.push_platform import PushPlatform, push_platform
from benchmarks.scale import Scale
from benchmarks.sections import measure_section
from custom_components.ringcentral.api.event_filters import extension_filter

_PATIENCE = 10
_TINY = replace(
    Scale.quick(),
    rounds=2,
    usual=CONCURRENT,
    calls=CONCURRENT,
    burst_calls=CONCURRENT,
    paced_calls=CONCURRENT,
    recorded_calls=CONCURRENT,
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
    async with push_platform(CONCURRENT) as platform:
        yield platform


@asynccontextmanager
async def _client(
    session: aiohttp.ClientSession, platform: PushPlatform
) -> AsyncIterator[BareClient]:
    filters = [extension_filter(person) for person in await platform.user_ids()]
    async with bare_client(session, platform.platform.described, filters) as client:
        yield client


async def _receive(client: BareClient) -> tuple[str, str, str]:
    """Return subscription, extension and telephony status of the next notification."""
    frame = await client.socket.receive(timeout=_PATIENCE)
    meta, notification = orjson.loads(frame.data)
    assert meta["type"] == "ServerNotification"
    body = notification["body"]
    return (
        notification["subscriptionId"],
        body["extensionId"],
        body["telephonyStatus"],
    )


async def test_batches_of_calls_arrive_whole_and_in_order(
    session: aiohttp.ClientSession, platform: PushPlatform
) -> None:
    """Each extension has one call after the other."""
    statuses: dict[str, list[str]] = {
        person: [] for person in await platform.user_ids()
    }
    async with _client(session, platform) as client:
        for calls in (CONCURRENT, 2 * CONCURRENT):
            last = await platform.prepare_batch(client.subscription_id, calls)
            await platform.send_burst(client.subscription_id)
            for _ in range(calls * MESSAGES):
                subscription_id, extension_id, status = await _receive(client)
                assert subscription_id == client.subscription_id
                statuses[extension_id].append(status)
            assert extension_id == last

    call = ["Ringing", "CallConnected", "OnHold", "CallConnected", "NoCall"]
    assert list(statuses.values()) == [3 * call] * CONCURRENT


async def test_batch_is_sent_no_faster_than_requested(
    session: aiohttp.ClientSession, platform: PushPlatform
) -> None:
    """Each notification is due at its own time; none is lost on the way."""
    rate = 400
    async with _client(session, platform) as client:
        await platform.prepare_batch(client.subscription_id, CONCURRENT)
        began = time.perf_counter_ns()
        sent_at = await platform.send_at_rate(client.subscription_id, rate)
        for _ in range(CONCURRENT * MESSAGES):
            await _receive(client)

    assert len(sent_at) == CONCURRENT * MESSAGES
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
            await platform.prepare_batch(client.subscription_id, CONCURRENT)
            await platform.send_burst(client.subscription_id)
        received = [(await _receive(client))[0] for client in (one, other)]

    assert received == [one.subscription_id, other.subscription_id]


async def test_platform_process_that_fails_is_reported(platform: PushPlatform) -> None:
    """An order that cannot be carried out ends the process, and the caller's waiting."""
    await platform.prepare_batch("unknown", CONCURRENT)

    with pytest.raises(ConnectionError):
        await platform.send_burst("unknown")


def _measure(section: str) -> dict[str, Figure]:
    figures = run_in_fresh_process(measure_section, section, _TINY)
    return {figure.key: figure for figure in figures}


def test_calls_are_measured_of_all_sides() -> None:
    """The ratios are those of the times that are reported beside them."""
    figures = _measure("calls")

    hot, plain, ours, bare = (
        figures[f"call_{key}_us"].samples
        for key in ("hot_ours", "hot_plain", "burst_ours", "burst_bare")
    )
    assert len(hot) == _TINY.rounds
    assert min(*hot, *plain, *ours, *bare) > 0
    for key, over, under in (
        ("hot", hot, plain),
        ("burst", ours, plain),
        ("burst_client", ours, bare),
    ):
        assert figures[f"call_{key}_ratio"].samples == pytest.approx(
            [a / b for a, b in zip(over, under, strict=True)]
        )


def test_attributes_of_later_calls_are_stored_only_once() -> None:
    """The first call of an extension has new ones, in plain entities as well."""
    figures = _measure("recorder")

    for side in ("", "bare_"):
        first = figures[f"recorder_{side}first_attribute_rows_per_call"].median
        later = figures[f"recorder_{side}attribute_rows_per_call"].median
        assert first > later
        assert figures[f"recorder_{side}bytes_per_call"].median > 0
    assert figures["call_paced_client_ratio"].median > 0

"""Notifications per second, sent as fast as the loopback allows.

Without Home Assistant: connection, models and store of the integration; RingCentral's
Python SDK; and a bare client that only receives, to show that the platform is fast enough.
All three receive the same frames alternately.

In Home Assistant: the integration, and the plain coordinator with the same values of the
same users. All states must arrive.
"""

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
import gc
from typing import Any, Final, override

import aiohttp
from ringcentral import SDK
from ringcentral.websocket.events import WebSocketEvents

from benchmarks.bare_client import bare_client
from benchmarks.entity_ids import TELEPHONY, entity_ids
from benchmarks.environment import Account, home_assistant, sign_in
from benchmarks.figures import Figure, at_least, ratios
from benchmarks.plain_coordinator import CHANGES, PlainCoordinator
from benchmarks.push_platform import PushPlatform, SentStatus, push_platform
from benchmarks.scale import Scale
from benchmarks.state_watch import ArrivalCounter, StateWatch
from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.auth import App, TokenEndpoint, TokenSource
from custom_components.ringcentral.api.event_filters import extension_filter
from custom_components.ringcentral.api.models.base import RawJson
from custom_components.ringcentral.api.models.notifications import (
    PresenceEvent,
    decode_notification,
)
from custom_components.ringcentral.api.rate_limits import RateLimiter
from custom_components.ringcentral.api.rest import RestClient
from custom_components.ringcentral.api.subscription_request import create_subscription
from custom_components.ringcentral.api.transport import Transport
from custom_components.ringcentral.api.websocket import WebSocketConnection
from custom_components.ringcentral.presence.store import PresenceStore
from homeassistant.helpers.aiohttp_client import async_get_clientsession

_SECOND: Final = 1_000_000_000
# The entities that a notification changes, by platform and key.
_CHANGED: Final = (
    ("sensor", "presence"),
    ("sensor", "telephony_status"),
    ("sensor", "dnd"),
    ("event", "calls"),
)


@dataclass(frozen=True, slots=True)
class _Receiver:
    """A receiver of notifications.

    Attributes:
        subscription_id: selects the connection.
        expect: called with the number of notifications before they are sent.
        complete: waits for all and checks the result; returns the time of the last one.

    """

    subscription_id: str
    expect: Callable[[int], None]
    complete: Callable[[Sequence[SentStatus]], Awaitable[int]]


async def run(scale: Scale) -> Iterable[Figure]:
    """Measure first without Home Assistant, then in it."""
    async with push_platform(scale.usual) as platform:
        return [
            *await _without_home_assistant(platform, scale),
            *await _in_home_assistant(platform, scale),
        ]


async def _speed(
    platform: PushPlatform, receiver: _Receiver, sent: Sequence[SentStatus]
) -> float:
    """Send the prepared batch; return the notifications per second."""
    receiver.expect(len(sent))
    gc.collect()
    began = await platform.send_burst(receiver.subscription_id)
    ended = await receiver.complete(sent)
    return len(sent) * _SECOND / (ended - began)


# Without Home Assistant


async def _without_home_assistant(
    platform: PushPlatform, scale: Scale
) -> Iterable[Figure]:
    described = platform.platform.described
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        people = await platform.user_ids()
        filters = tuple(extension_filter(extension_id) for extension_id in people)
        receivers = [
            await stack.enter_async_context(receiver)
            for receiver in (
                _integration_parts(session, described, filters, people),
                _sdk(described, filters),
                _only_receiving(session, described, filters),
            )
        ]
        speeds: tuple[list[float], ...] = ([], [], [])
        sides = list(zip(receivers, speeds, strict=True))
        for _ in range(scale.rounds):
            sent = await platform.prepare_batch(
                receivers[0].subscription_id, scale.burst
            )
            for receiver, found in sides:
                found.append(await _speed(platform, receiver, sent))
            # Reverse the order each time.
            sides.reverse()
    parsed, sdk, received = speeds
    return (
        Figure("burst_sdk_ratio", ratios(parsed, sdk), goal=at_least(0.8)),
        Figure("burst_parsed_events_per_second", parsed, "/s"),
        Figure("burst_sdk_events_per_second", sdk, "/s"),
        Figure("burst_received_events_per_second", received, "/s"),
    )


class _SignedIn(TokenSource):
    """An access token that is not refreshed."""

    def __init__(self, access_token: str) -> None:
        self._access_token = access_token

    @override
    async def access_token(self) -> str:
        return self._access_token

    @override
    def access_token_rejected(self, access_token: str) -> None:
        raise AssertionError("The platform refuses the access token")


@asynccontextmanager
async def _integration_parts(
    session: aiohttp.ClientSession,
    described: Mapping[str, str],
    filters: tuple[str, ...],
    people: Sequence[str],
) -> AsyncIterator[_Receiver]:
    """Parse each notification and apply it to the store, as the coordinator does."""
    anomalies = Anomalies()
    store = PresenceStore(anomalies)
    store.monitor(people)
    counter = ArrivalCounter()

    def receive(body: RawJson) -> None:
        event = decode_notification(body, anomalies)
        if isinstance(event, PresenceEvent) and store.apply_event(event) is not None:
            counter.add_one()

    async def complete(sent: Sequence[SentStatus]) -> int:
        ended = await counter.wait_for_all()
        for extension_id, status in _last(sent).items():
            shown = store.extensions[extension_id].presence.telephony_status
            assert shown == TELEPHONY[status]
        return ended

    transport = Transport(
        session, described["server"], RateLimiter(asyncio.get_running_loop().time)
    )
    app = App(client_id=described["clientId"], client_secret=described["clientSecret"])
    token = await TokenEndpoint(transport, app).exchange_jwt(described["jwt"])
    rest = RestClient(transport, _SignedIn(token.access_token), anomalies)
    gateway = await WebSocketConnection.connect(
        transport, await rest.websocket_token(), None, receive, anomalies
    )
    try:
        subscription = await create_subscription(gateway, filters, anomalies)
        yield _Receiver(subscription.id, counter.expect, complete)
    finally:
        await gateway.close()


@asynccontextmanager
async def _sdk(
    described: Mapping[str, str], filters: Sequence[str]
) -> AsyncIterator[_Receiver]:
    """Receive and decode with RingCentral's SDK."""
    counter = ArrivalCounter()
    subscription_id: asyncio.Future[str] = asyncio.Future()
    subscribing: list[asyncio.Task[None]] = []
    last: Any = None

    def connected(client: Any) -> None:
        subscribing.append(
            asyncio.create_task(client.create_subscription(list(filters)))
        )

    def subscribed(subscription: Any) -> None:
        subscription_id.set_result(subscription.get_subscription_info()[1]["id"])

    def receive(message: Any) -> None:
        nonlocal last
        last = message
        counter.add_one()

    async def complete(sent: Sequence[SentStatus]) -> int:
        ended = await counter.wait_for_all()
        body = last[1]["body"]
        assert SentStatus(body["extensionId"], body["telephonyStatus"]) == sent[-1]
        return ended

    sdk = SDK(described["clientId"], described["clientSecret"], described["server"])
    # The requests of the SDK block.
    await asyncio.to_thread(sdk.platform().login, jwt=described["jwt"])
    client = sdk.create_web_socket_client()
    client.on(WebSocketEvents.connectionCreated, connected)
    client.on(WebSocketEvents.subscriptionCreated, subscribed)
    client.on(WebSocketEvents.receiveSubscriptionNotification, receive)
    running = asyncio.create_task(client.create_new_connection())
    try:
        yield _Receiver(await subscription_id, counter.expect, complete)
    finally:
        await client.close_connection()
        await asyncio.gather(running, return_exceptions=True)
        await _end_heartbeat()


async def _end_heartbeat() -> None:
    """Cancel the task that the SDK leaves running."""
    left = [
        task
        for task in asyncio.all_tasks()
        if "WebSocketClient" in getattr(task.get_coro(), "__qualname__", "")
    ]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


@asynccontextmanager
async def _only_receiving(
    session: aiohttp.ClientSession, described: Mapping[str, str], filters: Sequence[str]
) -> AsyncIterator[_Receiver]:
    """Receive without decoding."""
    counter = ArrivalCounter()

    async def complete(_told: Sequence[SentStatus]) -> int:
        return await counter.wait_for_all()

    async with (
        bare_client(session, described, filters) as client,
        client.receiving(lambda _frame: counter.add_one()),
    ):
        yield _Receiver(client.subscription_id, counter.expect, complete)


# In Home Assistant


async def _in_home_assistant(platform: PushPlatform, scale: Scale) -> Iterable[Figure]:
    integration: list[float] = []
    coordinator: list[float] = []
    async with home_assistant() as hass:
        account = await sign_in(hass, platform.platform)
        assert account.user_ids == await platform.user_ids()
        async with _ours(account, platform) as ours, _plain(account, platform) as plain:
            for _ in range(scale.burst_rounds):
                for receiver, count, speeds in (
                    (ours, scale.burst, integration),
                    (plain, scale.burst_of_coordinator, coordinator),
                ):
                    sent = await platform.prepare_batch(receiver.subscription_id, count)
                    speeds.append(await _speed(platform, receiver, sent))
    return (
        Figure("burst_events_per_second", integration, "/s"),
        Figure("burst_coordinator_events_per_second", coordinator, "/s"),
        Figure(
            "burst_coordinator_ratio",
            ratios(integration, coordinator),
            goal=at_least(20),
        ),
    )


@asynccontextmanager
async def _ours(account: Account, platform: PushPlatform) -> AsyncIterator[_Receiver]:
    """The integration: complete when the last state is written."""
    hass = account.hass
    telephony = entity_ids(account, "sensor", "telephony_status")
    await _begin_calls(account, platform, telephony.values())
    shown = [entity_ids(account, *where) for where in _CHANGED]
    watch = StateWatch(hass, [i for ids in shown for i in ids.values()])

    def expect(count: int) -> None:
        watch.expect(count * len(_CHANGED))

    async def complete(sent: Sequence[SentStatus]) -> int:
        ended = await watch.wait_for_all()
        for extension_id, status in _last(sent).items():
            state = hass.states.get(telephony[extension_id])
            assert state is not None
            assert state.state == TELEPHONY[status]
        return ended

    try:
        yield _Receiver(account.subscription_id, expect, complete)
    finally:
        watch.stop()


async def _begin_calls(
    account: Account, platform: PushPlatform, telephony: Collection[str]
) -> None:
    """Send one notification of each extension: a new call is more than one call event."""
    watch = StateWatch(account.hass, telephony)
    watch.expect(len(telephony))
    await platform.prepare_batch(account.subscription_id, len(telephony))
    await platform.send_burst(account.subscription_id)
    await watch.wait_for_all()
    watch.stop()


@asynccontextmanager
async def _plain(account: Account, platform: PushPlatform) -> AsyncIterator[_Receiver]:
    """The plain coordinator: complete when the last update of all entities is done."""
    hass = account.hass
    counter = ArrivalCounter()
    coordinator = PlainCoordinator(hass, counter.add_one)
    await coordinator.add(account.user_ids)
    watch = StateWatch(hass, coordinator.entity_ids)

    def expect(count: int) -> None:
        counter.expect(count)
        watch.expect(count * CHANGES)

    async def complete(sent: Sequence[SentStatus]) -> int:
        ended = await counter.wait_for_all()
        await watch.wait_for_all()
        for extension_id, status in _last(sent).items():
            assert coordinator.telephony_status(extension_id) == status
        return ended

    filters = [extension_filter(extension_id) for extension_id in account.user_ids]
    async with (
        bare_client(
            async_get_clientsession(hass), platform.platform.described, filters
        ) as client,
        client.receiving(coordinator.receive),
    ):
        try:
            yield _Receiver(client.subscription_id, expect, complete)
        finally:
            watch.stop()


def _last(sent: Sequence[SentStatus]) -> dict[str, str]:
    """Return the last telephony status of each extension."""
    return {one.extension_id: one.telephony_status for one in sent}

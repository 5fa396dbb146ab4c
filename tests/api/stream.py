"""An event stream on the simulated platform, and its listener."""

import asyncio
from math import ceil
import time
from typing import override

from freezegun.api import StepTickTimeFactory

from custom_components.ringcentral.api.clock import Instant
from custom_components.ringcentral.api.event_filters import extension_filter
from custom_components.ringcentral.api.event_stream import (
    EventStream,
    StreamListener,
    StreamState,
)
from custom_components.ringcentral.api.exceptions import (
    AuthenticationError,
    Reason,
    RingCentralError,
)
from custom_components.ringcentral.api.models.gateway import Subscription
from custom_components.ringcentral.api.models.notifications import (
    LostEvent,
    PresenceEvent,
    StreamEvent,
)
from custom_components.ringcentral.api.rejected_filters import Refusals
from tests.common import until

from .client import Client

type Freezer = StepTickTimeFactory


class Listener(StreamListener):
    """Records all calls."""

    def __init__(self) -> None:
        """Initialize the records."""
        self.messages: list[str] = []
        self.states: list[StreamState] = []
        self.granted: list[tuple[tuple[str, ...], Subscription]] = []
        self.refusals: list[Refusals] = []
        self.resyncs = 0
        self.recoveries = 0
        self.refused: list[AuthenticationError] = []
        self.reasons: list[Reason] = []
        self.contests = 0

    def handle_event(self, event: StreamEvent) -> None:
        """Record the message of an event."""
        assert isinstance(event, PresenceEvent | LostEvent)
        if isinstance(event, LostEvent):
            return
        self.messages.append(str(event.presence.message))

    @override
    def handle_stream_state(self, state: StreamState) -> None:
        self.states.append(state)

    @override
    def handle_subscription(
        self, requested: tuple[str, ...], subscription: Subscription, refusals: Refusals
    ) -> None:
        self.granted.append((requested, subscription))
        self.refusals.append(dict(refusals))

    @override
    def handle_resync(self, since: Instant | None) -> None:
        self.resyncs += 1

    @override
    def handle_recovery(self) -> None:
        self.recoveries += 1

    @override
    def handle_contest(self) -> None:
        self.contests += 1

    @override
    def handle_failure(self, error: RingCentralError) -> None:
        self.reasons.append(error.reason)
        if isinstance(error, AuthenticationError):
            self.refused.append(error)


class Running:
    """An event stream on the simulated platform."""

    def __init__(self, client: Client, freezer: Freezer) -> None:
        """Initialize the stream."""
        self.client = client
        self.simulator = client.simulator
        self.freezer = freezer
        self.listener = Listener()
        self.stream = EventStream(
            client.transport,
            client.rest,
            self.listener,
            self.listener.handle_event,
            client.anomalies,
        )
        self.task: asyncio.Task[None] | None = None
        self._seen: RingCentralError | None = None
        client.simulator.switches.ping_interval = 0

    def filter(self, *numbers: str) -> tuple[str, ...]:
        """Return the filters for extensions, by their numbers."""
        return tuple(extension_filter(self.simulator.extension(n).id) for n in numbers)

    async def start(self, *filters: str) -> None:
        """Start the stream, by default for extension 102."""
        await self.stream.subscriptions.change_filters(filters or self.filter("102"))
        self.task = asyncio.create_task(self.stream.run())

    async def until_push(self) -> None:
        """Wait for the subscription."""
        await until(lambda: self.stream.state is StreamState.PUSH)

    async def until_failed(self) -> RingCentralError:
        """Wait for the next failure."""
        await until(lambda: self.stream.last_error not in (None, self._seen))
        assert self.stream.last_error is not None
        self._seen = self.stream.last_error
        return self._seen

    async def lose(self, *, abort: bool = False) -> None:
        """Lose the connection, and wait until the stream has noticed."""
        self.simulator.drop_connections(abort)
        await self.until_failed()
        assert self.stream.state is StreamState.RECOVERING

    async def sleep(self, seconds: float) -> None:
        """Let time pass while no message is in transit."""
        self.freezer.tick(seconds)
        for _ in range(50):
            await asyncio.sleep(0)

    async def advance(self, seconds: float) -> None:
        """Let time pass in which the connection is in use."""
        for _ in range(ceil(seconds / 25)):
            self.freezer.tick(25)
            await self.until_received(f"after {time.monotonic()} s")
            # What follows from it must be done before the clock is moved again.
            await self.sleep(0)
            await self.until_push()

    def may_recover(self) -> bool:
        """Return whether what is being missed may still be replayed."""
        return self.stream.may_recover

    def disabled(self) -> int:
        """Return how many filters of the last grant are disabled."""
        return len(self.listener.granted[-1][1].disabled)

    def requests(self, since: int = 0) -> list[tuple[str, int]]:
        """Return method and status of the requests over sockets."""
        return self.client.socket_requests()[since:]

    def send(self, message: str, number: str = "102") -> None:
        """Send a notification."""
        self.simulator.notify(
            {"extensionId": self.simulator.extension(number).id, "message": message}
        )

    async def until_received(self, message: str, number: str = "102") -> None:
        """Wait for a notification, sent here and now."""
        self.send(message, number)
        await until(lambda: message in self.listener.messages)

    async def stop(self) -> None:
        """End the stream as an unload does."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

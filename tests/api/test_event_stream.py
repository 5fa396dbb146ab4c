"""The life of the subscription across connections: lost, recovered, retried, changed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from itertools import count, product
from math import ceil
import time
from typing import override
from unittest.mock import patch

from freezegun.api import StepTickTimeFactory
from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api import subscription_request, subscriptions
from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.backoff import RETRY_PAUSES, pause_before
from custom_components.ringcentral.api.clock import Instant
from custom_components.ringcentral.api.event_filters import (
    FAVORITES_FILTER,
    LIST_FILTERS,
    extension_filter,
)
from custom_components.ringcentral.api.event_stream import (
    EventStream,
    Session,
    StreamListener,
    StreamState,
    StreamTransition,
)
from custom_components.ringcentral.api.exceptions import (
    AuthenticationError,
    ConnectionFailedError,
    PermissionMissingError,
    RateLimitedError,
    Reason,
    RejectedError,
    RingCentralError,
    ServiceUnavailableError,
)
from custom_components.ringcentral.api.models.gateway import RecoveryState, Subscription
from custom_components.ringcentral.api.models.presence import (
    PresenceEvent,
    RosterEvent,
    RosterKind,
)
from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.api.rejected_filters import Refusals
from custom_components.ringcentral.api.websocket import (
    SessionContext,
    WebSocketConnection,
)
from simulator import SimulatorOptions
from tests.common import until

from .client import WSTOKEN_PATH, Client

pytestmark = pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)

type Freezer = StepTickTimeFactory


class Listener(StreamListener):
    """Remembers what it was told."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.messages: list[str] = []
        self.states: list[StreamState] = []
        self.granted: list[tuple[tuple[str, ...], Subscription]] = []
        self.refusals: list[Refusals] = []
        self.fresh = 0
        self.recoveries = 0
        self.refused: list[AuthenticationError] = []
        self.reasons: list[Reason] = []

    def handle_event(self, event: PresenceEvent | RosterEvent) -> None:
        """Remember the message of an event."""
        assert isinstance(event, PresenceEvent)
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
        self.fresh += 1

    @override
    def handle_recovery(self) -> None:
        self.recoveries += 1

    @override
    def handle_failure(self, error: RingCentralError) -> None:
        self.reasons.append(error.reason)
        if isinstance(error, AuthenticationError):
            self.refused.append(error)


class Running:
    """A link at work on the simulated platform."""

    def __init__(self, client: Client, freezer: Freezer) -> None:
        """Watch extension 102 once started."""
        self.client = client
        self.simulator = client.simulator
        self.freezer = freezer
        self.listener = Listener()
        self.link = EventStream(
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
        """Start the link, by default for extension 102."""
        await self.link.subscriptions.change_filters(filters or self.filter("102"))
        self.task = asyncio.create_task(self.link.run())

    async def until_push(self) -> None:
        """Wait for the subscription."""
        await until(lambda: self.link.state is StreamState.PUSH)

    async def until_failed(self) -> RingCentralError:
        """Wait for the next failure; the link sleeps then."""
        await until(lambda: self.link.last_error not in (None, self._seen))
        assert self.link.last_error is not None
        self._seen = self.link.last_error
        return self._seen

    async def lose(self, *, abort: bool = False) -> None:
        """Lose the connection, and wait until that was noticed."""
        self.simulator.drop_connections(abort)
        await self.until_failed()
        assert self.link.state is StreamState.RECOVERING

    async def sleep(self, seconds: float) -> None:
        """Let time pass while nothing is on its way."""
        self.freezer.tick(seconds)
        for _ in range(50):
            await asyncio.sleep(0)

    async def let_pass(self, seconds: float) -> None:
        """Let time pass in which the connection is in use."""
        for _ in range(ceil(seconds / 25)):
            self.freezer.tick(25)
            await self.until_heard(f"after {time.monotonic()} s")
            # What follows from it must be done before the clock is moved again.
            await self.sleep(0)
            await self.until_push()

    def may_recover(self) -> bool:
        """Return whether what is being missed may still be replayed."""
        return self.link.may_recover

    def disabled(self) -> int:
        """Return how many filters of the last grant are disabled."""
        return len(self.listener.granted[-1][1].disabled)

    def requests(self, since: int = 0) -> list[tuple[str, int]]:
        """Return method and status of the requests over sockets."""
        return self.client.socket_requests()[since:]

    def say(self, message: str, number: str = "102") -> None:
        """Send a notification."""
        self.simulator.notify(
            {"extensionId": self.simulator.extension(number).id, "message": message}
        )

    async def until_heard(self, message: str, number: str = "102") -> None:
        """Wait for a notification, sent here and now."""
        self.say(message, number)
        await until(lambda: message in self.listener.messages)

    async def stop(self) -> None:
        """End the link as an unload does."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)


@pytest.fixture
async def running(client: Client, freezer: Freezer) -> AsyncIterator[Running]:
    """Return a link that is not started yet."""
    running = Running(client, freezer)
    yield running
    await running.stop()


@pytest.fixture
async def pushing(running: Running) -> Running:
    """Return a link that is connected and subscribed."""
    await running.start()
    await running.until_push()
    return running


# States

EXPECTED = {
    (StreamState.PUSH, StreamTransition.LOST): StreamState.RECOVERING,
    (StreamState.RECOVERING, StreamTransition.SUBSCRIBED): StreamState.PUSH,
    (StreamState.RECOVERING, StreamTransition.POLLED): StreamState.POLLING,
    (StreamState.RECOVERING, StreamTransition.POLL_FAILED): StreamState.DOWN,
    (StreamState.POLLING, StreamTransition.SUBSCRIBED): StreamState.PUSH,
    (StreamState.POLLING, StreamTransition.POLL_FAILED): StreamState.DOWN,
    (StreamState.DOWN, StreamTransition.SUBSCRIBED): StreamState.PUSH,
    (StreamState.DOWN, StreamTransition.POLLED): StreamState.POLLING,
}


@pytest.mark.parametrize(("state", "event"), product(StreamState, StreamTransition))
async def test_every_event_in_every_state(
    running: Running, state: StreamState, event: StreamTransition
) -> None:
    """What the table doesn't name changes nothing, and nobody is told."""
    link, expected = running.link, EXPECTED.get((state, event), state)
    link.state = state

    match event:
        case StreamTransition.POLLED:
            link.record_poll(successfully=True)
        case StreamTransition.POLL_FAILED:
            link.record_poll(successfully=False)
        case _:
            link._transition(event)

    assert link.state is expected
    assert running.listener.states == ([] if expected is state else [expected])


async def test_way_through_an_outage(pushing: Running) -> None:
    """Lost, polled, down, polled, and back by itself."""
    pushing.simulator.fault("maintenance", path=WSTOKEN_PATH, count=2)
    await pushing.lose()
    pushing.link.record_poll(successfully=True)
    await pushing.sleep(1.1)
    await pushing.until_failed()
    pushing.link.record_poll(successfully=False)
    pushing.link.record_poll(successfully=True)
    await pushing.sleep(6.1)
    await pushing.until_failed()
    await pushing.sleep(20.1)
    await pushing.until_push()

    assert pushing.listener.states == [
        StreamState.PUSH,
        StreamState.RECOVERING,
        StreamState.POLLING,
        StreamState.DOWN,
        StreamState.POLLING,
        StreamState.PUSH,
    ]


# Connecting


async def test_first_connection_subscribes(pushing: Running) -> None:
    """The listener learns what was granted, and that a picture must be fetched."""
    assert pushing.link.tried.is_set()
    assert pushing.link.last_error is None
    ((requested, subscription),) = pushing.listener.granted
    assert requested == pushing.filter("102")
    assert subscription is pushing.link.subscriptions.subscription
    assert pushing.listener.fresh == 1
    assert pushing.client.socket_requests() == [("POST", 200)]
    await pushing.until_heard("hello")


async def test_first_try_is_done_when_it_failed(running: Running) -> None:
    """Set-up goes on without push."""
    running.simulator.fault("maintenance", path=WSTOKEN_PATH)
    await running.start()
    err = await running.until_failed()

    assert running.link.tried.is_set()
    assert isinstance(err, ServiceUnavailableError)
    assert running.link.state is StreamState.RECOVERING
    assert running.listener.states == []


async def test_refused_subscription_is_not_asked_for_often(running: Running) -> None:
    """Only the user can help; the connection is closed meanwhile."""
    running.simulator.permissions.discard("SubscriptionWebSocket")
    await running.start()
    err = await running.until_failed()

    assert isinstance(err, PermissionMissingError)
    assert err.permission == "SubscriptionWebSocket"
    await until(lambda: not running.simulator.gateway.connections)
    await running.sleep(79)
    assert running.client.socket_requests() == [("POST", 403)]
    running.simulator.permissions.add("SubscriptionWebSocket")
    await running.sleep(42)
    await running.until_push()


async def test_listener_that_raises_does_not_end_the_link(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """Its end would be noticed by nobody; what it says may be personal."""
    with patch.object(
        running.listener, "handle_subscription", side_effect=ValueError("Canary")
    ):
        await running.start()
        err = await running.until_failed()

    assert err.reason is Reason.UNEXPECTED_ANSWER
    assert "Event stream failed: ValueError" in caplog.text
    assert "Canary" not in caplog.text
    await running.sleep(1.1)
    await running.until_push()


async def test_connection_lost_while_subscribing_is_tried_again(
    running: Running,
) -> None:
    """Nothing is left of the first one."""
    running.simulator.fault("no_reply")
    await running.start()
    await until(lambda: bool(running.simulator.gateway.connections))
    await until(lambda: not running.simulator.faults.as_json())
    running.simulator.drop_connections()
    err = await running.until_failed()

    assert err.reason is Reason.CONNECTION_LOST
    await running.sleep(1.1)
    await running.until_push()
    assert len(running.simulator.gateway.connections) == 1


async def test_cancelled_link_leaves_no_task_and_no_connection(
    pushing: Running,
) -> None:
    """As at an unload; the session could still be continued."""
    await pushing.stop()

    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not {n for n in names if n.startswith("ringcentral")}
    await until(lambda: not pushing.simulator.gateway.connections)
    assert pushing.link._context is not None
    assert len(list(pushing.simulator.subscriptions)) == 1


async def test_link_cancelled_while_connecting_leaves_no_task(running: Running) -> None:
    """As at an unload."""
    running.simulator.fault("no_reply")
    await running.start()
    await until(lambda: bool(running.simulator.gateway.connections))
    await until(lambda: not running.simulator.faults.as_json())

    await running.stop()

    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not {n for n in names if n.startswith("ringcentral")}
    await until(lambda: not running.simulator.gateway.connections)


# Recovery


@pytest.mark.parametrize("abort", [False, True])
async def test_lost_connection_is_recovered(pushing: Running, abort: bool) -> None:
    """Nothing is subscribed again, and what was missed is told."""
    await pushing.until_heard("before")
    former = pushing.link.subscriptions.subscription
    await pushing.lose(abort=abort)
    pushing.say("missed 1")
    pushing.say("missed 2")
    await pushing.sleep(1.1)
    await pushing.until_push()
    await pushing.until_heard("after")

    assert pushing.listener.messages == ["before", "missed 1", "missed 2", "after"]
    assert pushing.link.subscriptions.subscription is former
    assert pushing.link.last_error is None
    assert pushing.listener.fresh == 1
    assert pushing.listener.recoveries == 1
    assert len(pushing.listener.granted) == 1
    assert pushing.client.socket_requests() == [("POST", 200)]
    assert pushing.listener.states == [
        StreamState.PUSH,
        StreamState.RECOVERING,
        StreamState.PUSH,
    ]


async def test_recovered_connection_can_be_recovered_again(pushing: Running) -> None:
    """Each time with the context of the latest one."""
    for number in range(3):
        await pushing.lose()
        pushing.say(f"missed {number}")
        await pushing.sleep(61)
        await pushing.until_push()
        await pushing.sleep(61)

    await pushing.until_heard("after")
    assert pushing.listener.messages == ["missed 0", "missed 1", "missed 2", "after"]
    assert pushing.listener.fresh == 1


async def test_error_message_of_the_gateway_is_followed_by_a_recovery(
    pushing: Running,
) -> None:
    """As after the absolute timeout, each day."""
    pushing.simulator.send_error("WSG-903")
    err = await pushing.until_failed()
    pushing.say("missed")
    await pushing.sleep(1.1)
    await pushing.until_push()

    assert err.code == "WSG-903"
    assert pushing.listener.fresh == 1
    await until(lambda: pushing.listener.messages == ["missed"])


async def test_half_open_connection_is_recovered(pushing: Running) -> None:
    """Noticed by the missing echo."""
    pushing.simulator.stall_connections()
    await pushing.sleep(31)
    await pushing.sleep(11)
    err = await pushing.until_failed()
    pushing.say("missed")
    await pushing.sleep(1.1)
    await pushing.until_push()

    assert err.reason is Reason.TIMED_OUT
    await until(lambda: pushing.listener.messages == ["missed"])
    assert pushing.listener.fresh == 1


@pytest.mark.parametrize("code", ["WSG-1003", "WSG-1005"])
async def test_failed_recovery_subscribes_on_the_same_connection(
    pushing: Running, code: str
) -> None:
    """What was missed must be fetched."""
    await pushing.lose()
    pushing.say("missed")
    pushing.simulator.fault("recovery_failed", errorCode=code)
    await pushing.sleep(1.1)
    await pushing.until_push()
    await pushing.until_heard("after")

    gateway = pushing.link._connection
    assert gateway is not None
    assert gateway.details.recovery_state is RecoveryState.FAILED
    assert gateway.details.recovery_error_code == code
    assert pushing.listener.messages == ["after"]
    assert pushing.listener.fresh == 2
    assert pushing.client.socket_requests() == [("POST", 200)] * 2
    assert pushing.client.requests(WSTOKEN_PATH) == [200, 200]


async def test_recovery_after_a_new_sign_in_fails_and_subscribes(
    pushing: Running,
) -> None:
    """The context belongs to another session: WSG-1003."""
    await pushing.lose()
    pushing.client.tokens.token = None
    await pushing.sleep(1.1)
    await pushing.until_push()

    assert pushing.link._connection is not None
    assert pushing.link._connection.details.recovery_error_code == "WSG-1003"
    assert pushing.listener.fresh == 2


async def test_recovery_after_a_refresh_succeeds(pushing: Running) -> None:
    """The session is the same."""
    pushing.simulator.fault("expire_tokens")
    await pushing.lose()
    await pushing.sleep(1.1)
    await pushing.until_push()

    assert pushing.client.requests(WSTOKEN_PATH) == [200, 401, 200]
    assert pushing.listener.fresh == 1


async def test_recovery_nobody_speaks_of_has_failed(pushing: Running) -> None:
    """Without a word of it the connection is a fresh one."""
    await pushing.lose()
    pushing.simulator.fault("recovery_unanswered")
    await pushing.sleep(1.1)
    await pushing.until_push()

    assert pushing.listener.fresh == 2
    await pushing.until_heard("after")


async def test_malformed_context_is_left_out_of_the_next_attempt(
    running: Running,
) -> None:
    """WSG-400."""
    running.link.resume(Session(SessionContext("forged", 1), "subscription"))
    await running.start()
    err = await running.until_failed()
    assert err.code == "WSG-400"

    await running.sleep(1.1)
    await running.until_push()

    assert running.listener.fresh == 1
    assert running.client.requests(WSTOKEN_PATH) == [200, 200]


async def test_context_survives_other_trouble(pushing: Running) -> None:
    """An attempt that failed for another reason doesn't cost the recovery."""
    await pushing.lose()
    pushing.say("missed")
    pushing.simulator.fault("refuse_upgrade")
    await pushing.sleep(1.1)
    await pushing.until_failed()
    await pushing.sleep(6.1)
    await pushing.until_push()

    await until(lambda: pushing.listener.messages == ["missed"])
    assert pushing.listener.fresh == 1


async def test_after_the_recovery_window_a_fresh_connection_is_made(
    pushing: Running,
) -> None:
    """The context is not even tried."""
    pushing.simulator.fault("maintenance", path=WSTOKEN_PATH, seconds=200)
    await pushing.lose()
    while True:
        await pushing.sleep(121)
        if pushing.link.state is StreamState.PUSH:
            break

    assert pushing.link._connection is not None
    assert pushing.link._connection.details.recovery_state is None
    assert pushing.listener.fresh == 2


# Retrying


async def test_hour_of_refusal_costs_forty_requests(pushing: Running) -> None:
    """Each between its two bounds after the one before; then push is back by itself."""
    pushing.simulator.fault("maintenance", path=WSTOKEN_PATH, seconds=3600)
    await pushing.lose()
    loop, began = asyncio.get_running_loop(), asyncio.get_running_loop().time()
    before = len(pushing.client.requests(WSTOKEN_PATH))
    requests = 0

    def asked() -> int:
        return len(pushing.client.requests(WSTOKEN_PATH)) - before

    def next_was_asked() -> bool:
        return asked() == requests

    while loop.time() - began < 3600 - RETRY_PAUSES[-1][1]:
        low, high = RETRY_PAUSES[min(requests, len(RETRY_PAUSES) - 1)]
        await pushing.sleep(low - 0.9)
        assert asked() == requests
        await pushing.sleep(high - low + 1)
        requests += 1
        await until(next_was_asked)
        err = await pushing.until_failed()
        assert err.reason is Reason.MAINTENANCE

    assert 30 <= requests <= 45
    await pushing.sleep(121)
    await pushing.sleep(121)
    await pushing.until_push()


async def test_losses_in_a_row_are_answered_more_and_more_slowly(
    pushing: Running,
) -> None:
    """A connection that dies within a minute is no success."""
    for low, high in RETRY_PAUSES[:4]:
        await pushing.sleep(25)
        await pushing.sleep(25)
        await pushing.lose()
        await pushing.sleep(low - 0.9)
        assert pushing.link.state is StreamState.RECOVERING
        await pushing.sleep(high - low + 1)
        await pushing.until_push()


async def test_steady_link_starts_the_pauses_again(pushing: Running) -> None:
    """After a minute of life."""
    for _ in range(3):
        await pushing.lose()
        await pushing.sleep(20.1)
        await pushing.until_push()
    await pushing.sleep(59)
    await pushing.sleep(2)

    await pushing.lose()
    await pushing.sleep(1.1)
    await pushing.until_push()


async def test_rate_limit_is_waited_for(pushing: Running) -> None:
    """A request inside the penalty would restart it."""
    pushing.simulator.fault("rate_limit", path=WSTOKEN_PATH, retryAfter="50")
    await pushing.lose()
    await pushing.sleep(1.1)
    err = await pushing.until_failed()
    assert isinstance(err, RateLimitedError)

    await pushing.sleep(48)
    assert pushing.client.requests(WSTOKEN_PATH) == [200, 429]
    await pushing.sleep(3)
    await pushing.until_push()

    assert pushing.client.requests(WSTOKEN_PATH) == [200, 429, 200]


async def test_penalty_of_another_request_is_waited_for_without_asking(
    pushing: Running,
) -> None:
    """The ledger knows of it."""
    pushing.client.transport.limiter.record_penalty(RateGroup.AUTH, 30)
    await pushing.lose()
    await pushing.sleep(1.1)
    err = await pushing.until_failed()
    assert isinstance(err, RateLimitedError)
    await pushing.sleep(27)
    assert pushing.client.requests(WSTOKEN_PATH) == [200]
    await pushing.sleep(3)
    await pushing.until_push()


@given(st.integers(min_value=0, max_value=1000))
def test_pause_lies_between_the_bounds_of_its_step(failures: int) -> None:
    """The last step stays."""
    low, high = RETRY_PAUSES[min(failures, 5)]

    for _ in range(5):
        pause = pause_before(failures, ConnectionFailedError(Reason.TIMED_OUT))
        assert low <= pause <= high


@given(
    st.integers(min_value=0, max_value=20), st.floats(min_value=0.1, max_value=86400)
)
def test_pause_is_at_least_what_the_platform_asked_for(
    failures: int, asked: float
) -> None:
    """And never shorter than its step."""
    err = RateLimitedError(Reason.RATE_LIMITED, retry_after=asked)

    assert pause_before(failures, err) >= max(asked, RETRY_PAUSES[min(failures, 5)][0])


@pytest.mark.parametrize(
    "err",
    [
        AuthenticationError(Reason.INVALID_GRANT),
        PermissionMissingError(permission=None),
        RejectedError(),
    ],
)
def test_pause_is_the_longest_where_only_the_user_can_help(
    err: RingCentralError,
) -> None:
    """From the first failure on."""
    assert 80 <= pause_before(0, err) <= 120


# Credentials


async def test_refused_credentials_are_reported(pushing: Running) -> None:
    """And not asked about often."""
    pushing.simulator.fault("revoke_sessions")
    await pushing.until_failed()
    await pushing.sleep(1.1)
    err = await pushing.until_failed()

    assert isinstance(err, AuthenticationError)
    assert err.reason is Reason.INVALID_GRANT
    assert pushing.listener.refused == [err]
    await pushing.sleep(79)
    assert pushing.client.requests(WSTOKEN_PATH) == [200, 401]


async def test_session_ended_elsewhere_is_no_matter_for_the_user(
    pushing: Running,
) -> None:
    """A sixth sign-in ends the oldest; a new token is all it takes."""
    pushing.simulator.fault("revoke_sessions")
    err = await pushing.until_failed()
    pushing.client.tokens.token = None

    assert (err.reason, err.code) == (Reason.TOKEN_REJECTED, "OAU-213")
    await pushing.sleep(1.1)
    await pushing.until_push()
    assert pushing.listener.refused == []
    assert pushing.listener.fresh == 2


async def test_refused_ticket_is_no_matter_for_the_user(running: Running) -> None:
    """It may have been too old; the next one is better."""
    running.simulator.switches.wstoken_life = 0
    await running.start()
    err = await running.until_failed()
    running.simulator.switches.wstoken_life = 60

    assert err.reason is Reason.TOKEN_REJECTED
    assert running.listener.refused == []
    await running.sleep(1.1)
    await running.until_push()


# Changing the filters


async def test_changed_filters_go_over_the_socket(pushing: Running) -> None:
    """The subscription stays, so no picture need be fetched."""
    former = pushing.link.subscriptions.subscription
    assert former is not None
    await pushing.link.subscriptions.change_filters(pushing.filter("102", "103"))

    assert pushing.client.socket_requests() == [("POST", 200), ("PUT", 200)]
    assert pushing.link.subscriptions.subscription is not None
    assert pushing.link.subscriptions.subscription.id == former.id
    assert pushing.listener.granted[-1] == (
        pushing.filter("102", "103"),
        pushing.link.subscriptions.subscription,
    )
    assert pushing.listener.fresh == 1
    await pushing.until_heard("new", "103")


async def test_unchanged_filters_need_no_request(pushing: Running) -> None:
    """Whoever asks."""
    await pushing.link.subscriptions.change_filters(pushing.filter("102"))

    assert pushing.client.socket_requests() == [("POST", 200)]


async def test_change_of_a_lost_subscription_makes_a_new_one(pushing: Running) -> None:
    """Nobody knows since when events are missing: the picture must be fetched."""
    pushing.simulator.fault("lose_subscriptions")
    await pushing.link.subscriptions.change_filters(pushing.filter("103"))

    assert pushing.client.socket_requests() == [
        ("POST", 200),
        ("PUT", 404),
        ("POST", 200),
    ]
    assert pushing.listener.fresh == 2
    assert pushing.link.state is StreamState.PUSH
    await pushing.until_heard("new", "103")


async def test_refused_change_keeps_the_former_filters(pushing: Running) -> None:
    """On this connection, and on the next."""
    with pytest.raises(RejectedError) as refused:
        await pushing.link.subscriptions.change_filters((extension_filter("999"),))

    assert refused.value.parameter == "eventFilters"
    await pushing.until_heard("still watched")
    await pushing.lose()
    pushing.simulator.fault("recovery_failed")
    await pushing.sleep(1.1)
    await pushing.until_push()
    assert pushing.listener.granted[-1][0] == pushing.filter("102")
    await pushing.until_heard("watched again")


async def test_refused_change_is_not_repeated_after_a_recovery(
    pushing: Running,
) -> None:
    """The platform has said that the former filters hold."""
    with pytest.raises(RejectedError):
        await pushing.link.subscriptions.change_filters((extension_filter("999"),))
    await pushing.lose()
    await pushing.sleep(1.1)
    await pushing.until_push()

    assert pushing.requests() == [("POST", 200), ("PUT", 400), ("PUT", 400)]


async def test_filters_changed_without_a_connection_are_used_by_the_next(
    pushing: Running,
) -> None:
    """The recovered subscription is changed."""
    await pushing.lose()
    await pushing.link.subscriptions.change_filters(pushing.filter("103"))
    assert pushing.client.socket_requests() == [("POST", 200)]
    await pushing.sleep(1.1)
    await pushing.until_push()

    assert pushing.client.socket_requests() == [("POST", 200), ("PUT", 200)]
    assert pushing.listener.fresh == 1
    await pushing.until_heard("new", "103")


async def test_recovered_subscription_that_is_gone_is_made_anew(
    pushing: Running,
) -> None:
    """It ended while filters were changed without a connection."""
    pushing.simulator.switches.recovery_of_lost = "successful"
    await pushing.lose()
    await pushing.link.subscriptions.change_filters(pushing.filter("103"))
    pushing.simulator.fault("lose_subscriptions")
    await pushing.sleep(1.1)
    await pushing.until_push()

    assert pushing.client.socket_requests() == [
        ("POST", 200),
        ("PUT", 404),
        ("POST", 200),
    ]
    assert pushing.listener.fresh == 2


async def test_change_waits_for_a_connection_being_made(running: Running) -> None:
    """And then goes over it."""
    await running.start()
    await until(running.link.subscriptions._lock.locked)
    await running.link.subscriptions.change_filters(running.filter("103"))

    assert running.client.socket_requests() == [("POST", 200), ("PUT", 200)]
    await running.until_heard("new", "103")


async def test_change_whose_reply_is_lost_is_settled_after_the_recovery(
    pushing: Running,
) -> None:
    """Nobody knows whether it was heard, so the former filters are asked for."""
    changing = asyncio.create_task(
        pushing.link.subscriptions.change_filters(pushing.filter("103"))
    )
    await until(lambda: ("PUT", 200) in pushing.client.socket_requests())
    pushing.simulator.drop_connections(abort=True)
    with pytest.raises(ConnectionFailedError):
        await changing
    await pushing.until_failed()
    await pushing.sleep(1.1)
    await pushing.until_push()

    assert pushing.client.socket_requests() == [("POST", 200)] + [("PUT", 200)] * 2
    assert pushing.listener.granted[-1][0] == pushing.filter("102")
    await pushing.until_heard("watched again")


async def test_change_whose_reply_never_comes_is_settled_by_the_next_one(
    pushing: Running,
) -> None:
    """The connection lives: what the platform watches now, nobody knows."""
    pushing.simulator.fault("no_reply")
    change = asyncio.create_task(
        pushing.link.subscriptions.change_filters(pushing.filter("102", "103"))
    )
    await until(lambda: not pushing.simulator.faults.as_json())
    await pushing.sleep(10.1)
    with pytest.raises(ConnectionFailedError):
        await change

    await pushing.link.subscriptions.change_filters(pushing.filter("102"))
    await pushing.link.subscriptions.change_filters(pushing.filter("102"))

    assert pushing.client.socket_requests()[-1] == ("PUT", 200)
    await pushing.until_heard("hello")


async def test_change_that_is_cancelled_is_settled_by_the_next_one(
    pushing: Running,
) -> None:
    """What the platform watches now, nobody knows."""
    change = asyncio.create_task(
        pushing.link.subscriptions.change_filters(pushing.filter("103"))
    )
    await until(lambda: ("PUT", 200) in pushing.client.socket_requests())
    change.cancel()
    with pytest.raises(asyncio.CancelledError):
        await change

    await pushing.link.subscriptions.change_filters(pushing.filter("102"))

    assert pushing.client.socket_requests() == [("POST", 200)] + [("PUT", 200)] * 2
    await pushing.until_heard("watched again")


async def test_refused_change_of_a_lost_subscription_has_the_former_filters_watched_anew(
    pushing: Running,
) -> None:
    """Else nothing would be, and nobody would say so."""
    pushing.simulator.lose_subscriptions()
    with pytest.raises(RejectedError):
        await pushing.link.subscriptions.change_filters((extension_filter("999"),))
    await until(lambda: pushing.listener.fresh == 2)
    await pushing.until_push()

    assert [r for r in pushing.requests() if r[0] != "GET"] == [
        ("POST", 200),
        ("PUT", 404),
        ("POST", 400),
        ("PUT", 404),
        ("POST", 400),
        ("POST", 200),
    ]
    assert Reason.SUBSCRIPTION_LOST in pushing.listener.reasons
    await pushing.until_heard("watched again")


async def test_change_of_a_connection_that_dies_fails_and_the_link_lives(
    pushing: Running,
) -> None:
    """The lock is free again."""
    pushing.simulator.fault("no_reply")
    changing = asyncio.create_task(
        pushing.link.subscriptions.change_filters(pushing.filter("103"))
    )
    await until(lambda: not pushing.simulator.faults.as_json())
    await pushing.lose()
    with pytest.raises(ConnectionFailedError) as failed:
        await changing

    assert failed.value.reason is Reason.CONNECTION_LOST
    await pushing.sleep(1.1)
    await pushing.until_push()
    await pushing.until_heard("watched again")


# Sessions of a former link


@pytest.fixture
async def session_of_former(pushing: Running) -> Session:
    """Return the session of a link that has ended as at an unload."""
    await pushing.until_heard("before")
    session = pushing.link.session
    assert session is not None
    await pushing.stop()
    assert pushing.link.session == session
    return session


@pytest.fixture
async def second(client: Client, freezer: Freezer) -> AsyncIterator[Running]:
    """Return another link, as after a reload."""
    second = Running(client, freezer)
    yield second
    await second.stop()


async def test_session_of_a_former_link_is_gone_on_with(
    session_of_former: Session, second: Running
) -> None:
    """What happened in between is replayed; the filters are asked for by a change."""
    second.say("missed")
    second.link.resume(session_of_former)
    assert second.may_recover()
    assert second.link.session == session_of_former
    await second.start()
    await second.until_push()
    await until(lambda: second.listener.messages == ["missed"])

    assert second.listener.recoveries == 1
    assert second.listener.fresh == 0
    assert second.requests() == [("POST", 200), ("PUT", 200)]
    assert second.link.subscriptions.subscription is not None
    assert (
        second.link.subscriptions.subscription.id == session_of_former.subscription_id
    )
    assert not second.may_recover()


async def test_session_of_long_ago_is_replaced(
    session_of_former: Session, second: Running
) -> None:
    """The gateway knows its age."""
    await second.sleep(181)
    second.say("missed")
    second.link.resume(session_of_former)
    await second.start()
    await second.until_push()

    assert second.listener.recoveries == 0
    assert second.listener.fresh == 1
    assert second.requests() == [("POST", 200)] * 2
    assert second.client.requests(WSTOKEN_PATH) == [200, 200]
    await second.until_heard("after")
    assert second.listener.messages == ["after"]


async def test_session_of_another_sign_in_is_replaced(
    session_of_former: Session, second: Running
) -> None:
    """On the same connection."""
    second.client.tokens.token = None
    second.link.resume(session_of_former)
    await second.start()
    await second.until_push()

    assert second.link._connection is not None
    assert second.link._connection.details.recovery_error_code == "WSG-1003"
    assert second.listener.fresh == 1
    assert second.requests() == [("POST", 200)] * 2


async def test_session_whose_subscription_is_another_one_subscribes_anew(
    session_of_former: Session, second: Running
) -> None:
    """Nobody knows what was missed."""
    second.link.resume(Session(session_of_former.context, "unknown"))
    await second.start()
    await second.until_push()

    assert second.requests() == [("POST", 200), ("PUT", 404), ("POST", 200)]
    assert second.listener.fresh == 1
    assert second.listener.recoveries == 0


async def test_link_that_never_connected_has_no_session(running: Running) -> None:
    """Nothing to go on with."""
    assert running.link.session is None
    assert running.link.last_message_at is None
    assert not running.may_recover()
    assert not running.link.is_connected
    assert not await running.link.flush()
    await running.link.subscriptions.verify()
    assert running.requests() == []


async def test_lost_session_can_be_recovered_for_as_long_as_the_gateway_said(
    pushing: Running,
) -> None:
    """Afterwards nothing will be replayed."""
    assert not pushing.may_recover()
    pushing.simulator.fault("maintenance", path=WSTOKEN_PATH, count=100)
    await pushing.lose()
    assert pushing.may_recover()
    assert pushing.link.session is not None
    pushing.freezer.tick(179)
    assert pushing.may_recover()
    pushing.freezer.tick(2)
    assert not pushing.may_recover()


async def test_link_has_caught_up_when_all_that_was_sent_is_handled(
    pushing: Running,
) -> None:
    """Or it does not know."""
    for number in range(50):
        pushing.say(str(number))
    assert await pushing.link.flush()
    assert pushing.listener.messages == [str(number) for number in range(50)]
    await pushing.lose()
    assert not await pushing.link.flush()


# A subscription that is not ours any more


def connections(running: Running) -> int:
    """Return how many connections to the gateway there have been."""
    return sum(record.kind == "connect" for record in running.simulator.log)


async def test_event_of_another_subscription_has_ours_made_anew(
    pushing: Running,
) -> None:
    """On the same connection; the event is heard all the same."""
    former = pushing.link.subscriptions.subscription
    assert former is not None
    pushing.simulator.fault("foreign_subscription")
    await pushing.until_heard("of another one")
    await until(lambda: len(pushing.requests()) == 3)
    await pushing.until_push()
    await pushing.until_heard("of ours")

    # And one question whether the platform knows of subscriptions over sockets.
    assert pushing.requests() == [("POST", 200), ("POST", 200), ("GET", 200)]
    assert connections(pushing) == 1
    assert pushing.listener.reasons == [Reason.SUBSCRIPTION_LOST]
    assert pushing.listener.fresh == 2
    assert pushing.listener.states == [
        StreamState.PUSH,
        StreamState.RECOVERING,
        StreamState.PUSH,
    ]
    assert pushing.link.subscriptions.subscription is not None
    assert pushing.link.subscriptions.subscription.id != former.id
    assert pushing.link.last_error is None
    assert pushing.client.anomalies.counts["event of another subscription"] == 1


async def test_subscriptions_that_displace_each_other_play_no_ping_pong(
    pushing: Running,
) -> None:
    """Ours is made anew once in ten minutes."""
    pushing.simulator.fault("foreign_subscription", seconds=100_000)
    await pushing.let_pass(599)
    assert pushing.requests().count(("POST", 200)) == 2
    await pushing.let_pass(50)
    await until(lambda: pushing.requests().count(("POST", 200)) == 3)
    assert connections(pushing) == 1


async def test_two_events_of_another_subscription_have_ours_made_anew_once(
    pushing: Running,
) -> None:
    """They come in one go."""
    pushing.simulator.fault("foreign_subscription", count=2)
    pushing.say("one")
    pushing.say("two")
    await until(lambda: pushing.listener.messages == ["one", "two"])
    await pushing.sleep(0)
    await pushing.until_push()
    await pushing.until_heard("of ours")
    assert pushing.requests().count(("POST", 200)) == 2


async def test_connection_that_lost_its_subscription_is_heard_but_proves_nothing(
    pushing: Running,
) -> None:
    """What counts is when the subscription was last known to live."""
    await pushing.let_pass(50)
    known = pushing.link.last_message_at
    pushing.simulator.fault("foreign_subscription")
    pushing.simulator.fault("no_reply")
    pushing.freezer.tick(20)
    pushing.say("of another one")
    await until(lambda: pushing.link.state is StreamState.RECOVERING)

    assert known is not None
    assert pushing.link.is_connected
    assert pushing.link.last_message_at == known
    assert await pushing.link.flush()
    assert pushing.link.last_message_at == known


async def test_loss_at_the_moment_of_suspicion_is_a_loss(pushing: Running) -> None:
    """The next connection has a subscription of its own, and is not suspected."""
    gateway = pushing.link._connection
    assert gateway is not None
    pushing.link.subscriptions.invalidate()
    gateway._end(ConnectionFailedError(Reason.CONNECTION_LOST))
    await pushing.until_failed()
    await pushing.sleep(1.1)
    await pushing.until_push()
    await pushing.until_heard("recovered")

    assert pushing.listener.reasons == [Reason.CONNECTION_LOST]
    assert pushing.requests() == [("POST", 200)]
    pushing.link.subscriptions._renewed_at = None
    pushing.simulator.fault("foreign_subscription")
    await pushing.until_heard("of another one")
    await until(lambda: len(pushing.requests()) == 2)


async def test_recovered_connection_lost_before_its_change_is_recovered_again(
    pushing: Running,
) -> None:
    """Its session is as good as before."""
    await pushing.lose()
    await pushing.link.subscriptions.change_filters(pushing.filter("103"))
    pushing.simulator.fault("no_reply")
    await pushing.sleep(1.1)
    await until(lambda: not pushing.simulator.faults.as_json())
    pushing.simulator.drop_connections()
    await pushing.until_failed()
    assert pushing.may_recover()
    await pushing.sleep(6.1)
    await pushing.until_push()

    assert pushing.listener.fresh == 1
    assert pushing.requests()[0] == ("POST", 200)
    assert {method for method, _ in pushing.requests(since=1)} == {"PUT"}
    await pushing.until_heard("new", "103")


async def test_check_finds_a_subscription_that_is_gone(pushing: Running) -> None:
    """Nobody would say so."""
    await pushing.link.subscriptions.verify()
    pushing.simulator.lose_subscriptions()
    await pushing.link.subscriptions.verify()
    await until(lambda: len(pushing.requests()) == 5)
    await pushing.until_push()

    assert pushing.requests() == [
        ("POST", 200),
        ("GET", 200),
        ("GET", 404),
        ("POST", 200),
        ("GET", 200),
    ]
    assert pushing.listener.fresh == 2
    await pushing.until_heard("of the new one")


async def test_check_finds_each_subscription_that_is_gone(pushing: Running) -> None:
    """One that was made anew can be lost as well."""

    async def lose(subscriptions: int) -> None:
        pushing.simulator.lose_subscriptions()
        await pushing.link.subscriptions.verify()
        await until(lambda: pushing.listener.fresh == subscriptions + 1)
        await pushing.until_push()
        await pushing.until_heard(f"of new one {subscriptions}")
        await pushing.let_pass(650)

    await lose(1)
    await lose(2)


async def test_check_that_is_overtaken_by_a_change_doubts_nothing(
    pushing: Running,
) -> None:
    """The answer is about a subscription that has been replaced meanwhile."""
    overtaken = asyncio.Event()

    async def late(_gateway: WebSocketConnection, _subscription_id: str) -> bool:
        await overtaken.wait()
        return False

    with patch.object(subscriptions, "subscription_exists", late):
        check = asyncio.create_task(pushing.link.subscriptions.verify())
        await pushing.sleep(0)
        pushing.simulator.lose_subscriptions()
        await pushing.link.subscriptions.change_filters(pushing.filter("103"))
        overtaken.set()
        await check
        await pushing.sleep(0)
        await pushing.until_heard("new", "103")

    assert pushing.requests() == [("POST", 200), ("PUT", 404), ("POST", 200)]
    assert pushing.link.state is StreamState.PUSH


async def test_doubt_during_a_change_is_settled_by_it(pushing: Running) -> None:
    """The platform has just changed the very subscription."""
    former = pushing.link.subscriptions.subscription
    change = asyncio.create_task(
        pushing.link.subscriptions.change_filters(pushing.filter("103"))
    )
    await until(pushing.link.subscriptions._lock.locked)
    pushing.link.subscriptions.invalidate()
    await change
    await pushing.sleep(0)
    await pushing.until_heard("new", "103")

    assert pushing.requests() == [("POST", 200), ("PUT", 200)]
    assert former is not None
    assert pushing.link.subscriptions.subscription is not None
    assert pushing.link.subscriptions.subscription.id == former.id
    assert pushing.link.state is StreamState.PUSH
    assert pushing.listener.fresh == 1


async def test_platform_that_denies_even_a_new_subscription_is_asked_no_more(
    pushing: Running,
) -> None:
    """Whether it tells of those over sockets is not documented."""
    with patch.object(
        subscriptions, "subscription_exists", return_value=False
    ) as asked:
        await pushing.link.subscriptions.verify()
        await until(lambda: len(pushing.requests()) == 2)
        await pushing.until_push()
        for _ in range(3):
            await pushing.let_pass(650)
            await pushing.link.subscriptions.verify()
    assert asked.call_count == 2
    assert pushing.requests() == [("POST", 200)] * 2
    assert pushing.listener.fresh == 2


async def test_check_that_fails_changes_nothing(pushing: Running) -> None:
    """The next one may succeed."""
    pushing.client.transport.limiter.record_penalty(RateGroup.LIGHT, 30)
    await pushing.link.subscriptions.verify()
    assert pushing.requests() == [("POST", 200)]
    assert pushing.link.state is StreamState.PUSH


async def test_refused_resubscription_ends_the_connection_and_is_tried_again(
    pushing: Running,
) -> None:
    """Another connection may have more luck."""
    pushing.simulator.fault("refuse_subscription", status=503)
    pushing.simulator.fault("foreign_subscription")
    pushing.say("of another one")
    await until(lambda: len(pushing.requests()) == 2)
    await until(lambda: Reason.MAINTENANCE in pushing.listener.reasons)
    assert pushing.link.state is StreamState.RECOVERING
    await pushing.sleep(1.1)
    await pushing.until_push()
    await pushing.until_heard("again")


async def test_listener_that_raises_at_a_resubscription_does_not_end_the_link(
    pushing: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """Its end would be noticed by nobody."""
    with patch.object(
        pushing.listener, "handle_subscription", side_effect=ValueError("Canary")
    ):
        pushing.simulator.fault("foreign_subscription")
        pushing.say("of another one")
        await until(lambda: Reason.UNEXPECTED_ANSWER in pushing.listener.reasons)

    assert "Canary" not in caplog.text
    await pushing.sleep(1.1)
    await pushing.until_push()
    await pushing.until_heard("again")


# Filters that are refused

BAD = extension_filter("999")


@pytest.mark.parametrize(
    "simulator_options", [SimulatorOptions(port=0, extensions=205)]
)
async def test_one_bad_filter_of_two_hundred_leaves_the_others(
    running: Running,
) -> None:
    """Found within twenty requests."""
    numbers = [user.number for user in running.simulator.users][:199]
    filters = running.filter(*numbers)
    await running.start(*filters[:120], BAD, *filters[120:])
    await running.until_push()

    assert running.link.state is StreamState.PUSH
    ((requested, subscription),) = running.listener.granted
    assert len(requested) == 200
    assert len(subscription.filters) == 199
    (refusals,) = running.listener.refusals
    assert list(refusals) == [BAD]
    assert refusals[BAD].code == "CMN-101"
    assert running.listener.fresh == 1
    assert len(running.requests()) <= 20
    for number in (numbers[0], numbers[119], numbers[120], numbers[-1]):
        await running.until_heard(f"of {number}", number)


async def test_bad_filter_among_new_ones_costs_nothing_of_those_watched(
    pushing: Running,
) -> None:
    """They are watched in each attempt."""
    await pushing.link.subscriptions.change_filters(
        (*pushing.filter("102", "103"), BAD)
    )
    methods = {method for method, _ in pushing.requests(since=1)}
    assert methods == {"PUT"}
    assert pushing.listener.fresh == 1
    assert list(pushing.listener.refusals[-1]) == [BAD]
    await pushing.until_heard("old")
    await pushing.until_heard("new", "103")

    # It is known now, and left out at once.
    before = len(pushing.requests())
    await pushing.link.subscriptions.change_filters(
        (*pushing.filter("102", "104"), BAD)
    )
    assert pushing.requests(since=before) == [("PUT", 200)]
    assert list(pushing.listener.refusals[-1]) == [BAD]


@contextmanager
def before_each_change(action: Callable[[int], object]) -> Iterator[None]:
    """Do something before each request that changes filters, given its number."""
    update_subscription = subscription_request.update_subscription
    numbers = count(1)

    async def act_and_change(
        connection: WebSocketConnection,
        id_: str,
        filters: tuple[str, ...],
        anomalies: Anomalies,
    ) -> Subscription:
        action(next(numbers))
        return await update_subscription(connection, id_, filters, anomalies)

    with patch.object(subscription_request, "update_subscription", act_and_change):
        yield


async def test_search_for_rejected_filters_misses_no_event_of_those_subscribed(
    pushing: Running,
) -> None:
    """They are part of each attempt."""
    filters = (*pushing.filter("102", "103", "104", "105", "106"), BAD)
    with before_each_change(lambda number: pushing.say(f"before change {number}")):
        await pushing.link.subscriptions.change_filters(filters)

    await pushing.until_heard("after the last change")
    assert list(pushing.listener.refusals[-1]) == [BAD]
    changes = pushing.requests(since=1)
    assert changes[-1] == ("PUT", 200)
    assert pushing.listener.messages == [
        *(f"before change {number}" for number in range(1, len(changes) + 1)),
        "after the last change",
    ]
    assert pushing.listener.fresh == 1


async def test_connection_lost_during_the_search_restores_the_former_filters(
    pushing: Running,
) -> None:
    """The filters subscribed at that time are part of a change that failed."""

    def lose_connection(number: int) -> None:
        if number == 3:
            pushing.simulator.drop_connections()

    filters = (*pushing.filter("102", "103", "104"), BAD)
    with before_each_change(lose_connection), pytest.raises(ConnectionFailedError):
        await pushing.link.subscriptions.change_filters(filters)
    await pushing.sleep(1.1)
    await pushing.until_push()

    requested, subscription = pushing.listener.granted[-1]
    assert requested == pushing.filter("102")
    assert len(subscription.filters) == 1
    assert pushing.requests()[-1] == ("PUT", 200)
    await pushing.until_heard("still subscribed")


async def test_subscription_lost_during_the_search_is_replaced(
    pushing: Running,
) -> None:
    """Changes may have been missed in between."""

    def lose_subscription(number: int) -> None:
        if number == 3:
            pushing.simulator.lose_subscriptions()

    filters = (*pushing.filter("102", "103"), BAD)
    with before_each_change(lose_subscription):
        await pushing.link.subscriptions.change_filters(filters)

    assert list(pushing.listener.refusals[-1]) == [BAD]
    assert pushing.listener.fresh == 2
    requested, subscription = pushing.listener.granted[-1]
    assert requested == filters
    assert len(subscription.filters) == 2
    await pushing.until_heard("subscribed again")
    await pushing.until_heard("new", "103")


async def test_watched_filter_that_goes_bad_is_found_as_well(pushing: Running) -> None:
    """Then nothing is above suspicion."""
    await pushing.link.subscriptions.change_filters(pushing.filter("102", "103"))
    bad = pushing.filter("103")[0]
    pushing.simulator.fault(
        "refuse_filter", filter=pushing.simulator.extension("103").id, count=100
    )
    await pushing.link.subscriptions.change_filters(pushing.filter("102", "103", "104"))
    assert list(pushing.listener.refusals[-1]) == [bad]
    await pushing.until_heard("old")
    await pushing.until_heard("new", "104")
    assert pushing.listener.fresh == 2


async def test_missing_permission_leaves_out_its_kind(running: Running) -> None:
    """Both filters of it; the reason names the permission."""
    running.simulator.fault(
        "refuse_filter",
        filter="/favorite",
        count=100,
        errorCode="CMN-401",
        message="The application needs to have [ReadContacts] permission",
    )
    of_favorites = (FAVORITES_FILTER, LIST_FILTERS[RosterKind.FAVORITES])
    await running.start(*running.filter("102", "103"), *of_favorites)
    await running.until_push()

    (refusals,) = running.listener.refusals
    assert set(refusals) == set(of_favorites)
    for err in refusals.values():
        assert isinstance(err, PermissionMissingError)
        assert err.permission == "ReadContacts"
    await running.until_heard("hello")


async def test_link_without_any_good_filter_fails_and_asks_seldom(
    running: Running,
) -> None:
    """The user must help."""
    await running.start(BAD)
    err = await running.until_failed()
    assert isinstance(err, RejectedError)
    assert running.link.state is StreamState.RECOVERING
    before = len(running.requests())
    await running.sleep(79)
    assert len(running.requests()) == before


async def test_search_is_ended_by_a_loss_and_begun_again(running: Running) -> None:
    """On the next connection."""
    running.simulator.fault("refuse_subscription", status=400, errorCode="CMN-101")
    running.simulator.fault("refuse_subscription", status=503)
    await running.start(*running.filter("102"), BAD)
    err = await running.until_failed()
    assert isinstance(err, ServiceUnavailableError)
    await running.sleep(1.1)
    await running.until_push()
    assert list(running.listener.refusals[-1]) == [BAD]


async def test_refused_filter_is_asked_for_again_after_an_hour(
    running: Running,
) -> None:
    """An administrator may have granted it meanwhile."""
    running.simulator.fault(
        "refuse_filter", filter=running.simulator.extension("103").id, count=100
    )
    await running.start(*running.filter("102", "103"))
    await running.until_push()
    assert list(running.listener.refusals[-1]) == list(running.filter("103"))

    await running.let_pass(3500)
    before = len(running.requests())
    await running.link.subscriptions.verify()
    assert running.requests(since=before) == [("GET", 200)]
    await running.let_pass(101)
    await running.link.subscriptions.verify()
    assert running.requests(since=before + 1) == [("GET", 200), ("PUT", 400)]
    assert list(running.listener.refusals[-1]) == list(running.filter("103"))

    running.simulator.faults.clear()
    await running.let_pass(3601)
    before = len(running.requests())
    await running.link.subscriptions.verify()
    assert running.requests(since=before) == [("GET", 200), ("PUT", 200)]
    assert running.listener.refusals[-1] == {}
    assert running.listener.fresh == 1
    await running.until_heard("of 103", "103")


async def test_refused_filter_is_asked_for_again_in_spite_of_new_subscriptions(
    running: Running,
) -> None:
    """They leave it out, so they are no question about it."""
    running.simulator.switches.recovery = False
    running.simulator.fault(
        "refuse_filter", filter=running.simulator.extension("103").id, count=100
    )
    await running.start(*running.filter("102", "103"))
    await running.until_push()
    running.simulator.faults.clear()
    await running.let_pass(1900)
    await running.link.subscriptions.verify()
    await running.lose()
    await running.sleep(1.1)
    await running.until_push()
    assert running.listener.fresh == 2
    assert list(running.listener.refusals[-1]) == list(running.filter("103"))

    await running.let_pass(1800)
    await running.link.subscriptions.verify()

    assert running.listener.refusals[-1] == {}
    await running.until_heard("of 103", "103")


async def test_refused_change_to_what_is_refused_already_forgets_no_refusal(
    running: Running,
) -> None:
    """It is left out of the next subscription, and asked for again in time."""
    running.simulator.fault(
        "refuse_filter", filter=running.simulator.extension("103").id, count=100
    )
    await running.start(*running.filter("102", "103"))
    await running.until_push()

    with pytest.raises(RingCentralError):
        await running.link.subscriptions.change_filters(running.filter("103"))

    assert running.link.subscriptions.has_refused
    await running.until_heard("of 102")


async def test_two_who_try_again_at_once_make_one_connection(
    running: Running,
) -> None:
    """Who comes second would close the one that the first has just made."""
    running.simulator.fault(
        "refuse_filter", filter=running.simulator.extension("103").id, count=100
    )
    await running.start(*running.filter("102", "103"))
    await running.until_push()
    await running.let_pass(75)
    tries = asyncio.gather(
        running.link.retry_refused(),
        running.link.retry_refused(),
        return_exceptions=True,
    )
    await running.until_failed()
    running.simulator.faults.clear()
    for _ in range(100):
        await running.sleep(0)
    first, second = await tries

    assert first is second is None
    assert running.link.state is StreamState.PUSH
    assert not running.link.subscriptions.has_refused


async def test_disabled_filter_is_asked_for_again_after_an_hour(
    running: Running,
) -> None:
    """And is silent until then."""
    running.simulator.fault(
        "disable_filter", filter=running.simulator.extension("103").id, count=2
    )
    await running.start(*running.filter("102", "103"))
    await running.until_push()
    assert running.disabled() == 1

    await running.link.subscriptions.verify()
    assert running.requests() == [("POST", 200), ("GET", 200)]
    await running.let_pass(3601)
    await running.link.subscriptions.verify()
    assert running.requests(since=2) == [("GET", 200), ("PUT", 200)]
    assert running.disabled() == 1
    await running.let_pass(3601)
    await running.link.subscriptions.verify()
    assert running.requests(since=4) == [("GET", 200), ("PUT", 200)]
    assert running.disabled() == 0
    await running.until_heard("of 103", "103")


async def test_refused_filter_that_nobody_wants_any_more_is_not_asked_for_again(
    running: Running,
) -> None:
    """Whom it was for has left, or is monitored no more."""
    running.simulator.fault(
        "refuse_filter", filter=running.simulator.extension("103").id, count=100
    )
    await running.start(*running.filter("102", "103"))
    await running.until_push()
    assert list(running.listener.refusals[-1]) == list(running.filter("103"))
    await running.link.subscriptions.change_filters(running.filter("102"))
    assert running.listener.refusals[-1] == {}

    await running.let_pass(3601)
    before = len(running.requests())
    await running.link.subscriptions.verify()
    assert running.requests(since=before) == [("GET", 200)]

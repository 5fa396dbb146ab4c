"""Connecting, recovery, retries and sessions of the event stream."""

import asyncio
from itertools import product
from unittest.mock import patch

import pytest

from custom_components.ringcentral.api.backoff import RETRY_PAUSES
from custom_components.ringcentral.api.event_stream import StreamState, StreamTransition
from custom_components.ringcentral.api.exceptions import (
    AuthenticationError,
    PermissionMissingError,
    RateLimitedError,
    Reason,
    ServiceUnavailableError,
)
from custom_components.ringcentral.api.models.gateway import (
    RecoveryState,
    SessionContext,
)
from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.api.recovery import TAKEOVERS, Session
from tests.clockwork import IdleDetector
from tests.common import until

from .client import WSTOKEN_PATH
from .stream import Running

pytestmark = pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)

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
    """Other transitions change nothing, and are not reported."""
    stream, expected = running.stream, EXPECTED.get((state, event), state)
    stream.state = state

    match event:
        case StreamTransition.POLLED:
            stream.record_poll(successfully=True)
        case StreamTransition.POLL_FAILED:
            stream.record_poll(successfully=False)
        case _:
            stream._transition(event)

    assert stream.state is expected
    assert running.listener.states == ([] if expected is state else [expected])


async def test_states_of_an_outage(pushing: Running) -> None:
    """Lost, polled, down, polled, and recovered."""
    pushing.simulator.fault("maintenance", path=WSTOKEN_PATH, count=2)
    await pushing.lose()
    pushing.stream.record_poll(successfully=True)
    await pushing.sleep(1.1)
    await pushing.until_failed()
    pushing.stream.record_poll(successfully=False)
    pushing.stream.record_poll(successfully=True)
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
    """The granted filters are reported, and that a snapshot is necessary."""
    assert pushing.stream.tried.is_set()
    assert pushing.stream.last_error is None
    ((requested, subscription),) = pushing.listener.granted
    assert requested == pushing.filter("102")
    assert subscription is pushing.stream.subscriptions.subscription
    assert pushing.listener.resyncs == 1
    assert pushing.client.socket_requests() == [("POST", 200)]
    await pushing.until_received("hello")


async def test_first_try_is_done_when_it_failed(running: Running) -> None:
    """Set-up continues without live updates."""
    running.simulator.fault("maintenance", path=WSTOKEN_PATH)
    await running.start()
    err = await running.until_failed()

    assert running.stream.tried.is_set()
    assert isinstance(err, ServiceUnavailableError)
    assert running.stream.state is StreamState.RECOVERING
    assert running.listener.states == []


async def test_rejected_subscription_is_retried_rarely(running: Running) -> None:
    """Only the user can help; the connection is closed."""
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


async def test_listener_that_raises_does_not_end_the_stream(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """The error is logged without its text, which may be personal."""
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
    """The first connection is closed."""
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


async def test_cancelled_stream_leaves_no_task_and_no_connection(
    pushing: Running,
) -> None:
    """As at an unload; the session could still be continued."""
    await pushing.stop()

    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not {n for n in names if n.startswith("ringcentral")}
    await until(lambda: not pushing.simulator.gateway.connections)
    assert pushing.stream._recovery.context is not None
    assert len(list(pushing.simulator.subscriptions)) == 1


async def test_stream_cancelled_while_connecting_leaves_no_task(
    running: Running,
) -> None:
    """As at an unload."""
    running.simulator.fault("no_reply")
    await running.start()
    await until(lambda: bool(running.simulator.gateway.connections))
    await until(lambda: not running.simulator.faults.as_json())

    await running.stop()

    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not {n for n in names if n.startswith("ringcentral")}
    await until(lambda: not running.simulator.gateway.connections)


async def test_notifications_are_counted_per_connection(pushing: Running) -> None:
    """Also those that cannot be decoded; a replay counts for the new connection."""
    await pushing.until_received("first")
    pushing.simulator.send_frame('[{"type":"ServerNotification"},{"body":{}}]')
    await pushing.until_received("last")
    assert pushing.stream.received == 3

    await pushing.lose()
    assert pushing.stream.received == 3
    pushing.send("missed")
    await pushing.sleep(1.1)
    await pushing.until_push()
    await until(lambda: pushing.listener.messages[-1] == "missed")
    assert pushing.stream.received == 1


# Recovery


@pytest.mark.parametrize("abort", [False, True])
async def test_lost_connection_is_recovered(pushing: Running, abort: bool) -> None:
    """The subscription stays, and missed events are replayed."""
    await pushing.until_received("before")
    former = pushing.stream.subscriptions.subscription
    await pushing.lose(abort=abort)
    pushing.send("missed 1")
    pushing.send("missed 2")
    await pushing.sleep(1.1)
    await pushing.until_push()
    await pushing.until_received("after")

    assert pushing.listener.messages == ["before", "missed 1", "missed 2", "after"]
    assert pushing.stream.subscriptions.subscription is former
    assert pushing.stream.last_error is None
    assert pushing.listener.resyncs == 1
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
        pushing.send(f"missed {number}")
        await pushing.sleep(61)
        await pushing.until_push()
        await pushing.sleep(61)

    await pushing.until_received("after")
    assert pushing.listener.messages == ["missed 0", "missed 1", "missed 2", "after"]
    assert pushing.listener.resyncs == 1


async def test_error_message_of_the_gateway_is_followed_by_a_recovery(
    pushing: Running,
) -> None:
    """As after the absolute timeout, each day."""
    pushing.simulator.send_error("WSG-903")
    err = await pushing.until_failed()
    pushing.send("missed")
    await pushing.sleep(1.1)
    await pushing.until_push()

    assert err.code == "WSG-903"
    assert pushing.listener.resyncs == 1
    await until(lambda: pushing.listener.messages == ["missed"])


async def test_half_open_connection_is_recovered(pushing: Running) -> None:
    """Noticed by the missing echo."""
    pushing.simulator.stall_connections()
    await pushing.sleep(31)
    await pushing.sleep(11)
    err = await pushing.until_failed()
    pushing.send("missed")
    await pushing.sleep(1.1)
    await pushing.until_push()

    assert err.reason is Reason.TIMED_OUT
    await until(lambda: pushing.listener.messages == ["missed"])
    assert pushing.listener.resyncs == 1


@pytest.mark.parametrize("code", ["WSG-1003", "WSG-1005"])
async def test_failed_recovery_subscribes_on_the_same_connection(
    pushing: Running, code: str
) -> None:
    """A snapshot is necessary."""
    await pushing.lose()
    pushing.send("missed")
    pushing.simulator.fault("recovery_failed", errorCode=code)
    await pushing.sleep(1.1)
    await pushing.until_push()
    await pushing.until_received("after")

    gateway = pushing.stream._connection
    assert gateway is not None
    assert gateway.details.recovery_state is RecoveryState.FAILED
    assert gateway.details.recovery_error_code == code
    assert pushing.listener.messages == ["after"]
    assert pushing.listener.resyncs == 2
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

    assert pushing.stream._connection is not None
    assert pushing.stream._connection.details.recovery_error_code == "WSG-1003"
    assert pushing.listener.resyncs == 2


async def test_recovery_after_a_refresh_succeeds(pushing: Running) -> None:
    """The session is the same."""
    pushing.simulator.fault("expire_tokens")
    await pushing.lose()
    await pushing.sleep(1.1)
    await pushing.until_push()

    assert pushing.client.requests(WSTOKEN_PATH) == [200, 401, 200]
    assert pushing.listener.resyncs == 1


async def test_recovery_that_is_not_confirmed_has_failed(pushing: Running) -> None:
    """The subscription is new."""
    await pushing.lose()
    pushing.simulator.fault("recovery_unanswered")
    await pushing.sleep(1.1)
    await pushing.until_push()

    assert pushing.listener.resyncs == 2
    await pushing.until_received("after")


async def test_malformed_context_is_left_out_at_once(running: Running) -> None:
    """The gateway answers WSG-400; there is no pause before the next attempt."""
    running.stream.resume(Session(SessionContext("forged", 1), "subscription"))
    await running.start()
    await running.until_push()

    assert running.listener.reasons == []
    assert running.listener.resyncs == 1
    assert running.client.requests(WSTOKEN_PATH) == [200, 200]


@pytest.mark.parametrize("status", [400, 414, 431])
async def test_request_that_a_proxy_refuses_is_sent_again_without_the_context(
    running: Running, status: int
) -> None:
    """A stored context may be longer than the proxy allows."""
    running.stream.resume(Session(SessionContext("x" * 4096, 1), "subscription"))
    running.simulator.fault("refuse_upgrade", status=status)
    await running.start()
    await running.until_push()

    assert running.listener.reasons == []
    assert running.listener.resyncs == 1


async def test_platform_that_refuses_each_connection_is_not_asked_in_a_loop(
    running: Running,
) -> None:
    """The second refusal is not caused by a context."""
    running.stream.resume(Session(SessionContext("forged", 1), "subscription"))
    running.simulator.fault("refuse_upgrade", status=400, seconds=3600)
    await running.start()
    await running.until_failed()

    assert running.client.requests(WSTOKEN_PATH) == [200, 200]


async def test_context_survives_other_trouble(pushing: Running) -> None:
    """Another error does not prevent the recovery."""
    await pushing.lose()
    pushing.send("missed")
    pushing.simulator.fault("refuse_upgrade")
    await pushing.sleep(1.1)
    await pushing.until_failed()
    await pushing.sleep(6.1)
    await pushing.until_push()

    await until(lambda: pushing.listener.messages == ["missed"])
    assert pushing.listener.resyncs == 1


async def test_after_the_recovery_window_a_fresh_connection_is_made(
    pushing: Running,
) -> None:
    """The context is not sent."""
    pushing.simulator.fault("maintenance", path=WSTOKEN_PATH, seconds=200)
    await pushing.lose()
    while True:
        await pushing.sleep(121)
        if pushing.stream.state is StreamState.PUSH:
            break

    assert pushing.stream._connection is not None
    assert pushing.stream._connection.details.recovery_state is None
    assert pushing.listener.resyncs == 2


# Retrying


async def test_hour_of_refusal_costs_forty_requests(pushing: Running) -> None:
    """Each within the bounds of its pause; then live updates are back."""
    pushing.simulator.fault("maintenance", path=WSTOKEN_PATH, seconds=3600)
    await pushing.lose()
    loop, began = asyncio.get_running_loop(), asyncio.get_running_loop().time()
    before = len(pushing.client.requests(WSTOKEN_PATH))
    requests = 0

    def sent() -> int:
        return len(pushing.client.requests(WSTOKEN_PATH)) - before

    def next_was_sent() -> bool:
        return sent() == requests

    while loop.time() - began < 3600 - RETRY_PAUSES[-1][1]:
        low, high = RETRY_PAUSES[min(requests, len(RETRY_PAUSES) - 1)]
        await pushing.sleep(low - 0.9)
        assert sent() == requests
        await pushing.sleep(high - low + 1)
        requests += 1
        await until(next_was_sent)
        err = await pushing.until_failed()
        assert err.reason is Reason.MAINTENANCE

    assert 30 <= requests <= 45
    await pushing.sleep(121)
    await pushing.sleep(121)
    await pushing.until_push()


async def test_repeated_losses_are_followed_by_longer_and_longer_pauses(
    pushing: Running,
) -> None:
    """A connection that lasts less than a minute counts as a failure."""
    for low, high in RETRY_PAUSES[:4]:
        await pushing.sleep(25)
        await pushing.sleep(25)
        await pushing.lose()
        await pushing.sleep(low - 0.9)
        assert pushing.stream.state is StreamState.RECOVERING
        await pushing.sleep(high - low + 1)
        await pushing.until_push()


async def test_steady_stream_starts_the_pauses_again(pushing: Running) -> None:
    """After a minute."""
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


async def test_penalty_of_another_request_is_waited_for_without_a_request(
    pushing: Running,
) -> None:
    """The limiter has recorded it."""
    pushing.client.transport.limiter.record_penalty(RateGroup.AUTH, 30)
    await pushing.lose()
    await pushing.sleep(1.1)
    err = await pushing.until_failed()
    assert isinstance(err, RateLimitedError)
    await pushing.sleep(27)
    assert pushing.client.requests(WSTOKEN_PATH) == [200]
    await pushing.sleep(3)
    await pushing.until_push()


# Credentials


async def test_refused_credentials_are_reported(pushing: Running) -> None:
    """And retried rarely."""
    pushing.simulator.fault("revoke_sessions")
    await pushing.until_failed()
    await pushing.sleep(1.1)
    err = await pushing.until_failed()

    assert isinstance(err, AuthenticationError)
    assert err.reason is Reason.INVALID_GRANT
    assert pushing.listener.refused == [err]
    await pushing.sleep(79)
    assert pushing.client.requests(WSTOKEN_PATH) == [200, 401]


async def test_session_ended_elsewhere_needs_no_action_of_the_user(
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
    assert pushing.listener.resyncs == 2


async def test_rejected_token_needs_no_action_of_the_user(running: Running) -> None:
    """It may have expired; the next one is valid."""
    running.simulator.switches.wstoken_life = 0
    await running.start()
    err = await running.until_failed()
    running.simulator.switches.wstoken_life = 60

    assert err.reason is Reason.TOKEN_REJECTED
    assert running.listener.refused == []
    await running.sleep(1.1)
    await running.until_push()


# Sessions of an earlier stream


async def test_session_of_an_earlier_stream_is_continued(
    former_session: Session, second: Running
) -> None:
    """Missed events are replayed; a change requests the filters."""
    second.send("missed")
    second.stream.resume(former_session)
    assert second.may_recover()
    assert second.stream.session == former_session
    await second.start()
    await second.until_push()
    await until(lambda: second.listener.messages == ["missed"])

    assert second.listener.recoveries == 1
    assert second.listener.resyncs == 0
    assert second.requests() == [("POST", 200), ("PUT", 200)]
    assert second.stream.subscriptions.subscription is not None
    assert second.stream.subscriptions.subscription.id == former_session.subscription_id
    assert not second.may_recover()


async def test_session_of_long_ago_is_replaced(
    former_session: Session, second: Running
) -> None:
    """The gateway rejects it."""
    await second.sleep(181)
    second.send("missed")
    second.stream.resume(former_session)
    await second.start()
    await second.until_push()

    assert second.listener.recoveries == 0
    assert second.listener.resyncs == 1
    assert second.requests() == [("POST", 200)] * 2
    assert second.client.requests(WSTOKEN_PATH) == [200, 200]
    await second.until_received("after")
    assert second.listener.messages == ["after"]


async def test_session_of_another_sign_in_is_replaced(
    former_session: Session, second: Running
) -> None:
    """On the same connection."""
    second.client.tokens.token = None
    second.stream.resume(former_session)
    await second.start()
    await second.until_push()

    assert second.stream._connection is not None
    assert second.stream._connection.details.recovery_error_code == "WSG-1003"
    assert second.listener.resyncs == 1
    assert second.requests() == [("POST", 200)] * 2


async def test_session_whose_subscription_is_another_one_subscribes_again(
    former_session: Session, second: Running
) -> None:
    """Changes may have been missed."""
    second.stream.resume(Session(former_session.context, "unknown"))
    await second.start()
    await second.until_push()

    assert second.requests() == [("POST", 200), ("PUT", 404), ("POST", 200)]
    assert second.listener.resyncs == 1
    assert second.listener.recoveries == 0


async def test_stream_that_never_connected_has_no_session(running: Running) -> None:
    """There is nothing to continue."""
    assert running.stream.session is None
    assert running.stream.last_message_at is None
    assert not running.may_recover()
    assert not running.stream.is_connected
    assert not await running.stream.flush()
    await running.stream.subscriptions.verify()
    assert running.requests() == []


async def test_lost_session_can_be_recovered_within_the_window_of_the_gateway(
    pushing: Running,
) -> None:
    """Afterwards nothing will be replayed."""
    assert not pushing.may_recover()
    pushing.simulator.fault("maintenance", path=WSTOKEN_PATH, count=100)
    await pushing.lose()
    assert pushing.may_recover()
    assert pushing.stream.session is not None
    pushing.freezer.tick(179)
    assert pushing.may_recover()
    pushing.freezer.tick(2)
    assert not pushing.may_recover()


async def test_flush_waits_until_all_messages_are_handled(
    pushing: Running,
) -> None:
    """Or it returns False."""
    for number in range(50):
        pushing.send(str(number))
    assert await pushing.stream.flush()
    assert pushing.listener.messages == [str(number) for number in range(50)]
    await pushing.lose()
    assert not await pushing.stream.flush()


# A second instance


async def second_instance(pushing: Running) -> Running:
    """Start another instance on a copy of the configuration."""
    other = Running(pushing.client, pushing.freezer)
    assert pushing.stream.session is not None
    other.stream.resume(pushing.stream.session)
    await other.start()
    await other.until_push()
    return other


async def until_left(*instances: Running) -> None:
    """Let time pass until an instance has left the session."""
    for _ in range(400):
        if any(one.listener.contests for one in instances):
            return
        await pushing_sleep(instances[0])
    raise AssertionError("The session was not left")


async def pushing_sleep(running: Running) -> None:
    """Let a second pass, in which requests are answered."""
    running.freezer.tick(1)
    for _ in range(20):
        await asyncio.sleep(0)
    idle = IdleDetector()
    while not await idle.iterate():
        pass


async def test_second_instance_is_left_alone_with_the_session(
    pushing: Running,
) -> None:
    """Both receive everything then, and none ends the connection of the other."""
    other = await second_instance(pushing)
    await until_left(pushing, other)
    for _ in range(120):
        await pushing_sleep(pushing)
    both = (pushing, other)
    assert [one.stream.state for one in both] == [StreamState.PUSH] * 2
    assert pushing.stream.session != other.stream.session
    before = [len(one.listener.states) for one in both]
    for number in range(60):
        await pushing_sleep(pushing)
        pushing.send(f"for both {number}")
    await until(lambda: "for both 59" in pushing.listener.messages)
    await until(lambda: "for both 59" in other.listener.messages)
    for _ in range(200):
        await pushing_sleep(pushing)

    assert [len(one.listener.states) for one in both] == before
    assert sum(one.listener.contests for one in both) <= 2
    assert await pushing.stream.subscriptions.has_others()
    connections = [r for r in pushing.simulator.log if r.kind == "connect"]
    assert len(connections) <= 12
    await other.stop()


async def test_network_that_flaps_costs_no_session(pushing: Running) -> None:
    """Its connections end later than another instance would return."""
    for _ in range(6):
        await pushing.sleep(30)
        await pushing.lose(abort=True)
        for _ in range(125):
            await pushing_sleep(pushing)
            if pushing.stream.state is StreamState.PUSH:
                break

    assert pushing.listener.contests == 0
    assert pushing.listener.resyncs == 1


async def test_replay_is_received_before_a_contested_session_is_left(
    pushing: Running,
) -> None:
    """In case it was the network after all."""
    for _ in range(TAKEOVERS + 1):
        await pushing.lose()
        pushing.send("missed")
        while pushing.stream.state is not StreamState.PUSH:
            await pushing_sleep(pushing)
    await pushing.until_received("after")

    assert pushing.listener.contests == 1
    assert pushing.listener.messages == ["missed"] * (TAKEOVERS + 1) + ["after"]
    assert pushing.listener.resyncs == 2

"""Requesting, changing, verifying and renewing the subscription."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
import json
from unittest.mock import patch

import pytest

from custom_components.ringcentral.api import subscription_request, subscriptions
from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.event_filters import (
    FAVORITES_FILTER,
    LIST_FILTERS,
    extension_filter,
)
from custom_components.ringcentral.api.event_stream import StreamState
from custom_components.ringcentral.api.exceptions import (
    ConnectionFailedError,
    PermissionMissingError,
    Reason,
    RejectedError,
    RingCentralError,
    ServiceUnavailableError,
)
from custom_components.ringcentral.api.models.gateway import Subscription
from custom_components.ringcentral.api.models.notifications import RosterKind
from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.api.websocket import WebSocketConnection
from simulator import SimulatorOptions
from tests.clockwork import Clockwork
from tests.common import until

from .stream import Running

pytestmark = pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)

# Changing the filters


async def test_changed_filters_go_over_the_socket(pushing: Running) -> None:
    """The subscription stays, so no snapshot is necessary."""
    former = pushing.stream.subscriptions.subscription
    assert former is not None
    await pushing.stream.subscriptions.change_filters(pushing.filter("102", "103"))

    assert pushing.client.socket_requests() == [("POST", 200), ("PUT", 200)]
    assert pushing.stream.subscriptions.subscription is not None
    assert pushing.stream.subscriptions.subscription.id == former.id
    assert pushing.listener.granted[-1] == (
        pushing.filter("102", "103"),
        pushing.stream.subscriptions.subscription,
    )
    assert pushing.listener.resyncs == 1
    await pushing.until_received("new", "103")


async def test_unchanged_filters_need_no_request(pushing: Running) -> None:
    """They are subscribed already."""
    await pushing.stream.subscriptions.change_filters(pushing.filter("102"))

    assert pushing.client.socket_requests() == [("POST", 200)]


async def test_change_of_a_lost_subscription_makes_a_new_one(pushing: Running) -> None:
    """Changes may have been missed: a snapshot is necessary."""
    pushing.simulator.fault("lose_subscriptions")
    await pushing.stream.subscriptions.change_filters(pushing.filter("103"))

    assert pushing.client.socket_requests() == [
        ("POST", 200),
        ("PUT", 404),
        ("POST", 200),
    ]
    assert pushing.listener.resyncs == 2
    assert pushing.stream.state is StreamState.PUSH
    await pushing.until_received("new", "103")


async def test_refused_change_keeps_the_former_filters(pushing: Running) -> None:
    """On this connection, and on the next."""
    with pytest.raises(RejectedError) as refused:
        await pushing.stream.subscriptions.change_filters((extension_filter("999"),))

    assert refused.value.parameter == "eventFilters"
    await pushing.until_received("still watched")
    await pushing.lose()
    pushing.simulator.fault("recovery_failed")
    await pushing.sleep(1.1)
    await pushing.until_push()
    assert pushing.listener.granted[-1][0] == pushing.filter("102")
    await pushing.until_received("watched again")


async def test_refused_change_is_not_repeated_after_a_recovery(
    pushing: Running,
) -> None:
    """The platform still has the former filters."""
    with pytest.raises(RejectedError):
        await pushing.stream.subscriptions.change_filters((extension_filter("999"),))
    await pushing.lose()
    await pushing.sleep(1.1)
    await pushing.until_push()

    assert pushing.requests() == [("POST", 200), ("PUT", 400), ("PUT", 400)]


async def test_filters_changed_without_a_connection_are_used_by_the_next(
    pushing: Running,
) -> None:
    """The recovered subscription is changed."""
    await pushing.lose()
    await pushing.stream.subscriptions.change_filters(pushing.filter("103"))
    assert pushing.client.socket_requests() == [("POST", 200)]
    await pushing.sleep(1.1)
    await pushing.until_push()

    assert pushing.client.socket_requests() == [("POST", 200), ("PUT", 200)]
    assert pushing.listener.resyncs == 1
    await pushing.until_received("new", "103")


async def test_recovered_subscription_that_is_gone_is_requested_again(
    pushing: Running,
) -> None:
    """It ended while filters were changed without a connection."""
    pushing.simulator.switches.recovery_of_lost = "successful"
    await pushing.lose()
    await pushing.stream.subscriptions.change_filters(pushing.filter("103"))
    pushing.simulator.fault("lose_subscriptions")
    await pushing.sleep(1.1)
    await pushing.until_push()

    assert pushing.client.socket_requests() == [
        ("POST", 200),
        ("PUT", 404),
        ("POST", 200),
    ]
    assert pushing.listener.resyncs == 2


async def test_change_waits_for_a_connection_being_made(running: Running) -> None:
    """It is then sent over it."""
    await running.start()
    await until(running.stream.subscriptions._lock.locked)
    await running.stream.subscriptions.change_filters(running.filter("103"))

    assert running.client.socket_requests() == [("POST", 200), ("PUT", 200)]
    await running.until_received("new", "103")


async def test_change_whose_reply_is_lost_is_resolved_after_the_recovery(
    pushing: Running,
) -> None:
    """The platform may have applied it, so the former filters are requested."""
    changing = asyncio.create_task(
        pushing.stream.subscriptions.change_filters(pushing.filter("103"))
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
    await pushing.until_received("watched again")


async def test_change_whose_reply_never_comes_is_resolved_by_the_next_one(
    pushing: Running,
) -> None:
    """The connection stays, and the subscribed filters are unknown."""
    pushing.simulator.fault("no_reply")
    change = asyncio.create_task(
        pushing.stream.subscriptions.change_filters(pushing.filter("102", "103"))
    )
    await until(lambda: not pushing.simulator.faults.as_json())
    await pushing.sleep(10.1)
    with pytest.raises(ConnectionFailedError):
        await change

    await pushing.stream.subscriptions.change_filters(pushing.filter("102"))
    await pushing.stream.subscriptions.change_filters(pushing.filter("102"))

    assert pushing.client.socket_requests()[-1] == ("PUT", 200)
    await pushing.until_received("hello")


async def test_change_that_is_cancelled_is_resolved_by_the_next_one(
    pushing: Running,
) -> None:
    """The subscribed filters are unknown."""
    change = asyncio.create_task(
        pushing.stream.subscriptions.change_filters(pushing.filter("103"))
    )
    await until(lambda: ("PUT", 200) in pushing.client.socket_requests())
    change.cancel()
    with pytest.raises(asyncio.CancelledError):
        await change

    await pushing.stream.subscriptions.change_filters(pushing.filter("102"))

    assert pushing.client.socket_requests() == [("POST", 200)] + [("PUT", 200)] * 2
    await pushing.until_received("watched again")


async def test_failed_change_of_a_lost_subscription_restores_the_former_filters(
    pushing: Running,
) -> None:
    """No filter would be subscribed otherwise."""
    pushing.simulator.lose_subscriptions()
    with pytest.raises(RejectedError):
        await pushing.stream.subscriptions.change_filters((extension_filter("999"),))
    await until(lambda: pushing.listener.resyncs == 2)
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
    await pushing.until_received("watched again")


async def test_change_of_a_connection_that_dies_fails_and_the_stream_lives(
    pushing: Running,
) -> None:
    """The lock is free again."""
    pushing.simulator.fault("no_reply")
    changing = asyncio.create_task(
        pushing.stream.subscriptions.change_filters(pushing.filter("103"))
    )
    await until(lambda: not pushing.simulator.faults.as_json())
    await pushing.lose()
    with pytest.raises(ConnectionFailedError) as failed:
        await changing

    assert failed.value.reason is Reason.CONNECTION_LOST
    await pushing.sleep(1.1)
    await pushing.until_push()
    await pushing.until_received("watched again")


# Replaced or expired subscriptions


def connections(running: Running) -> int:
    """Return the number of connections to the gateway so far."""
    return sum(record.kind == "connect" for record in running.simulator.log)


async def test_event_of_another_subscription_renews_the_own_one(
    pushing: Running,
) -> None:
    """On the same connection; the event is received all the same."""
    former = pushing.stream.subscriptions.subscription
    assert former is not None
    pushing.simulator.fault("foreign_subscription")
    await pushing.until_received("of another one")
    await until(lambda: len(pushing.requests()) == 3)
    await pushing.until_push()
    await pushing.until_received("of ours")

    # And one query whether the platform reports subscriptions over WebSocket.
    assert pushing.requests() == [("POST", 200), ("POST", 200), ("GET", 200)]
    assert connections(pushing) == 1
    assert pushing.listener.reasons == [Reason.SUBSCRIPTION_LOST]
    assert pushing.listener.resyncs == 2
    assert pushing.listener.states == [
        StreamState.PUSH,
        StreamState.RECOVERING,
        StreamState.PUSH,
    ]
    assert pushing.stream.subscriptions.subscription is not None
    assert pushing.stream.subscriptions.subscription.id != former.id
    assert pushing.stream.last_error is None
    assert pushing.client.anomalies.counts["event of another subscription"] == 1


async def test_clients_do_not_replace_each_others_subscription_in_a_loop(
    pushing: Running,
) -> None:
    """It is renewed once in ten minutes."""
    pushing.simulator.fault("foreign_subscription", seconds=100_000)
    await pushing.advance(599)
    assert pushing.requests().count(("POST", 200)) == 2
    await pushing.advance(50)
    await until(lambda: pushing.requests().count(("POST", 200)) == 3)
    assert connections(pushing) == 1


async def test_two_events_of_another_subscription_cause_one_resubscription(
    pushing: Running,
) -> None:
    """They arrive together."""
    pushing.simulator.fault("foreign_subscription", count=2)
    pushing.send("one")
    pushing.send("two")
    await until(lambda: pushing.listener.messages == ["one", "two"])
    await pushing.sleep(0)
    await pushing.until_push()
    await pushing.until_received("of ours")
    assert pushing.requests().count(("POST", 200)) == 2


async def test_messages_do_not_confirm_a_lost_subscription(
    pushing: Running,
) -> None:
    """The last confirmation of the subscription counts."""
    await pushing.advance(50)
    known = pushing.stream.last_message_at
    pushing.simulator.fault("foreign_subscription")
    pushing.simulator.fault("no_reply")
    pushing.freezer.tick(20)
    pushing.send("of another one")
    await until(lambda: pushing.stream.state is StreamState.RECOVERING)

    assert known is not None
    assert pushing.stream.is_connected
    assert pushing.stream.last_message_at == known
    assert await pushing.stream.flush()
    assert pushing.stream.last_message_at == known


async def test_connection_lost_while_the_subscription_is_invalidated_is_recovered(
    pushing: Running,
) -> None:
    """The subscription of the next connection is valid."""
    gateway = pushing.stream._connection
    assert gateway is not None
    pushing.stream.subscriptions.invalidate()
    gateway._end(ConnectionFailedError(Reason.CONNECTION_LOST))
    await pushing.until_failed()
    await pushing.sleep(1.1)
    await pushing.until_push()
    await pushing.until_received("recovered")

    assert pushing.listener.reasons == [Reason.CONNECTION_LOST]
    assert pushing.requests() == [("POST", 200)]
    pushing.stream.subscriptions._renewed_at = None
    pushing.simulator.fault("foreign_subscription")
    await pushing.until_received("of another one")
    await until(lambda: len(pushing.requests()) == 2)


async def test_recovered_connection_lost_before_its_change_is_recovered_again(
    pushing: Running,
) -> None:
    """Its session stays valid."""
    await pushing.lose()
    await pushing.stream.subscriptions.change_filters(pushing.filter("103"))
    pushing.simulator.fault("no_reply")
    await pushing.sleep(1.1)
    await until(lambda: not pushing.simulator.faults.as_json())
    pushing.simulator.drop_connections()
    await pushing.until_failed()
    assert pushing.may_recover()
    await pushing.sleep(6.1)
    await pushing.until_push()

    assert pushing.listener.resyncs == 1
    assert pushing.requests()[0] == ("POST", 200)
    assert {method for method, _ in pushing.requests(since=1)} == {"PUT"}
    await pushing.until_received("new", "103")


async def test_check_finds_a_subscription_that_is_gone(pushing: Running) -> None:
    """The platform does not announce it."""
    await pushing.stream.subscriptions.verify()
    pushing.simulator.lose_subscriptions()
    await pushing.stream.subscriptions.verify()
    await until(lambda: len(pushing.requests()) == 5)
    await pushing.until_push()

    assert pushing.requests() == [
        ("POST", 200),
        ("GET", 200),
        ("GET", 404),
        ("POST", 200),
        ("GET", 200),
    ]
    assert pushing.listener.resyncs == 2
    await pushing.until_received("of the new one")


async def test_check_finds_each_subscription_that_is_gone(pushing: Running) -> None:
    """A renewed one can be lost as well."""

    async def lose(subscriptions: int) -> None:
        pushing.simulator.lose_subscriptions()
        await pushing.stream.subscriptions.verify()
        await until(lambda: pushing.listener.resyncs == subscriptions + 1)
        await pushing.until_push()
        await pushing.until_received(f"of new one {subscriptions}")
        await pushing.advance(650)

    await lose(1)
    await lose(2)


async def test_check_that_is_overtaken_by_a_change_invalidates_nothing(
    pushing: Running,
) -> None:
    """The answer concerns a subscription that has been replaced."""
    overtaken = asyncio.Event()

    async def late(_gateway: WebSocketConnection, _subscription_id: str) -> bool:
        await overtaken.wait()
        return False

    with patch.object(subscriptions, "subscription_exists", late):
        check = asyncio.create_task(pushing.stream.subscriptions.verify())
        await pushing.sleep(0)
        pushing.simulator.lose_subscriptions()
        await pushing.stream.subscriptions.change_filters(pushing.filter("103"))
        overtaken.set()
        await check
        await pushing.sleep(0)
        await pushing.until_received("new", "103")

    assert pushing.requests() == [("POST", 200), ("PUT", 404), ("POST", 200)]
    assert pushing.stream.state is StreamState.PUSH


async def test_change_confirms_an_invalidated_subscription(pushing: Running) -> None:
    """The platform has just changed this subscription."""
    former = pushing.stream.subscriptions.subscription
    change = asyncio.create_task(
        pushing.stream.subscriptions.change_filters(pushing.filter("103"))
    )
    await until(pushing.stream.subscriptions._lock.locked)
    pushing.stream.subscriptions.invalidate()
    await change
    await pushing.sleep(0)
    await pushing.until_received("new", "103")

    assert pushing.requests() == [("POST", 200), ("PUT", 200)]
    assert former is not None
    assert pushing.stream.subscriptions.subscription is not None
    assert pushing.stream.subscriptions.subscription.id == former.id
    assert pushing.stream.state is StreamState.PUSH
    assert pushing.listener.resyncs == 1


async def test_platform_that_denies_a_new_subscription_is_not_queried_again(
    pushing: Running,
) -> None:
    """Whether it reports subscriptions over WebSocket is not documented."""
    with patch.object(
        subscriptions, "subscription_exists", return_value=False
    ) as asked:
        await pushing.stream.subscriptions.verify()
        await until(lambda: len(pushing.requests()) == 2)
        await pushing.until_push()
        for _ in range(3):
            await pushing.advance(650)
            await pushing.stream.subscriptions.verify()
    assert asked.call_count == 2
    assert pushing.requests() == [("POST", 200)] * 2
    assert pushing.listener.resyncs == 2


async def test_check_that_fails_changes_nothing(pushing: Running) -> None:
    """The next one may succeed."""
    pushing.client.transport.limiter.record_penalty(RateGroup.LIGHT, 30)
    await pushing.stream.subscriptions.verify()
    assert pushing.requests() == [("POST", 200)]
    assert pushing.stream.state is StreamState.PUSH


async def test_refused_resubscription_ends_the_connection_and_is_tried_again(
    pushing: Running,
) -> None:
    """It may succeed on another connection."""
    pushing.simulator.fault("refuse_subscription", status=503)
    pushing.simulator.fault("foreign_subscription")
    pushing.send("of another one")
    await until(lambda: len(pushing.requests()) == 2)
    await until(lambda: Reason.MAINTENANCE in pushing.listener.reasons)
    assert pushing.stream.state is StreamState.RECOVERING
    await pushing.sleep(1.1)
    await pushing.until_push()
    await pushing.until_received("again")


async def test_listener_that_raises_at_a_resubscription_does_not_end_the_stream(
    pushing: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """The stream must not end."""
    with patch.object(
        pushing.listener, "handle_subscription", side_effect=ValueError("Canary")
    ):
        pushing.simulator.fault("foreign_subscription")
        pushing.send("of another one")
        await until(lambda: Reason.UNEXPECTED_ANSWER in pushing.listener.reasons)

    assert "Canary" not in caplog.text
    await pushing.sleep(1.1)
    await pushing.until_push()
    await pushing.until_received("again")


# Rejected filters

BAD = extension_filter("999")


@pytest.mark.parametrize(
    "simulator_options", [SimulatorOptions(port=0, extensions=205)]
)
async def test_one_invalid_filter_of_two_hundred_leaves_the_others(
    running: Running,
) -> None:
    """Found within twenty requests."""
    numbers = [user.number for user in running.simulator.users][:199]
    filters = running.filter(*numbers)
    await running.start(*filters[:120], BAD, *filters[120:])
    await running.until_push()

    assert running.stream.state is StreamState.PUSH
    ((requested, subscription),) = running.listener.granted
    assert len(requested) == 200
    assert len(subscription.filters) == 199
    (refusals,) = running.listener.refusals
    assert list(refusals) == [BAD]
    assert refusals[BAD].code == "CMN-101"
    assert running.listener.resyncs == 1
    assert len(running.requests()) <= 20
    for number in (numbers[0], numbers[119], numbers[120], numbers[-1]):
        await running.until_received(f"of {number}", number)


async def test_invalid_filter_among_new_ones_causes_no_gap(
    pushing: Running,
) -> None:
    """They are part of each attempt."""
    await pushing.stream.subscriptions.change_filters(
        (*pushing.filter("102", "103"), BAD)
    )
    methods = {method for method, _ in pushing.requests(since=1)}
    assert methods == {"PUT"}
    assert pushing.listener.resyncs == 1
    assert list(pushing.listener.refusals[-1]) == [BAD]
    await pushing.until_received("old")
    await pushing.until_received("new", "103")

    # It is known now, and left out at once.
    before = len(pushing.requests())
    await pushing.stream.subscriptions.change_filters(
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
    with before_each_change(lambda number: pushing.send(f"before change {number}")):
        await pushing.stream.subscriptions.change_filters(filters)

    await pushing.until_received("after the last change")
    assert list(pushing.listener.refusals[-1]) == [BAD]
    changes = pushing.requests(since=1)
    assert changes[-1] == ("PUT", 200)
    assert pushing.listener.messages == [
        *(f"before change {number}" for number in range(1, len(changes) + 1)),
        "after the last change",
    ]
    assert pushing.listener.resyncs == 1


async def test_connection_lost_during_the_search_restores_the_former_filters(
    pushing: Running,
) -> None:
    """The filters subscribed at that time are part of a change that failed."""

    def lose_connection(number: int) -> None:
        if number == 3:
            pushing.simulator.drop_connections()

    filters = (*pushing.filter("102", "103", "104"), BAD)
    with before_each_change(lose_connection), pytest.raises(ConnectionFailedError):
        await pushing.stream.subscriptions.change_filters(filters)
    await pushing.sleep(1.1)
    await pushing.until_push()

    requested, subscription = pushing.listener.granted[-1]
    assert requested == pushing.filter("102")
    assert len(subscription.filters) == 1
    assert pushing.requests()[-1] == ("PUT", 200)
    await pushing.until_received("still subscribed")


async def test_subscription_lost_during_the_search_is_replaced(
    pushing: Running,
) -> None:
    """Changes may have been missed in between."""

    def lose_subscription(number: int) -> None:
        if number == 3:
            pushing.simulator.lose_subscriptions()

    filters = (*pushing.filter("102", "103"), BAD)
    with before_each_change(lose_subscription):
        await pushing.stream.subscriptions.change_filters(filters)

    assert list(pushing.listener.refusals[-1]) == [BAD]
    assert pushing.listener.resyncs == 2
    requested, subscription = pushing.listener.granted[-1]
    assert requested == filters
    assert len(subscription.filters) == 2
    await pushing.until_received("subscribed again")
    await pushing.until_received("new", "103")


async def test_subscribed_filter_that_becomes_invalid_is_found(
    pushing: Running,
) -> None:
    """Then all filters are searched."""
    await pushing.stream.subscriptions.change_filters(pushing.filter("102", "103"))
    bad = pushing.filter("103")[0]
    pushing.simulator.fault(
        "refuse_filter", filter=pushing.simulator.extension("103").id, count=100
    )
    await pushing.stream.subscriptions.change_filters(
        pushing.filter("102", "103", "104")
    )
    assert list(pushing.listener.refusals[-1]) == [bad]
    await pushing.until_received("old")
    await pushing.until_received("new", "104")
    assert pushing.listener.resyncs == 2


async def test_missing_permission_leaves_out_its_kind(running: Running) -> None:
    """Both filters of it; the error contains the permission."""
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
    await running.until_received("hello")


async def test_stream_without_any_valid_filter_fails_and_retries_rarely(
    running: Running,
) -> None:
    """Only the user can help."""
    await running.start(BAD)
    err = await running.until_failed()
    assert isinstance(err, RejectedError)
    assert running.stream.state is StreamState.RECOVERING
    before = len(running.requests())
    await running.sleep(79)
    assert len(running.requests()) == before


async def test_search_ended_by_a_failure_starts_again(running: Running) -> None:
    """On the next connection."""
    running.simulator.fault("refuse_subscription", status=400, errorCode="CMN-101")
    running.simulator.fault("refuse_subscription", status=503)
    await running.start(*running.filter("102"), BAD)
    err = await running.until_failed()
    assert isinstance(err, ServiceUnavailableError)
    await running.sleep(1.1)
    await running.until_push()
    assert list(running.listener.refusals[-1]) == [BAD]


async def test_rejected_filter_is_requested_again_after_an_hour(
    running: Running,
) -> None:
    """An administrator may have granted the permission."""
    running.simulator.fault(
        "refuse_filter", filter=running.simulator.extension("103").id, count=100
    )
    await running.start(*running.filter("102", "103"))
    await running.until_push()
    assert list(running.listener.refusals[-1]) == list(running.filter("103"))

    await running.advance(3500)
    before = len(running.requests())
    await running.stream.subscriptions.verify()
    assert running.requests(since=before) == [("GET", 200)]
    await running.advance(101)
    await running.stream.subscriptions.verify()
    assert running.requests(since=before + 1) == [("GET", 200), ("PUT", 400)]
    assert list(running.listener.refusals[-1]) == list(running.filter("103"))

    running.simulator.faults.clear()
    await running.advance(3601)
    before = len(running.requests())
    await running.stream.subscriptions.verify()
    assert running.requests(since=before) == [("GET", 200), ("PUT", 200)]
    assert running.listener.refusals[-1] == {}
    assert running.listener.resyncs == 1
    await running.until_received("of 103", "103")


async def test_rejected_filter_is_requested_again_in_spite_of_new_subscriptions(
    running: Running,
) -> None:
    """They do not request it."""
    running.simulator.switches.recovery = False
    running.simulator.fault(
        "refuse_filter", filter=running.simulator.extension("103").id, count=100
    )
    await running.start(*running.filter("102", "103"))
    await running.until_push()
    running.simulator.faults.clear()
    await running.advance(1900)
    await running.stream.subscriptions.verify()
    await running.lose()
    await running.sleep(1.1)
    await running.until_push()
    assert running.listener.resyncs == 2
    assert list(running.listener.refusals[-1]) == list(running.filter("103"))

    await running.advance(1800)
    await running.stream.subscriptions.verify()

    assert running.listener.refusals[-1] == {}
    await running.until_received("of 103", "103")


async def test_failed_change_keeps_the_rejected_filters(
    running: Running,
) -> None:
    """It is left out of the next subscription, and requested again later."""
    running.simulator.fault(
        "refuse_filter", filter=running.simulator.extension("103").id, count=100
    )
    await running.start(*running.filter("102", "103"))
    await running.until_push()

    with pytest.raises(RingCentralError):
        await running.stream.subscriptions.change_filters(running.filter("103"))

    assert running.stream.subscriptions.has_refused
    await running.until_received("of 102")


async def test_two_simultaneous_retries_open_one_connection(
    running: Running,
) -> None:
    """The second call would close the connection that the first has opened."""
    running.simulator.fault(
        "refuse_filter", filter=running.simulator.extension("103").id, count=100
    )
    await running.start(*running.filter("102", "103"))
    await running.until_push()
    await running.advance(75)
    tries = asyncio.gather(
        running.stream.retry_refused(),
        running.stream.retry_refused(),
        return_exceptions=True,
    )
    await running.until_failed()
    running.simulator.faults.clear()
    for _ in range(100):
        await running.sleep(0)
    first, second = await tries

    assert first is second is None
    assert running.stream.state is StreamState.PUSH
    assert not running.stream.subscriptions.has_refused


async def test_disabled_filter_is_requested_again_after_an_hour(
    running: Running,
) -> None:
    """It delivers no events until then."""
    running.simulator.fault(
        "disable_filter", filter=running.simulator.extension("103").id, count=2
    )
    await running.start(*running.filter("102", "103"))
    await running.until_push()
    assert running.disabled() == 1

    await running.stream.subscriptions.verify()
    assert running.requests() == [("POST", 200), ("GET", 200)]
    await running.advance(3601)
    await running.stream.subscriptions.verify()
    assert running.requests(since=2) == [("GET", 200), ("PUT", 200)]
    assert running.disabled() == 1
    await running.advance(3601)
    await running.stream.subscriptions.verify()
    assert running.requests(since=4) == [("GET", 200), ("PUT", 200)]
    assert running.disabled() == 0
    await running.until_received("of 103", "103")


async def test_rejected_filter_that_is_not_needed_is_not_requested_again(
    running: Running,
) -> None:
    """The extension was deleted, or is no longer monitored."""
    running.simulator.fault(
        "refuse_filter", filter=running.simulator.extension("103").id, count=100
    )
    await running.start(*running.filter("102", "103"))
    await running.until_push()
    assert list(running.listener.refusals[-1]) == list(running.filter("103"))
    await running.stream.subscriptions.change_filters(running.filter("102"))
    assert running.listener.refusals[-1] == {}

    await running.advance(3601)
    before = len(running.requests())
    await running.stream.subscriptions.verify()
    assert running.requests(since=before) == [("GET", 200)]


async def idle(running: Running, seconds: float) -> None:
    """Let time pass in which only heartbeats are sent."""
    await Clockwork(running.freezer).advance(seconds)  # type: ignore[arg-type]


async def test_subscription_that_was_lost_silently_is_noticed_within_two_minutes(
    pushing: Running,
) -> None:
    """The connection still answers heartbeats."""
    await idle(pushing, 30)
    await pushing.until_received("the last one")
    pushing.simulator.lose_subscriptions()
    await idle(pushing, 99)
    assert pushing.stream.state is StreamState.PUSH
    await idle(pushing, 5)

    assert Reason.SUBSCRIPTION_LOST in pushing.listener.reasons
    assert pushing.listener.resyncs == 2
    assert pushing.stream.state is StreamState.PUSH
    await pushing.until_received("of the new one")


async def test_subscription_is_checked_only_while_nothing_arrives(
    pushing: Running,
) -> None:
    """A notification proves as much."""
    for number in range(10):
        await idle(pushing, 90)
        await pushing.until_received(f"{number}")
    assert pushing.requests() == [("POST", 200)]
    await idle(pushing, 1010)
    assert pushing.requests(since=1) == [("GET", 200)] * 10


async def test_check_that_fails_is_repeated_after_the_interval(
    pushing: Running,
) -> None:
    """And not at once."""
    pushing.simulator.fault("no_reply", method="GET", count=3)
    await idle(pushing, 350)
    assert len(pushing.requests()) <= 4
    assert pushing.stream.state is StreamState.PUSH


async def test_check_that_waits_for_a_slot_does_not_delay_the_reconnect(
    pushing: Running,
) -> None:
    """Light requests are used up."""
    limiter = pushing.client.transport.limiter
    await idle(pushing, 95)
    for _ in range(50):
        limiter.record_request(RateGroup.LIGHT)
    await idle(pushing, 10)
    await pushing.lose()
    await idle(pushing, 2)

    assert pushing.stream.state is StreamState.PUSH
    assert not [t for t in asyncio.all_tasks() if t.get_name() == "ringcentral check"]


@pytest.mark.parametrize(
    ("body", "resyncs"),
    [
        ({"subscriptionId": "another", "body": []}, 2),
        ({"subscriptionId": 5, "body": []}, 1),
        ({"body": []}, 1),
        ([], 1),
    ],
)
async def test_notification_that_cannot_be_decoded_checks_its_subscription(
    pushing: Running, body: object, resyncs: int
) -> None:
    """It may be of another one."""
    pushing.simulator.send_frame(json.dumps([{"type": "ServerNotification"}, body]))
    await idle(pushing, 5)

    assert pushing.listener.resyncs == resyncs
    assert pushing.listener.messages == []


async def test_gap_of_a_change_that_failed_is_reported_by_the_next_one(
    pushing: Running,
) -> None:
    """The search for rejected filters leaves out others for a time."""
    bad = extension_filter("999")
    pushing.stream.subscriptions._subscribed_filters = ()
    with before_each_change(
        lambda number: pushing.simulator.fault("no_reply") if number == 3 else None
    ):
        change = asyncio.create_task(
            pushing.stream.subscriptions.change_filters(
                (*pushing.filter("102", "103", "104"), bad)
            )
        )
        await idle(pushing, 15)
        with pytest.raises(ConnectionFailedError):
            await change
    assert pushing.listener.resyncs == 1

    await pushing.stream.subscriptions.change_filters(pushing.filter("102"))

    assert pushing.listener.resyncs == 2
    await pushing.stream.subscriptions.change_filters(pushing.filter("102", "103"))
    assert pushing.listener.resyncs == 2

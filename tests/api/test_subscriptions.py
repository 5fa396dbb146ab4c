"""Requesting, changing, verifying and renewing the subscription."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
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
from custom_components.ringcentral.api.models.presence import RosterKind
from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.api.websocket import WebSocketConnection
from simulator import SimulatorOptions
from tests.common import until

from .stream import Running

pytestmark = pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)

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

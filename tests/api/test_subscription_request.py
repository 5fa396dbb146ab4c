"""Requests about a subscription."""

import aiohttp
from aiohttp import web
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.event_filters import (
    LINES_FILTER,
    Scope,
    build_filters,
    extension_filter,
    filter_expander,
)
from custom_components.ringcentral.api.exceptions import (
    ConnectionFailedError,
    NotFoundError,
    PermissionMissingError,
    Reason,
    RejectedError,
)
from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.api.subscription_request import (
    create_subscription,
    subscription_exists,
    update_subscription,
)
from custom_components.ringcentral.api.websocket import WebSocketConnection
from tests.common import until

from .client import Client, serve_socket
from .gateway import messages, notify, open_with, presence_filter

# Subscribing


async def test_subscription_grants_expanded_filters(client: Client) -> None:
    """With the ids of account and extension."""
    gateway = await client.connect()
    extension_id = client.simulator.extension("102").id
    filters = build_filters(Scope(extension_ids=frozenset({extension_id}), lines=True))

    subscription = await create_subscription(gateway, filters, Anomalies())

    account_id, own_id = client.simulator.account_id, client.simulator.users[0].id
    assert set(subscription.filters) == {
        filter_expander(account_id, own_id)(f) for f in filters
    }
    assert subscription.disabled == ()


async def test_notifications_arrive_in_order(
    client: Client, gateway: WebSocketConnection
) -> None:
    """As they were sent, with their envelope."""
    for number in range(200):
        notify(client, str(number))
    await until(lambda: len(client.notifications) == 200)

    assert messages(client) == [str(n) for n in range(200)]
    assert client.notifications[0]["subscriptionId"]


async def test_refused_subscription_names_the_permission(client: Client) -> None:
    """SUB-528: the app may not use this transport."""
    gateway = await client.connect()
    client.simulator.permissions.discard("SubscriptionWebSocket")

    with pytest.raises(PermissionMissingError) as failed:
        await create_subscription(
            gateway, (presence_filter(client.simulator, "102"),), Anomalies()
        )

    assert failed.value.permission == "SubscriptionWebSocket"
    assert (failed.value.status, failed.value.code) == (403, "SUB-528")
    assert failed.value.request_id
    assert not gateway.closed.done()


async def test_subscription_over_the_quota_is_refused(client: Client) -> None:
    """And names no permission, because none is missing."""
    gateway = await client.connect()
    client.simulator.fault("refuse_subscription")

    with pytest.raises(PermissionMissingError) as failed:
        await create_subscription(
            gateway, (presence_filter(client.simulator, "102"),), Anomalies()
        )

    assert (failed.value.code, failed.value.permission) == ("SUB-505", None)


async def test_invalid_filter_makes_the_request_fail(client: Client) -> None:
    """An extension that has left the company."""
    gateway = await client.connect()

    with pytest.raises(RejectedError) as failed:
        await create_subscription(gateway, (extension_filter("999"),), Anomalies())

    assert (failed.value.code, failed.value.parameter) == ("CMN-101", "eventFilters")


async def test_disabled_filter_is_reported_with_its_reason(client: Client) -> None:
    """The request as such succeeds."""
    client.simulator.user_permissions.discard("HUD")
    gateway = await client.connect()

    subscription = await create_subscription(gateway, (LINES_FILTER,), Anomalies())

    (disabled,) = subscription.disabled
    assert disabled.reason == "SUB-412"
    assert disabled.filter.endswith(LINES_FILTER.rpartition("~")[2])
    assert subscription.filters == ()


async def test_changed_filters_keep_the_subscription(
    client: Client, gateway: WebSocketConnection
) -> None:
    """Events of the new ones come, and of the old ones no more."""
    former = await create_subscription(
        gateway, (presence_filter(client.simulator, "102"),), Anomalies()
    )

    changed = await update_subscription(
        gateway, former.id, (presence_filter(client.simulator, "103"),), Anomalies()
    )

    assert changed.id == former.id
    client.simulator.change_extension("102", userStatus="Busy")
    client.simulator.change_extension("103", userStatus="Busy")
    await until(lambda: len(client.notifications) == 1)
    body = client.notifications[0]["body"]
    assert str(body["extensionId"]) == client.simulator.extension("103").id


async def test_change_of_a_lost_subscription_is_not_found(
    client: Client, gateway: WebSocketConnection
) -> None:
    """It ended without a reason."""
    former = await create_subscription(
        gateway, (presence_filter(client.simulator, "102"),), Anomalies()
    )
    client.simulator.fault("lose_subscriptions")

    with pytest.raises(NotFoundError) as failed:
        await update_subscription(gateway, former.id, (LINES_FILTER,), Anomalies())

    assert failed.value.code == "CMN-102"


async def test_second_subscription_replaces_the_first(
    client: Client, gateway: WebSocketConnection
) -> None:
    """A connection carries one."""
    await create_subscription(
        gateway, (presence_filter(client.simulator, "103"),), Anomalies()
    )

    assert len(list(client.simulator.subscriptions)) == 1


@pytest.mark.parametrize("body", [None, {}, [], "text", {"id": ["x"]}])
async def test_grant_without_an_id_is_unexpected(
    session: aiohttp.ClientSession, body: object
) -> None:
    """Nothing could be changed later."""

    async def answer(socket: web.WebSocketResponse) -> None:
        meta = (await socket.receive_json())[0]
        await socket.send_json([{**meta, "status": 200}, body])
        await socket.receive()

    async with serve_socket(answer) as token:
        gateway = await open_with(session, token)
        with pytest.raises(ConnectionFailedError) as failed:
            await create_subscription(gateway, (LINES_FILTER,), Anomalies())
        await gateway.close()

    assert failed.value.reason is Reason.UNEXPECTED_ANSWER


async def test_platform_is_queried_about_a_subscription(
    client: Client, gateway: WebSocketConnection
) -> None:
    """Whether it lives, of the platform."""
    subscription = await create_subscription(
        gateway, (presence_filter(client.simulator, "103"),), Anomalies()
    )

    assert await subscription_exists(gateway, subscription.id)
    client.simulator.lose_subscriptions()
    assert not await subscription_exists(gateway, subscription.id)
    await gateway.close()
    with pytest.raises(ConnectionFailedError):
        await subscription_exists(gateway, subscription.id)


async def test_other_refusal_is_no_penalty(
    client: Client, gateway: WebSocketConnection
) -> None:
    """Whatever the platform answers."""
    with pytest.raises(NotFoundError):
        await update_subscription(gateway, "unknown", (LINES_FILTER,), Anomalies())
    assert all(client.transport.limiter.penalty(group) == 0 for group in RateGroup)

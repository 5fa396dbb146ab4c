"""Rejections by the platform: live updates, single filters, the subscription."""

from itertools import pairwise

import pytest

from custom_components.ringcentral.api.backoff import RETRY_PAUSES
from custom_components.ringcentral.const import GRACE, SAFETY_POLL_INTERVAL
from homeassistant.const import STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from simulator import Simulator, SimulatorOptions

from ..common import Account, add_account
from .common import (
    API,
    MOVED_TIME,
    SUBSCRIPTION,
    WSTOKEN,
    Time,
    call_events,
    connection,
    fetched,
    is_pushed,
    issues,
    link,
    lose_push,
    messages,
    never_unavailable,
    request_statuses,
    states_of,
    subscribed,
    unseen,
)

pytestmark = MOVED_TIME

_QUARTER = SAFETY_POLL_INTERVAL.total_seconds()
_HOUR = 3600


def _name(simulator: Simulator, number: str) -> str:
    """Return the name of an extension in messages."""
    return f"{simulator.extension(number).name} ({number})"


async def _set_up_again(account: Account, time: Time) -> None:
    """Set up again after a change, without the stored session."""
    simulator = account.simulator
    simulator.switches.recovery = False
    entries = account.hass.config_entries
    await entries.async_unload(account.entry.entry_id)
    await time.passes(61)
    simulator.log.clear()
    assert await entries.async_setup(account.entry.entry_id)
    await time.settle()


# The gateway refuses


async def test_hour_of_refusal_keeps_to_the_schedule_and_is_polled_through(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """After 1 s, 2-6, 10-20, 20-40, 40-80, then each 80-120 s: about 40 requests."""
    account = await add_account(hass, simulator)
    await time.passes(61)
    simulator.log.clear()
    simulator.fault("maintenance", path=WSTOKEN, seconds=3600)
    await lose_push(account)

    with never_unavailable(account):
        await time.passes(61)
        assert link(account) == ("polling", "maintenance")
        call = simulator.ring(to="102", from_="+16505550123")
        await time.passes(61)
        assert account.shows("102", "telephony_status") == "ringing"
        simulator.end(call.telephony_session_id)
        await time.passes(3600 - 122 - 1)
        assert account.shows("102", "telephony_status") == "no_call"
        assert connection(account) == STATE_ON

        times = [record.time for record in simulator.log if record.path == WSTOKEN]
        assert 30 <= len(times) <= 45
        assert 58 <= len(fetched(simulator)) <= 60
        last = len(RETRY_PAUSES) - 1
        for step, (a, b) in enumerate(pairwise(times), 1):
            low, high = RETRY_PAUSES[min(step, last)]
            assert low - 0.1 <= b - a <= high + 1.1

        await time.passes_until(is_pushed(account), within=125)
        await time.passes(5)
    simulator.log.clear()
    call = simulator.ring(to="103", from_="+16505550124")
    await time.settle()
    assert account.shows("103", "telephony_status") == "ringing"
    simulator.answer(call.telephony_session_id)
    await time.passes(300)
    assert fetched(simulator) == []


async def test_service_that_announces_its_return_gets_no_request_before(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Neither for WebSocket tokens, nor by polls, nor for an incomplete snapshot."""
    account = await add_account(hass, simulator)
    await time.passes(61)
    simulator.log.clear()
    simulator.fault("maintenance", path=API, seconds=1800, retryAfter="1800")
    simulator.fault("maintenance", path=WSTOKEN, seconds=1800, retryAfter="1800")
    extension_id = simulator.extension("102").id
    simulator.notify({"extensionId": extension_id, "telephonyStatus": "Ringing"})
    await time.passes(5)
    await lose_push(account)
    await time.passes(1780, step=5)

    # One request each of the rate groups they need.
    assert len(request_statuses(simulator, WSTOKEN)) == 1
    assert 1 <= len(request_statuses(simulator, API)) <= 3
    await time.passes_until(is_pushed(account), within=150)
    await time.passes(5)
    assert account.shows("102", "presence") == "available"


async def test_short_calls_between_two_polls_are_what_polling_cannot_see(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """They count as unseen as soon as no replay can contain them."""
    account = await add_account(hass, simulator)
    simulator.fault("maintenance", path=WSTOKEN, seconds=3600)
    await lose_push(account)
    await time.passes(170)
    assert unseen(account) == 0

    await time.passes(130)

    assert 230 <= unseen(account) <= 301


# Permissions


@pytest.mark.parametrize(
    "permission", ["WebSocket", "SubscriptionWebSocket"], ids=["wstoken", "SUB-528"]
)
async def test_missing_permission_for_push_is_named_and_polled_around(
    hass: HomeAssistant, simulator: Simulator, time: Time, permission: str
) -> None:
    """The repair issue goes as soon as the permission is there."""
    account = await add_account(hass, simulator)
    simulator.permissions.discard(permission)
    await _set_up_again(account, time)

    assert link(account) == ("polling", "permission_missing")
    assert account.shows("102", "presence") == "available"
    raised = issues(hass)
    assert raised.keys() == {"push_not_permitted"}
    assert raised["push_not_permitted"]["permission"] == "WebSocket Subscriptions"
    simulator.ring(to="102", from_="+16505550123")
    await time.passes(61)
    assert account.shows("102", "telephony_status") == "ringing"

    simulator.permissions.add(permission)
    await time.passes_until(is_pushed(account), within=125)
    await time.settle()
    assert issues(hass) == {}
    simulator.ring(to="103", from_="+16505550124")
    await time.settle()
    assert account.shows("103", "telephony_status") == "ringing"


async def test_permission_for_push_that_is_withdrawn_while_running_is_named(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """It shows at the next connection."""
    account = await add_account(hass, simulator)
    simulator.permissions.discard("WebSocket")
    await lose_push(account)
    with never_unavailable(account):
        await time.passes(200)

    assert link(account) == ("polling", "permission_missing")
    assert issues(hass).keys() == {"push_not_permitted"}


async def test_missing_permission_for_one_kind_of_filter_affects_that_kind_only(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Named with the permission, and request_statuses for again once an hour."""
    simulator.set_favorites("101", ["103"])
    account = await add_account(hass, simulator, groups=["everyone", "favorites"])
    simulator.fault(
        "refuse_filter",
        seconds=86400,
        status=403,
        errorCode="SUB-402",
        filter="/favorite",
    )
    await _set_up_again(account, time)

    assert link(account) == ("push", None)
    assert issues(hass).keys() == {"favorites_not_pushed", "filters_not_permitted"}
    assert issues(hass)["favorites_not_pushed"]["code"] == "SUB-402"
    simulator.ring(to="102", from_="+16505550123")
    await time.settle()
    assert account.shows("102", "telephony_status") == "ringing"

    await time.passes(_HOUR - 60, step=5)
    assert len(issues(hass)) == 2
    simulator.clear_faults()
    await time.passes(_QUARTER + 120, step=5)
    assert issues(hass) == {}
    assert link(account) == ("push", None)


async def test_missing_app_permission_for_a_filter_is_named(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Changes of the favorites need a permission of their own."""
    simulator.set_favorites("101", ["103"])
    account = await add_account(hass, simulator, groups=["everyone", "favorites"])
    simulator.permissions -= {"ReadContacts", "Contacts"}
    await _set_up_again(account, time)

    assert link(account) == ("push", None)
    raised = issues(hass)
    assert raised.keys() == {"filters_not_permitted"}
    assert raised["filters_not_permitted"]["permission"] == "Read Contacts"

    simulator.permissions.add("ReadContacts")
    await time.passes(_HOUR + _QUARTER + 60, step=5)
    assert issues(hass) == {}


async def test_disabled_filter_is_named_and_its_extension_polled_each_minute(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The others are pushed; the issue goes when it is granted."""
    extension_id = simulator.extension("102").id
    account = await add_account(hass, simulator)
    caplog.clear()
    simulator.fault(
        "disable_filter", seconds=86400, filter=f"/{extension_id}/", reason="SUB-412"
    )
    await _set_up_again(account, time)

    assert issues(hass)["extensions_not_pushed"] == {
        "code": "SUB-412",
        "extensions": _name(simulator, "102"),
        "account": account.entry.title,
    }
    logged = [m for m in messages(caplog) if "SUB-412" in m]
    assert logged == [
        "RingCentral does not grant the presence of an extension (SUB-412), 1 filters"
    ]
    call = simulator.ring(to="102", from_="101")
    await time.settle()
    assert account.shows("101", "telephony_status") == "ringing"
    assert account.shows("102", "telephony_status") == "no_call"
    with never_unavailable(account):
        await time.passes(61)
        assert account.shows("102", "telephony_status") == "ringing"
        simulator.end(call.telephony_session_id)
        await time.passes(61)
        assert account.shows("102", "telephony_status") == "no_call"

        simulator.clear_faults()
        await time.passes(_HOUR + _QUARTER, step=5)
    assert issues(hass) == {}
    simulator.ring(to="102", from_="+16505550123")
    await time.settle()
    assert account.shows("102", "telephony_status") == "ringing"


async def test_extension_without_push_whose_polls_fail_is_unavailable_after_the_grace(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    extension_id = simulator.extension("102").id
    account = await add_account(hass, simulator)
    simulator.fault(
        "disable_filter", seconds=86400, filter=f"/{extension_id}/", reason="SUB-412"
    )
    await _set_up_again(account, time)
    simulator.fault("error", status=500, seconds=86400, path=f"{API}/account")
    await time.passes(GRACE - 1)
    assert account.shows("102", "presence") == "available"

    await time.passes(62)

    assert account.shows("102", "presence") == STATE_UNAVAILABLE
    assert account.shows("102", "telephony_status") == STATE_UNAVAILABLE
    assert account.shows("103", "presence") == "available"
    assert link(account) == ("push", None)

    simulator.clear_faults()
    await time.passes(61)
    assert account.shows("102", "presence") == "available"


async def test_extension_pushed_after_failing_polls_is_available_at_once(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """What was refused is granted by a later subscription."""
    extension_id = simulator.extension("103").id
    account = await add_account(hass, simulator)
    simulator.fault(
        "disable_filter", seconds=86400, filter=f"/{extension_id}/", reason="SUB-412"
    )
    await _set_up_again(account, time)
    path = f"{API}/account/~/extension/{extension_id}"
    simulator.fault("maintenance", path=path, seconds=86400)
    await time.passes(GRACE + 61)
    assert account.shows("103", "presence") == STATE_UNAVAILABLE

    simulator.clear_faults()
    await lose_push(account)
    await time.passes_until(is_pushed(account), within=3)
    await time.passes(5)
    assert subscribed(simulator) == [200, 200]
    assert account.shows("103", "presence") == "available"


# One bad filter


@pytest.mark.parametrize(
    "simulator_options", [SimulatorOptions(port=0, extensions=200)], ids=["200"]
)
async def test_one_bad_id_among_two_hundred_is_named_and_the_others_monitored(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The platform only rejects the request as a whole."""
    bad = simulator.users[137]
    account = await add_account(hass, simulator)
    simulator.fault("refuse_filter", filter=f"/{bad.id}/", seconds=86400)
    await _set_up_again(account, time)
    await time.passes(5)

    assert link(account) == ("push", None)
    assert len(account.coordinator.data) == 200
    assert issues(hass) == {
        "extensions_not_pushed": {
            "code": "CMN-101",
            "extensions": _name(simulator, bad.number),
            "account": account.entry.title,
        }
    }
    *_, subscription = simulator.subscriptions
    watched = {f.extension_id for f in subscription.filters}
    assert {user.id for user in simulator.users} - watched == {bad.id}
    # Halves of halves; never more than the rate limit of the group allows.
    assert 429 not in request_statuses(simulator, SUBSCRIPTION, over="request")
    assert len(request_statuses(simulator, SUBSCRIPTION, over="request")) <= 16
    simulator.ring(to=bad.number, from_="+16505550123")
    await time.passes(61)
    assert account.shows(bad.number, "telephony_status") == "ringing"


# A subscription that is not ours any more


async def test_event_of_another_subscription_is_answered_by_one_new_subscription(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Another client replaced the subscription: detected with its first event."""
    account = await add_account(hass, simulator)
    simulator.fault("foreign_subscription")
    with never_unavailable(account):
        simulator.change_extension("103", userStatus="Busy")
        await time.passes(5)

    assert subscribed(simulator) == [200]
    assert link(account) == ("push", None)
    assert account.shows("103", "presence") == "busy"
    assert account.shows(None, "interruptions") == "1"
    assert request_statuses(simulator, "/ws", over="disconnect") == []
    with call_events(hass, simulator) as events:
        simulator.ring(to="102", from_="+16505550123")
        await time.settle()
    assert events == ["102 ringing"]


async def test_foreign_events_that_go_on_make_no_ping_pong(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The other client may resubscribe as well."""
    account = await add_account(hass, simulator)
    simulator.fault("foreign_subscription", seconds=3600)
    for _ in range(360):
        simulator.change_extension("103", userStatus="Busy")
        simulator.change_extension("103", userStatus="Available")
        await time.passes(10, step=5)

    # One each ten minutes.
    assert 5 <= len(subscribed(simulator)) <= 7
    assert request_statuses(simulator, "/ws", over="disconnect") == []
    # Their content is correct all the same.
    assert account.shows("103", "presence") == "available"


async def test_subscription_that_is_soon_replaced_again_falls_back_to_polling(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """An earlier event of the own subscription proves nothing; it is renewed after a pause."""
    account = await add_account(hass, simulator)
    await time.passes(61)
    simulator.fault("foreign_subscription")
    simulator.change_extension("103", userStatus="Busy")
    await time.passes(30)
    assert link(account) == ("push", None)
    simulator.change_extension("104", userStatus="Busy")
    simulator.fault("foreign_subscription")
    simulator.change_extension("103", userStatus="Available")
    simulator.lose_subscriptions()
    await time.settle()
    simulator.ring(to="102", from_="+16505550123")
    with never_unavailable(account):
        await time.passes(GRACE)
        assert link(account) == ("polling", "subscription_lost")
        assert account.shows("102", "telephony_status") == "ringing"
        assert subscribed(simulator) == [200]
        await time.passes_until(is_pushed(account), within=600)
    assert subscribed(simulator) == [200, 200]


async def test_check_of_a_subscription_that_exists_costs_one_request(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Foreign events may continue although the own subscription exists."""
    account = await add_account(hass, simulator)
    await time.passes(61)
    simulator.fault("foreign_subscription")
    simulator.change_extension("103", userStatus="Busy")
    await time.passes(30)
    simulator.log.clear()
    simulator.fault("foreign_subscription", count=5)
    with states_of(account, None, "link") as shown:
        for status in ("Available", "Busy", "Available", "Busy", "Available"):
            simulator.change_extension("103", userStatus=status)
            await time.passes(5)

    assert shown == []
    assert request_statuses(simulator, SUBSCRIPTION, over="request") == [200]
    assert account.shows("103", "presence") == "available"


async def test_subscription_that_is_gone_is_found_within_two_minutes(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Nothing arrives any more, and heartbeats are answered all the same."""
    account = await add_account(hass, simulator)
    simulator.fault("lose_subscriptions")
    simulator.ring(to="102", from_="+16505550123")
    await time.passes(90)
    assert account.shows("102", "telephony_status") == "no_call"

    await time.passes(30)

    assert subscribed(simulator) == [200]
    assert link(account) == ("push", None)
    assert account.shows("102", "telephony_status") == "ringing"
    assert 90 < unseen(account) < 120
    simulator.ring(to="103", from_="+16505550124")
    await time.settle()
    assert account.shows("103", "telephony_status") == "ringing"


async def test_platform_that_denies_each_subscription_gets_no_storm_of_requests(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The platform may not answer requests about subscriptions."""
    await add_account(hass, simulator)
    for _ in range(6):
        simulator.fault("lose_subscriptions")
        await time.passes(_QUARTER, step=5)

    assert 1 <= len(subscribed(simulator)) <= 6

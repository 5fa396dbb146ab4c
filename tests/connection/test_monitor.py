"""The connection monitor: when freshness is computed, what is updated, how often to poll."""

from collections.abc import Collection
from unittest.mock import patch

import pytest

from custom_components.ringcentral.api.event_stream import StreamState
from custom_components.ringcentral.api.exceptions import Reason, ServiceUnavailableError
from custom_components.ringcentral.api.rest import BulkPresence
from custom_components.ringcentral.connection import monitor as monitor_module
from custom_components.ringcentral.const import (
    GRACE,
    POLL_INTERVAL,
    SAFETY_POLL_INTERVAL,
)
from custom_components.ringcentral.presence.freshness import Freshness
from homeassistant.core import HomeAssistant
from simulator import Simulator, SimulatorOptions

from ..common import Account, add_account
from ..reliability.common import MOVED_TIME, WSTOKEN, Time, is_pushed, issues, lose_push

pytestmark = MOVED_TIME


async def test_event_does_not_compute_freshness(account: Account) -> None:
    """The set of stale extensions changes with the stream, snapshots and expiries only."""
    with patch.object(Freshness, "update_stale", autospec=True) as stale:
        account.simulator.ring(to="102", from_="+16505550123")
        await account.until_shown("102", "telephony_status", "ringing")
        await account.until_all_reported()
    assert not stale.called


async def test_short_outage_makes_nothing_stale(account: Account, time: Time) -> None:
    """The replay is checked by a snapshot."""
    coordinator = account.coordinator
    await time.passes(61)
    await lose_push(account)
    assert coordinator.update_interval == POLL_INTERVAL
    await time.passes_until(is_pushed(account), within=3)
    assert not coordinator.stale
    await time.passes(5)
    assert not coordinator.stale
    assert coordinator.monitor.is_followed
    assert coordinator.update_interval == SAFETY_POLL_INTERVAL


async def test_extensions_that_polls_lack_become_stale_alone(
    account: Account, time: Time
) -> None:
    """Only their entities are updated, and again when they are read."""
    coordinator, simulator = account.coordinator, account.simulator
    missing = {simulator.extension(number).id for number in ("102", "103", "104")}
    real = coordinator.rest.bulk_presence

    async def partly(extension_ids: Collection[str]) -> BulkPresence:
        found = await real(extension_ids)
        error = ServiceUnavailableError(Reason.SERVER_ERROR, status=500)
        return BulkPresence(
            {k: v for k, v in found.snapshots.items() if k not in missing},
            dict.fromkeys(missing & found.snapshots.keys(), error),
        )

    simulator.fault("error", status=503, path=WSTOKEN, seconds=3600)
    with (
        patch.object(coordinator.rest, "bulk_presence", partly),
        patch.object(
            coordinator,
            "async_update_contexts",
            wraps=coordinator.async_update_contexts,
        ) as update,
    ):
        await lose_push(account)
        await time.passes(GRACE - 2)
        assert not coordinator.stale
        await time.passes(4)
        assert coordinator.stale == missing
        assert coordinator.stream.state is StreamState.POLLING
        assert [set(call.args[0]) for call in update.call_args_list] == [missing]
        assert account.shows("102", "presence") == "unavailable"
        assert account.shows("105", "presence") == "available"
        assert not coordinator.is_current(simulator.extension("102").id)
        assert coordinator.is_current(simulator.extension("105").id)
        assert not coordinator.is_current("4711")

    await time.passes(61)
    assert not coordinator.stale
    assert account.shows("102", "presence") == "available"


@pytest.mark.parametrize(
    "simulator_options", [SimulatorOptions(port=0, extensions=25)], ids=["25"]
)
async def test_large_account_is_polled_less_often(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """One request returns a limited number of extensions."""
    account = await add_account(hass, simulator)
    monitor = account.coordinator.monitor
    assert monitor.poll_interval == SAFETY_POLL_INTERVAL
    await lose_push(account)
    assert monitor.poll_interval == POLL_INTERVAL
    count = len(account.coordinator.roster.monitored)
    with patch.object(monitor_module, "POLLED_PER_REQUEST", 10):
        assert monitor.poll_interval == POLL_INTERVAL * -(-count // 10)


async def test_filter_that_is_granted_later_refreshes_its_extension_at_once(
    account: Account, simulator: Simulator, time: Time
) -> None:
    """It was polled once a minute until then."""
    person = simulator.extension("103")
    simulator.fault("refuse_filter", filter=f"/{person.id}/", seconds=86400)
    simulator.lose_subscriptions()
    await time.passes(110)
    assert "extensions_not_pushed" in issues(account.hass)
    await time.passes(60)
    simulator.clear_faults()
    call = simulator.ring(to="103", from_="+16505550123")
    await account.coordinator.monitor.async_retry_refused()
    await time.passes(3)

    assert account.shows("103", "telephony_status") == "ringing"
    simulator.end(call.telephony_session_id)

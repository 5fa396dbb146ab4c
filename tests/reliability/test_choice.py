"""Faults while the selection changes."""

import asyncio
from unittest.mock import patch

import pytest

from custom_components.ringcentral.api import subscription_request
from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.gateway import Subscription
from custom_components.ringcentral.api.websocket import WebSocketConnection
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from simulator import Simulator

from ..common import Account, add_account
from .common import (
    API,
    MOVED_TIME,
    SUBSCRIPTION,
    Time,
    call_events,
    link,
    own_tasks,
    request_statuses,
)

pytestmark = MOVED_TIME

_FAVORITES = f"{API}/account/~/extension/~/favorite"


async def _submit(account: Account, chosen: dict[str, list[str]]) -> ConfigFlowResult:
    """Open the options and submit a selection."""
    options = account.hass.config_entries.options
    form = await options.async_init(account.entry.entry_id)
    return await options.async_configure(form["flow_id"], chosen)


async def _close(submitted: asyncio.Task[ConfigFlowResult]) -> None:
    """Close the browser: Home Assistant cancels the request that it had sent."""
    submitted.cancel()
    with pytest.raises(asyncio.CancelledError):
        await submitted


async def test_dialog_closed_while_filters_are_changed_leaves_everything_as_it_was(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The new filters were requested already, so the former ones must be requested again."""
    account = await add_account(hass, simulator)
    await time.passes(61)
    options = account.entry.options
    update_subscription = subscription_request.update_subscription

    async def late(
        connection: WebSocketConnection,
        id_: str,
        filters: tuple[str, ...],
        anomalies: Anomalies,
    ) -> Subscription:
        changed = await update_subscription(connection, id_, filters, anomalies)
        await asyncio.sleep(3)
        return changed

    with patch.object(subscription_request, "update_subscription", late):
        chosen = {"groups": [], "extensions": [simulator.extension("103").id]}
        submitted = asyncio.create_task(_submit(account, chosen))
        await time.passes(1)
        assert request_statuses(simulator, SUBSCRIPTION, "PUT", over="request") == [200]
        await _close(submitted)
        await time.passes(10)

    assert account.entry.options == options
    assert len(account.coordinator.data) == len(simulator.users)
    assert link(account) == ("push", None)
    with call_events(hass, simulator) as events:
        simulator.ring(to="102", from_="+16505550123")
        await time.settle()
    assert events == ["102 ringing"]
    assert account.shows("102", "telephony_status") == "ringing"


async def test_dialog_closed_while_new_ones_are_fetched_shows_the_saved_options(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    account = await add_account(hass, simulator, groups=[], extensions=["103"])
    await time.passes(61)
    options = account.entry.options
    simulator.fault("slow", path=f"{API}/account/~/presence", delay=5)
    simulator.fault("slow", path=f"{API}/account/~/extension/", delay=5)
    chosen: dict[str, list[str]] = {"groups": ["everyone"], "extensions": []}
    submitted = asyncio.create_task(_submit(account, chosen))
    await time.passes(1)
    assert len(account.coordinator.roster.monitored) > 1
    await _close(submitted)
    simulator.clear_faults()
    await time.passes(30)

    assert account.entry.options == options
    monitored = {simulator.extension("103").id}
    assert account.coordinator.roster.monitored == monitored
    assert account.coordinator.data.keys() == monitored
    assert account.device("102") is None

    result = await _submit(account, chosen)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await time.settle()
    assert account.shows("102", "presence") == "available"


async def test_account_removed_while_a_selection_is_validated_closes_the_dialog(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    account = await add_account(hass, simulator)
    await time.passes(61)
    simulator.fault("slow", path=_FAVORITES, delay=3)
    submitted = asyncio.create_task(
        _submit(account, {"groups": ["favorites"], "extensions": []})
    )
    await time.settle()
    await hass.config_entries.async_remove(account.entry.entry_id)
    await time.passes(5)

    result = await submitted
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "not_loaded"
    assert own_tasks() == []

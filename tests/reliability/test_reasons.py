"""Failures: each has its own translated reason, and is retried."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp
import pytest

from custom_components.ringcentral.const import CONF_SERVER
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from simulator import Simulator
from simulator.push.gateway import Gateway

from ..common import add_account
from .common import (
    MOVED_TIME,
    WSTOKEN,
    Time,
    is_pushed,
    link,
    lose_push,
    never_unavailable,
    request_statuses,
    text_at,
)

pytestmark = MOVED_TIME

_TEXTS = json.loads(
    (
        Path(__file__).parents[2] / "custom_components/ringcentral/translations/en.json"
    ).read_text()
)


def _reason_while_set_up(reason: str) -> str:
    """Return the reason that the entry shows."""
    return text_at(_TEXTS, "exceptions", reason, "message")


def _reason_afterwards(reason: str) -> str:
    """Return the reason that the link sensor shows."""
    return text_at(
        _TEXTS,
        "entity",
        "sensor",
        "link",
        "state_attributes",
        "reason",
        "state",
        reason,
    )


type Trouble = Callable[[Simulator], AbstractContextManager[None]]


def _fault(name: str, **params: Any) -> Trouble:
    @contextmanager
    def trouble(simulator: Simulator) -> Iterator[None]:
        simulator.fault(name, path="/restapi", seconds=86400, **params)
        yield
        simulator.clear_faults()

    return trouble


@contextmanager
def _no_names(simulator: Simulator) -> Iterator[None]:
    """The network has no name service; addresses need none, so all count as names."""

    async def resolve(*_args: object, **_kwargs: object) -> None:
        raise OSError(None, "DNS server returned answer with no data")

    with patch.object(aiohttp.TCPConnector, "_resolve_host", resolve):
        yield


@contextmanager
def _connection_refused(simulator: Simulator) -> Iterator[None]:
    yield


@contextmanager
def _no_tls(simulator: Simulator) -> Iterator[None]:
    """A server without TLS answers where TLS is expected."""
    issue = Gateway.issue_token

    def issue_secure(self: Gateway, session: Any, uri: str) -> Any:
        return issue(self, session, uri.replace("ws://", "wss://"))

    with patch.object(Gateway, "issue_token", issue_secure):
        yield


# What happens, whether the platform must be stopped, and the reason.
TROUBLES: dict[str, tuple[Trouble, bool, str]] = {
    "maintenance": (_fault("maintenance"), False, "maintenance"),
    "server error": (_fault("error", status=500), False, "server_error"),
    "captive portal": (_fault("html"), False, "unexpected_answer"),
    "reset": (_fault("reset"), False, "cannot_connect"),
    "refused connection": (_connection_refused, True, "cannot_connect"),
    "DNS failure": (_no_names, True, "cannot_resolve"),
}


@pytest.mark.parametrize(
    ("trouble", "stopped", "reason"), TROUBLES.values(), ids=TROUBLES
)
async def test_trouble_at_set_up_is_the_reason_of_the_entry_and_set_up_is_retried(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    trouble: Trouble,
    stopped: bool,
    reason: str,
) -> None:
    account = await add_account(hass, simulator)
    await hass.config_entries.async_unload(account.entry.entry_id)
    await time.passes(61)
    if stopped:
        await simulator.stop()
    with trouble(simulator):
        assert not await hass.config_entries.async_setup(account.entry.entry_id)
        assert account.entry.state is ConfigEntryState.SETUP_RETRY
        assert account.entry.error_reason_translation_key == reason
        assert _reason_while_set_up(reason)
        await time.passes(120)
        assert account.entry.state is ConfigEntryState.SETUP_RETRY
    if stopped:
        await simulator.start()

    await time.passes_until(
        lambda: account.entry.state is ConfigEntryState.LOADED, within=400
    )
    await time.passes_until(is_pushed(account), within=5)
    assert account.entry.error_reason_translation_key is None


@pytest.mark.parametrize(
    ("trouble", "stopped", "reason"), TROUBLES.values(), ids=TROUBLES
)
async def test_fault_after_set_up_is_the_reason_of_the_link_until_push_is_back(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    trouble: Trouble,
    stopped: bool,
    reason: str,
) -> None:
    """The reason is an attribute of the sensor."""
    account = await add_account(hass, simulator)
    assert link(account) == ("push", None)
    if stopped:
        await simulator.stop()
    with trouble(simulator):
        if not stopped:
            await lose_push(account)
        await time.passes(10)
        assert link(account) == ("recovering", reason)
        assert _reason_afterwards(reason)
        await time.passes(60)
        assert link(account) == ("down", reason)
    if stopped:
        await simulator.start()

    await time.passes_until(is_pushed(account), within=130)
    assert link(account) == ("push", None)


async def test_server_without_tls_is_the_reason_of_the_entry(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """A proxy that intercepts, for example."""
    account = await add_account(hass, simulator)
    entry = account.entry
    await hass.config_entries.async_unload(entry.entry_id)
    await time.passes(61)
    server = simulator.server.replace("http:", "https:")
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_SERVER: server}
    )

    assert not await hass.config_entries.async_setup(entry.entry_id)

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "tls_failed"
    assert _reason_while_set_up("tls_failed")
    await hass.config_entries.async_unload(entry.entry_id)


async def test_gateway_without_tls_is_shown_as_the_reason_and_presence_is_polled(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Its host differs from that of the REST API."""
    account = await add_account(hass, simulator)
    with _no_tls(simulator), never_unavailable(account):
        await lose_push(account)
        await time.passes(70)
        assert link(account) == ("polling", "tls_failed")
        assert _reason_afterwards("tls_failed")

    await time.passes_until(is_pushed(account), within=130)


async def test_black_hole_delays_the_start_by_one_time_limit_at_most(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Nothing answers, nothing fails: the first request ends the first try."""
    account = await add_account(hass, simulator)
    await hass.config_entries.async_unload(account.entry.entry_id)
    await time.passes(61)
    simulator.fault("no_answer", path="/restapi", seconds=86400)

    start = hass.async_create_task(
        hass.config_entries.async_setup(account.entry.entry_id)
    )
    await time.passes_until(start.done, within=11)

    assert account.entry.state is ConfigEntryState.SETUP_RETRY
    assert account.entry.error_reason_translation_key == "timed_out"
    simulator.clear_faults()
    await time.passes_until(
        lambda: account.entry.state is ConfigEntryState.LOADED, within=30
    )


async def test_gateway_in_a_black_hole_delays_the_start_by_five_seconds_at_most(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """REST answers, so there is something to show."""
    account = await add_account(hass, simulator)
    await hass.config_entries.async_unload(account.entry.entry_id)
    await time.passes(61)
    simulator.fault("no_answer", path=WSTOKEN, seconds=86400)
    simulator.log.clear()

    start = hass.async_create_task(
        hass.config_entries.async_setup(account.entry.entry_id)
    )
    await time.passes_until(start.done, within=6)
    await time.settle()

    assert account.entry.state is ConfigEntryState.LOADED
    assert account.shows("102", "presence") == "available"
    assert link(account)[0] == "polling"
    await time.passes(6)
    assert link(account) == ("polling", "timed_out")
    simulator.clear_faults()
    await time.passes_until(is_pushed(account), within=60)


async def test_set_up_that_is_retried_while_offline_sends_few_requests(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """One request for each try, at the pace of Home Assistant."""
    account = await add_account(hass, simulator)
    await hass.config_entries.async_unload(account.entry.entry_id)
    await time.passes(61)
    simulator.log.clear()
    simulator.fault("maintenance", path="/restapi", seconds=86400)
    await hass.config_entries.async_setup(account.entry.entry_id)
    await time.passes(600, step=5)

    assert 5 <= len(request_statuses(simulator, "/restapi")) <= 15
    await hass.config_entries.async_unload(account.entry.entry_id)

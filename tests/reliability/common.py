"""Helpers of the tests under faults: time, losses, and what users see."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ringcentral.api.event_stream import StreamState
from custom_components.ringcentral.calls.dispatcher import SIGNAL_CALL_EVENT
from custom_components.ringcentral.calls.lifecycle import ExtensionCallEvent
from custom_components.ringcentral.const import DOMAIN
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from simulator import Simulator

from ..clockwork import Clockwork
from ..common import Account, until

MOVED_TIME = pytest.mark.freeze_time("2026-03-02 09:00:00")

API = "/restapi/v1.0"
WSTOKEN = "/restapi/oauth/wstoken"
TOKEN = "/restapi/oauth/token"
SUBSCRIPTION = "/restapi/v1.0/subscription"


class Time:
    """Time that a test moves."""

    def __init__(self, freezer: FrozenDateTimeFactory) -> None:
        """Initialize for the running loop."""
        self._clockwork = Clockwork(freezer)

    async def passes(self, seconds: float, step: float = 1.0) -> None:
        """Move the clock in steps, and run what becomes due."""
        await self._clockwork.advance(seconds, step)

    async def passes_until(
        self, happened: Callable[[], bool], within: float, step: float = 1.0
    ) -> float:
        """Move the clock until a condition holds; return the seconds that took."""
        began = self._clockwork.now
        await self._clockwork.settle()
        while not happened():
            passed = self._clockwork.now - began
            assert passed < within, f"It did not happen within {within:.0f} s"
            await self._clockwork.advance(step, step)
        return self._clockwork.now - began

    async def settle(self) -> None:
        """Run everything that needs no time."""
        await self._clockwork.settle()


async def lose_push(account: Account, *, abort: bool = False) -> None:
    """Drop the connection, and wait until the integration notices."""
    account.simulator.drop_connections(abort)
    await until(lambda: account.coordinator.stream.state is not StreamState.PUSH)


def is_pushed(account: Account) -> Callable[[], bool]:
    """Return a condition: the user sees that live updates are on."""
    return lambda: account.shows(None, "link") == "push"


async def lose_updates_of(account: Account, time: Time, number: str) -> None:
    """Let the presence of one extension be out of date."""
    simulator = account.simulator
    extension_id = simulator.extension(number).id
    simulator.fault("refuse_filter", filter=f"/{extension_id}/", seconds=86400)
    simulator.switches.recovery = False
    await lose_push(account)
    await time.passes_until(is_pushed(account), 300)
    simulator.fault("maintenance", path="/restapi/v1.0/account", seconds=86400)
    await time.passes(300)
    assert account.shows(number, "presence") == STATE_UNAVAILABLE


def link(account: Account) -> tuple[str, str | None]:
    """Return state and reason of the link sensor."""
    state = account.state(None, "link")
    return state.state, state.attributes["reason"]


def connection(account: Account) -> str:
    """Return the state of the connection sensor."""
    return account.state(None, "connection", "binary_sensor").state


def unseen(account: Account) -> float:
    """Return the state of the sensor of unseen seconds."""
    return float(account.state(None, "unseen_today").state)


def request_statuses(
    simulator: Simulator, path: str, method: str | None = None, *, over: str = "http"
) -> list[int]:
    """Return the status of all requests whose path has a prefix."""
    return [
        record.status
        for record in simulator.log
        if record.kind == over
        and record.path.startswith(path)
        and method in (None, record.method)
    ]


def subscribed(simulator: Simulator) -> list[int]:
    """Return the status of all requests for a new subscription."""
    return request_statuses(simulator, SUBSCRIPTION, "POST", over="request")


def connected(simulator: Simulator) -> list[int]:
    """Return the status of all attempts to connect."""
    return request_statuses(simulator, "/ws", over="connect")


def fetched(simulator: Simulator) -> list[int]:
    """Return the status of all requests for presence."""
    return [
        record.status
        for record in simulator.log
        if record.kind == "http" and record.path.endswith("/presence")
    ]


def issues(hass: HomeAssistant) -> dict[str, dict[str, str]]:
    """Return the placeholders of all open repair issues by translation key."""
    return {
        issue.translation_key: dict(issue.translation_placeholders or {})
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN and issue.active and issue.translation_key
    }


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the log messages of the integration above debug level."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components.ringcentral")
        and record.levelname != "DEBUG"
    ]


@contextmanager
def call_events(hass: HomeAssistant, simulator: Simulator) -> Iterator[list[str]]:
    """Collect the call events that automations receive.

    A star marks reconstructed events, a tilde replayed ones.
    """
    events: list[str] = []
    numbers = {extension.id: extension.number for extension in simulator.extensions}

    @callback
    def record_event(report: ExtensionCallEvent) -> None:
        event = report.event
        marks = "*" * event.reconstructed + "~" * event.replayed
        events.append(f"{numbers[report.extension_id]} {event.type}{marks}")

    remove = async_dispatcher_connect(hass, SIGNAL_CALL_EVENT, record_event)
    yield events
    remove()


@contextmanager
def states_of(account: Account, number: str | None, key: str) -> Iterator[list[str]]:
    """Collect the states of a sensor, without changes of attributes."""
    seen: list[str] = []
    entity_id = account.entity_id(number, key)

    @callback
    def collect(event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        if event.data["entity_id"] != entity_id or new is None:
            return
        if old is None or old.state != new.state:
            seen.append(new.state)

    remove = account.hass.bus.async_listen(EVENT_STATE_CHANGED, collect)
    yield seen
    remove()


@contextmanager
def never_unavailable(account: Account) -> Iterator[None]:
    """Fail if any entity becomes unavailable."""
    seen: set[str] = set()

    @callback
    def collect(event: Event[EventStateChangedData]) -> None:
        new = event.data["new_state"]
        if new is not None and new.state == STATE_UNAVAILABLE:
            seen.add(new.entity_id)

    remove = account.hass.bus.async_listen(EVENT_STATE_CHANGED, collect)
    yield
    remove()
    assert not seen


def own_tasks() -> list[str]:
    """Return the names of the running tasks of the integration."""
    return [
        task.get_name()
        for task in asyncio.all_tasks()
        if DOMAIN in task.get_name() or "custom_components/ringcentral" in str(task)
    ]


def text_at(texts: Any, *path: str) -> str:
    """Return a translated text, at a path of keys."""
    for key in path:
        texts = texts[key]
    assert isinstance(texts, str)
    return texts

"""Actions and observations of a user, for tests."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
import inspect
from itertools import count
import time
from typing import Any, Final, cast

from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.coordinator import (
    PresenceCoordinator,
    RingCentralConfigEntry,
)
from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, State, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
from simulator import Simulator

from .clockwork import IdleDetector

_MARKERS = count()
# Seconds of the loop's clock that `until` waits for timers.
_PATIENCE: Final = 5.0
# Pauses in real time before `until` gives up, for threads that are no executor's.
_PAUSES: Final = 50
_PAUSE: Final = 0.002


async def until(happened: Callable[[], bool]) -> None:
    """Wait until a condition holds; fail as soon as nothing can fulfil it any more.

    That is when the loop is idle and its timers of the next 5 s have expired.
    """
    idle, waited, pauses = IdleDetector(), 0.0, 0
    while not happened():
        if not await idle.iterate():
            continue
        delay = idle.next_timer()
        if waited + delay <= _PATIENCE:
            waited += delay
            await asyncio.sleep(delay)
        elif pauses < _PAUSES:
            pauses += 1
            time.sleep(_PAUSE)  # noqa: ASYNC251  # an idle loop would not wake up
        else:
            raise AssertionError(
                f"Did not happen, and the loop is idle after {waited:.1f} s of timers: "
                f"{_describe(happened)}"
            )


def _describe(condition: Callable[[], bool]) -> str:
    """Return the source of a condition."""
    try:
        return inspect.getsource(condition).strip()
    except OSError, TypeError:
        return repr(condition)


def sign_in(simulator: Simulator) -> dict[str, Any]:
    """Return what a user enters into the first form."""
    return {
        "client_id": simulator.client_id,
        "client_secret": simulator.client_secret,
        "jwt": simulator.jwt,
        "advanced": {"server": simulator.server},
    }


async def start_flow(hass: HomeAssistant, way: str = "jwt") -> ConfigFlowResult:
    """Choose the integration from the list, and a way to sign in."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    return await choose(hass, result, way)


async def choose(
    hass: HomeAssistant, result: ConfigFlowResult, option: str
) -> ConfigFlowResult:
    """Choose from a menu."""
    assert result["type"] is FlowResultType.MENU
    return await submit(hass, result, {"next_step_id": option})


async def submit(
    hass: HomeAssistant, result: ConfigFlowResult, user_input: Mapping[str, Any]
) -> ConfigFlowResult:
    """Submit a form of the config flow."""
    return await hass.config_entries.flow.async_configure(
        result["flow_id"], dict(user_input)
    )


@dataclass(frozen=True)
class Account:
    """An account that Home Assistant is signed in to, as its user sees it."""

    hass: HomeAssistant
    entry: RingCentralConfigEntry
    simulator: Simulator

    @property
    def coordinator(self) -> PresenceCoordinator:
        """Return the coordinator, for waiting and for counters."""
        return self.entry.runtime_data

    def device(self, number: str | None) -> dr.DeviceEntry | None:
        """Return the device of an extension, or the account's own."""
        unique_id = str(self.entry.unique_id)
        if number is not None:
            unique_id += f"_{self.simulator.extension(number).id}"
        return dr.async_get(self.hass).async_get_device_by_identifier(
            (DOMAIN, unique_id), self.entry.entry_id
        )

    def entity_id(
        self, number: str | None, key: str, platform: str = "sensor"
    ) -> str | None:
        """Return the entity of an extension, or of the account itself."""
        parts = [str(self.entry.unique_id)]
        if number is not None:
            parts.append(self.simulator.extension(number).id)
        return er.async_get(self.hass).async_get_entity_id(
            platform, DOMAIN, "_".join([*parts, key])
        )

    def state(self, number: str | None, key: str, platform: str = "sensor") -> State:
        """Return the state of an entity."""
        entity_id = self.entity_id(number, key, platform)
        assert entity_id is not None
        state = self.hass.states.get(entity_id)
        assert state is not None
        return state

    def shows(self, number: str | None, key: str) -> str | None:
        """Return the state of a sensor; None if it does not exist."""
        entity_id = self.entity_id(number, key)
        state = self.hass.states.get(entity_id) if entity_id else None
        return state.state if state else None

    def of_extensions(self, entity_ids: Iterable[str]) -> list[str]:
        """Leave out the entities of the account, which count what extensions do."""
        registry = er.async_get(self.hass)
        account = self.device(None)
        assert account is not None
        entities = {
            e.entity_id for e in er.async_entries_for_device(registry, account.id)
        }
        return [entity_id for entity_id in entity_ids if entity_id not in entities]

    async def until_shown(self, number: str, key: str, value: str) -> None:
        """Wait until a sensor has a value."""
        await until(lambda: self.shows(number, key) == value)

    async def until_all_reported(self) -> None:
        """Wait until everything the platform has sent so far has been handled.

        An event without changes serves as the last message.
        """
        marker = f"marker-{next(_MARKERS)}"
        extension_id = min(self.coordinator.data)
        self.simulator.notify(
            {"extensionId": extension_id, "message": None}, uuid=marker
        )
        await until(lambda: self.coordinator.store.has_seen(marker))
        await self.hass.async_block_till_done()


async def add_account(
    hass: HomeAssistant,
    simulator: Simulator,
    *,
    groups: Collection[str] = ("everyone",),
    extensions: Collection[str] = (),
    sites: Collection[str] = (),
    user: str | None = None,
) -> Account:
    """Sign in through the forms and wait for the first snapshot.

    The platform's log is empty then.

    Args:
        hass: Home Assistant.
        simulator: the platform.
        groups: kinds of extensions to monitor.
        extensions: numbers of single people to monitor.
        sites: ids of sites to monitor.
        user: number of the user who signs in, by default the owner of the account.

    """
    credentials = sign_in(simulator)
    if user is not None:
        credentials["jwt"] = simulator.issue_jwt(user)
    result = await submit(hass, await start_flow(hass), credentials)
    assert result["step_id"] == "monitor", result.get("errors")
    result = await submit(
        hass,
        result,
        {
            "groups": list(groups),
            "extensions": [simulator.extension(n).id for n in extensions],
            **({"sites": list(sites)} if sites else {}),
        },
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY, result.get("errors")
    await hass.async_block_till_done()
    simulator.log.clear()
    return Account(hass, cast(RingCentralConfigEntry, result["result"]), simulator)


@contextmanager
def writes(hass: HomeAssistant) -> Iterator[list[str]]:
    """Collect the entity ids of all state writes, changed or only reported."""
    written: list[str] = []

    @callback
    def collect(event: Event[Any]) -> None:
        written.append(event.data["entity_id"])

    @callback
    def every(_data: Mapping[str, Any]) -> bool:
        return True

    remove = [
        hass.bus.async_listen(EVENT_STATE_CHANGED, collect),
        hass.bus.async_listen(EVENT_STATE_REPORTED, collect, event_filter=every),
    ]
    yield written
    for unsubscribe in remove:
        unsubscribe()

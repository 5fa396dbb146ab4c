"""Home Assistant with an account that was set up by the config flow."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
import json
import logging
from pathlib import Path
import sys
import tempfile
from typing import Any, Final, cast
from unittest.mock import patch

from aiohttp import ThreadedResolver
from pytest_homeassistant_custom_component.common import async_test_home_assistant

from custom_components.ringcentral.api.websocket import WebSocketConnection
from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.coordinator import (
    PresenceCoordinator,
    RingCentralConfigEntry,
)
from demo.config_dir import HOST, http_storage
from demo.processes import free_port
from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.loader import DATA_CUSTOM_COMPONENTS

from .ulids import fast_ulids

_CLIENT: Final = "homeassistant.helpers.aiohttp_client"
# Limits of the number of enabled entities: Home Assistant's, and those of the integration,
# which enables only the telephony status in large accounts.
_LIMITS: Final = (
    "homeassistant.helpers.entity_platform.MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY",
    "custom_components.ringcentral.roster.entity_allocation.ENABLED_AT_MOST",
    "custom_components.ringcentral.roster.entity_allocation.FILLED_AT_MOST",
    "custom_components.ringcentral.roster.entity_allocation.FULL_SET_UP_TO",
)


class _Resolver(ThreadedResolver):
    """Resolver of the system."""

    async def real_close(self) -> None:
        """Close the resolver."""
        await self.close()


@dataclass(frozen=True, slots=True)
class Platform:
    """A simulated platform in a process of its own.

    Attributes:
        described: server and credentials.

    """

    process: asyncio.subprocess.Process
    described: dict[str, str]


@asynccontextmanager
async def platform(extensions: int, *switches: str) -> AsyncIterator[Platform]:
    """Run a simulator with this many users; a switch is `NAME=VALUE`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulator", "--port", "0", "--extensions", str(extensions)),
        *(word for switch in switches for word in ("--switch", switch)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield Platform(process, json.loads(await process.stdout.readline()))
    finally:
        process.terminate()
        await process.wait()


@contextmanager
def unlimited() -> Iterator[None]:
    """Lift the limits of entities, so that each extension has the same cost in all sizes."""
    with ExitStack() as stack:
        for limit in _LIMITS:
            stack.enter_context(patch(limit, sys.maxsize))
        yield


@contextmanager
def resolver_of_system() -> Iterator[None]:
    """Use the resolver of the system: Home Assistant's needs a network."""
    with patch(f"{_CLIENT}._async_make_resolver", lambda _hass: _Resolver()):
        yield


def _store_free_port(config_dir: Path) -> None:
    # Another program may have the default one.
    storage = config_dir / ".storage"
    storage.mkdir()
    http = http_storage(free_port(HOST, 0, ""))
    (storage / "http").write_text(json.dumps(http), encoding="utf-8")


@asynccontextmanager
async def home_assistant() -> AsyncIterator[HomeAssistant]:
    """Run a Home Assistant core with the integration and without entity limits."""
    logging.disable(logging.INFO)
    # It warns of each custom integration.
    logging.getLogger("homeassistant.loader").setLevel(logging.ERROR)
    with (
        unlimited(),
        fast_ulids(),
        tempfile.TemporaryDirectory() as config_dir,
        resolver_of_system(),
    ):
        _store_free_port(Path(config_dir))
        async with async_test_home_assistant(config_dir=config_dir) as hass:
            del hass.data[DATA_CUSTOM_COMPONENTS]
            yield hass
            await hass.async_stop(force=True)
            # Pending writes need the directory.
            await hass.async_block_till_done()


@dataclass(frozen=True, slots=True)
class Account:
    """An account that Home Assistant is signed in to."""

    hass: HomeAssistant
    entry: RingCentralConfigEntry

    @property
    def coordinator(self) -> PresenceCoordinator:
        """The coordinator of the entry."""
        return self.entry.runtime_data

    @property
    def user_ids(self) -> list[str]:
        """Sorted ids of the monitored extensions that belong to a person."""
        directory = self.coordinator.roster.directory
        return sorted(
            extension_id
            for extension_id in self.coordinator.data
            if directory[extension_id].is_person
        )

    @property
    def gateway(self) -> WebSocketConnection:
        """The open connection to the platform."""
        gateway = self.coordinator.stream._connection
        assert gateway is not None
        return gateway

    @property
    def subscription_id(self) -> str:
        """The subscription that notifications belong to."""
        subscription = self.coordinator.stream.subscriptions.subscription
        assert subscription is not None
        return subscription.id

    def receive(self, frame: bytes) -> None:
        """Handle a text frame in place of the receive loop."""
        self.gateway._handle_frame(frame)


async def sign_in(
    hass: HomeAssistant, platform: Platform, group: str = "everyone"
) -> Account:
    """Complete the config flow with a monitored group; wait for the first snapshot."""
    return await sign_in_to(hass, platform.described, group)


async def sign_in_to(
    hass: HomeAssistant, described: Mapping[str, str], group: str = "everyone"
) -> Account:
    """Sign in to the platform that is described, which may run in any process."""
    flow = hass.config_entries.flow
    result = await flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    answers: dict[str, dict[str, Any]] = {
        "jwt": {
            "client_id": described["clientId"],
            "client_secret": described["clientSecret"],
            "jwt": described["jwt"],
            "advanced": {"server": described["server"]},
        },
        "monitor": {"groups": [group], "extensions": []},
        "user": {"next_step_id": "jwt"},
    }
    while result["type"] in (FlowResultType.FORM, FlowResultType.MENU):
        assert not result.get("errors"), result.get("errors")
        answer = answers[str(result["step_id"])]
        result = await flow.async_configure(result["flow_id"], answer)
    await hass.async_block_till_done()
    return Account(hass, cast(RingCentralConfigEntry, result["result"]))

"""A running Home Assistant with an account of the integration, set up as users do."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
import json
import logging
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
from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.loader import DATA_CUSTOM_COMPONENTS

_CLIENT: Final = "homeassistant.helpers.aiohttp_client"
# What bounds the number of enabled entities: Home Assistant's limit, and our own room,
# which enables the telephony status alone in large accounts.
_LIMITS: Final = (
    "homeassistant.helpers.entity_platform.MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY",
    "custom_components.ringcentral.roster.entity_allocation.ENABLED_AT_MOST",
    "custom_components.ringcentral.roster.entity_allocation.FILLED_AT_MOST",
    "custom_components.ringcentral.roster.entity_allocation.FULL_SET_UP_TO",
)


class _Resolver(ThreadedResolver):
    """Resolves addresses as the system does."""

    async def real_close(self) -> None:
        """Close: Home Assistant's own is kept open by its users and closed with this."""
        await self.close()


@dataclass(frozen=True, slots=True)
class Platform:
    """A simulated platform in a process of its own.

    Attributes:
        described: what it says of itself: server, credentials.

    """

    process: asyncio.subprocess.Process
    described: dict[str, str]


@asynccontextmanager
async def platform(extensions: int) -> AsyncIterator[Platform]:
    """Run a simulator with so many people."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulator", "--port", "0", "--extensions", str(extensions)),
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
    """Let an entry have all entities of however many extensions.

    Only so are a small and a large account the same work for each extension.
    """
    with ExitStack() as stack:
        for limit in _LIMITS:
            stack.enter_context(patch(limit, sys.maxsize))
        yield


@asynccontextmanager
async def home_assistant() -> AsyncIterator[HomeAssistant]:
    """Run a Home Assistant core that finds the integration, and has room for all."""
    logging.disable(logging.INFO)
    # That a custom integration was found is no news.
    logging.getLogger("homeassistant.loader").setLevel(logging.ERROR)
    with (
        unlimited(),
        tempfile.TemporaryDirectory() as config_dir,
        # Its own resolver wants a network to look around in; loopback needs none.
        patch(f"{_CLIENT}._async_make_resolver", lambda _hass: _Resolver()),
    ):
        async with async_test_home_assistant(config_dir=config_dir) as hass:
            del hass.data[DATA_CUSTOM_COMPONENTS]
            yield hass
            await hass.async_stop(force=True)
            # What is being saved needs the directory.
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
        """The ids of the monitored extensions with a person behind, in a fixed order."""
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
        subscription = self.coordinator.stream.subscription
        assert subscription is not None
        return subscription.id

    def receive(self, frame: bytes) -> None:
        """Take a text frame, as the loop that receives does."""
        self.gateway._handle_safely(frame)


async def sign_in(
    hass: HomeAssistant, platform: Platform, group: str = "everyone"
) -> Account:
    """Go through the forms, monitor a group, and wait for the first whole picture."""
    flow = hass.config_entries.flow
    result = await flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    answers: dict[str, dict[str, Any]] = {
        "jwt": {
            "client_id": platform.described["clientId"],
            "client_secret": platform.described["clientSecret"],
            "jwt": platform.described["jwt"],
            "advanced": {"server": platform.described["server"]},
        },
        "monitor": {"groups": [group], "extensions": []},
        "user": {"next_step_id": "jwt"},
        "many": {"next_step_id": "monitor_many"},
    }
    while result["type"] in (FlowResultType.FORM, FlowResultType.MENU):
        assert not result.get("errors"), result.get("errors")
        answer = answers[str(result["step_id"])]
        result = await flow.async_configure(result["flow_id"], answer)
    await hass.async_block_till_done()
    return Account(hass, cast(RingCentralConfigEntry, result["result"]))

"""Reload, restart and kill of a Home Assistant."""

import asyncio
from copy import deepcopy
from typing import Any

from custom_components.ringcentral.calls.dispatcher import take_dispatcher
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant

from ..common import Account


class Instance:
    """A Home Assistant with one account."""

    def __init__(self, account: Account, storage: dict[str, Any]) -> None:
        """Initialize with a loaded account and the stored files."""
        self.account = account
        self._storage = storage

    @property
    def hass(self) -> HomeAssistant:
        """The Home Assistant core."""
        return self.account.hass

    async def reload(self) -> None:
        """Reload the entry, if its state allows it."""
        if self.account.entry.state.recoverable:
            await self.hass.config_entries.async_reload(self.account.entry.entry_id)

    async def restart(self, pause: float) -> None:
        """Stop, wait, and start, within one process."""
        if self.account.entry.state.recoverable:
            await self._stop()
            await self._start(pause)

    async def kill(self, pause: float) -> None:
        """Stop without writing files or closing connections."""
        if not self.account.entry.state.recoverable:
            return
        written = deepcopy(self._storage)
        self.account.simulator.drop_connections(abort=True)
        await self._stop()
        take_dispatcher(self.hass, self.account.entry.entry_id)
        self._storage.clear()
        self._storage.update(written)
        await self._start(pause)

    async def _stop(self) -> None:
        await self.hass.config_entries.async_unload(self.account.entry.entry_id)

    async def _start(self, pause: float) -> None:
        entry = self.account.entry
        await asyncio.sleep(pause)
        self.hass.set_state(CoreState.starting)
        try:
            # A retry of a failed set-up may have run before.
            if entry.state is ConfigEntryState.NOT_LOADED:
                await self.hass.config_entries.async_setup(entry.entry_id)
            # Automations listen only once everything has started.
            await asyncio.sleep(pause / 10)
        finally:
            self.hass.set_state(CoreState.running)
            self.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)

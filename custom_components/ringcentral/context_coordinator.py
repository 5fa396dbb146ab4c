"""A coordinator that tells only those whom a change concerns.

Home Assistant's own calls every listener at every update, which costs more with every
entity. Here the context of a listener says what it wants to hear of.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .api.clock import LoopYielder
from .api.exceptions import describe_origin
from .const import DOMAIN, LOGGER


class ContextCoordinator[DataT](DataUpdateCoordinator[DataT]):
    """Keeps its listeners by context."""

    config_entry: ConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, update_interval: timedelta
    ) -> None:
        """Have no listener yet."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=DOMAIN,
            update_interval=update_interval,
            # The pass over all is for what concerns all.
            always_update=False,
        )
        self._listeners_of: dict[Any, dict[CALLBACK_TYPE, CALLBACK_TYPE]] = {}

    @callback
    @override
    def async_add_listener(
        self, update_callback: CALLBACK_TYPE, context: Any = None
    ) -> Callable[[], None]:
        """Listen to what `context` names."""
        remove_from_base = super().async_add_listener(update_callback, context)
        listeners = self._listeners_of.setdefault(context, {})

        @callback
        def remove_listener() -> None:
            remove_from_base()
            listeners.pop(remove_listener, None)
            if not listeners and self._listeners_of.get(context) is listeners:
                del self._listeners_of[context]

        listeners[remove_listener] = update_callback
        return remove_listener

    @callback
    def async_update_context(self, context: str | None) -> None:
        """Call the listeners of one context; what one raises costs itself only."""
        for update_callback in list(self._listeners_of.get(context, {}).values()):
            try:
                update_callback()
            except Exception as err:  # noqa: BLE001 - the others must hear it too
                self.logger.error("Updating an entity failed: %s", describe_origin(err))

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Call the listeners of all extensions and of the account, giving way in between.

        Those without context are left out: the roster has not changed.
        """
        self.async_spawn(self._update_all_listeners(), "update of all entities")

    async def _update_all_listeners(self) -> None:
        turns = LoopYielder()
        for context in [c for c in self._listeners_of if c is not None]:
            self.async_update_context(context)
            await turns.yield_if_due()

    @callback
    def async_spawn[T](
        self, work: Coroutine[Any, Any, T], name: str
    ) -> asyncio.Task[T]:
        """Do something in the background for as long as the entry is loaded."""
        return self.config_entry.async_create_background_task(
            self.hass, work, f"{DOMAIN} {name}"
        )

"""Update coordinator that calls only the listeners of a context."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .api.clock import LoopYielder
from .api.exceptions import describe_origin
from .const import DOMAIN, LOGGER


class ContextCoordinator[DataT](DataUpdateCoordinator[DataT]):
    """Update coordinator with listeners by context."""

    # Home Assistant's own calls every listener at every update, which costs more with
    # every entity.

    config_entry: ConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, update_interval: timedelta
    ) -> None:
        """Initialize the coordinator without listeners."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=DOMAIN,
            update_interval=update_interval,
            # Snapshots update the contexts that they change.
            always_update=False,
        )
        self._context_listeners: dict[Any, dict[CALLBACK_TYPE, CALLBACK_TYPE]] = {}

    @callback
    @override
    def async_add_listener(
        self, update_callback: CALLBACK_TYPE, context: Any = None
    ) -> Callable[[], None]:
        remove_from_base = super().async_add_listener(update_callback, context)
        listeners = self._context_listeners.setdefault(context, {})

        @callback
        def remove_listener() -> None:
            remove_from_base()
            listeners.pop(remove_listener, None)
            if not listeners and self._context_listeners.get(context) is listeners:
                del self._context_listeners[context]

        listeners[remove_listener] = update_callback
        return remove_listener

    @callback
    def async_update_context(self, context: str | None) -> None:
        """Call the listeners of a context; errors of a listener do not affect others."""
        for update_callback in list(self._context_listeners.get(context, {}).values()):
            try:
                update_callback()
            except Exception as err:  # noqa: BLE001 - the others must be updated too
                self.logger.error("Updating an entity failed: %s", describe_origin(err))

    @callback
    @override
    def async_update_listeners(self) -> None:
        # Listeners without context follow the roster, which has not changed.
        self.async_update_contexts(c for c in self._context_listeners if c is not None)

    @callback
    def async_update_contexts(self, contexts: Iterable[str]) -> None:
        """Call the listeners of many contexts, yielding to the event loop in between."""
        self.config_entry.async_create_background_task(
            self.hass,
            self._update_contexts(tuple(contexts)),
            f"{DOMAIN} update of entities",
        )

    async def _update_contexts(self, contexts: Iterable[str]) -> None:
        yielder = LoopYielder()
        for context in contexts:
            self.async_update_context(context)
            await yielder.yield_if_due()

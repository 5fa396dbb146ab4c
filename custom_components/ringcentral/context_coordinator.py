"""Update coordinator that calls only the listeners of a context."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .api.clock import LoopYielder
from .api.exceptions import describe_origin
from .api.models.base import Record
from .const import DOMAIN, LOGGER

# Every bit.
_ALL: Final = -1


class AspectContext(Record, frozen=True):
    """Listener context: a context, and the aspects of it that concern the listener."""

    context: str
    # Bits.
    aspects: int


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
        # Callbacks of each context with their aspects. Tuples, since a callback may add or
        # remove others.
        self._context_listeners: dict[str, tuple[tuple[int, CALLBACK_TYPE], ...]] = {}
        self._observers: tuple[Callable[[str, int], None], ...] = ()

    @callback
    @override
    def async_add_listener(
        self, update_callback: CALLBACK_TYPE, context: Any = None
    ) -> Callable[[], None]:
        if context is None:
            # Polls are scheduled only while the base class has a listener.
            return super().async_add_listener(update_callback)
        key, aspects = (
            (context.context, context.aspects)
            if isinstance(context, AspectContext)
            else (context, _ALL)
        )
        listeners = self._context_listeners
        listeners[key] = (*listeners.get(key, ()), (aspects, update_callback))
        # Not a closure: the garbage collector visits one for each entity.
        return partial(self._remove_listener, key, update_callback)

    @callback
    def _remove_listener(self, context: str, update_callback: CALLBACK_TYPE) -> None:
        listeners = self._context_listeners
        left = tuple(one for one in listeners[context] if one[1] != update_callback)
        if left:
            listeners[context] = left
        else:
            del listeners[context]

    @callback
    def async_update_context(self, context: str, aspects: int = _ALL) -> None:
        """Call the listeners of a context that these aspects concern."""
        for concerned, update_callback in self._context_listeners.get(context, ()):
            if concerned & aspects:
                self._call(update_callback)
        for observer in self._observers:
            self._call(observer, context, aspects)

    @callback
    def async_add_observer(
        self, observer: Callable[[str, int], None]
    ) -> Callable[[], None]:
        """Call `observer` with each context and its aspects after their listeners."""
        self._observers = (*self._observers, observer)

        @callback
        def remove_observer() -> None:
            self._observers = tuple(o for o in self._observers if o != observer)

        return remove_observer

    @callback
    def async_update_without_context(self) -> None:
        """Call the listeners that have no context."""
        for update_callback, _ in list(self._listeners.values()):
            self._call(update_callback)

    def _call[*Ts](self, update_callback: Callable[[*Ts], None], *args: *Ts) -> None:
        try:
            update_callback(*args)
        except Exception as err:  # noqa: BLE001 - the others must be updated too
            self.logger.error("Updating an entity failed: %s", describe_origin(err))

    @callback
    @override
    def async_update_listeners(self) -> None:
        # Listeners without context follow the roster, which has not changed.
        self.async_update_contexts(self._context_listeners)

    @callback
    def async_update_contexts(
        self, contexts: Iterable[str], aspects: int = _ALL
    ) -> None:
        """Call the listeners of many contexts, yielding to the event loop in between."""
        self.config_entry.async_create_background_task(
            self.hass,
            self._update_contexts(tuple(contexts), aspects),
            f"{DOMAIN} update of entities",
        )

    async def _update_contexts(self, contexts: Iterable[str], aspects: int) -> None:
        yielder = LoopYielder()
        for context in contexts:
            self.async_update_context(context, aspects)
            await yielder.yield_if_due()

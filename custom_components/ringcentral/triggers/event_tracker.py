"""Call the triggers whose targets include the extension of a call event."""

from collections import defaultdict
from collections.abc import Callable
from itertools import count
from typing import Any, Final, NamedTuple

from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util.hass_dict import HassKey

from ..api.exceptions import describe_origin
from ..calls.dispatcher import SIGNAL_CALL_EVENT
from ..calls.lifecycle import CallEvent, ExtensionCallEvent
from ..const import DOMAIN, LOGGER
from ..targets import AREA_PREFIX, ExtensionRef, ExtensionTarget, extension_target_ids

_TRACKER: Final[HassKey[_CallEventTracker]] = HassKey(f"{DOMAIN}_call_event_tracker")

type CallEventListener = Callable[[ExtensionRef, CallEvent], None]


@callback
def async_track_call_events(
    hass: HomeAssistant, target: ExtensionTarget, listener: CallEventListener
) -> CALLBACK_TYPE:
    """Call a listener with each call event of the targeted extensions."""
    if (tracker := hass.data.get(_TRACKER)) is None:
        tracker = hass.data[_TRACKER] = _CallEventTracker(hass)
    return tracker.add(target, listener)


class _Tracked(NamedTuple):
    target: ExtensionTarget
    listener: CallEventListener


class _CallEventTracker:
    """Listeners by the ids of their targets.

    The listeners of an extension are found when it has a call event, and stored until their
    part of a registry changes: what is not called costs a trigger nothing.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize, and listen until the last listener is removed."""
        self._hass = hass
        # In the order in which they were added.
        self._numbers = count()
        self._tracked: dict[int, _Tracked] = {}
        self._by_target_id: defaultdict[str, set[int]] = defaultdict(set)
        self._by_extension: dict[ExtensionRef, tuple[int, ...]] = {}
        # Of the extensions for which listeners were found.
        self._area_target_ids: set[str] = set()
        self._stop_listening = [
            async_dispatcher_connect(hass, SIGNAL_CALL_EVENT, self._handle_call_event),
            hass.bus.async_listen(
                er.EVENT_ENTITY_REGISTRY_UPDATED,
                self._handle_registry_update,
                event_filter=self._is_own_entity,
            ),
            hass.bus.async_listen(
                dr.EVENT_DEVICE_REGISTRY_UPDATED,
                self._handle_registry_update,
                event_filter=self._is_own_device,
            ),
            hass.bus.async_listen(
                ar.EVENT_AREA_REGISTRY_UPDATED,
                self._handle_registry_update,
                event_filter=self._is_known_area,
            ),
        ]

    @callback
    def add(
        self, target: ExtensionTarget, listener: CallEventListener
    ) -> CALLBACK_TYPE:
        """Add a listener; return a callback that removes it."""
        number = next(self._numbers)
        self._tracked[number] = _Tracked(target, listener)
        for target_id in target.ids:
            self._by_target_id[target_id].add(number)
        self._by_extension.clear()

        @callback
        def remove() -> None:
            del self._tracked[number]
            for target_id in target.ids:
                numbers = self._by_target_id[target_id]
                numbers.remove(number)
                if not numbers:
                    del self._by_target_id[target_id]
            self._by_extension.clear()
            if not self._tracked:
                del self._hass.data[_TRACKER]
                for stop in self._stop_listening:
                    stop()

        return remove

    @callback
    def _is_own_entity(self, data: er.EventEntityRegistryUpdatedData) -> bool:
        entity = er.async_get(self._hass).async_get(data["entity_id"])
        return entity is None or entity.platform == DOMAIN

    @callback
    def _is_own_device(self, data: dr.EventDeviceRegistryUpdatedData) -> bool:
        if data["action"] == "remove":
            identifiers = data["device"]["identifiers"]
        elif device := dr.async_get(self._hass).async_get(data["device_id"]):
            identifiers = device.identifiers
        else:
            return True
        return any(identifier[0] == DOMAIN for identifier in identifiers)

    @callback
    def _is_known_area(self, data: ar.EventAreaRegistryUpdatedData) -> bool:
        return f"{AREA_PREFIX}{data['area_id']}" in self._area_target_ids

    @callback
    def _handle_registry_update(self, _event: Event[Any]) -> None:
        self._by_extension.clear()
        self._area_target_ids.clear()

    @callback
    def _handle_call_event(self, call_event: ExtensionCallEvent) -> None:
        ref = ExtensionRef(call_event.entry_id, call_event.extension_id)
        if (numbers := self._by_extension.get(ref)) is None:
            numbers = self._by_extension[ref] = self._find(ref)
        for number in numbers:
            # The run of a trigger before may have removed it.
            if (tracked := self._tracked.get(number)) is None:
                continue
            try:
                tracked.listener(ref, call_event.event)
            except Exception as err:  # noqa: BLE001 - the others must receive the event
                LOGGER.error(
                    "Trigger failed to handle a call event: %s", describe_origin(err)
                )

    def _find(self, ref: ExtensionRef) -> tuple[int, ...]:
        """Return the numbers of the listeners whose targets include an extension."""
        target_ids = extension_target_ids(self._hass, ref)
        self._area_target_ids.update(
            target_id for target_id in target_ids if target_id.startswith(AREA_PREFIX)
        )
        found = {
            number
            for target_id in target_ids
            if target_id in self._by_target_id
            for number in self._by_target_id[target_id]
        }
        return tuple(
            number
            for number in sorted(found)
            if not self._tracked[number].target.excludes(ref)
        )

"""Control of the calls of an account, while its option is on."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.signal_type import SignalType

from ..api.call_control import CallControlClient
from ..const import CONF_CALL_CONTROL, CONF_EXTENSION_ID, DOMAIN
from ..coordinator import PresenceCoordinator
from ..roster.identifiers import account_identifier, extension_identifier
from .controller import CallController
from .dialer import Dialer, get_ring_outs
from .models import Abilities, Whose
from .phones import KEPT_FOR, Phones

# By the id of their config entry.
_MANAGERS: Final[HassKey[dict[str, ControlManager]]] = HassKey(f"{DOMAIN}_control")
# Fired with the context of the user: device, action and result.
EVENT_CALL_CONTROL: Final = f"{DOMAIN}_call_control"
# What can be done with calls has changed.
SIGNAL_ABILITIES: Final[SignalType[()]] = SignalType(f"{DOMAIN}_abilities")


class ControlManager:
    """What controls the calls of an account."""

    def __init__(self, hass: HomeAssistant, coordinator: PresenceCoordinator) -> None:
        """Initialize; nothing is requested before the first command."""
        self._hass = hass
        self._entry = coordinator.config_entry
        client = coordinator.rest.as_client(CallControlClient)
        ring_outs = get_ring_outs(hass, coordinator)
        self.phones = Phones(client)
        self.dialer = Dialer(coordinator, client, self.phones, ring_outs)
        self.controller = CallController(
            coordinator, client, self.phones, self.dialer, ring_outs
        )
        self.controller.report = self._report
        self.dialer.hang_up = self.controller.async_hang_up
        self.dialer.report = partial(self._report, ring_outs.extension_id)
        self._start_timer = coordinator.monitor.tasks.start_timer
        self._abilities = self._read_abilities()
        self.phones.changed = self._update_abilities
        self.dialer.changed = self._update_abilities
        self.controller.denied.changed = self._update_abilities

    @callback
    def stop(self) -> None:
        """Release events that were held back; what was sent is followed to its end."""
        self.dialer.stop()

    def _read_abilities(self) -> list[Abilities]:
        return [self.controller.abilities(one) for one in (Whose.OWN, Whose.OTHERS)]

    @callback
    def _update_abilities(self) -> None:
        abilities = self._read_abilities()
        if abilities != self._abilities:
            self._abilities = abilities
            async_dispatcher_send(self._hass, SIGNAL_ABILITIES)
        if not abilities[0].has_phone:
            self._start_timer(KEPT_FOR, self._update_abilities)

    @callback
    def _report(
        self, extension_id: str, action: str, result: str, context: Context | None
    ) -> None:
        """Fire an event without personal data, which the activity of a device shows."""
        devices = dr.async_get(self._hass)
        identifiers = (
            extension_identifier(self._entry, extension_id),
            # The extension may not be shown.
            account_identifier(self._entry),
        )
        for identifier in identifiers:
            device = devices.async_get_device_by_identifier(
                identifier, self._entry.entry_id
            )
            if device is not None:
                data = {"device_id": device.id, "action": action, "result": result}
                self._hass.bus.async_fire(EVENT_CALL_CONTROL, data, context=context)
                return


@callback
def async_setup_control(hass: HomeAssistant, coordinator: PresenceCoordinator) -> None:
    """Set up the control of calls if its option is on."""
    entry = coordinator.config_entry
    entry.async_on_unload(partial(_remove, hass, entry.entry_id))
    async_apply_control(hass, coordinator, entry.options)


@callback
def async_apply_control(
    hass: HomeAssistant, coordinator: PresenceCoordinator, options: Mapping[str, object]
) -> None:
    """Turn the control of calls on or off; other options are read when needed."""
    entry_id = coordinator.config_entry.entry_id
    manager = get_control(hass, entry_id)
    is_wanted = options.get(CONF_CALL_CONTROL, False)
    if manager is None and not is_wanted:
        return
    if manager is None:
        managers = hass.data.setdefault(_MANAGERS, {})
        managers[entry_id] = ControlManager(hass, coordinator)
        if coordinator.monitor.has_snapshot:
            # The dialer waits for a snapshot, which may list a leg of an own RingOut.
            coordinator.schedule_refresh(
                [coordinator.config_entry.data[CONF_EXTENSION_ID]]
            )
    elif not is_wanted:
        manager.stop()
        _remove(hass, entry_id)
    # Another telephone may have been selected.
    async_dispatcher_send(hass, SIGNAL_ABILITIES)


@callback
def _remove(hass: HomeAssistant, entry_id: str) -> None:
    hass.data.get(_MANAGERS, {}).pop(entry_id, None)


@callback
def get_control(hass: HomeAssistant, entry_id: str) -> ControlManager | None:
    """Return the control of the calls of a config entry, None while it is off."""
    return hass.data.get(_MANAGERS, {}).get(entry_id)

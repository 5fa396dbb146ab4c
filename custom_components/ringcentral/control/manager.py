"""Control of the calls of an account, while its option is on."""

from collections.abc import Mapping
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_CALL_CONTROL, DOMAIN
from ..coordinator import PresenceCoordinator
from .controller import CallController
from .dialer import Dialer
from .phones import Phones

# By the id of their config entry.
_MANAGERS: Final[HassKey[dict[str, ControlManager]]] = HassKey(f"{DOMAIN}_control")
# Fired with the context of the user: device, action and result.
EVENT_CALL_CONTROL: Final = f"{DOMAIN}_call_control"


class ControlManager:
    """What controls the calls of an account."""

    controller: CallController
    dialer: Dialer
    phones: Phones

    def __init__(self, hass: HomeAssistant, coordinator: PresenceCoordinator) -> None:
        """Initialize; nothing is requested before the first command."""
        raise NotImplementedError

    @callback
    def stop(self) -> None:
        """Release events that were held back, and what waits for an answer."""
        raise NotImplementedError


@callback
def async_setup_control(hass: HomeAssistant, coordinator: PresenceCoordinator) -> None:
    """Set up the control of calls if its option is on."""
    if coordinator.config_entry.options.get(CONF_CALL_CONTROL):
        raise NotImplementedError


@callback
def async_apply_control(
    hass: HomeAssistant, coordinator: PresenceCoordinator, options: Mapping[str, object]
) -> None:
    """Turn the control of calls on or off, or change its telephones."""
    raise NotImplementedError


@callback
def get_control(hass: HomeAssistant, entry_id: str) -> ControlManager | None:
    """Return the control of the calls of a config entry, None while it is off."""
    return hass.data.get(_MANAGERS, {}).get(entry_id)

"""Actions on calls, registered while an account has the option."""

from collections.abc import Mapping
from typing import NamedTuple

import voluptuous as vol

from homeassistant.core import HomeAssistant, callback

from ..control.models import Action


class ControlAction(NamedTuple):
    """An action of Home Assistant, and its fields."""

    name: str
    action: Action
    fields: Mapping[vol.Marker, object]


@callback
def async_follow_control_option(hass: HomeAssistant) -> None:
    """Register the actions while any config entry has the option."""
    raise NotImplementedError

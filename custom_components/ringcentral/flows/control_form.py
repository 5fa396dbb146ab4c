"""Form with the settings of call control."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow

from ..coordinator import PresenceCoordinator


async def async_show_control_form(
    flow: OptionsFlow, coordinator: PresenceCoordinator, options: Mapping[str, Any]
) -> ConfigFlowResult:
    """Show the form, with the telephones that can be selected if they are readable."""
    raise NotImplementedError

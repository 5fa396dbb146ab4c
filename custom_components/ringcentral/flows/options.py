"""Options flow: change what is monitored while the account is running."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow

from ..api.exceptions import RingCentralError
from ..const import CONF_MORE_SENSORS, CONF_ON_THE_PHONE
from ..coordinator import (
    PresenceCoordinator,
    RingCentralConfigEntry,
    loaded_coordinator,
)
from ..privacy import Privacy
from ..roster.models import Selection
from .selection_form import async_check_lists, show_selection_form


class RingCentralOptionsFlow(OptionsFlow):
    """Change selection, privacy level and entities without a reload."""

    config_entry: RingCentralConfigEntry

    def __init__(self) -> None:
        """Initialize the flow."""
        self._options: dict[str, Any] = {}

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Select what to monitor."""
        if (coordinator := self._coordinator) is None:
            return self.async_abort(reason="not_loaded")
        error: RingCentralError | str | None = None
        if user_input is not None:
            self._options = user_input
            error = await self._async_change(
                coordinator, Selection.from_options(user_input)
            )
            if self._coordinator is not coordinator:
                # Reloaded in the meantime: the new coordinator has the former options.
                return self.async_abort(reason="not_loaded")
            if error is None:
                coordinator.change_privacy(Privacy.from_options(user_input))
                coordinator.more_sensors = user_input.get(CONF_MORE_SENSORS, False)
                coordinator.on_the_phone = user_input.get(CONF_ON_THE_PHONE, False)
                coordinator.async_update_without_context()
                return self.async_create_entry(data=user_input)
        return show_selection_form(
            self,
            "init",
            coordinator.roster.directory,
            coordinator.privacy,
            self._options or self.config_entry.options,
            error,
            {
                CONF_ON_THE_PHONE: coordinator.on_the_phone,
                CONF_MORE_SENSORS: coordinator.more_sensors,
            },
        )

    @property
    def _coordinator(self) -> PresenceCoordinator | None:
        # The entry may be removed while the form is open.
        return loaded_coordinator(
            self.hass.config_entries.async_get_entry(self.handler)
        )

    async def _async_change(
        self, coordinator: PresenceCoordinator, selection: Selection
    ) -> RingCentralError | str | None:
        if selection.is_empty:
            return "nothing_selected"
        # They differ while another flow changes the selection.
        saved = Selection.from_options(self.config_entry.options)
        if selection == saved == coordinator.roster.selection:
            return None
        try:
            await async_check_lists(coordinator.rest, selection)
            if self._coordinator is coordinator:
                await coordinator.async_change_selection(selection)
        except RingCentralError as err:
            return err
        return None

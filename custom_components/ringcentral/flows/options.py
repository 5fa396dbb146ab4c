"""Options flow: change what is monitored while the account is running."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow

from ..api.exceptions import RingCentralError
from ..const import CONF_CALL_CONTROL, CONF_MORE_SENSORS, CONF_ON_THE_PHONE
from ..control.manager import async_apply_control
from ..coordinator import (
    PresenceCoordinator,
    RingCentralConfigEntry,
    loaded_coordinator,
)
from ..privacy import Privacy
from ..roster.models import Selection
from .control_form import async_show_control_form, control_options
from .selection_form import async_check_lists, show_selection_form


class RingCentralOptionsFlow(OptionsFlow):
    """Change selection, privacy level, entities and call control without a reload."""

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
        if user_input is None:
            return self._show_selection(coordinator)
        self._options = user_input
        if not user_input.get(CONF_CALL_CONTROL):
            return await self._async_finish(coordinator, user_input)
        selection = Selection.from_options(user_input)
        if error := await self._async_check(coordinator, selection):
            return self._show_selection(coordinator, error)
        return await self.async_step_control()

    async def async_step_control(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Select the telephones of call control; nothing is changed before."""
        if (coordinator := self._coordinator) is None:
            return self.async_abort(reason="not_loaded")
        saved = self.config_entry.options
        if user_input is None:
            return await async_show_control_form(self, coordinator, saved)
        options = {**self._options, **control_options(user_input, saved)}
        return await self._async_finish(coordinator, options)

    async def _async_finish(
        self, coordinator: PresenceCoordinator, options: dict[str, Any]
    ) -> ConfigFlowResult:
        """Apply and save the options, or show why they are refused."""
        selection = Selection.from_options(options)
        error = await self._async_change(coordinator, selection)
        if self._coordinator is not coordinator:
            # Reloaded in the meantime: the new coordinator has the former options.
            return self.async_abort(reason="not_loaded")
        if error is not None:
            return self._show_selection(coordinator, error)
        coordinator.change_privacy(Privacy.from_options(options))
        coordinator.more_sensors = options.get(CONF_MORE_SENSORS, False)
        coordinator.on_the_phone = options.get(CONF_ON_THE_PHONE, False)
        async_apply_control(self.hass, coordinator, options)
        coordinator.async_update_without_context()
        return self.async_create_entry(data=options)

    def _show_selection(
        self,
        coordinator: PresenceCoordinator,
        error: RingCentralError | str | None = None,
    ) -> ConfigFlowResult:
        options = self._options or self.config_entry.options
        return show_selection_form(
            self,
            "init",
            coordinator.roster.directory,
            coordinator.privacy,
            options,
            error,
            {
                CONF_ON_THE_PHONE: coordinator.on_the_phone,
                CONF_MORE_SENSORS: coordinator.more_sensors,
                CONF_CALL_CONTROL: bool(
                    self.config_entry.options.get(CONF_CALL_CONTROL)
                ),
            },
        )

    @property
    def _coordinator(self) -> PresenceCoordinator | None:
        # The entry may be removed while the form is open.
        return loaded_coordinator(
            self.hass.config_entries.async_get_entry(self.handler)
        )

    async def _async_check(
        self, coordinator: PresenceCoordinator, selection: Selection
    ) -> RingCentralError | str | None:
        """Return why a selection is refused, unless it is in effect."""
        if selection.is_empty:
            return "nothing_selected"
        if self._is_selected(coordinator, selection):
            return None
        try:
            await async_check_lists(coordinator.rest, selection)
        except RingCentralError as err:
            return err
        return None

    async def _async_change(
        self, coordinator: PresenceCoordinator, selection: Selection
    ) -> RingCentralError | str | None:
        if error := await self._async_check(coordinator, selection):
            return error
        if self._coordinator is coordinator and not self._is_selected(
            coordinator, selection
        ):
            try:
                await coordinator.async_change_selection(selection)
            except RingCentralError as err:
                return err
        return None

    def _is_selected(
        self, coordinator: PresenceCoordinator, selection: Selection
    ) -> bool:
        # They differ while another flow changes the selection.
        saved = Selection.from_options(self.config_entry.options)
        return selection == saved == coordinator.roster.selection

"""Changing what is monitored, while it is."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow

from ..api.exceptions import RingCentralError
from ..coordinator import (
    PresenceCoordinator,
    RingCentralConfigEntry,
    loaded_coordinator,
)
from ..privacy import Privacy
from ..roster.models import Selection
from .selection_form import async_check_lists, show_selection_form


class RingCentralOptionsFlow(OptionsFlow):
    """Changes what is monitored and how much is shown of it, without a reload."""

    config_entry: RingCentralConfigEntry

    def __init__(self) -> None:
        """Have nothing chosen yet."""
        self._choice: dict[str, Any] = {}

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose what to monitor."""
        if (coordinator := self._coordinator()) is None:
            return self.async_abort(reason="not_loaded")
        if user_input is None:
            return self._show_choice(coordinator)
        self._choice = user_input
        return await self._async_hand_over(coordinator)

    async def _async_hand_over(
        self, coordinator: PresenceCoordinator
    ) -> ConfigFlowResult:
        """Hand the new choice to the running coordinator."""
        error: RingCentralError | str | None = None
        selection = Selection.from_options(self._choice)
        try:
            if selection.is_empty:
                error = "nothing_selected"
            elif self._is_new(selection, coordinator):
                await async_check_lists(coordinator.rest, selection)
                if self._coordinator() is coordinator:
                    await coordinator.async_change_selection(selection)
        except RingCentralError as err:
            error = err
        if self._coordinator() is not coordinator:
            # Reloaded meanwhile: the new choice would reach nobody.
            return self.async_abort(reason="not_loaded")
        if error is not None:
            return self._show_choice(coordinator, error)
        coordinator.change_privacy(Privacy.from_options(self._choice))
        return self.async_create_entry(data=self._choice)

    def _show_choice(
        self,
        coordinator: PresenceCoordinator,
        error: RingCentralError | str | None = None,
    ) -> ConfigFlowResult:
        """Show what is chosen."""
        return show_selection_form(
            self,
            "init",
            coordinator.roster.directory,
            coordinator.privacy,
            self._choice or self.config_entry.options,
            error,
        )

    def _is_new(self, selection: Selection, coordinator: PresenceCoordinator) -> bool:
        """Tell whether there is anything to change, and the platform to be asked.

        While a change is under way, what is saved and what is watched may differ.
        """
        saved = Selection.from_options(self.config_entry.options)
        return not selection == saved == coordinator.roster.selection

    def _coordinator(self) -> PresenceCoordinator | None:
        """Return who watches the account now; the entry may be gone meanwhile."""
        return loaded_coordinator(
            self.hass.config_entries.async_get_entry(self.handler)
        )

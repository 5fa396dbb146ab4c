"""The form that chooses what to monitor, for a new account and a running one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import voluptuous as vol

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult, OptionsFlow
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from .api.directory import Extension
from .api.errors import RingCentralError
from .api.rest import RestClient
from .const import CONF_EXTENSIONS, CONF_GROUPS, CONF_PRIVACY
from .privacy import Privacy
from .room import FILLED_AT_MOST, FULL_SET_UP_TO, by_number
from .roster import Group, Roster, Selection
from .translate import translation_key, translation_placeholders


def show_choice(
    flow: ConfigFlow | OptionsFlow,
    step_id: str,
    directory: Mapping[str, Extension],
    privacy: Privacy,
    suggested: Mapping[str, Any],
    error: RingCentralError | str | None,
) -> ConfigFlowResult:
    """Show the form that chooses what to monitor."""
    errors, placeholders = form_error(error)
    return flow.async_show_form(
        step_id=step_id,
        data_schema=flow.add_suggested_values_to_schema(
            _monitor_schema(directory, privacy), suggested
        ),
        errors=errors,
        description_placeholders=placeholders,
    )


def is_many(chosen: int, *, former: int = 0) -> bool:
    """Tell whether so many extensions are to be confirmed: they have fewer entities."""
    return chosen > max(FULL_SET_UP_TO, former)


def show_many(
    flow: ConfigFlow | OptionsFlow, chosen: int, back: str
) -> ConfigFlowResult:
    """Ask whether so many extensions are meant, and say what it means for them."""
    return flow.async_show_menu(
        step_id="many",
        menu_options=["monitor_many", back],
        description_placeholders={
            "chosen": str(chosen),
            "limit": str(FULL_SET_UP_TO),
            "at_most": str(FILLED_AT_MOST),
        },
    )


def form_error(
    error: RingCentralError | str | None,
) -> tuple[dict[str, str], dict[str, str]]:
    """Return what a form shows of an error: its key, and what its text mentions."""
    if error is None:
        return {}, {}
    if isinstance(error, str):
        return {"base": error}, {}
    return {"base": translation_key(error)}, translation_placeholders(error)


async def async_roster(
    rest: RestClient, selection: Selection, directory: Mapping[str, Extension]
) -> Roster:
    """Return who would be monitored, by the lists that a selection needs.

    Raises:
        RingCentralError: this user or app may not read one of them.

    """
    roster = Roster(selection=selection, directory=directory)
    if Group.LINES in selection.groups:
        roster = replace(roster, lines=await rest.line_extension_ids())
    if Group.FAVORITES in selection.groups:
        roster = replace(roster, favorites=await rest.favorite_extension_ids())
    return roster


def still_possible(
    options: Mapping[str, Any], directory: Mapping[str, Extension]
) -> dict[str, Any]:
    """Return the present choice without people who have left: no form accepts them."""
    people = {e.id for e in directory.values() if e.can_be_monitored}
    return {
        **options,
        CONF_EXTENSIONS: [e for e in options.get(CONF_EXTENSIONS, ()) if e in people],
    }


def _monitor_schema(directory: Mapping[str, Extension], privacy: Privacy) -> vol.Schema:
    """Return the form that chooses what to monitor, and how much of it to show."""
    people = sorted(
        (e for e in directory.values() if e.can_be_monitored),
        key=by_number,
    )
    return vol.Schema(
        {
            vol.Optional(CONF_GROUPS, default=list): SelectSelector(
                SelectSelectorConfig(
                    options=[group.value for group in Group],
                    multiple=True,
                    mode=SelectSelectorMode.LIST,
                    translation_key="monitor_groups",
                )
            ),
            vol.Optional(CONF_EXTENSIONS, default=list): SelectSelector(
                SelectSelectorConfig(
                    options=[
                        SelectOptionDict(
                            value=e.id, label=f"{e.number or ''} {e.name or ''}".strip()
                        )
                        for e in people
                    ],
                    multiple=True,
                    mode=SelectSelectorMode.DROPDOWN,
                )
            ),
            vol.Required(CONF_PRIVACY, default=privacy.value): SelectSelector(
                SelectSelectorConfig(
                    options=[level.value for level in Privacy],
                    mode=SelectSelectorMode.LIST,
                    translation_key="privacy",
                )
            ),
        }
    )

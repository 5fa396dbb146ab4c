"""The form that chooses what to monitor, for a new account and a running one."""

from collections.abc import Collection, Mapping
from typing import Any

import voluptuous as vol

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult, OptionsFlow
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from ..api.exceptions import RingCentralError
from ..api.models.directory import Extension
from ..api.rest import RestClient
from ..const import (
    CONF_DEPARTMENTS,
    CONF_EXTENSIONS,
    CONF_GROUPS,
    CONF_PRIVACY,
    CONF_SITES,
)
from ..exceptions import translation_key, translation_placeholders
from ..privacy import Privacy
from ..roster.entity_allocation import by_number
from ..roster.models import Group, Selection

type _Fields = dict[vol.Marker, object]


def show_selection_form(
    flow: ConfigFlow | OptionsFlow,
    step_id: str,
    directory: Mapping[str, Extension],
    privacy: Privacy,
    suggested: Mapping[str, Any],
    error: RingCentralError | str | None,
) -> ConfigFlowResult:
    """Show the form that chooses what to monitor.

    Args:
        flow: which shows it.
        step_id: the step that takes what is entered.
        directory: whom there is to choose from.
        privacy: the level to begin with.
        suggested: the choice to begin with; who has left the company is left out.
        error: why the last choice was refused.

    """
    chosen = _still_possible(suggested, directory)
    errors, placeholders = form_error(error)
    fields = _whom(directory, chosen) | _privacy(privacy)
    return flow.async_show_form(
        step_id=step_id,
        data_schema=flow.add_suggested_values_to_schema(vol.Schema(fields), chosen),
        errors=errors,
        description_placeholders=placeholders,
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


async def async_check_lists(rest: RestClient, selection: Selection) -> None:
    """Request the lists that a selection needs.

    Raises:
        RingCentralError: this user or app may not read one of them.

    """
    if Group.LINES in selection.groups:
        await rest.line_extension_ids()
    if Group.FAVORITES in selection.groups:
        await rest.favorite_extension_ids()


def _still_possible(
    options: Mapping[str, Any], directory: Mapping[str, Extension]
) -> dict[str, Any]:
    """Return a choice without who has left the company, and groups not known here.

    All the rest stays chosen until the user takes it out: somebody disabled, a site or a
    department without people may be back tomorrow.
    """
    possible: dict[str, Collection[str]] = {
        CONF_GROUPS: tuple(Group),
        CONF_EXTENSIONS: directory,
    }
    return {
        key: [one for one in value if one in possible[key]]
        if key in possible
        else value
        for key, value in options.items()
    }


def _people(directory: Mapping[str, Extension]) -> list[Extension]:
    """Return whom there is to choose from."""
    return [e for e in directory.values() if e.can_be_monitored]


def _sites(
    directory: Mapping[str, Extension], chosen: Collection[str]
) -> dict[str, str]:
    """Return the name of each site by its id, in the order of names.

    One that is chosen may have nobody left who tells its name.
    """
    names = {e.site_id: e.site for e in directory.values()}
    ids = {e.site_id for e in _people(directory) if e.site_id is not None}
    sites = {site_id: names.get(site_id) or site_id for site_id in ids.union(chosen)}
    return dict(sorted(sites.items(), key=lambda site: (site[1].casefold(), site)))


def _departments(
    directory: Mapping[str, Extension], chosen: Collection[str]
) -> list[str]:
    """Return the names of the departments in their order."""
    people = _people(directory)
    names = {e.department for e in people if e.department is not None}.union(chosen)
    return sorted(names, key=lambda name: (name.casefold(), name))


def _whom(directory: Mapping[str, Extension], chosen: Mapping[str, Any]) -> _Fields:
    """Return the fields that choose who is monitored.

    In a company with one site or without departments there is nothing to choose, unless
    that is what is chosen.
    """
    sites = _sites(directory, chosen.get(CONF_SITES, ()))
    departments = _departments(directory, chosen.get(CONF_DEPARTMENTS, ()))
    single = frozenset(chosen.get(CONF_EXTENSIONS, ()))
    people = [e for e in directory.values() if e.can_be_monitored or e.id in single]
    fields: _Fields = {
        vol.Optional(CONF_GROUPS, default=list): SelectSelector(
            SelectSelectorConfig(
                options=[group.value for group in Group],
                multiple=True,
                mode=SelectSelectorMode.LIST,
                translation_key="monitor_groups",
            )
        )
    }
    if len(sites) > 1 or chosen.get(CONF_SITES):
        fields[vol.Optional(CONF_SITES)] = _dropdown(sites)
    if departments:
        fields[vol.Optional(CONF_DEPARTMENTS)] = _dropdown(
            {name: name for name in departments}
        )
    fields[vol.Optional(CONF_EXTENSIONS, default=list)] = _dropdown(
        {
            e.id: f"{e.number or ''} {e.name or ''}".strip()
            for e in sorted(people, key=by_number)
        }
    )
    return fields


def _dropdown(labels: Mapping[str, str]) -> SelectSelector:
    """Return a field that chooses any number of what may be a long list."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[
                SelectOptionDict(value=value, label=label)
                for value, label in labels.items()
            ],
            multiple=True,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )


def _privacy(privacy: Privacy) -> _Fields:
    """Return the field that chooses how much is shown."""
    return {
        vol.Required(CONF_PRIVACY, default=privacy.value): SelectSelector(
            SelectSelectorConfig(
                options=[level.value for level in Privacy],
                mode=SelectSelectorMode.LIST,
                translation_key="privacy",
            )
        )
    }

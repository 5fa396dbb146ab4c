"""Form that selects what to monitor, for new and running accounts."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import voluptuous as vol

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult, OptionsFlow
from homeassistant.helpers.selector import (
    BooleanSelector,
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
from ..exceptions import form_error
from ..privacy import Privacy
from ..roster.models import Group, Selection, by_number


def show_selection_form(
    flow: ConfigFlow | OptionsFlow,
    step_id: str,
    directory: Mapping[str, Extension],
    privacy: Privacy,
    options: Mapping[str, Any],
    error: RingCentralError | str | None,
    further_options: Mapping[str, bool] | None = None,
) -> ConfigFlowResult:
    """Show the form with `options` selected, and why they could not be saved.

    `further_options` are those that a new account does not have.
    """
    selected = _drop_unavailable(options, directory)
    errors, placeholders = form_error(error)
    fields = _fields(directory, privacy, selected)
    for key, is_on in (further_options or {}).items():
        # Submitted without it, the form leaves it as it is.
        default = is_on or vol.UNDEFINED
        fields[vol.Optional(key, default=default)] = BooleanSelector()
    return flow.async_show_form(
        step_id=step_id,
        data_schema=flow.add_suggested_values_to_schema(vol.Schema(fields), selected),
        errors=errors,
        description_placeholders=placeholders,
    )


async def async_check_lists(rest: RestClient, selection: Selection) -> None:
    """Raise RingCentralError if a list that a selection needs is not permitted."""
    if Group.LINES in selection.groups:
        await rest.line_extension_ids()
    if Group.FAVORITES in selection.groups:
        await rest.favorite_extension_ids()


def _drop_unavailable(
    options: Mapping[str, Any], directory: Mapping[str, Extension]
) -> dict[str, Any]:
    # Disabled extensions, and sites or departments without people, may come back.
    available: dict[str, Collection[str]] = {
        CONF_GROUPS: tuple(Group),
        CONF_EXTENSIONS: directory,
    }
    return {
        key: [item for item in value if item in available[key]]
        if key in available
        else value
        for key, value in options.items()
    }


def people_field(
    directory: Mapping[str, Extension], selected: Collection[str]
) -> SelectSelector:
    """Return the field that selects extensions."""
    people = [e for e in directory.values() if e.can_be_monitored or e.id in selected]
    return _dropdown(_labels(people))


def queue_field(
    directory: Mapping[str, Extension], excluded: Collection[str | None]
) -> SelectSelector | None:
    """Return the field that selects another call queue, None if there are none."""
    queues = [
        e
        for e in directory.values()
        if e.type == "Department" and e.status == "Enabled" and e.id not in excluded
    ]
    return _dropdown(_labels(queues), multiple=False) if queues else None


def _labels(extensions: Iterable[Extension]) -> dict[str, str]:
    return {
        e.id: f"{e.number or ''} {e.name or ''}".strip()
        for e in sorted(extensions, key=by_number)
    }


def sites_field(
    directory: Mapping[str, Extension], selected: Collection[str]
) -> SelectSelector | None:
    """Return the field that selects sites by id, None if there is only one."""
    names = {e.site_id: e.site for e in directory.values()}
    ids = {
        e.site_id
        for e in directory.values()
        if e.can_be_monitored and e.site_id is not None
    }
    # The name of a selected site is unknown if no extension belongs to it.
    sites = {site_id: names.get(site_id) or site_id for site_id in ids.union(selected)}
    if len(sites) < 2 and not selected:
        return None
    return _dropdown(
        dict(sorted(sites.items(), key=lambda site: (site[1].casefold(), site)))
    )


def departments_field(
    directory: Mapping[str, Extension], selected: Collection[str]
) -> SelectSelector | None:
    """Return the field that selects departments by name, None if there are none."""
    names = {
        e.department
        for e in directory.values()
        if e.can_be_monitored and e.department is not None
    }.union(selected)
    if not names:
        return None
    return _dropdown(
        {name: name for name in sorted(names, key=lambda name: (name.casefold(), name))}
    )


def _fields(
    directory: Mapping[str, Extension], privacy: Privacy, selected: Mapping[str, Any]
) -> dict[vol.Marker, object]:
    fields: dict[vol.Marker, object] = {
        vol.Optional(CONF_GROUPS, default=list): SelectSelector(
            SelectSelectorConfig(
                options=[group.value for group in Group],
                multiple=True,
                mode=SelectSelectorMode.LIST,
                translation_key="monitor_groups",
            )
        )
    }
    if sites := sites_field(directory, selected.get(CONF_SITES, ())):
        fields[vol.Optional(CONF_SITES)] = sites
    if departments := departments_field(directory, selected.get(CONF_DEPARTMENTS, ())):
        fields[vol.Optional(CONF_DEPARTMENTS)] = departments
    ids = frozenset(selected.get(CONF_EXTENSIONS, ()))
    fields[vol.Optional(CONF_EXTENSIONS, default=list)] = people_field(directory, ids)
    fields[vol.Required(CONF_PRIVACY, default=privacy.value)] = SelectSelector(
        SelectSelectorConfig(
            options=[level.value for level in Privacy],
            mode=SelectSelectorMode.LIST,
            translation_key="privacy",
        )
    )
    return fields


def _dropdown(labels: Mapping[str, str], *, multiple: bool = True) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=[
                SelectOptionDict(value=value, label=label)
                for value, label in labels.items()
            ],
            multiple=multiple,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )

"""Subentry flow: add and change groups."""

from collections.abc import Collection, Mapping
from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
    UnknownSubEntry,
)
from homeassistant.const import CONF_NAME
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.selector import SelectSelector, TextSelector

from ..const import CONF_DEPARTMENTS, CONF_EXTENSIONS, CONF_QUEUE, CONF_SITES
from ..coordinator import loaded_coordinator
from ..roster.models import Roster
from ..texts import one_line
from .selection_form import departments_field, people_field, queue_field, sites_field

_MEMBERS: Final = (CONF_EXTENSIONS, CONF_SITES, CONF_DEPARTMENTS)


class GroupFlow(ConfigSubentryFlow):
    """Add or change a group without a reload: a team, or a call queue."""

    async def async_step_user(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Select the kind of group."""
        if self._queue_field is None:
            return await self.async_step_team()
        return self.async_show_menu(step_id="user", menu_options=["team", "queue"])

    async def async_step_reconfigure(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show the form of the group's kind."""
        if CONF_QUEUE in self._saved:
            return await self.async_step_queue()
        return await self.async_step_team()

    async def async_step_team(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Name a team and select its members."""
        roster, saved = self._roster, self._saved
        entered = saved if user_input is None else user_input
        members = {key: sorted(entered.get(key, ())) for key in _MEMBERS}
        errors: dict[str, str] = {}
        if user_input is not None:
            if not (name := _one_line(user_input[CONF_NAME])):
                errors = {CONF_NAME: "name_missing"}
            elif not any(members.values()):
                errors = {"base": "nothing_selected"}
            else:
                return self._finish(name, members)
        ids = [i for i in members[CONF_EXTENSIONS] if i in roster.directory]
        return self._show(
            "team",
            _team_fields(roster, members),
            {**entered, **members, CONF_EXTENSIONS: ids},
            errors,
        )

    async def async_step_queue(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Select a call queue, which cannot be changed later, and name it."""
        directory, saved = self._roster.directory, self._saved
        errors: dict[str, str] = {}
        if user_input is not None:
            queue_id = {**saved, **user_input}[CONF_QUEUE]
            queue = directory.get(queue_id)
            name = _one_line(user_input.get(CONF_NAME)) or _one_line(
                queue and queue.name
            )
            if name:
                return self._finish(name, {CONF_QUEUE: queue_id}, queue_id)
            errors = {CONF_NAME: "name_missing"}
        fields: dict[vol.Marker, object] = {vol.Optional(CONF_NAME): TextSelector()}
        if not saved:
            if (field := self._queue_field) is None:
                # None is left since the menu or this form was opened.
                return await self.async_step_user()
            fields = {vol.Required(CONF_QUEUE): field, **fields}
        return self._show("queue", fields, user_input or saved, errors)

    @property
    def _roster(self) -> Roster:
        # The entry may be removed while the form is open.
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if (coordinator := loaded_coordinator(entry)) is None:
            raise AbortFlow("not_loaded")
        return coordinator.roster

    @property
    def _queue_field(self) -> SelectSelector | None:
        directory, subentries = self._roster.directory, self._get_entry().subentries
        return queue_field(directory, {one.unique_id for one in subentries.values()})

    @property
    def _former(self) -> ConfigSubentry | None:
        if self.source != SOURCE_RECONFIGURE:
            return None
        try:
            return self._get_reconfigure_subentry()
        except UnknownSubEntry:
            raise AbortFlow("group_removed") from None

    @property
    def _saved(self) -> Mapping[str, Any]:
        former = self._former
        return {} if former is None else {CONF_NAME: former.title, **former.data}

    @callback
    def _show(
        self,
        step_id: str,
        fields: dict[vol.Marker, object],
        entered: Mapping[str, Any],
        errors: dict[str, str],
    ) -> SubentryFlowResult:
        schema = self.add_suggested_values_to_schema(vol.Schema(fields), entered)
        return self.async_show_form(step_id=step_id, data_schema=schema, errors=errors)

    @callback
    def _finish(
        self, name: str, data: Mapping[str, Any], unique_id: str | None = None
    ) -> SubentryFlowResult:
        if (former := self._former) is None:
            return self.async_create_entry(title=name, data=data, unique_id=unique_id)
        return self.async_update_and_abort(
            self._get_entry(), former, title=name, data=data
        )


def _one_line(text: str | None) -> str:
    return (one_line(text) or "").strip()


def _team_fields(
    roster: Roster, members: Mapping[str, Collection[str]]
) -> dict[vol.Marker, object]:
    """Return the fields of a team; only people who are shown can be selected."""
    ids, sites, departments = (members[key] for key in _MEMBERS)
    shown = roster.monitored.union(ids)
    people = {i: e for i, e in roster.directory.items() if i in shown}
    # Names of selected sites whose people are no longer shown.
    named = {i: e for i, e in roster.directory.items() if e.site_id in sites}
    fields: dict[vol.Marker, object] = {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Optional(CONF_EXTENSIONS): people_field(people, ids),
    }
    if (field := sites_field(people | named, sites)) is not None:
        fields[vol.Optional(CONF_SITES)] = field
    if (field := departments_field(people, departments)) is not None:
        fields[vol.Optional(CONF_DEPARTMENTS)] = field
    return fields

"""WebSocket command of the board: who is shown, in which order, with which entities."""

from collections.abc import Callable, Mapping, Set as AbstractSet
from functools import partial
from typing import Any, Final

import voluptuous as vol

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    websocket_command,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util

from ..api.clock import LoopYielder
from ..api.models.directory import Extension
from ..const import DOMAIN, MAIN_KEY
from ..coordinator import RingCentralConfigEntry, loaded_coordinator
from ..roster.identifiers import (
    account_identifier,
    entity_unique_id,
    identified_extensions,
)
from ..roster.models import Group, Selection

type _Json = dict[str, Any]

# Not the selects, which have keys of sensors.
_PLATFORMS: Final = frozenset({Platform.BINARY_SENSOR, Platform.SENSOR})
_OF_ACCOUNT: Final = frozenset({"connection", "link", "last_loss"})
_OF_PERSON: Final = frozenset({MAIN_KEY, "presence", "dnd"})


@websocket_command({vol.Required("type"): f"{DOMAIN}/roster"})
@async_response
async def websocket_roster(
    hass: HomeAssistant, connection: ActiveConnection, msg: _Json
) -> None:
    """Send accounts and people, with all entities that the user may read."""
    reader = _RosterReader(hass, connection)
    accounts, people = [], []
    entries: list[RingCentralConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    for entry in entries:
        account, of_account = await reader.read(entry)
        if account["entities"] or of_account:
            accounts.append(account)
            people += of_account
    connection.send_result(
        msg["id"],
        {
            "server_time": dt_util.utcnow().isoformat(),
            "is_restricted": reader.is_restricted,
            "accounts": accounts,
            "people": people,
        },
    )


class _RosterReader:
    """Reads accounts and people from the registries, which also have what is not loaded."""

    def __init__(self, hass: HomeAssistant, connection: ActiveConnection) -> None:
        """Initialize a reader for a user."""
        permissions = connection.user.permissions
        self._may_read: Callable[[str], bool] = partial(
            permissions.check_entity, key=POLICY_READ
        )
        self._devices = dr.async_get(hass)
        self._entities = er.async_get(hass)
        self._yielder = LoopYielder()
        # Whether something was left out, since the user may not read it.
        self.is_restricted = False

    async def read(self, entry: RingCentralConfigEntry) -> tuple[_Json, list[_Json]]:
        """Return an account, and its people by number."""
        coordinator = loaded_coordinator(entry)
        roster = None if coordinator is None else coordinator.roster
        # Each may contain thousands.
        lines = {i: n for n, i in enumerate(roster.lines)} if roster else {}
        favorites = frozenset(roster.favorites if roster else ())
        account: _Json = {
            "entry_id": entry.entry_id,
            "title": entry.title,
            "is_loaded": entry.state is ConfigEntryState.LOADED,
            "entities": {},
        }
        people: list[_Json] = []
        groups: dict[str, _Json] = {}
        for device in dr.async_entries_for_config_entry(self._devices, entry.entry_id):
            await self._yielder.yield_if_due()
            if account_identifier(entry) in device.identifiers:
                account["entities"] = self._read_entities(
                    device, entity_unique_id(entry, ""), _OF_ACCOUNT
                )
                continue
            for extension_id in identified_extensions(entry, device.identifiers):
                found = self._read_entities(
                    device, entity_unique_id(entry, "", extension_id), _OF_PERSON
                )
                if not found:
                    continue
                extension = roster.directory.get(extension_id) if roster else None
                of_person: dict[str, _Json] = {}
                if roster and extension:
                    members = {
                        Group.EVERYONE: extension.can_be_monitored,
                        Group.LINES: extension_id in lines,
                        Group.FAVORITES: extension_id in favorites,
                    }
                    of_person = _groups(roster.selection, extension, members)
                groups |= of_person
                people.append(
                    {
                        "entry_id": entry.entry_id,
                        "extension_id": extension_id,
                        **_described(device, extension),
                        "groups": list(of_person),
                        "line": lines.get(extension_id),
                        "entities": found,
                    }
                )
        account["groups"] = [groups[i] for i in sorted(groups, key=_group_order)]
        people.sort(key=lambda p: ((p["number"] or "").zfill(12), p["name"]))
        return account, people

    def _read_entities(
        self, device: dr.DeviceEntry, prefix: str, keys: AbstractSet[str]
    ) -> dict[str, str]:
        """Return the ids of enabled entities of a device by key."""
        found = {}
        for entity in er.async_entries_for_device(self._entities, device.id):
            key = entity.unique_id.removeprefix(prefix)
            if (
                entity.platform != DOMAIN
                or entity.domain not in _PLATFORMS
                or key not in keys
            ):
                continue
            if self._may_read(entity.entity_id):
                found[key] = entity.entity_id
            else:
                self.is_restricted = True
        return found


def _described(device: dr.DeviceEntry, extension: Extension | None) -> _Json:
    number = device.model_id
    # The entity manager has appended the number.
    name = device.name_by_user or (device.name or "").removesuffix(f" ({number})")
    return {
        "device_id": device.id,
        "name": name,
        "number": number,
        "department": extension and extension.department,
    }


def _groups(
    selection: Selection, extension: Extension, members: Mapping[Group, bool]
) -> dict[str, _Json]:
    """Return the selected groups of an extension by id."""
    names: dict[tuple[str, str | None], str | None] = {
        (kind, None): None
        for kind, is_member in members.items()
        if is_member and kind in selection.groups
    }
    if extension.site_id in selection.sites:
        names["site", extension.site_id] = extension.site
    if extension.department in selection.departments:
        names["department", extension.department] = extension.department
    groups = {}
    for (kind, key), name in names.items():
        group_id = kind if key is None else f"{kind}:{key}"
        groups[group_id] = {"id": group_id, "kind": str(kind), "name": name}
    return groups


def _group_order(group_id: str) -> tuple[int, str]:
    """Return the sort key of a group: kinds as in the form of the selection."""
    order = (*Group, "site", "department")
    return order.index(group_id.partition(":")[0]), group_id

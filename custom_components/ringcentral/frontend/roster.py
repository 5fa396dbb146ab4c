"""WebSocket commands of the board: who is shown, with which entities and buttons."""

from collections.abc import Callable, Mapping, Set as AbstractSet
from functools import partial
from typing import Any, Final

import voluptuous as vol

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    websocket_command,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util import dt as dt_util

from ..actions.targeted import own_entity_id
from ..api.clock import LoopYielder
from ..const import DOMAIN, MAIN_KEY
from ..control.buttons import offered
from ..control.destinations import find_destination
from ..control.manager import SIGNAL_ABILITIES, ControlManager, get_control
from ..control.models import Refusal, Target, TargetKind, Whose
from ..coordinator import (
    PresenceCoordinator,
    RingCentralConfigEntry,
    loaded_coordinator,
)
from ..groups.manager import get_groups
from ..roster.identifiers import (
    account_identifier,
    entity_unique_id,
    group_identifier,
    group_unique_id,
    identified_extensions,
)
from ..roster.models import Group, SelectedGroup, name_in_label, number_key

type _Json = dict[str, Any]

# Not the selects, which have keys of sensors.
_PLATFORMS: Final = frozenset({Platform.BINARY_SENSOR, Platform.SENSOR})
_ACCOUNT_KEYS: Final = frozenset({"connection", "link", "last_loss"})
_PERSON_KEYS: Final = frozenset({MAIN_KEY, "presence", "dnd"})
# In the order in which the board shows them.
_GROUP_KEYS: Final = (
    "members_logged_in",
    "people_free",
    "people_ringing",
    "people_on_the_phone",
    "missed_today",
)
_PARK_LOCATION: Final = "ParkLocation"
# As in the form of the selection.
_KINDS: Final = (*Group, "site", "department")


@websocket_command({vol.Required("type"): f"{DOMAIN}/roster"})
@async_response
async def websocket_roster(
    hass: HomeAssistant, connection: ActiveConnection, msg: _Json
) -> None:
    """Send the accounts and people of the board that the user may read."""
    reader = _RosterReader(hass, connection)
    accounts, people = [], []
    entries: list[RingCentralConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    for entry in entries:
        account, account_people = await reader.read(entry)
        if account["entities"] or account_people:
            accounts.append(account)
            people += account_people
    connection.send_result(
        msg["id"],
        {
            "server_time": dt_util.utcnow().isoformat(),
            "is_restricted": reader.is_restricted,
            "accounts": accounts,
            "people": people,
        },
    )


@websocket_command({vol.Required("type"): f"{DOMAIN}/subscribe_roster"})
@callback
def websocket_subscribe_roster(
    hass: HomeAssistant, connection: ActiveConnection, msg: _Json
) -> None:
    """Send an event whenever the buttons of the roster have changed."""
    connection.subscriptions[msg["id"]] = async_dispatcher_connect(
        hass, SIGNAL_ABILITIES, partial(connection.send_event, msg["id"], {})
    )
    connection.send_result(msg["id"])


class _RosterReader:
    """Reads accounts and people from the registries, which also have what is not loaded."""

    def __init__(self, hass: HomeAssistant, connection: ActiveConnection) -> None:
        """Initialize a reader for a user."""
        permissions = connection.user.permissions
        self._may_read: Callable[[str], bool] = partial(
            permissions.check_entity, key=POLICY_READ
        )
        self._may_control: Callable[[str], bool] = partial(
            permissions.check_entity, key=POLICY_CONTROL
        )
        self._hass = hass
        self._devices = dr.async_get(hass)
        self._entities = er.async_get(hass)
        self._yielder = LoopYielder()
        # Whether something was left out, since the user may not read it.
        self.is_restricted = False

    async def read(self, entry: RingCentralConfigEntry) -> tuple[_Json, list[_Json]]:
        """Return an account, and its people by number."""
        coordinator = loaded_coordinator(entry)
        roster = None if coordinator is None else coordinator.roster
        entities: dict[str, str] = {}
        people: list[_Json] = []
        selected: set[SelectedGroup] = set()
        groups = await self._read_groups(entry)
        manager = get_groups(self._hass, entry.entry_id)
        buttons = self._buttons(coordinator)
        for device in dr.async_entries_for_config_entry(self._devices, entry.entry_id):
            await self._yielder.yield_if_due()
            if account_identifier(entry) in device.identifiers:
                prefix = entity_unique_id(entry, "")
                entities = self._read_entities(device, prefix, _ACCOUNT_KEYS)
            for extension_id in identified_extensions(entry, device.identifiers):
                prefix = entity_unique_id(entry, "", extension_id)
                readable = self._read_entities(device, prefix, _PERSON_KEYS)
                if not readable:
                    continue
                extension = roster and roster.directory.get(extension_id)
                person_groups = (
                    list(roster.groups_of(extension)) if roster and extension else []
                )
                selected.update(person_groups)
                memberships = [
                    group.config.subentry_id
                    for group in (manager.groups_of(extension_id) if manager else ())
                ]
                people.append(
                    {
                        "entry_id": entry.entry_id,
                        "extension_id": extension_id,
                        **_describe_device(device),
                        "department": extension and extension.department,
                        "line": roster and roster.line_places.get(extension_id),
                        "groups": [
                            *(_group_id(group) for group in person_groups),
                            *(
                                groups[one]["id"]
                                for one in memberships
                                if one in groups
                            ),
                        ],
                        "entities": readable,
                        **(
                            buttons.of_person(extension_id, readable) if buttons else {}
                        ),
                    }
                )
        people.sort(key=lambda person: (number_key(person["number"]), person["name"]))
        account = {
            "entry_id": entry.entry_id,
            "title": entry.title,
            "is_loaded": entry.state is ConfigEntryState.LOADED,
            "entities": entities,
            "groups": [
                *groups.values(),
                *(
                    {"id": _group_id(group), "kind": group.kind, "name": group.name}
                    for group in sorted(selected, key=_by_kind)
                ),
            ],
        }
        if buttons and (control := buttons.of_account()):
            account["control"] = control
        else:
            for person in people:
                person.pop("can_dial", None)
        return account, people

    def _buttons(self, coordinator: PresenceCoordinator | None) -> _Buttons | None:
        """Return what describes the buttons, None if control of calls is off."""
        if coordinator is None:
            return None
        entry = coordinator.config_entry
        if (manager := get_control(self._hass, entry.entry_id)) is None:
            return None
        entity_id = own_entity_id(self._hass, entry) or ""
        return _Buttons(
            coordinator, manager, self._may_control, self._may_control(entity_id)
        )

    async def _read_groups(self, entry: RingCentralConfigEntry) -> dict[str, _Json]:
        """Return the groups that the user has added and may read, by subentry."""
        groups = {}
        for subentry_id in entry.subentries:
            await self._yielder.yield_if_due()
            device = self._devices.async_get_device_by_identifier(
                group_identifier(subentry_id), entry.entry_id
            )
            if device is None:
                continue
            prefix = group_unique_id(subentry_id, "")
            readable = self._read_entities(device, prefix, frozenset(_GROUP_KEYS))
            if readable:
                groups[subentry_id] = {
                    # Of the device, which can also be selected among the people.
                    "id": device.id,
                    "kind": "group",
                    "name": device.name_by_user or device.name,
                    "entities": {
                        key: readable[key] for key in _GROUP_KEYS if key in readable
                    },
                }
        return groups

    def _read_entities(
        self, device: dr.DeviceEntry, prefix: str, keys: AbstractSet[str]
    ) -> dict[str, str]:
        """Return the ids of a device's enabled entities that the user may read, by key."""
        readable = {}
        for entity in er.async_entries_for_device(self._entities, device.id):
            key = entity.unique_id.removeprefix(prefix)
            if (
                entity.platform != DOMAIN
                or entity.domain not in _PLATFORMS
                or key not in keys
            ):
                continue
            if self._may_read(entity.entity_id):
                readable[key] = entity.entity_id
            else:
                self.is_restricted = True
        return readable


class _Buttons:
    """Describes the buttons of an account for a user."""

    def __init__(
        self,
        coordinator: PresenceCoordinator,
        manager: ControlManager,
        may_control: Callable[[str], bool],
        may_dial: bool,
    ) -> None:
        """Initialize without a person."""
        controller = manager.controller
        self._coordinator = coordinator
        self._own_id = controller.own_extension_id
        self._own_numbers = manager.phones.known_numbers
        self._may_control = may_control
        self._abilities = {}
        for whose in (Whose.OWN, Whose.OTHERS):
            abilities = controller.abilities(whose)
            can_dial = may_dial and abilities.can_dial
            self._abilities[whose] = abilities._replace(can_dial=can_dial)
        self._can_dial = self._abilities[Whose.OWN].can_dial
        self._has_buttons = self._can_dial

    def of_person(self, extension_id: str, entities: Mapping[str, str]) -> _Json:
        """Return whose calls a person's are, if the user may control them."""
        buttons: _Json = {}
        if (entity_id := entities.get(MAIN_KEY)) and self._may_control(entity_id):
            is_own = extension_id == self._own_id
            buttons["control"] = (Whose.OWN if is_own else Whose.OTHERS).value
            self._has_buttons = True
        # Nor can a call be passed on to these.
        if not self._is_reachable(extension_id):
            buttons["can_dial"] = False
        return buttons

    def _is_reachable(self, extension_id: str) -> bool:
        extension = self._coordinator.roster.directory.get(extension_id)
        if extension is not None and extension.type == _PARK_LOCATION:
            return False
        person = Target(TargetKind.EXTENSION, extension_id)
        found = find_destination(self._coordinator, person, self._own_numbers)
        return not isinstance(found, Refusal)

    def of_account(self) -> _Json | None:
        """Return the buttons by the status of a line; None without any for the user."""
        if not self._has_buttons:
            return None
        return {
            "can_dial": self._can_dial,
            "offered": {
                whose.value: offered(whose, abilities)
                for whose, abilities in self._abilities.items()
            },
        }


def _describe_device(device: dr.DeviceEntry) -> _Json:
    number = device.model_id
    return {
        "device_id": device.id,
        "name": device.name_by_user or name_in_label(device.name or "", number),
        "number": number,
    }


def _group_id(group: SelectedGroup) -> str:
    return f"{group.kind}:{group.key}" if group.key else group.kind


def _by_kind(group: SelectedGroup) -> tuple[int, str]:
    return _KINDS.index(group.kind), group.key

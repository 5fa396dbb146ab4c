"""Call triggers by the extensions that their targets include."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast
from unittest.mock import patch

from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import convert
from custom_components.ringcentral.api.models.presence import ActiveCall
from custom_components.ringcentral.calls.dispatcher import SIGNAL_CALL_EVENT
from custom_components.ringcentral.calls.lifecycle import (
    CallEvent,
    CallEventType,
    ExtensionCallEvent,
)
from custom_components.ringcentral.const import DOMAIN, SUBENTRY_GROUP
from custom_components.ringcentral.groups.manager import (
    _MANAGERS,
    GroupManager,
    MemberGroup,
)
from custom_components.ringcentral.groups.models import GroupConfig
from custom_components.ringcentral.roster.identifiers import (
    group_identifier,
    group_unique_id,
)
from custom_components.ringcentral.targets import (
    ExtensionRef,
    ExtensionTarget,
    extension_target_ids,
    find_extensions,
)
from custom_components.ringcentral.triggers.event_tracker import async_track_call_events
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.const import EntityCategory
from homeassistant.core import CALLBACK_TYPE, HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
)
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)
from homeassistant.util.uuid import random_uuid_hex

from ..strategies import call_json

_EXTENSIONS: Final = ("1", "2", "3")
_GROUPS: Final = ("sales", "support")
# Ids of areas, floors and labels are the same.
_NAMES: Final = ("kitchen", "office")
_KEYS: Final = ("telephony_status", "presence")
_RESOLVE: Final = (
    "custom_components.ringcentral.triggers.event_tracker.extension_target_ids"
)
_EVENT: Final = CallEvent(
    CallEventType.RINGING,
    convert(ActiveCall, call_json(1, "Ringing", fromName="Ada"), Anomalies()),
)


class Groups:
    """Members of groups, in place of those of an account."""

    def __init__(self) -> None:
        """Initialize groups without members."""
        self.members: dict[str, frozenset[str]] = {g: frozenset() for g in _GROUPS}

    def members_of(self, group: str) -> frozenset[str]:
        """Return the members of a group."""
        return self.members[group]

    def groups_of(self, number: str) -> tuple[MemberGroup, ...]:
        """Return the groups of an extension."""
        return tuple(
            MemberGroup(GroupConfig(group, group), "", group)
            for group, members in self.members.items()
            if number in members
        )


class Rig:
    """Entities of three extensions, one of which has also an entity of another kind.

    And those of two groups.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Register all of them."""
        self.hass = hass
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            subentries_data=[
                ConfigSubentryDataWithId(
                    data={},
                    subentry_id=group,
                    subentry_type=SUBENTRY_GROUP,
                    title=group,
                    unique_id=None,
                )
                for group in _GROUPS
            ],
        )
        self.entry.add_to_hass(hass)
        # Registries restore what is removed and added again.
        self.unique_id = self.entry.entry_id
        hass.config_entries.async_update_entry(self.entry, unique_id=self.unique_id)
        self.devices = {n: self.add_device(n) for n in _EXTENSIONS}
        self.entities = [
            self.add_entity(DOMAIN, f"{number}_{key}", self.devices[number])
            for number in _EXTENSIONS
            for key in _KEYS
        ]
        self.foreign = self.add_entity("test", "1", self.devices["1"])
        self.groups = Groups()
        hass.data[_MANAGERS] = {self.entry.entry_id: cast(GroupManager, self.groups)}
        self.group_devices = {g: self.add_group_device(g) for g in _GROUPS}
        self.group_entities = {
            g: [self.add_group_entity(g, key) for key in ("people_free", "calls")]
            for g in _GROUPS
        }
        self.received: list[tuple[str, str]] = []

    def add_group_device(self, group: str) -> str:
        """Register the device of a group."""
        device = dr.async_get(self.hass).async_get_or_create(
            config_entry_id=self.entry.entry_id,
            config_subentry_id=group,
            identifiers={group_identifier(group)},
        )
        return device.id

    def add_group_entity(self, group: str, key: str) -> str:
        """Register an entity of a group."""
        entity = er.async_get(self.hass).async_get_or_create(
            "sensor",
            DOMAIN,
            group_unique_id(group, key),
            config_entry=self.entry,
            config_subentry_id=group,
            device_id=self.group_devices[group],
        )
        return entity.entity_id

    def regroup(self, group: str, *numbers: str) -> None:
        """Replace the members of a group, which changes an option of an entity."""
        self.groups.members[group] = frozenset(numbers)
        er.async_get(self.hass).async_update_entity_options(
            self.group_entities[group][0], DOMAIN, {"members": random_uuid_hex()}
        )

    def add_device(self, number: str) -> str:
        """Register the device of an extension."""
        device = dr.async_get(self.hass).async_get_or_create(
            config_entry_id=self.entry.entry_id,
            identifiers={(DOMAIN, f"{self.unique_id}_{number}")},
        )
        return device.id

    def add_entity(self, platform: str, unique_id: str, device_id: str) -> str:
        """Register an entity of an extension."""
        entity = er.async_get(self.hass).async_get_or_create(
            "sensor",
            platform,
            f"{self.unique_id}_{unique_id}",
            config_entry=self.entry if platform == DOMAIN else None,
            device_id=device_id,
        )
        return entity.entity_id

    def ref(self, number: str) -> ExtensionRef:
        """Return an extension."""
        return ExtensionRef(self.entry.entry_id, number)

    def listen(self, name: str, **target: Any) -> CALLBACK_TYPE:
        """Attach a trigger."""
        return async_track_call_events(
            self.hass,
            ExtensionTarget(self.hass, target),
            lambda ref, _event: self.received.append((name, ref.extension_id)),
        )

    def send(self, number: str) -> list[tuple[str, str]]:
        """Send a call event; return who has received it."""
        self.received.clear()
        event = ExtensionCallEvent(self.entry.entry_id, number, _EVENT)
        async_dispatcher_send(self.hass, SIGNAL_CALL_EVENT, event)
        return list(self.received)


@pytest.fixture
def rig(hass: HomeAssistant) -> Rig:
    return Rig(hass)


def test_event_calls_none_of_the_triggers_on_other_extensions(rig: Rig) -> None:
    """In the order of attaching; none is compared for a second event."""
    for number in range(200):
        rig.listen(f"{number}", device_id=[rig.devices["1"]])
    rig.listen("entity", entity_id=rig.entities[2])
    rig.listen("device", device_id=[rig.devices["2"], rig.devices["1"]])
    with patch(_RESOLVE, wraps=extension_target_ids) as resolve:
        for _ in range(3):
            assert rig.send("2") == [("entity", "2"), ("device", "2")]
    resolve.assert_called_once()
    assert rig.send("3") == []


def test_change_of_a_registry_resolves_no_target(rig: Rig) -> None:
    """The next event of an extension resolves its own ids."""
    for number in range(200):
        rig.listen(f"{number}", device_id=[rig.devices["1"]], label_id=["office"])
    registry = er.async_get(rig.hass)
    with patch(_RESOLVE, wraps=extension_target_ids) as resolve:
        for entity_id in (rig.foreign, *rig.entities):
            registry.async_update_entity(entity_id, name="Another")
        registry.async_update_entity(rig.entities[2], labels={"office"})
        resolve.assert_not_called()
        assert len(rig.send("2")) == 200
        resolve.assert_called_once_with(rig.hass, rig.ref("2"))


def test_change_of_another_integration_or_area_finds_no_trigger_again(
    rig: Rig,
) -> None:
    """What was found for an extension is kept."""
    entities, devices = er.async_get(rig.hass), dr.async_get(rig.hass)
    areas = ar.async_get(rig.hass)
    areas.async_create("office")
    kitchen = areas.async_create("kitchen")
    devices.async_update_device(rig.devices["1"], area_id="office")
    rig.listen("area", area_id=["office"])
    assert rig.send("1") == [("area", "1")]
    other = MockConfigEntry(domain="test")
    other.add_to_hass(rig.hass)
    with patch(_RESOLVE, wraps=extension_target_ids) as resolve:
        lamp = devices.async_get_or_create(
            config_entry_id=other.entry_id, identifiers={("test", "lamp")}
        )
        light = entities.async_get_or_create("light", "test", "1", device_id=lamp.id)
        entities.async_update_entity(light.entity_id, area_id=kitchen.id, name="Lamp")
        entities.async_update_entity(rig.foreign, labels={"office"})
        devices.async_update_device(lamp.id, area_id="office", labels={"office"})
        areas.async_update(kitchen.id, floor_id=None, labels={"office"})
        areas.async_delete(kitchen.id)
        assert rig.send("1") == [("area", "1")]
        resolve.assert_not_called()


@pytest.mark.parametrize("what", ["entity", "device", "area"])
def test_what_is_removed_selects_no_extension(rig: Rig, what: str) -> None:
    areas = ar.async_get(rig.hass)
    areas.async_create("office")
    dr.async_get(rig.hass).async_update_device(rig.devices["1"], area_id="office")
    rig.listen("area", area_id=["office"])
    rig.listen("entity", entity_id=[rig.entities[0]])
    assert rig.send("1") == [("area", "1"), ("entity", "1")]
    if what == "entity":
        er.async_get(rig.hass).async_remove(rig.entities[0])
        assert rig.send("1") == [("area", "1")]
    elif what == "device":
        dr.async_get(rig.hass).async_remove_device(rig.devices["1"])
        assert rig.send("1") == []
    else:
        areas.async_delete("office")
        assert rig.send("1") == [("entity", "1")]


def test_trigger_on_an_extension_that_is_added_later_receives_its_first_event(
    rig: Rig,
) -> None:
    ar.async_get(rig.hass).async_create("office")
    rig.listen("new", area_id="office")
    assert rig.send("4") == []
    device_id = rig.add_device("4")
    dr.async_get(rig.hass).async_update_device(device_id, area_id="office")
    assert rig.send("4") == []
    rig.add_entity(DOMAIN, "4_presence", device_id)
    assert rig.send("4") == [("new", "4")]


def test_detached_trigger_receives_nothing_also_of_the_same_event(rig: Rig) -> None:
    """The run of another trigger may turn its automation off, or another one on."""
    target = ExtensionTarget(rig.hass, {"device_id": [rig.devices["1"]]})

    def swap(_ref: ExtensionRef, _event: CallEvent) -> None:
        detach()
        rig.listen("attached", device_id=[rig.devices["1"]])

    stop = async_track_call_events(rig.hass, target, swap)
    detach = rig.listen("detached", device_id=[rig.devices["1"]])
    rig.listen("other", device_id=[rig.devices["1"]])
    assert rig.send("1") == [("other", "1")]
    stop()
    assert rig.send("1") == [("other", "1"), ("attached", "1")]


def test_trigger_that_fails_affects_no_other(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """The log contains the error's type, and nothing of the call."""

    def fail(_ref: ExtensionRef, event: CallEvent) -> None:
        raise ValueError(event.call.other_name)

    target = ExtensionTarget(rig.hass, {"device_id": [rig.devices["1"]]})
    async_track_call_events(rig.hass, target, fail)
    rig.listen("other", device_id=[rig.devices["1"]])
    assert rig.send("1") == [("other", "1")]
    assert "ValueError" in caplog.text
    assert "Ada" not in caplog.text


@pytest.mark.parametrize("by", ["entity_id", "device_id", "area_id", "label_id"])
def test_trigger_on_a_group_receives_the_events_of_its_members(
    rig: Rig, by: str
) -> None:
    """Of those that it has at the time, and once in two groups or in person."""
    ar.async_get(rig.hass).async_create("office")
    dr.async_get(rig.hass).async_update_device(
        rig.group_devices["sales"], area_id="office", labels={"office"}
    )
    target: dict[str, list[str]] = {
        "entity_id": [rig.group_entities["sales"][1]],
        "device_id": [rig.group_devices[g] for g in _GROUPS] + [rig.devices["1"]],
        "area_id": ["office"],
        "label_id": ["office"],
    }
    rig.regroup("sales", "1", "2")
    rig.regroup("support", "1")
    rig.listen("group", **{by: target[by]})
    assert rig.send("1") == [("group", "1")]
    assert rig.send("2") == [("group", "2")]
    assert rig.send("3") == []
    rig.regroup("sales", "3")
    assert rig.send("2") == []
    assert rig.send("3") == [("group", "3")]


def test_excluded_group_excludes_its_members(rig: Rig) -> None:
    rig.regroup("sales", "1", "2")
    rig.regroup("support", "2", "3")
    rig.listen(
        "group",
        device_id=[rig.group_devices["sales"]],
        exclude={"device_id": [rig.group_devices["support"]]},
    )
    assert [rig.send(number) for number in _EXTENSIONS] == [[("group", "1")], [], []]


def test_group_without_primary_entities_is_selected_by_entity_only(rig: Rig) -> None:
    """As Home Assistant resolves the device of anything else."""
    rig.regroup("sales", "1")
    registry = er.async_get(rig.hass)
    shown, other = rig.group_entities["sales"]
    rig.listen("device", device_id=[rig.group_devices["sales"]])
    rig.listen("entity", entity_id=[other])
    assert rig.send("1") == [("device", "1"), ("entity", "1")]
    registry.async_update_entity(shown, disabled_by=er.RegistryEntryDisabler.USER)
    registry.async_update_entity(other, hidden_by=er.RegistryEntryHider.USER)
    assert rig.send("1") == [("entity", "1")]


def test_disabled_device_of_a_group_selects_nothing(rig: Rig) -> None:
    rig.regroup("sales", "1")
    rig.listen("device", device_id=[rig.group_devices["sales"]])
    assert rig.send("1") == [("device", "1")]
    dr.async_get(rig.hass).async_update_device(
        rig.group_devices["sales"], disabled_by=dr.DeviceEntryDisabler.USER
    )
    for entity_id in rig.group_entities["sales"]:
        # Home Assistant does so a little later.
        er.async_get(rig.hass).async_update_entity(
            entity_id, disabled_by=er.RegistryEntryDisabler.DEVICE
        )
    assert rig.send("1") == []


_names: Final = st.lists(st.sampled_from(_NAMES), unique=True)


def _entities(rig: Rig) -> list[str]:
    return [*rig.entities, *(i for ids in rig.group_entities.values() for i in ids)]


def _devices(rig: Rig) -> list[str]:
    return [*rig.devices.values(), *rig.group_devices.values()]


def _selections(rig: Rig) -> st.SearchStrategy[dict[str, list[str]]]:
    """Return targets of all kinds; some exist nowhere."""
    entity = er.async_get(rig.hass).async_get(rig.entities[0])
    assert entity is not None
    return st.fixed_dictionaries(
        {},
        optional={
            "entity_id": _some(
                (*_entities(rig), rig.foreign, entity.id, "sensor.none")
            ),
            "device_id": _some((*_devices(rig), "none")),
            **{
                kind: _some((*_NAMES, "none"))
                for kind in ("area_id", "floor_id", "label_id")
            },
        },
    )


def _some(ids: Iterable[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(list(ids)), unique=True, max_size=2)


def _change(rig: Rig, data: st.DataObject) -> None:
    """Change a registry as a user can."""
    area_id = st.none() | st.sampled_from(_NAMES)
    what = data.draw(st.sampled_from(["entity", "device", "area", "group"]))
    if what == "group":
        rig.regroup(
            data.draw(st.sampled_from(_GROUPS)),
            *data.draw(st.sets(st.sampled_from(_EXTENSIONS))),
        )
    elif what == "entity":
        er.async_get(rig.hass).async_update_entity(
            data.draw(st.sampled_from(_entities(rig))),
            # Needed for an area of its own.
            name="Named",
            area_id=data.draw(area_id),
            disabled_by=data.draw(
                st.sampled_from([None, er.RegistryEntryDisabler.USER])
            ),
            entity_category=data.draw(
                st.sampled_from([None, EntityCategory.DIAGNOSTIC])
            ),
            hidden_by=data.draw(st.sampled_from([None, er.RegistryEntryHider.USER])),
            labels=set(data.draw(_names)),
        )
    elif what == "device":
        dr.async_get(rig.hass).async_update_device(
            data.draw(st.sampled_from(_devices(rig))),
            area_id=data.draw(area_id),
            labels=set(data.draw(_names)),
        )
    else:
        ar.async_get(rig.hass).async_update(
            data.draw(st.sampled_from(_NAMES)),
            floor_id=data.draw(area_id),
            labels=set(data.draw(_names)),
        )


def _resolve(
    hass: HomeAssistant,
    target: Mapping[str, Any],
    *,
    primary_entities_only: bool = True,
) -> set[ExtensionRef]:
    """Return the extensions of the entities that Home Assistant selects."""
    selected = async_extract_referenced_entity_ids(
        hass,
        TargetSelection(dict(target)),
        expand_group=False,
        primary_entities_only=primary_entities_only,
    )
    entity_ids = selected.referenced | selected.indirectly_referenced
    return set(find_extensions(hass, entity_ids))


@given(st.data())
def test_trigger_receives_events_of_the_extensions_that_home_assistant_targets(
    hass: HomeAssistant, data: st.DataObject
) -> None:
    """After each change of the registries, for targets of all kinds and exclusions."""
    if not (entries := hass.config_entries.async_entries(DOMAIN)):
        for name in _NAMES:
            fr.async_get(hass).async_create(name)
            ar.async_get(hass).async_create(name)
    for entry in entries:
        er.async_get(hass).async_clear_config_entry(entry.entry_id)
        dr.async_get(hass).async_clear_config_entry(entry.entry_id)
    rig = Rig(hass)
    target: dict[str, Any] = data.draw(_selections(rig))
    if data.draw(st.booleans()):
        target["exclude"] = data.draw(_selections(rig))
    stop = rig.listen("trigger", **target)
    for _ in range(data.draw(st.integers(1, 6))):
        _change(rig, data)
        expected = _resolve(hass, target) - _resolve(
            hass, target.get("exclude", {}), primary_entities_only=False
        )
        received = {ref for ref in map(rig.ref, _EXTENSIONS) if rig.send(ref[1])}
        assert received == expected
        trigger = ExtensionTarget(hass, target)
        assert {ref for ref in map(rig.ref, _EXTENSIONS) if ref in trigger} == received
    stop()

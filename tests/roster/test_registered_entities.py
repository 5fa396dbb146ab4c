"""Counts of the registered entities of extensions."""

import asyncio
from collections import Counter
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import count
from unittest.mock import patch

from hypothesis import Phase, given, settings, strategies as st
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.roster import registered_entities
from custom_components.ringcentral.roster.registered_entities import (
    FULL_SET,
    EntityCounter,
    RegisteredEntities,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity_registry import RegistryEntryDisabler
from simulator import Simulator

from ..common import Account, until
from ..company import lists_are_read
from ..reliability.common import MOVED_TIME, Time

_NUMBERS = count()
_KINDS = (
    ("sensor", "telephony_status"),
    ("sensor", "presence"),
    ("event", "calls"),
    ("select", "user_status"),
)
_MONITORED = frozenset({"1", "2", "3"})
_DISABLED_BY = st.sampled_from(
    [
        None,
        RegistryEntryDisabler.USER,
        RegistryEntryDisabler.DEVICE,
        RegistryEntryDisabler.CONFIG_ENTRY,
        RegistryEntryDisabler.INTEGRATION,
    ]
)


def _entry(hass: HomeAssistant, unique_id: str) -> MockConfigEntry:
    entry = MockConfigEntry(domain=DOMAIN, unique_id=unique_id)
    entry.add_to_hass(hass)
    return entry


def _add(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    extension_id: str,
    kind: tuple[str, str] = _KINDS[0],
    disabled_by: RegistryEntryDisabler | None = None,
) -> str:
    """Add an entity to the device of an extension, and return its id."""
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, f"{entry.unique_id}_{extension_id}")},
    )
    domain, key = kind
    entity = er.async_get(hass).async_get_or_create(
        *(domain, DOMAIN, f"{entry.unique_id}_{extension_id}_{key}"),
        config_entry=entry,
        device_id=device.id,
        disabled_by=disabled_by,
    )
    return entity.entity_id


def _from_scratch(
    hass: HomeAssistant, entry: MockConfigEntry, monitored: AbstractSet[str]
) -> RegisteredEntities:
    """Return the counts of all entities in the registry."""
    registry, prefix = er.async_get(hass), f"{entry.unique_id}_"

    def split(unique_id: str) -> tuple[str, str]:
        extension_id, _, key = unique_id.removeprefix(prefix).partition("_")
        return extension_id, key

    entities = [
        (entity, *split(entity.unique_id))
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
        if entity.unique_id.startswith(prefix)
    ]
    statuses = {i: entity for entity, i, key in entities if key == "telephony_status"}
    registered = statuses.keys() & monitored
    return RegisteredEntities(
        frozenset(registered),
        sum(
            extension_id in monitored
            and not entity.disabled
            and entity.domain != "select"
            for entity, extension_id, _ in entities
        ),
        FULL_SET * len(registered)
        - sum(
            extension_id in registered
            and entity.domain != "select"
            and key in ("telephony_status", "presence", "dnd", "calls")
            # Otherwise it was disabled because the account was large.
            and (
                entity.disabled_by is not RegistryEntryDisabler.INTEGRATION
                or statuses[extension_id].disabled_by is entity.disabled_by
            )
            for entity, extension_id, key in entities
        ),
        Counter(
            extension_id
            for entity in registry.deleted_entities.values()
            if entity.platform == DOMAIN
            and entity.unique_id.startswith(prefix)
            and entity.disabled_by
            not in (RegistryEntryDisabler.USER, RegistryEntryDisabler.INTEGRATION)
            and (extension_id := split(entity.unique_id)[0]) in monitored - registered
        ),
    )


def _with_counts(counted: RegisteredEntities) -> RegisteredEntities:
    """Return counts without extensions of which nothing is restored."""
    return replace(counted, restored=+counted.restored)


# Home Assistant's registry is slow.
@settings(max_examples=100, phases=[Phase.generate])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["add", "add", "remove", "disable", "rename", "move"]),
            st.sampled_from("1234"),
            st.sampled_from(_KINDS),
            _DISABLED_BY,
            st.integers(0, 100),
        ),
        min_size=8,
        max_size=30,
    ),
    st.integers(0, 2),
)
def test_counts_equal_a_look_at_all_entities(
    hass: HomeAssistant,
    steps: list[tuple[str, str, tuple[str, str], RegistryEntryDisabler | None, int]],
    read_after: int,
) -> None:
    """After any changes, before and after the registry is read; also of another user."""
    registry, number = er.async_get(hass), next(_NUMBERS)
    entries = [_entry(hass, f"{number}_1"), _entry(hass, f"{number}_2")]
    counter = EntityCounter(hass, entries[0])
    for index, (step, extension_id, kind, disabled_by, any_number) in enumerate(steps):
        if index == read_after:
            hass.loop.run_until_complete(counter.read())
        entities = [
            entity
            for entry in entries
            for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
        ]
        entry = entries[any_number % 2]
        if step == "add":
            _add(hass, entry, extension_id, kind, disabled_by)
            continue
        if not entities:
            continue
        entity = entities[any_number % len(entities)]
        match step:
            case "remove":
                registry.async_remove(entity.entity_id)
            case "disable":
                registry.async_update_entity(entity.entity_id, disabled_by=disabled_by)
            case "rename":
                renamed = f"{entity.domain}.renamed_{next(_NUMBERS)}"
                registry.async_update_entity(entity.entity_id, new_entity_id=renamed)
            case "move":
                registry.async_update_entity(
                    entity.entity_id, config_entry_id=entry.entry_id
                )
    if read_after >= len(steps):
        hass.loop.run_until_complete(counter.read())

    expected = _from_scratch(hass, entries[0], _MONITORED)
    assert _with_counts(counter.of(_MONITORED)) == expected
    hass.loop.run_until_complete(entries[0]._async_process_on_unload(hass))


async def test_changes_while_the_registry_is_read_are_counted_once(
    hass: HomeAssistant,
) -> None:
    """Whether the entity was looked at before or not."""
    registry, entry = er.async_get(hass), _entry(hass, "900_1")
    entity_ids = [_add(hass, entry, extension_id) for extension_id in "123456"]
    resume = asyncio.Event()

    class LoopYielder:
        looked_at = 0

        async def yield_if_due(self) -> None:
            self.looked_at += 1
            if self.looked_at == 3:
                await resume.wait()

    counter = EntityCounter(hass, entry)
    with patch.object(registered_entities, "LoopYielder", LoopYielder):
        reading = hass.async_create_task(counter.read())
        await asyncio.sleep(0)
        for entity_id in (entity_ids[0], entity_ids[5]):
            registry.async_remove(entity_id)
        for entity_id in (entity_ids[1], entity_ids[4]):
            registry.async_update_entity(
                entity_id, disabled_by=RegistryEntryDisabler.USER
            )
        _add(hass, entry, "7")
        resume.set()
        await reading

    monitored = frozenset("1234567")
    counted = counter.of(monitored)
    assert counted.extension_ids == frozenset("23457")
    assert counted.enabled == 3
    assert _with_counts(counted) == _from_scratch(hass, entry, monitored)


async def test_removal_that_removes_another_entity_counts_both(
    hass: HomeAssistant,
) -> None:
    """The second one is removed by a listener of the first removal."""
    registry, entry = er.async_get(hass), _entry(hass, "900_1")
    first, second = (_add(hass, entry, extension_id) for extension_id in "12")

    @callback
    def remove_second(_event: object) -> None:
        registry.async_remove(second)

    hass.bus.async_listen_once(er.EVENT_ENTITY_REGISTRY_UPDATED, remove_second)
    counter = EntityCounter(hass, entry)
    await counter.read()
    registry.async_remove(first)
    assert counter.of(frozenset("12")) == RegisteredEntities(
        restored=Counter({"1": 1, "2": 1})
    )


async def test_entity_that_is_disabled_as_it_is_added_is_counted_once(
    hass: HomeAssistant,
) -> None:
    """A listener disables it before the counter receives the event of its creation."""
    registry, entry = er.async_get(hass), _entry(hass, "900_1")

    @callback
    def disable(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        registry.async_update_entity(
            event.data["entity_id"], disabled_by=RegistryEntryDisabler.USER
        )

    hass.bus.async_listen_once(er.EVENT_ENTITY_REGISTRY_UPDATED, disable)
    counter = EntityCounter(hass, entry)
    await counter.read()
    _add(hass, entry, "1")
    assert counter.of(frozenset("1")) == RegisteredEntities(
        frozenset("1"), missing=FULL_SET - 1
    )


@MOVED_TIME
async def test_newcomer_costs_its_own_entities(
    account: Account, simulator: Simulator, time: Time
) -> None:
    """The registry is read at set-up only, whatever joins or leaves."""
    with (
        patch.object(
            er,
            "async_entries_for_config_entry",
            wraps=er.async_entries_for_config_entry,
        ) as read,
        patch.object(
            EntityCounter, "_count", autospec=True, side_effect=EntityCounter._count
        ) as counted,
    ):
        simulator.add_extension("New Comer", number="113")
        await lists_are_read(account, time)
        await until(lambda: account.shows("113", "presence") == "available")
        device = account.device("113")
        assert device is not None
        entities = er.async_entries_for_device(
            er.async_get(account.hass), device.id, include_disabled_entities=True
        )
        assert counted.call_count == len(entities)
        simulator.remove_extension("113")
        await lists_are_read(account, time)
        assert dr.async_get(account.hass).async_get(device.id) is None
        assert counted.call_count == 2 * len(entities)
    assert read.call_count == 0

"""Allocation of entities within Home Assistant's limit per config entry."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from copy import replace
from dataclasses import dataclass, field
from unittest.mock import Mock, patch

from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ringcentral.api.models.directory import Extension
from custom_components.ringcentral.background import BackgroundTasks
from custom_components.ringcentral.const import (
    CONF_AUTH_IMPLEMENTATION,
    CONF_EXTENSION_ID,
    DOMAIN,
)
from custom_components.ringcentral.event import CALLS
from custom_components.ringcentral.roster import entity_allocation
from custom_components.ringcentral.roster.entity_allocation import (
    RESERVED_FOR_GROUP,
    EntityAllocation,
    EntityAllocator,
    reserved_for_groups,
)
from custom_components.ringcentral.roster.identifiers import group_unique_id
from custom_components.ringcentral.roster.models import (
    Group,
    Roster,
    Selection,
    by_number,
)
from custom_components.ringcentral.roster.registered_entities import (
    FULL_SET,
    RegisteredEntities,
)
from custom_components.ringcentral.sensor import EXTENSION_SENSORS
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import (
    device_registry as dr,
    entity_platform,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.helpers.entity_registry import RegistryEntryDisabler
from simulator import Simulator, SimulatorOptions

from ..common import Account, add_account
from ..documents import ROOT, Page
from ..forms import want_more_sensors
from ..groups.common import add, team
from ..reliability.common import MOVED_TIME, Time

# Platform and key of an entity.
type Kind = tuple[str, str]

_PERSON = Extension(
    id="1",
    number="101",
    name="Ann Example",
    type="User",
    status="Enabled",
    hidden=False,
    department=None,
    site=None,
)
_OWN = "1"
_STATUS: Kind = ("sensor", "telephony_status")
_EXTRA: Kind = ("sensor", "user_status")
_ON_THE_PHONE: Kind = ("binary_sensor", "on_the_phone")
# Entities of an extension that are enabled by default.
_DEFAULTS: frozenset[Kind] = frozenset(
    {
        _STATUS,
        ("sensor", "presence"),
        ("sensor", "dnd"),
        ("event", "calls"),
    }
)
_NEW_ACCOUNT = RegisteredEntities()


@contextmanager
def limits(*, enabled: int, reserved: int, filled: int, full: int) -> Iterator[None]:
    """Make the limits small."""
    with ExitStack() as patches:
        for module, name, value in (
            (entity_platform, "MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY", enabled),
            (entity_allocation, "ENABLED_AT_MOST", enabled),
            (entity_allocation, "RESERVED", reserved),
            (entity_allocation, "FILLED_AT_MOST", filled),
            (entity_allocation, "FULL_SET_UP_TO", full),
        ):
            patches.enter_context(patch.object(module, name, value))
        yield


def people(number: int) -> list[Extension]:
    """Return a number of people, unsorted."""
    return [
        replace(_PERSON, id=str(n), number=str(100 + n)) for n in range(number, 0, -1)
    ]


def allocate(
    monitored: Collection[Extension], registered: RegisteredEntities, own: str
) -> EntityAllocation:
    """Allocate entities to these extensions, by number as in a roster."""
    ids = [extension.id for extension in sorted(monitored, key=by_number)]
    return entity_allocation.allocate(ids, frozenset(ids), registered, own)


def registered(
    numbers: Iterable[int], enabled: int, missing: int = 0
) -> RegisteredEntities:
    """Return the entities of these people."""
    return RegisteredEntities(frozenset(map(str, numbers)), enabled, missing)


def replace_on_the_phone(
    entities: RegisteredEntities, number: int
) -> RegisteredEntities:
    """Let so many of the enabled entities be those of the option."""
    return replace(entities, on_the_phone=number)


# --------------------------------------------------------------------------------------
# Figures


def test_limit_is_that_of_home_assistant() -> None:
    """A new version may have another."""
    assert entity_allocation.ENABLED_AT_MOST == (
        entity_platform.MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY
    )


def test_full_set_is_what_is_enabled_by_default() -> None:
    """On each platform with entities of extensions."""
    sensors = {
        ("sensor", description.key)
        for description in EXTENSION_SENSORS
        if description.entity_registry_enabled_default
    }
    assert sensors | {("event", CALLS.key)} == _DEFAULTS
    assert len(_DEFAULTS) == FULL_SET


@pytest.mark.parametrize(
    "name", ["ENABLED_AT_MOST", "FILLED_AT_MOST", "FULL_SET_UP_TO"]
)
def test_documentation_names_the_figures(name: str) -> None:
    """As they are in the code."""
    page = Page(ROOT / "docs" / "limits.md")
    assert f"{getattr(entity_allocation, name):,}" in page.section("Large companies")


@pytest.mark.parametrize(
    ("number", "shown", "omitted", "enables_all"),
    [
        (0, 0, 0, True),
        (1, 1, 0, True),
        (2_400, 2_400, 0, True),
        (2_401, 2_401, 0, False),
        (9_900, 9_900, 0, False),
        (9_901, 9_900, 1, False),
        (12_000, 9_900, 2_100, False),
    ],
)
def test_number_of_extensions_decides_what_is_enabled_at_first(
    number: int, shown: int, omitted: int, enables_all: bool
) -> None:
    """In an account that is new to Home Assistant."""
    allocation = allocate(people(number), _NEW_ACCOUNT, _OWN)

    assert len(allocation.shown) == shown
    assert (allocation.omitted, allocation.enables_all) == (omitted, enables_all)


def test_large_account_grows_by_what_is_left() -> None:
    """The full set of 2,400 people stays, and 300 others fit beside it."""
    allocation = allocate(people(5_000), registered(range(1, 2_401), 9_600), _OWN)

    assert allocation.shown == {str(n) for n in range(1, 2_701)}
    assert (allocation.omitted, allocation.enables_all) == (2_300, False)


# --------------------------------------------------------------------------------------
# Order


@pytest.fixture
def small() -> Iterator[None]:
    """Allow eight enabled entities, and the full set for two people."""
    with limits(enabled=20, reserved=10, filled=8, full=2):
        yield


def test_new_extensions_follow_by_number(small: None) -> None:
    """99 is before 101, and an extension without number is first."""
    numbers = ["203", "99", "201", "101", "202", "204", "205", None, "206"]
    company = [
        replace(_PERSON, id=f"{n}", number=number)
        for n, number in enumerate(numbers, start=10)
    ]
    omitted = {e.id for e in company} - allocate(company, _NEW_ACCOUNT, _OWN).shown
    assert [numbers[int(i) - 10] for i in omitted] == ["206"]


def test_registered_extensions_come_before_lower_numbers(small: None) -> None:
    """An extension that is shown stays so."""
    allocation = allocate(people(10), registered([9, 10], 5), _OWN)
    assert allocation.shown == {"10", "9", "1", "2", "3"}


def test_registered_extensions_stay_whatever_is_enabled(small: None) -> None:
    """If all of it is disabled, there is capacity for others."""
    allocation = allocate(people(17), registered(range(1, 10), 0), _OWN)
    assert allocation == EntityAllocation(
        frozenset(map(str, range(1, 18))), 0, False, False
    )
    allocation = allocate(people(10), registered(range(1, 10), 15), "")
    assert allocation.shown == set(map(str, range(1, 10)))


def test_own_extension_is_shown_when_no_other_fits(small: None) -> None:
    """With its selects, whatever its number is."""
    allocation = allocate(people(10), registered(range(1, 9), 8), "10")
    assert allocation.shown == {*map(str, range(1, 9)), "10"}
    assert allocation.omitted == 1


def test_own_extension_is_omitted_when_the_user_has_used_up_the_reserve(
    small: None,
) -> None:
    """Home Assistant itself would refuse it."""
    allocation = allocate(people(9), registered(range(1, 9), 11), "9")
    assert allocation.shown == set(map(str, range(1, 9)))


def test_extension_that_returns_counts_with_what_it_had(small: None) -> None:
    """Home Assistant enables again what was enabled, whatever the default is."""
    returning = RegisteredEntities(restored=Counter({"1": 6, "2": 2, "3": 5}))
    allocation = allocate(people(4), returning, "")
    assert allocation == EntityAllocation(frozenset({"1", "2"}), 2, False, False)


def test_full_set_is_for_all_new_extensions_or_for_none(small: None) -> None:
    """Two people fit with all entities, but not beside others that are enabled."""
    assert allocate(people(2), _NEW_ACCOUNT, "").enables_all
    assert allocate(people(2), registered([1], 4), "").enables_all
    assert not allocate(people(2), registered([1], 5), "").enables_all


def test_full_set_includes_what_registered_extensions_lack(small: None) -> None:
    """After the account was large."""
    assert allocate(people(2), registered([1, 2], 2, missing=6), "").enables_all
    assert not allocate(people(2), registered([1, 2], 3, missing=6), "").enables_all


def test_on_the_phone_is_enabled_if_it_fits_beside_all_others() -> None:
    """Whether or not it is there already."""

    def enables(number: int, entities: RegisteredEntities = _NEW_ACCOUNT) -> bool:
        return allocate(people(number), entities, _OWN).enables_on_the_phone

    assert [enables(number) for number in (0, 1_980, 1_981)] == [True, True, False]
    everyone = range(1, 1_981)
    assert enables(1_980, registered(everyone, 7_920))
    assert not enables(1_980, registered(everyone, 7_921))
    some = replace_on_the_phone(registered(everyone, 8_920), 1_000)
    assert enables(1_980, some)
    assert not enables(1_980, replace_on_the_phone(some, 999))


def test_groups_come_before_new_extensions() -> None:
    """Their entities are kept free; extensions that are shown stay."""
    ids = [extension.id for extension in sorted(people(2_400), key=by_number)]

    def with_groups(reserved: int, entities: RegisteredEntities) -> EntityAllocation:
        return entity_allocation.allocate(ids, frozenset(ids), entities, "", reserved)

    assert with_groups(300, _NEW_ACCOUNT).enables_all
    assert not with_groups(301, _NEW_ACCOUNT).enables_all
    assert len(with_groups(7_501, _NEW_ACCOUNT).shown) == 2_399
    shown = with_groups(9_000, registered(range(1, 1_001), 1_000)).shown
    assert shown == set(map(str, range(1, 1_001)))


# --------------------------------------------------------------------------------------
# Any history


@dataclass
class Registry:
    """A registry that refuses as Home Assistant's does."""

    enabled: dict[tuple[str, Kind], bool] = field(default_factory=dict)
    deleted: dict[tuple[str, Kind], bool] = field(default_factory=dict)
    # Disabled at first, and by nobody since.
    disabled_at_first: set[tuple[str, Kind]] = field(default_factory=set)
    refused: int = 0

    def allocate(self, monitored: list[Extension]) -> EntityAllocation:
        """Remove the extensions that have left, then allocate."""
        self._remove_all_but({extension.id for extension in monitored})
        return allocate(
            monitored,
            RegisteredEntities(
                frozenset(i for i, kind in self.enabled if kind == _STATUS),
                sum(self.enabled.values()),
                sum(
                    (i, kind) not in self.enabled or self._is_disabled_by_size(i, kind)
                    for i, status in self.enabled
                    if status == _STATUS
                    for kind in _DEFAULTS
                ),
                Counter(i for (i, _), on in self.deleted.items() if on),
                sum(
                    on
                    for (_, kind), on in self.enabled.items()
                    if kind == _ON_THE_PHONE
                ),
            ),
            _OWN,
        )

    def add(self, allocation: EntityAllocation, step: Step) -> None:
        """Add the entities of all extensions that are shown, or of new ones."""
        self._remove_all_but(allocation.shown)
        former = {i for i, kind in self.enabled if kind == _STATUS}
        new = allocation.shown - (set() if step.is_set_up else former)
        for extension_id in sorted(new):
            self._add_on_the_phone(extension_id, allocation, step)
            for kind in (*sorted(_DEFAULTS), _EXTRA):
                key = (extension_id, kind)
                is_default = kind == _STATUS or (
                    allocation.enables_all and kind != _EXTRA
                )
                if is_default or step.more_sensors or self.deleted.get(key):
                    self._add(key, is_default=is_default)
                elif key in self.disabled_at_first and key in self.enabled:
                    self.deleted[key] = self.enabled.pop(key)
                if allocation.enables_all and self._is_disabled_by_size(*key):
                    self.disabled_at_first.discard(key)
                    self.enabled[key] = True

    def _add_on_the_phone(
        self, extension_id: str, allocation: EntityAllocation, step: Step
    ) -> None:
        key = (extension_id, _ON_THE_PHONE)
        if not step.on_the_phone:
            if key in self.enabled:
                self.deleted[key] = self.enabled.pop(key)
        elif allocation.enables_on_the_phone:
            self._add(key, is_default=True)
            if key in self.disabled_at_first:
                self.disabled_at_first.discard(key)
                self.enabled[key] = True
        elif not self.deleted.get(key):
            self._add(key, is_default=False)

    def change(self, key: tuple[str, Kind], *, enables: bool) -> None:
        """Enable or disable an entity as the user."""
        if self.enabled.get(key, enables) is not enables:
            self.enabled[key] = enables
            self.disabled_at_first.discard(key)

    def _is_disabled_by_size(self, extension_id: str, kind: Kind) -> bool:
        key = (extension_id, kind)
        return (
            kind in _DEFAULTS and key in self.disabled_at_first and key in self.enabled
        )

    def _remove_all_but(self, extension_ids: Collection[str]) -> None:
        for key in [key for key in self.enabled if key[0] not in extension_ids]:
            self.deleted[key] = self.enabled.pop(key)

    def _add(self, key: tuple[str, Kind], *, is_default: bool) -> None:
        if key in self.enabled:
            return
        count = sum(self.enabled.values())
        if is_default and count >= entity_allocation.ENABLED_AT_MOST:
            self.refused += 1
        elif key in self.deleted:
            self.enabled[key] = self.deleted.pop(key)
        else:
            self.enabled[key] = is_default
            if not is_default:
                self.disabled_at_first.add(key)


_NUMBERS = st.integers(min_value=1, max_value=12)


@dataclass
class Step:
    """What happens between two allocations."""

    numbers: set[int]
    changes: dict[tuple[str, Kind], bool]
    is_set_up: bool
    more_sensors: bool
    on_the_phone: bool


_STEPS = st.builds(
    Step,
    numbers=st.sets(_NUMBERS),
    changes=st.dictionaries(
        st.tuples(
            _NUMBERS.map(str),
            st.sampled_from([*sorted(_DEFAULTS), _EXTRA, _ON_THE_PHONE]),
        ),
        st.booleans(),
    ),
    is_set_up=st.booleans(),
    more_sensors=st.booleans(),
    on_the_phone=st.booleans(),
)


@given(st.lists(_STEPS, min_size=1, max_size=6))
def test_home_assistant_never_refuses_and_shown_extensions_stay(
    history: list[Step],
) -> None:
    """Whichever extensions join and leave, and whatever the user enables."""
    registry = Registry()
    by_id = {extension.id: extension for extension in people(12)}
    shown: frozenset[str] = frozenset()
    with limits(enabled=20, reserved=5, filled=12, full=3):
        for step in history:
            monitored = [by_id[str(number)] for number in step.numbers]
            allocation = registry.allocate(monitored)
            assert allocation.shown <= {e.id for e in monitored}
            assert allocation.shown >= shown & {e.id for e in monitored}
            assert allocation.omitted == len(monitored) - len(allocation.shown)
            before = sum(registry.enabled.values())
            registry.add(allocation, step)
            assert registry.refused == 0
            assert sum(registry.enabled.values()) <= max(before, 20)
            assert registry.allocate(monitored).shown >= allocation.shown
            shown = allocation.shown
            for key, enables in step.changes.items():
                registry.change(key, enables=enables)


# --------------------------------------------------------------------------------------
# In Home Assistant


async def test_entities_of_groups_are_kept_free(account: Account) -> None:
    """Those that a group has, or will have; switches are among them."""
    hass, entry = account.hass, account.entry
    assert reserved_for_groups(hass, entry) == 0
    group = await add(account, team(account, numbers=["102"]))
    assert reserved_for_groups(hass, entry) == RESERVED_FOR_GROUP
    registry = er.async_get(hass)
    assert len(er.async_entries_for_device(registry, group.device_id)) <= (
        RESERVED_FOR_GROUP
    )
    for number in range(10):
        registry.async_get_or_create(
            "switch",
            DOMAIN,
            group_unique_id(group.config.subentry_id, f"queue_member_{number}"),
            config_entry=entry,
            config_subentry_id=group.config.subentry_id,
            device_id=group.device_id,
        )
    assert reserved_for_groups(hass, entry) == 13 + 10


@pytest.fixture
def simulator_options() -> SimulatorOptions:
    """Return a company of twelve people, 101 to 112."""
    return SimulatorOptions(port=0, extensions=12)


@pytest.fixture(autouse=True)
def _no_warning_of_home_assistant(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Home Assistant must never refuse an entity."""
    yield
    messages = [record.getMessage() for record in caplog.get_records("call")]
    warnings = ("Reached the maximum", "does not generate unique IDs")
    assert not [m for m in messages if any(warning in m for warning in warnings)]


def enabled(account: Account, number: str) -> set[Kind]:
    """Return which entities of an extension are enabled."""
    device = account.device(number)
    assert device is not None
    return {
        (entry.domain, entry.unique_id.split("_", 3)[-1])
        for entry in er.async_entries_for_device(
            er.async_get(account.hass), device.id, include_disabled_entities=True
        )
        if not entry.disabled
    }


def numbers_shown(account: Account) -> list[str]:
    """Return the numbers with a device, after a check of their entities."""
    found = [u.number for u in account.simulator.users if account.device(u.number)]
    registry = er.async_get(account.hass)
    devices = dr.async_entries_for_config_entry(
        dr.async_get(account.hass), account.entry.entry_id
    )
    assert len(devices) == len(found) + 1
    for number in found:
        assert account.entity_id(number, "telephony_status") is not None
    extension_ids = {
        entry.unique_id.removeprefix(f"{account.entry.unique_id}_").split("_")[0]
        for entry in er.async_entries_for_config_entry(registry, account.entry.entry_id)
    }
    others = extension_ids - {account.simulator.extension(n).id for n in found}
    assert not [i for i in others if i.isdigit()]
    return sorted(found)


def omitted(account: Account) -> str | None:
    """Return the number of omitted extensions in the repair issue, if there is one."""
    issue = ir.async_get(account.hass).async_get_issue(
        DOMAIN, f"extensions_left_out_{account.entry.entry_id}"
    )
    if issue is None:
        return None
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["shown"] == str(len(numbers_shown(account)))
    return issue.translation_placeholders["left_out"]


async def select(account: Account, *numbers: str, everyone: bool = False) -> None:
    """Change the selection in the options."""
    hass = account.hass
    result = await hass.config_entries.options.async_init(account.entry.entry_id)
    result = await hass.config_entries.options.async_configure(
        result["flow_id"],
        {
            "groups": ["everyone"] if everyone else [],
            "extensions": [account.simulator.extension(n).id for n in numbers],
            "privacy": "full",
        },
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    await hass.async_block_till_done()


def disable(
    account: Account, number: str | None, key: str = "telephony_status"
) -> None:
    """Disable an entity as the user."""
    entity_id = account.entity_id(number, key)
    assert entity_id is not None
    er.async_get(account.hass).async_update_entity(
        entity_id, disabled_by=RegistryEntryDisabler.USER
    )


def company(*numbers: int) -> list[str]:
    """Return extension numbers."""
    return [str(100 + n) for n in numbers]


async def test_few_extensions_have_the_full_set(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Up to the limit."""
    with limits(enabled=100, reserved=20, filled=48, full=12):
        account = await add_account(hass, simulator)

    assert numbers_shown(account) == company(*range(1, 13))
    for number in company(2, 12):
        assert enabled(account, number) == _DEFAULTS
    assert omitted(account) is None


async def test_many_extensions_have_only_the_telephony_status_enabled(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The others are registered if they are wanted; selects and account are complete."""
    with limits(enabled=100, reserved=20, filled=48, full=11):
        account = await add_account(hass, simulator)
        for domain, key in _DEFAULTS - {_STATUS}:
            assert account.entity_id("102", key, domain) is None
        await want_more_sensors(account)

    assert numbers_shown(account) == company(*range(1, 13))
    assert enabled(account, "102") == {_STATUS}
    assert enabled(account, "101") == {
        _STATUS,
        ("select", "dnd"),
        ("select", "user_status"),
        ("sensor", "new_voicemails"),
    }
    assert account.shows(None, "link") == "push"
    for domain, key in _DEFAULTS - {_STATUS}:
        entity_id = account.entity_id("102", key, domain)
        assert entity_id is not None
        entry = er.async_get(hass).async_get(entity_id)
        assert entry is not None
        assert entry.disabled_by is RegistryEntryDisabler.INTEGRATION
    assert omitted(account) is None


async def test_smaller_account_gets_the_full_set_at_the_next_set_up(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """If all of it fits: twelve people are too many, and four would exceed the limit."""
    with limits(enabled=60, reserved=20, filled=15, full=4):
        account = await add_account(hass, simulator)
        for numbers, expected in ((range(1, 5), {_STATUS}), (range(2, 5), _DEFAULTS)):
            await select(account, *company(*numbers))
            assert await hass.config_entries.async_reload(account.entry.entry_id)
            await hass.async_block_till_done()
            assert enabled(account, "102") == expected


async def test_omitted_extensions_have_no_device_and_an_issue_is_raised(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The own extension and the lowest numbers are shown; a reload changes nothing."""
    for number in range(1, 6):
        simulator.add_extension(name=f"Person {number}", number=str(number))
    expected = [*(str(n) for n in range(1, 6)), *company(1, 2, 3)]
    with limits(enabled=30, reserved=20, filled=8, full=2):
        account = await add_account(hass, simulator)
        assert numbers_shown(account) == sorted(expected)
        assert omitted(account) == "9"
        assert account.shows(None, "link") == "push"
        assert account.entity_id("101", "dnd", "select") is not None

        before = er.async_get(hass).entities.get_entries_for_config_entry_id(
            account.entry.entry_id
        )
        assert await hass.config_entries.async_reload(account.entry.entry_id)
        await hass.async_block_till_done()
        assert numbers_shown(account) == sorted(expected)
        assert omitted(account) == "9"
        after = er.async_get(hass).entities.get_entries_for_config_entry_id(
            account.entry.entry_id
        )
        assert [e.id for e in before] == [e.id for e in after]


async def test_growth_leaves_registered_extensions_unchanged(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Two people with the full set, and two others with the telephony status."""
    with limits(enabled=40, reserved=20, filled=10, full=2):
        account = await add_account(
            hass, simulator, groups=[], extensions=["111", "112"]
        )
        assert enabled(account, "112") == _DEFAULTS
        await select(account, everyone=True)

    assert numbers_shown(account) == company(1, 2, 11, 12)
    assert enabled(account, "112") == _DEFAULTS
    assert enabled(account, "102") == {_STATUS}
    assert account.shows("102", "telephony_status") == "no_call"
    assert omitted(account) == "8"


async def test_what_the_user_has_enabled_or_disabled_stays(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Over a reload of a large account."""
    registry = er.async_get(hass)
    with limits(enabled=60, reserved=20, filled=20, full=2):
        account = await add_account(hass, simulator)
        await want_more_sensors(account)
        presence = account.entity_id("105", "presence")
        assert presence is not None
        registry.async_update_entity(presence, disabled_by=None)
        disable(account, "106")
        assert await hass.config_entries.async_reload(account.entry.entry_id)
        await hass.async_block_till_done()

    assert enabled(account, "105") == {_STATUS, ("sensor", "presence")}
    assert enabled(account, "106") == set()
    assert numbers_shown(account) == company(*range(1, 13))


@MOVED_TIME
async def test_disabled_entities_free_capacity_without_a_reload(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Many at a time; the issue is deleted with the last omitted extension."""
    with limits(enabled=40, reserved=20, filled=8, full=2):
        account = await add_account(hass, simulator)
        assert numbers_shown(account) == company(*range(1, 9))
        assert omitted(account) == "4"

        disable(account, "102")
        disable(account, "103")
        await time.passes(6)
        await hass.async_block_till_done()
        assert numbers_shown(account) == company(*range(1, 11))
        assert omitted(account) == "2"
        assert account.shows("110", "telephony_status") == "no_call"

        disable(account, "104")
        disable(account, "105")
        await time.passes(6)
        await hass.async_block_till_done()
        assert numbers_shown(account) == company(*range(1, 13))
        assert omitted(account) is None

        disable(account, "106")
        await time.passes(6)
        assert numbers_shown(account) == company(*range(1, 13))


@MOVED_TIME
async def test_other_changes_of_the_registry_do_not_allocate(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """And a change that frees no capacity changes nothing."""
    with limits(enabled=40, reserved=20, filled=8, full=2):
        account = await add_account(hass, simulator)
        entity_id = account.entity_id("102", "telephony_status")
        assert entity_id is not None
        with patch.object(
            entity_allocation, "allocate", wraps=entity_allocation.allocate
        ) as allocations:
            er.async_get(hass).async_update_entity(entity_id, name="Ben")
            await time.passes(6)
            assert allocations.call_count == 0
            disable(account, None, "interruptions")
            await time.passes(6)
            assert allocations.call_count == 1
    assert numbers_shown(account) == company(*range(1, 9))
    assert omitted(account) == "4"


async def test_removed_extension_frees_capacity(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A smaller selection deletes the issue."""
    with limits(enabled=40, reserved=20, filled=4, full=2):
        account = await add_account(
            hass, simulator, groups=[], extensions=company(2, 3, 4, 5, 6, 7)
        )
        assert numbers_shown(account) == company(2, 3, 4, 5)
        await select(account, *company(3, 4, 5, 6, 7))
        assert numbers_shown(account) == company(3, 4, 5, 6)
        assert omitted(account) == "1"
        await select(account, *company(3, 4, 7))
        assert numbers_shown(account) == company(3, 4, 7)
        assert omitted(account) is None


async def test_extension_that_returns_with_the_full_set_counts_as_such(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Deleted entities of other integrations do not count."""
    registry = er.async_get(hass)
    foreign = registry.async_get_or_create("light", "other", "1")
    registry.async_remove(foreign.entity_id)
    with limits(enabled=30, reserved=20, filled=10, full=2):
        account = await add_account(
            hass, simulator, groups=[], extensions=company(11, 12)
        )
        await select(account, *company(2))
        await select(account, *company(11, 12, 2, 3, 4))
        # The first two cost one each, the others four, and there is capacity for one.
        assert enabled(account, "102") == _DEFAULTS
        assert enabled(account, "111") == _DEFAULTS
        assert enabled(account, "103") == {_STATUS}
        assert numbers_shown(account) == company(2, 3, 4, 11)
        assert omitted(account) == "1"


async def test_account_with_new_entities_disabled_shows_all_extensions(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """By the system options of the config entry."""
    with limits(enabled=40, reserved=20, filled=4, full=2):
        account = await add_account(
            hass, simulator, groups=[], extensions=company(2, 3, 4)
        )
        hass.config_entries.async_update_entry(
            account.entry, pref_disable_new_entities=True
        )
        await select(account, everyone=True)

    assert numbers_shown(account) == company(*range(1, 13))
    assert enabled(account, "108") == set()
    assert omitted(account) is None


async def test_own_extension_is_added_when_no_other_fits(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """With its selects."""
    with limits(enabled=40, reserved=20, filled=4, full=2):
        account = await add_account(
            hass, simulator, groups=[], extensions=company(2, 3, 4, 5)
        )
        await select(account, *company(1, 2, 3, 4, 5, 6))

    assert numbers_shown(account) == company(1, 2, 3, 4, 5)
    assert account.entity_id("101", "user_status", "select") is not None
    assert omitted(account) == "1"


async def test_deleted_entities_of_another_user_do_not_count(
    hass: HomeAssistant,
) -> None:
    """Even if the id of an extension is that of the account."""
    registry = er.async_get(hass)
    former = MockConfigEntry(
        domain=DOMAIN,
        unique_id="900_777",
        data={CONF_AUTH_IMPLEMENTATION: "an app that was deleted"},
    )
    former.add_to_hass(hass)
    for number in range(40):
        for domain, key in _DEFAULTS:
            unique_id = f"{former.unique_id}_{number}_{key}"
            registry.async_get_or_create(domain, DOMAIN, unique_id, config_entry=former)
    await hass.config_entries.async_remove(former.entry_id)
    assert len(registry.deleted_entities) == 160

    entry = MockConfigEntry(
        domain=DOMAIN, unique_id="900_1", data={CONF_EXTENSION_ID: "1"}
    )
    entry.add_to_hass(hass)
    directory = {e.id: e for e in (*people(8), replace(_PERSON, id="900"))}
    roster = Roster(
        selection=Selection(frozenset({Group.EVERYONE}), frozenset()),
        directory=directory,
    )
    allocator = EntityAllocator(
        hass, entry, BackgroundTasks(hass, entry, Mock()), Mock()
    )
    await allocator.counter.read()
    with limits(enabled=60, reserved=20, filled=40, full=12):
        allocator.allocate(roster)
    assert allocator.allocation == EntityAllocation(
        shown=frozenset(directory), enables_on_the_phone=False
    )


async def test_device_without_telephony_status_is_completed_or_removed(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """If the entity was removed from the registry."""
    registry = er.async_get(hass)
    with limits(enabled=40, reserved=20, filled=4, full=2):
        account = await add_account(
            hass, simulator, groups=[], extensions=company(2, 3, 4, 5)
        )
        await want_more_sensors(account)
        assert await hass.config_entries.async_unload(account.entry.entry_id)
        for number, key in (("105", "presence"), ("104", "presence"), ("104", "dnd")):
            entity_id = account.entity_id(number, key)
            assert entity_id is not None
            registry.async_update_entity(entity_id, disabled_by=None)
        status = account.entity_id("105", "telephony_status")
        assert status is not None
        registry.async_remove(status)

        assert await hass.config_entries.async_setup(account.entry.entry_id)
        await hass.async_block_till_done()

    assert numbers_shown(account) == company(2, 3, 4)
    assert omitted(account) == "1"


# On a busy machine, the real time of adding entities would exceed that of a request.
@MOVED_TIME
@pytest.mark.parametrize(
    "simulator_options", [SimulatorOptions(port=0, extensions=2_800)]
)
async def test_large_company_grows_beyond_the_limit_of_home_assistant(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Real figures: 2,400 people in full, 300 others, and 100 omitted."""
    numbers = [user.number for user in simulator.users]
    account = await add_account(hass, simulator, groups=[], extensions=numbers[:2_400])
    assert omitted(account) is None
    assert account.coordinator.allocation.enables_all
    await select(account, everyone=True)

    assert omitted(account) == "100"
    assert numbers_shown(account) == sorted(numbers[:2_700])
    assert enabled(account, numbers[2_399]) == _DEFAULTS
    assert enabled(account, numbers[2_400]) == {_STATUS}
    registry = er.async_get(hass)
    count = sum(not entry.disabled for entry in registry.entities.values())
    assert 9_900 <= count <= entity_allocation.ENABLED_AT_MOST

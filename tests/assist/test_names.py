"""Names that people use for telephones."""

from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import RegistryEntryWithDefaults

from custom_components.ringcentral.assist.names import (
    async_find_telephone,
    rank_of,
    words_of,
)
from custom_components.ringcentral.assist.telephones import Telephone
from custom_components.ringcentral.targets import ExtensionRef
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr

_NAMES = st.text("ab Ä(1", max_size=6)


def _telephone(
    *names: str,
    entry: str = "entry",
    extension: str | None = None,
    is_own: bool = False,
) -> Telephone:
    entity = RegistryEntryWithDefaults(
        entity_id=f"sensor.{names[0].strip('()')[-1].lower()}",
        unique_id=names[0],
        platform="ringcentral",
        aliases=[*names],
    )
    ref = ExtensionRef(entry, extension or names[0])
    device = dr.DeviceEntry(config_entry_id=entry)
    return Telephone(ref, entity, device, is_own, None)


async def _find(hass: HomeAssistant, *people: str, name: str | None) -> str:
    telephones = [*map(_telephone, people)]
    return (await async_find_telephone(hass, telephones, name)).names[0]


@pytest.mark.parametrize(
    "name", ["Alice Smith (102)", "alice smith", "Smith", "ALICE", "102", "smith alice"]
)
async def test_person_is_found_by_words_of_the_name(
    hass: HomeAssistant, name: str
) -> None:
    found = await _find(hass, "Alice Smith (102)", "Bob", name=name)
    assert found == "Alice Smith (102)"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Dr. Felix Brook", "Dr Felix Brook"),
        ("Brook, Felix", "Felix Brook"),
        ("Anne-Marie O’Brien", "Anne Marie O'Brien"),
        ("St. John's", "St John’s"),
        ("Smith/Jones", "Smith Jones"),
        ("J. R.", "J.R."),
    ],
)
async def test_person_is_found_without_the_punctuation_of_the_name(
    hass: HomeAssistant, written: str, said: str
) -> None:
    assert await _find(hass, written, "Bob", name=said) == written


async def test_whole_name_comes_before_a_part_of_another(hass: HomeAssistant) -> None:
    assert await _find(hass, "Alice Smith", "Alice", name="alice") == "Alice"


@pytest.mark.parametrize("name", ["Ali", "", " ", "()", "Alice Brown"])
async def test_no_person_is_found_by_less_or_more_than_words(
    hass: HomeAssistant, name: str
) -> None:
    with pytest.raises(HomeAssistantError, match="No telephone"):
        await _find(hass, "Alice Smith (102)", name=name)


async def test_extension_of_two_accounts_is_controlled_by_its_own_user(
    hass: HomeAssistant,
) -> None:
    telephones = [
        _telephone("Greta", entry=entry, extension="102", is_own=is_own)
        for entry, is_own in (("first", False), ("second", True), ("third", False))
    ]
    found = await async_find_telephone(hass, telephones, "greta")
    assert found.ref.entry_id == "second"


async def test_at_most_five_people_are_named(hass: HomeAssistant) -> None:
    people = [f"Alice {letter}" for letter in "gfedcba"]
    with pytest.raises(HomeAssistantError) as caught:
        await _find(hass, *people, name="Alice")
    expected = "sensor.a, sensor.b, sensor.c, sensor.d, sensor.e + 2"
    assert str(caught.value) == f"Ask which of these is meant: {expected}"


@given(names=st.lists(_NAMES, max_size=3), name=_NAMES)
def test_only_names_with_all_words_fit(names: list[str], name: str) -> None:
    wanted = set(name.casefold().replace("(", " ").split())
    own = [set(one.casefold().replace("(", " ").split()) for one in names]
    expected = None
    if wanted and any(wanted <= one for one in own):
        expected = 0 if wanted in own else 1
    assert not wanted or rank_of(names, words_of(name)) == expected

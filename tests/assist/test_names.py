"""Names that people use for telephones."""

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.assist.people import Telephone, find_telephone
from custom_components.ringcentral.targets import ExtensionRef
from homeassistant.exceptions import HomeAssistantError

_NAMES = st.text("ab Ä(1", max_size=6)
_TELEPHONES = st.lists(st.lists(_NAMES, max_size=3), max_size=8).map(
    lambda people: [
        Telephone(ExtensionRef("entry", str(i)), f"sensor.{i}", str(i), tuple(p), False)
        for i, p in enumerate(people)
    ]
)


def _find(*people: str, name: str | None) -> str:
    telephones = [
        Telephone(ExtensionRef("entry", one), f"sensor.{one}", one, (one, "10"), False)
        for one in people
    ]
    return find_telephone(telephones, name).label


@pytest.mark.parametrize(
    "name", ["Alice Smith (102)", "alice smith", "Smith", "ALICE", "102", "smith alice"]
)
def test_person_is_found_by_words_of_the_name(name: str) -> None:
    assert _find("Alice Smith (102)", "Bob", name=name) == "Alice Smith (102)"


def test_whole_name_comes_before_a_part_of_another() -> None:
    assert _find("Alice Smith", "Alice", name="alice") == "Alice"


@pytest.mark.parametrize("name", ["Ali", "", " ", "()", "Alice Brown"])
def test_no_person_is_found_by_less_or_more_than_words(name: str) -> None:
    with pytest.raises(HomeAssistantError, match="No telephone"):
        _find("Alice Smith (102)", name=name)


def test_extension_of_two_accounts_is_controlled_by_its_own_user() -> None:
    telephones = [
        Telephone(ExtensionRef(entry, "102"), entry, "Greta", ("Greta",), is_own)
        for entry, is_own in (("first", False), ("second", True), ("third", False))
    ]
    assert find_telephone(telephones, "greta").entity_id == "second"


def test_at_most_five_people_are_named() -> None:
    people = [f"Alice {letter}" for letter in "gfedcba"]
    with pytest.raises(HomeAssistantError) as caught:
        _find(*people, name="Alice")
    expected = "Alice a, Alice b, Alice c, Alice d, Alice e + 2"
    assert str(caught.value) == f"Ask which of these is meant: {expected}"


@given(telephones=_TELEPHONES, name=_NAMES)
def test_only_one_whose_name_has_all_words_is_found(
    telephones: list[Telephone], name: str
) -> None:
    words = set(name.casefold().replace("(", " ").split())
    matching = [
        one
        for one in telephones
        if any(
            words and words <= set(own.casefold().replace("(", " ").split())
            for own in one.names
        )
    ]
    try:
        found = find_telephone(telephones, name)
    except HomeAssistantError:
        assert len(matching) != 1
    else:
        assert found in matching

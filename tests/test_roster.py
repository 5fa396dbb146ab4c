"""Who is monitored, for every way to choose."""

from copy import replace
from itertools import combinations
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.directory import Extension
from custom_components.ringcentral.api.filters import (
    FAVORITES_FILTER,
    LINES_FILTER,
    LIST_FILTERS,
    Scope,
    extension_filter,
)
from custom_components.ringcentral.api.models import RosterKind
from custom_components.ringcentral.roster import Group, Roster, Selection

_BEN = Extension(
    id="2",
    number="102",
    name="Ben Example",
    type="User",
    status="Enabled",
    hidden=False,
    department=None,
    site=None,
)
_DIRECTORY = {
    extension.id: extension
    for extension in (
        _BEN,
        replace(_BEN, id="3", number="103", name="Cleo Example"),
        replace(_BEN, id="4", number="104", status="Disabled"),
        replace(_BEN, id="5", number="105", hidden=True),
        replace(_BEN, id="6", number="201", type="Department"),
    )
}


def roster(*groups: str, extensions: tuple[str, ...] = ()) -> Roster:
    """Return the roster of a selection."""
    return Roster(
        selection=Selection(frozenset(groups), frozenset(extensions)),
        directory=_DIRECTORY,
        lines=["3", "7"],
        favorites=["4", "8"],
    )


@pytest.mark.parametrize(
    ("groups", "extensions", "one_by_one", "monitored"),
    [
        pytest.param([], (), set(), set(), id="nobody"),
        pytest.param([], ("2",), {"2"}, {"2"}, id="one"),
        pytest.param([], ("2", "6"), {"2", "6"}, {"2", "6"}, id="chosen, so watched"),
        pytest.param([], ("2", "9"), {"2"}, {"2"}, id="one who has left"),
        pytest.param(["everyone"], (), {"2", "3"}, {"2", "3"}, id="everyone at work"),
        pytest.param(
            ["everyone"], ("4",), {"2", "3", "4"}, {"2", "3", "4"}, id="and one more"
        ),
        pytest.param(["lines"], (), set(), {"3"}, id="lines"),
        pytest.param(
            ["favorites"], (), set(), {"4"}, id="favorites, not of another company"
        ),
        pytest.param(["lines", "favorites"], (), set(), {"3", "4"}, id="both"),
        pytest.param(
            ["everyone", "lines", "favorites"],
            (),
            {"2", "3"},
            {"2", "3", "4"},
            id="all groups",
        ),
        pytest.param(["sites"], ("2",), {"2"}, {"2"}, id="a group of another version"),
    ],
)
def test_selection_decides_who_is_monitored(
    groups: list[str],
    extensions: tuple[str, ...],
    one_by_one: set[str],
    monitored: set[str],
) -> None:
    """Those in a list by its filter, the others one by one."""
    chosen = roster(*groups, extensions=extensions)

    assert chosen.watched_one_by_one == one_by_one
    assert chosen.monitored == monitored
    assert chosen.scope == Scope(
        extension_ids=frozenset(one_by_one),
        lines="lines" in groups,
        favorites="favorites" in groups,
    )


@pytest.mark.parametrize(
    ("options", "is_empty"),
    [
        ({}, True),
        ({"groups": [], "extensions": []}, True),
        ({"groups": ["lines"]}, False),
        ({"extensions": ["2"]}, False),
    ],
)
def test_selection_is_empty_if_it_names_nothing(
    options: dict[str, Any], is_empty: bool
) -> None:
    """Options may lack either."""
    assert Selection.from_options(options).is_empty is is_empty


def test_selection_is_read_from_the_options() -> None:
    """Groups and single extensions, each once."""
    options = {"groups": ["lines", "everyone"], "extensions": ["3", "2", "3"]}

    assert Selection.from_options(options) == Selection(
        groups=frozenset({"everyone", "lines"}), extension_ids=frozenset({"2", "3"})
    )


@given(
    st.sets(st.sampled_from(list(Group))),
    st.sets(st.sampled_from("23456789")),
    st.sets(st.sampled_from("23456789")),
    st.sets(st.sampled_from("23456789")),
)
def test_every_monitored_extension_is_covered_by_the_scope(
    groups: set[Group], chosen: set[str], lines: set[str], favorites: set[str]
) -> None:
    """And an unknown id, which could spoil all filters, has none of its own."""
    roster = Roster(
        selection=Selection(frozenset(groups), frozenset(chosen)),
        directory=_DIRECTORY,
        lines=lines,
        favorites=favorites,
    )
    covered = set(roster.scope.extension_ids)
    covered |= lines if roster.scope.lines else set()
    covered |= favorites if roster.scope.favorites else set()

    assert roster.monitored == covered & _DIRECTORY.keys()
    assert roster.scope.extension_ids <= _DIRECTORY.keys()


@pytest.mark.parametrize(
    ("groups", "refused", "silent"),
    [
        pytest.param(["everyone"], [], set(), id="nothing refused"),
        pytest.param(["everyone"], [extension_filter("2")], {"2"}, id="one"),
        pytest.param(
            ["everyone"],
            [extension_filter("2"), extension_filter("3")],
            {"2", "3"},
            id="all",
        ),
        pytest.param(["everyone"], [LINES_FILTER], set(), id="one nobody needs"),
        pytest.param(["lines"], [LINES_FILTER], {"3"}, id="lines"),
        pytest.param(["favorites"], [FAVORITES_FILTER], {"4"}, id="favorites"),
        pytest.param(["lines", "favorites"], [LINES_FILTER], {"3"}, id="lines only"),
        pytest.param(
            ["everyone", "lines"], [LINES_FILTER], set(), id="lines told one by one"
        ),
        pytest.param(
            ["everyone", "lines"], [extension_filter("3")], set(), id="one of the lines"
        ),
        pytest.param(
            ["everyone", "favorites"],
            [extension_filter("2"), FAVORITES_FILTER],
            {"2", "4"},
            id="one and the favorites",
        ),
        pytest.param(
            ["lines"], [LIST_FILTERS[RosterKind.LINES]], set(), id="only the list"
        ),
    ],
)
def test_who_is_monitored_by_refused_filters_only_is_without_push(
    groups: list[str], refused: list[str], silent: set[str]
) -> None:
    """Another filter may tell of the same extension."""
    assert roster(*groups).without_push(refused) == silent


def test_whoever_joins_or_leaves_the_company_joins_or_leaves_everyone() -> None:
    """A new list makes a new roster."""
    before = roster("everyone")
    joined = replace(
        before, directory={**_DIRECTORY, "9": replace(_BEN, id="9", number="109")}
    )
    left = replace(before, directory={"3": _DIRECTORY["3"]})

    assert joined.monitored == {"2", "3", "9"}
    assert left.monitored == {"3"}


@pytest.mark.parametrize("groups", list(combinations(Group, 2)))
def test_order_of_groups_means_nothing(groups: tuple[Group, Group]) -> None:
    """They are a set."""
    assert roster(*groups).monitored == roster(*reversed(groups)).monitored

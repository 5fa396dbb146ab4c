"""Monitored extensions for each kind of selection."""

from collections.abc import Mapping
from copy import replace
from itertools import combinations
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.event_filters import (
    FAVORITES_FILTER,
    LINES_FILTER,
    LIST_FILTERS,
    VOICEMAIL_FILTER,
    Scope,
    extension_filter,
    queue_filter,
)
from custom_components.ringcentral.api.models.directory import Extension
from custom_components.ringcentral.api.models.notifications import RosterKind
from custom_components.ringcentral.roster.models import (
    Group,
    Roster,
    Selection,
    format_names,
    group_queues,
)

_BEN = Extension(
    id="2",
    number="102",
    name="Ben Example",
    type="User",
    status="Enabled",
    hidden=False,
    department="Support",
    site="Main Site",
    site_id="s1",
)
_DIRECTORY = {
    extension.id: extension
    for extension in (
        _BEN,
        replace(_BEN, id="3", number="103", name="Cleo Example", department="Sales"),
        replace(_BEN, id="4", number="104", status="Disabled", department="Sales"),
        replace(_BEN, id="5", number="105", hidden=True, site="Harbour", site_id="s2"),
        replace(_BEN, id="6", number="201", type="Department", site_id="s2"),
    )
}


def roster(*groups: str, extensions: tuple[str, ...] = (), **more: Any) -> Roster:
    """Return the roster of a selection."""
    return Roster(
        selection=Selection(frozenset(groups), frozenset(extensions), **more),
        directory=_DIRECTORY,
        lines=["3", "7"],
        favorites=["4", "8"],
    )


@pytest.mark.parametrize(
    ("groups", "extensions", "individually", "monitored"),
    [
        pytest.param([], (), set(), set(), id="nothing"),
        pytest.param([], ("2",), {"2"}, {"2"}, id="one"),
        pytest.param(
            [], ("2", "6"), {"2", "6"}, {"2", "6"}, id="a queue, selected by id"
        ),
        pytest.param([], ("2", "9"), {"2"}, {"2"}, id="a deleted extension"),
        pytest.param(["everyone"], (), {"2", "3"}, {"2", "3"}, id="everyone enabled"),
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
def test_selection_decides_which_extensions_are_monitored(
    groups: list[str],
    extensions: tuple[str, ...],
    individually: set[str],
    monitored: set[str],
) -> None:
    """Lists have filters of their own, other extensions one each."""
    selected = roster(*groups, extensions=extensions)

    assert selected.subscribed_individually == individually
    assert selected.monitored == monitored
    assert selected.scope == Scope(
        extension_ids=frozenset(individually),
        lines="lines" in groups,
        favorites="favorites" in groups,
    )


@pytest.mark.parametrize(
    ("options", "is_empty"),
    [
        ({}, True),
        ({"groups": [], "extensions": []}, True),
        ({"groups": ["lines"]}, False),
        ({"groups": ["another"]}, True),
        ({"extensions": ["2"]}, False),
        ({"groups": [], "sites": [], "departments": []}, True),
        ({"sites": ["s1"]}, False),
        ({"departments": ["Sales"]}, False),
        ({"follow_new": False, "members": ["2"], "safety_poll": 5}, True),
    ],
)
def test_selection_is_empty_if_it_contains_nothing(
    options: dict[str, Any], is_empty: bool
) -> None:
    """Each option may be missing."""
    assert Selection.from_options(options).is_empty is is_empty


def test_selection_is_read_from_the_options() -> None:
    """Groups of another version are ignored."""
    options = {
        "groups": ["lines", "another", "everyone"],
        "sites": ["s2", "s1", "s2"],
        "departments": ["Sales"],
        "extensions": ["3", "2", "3"],
        "privacy": "full",
    }

    assert Selection.from_options(options) == Selection(
        groups=frozenset({"everyone", "lines"}),
        extension_ids=frozenset({"2", "3"}),
        sites=frozenset({"s1", "s2"}),
        departments=frozenset({"Sales"}),
    )


def test_fixed_list_of_a_former_version_is_ignored() -> None:
    """Colleagues who join are monitored."""
    options = {"groups": ["everyone"], "follow_new": False, "members": ["2"]}

    selection = Selection.from_options(options)

    assert Roster(selection=selection, directory=_DIRECTORY).monitored == {"2", "3"}


@pytest.mark.parametrize(
    ("selected", "monitored"),
    [
        pytest.param({"sites": {"s1"}}, {"2", "3"}, id="site, only people"),
        pytest.param({"sites": {"s2"}}, set(), id="site of hidden and queues"),
        pytest.param({"sites": {"s3"}}, set(), id="deleted site"),
        pytest.param({"departments": {"Sales"}}, {"3"}, id="department"),
        pytest.param({"departments": {"sales"}}, set(), id="another case"),
        pytest.param(
            {"sites": {"s2"}, "departments": {"Sales", "Support"}},
            {"2", "3"},
            id="either",
        ),
    ],
)
def test_sites_and_departments_include_their_people(
    selected: dict[str, set[str]], monitored: set[str]
) -> None:
    """Individually, since the platform has no filter for them."""
    selection: Any = {key: frozenset(value) for key, value in selected.items()}
    of_selection = roster(**selection)

    assert of_selection.monitored == of_selection.scope.extension_ids == monitored


def test_empty_site_and_department_include_no_extension() -> None:
    """Nor those without site or department."""
    nowhere = replace(_BEN, department=None, site=None, site_id=None)
    selection = Selection(
        frozenset(),
        frozenset(),
        sites=frozenset({"s1", ""}),
        departments=frozenset({"Sales", ""}),
    )

    assert not selection.includes(nowhere)


@pytest.mark.parametrize("group", ["lines", "favorites"])
@pytest.mark.parametrize(
    ("kind", "is_monitored"),
    [
        *((kind, True) for kind in ("User", "Limited", "ParkLocation", "Room")),
        *((kind, True) for kind in ("GroupCallPickup", "SharedLinesGroup")),
        ("DelegatedLinesGroup", True),
        *((kind, False) for kind in ("Department", "Announcement", "IvrMenu")),
        *((kind, False) for kind in ("Voicemail", "PagingOnly", "FaxUser", "Site")),
        *((kind, False) for kind in ("ApplicationExtension", "Bot", "ProxyAdmin")),
        # Types that are not known may have a phone.
        ("Hologram", True),
        (None, True),
    ],
)
def test_line_or_favorite_without_calls_is_not_monitored(
    group: str, kind: str | None, is_monitored: bool
) -> None:
    """Unless it was selected itself; its list keeps the filter."""
    of_lists = roster(group)
    line = replace(_BEN, id="9", type=kind)
    lists: dict[str, Any] = {
        "lines": ["9"],
        "favorites": ["9"],
        "directory": {"9": line},
    }
    listed = replace(of_lists, **lists)
    assert listed.monitored == ({"9"} if is_monitored else set())
    assert listed.scope == of_lists.scope
    selected = replace(roster(group, extensions=("9",)), **lists)
    assert selected.monitored == {"9"}


_EXTENSIONS = st.builds(
    Extension,
    id=st.sampled_from("23456789"),
    number=st.just("102"),
    name=st.just("Ben Example"),
    type=st.sampled_from(["User", "Limited", "Department", None]),
    status=st.sampled_from(
        ["Enabled", "NotActivated", "Disabled", "Frozen", "Unassigned", None]
    ),
    hidden=st.booleans(),
    department=st.sampled_from([None, "Sales", "Support"]),
    site=st.just("Some Site"),
    site_id=st.sampled_from([None, "s1", "s2"]),
)
_DIRECTORIES = st.lists(_EXTENSIONS, max_size=8).map(
    lambda all_: {e.id: e for e in all_}
)
_IDS = st.frozensets(st.sampled_from("23456789"))
_SELECTIONS = st.builds(
    Selection,
    groups=st.frozensets(st.sampled_from(list(Group))),
    extension_ids=_IDS,
    sites=st.frozensets(st.sampled_from(["s1", "s2", "s3"])),
    departments=st.frozensets(st.sampled_from(["Sales", "Support", "Closed"])),
)


@given(_SELECTIONS, _DIRECTORIES, _IDS, _IDS)
def test_extension_is_monitored_if_any_part_of_the_selection_includes_it(
    selection: Selection,
    directory: dict[str, Extension],
    lines: frozenset[str],
    favorites: frozenset[str],
) -> None:
    """In any directory."""
    monitored = Roster(
        selection=selection, directory=directory, lines=lines, favorites=favorites
    ).monitored

    for extension_id, extension in directory.items():
        reasons = (
            extension_id in selection.extension_ids,
            extension.has_calls
            and "lines" in selection.groups
            and extension_id in lines,
            extension.has_calls
            and "favorites" in selection.groups
            and extension_id in favorites,
            extension.can_be_monitored and "everyone" in selection.groups,
            extension.can_be_monitored and extension.site_id in selection.sites,
            extension.can_be_monitored
            and extension.department in selection.departments,
        )
        assert (extension_id in monitored) is any(reasons)
    assert monitored <= directory.keys()


@given(_SELECTIONS, _DIRECTORIES, _IDS, _IDS)
def test_extension_belongs_to_the_selected_groups_that_include_it(
    selection: Selection,
    directory: dict[str, Extension],
    lines: frozenset[str],
    favorites: frozenset[str],
) -> None:
    """Each group alone monitors exactly its members."""
    selected = Roster(
        selection=selection, directory=directory, lines=lines, favorites=favorites
    )
    groups = {i: list(selected.groups_of(directory[i])) for i in directory}

    nothing = Selection(groups=frozenset(), extension_ids=frozenset())
    alone: dict[tuple[str, str], Selection] = {
        **{(g, ""): replace(nothing, groups=frozenset({g})) for g in selection.groups},
        **{
            ("site", s): replace(nothing, sites=frozenset({s})) for s in selection.sites
        },
        **{
            ("department", d): replace(nothing, departments=frozenset({d}))
            for d in selection.departments
        },
    }
    for group, one in alone.items():
        members = {i for i in groups if group in [(g.kind, g.key) for g in groups[i]]}
        assert members == replace(selected, selection=one).monitored
    assert {(g.kind, g.key) for of in groups.values() for g in of} <= alone.keys()


@given(
    st.sets(st.sampled_from(list(Group))),
    st.sets(st.sampled_from("23456789")),
    st.sets(st.sampled_from("23456789")),
    st.sets(st.sampled_from("23456789")),
)
def test_every_monitored_extension_is_covered_by_the_scope(
    groups: set[Group], extension_ids: set[str], lines: set[str], favorites: set[str]
) -> None:
    """Unknown ids, which would invalidate the subscription, are not in it."""
    roster = Roster(
        selection=Selection(frozenset(groups), frozenset(extension_ids)),
        directory=_DIRECTORY,
        lines=lines,
        favorites=favorites,
    )
    listed = lines if roster.scope.lines else set()
    listed |= favorites if roster.scope.favorites else set()
    with_calls = {e.id for e in _DIRECTORY.values() if e.has_calls}

    assert roster.monitored == roster.scope.extension_ids | listed & with_calls
    assert roster.scope.extension_ids <= _DIRECTORY.keys()


def test_deleted_queue_is_not_in_the_scope() -> None:
    """An invalid filter invalidates the subscription."""
    before = replace(roster("everyone"), queues=frozenset({"3", "901"}))

    assert before.scope.queues == {"3"}
    assert queue_filter("901") not in before.filters
    directory = {**_DIRECTORY, "901": replace(_BEN, id="901", type="Department")}
    assert queue_filter("901") in replace(before, directory=directory).filters


@pytest.mark.parametrize("voicemail", [True, False])
def test_voicemails_are_followed_if_they_can_be_read(*, voicemail: bool) -> None:
    """Otherwise the filter would be refused."""
    filters = replace(roster("everyone"), voicemail=voicemail).filters
    assert (VOICEMAIL_FILTER in filters) is voicemail


def test_queues_of_groups() -> None:
    """Teams have none, and stored data may be anything."""
    queues: list[Mapping[str, Any]] = [{"queue": i} for i in ("901", "902", "901", 903)]
    assert group_queues([*queues, {"extensions": ["1"]}, {}]) == {"901", "902"}


@pytest.mark.parametrize(
    ("groups", "refused", "not_pushed"),
    [
        pytest.param(["everyone"], [], set(), id="nothing refused"),
        pytest.param(["everyone"], [extension_filter("2")], {"2"}, id="one"),
        pytest.param(
            ["everyone"],
            [extension_filter("2"), extension_filter("3")],
            {"2", "3"},
            id="all",
        ),
        pytest.param(["everyone"], [LINES_FILTER], set(), id="one that is not needed"),
        pytest.param(["lines"], [LINES_FILTER], {"3"}, id="lines"),
        pytest.param(["favorites"], [FAVORITES_FILTER], {"4"}, id="favorites"),
        pytest.param(["lines", "favorites"], [LINES_FILTER], {"3"}, id="lines only"),
        pytest.param(
            ["everyone", "lines"],
            [LINES_FILTER],
            set(),
            id="lines subscribed individually",
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
def test_extension_with_refused_filters_only_is_not_pushed(
    groups: list[str], refused: list[str], not_pushed: set[str]
) -> None:
    """Another filter may cover the same extension."""
    assert roster(*groups).not_pushed(refused) == not_pushed


def test_everyone_includes_new_extensions_and_no_deleted_ones() -> None:
    """As the extension list has changed."""
    before = roster("everyone")
    joined = replace(
        before, directory={**_DIRECTORY, "9": replace(_BEN, id="9", number="109")}
    )
    left = replace(before, directory={"3": _DIRECTORY["3"]})

    assert joined.monitored == {"2", "3", "9"}
    assert left.monitored == {"3"}


@pytest.mark.parametrize("groups", list(combinations(Group, 2)))
def test_order_of_groups_is_irrelevant(groups: tuple[Group, Group]) -> None:
    """They are a set."""
    assert roster(*groups).monitored == roster(*reversed(groups)).monitored


def test_few_are_named_and_many_are_counted() -> None:
    """Sorted by name."""
    people = [replace(_BEN, id=str(i), number=str(i), name=f"N{i}") for i in range(12)]

    assert format_names([]) == ""
    assert format_names([_BEN, people[1]]) == "Ben Example (102), N1 (1)"
    assert format_names([replace(_BEN, number=None, name=None)]) == "- (-)"
    assert format_names(people[:10]).count(",") == 9
    assert "+" not in format_names(people[:10])
    assert format_names(people).endswith(" + 2")

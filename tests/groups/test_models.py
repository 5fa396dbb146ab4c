"""Groups as they are stored, and who belongs to them."""

from dataclasses import dataclass
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.models.directory import Extension
from custom_components.ringcentral.groups.models import GroupConfig
from custom_components.ringcentral.roster.models import Group, Roster, Selection

from ..strategies import json_values


@dataclass
class Subentry:
    """What is stored of a group."""

    data: Any
    subentry_id: str = "id"
    title: str = "Support"


def extension(number: int, **fields: Any) -> Extension:
    """Return a person."""
    values = {"department": "Sales", "site": "Berlin", "site_id": "1", **fields}
    return Extension(
        str(number), str(number), "Alice", "User", "Enabled", False, **values
    )


_ROSTER = Roster(
    selection=Selection(frozenset({Group.EVERYONE}), frozenset()),
    directory={
        e.id: e
        for e in (
            extension(1),
            extension(2, department="Support"),
            extension(3, department=None, site_id="2"),
            # Not shown.
            Extension(
                "4", "4", None, "Department", "Enabled", False, "Sales", None, "1"
            ),
        )
    },
)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, set()),
        ({"extensions": ["1", "3"]}, {"1", "3"}),
        ({"extensions": ["4", "gone"]}, set()),
        ({"sites": ["1"]}, {"1", "2"}),
        ({"departments": ["Sales"]}, {"1"}),
        ({"departments": ["sales"]}, set()),
        (
            {"departments": ["Sales"], "sites": ["2"], "extensions": ["2"]},
            {"1", "2", "3"},
        ),
        # Of nonsense, the part that can be used.
        ({"extensions": "1"}, set()),
        ({"extensions": ["1", 2, None, ["3"]], "sites": 1, "departments": None}, {"1"}),
    ],
)
def test_members_are_people_sites_and_departments_that_are_shown(
    data: dict[str, object], expected: set[str]
) -> None:
    """Together."""
    config = GroupConfig.from_subentry(Subentry(data))
    assert config.members(_ROSTER) == expected
    assert config.queue_id is None


def test_members_of_a_queue_are_those_that_are_shown() -> None:
    """The platform lists them."""
    config = GroupConfig.from_subentry(Subentry({"queue": "4"}))
    assert config.queue_id == "4"
    assert config.members(_ROSTER) == set()
    assert config.members(_ROSTER, ["1", "4", "gone"]) == {"1"}


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Support", "Support"),
        ("Support\nand sales", "Support and sales"),
        ("", "RingCentral"),
    ],
)
def test_title_is_one_line(title: str, expected: str) -> None:
    """It is the name of a device."""
    assert GroupConfig.from_subentry(Subentry({}, title=title)).title == expected


@given(st.dictionaries(st.sampled_from(["extensions", "sites", "queue"]), json_values))
def test_group_of_any_data_has_members_that_are_shown(data: dict[str, object]) -> None:
    """Storage may contain anything."""
    members = GroupConfig.from_subentry(Subentry(data)).members(_ROSTER)
    assert members <= _ROSTER.monitored

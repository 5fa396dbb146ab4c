"""Parsing of the members of call queues."""

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.queues import (
    QueueMember,
    parse_queue_presence,
)

from ...strategies import Json, json_values


def _parse(*records: object) -> dict[str, QueueMember]:
    return parse_queue_presence({"records": list(records)}, Anomalies())


def test_members_of_a_queue() -> None:
    """Whether they take its calls, and those of any queue."""
    assert _parse(
        {
            "member": {"id": "620000101016", "name": "Dana Fischer"},
            "acceptQueueCalls": True,
            "acceptCurrentQueueCalls": True,
        },
        {
            "member": {"id": "620000102016", "extensionNumber": "102"},
            "acceptQueueCalls": False,
            "acceptCurrentQueueCalls": True,
        },
        {
            "member": {"id": 620000103016},
            "acceptQueueCalls": True,
            "acceptCurrentQueueCalls": False,
        },
    ) == {
        "620000101016": QueueMember(accepts=True, available=True),
        "620000102016": QueueMember(accepts=True, available=False),
        "620000103016": QueueMember(accepts=False, available=True),
    }


def test_queues_of_a_member() -> None:
    """As the answer about the own extension lists them."""
    assert _parse(
        {
            "callQueue": {"id": "620000201016", "editableMemberStatus": True},
            "acceptCalls": True,
        },
        {"callQueue": {"id": "620000202016"}, "acceptCalls": False},
    ) == {
        "620000201016": QueueMember(accepts=True),
        "620000202016": QueueMember(accepts=False),
    }


@pytest.mark.parametrize(
    ("record", "members"),
    [
        ({"member": {"id": "1"}}, {"1": QueueMember(None, None)}),
        (
            {"member": {"id": "1"}, "acceptCurrentQueueCalls": "yes"},
            {"1": QueueMember(None, None)},
        ),
        ({"member": {"id": ".."}, "acceptCurrentQueueCalls": True}, {}),
        ({"member": {}, "acceptCurrentQueueCalls": True}, {}),
        ({"member": "1"}, {}),
        ({}, {}),
        ("member", {}),
    ],
)
def test_unusable_part_of_a_record_costs_itself_only(
    record: Json, members: dict[str, QueueMember]
) -> None:
    """What is not known is not guessed."""
    other = {"member": {"id": "2"}, "acceptCurrentQueueCalls": True}

    assert _parse(record, other) == {**members, "2": QueueMember(accepts=True)}


_NAMES = (
    "member",
    "acceptQueueCalls",
    "acceptCurrentQueueCalls",
    "callQueue",
    "acceptCalls",
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(_NAMES, json_values)))
def test_any_record_is_parsed(record: Json) -> None:
    """What is no member hides no other one."""
    other = {"member": {"id": "2"}, "acceptCurrentQueueCalls": True}

    assert _parse(record, other)["2"] == QueueMember(accepts=True)

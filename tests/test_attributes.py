"""What the platform says, as states and state attributes."""

from enum import StrEnum

from hypothesis import given
import orjson
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.json_fields import ParseError
from custom_components.ringcentral.api.models import (
    ActiveCall,
    PresenceEvent,
    parse_active_call,
    parse_event,
)
from custom_components.ringcentral.api.words import (
    DndStatus,
    PresenceStatus,
    TelephonyStatus,
)
from custom_components.ringcentral.attributes import as_state

from .documented_example import ACTIVE_CALLS, documented_event
from .strategies import Json, call_json, odd_notifications


def parsed(json: Json) -> ActiveCall:
    """Parse a call."""
    return parse_active_call(json, Anomalies())


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (TelephonyStatus.CALL_CONNECTED, "call_connected"),
        (PresenceStatus.BUSY, "busy"),
        (TelephonyStatus.UNKNOWN, None),
        (DndStatus.UNKNOWN, None),
        (None, None),
        (True, True),
        (0, 0),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_word_is_a_state_and_an_unknown_one_is_none(
    value: object, state: object
) -> None:
    """But a text that happens to be that word is a text."""
    assert as_state(value) == state
    assert not isinstance(as_state(value), StrEnum)


def test_documented_calls_have_every_field_in_snake_case() -> None:
    """The names of the platform's own documentation."""
    event = parse_event(documented_event(), Anomalies())
    assert isinstance(event, PresenceEvent)

    attribute = as_state(event.presence.active_calls or ())

    assert attribute == ACTIVE_CALLS


def test_call_without_sip_data_has_none() -> None:
    """The attribute is there, so that a template finds it."""
    (attribute,) = as_state((parsed({}),))

    assert set(attribute.values()) == {None}
    assert "sip_data" in attribute


def test_fields_of_queues_shared_lines_and_some_accounts_are_there_if_told() -> None:
    """In snake_case too, names and words."""
    (attribute,) = as_state(
        (
            parsed(
                call_json(
                    1,
                    "Ringing",
                    sipData={"callId": "c-1", "rcSessionId": "81"},
                    callInfo={
                        "primary": {"type": "QueueName", "value": "Sales"},
                        "additional": {"type": "SomethingNew", "value": "9"},
                    },
                    appearanceInfo={
                        "phoneNumber": "+15551230009",
                        "appearanceNumber": 3,
                    },
                )
            ),
        )
    )

    assert attribute["sip_data"] == {
        "to_tag": None,
        "from_tag": None,
        "remote_uri": None,
        "local_uri": None,
        "call_id": "c-1",
        "rc_session_id": "81",
    }
    assert attribute["call_info"] == {
        "primary": {"type": "queue_name", "value": "Sales"},
        "additional": {"type": None, "value": "9"},
    }
    assert attribute["appearance_info"] == {
        "phone_number": "+15551230009",
        "appearance_number": 3,
    }


def test_description_of_one_line_has_one_line() -> None:
    """What the platform leaves out is left out."""
    (attribute,) = as_state(
        (parsed({"callInfo": {"primary": {"type": "PhoneNumber", "value": "9"}}}),)
    )

    assert attribute["call_info"] == {"primary": {"type": "phone_number", "value": "9"}}


@given(odd_notifications)
def test_whatever_a_call_says_the_attribute_can_be_written_as_json(json: Json) -> None:
    """Home Assistant writes it to every browser."""
    try:
        event = parse_event(json, Anomalies())
    except ParseError:
        return
    if isinstance(event, PresenceEvent):
        orjson.dumps(as_state(event.presence.active_calls or ()))

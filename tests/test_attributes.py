"""What the platform says, as states and state attributes."""

from enum import StrEnum
import json as stdlib_json
from pathlib import Path

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

from .strategies import Json, call_json, odd_notifications

_DOCUMENTED = Path(__file__).parent / "fixtures/detailed_presence_with_sip.json"


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
    event = parse_event(stdlib_json.loads(_DOCUMENTED.read_text()), Anomalies())
    assert isinstance(event, PresenceEvent)

    attribute = as_state(event.presence.active_calls or ())

    assert attribute == [
        {
            "id": "1nf2mhj51dp3asb3l0r5",
            "direction": "outbound",
            "queue_call": True,
            "from": "+16508370072",
            "from_name": "Charlie Williams",
            "to": "4591",
            "to_name": "Alice Smith",
            "start_time": "2019-07-09T16:17:27.975000+00:00",
            "telephony_status": "on_hold",
            "termination_type": None,
            "session_id": "118139132021",
            "sip_data": {
                "to_tag": "7lcee2ho88",
                "from_tag": "10.14.20.199-5070-63fbd8da20314c",
                "remote_uri": "do-not-use-me-I-am-example",
                "local_uri": "do-not-use-me-I-am-example",
            },
            "telephony_session_id": "s-9cdb248614c94aa7ba68135f6c07b808",
            "party_id": "p-9cdb248614c94aa7ba68135f6c07b808-1",
            "on_behalf_of": None,
        },
        {
            "id": "s-e1e9696d863742758a18654dcc22a2fd",
            "direction": "inbound",
            "queue_call": False,
            "from": "66666",
            "from_name": "Charlie Williams",
            "to": "66666",
            "to_name": "Bob Brown",
            "start_time": "2019-07-09T16:17:37.705000+00:00",
            "telephony_status": "ringing",
            "termination_type": None,
            "session_id": "118139217021",
            "sip_data": {
                "to_tag": "blf",
                "from_tag": "p-e1e9696d863742758a18654dcc22a2fd-2",
                "remote_uri": "do-not-use-me-I-am-example",
                "local_uri": "do-not-use-me-I-am-example",
            },
            "telephony_session_id": "s-e1e9696d863742758a18654dcc22a2fd",
            "party_id": "p-e1e9696d863742758a18654dcc22a2fd-2",
            "on_behalf_of": None,
        },
    ]


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

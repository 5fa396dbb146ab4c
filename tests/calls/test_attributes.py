"""Values of the platform as states and state attributes."""

from collections.abc import Mapping
from enum import StrEnum
import re
from typing import Any, Final

from hypothesis import given, strategies as st
import orjson
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import ParseError, convert
from custom_components.ringcentral.api.models.enums import (
    DndStatus,
    PresenceStatus,
    TelephonyStatus,
)
from custom_components.ringcentral.api.models.notifications import (
    PresenceEvent,
    decode_notification,
)
from custom_components.ringcentral.api.models.presence import ActiveCall
from custom_components.ringcentral.calls.attributes import call_attribute, to_state
from custom_components.ringcentral.privacy import Privacy

from ..documented_example import ACTIVE_CALLS, documented_event
from ..strategies import Json, call_json, odd_notifications


def parsed(json: Json) -> ActiveCall:
    return convert(ActiveCall, json, Anomalies())


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
def test_enumeration_value_is_a_state_and_an_unknown_one_is_none(
    value: object, state: object
) -> None:
    """A text with the same value stays a text."""
    assert to_state(value) == state
    assert not isinstance(to_state(value), StrEnum)


def test_documented_calls_have_every_field_in_snake_case() -> None:
    event = decode_notification(orjson.dumps(documented_event()), Anomalies())
    assert isinstance(event, PresenceEvent)

    attribute = to_state(event.presence.active_calls or ())

    assert attribute == ACTIVE_CALLS


def test_call_without_sip_data_has_none() -> None:
    """A template finds the attribute."""
    (attribute,) = to_state((parsed({}),))

    assert set(attribute.values()) == {None}
    assert "sip_data" in attribute


def test_fields_of_queues_shared_lines_and_some_accounts_are_included_if_sent() -> None:
    (attribute,) = to_state(
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


def test_call_info_with_one_line_has_one_line() -> None:
    (attribute,) = to_state(
        (parsed({"callInfo": {"primary": {"type": "PhoneNumber", "value": "9"}}}),)
    )

    assert attribute["call_info"] == {"primary": {"type": "phone_number", "value": "9"}}


@given(odd_notifications)
def test_attribute_of_any_call_can_be_written_as_json(json: Json) -> None:
    """Home Assistant sends states to browsers as JSON."""
    try:
        event = decode_notification(orjson.dumps(json), Anomalies())
    except ParseError:
        return
    if isinstance(event, PresenceEvent):
        orjson.dumps(to_state(event.presence.active_calls or ()))


# --------------------------------------------------------------------------------------
# Privacy

# A queue call on a shared line, with all fields.
FULL_CALL: Final[Json] = call_json(
    1,
    "Ringing",
    direction="Inbound",
    queueCall=True,
    onBehalfOf="700000101016",
    startTime="2026-03-02T09:00:00Z",
    sessionId="90210",
    fromName="Charlie Williams",
    toName="Sales Team",
    sipData={
        "toTag": "to-tag",
        "fromTag": "from-tag",
        "remoteUri": "sip:charlie@example.com",
        "localUri": "sip:sales@example.com",
        "callId": "c-1",
        "rcSessionId": "81",
    },
    callInfo={
        "primary": {"type": "QueueName", "value": "Sales"},
        "additional": {"type": "CallerIdNumber", "value": "+16505550172"},
    },
    appearanceInfo={"phoneNumber": "+16505550199", "appearanceNumber": 3},
) | {"from": "+16505550172", "to": "+16505550199"}

# Its personal values at the other levels.
MASKED_CALL: Final = {
    "from": "…172",
    "from_name": "C. W.",
    "to": "…199",
    "to_name": "S. T.",
    "sip_data": {
        "to_tag": "to-tag",
        "from_tag": "from-tag",
        "remote_uri": None,
        "local_uri": None,
        "call_id": "c-1",
        "rc_session_id": "81",
    },
    "call_info": {
        "primary": {"type": "queue_name", "value": "S."},
        "additional": {"type": "caller_id_number", "value": "…172"},
    },
    "appearance_info": {"phone_number": "…199", "appearance_number": 3},
}
HIDDEN_CALL: Final = {
    **dict.fromkeys(["from", "from_name", "to", "to_name", "sip_data"]),
    "call_info": {
        "primary": {"type": "queue_name", "value": None},
        "additional": {"type": "caller_id_number", "value": None},
    },
    "appearance_info": {"phone_number": None, "appearance_number": 3},
}


@pytest.mark.parametrize(
    ("privacy", "hidden"),
    [(Privacy.FULL, {}), (Privacy.MASKED, MASKED_CALL), (Privacy.NONE, HIDDEN_CALL)],
)
def test_privacy_level_hides_personal_values_and_nothing_else(
    privacy: Privacy, hidden: Mapping[str, Any]
) -> None:
    call = parsed(FULL_CALL)

    assert list(call_attribute(call, privacy)) == list(to_state(call))
    assert call_attribute(call, privacy) == {**to_state(call), **hidden}
    assert to_state((call,), privacy) == [call_attribute(call, privacy)]


def test_default_privacy_level_is_full() -> None:
    call = parsed(FULL_CALL)

    assert to_state(call) == call_attribute(call, Privacy.FULL)


# Letters and digits that occur in personal values only.
_NAMES: Final = st.text("αβγδ Ωé'", min_size=2)
_NUMBERS: Final = st.text("٠١٢٣ +", min_size=4)
_PERSONAL: Final = st.one_of(_NAMES, _NUMBERS)
_CALL_INFO: Final = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["QueueName", "PhoneNumber", "None", "New", None]),
        "value": _PERSONAL,
    }
)
_personal_calls: Final = st.fixed_dictionaries(
    {
        **dict.fromkeys(["from", "fromName", "to", "toName"], _PERSONAL),
        "sipData": st.fixed_dictionaries(
            {"toTag": st.just("t"), "remoteUri": _PERSONAL, "localUri": _PERSONAL}
        ),
        "callInfo": st.fixed_dictionaries(
            {"primary": _CALL_INFO, "additional": _CALL_INFO}
        ),
        "appearanceInfo": st.fixed_dictionaries({"phoneNumber": _PERSONAL}),
    }
)


@given(_personal_calls)
def test_no_field_of_a_masked_call_contains_a_name_or_a_number(json: Json) -> None:
    shown = orjson.dumps(call_attribute(parsed(json), Privacy.MASKED)).decode()

    assert not re.search("[αβγδΩé]{2}|[٠١٢٣]{4}", shown)


@given(_personal_calls)
def test_no_field_of_a_hidden_call_contains_anything_personal(json: Json) -> None:
    shown = orjson.dumps(call_attribute(parsed(json), Privacy.NONE)).decode()

    assert shown.isascii()
    assert "…" not in shown

"""The platform's enums, value by value."""

import orjson
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models import enums
from custom_components.ringcentral.api.models.base import convert
from custom_components.ringcentral.api.models.enums import (
    CallerIdVisibility,
    CallInfoType,
    Direction,
    DndStatus,
    MeetingStatus,
    PlatformEnum,
    PresenceStatus,
    TelephonyStatus,
    TerminationType,
)
from custom_components.ringcentral.api.models.presence import Presence


@pytest.mark.parametrize(
    ("enumeration", "states"),
    [
        (
            TelephonyStatus,
            {
                "NoCall": "no_call",
                "Ringing": "ringing",
                "CallConnected": "call_connected",
                "OnHold": "on_hold",
                "ParkedCall": "parked_call",
            },
        ),
        (
            PresenceStatus,
            {"Available": "available", "Busy": "busy", "Offline": "offline"},
        ),
        (
            DndStatus,
            {
                "TakeAllCalls": "take_all_calls",
                "DoNotAcceptAnyCalls": "do_not_accept_any_calls",
                "DoNotAcceptDepartmentCalls": "do_not_accept_department_calls",
                "TakeDepartmentCallsOnly": "take_department_calls_only",
            },
        ),
        (MeetingStatus, {"Connected": "connected", "Disconnected": "disconnected"}),
        (Direction, {"Inbound": "inbound", "Outbound": "outbound"}),
        (TerminationType, {"final": "final", "intermediate": "intermediate"}),
        (
            CallerIdVisibility,
            {"All": "all", "None": "none", "PermittedUsers": "permitted_users"},
        ),
        (
            CallInfoType,
            {
                "PhoneNumberLabel": "phone_number_label",
                "PhoneNumber": "phone_number",
                "QueueExtension": "queue_extension",
                "QueueName": "queue_name",
                "CallerIdName": "caller_id_name",
                "CallerIdNumber": "caller_id_number",
                "None": "none",
            },
        ),
    ],
)
def test_values_of_the_platform_and_their_states(
    enumeration: type[PlatformEnum], states: dict[str, str]
) -> None:
    """The value is the platform's, the text Home Assistant's."""
    assert {member.value: str(member) for member in enumeration.known()} == states
    for member in enumeration.known():
        assert member == member.state == f"{member}" == states[member.value]
        assert type(member.state) is str
        assert enumeration(member.value) is member
        # The text: in actions, in the stored file.
        assert enumeration(states[member.value]) is member
        assert orjson.loads(orjson.dumps(member)) == states[member.value]


_ENUMERATIONS = [
    member
    for member in vars(enums).values()
    if isinstance(member, type)
    and issubclass(member, PlatformEnum)
    and member is not PlatformEnum
]


def test_there_are_eight_enumerations() -> None:
    """The table above leaves out none."""
    assert len(_ENUMERATIONS) == 8


@pytest.mark.parametrize("enumeration", _ENUMERATIONS)
def test_every_enum_has_a_member_for_unknown_values(
    enumeration: type[PlatformEnum],
) -> None:
    """It has no state, and is not among the known ones."""
    unknown = enumeration["UNKNOWN"]

    assert unknown == "unknown"
    assert unknown.state is None
    assert unknown not in enumeration.known()
    assert len(enumeration.known()) == len(enumeration) - 1


@pytest.mark.parametrize("value", ["Yodelling", "", "on hold"])
def test_unknown_value_is_refused_outside_of_messages(value: str) -> None:
    """A user's mistake is no news of the platform."""
    with pytest.raises(ValueError):
        TelephonyStatus(value)


@pytest.mark.parametrize(
    ("value", "counted"),
    [
        ("OnTheMoon", "OnTheMoon"),
        ("OnBreak", "OnBreak"),
        ("on_hold", "?"),
        ("onhold", "?"),
        ("ON_HOLD", "?"),
        (" ", "?"),
        ("ringing", "?"),
        ("RINGING", "RINGING"),
        ("", "?"),
        ("Ada Example", "?"),
        ("+15551230001", "?"),
    ],
)
def test_enum_value_not_spelled_as_documented_is_unknown_and_counted(
    value: str, counted: str
) -> None:
    """By enum; the value is shown only if it cannot be personal."""
    anomalies = Anomalies()

    presence = convert(Presence, {"telephonyStatus": value}, anomalies)

    assert presence.telephony_status is TelephonyStatus.UNKNOWN
    assert anomalies.counts == {f"unknown value of TelephonyStatus {counted}": 1}


def test_unknown_values_are_counted_with_their_account() -> None:
    """Two accounts in one process have counters of their own."""
    first, second = Anomalies(), Anomalies()

    for anomalies, value in ((first, "Here"), (second, "There"), (first, "Here")):
        convert(Presence, {"userStatus": value}, anomalies)

    assert first.counts == {"unknown value of PresenceStatus Here": 2}
    assert second.counts == {"unknown value of PresenceStatus There": 1}


def test_unknown_value_beside_a_field_of_a_wrong_type_is_counted_once() -> None:
    """The message is converted a second time, field by field."""
    anomalies = Anomalies()

    convert(
        Presence,
        {
            "userStatus": "Here",
            "activeCalls": [{"direction": "Sideways", "queueCall": 5}],
            "totalActiveCalls": "2",
        },
        anomalies,
    )

    assert anomalies.counts == {
        "unknown value of PresenceStatus Here": 1,
        "unknown value of Direction Sideways": 1,
        "wrong type of ActiveCall.queueCall": 1,
        "wrong type of Presence.totalActiveCalls": 1,
    }


@pytest.mark.parametrize("enumeration", _ENUMERATIONS)
def test_unknown_as_the_platforms_own_value_is_unknown(
    enumeration: type[PlatformEnum],
) -> None:
    """DnD documents it: not shown, not counted."""
    assert enumeration("Unknown") is enumeration["UNKNOWN"]
    anomalies = Anomalies()

    presence = convert(Presence, {"dndStatus": "Unknown"}, anomalies)

    assert presence.dnd_status is DndStatus.UNKNOWN
    assert not anomalies.counts

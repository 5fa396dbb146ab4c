"""Conversion of calls, presence and snapshots."""

from collections.abc import Iterator
from datetime import UTC, datetime
import time

from hypothesis import given, strategies as st
import orjson
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import ParseError, astuple, convert
from custom_components.ringcentral.api.models.enums import (
    CallerIdVisibility,
    CallInfoType,
    DndStatus,
    TelephonyStatus,
    TerminationType,
)
from custom_components.ringcentral.api.models.presence import (
    ActiveCall,
    AppearanceInfo,
    CallInfo,
    CallInfoLine,
    Presence,
    parse_snapshot,
)

from ...strategies import EXTENSION, Json, call_json, odd_presences


def parsed_call(**json: object) -> ActiveCall:
    """Parse a call."""
    return convert(ActiveCall, json, Anomalies())


# --------------------------------------------------------------------------------------
# Every field


def test_fields_beyond_the_documented_example_are_read_too() -> None:
    """Those of newer accounts, of shared lines and of call queues."""
    anomalies = Anomalies()

    presence = convert(
        Presence,
        {
            "dndStatus": "TakeDepartmentCallsOnly",
            "dndStatusPersonal": "DoNotAcceptAnyCalls",
            "acceptCallQueueCalls": False,
            "callerIdVisibility": "PermittedUsers",
            "message": "Back at two",
            "aggregatedTelephonyStatus": "ParkedCall",
            "cxTelephonyStatus": "CallConnected",
            "appearances": {"appearanceNumber": 1},
            "activeCalls": [
                call_json(
                    1,
                    "NoCall",
                    terminationType="final",
                    onBehalfOf=700000103016,
                    sipData={"callId": "c-1", "rcSessionId": 81},
                    callInfo={
                        "primary": {"type": "QueueName", "value": "Sales"},
                        "additional": {"type": "None", "value": ""},
                    },
                    appearanceInfo={
                        "phoneNumber": "+15551230009",
                        "appearanceNumber": 3,
                    },
                )
            ],
        },
        anomalies,
    )

    assert not anomalies.counts
    assert presence.dnd_status is DndStatus.TAKE_DEPARTMENT_CALLS_ONLY
    assert presence.dnd_status_personal is DndStatus.DO_NOT_ACCEPT_ANY_CALLS
    assert presence.accept_call_queue_calls is False
    assert presence.caller_id_visibility is CallerIdVisibility.PERMITTED_USERS
    assert presence.message == "Back at two"
    assert presence.aggregated_telephony_status is TelephonyStatus.PARKED_CALL
    assert presence.cx_telephony_status is TelephonyStatus.CALL_CONNECTED
    assert presence.appearances == {"appearanceNumber": 1}
    (call,) = presence.active_calls or ()
    assert call.termination_type is TerminationType.FINAL
    assert call.on_behalf_of == "700000103016"
    assert call.sip_data is not None
    assert (call.sip_data.call_id, call.sip_data.rc_session_id) == ("c-1", "81")
    assert call.call_info == CallInfo(
        primary=CallInfoLine(type=CallInfoType.QUEUE_NAME, value="Sales"),
        additional=CallInfoLine(type=CallInfoType.NONE, value=""),
    )
    assert call.appearance_info == AppearanceInfo(
        phone_number="+15551230009", appearance_number=3
    )


def test_empty_call_has_no_values_and_is_live() -> None:
    """A field that is missing is not an error."""
    anomalies = Anomalies()

    call = convert(ActiveCall, {}, anomalies)

    assert set(astuple(call)) == {None}
    assert call.is_live
    assert not anomalies.counts


@pytest.mark.parametrize("value", [5, True, 1.5, [], {}])
def test_enum_value_of_a_wrong_type_is_absent_not_unknown(value: object) -> None:
    """It has nothing that a later version could support."""
    anomalies = Anomalies()

    call = convert(ActiveCall, {"direction": value}, anomalies)

    assert call.direction is None
    assert anomalies.counts == {"wrong type of ActiveCall.direction": 1}


@pytest.mark.parametrize(
    ("field", "attribute", "enumeration"),
    [
        ("telephonyStatus", "telephony_status", "TelephonyStatus"),
        ("presenceStatus", "presence_status", "PresenceStatus"),
        ("userStatus", "user_status", "PresenceStatus"),
        ("meetingStatus", "meeting_status", "MeetingStatus"),
        ("dndStatus", "dnd_status", "DndStatus"),
        ("dndStatusPersonal", "dnd_status_personal", "DndStatus"),
        ("callerIdVisibility", "caller_id_visibility", "CallerIdVisibility"),
        ("aggregatedTelephonyStatus", "aggregated_telephony_status", "TelephonyStatus"),
        ("cxTelephonyStatus", "cx_telephony_status", "TelephonyStatus"),
    ],
)
def test_unknown_value_of_the_presence_is_unknown_and_counted(
    field: str, attribute: str, enumeration: str
) -> None:
    """By enum and value."""
    anomalies = Anomalies()

    presence = convert(Presence, {field: "OnTheMoon"}, anomalies)

    assert getattr(presence, attribute) == "unknown"
    assert anomalies.counts == {f"unknown value of {enumeration} OnTheMoon": 1}


@pytest.mark.parametrize(
    ("field", "attribute", "enumeration"),
    [
        ("telephonyStatus", "telephony_status", "TelephonyStatus"),
        ("terminationType", "termination_type", "TerminationType"),
        ("direction", "direction", "Direction"),
    ],
)
def test_unknown_value_of_a_call_is_unknown_and_counted(
    field: str, attribute: str, enumeration: str
) -> None:
    """By enum and value."""
    anomalies = Anomalies()

    call = convert(ActiveCall, {field: "OnTheMoon"}, anomalies)

    assert getattr(call, attribute) == "unknown"
    assert anomalies.counts == {f"unknown value of {enumeration} OnTheMoon": 1}


@pytest.mark.parametrize("element", [None, 1, "x", []])
def test_list_with_an_element_that_is_no_call_counts_as_absent(element: object) -> None:
    """Half a list would end the calls of the other half."""
    anomalies = Anomalies()

    presence = convert(
        Presence, {"activeCalls": [call_json(1, "Ringing"), element]}, anomalies
    )

    assert presence.active_calls is None
    assert anomalies.counts == {"wrong type of Presence.activeCalls": 1}


# --------------------------------------------------------------------------------------
# Two spellings


def test_numeric_and_textual_id_of_a_snapshot_are_the_same() -> None:
    """REST sends numbers where events send text."""
    as_number, as_text = (
        parse_snapshot({"extension": {"id": value}}, None, Anomalies())
        for value in (int(EXTENSION), EXTENSION)
    )

    assert as_number == as_text


@given(st.datetimes(datetime(1970, 1, 2), datetime(2199, 1, 1)))  # noqa: DTZ001
def test_both_spellings_of_a_time_are_the_same(naive: datetime) -> None:
    """That of events and that of REST, and none of a zone."""
    at = naive.replace(microsecond=naive.microsecond // 1000 * 1000, tzinfo=UTC)
    plain = at.replace(tzinfo=None).isoformat(timespec="milliseconds")

    for spelled in (f"{plain}Z", f"{plain}+0000", f"{plain}+00:00", plain):
        assert parsed_call(startTime=spelled).start_time == at


@pytest.mark.parametrize(
    "spelled",
    [
        "2026-03-02T01:30:00.000+0130",
        "2026-03-01T19:00:00-05:00",
        "2026-03-02T00:00:00Z",
        "2026-03-02T00:00:00+0000",
    ],
)
def test_time_of_any_zone_is_the_same_instant(spelled: str) -> None:
    at = parsed_call(startTime=spelled).start_time

    assert at == datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "spelled", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"]
)
def test_time_at_the_edge_of_the_calendar_can_be_compared_and_written(
    spelled: str,
) -> None:
    at = parsed_call(startTime=spelled).start_time

    assert at is not None
    assert at != datetime(2026, 3, 2, tzinfo=UTC)
    assert abs(at - datetime(2026, 3, 2, tzinfo=UTC)).days > 365
    assert orjson.dumps(at) == f'"{spelled}"'.encode()


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "soon",
        "2026-13-01T00:00:00Z",
        "2026-03-02T25:00:00Z",
        "2026-03-02T00:00:00+99:00",
        1_772_409_600,
    ],
)
def test_time_that_is_none_is_absent_and_counted(odd: object) -> None:
    """Also at the ends of what a date can be."""
    anomalies = Anomalies()

    call = convert(ActiveCall, {"startTime": odd}, anomalies)

    assert call.start_time is None
    assert anomalies.counts == {"wrong type of ActiveCall.startTime": 1}


@pytest.fixture
def clock_in_kolkata(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set the host to another time zone than the platform's."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("clock_in_kolkata")
def test_time_without_zone_is_the_platforms_not_the_hosts() -> None:
    """The platform's times are UTC."""
    call = parsed_call(startTime="2026-03-02T00:00:00")

    assert call.start_time == datetime(2026, 3, 2, tzinfo=UTC)


# --------------------------------------------------------------------------------------
# Calls


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(
            {"telephonySessionId": "s", "partyId": "p", "id": "1", "sessionId": "7"},
            {"telephonySessionId": "s", "partyId": "p", "id": "2"},
            True,
            id="session and party, whatever the id",
        ),
        pytest.param(
            {"telephonySessionId": "s", "partyId": "p1"},
            {"telephonySessionId": "s", "partyId": "p2"},
            False,
            id="two parties of one session",
        ),
        pytest.param(
            {"sessionId": "7", "direction": "Inbound", "id": "1"},
            {"sessionId": 7, "direction": "Inbound", "id": "2"},
            True,
            id="older session and direction",
        ),
        pytest.param(
            {"sessionId": "7", "direction": "Inbound"},
            {"sessionId": "7", "direction": "Outbound"},
            False,
            id="the two legs of a session",
        ),
        pytest.param(
            {"telephonySessionId": "s", "sessionId": "7", "direction": "Inbound"},
            {"telephonySessionId": "s", "sessionId": "7", "direction": "Outbound"},
            False,
            id="no party: the direction distinguishes the legs",
        ),
        pytest.param(
            {"telephonySessionId": "s", "direction": "Inbound"},
            {"telephonySessionId": "s", "direction": "Outbound"},
            False,
            id="neither party nor older session",
        ),
        pytest.param({"id": "1"}, {"id": "1"}, True, id="only an id"),
        pytest.param({"id": "1"}, {"id": "2"}, False, id="two ids"),
    ],
)
def test_call_is_the_same_by_its_key(one: Json, other: Json, same: bool) -> None:
    """By what the platform gave, in the order of how long it lasts."""
    assert (parsed_call(**one).key == parsed_call(**other).key) is same


@pytest.mark.parametrize(
    ("json", "is_live"),
    [
        ({"telephonyStatus": "Ringing"}, True),
        ({"telephonyStatus": "ParkedCall"}, True),
        ({"telephonyStatus": "Yodelling"}, True),
        ({"telephonyStatus": "CallConnected", "terminationType": "sudden"}, True),
        ({"telephonyStatus": "NoCall"}, False),
        ({"telephonyStatus": "NoCall", "terminationType": "final"}, False),
        ({"telephonyStatus": "NoCall", "terminationType": "sudden"}, False),
        ({"telephonyStatus": "CallConnected", "terminationType": "final"}, False),
        ({"telephonyStatus": "OnHold", "terminationType": "intermediate"}, True),
        ({"terminationType": "final"}, False),
    ],
)
def test_call_is_live_until_its_status_ends_it(json: Json, is_live: bool) -> None:
    """By status or by type of termination."""
    assert parsed_call(**json).is_live is is_live


def test_snapshot_of_no_extension_is_refused() -> None:
    """It could not be put anywhere."""
    for json in ({}, {"extension": None}, {"extension": {"id": None}}):
        with pytest.raises(ParseError, match="without extension"):
            parse_snapshot(json, None, Anomalies())


@given(odd_presences)
def test_no_json_makes_the_parser_of_presence_raise_anything_else(json: Json) -> None:
    """A presence without extension is refused, all else is parsed."""
    convert(Presence, json, Anomalies())
    try:
        snapshot = parse_snapshot(json, None, Anomalies())
    except ParseError:
        assert not json.get("extension", {}) or not _has_id(json["extension"])
    else:
        assert snapshot.extension_id


def _has_id(extension: object) -> bool:
    """Whether there is an id; an empty text is none."""
    found = extension.get("id") if isinstance(extension, dict) else None
    return type(found) is int or (type(found) is str and found != "")

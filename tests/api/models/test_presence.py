"""What the parsers make of calls, presence and notifications."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
import time
from typing import Any
from unittest.mock import patch

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models import base as json_fields
from custom_components.ringcentral.api.models.base import (
    TEXT,
    Fields,
    ParseError,
    Shape,
)
from custom_components.ringcentral.api.models.enums import (
    CallerIdVisibility,
    CallInfoType,
    Direction,
    DndStatus,
    MeetingStatus,
    PresenceStatus,
    TelephonyStatus,
    TerminationType,
)
from custom_components.ringcentral.api.models.presence import (
    ActiveCall,
    AppearanceInfo,
    CallInfo,
    CallInfoLine,
    Presence,
    PresenceEvent,
    RosterEvent,
    RosterKind,
    SipData,
    parse_active_call,
    parse_event,
    parse_presence,
    parse_snapshot,
)

from ...documented_example import documented_event
from ...strategies import (
    EXTENSION,
    Json,
    call_json,
    event_of,
    json_values,
    notification,
    odd_notifications,
    odd_presences,
)


def parsed_call(**json: object) -> ActiveCall:
    """Parse a call."""
    return parse_active_call(json, Anomalies())


# --------------------------------------------------------------------------------------
# Every field


def test_documented_example_gives_every_field() -> None:
    """Nothing of it is lost, nothing is counted as odd."""
    anomalies = Anomalies()

    event = parse_event(documented_event(), anomalies)

    assert isinstance(event, PresenceEvent)
    assert not anomalies.counts
    assert event == PresenceEvent(
        uuid="4956997212540532738",
        event="/restapi/v1.0/account/37439510/extension/297277020/presence"
        "?detailedTelephonyState=true&sipData=true",
        timestamp=datetime(2019, 7, 9, 16, 17, 38, 286_000, tzinfo=UTC),
        subscription_id="dfbca25e-4e2b-4c60-aa8d-47a83716fe23",
        owner_id="297277020",
        extension_id="297277020",
        sequence=2013,
        presence=Presence(
            telephony_status=TelephonyStatus.ON_HOLD,
            active_calls=(
                ActiveCall(
                    id="1nf2mhj51dp3asb3l0r5",
                    direction=Direction.OUTBOUND,
                    queue_call=True,
                    from_="+16508370072",
                    from_name="Charlie Williams",
                    to="4591",
                    to_name="Alice Smith",
                    start_time=datetime(2019, 7, 9, 16, 17, 27, 975_000, tzinfo=UTC),
                    telephony_status=TelephonyStatus.ON_HOLD,
                    termination_type=None,
                    session_id="118139132021",
                    sip_data=SipData(
                        to_tag="7lcee2ho88",
                        from_tag="10.14.20.199-5070-63fbd8da20314c",
                        remote_uri="do-not-use-me-I-am-example",
                        local_uri="do-not-use-me-I-am-example",
                        call_id=None,
                        rc_session_id=None,
                    ),
                    telephony_session_id="s-9cdb248614c94aa7ba68135f6c07b808",
                    party_id="p-9cdb248614c94aa7ba68135f6c07b808-1",
                    on_behalf_of=None,
                    call_info=None,
                    appearance_info=None,
                ),
                ActiveCall(
                    id="s-e1e9696d863742758a18654dcc22a2fd",
                    direction=Direction.INBOUND,
                    queue_call=False,
                    from_="66666",
                    from_name="Charlie Williams",
                    to="66666",
                    to_name="Bob Brown",
                    start_time=datetime(2019, 7, 9, 16, 17, 37, 705_000, tzinfo=UTC),
                    telephony_status=TelephonyStatus.RINGING,
                    termination_type=None,
                    session_id="118139217021",
                    sip_data=SipData(
                        to_tag="blf",
                        from_tag="p-e1e9696d863742758a18654dcc22a2fd-2",
                        remote_uri="do-not-use-me-I-am-example",
                        local_uri="do-not-use-me-I-am-example",
                        call_id=None,
                        rc_session_id=None,
                    ),
                    telephony_session_id="s-e1e9696d863742758a18654dcc22a2fd",
                    party_id="p-e1e9696d863742758a18654dcc22a2fd-2",
                    on_behalf_of=None,
                    call_info=None,
                    appearance_info=None,
                ),
            ),
            total_active_calls=2,
            presence_status=PresenceStatus.BUSY,
            user_status=PresenceStatus.AVAILABLE,
            meeting_status=MeetingStatus.DISCONNECTED,
            dnd_status=DndStatus.TAKE_ALL_CALLS,
            allow_see_my_presence=True,
            ring_on_monitored_call=True,
            pick_up_calls_on_hold=True,
        ),
    )


def test_fields_beyond_the_documented_example_are_read_too() -> None:
    """Those of newer accounts, of shared lines and of call queues."""
    anomalies = Anomalies()

    presence = parse_presence(
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


def test_extra_fields_are_ignored() -> None:
    """At every level, without counting them."""
    plain = documented_event()
    extended = documented_event()
    anomalies = Anomalies()
    call = extended["body"]["activeCalls"][0]
    for level in (extended, extended["body"], call, call["sipData"]):
        level["brandNew"] = {"deep": [1, None]}

    assert parse_event(extended, anomalies) == parse_event(plain, anomalies)
    assert not anomalies.counts


def test_empty_call_has_no_values_and_is_live() -> None:
    """A field that is missing is not an error."""
    anomalies = Anomalies()

    call = parse_active_call({}, anomalies)

    assert set(call) == {None}
    assert call.is_live
    assert not anomalies.counts


# --------------------------------------------------------------------------------------
# Wrong and unknown values

_WRONG: dict[str, Any] = {
    "text": 5,
    "identifier": True,
    "number": "5",
    "flag": "true",
    "time": "yesterday",
    "object": [],
    "objects": {},
}


@pytest.mark.parametrize("reader", _WRONG)
def test_value_of_a_wrong_type_counts_as_absent_and_is_counted(reader: str) -> None:
    """One bad field costs that field."""
    anomalies = Anomalies()

    value = getattr(Fields({"key": _WRONG[reader]}, anomalies, "call."), reader)("key")

    assert value is None
    assert anomalies.counts == {"wrong type of call.key": 1}


@pytest.mark.parametrize("reader", _WRONG)
@pytest.mark.parametrize("json", [{}, {"key": None}])
def test_missing_value_and_null_are_absent_and_not_counted(
    reader: str, json: Json
) -> None:
    """The platform did not say."""
    anomalies = Anomalies()

    assert getattr(Fields(json, anomalies), reader)("key") is None
    assert not anomalies.counts


@pytest.mark.parametrize("value", [5, True, 1.5, [], {}])
def test_word_of_a_wrong_type_is_absent_not_unknown(value: object) -> None:
    """Nothing was said that a later version could know."""
    anomalies = Anomalies()

    call = parse_active_call({"direction": value}, anomalies)

    assert call.direction is None
    assert anomalies.counts == {"wrong type of activeCalls.direction": 1}


@pytest.mark.parametrize(
    ("field", "attribute"),
    [
        ("telephonyStatus", "telephony_status"),
        ("presenceStatus", "presence_status"),
        ("userStatus", "user_status"),
        ("meetingStatus", "meeting_status"),
        ("dndStatus", "dnd_status"),
        ("dndStatusPersonal", "dnd_status_personal"),
        ("callerIdVisibility", "caller_id_visibility"),
        ("aggregatedTelephonyStatus", "aggregated_telephony_status"),
        ("cxTelephonyStatus", "cx_telephony_status"),
    ],
)
def test_unknown_word_of_the_presence_is_unknown_and_counted(
    field: str, attribute: str
) -> None:
    """By field and word."""
    anomalies = Anomalies()

    presence = parse_presence({field: "OnTheMoon"}, anomalies)

    assert getattr(presence, attribute) == "unknown"
    assert anomalies.counts == {f"unknown value of {field} OnTheMoon": 1}


@pytest.mark.parametrize(
    ("field", "attribute"),
    [
        ("telephonyStatus", "telephony_status"),
        ("terminationType", "termination_type"),
        ("direction", "direction"),
    ],
)
def test_unknown_word_of_a_call_is_unknown_and_counted(
    field: str, attribute: str
) -> None:
    """By field and word."""
    anomalies = Anomalies()

    call = parse_active_call({field: "OnTheMoon"}, anomalies)

    assert getattr(call, attribute) == "unknown"
    assert anomalies.counts == {f"unknown value of activeCalls.{field} OnTheMoon": 1}


@pytest.mark.parametrize("element", [None, 1, "x", []])
def test_list_with_an_element_that_is_no_call_counts_as_absent(element: object) -> None:
    """Half a list would end the calls that the other half tells of."""
    anomalies = Anomalies()

    presence = parse_presence(
        {"activeCalls": [call_json(1, "Ringing"), element]}, anomalies
    )

    assert presence.active_calls is None
    assert anomalies.counts == {"wrong type of activeCalls": 1}


# --------------------------------------------------------------------------------------
# Two spellings


@given(st.integers(0, 2**63 - 1))
def test_numeric_id_and_id_as_text_are_the_same(number: int) -> None:
    """In every place where one comes."""

    def with_ids(value: object) -> Json:
        call = call_json(
            1,
            "Ringing",
            id=value,
            sessionId=value,
            telephonySessionId=value,
            partyId=value,
            onBehalfOf=value,
            sipData={"rcSessionId": value},
        )
        return {
            **notification(
                {"extensionId": value, "sequence": 1, "activeCalls": [call]},
                uuid=value,
                subscriptionId=value,
                ownerId=value,
            )
        }

    event = event_of(with_ids(number))
    assert event == event_of(with_ids(str(number)))
    assert event.extension_id == str(number)


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
def test_time_of_any_zone_is_kept_in_utc(spelled: str) -> None:
    """Clocks of two nodes need not be in one zone."""
    at = parsed_call(startTime=spelled).start_time

    assert at == datetime(2026, 3, 2, tzinfo=UTC)
    assert at is not None
    assert at.tzinfo is UTC


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "soon",
        "2026-13-01T00:00:00Z",
        "2026-03-02T25:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2026-03-02T00:00:00+99:00",
        1_772_409_600,
    ],
)
def test_time_that_is_none_is_absent_and_counted(odd: object) -> None:
    """Also at the ends of what a date can be."""
    anomalies = Anomalies()

    call = parse_active_call({"startTime": odd}, anomalies)

    assert call.start_time is None
    assert anomalies.counts == {"wrong type of activeCalls.startTime": 1}


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


@pytest.mark.parametrize("value", [True, 1.0, "1"])
def test_number_must_be_a_whole_number(value: object) -> None:
    """Python takes true for one."""
    anomalies = Anomalies()

    assert Fields({"sequence": value}, anomalies).number("sequence") is None
    assert anomalies.counts == {"wrong type of sequence": 1}


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
            id="no party: the direction tells the legs apart",
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
        ({"telephonyStatus": "OnHold", "terminationType": "intermediate"}, False),
        ({"terminationType": "final"}, False),
    ],
)
def test_call_is_live_until_it_says_otherwise(json: Json, is_live: bool) -> None:
    """By status or by type of termination."""
    assert parsed_call(**json).is_live is is_live


# --------------------------------------------------------------------------------------
# Notifications

_PREFIX = "/restapi/v1.0/account"


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (f"{_PREFIX}/~/extension/~/presence/line", RosterKind.LINES),
        (f"{_PREFIX}/1/extension/2/presence/line/", RosterKind.LINES),
        (f"{_PREFIX}/1/extension/2/presence/line?x=y", RosterKind.LINES),
        (f"{_PREFIX}/~/extension/~/favorite", RosterKind.FAVORITES),
        (f"{_PREFIX}/1/extension", RosterKind.EXTENSIONS),
        (f"{_PREFIX}/~/extension", RosterKind.EXTENSIONS),
        (f"{_PREFIX}/1/extension/2", RosterKind.EXTENSIONS),
    ],
)
def test_change_of_a_list_is_told_from_presence(event: str, kind: RosterKind) -> None:
    """By the event, since bodies differ and may name an extension too."""
    parsed = parse_event(
        {
            "uuid": 5,
            "event": event,
            "timestamp": "2026-03-02T00:00:00Z",
            "subscriptionId": "sub",
            "body": {"extensionId": EXTENSION, "sequence": 3},
        },
        Anomalies(),
    )

    assert parsed == RosterEvent(
        uuid="5",
        timestamp=datetime(2026, 3, 2, tzinfo=UTC),
        subscription_id="sub",
        kind=kind,
    )


@pytest.mark.parametrize("body", [None, {}, [], {"extension": [{"id": "1"}]}])
def test_change_of_a_list_needs_no_body(body: object) -> None:
    """What the list holds is read by REST at any rate."""
    event = {"event": f"{_PREFIX}/1/extension/2/favorite", "body": body}

    assert isinstance(parse_event(event, Anomalies()), RosterEvent)


@pytest.mark.parametrize(
    "event",
    [
        f"{_PREFIX}/1/extension/2/presence?detailedTelephonyState=true&sipData=true",
        f"{_PREFIX}/~/extension/~/presence/line/presence?detailedTelephonyState=true",
        f"{_PREFIX}/~/extension/~/favorite/presence",
        f"{_PREFIX}/1/presence",
        f"{_PREFIX}/1/extension/2/presence/dnd",
        "",
        None,
        5,
    ],
)
def test_presence_event_is_about_the_extension_of_its_body(event: object) -> None:
    """The event may name another one, or nobody."""
    parsed = parse_event(
        {"event": event, "body": {"extensionId": 9, "dndStatus": "TakeAllCalls"}},
        Anomalies(),
    )

    assert isinstance(parsed, PresenceEvent)
    assert parsed.extension_id == "9"


@pytest.mark.parametrize(
    ("json", "message"),
    [
        pytest.param(None, "notification without envelope", id="null"),
        pytest.param([], "notification without envelope", id="list"),
        pytest.param("body", "notification without envelope", id="text"),
        pytest.param({}, "notification without body", id="empty"),
        pytest.param({"body": [1]}, "notification without body", id="body is a list"),
        pytest.param({"body": {}}, "notification without extension", id="empty body"),
        pytest.param(
            {"body": {"extensionId": "", "sequence": 1}},
            "notification without extension",
            id="empty id",
        ),
        pytest.param(
            {"body": {"extensionId": {}, "sequence": 1}},
            "notification without extension",
            id="id is an object",
        ),
        pytest.param(
            {"body": {"extensionId": "1", "callQueueId": "2", "acceptCalls": True}},
            "notification of an unknown kind",
            id="presence in a call queue",
        ),
        pytest.param(
            {"body": {"extensionId": "1"}},
            "notification of an unknown kind",
            id="nothing but an id",
        ),
    ],
)
def test_notification_without_use_is_refused_with_what_it_lacks(
    json: object, message: str
) -> None:
    """In words that name nobody."""
    with pytest.raises(ParseError, match=f"^{message}$"):
        parse_event(json, Anomalies())


_ONE_FIELD = {
    "telephonyStatus": "NoCall",
    "activeCalls": [],
    "totalActiveCalls": 0,
    "presenceStatus": "Busy",
    "userStatus": "Busy",
    "meetingStatus": "Connected",
    "dndStatus": "TakeAllCalls",
    "dndStatusPersonal": "TakeAllCalls",
    "acceptCallQueueCalls": True,
    "allowSeeMyPresence": True,
    "ringOnMonitoredCall": True,
    "pickUpCallsOnHold": True,
    "callerIdVisibility": "All",
    "message": "x",
    "aggregatedTelephonyStatus": "NoCall",
    "cxTelephonyStatus": "NoCall",
    "appearances": {},
}


@pytest.mark.parametrize("field", _ONE_FIELD)
def test_one_field_makes_a_presence_event(field: str) -> None:
    """Bodies are partial: a field of its own is enough."""
    presence = event_of(notification({field: _ONE_FIELD[field]})).presence

    told = [n for n in presence._fields if getattr(presence, n) is not None]
    assert len(told) == 1


def test_there_is_a_field_for_each_part_of_the_presence() -> None:
    """The table above leaves out none."""
    assert len(_ONE_FIELD) == len(Presence._fields)


def test_snapshot_of_nobody_is_refused() -> None:
    """It could not be put anywhere."""
    for json in ({}, {"extension": None}, {"extension": {"id": None}}):
        with pytest.raises(ParseError, match="without extension"):
            parse_snapshot(json, None, Anomalies())


# --------------------------------------------------------------------------------------
# Nothing that JSON can express


@given(st.one_of(json_values, odd_notifications))
def test_no_json_makes_the_parser_of_events_raise_anything_else(json: object) -> None:
    """A notification without use is refused, all else is parsed."""
    try:
        event = parse_event(json, Anomalies())
    except ParseError:
        return
    assert event == parse_event(json, Anomalies())


@given(odd_presences)
def test_no_json_makes_the_parser_of_presence_raise_anything_else(json: Json) -> None:
    """A presence of nobody is refused, all else is parsed."""
    parse_presence(json, Anomalies())
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


@given(odd_notifications)
def test_odd_values_are_counted_and_never_kept(json: Json) -> None:
    """Whatever comes out has the type that it says."""
    try:
        event = parse_event(json, Anomalies())
    except ParseError:
        return
    assert type(event.uuid) in (str, type(None))
    assert event.timestamp is None or event.timestamp.tzinfo is UTC
    if isinstance(event, PresenceEvent):
        assert type(event.sequence) in (int, type(None))
        assert type(event.presence.total_active_calls) in (int, type(None))
        assert type(event.presence.message) in (str, type(None))
        for call in event.presence.active_calls or ():
            assert type(call.from_) in (str, type(None))
            assert type(call.telephony_status) in (TelephonyStatus, type(None))


def test_odd_objects_do_not_make_the_usual_ones_be_planned_anew() -> None:
    """Any number of combinations of types can come, and is forgotten again."""
    shape = Shape(CallInfoLine, type=TEXT, value=TEXT)
    kinds: tuple[object, ...] = (None, "x", 1, 1.5, True, [], {})
    with patch.object(json_fields, "_MAX_PLANS", 3):
        for kind, value in product(kinds, kinds):
            shape.parse({"type": kind, "value": value}, Anomalies())
            assert len(shape._plans) <= 3
        shape.parse({"type": "x", "value": "y"}, Anomalies())
        with patch.object(Shape, "_plan", side_effect=AssertionError):
            assert shape.parse({"type": "a", "value": "b"}, Anomalies()) == ("a", "b")


def test_shape_takes_the_fields_of_its_tuple_in_their_order() -> None:
    """Values are put together by their places."""
    with pytest.raises(TypeError, match="CallInfoLine"):
        Shape(CallInfoLine, value=TEXT, type=TEXT)

"""Decoding of notifications."""

from datetime import UTC, datetime
from typing import Final

from hypothesis import given, strategies as st
import orjson
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models import base
from custom_components.ringcentral.api.models.base import ParseError, astuple
from custom_components.ringcentral.api.models.enums import (
    Direction,
    DndStatus,
    MeetingStatus,
    PresenceStatus,
    TelephonyStatus,
)
from custom_components.ringcentral.api.models.notifications import (
    PresenceEvent,
    RosterEvent,
    RosterKind,
    decode_notification,
)
from custom_components.ringcentral.api.models.presence import (
    ActiveCall,
    Presence,
    SipData,
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
)


def decoded(json: object) -> PresenceEvent | RosterEvent:
    """Decode a notification."""
    return decode_notification(orjson.dumps(json), Anomalies())


def test_documented_example_gives_every_field() -> None:
    """Nothing of it is lost, nothing is counted as odd."""
    anomalies = Anomalies()

    event = decode_notification(orjson.dumps(documented_event()), anomalies)

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
                    from_="+16505550172",
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


def test_extra_fields_are_ignored() -> None:
    """At every level, without counting them."""
    plain = documented_event()
    extended = documented_event()
    anomalies = Anomalies()
    call = extended["body"]["activeCalls"][0]
    for level in (extended, extended["body"], call, call["sipData"]):
        level["brandNew"] = {"deep": [1, None]}

    assert decode_notification(
        orjson.dumps(extended), anomalies
    ) == decode_notification(orjson.dumps(plain), anomalies)
    assert not anomalies.counts


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
        (f"{_PREFIX}/1/extension/2/message-store?type=VoiceMail", RosterKind.MESSAGES),
        (f"{_PREFIX}/~/extension/~/message-store", RosterKind.MESSAGES),
    ],
)
def test_change_of_a_list_is_distinguished_from_presence(
    event: str, kind: RosterKind
) -> None:
    """By the event, since bodies differ and may name an extension too."""
    parsed = decoded(
        {
            "uuid": 5,
            "event": event,
            "timestamp": "2026-03-02T00:00:00Z",
            "subscriptionId": "sub",
            "body": {"extensionId": EXTENSION, "sequence": 3},
        }
    )

    assert parsed == RosterEvent(
        uuid="5",
        timestamp=datetime(2026, 3, 2, tzinfo=UTC),
        subscription_id="sub",
        kind=kind,
    )


@pytest.mark.parametrize(
    ("event", "queue_id"),
    [
        (f"{_PREFIX}/1/call-queues/901/presence", "901"),
        (f"{_PREFIX}/~/call-queues/901/presence/?x=y", "901"),
        (f"{_PREFIX}/1/call-queues/9%2F1/presence", "9/1"),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        None,
        {"records": [{"member": {"id": "1"}, "acceptCurrentQueueCalls": False}]},
        {"extensionId": EXTENSION, "callQueueId": "901", "acceptCalls": False},
    ],
)
def test_change_of_a_queue_is_no_presence(
    event: str, queue_id: str, body: object
) -> None:
    """In either form that the platform describes."""
    parsed = decoded({"event": event, "subscriptionId": "sub", "body": body})

    assert parsed == RosterEvent(None, None, "sub", RosterKind.QUEUE, queue_id)


@pytest.mark.parametrize("body", [None, {}, [], {"extension": [{"id": "1"}]}])
def test_change_of_a_list_needs_no_body(body: object) -> None:
    """What the list holds is read by REST at any rate."""
    event = {"event": f"{_PREFIX}/1/extension/2/favorite", "body": body}

    assert isinstance(decoded(event), RosterEvent)


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
    """The event may name another one, or none."""
    parsed = decoded(
        {"event": event, "body": {"extensionId": 9, "dndStatus": "TakeAllCalls"}}
    )

    assert isinstance(parsed, PresenceEvent)
    assert parsed.extension_id == "9"


@pytest.mark.parametrize(
    ("json", "message"),
    [
        pytest.param(None, "Notification that is no object", id="null"),
        pytest.param([], "Notification that is no object", id="list"),
        pytest.param("body", "Notification that is no object", id="text"),
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
    """Without personal data."""
    with pytest.raises(ParseError, match=f"^{message}$"):
        decoded(json)


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

    values = [value for value in astuple(presence) if value is not None]
    assert len(values) == 1


def test_there_is_a_field_for_each_part_of_the_presence() -> None:
    """The table above leaves out none."""
    assert len(_ONE_FIELD) == len(Presence.__struct_fields__)


@given(st.one_of(json_values, odd_notifications))
def test_no_json_makes_the_parser_of_events_raise_anything_else(json: object) -> None:
    """A notification without use is refused, all else is parsed."""
    try:
        event = decoded(json)
    except ParseError:
        return
    assert event == decoded(json)


@given(odd_notifications)
def test_odd_values_are_counted_and_never_stored(json: Json) -> None:
    """Each parsed value has its declared type."""
    try:
        event = decoded(json)
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


# --------------------------------------------------------------------------------------
# Ids, times and numbers


@pytest.mark.parametrize("event_id", [700000102016, "700000102016"])
def test_event_of_an_account_that_sends_numeric_ids_is_decoded_at_once(
    event_id: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Field by field it would take ten times as long, with every event."""
    monkeypatch.setattr(base, "_convert_fields", None)

    event = decoded(
        {"ownerId": event_id, "body": {"extensionId": event_id, "sequence": 1}}
    )

    assert isinstance(event, PresenceEvent)
    assert (event.owner_id, event.extension_id) == ("700000102016", "700000102016")


@pytest.mark.parametrize(
    "spelled",
    [
        "2026-03-02T01:30:00.000+01:30",
        "2026-03-01T19:00:00-05:00",
        "2026-03-02T00:00:00",
        "2026-03-02T00:00:00.000+0000",
    ],
)
def test_timestamp_is_in_utc(spelled: str) -> None:
    """Home Assistant shows it, and could not convert a time without a zone."""
    event = event_of(notification({"sequence": 1}, timestamp=spelled))

    assert event.timestamp == datetime(2026, 3, 2, tzinfo=UTC)
    assert event.timestamp is not None
    assert event.timestamp.tzinfo is UTC


@pytest.mark.parametrize(
    "spelled",
    ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-23:59", "soon", ""],
)
def test_timestamp_that_is_none_in_utc_is_dropped_and_counted(spelled: str) -> None:
    """The event counts all the same."""
    anomalies = Anomalies()

    event = decode_notification(
        orjson.dumps(notification({"sequence": 1}, timestamp=spelled)), anomalies
    )

    assert isinstance(event, PresenceEvent)
    assert (event.timestamp, event.sequence) == (None, 1)
    assert anomalies.counts == {"wrong type of Notification.timestamp": 1}


@pytest.mark.parametrize("uuid", ["", None])
def test_empty_uuid_is_none(uuid: object) -> None:
    """Two events without an id are not one and the same."""
    assert event_of(notification({"sequence": 1}, uuid=uuid)).uuid is None


@pytest.mark.parametrize("body", [{"message": None}, {"activeCalls": None}])
def test_presence_event_may_contain_nothing_but_null(body: Json) -> None:
    """It contains no change."""
    assert event_of(notification(body)).presence == Presence()


def test_field_of_a_wrong_type_drops_that_field() -> None:
    """At each level; it is counted with its model."""
    anomalies = Anomalies()

    event = decode_notification(
        orjson.dumps(
            notification(
                {
                    "sequence": [1],
                    "telephonyStatus": "Ringing",
                    "activeCalls": [
                        call_json(1, "Ringing", queueCall="yes", sipData={"toTag": []}),
                        call_json(2, "OnHold"),
                    ],
                },
                uuid={},
            )
        ),
        anomalies,
    )

    assert isinstance(event, PresenceEvent)
    assert (event.uuid, event.sequence) == (None, None)
    assert event.presence.telephony_status is TelephonyStatus.RINGING
    first, second = event.presence.active_calls or ()
    assert (first.queue_call, first.from_) == (None, "+15551230001")
    assert first.sip_data == SipData()
    assert second.telephony_status is TelephonyStatus.ON_HOLD
    assert anomalies.counts == {
        "wrong type of Notification.uuid": 1,
        "wrong type of NotificationBody.sequence": 1,
        "wrong type of ActiveCall.queueCall": 1,
        "wrong type of SipData.toTag": 1,
    }


# --------------------------------------------------------------------------------------
# What is no JSON

_BRACKETS: Final = b"[" * 200_000 + b"]" * 200_000


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b'{"body": {"extensionId": "1"', id="cut off"),
        pytest.param(b'{"body": {"message": "\xff"}}', id="no UTF-8"),
        pytest.param(b'{"body": {"message": "\\ud800"}}', id="lone surrogate"),
        pytest.param(
            b'{"body": {"appearances": {"deep": %b}}}' % _BRACKETS, id="nested deeply"
        ),
        pytest.param(
            b'{"uuid": [], "unknown": %b}' % _BRACKETS, id="nested deeply, slow path"
        ),
    ],
)
def test_notification_that_is_no_json_is_refused(data: bytes) -> None:
    """As one without use."""
    with pytest.raises(ParseError, match=r"^Notification that is no JSON$"):
        decode_notification(data, Anomalies())


def test_digits_beyond_all_limits_are_no_number() -> None:
    """Python refuses to convert them."""
    data = b'{"uuid": %b, "body": {"extensionId": "1", "sequence": %b}}' % (
        (b"9" * 5000,) * 2
    )
    with pytest.raises(ParseError):
        decode_notification(data, Anomalies())


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("200031", 200031),
        (" 200031 ", 200031),
        ("200031.0", 200031),
        ("-5", -5),
        (str(2**63 - 1), 2**63 - 1),
        (str(2**63), None),
        ("later", None),
        ("", None),
    ],
)
def test_sequence_as_text_counts_as_its_number(text: str, number: int | None) -> None:
    anomalies = Anomalies()
    event = decode_notification(
        orjson.dumps(notification({"sequence": text, "message": "x"})), anomalies
    )
    assert isinstance(event, PresenceEvent)
    assert event.sequence == number
    assert bool(anomalies.counts) is (number is None)

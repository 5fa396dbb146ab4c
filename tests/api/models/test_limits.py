"""Sizes of what the platform sends: each limit, and just above it."""

from typing import Any

import orjson
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import (
    MAX_ID,
    MAX_TEXT,
    MAX_TOKEN,
    MAX_VALUES,
    ParseError,
    UnreadableError,
    convert,
    decode_json,
)
from custom_components.ringcentral.api.models.directory import (
    parse_extension,
    parse_extension_ids,
)
from custom_components.ringcentral.api.models.enums import (
    PresenceStatus,
    TelephonyStatus,
)
from custom_components.ringcentral.api.models.gateway import (
    ConnectionDetails,
    WebSocketToken,
    decode_frame,
    parse_subscription,
)
from custom_components.ringcentral.api.models.notifications import (
    MAX_NOTIFICATION,
    PresenceEvent,
    decode_notification,
)
from custom_components.ringcentral.api.models.presence import (
    MAX_CALLS,
    MAX_MESSAGE,
    ActiveCall,
    Presence,
)

_CALL = {"id": "1", "telephonyStatus": "Ringing"}


def _event(body: dict[str, Any], anomalies: Anomalies | None = None) -> PresenceEvent:
    data = orjson.dumps({"body": {"extensionId": "102", **body}})
    event = decode_notification(data, anomalies or Anomalies())
    assert isinstance(event, PresenceEvent)
    return event


# Texts and ids


def test_text_above_the_limit_is_cut_and_counted() -> None:
    """Its beginning is still of use; all else is decoded."""
    anomalies = Anomalies()

    fits = convert(ActiveCall, {"fromName": "ü" * MAX_TEXT, "id": "1"}, anomalies)
    assert fits.from_name == "ü" * MAX_TEXT
    assert not anomalies.counts
    cut = convert(ActiveCall, {"fromName": "ü" * (MAX_TEXT + 1), "id": "1"}, anomalies)

    assert cut == fits
    assert anomalies.counts == {"ActiveCall.fromName that is too long": 1}


@pytest.mark.parametrize("name", ["id", "partyId", "telephonySessionId", "sessionId"])
def test_id_above_the_limit_is_dropped_and_counted(name: str) -> None:
    """The beginning of an id is another id."""
    anomalies = Anomalies()

    assert convert(ActiveCall, {name: "1" * MAX_ID}, anomalies) != ActiveCall()
    assert not anomalies.counts
    assert convert(ActiveCall, {name: "1" * (MAX_ID + 1)}, anomalies) == ActiveCall()

    assert anomalies.counts == {f"wrong type of ActiveCall.{name}": 1}


@pytest.mark.parametrize(("length", "is_kept"), [(MAX_ID, True), (MAX_ID + 1, False)])
def test_uuid_and_subscription_above_the_limit_are_dropped(
    length: int, is_kept: bool
) -> None:
    """A thousand uuids are kept in memory, and some are stored."""
    envelope = dict.fromkeys(("uuid", "subscriptionId", "ownerId"), "1" * length)
    data = {**envelope, "body": {"extensionId": "1", "sequence": 1}}

    event = decode_notification(orjson.dumps(data), Anomalies())

    assert isinstance(event, PresenceEvent)
    kept = [event.uuid, event.subscription_id, event.owner_id]
    assert kept == ["1" * length if is_kept else None] * 3
    assert not event.is_damaged


def test_number_in_place_of_an_id_has_64_bits() -> None:
    """A longer one is no id of the platform."""
    assert convert(ActiveCall, {"id": 2**64 - 1}, Anomalies()).id == str(2**64 - 1)
    assert convert(ActiveCall, {"id": 2**64}, Anomalies()).id is None


@pytest.mark.parametrize("field", ["uri", "ws_access_token"])
def test_token_above_the_limit_is_unusable(field: str) -> None:
    """It would be part of an address."""
    good = {"uri": "wss://ws.example", "ws_access_token": "token"}

    assert convert(WebSocketToken, {**good, field: "x" * MAX_TOKEN}, Anomalies())
    with pytest.raises(ParseError, match=f"^WebSocketToken without {field}$"):
        convert(WebSocketToken, {**good, field: "x" * (MAX_TOKEN + 1)}, Anomalies())


@pytest.mark.parametrize(
    ("length", "is_kept"), [(MAX_TOKEN, True), (MAX_TOKEN + 1, False)]
)
def test_session_context_above_the_limit_is_dropped(length: int, is_kept: bool) -> None:
    """It is stored."""
    data = [{"type": "Heartbeat", "wsc": {"token": "x" * length, "sequence": 1}}]

    frame = decode_frame(orjson.dumps(data), Anomalies())

    assert (frame.meta.wsc is not None) is is_kept


@pytest.mark.parametrize("extension_id", ["~", ".", "..", ""])
def test_id_that_would_be_another_path_is_none(extension_id: str) -> None:
    """Two dots are the parent, a tilde is the signed-in user."""
    with pytest.raises(ParseError, match=r"^ExtensionResource without id$"):
        parse_extension({"id": extension_id}, Anomalies())
    with pytest.raises(ParseError, match=r"^Subscription without id$"):
        parse_subscription({"id": extension_id}, Anomalies())
    listed = {"records": [{"extension": {"id": extension_id}}, {"extensionId": "1"}]}
    assert parse_extension_ids(listed, Anomalies()) == ["1"]


# Lists


def test_calls_above_the_limit_are_cut_and_damage_the_event() -> None:
    """The others are kept, and a snapshot has to show the rest."""
    anomalies = Anomalies()

    full = _event({"activeCalls": [_CALL] * MAX_CALLS}, anomalies)
    assert not anomalies.counts
    cut = _event({"activeCalls": [_CALL] * (MAX_CALLS + 1)}, anomalies)

    assert cut.presence == full.presence
    assert (full.is_damaged, cut.is_damaged) == (False, True)
    assert anomalies.counts == {"NotificationBody.activeCalls that is too long": 1}


def test_list_of_calls_above_the_limit_with_a_bad_call_in_the_rest_is_kept() -> None:
    """What was cut is not decoded."""
    anomalies = Anomalies()

    event = _event({"activeCalls": [_CALL] * MAX_CALLS + ["no call"]}, anomalies)

    assert len(event.presence.active_calls or ()) == MAX_CALLS
    assert anomalies.counts == {"NotificationBody.activeCalls that is too long": 1}


@pytest.mark.parametrize(
    ("field", "entry", "limit"),
    [("eventFilters", "/a", 20_000), ("disabledFilters", {"filter": "/a"}, 5_000)],
)
def test_filters_above_the_limit_are_cut(field: str, entry: object, limit: int) -> None:
    """No account has so many."""
    anomalies = Anomalies()

    for length in (limit, limit + 1):
        found = parse_subscription({"id": "1", field: [entry] * length}, anomalies)
        assert len(found.filters) + len(found.disabled) == limit

    assert anomalies.counts == {f"Subscription.{field} that is too long": 1}


def test_many_unknown_values_in_a_list_that_is_cut_are_not_all_looked_up() -> None:
    """Each takes as long as a whole call."""
    anomalies = Anomalies()

    event = _event({"activeCalls": [{"telephonyStatus": "X"}] * 10_000}, anomalies)

    statuses = {call.telephony_status for call in event.presence.active_calls or ()}
    assert statuses == {TelephonyStatus.UNKNOWN}
    assert anomalies.counts["unknown value of TelephonyStatus X"] == MAX_CALLS


# Notifications and frames


def _padded(size: int) -> bytes:
    """Return a notification of this size."""
    event = {"body": {"extensionId": 102, "presenceStatus": "Busy", "message": ""}}
    return orjson.dumps(event).replace(
        b'"message":""', b'"padding":"%b"' % (b"x" * (size - 65 - 2))
    )


def test_notification_above_the_limit_is_not_decoded_but_names_its_extension() -> None:
    """Four mebibytes."""
    data = _padded(MAX_NOTIFICATION)
    data = _padded(2 * MAX_NOTIFICATION - len(data))
    assert len(data) == MAX_NOTIFICATION

    event = decode_notification(data, Anomalies())
    assert isinstance(event, PresenceEvent)
    assert event.presence.presence_status is PresenceStatus.BUSY
    with pytest.raises(
        UnreadableError, match=r"^notification that is too large$"
    ) as refused:
        decode_notification(data.replace(b"xx", b"xxx", 1), Anomalies())

    assert refused.value.extension_id == "102"


def test_notification_with_too_many_values_is_not_decoded() -> None:
    """A hundred thousand; the extension is known all the same."""
    body = b'{"unknown":[%b],"extensionId":"102","sequence":1}'
    fits = body % (b"1," * (MAX_VALUES - 3) + b"1")
    assert fits.count(b",") == MAX_VALUES - 1

    assert decode_notification(b'{"body":%b}' % fits, Anomalies())
    more = fits.replace(b"[", b"[1,", 1)
    with pytest.raises(UnreadableError) as refused:
        decode_notification(b'{"body":%b}' % more, Anomalies())

    assert refused.value.extension_id == "102"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b'{"body":[%b]}', id="no object"),
        pytest.param(b'{"body":{"a":[%b]}}', id="no extension"),
        pytest.param(b'{"body":{"extensionId":["102"],"a":[%b]}}', id="odd extension"),
        pytest.param(b'{"body":{"extensionId":"102","a":[%b', id="cut off"),
    ],
)
def test_extension_of_a_large_notification_may_be_unknown(data: bytes) -> None:
    """Then it can be any."""
    with pytest.raises(UnreadableError) as refused:
        decode_notification(data % (b"1," * MAX_VALUES + b"1"), Anomalies())

    assert refused.value.extension_id is None


def test_extension_is_not_searched_for_in_more_than_eight_mebibytes() -> None:
    """The search would hold the event loop."""
    data = _padded(8 * 1024 * 1024 - 10)
    with pytest.raises(UnreadableError) as found:
        decode_notification(data, Anomalies())
    with pytest.raises(UnreadableError) as unknown:
        decode_notification(data.replace(b"xx", b"x" * 20, 1), Anomalies())

    assert (found.value.extension_id, unknown.value.extension_id) == ("102", None)


def test_json_with_too_many_values_is_not_decoded() -> None:
    """Whatever it is."""
    fits = b"[" + b"1," * (MAX_VALUES - 1) + b"1]"

    assert len(decode_json(fits)) == MAX_VALUES
    with pytest.raises(UnreadableError, match=r"^value with too many values$"):
        decode_json(fits.replace(b"[", b"[1,"))


def test_large_headers_of_a_frame_are_not_decoded() -> None:
    """Only replies need them, and 16 MiB of values would hold the event loop."""
    meta = b'{"type":"ServerNotification","headers":{"a":[%b1]}}' % (b"1," * MAX_VALUES)

    frame = decode_frame(b'[%b,{"id":"1"}]' % meta, Anomalies())

    assert frame.meta.type == "ServerNotification"
    assert bytes(frame.body) == b'{"id":"1"}'
    with pytest.raises(UnreadableError, match=r"^value with too many values$"):
        decode_json(frame.meta.headers)


def test_frame_whose_meta_is_odd_is_decoded_within_the_limit_of_values() -> None:
    """Field by field, its headers too."""
    odd = b'[{"type":"ServerNotification","status":"200","headers":{"a":[%b]}},{}]'
    anomalies = Anomalies()

    frame = decode_frame(odd % (b'"%b"' % (b"x" * 300_000)), anomalies)
    assert frame.meta.type == "ServerNotification"
    assert list(decode_json(frame.meta.headers)) == ["a"]
    assert anomalies.counts == {"wrong type of FrameMeta.status": 1}
    with pytest.raises(UnreadableError, match=r"^FrameMeta with too many values$"):
        decode_frame(odd % (b"1," * MAX_VALUES + b"1"), anomalies)


# Fields that are missing because they could not be read


@pytest.mark.parametrize(
    ("json", "is_lost"),
    [
        ({"body": {"extensionId": ["102"], "telephonyStatus": "Ringing"}}, True),
        ({"body": {"extensionId": "1" * (MAX_ID + 1), "sequence": 1}}, True),
        ({"body": "text"}, True),
        ({"body": {"sequence": 1}}, False),
        ({}, False),
    ],
)
def test_notification_whose_extension_cannot_be_read_is_lost(
    json: object, is_lost: bool
) -> None:
    """One without an extension is about something else."""
    with pytest.raises(ParseError) as refused:
        decode_notification(orjson.dumps(json), Anomalies())

    assert isinstance(refused.value, UnreadableError) is is_lost


@pytest.mark.parametrize(
    "body",
    [
        {"telephonyStatus": 7, "activeCalls": []},
        {"telephonyStatus": "Ringing", "activeCalls": {}},
        {"telephonyStatus": "Ringing", "activeCalls": [_CALL, "no call"]},
        {"presenceStatus": ["Busy"]},
        {"activeCalls": [{"id": "1", "telephonyStatus": 7}]},
        {"activeCalls": [{"id": "1" * (MAX_ID + 1)}]},
    ],
)
def test_event_with_a_dropped_field_is_damaged(body: dict[str, Any]) -> None:
    """It looks like one that the platform did not send; the next event is another one."""
    anomalies = Anomalies()

    assert _event({"sequence": 1, **body}, anomalies).is_damaged
    assert not _event({"sequence": 1}, anomalies).is_damaged


@pytest.mark.parametrize(
    "body",
    [
        {"telephonyStatus": "Ringing", "activeCalls": [_CALL]},
        {"telephonyStatus": "Dreaming"},
        {"telephonyStatus": None, "activeCalls": None},
        {"presenceStatus": "Busy", "sequence": "odd"},
        {"message": "x" * (MAX_MESSAGE + 1)},
        {"activeCalls": [{**_CALL, "sipData": {"toTag": 7}}]},
        {"activeCalls": [{**_CALL, "sipData": 7, "startTime": 7, "fromName": 7}]},
        {"telephonyStatus": "NoCall", "appearances": 7},
    ],
)
def test_event_that_says_all_it_can_is_not_damaged(body: dict[str, Any]) -> None:
    """A snapshot would say no more."""
    assert not _event({"sequence": 1, **body}).is_damaged


@pytest.mark.parametrize(
    ("field", "attribute", "limit", "default"),
    [
        ("recoveryTimeout", "recovery_timeout", 3600, 180),
        ("recoveryBufferSize", "recovery_buffer_size", 100_000, 100),
    ],
)
def test_promise_of_the_gateway_above_the_limit_is_not_believed(
    field: str, attribute: str, limit: int, default: int
) -> None:
    """A session would be resumed for days."""
    for value, expected in ((limit, limit), (limit + 1, default)):
        details = convert(ConnectionDetails, {field: value}, Anomalies())
        assert getattr(details, attribute) == expected


def test_snapshot_has_the_same_limits() -> None:
    """Of REST."""
    presence = convert(
        Presence,
        {"activeCalls": [_CALL] * 101, "message": "x" * (MAX_MESSAGE + 1)},
        Anomalies(),
    )

    assert len(presence.active_calls or ()) == MAX_CALLS
    assert presence.message == "x" * MAX_MESSAGE
    whole = convert(Presence, {"message": "x" * MAX_MESSAGE}, Anomalies())
    assert whole.message == presence.message

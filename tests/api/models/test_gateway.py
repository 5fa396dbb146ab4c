"""Messages of the gateway, and what it grants."""

from datetime import UTC, datetime
from functools import partial

from hypothesis import given, strategies as st
from msgspec import Raw
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import (
    ParseError,
    convert,
    decode_json,
)
from custom_components.ringcentral.api.models.gateway import (
    ConnectionDetails,
    DisabledFilter,
    FrameMeta,
    RecoveryState,
    SessionContext,
    Subscription,
    WebSocketToken,
    decode_frame,
    parse_subscription,
)

from ...strategies import Json, json_objects, json_values

_LINES = "/restapi/v1.0/account/1/extension/2/presence/line/presence?sipData=true"
_OWN = "/restapi/v1.0/account/1/extension/2/presence?sipData=true"


def test_token_has_address_text_and_lifetime() -> None:
    """As the token endpoint of the gateway gives them."""
    token = convert(
        WebSocketToken,
        {"uri": "wss://ws.example.com/ws", "ws_access_token": "t0p", "expires_in": 600},
        Anomalies(),
    )

    assert (token.uri, token.token, token.expires_in) == (
        "wss://ws.example.com/ws",
        "t0p",
        600,
    )


def test_token_is_not_in_its_repr() -> None:
    """It would end up in a log."""
    token = convert(
        WebSocketToken,
        {"uri": "wss://secret.example.com", "ws_access_token": "t0p"},
        Anomalies(),
    )

    assert "t0p" not in f"{token!r} {token}"
    assert "secret" not in f"{token!r} {token}"


@pytest.mark.parametrize("life", [None, "60", 0])
def test_token_without_lifetime_lasts_for_the_shortest_known_time(life: object) -> None:
    """Half a minute."""
    json = {"uri": "wss://x", "ws_access_token": "t", "expires_in": life}

    assert convert(WebSocketToken, json, Anomalies()).expires_in == 30


@pytest.mark.parametrize(
    "json",
    [
        {},
        {"uri": "wss://x"},
        {"ws_access_token": "t"},
        {"uri": "", "ws_access_token": "t"},
        {"uri": "wss://x", "ws_access_token": ""},
        {"uri": 5, "ws_access_token": "t"},
    ],
)
def test_token_without_address_or_text_is_refused(json: Json) -> None:
    """And the error shows neither."""
    with pytest.raises(
        ParseError, match=r"^WebSocketToken without (uri|ws_access_token)$"
    ):
        convert(WebSocketToken, json, Anomalies())


def test_connection_details_are_read_as_they_are() -> None:
    """All figures in seconds."""
    anomalies = Anomalies()

    details = convert(
        ConnectionDetails,
        {
            "creationTime": "2026-03-02T00:00:00.000+0000",
            "maxConnectionsPerSession": 50,
            "recoveryBufferSize": 90,
            "recoveryTimeout": 30,
            "idleTimeout": 600,
            "absoluteTimeout": 7200,
            "maxActiveRequests": 10,
            "recoveryState": "Failed",
            "recoveryErrorCode": "WSG-1005",
        },
        anomalies,
    )

    assert details == ConnectionDetails(
        created=datetime(2026, 3, 2, tzinfo=UTC),
        recovery_state=RecoveryState.FAILED,
        recovery_error_code="WSG-1005",
        recovery_buffer_size=90,
        recovery_timeout=30,
    )
    assert not anomalies.counts


@pytest.mark.parametrize("figure", [None, 0, -1, "180", 1.5, True, []])
def test_figure_that_is_none_gets_the_value_measured_so_far(figure: object) -> None:
    """Never a timer of zero seconds."""
    json = {"recoveryBufferSize": figure, "recoveryTimeout": figure}

    details = convert(ConnectionDetails, json, Anomalies())

    assert details.recovery_buffer_size == 100
    assert details.recovery_timeout == 180


@pytest.mark.parametrize(
    ("recovery", "state", "counted"),
    [
        ("Successful", RecoveryState.SUCCESSFUL, 0),
        ("Failed", RecoveryState.FAILED, 0),
        (None, None, 0),
        ("Partial", RecoveryState.UNKNOWN, 1),
        ("", RecoveryState.UNKNOWN, 1),
        (5, None, 1),
    ],
)
def test_only_a_recovery_reported_as_successful_is_one(
    recovery: object, state: RecoveryState | None, counted: int
) -> None:
    """With any other value the subscription is requested again."""
    anomalies = Anomalies()

    details = convert(ConnectionDetails, {"recoveryState": recovery}, anomalies)

    assert details.recovery_state is state
    assert anomalies.counts.total() == counted


def test_subscription_has_its_filters_and_those_that_yield_nothing() -> None:
    """With the reason that the platform gives, if it is a code: it will be logged."""
    anomalies = Anomalies()

    subscription = parse_subscription(
        {
            "id": "3f0c",
            "status": "Active",
            "eventFilters": [_OWN],
            "disabledFilters": [
                {"filter": _LINES, "reason": "SUB-412", "message": "[HUD] is missing"},
                {"filter": _OWN, "reason": "Extension 102 of Ines is hidden"},
            ],
        },
        anomalies,
    )

    assert subscription == Subscription(
        id="3f0c",
        filters=(_OWN,),
        disabled=(
            DisabledFilter(filter=_LINES, reason="SUB-412"),
            DisabledFilter(filter=_OWN, reason=None),
        ),
    )
    assert not anomalies.counts


@pytest.mark.parametrize("filters", [None, {}, "x", [None, 5]])
def test_filters_that_are_none_are_as_good_as_not_granted(filters: object) -> None:
    """Compared with what was requested, all are missing."""
    subscription = parse_subscription({"id": 5, "eventFilters": filters}, Anomalies())

    assert subscription == Subscription(id="5", filters=(), disabled=())


@pytest.mark.parametrize("json", [None, [], "x", 5, {}, {"id": ""}, {"id": {}}])
def test_subscription_without_id_is_refused(json: object) -> None:
    """Its events could not be assigned to it."""
    with pytest.raises(
        ParseError, match=r"^Subscription (without id|that is no object)$"
    ):
        parse_subscription(json, Anomalies())


_KEYS = (
    "id",
    "eventFilters",
    "disabledFilters",
    "recoveryState",
    "recoveryTimeout",
    "uri",
    "ws_access_token",
    "expires_in",
)
_ODD = st.one_of(json_objects, st.dictionaries(st.sampled_from(_KEYS), json_values))


@given(_ODD)
def test_no_json_makes_the_parsers_raise_anything_else(json: Json) -> None:
    """Than `ParseError`."""
    details = convert(ConnectionDetails, json, Anomalies())
    assert min(details.recovery_timeout, details.recovery_buffer_size) > 0
    for parse in (parse_subscription, partial(convert, WebSocketToken)):
        try:
            parse(json, Anomalies())
        except ParseError:
            continue


@given(json_values)
def test_no_answer_to_a_subscription_request_raises_anything_else(json: object) -> None:
    """Not even one that is no object."""
    try:
        parse_subscription(json, Anomalies())
    except ParseError:
        assert not isinstance(json, dict) or type(json.get("id")) is not int


# --------------------------------------------------------------------------------------
# Frames


def test_frame_has_meta_and_the_undecoded_body() -> None:
    """The body is decoded once its kind is known."""
    anomalies = Anomalies()

    frame = decode_frame(
        b'[{"type": "ClientRequest", "messageId": "m", "status": 200, "new": [],'
        b' "headers": {"a": "b"}, "wsc": {"token": "t0p", "sequence": 7}},'
        b' {"id": "\xff"}, "more"]',
        anomalies,
    )

    assert frame.meta == FrameMeta(
        type="ClientRequest",
        message_id="m",
        status=200,
        headers=Raw(b'{"a": "b"}'),
        wsc=SessionContext("t0p", 7),
    )
    assert bytes(frame.body) == b'{"id": "\xff"}'
    assert not anomalies.counts


def test_frame_may_have_no_body() -> None:
    """A heartbeat has none."""
    frame = decode_frame(b'[{"type": "Heartbeat"}]', Anomalies())

    assert frame.meta == FrameMeta(type="Heartbeat")
    assert decode_json(frame.body) is None


def test_field_of_the_meta_of_a_wrong_type_drops_that_field() -> None:
    """The body is still there."""
    anomalies = Anomalies()

    frame = decode_frame(
        b'[{"type": "Error", "messageId": [], "status": "408",'
        b' "wsc": {"token": "t0p"}}, {"errorCode": "WSG-901"}]',
        anomalies,
    )

    assert frame.meta == FrameMeta(type="Error")
    assert decode_json(frame.body) == {"errorCode": "WSG-901"}
    assert anomalies.counts == {
        "wrong type of FrameMeta.messageId": 1,
        "wrong type of FrameMeta.status": 1,
        "wrong type of FrameMeta.wsc": 1,
    }


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "frame that is no JSON"),
        (b"nonsense", "frame that is no JSON"),
        (b'[{"type": "Heartbeat"}, {"body":', "frame that is no JSON"),
        (b'[{"type": "Heartbeat"}] 1', "frame that is no JSON"),
        (b'[{"type": "\xff\xfe"}]', "FrameMeta that is no JSON"),
        (b'[{"headers": {"deep": ' + b"[" * 200_000, "frame that is no JSON"),
        (b"[" * 200_000, "frame that is no JSON"),
        (b"{}", "frame that is no message"),
        (b"5", "frame that is no message"),
        (b"[]", "frame that is no message"),
        (b"[5]", "FrameMeta that is no object"),
        (b"[[{}]]", "FrameMeta that is no object"),
        (b"[null, {}]", "FrameMeta that is no object"),
    ],
)
def test_frame_that_is_no_message_is_refused(data: bytes, message: str) -> None:
    """Whatever it is: the connection goes on."""
    with pytest.raises(ParseError, match=f"^{message}$"):
        decode_frame(data, Anomalies())


def test_session_context_does_not_show_its_token() -> None:
    """Nor does a frame."""
    frame = decode_frame(b'[{"wsc": {"token": "t0p", "sequence": 7}}]', Anomalies())

    assert "t0p" not in f"{frame!r} {frame.meta.wsc} {frame.meta}"

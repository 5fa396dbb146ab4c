"""Bad input costs at most itself: it is counted, and everything else goes on."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import orjson
import pytest

from custom_components.ringcentral.api.event_stream import StreamState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from simulator import Simulator

from .common import Account, add_account, until
from .forms import want_more_sensors
from .reliability.common import Time

# Personal data that bad input carries; none of them may appear in a log.
_NAME, _NUMBER, _URI = (
    "Canary Nightingale",
    "+16505550199",
    "sip:canary@example.invalid",
)
_CALL = {
    "id": "canary",
    "direction": "Inbound",
    "from": _NUMBER,
    "fromName": _NAME,
    "to": "102",
    "telephonyStatus": "Ringing",
    "sessionId": "240001009000",
    "sipData": {"toTag": "blf", "fromTag": "p-1", "remoteUri": _URI, "localUri": "-"},
    "telephonySessionId": "s-1",
    "partyId": "p-1",
}


def _connections(simulator: Simulator) -> int:
    """Return how many connections to the gateway there have been since set-up."""
    return sum(record.kind == "connect" for record in simulator.log)


async def _still_works(account: Account, number: str = "103") -> None:
    """Check that the next event of an extension arrives over the same connection."""
    account.simulator.ring(to=number, from_="+16505550123")
    await account.until_shown(number, "telephony_status", "ringing")
    assert account.coordinator.stream.state is StreamState.PUSH
    assert _connections(account.simulator) == 0


def _assert_logged_once_without_personal_data(
    caplog: pytest.LogCaptureFixture, times: int = 1
) -> None:
    ours = [r for r in caplog.records if "custom_components.ringcentral" in r.name]
    complaints = [r for r in ours if "Ignoring unexpected data" in r.getMessage()]
    assert len(complaints) == times
    for secret in (_NAME, _NUMBER, _URI, "Canary", "canary"):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(f"{_NAME} {_NUMBER}", id="no JSON"),
        pytest.param(b"\x00\xff\x01" + _NAME.encode(), id="binary"),
        pytest.param(f'{{"{_NAME}": "{_URI}"}}', id="no array"),
        pytest.param(f'["{_NAME}"]', id="no meta"),
        pytest.param("[]", id="empty"),
        pytest.param(f'[{{"type": "{_NAME}"}}]', id="unknown type"),
        pytest.param('[{"type": "ServerNotification"}]', id="no envelope"),
        pytest.param("[" * 100_000, id="deeply nested"),
    ],
)
async def test_bad_frame_is_counted_and_the_connection_stays(
    hass: HomeAssistant,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
    frame: str | bytes,
) -> None:
    """Three of a kind: three counted, one logged."""
    account = await add_account(hass, simulator)

    for _ in range(3):
        simulator.send_frame(frame)
    await account.until_all_reported()

    assert account.coordinator.anomalies.counts.total() == 3
    _assert_logged_once_without_personal_data(caplog)
    await _still_works(account)


async def test_invalid_utf8_in_a_text_frame_drops_that_frame_only(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """A client that checks the encoding itself would lose the connection."""
    account = await add_account(hass, simulator)

    simulator.send_frame(b'[{"type": "\xff\xfe\xfd"}]', text=True)
    await account.until_all_reported()

    assert account.coordinator.anomalies.counts.total() == 1
    _assert_logged_once_without_personal_data(caplog)
    await _still_works(account)


async def test_frame_of_one_megabyte_is_handled(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Size alone is no reason to drop an event."""
    account = await add_account(hass, simulator)

    simulator.notify(
        {
            "extensionId": simulator.extension("102").id,
            "presenceStatus": "Busy",
            "padding": "x" * 1_000_000,
        }
    )

    await account.until_shown("102", "presence", "busy")
    await _still_works(account)


def _requests(simulator: Simulator) -> list[str]:
    """Return the extensions whose presence was requested by REST."""
    paths = [record.path for record in simulator.log if record.kind == "http"]
    return [p.split("/")[-2] for p in paths if p.endswith("/presence")]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"telephonyStatus": 7, "activeCalls": []}, id="status of no type"),
        pytest.param({"telephonyStatus": "NoCall", "activeCalls": 7}, id="no list"),
        pytest.param({"activeCalls": [_CALL] * 101}, id="a call too many"),
        pytest.param({"activeCalls": [_CALL] * 10_000}, id="10,000 calls"),
        pytest.param({"padding": "x" * 5_000_000}, id="five megabytes"),
    ],
)
@pytest.mark.freeze_time("2026-03-02 09:00:00")
async def test_event_that_cannot_be_read_in_full_is_followed_by_a_snapshot(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    caplog: pytest.LogCaptureFixture,
    body: dict[str, Any],
) -> None:
    """Of its extension alone, which then shows what is true."""
    account = await add_account(hass, simulator)
    simulator.fault("lose")
    simulator.ring(to="102", from_="+16505550123")
    simulator.log.clear()
    extension_id = simulator.extension("102").id

    simulator.notify({"extensionId": extension_id, **body})
    await account.until_all_reported()
    await time.passes(5)
    await account.until_shown("102", "telephony_status", "ringing")

    calls = account.state("102", "telephony_status").attributes["active_calls"]
    assert len(calls) == 1
    assert _requests(simulator) == [extension_id]
    _assert_logged_once_without_personal_data(caplog)
    await _still_works(account)


@pytest.mark.freeze_time("2026-03-02 09:00:00")
async def test_frames_that_cannot_be_read_are_followed_by_one_snapshot_of_all(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Each may have been about any extension."""
    account = await add_account(hass, simulator)
    simulator.fault("lose")
    simulator.ring(to="102", from_="+16505550123")
    simulator.log.clear()

    for _ in range(5):
        simulator.send_frame(b"[" * 200_000, text=True)
        simulator.send_frame(b"[" + b"1," * 7_000_000 + b"1]", text=True)
    await account.until_all_reported()
    await time.passes(5)
    await account.until_shown("102", "telephony_status", "ringing")

    (requested,) = _requests(simulator)
    assert set(requested.split(",")) == set(account.coordinator.data)
    await _still_works(account)


@pytest.mark.parametrize(
    ("body", "counted"),
    [
        pytest.param("text", 2, id="body is text"),
        pytest.param(None, 1, id="body is null"),
        pytest.param([], 2, id="body is a list"),
        pytest.param({}, 1, id="body is empty"),
        pytest.param({"fromName": _NAME}, 1, id="body of something else"),
        pytest.param({"extensionId": {}, "sequence": 1}, 2, id="id is an object"),
        pytest.param(
            {"extensionId": "1", "telephonyStatus": "Ringing", "activeCalls": [_CALL]},
            1,
            id="extension that is not monitored",
        ),
    ],
)
async def test_event_of_an_unknown_extension_is_counted_and_dropped(
    hass: HomeAssistant,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
    body: Any,
    counted: int,
) -> None:
    """No entity changes, nothing is raised."""
    account = await add_account(hass, simulator)
    before = hass.states.async_all()

    simulator.send_frame(_notification(account, body))
    await account.until_all_reported()

    assert hass.states.async_all() == before
    assert account.coordinator.anomalies.counts.total() == counted
    _assert_logged_once_without_personal_data(caplog, counted)
    await _still_works(account)


@pytest.mark.parametrize(
    "field",
    [
        "telephonyStatus",
        "activeCalls",
        "totalActiveCalls",
        "presenceStatus",
        "userStatus",
        "meetingStatus",
        "dndStatus",
        "allowSeeMyPresence",
        "ringOnMonitoredCall",
        "pickUpCallsOnHold",
        "sequence",
    ],
)
@pytest.mark.parametrize(
    "value", [{"a": _NAME}, [[_NUMBER]], 1.5], ids=["object", "list", "fraction"]
)
async def test_field_of_a_wrong_type_drops_that_field_only(
    hass: HomeAssistant,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
    field: str,
    value: Any,
) -> None:
    """The rest of the event is shown; the field keeps its value."""
    account = await add_account(hass, simulator)
    body = {
        "extensionId": simulator.extension("102").id,
        "presenceStatus": "Busy",
        "dndStatus": "DoNotAcceptAnyCalls",
        "sequence": 4711,
        field: value,
    }
    witness = {"dndStatus": ("presence", "busy")}.get(
        field, ("dnd", "do_not_accept_any_calls")
    )

    simulator.notify(body)
    await account.until_shown("102", *witness)

    assert account.coordinator.anomalies.counts == {
        f"wrong type of NotificationBody.{field}": 1
    }
    _assert_logged_once_without_personal_data(caplog)
    await _still_works(account)


@pytest.mark.parametrize(
    ("field", "sensor", "enumeration"),
    [
        ("presenceStatus", "presence", "PresenceStatus"),
        ("telephonyStatus", "telephony_status", "TelephonyStatus"),
        ("dndStatus", "dnd", "DndStatus"),
        ("userStatus", "user_status", "PresenceStatus"),
        ("meetingStatus", "meeting_status", "MeetingStatus"),
    ],
)
async def test_unknown_value_is_shown_as_unknown_and_counted(
    hass: HomeAssistant,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
    field: str,
    sensor: str,
    enumeration: str,
) -> None:
    """A future value must not break anything, nor be taken for a known one."""
    account = await add_account(hass, simulator, groups=[], extensions=["102", "103"])
    await want_more_sensors(account)
    registry = er.async_get(hass)
    entity_id = account.entity_id("102", sensor)
    assert entity_id is not None
    registry.async_update_entity(entity_id, disabled_by=None)
    await hass.config_entries.async_reload(account.entry.entry_id)
    simulator.log.clear()

    simulator.notify({"extensionId": simulator.extension("102").id, field: "Dreaming"})
    await account.until_shown("102", sensor, "unknown")

    counts = account.coordinator.anomalies.counts
    assert counts == {f"unknown value of {enumeration} Dreaming": 1}
    _assert_logged_once_without_personal_data(caplog)
    assert "Dreaming" not in caplog.text


async def test_unknown_dnd_status_of_the_platform_shows_as_unknown_and_is_no_anomaly(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """`Unknown` is documented for accounts with the newer call handling."""
    account = await add_account(hass, simulator)

    simulator.notify(
        {"extensionId": simulator.extension("102").id, "dndStatus": "Unknown"}
    )
    await account.until_shown("102", "dnd", "unknown")

    assert not account.coordinator.anomalies.counts
    options = account.state("102", "dnd").attributes["options"]
    assert "unknown" not in options


async def test_missing_extra_and_null_fields_are_normal(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """A missing field keeps its value; an unknown one is ignored."""
    account = await add_account(hass, simulator)
    extension_id = simulator.extension("102").id

    simulator.notify({"extensionId": extension_id, "userStatus": "Busy"})
    simulator.notify(
        {
            "extensionId": extension_id,
            "userStatus": None,
            "activeCalls": None,
            "telephonyStatus": None,
            "novelty": {"fromName": _NAME},
        }
    )
    simulator.notify(
        {"extensionId": extension_id, "telephonyStatus": "Ringing", "activeCalls": [{}]}
    )
    await account.until_shown("102", "telephony_status", "ringing")

    attributes = account.state("102", "presence").attributes
    assert attributes["user_status"] == "busy"
    call = account.state("102", "telephony_status").attributes["active_calls"][0]
    # Unknown if it began within a second after the snapshot.
    del call["since"]
    assert set(call.values()) == {None, "ringing"}
    assert not account.coordinator.anomalies.counts
    _assert_logged_once_without_personal_data(caplog, 0)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x81\x7f\x00\x00\x00\x00\x01\x10\x00\x00", id="17 MiB"),
        pytest.param(b"\xf1\x05hello", id="reserved bits"),
    ],
)
@pytest.mark.freeze_time("2026-03-02 09:00:00")
async def test_frame_that_breaks_the_protocol_ends_the_connection_which_recovers(
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    data: bytes,
) -> None:
    """Such a frame cannot be skipped; nothing is lost until the connection is back."""
    account = await add_account(hass, simulator)
    subscription = account.coordinator.stream.subscriptions.subscription

    simulator.send_bytes(data)
    await until(lambda: account.coordinator.stream.state is StreamState.RECOVERING)
    simulator.ring(to="102", from_="+16505550123")
    freezer.tick(1.5)
    await account.until_shown("102", "telephony_status", "ringing")
    await until(lambda: account.coordinator.stream.state is StreamState.PUSH)

    assert account.coordinator.stream.subscriptions.subscription is subscription
    assert _connections(simulator) == 1


def _notification(account: Account, body: Any) -> str:
    """Return a notification frame as the gateway sends it."""
    subscription = account.coordinator.stream.subscriptions.subscription
    assert subscription is not None
    envelope = {
        "uuid": "4956997212540532739",
        "event": "/restapi/v1.0/account/1/extension/2/presence",
        "timestamp": "2026-03-02T09:00:00.000Z",
        "subscriptionId": subscription.id,
        "ownerId": "2",
        "body": body,
    }
    meta = {"type": "ServerNotification", "messageId": "m", "status": 200}
    return orjson.dumps([meta, envelope]).decode()

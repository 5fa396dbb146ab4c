"""The coordinator: which entities are updated, and what is requested."""

import asyncio
from collections.abc import Iterable
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ringcentral.api.event_stream import StreamState
from custom_components.ringcentral.api.exceptions import Reason, ServiceUnavailableError
from custom_components.ringcentral.api.rest import BulkPresence
from custom_components.ringcentral.const import COLLECT_FOR, SAFETY_POLL_INTERVAL
from homeassistant.const import STATE_OFF, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from simulator import Simulator

from .common import Account, add_account, until, writes

_MOVED_TIME = pytest.mark.freeze_time("2026-03-02 09:00:00", tick=True)


def _presence_requests(simulator: Simulator) -> int:
    """Return how often presence has been requested by REST."""
    return sum(record.path.endswith("/presence") for record in simulator.log)


def _link(account: Account) -> tuple[str, str]:
    """Return what the sensors of the connection and of the link show."""
    return (
        account.state(None, "connection", "binary_sensor").state,
        account.state(None, "link").state,
    )


async def _lose_push(account: Account, *, abort: bool = False) -> None:
    """Lose the connection, and wait until that was noticed."""
    account.simulator.drop_connections(abort)
    await until(lambda: account.coordinator.stream.state is StreamState.RECOVERING)


async def _advance(freezer: FrozenDateTimeFactory, seconds: Iterable[float]) -> None:
    """Let time pass in steps, each followed by what it triggers."""
    for step in seconds:
        freezer.tick(step)
        for _ in range(200):
            await asyncio.sleep(0)


# Events


async def test_event_writes_the_changed_entities_of_its_own_extension_only(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Independent of the number of monitored extensions."""
    account = await add_account(hass, simulator)

    with writes(hass) as written:
        call = simulator.ring(to="102", from_="+16505550123")
        await account.until_shown("102", "telephony_status", "ringing")
        await account.until_all_reported()
    calls = account.entity_id("102", "calls", "event")
    # The event last: an automation that it starts uses the states of the sensors.
    assert account.of_extensions(written) == [
        account.entity_id("102", "telephony_status"),
        calls,
    ]

    with writes(hass) as written:
        simulator.answer(call.telephony_session_id)
        await account.until_shown("102", "presence", "busy")
        await account.until_all_reported()
    *sensors, last = account.of_extensions(written)
    assert last == calls
    assert sorted(sensors) == sorted(
        str(account.entity_id("102", key)) for key in ("presence", "telephony_status")
    )


async def test_event_that_changes_an_attribute_only_is_written(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A second call beside the first one leaves the state as it is."""
    account = await add_account(hass, simulator)
    simulator.ring(to="102", from_="+16505550123")
    await account.until_shown("102", "telephony_status", "ringing")

    with writes(hass) as written:
        simulator.ring(to="102", from_="+16505550124")
        await account.until_all_reported()

    assert written == [
        account.entity_id("102", "telephony_status"),
        account.entity_id("102", "calls", "event"),
    ]
    attributes = account.state("102", "telephony_status").attributes
    assert attributes["total_active_calls"] == 2
    assert [c["from"] for c in attributes["active_calls"]] == [
        "+16505550123",
        "+16505550124",
    ]


async def test_repeated_event_writes_nothing(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The platform may send an event twice."""
    account = await add_account(hass, simulator)
    simulator.fault("duplicate", count=1)

    with writes(hass) as written:
        simulator.ring(to="102", from_="+16505550123")
        await account.until_shown("102", "telephony_status", "ringing")
        await account.until_all_reported()

    written = account.of_extensions(written)
    assert len(written) == len(set(written)) == 2
    assert account.coordinator.store.repeated_events == 1


async def test_call_between_two_extensions_shows_on_both_sides(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """From ringing over hold to its end."""
    account = await add_account(hass, simulator)

    call = simulator.ring(to="102", from_="101")
    await account.until_shown("102", "telephony_status", "ringing")
    await account.until_shown("101", "telephony_status", "ringing")
    simulator.answer(call.telephony_session_id)
    await account.until_shown("102", "telephony_status", "call_connected")
    simulator.hold(call.telephony_session_id, "102")
    await account.until_shown("102", "telephony_status", "on_hold")
    simulator.end(call.telephony_session_id)
    await account.until_shown("102", "telephony_status", "no_call")
    await account.until_shown("101", "telephony_status", "no_call")
    await account.until_shown("102", "presence", "available")

    attributes = account.state("102", "telephony_status").attributes
    assert attributes["active_calls"] == []
    assert attributes["total_active_calls"] == 0


async def test_listener_that_raises_does_not_affect_others(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """The stream lives, the others are updated."""
    account = await add_account(hass, simulator)

    @callback
    def broken() -> None:
        raise ValueError("broken listener")

    remove = account.coordinator.async_add_listener(
        broken, simulator.extension("102").id
    )
    simulator.ring(to="102", from_="+16505550123")
    await account.until_shown("102", "telephony_status", "ringing")
    remove()

    assert "Updating an entity failed: ValueError in broken" in caplog.text
    assert "broken listener" not in caplog.text
    assert account.coordinator.stream.state is StreamState.PUSH


# Extensions that need a refresh


@_MOVED_TIME
async def test_minimal_event_is_completed_by_one_request(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Telephony events may leave out the availability, which changes with them."""
    simulator.switches.telephony_bodies = "minimal"
    account = await add_account(hass, simulator)

    call = simulator.ring(to="102", from_="+16505550123")
    simulator.answer(call.telephony_session_id)
    await account.until_shown("102", "telephony_status", "call_connected")
    assert account.shows("102", "presence") == "available"

    freezer.tick(COLLECT_FOR + 0.1)
    await account.until_shown("102", "presence", "busy")
    assert _presence_requests(simulator) == 1


@_MOVED_TIME
async def test_status_without_calls_keeps_the_calls_and_refreshes(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Something has changed about the calls, in an unknown way."""
    account = await add_account(hass, simulator)
    call = simulator.ring(to="102", from_="+16505550123")
    await account.until_shown("102", "telephony_status", "ringing")

    extension_id = simulator.extension("102").id
    simulator.notify({"extensionId": extension_id, "telephonyStatus": "CallConnected"})
    await account.until_shown("102", "telephony_status", "call_connected")
    attributes = account.state("102", "telephony_status").attributes
    assert [c["telephony_session_id"] for c in attributes["active_calls"]] == [
        call.telephony_session_id
    ]

    # REST may list an answered call as ringing for minutes.
    freezer.tick(COLLECT_FOR + 0.1)
    await until(lambda: _presence_requests(simulator) > 0)
    await account.until_all_reported()
    assert account.shows("102", "telephony_status") == "call_connected"


@_MOVED_TIME
async def test_many_incomplete_events_make_few_requests(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """One request for all of them, and no more than three right after each other."""
    account = await add_account(hass, simulator)
    for _ in range(8):
        for user in simulator.users:
            simulator.notify(
                {"extensionId": user.id, "telephonyStatus": "CallConnected"}
            )
        await account.until_all_reported()
        freezer.tick(COLLECT_FOR + 0.1)
        await until(lambda: _presence_requests(simulator) > 0)

    assert _presence_requests(simulator) == 3


@_MOVED_TIME
async def test_failed_request_for_an_extension_is_repeated(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """An error of the platform delays the refresh."""
    simulator.switches.telephony_bodies = "minimal"
    account = await add_account(hass, simulator)
    simulator.fault("error", status=500, path="/restapi/v1.0/account")
    call = simulator.ring(to="102", from_="+16505550123")
    simulator.answer(call.telephony_session_id)
    await account.until_shown("102", "telephony_status", "call_connected")

    freezer.tick(COLLECT_FOR + 0.1)
    await until(lambda: _presence_requests(simulator) == 1)
    assert account.shows("102", "presence") == "available"
    await account.until_all_reported()
    freezer.tick(11)
    await account.until_shown("102", "presence", "busy")


# Polls


@_MOVED_TIME
async def test_overtaken_event_with_more_fields_than_the_newer_one_causes_a_refresh(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A call, overtaken by a change of DnD without calls."""
    account = await add_account(hass, simulator)
    simulator.fault("swap")
    simulator.ring(to="102", from_="+16505550123")
    simulator.change_extension("102", dndStatus="DoNotAcceptAnyCalls")
    await account.until_shown("102", "dnd", "do_not_accept_any_calls")
    await account.until_all_reported()
    assert account.shows("102", "telephony_status") == "no_call"

    await _advance(freezer, [COLLECT_FOR + 0.1])
    await account.until_shown("102", "telephony_status", "ringing")


@_MOVED_TIME
async def test_poll_that_finds_the_lists_unchanged_leaves_the_devices_alone(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Going through all devices with each poll would cost more with each colleague."""
    account = await add_account(hass, simulator, groups=["lines", "favorites"])
    updates: list[None] = []
    remove = account.coordinator.async_add_listener(lambda: updates.append(None))

    for _ in range(2):
        await account.coordinator.async_refresh()
    assert _presence_requests(simulator) == 2
    assert not updates

    simulator.set_favorites("101", ["107"])
    await account.coordinator.async_refresh()
    assert len(updates) == 1
    remove()


# Lists that cannot be followed


async def test_lines_that_must_not_be_read_cost_the_lines_only(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The platform may close this part to an app at any time."""
    simulator.set_lines("101", ["102"])
    account = await add_account(hass, simulator, groups=["lines"], extensions=["103"])
    await hass.config_entries.async_unload(account.entry.entry_id)
    simulator.switches.lines_api = False

    assert await hass.config_entries.async_setup(account.entry.entry_id)

    assert account.coordinator.data.keys() == {simulator.extension("103").id}
    (noted,) = account.coordinator.anomalies.counts
    assert noted.startswith("monitored lines cannot be read")


@_MOVED_TIME
async def test_list_that_cannot_be_read_is_read_later(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """No extension is dropped because the platform was busy."""
    account = await add_account(hass, simulator)
    simulator.fault("error", status=500, count=1, path="/restapi/v1.0/account")
    newcomer = simulator.add_extension(name="Ines Newcomer")
    await account.until_all_reported()
    await _advance(freezer, [COLLECT_FOR + 0.1])
    await until(lambda: any(r.status == 500 for r in simulator.log))
    assert account.shows(newcomer.number, "presence") is None

    await _advance(freezer, [1, 61])
    await until(lambda: account.shows(newcomer.number, "presence") == "available")


@_MOVED_TIME
async def test_newcomer_whose_presence_cannot_be_had_at_once_is_shown_later(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The device is added at once, its states later."""
    account = await add_account(hass, simulator)
    newcomer = simulator.add_extension(name="Ines Newcomer")
    simulator.fault(
        "error",
        status=500,
        count=1,
        path=f"/restapi/v1.0/account/~/extension/{newcomer.id}/presence",
    )
    await account.until_all_reported()
    await _advance(freezer, [COLLECT_FOR + 0.1])
    await account.until_shown(newcomer.number, "presence", STATE_UNAVAILABLE)

    await _advance(freezer, [11])
    await account.until_shown(newcomer.number, "presence", "available")


@_MOVED_TIME
async def test_newcomer_whose_filter_is_refused_is_shown_all_the_same(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """It is requested once a minute instead."""
    account = await add_account(hass, simulator)
    newcomer = simulator.add_extension(name="Ines Newcomer")
    simulator.fault(
        "refuse_filter", filter=newcomer.id, status=400, errorCode="CMN-101"
    )
    await account.until_all_reported()
    await _advance(freezer, [COLLECT_FOR + 0.1])
    await until(lambda: account.shows(newcomer.number, "presence") == "available")
    assert not simulator.faults.as_json()

    simulator.change_extension(newcomer.number, userStatus="Busy")
    await _advance(freezer, [61, 1])
    await until(lambda: account.shows(newcomer.number, "presence") == "busy")


@_MOVED_TIME
async def test_lost_change_of_a_list_is_found_by_the_safety_poll(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Nothing else reads it while updates are pushed."""
    account = await add_account(hass, simulator)
    gone = simulator.extension("106").id
    simulator.fault("lose", count=1)
    simulator.remove_extension("106")
    await account.until_all_reported()
    assert gone in account.coordinator.data

    minutes = int(SAFETY_POLL_INTERVAL.total_seconds() / 60)
    await _advance(freezer, [20] * 3 * (minutes + 1))
    await until(lambda: gone not in account.coordinator.data)


@_MOVED_TIME
async def test_part_of_an_answer_that_failed_is_fetched_again(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """It does not wait for the safety poll."""
    account = await add_account(hass, simulator)
    newcomers = [simulator.add_extension(name=f"Ines {n}") for n in ("One", "Two")]
    busy = ServiceUnavailableError(Reason.SERVER_ERROR, status=503)
    with patch.object(
        account.coordinator.rest,
        "bulk_presence",
        return_value=BulkPresence({}, {newcomer.id: busy for newcomer in newcomers}),
    ):
        await account.until_all_reported()
        await _advance(freezer, [COLLECT_FOR + 0.1])
        await account.until_shown(newcomers[0].number, "presence", STATE_UNAVAILABLE)

    await _advance(freezer, [COLLECT_FOR + 0.1])
    for newcomer in newcomers:
        await account.until_shown(newcomer.number, "presence", "available")


@_MOVED_TIME
async def test_options_changed_during_a_reload_are_not_saved(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """What is saved and what is monitored must be the same."""
    account = await add_account(hass, simulator)
    options, entry_id = hass.config_entries.options, account.entry.entry_id
    form = await options.async_init(entry_id)
    simulator.fault(
        "slow", delay=3, path="/restapi/v1.0/account/~/extension/~/presence/line"
    )
    submitted = hass.async_create_task(
        options.async_configure(
            form["flow_id"], {"groups": ["lines"], "extensions": []}
        )
    )
    await until(lambda: not simulator.faults.as_json())
    assert await hass.config_entries.async_reload(entry_id)

    await _advance(freezer, [3.1])
    result = await submitted

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "not_loaded"
    assert account.entry.options["groups"] == ["everyone"]
    assert account.coordinator.data.keys() == {user.id for user in simulator.users}


@_MOVED_TIME
async def test_parking_a_call_changes_the_availability_too(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Minimal events do not contain it."""
    simulator.switches.telephony_bodies = "minimal"
    account = await add_account(hass, simulator)
    call = simulator.ring(to="102", from_="+16505550123")
    simulator.answer(call.telephony_session_id)
    await _advance(freezer, [COLLECT_FOR + 0.1])
    await account.until_shown("102", "presence", "busy")

    simulator.park(call.telephony_session_id)
    await account.until_shown("102", "telephony_status", "parked_call")
    await _advance(freezer, [11])
    await account.until_shown("102", "presence", "available")


# Credentials that are rejected while running


@pytest.mark.parametrize("meets", ["refetch", "list", "poll", "link"])
@_MOVED_TIME
async def test_rejected_credentials_are_logged_once_and_not_tried_again(
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    meets: str,
) -> None:
    """Each credential is tried once."""
    account = await add_account(hass, simulator)
    freezer.tick(61)
    simulator.fault("token_refused", seconds=7200, error="invalid_grant")
    extension_id = simulator.extension("102").id
    match meets:
        case "refetch":
            simulator.fault("expire_tokens")
            simulator.notify(
                {"extensionId": extension_id, "telephonyStatus": "CallConnected"}
            )
        case "list":
            simulator.fault("expire_tokens")
            simulator.add_extension(name="Ines Newcomer")
        case "poll":
            simulator.fault("expire_tokens")
            await _advance(freezer, [20] * 48)
        case "link":
            simulator.fault("revoke_sessions")
    await _advance(freezer, [COLLECT_FOR + 0.1])
    await until(lambda: "refuses the credentials" in caplog.text or meets == "poll")
    await _advance(freezer, [30] * 20)

    tokens = [r for r in simulator.log if r.path.endswith("/oauth/token")]
    assert len(tokens) == 2
    if meets == "link":
        assert _link(account) == (STATE_OFF, "down")
    ours = [r.getMessage() for r in caplog.records if "ringcentral" in r.name]
    assert sum("refuses the credentials" in message for message in ours) <= 1


@_MOVED_TIME
async def test_renamed_colleague_is_renamed_without_a_reload(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Name and number are the device's; the entities stay the same ones."""
    account = await add_account(hass, simulator)
    entity_id = account.entity_id("102", "presence")

    simulator.change_extension("102", name="Ines Married")
    await account.until_all_reported()
    await _advance(freezer, [COLLECT_FOR + 0.1])

    def name() -> str | None:
        device = account.device("102")
        return device.name if device else None

    await until(lambda: name() == "Ines Married (102)")
    assert account.entity_id("102", "presence") == entity_id

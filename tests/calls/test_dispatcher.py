"""Call events on their way to automations: each once, none before it can be heard."""

import asyncio
from typing import Any
from unittest.mock import patch

from freezegun.api import StepTickTimeFactory
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.calls.dispatcher import (
    SIGNAL_CALL_EVENT,
    CallEventDispatcher,
    keep_dispatcher,
    take_dispatcher,
)
from custom_components.ringcentral.calls.lifecycle import (
    CallEvent,
    CallEventType,
    ExtensionCallEvent,
)
from custom_components.ringcentral.presence.store import PresenceStore
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..strategies import EXTENSION, Json, call_json, snapshot, told

_MOVED_TIME = pytest.mark.freeze_time("2026-03-02 09:00:00", tick=True)

IDLE: Json = {"telephonyStatus": "NoCall", "activeCalls": []}


def in_call(status: str) -> Json:
    """Return what a phone with a call says."""
    return {"telephonyStatus": status, "activeCalls": [call_json(1, status)]}


class House:
    """A reporter at work, and an automation that listens."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Know of an idle phone."""
        self.book = PresenceStore(Anomalies())
        self.book.monitor([EXTENSION])
        self.reporter = CallEventDispatcher(hass, "an-entry")
        self.heard: list[ExtensionCallEvent] = []
        self.heard_here: list[CallEvent] = []
        # Whether an entity of the extension had heard each of them before.
        self.was_known_here: list[bool] = []
        async_dispatcher_connect(hass, SIGNAL_CALL_EVENT, self._hear)
        self.reporter.async_listen(EXTENSION, self._hear_here)
        self.look(**IDLE)
        self.settle()

    @callback
    def _hear(self, report: ExtensionCallEvent) -> None:
        self.heard.append(report)
        self.was_known_here.append(report.event in self.heard_here)

    @callback
    def _hear_here(self, event: CallEvent) -> None:
        self.heard_here.append(event)

    @property
    def types(self) -> list[CallEventType]:
        """What the automation heard."""
        return [report.event.type for report in self.heard]

    def hear(self, sequence: int, **body: Any) -> None:
        """Take an event."""
        change = self.book.apply_event(told(sequence=sequence, **body))
        assert change is not None
        self.reporter.apply(change)

    def look(self, **presence: Any) -> None:
        """Take a snapshot."""
        with self.book.snapshot() as snapshots:
            change = snapshots.apply(snapshot(**presence))
        assert change is not None
        self.reporter.apply(change)

    def settle(self) -> None:
        """Settle what snapshots have told."""
        for change in list(self.reporter.detector.pending_snapshots):
            self.reporter.resolve(change)


async def _pass(
    hass: HomeAssistant, freezer: StepTickTimeFactory, seconds: float
) -> None:
    """Let so much time pass."""
    freezer.tick(seconds)
    await asyncio.sleep(0)
    await hass.async_block_till_done()


@pytest.fixture
def house(hass: HomeAssistant) -> House:
    """Return a house where Home Assistant has not started yet."""
    return House(hass)


async def test_call_event_says_what_happened_to_which_call_at_whose_phone(
    house: House,
) -> None:
    """And which account monitors it."""
    await house.reporter.start()
    house.hear(1, **in_call("Ringing"))
    (report,) = house.heard
    assert (report.entry_id, report.extension_id) == ("an-entry", EXTENSION)
    assert report.event.type is CallEventType.RINGING
    assert report.event.call.telephony_session_id == "s-1"
    assert not report.event.reconstructed


async def test_extension_hears_its_own_events_first(house: House) -> None:
    """Automations may look at its entity, which must show what they hear of."""
    await house.reporter.start()
    house.hear(1, **in_call("Ringing"))
    assert house.heard_here == [house.heard[0].event]
    assert house.was_known_here == [True]


async def test_extension_does_not_hear_of_others(house: House) -> None:
    """Only of what happens at its own phones."""
    heard: list[CallEvent] = []
    house.reporter.async_listen("9", heard.append)
    await house.reporter.start()
    house.hear(1, **in_call("Ringing"))
    assert len(house.heard_here) == 1
    assert heard == []


async def test_entity_that_has_gone_hears_nothing_more_and_its_successor_all(
    house: House,
) -> None:
    """A late farewell of the old one does not silence the new one."""
    former: list[CallEvent] = []
    remove_former = house.reporter.async_listen(EXTENSION, former.append)
    current: list[CallEvent] = []
    remove_current = house.reporter.async_listen(EXTENSION, current.append)
    await house.reporter.start()

    remove_former()
    house.hear(1, **in_call("Ringing"))
    assert (len(former), len(current)) == (0, 1)
    remove_current()
    house.hear(2, **in_call("CallConnected"))
    assert (len(former), len(current)) == (0, 1)
    assert len(house.heard) == 2


async def test_automation_hears_of_a_call_although_its_entity_fails(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says where, and nothing of the call."""

    def fail(event: CallEvent) -> None:
        raise ValueError(event.call.from_)

    house.reporter.async_listen(EXTENSION, fail)
    await house.reporter.start()
    house.hear(1, **in_call("Ringing"))
    assert house.types == [CallEventType.RINGING]
    (line,) = [r.getMessage() for r in caplog.records if r.levelname == "ERROR"]
    assert "ValueError" in line
    assert str(house.heard[0].event.call.from_) not in line


async def test_events_wait_until_automations_listen(house: House) -> None:
    """And then come in order, before any later one, and once."""
    house.hear(1, **in_call("Ringing"))
    house.hear(2, **in_call("CallConnected"))
    house.look(**in_call("OnHold"))
    house.settle()
    assert house.heard == []
    await house.reporter.start()
    assert house.types == [
        CallEventType.RINGING,
        CallEventType.ANSWERED,
        CallEventType.HELD,
    ]
    house.hear(3, **IDLE)
    assert house.types[3:] == [CallEventType.ENDED]
    await house.reporter.start()
    assert len(house.heard) == 4


async def test_events_that_come_while_others_are_sent_wait_for_their_turn(
    hass: HomeAssistant, house: House
) -> None:
    """None is lost, none comes twice, and none overtakes another."""
    house.hear(1, **in_call("Ringing"))
    house.hear(2, **in_call("CallConnected"))
    start = hass.async_create_task(house.reporter.start())
    house.hear(3, **in_call("OnHold"))
    assert house.heard == []
    await start
    house.hear(4, **IDLE)
    assert house.types == [
        CallEventType.RINGING,
        CallEventType.ANSWERED,
        CallEventType.HELD,
        CallEventType.ENDED,
    ]


async def test_sending_gives_way_to_others(hass: HomeAssistant, house: House) -> None:
    """Between any two, if one takes long."""
    house.hear(1, **in_call("Ringing"))
    house.hear(2, **in_call("CallConnected"))
    with patch("custom_components.ringcentral.api.yielding.TURN", 0):
        start = hass.async_create_task(house.reporter.start())
        await asyncio.sleep(0)
        assert house.types == [CallEventType.RINGING]
        house.hear(3, **IDLE)
        await start
    assert house.types == [
        CallEventType.RINGING,
        CallEventType.ANSWERED,
        CallEventType.ENDED,
    ]


@_MOVED_TIME
async def test_end_of_the_run_sends_the_rest_first(
    hass: HomeAssistant, house: House
) -> None:
    """Also if that has just begun; rings that have stopped come last."""
    house.hear(1, **in_call("Ringing"))
    house.hear(2, **IDLE)
    start = hass.async_create_task(house.reporter.start())
    await house.reporter.flush()
    assert house.types == [CallEventType.RINGING, CallEventType.MISSED]
    await start
    assert len(house.heard) == 2


@_MOVED_TIME
async def test_end_of_a_run_that_nobody_has_heard_sends_nothing(house: House) -> None:
    """Automations did not listen yet; the next run may go on with it."""
    house.hear(1, **in_call("Ringing"))
    house.hear(2, **IDLE)
    await house.reporter.flush()
    assert house.heard == []
    await house.reporter.start()
    assert house.types == [CallEventType.RINGING, CallEventType.MISSED]


@_MOVED_TIME
async def test_ring_that_stops_is_missed_after_three_seconds(
    hass: HomeAssistant, house: House, freezer: StepTickTimeFactory
) -> None:
    """No sooner: it may go on."""
    await house.reporter.start()
    house.hear(1, **in_call("Ringing"))
    house.hear(2, **IDLE)
    await _pass(hass, freezer, 2.5)
    assert house.types == [CallEventType.RINGING]
    await _pass(hass, freezer, 1)
    assert house.types == [CallEventType.RINGING, CallEventType.MISSED]
    await _pass(hass, freezer, 10)
    assert len(house.heard) == 2


@_MOVED_TIME
async def test_ring_that_goes_on_is_missed_three_seconds_after_its_last_stop(
    hass: HomeAssistant, house: House, freezer: StepTickTimeFactory
) -> None:
    """Its first stop is of no account any more."""
    await house.reporter.start()
    house.hear(1, **in_call("Ringing"))
    house.hear(2, **IDLE)
    await _pass(hass, freezer, 2)
    house.hear(3, **in_call("Ringing"))
    await _pass(hass, freezer, 1)
    house.hear(4, **IDLE)
    await _pass(hass, freezer, 2)
    assert house.types == [CallEventType.RINGING]
    await _pass(hass, freezer, 2)
    assert house.types == [CallEventType.RINGING, CallEventType.MISSED]


@_MOVED_TIME
async def test_call_that_goes_on_after_its_ring_stopped_is_not_missed(
    hass: HomeAssistant, house: House, freezer: StepTickTimeFactory
) -> None:
    """It was passed from one device to the next."""
    await house.reporter.start()
    house.hear(1, **in_call("Ringing"))
    house.hear(2, **IDLE)
    house.hear(3, **in_call("CallConnected"))
    await _pass(hass, freezer, 10)
    assert house.types == [CallEventType.RINGING, CallEventType.ANSWERED]


@_MOVED_TIME
async def test_end_of_the_run_does_not_wait_whether_a_ring_goes_on(
    hass: HomeAssistant, house: House, freezer: StepTickTimeFactory
) -> None:
    """It is missed at once, and once."""
    await house.reporter.start()
    house.hear(1, **in_call("Ringing"))
    house.hear(2, **IDLE)
    await house.reporter.flush()
    assert house.types == [CallEventType.RINGING, CallEventType.MISSED]
    await _pass(hass, freezer, 10)
    await house.reporter.flush()
    assert len(house.heard) == 2


@_MOVED_TIME
async def test_extension_that_has_left_misses_nothing(
    hass: HomeAssistant, house: House, freezer: StepTickTimeFactory
) -> None:
    """Nobody is told of it any more."""
    await house.reporter.start()
    house.hear(1, **in_call("Ringing"))
    house.hear(2, **IDLE)
    house.reporter.detector.forget(EXTENSION)
    await _pass(hass, freezer, 10)
    assert house.types == [CallEventType.RINGING]


async def test_snapshot_is_reported_when_it_is_settled(house: House) -> None:
    """Marked as reconstructed."""
    await house.reporter.start()
    house.hear(1, **in_call("Ringing"))
    house.look(**IDLE)
    assert house.types == [CallEventType.RINGING]
    house.settle()
    house.settle()
    assert house.types == [CallEventType.RINGING, CallEventType.ENDED]
    assert house.heard[-1].event.reconstructed
    assert house.heard[-1].extension_id == EXTENSION


async def test_start_without_anything_waiting_reports_nothing(house: House) -> None:
    """The phones were quiet."""
    await house.reporter.start()
    assert house.heard == []


async def test_reporter_of_a_set_up_that_failed_is_gone_on_with_once(
    hass: HomeAssistant, house: House
) -> None:
    """By the next set-up of the same entry."""
    house.hear(1, **in_call("Ringing"))
    keep_dispatcher(hass, "an-entry", house.reporter)

    assert take_dispatcher(hass, "another-entry") is not house.reporter
    kept = take_dispatcher(hass, "an-entry")
    assert kept is house.reporter
    assert take_dispatcher(hass, "an-entry") is not house.reporter
    await kept.start()
    assert house.types == [CallEventType.RINGING]

"""Dispatching of call events to the event entity and to triggers."""

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

from ..strategies import EXTENSION, Json, call_json, presence_event, snapshot

_FROZEN_TIME = pytest.mark.freeze_time("2026-03-02 09:00:00", tick=True)

IDLE: Json = {"telephonyStatus": "NoCall", "activeCalls": []}


def in_call(status: str) -> Json:
    return {"telephonyStatus": status, "activeCalls": [call_json(1, status)]}


class Rig:
    """Presence store and dispatcher, with all call events sent."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize with a snapshot of an idle phone."""
        self.store = PresenceStore(Anomalies())
        self.store.monitor([EXTENSION])
        self.dispatcher = CallEventDispatcher(hass, "an-entry")
        self.signals: list[ExtensionCallEvent] = []
        self.entity_events: list[CallEvent] = []
        # Whether the event entity received each of them before.
        self.was_entity_first: list[bool] = []
        async_dispatcher_connect(hass, SIGNAL_CALL_EVENT, self._handle_signal)
        self.dispatcher.async_listen(EXTENSION, self._handle_entity_event)
        self.apply_snapshot(**IDLE)
        self.resolve()

    @callback
    def _handle_signal(self, call_event: ExtensionCallEvent) -> None:
        self.signals.append(call_event)
        self.was_entity_first.append(call_event.event in self.entity_events)

    @callback
    def _handle_entity_event(self, event: CallEvent) -> None:
        self.entity_events.append(event)

    @property
    def types(self) -> list[CallEventType]:
        """Types of the call events sent to triggers."""
        return [call_event.event.type for call_event in self.signals]

    def apply_event(self, sequence: int, **body: Any) -> None:
        """Apply a notification."""
        change = self.store.apply_event(presence_event(sequence=sequence, **body))
        assert change is not None
        self.dispatcher.apply(change)

    def apply_snapshot(self, **presence: Any) -> None:
        """Apply a snapshot."""
        with self.store.snapshot() as snapshots:
            change = snapshots.apply(snapshot(**presence))
        assert change is not None
        self.dispatcher.apply(change)

    def resolve(self) -> None:
        """Resolve all snapshots."""
        for change in list(self.dispatcher.detector.pending_snapshots):
            self.dispatcher.resolve(change)


async def _advance(
    hass: HomeAssistant, freezer: StepTickTimeFactory, seconds: float
) -> None:
    freezer.tick(seconds)
    await asyncio.sleep(0)
    await hass.async_block_till_done()


@pytest.fixture
def rig(hass: HomeAssistant) -> Rig:
    """Return a dispatcher that has not started."""
    return Rig(hass)


async def test_call_event_contains_type_call_extension_and_entry(
    rig: Rig,
) -> None:
    await rig.dispatcher.start()
    rig.apply_event(1, **in_call("Ringing"))
    (call_event,) = rig.signals
    assert (call_event.entry_id, call_event.extension_id) == ("an-entry", EXTENSION)
    assert call_event.event.type is CallEventType.RINGING
    assert call_event.event.call.telephony_session_id == "s-1"
    assert not call_event.event.reconstructed


async def test_event_entity_receives_an_event_before_triggers(rig: Rig) -> None:
    """Automations may read its state."""
    await rig.dispatcher.start()
    rig.apply_event(1, **in_call("Ringing"))
    assert rig.entity_events == [rig.signals[0].event]
    assert rig.was_entity_first == [True]


async def test_event_entity_does_not_receive_events_of_other_extensions(
    rig: Rig,
) -> None:
    events: list[CallEvent] = []
    rig.dispatcher.async_listen("9", events.append)
    await rig.dispatcher.start()
    rig.apply_event(1, **in_call("Ringing"))
    assert len(rig.entity_events) == 1
    assert events == []


async def test_call_queued_at_set_up_waits_for_the_event_entity_of_a_new_extension(
    rig: Rig,
) -> None:
    """The extension was added to the roster while the others were set up."""
    rig.dispatcher.hold([EXTENSION])
    rig.apply_event(1, **in_call("Ringing"))
    await rig.dispatcher.start()
    rig.apply_event(2, **in_call("CallConnected"))
    assert rig.types == []
    rig.dispatcher.release(EXTENSION)
    assert rig.types == [CallEventType.RINGING, CallEventType.ANSWERED]
    assert rig.was_entity_first == [True, True]


async def test_removed_entity_receives_nothing_and_its_successor_everything(
    rig: Rig,
) -> None:
    """Removing the former listener late does not remove its successor."""
    former: list[CallEvent] = []
    remove_former = rig.dispatcher.async_listen(EXTENSION, former.append)
    current: list[CallEvent] = []
    remove_current = rig.dispatcher.async_listen(EXTENSION, current.append)
    await rig.dispatcher.start()

    remove_former()
    rig.apply_event(1, **in_call("Ringing"))
    assert (len(former), len(current)) == (0, 1)
    remove_current()
    rig.apply_event(2, **in_call("CallConnected"))
    assert (len(former), len(current)) == (0, 1)
    assert len(rig.signals) == 2


async def test_triggers_receive_an_event_although_the_entity_fails(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """The log contains the error's type, and nothing of the call."""

    def fail(event: CallEvent) -> None:
        raise ValueError(event.call.from_)

    rig.dispatcher.async_listen(EXTENSION, fail)
    await rig.dispatcher.start()
    rig.apply_event(1, **in_call("Ringing"))
    assert rig.types == [CallEventType.RINGING]
    (line,) = [r.getMessage() for r in caplog.records if r.levelname == "ERROR"]
    assert "ValueError" in line
    assert str(rig.signals[0].event.call.from_) not in line


async def test_event_is_counted_before_entities_and_triggers_receive_it(
    hass: HomeAssistant, rig: Rig
) -> None:
    """Automations may read the counts."""
    counts = rig.dispatcher.counts
    counts.set_members("sales", {EXTENSION})
    seen: list[int] = []

    @callback
    def read(_event: CallEvent | ExtensionCallEvent) -> None:
        seen.append(counts.counts("sales").incoming)

    rig.dispatcher.async_listen(EXTENSION, read)
    rig.dispatcher.async_listen_scope("sales", read)
    async_dispatcher_connect(hass, SIGNAL_CALL_EVENT, read)
    await rig.dispatcher.start()
    rig.apply_event(1, **in_call("Ringing"))
    assert seen == [1, 1, 1]


async def test_group_receives_each_event_of_a_call_as_the_group_sees_it(
    rig: Rig,
) -> None:
    """The call continues at another of the group."""
    group: list[CallEventType] = []
    other: list[CallEventType] = []
    counts = rig.dispatcher.counts
    counts.set_members("sales", {EXTENSION, "9"})
    counts.set_members("support", {"9"})
    rig.dispatcher.async_listen_scope("sales", lambda event: group.append(event.type))
    rig.dispatcher.async_listen_scope("support", lambda event: other.append(event.type))
    await rig.dispatcher.start()
    rig.apply_event(1, **in_call("Ringing"))
    counts.count("9", rig.signals[0].event)
    rig.apply_event(2, **IDLE)
    await rig.dispatcher.flush()
    assert rig.types == [CallEventType.RINGING, CallEventType.MISSED]
    assert group == [CallEventType.RINGING]
    assert other == []


async def test_triggers_receive_an_event_although_the_group_fails(rig: Rig) -> None:
    def fail(_event: CallEvent) -> None:
        raise ValueError

    rig.dispatcher.counts.set_members("sales", {EXTENSION})
    rig.dispatcher.async_listen_scope("sales", fail)
    await rig.dispatcher.start()
    rig.apply_event(1, **in_call("Ringing"))
    assert rig.types == [CallEventType.RINGING]


async def test_event_that_waits_is_counted_when_it_is_sent(rig: Rig) -> None:
    counts = rig.dispatcher.counts
    counts.set_members("sales", {EXTENSION})
    rig.dispatcher.hold([EXTENSION])
    rig.apply_event(1, **in_call("Ringing"))
    await rig.dispatcher.start()
    assert counts.counts("sales").incoming == 0
    rig.dispatcher.release(EXTENSION)
    assert counts.counts("sales").incoming == 1


async def test_events_are_queued_until_the_start(rig: Rig) -> None:
    """Then they are sent once, in order, before later ones."""
    rig.apply_event(1, **in_call("Ringing"))
    rig.apply_event(2, **in_call("CallConnected"))
    rig.apply_snapshot(**in_call("OnHold"))
    rig.resolve()
    assert rig.signals == []
    await rig.dispatcher.start()
    assert rig.types == [
        CallEventType.RINGING,
        CallEventType.ANSWERED,
        CallEventType.HELD,
    ]
    rig.apply_event(3, **IDLE)
    assert rig.types[3:] == [CallEventType.ENDED]
    await rig.dispatcher.start()
    assert len(rig.signals) == 4


async def test_events_while_the_queue_is_sent_keep_their_order(
    hass: HomeAssistant, rig: Rig
) -> None:
    rig.apply_event(1, **in_call("Ringing"))
    rig.apply_event(2, **in_call("CallConnected"))
    start = hass.async_create_task(rig.dispatcher.start())
    rig.apply_event(3, **in_call("OnHold"))
    assert rig.signals == []
    await start
    rig.apply_event(4, **IDLE)
    assert rig.types == [
        CallEventType.RINGING,
        CallEventType.ANSWERED,
        CallEventType.HELD,
        CallEventType.ENDED,
    ]


async def test_sending_the_queue_yields_to_the_event_loop(
    hass: HomeAssistant, rig: Rig
) -> None:
    rig.apply_event(1, **in_call("Ringing"))
    rig.apply_event(2, **in_call("CallConnected"))
    with patch("custom_components.ringcentral.api.clock.TIME_SLICE", 0):
        start = hass.async_create_task(rig.dispatcher.start())
        await asyncio.sleep(0)
        assert rig.types == [CallEventType.RINGING]
        rig.apply_event(3, **IDLE)
        await start
    assert rig.types == [
        CallEventType.RINGING,
        CallEventType.ANSWERED,
        CallEventType.ENDED,
    ]


@_FROZEN_TIME
async def test_flush_sends_the_queue_first(hass: HomeAssistant, rig: Rig) -> None:
    """Also if it has just started; pending missed calls are sent last."""
    rig.apply_event(1, **in_call("Ringing"))
    rig.apply_event(2, **IDLE)
    start = hass.async_create_task(rig.dispatcher.start())
    await rig.dispatcher.flush()
    assert rig.types == [CallEventType.RINGING, CallEventType.MISSED]
    await start
    assert len(rig.signals) == 2


@_FROZEN_TIME
async def test_flush_before_the_start_sends_nothing(rig: Rig) -> None:
    """The next set-up may continue with its events."""
    rig.apply_event(1, **in_call("Ringing"))
    rig.apply_event(2, **IDLE)
    await rig.dispatcher.flush()
    assert rig.signals == []
    await rig.dispatcher.start()
    assert rig.types == [CallEventType.RINGING, CallEventType.MISSED]


@_FROZEN_TIME
async def test_ring_that_stops_is_missed_after_three_seconds(
    hass: HomeAssistant, rig: Rig, freezer: StepTickTimeFactory
) -> None:
    await rig.dispatcher.start()
    rig.apply_event(1, **in_call("Ringing"))
    rig.apply_event(2, **IDLE)
    await _advance(hass, freezer, 2.5)
    assert rig.types == [CallEventType.RINGING]
    await _advance(hass, freezer, 1)
    assert rig.types == [CallEventType.RINGING, CallEventType.MISSED]
    await _advance(hass, freezer, 10)
    assert len(rig.signals) == 2


@_FROZEN_TIME
async def test_ring_that_continues_is_missed_three_seconds_after_its_last_stop(
    hass: HomeAssistant, rig: Rig, freezer: StepTickTimeFactory
) -> None:
    await rig.dispatcher.start()
    rig.apply_event(1, **in_call("Ringing"))
    rig.apply_event(2, **IDLE)
    await _advance(hass, freezer, 2)
    rig.apply_event(3, **in_call("Ringing"))
    await _advance(hass, freezer, 1)
    rig.apply_event(4, **IDLE)
    await _advance(hass, freezer, 2)
    assert rig.types == [CallEventType.RINGING]
    await _advance(hass, freezer, 2)
    assert rig.types == [CallEventType.RINGING, CallEventType.MISSED]


@_FROZEN_TIME
async def test_call_that_is_answered_after_its_ring_stopped_is_not_missed(
    hass: HomeAssistant, rig: Rig, freezer: StepTickTimeFactory
) -> None:
    """It was passed from one device to the next."""
    await rig.dispatcher.start()
    rig.apply_event(1, **in_call("Ringing"))
    rig.apply_event(2, **IDLE)
    rig.apply_event(3, **in_call("CallConnected"))
    await _advance(hass, freezer, 10)
    assert rig.types == [CallEventType.RINGING, CallEventType.ANSWERED]


@_FROZEN_TIME
async def test_flush_sends_pending_missed_calls_at_once(
    hass: HomeAssistant, rig: Rig, freezer: StepTickTimeFactory
) -> None:
    await rig.dispatcher.start()
    rig.apply_event(1, **in_call("Ringing"))
    rig.apply_event(2, **IDLE)
    await rig.dispatcher.flush()
    assert rig.types == [CallEventType.RINGING, CallEventType.MISSED]
    await _advance(hass, freezer, 10)
    await rig.dispatcher.flush()
    assert len(rig.signals) == 2


@_FROZEN_TIME
async def test_extension_no_longer_monitored_misses_nothing(
    hass: HomeAssistant, rig: Rig, freezer: StepTickTimeFactory
) -> None:
    await rig.dispatcher.start()
    rig.apply_event(1, **in_call("Ringing"))
    rig.apply_event(2, **IDLE)
    rig.dispatcher.detector.forget(EXTENSION)
    await _advance(hass, freezer, 10)
    assert rig.types == [CallEventType.RINGING]


async def test_events_of_a_snapshot_are_sent_when_it_is_resolved(rig: Rig) -> None:
    await rig.dispatcher.start()
    rig.apply_event(1, **in_call("Ringing"))
    rig.apply_snapshot(**IDLE)
    assert rig.types == [CallEventType.RINGING]
    rig.resolve()
    rig.resolve()
    await rig.dispatcher.flush()
    assert rig.types == [CallEventType.RINGING, CallEventType.ENDED]
    assert rig.signals[-1].event.reconstructed
    assert rig.signals[-1].extension_id == EXTENSION


async def test_start_with_an_empty_queue_sends_nothing(rig: Rig) -> None:
    await rig.dispatcher.start()
    assert rig.signals == []


async def test_dispatcher_of_a_failed_set_up_is_used_once_more(
    hass: HomeAssistant, rig: Rig
) -> None:
    """By the next set-up of the same entry."""
    rig.apply_event(1, **in_call("Ringing"))
    keep_dispatcher(hass, "an-entry", rig.dispatcher)

    assert take_dispatcher(hass, "another-entry") is not rig.dispatcher
    kept = take_dispatcher(hass, "an-entry")
    assert kept is rig.dispatcher
    assert take_dispatcher(hass, "an-entry") is not rig.dispatcher
    await kept.start()
    assert rig.types == [CallEventType.RINGING]

"""Call events on their way to automations: each once, none before it can be heard."""

from typing import Any

import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.calls import CallEventType, CallReport
from custom_components.ringcentral.const import SIGNAL_CALL_EVENT
from custom_components.ringcentral.presence import PresenceBook
from custom_components.ringcentral.reporting import (
    CallReporter,
    keep_reporter,
    take_reporter,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from .strategies import EXTENSION, Json, call_json, snapshot, told

IDLE: Json = {"telephonyStatus": "NoCall", "activeCalls": []}


def in_call(status: str) -> Json:
    """Return what a phone with a call says."""
    return {"telephonyStatus": status, "activeCalls": [call_json(1, status)]}


class House:
    """A reporter at work, and an automation that listens."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Know of an idle phone."""
        self.book = PresenceBook(Anomalies())
        self.book.monitor([EXTENSION])
        self.reporter = CallReporter(hass, "an-entry")
        self.heard: list[CallReport] = []
        async_dispatcher_connect(hass, SIGNAL_CALL_EVENT, self._hear)
        self.look(**IDLE)
        self.settle()

    @callback
    def _hear(self, report: CallReport) -> None:
        self.heard.append(report)

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
        with self.book.fetching() as snapshots:
            change = snapshots.apply(snapshot(**presence))
        assert change is not None
        self.reporter.apply(change)

    def settle(self) -> None:
        """Settle what snapshots have told."""
        for change in list(self.reporter.log.unsettled):
            self.reporter.settle(change)


@pytest.fixture
def house(hass: HomeAssistant) -> House:
    """Return a house where Home Assistant has not started yet."""
    return House(hass)


async def test_call_event_says_what_happened_to_which_call_at_whose_phone(
    house: House,
) -> None:
    """And which account monitors it."""
    house.reporter.start()
    house.hear(1, **in_call("Ringing"))
    (report,) = house.heard
    assert (report.entry_id, report.extension_id) == ("an-entry", EXTENSION)
    assert report.event.type is CallEventType.RINGING
    assert report.event.call.telephony_session_id == "s-1"
    assert not report.event.reconstructed


async def test_events_wait_until_automations_listen(house: House) -> None:
    """And then come in order, before any later one, and once."""
    house.hear(1, **in_call("Ringing"))
    house.hear(2, **in_call("CallConnected"))
    house.look(**in_call("OnHold"))
    house.settle()
    assert house.heard == []
    house.reporter.start()
    assert house.types == [
        CallEventType.RINGING,
        CallEventType.ANSWERED,
        CallEventType.HELD,
    ]
    house.hear(3, **IDLE)
    assert house.types[3:] == [CallEventType.ENDED]
    house.reporter.start()
    assert len(house.heard) == 4


async def test_snapshot_is_reported_when_it_is_settled(house: House) -> None:
    """Marked as reconstructed."""
    house.reporter.start()
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
    house.reporter.start()
    assert house.heard == []


async def test_reporter_of_a_set_up_that_failed_is_gone_on_with_once(
    hass: HomeAssistant, house: House
) -> None:
    """By the next set-up of the same entry."""
    house.hear(1, **in_call("Ringing"))
    keep_reporter(hass, "an-entry", house.reporter)

    assert take_reporter(hass, "another-entry") is not house.reporter
    kept = take_reporter(hass, "an-entry")
    assert kept is house.reporter
    assert take_reporter(hass, "an-entry") is not house.reporter
    kept.start()
    assert house.types == [CallEventType.RINGING]

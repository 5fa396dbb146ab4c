"""Call events of histories of calls.

The table of histories is tested with parser, store and detector; histories of
notifications only also from a simulated platform to the event entities.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from hypothesis import given, settings, strategies as st
from msgspec.structs import astuple
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.clock import Instant
from custom_components.ringcentral.api.models.notifications import PresenceEvent
from custom_components.ringcentral.calls.dispatcher import SIGNAL_CALL_EVENT
from custom_components.ringcentral.calls.lifecycle import (
    CallEvent,
    CallEventType,
    ExtensionCallEvent,
)
from custom_components.ringcentral.calls.tracker import MAX_RING_PAUSE
from custom_components.ringcentral.presence.store import PresenceStore
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util
from simulator import IllegalMoveError, Simulator, Switches
from simulator.company.calls import MOVES

from ..clockwork import Clockwork
from ..common import add_account
from ..strategies import MIDNIGHT
from ..switchboard import NUMBERS, Side, Switchboard
from .call_histories import (
    PHONES,
    History,
    Message,
    Pause,
    Recorder,
    as_text,
    ended,
    event_at,
    events_of,
    ringing,
)
from .call_history_table import HISTORIES

_OVER_THE_WIRE: Final = [
    name
    for name, (history, _) in HISTORIES.items()
    # This one leads to a request by REST.
    if "without a list" not in name or name == "ended without a list"
    if all(
        isinstance(s, Pause) or (isinstance(s, Message) and s.by == "event")
        for s in history
    )
]


def _assert_events(events: Iterable[str], expected: Iterable[str]) -> None:
    """Compare call events; durations only where they are expected."""
    expected = list(expected)
    shortened = [
        text if len(wanted.split()) > 2 else text.rpartition(" ")[0]
        for text, wanted in zip_longest(events, expected, fillvalue="nothing - -")
    ]
    assert shortened == expected


@pytest.mark.parametrize(
    ("history", "expected"), HISTORIES.values(), ids=HISTORIES.keys()
)
def test_history_has_exactly_these_call_events(
    history: History, expected: list[str]
) -> None:
    events = events_of(history, MIDNIGHT)
    _assert_events(
        [as_text(phone, event, with_durations=True) for phone, event in events],
        expected,
    )


@pytest.mark.freeze_time("2026-03-02 09:00:00", tick=True)
@pytest.mark.parametrize("name", _OVER_THE_WIRE)
async def test_history_from_the_platform_has_these_events_at_the_entities(
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    name: str,
) -> None:
    history, expected = HISTORIES[name]
    numbers = dict(zip(PHONES, ("102", "103", "104"), strict=True))
    account = await add_account(hass, simulator, groups=[], extensions=numbers.values())
    phones = {simulator.extension(n).id: PHONES[p] for p, n in numbers.items()}
    events: list[str] = []
    shown: list[str] = []

    @callback
    def handle_event(call_event: ExtensionCallEvent) -> None:
        extension_id = phones[call_event.extension_id]
        events.append(as_text(extension_id, call_event.event, with_durations=True))

    @callback
    def handle_state(event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        assert state is not None
        shown.append(state.attributes["event_type"])

    stop = async_dispatcher_connect(hass, SIGNAL_CALL_EVENT, handle_event)
    entity_ids = [account.entity_id(n, "calls", "event") for n in numbers.values()]
    async_track_state_change_event(hass, [str(i) for i in entity_ids], handle_state)
    clockwork = Clockwork(freezer)
    # After the first snapshot.
    begin = dt_util.utcnow() + timedelta(minutes=1)
    starts: dict[str, datetime] = {}
    pause = MAX_RING_PAUSE.total_seconds() + 1
    for step in history:
        if isinstance(step, Message):
            extension = simulator.extension(numbers[step.phone])
            time = begin + timedelta(seconds=step.seconds)
            simulator.notify(
                {
                    "extensionId": extension.id,
                    # Without it, presence is requested by REST, which has no calls.
                    "presenceStatus": "Available",
                    **step.body(begin, starts),
                },
                **{"timestamp": time.isoformat(), **step.envelope},
            )
        else:
            await account.until_all_reported()
            await clockwork.advance(pause)
    await account.until_all_reported()
    await clockwork.advance(pause)
    stop()

    _assert_events(events, expected)
    assert shown == [event.split()[1].rstrip("*~") for event in events]


# --------------------------------------------------------------------------------------
# Any history that the simulator's call engine can make

# Events that may follow an event of the same call.
_NEXT: Final[dict[CallEventType | None, set[CallEventType]]] = {
    None: {CallEventType.RINGING, CallEventType.DIALING},
    CallEventType.RINGING: {CallEventType.ANSWERED, CallEventType.MISSED},
    CallEventType.DIALING: {CallEventType.ANSWERED, CallEventType.ENDED},
    CallEventType.ANSWERED: {
        CallEventType.HELD,
        CallEventType.PARKED,
        CallEventType.ENDED,
    },
    CallEventType.HELD: {
        CallEventType.RESUMED,
        CallEventType.PARKED,
        CallEventType.ENDED,
    },
    CallEventType.RESUMED: {
        CallEventType.HELD,
        CallEventType.PARKED,
        CallEventType.ENDED,
    },
    CallEventType.PARKED: {CallEventType.UNPARKED, CallEventType.ENDED},
    CallEventType.UNPARKED: {
        CallEventType.HELD,
        CallEventType.PARKED,
        CallEventType.ENDED,
    },
    CallEventType.MISSED: set(),
    CallEventType.ENDED: set(),
}

_SWITCHES: Final = st.builds(
    Switches,
    telephony_bodies=st.sampled_from(["full", "minimal"]),
    presence_bodies=st.sampled_from(["partial", "full"]),
    sequence=st.sampled_from(["shared", "gapless"]),
    extension_id_type=st.sampled_from(["string", "number"]),
    call_id_changes=st.booleans(),
    termination_type=st.booleans(),
    total_counts_ended=st.booleans(),
    call_info=st.booleans(),
    unknown_values=st.booleans(),
    extra_fields=st.booleans(),
)
_CALLS_AT_MOST: Final = 4
_PAUSES: Final = st.sampled_from([0, 0.001, 0.25, 1, 2.5, 4, 60])


def _act(board: Switchboard, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
    """Do something that users do with phones, if it is possible."""
    simulator = board.simulator
    calls = list(simulator.account.calls)
    number = draw(st.sampled_from(NUMBERS))
    match draw(st.sampled_from(["call", "move", "move", "move", "decline", "set"])):
        case "call" if len(calls) < _CALLS_AT_MOST:
            called = draw(st.lists(st.sampled_from(NUMBERS), unique=True))
            is_caller = not called or draw(st.booleans())
            if is_caller and any(
                [party.from_number, party.to_number] == [*called[:1], number]
                for call in calls
                for party in call.parties
            ):
                # Who is called calls already: like the two legs of an own RingOut.
                return
            simulator.account.calls.start(
                caller=simulator.extension(number) if is_caller else None,
                called=[simulator.extension(n) for n in called],
                from_number=number if is_caller else "+15551230001",
                from_name=None,
                to_number=called[0] if called else "+15551230002",
                to_name=None,
                queue_call=len(called) > 1,
            )
        case "move" if calls:
            call = draw(st.sampled_from(calls))
            party = draw(st.sampled_from(call.parties))
            with suppress(IllegalMoveError):
                simulator.account.calls.move(
                    call.id, draw(st.sampled_from(MOVES)), party.extension_id
                )
        case "decline" if calls:
            call = draw(st.sampled_from(calls))
            party = draw(st.sampled_from(call.parties))
            with suppress(IllegalMoveError):
                simulator.account.calls.decline(call.id, party.extension_id)
        case "set":
            dnd = draw(st.sampled_from(["TakeAllCalls", "DoNotAcceptAnyCalls"]))
            simulator.change_extension(number, dndStatus=dnd)


def _by_side(reported: Iterable[tuple[str, CallEvent]]) -> dict[Side, list[CallEvent]]:
    """Return the call events of each party."""
    sides: dict[Side, list[CallEvent]] = {}
    for extension_id, event in reported:
        side = extension_id, str(event.call.party_id)
        sides.setdefault(side, []).append(event)
    return sides


@settings(max_examples=150)
@given(_SWITCHES, st.integers(1, 30), st.data())
def test_all_events_are_reported_once_in_order_with_their_times(
    switches: Switches, count: int, data: st.DataObject
) -> None:
    board = Switchboard(switches)
    recorder = Recorder(board.extension_ids)
    with board.running():
        for snapshot in board.snapshots():
            recorder.apply_snapshot(snapshot)
        for _ in range(count):
            board.seconds += data.draw(_PAUSES)
            _act(board, data.draw)
            for sent in board.sent():
                recorder.apply_event(sent)
    recorder.expire_rings()

    reported = _by_side(recorder.events)
    for side, events in reported.items():
        last = None
        for event in events:
            assert event.type in _NEXT[last], side
            last = event.type
    assert {s: [e.type for e in events] for s, events in reported.items()} == {
        s: [happened.kind for happened in happenings]
        for s, happenings in board.expected.items()
    }
    for side, events in reported.items():
        for event, happened in zip(events, board.expected[side], strict=True):
            assert not event.reconstructed
            assert event.time is not None
            assert abs(event.time - happened.time) <= timedelta(milliseconds=1)
            assert astuple(event.durations) == pytest.approx(
                happened.durations, abs=0.02
            )


@settings(max_examples=150)
@given(_SWITCHES, st.integers(1, 30), st.data())
def test_lost_messages_lead_to_no_invented_or_repeated_event(
    switches: Switches, count: int, data: st.DataObject
) -> None:
    board = Switchboard(switches)
    recorder = Recorder(board.extension_ids)
    late: list[PresenceEvent] = []
    with board.running():
        for _ in range(count):
            board.seconds += data.draw(_PAUSES)
            _act(board, data.draw)
            for sent in board.sent():
                match data.draw(st.sampled_from(["in time", "lost", "twice", "late"])):
                    case "in time":
                        recorder.apply_event(sent)
                    case "twice":
                        recorder.apply_event(sent)
                        recorder.apply_event(sent)
                    case "late":
                        late.append(sent)
                        continue
                while late:
                    recorder.apply_event(late.pop())
            match data.draw(
                st.sampled_from(["continue", "continue", "snapshot", "pause"])
            ):
                case "snapshot":
                    # Messages in transit are lost.
                    late.clear()
                    for snapshot in board.snapshots():
                        recorder.apply_snapshot(snapshot)
                case "pause":
                    recorder.expire_rings()
        board.seconds += 60
        for snapshot in board.snapshots():
            recorder.apply_snapshot(snapshot)
    recorder.expire_rings()

    for side, events in _by_side(recorder.events).items():
        expected = [
            _missed_as_ended(happened.kind) for happened in board.expected[side]
        ]
        types = [_missed_as_ended(event.type) for event in events]
        rest = iter(expected)
        assert all(kind in rest for kind in types), side
        assert types.count(CallEventType.ENDED) == expected.count(CallEventType.ENDED)


def _missed_as_ended(kind: CallEventType) -> CallEventType:
    """Return `ended` for `missed`: whether a call was answered may be unknown."""
    return CallEventType.ENDED if kind is CallEventType.MISSED else kind


@given(
    st.lists(
        st.tuples(st.sampled_from([0.2, 1.0, 8.0]), st.sampled_from([0.1, 3.0, 3.1])),
        min_size=1,
        max_size=6,
    )
)
def test_ring_with_pauses_of_up_to_three_seconds_is_one_ring(
    rings: list[tuple[float, float]],
) -> None:
    history: list[Message] = []
    seconds = 0.0
    for length, pause in rings:
        history += [
            event_at(seconds, "A", ringing("A1")),
            event_at(seconds + length, "A", ended("A1")),
        ]
        seconds = round(seconds + length + pause, 3)
    number = 1 + sum(pause > 3 for _, pause in rings[:-1])
    types = [event.type for _, event in events_of(history, MIDNIGHT)]
    assert types == [CallEventType.RINGING, CallEventType.MISSED] * number


@pytest.mark.freeze_time(MIDNIGHT)
@given(_SWITCHES, st.integers(1, 30), st.booleans(), st.data())
def test_times_of_calls_are_those_of_their_last_changes(
    switches: Switches, count: int, has_snapshots: bool, data: st.DataObject
) -> None:
    """Snapshots in between change no time, and show the time of no other change."""
    board = Switchboard(switches)
    store = PresenceStore(Anomalies())
    store.monitor(board.extension_ids)
    store.call_times.is_pushed = True

    def apply_snapshots() -> None:
        with store.snapshot() as snapshots:
            for snapshot in board.snapshots():
                snapshots.apply(snapshot, Instant.now())

    with board.running():
        apply_snapshots()
        board.seconds += 1
        for _ in range(count):
            board.seconds += data.draw(_PAUSES)
            _act(board, data.draw)
            for event in board.sent():
                store.apply_event(event)
            if has_snapshots and data.draw(st.booleans()):
                apply_snapshots()
            _assert_times(board, store, are_known=not has_snapshots)


def _assert_times(board: Switchboard, store: PresenceStore, *, are_known: bool) -> None:
    for extension_id in board.extension_ids:
        known = store.extensions[extension_id]
        for call, time in zip(known.calls, known.call_times, strict=True):
            changed_at = board.changed_at[extension_id, str(call.party_id)]
            if time is None and not are_known:
                # It may have changed just before a snapshot, or after it.
                continue
            assert time is not None
            assert abs(time - changed_at) <= timedelta(milliseconds=1)

"""Own RingOuts: what is made of their legs, and of calls of others beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import HealthCheck, event, given, settings, strategies as st
import pytest

from custom_components.ringcentral.api.models.enums import Direction, TelephonyStatus
from custom_components.ringcentral.calls.durations import CallTimer, TimedCall
from custom_components.ringcentral.calls.lifecycle import CallEventType
from custom_components.ringcentral.control.models import DialState
from custom_components.ringcentral.control.own_ringout import OwnRingOut

from ..payloads import payload
from ..strategies import EXTENSION, event_of, presence_event, snapshot
from .ringout_world import (
    AGAIN,
    CONNECTED,
    DIALED,
    FOREIGN,
    LEG,
    OWN,
    PARTNER,
    RINGING,
    SESSION_IDS,
    Json,
    World,
    call,
)

ANSWERED, DIALING, ENDED, MISSED, RANG = (
    CallEventType.ANSWERED,
    CallEventType.DIALING,
    CallEventType.ENDED,
    CallEventType.MISSED,
    CallEventType.RINGING,
)
OTHER: Final = "+16505550188"


@pytest.fixture
def world() -> World:
    """An idle phone."""
    world = World()
    world.send()
    return world


@pytest.fixture
def ring_out(world: World) -> OwnRingOut:
    """A RingOut that the platform has accepted, by the id of its session."""
    ring_out = world.begin()
    world.answer(ring_out, LEG)
    return ring_out


# The leg


@pytest.mark.usefixtures("ring_out")
def test_leg_is_an_outgoing_call(world: World) -> None:
    world.send(call(LEG, RINGING, DIALED))
    [shown] = world.calls
    assert (shown.direction, shown.from_, shown.to) == (Direction.OUTBOUND, OWN, DIALED)
    world.send()
    world.finish()
    assert world.events_of(LEG) == [DIALING, ENDED]
    assert (world.counts.incoming, world.counts.missed, world.counts.outgoing) == (
        0,
        0,
        1,
    )


def test_leg_is_held_back_until_the_answer(world: World) -> None:
    ring_out = world.begin()
    world.send(call(LEG, RINGING, DIALED))
    assert world.calls == ()
    world.advance(9.0)
    world.answer(ring_out, LEG)
    assert world.is_outgoing(LEG)
    assert world.events_of(LEG) == [DIALING]


def test_held_call_of_another_one_rings_after_the_answer(world: World) -> None:
    ring_out = world.begin()
    world.send(call(FOREIGN, RINGING, DIALED))
    world.send(call(FOREIGN, RINGING, DIALED), call(LEG, RINGING, DIALED))
    world.send(call(LEG, RINGING, DIALED))
    world.answer(ring_out, LEG)
    world.finish()
    assert world.events_of(FOREIGN) == [RANG, MISSED]
    assert world.events_of(LEG) == [DIALING]
    assert world.handled == [1, 2, 3, 4]


def test_held_call_rings_if_the_request_is_refused(world: World) -> None:
    ring_out = world.begin()
    world.send(call(FOREIGN, RINGING, DIALED))
    assert world.events_of(FOREIGN) == []
    world.refuse(ring_out)
    assert world.events_of(FOREIGN) == [RANG]


def test_call_of_the_dialed_number_before_the_request_goes_on(world: World) -> None:
    world.send(call(FOREIGN, RINGING, DIALED))
    ring_out = world.begin()
    world.send(call(FOREIGN, CONNECTED, DIALED))
    world.answer(ring_out, "number")
    world.send()
    assert world.events_of(FOREIGN) == [RANG, ANSWERED, ENDED]


@pytest.mark.parametrize("is_outside", [False, True])
def test_earlier_call_that_is_listed_late_is_no_leg(
    world: World, is_outside: bool
) -> None:
    """An outage has hidden it."""
    world.advance(1.0)
    world.answer(world.begin(is_outside=is_outside), "234343434")
    world.send(call(FOREIGN, RINGING, DIALED, start=0.9))
    world.send(
        call(FOREIGN, RINGING, DIALED, start=0.9), call(LEG, RINGING, DIALED, start=1.1)
    )
    world.send(call(FOREIGN, RINGING, DIALED, start=0.9))
    world.send()
    world.finish()
    assert world.events_of(FOREIGN) == [RANG, MISSED]
    assert world.events_of(LEG) == [DIALING, ENDED]


def test_leg_is_found_if_the_clock_of_the_host_is_fast(world: World) -> None:
    world.advance(30.0)
    world.answer(world.begin(), "234343434")
    world.send(call(LEG, RINGING, DIALED))
    world.advance(2.5)
    assert world.events_of(LEG) == [DIALING]


@pytest.mark.parametrize("number", [DIALED, OTHER])
@pytest.mark.parametrize("ring_out_ids", [(LEG, AGAIN), ("234343434", "234343435")])
def test_leg_of_each_ringout_is_found_after_an_outage(
    world: World, number: str, ring_out_ids: Sequence[str]
) -> None:
    for id_, dialed in zip(ring_out_ids, (DIALED, number), strict=True):
        ring_out = world.begin(dialed)
        world.answer(ring_out, id_)
        ring_out.result = DialState.CANCELLED
        world.advance(0.5)
    world.send(call(LEG, RINGING, DIALED, start=0.1))
    world.send()
    world.send(call(AGAIN, RINGING, number, start=0.6))
    world.send()
    world.finish()
    assert world.events_of(LEG) == world.events_of(AGAIN) == [DIALING, ENDED]


def test_leg_is_that_of_the_last_ringout_to_a_number(world: World) -> None:
    for id_ in ("234343434", "234343435"):
        ring_out = world.begin()
        world.answer(ring_out, id_)
    world.send(call(LEG, RINGING, DIALED))
    assert ring_out.session_id == LEG


@pytest.mark.usefixtures("ring_out")
def test_partner_takes_the_place_of_the_leg_in_one_event(world: World) -> None:
    world.send(call(LEG, RINGING, DIALED))
    world.send(call(PARTNER, RINGING, DIALED, direction="Outbound"))
    assert [c.telephony_session_id for c in world.calls] == [LEG]


def test_leg_is_found_by_its_id_after_a_long_outage(world: World) -> None:
    world.answer(world.begin(), LEG)
    world.advance(100.0)
    world.take_snapshot()
    world.advance(100.0)
    world.send(call(LEG, RINGING, DIALED))
    assert world.events_of(LEG) == [DIALING]


def test_leg_to_the_same_number_is_no_partner_of_the_one_before(
    world: World, ring_out: OwnRingOut
) -> None:
    world.send(call(LEG, RINGING, DIALED, direction="Outbound"))
    world.send()
    assert ring_out.has_ended
    world.answer(world.begin(), AGAIN)
    world.send(call(AGAIN, RINGING, DIALED, direction="Outbound"))
    world.send()
    world.finish()
    assert world.events_of(LEG) == world.events_of(AGAIN) == [DIALING, ENDED]


@pytest.mark.usefixtures("ring_out")
def test_call_beside_both_sessions_of_a_ringout_is_shown(world: World) -> None:
    legs = (
        call(LEG, RINGING, DIALED),
        call(PARTNER, RINGING, DIALED, direction="Outbound"),
    )
    world.send(*legs)
    world.send(*legs, call(AGAIN, RINGING, DIALED, direction="Outbound"))
    assert [c.telephony_session_id for c in world.calls] == [LEG, AGAIN]


@pytest.mark.usefixtures("ring_out")
def test_call_of_the_dialed_number_beside_the_leg_rings(world: World) -> None:
    world.send(call(LEG, RINGING, DIALED))
    world.send(call(LEG, RINGING, DIALED), call(FOREIGN, RINGING, DIALED))
    world.send(call(LEG, RINGING, DIALED))
    world.finish()
    assert world.events_of(FOREIGN) == [RANG, MISSED]


@pytest.mark.usefixtures("ring_out")
def test_late_leg_is_found_by_its_id_after_a_call_of_the_dialed_number(
    world: World,
) -> None:
    world.send(call(FOREIGN, RINGING, DIALED))
    assert world.calls == ()
    world.advance(1.5)
    world.send(call(FOREIGN, RINGING, DIALED), call(LEG, RINGING, DIALED))
    assert world.events_of(FOREIGN) == [RANG]
    assert world.events_of(LEG) == [DIALING]


def test_id_of_another_session_is_no_obstacle(world: World) -> None:
    """The leg would ring at each RingOut."""
    world.answer(world.begin(), "s-other")
    world.send(call(LEG, RINGING, DIALED))
    world.advance(2.5)
    assert world.events_of(LEG) == [DIALING]


def test_outside_phone_needs_no_leg(world: World) -> None:
    """If that of its session has another id, a call of the dialed number is a call."""
    world.answer(world.begin(is_outside=True), LEG)
    world.send(call(FOREIGN, RINGING, DIALED))
    assert world.events_of(FOREIGN) == [RANG]


@pytest.mark.parametrize("ring_out_id", [LEG, "Y3M", "234343434"])
def test_leg_without_a_number_is_a_call_to_the_dialed_one(
    world: World, ring_out_id: str
) -> None:
    world.answer(world.begin(), ring_out_id)
    world.send(call(LEG, RINGING, ""))
    world.advance(2.5)
    [shown] = world.calls
    assert (shown.direction, shown.to) == (Direction.OUTBOUND, DIALED)
    assert world.events_of(LEG) == [DIALING]


@pytest.mark.usefixtures("ring_out")
def test_hidden_caller_rings_beside_a_ringout_with_the_id_of_a_session(
    world: World,
) -> None:
    world.send(call(FOREIGN, RINGING, None))
    assert world.events_of(FOREIGN) == [RANG]


def test_hidden_caller_rings_later_than_the_answer(world: World) -> None:
    world.answer(world.begin(is_outside=True), "234343434")
    world.advance(11.0)
    world.send(call(FOREIGN, RINGING, None))
    assert world.events_of(FOREIGN) == [RANG]


def test_leg_after_a_lost_answer_is_found_by_its_number(world: World) -> None:
    ring_out = world.begin()
    world.lose(ring_out)
    was_lost = ring_out.is_lost
    world.send(call(LEG, RINGING, "650 555 0177"))
    assert (was_lost, ring_out.is_lost) == (True, False)
    assert world.events_of(LEG) == [DIALING]


def test_nothing_is_expected_after_a_minute(world: World) -> None:
    world.answer(world.begin(), "234343434")
    world.advance(61.0)
    world.send(call(FOREIGN, RINGING, DIALED))
    assert world.events_of(FOREIGN) == [RANG]


def test_leg_that_was_answered_is_dialing_until_the_other_side_answers(
    world: World, ring_out: OwnRingOut
) -> None:
    world.send(call(LEG, RINGING, DIALED))
    world.send(call(LEG, CONNECTED, DIALED))
    known = world.store.extensions[EXTENSION]
    assert known.telephony_status is TelephonyStatus.RINGING
    assert world.statuses == [TelephonyStatus.RINGING]
    assert ring_out.is_picked_up
    assert world.events_of(LEG) == [DIALING]
    world.connect(ring_out)
    assert world.statuses == [TelephonyStatus.CALL_CONNECTED]
    world.send()
    assert world.events_of(LEG) == [DIALING, ANSWERED, ENDED]


@pytest.mark.usefixtures("ring_out")
def test_status_without_a_list_is_that_of_the_leg(world: World) -> None:
    """Some events do not list the calls."""
    world.send(call(LEG, RINGING, DIALED))
    world.receive(presence_event("u", telephonyStatus=CONNECTED))
    assert world.statuses == [TelephonyStatus.RINGING]
    world.receive(presence_event("v", telephonyStatus="NoCall"))
    assert world.calls == ()
    assert world.ring_outs.unfinished == []


@pytest.mark.usefixtures("ring_out")
def test_call_without_a_status_of_its_own_is_dialing(world: World) -> None:
    world.send(call(LEG, RINGING, DIALED))
    listed = call(LEG, CONNECTED, DIALED)
    world.listed = [listed]
    listed["telephonyStatus"] = None
    world.receive(world.event(telephonyStatus=CONNECTED))
    assert world.statuses == [TelephonyStatus.RINGING]


def test_leg_is_found_in_a_snapshot(world: World, ring_out: OwnRingOut) -> None:
    world.listed = [call(LEG, RINGING, DIALED)]
    world.take_snapshot()
    assert world.is_outgoing(LEG)
    assert ring_out.leg is not None


def test_snapshot_is_not_applied_while_it_is_undecided(world: World) -> None:
    ring_out = world.begin()
    world.listed = [call(LEG, RINGING, DIALED)]
    assert world.take_snapshot() is None
    world.answer(ring_out, LEG)
    assert world.refreshes == 1
    world.advance(3.0)
    assert world.is_outgoing(LEG)
    assert len(world.calls) == 1


def test_ring_that_rest_lists_for_minutes_is_no_incoming_call(world: World) -> None:
    """It may have lost its party."""
    world.answer(world.begin(), LEG)
    world.send(call(LEG, RINGING, DIALED))
    world.send()
    world.advance(100.0)
    world.take_snapshot()
    world.advance(70.0)
    world.listed = [{**call(LEG, RINGING, DIALED), "partyId": None}]
    world.take_snapshot()
    assert world.calls == ()
    world.listed = []
    world.finish()
    assert world.events_of(LEG) == [DIALING, ENDED]


def test_leg_stays_outgoing_after_a_restart(world: World) -> None:
    """The file has ids only."""
    world.answer(world.begin(), LEG)
    world.send(call(LEG, RINGING, DIALED))
    [shown] = world.calls
    stored = TimedCall(shown.__replace__(from_=None, to=None), CallTimer())
    restarted = World(reported=[stored])
    restarted.listed = [call(LEG, CONNECTED, DIALED)]
    restarted.take_snapshot()
    assert restarted.is_outgoing(LEG)
    restarted.send()
    assert restarted.events_of(LEG) == [ANSWERED, ENDED]


def _moved(session: str, status: str, direction: str) -> Json:
    """Return a call that was passed to another device of the own phone."""
    moved = call(session, status, DIALED, direction=direction)
    session_id = str(SESSION_IDS[session] + 1000)
    return {**moved, "sessionId": session_id, "partyId": f"p-{session}-3"}


@pytest.mark.parametrize("is_listed", [True, False])
def test_call_that_moves_after_a_restart_is_shown_with_its_new_ids(
    is_listed: bool,
) -> None:
    """Each outgoing call may be the leg of a RingOut then."""
    world = World()
    world.send(call(FOREIGN, CONNECTED, DIALED, direction="Outbound"))
    restarted = World(reported=world.detector.reported[EXTENSION])
    restarted.listed = world.listed
    restarted.take_snapshot()
    over = {**world.listed[0], "telephonyStatus": "NoCall"}
    moved = _moved(FOREIGN, CONNECTED, "Outbound")
    restarted.send(*[over] * is_listed, moved)
    [shown] = restarted.calls
    assert shown.party_id == f"p-{FOREIGN}-3"
    assert restarted.call_events == []
    restarted.send()
    assert restarted.events_of(FOREIGN) == [ENDED]


@pytest.mark.parametrize("direction", ["Inbound", "Outbound"])
def test_leg_that_moves_stays_one_outgoing_call(
    world: World, ring_out: OwnRingOut, direction: str
) -> None:
    """The other side has not answered yet."""
    world.send(call(LEG, RINGING, DIALED, direction=direction))
    world.send(call(LEG, CONNECTED, DIALED, direction=direction))
    world.send(_moved(LEG, CONNECTED, direction))
    [shown] = world.calls
    assert (shown.party_id, shown.direction) == (f"p-{LEG}-3", Direction.OUTBOUND)
    assert world.events_of(LEG) == [DIALING]
    world.connect(ring_out)
    world.send()
    assert world.events_of(LEG) == [DIALING, ANSWERED, ENDED]


def test_call_that_comes_back_from_the_other_side_rings(
    world: World, ring_out: OwnRingOut
) -> None:
    """Of the session of the RingOut, as another party."""
    world.send(call(LEG, RINGING, DIALED))
    world.send(call(LEG, CONNECTED, DIALED))
    world.connect(ring_out)
    world.send(_moved(LEG, RINGING, "Inbound"))
    [shown] = world.calls
    assert shown.direction is Direction.INBOUND
    assert world.events_of(LEG) == [DIALING, ANSWERED, ENDED, RANG]


# Two sessions


@pytest.mark.parametrize("status", [RINGING, CONNECTED])
def test_two_sessions_are_one_outgoing_call(world: World, status: str) -> None:
    world.answer(world.begin(), LEG)
    legs = [
        call(LEG, RINGING, DIALED),
        call(PARTNER, status, DIALED, direction="Outbound"),
    ]
    world.send(*legs)
    known = world.store.extensions[EXTENSION].presence
    assert [c.telephony_session_id for c in world.calls] == [LEG]
    assert known.total_active_calls == 1
    assert known.telephony_status is TelephonyStatus.RINGING
    world.send()
    world.finish()
    assert world.events_of(LEG, PARTNER) == [DIALING, ENDED]


def test_partner_that_comes_first_is_the_same_call(world: World) -> None:
    world.answer(world.begin(), LEG)
    partner = call(PARTNER, RINGING, DIALED, direction="Outbound")
    world.send(partner)
    world.send(partner, call(LEG, RINGING, DIALED))
    world.send()
    world.finish()
    assert world.events_of(LEG, PARTNER) == [DIALING, ENDED]


def test_caller_whose_session_has_the_distance_of_a_partner_rings(
    world: World,
) -> None:
    world.answer(world.begin(), LEG)
    foreign = {**call(FOREIGN, RINGING, DIALED), "sessionId": "240001005033"}
    world.send(call(LEG, RINGING, DIALED))
    world.send(call(LEG, RINGING, DIALED), foreign)
    assert world.events_of(FOREIGN) == [RANG]


def test_partner_takes_the_place_of_the_leg(world: World, ring_out: OwnRingOut) -> None:
    partner = call(PARTNER, RINGING, DIALED, direction="Outbound")
    world.send(call(LEG, RINGING, DIALED), partner)
    world.send(call(LEG, CONNECTED, DIALED), partner)
    world.send(call(PARTNER, CONNECTED, DIALED, direction="Outbound"))
    [shown] = world.calls
    assert (shown.telephony_session_id, shown.party_id) == (LEG, f"p-{LEG}-1")
    assert world.ring_outs.session_of(LEG) == PARTNER
    world.connect(ring_out)
    world.send()
    assert world.events_of(LEG) == [DIALING, ANSWERED, ENDED]
    assert world.events_of(PARTNER) == []


def test_partner_that_is_connected_is_no_answer_of_the_other_side(
    world: World, ring_out: OwnRingOut
) -> None:
    """It is listed as connected while the own phone rings."""
    partner = call(PARTNER, CONNECTED, DIALED, direction="Outbound")
    world.send(call(LEG, RINGING, DIALED), partner)
    world.send(call(LEG, CONNECTED, DIALED), partner)
    assert world.events_of(LEG) == [DIALING]
    world.connect(ring_out)
    assert world.events_of(LEG) == [DIALING, ANSWERED]


# Recorded bodies


@pytest.mark.parametrize("name", ["first_leg", "two_sessions"])
@pytest.mark.parametrize("is_early", [False, True])
def test_recorded_event_is_that_of_an_outgoing_call(name: str, is_early: bool) -> None:
    world = World()
    json = payload(f"event_ringout_{name}")
    json["body"]["extensionId"] = EXTENSION
    world.send()
    ring_out = world.begin()
    if is_early:
        world.receive(event_of(json))
    answer = payload("ring_out_response")
    world.answer(ring_out, answer["id"])
    if not is_early:
        world.receive(event_of(json))
    [shown] = world.calls
    assert (shown.direction, shown.to, shown.from_name) == (
        Direction.OUTBOUND,
        DIALED,
        "Dana Fischer",
    )
    assert [one.type for one in world.call_events] == [DIALING]
    assert world.ring_outs.is_leg(answer["id"])


# Nothing to do


def test_nothing_is_intercepted_without_a_ringout(world: World) -> None:
    intercepting = [world.is_intercepting]
    world.take_snapshot()
    intercepting.append(world.is_intercepting)
    world.answer(world.begin(), LEG)
    world.send(call(LEG, RINGING, DIALED))
    world.send()
    intercepting.append(world.is_intercepting)
    world.finish()
    world.take_snapshot()
    intercepting.append(world.is_intercepting)
    assert intercepting == [True, False, True, False]


def test_changed_settings_are_applied_while_events_are_held_back(world: World) -> None:
    world.take_snapshot()
    world.begin()
    world.send(call(LEG, RINGING, DIALED))
    known = world.store.extensions[EXTENSION]
    changed = snapshot(message="Back at two")
    with world.store.snapshot() as snapshots:
        change = snapshots.apply(
            changed._replace(
                presence=changed.presence.__replace__(
                    active_calls=known.presence.active_calls
                ),
                taken_at=known.snapshot_time,
            )
        )
    assert change is not None


def test_unload_releases_what_is_held_back(world: World) -> None:
    world.begin()
    world.send(call(LEG, RINGING, DIALED))
    world.interceptor.decide()
    assert world.events_of(LEG) == [DIALING]


def test_leg_stays_outgoing_after_the_option_is_switched_off(world: World) -> None:
    world.answer(world.begin(), LEG)
    world.send(call(LEG, RINGING, DIALED))
    world.interceptor.stop()
    world.send(call(LEG, CONNECTED, DIALED))
    assert world.is_outgoing(LEG)
    world.send()
    world.finish()
    world.take_snapshot()
    assert not world.is_intercepting


def test_events_of_other_extensions_are_left_as_they_are(world: World) -> None:
    world.begin()
    json = payload("event_ringout_first_leg")
    other = event_of(json)
    assert world.store.intercept is not None
    assert world.store.intercept(other) is other


# Any order


@dataclass(frozen=True)
class Plan:
    """What happens at a phone, and how the platform reports it."""

    ring_out_id: str
    direction: str
    # Of the leg: the dialed number, as the platform lists it.
    number: str | None
    outcome: str
    is_outside: bool
    # Steps of both calls: the status, or None if it is over.
    leg: Sequence[str | None]
    partner: Sequence[str | None]
    caller: str | None
    foreign: Sequence[str | None]
    # Names of what happens, each with the seconds before it.
    steps: Sequence[tuple[str, float]]


_LEGS: Final[Sequence[Sequence[str | None]]] = (
    (RINGING, None),
    (RINGING, CONNECTED, None),
    (RINGING, CONNECTED, CONNECTED, None),
    (RINGING, CONNECTED, CONNECTED, "OnHold", CONNECTED, None),
)
_PARTNERS: Final[Sequence[Sequence[str | None]]] = (
    (RINGING, None),
    (RINGING, RINGING, None),
    (RINGING, RINGING, CONNECTED, None),
    (RINGING, RINGING, CONNECTED, "OnHold", CONNECTED, None),
)
_PAUSES: Final = st.sampled_from([0.01, 0.2, 1.0, 1.9, 2.2, 4.0, 8.0])


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Yield a RingOut and a call of another one in any order of their events."""
    outcome = draw(st.sampled_from(["accepted"] * 3 + ["lost", "refused", "undone"]))
    is_outside = draw(st.booleans())
    is_shown = outcome in ("accepted", "lost") and not (
        is_outside and draw(st.booleans())
    )
    life = draw(st.integers(0, len(_LEGS) - 1))
    leg = _LEGS[life] if is_shown else ()
    partner = _PARTNERS[life] if is_shown and draw(st.booleans()) else ()
    foreign = draw(st.sampled_from([(), (RINGING, None), (RINGING, CONNECTED, None)]))
    steps: list[tuple[str, float]] = []
    chains = {"request": ["request"], "foreign": ["foreign"] * len(foreign)}
    while any(chains.values()):
        name = draw(st.sampled_from([name for name, chain in chains.items() if chain]))
        steps.append((chains[name].pop(), draw(_PAUSES)))
        if steps[-1][0] == "request":
            chains["answer"] = ["answer"]
            chains["leg"] = ["leg"] * len(leg)
        if draw(st.integers(0, 9)) == 0:
            steps.append(("snapshot", 0.01))
    return Plan(
        draw(st.sampled_from([LEG, "Y3M", "234343434"])),
        draw(st.sampled_from(["Inbound", "Outbound"])),
        draw(st.sampled_from([DIALED, "(650) 555-0177", "", None])),
        outcome,
        is_outside,
        leg,
        partner,
        draw(st.sampled_from([DIALED, OTHER, None])),
        foreign,
        steps,
    )


class Run:
    """The course of a plan, and what may be expected of it."""

    def __init__(self, plan: Plan) -> None:
        """Run the plan."""
        self.plan = plan
        self.world = world = World()
        self.at: dict[str, float] = {}
        self._leg, self._partner, self._foreign = 0, 0, 0
        world.send()
        world.take_snapshot()
        ring_out: OwnRingOut | None = None
        is_connected = False
        for name, pause in plan.steps:
            world.advance(pause)
            self.at.setdefault(name, world.now)
            match name:
                case "request":
                    ring_out = world.begin(is_outside=plan.is_outside)
                case "answer":
                    assert ring_out is not None
                    self._answer(ring_out)
                case "leg":
                    self._leg += 1
                    world.send(*self.listed)
                case "foreign":
                    self._foreign += 1
                    world.send(*self.listed)
                case "snapshot":
                    world.listed = list(self.listed)
                    world.take_snapshot()
            is_connected |= self._leg >= 3 and len(plan.leg) > 3
            if is_connected and "answer" in self.at and ring_out is not None:
                # The status is read.
                world.connect(ring_out)
            self._check_shown()
        world.finish()

    @property
    def listed(self) -> list[Json]:
        """Calls that the platform lists."""
        plan = self.plan
        calls: list[Json] = []
        if self._leg and (status := plan.leg[self._leg - 1]):
            start, way = self.at["leg"], plan.direction
            calls.append(call(LEG, status, plan.number, direction=way, start=start))
            if plan.partner and (other := plan.partner[self._leg - 1]):
                partner = call(
                    PARTNER, other, DIALED, direction="Outbound", start=start
                )
                calls.append(partner)
        if self._foreign and (status := plan.foreign[self._foreign - 1]):
            start = self.at["foreign"]
            calls.append(call(FOREIGN, status, plan.caller, start=start))
        return calls

    def _answer(self, ring_out: OwnRingOut) -> None:
        match self.plan.outcome:
            case "accepted":
                self.world.answer(ring_out, self.plan.ring_out_id)
            case "refused":
                self.world.refuse(ring_out)
            case _:
                self.world.lose(ring_out)

    def _check_shown(self) -> None:
        if self.is_leg_certain:
            assert self.world.is_outgoing(LEG, PARTNER)
            assert len([c for c in self.world.calls if _is_of_leg(c)]) <= 1

    @property
    def _has_session_id(self) -> bool:
        return self.plan.outcome == "accepted" and self.plan.ring_out_id == LEG

    @property
    def _is_numbered(self) -> bool:
        return bool(self.plan.number)

    @property
    def is_found(self) -> bool:
        """Whether the leg can be found: soon enough, by its id or number."""
        if "leg" not in self.at or self.at["leg"] - self.at["request"] > 59.0:
            return False
        answered = self.at.get("answer", self.at["leg"])
        is_soon = self.at["leg"] - answered < 7.5
        return (
            self._has_session_id
            or self._is_numbered
            or bool(self.plan.partner)
            or is_soon
        )

    @property
    def is_rival(self) -> bool:
        """Whether the other call may as well be the leg."""
        plan, at = self.plan, self.at
        if "foreign" not in at or plan.caller == OTHER or plan.outcome == "refused":
            return False
        if at["foreign"] < at.get("request", 0.0):
            return False
        if self._has_session_id and (plan.caller is None or plan.is_outside):
            return False
        if "leg" not in at:
            return True
        if self._has_session_id or plan.caller is None:
            # The leg is known by its id, or by its number, if it comes in time.
            if not self._has_session_id and not self._is_numbered and not plan.partner:
                return True
            latest = max(at["foreign"], at.get("answer", at["leg"])) + 1.9
            return at["leg"] > latest
        return not (at["leg"] < at["foreign"] and (self._is_numbered or plan.partner))

    @property
    def is_leg_certain(self) -> bool:
        """Whether the leg can be told from the other call."""
        return self.is_found and (self._has_session_id or not self.is_rival)


def _is_of_leg(shown: Any) -> bool:
    return shown.telephony_session_id in (LEG, PARTNER)


@settings(max_examples=600, suppress_health_check=list(HealthCheck))
@given(plans())
def test_leg_is_no_incoming_call_and_each_other_call_is_one(plan: Plan) -> None:
    run = Run(plan)
    world, connected = run.world, plan.foreign[1:2] == (CONNECTED,)
    assert world.handled == list(range(1, world.sent + 1))
    assert world.calls == ()
    own, foreign = world.events_of(LEG, PARTNER), world.events_of(FOREIGN)
    if run.is_leg_certain:
        event("leg")
        assert RANG not in own
        assert MISSED not in own
        assert own[0] is DIALING
        assert own[-1] is ENDED
        assert own.count(DIALING) == own.count(ENDED) == 1
        if plan.outcome == "accepted" and len(plan.leg) < 4:
            # The other side was not reached.
            assert own == [DIALING, ENDED]
    if plan.foreign and not run.is_rival:
        event("foreign")
        assert foreign == ([RANG, ANSWERED, ENDED] if connected else [RANG, MISSED])
    if run.is_rival and run.is_found:
        event("rival")
        assert not (RANG in own and RANG in foreign)
    if run.is_leg_certain and not run.is_rival:
        event("both")
        counts = world.counts
        assert counts.outgoing == 1
        assert counts.incoming == bool(plan.foreign)
        assert counts.missed == (bool(plan.foreign) and not connected)

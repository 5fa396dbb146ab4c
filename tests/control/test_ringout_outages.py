"""RingOuts one after the other, and an outage that hides their calls for a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, override

from hypothesis import HealthCheck, given, settings, strategies as st

from custom_components.ringcentral.api.models.notifications import PresenceEvent
from custom_components.ringcentral.calls.lifecycle import CallEventType
from custom_components.ringcentral.control.models import DialState
from custom_components.ringcentral.presence.models import PresenceChange

from .ringout_world import CONNECTED, DIALED, FOREIGN, RINGING, Json, World, call

OTHER: Final = "+16505550188"


@dataclass(frozen=True)
class Dialing:
    """A RingOut, and how its call is listed."""

    number: str
    has_session_id: bool
    direction: str
    has_partner: bool
    is_picked_up: bool
    # The first event of its call precedes the answer.
    is_early: bool
    # Seconds before each step.
    pauses: Sequence[float]


@dataclass(frozen=True)
class Plan:
    """RingOuts, the steps of an outage, and an earlier call of the dialed person."""

    dialings: Sequence[Dialing]
    outage: tuple[int, int]
    has_earlier_call: bool


def plans() -> st.SearchStrategy[Plan]:
    """Return plans in which each call can be told from the others."""
    dialing = st.builds(
        Dialing,
        st.sampled_from([DIALED, OTHER]),
        st.booleans(),
        st.sampled_from(["Inbound", "Outbound"]),
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.lists(st.sampled_from([0.003, 0.5, 1.7]), min_size=4, max_size=4),
    )
    dialings = st.lists(dialing, min_size=1, max_size=4)
    outage = st.tuples(st.integers(0, 3), st.integers(0, 3))
    return st.builds(Plan, dialings, outage, st.booleans())


class OutageWorld(World):
    """An own phone whose events and snapshots an outage hides."""

    is_hidden = False

    @override
    def take_snapshot(self) -> PresenceChange | None:
        return None if self.is_hidden else super().take_snapshot()


class Run:
    """The course of a plan."""

    def __init__(self, plan: Plan) -> None:
        """Run the plan."""
        self.plan = plan
        self.world = OutageWorld()
        self.world.send()
        self.world.take_snapshot()
        self._former: list[Json] = []
        self._hidden: list[PresenceEvent] = []
        # Sessions of the calls of each RingOut.
        self.sessions: list[tuple[str, str]] = []
        first, last = sorted(plan.outage)
        for index, dialing in enumerate(plan.dialings):
            if index == first:
                self.world.is_hidden = True
                self._ring_earlier()
            self._dial(index, dialing)
            if index == last:
                self._recover()
        self._recover()
        self.world.advance(3.0)
        self._former = []
        self._list()
        self.world.finish()

    def _ring_earlier(self) -> None:
        if self.plan.has_earlier_call:
            self._former = [call(FOREIGN, RINGING, DIALED, start=self.world.now)]
            self._list()
            self.world.advance(0.003)

    def _dial(self, index: int, dialing: Dialing) -> None:
        world, pauses = self.world, iter(dialing.pauses)
        leg, partner = self._ids(index, dialing)
        ring_out = world.begin(dialing.number)
        listed = self._calls(dialing, leg, partner, world.now + 0.001)
        if dialing.is_early:
            world.advance(next(pauses))
            self._list(*next(listed))
        world.answer(ring_out, leg if dialing.has_session_id else str(index))
        for calls in listed:
            world.advance(next(pauses))
            self._list(*calls)
        # It is cancelled, or its status is read.
        ring_out.result = DialState.OVER
        world.advance(next(pauses))

    def _ids(self, index: int, dialing: Dialing) -> tuple[str, str]:
        used = sum(1 + one.has_partner for one in self.plan.dialings[:index])
        ids = (f"s-{used}leg", f"s-{used}partner")
        self.session_ids = {
            session: str(240001000000 + 1000 * (used + number))
            for number, session in enumerate(ids)
        }
        self.sessions.append(ids)
        return ids

    def _calls(
        self, dialing: Dialing, leg: str, partner: str, start: float
    ) -> Iterator[Sequence[Json]]:
        """Yield what is listed of a RingOut."""
        number = dialing.number
        for status in (RINGING, *[CONNECTED] * dialing.is_picked_up):
            calls = [
                call(leg, status, number, direction=dialing.direction, start=start)
            ]
            if dialing.has_partner:
                other = call(
                    partner, RINGING, number, direction="Outbound", start=start
                )
                calls.append(other)
            yield [
                {**one, "sessionId": self.session_ids[one["telephonySessionId"]]}
                for one in calls
            ]
        yield []

    def _list(self, *calls: Json) -> None:
        self.world.listed = [*self._former, *calls]
        event = self.world.event()
        if self.world.is_hidden:
            self._hidden.append(event)
        else:
            self.world.receive(event)

    def _recover(self) -> None:
        """Receive what was sent during the outage, all at once."""
        self.world.is_hidden = False
        hidden, self._hidden = self._hidden, []
        self.world.receive(*hidden)
        self.world.take_snapshot()


@settings(max_examples=400, suppress_health_check=list(HealthCheck))
@given(plans())
def test_call_of_each_ringout_is_one_outgoing_call(plan: Plan) -> None:
    run = Run(plan)
    world = run.world
    for sessions in run.sessions:
        types = world.events_of(*sessions)
        assert types[0] is CallEventType.DIALING
        assert types[-1] is CallEventType.ENDED
        assert {*types[1:-1]} <= {CallEventType.ANSWERED}
    earlier = [CallEventType.RINGING, CallEventType.MISSED]
    rings = plan.has_earlier_call and min(plan.outage) < len(plan.dialings)
    assert world.events_of(FOREIGN) == earlier * rings
    assert world.counts.outgoing == len(plan.dialings)
    assert world.counts.incoming == world.counts.missed == rings

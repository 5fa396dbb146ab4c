"""Records every notification of a simulator in the truth."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import orjson
import pytest

from simulator import Party, Simulator
from simulator.base import clock
from simulator.faults.faults import Fault
from simulator.push import publisher
from simulator.push.publisher import Publisher
from simulator.push.subscriptions import Subscription

from .truth import PartyState, Truth

# Seconds by which the event of a request is later than its answer: nothing overtakes it.
_SOON = 0.001


@contextmanager
def recorded(simulator: Simulator, truth: Truth, epoch: float) -> Iterator[None]:
    """Record within the context; times are in seconds since `epoch`."""
    original = Publisher.presence_changed

    def presence_changed(
        sender: Publisher,
        extension_id: str,
        *,
        telephony: bool,
        ended: Sequence[Party] = (),
    ) -> None:
        before = sender._uuids
        living = [_state(simulator, party) for party in sender.calls_of(extension_id)]
        now = round(clock.wall() - epoch, 3)
        states = [s._replace(start_time=s.start_time - epoch) for s in living]
        original(sender, extension_id, telephony=telephony, ended=ended)
        uuids = map(str, range(before + 1, sender._uuids + 1))
        has_calls = telephony or simulator.switches.presence_bodies == "full"
        truth.record(extension_id, now, states, uuids, has_calls=has_calls)

    deliver, deliver_late = Publisher._deliver, publisher._deliver_late
    soon: set[int] = set()

    def delivered(
        sender: Publisher,
        subscription: Subscription,
        frame: bytes,
        delay: float,
        fault: Fault | None,
    ) -> None:
        if fault is None and 0 < delay <= _SOON:
            soon.add(id(frame))
        deliver(sender, subscription, frame, delay, fault)

    def delivered_late(subscription: Subscription, frame: bytes) -> None:
        if id(frame) in soon:
            soon.discard(id(frame))
        else:
            truth.delay(orjson.loads(frame)[1]["uuid"])
        deliver_late(subscription, frame)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Publisher, "_deliver", delivered)
        patch.setattr(publisher, "_deliver_late", delivered_late)
        patch.setattr(Publisher, "presence_changed", presence_changed)
        yield


def _state(simulator: Simulator, party: Party) -> PartyState:
    call = simulator.account.calls.calls.get(party.telephony_session_id)
    leg_of = None if call is None else call.leg_of
    is_requested = party.ring_out_role == "Initiator"
    if is_requested and call is not None and not call.partner:
        # The own leg and the call to the other end are one session.
        leg_of = call.id
    return PartyState(
        party.telephony_session_id,
        party.party_id,
        party.direction,
        party.status,
        party.start_time,
        leg_of,
        is_requested,
    )

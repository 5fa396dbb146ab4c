"""States of parties: what may follow what, and what is reported of it."""

from collections.abc import Callable
from contextlib import suppress
from typing import get_args

from hypothesis import given, settings, strategies as st
import pytest

from simulator import IllegalMoveError, Party, UnknownCallError
from simulator.base.chance import seeded
from simulator.company.call import Call
from simulator.company.calls import MOVES
from simulator.company.directory import Extension
from simulator.company.exchange import Exchange
from simulator.company.parties import Change
from simulator.company.party_states import MAY_FOLLOW, PRESENCE_STATUS, PartyCode

_PHONES = [
    Extension(id=str(number), number=str(number), name="X") for number in (1, 2, 3)
]
_OPERATIONS = ("ring", *MOVES, "pause", "resume", "offer", "transfer", "ring_back")


def _operation(
    exchange: Exchange, name: str, session: str, first: Extension, second: Extension
) -> Callable[[], object]:
    match name:
        case "pause":
            return lambda: exchange.pause(session, first.id)
        case "resume":
            return lambda: exchange.resume(session, first.id)
        case "offer":
            return lambda: exchange.offer(session, first)
        case "transfer":
            return lambda: exchange.transfer(session, first.id, second)
        case "ring_back":
            return lambda: exchange.ring_back(session, first.id)
        case _:
            move = next(one for one in MOVES if one == name)
            return lambda: exchange.move(session, move, first.id)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(_OPERATIONS),
            st.integers(0, 5),
            st.sampled_from(_PHONES),
            st.sampled_from(_PHONES),
        ),
        max_size=40,
    )
)
def test_each_change_of_a_party_is_reported_in_order(
    steps: list[tuple[str, int, Extension, Extension]],
) -> None:
    """What was reported leads to what presence shows."""
    reported: dict[str, PartyCode] = {}

    def changed(call: Call, change: Change) -> None:
        party_id = change.party.party_id
        assert change.party.telephony_session_id == call.id
        assert reported.get(party_id, "Setup") == change.before
        assert change.after in MAY_FOLLOW[change.before]
        reported[party_id] = change.after

    exchange = Exchange(
        listener=lambda _extension_id, _ended: None,
        random=seeded(1, "property"),
        call_id_changes=lambda: True,
        changed=changed,
    )
    sessions: list[str] = []
    for name, place, first, second in steps:
        if name == "ring":
            call = exchange.start(
                caller=None if first is second else first,
                called=[second],
                from_number="1",
                from_name=None,
                to_number="2",
                to_name=None,
            )
            sessions.append(call.id)
        elif sessions:
            session = sessions[place % len(sessions)]
            with suppress(IllegalMoveError, UnknownCallError):
                _operation(exchange, name, session, first, second)()

    living: dict[str, Party] = {
        party.party_id: party for call in exchange for party in call.living
    }
    assert {i: party.code for i, party in living.items()} == {
        i: code for i, code in reported.items() if PRESENCE_STATUS[code] != "NoCall"
    }
    for party in living.values():
        assert party.status == PRESENCE_STATUS[party.code] != "NoCall"


def test_party_does_not_change_to_a_state_that_cannot_follow() -> None:
    """A move that tries it is an error of the simulator."""
    exchange = Exchange(
        listener=lambda _extension_id, _ended: None,
        random=seeded(1, "party"),
        call_id_changes=lambda: True,
    )
    call = exchange.start(
        caller=None,
        called=_PHONES[:1],
        from_number="1",
        from_name=None,
        to_number="2",
        to_name=None,
    )

    with pytest.raises(RuntimeError, match="in Proceeding does not change to Hold"):
        exchange._set(call, call.parties[0], "Hold")

    assert call.parties[0].status == "Ringing"


def test_each_state_has_a_status_and_followers() -> None:
    """None of them is missing, and none is unknown."""
    codes = set(get_args(PartyCode.__value__))
    assert PRESENCE_STATUS.keys() == MAY_FOLLOW.keys() == codes
    assert frozenset[str]().union(*MAY_FOLLOW.values()) == codes - {"Setup"}

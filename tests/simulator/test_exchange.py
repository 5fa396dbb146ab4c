"""Calls that move on between phones, as their notifications show it."""

from typing import Any

import pytest

from simulator import IllegalMoveError, Simulator
from simulator.company.directory import OWNER_NUMBER

from .client import OWN, Socket, presence_filter

_OWN = str(OWNER_NUMBER)
_CALLER = "+16505550123"


async def _listed(socket: Socket) -> list[tuple[str, str]]:
    """Return party number and status of the calls in the next notification."""
    calls: list[dict[str, Any]] = (await socket.event())["activeCalls"]
    return [
        (call["partyId"].rpartition("-")[2], call["telephonyStatus"]) for call in calls
    ]


@pytest.mark.parametrize(("as_other_party", "party"), [(False, "2"), (True, "3")])
async def test_call_that_pauses_rings_again_while_the_caller_waits(
    socket: Socket, simulator: Simulator, as_other_party: bool, party: str
) -> None:
    await socket.subscribe(OWN)
    session = simulator.ring(_OWN, _CALLER).telephony_session_id
    simulator.pause(session, _OWN)
    simulator.resume(session, _OWN, as_other_party=as_other_party)
    simulator.end(session)
    assert [await _listed(socket) for _ in range(4)] == [
        [("2", "Ringing")],
        [("2", "NoCall")],
        [(party, "Ringing")],
        [(party, "NoCall")],
    ]
    assert not list(simulator.account.calls)


async def test_caller_gives_up_while_no_phone_rings(
    socket: Socket, simulator: Simulator
) -> None:
    session = simulator.ring(_OWN, _CALLER).telephony_session_id
    simulator.pause(session, _OWN)
    with pytest.raises(IllegalMoveError):
        simulator.answer(session)
    assert len(list(simulator.account.calls)) == 1
    simulator.end(session)
    assert not list(simulator.account.calls)


async def test_queue_offers_its_call_to_another_phone(
    socket: Socket, simulator: Simulator
) -> None:
    await socket.subscribe(OWN, presence_filter(simulator.extension("102").id))
    session = simulator.ring(_OWN, _CALLER, queue_call=True).telephony_session_id
    simulator.pause(session, _OWN)
    simulator.offer(session, "102")
    with pytest.raises(IllegalMoveError):
        simulator.offer(session, "102")
    simulator.answer(session)
    with pytest.raises(IllegalMoveError):
        simulator.offer(session, "103")
    with pytest.raises(IllegalMoveError):
        simulator.resume(session, _OWN)
    events = [await socket.event() for _ in range(4)]
    assert [event["activeCalls"][0]["partyId"][-1] for event in events] == list("2233")
    assert events[2]["activeCalls"][0]["queueCall"]
    assert events[2]["activeCalls"][0]["from"] == _CALLER


async def test_transferred_call_rings_as_another_party_of_its_session(
    socket: Socket, simulator: Simulator
) -> None:
    other = simulator.extension("102")
    await socket.subscribe(OWN, presence_filter(other.id))
    session = simulator.ring(_OWN, _CALLER).telephony_session_id
    with pytest.raises(IllegalMoveError):
        simulator.transfer(session, _OWN, "102")
    simulator.answer(session)
    simulator.transfer(session, _OWN, "102")
    events = [await socket.event() for _ in range(4)]
    assert [(e["extensionId"], e["telephonyStatus"]) for e in events[2:]] == [
        (simulator.extension(_OWN).id, "NoCall"),
        (other.id, "Ringing"),
    ]
    call = events[3]["activeCalls"][0]
    assert (call["telephonySessionId"], call["from"], call["to"]) == (
        session,
        _CALLER,
        "102",
    )


@pytest.mark.parametrize(
    ("replaced_party", "listed"),
    [
        ("listed", [("3", "CallConnected"), ("2", "NoCall")]),
        ("left_out", [("3", "CallConnected")]),
    ],
)
async def test_flipped_call_goes_on_as_another_party(
    socket: Socket,
    simulator: Simulator,
    replaced_party: str,
    listed: list[tuple[str, str]],
) -> None:
    simulator.switches.change("replaced_party", replaced_party)
    await socket.subscribe(OWN)
    session = simulator.ring(_OWN, _CALLER).telephony_session_id
    simulator.answer(session)
    simulator.flip(session, _OWN)
    assert [await _listed(socket) for _ in range(3)][-1] == listed


@pytest.mark.parametrize("start_time_of", ["ring", "session"])
@pytest.mark.freeze_time("2026-01-12 09:30:00")
async def test_start_of_a_later_party_by_switch(
    socket: Socket, simulator: Simulator, freezer: Any, start_time_of: str
) -> None:
    simulator.switches.change("start_time_of", start_time_of)
    await socket.subscribe(OWN)
    session = simulator.ring(_OWN, _CALLER).telephony_session_id
    freezer.tick(20)
    simulator.flip(session, _OWN)
    first, second = [(await socket.event())["activeCalls"][0] for _ in range(2)]
    is_same = first["startTime"] == second["startTime"]
    assert is_same is (start_time_of == "session")


async def test_parked_call_rings_back(socket: Socket, simulator: Simulator) -> None:
    await socket.subscribe(OWN)
    session = simulator.ring(_OWN, _CALLER).telephony_session_id
    simulator.answer(session)
    simulator.park(session)
    simulator.ring_back(session, _OWN)
    statuses = [(await socket.event())["telephonyStatus"] for _ in range(4)]
    assert statuses[2:] == ["ParkedCall", "Ringing"]


async def test_ringout_has_two_legs_with_swapped_numbers(
    socket: Socket, simulator: Simulator
) -> None:
    await socket.subscribe(OWN)
    own, other = simulator.ring_out(_OWN, _CALLER)
    simulator.answer(own)
    simulator.answer(other)
    simulator.account.calls.end_together([own, other])
    events = [await socket.event() for _ in range(4)]
    first, second = events[0]["activeCalls"]
    assert (first["direction"], second["direction"]) == ("Inbound", "Outbound")
    assert (first["from"], first["to"]) == (second["to"], second["from"])
    assert 1000 <= abs(int(first["sessionId"]) - int(second["sessionId"])) <= 4000
    assert [
        [call["telephonyStatus"] for call in event["activeCalls"]] for event in events
    ] == [
        ["Ringing", "Ringing"],
        ["CallConnected", "Ringing"],
        ["CallConnected", "CallConnected"],
        ["NoCall", "NoCall"],
    ]


async def test_call_rings_at_a_group(simulator: Simulator) -> None:
    session = simulator.ring(_OWN, _CALLER, group=["102"]).telephony_session_id
    parties = simulator.account.calls.call(session).parties
    assert [party.extension_id for party in parties] == [
        simulator.extension(number).id for number in (_OWN, "102")
    ]


async def test_deleted_extension_that_calls_itself_leaves_no_call(
    simulator: Simulator,
) -> None:
    simulator.ring("102", "102")
    simulator.remove_extension("102")
    assert not list(simulator.account.calls)


async def test_deleted_extension_whose_phone_has_paused_leaves_no_call(
    simulator: Simulator,
) -> None:
    session = simulator.ring("103", "102").telephony_session_id
    simulator.pause(session, "102")
    simulator.remove_extension("102")
    assert not list(simulator.account.calls)

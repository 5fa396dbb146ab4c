"""Session events, as recorded, and in the orders that switches make of them."""

from typing import Any

import pytest

from simulator import Simulator
from simulator.company.directory import ACCOUNT_ID, OWNER_ID

from .client import OWN, Socket
from .telephony import DIALLED, Telephony


@pytest.fixture
def telephony() -> Telephony:
    """Return the telephony of an account."""
    return Telephony()


def _sent(telephony: Telephony) -> list[tuple[int, str]]:
    """Return party number and code of each event."""
    sent: list[tuple[int, str]] = []
    for event in telephony.events:
        body: Any = event.body
        (party,) = body["parties"]
        sent.append((int(party["id"].rpartition("-")[2]), party["status"]["code"]))
    return sent


def test_events_of_a_call_from_outside(telephony: Telephony) -> None:
    call = telephony.connected("101")
    party = telephony.party(call)
    telephony.calls.hold(call, party)
    telephony.calls.unhold(call, party)
    telephony.calls.mute(call, party, True)
    telephony.calls.move(call.id, "end")
    assert _sent(telephony) == [
        (1, "Setup"),
        (1, "Answered"),
        (2, "Setup"),
        (2, "Proceeding"),
        (2, "Answered"),
        (2, "Hold"),
        (2, "Answered"),
        (2, "Answered"),
        (2, "Disconnected"),
        (1, "Disconnected"),
    ]
    bodies: list[Any] = [event.body for event in telephony.events]
    assert [body["sequence"] for body in bodies] == list(range(2, 12))
    account = f"/restapi/v1.0/account/{ACCOUNT_ID}"
    assert telephony.events[0].event == f"{account}/telephony/sessions"
    own = f"{account}/extension/{OWNER_ID}/telephony/sessions"
    assert telephony.events[2].event == own
    assert bodies[3] | {"eventTime": ""} == {
        "sequence": 5,
        "sessionId": party.session_id,
        "telephonySessionId": call.id,
        "serverId": "192.0.2.10.EXA",
        "eventTime": "",
        "origin": {"type": "Call"},
        "parties": [
            {
                "accountId": ACCOUNT_ID,
                "extensionId": OWNER_ID,
                "owner": {"accountId": ACCOUNT_ID, "extensionId": OWNER_ID},
                "id": party.party_id,
                "direction": "Inbound",
                "from": {"phoneNumber": "+16505550123", "name": "Test Caller"},
                "to": {
                    "phoneNumber": "101",
                    "name": telephony.extension("101").name,
                    "extensionId": OWNER_ID,
                },
                "status": {"code": "Proceeding", "rcc": False},
                "park": {},
                "missedCall": False,
                "standAlone": False,
                "muted": False,
            }
        ],
    }


def test_events_of_a_call_between_extensions(telephony: Telephony) -> None:
    """The caller's party is answered at once, and not once more."""
    telephony.connected("102", from_="101")
    assert _sent(telephony) == [
        (1, "Setup"),
        (1, "Answered"),
        (2, "Setup"),
        (2, "Proceeding"),
        (2, "Answered"),
    ]


def test_events_of_a_call_to_outside(telephony: Telephony) -> None:
    telephony.connected(DIALLED, from_="101")
    assert _sent(telephony)[-2:] == [(2, "Answered"), (1, "Answered")]


def test_events_of_a_ring_out(telephony: Telephony) -> None:
    ring_out = telephony.ring_outs.start(
        telephony.extension("101"),
        telephony.target(DIALLED),
        number="+14155550101",
        is_own_phone=True,
    )
    telephony.ring_outs.answer_own(ring_out)
    telephony.ring_outs.answer(ring_out)
    telephony.calls.move(ring_out.call.id, "end")
    assert _sent(telephony) == [
        (1, "Setup"),
        (1, "Proceeding"),
        (1, "Answered"),
        (2, "Setup"),
        (2, "Proceeding"),
        (2, "Answered"),
        (1, "Disconnected"),
        (2, "Disconnected"),
    ]
    roles = {
        party["ringOutRole"]
        for event in telephony.events
        for party in _parties(event.body)
    }
    assert roles == {"Initiator", "Target"}


@pytest.mark.parametrize("is_rejected", [False, True])
def test_missed_call_is_marked(telephony: Telephony, is_rejected: bool) -> None:
    call = telephony.ring("101")
    if is_rejected:
        telephony.calls.reject(call, telephony.party(call))
    telephony.calls.move(call.id, "end")
    missed = [
        (party["status"]["code"], party["missedCall"])
        for event in telephony.events
        for party in _parties(event.body)
        if party["direction"] == "Inbound"
    ]
    voicemail = [("VoiceMail", True)] if is_rejected else []
    assert missed == [
        ("Setup", False),
        ("Proceeding", False),
        *voicemail,
        ("Disconnected", True),
    ]


def _parties(body: Any) -> list[Any]:
    parties: list[Any] = body["parties"]
    return parties


def test_call_that_was_answered_elsewhere_is_not_missed(telephony: Telephony) -> None:
    call = telephony.ring("101", "102", queue="901")
    telephony.calls.move(call.id, "answer", telephony.extension("102").id)
    (last,) = _parties(telephony.events[-1].body)
    assert (last["status"]["reason"], last["missedCall"]) == ("AgentAnswered", False)
    assert last["queueCall"] is True
    assert last["uiCallInfo"]["additional"] == {
        "type": "CallerIdName",
        "value": "Test Caller",
    }


# Switches


@pytest.mark.parametrize(
    ("session_events", "sequences"),
    [
        ("in_order", [2, 3, 4, 5, 6, 7, 8]),
        ("swapped", [3, 2, 5, 4, 7, 6, 8]),
        ("doubled", [2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8]),
        ("missing", []),
    ],
)
def test_order_by_switch(
    telephony: Telephony, session_events: str, sequences: list[int]
) -> None:
    """At the end of a call none is held back."""
    telephony.switch(session_events=session_events)
    call = telephony.connected("101")
    telephony.calls.move(call.id, "end")
    assert [event.body["sequence"] for event in telephony.events] == sequences


def test_first_number_by_switch(telephony: Telephony) -> None:
    telephony.switch(session_sequence=1)
    telephony.ring("101")
    assert [event.body["sequence"] for event in telephony.events] == [1, 2, 3, 4]


def test_event_with_all_parties_by_switch(telephony: Telephony) -> None:
    telephony.switch(session_parties="all")
    telephony.connected("101")
    parties = _parties(telephony.events[-1].body)
    assert [party["status"]["code"] for party in parties] == ["Answered", "Answered"]


def test_outside_parties_have_no_events_by_switch(telephony: Telephony) -> None:
    telephony.switch(outside_party="missing")
    telephony.connected("101")
    assert {number for number, _ in _sent(telephony)} == {2}


def test_unwatched_changes_are_numbered(telephony: Telephony) -> None:
    telephony.is_watched = False
    call = telephony.ring("101")
    telephony.is_watched = True
    telephony.calls.move(call.id, "answer")
    assert [event.body["sequence"] for event in telephony.events] == [6]


# Presence events of actions


async def test_presence_event_is_sent_later(
    freezer: Any, socket: Socket, simulator: Simulator
) -> None:
    """What changes outside of the context is sent at once."""
    await socket.subscribe(OWN)
    with simulator.publisher.send_later(3):
        session = simulator.ring("101", "+16505550123").telephony_session_id
    simulator.answer(session)
    first, second = [await socket.event() for _ in range(2)]
    assert (first["telephonyStatus"], second["telephonyStatus"]) == (
        "CallConnected",
        "Ringing",
    )
    assert first["sequence"] > second["sequence"]


async def test_presence_event_is_never_sent(
    socket: Socket, simulator: Simulator
) -> None:
    await socket.subscribe(OWN)
    with simulator.publisher.send_later(None):
        session = simulator.ring("101", "+16505550123").telephony_session_id
    simulator.answer(session)
    assert (await socket.event())["telephonyStatus"] == "CallConnected"
    assert await socket.silent()

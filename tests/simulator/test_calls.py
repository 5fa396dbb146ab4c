"""The call engine: both sides of a call, its moves, and agreement of REST and events."""

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from simulator import IllegalMoveError, Party, Simulator, UnknownCallError
from simulator.base.chance import seeded
from simulator.base.switches import Switches
from simulator.company.calls import MOVES, CallEngine, CallMove
from simulator.company.directory import Extension
from simulator.company.presence import (
    Presence,
    event_body,
    presence_status,
    rest_body,
    telephony_status,
)

from .client import OWN, Socket, presence_filter

# From outside to an extension


async def test_life_of_a_call_from_outside(
    socket: Socket, simulator: Simulator
) -> None:
    """Ringing, connected, on hold, connected, ended; busy only while it is connected."""
    await socket.subscribe(OWN)
    party = simulator.ring(
        to="101", from_="+16505550123", from_name="Test Caller", on_behalf_of="7"
    )
    session = party.telephony_session_id
    for move in (
        simulator.answer,
        simulator.hold,
        simulator.unhold,
        simulator.park,
        simulator.unpark,
        simulator.end,
    ):
        move(session)

    events = [await socket.event() for _ in range(7)]

    assert [
        (
            event["telephonyStatus"],
            event["presenceStatus"],
            event["totalActiveCalls"],
            [call["telephonyStatus"] for call in event["activeCalls"]],
        )
        for event in events
    ] == [
        ("Ringing", "Available", 1, ["Ringing"]),
        ("CallConnected", "Busy", 1, ["CallConnected"]),
        ("OnHold", "Busy", 1, ["OnHold"]),
        ("CallConnected", "Busy", 1, ["CallConnected"]),
        ("ParkedCall", "Available", 1, ["ParkedCall"]),
        ("CallConnected", "Busy", 1, ["CallConnected"]),
        ("NoCall", "Available", 0, ["NoCall"]),
    ]
    calls = [event["activeCalls"][0] for event in events]
    assert {call["partyId"] for call in calls} == {party.party_id}
    assert {call["telephonySessionId"] for call in calls} == {session}
    assert calls[0] | {"startTime": "", "sessionId": ""} == {
        "id": session,
        "direction": "Inbound",
        "queueCall": False,
        "fromName": "Test Caller",
        "from": "+16505550123",
        "toName": simulator.extension("101").name,
        "to": "101",
        "telephonyStatus": "Ringing",
        "sipData": {
            "toTag": "blf",
            "fromTag": party.party_id,
            "remoteUri": "sip:+16505550123@sip.example.invalid",
            "localUri": "sip:101@sip.example.invalid",
        },
        "sessionId": "",
        "startTime": "",
        "partyId": party.party_id,
        "telephonySessionId": session,
        "onBehalfOf": "7",
    }
    assert calls[1]["id"] != session
    assert calls[-1]["terminationType"] == "final"
    assert "terminationType" not in calls[-2]


async def test_sequence_rises_with_gaps(socket: Socket, simulator: Simulator) -> None:
    """One counter that others use too; gapless per extension by switch."""
    await socket.subscribe(OWN, presence_filter(simulator.extension("102").id))
    simulator.ring(to="102", from_="101")
    simulator.change_extension("101", message="Hello")
    shared = [await socket.event() for _ in range(3)]
    simulator.switches.sequence = "gapless"
    simulator.change_extension("101", message="One")
    simulator.change_extension("102", message="One")
    simulator.change_extension("101", message="Two")
    own = [await socket.event() for _ in range(3)]

    numbers = [event["sequence"] for event in shared]
    assert numbers == sorted(set(numbers))
    assert numbers[0] < 100
    assert own[2]["sequence"] == own[0]["sequence"] + 1


async def test_call_between_extensions_changes_both(
    socket: Socket, simulator: Simulator
) -> None:
    """Each with its own party and direction; only the holding side is on hold."""
    other = simulator.extension("102").id
    await socket.subscribe(OWN, presence_filter(other))
    called = simulator.ring(to="102", from_="101")
    simulator.answer(called.telephony_session_id)
    simulator.hold(called.telephony_session_id)
    simulator.unhold(called.telephony_session_id)
    simulator.hold(called.telephony_session_id, extension="101")
    simulator.end(called.telephony_session_id)

    events = [await socket.event() for _ in range(9)]

    own = simulator.extension("101").id
    assert [(event["extensionId"], event["telephonyStatus"]) for event in events] == [
        (own, "Ringing"),
        (other, "Ringing"),
        (own, "CallConnected"),
        (other, "CallConnected"),
        (other, "OnHold"),
        (other, "CallConnected"),
        (own, "OnHold"),
        (own, "NoCall"),
        (other, "NoCall"),
    ]
    caller_call, called_call = (event["activeCalls"][0] for event in events[:2])
    assert (caller_call["direction"], called_call["direction"]) == (
        "Outbound",
        "Inbound",
    )
    assert caller_call["partyId"].endswith("-1")
    assert called_call["partyId"] == called.party_id
    assert caller_call["telephonySessionId"] == called_call["telephonySessionId"]
    assert caller_call["sessionId"] != called_call["sessionId"]


async def test_outbound_call_has_one_side(simulator: Simulator) -> None:
    """Dialling shows as ringing."""
    party = simulator.ring(to="+16505550123", from_="101", direction="Outbound")

    (call,) = _calls(simulator, "101")
    assert (call["direction"], call["telephonyStatus"]) == ("Outbound", "Ringing")
    assert call["partyId"] == party.party_id
    simulator.answer(party.telephony_session_id)
    assert simulator.presence("101")["telephonyStatus"] == "CallConnected"


async def test_queue_call_rings_at_free_agents_and_one_answers(
    simulator: Simulator,
) -> None:
    """The others' phones stop ringing; other extensions have no event."""
    agents = [
        simulator.directory.extensions[item].number
        for item in simulator.directory.queues[simulator.extension("901").id]
    ]
    simulator.switches.call_info = True
    simulator.change_extension(agents[0], dndStatus="DoNotAcceptDepartmentCalls")

    party = simulator.ring(to="901", from_="+16505550123")

    ringing = [number for number in agents if _calls(simulator, number)]
    assert ringing == agents[1:]
    (call,) = _calls(simulator, agents[1])
    assert call["queueCall"] is True
    assert call["callInfo"]["primary"] == {
        "type": "QueueName",
        "value": "Support Queue",
    }
    simulator.answer(party.telephony_session_id, extension=agents[2])
    assert [
        number for number in agents if simulator.presence(number)["activeCalls"]
    ] == [agents[2]]


async def test_call_declined_at_one_phone_rings_at_the_others(
    simulator: Simulator,
) -> None:
    """And ends with the last of them."""
    party = simulator.ring(to="901", from_="+16505550123")
    calls = simulator.account.calls
    agents = [
        item.extension_id for item in calls.call(party.telephony_session_id).parties
    ]

    for agent in agents:
        assert calls.of_extension(agent)
        calls.decline(party.telephony_session_id, agent)
        assert not calls.of_extension(agent)

    with pytest.raises(UnknownCallError):
        simulator.answer(party.telephony_session_id)


async def test_several_calls_show_the_most_active_state(simulator: Simulator) -> None:
    """Connected before on hold before ringing before parked."""
    parked, held, connected = (
        simulator.ring(to="101", from_=f"+165055501{number}") for number in (20, 21, 22)
    )
    for party in (parked, held, connected):
        simulator.answer(party.telephony_session_id)
    simulator.park(parked.telephony_session_id)
    simulator.hold(held.telephony_session_id)
    simulator.ring(to="101", from_="+16505550123")

    seen = [simulator.presence("101")["telephonyStatus"]]
    for party in (connected, held):
        simulator.end(party.telephony_session_id)
        seen.append(simulator.presence("101")["telephonyStatus"])
    assert seen == ["CallConnected", "OnHold", "Ringing"]


async def test_at_most_seven_calls_are_listed(
    socket: Socket, simulator: Simulator
) -> None:
    """The latest; the total counts all."""
    await socket.subscribe()
    for number in range(9):
        simulator.ring(to="101", from_=f"+165055501{number:02d}")
    event = [await socket.event() for _ in range(9)][-1]

    assert event["totalActiveCalls"] == 9
    assert [call["from"] for call in event["activeCalls"]] == [
        f"+165055501{number:02d}" for number in range(2, 9)
    ]


@pytest.mark.parametrize(
    ("before", "move"),
    [
        ([], "hold"),
        ([], "unhold"),
        ([], "park"),
        ([], "unpark"),
        (["answer"], "answer"),
        (["answer"], "unhold"),
        (["answer", "hold"], "hold"),
        (["answer", "park"], "park"),
    ],
)
async def test_illegal_move_is_refused_and_changes_nothing(
    simulator: Simulator, before: list[CallMove], move: CallMove
) -> None:
    """A call is not in the state that it needs."""
    party = simulator.ring(to="101", from_="+16505550123")
    for step in before:
        simulator.move(party.telephony_session_id, step)
    presence = simulator.presence("101")

    with pytest.raises(IllegalMoveError):
        simulator.move(party.telephony_session_id, move)
    assert simulator.presence("101") == presence


async def test_call_without_a_callee_and_ended_call_are_unknown(
    simulator: Simulator,
) -> None:
    """Neither can be moved."""
    with pytest.raises(LookupError):
        simulator.ring(to="999", from_="101")
    with pytest.raises(LookupError):
        simulator.ring(to="101", from_="+16505550123", direction="Outbound")
    party = simulator.ring(to="101", from_="+16505550123")
    simulator.end(party.telephony_session_id)
    with pytest.raises(UnknownCallError):
        simulator.end(party.telephony_session_id)


async def test_queue_without_free_agent(simulator: Simulator) -> None:
    """All its members are offline."""
    for extension_id in simulator.directory.queues[simulator.extension("901").id]:
        simulator.account.presence(extension_id).user_status = "Offline"

    with pytest.raises(LookupError):
        simulator.ring(to="901", from_="+16505550123")


# Bodies by switch


async def test_minimal_telephony_event(socket: Socket, simulator: Simulator) -> None:
    """As recorded in 2014, 2015 and 2026."""
    simulator.switches.telephony_bodies = "minimal"
    simulator.switches.extension_id_type = "number"
    await socket.subscribe()
    simulator.ring(to="101", from_="+16505550123")

    event = await socket.event()

    assert set(event) == {
        "extensionId",
        "telephonyStatus",
        "activeCalls",
        "sequence",
        "aggregatedTelephonyStatus",
    }
    assert event["extensionId"] == 297277020


@pytest.mark.parametrize(("bodies", "calls"), [("partial", False), ("full", True)])
async def test_presence_event(
    socket: Socket, simulator: Simulator, bodies: str, calls: bool
) -> None:
    """Calls only if telephony changed, by the document."""
    simulator.switches.change("presence_bodies", bodies)
    await socket.subscribe()
    simulator.change_extension("101", dndStatus="DoNotAcceptAnyCalls")

    event = await socket.event()

    assert (event["presenceStatus"], event["userStatus"]) == ("Busy", "Available")
    assert all(
        (name in event) is calls
        for name in ("telephonyStatus", "activeCalls", "totalActiveCalls")
    )


_SWITCHED: list[tuple[dict[str, Any], Callable[[Any], bool]]] = [
    (
        {"call_id_changes": False},
        lambda event: event["activeCalls"][0]["id"][:2] == "s-",
    ),
    (
        {"termination_type": False},
        lambda event: "terminationType" not in event["activeCalls"][0],
    ),
    ({"total_counts_ended": True}, lambda event: event["totalActiveCalls"] == 1),
    ({"dnd_status": "Unknown"}, lambda event: event["dndStatus"] == "Unknown"),
    ({"dnd_status": "missing"}, lambda event: "dndStatus" not in event),
    (
        {"dnd_status_personal": True},
        lambda event: (
            event.get("dndStatusPersonal") == "TakeAllCalls"
            and event.get("acceptCallQueueCalls") is True
        ),
    ),
    ({"unknown_values": True}, lambda event: event["meetingStatus"] == "Presenting"),
    (
        {"extra_fields": True},
        lambda event: (
            "undocumentedField" in event
            and "undocumentedCallField" in event["activeCalls"][0]
        ),
    ),
]


@pytest.mark.parametrize(("switches", "holds"), _SWITCHED)
async def test_end_of_a_call_by_switch(
    socket: Socket,
    simulator: Simulator,
    switches: dict[str, Any],
    holds: Callable[[Any], bool],
) -> None:
    """What the default does not do."""
    await socket.subscribe()
    for seen in (False, True):
        party = simulator.ring(to="101", from_="+16505550123")
        simulator.answer(party.telephony_session_id)
        simulator.end(party.telephony_session_id)
        events = [await socket.event() for _ in range(3)]
        assert holds(events[-1]) is seen
        for name, value in switches.items():
            simulator.switches.change(name, value)


# Properties

_EXTENSIONS = [
    Extension(id=str(number), number=str(number), name="X") for number in (1, 2, 3)
]

_RINGS = st.tuples(
    st.just("ring"),
    st.sampled_from([None, 0, 1, 2]),
    st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True),
)
_STEPS = st.tuples(
    st.sampled_from(MOVES), st.integers(0, 5), st.sampled_from([None, 0, 1, 2])
)


def _follow(seen: dict[str, Any], body: dict[str, Any]) -> None:
    """Do what a client does: take what is there, drop calls that have ended."""
    seen |= body
    seen["activeCalls"] = [
        call for call in seen["activeCalls"] if call["telephonyStatus"] != "NoCall"
    ]


@settings(deadline=None)
@given(st.lists(st.one_of(_RINGS, _STEPS), max_size=40))
def test_status_calls_and_snapshots_always_agree(steps: list[Any]) -> None:
    """After any moves, the sum of the events equals the presence by REST."""
    seen: dict[str, dict[str, Any]] = {}
    presence = Presence()
    switches = Switches()

    def changed(extension_id: str, ended: Sequence[Party]) -> None:
        body = event_body(
            _EXTENSIONS[int(extension_id) - 1],
            presence,
            engine.of_extension(extension_id),
            ended,
            sequence=1,
            telephony=True,
            own=False,
            detail="sip",
            switches=switches,
        )
        _follow(seen.setdefault(extension_id, {}), body)

    engine = CallEngine(
        listener=changed, random=seeded(1, "property"), call_id_changes=lambda: True
    )
    sessions: list[str] = []
    for name, first, second in steps:
        if name == "ring":
            call = engine.start(
                caller=None if first is None else _EXTENSIONS[first],
                called=[_EXTENSIONS[place] for place in second],
                from_number="1",
                from_name=None,
                to_number="2",
                to_name=None,
            )
            sessions.append(call.id)
        elif sessions:
            extension_id = None if second is None else _EXTENSIONS[second].id
            try:
                engine.move(sessions[first % len(sessions)], name, extension_id)
            except IllegalMoveError, UnknownCallError:
                continue

    for extension in _EXTENSIONS:
        calls = engine.of_extension(extension.id)
        resource = rest_body(
            extension,
            presence,
            calls,
            account_uri="",
            own=False,
            detail="sip",
            switches=switches,
        )
        statuses = {call.status for call in calls}
        assert "NoCall" not in statuses
        assert (telephony_status(calls) == "NoCall") is not bool(calls)
        assert telephony_status(calls) in statuses | {"NoCall"}
        assert (presence_status(presence, calls) == "Busy") is bool(
            statuses & {"CallConnected", "OnHold"}
        )
        if extension.id in seen:
            event = seen[extension.id]
            assert event["telephonyStatus"] == resource["telephonyStatus"]
            assert event["totalActiveCalls"] == len(calls)
            listed = [(call.party_id, call.status) for call in calls[-7:]]
            assert [
                (call["partyId"], call["telephonyStatus"])
                for call in event["activeCalls"]
            ][-len(listed) or None :] == listed or len(calls) >= 7
    living = [party for call in engine for party in call.parties]
    assert sorted(party.party_id for party in living) == sorted(
        party.party_id
        for extension in _EXTENSIONS
        for party in engine.of_extension(extension.id)
    )


def _calls(simulator: Simulator, number: str) -> list[Any]:
    calls = simulator.presence(number)["activeCalls"]
    assert isinstance(calls, list)
    return calls

"""Sessions of calls, and what actions do to their parties and to presence."""

from typing import Any

import pytest

from simulator import IllegalMoveError
from simulator.company.call import Target
from simulator.company.directory import ACCOUNT_ID, OWNER_ID

from .telephony import CALLER, DIALLED, Telephony

_RINGING = [(2, "Ringing")]
_ENDED = [(2, "NoCall")]


@pytest.fixture
def telephony() -> Telephony:
    """Return the telephony of an account."""
    return Telephony()


# Sessions


@pytest.mark.freeze_time("2026-01-12 09:40:00.300")
def test_session_of_a_call_from_outside(telephony: Telephony, freezer: Any) -> None:
    call = telephony.ring("101")
    token = call.id.removeprefix("s-")
    own = telephony.extension("101")
    assert telephony.bodies.session(call) == {
        "id": call.id,
        "creationTime": "2026-01-12T09:40:00Z",
        "origin": {"type": "Call"},
        "parties": [
            {
                "id": f"p-{token}-1",
                "accountId": ACCOUNT_ID,
                "owner": {"accountId": ACCOUNT_ID},
                "direction": "Outbound",
                "from": {"phoneNumber": CALLER, "name": "Test Caller"},
                "to": {
                    "phoneNumber": "101",
                    "name": own.name,
                    "extensionId": OWNER_ID,
                },
                "status": {"code": "Answered", "rcc": False},
                "muted": False,
                "standAlone": False,
            },
            {
                "id": f"p-{token}-2",
                "accountId": ACCOUNT_ID,
                "extensionId": OWNER_ID,
                "owner": {"accountId": ACCOUNT_ID, "extensionId": OWNER_ID},
                "direction": "Inbound",
                "from": {"phoneNumber": CALLER, "name": "Test Caller"},
                "to": {
                    "phoneNumber": "101",
                    "name": own.name,
                    "extensionId": OWNER_ID,
                },
                "status": {"code": "Proceeding", "rcc": False},
                "muted": False,
                "standAlone": False,
            },
        ],
    }


def test_party_names_the_device_that_has_answered(telephony: Telephony) -> None:
    call = telephony.ring("101")
    party = telephony.calls.answer(call, telephony.party(call), "80")
    body: Any = telephony.bodies.party(call, party)
    assert body["to"]["deviceId"] == "80"
    assert "deviceId" not in body["from"]


def test_calling_extension_is_answered_before_the_called_one(
    telephony: Telephony,
) -> None:
    """In the session; presence shows it as ringing until both are connected."""
    call = telephony.ring("102", from_="101")
    assert telephony.states(call) == [(1, "Answered", None), (2, "Proceeding", None)]
    assert telephony.presence("101") == [(1, "Ringing")]
    telephony.calls.move(call.id, "answer")
    assert telephony.states(call) == [(1, "Answered", None), (2, "Answered", None)]
    assert telephony.presence("101") == [(1, "CallConnected")]


def test_call_to_outside_is_answered_by_the_outside_party_first(
    telephony: Telephony,
) -> None:
    call = telephony.ring(DIALLED, from_="101")
    assert telephony.states(call) == [(1, "Proceeding", None), (2, "Proceeding", None)]
    telephony.calls.move(call.id, "answer")
    assert telephony.states(call) == [(1, "Answered", None), (2, "Answered", None)]
    first, second = telephony.events[-2:]
    account = f"/restapi/v1.0/account/{ACCOUNT_ID}"
    assert first.event == f"{account}/telephony/sessions"
    assert second.event == f"{account}/extension/{OWNER_ID}/telephony/sessions"


def test_queue_call_names_the_queue(telephony: Telephony) -> None:
    queue = telephony.extension("901")
    call = telephony.ring("101", "102", queue="901")
    body: Any = telephony.bodies.session(call)
    caller, agent, other = body["parties"]
    assert "attributes" not in caller
    for party in (agent, other):
        assert party["attributes"] == {"queueCall": True}
        assert party["from"]["name"] == f"{queue.name} - Test Caller"
        assert party["to"] == {
            "phoneNumber": "901",
            "name": queue.name,
            "extensionId": queue.id,
        }
    telephony.calls.move(call.id, "answer", telephony.extension("102").id)
    assert telephony.states(call)[1] == (2, "Disconnected", "AgentAnswered")


def test_losing_agents_have_no_reason_by_switch(telephony: Telephony) -> None:
    telephony.switch(queue_losers="none")
    call = telephony.ring("101", "102", queue="901")
    telephony.calls.move(call.id, "answer", telephony.extension("102").id)
    assert telephony.states(call)[1] == (2, "Disconnected", None)


@pytest.mark.parametrize(
    ("party_owner", "fields"),
    [
        ("both", {"accountId", "extensionId", "owner"}),
        ("owner", {"owner"}),
        ("new", {"accountId", "extensionId"}),
    ],
)
def test_fields_that_name_the_owner_by_switch(
    telephony: Telephony, party_owner: str, fields: set[str]
) -> None:
    telephony.switch(party_owner=party_owner)
    call = telephony.ring("101")
    body = telephony.bodies.party(call, telephony.party(call))
    assert body.keys() & {"accountId", "extensionId", "owner"} == fields
    old = telephony.bodies.party(call, telephony.party(call), with_extension=False)
    assert old.keys() & {"accountId", "extensionId", "owner"} == {"owner"}


def test_outside_parties_are_missing_by_switch(telephony: Telephony) -> None:
    telephony.switch(outside_party="missing")
    call = telephony.connected("101")
    assert telephony.states(call) == [(2, "Answered", None)]


@pytest.mark.parametrize("code", ["VoiceMail", "Voicemail", "VMScreening"])
def test_spelling_of_voicemail_by_switch(telephony: Telephony, code: str) -> None:
    telephony.switch(voicemail_code=code)
    call = telephony.ring("101")
    telephony.calls.reject(call, telephony.party(call))
    assert telephony.states(call)[1] == (2, code, None)


def test_unknown_codes_by_switch(telephony: Telephony) -> None:
    """An end stays one, else no call could be known to be over."""
    telephony.switch(unknown_codes=True)
    call = telephony.ring("101", "102", queue="901")
    assert {code for _, code, _ in telephony.states(call)} == {"Undocumented"}
    telephony.calls.move(call.id, "answer", telephony.extension("102").id)
    assert telephony.states(call)[1] == (2, "Disconnected", "Undocumented")


def test_ended_calls_are_not_kept_for_ever(telephony: Telephony) -> None:
    for _ in range(600):
        telephony.calls.move(telephony.ring("101").id, "end")
    assert len(telephony.calls.ended_calls) == 500


# While it rings


def test_rejected_call_goes_to_voicemail(telephony: Telephony) -> None:
    call = telephony.ring("101", from_="102")
    telephony.calls.reject(call, telephony.party(call))
    assert telephony.states(call) == [(1, "Answered", None), (2, "VoiceMail", None)]
    assert telephony.presence("101") == []
    assert telephony.presence("102") == [(1, "CallConnected")]
    telephony.calls.move(call.id, "end")
    assert telephony.states(call)[1] == (2, "Disconnected", "Voicemail")


@pytest.mark.parametrize(
    ("rejected_call", "first", "second"),
    [
        ("next", (2, "Disconnected", "Rejected"), (3, "Proceeding", None)),
        ("voicemail", (2, "VoiceMail", None), (3, "Disconnected", None)),
    ],
)
def test_rejected_call_rings_on_elsewhere_by_switch(
    telephony: Telephony, rejected_call: str, first: object, second: object
) -> None:
    telephony.switch(rejected_call=rejected_call)
    call = telephony.ring("101", "102")
    telephony.calls.reject(call, telephony.party(call))
    assert telephony.states(call)[1:] == [first, second]


def test_caller_waits_when_the_last_agent_passes(telephony: Telephony) -> None:
    call = telephony.ring("101", "102", queue="901")
    telephony.calls.ignore(call, telephony.party(call))
    telephony.calls.reject(call, telephony.party(call, "102"))
    assert telephony.states(call) == [
        (1, "Answered", None),
        (2, "Disconnected", "AgentDropped"),
        (3, "Disconnected", "Rejected"),
    ]
    telephony.calls.offer(call.id, telephony.extension("103"))
    assert telephony.states(call)[3] == (4, "Proceeding", None)


def test_agent_with_a_session_of_its_own_passes(telephony: Telephony) -> None:
    phones = [telephony.extension(number) for number in ("101", "102")]
    first = telephony.calls.start_each(
        phones,
        from_number=CALLER,
        from_name=None,
        to_number="901",
        to_name=None,
        queue_call=True,
        queue_name="Queue",
        on_behalf_of=None,
    )
    telephony.calls.ignore(first, telephony.party(first))
    assert telephony.states(first)[1] == (2, "Disconnected", "AgentDropped")
    assert telephony.presence("102") == _RINGING


@pytest.mark.parametrize(
    ("number", "voicemail", "state", "presence"),
    [
        ("102", False, (3, "Proceeding", None), [(3, "Ringing")]),
        ("102", True, (3, "VoiceMail", None), []),
        (DIALLED, False, (3, "Proceeding", None), []),
    ],
)
def test_ringing_call_is_forwarded(
    telephony: Telephony,
    number: str,
    voicemail: bool,
    state: object,
    presence: object,
) -> None:
    call = telephony.ring("101")
    party = telephony.calls.forward(
        call,
        telephony.party(call),
        telephony.target(number, voicemail=voicemail),
    )
    assert (party.code, party.reason) == ("Disconnected", "CallRedirected")
    assert telephony.states(call)[2] == state
    assert telephony.presence("102") == presence
    assert telephony.notified[1] == ("101", _ENDED)
    telephony.calls.move(call.id, "end")
    assert {code for _, code, _ in telephony.states(call)} == {"Disconnected"}


def test_forwarded_call_is_answered_outside(telephony: Telephony) -> None:
    call = telephony.ring("101", from_="102")
    telephony.calls.forward(call, telephony.party(call), telephony.target(DIALLED))
    assert telephony.presence("102") == [(1, "Ringing")]
    telephony.calls.move(call.id, "answer")
    assert telephony.states(call)[2] == (3, "Answered", None)
    assert telephony.presence("102") == [(1, "CallConnected")]


def test_call_is_forwarded_to_a_phone_in_it(telephony: Telephony) -> None:
    call = telephony.ring("101", from_="102")
    with pytest.raises(IllegalMoveError):
        telephony.calls.forward(call, telephony.party(call), telephony.target("102"))
    assert telephony.presence("101") == _RINGING


def test_replied_call_ends(telephony: Telephony) -> None:
    call = telephony.ring("101")
    telephony.calls.reply(call, telephony.party(call))
    assert telephony.states(call)[1] == (2, "Disconnected", "CallReplied")
    assert call.ended_at is not None


@pytest.mark.parametrize(
    ("answered_device", "notified", "states"),
    [
        ("same_party", [[(2, "CallConnected")]], [(2, "Answered", None)]),
        (
            "other_party",
            [_ENDED, [(3, "Ringing")], [(3, "CallConnected")]],
            [(2, "Disconnected", "CallSwitch"), (3, "Answered", None)],
        ),
        (
            "silent",
            [_ENDED, [(3, "Ringing")]],
            [(2, "Disconnected", "CallSwitch"), (3, "Proceeding", None)],
        ),
    ],
)
def test_call_is_answered_at_a_device_by_switch(
    telephony: Telephony, answered_device: str, notified: object, states: object
) -> None:
    telephony.switch(answered_device=answered_device)
    call = telephony.ring("101")
    telephony.calls.answer(call, telephony.party(call), "80")
    assert [statuses for _, statuses in telephony.notified[1:]] == notified
    assert telephony.states(call)[1:] == states


# Connected


def test_only_the_holding_side_is_on_hold(telephony: Telephony) -> None:
    call = telephony.connected("102", from_="101")
    telephony.calls.hold(call, telephony.party(call))
    assert telephony.states(call) == [(1, "Hold", None), (2, "Answered", None)]
    telephony.calls.unhold(call, telephony.party(call))
    assert telephony.presence("101") == [(1, "CallConnected")]


def test_muted_party_shows_in_the_session_only(telephony: Telephony) -> None:
    call = telephony.connected("101")
    before = len(telephony.notified), len(telephony.events)
    telephony.calls.mute(call, telephony.party(call), True)
    telephony.calls.mute(call, telephony.party(call), True)
    assert (len(telephony.notified), len(telephony.events) - 1) == before
    body: Any = telephony.events[-1].body
    assert [party["muted"] for party in body["parties"]] == [True]
    assert telephony.bodies.party(call, telephony.party(call))["muted"] is True


def test_recording_is_paused(telephony: Telephony) -> None:
    call = telephony.connected("101")
    party = telephony.calls.record(telephony.party(call), True)
    telephony.calls.record(party, False)
    body: Any = telephony.bodies.party(call, party)
    assert body["recordings"] == [{"id": party.recording_id, "active": False}]


def test_transferred_call_goes_on_in_its_session(telephony: Telephony) -> None:
    call = telephony.connected("101")
    telephony.calls.transfer_to(call, telephony.party(call), telephony.target("102"))
    assert telephony.states(call) == [
        (1, "Answered", None),
        (2, "Disconnected", "BlindTransfer"),
        (3, "Proceeding", None),
    ]
    assert telephony.notified[2:] == [("101", _ENDED), ("102", [(3, "Ringing")])]


def test_transferred_call_goes_on_in_a_new_session_by_switch(
    telephony: Telephony,
) -> None:
    telephony.switch(transferred_session="new")
    call = telephony.connected("102", from_="103")
    party = telephony.party(call, "102")
    telephony.calls.transfer_to(call, party, telephony.target("101"))
    (new,) = telephony.calls
    assert call.ended_at is not None
    assert telephony.states(call) == [
        (1, "Gone", "BlindTransfer"),
        (2, "Disconnected", "BlindTransfer"),
    ]
    assert telephony.states(new) == [(1, "Answered", None), (3, "Proceeding", None)]
    body: Any = telephony.bodies.session(call)
    assert body["parties"][0]["status"]["peerId"] == {
        "telephonySessionId": new.id,
        "partyId": telephony.party(new, "103").party_id,
    }
    assert telephony.presence("103") == [(1, "CallConnected")]
    assert ("103", [(1, "CallConnected"), (1, "NoCall")]) in telephony.notified


def test_outside_caller_goes_to_the_new_session(telephony: Telephony) -> None:
    telephony.switch(transferred_session="new")
    call = telephony.connected("101")
    telephony.calls.transfer_to(call, telephony.party(call), telephony.target(DIALLED))
    (new,) = telephony.calls
    assert telephony.states(call)[0] == (1, "Gone", "BlindTransfer")
    assert telephony.states(new) == [(1, "Answered", None), (3, "Proceeding", None)]


def test_call_is_transferred_to_voicemail(telephony: Telephony) -> None:
    call = telephony.connected("101")
    target = telephony.target("102", voicemail=True)
    telephony.calls.transfer_to(call, telephony.party(call), target)
    assert telephony.states(call)[2] == (3, "VoiceMail", None)
    assert telephony.presence("102") == []
    telephony.calls.move(call.id, "end")
    assert telephony.states(call)[2] == (3, "Disconnected", "Voicemail")


def test_call_that_is_transferred_outside_can_be_answered_and_ended(
    telephony: Telephony,
) -> None:
    call = telephony.connected("101")
    telephony.calls.transfer_to(call, telephony.party(call), telephony.target(DIALLED))
    telephony.calls.move(call.id, "answer")
    assert telephony.states(call)[2] == (3, "Answered", None)
    telephony.calls.move(call.id, "end")
    assert not list(telephony.calls)


@pytest.mark.parametrize(
    ("bridge_peer", "key"),
    [("telephony_session_id", "telephonySessionId"), ("session_id", "sessionId")],
)
def test_two_own_calls_are_joined(
    telephony: Telephony, bridge_peer: str, key: str
) -> None:
    telephony.switch(bridge_peer=bridge_peer)
    first = telephony.connected("101")
    telephony.calls.hold(first, telephony.party(first))
    second = telephony.connected("102", from_="101")
    second_party = telephony.party(second)
    party = telephony.calls.bridge(first, telephony.party(first), second, second_party)
    body: Any = telephony.bodies.party(first, party)
    assert body["status"] == {
        "code": "Gone",
        "rcc": False,
        "reason": "AttendedTransfer",
        "peerId": {key: second.id, "partyId": second_party.party_id},
    }
    assert telephony.presence("101") == []
    assert telephony.notified[-1] == ("101", [(2, "NoCall"), (1, "NoCall")])
    assert telephony.states(second) == [
        (1, "Disconnected", "AttendedTransfer"),
        (2, "Answered", None),
        (3, "Answered", None),
    ]
    joined: Any = telephony.bodies.session(second)
    assert joined["parties"][2]["to"]["phoneNumber"] == "102"
    telephony.calls.move(second.id, "end")
    assert not list(telephony.calls)


def test_call_is_not_joined_to_itself(telephony: Telephony) -> None:
    call = telephony.connected("101")
    party = telephony.party(call)
    with pytest.raises(IllegalMoveError):
        telephony.calls.bridge(call, party, call, party)


# Parked


@pytest.mark.parametrize(
    ("park_entry", "presence", "states"),
    [
        ("parked", [(2, "ParkedCall")], [(2, "Parked", "CallPark")]),
        (
            "ended",
            [],
            [(2, "Disconnected", "CallPark"), (3, "Parked", "CallPark")],
        ),
    ],
)
def test_call_is_parked_and_taken_back_by_switch(
    telephony: Telephony, park_entry: str, presence: object, states: object
) -> None:
    telephony.switch(park_entry=park_entry)
    call = telephony.connected("101")
    telephony.calls.park(call, telephony.party(call))
    assert telephony.presence("101") == presence
    assert telephony.states(call)[1:] == states
    body: Any = telephony.bodies.session(call)
    assert body["parties"][-1]["park"] == {"id": "*801"}
    assert body["parties"][-1]["status"]["parkData"] == "*801"
    (parked,) = (party for party in call.living if party.code == "Parked")
    party = telephony.calls.pick_up(call, parked, telephony.extension("101"), "80")
    assert telephony.presence("101") == [(party.number, "CallConnected")]
    assert party.device_id == "80"


def test_parked_calls_have_places_of_their_own(telephony: Telephony) -> None:
    calls = [telephony.connected("101") for _ in range(2)]
    for call in calls:
        party = next(p for p in call.parties)
        telephony.calls.park(call, party)
    assert [call.parties[0].park_id for call in calls] == ["*801", "*802"]


def test_colleague_takes_a_parked_call(telephony: Telephony) -> None:
    call = telephony.connected("101")
    parked = telephony.calls.park(call, telephony.party(call))
    telephony.calls.pick_up(call, parked, telephony.extension("102"), "80")
    assert telephony.states(call)[1:] == [
        (2, "Disconnected", "Pickup"),
        (3, "Answered", "Pickup"),
    ]
    assert telephony.presence("102") == [(3, "CallConnected")]
    assert telephony.presence("101") == []


@pytest.mark.parametrize("with_party", ["without", "with"])
def test_call_is_parked_at_a_location_by_switch(
    telephony: Telephony, with_party: str
) -> None:
    telephony.switch(park_location_party=with_party)
    location = telephony.extension("911")
    call = telephony.connected("101")
    telephony.calls.transfer_to(
        call, telephony.party(call), Target("911", None, location, "park")
    )
    assert telephony.states(call)[1:] == [
        (2, "Disconnected", "ParkLocation"),
        (3, "Parked", "ParkLocation"),
    ]
    (entry,) = telephony.entries("911")
    assert entry["telephonyStatus"] == "ParkedCall"
    assert entry["telephonySessionId"] == call.id
    if with_party == "without":
        assert entry.keys() == {"sipData", "telephonySessionId", "telephonyStatus"}
    else:
        assert entry["partyId"] == telephony.party(call, "911").party_id


# The end


@pytest.mark.parametrize("number", ["101", "102"])
def test_dropped_party_ends_a_call_of_two(telephony: Telephony, number: str) -> None:
    call = telephony.connected("102", from_="101")
    telephony.calls.drop(call, telephony.party(call, number))
    assert call.ended_at is not None
    assert telephony.presence("101") == telephony.presence("102") == []


def test_dropped_party_leaves_a_call_of_three(telephony: Telephony) -> None:
    call = telephony.ring("101", "102")
    telephony.calls.drop(call, telephony.party(call))
    assert call.ended_at is None
    assert telephony.presence("102") == [(3, "Ringing")]


def test_dropped_session_ends_for_all(telephony: Telephony) -> None:
    call = telephony.ring("101", "102")
    telephony.calls.drop_session(call)
    assert {code for _, code, _ in telephony.states(call)} == {"Disconnected"}


# Presence of REST


@pytest.mark.parametrize("mode", ["none", "ringing", "no_party", "ended_party"])
def test_presence_is_stale_after_the_end_by_switch(
    telephony: Telephony, freezer: Any, mode: str
) -> None:
    telephony.switch(stale_presence=mode)
    call = telephony.ring("101")
    party_id = telephony.party(call).party_id
    telephony.calls.move(call.id, "end")
    entries = [
        (entry["telephonyStatus"], entry.get("partyId"))
        for entry in telephony.entries("101")
    ]
    expected = {
        "none": [],
        "ringing": [("Ringing", party_id)],
        "no_party": [("Ringing", None)],
        "ended_party": [("Ringing", party_id)],
    }
    assert entries == expected[mode]
    freezer.tick(181)
    assert telephony.entries("101") == []


@pytest.mark.parametrize(
    ("mode", "number"), [("ringing", 3), ("no_party", None), ("ended_party", 2)]
)
def test_presence_names_another_party_of_a_living_call_by_switch(
    telephony: Telephony, mode: str, number: int | None
) -> None:
    telephony.switch(stale_presence=mode)
    call = telephony.connected("101")
    telephony.calls.flip(call.id, OWNER_ID)
    entry = telephony.entries("101")[-1]
    assert entry["telephonyStatus"] == "CallConnected"
    assert entry.get("partyId", "").rpartition("-")[2] == str(number or "")

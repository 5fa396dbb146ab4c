"""Whose calls may be controlled, in which states, and with which errors."""

from typing import Any

import pytest

from simulator.base.errors import ApiError
from simulator.company.call import Call
from simulator.company.control_rules import Action
from simulator.company.directory import ACCOUNT_ID, OWNER_ID
from simulator.company.parties import Party

from .telephony import DIALLED, Telephony, error


@pytest.fixture
def telephony() -> Telephony:
    """Return the telephony of an account."""
    return Telephony()


def _check(
    telephony: Telephony,
    call: Call,
    action: Action,
    party: Party | None = None,
    viewer_id: str = OWNER_ID,
) -> bool | tuple[int, Any]:
    """Return the decision, or status and code of the refusal."""
    try:
        return telephony.rules.check(call, viewer_id, action, party)
    except ApiError as refused:
        return error(refused)


# Whose calls


@pytest.mark.parametrize(
    ("control_others", "allowed"),
    [
        ("refused", set()),
        ("administrators", {"owner"}),
        ("account_id", {"account"}),
        ("allowed", {"owner", "account", "other"}),
    ],
)
def test_calls_of_others_by_switch(
    telephony: Telephony, control_others: str, allowed: set[str]
) -> None:
    telephony.switch(control_others=control_others)
    call = telephony.connected("102")
    party = telephony.party(call, "102")
    viewers = {
        "owner": OWNER_ID,
        "account": ACCOUNT_ID,
        "other": telephony.extension("103").id,
    }
    for name, viewer_id in viewers.items():
        expected = True if name in allowed else (403, "TAS-106")
        assert _check(telephony, call, "hold", party, viewer_id) == expected
        assert _check(telephony, call, "drop_session", None, viewer_id) == expected
    own = telephony.extension("102").id
    assert _check(telephony, call, "hold", party, own) is True
    assert _check(telephony, call, "drop_session", None, own) is True


@pytest.mark.parametrize(
    ("control_refusal", "expected"),
    [
        ("TAS-106", (403, "TAS-106")),
        ("CMN-419", (403, "CMN-419")),
        ("CMN-408", (403, "CMN-408")),
        ("404", (404, "CMN-102")),
    ],
)
def test_error_of_that_refusal_by_switch(
    telephony: Telephony, control_refusal: str, expected: tuple[int, str]
) -> None:
    telephony.switch(control_refusal=control_refusal, foreign_session="refused")
    call = telephony.connected("102")
    assert _check(telephony, call, "hold", telephony.party(call, "102")) == expected
    assert _check(telephony, call, "drop_session") == expected
    with pytest.raises(ApiError) as refused:
        telephony.rules.session(call.id, OWNER_ID)
    assert error(refused.value) == expected


def test_session_of_others_can_be_read(telephony: Telephony) -> None:
    call = telephony.connected("102")
    assert telephony.rules.session(call.id, OWNER_ID) is call


def test_own_session_can_be_read_though_those_of_others_cannot(
    telephony: Telephony,
) -> None:
    telephony.switch(foreign_session="refused")
    call = telephony.connected("101")
    telephony.calls.transfer_to(call, telephony.party(call), telephony.target("102"))
    assert telephony.rules.session(call.id, OWNER_ID) is call


def test_parked_call_of_others_can_be_taken(telephony: Telephony) -> None:
    call = telephony.connected("102")
    party = telephony.calls.park(call, telephony.party(call, "102"))
    assert _check(telephony, call, "pickup", party) is True
    assert _check(telephony, call, "drop_party", party) == (403, "TAS-106")


def test_call_is_controlled_once_an_action_was_allowed(telephony: Telephony) -> None:
    call = telephony.connected("101")
    _check(telephony, call, "unhold", telephony.party(call))
    assert not call.is_controlled
    _check(telephony, call, "hold", telephony.party(call))
    assert call.is_controlled


# What cannot be found


def test_unknown_session_and_party(telephony: Telephony) -> None:
    call = telephony.connected("101")
    for find in (
        lambda: telephony.rules.session("s-1", OWNER_ID),
        lambda: telephony.rules.living("s-1"),
        lambda: telephony.rules.party(call, "p-1"),
    ):
        with pytest.raises(ApiError) as refused:
            find()
        assert error(refused.value) == (404, "CMN-102")
    party = telephony.party(call)
    assert telephony.rules.party(call, party.party_id) is party
    assert telephony.rules.living(call.id) is call


@pytest.mark.parametrize(
    ("ended_session", "at_once", "later"),
    [("readable", True, False), ("gone", False, False), ("kept", True, True)],
)
def test_ended_session_by_switch(
    telephony: Telephony, freezer: Any, ended_session: str, at_once: bool, later: bool
) -> None:
    telephony.switch(ended_session=ended_session)
    call = telephony.connected("101")
    telephony.calls.drop_session(call)
    for is_readable in (at_once, later):
        assert _is_readable(telephony, call) is is_readable
        freezer.tick(61)


@pytest.mark.parametrize(
    ("action_on_ended", "expected"), [(404, (404, "CMN-102")), (409, (409, "TAS-102"))]
)
def test_action_on_an_ended_call_or_party_by_switch(
    telephony: Telephony, action_on_ended: int, expected: tuple[int, str]
) -> None:
    telephony.switch(action_on_ended=action_on_ended)
    call = telephony.ring("101", "102")
    party = telephony.party(call)
    telephony.calls.decline(call.id, OWNER_ID)
    assert _check(telephony, call, "hold", party) == expected
    telephony.calls.drop_session(call)
    assert _check(telephony, call, "drop_session") == expected
    with pytest.raises(ApiError) as refused:
        telephony.rules.living(call.id)
    assert error(refused.value) == expected


def _is_readable(telephony: Telephony, call: Call) -> bool:
    try:
        return telephony.rules.session(call.id, OWNER_ID) is call
    except ApiError as refused:
        return error(refused) != (404, "CMN-102")


# States

_WRONG = (409, "TAS-102")
_RINGING_ACTIONS: tuple[Action, ...] = ("answer", "reject", "forward", "reply")
_CONNECTED_ACTIONS: tuple[Action, ...] = (
    "hold",
    "mute",
    "transfer",
    "bridge",
    "park",
    "flip",
    "record",
)
_HELD_ACTIONS: tuple[Action, ...] = ("unhold", "transfer", "bridge", "park")
_ALL: tuple[Action, ...] = (
    *_RINGING_ACTIONS,
    *_CONNECTED_ACTIONS,
    "unhold",
    "ignore",
    "pickup",
)


def _allowed(telephony: Telephony, call: Call, party: Party) -> set[Action]:
    return {action for action in _ALL if _check(telephony, call, action, party) is True}


def test_actions_by_state(telephony: Telephony) -> None:
    call = telephony.ring("101")
    party = telephony.party(call)
    assert _allowed(telephony, call, party) == set(_RINGING_ACTIONS)
    telephony.calls.move(call.id, "answer")
    assert _allowed(telephony, call, party) == set(_CONNECTED_ACTIONS)
    telephony.calls.hold(call, party)
    assert _allowed(telephony, call, party) == set(_HELD_ACTIONS)
    telephony.calls.park(call, party)
    assert _allowed(telephony, call, party) == {"pickup"}


def test_queue_call_may_be_ignored(telephony: Telephony) -> None:
    call = telephony.ring("101", queue="901")
    assert _check(telephony, call, "ignore", telephony.party(call)) is True


@pytest.mark.parametrize("to", ["102", DIALLED])
def test_outgoing_call_has_no_actions_until_it_is_answered(
    telephony: Telephony, to: str
) -> None:
    call = telephony.ring(to, from_="101")
    assert _allowed(telephony, call, telephony.party(call)) == set()
    telephony.calls.move(call.id, "answer")
    expected = set(_CONNECTED_ACTIONS) - {"park"}
    assert _allowed(telephony, call, telephony.party(call)) == expected


def test_caller_of_a_voicemail_has_no_actions(telephony: Telephony) -> None:
    call = telephony.ring("102", from_="101")
    telephony.calls.reject(call, telephony.party(call, "102"))
    assert _allowed(telephony, call, telephony.party(call)) == set()


@pytest.mark.parametrize(("wrong_state", "code"), [(409, "TAS-102"), (403, "TAS-101")])
@pytest.mark.parametrize("wrong_state_body", ["errors", "flat", "both"])
def test_error_of_a_wrong_state_by_switch(
    telephony: Telephony, wrong_state: int, code: str, wrong_state_body: str
) -> None:
    telephony.switch(wrong_state=wrong_state, wrong_state_body=wrong_state_body)
    refused = telephony.rules.wrong_state()
    detailed = {
        "errors": [{"errorCode": code, "message": "Incorrect State [WrongState]"}]
    }
    flat = {"errorCode": code, "message": "Incorrect State"}
    bodies = {"errors": detailed, "flat": flat, "both": {**flat, **detailed}}
    assert (refused.status, refused.body) == (wrong_state, bodies[wrong_state_body])


@pytest.mark.parametrize(
    ("hold_twice", "expected"), [("conflict", _WRONG), ("accepted", False)]
)
def test_hold_of_a_held_call_by_switch(
    telephony: Telephony, hold_twice: str, expected: object
) -> None:
    telephony.switch(hold_twice=hold_twice)
    call = telephony.connected("101")
    party = telephony.party(call)
    assert _check(telephony, call, "unhold", party) == expected
    telephony.calls.hold(call, party)
    assert _check(telephony, call, "hold", party) == expected


@pytest.mark.parametrize(
    ("phone_hold", "expected"),
    [("released", True), ("held", False), ("conflict", _WRONG)],
)
def test_release_of_a_call_that_is_held_at_the_phone_by_switch(
    telephony: Telephony, phone_hold: str, expected: object
) -> None:
    telephony.switch(phone_hold=phone_hold)
    call = telephony.connected("101")
    party = telephony.party(call)
    telephony.calls.move(call.id, "hold")
    assert _check(telephony, call, "unhold", party) == expected
    telephony.calls.move(call.id, "unhold")
    telephony.calls.hold(call, party)
    assert _check(telephony, call, "unhold", party) is True


@pytest.mark.parametrize(
    ("drop_party", "ringing", "connected"),
    [
        ("ends_unless_ringing", _WRONG, True),
        ("ends", True, True),
        ("TAS-106", (403, "TAS-106"), (403, "TAS-106")),
        ("TAS-102", _WRONG, _WRONG),
    ],
)
def test_party_is_dropped_by_switch(
    telephony: Telephony, drop_party: str, ringing: object, connected: object
) -> None:
    telephony.switch(drop_party=drop_party)
    call = telephony.ring("101")
    party = telephony.party(call)
    assert _check(telephony, call, "drop_party", party) == ringing
    telephony.calls.move(call.id, "answer")
    assert _check(telephony, call, "drop_party", party) == connected
    telephony.calls.park(call, party)
    assert _check(telephony, call, "drop_party", party) is True

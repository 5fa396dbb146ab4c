"""RingOuts and calls from a device: sessions, presence and status."""

from collections.abc import Callable
from typing import Any, get_args

import pytest

from simulator import IllegalMoveError
from simulator.base.errors import ApiError
from simulator.company.directory import OWNER_ID
from simulator.company.ring_outs import Failure, RingOut

from .telephony import DIALLED, Telephony, error

_NUMBER = "+14155550101"
_RINGS = ("InProgress", "InProgress", "InProgress")
_PICKED_UP = ("InProgress", "Success", "InProgress")
_CONNECTED = ("Success", "Success", "Success")


@pytest.fixture
def telephony() -> Telephony:
    """Return the telephony of an account."""
    return Telephony()


def _start(
    telephony: Telephony, to: str = DIALLED, *, is_own_phone: bool = True
) -> RingOut:
    return telephony.ring_outs.start(
        telephony.extension("101"),
        telephony.target(to),
        number=_NUMBER,
        is_own_phone=is_own_phone,
    )


def _status(telephony: Telephony, ring_out: RingOut) -> tuple[str, ...] | int:
    """Return the three statuses, or the HTTP status of a refusal."""
    try:
        body: Any = telephony.ring_outs.resource(ring_out)
    except ApiError as refused:
        return error(refused)[0]
    names = ("callStatus", "callerStatus", "calleeStatus")
    return tuple(body["status"][name] for name in names)


# One session, two sessions


def test_own_leg_looks_like_a_call_from_the_dialed_number(
    telephony: Telephony,
) -> None:
    ring_out = _start(telephony)
    (entry,) = telephony.entries("101")
    assert (entry["direction"], entry["from"], entry["to"]) == (
        "Inbound",
        DIALLED,
        _NUMBER,
    )
    assert ring_out.id == entry["telephonySessionId"]
    session: Any = telephony.bodies.session(ring_out.call)
    (party,) = session["parties"]
    assert session["origin"] == {"type": "RingOut"}
    assert party["ringOutRole"] == "Initiator"
    assert party["extensionId"] == OWNER_ID


@pytest.mark.parametrize("to", ["102", DIALLED, "+14155550102"])
def test_callee_is_called_when_the_own_phone_has_answered(
    telephony: Telephony, to: str
) -> None:
    ring_out = _start(telephony, to)
    assert _status(telephony, ring_out) == _RINGS
    with pytest.raises(IllegalMoveError):
        telephony.ring_outs.answer(ring_out)
    telephony.ring_outs.answer_own(ring_out)
    assert _status(telephony, ring_out) == _PICKED_UP
    with pytest.raises(IllegalMoveError):
        telephony.ring_outs.answer_own(ring_out)
    assert telephony.states(ring_out.call) == [
        (1, "Answered", None),
        (2, "Proceeding", None),
    ]
    session: Any = telephony.bodies.session(ring_out.call)
    target = session["parties"][1]
    assert (target["direction"], target["ringOutRole"]) == ("Inbound", "Target")
    assert (target["from"]["phoneNumber"], target["to"]["phoneNumber"]) == (_NUMBER, to)
    expected = [] if to == DIALLED else [(2, "Ringing")]
    assert telephony.presence("102") == expected
    telephony.ring_outs.answer(ring_out)
    assert _status(telephony, ring_out) == _CONNECTED
    with pytest.raises(IllegalMoveError):
        telephony.ring_outs.fail(ring_out, "Rejected")


@pytest.mark.parametrize("to", ["102", DIALLED])
def test_ring_out_with_two_sessions(telephony: Telephony, to: str) -> None:
    """Both are listed from the start, with swapped numbers, and end together."""
    telephony.switch(ring_out_sessions="two")
    ring_out = _start(telephony, to)
    own, other = telephony.entries("101")
    assert (own["direction"], other["direction"]) == ("Inbound", "Outbound")
    assert (own["from"], own["to"]) == (other["to"], other["from"])
    assert int(own["sessionId"]) - int(other["sessionId"]) == 2000
    assert telephony.presence("102") == []
    telephony.ring_outs.answer_own(ring_out)
    assert telephony.presence("101") == [(1, "CallConnected"), (1, "Ringing")]
    assert _status(telephony, ring_out) == _PICKED_UP
    telephony.ring_outs.answer(ring_out)
    assert telephony.presence("101") == [(1, "CallConnected"), (1, "CallConnected")]
    assert _status(telephony, ring_out) == _CONNECTED
    telephony.notified.clear()
    telephony.calls.move(ring_out.target_call.id, "end")
    assert not list(telephony.calls)
    assert telephony.notified[0] == ("101", [(1, "NoCall"), (1, "NoCall")])


@pytest.mark.parametrize("sessions", ["one", "two"])
def test_own_phone_is_outside(telephony: Telephony, sessions: str) -> None:
    telephony.switch(ring_out_sessions=sessions, ring_out_outside="hidden")
    ring_out = _start(telephony, is_own_phone=False)
    assert telephony.notified == []
    telephony.ring_outs.answer_own(ring_out)
    telephony.ring_outs.answer(ring_out)
    assert _status(telephony, ring_out) == _CONNECTED
    assert telephony.presence("101") == []
    telephony.calls.move(ring_out.call.id, "end")
    assert not list(telephony.calls)


def test_own_phone_outside_is_shown_by_switch(telephony: Telephony) -> None:
    _start(telephony, is_own_phone=False)
    assert telephony.presence("101") == [(1, "Ringing")]


@pytest.mark.parametrize("to", ["102", DIALLED])
def test_own_leg_is_outgoing_by_switch(telephony: Telephony, to: str) -> None:
    telephony.switch(ring_out_direction="Outbound")
    ring_out = _start(telephony, to)
    (entry,) = telephony.entries("101")
    assert (entry["direction"], entry["from"], entry["to"]) == (
        "Outbound",
        _NUMBER,
        to,
    )
    telephony.ring_outs.answer_own(ring_out)
    assert _status(telephony, ring_out) == _PICKED_UP
    telephony.ring_outs.answer(ring_out)
    assert _status(telephony, ring_out) == _CONNECTED


@pytest.mark.parametrize(
    ("spelling", "to", "expected"),
    [
        ("e164", DIALLED, DIALLED),
        ("national", DIALLED, "6505550177"),
        ("national", "+49301234567", "0301234567"),
        ("national", "102", "102"),
        ("empty", DIALLED, ""),
    ],
)
def test_number_of_the_own_leg_by_switch(
    telephony: Telephony, spelling: str, to: str, expected: str
) -> None:
    telephony.switch(ring_out_from=spelling)
    ring_out = _start(telephony, to)
    assert telephony.entries("101")[0]["from"] == expected
    session: Any = telephony.bodies.session(ring_out.call)
    assert session["parties"][0]["from"].get("phoneNumber", "") == expected


@pytest.mark.parametrize("form", ["session", "text", "number"])
def test_id_by_switch(telephony: Telephony, form: str) -> None:
    telephony.switch(ring_out_id=form)
    ring_out = _start(telephony)
    body: Any = telephony.ring_outs.resource(ring_out)
    assert (ring_out.id == ring_out.call.id) is (form == "session")
    assert isinstance(body["id"], int) is (form == "number")
    assert str(body["id"]) == ring_out.id
    assert telephony.ring_outs.find(OWNER_ID, ring_out.id) is ring_out
    for owner_id, ring_out_id in (("1", ring_out.id), (OWNER_ID, "1")):
        with pytest.raises(ApiError) as refused:
            telephony.ring_outs.find(owner_id, ring_out_id)
        assert error(refused.value) == (404, "CMN-102")


# The end


@pytest.mark.parametrize("failure", get_args(Failure.__value__))
@pytest.mark.parametrize("sessions", ["one", "two"])
def test_phone_is_not_reached(
    telephony: Telephony, freezer: Any, failure: Failure, sessions: str
) -> None:
    names = {
        "TargetBusy": "Busy",
        "NoSuchUser": "NosuchUser",
        "InvalidNumber": "Invalid",
        "InternalError": "GenericError",
    }
    name = names.get(failure, failure)
    telephony.switch(ring_out_sessions=sessions)
    own = _start(telephony)
    telephony.ring_outs.fail(own, failure)
    assert _status(telephony, own) == ("CannotReach", name, "InProgress")
    callee = _start(telephony)
    telephony.ring_outs.answer_own(callee)
    telephony.ring_outs.fail(callee, failure)
    assert _status(telephony, callee) == ("CannotReach", "Success", name)
    assert not list(telephony.calls)
    freezer.tick(61)
    assert _status(telephony, own) == _status(telephony, callee) == 404


def _decline_own(telephony: Telephony, ring_out: RingOut) -> None:
    telephony.calls.decline(ring_out.call.id, OWNER_ID)


def _end_ringing_own(telephony: Telephony, ring_out: RingOut) -> None:
    telephony.calls.move(ring_out.call.id, "end")


def _decline_callee(telephony: Telephony, ring_out: RingOut) -> None:
    telephony.ring_outs.answer_own(ring_out)
    telephony.calls.decline(ring_out.call.id, telephony.extension("102").id)


def _hang_up_own(telephony: Telephony, ring_out: RingOut) -> None:
    telephony.ring_outs.answer_own(ring_out)
    telephony.calls.drop_session(ring_out.call)


@pytest.mark.parametrize(
    ("act", "statuses"),
    [
        (_decline_own, ("CannotReach", "Rejected", "InProgress")),
        (_end_ringing_own, ("CannotReach", "NoAnswer", "InProgress")),
        (_decline_callee, ("CannotReach", "Success", "Rejected")),
        (_hang_up_own, ("CannotReach", "Success", "Rejected")),
    ],
)
def test_people_end_it_at_their_phones(
    telephony: Telephony,
    act: Callable[[Telephony, RingOut], None],
    statuses: tuple[str, ...],
) -> None:
    ring_out = _start(telephony, "102")
    act(telephony, ring_out)
    assert _status(telephony, ring_out) == statuses
    assert telephony.presence("101") == telephony.presence("102") == []


@pytest.mark.parametrize(
    ("ring_out_over", "expected"),
    [
        ("404", 404),
        ("NoSessionFound", ("NoSessionFound",) * 3),
        ("Finished", ("Finished",) * 3),
    ],
)
def test_status_after_the_end_by_switch(
    telephony: Telephony, ring_out_over: str, expected: object
) -> None:
    telephony.switch(ring_out_over=ring_out_over)
    ring_out = _start(telephony)
    telephony.ring_outs.answer_own(ring_out)
    telephony.ring_outs.answer(ring_out)
    telephony.calls.move(ring_out.call.id, "end")
    assert _status(telephony, ring_out) == expected
    cancelled = _start(telephony)
    telephony.ring_outs.cancel(cancelled)
    assert _status(telephony, cancelled) == expected


def test_cancelled_ring_out_ends(telephony: Telephony) -> None:
    ring_out = _start(telephony)
    telephony.ring_outs.cancel(ring_out)
    assert telephony.states(ring_out.call) == [(1, "Disconnected", "Cancelled")]
    assert telephony.presence("101") == []
    with pytest.raises(ApiError) as refused:
        telephony.ring_outs.cancel(ring_out)
    assert error(refused.value) == (404, "CMN-102")


@pytest.mark.parametrize(
    ("late_cancel", "refused", "lives"),
    [("no_effect", None, True), ("404", 404, True), ("ended", None, False)],
)
def test_late_cancel_by_switch(
    telephony: Telephony, late_cancel: str, refused: int | None, lives: bool
) -> None:
    telephony.switch(ring_out_late_cancel=late_cancel)
    ring_out = _start(telephony)
    telephony.ring_outs.answer_own(ring_out)
    status = None
    try:
        telephony.ring_outs.cancel(ring_out)
    except ApiError as answer:
        status = error(answer)[0]
    assert (status, bool(telephony.presence("101"))) == (refused, lives)


# Calls from a device


@pytest.mark.parametrize("direction", ["Outbound", "Inbound"])
@pytest.mark.parametrize("origin", ["CallOut", "Call"])
def test_device_rings_before_the_callee_by_switch(
    telephony: Telephony, direction: str, origin: str
) -> None:
    telephony.switch(call_out_direction=direction, call_out_origin=origin)
    caller = telephony.extension("101")
    call = telephony.calls.call_out(caller, telephony.target("102"), "80")
    (entry,) = telephony.entries("101")
    assert (entry["direction"], entry["telephonyStatus"]) == (direction, "Ringing")
    telephony.calls.move(call.id, "answer")
    (entry,) = telephony.entries("101")
    assert (entry["direction"], entry["from"], entry["to"]) == (
        "Outbound",
        "101",
        "102",
    )
    assert telephony.presence("102") == [(2, "Ringing")]
    session: Any = telephony.bodies.session(call)
    assert session["origin"] == {"type": origin}
    assert session["parties"][0]["from"]["deviceId"] == "80"
    telephony.calls.move(call.id, "answer")
    assert telephony.states(call) == [(1, "Answered", None), (2, "Answered", None)]


def test_offline_device_never_rings(telephony: Telephony) -> None:
    caller = telephony.extension("101")
    call = telephony.calls.call_out(caller, telephony.target("102"), "80", dead=True)
    assert telephony.states(call) == [(1, "Setup", None)]
    assert telephony.notified == []
    telephony.calls.drop_session(call)
    assert not list(telephony.calls)


# Phones


@pytest.mark.parametrize(
    ("devices", "expected"),
    [
        ("usual", ["HardPhone Online", "SoftPhone Offline", "OtherPhone Online"]),
        ("empty", []),
        ("offline", ["HardPhone Offline", "SoftPhone Offline", "OtherPhone Offline"]),
        (
            "web",
            [
                "HardPhone Online",
                "SoftPhone Offline",
                "OtherPhone Online",
                "WebPhone Online",
            ],
        ),
    ],
)
def test_phones_by_switch(
    telephony: Telephony, devices: str, expected: list[str]
) -> None:
    telephony.switch(devices=devices)
    own = telephony.extension("101")
    phones = telephony.devices.of(own)
    assert [f"{phone.type} {phone.status}" for phone in phones] == expected
    for phone in phones:
        assert telephony.devices.owner(phone.id) is own
        assert telephony.devices.find(own, phone.id) == phone
        assert telephony.devices.find(telephony.extension("102"), phone.id) is None
    numbers = telephony.devices.forwarding_numbers(own)
    own_line = [(_NUMBER, True)] if phones else []
    assert [(item.number, item.is_own_phone) for item in numbers] == [
        *own_line,
        ("+15105550101", False),
    ]


def test_phones_are_replaced(telephony: Telephony) -> None:
    own = telephony.extension("101")
    usual = telephony.devices.of(own)
    telephony.devices.set(own, usual[1:2])
    assert telephony.devices.of(own) == usual[1:2]
    telephony.devices.set(own, None)
    assert telephony.devices.of(own) == usual

"""Decisions on actions for calls, compared with the table that is beside the code."""

from typing import Final

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.models.enums import Direction
from custom_components.ringcentral.api.models.telephony import (
    Origin,
    Party,
    PartyCode,
    PartyReason,
    PartyRequest,
    PartyStatus,
    Session,
)
from custom_components.ringcentral.control.buttons import (
    CANCEL_DIAL,
    CONNECT,
    DIAL,
    offered,
)
from custom_components.ringcentral.control.choosing import is_living
from custom_components.ringcentral.control.decisions import (
    alternative,
    check_details,
    decide,
    second_call,
    view_of,
)
from custom_components.ringcentral.control.effects import is_done
from custom_components.ringcentral.control.models import (
    MAX_REPLY,
    Abilities,
    Action,
    CallState,
    CallView,
    Details,
    Refusal,
    Result,
    Target,
    TargetKind,
    Whose,
)

from .table import (
    BODIES,
    CALLS,
    COLLEAGUE,
    DETAILS,
    NUMBER,
    OWN,
    PHONE,
    SESSION,
    THIRD,
    Row,
    party,
    session,
    table_rows,
)

ROWS: Final = tuple(table_rows())
SECOND: Final = ("s-2", "p-2-2")
INCOMING: Final = party(1, PartyCode.ANSWERED, Direction.OUTBOUND)


def own_view(
    one: Session, *, whose: Whose = Whose.OWN, party_id: str | None = None
) -> CallView:
    """Return the view of the extension that the table is about."""
    return view_of(one, OWN, party_id, whose, own_leg=False)


def view_in(state: CallState) -> CallView:
    """Return a view in a state."""
    return next(own_view(one) for known, one in CALLS.values() if known is state)


def described(decision: PartyRequest | Result | Refusal) -> str:
    """Return a decision as the table writes it."""
    match decision:
        case Refusal(key):
            return key
        case Result():
            return decision.value
        case PartyRequest(method, _, None, None):
            return f"{method} session"
        case PartyRequest(method, _, _, None):
            return f"{method} party"
        case PartyRequest(method, _, _, operation):
            return f"{method} {operation}"


def test_table_has_each_action_in_each_state() -> None:
    assert {(row.action, row.state) for row in ROWS} == {
        (action, state) for action in Action for state in CallState
    }
    assert {state for state, _ in CALLS.values()} == set(CallState)


@pytest.mark.parametrize("name", CALLS)
def test_state_of_a_call_is_that_of_the_own_party(name: str) -> None:
    state, one = CALLS[name]

    assert own_view(one).state is state


@pytest.mark.parametrize("whose", [Whose.OWN, Whose.OTHERS])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.action}-{row.state}")
def test_action_sends_or_answers_what_the_table_says(row: Row, whose: Whose) -> None:
    calls = [one for state, one in CALLS.values() if state is row.state]

    for one in calls:
        view = own_view(one, whose=whose)
        decision = decide(row.action, view, DETAILS[row.action])

        assert described(decision) == row.expected
        if isinstance(decision, PartyRequest):
            assert decision.session_id == SESSION
            assert decision.party_id in (
                (None,)
                if row.expected == "DELETE session"
                else (view.party and view.party.id,)
            )
            if decision.method == "POST":
                assert decision.body == BODIES.get(row.expected)


@pytest.mark.parametrize(
    ("target", "body"),
    [
        (Target(TargetKind.NUMBER, NUMBER), {"phoneNumber": NUMBER}),
        (Target(TargetKind.EXTENSION, COLLEAGUE), {"extensionId": COLLEAGUE}),
        (Target(TargetKind.VOICEMAIL, OWN), {"voicemail": OWN}),
        (Target(TargetKind.PARK_LOCATION, THIRD), {"parkOrbit": THIRD}),
    ],
)
def test_target_of_a_transfer_is_sent_by_its_kind(
    target: Target, body: dict[str, str]
) -> None:
    view = view_in(CallState.CONNECTED)

    request = decide(Action.TRANSFER, view, Details(target=target))

    assert request == PartyRequest("POST", SESSION, "p-1-2", "transfer", body)


@pytest.mark.parametrize(
    ("action", "details", "key"),
    [
        (Action.ANSWER, Details(), "no_phone"),
        (Action.ANSWER, Details(device_id=""), "no_phone"),
        (Action.PICK_UP, Details(), "no_phone"),
        (Action.FORWARD, Details(), "number_missing"),
        (Action.FORWARD, Details(Target(TargetKind.NUMBER, "")), "number_missing"),
        # Only answered calls can be sent to a park location, or joined.
        (
            Action.FORWARD,
            Details(Target(TargetKind.PARK_LOCATION, THIRD)),
            "number_missing",
        ),
        (
            Action.FORWARD,
            Details(Target(TargetKind.TO_CALL, "s-2"), second=SECOND),
            "number_missing",
        ),
        (Action.TRANSFER, Details(), "number_missing"),
        (Action.REPLY, Details(), "reply_empty"),
        (Action.REPLY, Details(text=" \n"), "reply_empty"),
        (Action.REPLY, Details(text="a" * (MAX_REPLY + 1)), "reply_too_long"),
    ],
)
def test_action_without_what_it_needs_is_refused(
    action: Action, details: Details, key: str
) -> None:
    view = view_in(CallState.UNKNOWN)

    assert check_details(action, details) == Refusal(key)
    assert decide(action, view, details) == Refusal(key)


def test_reply_of_the_longest_text_is_sent_without_blanks_around_it() -> None:
    text = "a" * MAX_REPLY
    request = decide(
        Action.REPLY, view_in(CallState.RINGING), Details(text=f" {text} ")
    )

    assert isinstance(request, PartyRequest)
    assert request.body == {"replyWithText": text}


@pytest.mark.parametrize("action", [Action.REJECT, Action.HANG_UP])
@pytest.mark.parametrize(
    ("whose", "device_id", "operation"),
    [
        (Whose.OWN, PHONE, "ignore"),
        (Whose.OWN, None, "reject"),
        # The telephone is not that of the other extension.
        (Whose.OTHERS, PHONE, "reject"),
    ],
)
def test_queue_call_is_ignored_with_a_telephone_else_rejected(
    action: Action, whose: Whose, device_id: str | None, operation: str
) -> None:
    view = own_view(CALLS["ringing at several agents"][1], whose=whose)

    request = decide(action, view, Details(device_id=device_id))

    body = {"deviceId": PHONE} if operation == "ignore" else None
    assert request == PartyRequest("POST", SESSION, "p-1-2", operation, body)


def test_ordinary_call_is_rejected_although_a_telephone_is_known() -> None:
    request = decide(
        Action.REJECT, view_in(CallState.RINGING), Details(device_id=PHONE)
    )

    assert request == PartyRequest("POST", SESSION, "p-1-2", "reject")


@pytest.mark.parametrize(
    ("action", "muted", "expected"),
    [
        (Action.MUTE, True, Result.ALREADY),
        (Action.UNMUTE, False, Result.ALREADY),
        (Action.MUTE, False, {"muted": True}),
        (Action.UNMUTE, True, {"muted": False}),
        (Action.MUTE, None, {"muted": True}),
        (Action.UNMUTE, None, {"muted": False}),
    ],
)
def test_mute_is_sent_unless_the_party_has_that_state(
    action: Action, muted: bool | None, expected: Result | dict[str, bool]
) -> None:
    own = party(2, PartyCode.ANSWERED, extension_id=OWN, muted=muted)
    decision = decide(action, own_view(session(INCOMING, own)), Details())

    if isinstance(expected, Result):
        assert decision is expected
    else:
        assert decision == PartyRequest("PATCH", SESSION, "p-1-2", None, expected)


@pytest.mark.parametrize(
    ("code", "expected"),
    [(PartyCode.ANSWERED, "unmute_first"), (PartyCode.HOLD, "POST transfer")],
)
def test_muted_call_is_transferred_only_from_hold(
    code: PartyCode, expected: str
) -> None:
    own = party(2, code, extension_id=OWN, muted=True)
    view = own_view(session(INCOMING, own))

    assert (
        described(decide(Action.TRANSFER, view, DETAILS[Action.TRANSFER])) == expected
    )


@pytest.mark.parametrize("code", [PartyCode.ANSWERED, PartyCode.HOLD])
def test_outgoing_call_cannot_be_parked(code: PartyCode) -> None:
    own = party(1, code, Direction.OUTBOUND, OWN)
    view = own_view(session(own, party(2, PartyCode.ANSWERED)))

    assert decide(Action.PARK, view, Details()) == Refusal("park_outgoing")


@pytest.mark.parametrize("code", [PartyCode.ANSWERED, PartyCode.HOLD])
@pytest.mark.parametrize(
    ("third", "unreadable", "expected"),
    [
        (PartyCode.ANSWERED, 0, "DELETE party"),
        (PartyCode.HOLD, 0, "DELETE party"),
        (PartyCode.UNKNOWN, 0, "DELETE party"),
        (PartyCode.DISCONNECTED, 1, "DELETE party"),
        (PartyCode.DISCONNECTED, 0, "DELETE session"),
        (PartyCode.GONE, 0, "DELETE session"),
        # It would not be in the call yet.
        (PartyCode.PROCEEDING, 0, "DELETE session"),
    ],
)
def test_hanging_up_does_not_end_a_call_of_others(
    code: PartyCode, third: PartyCode, unreadable: int, expected: str
) -> None:
    one = session(INCOMING, party(2, code, extension_id=OWN), party(3, third))
    view = own_view(one._replace(unreadable=unreadable))

    assert described(decide(Action.HANG_UP, view, Details())) == expected


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("answered", "DELETE party"),
        ("on hold", "DELETE party"),
        ("outgoing, ringing", "DELETE party"),
        ("new code", "DELETE party"),
        # What still rings cannot be dropped.
        ("own RingOut", "POST reject"),
    ],
)
def test_refused_end_of_a_session_is_followed_by_one_of_the_party(
    name: str, second: str
) -> None:
    view = own_view(CALLS[name][1])
    first = decide(Action.HANG_UP, view, Details())
    assert isinstance(first, PartyRequest)

    request = alternative(first, view)

    assert isinstance(request, PartyRequest)
    assert described(request) == second
    assert alternative(request, view) is None


def test_refused_drop_of_one_party_among_several_is_final() -> None:
    one = session(
        INCOMING,
        party(2, PartyCode.ANSWERED, extension_id=OWN),
        party(3, PartyCode.ANSWERED),
    )
    view = own_view(one)
    request = decide(Action.HANG_UP, view, Details())

    assert isinstance(request, PartyRequest)
    assert alternative(request, view) == Refusal("call_with_more")


def test_refused_drop_of_a_parked_call_is_no_call_with_more() -> None:
    one = session(
        INCOMING,
        party(2, PartyCode.PARKED, extension_id=OWN),
        party(3, PartyCode.ANSWERED),
    )
    view = own_view(one)
    request = decide(Action.HANG_UP, view, Details())

    assert isinstance(request, PartyRequest)
    assert alternative(request, view) is None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.action}-{row.state}")
def test_only_a_refused_deletion_has_an_alternative(row: Row) -> None:
    view = view_in(row.state)
    request = decide(row.action, view, DETAILS[row.action])

    if isinstance(request, PartyRequest) and request.method != "DELETE":
        assert alternative(request, view) is None


@pytest.mark.parametrize("state", [CallState.CONNECTED, CallState.HELD])
def test_warm_transfer_joins_the_second_call(state: CallState) -> None:
    details = Details(Target(TargetKind.TO_CALL, "s-2"), second=SECOND)

    request = decide(Action.TRANSFER, view_in(state), details)

    body = {"telephonySessionId": "s-2", "partyId": "p-2-2"}
    assert request == PartyRequest("POST", SESSION, "p-1-2", "bridge", body)


def test_warm_transfer_needs_a_second_call() -> None:
    details = Details(Target(TargetKind.TO_CALL, "s-2"))

    decision = decide(Action.TRANSFER, view_in(CallState.CONNECTED), details)

    assert decision == Refusal("no_such_call")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("answered", ("s-2", "p-1-2")),
        ("on hold", ("s-2", "p-1-2")),
        ("new code", ("s-2", "p-1-2")),
        ("ringing", "call_is_ringing"),
        ("own RingOut", "own_phone_rings"),
        ("outgoing, handled", "not_answered_yet"),
        ("parked", "call_is_parked"),
        ("hung up", "call_over"),
        ("not in the session", "call_over"),
    ],
)
def test_second_call_of_a_warm_transfer_must_be_answered(
    name: str, expected: tuple[str, str] | str
) -> None:
    second = own_view(CALLS[name][1]._replace(id="s-2"))

    found = second_call(view_in(CallState.HELD), second)

    assert found == (Refusal(expected) if isinstance(expected, str) else expected)


def test_call_is_not_joined_with_itself() -> None:
    view = view_in(CallState.CONNECTED)

    assert second_call(view, view) == Refusal("no_such_call")


@pytest.mark.parametrize("name", ["ringing", "outgoing, set up"])
def test_leg_that_is_known_by_its_ring_out_is_an_own_one(name: str) -> None:
    view = view_of(CALLS[name][1], OWN, None, Whose.OWN, own_leg=True)

    assert view.state is CallState.OWN_LEG


def test_own_leg_of_two_sessions_dials_until_the_callee_answers() -> None:
    own = party(1, PartyCode.ANSWERED, extension_id=OWN)
    states = [
        view_of(session(own, party(2, code)), OWN, None, Whose.OWN, own_leg=True).state
        for code in (PartyCode.PROCEEDING, PartyCode.ANSWERED)
    ]

    assert states == [CallState.DIALING, CallState.CONNECTED]


def test_answered_leg_without_a_role_dials_until_the_callee_answers() -> None:
    own = party(1, PartyCode.ANSWERED, extension_id=OWN)
    states = [
        own_view(session(own, party(2, code), origin=Origin.RING_OUT)).state
        for code in (PartyCode.PROCEEDING, PartyCode.ANSWERED)
    ]

    assert states == [CallState.DIALING, CallState.CONNECTED]


def test_role_counts_in_any_spelling() -> None:
    own = party(1, PartyCode.SETUP, extension_id=OWN, role="INITIATOR")

    assert own_view(session(own)).state is CallState.OWN_LEG


@pytest.mark.parametrize("action", Action)
def test_nothing_is_sent_if_the_own_party_may_be_one_that_was_not_read(
    action: Action,
) -> None:
    view = own_view(session(INCOMING)._replace(unreadable=1))

    assert decide(action, view, DETAILS[action]) == Refusal("call_changed")
    assert not is_done(action, view)


def test_callee_that_was_not_read_may_have_answered() -> None:
    one = CALLS["outgoing, handled"][1]._replace(unreadable=1)

    assert own_view(one).state is CallState.CONNECTED


# Retrieving a parked call, also from the row of its location, which has no party in it.


@pytest.mark.parametrize("extension_id", [OWN, COLLEAGUE, THIRD])
def test_any_extension_retrieves_the_parked_party(extension_id: str) -> None:
    one = session(
        INCOMING,
        party(2, PartyCode.DISCONNECTED, extension_id=COLLEAGUE),
        party(3, PartyCode.PARKED, extension_id=OWN),
    )
    view = view_of(one, extension_id, None, Whose.PARKED, own_leg=False)

    assert decide(Action.PICK_UP, view, DETAILS[Action.PICK_UP]) == PartyRequest(
        "POST", SESSION, "p-1-3", "pickup", {"deviceId": PHONE}
    )


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (PartyCode.ANSWERED, "call_not_parked"),
        (PartyCode.HOLD, "call_not_parked"),
        # It rings again at the one who has parked it.
        (PartyCode.PROCEEDING, "call_is_ringing"),
        (PartyCode.UNKNOWN, "POST pickup"),
        (PartyCode.DISCONNECTED, "call_not_parked"),
    ],
)
def test_call_that_was_retrieved_by_another_extension_is_not_over(
    code: PartyCode, expected: str
) -> None:
    one = session(INCOMING, party(2, code, extension_id=COLLEAGUE))
    view = view_of(one, THIRD, None, Whose.PARKED, own_leg=False)

    decision = decide(Action.PICK_UP, view, DETAILS[Action.PICK_UP])

    assert described(decision) == expected


def test_parked_call_whose_caller_has_hung_up_is_over() -> None:
    one = session(
        party(1, PartyCode.DISCONNECTED, Direction.OUTBOUND),
        party(2, PartyCode.DISCONNECTED, extension_id=COLLEAGUE),
    )
    view = view_of(one, THIRD, None, Whose.PARKED, own_leg=False)

    decision = decide(Action.PICK_UP, view, DETAILS[Action.PICK_UP])

    assert decision == Refusal("call_over")


# Whether a session proves an effect.


def ended(
    reason: PartyReason | None, code: PartyCode = PartyCode.DISCONNECTED
) -> Party:
    """Return the own party after its end."""
    own = party(2, code, extension_id=OWN)
    return own._replace(status=PartyStatus(code, reason))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.action}-{row.state}")
def test_what_is_done_already_is_proven(row: Row) -> None:
    view = view_in(row.state)
    is_retrieved = row.action is Action.PICK_UP and row.expected == "call_not_parked"

    is_proven = row.expected in ("already", "over") or is_retrieved
    assert is_done(row.action, view) is is_proven


@pytest.mark.parametrize("muted", [True, False, None])
def test_mute_is_proven_by_the_party(muted: bool | None) -> None:
    own = party(2, PartyCode.ANSWERED, extension_id=OWN, muted=muted)
    view = own_view(session(INCOMING, own))

    assert is_done(Action.MUTE, view) is (muted is True)
    assert is_done(Action.UNMUTE, view) is (muted is False)


def test_mute_of_a_call_that_is_over_is_not_proven() -> None:
    own = party(2, PartyCode.DISCONNECTED, extension_id=OWN, muted=True)

    assert not is_done(Action.MUTE, own_view(session(INCOMING, own)))


@pytest.mark.parametrize("action", [Action.FORWARD, Action.TRANSFER])
@pytest.mark.parametrize(
    ("own", "is_proven"),
    [
        (ended(PartyReason.BLIND_TRANSFER), True),
        (ended(PartyReason.RCC_TRANSFER), True),
        (ended(PartyReason.ATTENDED_TRANSFER, PartyCode.GONE), True),
        (ended(PartyReason.CALL_REDIRECTED), True),
        (ended(None, PartyCode.GONE), True),
        # The user has moved it to another own phone.
        (ended(PartyReason.CALL_FLIP, PartyCode.GONE), False),
        (ended(PartyReason.CALL_SWITCH, PartyCode.GONE), False),
        # The caller has hung up, or the ringing has ended by itself.
        (ended(None), False),
        (ended(PartyReason.NO_ANSWER), False),
        (ended(PartyReason.VOICEMAIL), False),
        (party(2, PartyCode.ANSWERED, extension_id=OWN), False),
    ],
)
def test_transfer_is_proven_by_the_reason_of_the_end(
    action: Action, own: Party, is_proven: bool
) -> None:
    view = own_view(session(INCOMING, own))

    assert is_done(action, view, Target(TargetKind.VOICEMAIL, OWN)) is is_proven
    assert is_done(action, view) is is_proven


@pytest.mark.parametrize(
    ("target", "arrived", "is_proven"),
    [
        (Target(TargetKind.EXTENSION, COLLEAGUE), {"extension_id": COLLEAGUE}, True),
        (Target(TargetKind.EXTENSION, THIRD), {"extension_id": COLLEAGUE}, False),
        (Target(TargetKind.NUMBER, NUMBER), {"to_number": NUMBER[1:]}, True),
        (Target(TargetKind.NUMBER, NUMBER), {"to_number": "+16505550199"}, False),
        # The caller has called from the number that is the target.
        (
            Target(TargetKind.NUMBER, NUMBER),
            {"to_number": NUMBER, "direction": Direction.OUTBOUND},
            False,
        ),
    ],
)
def test_transfer_is_proven_by_a_party_at_the_target(
    target: Target, arrived: dict[str, object], is_proven: bool
) -> None:
    other = party(3, PartyCode.PROCEEDING)._replace(**arrived)  # type: ignore[arg-type]
    gone = party(3, PartyCode.DISCONNECTED)._replace(**arrived)  # type: ignore[arg-type]
    ringing = party(2, PartyCode.PROCEEDING, extension_id=OWN)

    assert (
        is_done(Action.FORWARD, own_view(session(INCOMING, ended(None), other)), target)
        is is_proven
    )
    # Also if the platform lists no party that has left.
    assert (
        is_done(Action.FORWARD, own_view(session(INCOMING, other)), target) is is_proven
    )
    # It may ring there for another reason, or have ended there.
    assert not is_done(
        Action.FORWARD, own_view(session(INCOMING, ringing, other)), target
    )
    assert not is_done(
        Action.FORWARD, own_view(session(INCOMING, ended(None), gone)), target
    )


@pytest.mark.parametrize(
    ("own", "is_proven"),
    [
        (party(2, PartyCode.PARKED, extension_id=OWN), True),
        (ended(PartyReason.CALL_PARK), True),
        (ended(PartyReason.PARK_LOCATION), True),
        (ended(None), False),
        (ended(PartyReason.BLIND_TRANSFER), False),
        # It was retrieved.
        (ended(PartyReason.CALL_PARK, PartyCode.ANSWERED), False),
    ],
)
def test_parking_is_proven_by_state_or_reason(own: Party, is_proven: bool) -> None:
    view = own_view(session(INCOMING, own))

    assert is_done(Action.PARK, view) is is_proven
    # A transfer to a park location ends as any other one, too.
    location = Target(TargetKind.PARK_LOCATION, THIRD)
    is_transferred = own.status.reason is PartyReason.BLIND_TRANSFER
    assert is_done(Action.TRANSFER, view, location) is (is_proven or is_transferred)


def test_reply_is_proven_by_its_reason_only() -> None:
    for code in (PartyCode.PROCEEDING, PartyCode.DISCONNECTED):
        view = own_view(session(INCOMING, ended(PartyReason.CALL_REPLIED, code)))
        assert is_done(Action.REPLY, view)


def test_call_that_another_extension_has_retrieved_is_not_the_own_one() -> None:
    one = session(INCOMING, party(2, PartyCode.ANSWERED, extension_id=COLLEAGUE))
    parked = view_of(one, THIRD, None, Whose.PARKED, own_leg=False)

    assert not is_done(Action.PICK_UP, parked)
    assert not is_done(Action.PICK_UP, own_view(one))


# Whatever a session contains.

_parties = st.builds(
    lambda number, code, reason, direction, extension_id, muted, role, is_queue_call: (
        party(
            number,
            code,
            direction,
            extension_id,
            muted=muted,
            role=role,
            is_queue_call=is_queue_call,
        )._replace(status=PartyStatus(code, reason))
    ),
    st.integers(1, 5),
    st.sampled_from(PartyCode),
    st.none() | st.sampled_from(PartyReason),
    st.none() | st.sampled_from(Direction),
    st.none() | st.sampled_from([OWN, COLLEAGUE, THIRD]),
    st.none() | st.booleans(),
    st.sampled_from([None, "Initiator", "Target", "?"]),
    st.booleans(),
)
_sessions = st.builds(
    Session,
    st.just(SESSION),
    st.none() | st.sampled_from(Origin),
    st.lists(_parties, max_size=5, unique_by=lambda one: one.id).map(tuple),
    st.integers(0, 2),
)
_views = st.builds(
    view_of,
    _sessions,
    st.sampled_from([OWN, COLLEAGUE]),
    st.none() | st.integers(1, 6).map("p-1-{}".format),
    st.sampled_from(Whose),
    own_leg=st.booleans(),
)
_targets = st.none() | st.builds(
    Target, st.sampled_from(TargetKind), st.sampled_from(["", NUMBER, COLLEAGUE, "s-2"])
)
_details = st.builds(
    Details,
    _targets,
    st.none() | st.text(max_size=MAX_REPLY + 2),
    st.sampled_from([None, "", PHONE]),
    st.sampled_from([None, SECOND, (SESSION, "p-1-1")]),
)
# What an action may send at all.
_MAY_SEND: Final = {
    Action.ANSWER: {"POST answer"},
    Action.REJECT: {"POST reject", "POST ignore", "DELETE session", "DELETE party"},
    Action.FORWARD: {"POST forward"},
    Action.REPLY: {"POST reply"},
    Action.HOLD: {"POST hold"},
    Action.RESUME: {"POST unhold"},
    Action.MUTE: {"PATCH party"},
    Action.UNMUTE: {"PATCH party"},
    Action.TRANSFER: {"POST transfer", "POST bridge"},
    Action.PARK: {"POST park"},
    Action.PICK_UP: {"POST pickup"},
    Action.HANG_UP: {"POST reject", "POST ignore", "DELETE session", "DELETE party"},
}


@given(st.sampled_from(Action), _views, _details)
def test_each_decision_is_one_request_for_the_own_party_or_none(
    action: Action, view: CallView, details: Details
) -> None:
    decision = decide(action, view, details)

    if not isinstance(decision, PartyRequest):
        assert isinstance(decision, (Result, Refusal))
        return
    assert view.state is not CallState.OVER
    assert view.party is not None
    assert is_living(view.party)
    assert described(decision) in _MAY_SEND[action]
    assert decision.session_id == view.session.id
    assert decision.party_id in (None, view.party.id)
    if decision.party_id is None:
        assert view.living <= 2


@given(st.sampled_from([Action.HANG_UP, Action.REJECT]), _views, _details)
def test_a_refused_request_is_followed_by_another_one_at_most_once(
    action: Action, view: CallView, details: Details
) -> None:
    request = decide(action, view, details)
    if not isinstance(request, PartyRequest):
        return
    second = alternative(request, view)
    if not isinstance(second, PartyRequest):
        return

    assert request.method == "DELETE"
    assert second != request
    assert second.party_id is not None
    assert not isinstance(alternative(second, view), PartyRequest)


@given(
    st.sampled_from(
        [Action.ANSWER, Action.REJECT, Action.HOLD, Action.RESUME, Action.HANG_UP]
    ),
    _views,
    _details,
)
def test_what_is_proven_is_not_sent_again(
    action: Action, view: CallView, details: Details
) -> None:
    if is_done(action, view, details.target):
        assert not isinstance(decide(action, view, details), PartyRequest)


@given(_sessions, st.sampled_from(Action))
def test_nothing_is_sent_for_a_call_without_the_extension(
    one: Session, action: Action
) -> None:
    others = tuple(party for party in one.parties if party.extension_id != OWN)
    view = own_view(one._replace(parties=others, unreadable=0))

    assert view.state is CallState.OVER
    assert not isinstance(decide(action, view, DETAILS[action]), PartyRequest)


# What the board offers.

_ALL: Final = Abilities(can_dial=True, can_control=True, has_phone=True)
_LINES: Final = {
    "ringing": "ringing",
    "dialing": "outgoing, handled",
    "call_connected": "answered",
    "on_hold": "on hold",
    "parked_call": "parked",
}


def test_board_offers_own_calls_in_the_order_of_the_buttons() -> None:
    assert offered(Whose.OWN, _ALL) == {
        "ringing": ["answer", "reject", "forward", "reply"],
        "dialing": ["hang_up"],
        "call_connected": ["hold", "mute", "unmute", "transfer", "park", "hang_up"],
        "call_connected:outgoing": ["hold", "mute", "unmute", "transfer", "hang_up"],
        "on_hold": ["resume", "transfer", "connect", "park", "hang_up"],
        "on_hold:outgoing": ["resume", "transfer", "connect", "hang_up"],
        "parked_call": ["pick_up"],
    }


def test_board_offers_less_for_calls_of_others() -> None:
    assert offered(Whose.OTHERS, _ALL) == {
        "idle": ["dial"],
        "ringing": ["reject", "forward"],
        "call_connected": ["hold", "transfer", "hang_up"],
        "call_connected:outgoing": ["hold", "transfer", "hang_up"],
        "on_hold": ["resume", "transfer", "hang_up"],
        "on_hold:outgoing": ["resume", "transfer", "hang_up"],
        "parked_call": ["pick_up"],
    }


def test_without_a_telephone_nothing_is_answered() -> None:
    lines = offered(Whose.OWN, _ALL._replace(has_phone=False))

    assert lines["ringing"] == ["reject", "forward", "reply"]
    assert lines["parked_call"] == []


def test_with_ring_out_alone_calls_are_dialed_and_canceled() -> None:
    abilities = _ALL._replace(can_control=False)

    for whose, status, action in (
        (Whose.OWN, "dialing", "cancel_dial"),
        (Whose.OTHERS, "idle", "dial"),
    ):
        lines = offered(whose, abilities)
        assert lines.pop(status) == [action]
        assert not any(lines.values())


def test_denied_actions_are_not_offered() -> None:
    denied = frozenset({Action.TRANSFER, Action.HANG_UP})
    lines = offered(Whose.OWN, _ALL._replace(denied=denied))

    assert lines["on_hold"] == ["resume", "park"]
    assert lines["dialing"] == ["cancel_dial"]


def test_outgoing_calls_without_actions_get_none_of_incoming_ones() -> None:
    """The board looks an outgoing call up by itself, and else as any other."""
    denied = frozenset(Action) - {Action.PARK}
    lines = offered(Whose.OWN, _ALL._replace(denied=denied))

    assert lines["call_connected"] == ["park"]
    assert lines["call_connected:outgoing"] == []


@pytest.mark.parametrize("whose", Whose)
def test_what_is_offered_can_be_sent(whose: Whose) -> None:
    for line, names in offered(whose, _ALL).items():
        status, _, outgoing = line.partition(":")
        for name in names:
            if name in (DIAL, CANCEL_DIAL):
                continue
            action = Action.TRANSFER if name == CONNECT else Action(name)
            one = CALLS[_LINES[status]][1]
            if outgoing:
                caller, own = one.parties
                one = session(
                    caller._replace(direction=Direction.INBOUND),
                    own._replace(direction=Direction.OUTBOUND),
                )
            decision = decide(action, own_view(one, whose=whose), DETAILS[action])
            assert isinstance(decision, PartyRequest) or decision is Result.ALREADY

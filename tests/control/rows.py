"""Rows of the table: each state, action, owner, permission and switch that concern it."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from itertools import product
from typing import Final, cast

from simulator import CallMove

from .bench import COLLEAGUE, LOCATION, OWN, Bench, Row
from .common import control_of, set_scope
from .outcomes import (
    CHOSEN_CALLS,
    NATURAL,
    OWN_CALLS,
    WITH_PHONE,
    cells,
    in_full,
    reads,
    with_body,
)
from .situations import STATES

# Users of Home Assistant, and whether they may control the calls of an extension.
USERS: Final[Mapping[str, Mapping[str, bool]]] = {
    OWN: {"administrator": True, "own": True, "colleague": False, "reader": False},
    COLLEAGUE: {
        "administrator": True,
        "own": False,
        "colleague": True,
        "reader": False,
    },
}

# Those that concern a press; RingOut, events of sessions and the call log have others.
SWITCHES: Final = (
    "answered_device",
    "action_on_ended",
    "bridge_peer",
    "control_others",
    "control_refusal",
    "devices",
    "drop_party",
    "ended_session",
    "event_order",
    "hold_twice",
    "mute_body",
    "outside_party",
    "park_entry",
    "park_location_party",
    "party_owner",
    "phone_hold",
    "queue_call",
    "queue_losers",
    "rejected_call",
    "stale_presence",
    "transferred_session",
    "voicemail_code",
    "wrong_state",
    "wrong_state_body",
)

type Rows = Iterator[Row]
type Values = Mapping[str, object]


def _row(
    action: str,
    state: str,
    expected: str,
    number: str = OWN,
    switches: Values | None = None,
    remark: str = "",
    *,
    by_id: bool = True,
    before: Callable[[Bench], Awaitable[None]] | None = None,
    under_way: Callable[[Bench], None] | None = None,
    after: str = "GET session",
    refused: tuple[str, int, str] | None = None,
    user: str | None = None,
) -> Row:
    values = switches or {}
    settings = (f"{name}={value}" for name, value in values.items())
    how = "" if by_id else "chosen"
    words = (number, state, action, how, remark, *settings)
    return Row(
        name=" ".join(word for word in words if word),
        action=action,
        state=state,
        expected=expected,
        number=number,
        by_id=by_id,
        switches=values,
        before=before,
        under_way=under_way,
        after=after,
        refused=refused,
        user=user,
    )


def _each(**choices: tuple[object, ...]) -> Iterator[Values]:
    """Yield all combinations of values of switches."""
    for values in product(*choices.values()):
        yield dict(zip(choices, values, strict=True))


def _natural(
    number: str = OWN, switches: Values | None = None, remark: str = ""
) -> Rows:
    """Yield each action in its usual state, where it is done."""
    for action, (state, change) in NATURAL.items():
        yield _row(action, state, in_full(action, change), number, switches, remark)


# States


def own_calls() -> Rows:
    """Each action in each state."""
    for action, state, cell in cells(OWN_CALLS):
        yield _row(action, state, in_full(action, cell))


def chosen_calls() -> Rows:
    """Each action, where presence shows which call is meant."""
    for action, state, cell in cells(CHOSEN_CALLS):
        yield _row(action, state, in_full(action, cell), by_id=False)


_KINDS: Final = {
    "forward:extension": "extensionId=103",
    "forward:voicemail": "voicemail=101",
    "transfer:extension": "extensionId=103",
    "transfer:voicemail": "voicemail=101",
    "transfer:location": "parkOrbit=911",
}


def targets() -> Rows:
    """Each kind of target in each state."""
    for kind, body in _KINDS.items():
        bodies = {"POST forward": body, "POST transfer": body}
        for action, state, cell in cells(OWN_CALLS):
            if action == kind.partition(":")[0]:
                yield _row(kind, state, in_full(action, cell, bodies))


def _put_up_second(state: str, number: str) -> Callable[[Bench], Awaitable[None]]:
    async def before(bench: Bench) -> None:
        bench.second = await STATES[state](bench, number)

    return before


def second_call() -> Rows:
    """A transfer to the other own call, which is read as well."""
    bodies = {"POST bridge": "telephonySessionId=second partyId=second"}
    for action, state, cell in cells(OWN_CALLS):
        if action != "transfer":
            continue
        found = in_full(action, cell.replace("transfer", "bridge"), bodies)
        if state != "over":
            found = found.replace("GET session", "GET session, GET session of second")
        for peer in ("telephony_session_id", "session_id"):
            switches = {"bridge_peer": peer}
            before = _put_up_second("held", OWN)
            yield _row("transfer:call", state, found, OWN, switches, before=before)


async def _name_it_twice(bench: Bench) -> None:
    bench.second = bench.party


def refused_second_calls() -> Rows:
    """A transfer to a call in another state, which is over, or is not shown."""
    row = partial(_row, "transfer:call", "connected")
    read = "GET session, GET session of second"
    for state, key in (
        ("ringing", "call_is_ringing"),
        ("dialing", "not_answered_yet"),
        ("parked", "call_is_parked"),
        ("voicemail", "in_voicemail"),
    ):
        before = _put_up_second(state, OWN)
        yield row(f"{key}: {read}", remark=f"to {state}", before=before)
    for ended, status in (("readable", ""), ("gone", " 404")):
        yield row(
            f"call_over: {read}{status}",
            switches={"ended_session": ended},
            remark="to over",
            before=_put_up_second("over", OWN),
        )
    for refusal, key in _OWN_REFUSALS.items():
        status = "404" if refusal == "404" else "403"
        yield row(
            f"{key}: {read} {status}",
            switches={"foreign_session": "refused", "control_refusal": refusal},
            remark="to that of a colleague",
            before=_put_up_second("connected", COLLEAGUE),
        )
    found = "no_such_call: GET session, GET session"
    yield row(found, remark="to itself", before=_name_it_twice)


# Whose calls


_STATES_OF_OTHERS: Final = ("ringing", "foreign_leg", "connected", "conference", "held")


def calls_of_others() -> Rows:
    """Each action in each state on the call of a colleague, refused or allowed."""
    for action, state, cell in cells(OWN_CALLS):
        if state == "own_leg":
            continue
        allowed = in_full(action, cell)
        found = allowed
        if cell[0].isupper() and action != "pick_up":
            found = f"others_refused: {reads(action)}, {with_body(cell)} 403"
            if state == "foreign_leg":
                # A phone that rings cannot be dropped.
                found += ", POST reject 403"
            elif cell == "DELETE session":
                found += ", DELETE party 403"
            elif cell == "DELETE party" and state == "conference":
                found = f"call_with_more: {reads(action)}, {cell} 403"
        yield _row(action, state, found, COLLEAGUE)
        if state in _STATES_OF_OTHERS:
            switches = {"control_others": "allowed"}
            yield _row(action, state, allowed, COLLEAGUE, switches)


def refusals() -> Rows:
    """Each action on the call of a colleague, however the platform refuses it."""
    for switches in (
        *_each(
            control_others=("refused",),
            control_refusal=("TAS-106", "CMN-419", "CMN-408", "404"),
        ),
        *_each(
            control_others=("administrators", "account_id", "allowed"),
            control_refusal=("TAS-106",),
        ),
    ):
        status = "404" if switches["control_refusal"] == "404" else "403"
        for action, (state, change) in NATURAL.items():
            found = in_full(action, change)
            # The signed-in user is an administrator, without the id of the account.
            is_refused = switches["control_others"] in ("refused", "account_id")
            if is_refused and action != "pick_up":
                found = f"others_refused: {reads(action)}, {with_body(change)} {status}"
                if status == "404":
                    found += ", GET session"
                elif change == "DELETE session":
                    found += ", DELETE party 403"
            yield _row(action, state, found, COLLEAGUE, switches)


_OWN_REFUSALS: Final[Mapping[object, str]] = {
    "TAS-106": "not_permitted",
    "CMN-419": "user_permission_missing",
    "CMN-408": "user_permission_missing",
    "404": "call_over",
}


def unreadable_sessions() -> Rows:
    """Each action on the call of a colleague whose session is not shown."""
    for switches in _each(
        foreign_session=("refused",),
        control_refusal=("TAS-106", "CMN-419", "CMN-408", "404"),
    ):
        refusal = switches["control_refusal"]
        for action, (state, _) in NATURAL.items():
            key = "others_refused"
            if action == "pick_up":
                # Any member may retrieve it.
                key = _OWN_REFUSALS[refusal]
            status = "404" if refusal == "404" else "403"
            found = f"{key}: {reads(action)} {status}"
            yield _row(action, state, found, COLLEAGUE, switches)


def parked_calls() -> Rows:
    """Retrieve a parked call: the own one, that of a colleague, or of a location."""
    for switches in _each(
        park_entry=("parked", "ended"),
        park_location_party=("without", "with"),
    ):
        pick_up = in_full("pick_up", "POST pickup")
        yield _row("park", "connected", in_full("park", "POST park"), OWN, switches)
        for number in (OWN, COLLEAGUE):
            yield _row("pick_up", "parked", pick_up, number, switches)
            yield _row("pick_up", "parked", pick_up, number, switches, by_id=False)
        for by_id in (True, False):
            yield _row(
                "pick_up", "at_location", pick_up, LOCATION, switches, by_id=by_id
            )


# Permissions


async def _take_from_token(bench: Bench) -> None:
    set_scope(bench.account, "ReadAccounts ReadPresence")


async def _empty_scope(bench: Bench) -> None:
    set_scope(bench.account, "")


def _take_from_app_now(bench: Bench) -> None:
    bench.simulator.permissions.discard("CallControl")


async def _take_from_app(bench: Bench) -> None:
    _take_from_app_now(bench)


def permissions() -> Rows:
    """Each action without the permission of the app, or of the user."""
    for number in (OWN, COLLEAGUE):
        switches = {"control_others": "allowed"}
        for action, (state, change) in NATURAL.items():
            row = partial(_row, action, state, number=number, switches=switches)
            missing = "app_permission_missing"
            yield row(f"{missing}: ", remark="token", before=_take_from_token)
            yield row(
                f"{missing}: {reads(action)} 403", remark="app", before=_take_from_app
            )
            yield row(
                f"{missing}: {reads(action)}, {with_body(change)} 403",
                remark="app under way",
                under_way=_take_from_app_now,
            )
            done = in_full(action, change)
            if number == OWN:
                yield row(done, remark="unknown scope", before=_empty_scope)
            for user, may in USERS[number].items():
                expected = done if may else "unauthorized: "
                yield row(expected, remark=user, user=user)
    for action in ("reject", "hang_up"):
        # It needs the permission to dial.
        yield _row(
            action,
            "own_leg",
            "done: DELETE ring-out",
            remark="token",
            before=_take_from_token,
        )


# Actions


def ends_of_calls() -> Rows:
    """Hang up, however a party may be dropped, and if the session may not be ended."""
    own = "not_permitted"
    for drop, dropped, again in (
        ("ends_unless_ringing", "done: {}DELETE party", ""),
        ("ends", "done: {}DELETE party", ""),
        ("TAS-106", "{key}: {}DELETE party 403", ""),
        ("TAS-102", "{key}: {}DELETE party 409", ", GET session"),
    ):
        switches = {"drop_party": drop}
        row = partial(_row, "hang_up", switches=switches)
        more = dropped.format("GET session, ", key="call_with_more")
        yield row("conference", more)
        yield row("parked", "done: GET session, DELETE party")
        yield row("voicemail", "done: GET session, DELETE session")
        for status, code in ((403, "TAS-106"), (403, "TAS-101"), (409, "TAS-102")):
            refused = "DELETE session", status, code
            first = f"GET session, DELETE session {status}, "
            key = "call_changed" if again else own
            found = dropped.format(first, key=key) + again
            remark = f"session {code}"
            for state in ("connected", "held", "connected_out"):
                yield row(state, found, remark=remark, refused=refused)
            if drop == "ends_unless_ringing":
                found = f"call_changed: {first}DELETE party 409, GET session"
            yield row("dialing", found, remark=remark, refused=refused)
            yield row(
                "foreign_leg",
                f"done: {first}POST reject",
                remark=remark,
                refused=refused,
            )


def mute_bodies() -> Rows:
    """Mute in the spelling that the platform takes."""
    for spelling, number in product(("both", "flat", "nested"), (OWN, COLLEAGUE)):
        switches = {"mute_body": spelling, "control_others": "allowed"}
        for action in ("mute", "unmute"):
            state, change = NATURAL[action]
            if spelling == "nested":
                body = change.removeprefix("PATCH party ")
                change += f" 400, PATCH party party[{body}]"
            yield _row(action, state, in_full(action, change), number, switches)


_OVER: Final[Mapping[str, str]] = {"ringing": "over_ringing", "parked": "over_parked"}


def _end(bench: Bench) -> None:
    bench.simulator.end(bench.party.telephony_session_id)


def ended_calls() -> Rows:
    """Each action on a call that has ended, or ends after its session was read."""
    for switches in _each(
        ended_session=("readable", "gone", "kept"), action_on_ended=(404, 409)
    ):
        read = (
            "GET session 404" if switches["ended_session"] == "gone" else "GET session"
        )
        status = switches["action_on_ended"]
        for action, (state, change) in NATURAL.items():
            key = "over" if action in ("reject", "hang_up") else "call_over"
            phones = reads(action).removesuffix("GET session")
            over = _OVER.get(state, "over")
            yield _row(action, over, f"{key}: {phones}{read}", OWN, switches)
            found = f"{key}: {reads(action)}, {with_body(change)} {status}"
            if action == "hang_up" and status == 409:
                found += ", DELETE party 409"
            if key != "over" or status == 409:
                found += f", {read}"
            yield _row(action, state, found, OWN, switches, "ends", under_way=_end)


def _move(move: str) -> Callable[[Bench], None]:
    def under_way(bench: Bench) -> None:
        bench.simulator.move(bench.party.telephony_session_id, cast(CallMove, move))

    return under_way


def _refuse_to_read(bench: Bench) -> None:
    bench.refuse("GET session", 503, "CMN-211")


def _lose_answer(change: str) -> Callable[[Bench], None]:
    method, _, _ = change.partition(" ")

    def under_way(bench: Bench) -> None:
        bench.simulator.fault("failed_answer", method=method, count=1)

    return under_way


def _each_of(*steps: Callable[[Bench], None]) -> Callable[[Bench], None]:
    def under_way(bench: Bench) -> None:
        for step in steps:
            step(bench)

    return under_way


# Results if the call has ended before a change whose answer is lost: the session can be
# read, or is gone.
_LOST: Final = {
    "answer": ("call_over", "call_over"),
    "reject": ("done", "over"),
    "forward": ("over", "over"),
    "reply": ("call_over", "call_over"),
    "hold": ("call_over", "call_over"),
    "resume": ("call_over", "call_over"),
    "mute": ("call_over", "call_over"),
    "unmute": ("call_over", "call_over"),
    "transfer": ("over", "over"),
    "park": ("over", "over"),
    # A retrieved call may go on in another session.
    "pick_up": ("action_unknown", "call_over"),
    "hang_up": ("done", "over"),
}


def lost_answers() -> Rows:
    """Each action whose answer is lost, on a call that has ended or cannot be read."""
    for action, (state, change) in NATURAL.items():
        sent = f"{reads(action)}, {with_body(change)}"
        for ended, key in zip(("readable", "gone"), _LOST[action], strict=True):
            status = " 404, GET session 404" if ended == "gone" else " 404, GET session"
            yield _row(
                action,
                state,
                f"{key}: {sent}{status}",
                switches={"ended_session": ended},
                remark="ends, answer lost",
                under_way=_each_of(_end, _lose_answer(change)),
            )
        yield _row(
            action,
            state,
            f"action_unknown: {sent}, GET session 503",
            remark="answer lost, then unreadable",
            under_way=_each_of(_lose_answer(change), _refuse_to_read),
        )


def unexplained_refusals() -> Rows:
    """Each action on a call that has ended, and cannot be read since."""
    for switches in _each(action_on_ended=(404, 409)):
        status = switches["action_on_ended"]
        for action, (state, change) in NATURAL.items():
            found = f"{reads(action)}, {with_body(change)} {status}"
            if action == "hang_up" and status == 409:
                found += ", DELETE party 409"
            if action in ("reject", "hang_up") and status == 404:
                found = f"over: {found}"
            else:
                found = f"call_changed: {found}, GET session 503"
            yield _row(
                action,
                state,
                found,
                switches=switches,
                remark="ends, then unreadable",
                under_way=_each_of(_end, _refuse_to_read),
            )


def answers_without_effect() -> Rows:
    """Resume a call whose answer shows it on hold, and what becomes of it then."""
    for remark, under_way, ended, key, status in (
        ("resumed at the phone", _move("unhold"), "readable", "done", ""),
        ("ends", _end, "readable", "call_over", ""),
        ("ends", _end, "gone", "call_over", " 404"),
        ("unreadable", _refuse_to_read, "readable", "action_unknown", " 503"),
    ):
        yield _row(
            "resume",
            "held_at_phone",
            f"{key}: GET session, POST unhold, GET session{status}",
            switches={"phone_hold": "held", "ended_session": ended},
            remark=remark,
            under_way=under_way,
            after="POST unhold",
        )


# A move at the phone between reading and change, and what is answered then.
_RACES: Final = """
        | answer  | hold         | unhold  | park           | unpark
answer  | already | -            | -       | -              | -
reject  | call_is_answered | -   | -       | -              | -
forward | call_is_answered | -   | -       | -              | -
reply   | call_is_answered | -   | -       | -              | -
hold    | -       | already      | -       | call_is_parked | -
resume  | -       | -            | already | call_is_parked | -
mute    | -       | call_is_held | -       | call_is_parked | -
unmute  | -       | call_is_held | -       | call_is_parked | -
transfer| -       | done         | -       | call_is_parked | -
park    | -       | done         | -       | already        | -
pick_up | -       | -            | -       | -              | call_not_parked
hang_up | -       | done         | -       | done           | -
"""


def races() -> Rows:
    """Each action that another one at the phone overtakes, and a wrong state's error."""
    for switches in (
        *_each(wrong_state=(409,), wrong_state_body=("errors", "flat", "both")),
        *_each(wrong_state=(403,), wrong_state_body=("errors",)),
    ):
        status = switches["wrong_state"]
        for move, action, key in cells(_RACES):
            if key == "-":
                continue
            state, change = NATURAL[action]
            found = f"{key}: {reads(action)}, {with_body(change)}"
            if key != "done":
                found += f" {status}, GET session"
            yield _row(action, state, found, OWN, switches, move, under_way=_move(move))
        # The phone was picked up: it is not hung up.
        yield _row(
            "hang_up",
            "ringing",
            f"call_changed: GET session, POST reject {status}, GET session",
            OWN,
            switches,
            "answer",
            under_way=_move("answer"),
        )


def repeated_holds() -> Rows:
    """Hold a held call, and release one that is held at the phone."""
    for hold_twice, key, rest in (
        ("conflict", "already", " 409, GET session"),
        ("accepted", "done", ""),
    ):
        for action, move in (("hold", "hold"), ("resume", "unhold")):
            state, change = NATURAL[action]
            yield _row(
                action,
                state,
                f"{key}: GET session, {change}{rest}",
                OWN,
                {"hold_twice": hold_twice},
                move,
                under_way=_move(move),
            )
    for reading, found in (
        ("released", "done: GET session, POST unhold"),
        ("held", "action_not_applied: GET session, POST unhold, GET session"),
        ("conflict", "call_changed: GET session, POST unhold 409, GET session"),
    ):
        yield _row("resume", "held_at_phone", found, OWN, {"phone_hold": reading})


def rejected_calls() -> Rows:
    """Reject a call: it rings elsewhere, or voicemail takes it."""
    for target, action, state in product(
        ("next", "voicemail"),
        ("reject", "hang_up"),
        ("ringing", "ringing_at_two", "queue_of_one"),
    ):
        found = "done: GET session, POST reject"
        yield _row(action, state, found, OWN, {"rejected_call": target})


def answered_calls() -> Rows:
    """Answer, whatever rings then."""
    for device, number in product(
        ("same_party", "other_party", "silent"), (OWN, COLLEAGUE)
    ):
        switches = {"answered_device": device, "control_others": "allowed"}
        yield _row(
            "answer", "ringing", in_full("answer", "POST answer"), number, switches
        )


def events() -> Rows:
    """Each action, whenever its event comes: nothing is shown before."""
    for order in ("answer_first", "event_first", "late", "none"):
        yield from _natural(OWN, {"event_order": order})
    for order in ("late", "none"):
        switches = {"event_order": order, "control_others": "allowed"}
        yield from _natural(COLLEAGUE, switches)


def transfers() -> Rows:
    """Transfer and park, where the call goes on in a session or place of its own."""
    for session, state in product(
        ("same", "new"), ("connected", "connected_out", "held")
    ):
        switches = {"transferred_session": session}
        found = in_full("transfer", "POST transfer")
        yield _row("transfer", state, found, OWN, switches)
        for kind, body in _KINDS.items():
            action, _, _ = kind.partition(":")
            if action == "transfer":
                found = in_full(action, "POST transfer", {"POST transfer": body})
                yield _row(kind, state, found, OWN, switches)


# Sessions


def parties() -> Rows:
    """Each action, however parties are described, and which are listed."""
    for number in (OWN, COLLEAGUE):
        for name, value in (
            ("party_owner", "owner"),
            ("party_owner", "new"),
            ("outside_party", "missing"),
        ):
            switches = {name: value, "control_others": "allowed"}
            yield from _natural(number, switches)
    # Not known that there are more.
    found = "done: GET session, DELETE session"
    yield _row("hang_up", "conference", found, OWN, {"outside_party": "missing"})


def voicemail_codes() -> Rows:
    """Each action while voicemail has the call, in any spelling."""
    for code in ("VoiceMail", "Voicemail", "VMScreening"):
        for action, state, cell in cells(OWN_CALLS):
            if state == "voicemail":
                switches = {"voicemail_code": code}
                yield _row(action, state, in_full(action, cell), OWN, switches)


# The platform decides. `!` stands for a wrong state.
_UNKNOWN: Final = """
           | answer           | reject           | forward          | reply
ringing    | POST answer      | POST reject      | POST forward     | POST reply
dialing    | !POST answer     | !POST reject     | !POST forward    | !POST reply
connected  | !POST answer     | !POST reject     | !POST forward    | !POST reply
held       | !POST answer     | !POST reject     | !POST forward    | !POST reply
parked     | !POST answer     | !POST reject     | !POST forward    | !POST reply

           | hold             | resume           | mute             | unmute
ringing    | !POST hold       | !POST unhold     | !PATCH party muted=True | already
dialing    | !POST hold       | !POST unhold     | !PATCH party muted=True | already
connected  | POST hold        | !POST unhold     | PATCH party muted=True | already
held       | !POST hold       | POST unhold      | !PATCH party muted=True | already
parked     | !POST hold       | !POST unhold     | !PATCH party muted=True | already

           | transfer         | park             | pick_up          | hang_up
ringing    | !POST transfer   | !POST park       | !POST pickup     | DELETE session
dialing    | !POST transfer   | park_outgoing    | !POST pickup     | DELETE session
connected  | POST transfer    | POST park        | !POST pickup     | DELETE session
held       | POST transfer    | POST park        | !POST pickup     | DELETE session
parked     | !POST transfer   | !POST park       | POST pickup      | DELETE session
"""


def unknown_codes() -> Rows:
    """Each action in states that no document names."""
    for action, state, cell in cells(_UNKNOWN):
        found = in_full(action, cell)
        if cell.startswith("!"):
            change = with_body(cell.removeprefix("!"))
            found = f"call_changed: {reads(action)}, {change} 409, GET session"
        yield _row(action, state, found, OWN, {"unknown_codes": True})


async def _read_phones(bench: Bench) -> None:
    # As the form of the options does.
    await control_of(bench.account).phones.phones()


def queue_calls() -> Rows:
    """Reject the call of a queue: with a phone of the agent it is ignored."""
    for switches in (
        *_each(
            queue_call=("session", "each"),
            queue_losers=("AgentAnswered",),
            devices=("usual", "offline"),
        ),
        *_each(queue_call=("session",), queue_losers=("none",), devices=("usual",)),
    ):
        for state in ("queue", "queue_of_one"):
            for action in ("reject", "hang_up"):
                found = "done: GET session, POST reject"
                yield _row(action, state, found, OWN, switches)
                if switches["devices"] == "usual":
                    found = "done: GET session, POST ignore deviceId=hardphone"
                yield _row(
                    action, state, found, OWN, switches, "known", before=_read_phones
                )
            yield _row(
                "answer",
                state,
                in_full("answer", "POST answer")
                if switches["devices"] == "usual"
                else "no_phone: phones",
                OWN,
                switches,
            )


def devices() -> Rows:
    """Answer and retrieve with the phones that there are."""
    for devices, phone in (
        ("usual", "hardphone"),
        ("empty", None),
        ("offline", None),
        ("web", "webphone"),
    ):
        for action in WITH_PHONE:
            state, change = NATURAL[action]
            found = "no_phone: phones"
            if phone is not None:
                found = in_full(action, change, {change: f"deviceId={phone}"})
            for number in (OWN, COLLEAGUE):
                switches = {"devices": devices, "control_others": "allowed"}
                yield _row(action, state, found, number, switches)


async def _read_presence(bench: Bench) -> None:
    await bench.read_presence()


def stale_presence() -> Rows:
    """Each action on a call as REST presence lists it, which may be wrong."""
    for reading in ("none", "ringing", "no_party", "ended_party"):
        switches = {"stale_presence": reading}
        row = partial(
            _row, switches=switches, before=_read_presence, by_id=False, remark="read"
        )
        for action, (state, change) in NATURAL.items():
            yield row(action, state, in_full(action, change))
        yield row("hold", "flipped", in_full("hold", "POST hold"))
        yield row("hang_up", "flipped", in_full("hang_up", "DELETE session"))
        for action in ("answer", "reject", "forward", "reply", "hang_up"):
            key = "over" if action in ("reject", "hang_up") else "call_over"
            found = f"{key}: {reads(action)}"
            if reading == "none":
                found = "no_such_call: "
            yield row(action, "over_ringing", found)


SECTIONS: Final[tuple[Callable[[], Rows], ...]] = (
    own_calls,
    chosen_calls,
    targets,
    second_call,
    refused_second_calls,
    calls_of_others,
    refusals,
    unreadable_sessions,
    parked_calls,
    permissions,
    ends_of_calls,
    mute_bodies,
    ended_calls,
    lost_answers,
    unexplained_refusals,
    answers_without_effect,
    races,
    repeated_holds,
    rejected_calls,
    answered_calls,
    events,
    transfers,
    parties,
    voicemail_codes,
    unknown_codes,
    queue_calls,
    devices,
    stale_presence,
)

"""Random calls: presence is always what the parties of the sessions are mapped to."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, get_args

from hypothesis import given, settings, strategies as st

from simulator import IllegalMoveError
from simulator.base.errors import ApiError
from simulator.company.call import Call, Target
from simulator.company.call_log import CallLog
from simulator.company.calls import MOVES
from simulator.company.control_rules import Action
from simulator.company.parties import Party
from simulator.company.party_states import ENDED

from .published import answer_problems
from .telephony import CALLER, DIALLED, Telephony

_NUMBERS = ("101", "102", "103")
_SESSIONS = "/restapi/v1.0/account/~/telephony/sessions"
# Of the platform's documents.
_STATUS = {
    "Setup": "Ringing",
    "Proceeding": "Ringing",
    "Answered": "CallConnected",
    "Hold": "OnHold",
    "Parked": "ParkedCall",
}
_SWITCHES = {
    "transferred_session": ("same", "new"),
    "rejected_call": ("next", "voicemail"),
    "answered_device": ("same_party", "other_party", "silent"),
    "park_entry": ("parked", "ended"),
    "drop_party": ("ends_unless_ringing", "ends"),
    "ring_out_sessions": ("one", "two"),
    "ring_out_direction": ("Inbound", "Outbound"),
    "ring_out_outside": ("shown", "hidden"),
    "call_out_direction": ("Inbound", "Outbound"),
    "queue_losers": ("AgentAnswered", "none"),
    "session_events": ("in_order", "doubled", "swapped"),
    "session_parties": ("one", "all"),
}
# Most calls live longer than one step.
_ENDING = frozenset({"reject", "reply", "drop_party", "drop_session"})
_MOSTLY = 170
_PEOPLE = tuple(f"people {move}" for move in MOVES if move != "end")
type Act = Callable[[], object]


def _targets(telephony: Telephony, number: str) -> list[Target]:
    return [
        telephony.target(number),
        telephony.target(number, voicemail=True),
        telephony.target(DIALLED),
        Target("911", None, telephony.extension("911"), "park"),
    ]


def _actions(
    telephony: Telephony, call: Call, party: Party, number: str, place: int
) -> dict[Action, Act]:
    calls = telephony.calls
    target = _targets(telephony, number)[place % 4]
    phone = target if target.kind != "park" else telephony.target(number)
    own = telephony.extension(number)
    extension_id = party.extension_id

    def bridge() -> None:
        for second in calls:
            with suppress(IllegalMoveError, ApiError):
                _, second_party = calls.find(second.id, extension_id)
                telephony.rules.check(second, extension_id, "bridge", second_party)
                calls.bridge(call, party, second, second_party)
                return

    return {
        "answer": lambda: calls.answer(call, party, "80"),
        "reject": lambda: calls.reject(call, party),
        "ignore": lambda: calls.ignore(call, party),
        "forward": lambda: calls.forward(call, party, phone),
        "reply": lambda: calls.reply(call, party),
        "hold": lambda: calls.hold(call, party),
        "unhold": lambda: calls.unhold(call, party),
        "mute": lambda: calls.mute(call, party, bool(place % 2)),
        "transfer": lambda: calls.transfer_to(call, party, target),
        "bridge": bridge,
        "park": lambda: calls.park(call, party),
        "pickup": lambda: calls.pick_up(call, party, own, "80"),
        "flip": lambda: calls.flip(call.id, party.extension_id),
        "drop_party": lambda: calls.drop(call, party),
        "drop_session": lambda: calls.drop_session(call),
    }


def _start(telephony: Telephony, kind: str, number: str, other: str) -> None:
    target = telephony.target(DIALLED if number == other else other)
    match kind:
        case "ring":
            telephony.ring(number)
        case "ring inside":
            telephony.ring(other, from_=number)
        case "ring outside":
            telephony.ring(DIALLED, from_=number)
        case "ring group":
            telephony.ring(*dict.fromkeys((number, other)))
        case "ring queue":
            telephony.ring(*dict.fromkeys((number, other)), queue="901")
        case "ring out":
            telephony.ring_outs.start(
                telephony.extension(number),
                target,
                number=CALLER,
                is_own_phone=number != "103",
            )
        case "call out":
            telephony.calls.call_out(telephony.extension(number), target, "80")


_STARTS = (
    "ring",
    "ring inside",
    "ring outside",
    "ring group",
    "ring queue",
    "ring out",
    "call out",
)
_ACTIONS: tuple[Action, ...] = tuple(
    name for name in get_args(Action.__value__) if name != "record"
)


def _allowed(telephony: Telephony, call: Call) -> list[tuple[Action, Party]]:
    """Return what the extensions of a call may do now."""
    allowed: list[tuple[Action, Party]] = []
    for party in call.living:
        for action in _ACTIONS:
            checked = None if action == "drop_session" else party
            extension_id = party.extension_id
            if not extension_id and action != "pickup":
                continue
            with suppress(ApiError):
                if telephony.rules.check(call, extension_id, action, checked):
                    allowed.append((action, party))
    return allowed


def _perform(
    telephony: Telephony, kind: str, place: int, number: str, other: str
) -> str:
    """Perform a step; return what it was."""
    calls = list(telephony.calls)
    if kind in _STARTS:
        _start(telephony, kind, number, other)
        return kind
    if not calls:
        return ""
    call = calls[place % len(calls)]
    if kind.startswith("people "):
        move = next(one for one in MOVES if kind == f"people {one}")
        telephony.calls.move(call.id, move)
        return kind
    choices = _allowed(telephony, call)
    lasting = [choice for choice in choices if choice[0] not in _ENDING]
    if place < _MOSTLY:
        choices = lasting or choices
    if not choices:
        return ""
    action, party = choices[place % len(choices)]
    _actions(telephony, call, party, other, place)[action]()
    return action


def _check(telephony: Telephony) -> None:
    """Compare presence, sessions and events with each other."""
    shown: dict[str, list[tuple[str, str]]] = {}
    living = list(telephony.calls)
    for call in living:
        assert call.ended_at is None
        assert any(party.code not in ENDED for party in call.everyone) or call.paused
        body: Any = telephony.bodies.session(call)
        for party in body["parties"]:
            status = _STATUS.get(party["status"]["code"])
            if status is None or "extensionId" not in party:
                continue
            by_id = {item.party_id: item for item in call.everyone}
            early = by_id[party["id"]].is_ringing and status == "CallConnected"
            if early:
                # The caller's party is answered while the called one rings.
                assert party["direction"] == "Outbound"
                assert call.is_inside
                status = "Ringing"
            shown.setdefault(party["extensionId"], []).append((party["id"], status))
    for extension in telephony.directory.extensions.values():
        parties = telephony.calls.of_extension(extension.id)
        assert sorted((p.party_id, p.status) for p in parties) == sorted(
            shown.get(extension.id, [])
        )
    for call in telephony.calls.ended_calls.values():
        assert not (call.parties or call.paused or call.others)
        assert all(party.code in ENDED for party in call.ended)
        assert call.id not in telephony.calls.calls


@dataclass
class _Follower:
    """What a client knows that follows the session events."""

    telephony: Telephony
    # The last event of each party, by its number.
    last: dict[str, tuple[int, Any]] = field(default_factory=dict)
    # States of each party, by session and extension.
    seen: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    numbers: dict[str, set[int]] = field(default_factory=dict)
    _read: int = 0

    def check(self) -> None:
        """Compare the last event of each party with what the session says of it."""
        self._follow()
        for call in (*self.telephony.calls, *self.telephony.calls.ended_calls.values()):
            session: Any = self.telephony.bodies.session(call)
            for party in session["parties"]:
                _, known = self.last[party["id"]]
                assert _essence(known) == _essence(party)

    def _follow(self) -> None:
        for event in self.telephony.events[self._read :]:
            body: Any = event.body
            session = body["telephonySessionId"]
            self.numbers.setdefault(session, set()).add(body["sequence"])
            for party in body["parties"]:
                number, _ = self.last.get(party["id"], (0, None))
                if body["sequence"] >= number:
                    self.last[party["id"]] = body["sequence"], party
                key = session, party.get("extensionId", "")
                self.seen.setdefault(key, set()).add(party["status"]["code"])
        self._read = len(self.telephony.events)

    def check_log(self) -> None:
        """Compare numbers and call log with the events of calls that are all over."""
        calls = self.telephony.calls
        for numbers in self.numbers.values():
            assert numbers == set(range(2, 2 + len(numbers)))
        log = CallLog(
            calls=calls,
            directory=self.telephony.directory,
            switches=self.telephony.switches,
        )
        # A RingOut with two sessions has one record.
        legs = {call.id for call in calls.ended_calls.values() if call.leg_of}
        groups = {self.telephony.extension(number).id for number in ("901", "911")}
        records = {
            (record.party.telephony_session_id, record.extension_id): record
            for record in log.records()
            if record.extension_id not in groups
        }
        assert records.keys() == {
            (session, extension)
            for session, extension in self.seen
            if session not in legs and extension not in {"", *groups}
        }
        for key, record in records.items():
            is_answered = not self.seen[key].isdisjoint({"Answered", "Hold", "Parked"})
            if record.direction == "Inbound":
                assert (record.result == "Accepted") == is_answered
            else:
                assert is_answered or record.result != "Call connected"


def _essence(party: Any) -> tuple[object, ...]:
    status = party["status"]
    return status["code"], status.get("reason"), party["muted"]


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {name: st.sampled_from(values) for name, values in _SWITCHES.items()}
    ),
    st.lists(
        st.tuples(
            st.sampled_from((*_STARTS, *_PEOPLE, *("act" for _ in range(12)))),
            st.integers(0, 200),
            st.sampled_from(_NUMBERS),
            st.sampled_from(_NUMBERS),
        ),
        min_size=10,
        max_size=60,
    ),
)
def test_presence_is_the_mapping_of_the_parties(
    switches: dict[str, object], steps: list[tuple[str, int, str, str]]
) -> None:
    """After each step; notifications and session events say the same, at last the log."""
    telephony = Telephony()
    telephony.switch(**switches)
    follower = _Follower(telephony)
    is_delayed = switches["session_events"] == "swapped"
    for kind, place, number, other in steps:
        with suppress(ApiError, IllegalMoveError):
            _perform(telephony, kind, place, number, other)
        _check(telephony)
        last = dict(telephony.notified)
        for number_ in _NUMBERS:
            listed = [one for one in last.get(number_, []) if one[1] != "NoCall"]
            assert listed == telephony.presence(number_)
        if not is_delayed:
            follower.check()
    for call in telephony.calls:
        if call.id in telephony.calls.calls:
            telephony.calls.drop_session(call)
    assert not telephony.calls.by_extension
    follower.check()
    follower.check_log()
    for call in telephony.calls.ended_calls.values():
        session = telephony.bodies.session(call)
        assert not answer_problems("GET", f"{_SESSIONS}/{call.id}", 200, session)

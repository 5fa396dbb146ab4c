"""The call engine: sessions and parties, and which moves a party may make."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from ..base import clock
from .directory import Extension
from .parties import Change, Direction, Party
from .party_states import MAY_FOLLOW, CallStatus, PartyCode

type CallMove = Literal["answer", "hold", "unhold", "park", "unpark", "end"]

# What a move needs of the party that makes it, and what it leads to.
_MOVES: dict[CallMove, tuple[frozenset[CallStatus], PartyCode]] = {
    "answer": (frozenset({"Ringing"}), "Answered"),
    "hold": (frozenset({"CallConnected"}), "Hold"),
    "unhold": (frozenset({"OnHold"}), "Answered"),
    "park": (frozenset({"CallConnected", "OnHold"}), "Parked"),
    "unpark": (frozenset({"ParkedCall"}), "Answered"),
    "end": (
        frozenset({"Ringing", "CallConnected", "OnHold", "ParkedCall"}),
        "Disconnected",
    ),
}
MOVES = tuple(_MOVES)

_CALL_ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


class IllegalMoveError(Exception):
    """A call is not in the state that a move needs."""


class UnknownCallError(LookupError):
    """No call has this telephony session id."""


@dataclass(slots=True, kw_only=True)
class Call:
    """A telephony session: the parties of it that are extensions."""

    id: str
    parties: list[Party] = field(default_factory=list)
    # Parties that have stopped ringing, while the caller waits for the next ring.
    paused: list[Party] = field(default_factory=list)
    # The session to the called phone, if this one is the own leg of a RingOut.
    leg_of: str | None = None
    # Sessions to other agents that the same caller rings.
    siblings: list[str] = field(default_factory=list)
    last_party: int = 1

    def of(self, extension_id: str | None, statuses: frozenset[CallStatus]) -> Party:
        """Return the party that a move applies to; the called side comes first.

        Raises IllegalMoveError if no party may make it.
        """
        candidates = [
            party
            for party in self.parties
            if party.status in statuses and extension_id in (None, party.extension_id)
        ]
        if not candidates:
            raise IllegalMoveError("No party of this call may do that now")
        candidates.sort(key=lambda party: party.direction == "Outbound")
        return candidates[0]


# Called with a call and a change of one of its parties.
type ChangeListener = Callable[[Call, Change], None]
# Called with the extension, and with those of its parties that have just ended.
type PartyListener = Callable[[str, Sequence[Party]], None]


@dataclass(slots=True, kw_only=True)
class CallEngine:
    """All calls of the account, and their way from ringing to the end."""

    listener: PartyListener
    random: Random
    call_id_changes: Callable[[], bool]
    changed: ChangeListener | None = None
    calls: dict[str, Call] = field(default_factory=dict)
    by_extension: dict[str, list[Party]] = field(default_factory=dict)
    last_session_id: int = 240001002000
    # Changes that were not published yet.
    _journal: list[tuple[Call, Change]] = field(init=False, default_factory=list)

    def of_extension(self, extension_id: str) -> list[Party]:
        """Return an extension's living calls, oldest first."""
        return self.by_extension.get(extension_id, [])

    def call(self, telephony_session_id: str) -> Call:
        """Return a living call; raises UnknownCallError."""
        try:
            return self.calls[telephony_session_id]
        except KeyError:
            raise UnknownCallError("No such call") from None

    def start(
        self,
        *,
        caller: Extension | None,
        called: Iterable[Extension],
        from_number: str,
        from_name: str | None,
        to_number: str,
        to_name: str | None,
        queue_call: bool = False,
        queue_name: str | None = None,
        on_behalf_of: str | None = None,
        announce: bool = True,
    ) -> Call:
        """Start a call that rings at every called extension."""
        token = f"{self.random.getrandbits(128):032x}"
        call = Call(id=f"s-{token}")
        sides: list[tuple[Direction, Extension]] = []
        if caller is not None:
            sides.append(("Outbound", caller))
        sides += [("Inbound", extension) for extension in called]
        now = clock.wall()
        for direction, extension in sides:
            # In recordings the two sides of a call have session ids 1000 and more apart.
            self.last_session_id += 1000
            # The party number gives the side: 1 is the calling one.
            number = 1 if direction == "Outbound" else 2 + len(call.parties)
            if caller is not None and direction == "Inbound":
                number -= 1
            party_id = f"p-{token}-{number}"
            call.last_party = max(call.last_party, number)
            inbound = direction == "Inbound"
            call.parties.append(
                Party(
                    telephony_session_id=call.id,
                    party_id=party_id,
                    extension_id=extension.id,
                    session_id=str(self.last_session_id),
                    id=call.id if inbound else self._call_id(),
                    direction=direction,
                    from_number=from_number,
                    from_name=from_name,
                    to_number=to_number,
                    to_name=to_name,
                    queue_call=queue_call and inbound,
                    queue_name=queue_name,
                    on_behalf_of=on_behalf_of,
                    start_time=now,
                    from_tag=party_id if inbound else self._from_tag(),
                    to_tag="blf" if inbound else self._to_tag(),
                )
            )
        self.calls[call.id] = call
        for party in call.parties:
            self._set(call, party, "Proceeding")
            self.by_extension.setdefault(party.extension_id, []).append(party)
        if announce:
            self._tell(call.parties)
        return call

    def move(
        self,
        telephony_session_id: str,
        move: CallMove,
        extension_id: str | None = None,
    ) -> None:
        """Apply a move to a call and to the parties that follow it.

        Raises UnknownCallError, and IllegalMoveError if the call is not in the right state.
        """
        call = self.call(telephony_session_id)
        needed, result = _MOVES[move]
        if move == "end" and call.paused:
            # The caller gives up, whichever phone rings.
            call.paused.clear()
            self._end_siblings(call)
            self._end(call, list(call.parties))
            return
        party = call.of(extension_id, needed)
        if move == "end":
            self._end_siblings(call)
            self._end(call, list(call.parties))
        elif move == "answer":
            self._answer(call, party)
            self._end_siblings(call)
        else:
            self._set(call, party, result)
            self._tell([party])

    def decline(self, telephony_session_id: str, extension_id: str) -> None:
        """Stop ringing at one of several phones; the call ends with the last of them."""
        call = self.call(telephony_session_id)
        party = call.of(extension_id, _MOVES["answer"][0])
        others = [item for item in call.parties if item is not party]
        if call.paused or any(item.direction == "Inbound" for item in others):
            self._end(call, [party])
        else:
            self._end(call, list(call.parties))

    def drop_extension(self, extension_id: str) -> None:
        """Remove the calls of a deleted extension."""
        for call in self:
            parties = (*call.parties, *call.paused)
            if any(party.extension_id == extension_id for party in parties):
                call.paused.clear()
                self._end(call, list(call.parties))

    def _end_siblings(self, call: Call) -> None:
        siblings, call.siblings = call.siblings, []
        for session_id in siblings:
            if (sibling := self.calls.get(session_id)) is not None:
                sibling.siblings.clear()
                sibling.paused.clear()
                self._end(sibling, list(sibling.parties))

    def _answer(self, call: Call, answering: Party) -> None:
        silenced = [
            party
            for party in call.parties
            if party.status == "Ringing"
            and party is not answering
            and party.direction == "Inbound"
            and answering.direction == "Inbound"
        ]
        for party in call.paused:
            if party.direction == "Outbound":
                self._add(call, party)
                self._set(call, party, "Proceeding")
        call.paused.clear()
        connected = [
            party
            for party in call.parties
            if party.status == "Ringing" and party not in silenced
        ]
        for party in connected:
            self._set(call, party, "Answered")
            party.to_tag = self._to_tag()
            party.from_tag = self._from_tag()
            if party.direction == "Inbound" and self.call_id_changes():
                party.id = self._call_id()
        self._tell(connected)
        if silenced:
            self._end(call, silenced)

    def _end(self, call: Call, parties: list[Party]) -> None:
        for party in parties:
            self._remove(call, party)
        if not call.parties and not call.paused:
            del self.calls[call.id]
        for party in parties:
            self._publish(party.extension_id, [party])

    def _remove(self, call: Call, party: Party) -> None:
        self._set(call, party, "Disconnected")
        call.parties.remove(party)
        mine = self.by_extension[party.extension_id]
        mine.remove(party)
        if not mine:
            del self.by_extension[party.extension_id]

    def _add(self, call: Call, party: Party) -> None:
        call.parties.append(party)
        self.by_extension.setdefault(party.extension_id, []).append(party)

    def _tell(self, parties: Iterable[Party]) -> None:
        # A call to the own number has two parties at one extension: one notification.
        for extension_id in dict.fromkeys(party.extension_id for party in parties):
            self._publish(extension_id, [])

    def _set(
        self, call: Call, party: Party, code: PartyCode, reason: str | None = None
    ) -> None:
        """Change the state of a party; nothing else does."""
        before = party.code
        if code not in MAY_FOLLOW[before]:
            raise RuntimeError(f"A party in {before} does not change to {code}")
        party.code, party.reason = code, reason
        change = Change(party, before, code, reason, clock.wall())
        self._journal.append((call, change))

    def _publish(self, extension_id: str, ended: Sequence[Party]) -> None:
        """Publish the presence of an extension, and what was not published before."""
        self.listener(extension_id, ended)
        changes, self._journal = self._journal, []
        if self.changed is not None:
            for call, change in changes:
                self.changed(call, change)

    def __iter__(self) -> Iterator[Call]:
        """Iterate over all living calls."""
        return iter(list(self.calls.values()))

    def _call_id(self) -> str:
        return "".join(self.random.choices(_CALL_ID_ALPHABET, k=20))

    def _to_tag(self) -> str:
        return f"{self.random.getrandbits(32):08x}"

    def _from_tag(self) -> str:
        return f"10.14.20.199-5070-{self.random.getrandbits(48):012x}"

"""The call engine: which moves a party may make."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from .call import Call
from .call_store import CallStore
from .directory import Extension
from .parties import Direction, Party
from .party_states import CallStatus, PartyCode

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


@dataclass(slots=True, kw_only=True)
class CallEngine(CallStore):
    """Calls on their way from ringing to the end."""

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
        call = self._new_call()
        token = call.id.removeprefix("s-")
        sides: list[tuple[Direction, Extension]] = []
        if caller is not None:
            sides.append(("Outbound", caller))
        sides += [("Inbound", extension) for extension in called]
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
                    start_time=call.creation_time,
                    from_tag=party_id if inbound else self._from_tag(),
                    to_tag="blf" if inbound else self._to_tag(),
                )
            )
        call.is_inside = caller is not None and len(call.parties) > 1
        if caller is None and call.parties:
            outside = self._outside(call, call.parties[0], "Outbound", number=1)
            self._set(call, outside, "Answered")
        for party in call.parties:
            self._set(call, party, "Proceeding")
            self.by_extension.setdefault(party.extension_id, []).append(party)
        if caller is not None and len(call.parties) == 1:
            outside = self._outside(call, call.parties[0], "Inbound")
            self._set(call, outside, "Proceeding")
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
        if move == "end" and (call.paused or not call.parties):
            # The caller gives up, whichever phone rings.
            self._end_siblings(call)
            self._end_all(call)
            return
        if move == "answer" and extension_id is None and self._answer_outside(call):
            return
        party = call.of(extension_id, needed)
        if move == "end":
            self._end_siblings(call)
            self._end_all(call)
        elif move == "answer":
            self._answer(call, party)
        else:
            self._set(call, party, result)
            party.held_at_phone = result == "Hold"
            self._tell([party])

    def decline(self, telephony_session_id: str, extension_id: str) -> None:
        """Stop ringing at one of several phones; the call ends with the last of them."""
        call = self.call(telephony_session_id)
        party = call.of(extension_id, _MOVES["answer"][0])
        others = [item for item in call.parties if item is not party]
        waits = call.paused or any(item.direction == "Inbound" for item in others)
        if waits and not party.ring_out_role:
            self._end(call, [party], "Rejected")
        else:
            self._end_all(call, party, "Rejected")

    def drop_extension(self, extension_id: str) -> None:
        """Remove the calls of a deleted extension."""
        for call in self:
            parties = (*call.parties, *call.paused, *call.others)
            present = any(party.extension_id == extension_id for party in parties)
            # The other session of a RingOut has ended with the first one.
            if present and call.id in self.calls:
                self._end_all(call)

    def _end_siblings(self, call: Call, reason: str | None = None) -> None:
        siblings, call.siblings = call.siblings, []
        for session_id in siblings:
            if (sibling := self.calls.get(session_id)) is not None:
                sibling.siblings.clear()
                party = next(iter(sibling.parties), None)
                self._end_all(sibling, party, reason)

    def _answer(self, call: Call, answering: Party) -> None:
        silenced = [
            party
            for party in call.parties
            if party.is_ringing
            and party is not answering
            and party.direction == "Inbound"
            and answering.direction == "Inbound"
        ]
        for party in call.paused:
            if party.direction == "Outbound":
                self._add(call, party)
                self._set(call, party, "Proceeding")
            else:
                call.ended.append(party)
        call.paused.clear()
        connected = [
            party
            for party in call.parties
            if party.is_ringing and party not in silenced
        ]
        # An outside party answers before its caller is connected.
        for party in call.others:
            if party.is_ringing and "Outbound" in (
                answering.direction,
                party.direction,
            ):
                self._set(call, party, "Answered")
        for party in connected:
            self._set(call, party, "Answered")
            party.to_tag = self._to_tag()
            party.from_tag = self._from_tag()
            if party.direction == "Inbound" and self.call_id_changes():
                party.id = self._call_id()
        self._tell(connected)
        lost = (
            "AgentAnswered"
            if answering.queue_call and self.switches.queue_losers == "AgentAnswered"
            else None
        )
        if silenced:
            self._end(call, silenced, lost)
        self._end_siblings(call, lost)
        self._answered(call, answering)

    def _answered(self, call: Call, party: Party) -> None:
        """Go on after a party has answered; a hook for calls that dial then."""

    def _answer_outside(self, call: Call) -> bool:
        """Answer at an outside phone, if no extension of the call rings."""
        ringing = [p for p in call.others if p.is_ringing and not p.extension_id]
        if not ringing or any(party.is_ringing for party in call.parties):
            return False
        for party in ringing:
            self._set(call, party, "Answered")
        self._flush()
        self._answered(call, ringing[0])
        return True

    def _end(
        self, call: Call, parties: Sequence[Party], reason: str | None = None
    ) -> None:
        """End some parties, and the call if it has no two sides any more."""
        for party in parties:
            self._remove(call, party, reason)
        if not call.parties and not call.paused and len(call.others) < 2:
            self._close(call)
        for party in parties:
            self._publish(party.extension_id, [party])
        self._flush()

    def _end_all(
        self, call: Call, party: Party | None = None, reason: str | None = None
    ) -> None:
        """End a call, with the other session of a RingOut; `party` has the reason."""
        partner = self.calls.get(call.partner or "")
        ended: list[Party] = []
        for item in (call, partner):
            if item is not None:
                ended += item.parties
                for one in list(item.parties):
                    self._remove(item, one, reason if one is party else None)
                self._close(item, party, reason)
        if partner is None:
            for one in ended:
                self._publish(one.extension_id, [one])
        else:
            self._publish_together(ended)
        self._flush()

    def _leave(self, call: Call, party: Party, reason: str | None = None) -> None:
        if party in call.parties:
            self._end(call, [party], reason)
            return
        call.others.remove(party)
        self._set(call, party, "Disconnected", reason)
        call.ended.append(party)
        self._end(call, [])

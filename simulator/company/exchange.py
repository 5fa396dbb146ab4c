"""What an exchange does with a call by itself, or passes to other phones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict, Unpack

from ..base import clock
from .call import Call, IllegalMoveError
from .calls import CallEngine
from .directory import Extension
from .parties import Party
from .party_states import CallStatus

_RINGING: frozenset[CallStatus] = frozenset({"Ringing"})
_ANSWERED: frozenset[CallStatus] = frozenset({"CallConnected", "OnHold"})
_LIVING: frozenset[CallStatus] = _RINGING | _ANSWERED
_PARKED: frozenset[CallStatus] = frozenset({"ParkedCall"})


class CallDescription(TypedDict):
    """Numbers and names of a call."""

    from_number: str
    from_name: str | None
    to_number: str
    to_name: str | None
    queue_call: bool
    queue_name: str | None
    on_behalf_of: str | None


@dataclass(slots=True, kw_only=True)
class Exchange(CallEngine):
    """A call engine whose calls move on between phones.

    All methods raise UnknownCallError, and IllegalMoveError if the call is not in the
    right state.
    """

    lists_replaced: Callable[[], bool] = lambda: True
    keeps_start: Callable[[], bool] = lambda: False

    def start_each(
        self, called: Sequence[Extension], **call: Unpack[CallDescription]
    ) -> Call:
        """Start a session to each of several phones, of which one can be answered.

        Return the first.
        """
        calls = [self.start(caller=None, called=[phone], **call) for phone in called]
        for item in calls:
            item.siblings = [other.id for other in calls if other is not item]
        return calls[0]

    def pause(self, session_id: str, extension_id: str) -> None:
        """Stop ringing at a phone, or dialling, while the other end waits."""
        call = self.call(session_id)
        party = call.of(extension_id, _RINGING)
        self._set(call, party, "Disconnected")
        self._unlist(call, party)
        call.paused.append(party)
        self._publish(extension_id, [party])

    def resume(
        self, session_id: str, extension_id: str, *, as_other_party: bool = False
    ) -> None:
        """Ring again at a phone that was paused."""
        call = self.call(session_id)
        party = next((p for p in call.paused if p.extension_id == extension_id), None)
        if party is None:
            raise IllegalMoveError("This phone has not stopped ringing")
        call.paused.remove(party)
        if as_other_party:
            call.ended.append(party)
            party = self._other_party(call, party)
        self._set(call, party, "Proceeding")
        self._add(call, party)
        self._tell([party])

    def offer(self, session_id: str, extension: Extension) -> None:
        """Ring at one more phone, as a queue does."""
        call = self.call(session_id)
        known = next((p for p in _all_parties(call) if p.direction == "Inbound"), None)
        if known is None or any(p.status != "Ringing" for p in call.parties):
            raise IllegalMoveError("This call does not wait for an answer")
        self._check_absent(call, extension)
        party = self._ringing_at(call, known, extension)
        self._add(call, party)
        self._tell([party])

    def transfer(self, session_id: str, extension_id: str, to: Extension) -> None:
        """Pass an answered call to another phone, which rings as another party."""
        call = self.call(session_id)
        party = call.of(extension_id, _ANSWERED)
        self._check_absent(call, to)
        new = self._ringing_at(call, party, to)
        self._add(call, new)
        self._end(call, [party], "BlindTransfer")
        self._tell([new])

    def flip(self, session_id: str, extension_id: str) -> None:
        """Pass a call to another device of the extension, as another party."""
        call = self.call(session_id)
        party = call.of(extension_id, _LIVING)
        code = party.code
        new = self._other_party(call, party)
        self._remove(call, party, "CallFlip")
        self._add(call, new)
        self._set(call, new, "Proceeding" if code == "Proceeding" else "Answered")
        if code == "Hold":
            self._set(call, new, "Hold")
        self._publish(extension_id, [party] if self.lists_replaced() else [])

    def ring_back(self, session_id: str, extension_id: str) -> None:
        """Ring again at the phone that has parked a call."""
        call = self.call(session_id)
        party = call.of(extension_id, _PARKED)
        self._set(call, party, "Proceeding")
        self._tell([party])

    def ring_out(
        self, caller: Extension, called: Extension | None, number: str, name: str | None
    ) -> tuple[Call, Call]:
        """Ring the own phone, then the called one, as two calls with swapped numbers.

        The first one is that of the own phone; the sessions are 1000 to 4000 apart.
        """
        own = self.start(
            caller=None,
            called=[caller],
            from_number=number,
            from_name=name,
            to_number=caller.number,
            to_name=caller.name,
            announce=False,
        )
        other = self.start(
            caller=caller,
            called=() if called is None else [called],
            from_number=caller.number,
            from_name=caller.name,
            to_number=number,
            to_name=name,
            announce=False,
        )
        own.leg_of = other.id
        self._tell([*own.parties, *other.parties])
        return own, other

    def end_together(self, session_ids: Sequence[str]) -> None:
        """End several calls at once, with one notification for each extension."""
        ended: list[Party] = []
        for call in [self.call(session_id) for session_id in session_ids]:
            ended += call.parties
            for party in list(call.parties):
                self._remove(call, party)
            self._close(call)
        self._publish_together(ended)

    def _check_absent(self, call: Call, extension: Extension) -> None:
        if any(p.extension_id == extension.id for p in _all_parties(call)):
            raise IllegalMoveError("This phone is in the call already")

    def _ringing_at(self, call: Call, known: Party, extension: Extension) -> Party:
        inbound = known.direction == "Inbound"
        party = replace(
            self._other_party(call, known),
            id=call.id,
            extension_id=extension.id,
            direction="Inbound",
            from_number=known.from_number if inbound else known.to_number,
            from_name=known.from_name if inbound else known.to_name,
            to_number=extension.number,
            to_name=extension.name,
            to_tag="blf",
        )
        self._set(call, party, "Proceeding")
        return party

    def _other_party(self, call: Call, party: Party) -> Party:
        call.last_party += 1
        self.last_session_id += 1000
        party_id = f"p-{call.id.removeprefix('s-')}-{call.last_party}"
        return replace(
            party,
            code="Setup",
            reason=None,
            answered_at=None,
            ended_at=None,
            peer=None,
            muted=False,
            held_at_phone=False,
            park_id="",
            is_at_location=False,
            device_id="",
            is_recording=False,
            party_id=party_id,
            session_id=str(self.last_session_id),
            id=call.id if party.status == "Ringing" else self._call_id(),
            start_time=party.start_time if self.keeps_start() else clock.wall(),
            from_tag=party_id,
        )


def _all_parties(call: Call) -> list[Party]:
    return [*call.parties, *call.paused]

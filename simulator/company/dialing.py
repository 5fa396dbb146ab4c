"""Calls that a request starts: the own phone rings first, then the called one."""

from dataclasses import dataclass
from typing import override

from .call import Call, Target
from .directory import Extension
from .exchange import Exchange
from .parties import Direction, Party

# Between the numeric ids of the two sessions of a RingOut.
_SESSIONS_APART = 2000


@dataclass(slots=True, kw_only=True)
class Dialing(Exchange):
    """Calls by RingOut and by call-out."""

    def ring_own_phone(
        self, caller: Extension, target: Target, *, number: str, is_shown: bool
    ) -> Call:
        """Start a RingOut; the target is called when the own phone has answered.

        `number` is that of the own phone; an outside one need not be shown in presence.
        """
        dialled = _spelled(target.number, self.switches.ring_out_from)
        name = target.name if dialled else None
        inbound = self.switches.ring_out_direction == "Inbound"
        call = self._new_call()
        call.origin, call.target = "RingOut", target
        own = self._own_party(
            call,
            caller.id if is_shown else "",
            "Inbound" if inbound else "Outbound",
            here=Target(number, caller.name),
            there=Target(dialled, name),
        )
        if self.switches.ring_out_sessions == "two":
            partner = self._partner(call, own, caller, target)
            self._tell([own, *partner.parties])
        elif is_shown:
            self._tell([own])
        self._flush()
        return call

    def call_out(
        self, caller: Extension, target: Target, device_id: str, *, dead: bool = False
    ) -> Call:
        """Let a device ring, then call; `dead`: it is offline and never rings."""
        call = self._new_call()
        call.origin, call.target = self.switches.call_out_origin, target
        own = self._own_party(
            call,
            caller.id,
            self.switches.call_out_direction,
            here=Target(caller.number, caller.name),
            there=target,
            rings=not dead,
        )
        own.device_id = device_id
        if not dead:
            self._tell([own])
        return call

    def _own_party(
        self,
        call: Call,
        extension_id: str,
        direction: Direction,
        *,
        here: Target,
        there: Target,
        rings: bool = True,
    ) -> Party:
        self.last_session_id += 1000
        caller, called = (there, here) if direction == "Inbound" else (here, there)
        party_id = f"p-{call.id.removeprefix('s-')}-1"
        own = Party(
            telephony_session_id=call.id,
            party_id=party_id,
            extension_id=extension_id,
            session_id=str(self.last_session_id),
            id=call.id,
            direction=direction,
            from_number=caller.number,
            from_name=caller.name,
            to_number=called.number,
            to_name=called.name,
            start_time=call.creation_time,
            from_tag=party_id,
            ring_out_role="Initiator" if call.origin == "RingOut" else "",
        )
        if extension_id and rings:
            self._add(call, own)
        else:
            call.others.append(own)
        if rings:
            self._set(call, own, "Proceeding")
        return own

    def _partner(
        self, call: Call, own: Party, caller: Extension, target: Target
    ) -> Call:
        """Make the second session of a RingOut, with the numbers swapped."""
        outside = self._outside(call, own, "Outbound")
        self._set(call, outside, "Answered")
        partner = self._new_call()
        partner.origin = "RingOut"
        call.leg_of = call.partner = partner.id
        partner.partner = call.id
        here = Target(own.local_number, caller.name)
        self._own_party(partner, own.extension_id, "Outbound", here=here, there=target)
        for party in partner.living:
            party.session_id = own.session_id
        # RingCentral's clients expect the higher number at the leg of the own phone.
        self.last_session_id = int(own.session_id) + _SESSIONS_APART
        for party in call.living:
            party.session_id = str(self.last_session_id)
        return partner

    @override
    def _answered(self, call: Call, party: Party) -> None:
        target, call.target = call.target, None
        if target is None:
            return
        session = self.calls.get(call.partner or "", call)
        if call.origin != "RingOut" and party.direction == "Inbound":
            _swap(party)
            self._tell([party])
        self._dial(session, party, target)

    def _dial(self, call: Call, own: Party, target: Target) -> None:
        """Let the target ring."""
        here = _here(own)
        new = self._outside(call, own, "Inbound")
        new.from_number, new.from_name = here.number, here.name
        new.to_number, new.to_name = target.number, target.name
        new.ring_out_role = "Target" if call.origin == "RingOut" else ""
        if target.extension is not None:
            call.others.remove(new)
            new.extension_id = target.extension.id
            self.last_session_id += 1000
            new.session_id = str(self.last_session_id)
            new.from_tag = new.party_id
            self._add(call, new)
        self._set(call, new, "Proceeding")
        self._tell([new] if new.extension_id else [])


def _here(party: Party) -> Target:
    """Return number and name of a party itself."""
    if party.direction == "Inbound":
        return Target(party.to_number, party.to_name)
    return Target(party.from_number, party.from_name)


def _swap(party: Party) -> None:
    """Show an incoming call as an outgoing one."""
    party.direction = "Outbound"
    party.from_number, party.to_number = party.to_number, party.from_number
    party.from_name, party.to_name = party.to_name, party.from_name


def _spelled(number: str, spelling: str) -> str:
    """Return a number as the entry of the own leg shows it."""
    if spelling == "empty":
        return ""
    if spelling == "national" and number.startswith("+"):
        return number[2:] if number.startswith("+1") else f"0{number[3:]}"
    return number

"""Parked calls, and who takes them back."""

from dataclasses import dataclass

from .call import Call
from .dialing import Dialing
from .directory import Extension
from .parties import Party

_FIRST_SLOT = 801


@dataclass(slots=True, kw_only=True)
class Parking(Dialing):
    """Calls that wait at a place of the system, or at a park location."""

    def park(self, call: Call, party: Party) -> Party:
        """Park an own call at the next free place of the system."""
        slot = self._free_slot()
        if self.switches.park_entry == "parked":
            self._set(call, party, "Parked", "CallPark")
            party.park_id = slot
            self._tell([party])
            return party
        waiting = self._outside(call, party, "Inbound")
        self._park_party(call, waiting, "CallPark", slot)
        party.park_id = slot
        self._end(call, [party], "CallPark")
        return party

    def park_at(self, call: Call, party: Party, location: Extension) -> Party:
        """Park a call at a park location; return the party that has left it."""
        new = self._other_party(call, party)
        new.extension_id, new.direction = location.id, "Inbound"
        new.is_at_location = self.switches.park_location_party == "without"
        if party.direction == "Outbound":
            new.from_number, new.from_name = party.to_number, party.to_name
        self._add(call, new)
        self._park_party(call, new, "ParkLocation", self._free_slot())
        self._end(call, [party], "ParkLocation")
        self._tell([new])
        return party

    def _park_party(self, call: Call, party: Party, reason: str, slot: str) -> None:
        self._set(call, party, "Answered")
        party.park_id = slot
        self._set(call, party, "Parked", reason)

    def _free_slot(self) -> str:
        used = {party.park_id for call in self for party in call.living}
        number = _FIRST_SLOT
        while f"*{number}" in used:
            number += 1
        return f"*{number}"

    def pick_up(
        self, call: Call, party: Party, extension: Extension, device_id: str
    ) -> Party:
        """Take a parked call at a device of an extension; return its party there."""
        if party.extension_id == extension.id:
            party.park_id = ""
            self._set(call, party, "Answered")
            self._tell([party])
            new = party
        else:
            self._check_absent(call, extension)
            new = self._ringing_at(call, party, extension)
            self._add(call, new)
            self._set(call, new, "Answered", "Pickup")
            self._leave(call, party, "Pickup")
            self._tell([new])
        new.device_id = device_id
        return new

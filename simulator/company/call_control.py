"""What a user does with a call, by a request or at the phone."""

from dataclasses import dataclass, replace

from ..base import clock
from .call import Call, IllegalMoveError, Target
from .parking import Parking
from .parties import Change, Party, Peer
from .party_states import IN_VOICEMAIL, RINGING


@dataclass(slots=True, kw_only=True)
class CallControl(Parking):
    """Calls whose parties are controlled one by one.

    Whether the state of a party allows an action is decided by `ControlRules`; methods raise
    IllegalMoveError only for what these cannot know.
    """

    def find(self, session_id: str, extension_id: str) -> tuple[Call, Party]:
        """Return a living call and the newest living party of an extension in it.

        Raises UnknownCallError and IllegalMoveError.
        """
        call = self.call(session_id)
        parties = [p for p in call.living if p.extension_id == extension_id]
        if not parties:
            raise IllegalMoveError("This phone is not in the call")
        return call, parties[-1]

    # Ringing

    def answer(self, call: Call, party: Party, device_id: str) -> Party:
        """Answer at a device; return the party that rings or is connected there."""
        if self.switches.answered_device != "same_party":
            party = self._ring_anew(call, party)
        party.device_id = device_id
        if self.switches.answered_device != "silent":
            self._answer(call, party)
        return party

    def _ring_anew(self, call: Call, party: Party) -> Party:
        """Stop ringing, and ring as another party."""
        self._remove(call, party, "CallSwitch")
        self._publish(party.extension_id, [party])
        other = self._other_party(call, party)
        self._set(call, other, "Proceeding")
        self._add(call, other)
        self._tell([other])
        return other

    def reject(self, call: Call, party: Party) -> Party:
        """Stop ringing; the caller goes on to other phones, or to voicemail."""
        if party.ring_out_role:
            self._end_all(call, party, "Rejected")
        elif party.queue_call:
            self._pass_on(call, party, "Rejected")
        elif self.switches.rejected_call == "next" and (
            call.paused or _ringing_beside(call, party)
        ):
            self._end(call, [party], "Rejected")
        else:
            self._take_by_voicemail(call, party)
        return party

    def ignore(self, call: Call, party: Party) -> Party:
        """Stop ringing at an agent; the caller waits for the next one."""
        self._pass_on(call, party, "AgentDropped")
        return party

    def _pass_on(self, call: Call, party: Party, reason: str) -> None:
        siblings = [self.calls[i] for i in call.siblings if i in self.calls]
        if siblings:
            self._end_all(call, party, reason)
        elif _ringing_beside(call, party):
            self._end(call, [party], reason)
        else:
            self._set(call, party, "Disconnected", reason)
            self._unlist(call, party)
            call.paused.append(party)
            self._publish(party.extension_id, [party])

    def _take_by_voicemail(self, call: Call, party: Party) -> None:
        """Let the voicemail of the extension take a call that rings there."""
        silenced = _ringing_beside(call, party)
        for other in silenced:
            self._remove(call, other)
        self._set(call, party, "VoiceMail")
        self._unlist(call, party)
        call.others.append(party)
        self._publish_together([party, *silenced])
        self._connect_caller(call)

    def _connect_caller(self, call: Call) -> None:
        """Connect the calling extension, after voicemail has answered."""
        callers = [p for p in call.parties if p.is_ringing and p.direction != "Inbound"]
        for caller in callers:
            self._set(call, caller, "Answered")
        self._tell(callers)

    def reply(self, call: Call, party: Party) -> Party:
        """Read a text to the caller, which ends the call."""
        self._end_all(call, party, "CallReplied")
        return party

    def forward(self, call: Call, party: Party, target: Target) -> Party:
        """Pass a ringing call on; return the party that has stopped ringing."""
        self._pass_to(call, party, target, "CallRedirected")
        return party

    # Connected

    def hold(self, call: Call, party: Party, *, at_phone: bool = False) -> Party:
        """Put a call on hold, if wanted with the phone's own key."""
        self._set(call, party, "Hold")
        party.held_at_phone = at_phone
        self._tell([party])
        return party

    def unhold(self, call: Call, party: Party) -> Party:
        """Take a call back from hold."""
        self._set(call, party, "Answered")
        party.held_at_phone = False
        self._tell([party])
        return party

    def mute(self, call: Call, party: Party, muted: bool) -> Party:
        """Mute or unmute a party; presence does not show it."""
        if party.muted is not muted:
            party.muted = muted
            self._journal.append(
                (
                    call,
                    Change(
                        party, party.code, party.code, party.reason, clock.wall(), muted
                    ),
                )
            )
            self._flush()
        return party

    def record(self, party: Party, active: bool) -> Party:
        """Start a recording, or pause and continue it."""
        if not party.recording_id:
            party.recording_id = str(self.random.randrange(10**11, 10**12))
        party.is_recording = active
        return party

    def transfer_to(self, call: Call, party: Party, target: Target) -> Party:
        """Pass an answered call on without asking; return the party that has left it."""
        if target.kind == "park" and target.extension is not None:
            self.park_at(call, party, target.extension)
        elif self.switches.transferred_session == "new" and target.kind == "phone":
            self._transfer_anew(call, party, target)
        else:
            self._pass_to(call, party, target, "BlindTransfer")
        return party

    def _pass_to(self, call: Call, party: Party, target: Target, reason: str) -> None:
        """Let a target ring or its voicemail answer, and end a party for it."""
        new = self._reach(call, party, target)
        self._end(call, [party], reason)
        if new in call.parties:
            self._tell([new])
        if new.code in IN_VOICEMAIL:
            self._connect_caller(call)

    def _reach(self, call: Call, party: Party, target: Target) -> Party:
        """Add the party that a call is passed to."""
        extension = target.extension
        if extension is not None and target.kind == "phone":
            self._check_absent(call, extension)
            new = self._ringing_at(call, party, extension)
            self._add(call, new)
            return new
        new = self._outside(call, party, "Inbound")
        if party.direction == "Outbound":
            new.from_number, new.from_name = party.to_number, party.to_name
        new.to_number, new.to_name = target.number, target.name
        if extension is not None:
            new.extension_id = extension.id
            self._set(call, new, "VoiceMail")
        else:
            self._set(call, new, "Proceeding")
        return new

    def _transfer_anew(self, call: Call, party: Party, target: Target) -> None:
        """Transfer into a new session."""
        if target.extension is not None:
            self._check_absent(call, target.extension)
        new = self._new_call()
        moved = [other for other in call.living if other is not party]
        for other in moved:
            self._move(call, other, new, other.number, "BlindTransfer")
        new.last_party = max(party.number, *(other.number for other in moved))
        known = replace(party, telephony_session_id=new.id)
        reached = self._reach(new, known, target)
        self._remove(call, party, "BlindTransfer")
        self._close(call)
        self._publish_together([party, *moved])
        self._tell([reached] if reached in new.parties else [])

    def bridge(
        self, call: Call, party: Party, second: Call, second_party: Party
    ) -> Party:
        """Join the other sides of two own calls; the second session lives on."""
        if second is call:
            raise IllegalMoveError("A call cannot be joined to itself")
        moved = [other for other in call.living if other is not party]
        for other in moved:
            second.last_party += 1
            new = self._move(call, other, second, second.last_party, "AttendedTransfer")
            _set_remote(new, second_party)
        party.peer = Peer(second.id, second_party.party_id)
        self._remove(call, party, "AttendedTransfer", "Gone")
        self._close(call)
        self._remove(second, second_party, "AttendedTransfer")
        self._publish_together([party, second_party, *moved])
        return party

    def _move(
        self, call: Call, party: Party, to: Call, number: int, reason: str
    ) -> Party:
        """Move a party to another session, where it is another one."""
        code = party.code
        new = replace(
            party,
            telephony_session_id=to.id,
            party_id=f"p-{to.id.removeprefix('s-')}-{number}",
            code="Setup",
            muted=False,
            held_at_phone=False,
        )
        party.peer = Peer(to.id, new.party_id)
        if party in call.parties:
            self._remove(call, party, reason, "Gone")
            self._add(to, new)
        else:
            call.others.remove(party)
            self._set(call, party, "Gone", reason)
            call.ended.append(party)
            to.others.append(new)
        if code in RINGING or code in IN_VOICEMAIL:
            self._set(to, new, code)
        else:
            self._set(to, new, "Answered")
        return new

    # The end

    def drop(self, call: Call, party: Party) -> Party:
        """Drop a party; of two the other one cannot stay alone."""
        if len(call.living) > 2 and party.code != "Parked":
            self._leave(call, party)
        else:
            self.drop_session(call, party)
        return party

    def drop_session(
        self, call: Call, party: Party | None = None, reason: str | None = None
    ) -> None:
        """End a call for all, if wanted with the reason of a party."""
        self._end_siblings(call)
        self._end_all(call, party, reason)


def _ringing_beside(call: Call, party: Party) -> list[Party]:
    """Return the other phones that ring in a call."""
    return [
        other
        for other in call.parties
        if other is not party and other.is_ringing and other.direction == "Inbound"
    ]


def _set_remote(party: Party, known: Party) -> None:
    """Let a party show the other end of a known one as its own other end."""
    if known.direction == "Inbound":
        number, name = known.from_number, known.from_name
    else:
        number, name = known.to_number, known.to_name
    if party.direction == "Inbound":
        party.from_number, party.from_name = number, name
    else:
        party.to_number, party.to_name = number, name

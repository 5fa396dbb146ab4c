"""The call log: what has become of each call at each extension, read from its parties."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from ..base import clock
from ..base.control_switches import ControlSwitches
from .call import Call
from .call_store import CallStore
from .directory import Directory
from .parties import Direction, Party
from .party_states import IN_VOICEMAIL

# Of a phone that has stopped ringing, by the reason of its party.
_REASONS = {
    "Rejected": "Rejected",
    "CallReplied": "Reply",
    "CallRedirected": "Declined",
    "AgentDropped": "Declined",
    "AgentAnswered": "Answered Elsewhere",
    "Voicemail": "Voicemail",
}
# Of a call that was not answered, by the reason of the called party.
_NOT_REACHED = {"TargetBusy": "Busy", "Rejected": "Rejected"}
_ACTIONS = {"RingOut": "RingOut Web", "CallOut": "CallOut-CallMe", "Call": "Phone Call"}
MISSED = frozenset({"Missed", "Voicemail"})
# Seconds between the answer at one phone and the silence of the others.
_AT_ONCE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRecord:
    """A call as the log of an extension has it."""

    id: str
    extension_id: str
    # The party that names the numbers.
    party: Party
    session_id: str
    direction: Direction
    action: str
    result: str
    reason: str | None
    started_at: float
    ended_at: float

    @property
    def ends(self) -> tuple[tuple[str, str | None], tuple[str, str | None]]:
        """Return number and name of the caller, then of the called one."""
        party = self.party
        ends = (
            (party.from_number, party.from_name),
            (party.to_number, party.to_name),
        )
        # The own leg of a RingOut shows the called number as its caller.
        return ends if self.direction == party.direction else (ends[1], ends[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLog:
    """Records of all calls that the store still has."""

    calls: CallStore
    directory: Directory
    switches: ControlSwitches

    def records(self) -> list[LogRecord]:
        """Return the records that the platform has written by now, the newest first."""
        latest = clock.wall() - self.switches.call_log_delay
        known = chain(self.calls.ended_calls.values(), self.calls)
        records = [
            record
            for call in known
            for record in self._of_call(call)
            if record.ended_at <= latest
        ]
        return sorted(records, key=lambda r: (r.started_at, r.id), reverse=True)

    def _of_call(self, call: Call) -> Iterator[LogRecord]:
        if call.leg_of is not None:
            # One record for both sessions of a RingOut.
            return
        everyone = call.everyone
        for extension_id in dict.fromkeys(p.extension_id for p in everyone):
            parties = [p for p in everyone if p.extension_id == extension_id]
            is_over = all(
                p.ended_at is not None and p not in call.paused for p in parties
            )
            if is_over and self._has_log(extension_id):
                yield _record(call, extension_id, parties)
        queued = [party for party in everyone if party.queue_call]
        queue = self.directory.find(queued[0].to_number) if queued else None
        if queue is not None and call.ended_at is not None:
            is_answered = any(party.answered_at is not None for party in queued)
            record = _record(call, queue.id, queued)
            yield replace(record, result="Accepted" if is_answered else "Missed")

    def _has_log(self, extension_id: str) -> bool:
        extension = self.directory.extensions.get(extension_id)
        return extension is not None and extension.type != "ParkLocation"


def _record(call: Call, extension_id: str, parties: Sequence[Party]) -> LogRecord:
    """Return the record of parties that have ended."""
    first, last = parties[0], parties[-1]
    is_own = first.ring_out_role == "Initiator" or call.origin == "CallOut"
    is_dialed = first.direction == "Outbound" or (is_own and first.number == 1)
    result = _dialed(call, parties) if is_dialed else _received(call, parties)
    is_missed = result in MISSED or result == "No Answer"
    return LogRecord(
        id=f"{call.id.removeprefix('s-')[:16]}-{first.number}-{extension_id}",
        extension_id=extension_id,
        party=_with_target(call, last),
        session_id=call.everyone[0].session_id,
        direction="Outbound" if is_dialed else "Inbound",
        action=_ACTIONS[call.origin] if is_dialed else "Phone Call",
        result=result,
        reason="No Answer" if is_missed else None,
        started_at=min(party.start_time for party in parties),
        ended_at=max(party.ended_at or 0.0 for party in parties),
    )


def _with_target(call: Call, party: Party) -> Party:
    """Return the own leg of a RingOut with the called number, which presence may not show."""
    if party.ring_out_role != "Initiator" or party.direction != "Inbound":
        return party
    targets = [p for p in call.everyone if p.ring_out_role == "Target"]
    if targets:
        number, name = targets[-1].to_number, targets[-1].to_name
    elif call.target is not None:
        number, name = call.target.number, call.target.name
    else:
        return party
    return replace(party, from_number=number, from_name=name)


def _received(call: Call, parties: Sequence[Party]) -> str:
    if any(party.answered_at is not None for party in parties):
        return "Accepted"
    last = parties[-1]
    if last.reason in _REASONS:
        return _REASONS[last.reason]
    others = (p for p in call.everyone if p.direction == "Inbound" and p not in parties)
    is_elsewhere = any(
        other.answered_at is not None
        and 0 <= (last.ended_at or 0.0) - other.answered_at < _AT_ONCE
        for other in others
    )
    return "Answered Elsewhere" if is_elsewhere else "Missed"


def _dialed(call: Call, parties: Sequence[Party]) -> str:
    others = [p for p in call.everyone if p not in parties]
    if any(p.answered_at is not None for p in parties) and any(
        other.answered_at is not None
        or other.reason == "Voicemail"
        or other.code in IN_VOICEMAIL
        for other in others
    ):
        return "Call connected"
    reasons = (_NOT_REACHED.get(other.reason or "") for other in others)
    return next(filter(None, reasons), "No Answer")

"""The living and the ended calls, and who is notified of their changes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from ..base import clock
from ..base.control_switches import ControlSwitches
from .call import Call, UnknownCallError
from .parties import Change, Direction, Party
from .party_states import ENDED, IN_VOICEMAIL, MAY_FOLLOW, RINGING, PartyCode

# More ended calls are not kept, however long they may be read.
_MOST_ENDED_CALLS = 500
# Seconds that the switch `stale_presence` keeps an entry.
_STALE = 180

_CALL_ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"

# Called with a call and a change of one of its parties.
type ChangeListener = Callable[[Call, Change], None]
# Called with the extension, and with those of its parties that have just ended.
type PartyListener = Callable[[str, Sequence[Party]], None]


@dataclass(slots=True, kw_only=True)
class CallStore:
    """All calls of the account; each change of a party goes through here."""

    listener: PartyListener
    random: Random
    call_id_changes: Callable[[], bool]
    changed: ChangeListener | None = None
    switches: ControlSwitches = field(default_factory=ControlSwitches)
    calls: dict[str, Call] = field(default_factory=dict)
    # The oldest first.
    ended_calls: dict[str, Call] = field(default_factory=dict)
    by_extension: dict[str, list[Party]] = field(default_factory=dict)
    last_session_id: int = 240001002000
    # Changes that were not published yet.
    _journal: list[tuple[Call, Change]] = field(init=False, default_factory=list)
    # Rings that have ended, with the time, for the switch `stale_presence`.
    _stale: dict[str, list[tuple[float, Party]]] = field(
        init=False, default_factory=dict
    )

    def of_extension(self, extension_id: str) -> list[Party]:
        """Return an extension's living calls, oldest first."""
        return self.by_extension.get(extension_id, [])

    def call(self, telephony_session_id: str) -> Call:
        """Return a living call; raises UnknownCallError."""
        try:
            return self.calls[telephony_session_id]
        except KeyError:
            raise UnknownCallError("No such call") from None

    def listed(self, extension_id: str) -> list[Party]:
        """Return what REST presence lists, which may be stale by switch."""
        living = self.of_extension(extension_id)
        mode = self.switches.stale_presence
        if mode == "none":
            return living
        oldest = clock.wall() - _STALE
        stale = [p for at, p in self._stale.get(extension_id, ()) if at > oldest]
        listed = [*stale, *living]
        if mode == "no_party":
            return [replace(party, party_id="") for party in listed]
        if mode == "ended_party":
            return [replace(p, party_id=self._ended_party_id(p)) for p in listed]
        return listed

    def _ended_party_id(self, party: Party) -> str:
        call = self.calls.get(party.telephony_session_id)
        ended = call.ended if call is not None else ()
        ids = [p.party_id for p in ended if p.extension_id == party.extension_id]
        return ids[-1] if ids else party.party_id

    def __iter__(self) -> Iterator[Call]:
        """Iterate over all living calls."""
        return iter(list(self.calls.values()))

    def _publish_together(self, ended: Iterable[Party]) -> None:
        """Publish ended parties, once for each extension."""
        by_extension: dict[str, list[Party]] = {}
        for party in ended:
            if party.extension_id:
                by_extension.setdefault(party.extension_id, []).append(party)
        for extension_id, parties in by_extension.items():
            self._publish(extension_id, parties)
        self._flush()

    def _close(
        self, call: Call, party: Party | None = None, reason: str | None = None
    ) -> None:
        """End what is left of a call without phones."""
        call.ended += call.paused
        call.paused.clear()
        for item in call.others:
            in_voicemail = item.code in IN_VOICEMAIL
            own = "Voicemail" if in_voicemail else reason if item is party else None
            self._set(call, item, "Disconnected", own)
        call.ended += call.others
        call.others.clear()
        call.ended_at = clock.wall()
        del self.calls[call.id]
        self.ended_calls[call.id] = call
        while len(self.ended_calls) > _MOST_ENDED_CALLS:
            del self.ended_calls[next(iter(self.ended_calls))]

    def _remove(
        self,
        call: Call,
        party: Party,
        reason: str | None = None,
        code: PartyCode = "Disconnected",
    ) -> None:
        """End a party at an extension."""
        if self.switches.stale_presence != "none" and party.code in RINGING:
            stale = self._stale.setdefault(party.extension_id, [])
            stale.append((clock.wall(), replace(party)))
        self._set(call, party, code, reason)
        self._unlist(call, party)
        call.ended.append(party)

    def _unlist(self, call: Call, party: Party) -> None:
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
        self._flush()

    def _set(
        self, call: Call, party: Party, code: PartyCode, reason: str | None = None
    ) -> None:
        """Change the state of a party; nothing else does."""
        before = party.code
        if code not in MAY_FOLLOW[before]:
            raise RuntimeError(f"A party in {before} does not change to {code}")
        party.code, party.reason = code, reason
        now = clock.wall()
        if code == "Answered" and party.answered_at is None:
            party.answered_at = now
        party.ended_at = now if code in ENDED else None
        change = Change(party, before, code, reason, now, party.muted)
        self._journal.append((call, change))

    def _publish(self, extension_id: str, ended: Sequence[Party]) -> None:
        """Publish the presence of an extension, and what was not published before."""
        if extension_id:
            self.listener(extension_id, ended)
        self._flush()

    def _flush(self) -> None:
        changes, self._journal = self._journal, []
        if self.changed is not None:
            for call, change in changes:
                self.changed(call, change)

    def _new_call(self) -> Call:
        token = f"{self.random.getrandbits(128):032x}"
        call = Call(id=f"s-{token}", creation_time=clock.wall())
        self.calls[call.id] = call
        return call

    def _outside(
        self, call: Call, known: Party, direction: Direction, number: int | None = None
    ) -> Party:
        """Add a party outside of the account, in the call of a known one."""
        if number is None:
            call.last_party += 1
            number = call.last_party
        party = Party(
            telephony_session_id=call.id,
            party_id=f"p-{call.id.removeprefix('s-')}-{number}",
            extension_id="",
            session_id=known.session_id,
            id=call.id,
            direction=direction,
            from_number=known.from_number,
            from_name=known.from_name,
            to_number=known.to_number,
            to_name=known.to_name,
            start_time=clock.wall(),
        )
        call.others.append(party)
        return party

    def _call_id(self) -> str:
        return "".join(self.random.choices(_CALL_ID_ALPHABET, k=20))

    def _to_tag(self) -> str:
        return f"{self.random.getrandbits(32):08x}"

    def _from_tag(self) -> str:
        return f"10.14.20.199-5070-{self.random.getrandbits(48):012x}"

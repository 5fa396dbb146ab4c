"""Operations that change the simulated platform as its users would, and faults."""

from collections.abc import Callable, Sequence
import math

from aiohttp import WSMsgType

from .base.wire import JsonObject, JsonValue
from .company.calls import CallMove
from .company.directory import MAIN_SITE, Extension
from .company.exchange import CallDescription
from .company.parties import Direction, Party
from .company.presence import CHOICES, FLAGS
from .faults.faults import IMMEDIATE_FAULTS, checked_fault
from .sessions.oauth import user_jwt
from .telephony_operations import TelephonyOperations

_PRESENCE_FIELDS = frozenset({*CHOICES, *FLAGS, "message"})


class Operations(TelephonyOperations):
    """A platform with the operations of users, callers and administrators."""

    # Extensions

    @property
    def extensions(self) -> list[Extension]:
        """Return all extensions, group-like ones too."""
        return list(self.directory.extensions.values())

    @property
    def users(self) -> list[Extension]:
        """Return the extensions that belong to a person."""
        return self.directory.users

    def extension(self, number: str) -> Extension:
        """Return an extension by its number; raises LookupError."""
        return self.directory.by_number(number)

    def presence(self, number: str) -> JsonObject:
        """Return the REST presence of an extension as the signed-in user sees it."""
        return self.account.presence_resource(
            self.extension(number), self.directory.owner.id, "sip"
        )

    def change_extension(self, number: str, **changes: JsonValue) -> None:
        """Change presence or master data, by the platform's field names.

        Raises ValueError naming a bad field, and LookupError.
        """
        extension = self.extension(number)
        presence = {key: changes[key] for key in changes if key in _PRESENCE_FIELDS}
        master = {key: changes[key] for key in changes if key not in presence}
        self.account.check_presence(presence)
        if master:
            self.account.change_extension(extension, master)
        if presence:
            self.account.change_presence(extension, presence)

    def add_extension(
        self,
        name: str | None = None,
        type: str = "User",
        number: str | None = None,
        department: str | None = None,
        site: str = MAIN_SITE,
    ) -> Extension:
        """Add an extension; raises ValueError if its number is taken."""
        return self.account.add_extension(
            name=name, kind=type, number=number, department=department, site=site
        )

    def remove_extension(self, number: str) -> None:
        """Remove an extension; raises LookupError."""
        self.account.remove_extension(self.extension(number))

    def rename_site(self, name: str, new_name: str) -> None:
        """Rename a site; raises LookupError, and ValueError if it is taken."""
        self.account.rename_site(name, new_name)

    def set_lines(self, number: str, monitored: Sequence[str]) -> None:
        """Set the monitored lines of an extension, by numbers; raises LookupError."""
        ids = [self.extension(item).id for item in monitored]
        self.account.set_lines(self.extension(number).id, ids)

    def set_favorites(self, number: str, favorites: Sequence[str]) -> None:
        """Set the favorites of an extension, by numbers; raises LookupError."""
        ids = [self.extension(item).id for item in favorites]
        self.account.set_favorites(self.extension(number).id, ids)

    def issue_jwt(self, number: str) -> str:
        """Return the JWT that signs an extension's user in; raises LookupError."""
        owner_id = self.extension(number).id
        if owner_id == self.directory.owner.id:
            return self.jwt
        jwt = user_jwt(self.options.seed, owner_id)
        self.oauth.jwts[jwt] = owner_id
        return jwt

    # Calls

    def ring(
        self,
        to: str,
        from_: str,
        *,
        from_name: str | None = None,
        to_name: str | None = None,
        direction: Direction = "Inbound",
        queue_call: bool = False,
        on_behalf_of: str | None = None,
        group: Sequence[str] = (),
    ) -> Party:
        """Start a call and return the party at `to`, or at `from_` when outbound.

        It also rings at the extensions with the numbers of `group`. An extension with one of the numbers becomes a party, too; a queue rings at its free
        agents. Raises LookupError if the extension in question does not exist or, for a queue,
        if no agent is free.
        """
        caller, called = self.directory.find(from_), self.directory.find(to)
        if (caller if direction == "Outbound" else called) is None:
            raise LookupError("No extension with this number")
        phones = [called] if called is not None else []
        phones += map(self.extension, group)
        queue: Extension | None = None
        if called is not None and called.type == "Department":
            queue, phones = called, self.account.agents(called)
            if not phones:
                raise LookupError("No agent of this queue is free")
        described = CallDescription(
            from_number=from_,
            from_name=from_name or (caller.name if caller else None),
            to_number=to,
            to_name=to_name or (called.name if called else None),
            queue_call=queue_call or queue is not None,
            queue_name=queue.name if queue else None,
            on_behalf_of=on_behalf_of,
        )
        calls = self.account.calls
        if queue and caller is None and self.switches.queue_call == "each":
            call = calls.start_each(phones, **described)
        else:
            call = calls.start(caller=caller, called=phones, **described)
        wanted = direction if caller is not None and phones else None
        return next(
            party for party in call.parties if wanted in (None, party.direction)
        )

    def move(
        self, session_id: str, move: CallMove, extension: str | None = None
    ) -> None:
        """Apply a move to a call, at the extension with this number if several could make it.

        Raises UnknownCallError and IllegalMoveError.
        """
        extension_id = None if extension is None else self.extension(extension).id
        self.account.calls.move(session_id, move, extension_id)

    def answer(self, session_id: str, extension: str | None = None) -> None:
        """Answer a ringing call; other phones stop ringing."""
        self.move(session_id, "answer", extension)

    def hold(self, session_id: str, extension: str | None = None) -> None:
        """Put a call on hold; only the holding side shows it."""
        self.move(session_id, "hold", extension)

    def unhold(self, session_id: str, extension: str | None = None) -> None:
        """Take a call back from hold."""
        self.move(session_id, "unhold", extension)

    def park(self, session_id: str, extension: str | None = None) -> None:
        """Park a call."""
        self.move(session_id, "park", extension)

    def unpark(self, session_id: str, extension: str | None = None) -> None:
        """Take a parked call back."""
        self.move(session_id, "unpark", extension)

    def end(self, session_id: str) -> None:
        """End a call for all parties."""
        self.move(session_id, "end")

    def pause(self, session_id: str, extension: str) -> None:
        """Stop ringing at a phone, or dialling, while the other end waits."""
        self.account.calls.pause(session_id, self.extension(extension).id)

    def resume(
        self, session_id: str, extension: str, *, as_other_party: bool = False
    ) -> None:
        """Ring again at a phone that was paused."""
        self.account.calls.resume(
            session_id, self.extension(extension).id, as_other_party=as_other_party
        )

    def offer(self, session_id: str, extension: str) -> None:
        """Ring at one more phone, as a queue does."""
        self.account.calls.offer(session_id, self.extension(extension))

    def transfer(self, session_id: str, extension: str, to: str) -> None:
        """Pass an answered call to another phone, which rings."""
        self.account.calls.transfer(
            session_id, self.extension(extension).id, self.extension(to)
        )

    def flip(self, session_id: str, extension: str) -> None:
        """Pass a call to another device of the extension."""
        self.account.calls.flip(session_id, self.extension(extension).id)

    def ring_back(self, session_id: str, extension: str) -> None:
        """Ring again at the phone that has parked a call."""
        self.account.calls.ring_back(session_id, self.extension(extension).id)

    def ring_out(
        self, extension: str, to: str, to_name: str | None = None
    ) -> tuple[str, str]:
        """Ring the own phone, then the called one; return the session of each."""
        own, other = self.account.calls.ring_out(
            self.extension(extension), self.directory.find(to), to, to_name
        )
        return own.id, other.id

    # Notifications and faults

    def notify(
        self, body: JsonValue, event: str | None = None, **envelope: JsonValue
    ) -> int:
        """Send a body unchanged to the matching subscriptions; return their number."""
        return self.publisher.notify(body, event, envelope)

    def send_frame(self, data: str | bytes, *, text: bool | None = None) -> None:
        """Send a frame of any content to all connections; bytes as text on request."""
        as_text = isinstance(data, str) if text is None else text
        raw = data.encode() if isinstance(data, str) else data
        self.gateway.send(raw, WSMsgType.TEXT if as_text else WSMsgType.BINARY)

    def send_bytes(self, data: bytes) -> None:
        """Write bytes that are no frame to all connections."""
        self.gateway.write_bytes(data)

    def send_error(
        self, code: str, message: str = "Connection ends", status: int = 408
    ) -> None:
        """Send an `Error` message to all connections and close them."""
        self.gateway.fail(code, message, status)

    def drop_connections(
        self, abort: bool = False, *, inside_frame: bool = False
    ) -> None:
        """Close all connections, or reset them, optionally inside a frame."""
        self.gateway.drop(abort=abort, inside_frame=inside_frame)

    def stall_connections(self, seconds: float = math.inf) -> None:
        """Hold all data of the open connections, as a half-open TCP connection does."""
        self.gateway.stall(seconds)

    def release_sessions(self) -> None:
        """End the other clients that the fault `take_over` has made."""
        self.gateway.release()

    def lose_subscriptions(self) -> None:
        """End all subscriptions without a message to the clients."""
        for subscription in self.subscriptions:
            self.subscriptions.remove(subscription)
            if self.switches.recovery_of_lost == "failed":
                self.gateway.contexts.lose(subscription)

    def fault(
        self,
        name: str,
        *,
        count: int | None = None,
        seconds: float | None = None,
        **params: JsonValue,
    ) -> None:
        """Activate a fault once, `count` times or for a while; some act immediately.

        `faults.py` lists them. Raises ValueError for an unknown fault or parameter.
        """
        if name not in IMMEDIATE_FAULTS:
            self.faults.add(name, count=count, seconds=seconds, params=params)
            return
        fault = checked_fault(name, params)
        actions: dict[str, Callable[[], None]] = {
            "stall": lambda: self.stall_connections(
                math.inf if seconds is None else seconds
            ),
            "drop": lambda: self.drop_connections(
                bool(params.get("abort")), inside_frame=bool(params.get("insideFrame"))
            ),
            "send": lambda: self.send_frame(fault.text("data")),
            "gateway_error": lambda: self.send_error(
                fault.text("errorCode", "WSG-902"),
                fault.text("message", "Idle timeout expired"),
                int(fault.number("status", 408)),
            ),
            "lose_subscriptions": self.lose_subscriptions,
            "revoke_sessions": self.oauth.revoke_all,
            "expire_tokens": self.oauth.expire_access_tokens,
        }
        actions[name]()

    def clear_faults(self) -> None:
        """Clear all faults and release held requests and frames."""
        self.faults.clear()
        self.http.release()
        self.gateway.unstall()

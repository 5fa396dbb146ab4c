"""Session contexts, kept after a connection for as long as it can be recovered."""

from collections import deque
from dataclasses import dataclass, field
from hashlib import sha256
import re
import secrets
from typing import Protocol

from ..base import clock
from ..base.switches import Switches
from ..sessions.oauth import OAuthSession
from .subscriptions import Subscription

NO_SUBSCRIPTION = "WSG-1005"
OTHER_SESSION = "WSG-1003"


class Link(Protocol):
    """A connection, as far as a context needs it."""

    def post(self, frame: bytes) -> None:
        """Send a notification after everything that waits already."""

    def surrender(self) -> tuple[list[bytes], bool]:
        """End at once; return what was not sent, and whether more may be lost."""


@dataclass(slots=True, kw_only=True, eq=False)
class SessionContext:
    """The state behind a `wsc` token."""

    session: OAuthSession
    switches: Switches
    link: Link | None = None
    former_link: Link | None = None
    subscription: Subscription | None = None
    lost_at: float | None = None
    wsc_sequence: int = 0
    missed: deque[bytes] = field(default_factory=deque)
    recent: deque[bytes] = field(default_factory=deque)

    @property
    def expired(self) -> bool:
        """Return whether the session can no longer be recovered."""
        return (
            self.lost_at is not None
            and clock.monotonic() - self.lost_at > self.switches.recovery_timeout
        )

    def deliver(self, frame: bytes) -> None:
        """Send a notification, or keep it while there is no connection."""
        if self.link is not None:
            self.link.post(frame)
        else:
            self.missed.append(frame)
            self._trim()

    def sent(self, frame: bytes) -> None:
        """Record a notification as sent."""
        self.recent.append(frame)
        while len(self.recent) > self.switches.recovery_buffer_size:
            self.recent.popleft()

    def lost(self, link: Link) -> None:
        """Record the loss of the connection; later notifications are buffered."""
        if self.link is link:
            self.link = None
            self.former_link = link
            self.lost_at = clock.monotonic()

    def closed(self, link: Link) -> None:
        """Take back what a connection that has ended did not send."""
        # Unless a new one has taken over, which got it already.
        if self.former_link is link:
            self._keep(*link.surrender())
            self.former_link = None

    def _keep(self, unsent: list[bytes], unsure: bool) -> None:
        """Put unsent messages before those that came later.

        If it is unknown what arrived, a replay repeats the notifications sent last.
        """
        if unsure:
            unsent = [*self.recent, *unsent]
        self.missed.extendleft(reversed(unsent))
        self._trim()

    def take_over(self, link: Link) -> list[bytes]:
        """Give the context a new connection; return what that one must replay."""
        # An older connection may still be open, half dead, or sending its last messages.
        old = self.link or self.former_link
        self.link = self.former_link = None
        if old is not None:
            self._keep(*old.surrender())
        repeats = self.switches.replay_repeats
        again = list(self.recent)[-repeats:] if repeats else []
        replay = [*again, *self.missed]
        self.missed.clear()
        self.link = link
        self.lost_at = None
        return replay

    def _trim(self) -> None:
        while len(self.missed) > self.switches.recovery_buffer_size:
            self.missed.popleft()


@dataclass(slots=True, kw_only=True)
class ContextStore:
    """All contexts by every `wsc` token they were given."""

    switches: Switches
    _contexts: dict[str, SessionContext] = field(default_factory=dict)

    def open(self, session: OAuthSession, link: Link) -> SessionContext:
        """Make the context of a fresh connection."""
        return SessionContext(session=session, switches=self.switches, link=link)

    def issue(self, context: SessionContext) -> dict[str, str | int]:
        """Return a new `wsc` for a context; older ones stay good."""
        for token, old in list(self._contexts.items()):
            if old.expired:
                del self._contexts[token]
        token = secrets.token_hex(16)
        token += _checksum(token)
        self._contexts[token] = context
        context.wsc_sequence += 1
        return {"token": token, "sequence": context.wsc_sequence}

    def recover(
        self, token: str, session: OAuthSession
    ) -> tuple[SessionContext | None, str]:
        """Return the context of a `wsc`, or None and the reason."""
        context = self._contexts.get(token)
        if context is None or context.expired or not self.switches.recovery:
            return None, NO_SUBSCRIPTION
        if context.session is not session:
            return None, OTHER_SESSION
        if context.subscription is None:
            return None, NO_SUBSCRIPTION
        return context, ""

    def lose(self, subscription: Subscription) -> None:
        """Leave the context of a subscription without it."""
        for context in self._contexts.values():
            if context.subscription is subscription:
                context.subscription = None

    def remove_session(self, session: OAuthSession) -> None:
        """Drop the contexts of a session that was revoked."""
        for token, context in list(self._contexts.items()):
            if context.session is session:
                del self._contexts[token]


def well_formed(token: str) -> bool:
    """Return whether a token has the format of those that this platform issues."""
    return (
        re.fullmatch(r"[0-9a-f]{40}", token) is not None
        and _checksum(token[:32]) == token[32:]
    )


def _checksum(text: str) -> str:
    return sha256(f"wsc:{text}".encode()).hexdigest()[:8]

"""OAuth sessions and tokens: rotation, grace windows, the limit of five sessions."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from random import Random
import secrets

import orjson

from ..base import clock
from ..base.chance import seeded
from ..base.errors import (
    oauth_error,
    rate_exceeded,
    token_corrupted,
    token_expired,
    token_not_found,
)
from ..base.switches import Switches
from ..base.wire import JsonObject

_MIN_ACCESS_TOKEN_LIFE = 600
_MAX_REFRESH_TOKEN_LIFE = 2592000
_CORRUPTED_SECONDS = 10
CODE_LIFE = 60

_TOKEN_NOT_FOUND = ("invalid_grant", "OAU-213", "Token not found")
_TOKEN_REVOKED = ("invalid_grant", "OAU-211", "Token revoked")
_TOKEN_EXPIRED = ("invalid_grant", "OAU-210", "Token expired")


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A registered app; one without secret is public."""

    client_id: str
    client_secret: str | None


@dataclass(slots=True, kw_only=True)
class TokenPair:
    """An access token with its refresh token."""

    access_token: str
    access_until: float
    refresh_token: str | None
    refresh_until: float
    first_used: float | None = None
    replaced_at: float | None = None
    successor: TokenPair | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class OAuthSession:
    """One sign-in of a user through an app."""

    id: str
    app: App
    owner_id: str
    endpoint_id: str
    pair: TokenPair
    number: int
    revoked: bool = False

    @property
    def ends_at(self) -> float:
        """Return the time after which this session can't be continued."""
        if self.pair.refresh_token is None:
            return self.pair.access_until
        return max(self.pair.access_until, self.pair.refresh_until)


@dataclass(slots=True, kw_only=True)
class _Code:
    app: App
    owner_id: str
    redirect_uri: str
    until: float
    challenge: str | None
    method: str


@dataclass(slots=True, kw_only=True)
class OAuth:
    """All sessions and tokens."""

    switches: Switches
    # Called with a session that was revoked, so that its sockets end.
    on_revoked: Callable[[OAuthSession], None]
    apps: dict[str, App] = field(default_factory=dict)
    redirect_uris: tuple[str, ...] = ()
    # JWT credentials, each with the extension that it signs in.
    jwts: dict[str, str] = field(default_factory=dict)
    revoked_jwts: set[str] = field(default_factory=set)
    _sessions: list[OAuthSession] = field(default_factory=list)
    _access: dict[str, tuple[OAuthSession, TokenPair]] = field(default_factory=dict)
    _refresh: dict[str, tuple[OAuthSession, TokenPair]] = field(default_factory=dict)
    _codes: dict[str, _Code] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=count)

    # Sign-in

    def jwt_owner(self, assertion: str) -> str | None:
        """Return the extension of a JWT credential, None for an unknown one."""
        return self.jwts.get(assertion)

    def exchange_jwt(self, app: App, assertion: str) -> str:
        """Return the extension that a JWT signs in; raises ApiError."""
        if assertion in self.revoked_jwts:
            raise oauth_error(*_TOKEN_REVOKED)
        owner_id = self.jwts.get(assertion)
        if owner_id is None:
            # No source documents the code of an unknown or foreign JWT.
            raise oauth_error(*_TOKEN_NOT_FOUND)
        return owner_id

    def issue_code(
        self,
        app: App,
        owner_id: str,
        redirect_uri: str,
        challenge: str | None,
        method: str,
    ) -> str:
        """Return an authorization code, good once and for 60 s."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = _Code(
            app=app,
            owner_id=owner_id,
            redirect_uri=redirect_uri,
            until=clock.monotonic() + CODE_LIFE,
            challenge=challenge,
            method=method,
        )
        return code

    def exchange_code(
        self, app: App, code: str, redirect_uri: str | None, verifier: str | None
    ) -> str:
        """Return the extension that a code signs in; raises ApiError."""
        grant = self._codes.pop(code, None)
        if grant is None or grant.app is not app:
            raise oauth_error(
                "invalid_grant", "OAU-106", "Authorization code is invalid"
            )
        if clock.monotonic() > grant.until:
            raise oauth_error(
                "invalid_grant", "OAU-108", "Authorization code is expired"
            )
        if redirect_uri is not None and redirect_uri != grant.redirect_uri:
            raise oauth_error("invalid_grant", "OAU-109", "Redirect URIs do not match")
        if grant.challenge is not None and (
            verifier is None or _challenge(verifier, grant.method) != grant.challenge
        ):
            raise oauth_error(
                "invalid_grant", "OAU-106", "Code verifier does not match"
            )
        return grant.owner_id

    def sign_in(
        self,
        app: App,
        owner_id: str,
        *,
        endpoint_id: str | None = None,
        access_ttl: int | None = None,
        refresh_ttl: int | None = None,
    ) -> JsonObject:
        """Open a session and return its token answer; raises ApiError with 429."""
        now = clock.monotonic()
        self._sessions = [item for item in self._sessions if item.ends_at > now]
        mine = [
            session
            for session in self._sessions
            if session.app is app and session.owner_id == owner_id
        ]
        if len(mine) >= self.switches.session_limit:
            if self.switches.sixth_sign_in == "refuse":
                raise rate_exceeded({})
            self.revoke_session(mine[0])
        session = OAuthSession(
            id=secrets.token_urlsafe(20),
            app=app,
            owner_id=owner_id,
            endpoint_id=endpoint_id or secrets.token_urlsafe(16),
            pair=self._new_pair(access_ttl, refresh_ttl),
            number=next(self._numbers),
        )
        self._sessions.append(session)
        self._remember(session, session.pair)
        return self.token_answer(session, session.pair)

    # Life of tokens

    def refresh_session(self, refresh_token: str) -> OAuthSession | None:
        """Return the session that a refresh token belongs to, dead or alive."""
        found = self._refresh.get(refresh_token)
        return found[0] if found else None

    def refresh(
        self,
        app: App,
        refresh_token: str,
        *,
        access_ttl: int | None = None,
        refresh_ttl: int | None = None,
    ) -> JsonObject:
        """Rotate a session's tokens; a repeat within the grace windows gets the same answer.

        Raises ApiError.
        """
        found = self._refresh.get(refresh_token)
        if found is None or found[0].app is not app:
            raise oauth_error(*_TOKEN_NOT_FOUND)
        session, pair = found
        now = clock.monotonic()
        if session.revoked:
            raise oauth_error(*_TOKEN_REVOKED)
        if pair.successor is not None:
            if not self._in_grace(pair, pair.successor, now):
                raise oauth_error(*_TOKEN_NOT_FOUND)
            return self.token_answer(session, pair.successor)
        if now >= pair.refresh_until:
            raise oauth_error(*_TOKEN_EXPIRED)
        successor = self._new_pair(access_ttl, refresh_ttl)
        pair.successor, pair.replaced_at = successor, now
        session.pair = successor
        self._remember(session, successor)
        return self.token_answer(session, successor)

    def _in_grace(self, pair: TokenPair, successor: TokenPair, now: float) -> bool:
        if pair.replaced_at is None or successor.successor is not None:
            return False
        if successor.first_used is not None:
            return now - successor.first_used <= self.switches.refresh_grace_used
        return now - pair.replaced_at <= self.switches.refresh_grace_unused

    def authorize(self, access_token: str) -> OAuthSession:
        """Return the session of an access token and record its use; raises ApiError."""
        found = self._access.get(access_token)
        if found is None or found[0].revoked:
            raise token_not_found()
        session, pair = found
        now = clock.monotonic()
        if pair.replaced_at is not None:
            if now - pair.replaced_at <= _CORRUPTED_SECONDS:
                raise token_corrupted()
            raise token_not_found()
        if now >= pair.access_until:
            raise token_expired()
        if pair.first_used is None:
            pair.first_used = now
        return session

    def session_of(self, token: str) -> OAuthSession | None:
        """Return the session of an access or refresh token."""
        found = self._access.get(token) or self._refresh.get(token)
        return found[0] if found else None

    def revoke_session(self, session: OAuthSession) -> None:
        """End a session with all its tokens and sockets."""
        if session in self._sessions:
            self._sessions.remove(session)
        session.revoked = True
        self.on_revoked(session)

    def revoke_all(self) -> None:
        """End all sessions, as a change of the password does."""
        for session in list(self._sessions):
            self.revoke_session(session)

    @property
    def sessions(self) -> list[OAuthSession]:
        """Return the living sessions, oldest first."""
        return list(self._sessions)

    def expire_access_tokens(self) -> None:
        """Expire all access tokens."""
        for session in self._sessions:
            session.pair.access_until = clock.monotonic()

    def token_answer(self, session: OAuthSession, pair: TokenPair) -> JsonObject:
        """Build the answer of the token endpoint."""
        now = clock.monotonic()
        answer: JsonObject = {
            "access_token": pair.access_token,
            "token_type": "bearer",
            "expires_in": max(0, int(pair.access_until - now)),
        }
        if pair.refresh_token is not None:
            answer["refresh_token"] = pair.refresh_token
            answer["refresh_token_expires_in"] = max(0, int(pair.refresh_until - now))
        answer["owner_id"] = session.owner_id
        answer["endpoint_id"] = session.endpoint_id
        if self.switches.session_id_in_token:
            answer["session_id"] = session.id
        return answer

    def _new_pair(self, access_ttl: int | None, refresh_ttl: int | None) -> TokenPair:
        now = clock.monotonic()
        return TokenPair(
            access_token=secrets.token_urlsafe(32),
            access_until=now
            + _life(
                access_ttl,
                self.switches.access_token_life,
                _MIN_ACCESS_TOKEN_LIFE,
                3600,
            ),
            refresh_token=(
                secrets.token_urlsafe(32) if self.switches.refresh_tokens else None
            ),
            refresh_until=now
            + _life(
                refresh_ttl,
                self.switches.refresh_token_life,
                1,
                _MAX_REFRESH_TOKEN_LIFE,
            ),
        )

    def _remember(self, session: OAuthSession, pair: TokenPair) -> None:
        self._access[pair.access_token] = (session, pair)
        if pair.refresh_token is not None:
            self._refresh[pair.refresh_token] = (session, pair)


def client_credentials(seed: int, owner_id: str) -> tuple[App, App, str]:
    """Return a confidential app, a public app and a JWT, the same for each seed."""
    random = seeded(seed, "credentials")
    confidential = App(client_id=_word(random, 16), client_secret=_word(random, 32))
    public = App(client_id=_word(random, 16), client_secret=None)
    return confidential, public, _jwt(random, owner_id)


def user_jwt(seed: int, owner_id: str) -> str:
    """Return the JWT of one more user, the same for each seed."""
    return _jwt(seeded(seed, f"credentials of {owner_id}"), owner_id)


def _word(random: Random, length: int) -> str:
    return urlsafe_b64encode(random.randbytes(length)).rstrip(b"=").decode()


def _jwt(random: Random, owner_id: str) -> str:
    header = orjson.dumps({"kid": _word(random, 12), "typ": "JWT", "alg": "RS256"})
    claims = {"sub": owner_id, "jti": _word(random, 16), "exp": 4102444800}
    parts = [
        urlsafe_b64encode(part).rstrip(b"=").decode()
        for part in (header, orjson.dumps(claims))
    ]
    return ".".join([*parts, _word(random, 64)])


def _life(wanted: int | None, default: int, lowest: int, highest: int) -> int:
    """Apply the platform's rule for a life out of range: no error, but another value."""
    if wanted is None or wanted > highest:
        return default
    return max(wanted, min(lowest, default))


def _challenge(verifier: str, method: str) -> str:
    if method != "S256":
        return verifier
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()

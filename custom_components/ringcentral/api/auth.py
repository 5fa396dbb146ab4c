"""Token endpoint: exchange, refresh and revoke.

Access and refresh tokens rotate together; the old access token is invalid at once. A
JWT exchange opens a new session, of which a user has about five per app.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
import re
import time
from typing import Any, Final, Protocol, override

import aiohttp

from .exceptions import (
    AuthenticationError,
    ConnectionFailedError,
    Reason,
    error_from_token_answer,
)
from .models.base import MAX_ID
from .rate_limits import RateGroup
from .transport import Transport

AUTHORIZE_PATH: Final = "/restapi/oauth/authorize"
TOKEN_PATH: Final = "/restapi/oauth/token"
_REVOKE_PATH: Final = "/restapi/oauth/revoke"
_JWT_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Other characters cannot be sent in a header, nor can a longer one. Both tokens are
# stored, so the limit is also that of the file.
_TOKEN: Final = re.compile(r"[!-~]{1,4096}")
# Of all permissions together.
_MAX_SCOPE: Final = 4096
# A token lives for an hour. A longer life would only delay the refresh.
_LONGEST_LIFE: Final = 86400


class TokenSource(Protocol):
    """Source of access tokens."""

    async def access_token(self) -> str:
        """Return an access token, refreshed if it has expired."""

    def access_token_rejected(self, access_token: str) -> None:
        """Refresh this token before the next use: the platform has rejected it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A pair of tokens; `expires_at` is Unix time by the clock of this host."""

    access_token: str
    refresh_token: str | None
    expires_in: int
    expires_at: float
    scope: str
    owner_id: str | None

    @override
    def __repr__(self) -> str:
        return f"Token(expires_in={self.expires_in})"

    def as_dict(self) -> dict[str, Any]:
        """Return the token as it is stored in the config entry."""
        return {**asdict(self), "token_type": "bearer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The registration of an app; a public one has no secret."""

    client_id: str
    client_secret: str | None

    @override
    def __repr__(self) -> str:
        return "App(…)"


class TokenEndpoint:
    """Token endpoint of a server.

    Methods raise AuthenticationError if app or credentials are rejected, and
    TemporaryError if there is no answer about them.
    """

    def __init__(self, transport: Transport, app: App) -> None:
        """Initialize the endpoint for an app."""
        self.transport = transport
        self._app = app

    async def exchange_jwt(self, jwt: str) -> Token:
        """Exchange a JWT credential; this opens a new session."""
        return await self._token({"grant_type": _JWT_GRANT, "assertion": jwt})

    async def exchange_code(
        self, code: str, *, redirect_uri: str, code_verifier: str
    ) -> Token:
        """Exchange the code of a browser sign-in; it is valid for a minute, once."""
        return await self._token(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": code_verifier,
            }
        )

    async def refresh(self, refresh_token: str) -> Token:
        """Continue a session; up to an hour, the old refresh token works if this fails."""
        return await self._token(
            {"grant_type": "refresh_token", "refresh_token": refresh_token}
        )

    async def revoke(self, token: str) -> None:
        """End the session of a token, and its WebSocket connections."""
        await self._post(_REVOKE_PATH, {"token": token})

    async def _token(self, form: Mapping[str, str]) -> Token:
        body = await self._post(TOKEN_PATH, form)
        match body:
            case {"access_token": str(access_token), "expires_in": int(expires_in)} if (
                _TOKEN.fullmatch(access_token) and expires_in >= 0
            ):
                expires_in = min(expires_in, _LONGEST_LIFE)
            case _:
                raise ConnectionFailedError(Reason.UNEXPECTED_ANSWER, status=200)
        refresh_token = body.get("refresh_token")
        scope = body.get("scope")
        owner_id = body.get("owner_id")
        return Token(
            access_token=access_token,
            refresh_token=refresh_token
            if isinstance(refresh_token, str) and _TOKEN.fullmatch(refresh_token)
            else None,
            expires_in=expires_in,
            expires_at=time.time() + expires_in,
            scope=scope[:_MAX_SCOPE] if isinstance(scope, str) else "",
            owner_id=None if owner_id is None else str(owner_id)[:MAX_ID],
        )

    async def _post(self, path: str, form: Mapping[str, str]) -> Any:
        # A Basic header with an empty secret is rejected.
        headers = {}
        if self._app.client_secret:
            if ":" in self._app.client_id:
                # A Basic header cannot contain it, and no such app exists.
                raise AuthenticationError(Reason.INVALID_CLIENT)
            headers["Authorization"] = aiohttp.encode_basic_auth(
                self._app.client_id, self._app.client_secret
            )
        else:
            form = {**form, "client_id": self._app.client_id}
        answer = await self.transport.request(
            "POST", path, RateGroup.AUTH, headers=headers, form=form
        )
        if answer.status != 200:
            raise error_from_token_answer(answer.status, answer.headers, answer.body)
        return answer.body


# A permission is missing in the scope if another one there includes it.
_INCLUDED_IN: Final = {
    "ReadPresence": ("EditPresence",),
    "ReadAccounts": ("EditAccounts", "Accounts"),
    "ReadContacts": ("Contacts",),
    "ReadMessages": ("EditMessages",),
    "CallControl": ("TelephonySessions",),
}


def has_permission(scope: str, permission: str) -> bool:
    """Return whether a scope contains a permission; no proof that one is missing."""
    granted = scope.split()
    return any(p in granted for p in (permission, *_INCLUDED_IN.get(permission, ())))

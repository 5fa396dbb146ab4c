"""The token endpoint: exchange, refresh and revoke.

Access and refresh tokens rotate together: each refresh gives a new pair, and the old
access token is dead at once. A JWT exchange opens a new session on the platform, of
which a user has about five per app; a refresh continues the one there is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
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
from .rate_limits import RateGroup
from .transport import Transport

AUTHORIZE_PATH: Final = "/restapi/oauth/authorize"
TOKEN_PATH: Final = "/restapi/oauth/token"
_REVOKE_PATH: Final = "/restapi/oauth/revoke"
_JWT_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Anything else could not be sent in a header.
_ACCESS_TOKEN: Final = re.compile(r"[!-~]+")


class TokenSource(Protocol):
    """Where REST calls get their access token from."""

    async def access_token(self) -> str:
        """Return a token that is believed to be valid, refreshed if need be."""

    def access_token_rejected(self, access_token: str) -> None:
        """Take note that the platform does not accept this token any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A pair of tokens; `repr` shows neither.

    Attributes:
        expires_in: life of the access token in seconds, as answered.
        expires_at: its end as Unix time, by this machine's clock.
        scope: the app permissions granted; included ones need not be listed.
        owner_id: extension id of the signed-in user.

    """

    access_token: str
    refresh_token: str | None
    expires_in: int
    expires_at: float
    scope: str
    owner_id: str | None

    @override
    def __repr__(self) -> str:
        """Hide the tokens."""
        return f"Token(expires_in={self.expires_in})"

    def as_dict(self) -> dict[str, Any]:
        """Return the form in which it is stored."""
        return {
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
            "expires_in": self.expires_in,
            "expires_at": self.expires_at,
            "scope": self.scope,
            "owner_id": self.owner_id,
            "token_type": "bearer",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The registration of an app; one without a secret is public."""

    client_id: str
    client_secret: str | None

    @override
    def __repr__(self) -> str:
        """Hide the credentials."""
        return "App(…)"


class TokenEndpoint:
    """Exchanges credentials for tokens.

    Attributes:
        transport: to the server that the endpoint belongs to.

    """

    def __init__(self, transport: Transport, app: App) -> None:
        """Act for `app`."""
        self.transport = transport
        self._app = app

    async def exchange_jwt(self, jwt: str) -> Token:
        """Exchange a JWT credential; opens a new session on the platform.

        Raises:
            AuthenticationError: client or JWT refused.
            TemporaryError: no answer about the credentials.

        """
        return await self._token({"grant_type": _JWT_GRANT, "assertion": jwt})

    async def exchange_code(
        self, code: str, *, redirect_uri: str, code_verifier: str
    ) -> Token:
        """Exchange the code that a sign-in with a browser ended with.

        It lives for a minute and serves once.

        Args:
            code: as it came with the redirect.
            redirect_uri: the very address that it came to.
            code_verifier: what the challenge of the sign-in was made from (PKCE).

        Raises:
            AuthenticationError: client or code refused.
            TemporaryError: no answer about the credentials.

        """
        return await self._token(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": code_verifier,
            }
        )

    async def refresh(self, refresh_token: str) -> Token:
        """Continue a session with a new pair of tokens.

        Raises:
            AuthenticationError: client or refresh token refused.
            TemporaryError: no answer about the credentials; the old refresh token
                works for up to an hour, unless the new access token has been used.

        """
        return await self._token(
            {"grant_type": "refresh_token", "refresh_token": refresh_token}
        )

    async def revoke(self, token: str) -> None:
        """End the session that a token belongs to, and its gateway connections.

        Raises:
            AuthenticationError: client refused.
            TemporaryError: no answer.

        """
        await self._post(_REVOKE_PATH, {"token": token})

    async def _token(self, form: Mapping[str, str]) -> Token:
        body = await self._post(TOKEN_PATH, form)
        match body:
            case {"access_token": str(access_token), "expires_in": int(expires_in)} if (
                _ACCESS_TOKEN.fullmatch(access_token) and expires_in >= 0
            ):
                pass
            case _:
                raise ConnectionFailedError(Reason.UNEXPECTED_ANSWER, status=200)
        refresh_token = body.get("refresh_token")
        scope = body.get("scope")
        owner_id = body.get("owner_id")
        return Token(
            access_token=access_token,
            refresh_token=refresh_token or None
            if isinstance(refresh_token, str)
            else None,
            expires_in=expires_in,
            expires_at=time.time() + expires_in,
            scope=scope if isinstance(scope, str) else "",
            owner_id=None if owner_id is None else str(owner_id),
        )

    async def _post(self, path: str, form: Mapping[str, str]) -> Any:
        """Post a form with the client authentication of the app's kind.

        A public app must not send a Basic header: one with an empty secret has been
        refused as an invalid client.
        """
        headers = {}
        if self._app.client_secret:
            if ":" in self._app.client_id:
                # It cannot be put into a Basic header, and no such app exists.
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


# A permission that includes another is listed alone in a token's scope.
_INCLUDED_IN: Final = {
    "ReadPresence": ("EditPresence",),
    "ReadAccounts": ("EditAccounts", "Accounts"),
    "ReadContacts": ("Contacts",),
}


def has_permission(scope: str, permission: str) -> bool:
    """Whether a token's scope holds an app permission, by itself or in a larger one.

    Good for a hint only: the scope string is no proof that something is missing.
    """
    granted = scope.split()
    return any(p in granted for p in (permission, *_INCLUDED_IN.get(permission, ())))

"""The OAuth endpoints: authorize page, token, revoke, wstoken."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
import secrets
from typing import NoReturn
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from ..base.errors import ApiError, invalid_parameter, oauth_error, rest_error
from ..base.switches import Switches
from ..base.wire import JsonObject
from ..company.directory import Directory
from ..faults.faults import Faults
from ..sessions.limits import RateLimits
from ..sessions.oauth import CODE_LIFE, App, OAuth

_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Sign in</title></head>
<body style="font-family: sans-serif; max-width: 26rem; margin: 4rem auto">
<h1>Allow access?</h1>
<p>An application asks to read and change the presence of your extension.</p>
<form method="post" action="/restapi/oauth/authorize">
{hidden}
<p><label>Signed in as
<select name="owner_id">{users}</select></label></p>
<button type="submit" name="decision" value="allow">Authorize</button>
<button type="submit" name="decision" value="deny">Cancel</button>
</form>
</body>
</html>
"""


@dataclass(slots=True, kw_only=True)
class OAuthApi:
    """Handlers of the OAuth endpoints; each raises ApiError for a refusal."""

    oauth: OAuth
    directory: Directory
    limits: RateLimits
    faults: Faults
    switches: Switches
    scope: Callable[[], str]

    def token(
        self, authorization: str | None, content_type: str, form: Mapping[str, str]
    ) -> tuple[JsonObject, dict[str, str]]:
        """Answer the token endpoint with a body and headers."""
        app = self._client(authorization, content_type, form)
        grant_type = form.get("grant_type", "")
        headers = self.limits.count("auth", app.client_id, self._user(grant_type, form))
        if fault := self.faults.take("token_refused", grantType=grant_type):
            raise oauth_error(
                fault.text("error", "invalid_grant"),
                fault.text("errorCode", "OAU-211"),
                fault.text("message", "Token revoked"),
                status=int(fault.number("status", 400)),
            )
        access_ttl = _seconds(form, "access_token_ttl")
        refresh_ttl = _seconds(form, "refresh_token_ttl")
        if grant_type == "refresh_token":
            answer = self.oauth.refresh(
                app,
                form.get("refresh_token", ""),
                access_ttl=access_ttl,
                refresh_ttl=refresh_ttl,
            )
        else:
            if grant_type == _JWT_GRANT:
                owner_id = self.oauth.exchange_jwt(app, form.get("assertion", ""))
            elif grant_type == "authorization_code":
                owner_id = self.oauth.exchange_code(
                    app,
                    form.get("code", ""),
                    form.get("redirect_uri"),
                    form.get("code_verifier"),
                )
            else:
                _refuse_grant(grant_type)
            self._check_owner(owner_id)
            answer = self.oauth.sign_in(
                app,
                owner_id,
                endpoint_id=form.get("endpoint_id"),
                access_ttl=access_ttl,
                refresh_ttl=refresh_ttl,
            )
        return {**answer, "scope": self.scope()}, headers

    def revoke(
        self, authorization: str | None, content_type: str, form: Mapping[str, str]
    ) -> dict[str, str]:
        """End the session of a token; ignore an unknown token."""
        app = self._client(authorization, content_type, form)
        token = form.get("token", "")
        session = self.oauth.session_of(token)
        headers = self.limits.count(
            "auth", app.client_id, session.owner_id if session else ""
        )
        if not token:
            raise invalid_parameter("token")
        if session is not None and session.app is app:
            self.oauth.revoke_session(session)
        return headers

    def authorize(self, method: str, form: Mapping[str, str]) -> web.Response:
        """Show the consent page, or send the browser back with a code."""
        app = self.oauth.apps.get(form.get("client_id", ""))
        if app is None:
            raise _invalid_client(form.get("client_id", ""))
        redirect_uri = form.get("redirect_uri", "")
        if not self._may_redirect(redirect_uri):
            raise oauth_error(
                "invalid_request", "OAU-109", "Redirect URIs do not match"
            )
        if form.get("response_type") != "code":
            raise oauth_error(
                "unsupported_response_type", "OAU-101", "Unsupported response type"
            )
        decision = form.get("decision") if method == "POST" else None
        if decision is None:
            headers = self.limits.count("auth", app.client_id, "")
            return web.Response(
                text=self._consent_page(form), content_type="text/html", headers=headers
            )
        answer = {"state": form["state"]} if "state" in form else {}
        if decision == "allow":
            owner_id = form.get("owner_id") or self.directory.owner.id
            self._check_owner(owner_id)
            code = self.oauth.issue_code(
                app,
                owner_id,
                redirect_uri,
                form.get("code_challenge"),
                form.get("code_challenge_method", "plain"),
            )
            answer = {"code": code, **answer, "expires_in": str(CODE_LIFE)}
        else:
            answer = {"error": "access_denied", **answer}
        separator = "&" if urlsplit(redirect_uri).query else "?"
        return web.Response(
            status=302,
            headers={"Location": f"{redirect_uri}{separator}{urlencode(answer)}"},
        )

    def _consent_page(self, form: Mapping[str, str]) -> str:
        hidden = "\n".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
            for name, value in form.items()
            if name not in ("decision", "owner_id")
        )
        users = "".join(
            f'<option value="{user.id}">{escape(user.name)} ({user.number})</option>'
            for user in self.directory.users
        )
        return _PAGE.format(hidden=hidden, users=users)

    def _client(
        self, authorization: str | None, content_type: str, form: Mapping[str, str]
    ) -> App:
        """Authenticate the app by header or form, as both kinds of app do it."""
        if content_type != "application/x-www-form-urlencoded":
            raise rest_error(415, "CMN-103", "Unsupported media type")
        named = form.get("client_id")
        if authorization is None:
            if named is None:
                raise oauth_error(
                    "invalid_client", "OAU-123", "Client authentication is required"
                )
            app = self.oauth.apps.get(named)
            if app is None:
                raise _invalid_client(named)
            if app.client_secret is not None:
                raise oauth_error(
                    "invalid_client", "OAU-123", "Client authentication is required"
                )
            return app
        client_id, secret = _basic(authorization)
        app = self.oauth.apps.get(client_id)
        if app is None or named not in (None, client_id):
            raise _invalid_client(client_id if app is None else named or "")
        if app.client_secret is None:
            if self.switches.public_app_with_basic == "refuse" or secret:
                raise _invalid_client(client_id)
        elif not secrets.compare_digest(secret.encode(), app.client_secret.encode()):
            code = self.switches.wrong_secret_code
            raise oauth_error(
                "invalid_client",
                code,
                "Invalid client credentials"
                if code == "OAU-146"
                else f"Invalid client: {client_id}",
                status=self.switches.wrong_secret_status,
            )
        return app

    def _may_redirect(self, redirect_uri: str) -> bool:
        """Return whether a redirect URI is registered; those of this machine always are."""
        parts = urlsplit(redirect_uri)
        if parts.scheme not in ("http", "https"):
            return False
        return parts.hostname in _LOOPBACK or redirect_uri in self.oauth.redirect_uris

    def _user(self, grant_type: str, form: Mapping[str, str]) -> str:
        """Return the user that a token request counts for, if known."""
        if grant_type == "refresh_token":
            session = self.oauth.refresh_session(form.get("refresh_token", ""))
            return session.owner_id if session else ""
        if grant_type == _JWT_GRANT:
            return self.oauth.jwt_owner(form.get("assertion", "")) or ""
        return ""

    def _check_owner(self, owner_id: str) -> None:
        extension = self.directory.extensions.get(owner_id)
        if extension is None:
            raise oauth_error("invalid_grant", "OAU-232", "Extension not found")
        if extension.status != "Enabled":
            raise oauth_error("invalid_grant", "OAU-236", "Extension is disabled")
        if not extension.is_user:
            raise oauth_error(
                "invalid_grant", "OAU-105", "Extension type may not sign in", status=403
            )


def _refuse_grant(grant_type: str) -> NoReturn:
    if not grant_type:
        raise oauth_error("invalid_request", "OAU-250", "Grant type is missing")
    if grant_type in ("password", "client_credentials", "partner_jwt"):
        raise oauth_error(
            "unauthorized_client", "OAU-251", "Unauthorized for this grant type"
        )
    raise oauth_error("unsupported_grant_type", "OAU-250", "Unsupported grant type")


def _invalid_client(client_id: str) -> ApiError:
    return oauth_error(
        "invalid_client",
        "OAU-153",
        f"Invalid client: {client_id}",
        parameters={"client_id": client_id},
    )


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, value = authorization.partition(" ")
    try:
        text = b64decode(value, validate=True).decode()
    except Base64Error, UnicodeDecodeError:
        text = ""
    client_id, separator, secret = text.partition(":")
    if scheme.lower() != "basic" or not separator:
        raise oauth_error(
            "invalid_client", "OAU-134", "Authentication header value is malformed"
        )
    return client_id, secret


def _seconds(form: Mapping[str, str], name: str) -> int | None:
    try:
        return int(form[name])
    except KeyError, ValueError:
        return None

"""The HTTP side of the platform: authorization, faults, headers, the journal."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import partial
from typing import cast
from urllib.parse import parse_qsl
from uuid import uuid4

from aiohttp import web

from ..base import clock
from ..base.errors import (
    ApiError,
    app_permission_missing,
    bad_authorization,
    maintenance,
    no_authorization,
    rate_exceeded,
    rest_error,
    unknown_path,
)
from ..base.switches import Switches
from ..base.wire import JsonValue, as_object, decode, encode
from ..company.permissions import granted
from ..faults.faults import Fault, Faults
from ..faults.journal import Journal
from ..push.gateway import Gateway
from ..push.recovery import SessionContext
from ..push.tcp import reset
from ..sessions.limits import RateLimits
from ..sessions.oauth import OAuth, OAuthSession
from .api import Api, ApiRequest, ApiResponse
from .oauth_api import OAuthApi

_PORTAL = "<!doctype html><title>Welcome</title><p>Please accept our terms of use.</p>"
_OAUTH = "/restapi/oauth"
_NO_BODY = frozenset({"GET", "DELETE", "HEAD"})


@dataclass(slots=True, kw_only=True)
class HttpApi:
    """Answers the platform's HTTP requests, and those that come over a socket."""

    api: Api
    oauth: OAuth
    oauth_api: OAuthApi
    limits: RateLimits
    faults: Faults
    journal: Journal
    switches: Switches
    permissions: set[str]
    # Set later: the gateway needs this object.
    gateway: Gateway = field(init=False)
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one HTTP request."""
        try:
            response = await self._fault(request) or await self._answer(request)
        except ApiError as error:
            response = _json_response(error.status, error.body, error.headers)
        response = self._failed(request) or response
        response.headers.setdefault("RCRequestId", str(uuid4()))
        response.headers["RoutingKey"] = "SIM01P01"
        response.headers["Content-Language"] = "en-US"
        sent_at = clock.wall() + self.switches.date_offset
        response.headers["Date"] = formatdate(sent_at, usegmt=True)
        self.journal.add("http", request.method, request.path, response.status)
        if fault := self.faults.take("late", path=request.path, method=request.method):
            await asyncio.sleep(fault.number("delay", 5))
        if self.faults.take("lost_answer", path=request.path, method=request.method):
            _cut(request)
        return response

    def _failed(self, request: web.Request) -> web.Response | None:
        take = partial(self.faults.take, path=request.path, method=request.method)
        if take("failed_answer"):
            error = maintenance()
            return _json_response(error.status, error.body, error.headers)
        return None

    def release(self) -> None:
        """Release the requests that the fault `no_answer` holds."""
        self._released.set()
        self._released = asyncio.Event()

    def over_socket(
        self,
        method: str,
        path: str,
        query: JsonValue,
        body: JsonValue,
        context: SessionContext,
    ) -> tuple[int, JsonValue, dict[str, str]]:
        """Answer one request of a socket."""
        path, _, inline = path.partition("?")
        parameters = _merge(parse_qsl(inline, keep_blank_values=True))
        parameters |= {name: _texts(value) for name, value in as_object(query).items()}
        response = self.api.answer(
            ApiRequest(
                method=method,
                path=path,
                session=context.session,
                query=parameters,
                body=body,
                accept="application/vnd.ringcentral.multipart+json",
                context=context,
            )
        )
        headers = {
            name: value
            for name, value in response.headers.items()
            if not name.startswith("X-Rate-Limit")
            or self.switches.socket_rate_limit_headers
        }
        return response.status, response.body, headers

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.rel_url.raw_path.rstrip("/")
        if path.startswith(f"{_OAUTH}/"):
            return await self._oauth(request, path.removeprefix(f"{_OAUTH}/"))
        if path == "/restapi/v1.0/status":
            return _json_response(200, {"status": "OK"}, {})
        if not path.startswith("/restapi/"):
            raise unknown_path()
        session = self._session(request)
        return _to_http(
            self.api.answer(
                ApiRequest(
                    method=request.method,
                    path=path,
                    session=session,
                    query=_merge(
                        (name, value)
                        for name, value in request.query.items()
                        if name != "access_token"
                    ),
                    body=await _json_body(request),
                    accept=request.headers.get("Accept", "*/*"),
                )
            )
        )

    async def _oauth(self, request: web.Request, operation: str) -> web.StreamResponse:
        if operation == "authorize" and request.method in ("GET", "POST"):
            form = {**request.query, **await _form(request)}
            return self.oauth_api.authorize(request.method, form)
        if request.method != "POST":
            raise unknown_path()
        if operation == "wstoken":
            return self._ws_token(request)
        authorization = request.headers.get("Authorization")
        form = await _form(request)
        if operation == "token":
            body, headers = self.oauth_api.token(
                authorization, request.content_type, form
            )
            return _json_response(200, body, headers)
        if operation == "revoke":
            return web.Response(
                headers=self.oauth_api.revoke(authorization, request.content_type, form)
            )
        raise unknown_path()

    def _ws_token(self, request: web.Request) -> web.Response:
        session = self._session(request)
        headers = self.limits.count("auth", session.app.client_id, session.owner_id)
        if not granted(self.permissions, "WebSocket"):
            raise app_permission_missing("WebSocket")
        uri = f"ws://{request.host}/ws"
        return _json_response(200, self.gateway.issue_token(session, uri), headers)

    def _session(self, request: web.Request) -> OAuthSession:
        authorization = request.headers.get("Authorization")
        if authorization is None:
            token = request.query.get("access_token")
            if token is None:
                raise no_authorization()
        else:
            scheme, _, token = authorization.partition(" ")
            if scheme.lower() != "bearer" or not token:
                raise bad_authorization()
        return self.oauth.authorize(token)

    async def _fault(self, request: web.Request) -> web.StreamResponse | None:
        take = partial(self.faults.take, path=request.path, method=request.method)
        if take("reset"):
            return _cut(request)
        if take("no_answer"):
            await self._released.wait()
            return _cut(request)
        if fault := take("slow"):
            await asyncio.sleep(fault.number("delay", 5))
        if take("html"):
            return web.Response(text=_PORTAL, content_type="text/html")
        if take("broken_json"):
            return web.Response(text='{"records": [', content_type="application/json")
        if fault := take("maintenance"):
            raise maintenance(_retry_after(fault))
        if fault := take("rate_limit"):
            raise rate_exceeded(_retry_after(fault))
        if fault := take("error"):
            raise rest_error(
                int(fault.number("status", 500)),
                fault.text("errorCode", "CMN-203"),
                fault.text("message", "Internal service error"),
                headers=_retry_after(fault),
            )
        return None


def _retry_after(fault: Fault) -> dict[str, str]:
    text = fault.text("retryAfter")
    return {"Retry-After": text} if text else {}


def _merge(pairs: object) -> dict[str, tuple[str, ...]]:
    merged: dict[str, tuple[str, ...]] = {}
    for name, value in cast("list[tuple[str, str]]", pairs):
        merged[name] = (*merged.get(name, ()), value)
    return merged


def _texts(value: JsonValue) -> tuple[str, ...]:
    """Spell a query value of a socket request, which has its real type, as in a URL."""
    if isinstance(value, bool):
        return (str(value).lower(),)
    if isinstance(value, str) or not isinstance(value, list):
        return (str(value),)
    return tuple(text for item in value for text in _texts(item))


async def _form(request: web.Request) -> dict[str, str]:
    if request.content_type != "application/x-www-form-urlencoded":
        return {}
    return {
        name: value
        for name, value in (await request.post()).items()
        if isinstance(value, str)
    }


async def _json_body(request: web.Request) -> JsonValue:
    if request.method in _NO_BODY or not (text := await request.read()):
        return None
    try:
        return decode(text)
    except ValueError:
        raise rest_error(
            400, "CMN-104", "Cannot parse the body of the request"
        ) from None


def _json_response(
    status: int, body: JsonValue, headers: Mapping[str, str]
) -> web.Response:
    return web.Response(
        status=status,
        body=encode(body),
        headers=dict(headers),
        content_type="application/json",
        charset="utf-8",
    )


def _to_http(response: ApiResponse) -> web.Response:
    if response.text is not None:
        return web.Response(
            status=response.status,
            body=response.text,
            headers={**response.headers, "Content-Type": response.content_type},
        )
    if response.body is None:
        return web.Response(status=response.status, headers=dict(response.headers))
    return web.Response(
        status=response.status,
        body=encode(response.body),
        headers={**response.headers, "Content-Type": response.content_type},
    )


def _cut(request: web.Request) -> web.Response:
    """Reset the connection of a request; the answer goes nowhere."""
    if request.transport is not None:
        reset(request.transport)
    return web.Response(status=502)

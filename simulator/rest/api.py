"""The REST API as a table of routes, the same over HTTP and over a socket."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
import re
from urllib.parse import unquote

from ..base.errors import (
    ApiError,
    app_permission_missing,
    rest_error,
    unknown_path,
    user_permission_missing,
)
from ..base.switches import Switches
from ..base.wire import JsonValue
from ..company.permissions import granted, shown_name
from ..push.recovery import SessionContext
from ..sessions.limits import Group, RateLimits
from ..sessions.oauth import OAuthSession


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest:
    """One request, over HTTP or over a WebSocket connection."""

    method: str
    # Percent-encoded: an id may contain a slash.
    path: str
    session: OAuthSession
    query: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    body: JsonValue = None
    accept: str = "*/*"
    # Where it came from, if that was a socket.
    context: SessionContext | None = None

    def first(self, name: str, default: str = "") -> str:
        """Return the first value of a query parameter."""
        values = self.query.get(name)
        return values[0] if values else default

    def flag(self, name: str) -> bool:
        """Return whether a query parameter is true."""
        return self.first(name).lower() == "true"

    def number(self, name: str, default: int) -> int:
        """Return a query parameter as a positive number."""
        text = self.first(name)
        return int(text) if text.isdecimal() and int(text) > 0 else default


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiResponse:
    """The answer to a request; `text` is one that is no JSON."""

    status: int = 200
    body: JsonValue = None
    text: bytes | None = None
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


type Handler = Callable[[ApiRequest, Mapping[str, str]], ApiResponse]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation with its permissions and rate group."""

    method: str
    # Path below /restapi/v1.0 with `{name}` for one segment.
    path: str
    group: Group
    handler: Handler
    app_permission: str | None = None
    user_permission: str | None = None
    cost: Callable[[Mapping[str, str]], int] = lambda _: 1

    def pattern(self) -> re.Pattern[str]:
        """Return what a path must look like."""
        return re.compile(
            "/restapi/v1\\.0" + re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", self.path) + "/?"
        )


@dataclass(slots=True, kw_only=True)
class Api:
    """Finds the route, checks the permissions, counts the request."""

    limits: RateLimits
    permissions: set[str]
    user_permissions: set[str]
    switches: Switches
    _routes: list[tuple[Route, re.Pattern[str]]] = field(default_factory=list)

    def add(self, routes: Iterable[Route]) -> None:
        """Add routes to the table."""
        self._routes += [(route, route.pattern()) for route in routes]

    def answer(self, request: ApiRequest) -> ApiResponse:
        """Answer a request; a refusal is an answer like any other."""
        headers: dict[str, str] = {}
        try:
            route, values = self._route(request)
            headers |= self.limits.count(
                route.group,
                request.session.app.client_id,
                request.session.owner_id,
                route.cost(values),
            )
            self._check(route)
            response = route.handler(request, values)
        except ApiError as error:
            return ApiResponse(
                status=error.status, body=error.body, headers=headers | error.headers
            )
        return ApiResponse(
            status=response.status,
            body=response.body,
            text=response.text,
            content_type=response.content_type,
            headers={**headers, **response.headers},
        )

    def _route(self, request: ApiRequest) -> tuple[Route, dict[str, str]]:
        known = False
        for route, pattern in self._routes:
            if match := pattern.fullmatch(request.path):
                known = True
                if route.method == request.method:
                    values = match.groupdict().items()
                    return route, {name: unquote(text) for name, text in values}
        if known:
            raise rest_error(405, "CMN-111", "Method is not allowed")
        raise unknown_path()

    def _check(self, route: Route) -> None:
        if route.app_permission and not granted(self.permissions, route.app_permission):
            raise app_permission_missing(
                shown_name(route.app_permission, self.switches.control_permission)
            )
        if route.user_permission and not granted(
            self.user_permissions, route.user_permission
        ):
            raise user_permission_missing(route.user_permission)

"""Operations with JSON in and out, for programs on the same machine.

A browser on that machine shows pages of others as well, which must not use them.
"""

from collections.abc import Awaitable, Callable, Mapping
import ipaddress
from typing import Any

from aiohttp import web
import voluptuous as vol
from yarl import URL

from .base.wire import JsonValue, decode, encode
from .company.call import IllegalMoveError

_OWN_SITES = frozenset({"none", "same-origin"})
_JSON = "application/json"
# What curl and other programs send without an option for the type of a body.
_OF_PROGRAMS = frozenset(
    {"", "application/octet-stream", "application/x-www-form-urlencoded"}
)

# Returns the status of an answer and its JSON.
type Handler = Callable[[web.Request], Awaitable[tuple[int, JsonValue]]]


def local_operation(
    handler: Handler,
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Answer local programs only, in JSON, and convert errors to statuses."""

    async def wrapped(request: web.Request) -> web.Response:
        if not is_local(request):
            return _answer(403, {"error": "The control API is for this machine only"})
        if is_foreign_page(request.headers):
            return _answer(403, {"error": "The control API is not for web pages"})
        if request.can_read_body and not may_be_json(request.headers):
            return _answer(415, {"error": "Send JSON as application/json"})
        try:
            status, body = await handler(request)
        except (vol.Invalid, ValueError) as error:
            return _answer(400, {"error": str(error)})
        except IllegalMoveError as error:
            return _answer(409, {"error": str(error)})
        except LookupError as error:
            return _answer(404, {"error": str(error)})
        return _answer(status, body)

    return wrapped


def _answer(status: int, body: JsonValue) -> web.Response:
    return web.Response(status=status, body=encode(body), content_type=_JSON)


async def json_body(request: web.Request, schema: vol.Schema) -> dict[str, Any]:
    """Read and check the JSON of a request; raises ValueError and vol.Invalid."""
    text = await request.read()
    body = decode(text) if text else {}
    try:
        # A frame contains it one level deeper.
        encode([body])
    except TypeError:
        raise ValueError("The JSON is nested too deeply to be sent") from None
    checked: dict[str, Any] = schema(body)
    return checked


def is_foreign_page(headers: Mapping[str, str]) -> bool:
    """Return whether a page of another origin sent a request.

    Browsers send at least one of these headers with each request that changes something.
    """
    origin = headers.get("Origin", f"http://{headers.get('Host')}")
    site = headers.get("Sec-Fetch-Site", "none")
    return origin != f"http://{headers.get('Host')}" or site not in _OWN_SITES


def may_be_json(headers: Mapping[str, str]) -> bool:
    """Return whether a body is JSON by its type, or by nothing but curl's default."""
    content_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    is_page = "Origin" in headers or "Sec-Fetch-Site" in headers
    return content_type == _JSON or (content_type in _OF_PROGRAMS and not is_page)


def is_local(request: web.Request) -> bool:
    """Return whether a request comes from this machine, by one of its own names."""
    return is_loopback(request.remote) and names_this_machine(request.host)


def names_this_machine(host: str) -> bool:
    """Return whether a Host header is a loopback address, with or without a port."""
    try:
        url = URL(f"http://{host}")
    except ValueError:
        return False
    return url.user is None and is_loopback(url.host)


def is_loopback(host: str | None) -> bool:
    """Return whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False

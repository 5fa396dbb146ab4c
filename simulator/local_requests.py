"""Whether a request comes from a program on the same machine, and from no foreign page."""

from collections.abc import Mapping
import ipaddress

from aiohttp import web
from yarl import URL

_OWN_SITES = frozenset({"none", "same-origin"})
_JSON = "application/json"
# What curl and other programs send without an option for the type of a body.
_OF_PROGRAMS = frozenset(
    {"", "application/octet-stream", "application/x-www-form-urlencoded"}
)


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

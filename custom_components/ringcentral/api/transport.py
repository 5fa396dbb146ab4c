"""HTTP requests to the platform, within the rate limits.

Errors of aiohttp are never chained or logged: they contain the URL, which may contain
tokens.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
import logging
from typing import Any, Final, Literal

import aiohttp
import orjson
from yarl import URL

from .exceptions import (
    AnswerTooLargeError,
    ConnectionFailedError,
    Reason,
    RejectedError,
    request_id_of,
    retry_after,
)
from .rate_limits import RateGroup, RateLimiter, Reservation

_LOGGER = logging.getLogger(__name__)

REQUEST_TIMEOUT: Final = 10.0
USER_AGENT: Final = "HomeAssistant-RingCentral"
# Decompressed. A page of a thousand extensions has about 2 MiB.
MAX_BODY: Final = 64 * 1024 * 1024
# Values, which need up to 100 bytes of memory each. A page has about 100,000.
_MAX_VALUES: Final = 2_000_000
# The platform needs no cookies; a gateway before it may set some.
_MAX_COOKIES: Final = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of any status; `body` is decoded JSON or None."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Transport:
    """Transport to one server of the platform."""

    def __init__(
        self, session: aiohttp.ClientSession, server: str, limiter: RateLimiter
    ) -> None:
        """Initialize the transport; `server` is like `https://platform.ringcentral.com`."""
        self.session = session
        self.server = server.rstrip("/")
        self.limiter = limiter

    async def acquire(self, group: RateGroup) -> None:
        """Wait for a rate-limit slot; raise RateLimitedError during a penalty."""
        self.limiter.raise_if_penalized(group)
        while (delay := self.limiter.delay(group)) > 0:
            _LOGGER.debug("Waiting %.0f s for a slot of rate group %s", delay, group)
            await asyncio.sleep(delay)
            self.limiter.raise_if_penalized(group)
        self.limiter.record_request(group)

    async def request(
        self,
        method: str,
        path: str,
        group: RateGroup,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        slots: Reservation | None = None,
    ) -> Answer:
        """Send a request, and return the platform's answer of any status.

        Without reserved slots of its rate group, it waits for one.
        """
        all_headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
        all_headers.update(headers or {})
        data: bytes | Mapping[str, str] | None = form
        if json is not None:
            data = _encode(json)
            all_headers["Content-Type"] = "application/json"
        if slots is None:
            await self.acquire(group)
        else:
            self.limiter.raise_if_penalized(group)
            slots.use()
        if self.session.closed:
            # With its entry.
            raise ConnectionFailedError(Reason.CANNOT_CONNECT)
        try:
            async with self.session.request(
                method,
                # Encoded: a quoted comma or dot would be unquoted otherwise.
                URL(self.server).joinpath(path.removeprefix("/"), encoded=True),
                params=params,
                headers=all_headers,
                data=data,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT),
            ) as response:
                content = await _read(response)
        except (TimeoutError, aiohttp.ClientError, ValueError, RuntimeError) as err:
            raise ConnectionFailedError(
                connection_reason(err),
                may_be_done=method in _REPEATED or not isinstance(err, _NOT_SENT),
            ) from None

        if len(self.session.cookie_jar) > _MAX_COOKIES:
            self.session.cookie_jar.clear()
        self.limiter.update_from_headers(group, response.headers)
        answer = Answer(
            response.status, response.headers, _decode(response.status, content)
        )
        _LOGGER.debug(
            "%s in rate group %s: HTTP %s, request %s",
            method,
            group,
            answer.status,
            request_id_of(answer.headers),
        )
        pause = retry_after(answer.headers)
        if answer.status == 429:
            self.limiter.record_penalty(group, pause)
        elif answer.status == 503 and pause is not None:
            self.limiter.record_penalty(group, pause, Reason.MAINTENANCE)
        return answer

    async def open_socket(
        self, url: URL, close_timeout: float, max_size: int
    ) -> aiohttp.ClientWebSocketResponse[Literal[False]]:
        """Open a WebSocket; raise errors of aiohttp as it does."""
        if self.session.closed:
            raise ConnectionFailedError(Reason.CANNOT_CONNECT)
        # Shares connector and cookies. `ws_connect` has no option to refuse redirects.
        async with aiohttp.ClientSession(
            connector=self.session.connector,
            connector_owner=False,
            cookie_jar=self.session.cookie_jar,
            middlewares=(_refuse_redirect,),
        ) as session:
            return await session.ws_connect(
                url,
                headers={"User-Agent": USER_AGENT},
                timeout=aiohttp.ClientWSTimeout(ws_close=close_timeout),
                max_msg_size=max_size,
                decode_text=False,
            )


async def _refuse_redirect(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    response = await handler(request)
    if 300 <= response.status < 400:
        response.close()
        raise ConnectionFailedError(Reason.UNEXPECTED_ANSWER, status=response.status)
    return response


async def _read(response: aiohttp.ClientResponse) -> bytearray:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > MAX_BODY:
            break
    if len(content) > MAX_BODY or content.count(b",") >= _MAX_VALUES:
        raise AnswerTooLargeError(
            Reason.UNEXPECTED_ANSWER, may_be_done=True, status=response.status
        )
    return content


def _encode(json: object) -> bytes:
    try:
        return orjson.dumps(json)
    except orjson.JSONEncodeError:
        # Half a character, in a text of the user.
        raise RejectedError from None


def _decode(status: int, content: bytearray) -> Any:
    """Decode the body; raise ConnectionFailedError for a page of a captive portal."""
    if not content and status in (200, 201, 204):
        return None
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        body = None
    if status < 400 and (body is None or status >= 300):
        raise ConnectionFailedError(
            Reason.UNEXPECTED_ANSWER, may_be_done=True, status=status
        ) from None
    return body


def is_loopback(host: str | None) -> bool:
    """Return whether a host is this machine, so that plain connections to it are safe."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def connection_reason(err: BaseException) -> Reason:
    """Return the reason for an error of aiohttp."""
    found = (reason for kind, reason in _REASONS if isinstance(err, kind))
    return next(found, Reason.CANNOT_CONNECT)


# Raised before a request is sent.
_NOT_SENT: Final = (aiohttp.ClientConnectorError, aiohttp.InvalidURL)
# aiohttp sends these again if an open connection breaks: the first one may have arrived.
_REPEATED: Final = ("DELETE", "PUT")

# Some of these are subclasses of later ones.
_REASONS: Final[tuple[tuple[type[BaseException], Reason], ...]] = (
    (aiohttp.ClientConnectorDNSError, Reason.CANNOT_RESOLVE),
    (aiohttp.ClientSSLError, Reason.TLS_FAILED),
    (TimeoutError, Reason.TIMED_OUT),
    (aiohttp.ClientConnectionError, Reason.CANNOT_CONNECT),
    (aiohttp.InvalidURL, Reason.CANNOT_CONNECT),
    (aiohttp.ClientError, Reason.UNEXPECTED_ANSWER),
)

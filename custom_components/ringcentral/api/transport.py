"""One HTTP request to the platform: sent within the rate limits, answered or raised.

Texts of aiohttp's errors hold the URL, which may hold tokens: they are never chained,
never logged.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
import logging
from typing import Any, Final

import aiohttp
import orjson

from .exceptions import ConnectionFailedError, Reason, request_id_of, retry_after
from .rate_limits import RateGroup, RateLimiter

_LOGGER = logging.getLogger(__name__)

REQUEST_TIMEOUT: Final = 10.0
USER_AGENT: Final = "HomeAssistant-RingCentral"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of any status; `body` is decoded JSON, None if there was none."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Transport:
    """Sends requests to one server of the platform."""

    def __init__(
        self, session: aiohttp.ClientSession, server: str, ledger: RateLimiter
    ) -> None:
        """Send to `server`, an address like `https://platform.ringcentral.com`."""
        self.session = session
        self.server = server.rstrip("/")
        self.limiter = ledger

    async def acquire(self, group: RateGroup) -> None:
        """Wait until the window of a rate group has room, and take a place in it.

        Raises:
            RateLimitedError: the group is in a penalty; nothing may be sent.

        """
        self.limiter.raise_if_penalized(group)
        while (delay := self.limiter.delay(group)) > 0:
            _LOGGER.debug("Waiting %.0f s for the rate group %s", delay, group)
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
    ) -> Answer:
        """Send one request and return its answer, whatever its status.

        Waits until the window of the rate group has room.

        Raises:
            RateLimitedError: the group is in a penalty; nothing was sent.
            ConnectionFailedError: no answer, or one that is not the platform's.

        """
        await self.acquire(group)
        all_headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
        all_headers.update(headers or {})
        data: bytes | Mapping[str, str] | None = form
        if json is not None:
            data = orjson.dumps(json)
            all_headers["Content-Type"] = "application/json"
        try:
            async with self.session.request(
                method,
                f"{self.server}{path}",
                params=params,
                headers=all_headers,
                data=data,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT),
            ) as response:
                content = await response.read()
        except (TimeoutError, aiohttp.ClientError) as err:
            raise ConnectionFailedError(connection_reason(err)) from None

        answer_headers = response.headers
        self.limiter.update_from_headers(group, answer_headers)
        answer = Answer(response.status, answer_headers, _decode(response, content))
        _LOGGER.debug(
            "%s in the rate group %s answered with %s, request %s",
            method,
            group,
            answer.status,
            request_id_of(answer_headers),
        )
        asked = retry_after(answer_headers)
        if answer.status == 429:
            self.limiter.record_penalty(group, asked)
        elif answer.status == 503 and asked is not None:
            # Nobody is served for so long; asking in between would help nobody.
            self.limiter.record_penalty(group, asked, Reason.MAINTENANCE)
        return answer


def _decode(response: aiohttp.ClientResponse, content: bytes) -> Any:
    """Decode the body; a success that is no JSON comes from somebody else.

    Raises:
        ConnectionFailedError: a page of a captive portal, or a redirect to one.

    """
    if not content and response.status in (200, 204):
        return None
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        body = None
    if response.status < 400 and (body is None or response.status >= 300):
        raise ConnectionFailedError(
            Reason.UNEXPECTED_ANSWER, status=response.status
        ) from None
    return body


def connection_reason(err: BaseException) -> Reason:
    """Say in one word why aiohttp could not do it."""
    for kind, reason in _REASONS:
        if isinstance(err, kind):
            return reason
    return Reason.CANNOT_CONNECT


# The first match counts: several of these derive from others.
_REASONS: Final[tuple[tuple[type[BaseException], Reason], ...]] = (
    (aiohttp.ClientConnectorDNSError, Reason.CANNOT_RESOLVE),
    (aiohttp.ClientSSLError, Reason.TLS_FAILED),
    (TimeoutError, Reason.TIMED_OUT),
    (aiohttp.ClientConnectionError, Reason.CANNOT_CONNECT),
    (aiohttp.InvalidURL, Reason.CANNOT_CONNECT),
    (aiohttp.ClientError, Reason.UNEXPECTED_ANSWER),
)

"""Base of the REST clients: requests on behalf of the signed-in user."""

from collections.abc import Callable, Mapping
from typing import Final

from .anomalies import Anomalies
from .auth import TokenSource
from .exceptions import (
    AnswerTooLargeError,
    ConnectionFailedError,
    Reason,
    RingCentralError,
    error_from_answer,
)
from .models.base import JsonObject, ParseError
from .rate_limits import RateGroup, Reservation
from .transport import Answer, Transport

type Parser[T] = Callable[[JsonObject, Anomalies], T]

ACCOUNT: Final = "/restapi/v1.0/account/~"


class AuthorizedClient:
    """Base of the REST clients; all their methods raise `RingCentralError`."""

    def __init__(
        self, transport: Transport, tokens: TokenSource, anomalies: Anomalies
    ) -> None:
        """Initialize the client; each call is authorized by a token of `tokens`."""
        self._transport = transport
        self._tokens = tokens
        self._anomalies = anomalies

    def as_client[C: AuthorizedClient](self, kind: type[C]) -> C:
        """Return another client of the same user."""
        return kind(self._transport, self._tokens, self._anomalies)

    async def call(
        self,
        method: str,
        path: str,
        group: RateGroup,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        slots: Reservation | None = None,
    ) -> Answer:
        """Send a request with an access token; repeat it once with a refreshed one.

        With reserved slots, RateLimitedError is raised instead of waiting for the latter.
        """
        for last_try in (False, True):
            if last_try and slots is not None:
                # A refresh that fails is followed by a sign-in.
                self._transport.limiter.raise_if_full(RateGroup.AUTH, 2)
            try:
                token = await self._tokens.access_token()
            except RingCentralError as err:
                # That of a token request says nothing about this one.
                err.may_be_done = False
                raise
            try:
                answer = await self._transport.request(
                    method,
                    path,
                    group,
                    params=params,
                    headers={**(headers or {}), "Authorization": f"Bearer {token}"},
                    json=json,
                    slots=slots,
                )
            except AnswerTooLargeError:
                self._anomalies.count("answer that is too large")
                raise
            if answer.status < 400:
                return answer
            if answer.status != 401 or last_try:
                break
            self._tokens.access_token_rejected(token)
        raise error_from_answer(answer.status, answer.headers, answer.body)

    def _parsed[T](self, parse: Parser[T], json: JsonObject) -> T:
        try:
            return parse(json, self._anomalies)
        except ParseError:
            raise ConnectionFailedError(Reason.UNEXPECTED_ANSWER) from None

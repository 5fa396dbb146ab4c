"""Client for telephony sessions, RingOut, and the telephones of the signed-in user."""

from functools import partial
from typing import Final

from .anomalies import Anomalies
from .answers import listing_of, object_of
from .auth import TokenSource
from .authorized import ACCOUNT, AuthorizedClient, Parser
from .exceptions import (
    ConnectionFailedError,
    NotFoundError,
    Reason,
    RejectedError,
    RingCentralError,
)
from .models.base import MAX_ID, JsonObject, ParseError, parse_each, path_segment
from .models.telephony import (
    ForwardingNumber,
    Party,
    PartyRequest,
    Phone,
    RingOut,
    Session,
)
from .models.telephony_answers import (
    parse_forwarding_number,
    parse_party,
    parse_phone,
    parse_ring_out,
    parse_session,
)
from .rate_limits import RateGroup, Reservation
from .transport import Answer, Transport

_EXTENSION: Final = f"{ACCOUNT}/extension/~"
# Slots that are left to presence.
_SPARE: Final = {RateGroup.LIGHT: 20, RateGroup.MEDIUM: 10, RateGroup.HEAVY: 2}
# Of a list that some platforms do not have, and not every user may read.
_NO_LIST: Final = (403, 404, 405, 501)


class CallControlClient(AuthorizedClient):
    """Reads and changes calls; nothing that may have been done is sent again."""

    def __init__(
        self, transport: Transport, tokens: TokenSource, anomalies: Anomalies
    ) -> None:
        """Initialize the client."""
        super().__init__(transport, tokens, anomalies)
        # Whether the platform wants the body of a mute request inside of `party`.
        self._nests_mute = False

    def reserve(
        self, group: RateGroup, slots: int = 1, *, is_urgent: bool = False
    ) -> Reservation:
        """Reserve slots, and leave some to presence, half as many if it is urgent.

        Raise RateLimitedError instead of waiting.
        """
        spare = _SPARE.get(group, 0) // (2 if is_urgent else 1)
        return self._transport.limiter.reserve(group, slots, spare)

    async def session(self, session_id: str, slots: Reservation) -> Session:
        """Return a session; NotFoundError also for an id that cannot be one."""
        answer = await self.call(
            "GET", _session_path(session_id), RateGroup.LIGHT, slots=slots
        )
        session = self._parsed(parse_session, object_of(answer))
        # What is done next concerns the session that was requested, and no other one.
        return session._replace(id=session_id)

    async def send(self, request: PartyRequest, slots: Reservation) -> Party | None:
        """Change a session or a party; return the party if the answer has one."""
        path = _session_path(request.session_id)
        if request.party_id is not None:
            path += f"/parties/{_segment(request.party_id)}"
        if request.operation is not None:
            path += f"/{_segment(request.operation)}"
        body = request.body
        if body is None and request.method == "POST":
            # Without a body, a request has no content type: 415.
            body = {}
        if request.method == "PATCH" and body is not None and "muted" in body:
            return self._party(await self._mute(path, body, slots))
        answer = await self.call(
            request.method, path, RateGroup.LIGHT, json=body, slots=slots
        )
        return self._party(answer)

    async def _mute(self, path: str, body: JsonObject, slots: Reservation) -> Answer:
        """Send a request in the spelling that worked last, or else in the other one."""
        send = partial(self.call, "PATCH", path, RateGroup.LIGHT, slots=slots)
        nested: JsonObject = {"party": body}
        nests = self._nests_mute
        try:
            return await send(json=nested if nests else body)
        except RejectedError as err:
            if err.status != 400:
                raise
        answer = await send(json=body if nests else nested)
        self._nests_mute = not nests
        return answer

    async def ring_out(
        self, number: str, origin: ForwardingNumber | str, *, play_prompt: bool
    ) -> RingOut:
        """Ring the phone of `origin`, then call the number."""
        first = (
            {"phoneNumber": origin}
            if isinstance(origin, str)
            else {"forwardingNumberId": origin.id}
        )
        json = {
            "from": first,
            "to": {"phoneNumber": number},
            "playPrompt": play_prompt,
        }
        answer = await self._call("POST", f"{_EXTENSION}/ring-out", json=json)
        try:
            return self._parsed(parse_ring_out, object_of(answer))
        except ConnectionFailedError as err:
            err.may_be_done = True
            raise

    async def ring_out_status(self, ring_out_id: str) -> RingOut:
        """Return a RingOut; NotFoundError soon after its end."""
        answer = await self._call("GET", _ring_out_path(ring_out_id), RateGroup.LIGHT)
        return self._parsed(parse_ring_out, object_of(answer))

    async def cancel_ring_out(self, ring_out_id: str) -> None:
        """Cancel a RingOut before the own phone is answered."""
        await self._call("DELETE", _ring_out_path(ring_out_id))

    async def phones(self) -> list[Phone]:
        """Return the telephones of the signed-in user."""
        phones = await self._list(f"{_EXTENSION}/device", RateGroup.LIGHT, parse_phone)
        try:
            phones += await self._list(
                f"{_EXTENSION}/webapp-devices", RateGroup.MEDIUM, parse_phone
            )
        except RingCentralError as err:
            if err.status not in _NO_LIST:
                raise
        # A web phone may be in both lists.
        return list({phone.id: phone for phone in phones}.values())

    async def forwarding_numbers(self) -> list[ForwardingNumber]:
        """Return the forwarding numbers of the signed-in user."""
        path = f"{_EXTENSION}/forwarding-number"
        return await self._list(path, RateGroup.LIGHT, parse_forwarding_number)

    async def _list[T](self, path: str, group: RateGroup, parse: Parser[T]) -> list[T]:
        # A page has a hundred entries.
        answer = await self._call("GET", path, group)
        return list(parse_each(parse, listing_of(answer), self._anomalies))

    async def _call(
        self,
        method: str,
        path: str,
        group: RateGroup = RateGroup.HEAVY,
        json: object = None,
    ) -> Answer:
        with self.reserve(group) as slots:
            return await self.call(method, path, group, json=json, slots=slots)

    def _party(self, answer: Answer) -> Party | None:
        if not isinstance(answer.body, dict):
            return None
        try:
            return parse_party(answer.body, self._anomalies)
        except ParseError as err:
            self._anomalies.count(str(err))
            return None


def _session_path(session_id: str) -> str:
    return f"{ACCOUNT}/telephony/sessions/{_segment(session_id)}"


def _ring_out_path(ring_out_id: str) -> str:
    return f"{_EXTENSION}/ring-out/{_segment(ring_out_id)}"


def _segment(value: str) -> str:
    """Return an id as one segment of a path; raise NotFoundError if it cannot be one."""
    # The user may type an id. One of dots or a tilde would be another path.
    if not value.strip(".~") or len(value) > MAX_ID:
        raise NotFoundError(Reason.NOT_FOUND)
    try:
        return path_segment(value)
    except UnicodeEncodeError:
        raise NotFoundError(Reason.NOT_FOUND) from None

"""Typed REST calls: who am I, the extension list, presence, lines and favorites."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from itertools import batched
from typing import Final

from .anomalies import Anomalies
from .auth import TokenSource
from .clock import LoopYielder
from .exceptions import (
    ConnectionFailedError,
    NotFoundError,
    Reason,
    RingCentralError,
    error_from_answer,
)
from .models.base import JsonObject, ParseError, parse_each, records
from .models.directory import (
    Account,
    Extension,
    parse_account,
    parse_extension,
    parse_favorite_extension_ids,
    parse_line_extension_ids,
)
from .models.enums import DndStatus, PresenceStatus
from .models.gateway import WebSocketToken, parse_websocket_token
from .models.presence import Snapshot, parse_snapshot
from .rate_limits import RateGroup
from .transport import Answer, Transport

type _Parser[T] = Callable[[JsonObject, Anomalies], T]

_ACCOUNT: Final = "/restapi/v1.0/account/~"
_PAGE_SIZE: Final = 1000
_BULK_SIZE: Final = 30
# Six bulk requests of the Light group weigh about as much as one of the Heavy group.
_BULK_AT_MOST: Final = 6 * _BULK_SIZE
_BULK_TYPE: Final = "application/vnd.ringcentral.multipart+json"
# A new access token, and a ticket for the gateway.
_REFRESH_AND_WEBSOCKET_TOKEN: Final = 2
# The number of calls comes only on request; the list holds seven at the most.
_DETAIL: Final = {
    "detailedTelephonyState": "true",
    "sipData": "true",
    "totalActiveCalls": "true",
}


class _Length:
    """What the pages of a list say of its length; they need not say anything.

    Attributes:
        pages: how many there are.

    """

    def __init__(self) -> None:
        """Know nothing yet."""
        self.pages = 0
        self._elements: set[int] = set()

    def take(self, body: object) -> None:
        """Take what a page says."""
        match body:
            case {"paging": {"totalPages": int(pages)}}:
                self.pages = pages
        match body:
            case {"paging": {"totalElements": int(elements)}}:
                self._elements.add(elements)

    @property
    def is_certain(self) -> bool:
        """Whether nothing says that the list changed while it was read."""
        return len(self._elements) < 2


@dataclass(frozen=True, slots=True)
class BulkPresence:
    """Pictures of many extensions, and which could not be had and why."""

    snapshots: Mapping[str, Snapshot]
    failed: Mapping[str, RingCentralError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceUpdate:
    """What to change of an extension's presence; None leaves a setting as it is."""

    user_status: PresenceStatus | None = None
    dnd_status: DndStatus | None = None
    dnd_status_personal: DndStatus | None = None
    message: str | None = None
    allow_see_my_presence: bool | None = None
    ring_on_monitored_call: bool | None = None
    pick_up_calls_on_hold: bool | None = None

    def as_json(self) -> JsonObject:
        """Return the request's body."""
        values: JsonObject = {
            "userStatus": self.user_status and self.user_status.spelling,
            "dndStatus": self.dnd_status and self.dnd_status.spelling,
            "dndStatusPersonal": self.dnd_status_personal
            and self.dnd_status_personal.spelling,
            "message": self.message,
            "allowSeeMyPresence": self.allow_see_my_presence,
            "ringOnMonitoredCall": self.ring_on_monitored_call,
            "pickUpCallsOnHold": self.pick_up_calls_on_hold,
        }
        return {key: value for key, value in values.items() if value is not None}


class RestClient:
    """REST calls in the name of the signed-in user.

    All methods raise:
        AuthenticationError: the access token is refused, even after a refresh.
        PermissionMissingError: app or user lacks a permission.
        RateLimitedError: the rate group is in a penalty.
        TemporaryError: no usable answer.
        NotFoundError, RejectedError: the resource or the request is no good.
    """

    def __init__(
        self, transport: Transport, tokens: TokenSource, anomalies: Anomalies
    ) -> None:
        """Authorise each call with a token of `tokens`."""
        self._transport = transport
        self._tokens = tokens
        self._anomalies = anomalies

    async def account(self) -> Account:
        """Return the account of the signed-in user."""
        answer = await self._call("GET", _ACCOUNT, RateGroup.LIGHT)
        return self._parsed(parse_account, _object(answer))

    async def extension(self, extension_id: str = "~") -> Extension:
        """Return an extension, by default the signed-in user's own."""
        answer = await self._call(
            "GET", f"{_ACCOUNT}/extension/{extension_id}", RateGroup.LIGHT
        )
        return self._parsed(parse_extension, _object(answer))

    async def extensions(self) -> list[Extension]:
        """Return the whole extension list, whatever the type or status."""
        return await self._whole(self._read_extensions)

    async def _read_extensions(self, length: _Length) -> list[Extension]:
        found: list[Extension] = []
        parse = partial(parse_extension, anomalies=self._anomalies)
        turns = LoopYielder()
        async for page in self._pages(
            f"{_ACCOUNT}/extension", RateGroup.MEDIUM, {}, length
        ):
            entries = records(_listing(page), self._anomalies)
            for extension in parse_each(entries, parse, self._anomalies):
                found.append(extension)
                await turns.yield_if_due()
        return found

    async def presence(self, extension_id: str) -> Snapshot:
        """Return the presence of one extension, with calls and SIP data."""
        answer = await self._call(
            "GET",
            f"{_ACCOUNT}/extension/{extension_id}/presence",
            RateGroup.LIGHT,
            params=_DETAIL,
        )
        return self._snapshot(_object(answer), answer)

    async def bulk_presence(self, extension_ids: Collection[str]) -> BulkPresence:
        """Return the presence of some extensions, in as few requests as possible.

        Up to 30 go into one request; above 180, the pages of the whole account are
        cheaper. An extension that could not be had spoils no other.
        """
        ids = list(dict.fromkeys(extension_ids))
        snapshots: dict[str, Snapshot] = {}
        failed: dict[str, RingCentralError] = {}
        if len(ids) > _BULK_AT_MOST:
            await self._account_presences(ids, snapshots)
        else:
            await self._listed_presences(ids, snapshots, failed)
        for extension_id in ids:
            if extension_id not in snapshots and extension_id not in failed:
                failed[extension_id] = NotFoundError(Reason.NOT_FOUND)
        return BulkPresence(snapshots, failed)

    async def _listed_presences(
        self,
        ids: Collection[str],
        snapshots: dict[str, Snapshot],
        failed: dict[str, RingCentralError],
    ) -> None:
        for batch in batched(ids, _BULK_SIZE, strict=False):
            if len(batch) == 1:
                try:
                    snapshots[batch[0]] = await self.presence(batch[0])
                except RingCentralError as err:
                    if not _concerns_one(err):
                        raise
                    failed[batch[0]] = err
                continue
            await self._bulk(batch, snapshots, failed)

    async def _bulk(
        self,
        batch: Collection[str],
        snapshots: dict[str, Snapshot],
        failed: dict[str, RingCentralError],
    ) -> None:
        answer = await self._call(
            "GET",
            f"{_ACCOUNT}/extension/{','.join(batch)}/presence",
            RateGroup.LIGHT,
            params=_DETAIL,
            headers={"Accept": _BULK_TYPE},
        )
        if not isinstance(answer.body, list):
            raise ConnectionFailedError(Reason.UNEXPECTED_ANSWER, status=answer.status)
        for part in answer.body:
            match part:
                case {"resourceId": str() | int() as named, "status": int(status)} if (
                    extension_id := str(named)
                ) in batch:
                    body = part.get("body")
                case _:
                    self._anomalies.count("unusable part of a bulk answer")
                    continue
            try:
                if status != 200:
                    raise error_from_answer(status, answer.headers, body)
                snapshots[extension_id] = self._snapshot(
                    body if isinstance(body, dict) else {}, answer
                )
            except RingCentralError as err:
                failed[extension_id] = err

    async def _account_presences(
        self, ids: Collection[str], snapshots: dict[str, Snapshot]
    ) -> None:
        wanted = set(ids)
        turns = LoopYielder()
        async for page in self._pages(
            f"{_ACCOUNT}/presence", RateGroup.HEAVY, _DETAIL, _Length()
        ):
            parse = partial(
                parse_snapshot, taken_at=_date(page), anomalies=self._anomalies
            )
            found = records(_listing(page), self._anomalies)
            for snapshot in parse_each(found, parse, self._anomalies):
                if snapshot.extension_id in wanted:
                    snapshots[snapshot.extension_id] = snapshot
                await turns.yield_if_due()
            if len(snapshots) == len(wanted):
                # What follows are queues and the like, of which nobody asked.
                return

    async def line_extension_ids(self) -> list[str]:
        """Return the extensions whose lines the signed-in extension monitors."""
        return await self._whole(self._read_line_extension_ids)

    async def _read_line_extension_ids(self, length: _Length) -> list[str]:
        found: list[str] = []
        async for page in self._pages(
            f"{_ACCOUNT}/extension/~/presence/line", RateGroup.LIGHT, {}, length
        ):
            found.extend(parse_line_extension_ids(_listing(page), self._anomalies))
        return list(dict.fromkeys(found))

    async def favorite_extension_ids(self) -> list[str]:
        """Return the extensions among the favorites of the signed-in extension."""
        answer = await self._call(
            "GET", f"{_ACCOUNT}/extension/~/favorite", RateGroup.LIGHT
        )
        return parse_favorite_extension_ids(_listing(answer), self._anomalies)

    async def update_presence(
        self, extension_id: str, update: PresenceUpdate
    ) -> Snapshot:
        """Change the presence of an extension; return what the platform made of it.

        The answer need not tell of calls. Raised at once, not waited for: no room in the
        window of the rate group.
        """
        self._transport.limiter.raise_if_full(RateGroup.MEDIUM)
        answer = await self._call(
            "PUT",
            f"{_ACCOUNT}/extension/{extension_id}/presence",
            RateGroup.MEDIUM,
            json=update.as_json(),
        )
        return self._snapshot(_object(answer), answer)

    async def websocket_token(self) -> WebSocketToken:
        """Return a ticket for one connection to the gateway."""
        answer = await self._call("POST", "/restapi/oauth/wstoken", RateGroup.AUTH)
        return self._parsed(parse_websocket_token, _object(answer))

    async def websocket_token_after_refresh(self) -> WebSocketToken:
        """Return a ticket in the name of a new access token.

        A permission that was added a moment ago may be in new ones only. Raised at once,
        not waited for: no room in the window of the rate group.
        """
        self._transport.limiter.raise_if_penalized(RateGroup.AUTH)
        self._transport.limiter.raise_if_full(
            RateGroup.AUTH, _REFRESH_AND_WEBSOCKET_TOKEN
        )
        self._tokens.access_token_rejected(await self._tokens.access_token())
        return await self.websocket_token()

    async def _whole[T](self, read: Callable[[_Length], Awaitable[list[T]]]) -> list[T]:
        """Return a list that is of no use unless it is whole.

        Whoever is missing would lose the device: if the list changes while it is being
        read, somebody can slip from one page to another one that was read before. Then
        it is read again. One that says so every time, and is the same every time, counts
        in its own way.

        Raises:
            ConnectionFailedError: it changes all the time.

        """
        length = _Length()
        found = await read(length)
        if length.is_certain:
            return found
        self._anomalies.count("list of uncertain length")
        former, length = found, _Length()
        found = await read(length)
        if not length.is_certain and found != former:
            raise ConnectionFailedError(Reason.UNEXPECTED_ANSWER)
        return found

    async def _pages(
        self,
        path: str,
        group: RateGroup,
        params: Mapping[str, str],
        length: _Length,
    ) -> AsyncIterator[Answer]:
        """Yield the pages of a list until no next one is named or, by its length, left.

        A page beyond the end is empty.
        """
        page = 1
        while True:
            answer = await self._call(
                "GET",
                path,
                group,
                params={**params, "page": str(page), "perPage": str(_PAGE_SIZE)},
            )
            yield answer
            length.take(answer.body)
            match answer.body:
                case {"navigation": {"nextPage": {"uri": str()}}, "records": [_, *_]}:
                    page += 1
                case {"records": [_, *_]} if page < length.pages:
                    page += 1
                case _:
                    return

    async def _call(
        self,
        method: str,
        path: str,
        group: RateGroup,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
    ) -> Answer:
        """Send a request; after a 401 once more with a fresh token."""
        for last_try in (False, True):
            token = await self._tokens.access_token()
            answer = await self._transport.request(
                method,
                path,
                group,
                params=params,
                headers={**(headers or {}), "Authorization": f"Bearer {token}"},
                json=json,
            )
            if answer.status < 400:
                return answer
            if answer.status != 401 or last_try:
                break
            self._tokens.access_token_rejected(token)
        raise error_from_answer(answer.status, answer.headers, answer.body)

    def _snapshot(self, json: JsonObject, answer: Answer) -> Snapshot:
        taken_at = _date(answer)
        return self._parsed(lambda j, a: parse_snapshot(j, taken_at, a), json)

    def _parsed[T](self, parse: _Parser[T], json: JsonObject) -> T:
        try:
            return parse(json, self._anomalies)
        except ParseError:
            raise ConnectionFailedError(Reason.UNEXPECTED_ANSWER) from None


def _object(answer: Answer) -> JsonObject:
    """Return the body of an answer that must be an object."""
    if not isinstance(answer.body, dict):
        raise ConnectionFailedError(Reason.UNEXPECTED_ANSWER, status=answer.status)
    return answer.body


def _listing(answer: Answer) -> JsonObject:
    """Return the body of an answer that must list something, if only nothing.

    Taken for empty, a list of somebody else would let all devices go.
    """
    body = _object(answer)
    if not isinstance(body.get("records"), list):
        raise ConnectionFailedError(Reason.UNEXPECTED_ANSWER, status=answer.status)
    return body


def _date(answer: Answer) -> datetime | None:
    """Return the platform's own time of an answer."""
    try:
        date = parsedate_to_datetime(answer.headers["Date"])
    except KeyError, ValueError:
        return None
    # The zone `-0000` is parsed as none at all.
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _concerns_one(err: RingCentralError) -> bool:
    """Whether an error is about the extension asked for, not about everything."""
    return err.status in (403, 404)

"""REST client: account, extensions, presence, lists, call queues and voicemails."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import batched
from typing import Final, NamedTuple

from .anomalies import Anomalies
from .answers import date_of, has_next, is_list, listing_of, object_of
from .authorized import ACCOUNT, AuthorizedClient, Parser
from .clock import LoopYielder
from .exceptions import (
    ConnectionFailedError,
    NotFoundError,
    Reason,
    RingCentralError,
    error_from_answer,
)
from .models.base import JsonObject, convert, parse_each, path_segment
from .models.directory import (
    Account,
    Extension,
    parse_account,
    parse_extension,
    parse_extension_ids,
)
from .models.gateway import WebSocketToken
from .models.messages import Voicemail, parse_voicemails
from .models.presence import PresenceUpdate, Snapshot, parse_snapshot
from .models.queues import QueueMember, parse_queue_presence
from .rate_limits import RateGroup
from .transport import Answer

_PAGE_SIZE: Final = 1000
# Fifty thousand extensions. The presence of an account has ten pages a minute.
_MAX_PAGES: Final = 50
_BULK_SIZE: Final = 30
# Six bulk requests of the Light group weigh about as much as one of the Heavy group.
_BULK_MAX: Final = 6 * _BULK_SIZE
_BULK_TYPE: Final = "application/vnd.ringcentral.multipart+json"
# Two requests of the Auth group.
_REFRESH_AND_WEBSOCKET_TOKEN: Final = 2
# The total is sent only on request; the list of calls holds at most seven.
_DETAIL: Final = {
    "detailedTelephonyState": "true",
    "sipData": "true",
    "totalActiveCalls": "true",
}
# Without `dateFrom`, the platform lists the last 24 hours.
_UNREAD_VOICEMAILS: Final = {
    "messageType": "VoiceMail",
    "readStatus": "Unread",
    "direction": "Inbound",
    "availability": "Alive",
    "dateFrom": "2000-01-01T00:00:00.000Z",
}


class Listing[T](NamedTuple):
    """What was read of a list, and whether it is as long as announced."""

    entries: list[T]
    is_complete: bool


@dataclass(frozen=True, slots=True)
class BulkPresence:
    """Snapshots of many extensions, and the errors of those that failed."""

    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    failed: dict[str, RingCentralError] = field(default_factory=dict)


class _Page(NamedTuple):
    answer: Answer
    has_next: bool


class RestClient(AuthorizedClient):
    """REST calls for presence and lists."""

    async def account(self) -> Account:
        """Return the account of the signed-in user."""
        answer = await self.call("GET", ACCOUNT, RateGroup.LIGHT)
        return self._parsed(parse_account, object_of(answer))

    async def extension(self, extension_id: str = "~") -> Extension:
        """Return an extension, by default that of the signed-in user."""
        answer = await self.call(
            "GET", f"{ACCOUNT}/extension/{path_segment(extension_id)}", RateGroup.LIGHT
        )
        return self._parsed(parse_extension, object_of(answer))

    async def extensions(self) -> Listing[Extension]:
        """Return all extensions, whatever their type or status."""
        parse = partial(parse_each, parse_extension)
        return await self._list(f"{ACCOUNT}/extension", RateGroup.MEDIUM, parse)

    async def presence(self, extension_id: str) -> Snapshot:
        """Return the presence of one extension, with calls and SIP data."""
        answer = await self.call(
            "GET", _presence_path(extension_id), RateGroup.LIGHT, params=_DETAIL
        )
        return self._snapshot(object_of(answer), answer)

    async def bulk_presence(self, extension_ids: Collection[str]) -> BulkPresence:
        """Return the presence of some extensions, in as few requests as possible."""
        ids = list(dict.fromkeys(extension_ids))
        result = BulkPresence()
        if len(ids) > _BULK_MAX:
            await self._presence_of_account(set(ids), result)
        else:
            for batch in batched(ids, _BULK_SIZE, strict=False):
                await self._presence_of_batch(batch, result)
        for extension_id in ids:
            if extension_id not in result.snapshots:
                missing = NotFoundError(Reason.NOT_FOUND)
                result.failed.setdefault(extension_id, missing)
        return result

    async def _presence_of_batch(
        self, batch: tuple[str, ...], result: BulkPresence
    ) -> None:
        if len(batch) == 1:
            try:
                result.snapshots[batch[0]] = await self.presence(batch[0])
            except RingCentralError as err:
                # Other errors do not concern the extension alone.
                if err.status not in (403, 404):
                    raise
                result.failed[batch[0]] = err
            return
        answer = await self.call(
            "GET",
            _presence_path(*batch),
            RateGroup.LIGHT,
            params=_DETAIL,
            headers={"Accept": _BULK_TYPE},
        )
        if not is_list(answer.body):
            raise ConnectionFailedError(Reason.UNEXPECTED_ANSWER, status=answer.status)
        for part in answer.body:
            match part:
                case {"resourceId": str() | int() as value, "status": int(status)} if (
                    extension_id := str(value)
                ) in batch:
                    body = part.get("body")
                case _:
                    self._anomalies.count("unusable part of a bulk answer")
                    continue
            try:
                if status != 200:
                    raise error_from_answer(status, answer.headers, body)
                result.snapshots[extension_id] = self._snapshot(
                    body if isinstance(body, dict) else {}, answer
                )
            except RingCentralError as err:
                result.failed[extension_id] = err

    async def _presence_of_account(self, ids: set[str], result: BulkPresence) -> None:
        yielder = LoopYielder()
        async for page in self._pages(f"{ACCOUNT}/presence", RateGroup.HEAVY, _DETAIL):
            parse = partial(_parse_snapshot, page.answer)
            listing = listing_of(page.answer)
            for snapshot in parse_each(parse, listing, self._anomalies):
                if snapshot.extension_id in ids:
                    result.snapshots[snapshot.extension_id] = snapshot
                await yielder.yield_if_due()
            if len(result.snapshots) == len(ids):
                # The other pages hold call queues and the like.
                return

    async def line_extension_ids(self) -> Listing[str]:
        """Return the extensions whose lines the signed-in user monitors."""
        path = f"{ACCOUNT}/extension/~/presence/line"
        return await self._list(path, RateGroup.LIGHT, parse_extension_ids)

    async def favorite_extension_ids(self) -> list[str]:
        """Return the extensions among the favorites of the signed-in user."""
        answer = await self.call(
            "GET", f"{ACCOUNT}/extension/~/favorite", RateGroup.LIGHT
        )
        return parse_extension_ids(listing_of(answer), self._anomalies)

    async def update_presence(
        self, extension_id: str, update: PresenceUpdate
    ) -> Snapshot:
        """Change the presence of an extension; the answer may lack calls."""
        answer = await self._change(_presence_path(extension_id), update.as_json())
        return self._snapshot(object_of(answer), answer)

    async def queue_members(self, queue_id: str) -> dict[str, QueueMember]:
        """Return the members of a call queue by their extensions."""
        answer = await self.call("GET", _queue_path(queue_id), RateGroup.LIGHT)
        return parse_queue_presence(listing_of(answer), self._anomalies)

    async def update_queue_member(
        self, queue_id: str, extension_id: str, *, accepts: bool, is_own: bool
    ) -> QueueMember | None:
        """Change whether a member takes the calls of a queue; return what is answered."""
        path, key = _queue_path(queue_id), extension_id
        record: JsonObject = {"member": {"id": key}, "acceptCurrentQueueCalls": accepts}
        if is_own:
            path, key = f"{ACCOUNT}/extension/~/call-queue-presence", queue_id
            record = {"callQueue": {"id": key}, "acceptCalls": accepts}
        answer = await self._change(path, {"records": [record]})
        return parse_queue_presence(listing_of(answer), self._anomalies).get(key)

    async def unread_voicemails(self) -> list[Voicemail]:
        """Return the voicemails of the signed-in user that are not read."""
        # Counted, since the total may be missing.
        path = f"{ACCOUNT}/extension/~/message-store"
        listing = await self._list(
            path, RateGroup.LIGHT, parse_voicemails, _UNREAD_VOICEMAILS
        )
        # One may move to the next page while they are read.
        return list({one.id: one for one in listing.entries}.values())

    async def websocket_token(self) -> WebSocketToken:
        """Return a token for one WebSocket connection."""
        answer = await self.call("POST", "/restapi/oauth/wstoken", RateGroup.AUTH)
        return self._parsed(partial(convert, WebSocketToken), object_of(answer))

    async def websocket_token_after_refresh(self) -> WebSocketToken:
        """Return a WebSocket token after a refresh; raise instead of waiting for slots."""
        self._transport.limiter.raise_if_penalized(RateGroup.AUTH)
        self._transport.limiter.raise_if_full(
            RateGroup.AUTH, _REFRESH_AND_WEBSOCKET_TOKEN
        )
        self._tokens.access_token_rejected(await self._tokens.access_token())
        return await self.websocket_token()

    async def _list[T](
        self,
        path: str,
        group: RateGroup,
        parse: Parser[Iterable[T]],
        params: Mapping[str, str] | None = None,
    ) -> Listing[T]:
        entries: list[T] = []
        read = total = 0
        yielder = LoopYielder()
        page = None
        async for page in self._pages(path, group, params or {}):
            listing = listing_of(page.answer)
            read += len(listing["records"])
            match listing:
                case {"paging": {"totalElements": int(elements)}}:
                    total = max(total, elements)
            for entry in parse(listing, self._anomalies):
                entries.append(entry)
                await yielder.yield_if_due()
        # If the list changed, an entry may have moved to a page already read.
        is_complete = read >= total and page is not None and not page.has_next
        if not is_complete:
            self._anomalies.count("incomplete list")
        return Listing(entries, is_complete)

    async def _pages(
        self, path: str, group: RateGroup, params: Mapping[str, str]
    ) -> AsyncIterator[_Page]:
        """Yield pages until there is no next one, or no other one."""
        former: object = None
        for number in range(1, _MAX_PAGES + 1):
            answer = await self.call(
                "GET",
                path,
                group,
                params={**params, "page": str(number), "perPage": str(_PAGE_SIZE)},
            )
            match answer.body:
                case {"records": [_, *_] as found}:
                    if found == former:
                        self._anomalies.count("page that is repeated")
                        return
                    former = found
            page = _Page(answer, has_next=has_next(answer.body, number))
            yield page
            if not page.has_next:
                return
        self._anomalies.count("list that does not end")

    async def _change(self, path: str, json: object) -> Answer:
        self._transport.limiter.raise_if_full(RateGroup.MEDIUM)
        return await self.call("PUT", path, RateGroup.MEDIUM, json=json)

    def _snapshot(self, json: JsonObject, answer: Answer) -> Snapshot:
        return self._parsed(partial(_parse_snapshot, answer), json)


def _parse_snapshot(answer: Answer, json: JsonObject, anomalies: Anomalies) -> Snapshot:
    return parse_snapshot(json, date_of(answer), anomalies)


def _presence_path(*extension_ids: str) -> str:
    return f"{ACCOUNT}/extension/{','.join(map(path_segment, extension_ids))}/presence"


def _queue_path(queue_id: str) -> str:
    return f"{ACCOUNT}/call-queues/{path_segment(queue_id)}/presence"

"""REST: the call log of an extension, and of the account."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ..account import Account
from ..base import clock
from ..base.errors import (
    invalid_parameter,
    not_found,
    other_extension,
    rest_error,
    user_permission_missing,
)
from ..base.wire import JsonObject, event_time
from ..company.call_log import MISSED, CallLog, LogRecord
from ..company.permissions import granted
from .api import ApiRequest, ApiResponse, Handler, Route
from .lookup import Lookup
from .paging import MAX_PER_PAGE, page_of
from .query import is_among, time_of

_ACCOUNT = "/account/{accountId}"
_EXTENSION = f"{_ACCOUNT}/extension/{{extensionId}}"
_DAY = 86400.0
_MOST_SYNCED = 250
_OLDEST_SYNCED = 30 * _DAY
_HIDDEN_DIGITS = 4
# Shorter numbers are those of extensions.
_OUTSIDE_DIGITS = 7


@dataclass(slots=True, kw_only=True)
class CallLogApi:
    """Handlers of the call log."""

    account: Account
    lookup: Lookup
    log: CallLog
    user_permissions: set[str]

    def routes(self) -> Iterable[Route]:
        """Return the table of operations."""
        for base in (_ACCOUNT, _EXTENSION):
            yield _route(f"{base}/call-log", self.get)
            yield _route(f"{base}/call-log/{{callRecordId}}", self.get_one)
            yield _route(f"{base}/call-log-sync", self.sync)

    def get(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """List calls, by default of the last 24 hours."""
        records = self._readable(request, values)
        until = time_of(request, "dateTo", clock.wall())
        since = time_of(request, "dateFrom", until - _DAY)
        _check_query(request)
        chosen = [
            record
            for record in records
            if since <= record.started_at <= until and self._matches(record, request)
        ]
        if request.first("perPage") == "max":
            query = {**request.query, "perPage": (str(MAX_PER_PAGE),)}
            request = replace(request, query=query)
        page, described = page_of(chosen, request, self._uri(values, request))
        body = [self._body(record, request) for record in page]
        return ApiResponse(body={"records": body, **described})

    def get_one(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Read the record of a call."""
        for record in self._readable(request, values):
            if record.id == values["callRecordId"]:
                return ApiResponse(body=self._body(record, request))
        raise not_found("callRecordId")

    def sync(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """List the newest calls, then those that were added since."""
        now = clock.wall()
        records = self._readable(request, values)
        if request.first("statusGroup", "All") == "Missed":
            records = [record for record in records if record.result in MISSED]
        kind = request.first("syncType", "FSync")
        if kind == "ISync":
            since = _synced_at(request)
            delay = self.account.switches.call_log_delay
            records = [r for r in records if r.ended_at + delay > since]
            if len(records) > _MOST_SYNCED:
                raise invalid_parameter("syncToken")
        elif kind == "FSync":
            since = time_of(request, "dateFrom", now - _OLDEST_SYNCED)
            if since < now - _OLDEST_SYNCED:
                raise invalid_parameter("dateFrom")
            count = min(request.number("recordCount", _MOST_SYNCED), _MOST_SYNCED)
            records = [r for r in records if r.started_at >= since][:count]
        else:
            raise invalid_parameter("syncType")
        info: JsonObject = {
            "syncType": kind,
            "syncToken": f"T{int(now * 1000)}",
            "syncTime": event_time(now),
        }
        body: JsonObject = {
            "uri": f"{self._uri(values, request)}-sync",
            "records": [self._body(record, request) for record in records],
            "syncInfo": info,
        }
        return ApiResponse(body=body)

    def _readable(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> list[LogRecord]:
        """Return the records that a path names; raises ApiError."""
        sees_all = self.account.switches.company_call_log and granted(
            self.user_permissions, "FullCompanyCallLog"
        )
        records = self.log.records()
        if "extensionId" not in values:
            self.lookup.check_account(values)
            if not sees_all:
                raise user_permission_missing("ReadCompanyCallLog")
            return records
        extension = self.lookup.extension(request, values)
        if extension.id != request.session.owner_id and not sees_all:
            raise other_extension("ReadCallLog")
        return [record for record in records if record.extension_id == extension.id]

    def _matches(self, record: LogRecord, request: ApiRequest) -> bool:
        party = record.party
        numbers = [number.removeprefix("+") for number, _ in record.ends]
        extension = self.account.directory.extensions[record.extension_id]
        shown: Mapping[str, list[str]] = {
            "direction": [record.direction],
            "type": ["Voice"],
            "sessionId": [record.session_id],
            "telephonySessionId": [party.telephony_session_id],
            "phoneNumber": numbers,
            "extensionNumber": [extension.number, *numbers],
        }
        return all(
            any(is_among(value, request.query.get(name)) for value in values)
            for name, values in shown.items()
        )

    def _uri(self, values: Mapping[str, str], request: ApiRequest) -> str:
        path = "/call-log"
        if "extensionId" in values:
            path = f"/extension/{self.lookup.extension(request, values).id}{path}"
        return self.account.uri() + path

    def _body(self, record: LogRecord, request: ApiRequest) -> JsonObject:
        view = "Detailed" if request.first("view") == "Detailed" else "Simple"
        uri = f"{self.account.uri()}/extension/{record.extension_id}"
        body = self._common(record, uri)
        if view == "Detailed":
            kind = "Accept" if record.direction == "Inbound" else "SipToPstnUnmetered"
            body["legs"] = [{**body, "legType": kind, "master": True}]
        return {
            "uri": f"{uri}/call-log/{record.id}?view={view}",
            "id": record.id,
            "sessionId": record.session_id,
            **body,
        }

    def _common(self, record: LogRecord, uri: str) -> JsonObject:
        caller, called = record.ends
        milliseconds = int((record.ended_at - record.started_at) * 1000)
        body: JsonObject = {
            "startTime": event_time(record.started_at),
            "duration": milliseconds // 1000,
            "durationMs": milliseconds,
            "type": "Voice",
            "internalType": "Local",
            "direction": record.direction,
            "action": record.action,
            "result": record.result,
            "from": self._end(*caller),
            "to": self._end(*called),
            "extension": {"uri": uri, "id": int(record.extension_id)},
        }
        if record.reason is not None:
            body["reason"] = record.reason
        if self.account.switches.call_log_session_id:
            body["telephonySessionId"] = record.party.telephony_session_id
            body["partyId"] = record.party.party_id
        return body

    def _end(self, number: str, name: str | None) -> JsonObject:
        body: JsonObject = {}
        extension = self.account.directory.find(number)
        if extension is not None:
            body = {"extensionNumber": number, "extensionId": extension.id}
        elif number:
            body["phoneNumber"] = self._shown(number)
        if name:
            body["name"] = name
        return body

    def _shown(self, number: str) -> str:
        is_masked = self.account.switches.call_log_numbers == "masked"
        if not is_masked or len(number) < _OUTSIDE_DIGITS:
            return number
        return number[:-_HIDDEN_DIGITS] + "X" * _HIDDEN_DIGITS


def _route(path: str, handler: Handler) -> Route:
    return Route(
        method="GET",
        path=path,
        group="heavy",
        handler=handler,
        app_permission="ReadCallLog",
        user_permission="ReadCallLog",
    )


def _check_query(request: ApiRequest) -> None:
    """Refuse values and combinations of filters; raises ApiError."""
    if not request.first("sessionId", "0").isdecimal():
        raise invalid_parameter("sessionId")
    if "extensionNumber" in request.query:
        if "sessionId" in request.query:
            message = "Parameters [extensionNumber] and [sessionId] exclude each other"
            raise rest_error(400, "CLG-110", message)
        if "phoneNumber" in request.query:
            raise invalid_parameter("phoneNumber")


def _synced_at(request: ApiRequest) -> float:
    token = request.first("syncToken")
    if not token.startswith("T") or not token[1:].isdecimal():
        raise invalid_parameter("syncToken")
    return int(token[1:]) / 1000

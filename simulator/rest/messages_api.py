"""REST: the message store, which holds nothing but voicemails."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ..account import Account
from ..base import clock
from ..base.errors import invalid_parameter, not_found
from ..base.wire import as_object
from ..company.messages import READ_STATUSES, Voicemail
from .api import ApiRequest, ApiResponse, Route
from .lookup import Lookup
from .paging import page_of
from .query import is_among, time_of

_BASE = "/account/{accountId}/extension/{extensionId}/message-store"
_ONE = f"{_BASE}/{{messageId}}"
_DAY = 86400.0

# Values of a voicemail that a list is filtered by.
_FIELDS: Mapping[str, Callable[[Voicemail], str]] = {
    "messageType": lambda _: "VoiceMail",
    "readStatus": lambda message: message.read_status,
    "direction": lambda _: "Inbound",
    "availability": lambda _: "Alive",
}


@dataclass(slots=True, kw_only=True)
class MessagesApi:
    """Handlers of the message store."""

    account: Account
    lookup: Lookup

    def routes(self) -> Iterable[Route]:
        """Return the table of operations."""
        edits = [
            Route(
                method=method,
                path=_ONE,
                group="medium",
                handler=self.change,
                app_permission="EditMessages",
                user_permission="EditMessages",
            )
            for method in ("PUT", "PATCH")
        ]
        return (
            Route(
                method="GET",
                path=_BASE,
                group="light",
                handler=self.get,
                app_permission="ReadMessages",
                user_permission="ReadMessages",
            ),
            *edits,
        )

    def get(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """List the voicemails of the caller, by default of the last 24 hours."""
        owner = self.lookup.own(request, values, "ReadMessages")
        until = time_of(request, "dateTo", clock.wall())
        since = time_of(request, "dateFrom", until - _DAY)
        chosen = [
            message
            for message in self.account.mailboxes.of(owner.id)
            if since <= message.created_at <= until
            and all(
                is_among(read(message), request.query.get(name))
                for name, read in _FIELDS.items()
            )
        ]
        uri = f"{self.account.uri()}/extension/{owner.id}/message-store"
        page, described = page_of(chosen, request, uri)
        paging = dict(as_object(described["paging"]))
        if not self.account.switches.voicemail_total:
            paging = {k: v for k, v in paging.items() if not k.startswith("total")}
        return ApiResponse(
            body={
                "records": [self.account.voicemail(message) for message in page],
                **described,
                "paging": paging,
            }
        )

    def change(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Mark a voicemail as read or unread."""
        owner = self.lookup.own(request, values, "EditMessages")
        wanted = as_object(request.body).get("readStatus")
        status = next((item for item in READ_STATUSES if item == wanted), None)
        if status is None:
            raise invalid_parameter("readStatus")
        try:
            message = self.account.mailboxes.find(owner.id, values["messageId"])
        except LookupError:
            raise not_found("messageId") from None
        self.account.mark_voicemail(message, status)
        return ApiResponse(body=self.account.voicemail(message))

"""Check that an account has everything that the integration needs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import chain, count
from typing import Any, override

from ..api.anomalies import Anomalies
from ..api.auth import TokenSource
from ..api.event_filters import extension_filter
from ..api.models.directory import Account, Extension
from ..api.rate_limits import RateGroup
from ..api.rest import RestClient
from ..api.subscription_request import create_subscription
from ..api.transport import Transport
from ..api.websocket import WebSocketConnection
from ..const import CONF_ACCOUNT_ID, CONF_EXTENSION_ID
from ..roster.models import extension_label
from ..texts import one_line


class FixedToken(TokenSource):
    """Token source of a flow, without refresh."""

    def __init__(self, access_token: str) -> None:
        """Initialize with an access token."""
        self._access_token = access_token

    @override
    async def access_token(self) -> str:
        return self._access_token

    @override
    def access_token_rejected(self, access_token: str) -> None:
        # The flow shows the error.
        pass


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountInfo:
    """Account, extension of the signed-in user, and all extensions by id."""

    account: Account
    extension: Extension
    directory: dict[str, Extension]

    @property
    def ids(self) -> dict[str, str]:
        """Ids of account and user in the entry data."""
        return {
            CONF_ACCOUNT_ID: self.account.id,
            CONF_EXTENSION_ID: self.extension.id,
        }

    @property
    def unique_id(self) -> str:
        """Unique id of the config entry."""
        return "_".join(self.ids.values())

    def title(self, taken: Collection[str]) -> str:
        """Return the user with the number; if taken, with the company or a count."""
        company = self.extension.company or self.account.brand
        label = extension_label(self.extension, company)
        more = chain(filter(None, (one_line(company),)), count(2))
        titles = chain((label,), (f"{label}, {one}" for one in more))
        return next(title for title in titles if title not in taken)


def rest_client(transport: Transport, token: Mapping[str, Any]) -> RestClient:
    """Return a client for the requests of a flow."""
    return RestClient(transport, FixedToken(token["access_token"]), Anomalies())


async def async_validate_account(
    transport: Transport, token: Mapping[str, Any]
) -> AccountInfo:
    """Try everything that the integration needs; raise RingCentralError if it fails."""
    # The scope of a token lacks permissions that are included in others.
    rest = rest_client(transport, token)
    extension = await rest.extension()
    account = await rest.account()
    extensions = await rest.extensions()
    await rest.presence(extension.id)
    # Last, since WebSocket access tokens count in the small rate group of sign-ins.
    transport.limiter.raise_if_full(RateGroup.AUTH)
    websocket_token = await rest.websocket_token()
    connection = await WebSocketConnection.connect(
        transport, websocket_token, None, lambda _body: None, Anomalies()
    )
    try:
        await create_subscription(
            connection, (extension_filter(extension.id),), Anomalies()
        )
    finally:
        await connection.close()
    return AccountInfo(
        account=account,
        extension=extension,
        directory={e.id: e for e in extensions.entries},
    )

"""A look at an account before an entry is made: does everything it needs work?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, override

from ..api.anomalies import Anomalies
from ..api.auth import TokenSource
from ..api.event_filters import extension_filter
from ..api.models.directory import Account, Extension
from ..api.rate_limits import RateGroup
from ..api.rest import RestClient
from ..api.transport import Transport
from ..api.websocket import WebSocketConnection


class FixedToken(TokenSource):
    """A token just obtained, for the few calls of a flow."""

    def __init__(self, access_token: str) -> None:
        """Hand out this token."""
        self._access_token = access_token

    @override
    async def access_token(self) -> str:
        """Return the token."""
        return self._access_token

    @override
    def access_token_rejected(self, access_token: str) -> None:
        """Do nothing: the flow says what is wrong, and signs in anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountInfo:
    """Who signed in, and whom the account consists of."""

    account: Account
    extension: Extension
    directory: dict[str, Extension]

    @property
    def unique_id(self) -> str:
        """What tells one sign-in from another: the account and its user."""
        return f"{self.account.id}_{self.extension.id}"


def rest_client(transport: Transport, token: Mapping[str, Any]) -> RestClient:
    """Return a client for the few calls of a flow."""
    return RestClient(transport, FixedToken(token["access_token"]), Anomalies())


async def async_validate_account(
    transport: Transport, token: Mapping[str, Any]
) -> AccountInfo:
    """Do once, in order, all that the integration will need to do.

    The scope of a token does not list included permissions, so only trying tells. The
    gateway comes last: its ticket counts in the small rate group of the sign-ins.

    Raises:
        RingCentralError: what does not work, with the permission that is missing.

    """
    rest = rest_client(transport, token)
    extension = await rest.extension()
    account = await rest.account()
    extensions = await rest.extensions()
    await rest.presence(extension.id)
    transport.limiter.raise_if_full(RateGroup.AUTH)
    ticket = await rest.websocket_token()
    gateway = await WebSocketConnection.connect(
        transport, ticket, None, _ignore, Anomalies()
    )
    try:
        await gateway.subscribe((extension_filter(extension.id),))
    finally:
        await gateway.close()
    return AccountInfo(
        account=account,
        extension=extension,
        directory={e.id: e for e in extensions},
    )


def _ignore(body: object) -> None:
    """Let a notification pass; nobody shows it yet."""

"""A look at an account before an entry is made: does everything it needs work?"""

from dataclasses import dataclass

import aiohttp

from .api.anomalies import Anomalies
from .api.directory import Account, Extension
from .api.filters import extension_filter
from .api.gateway import Gateway
from .api.rest import RestClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Who signed in, and whom the account consists of."""

    account: Account
    extension: Extension
    directory: dict[str, Extension]

    @property
    def unique_id(self) -> str:
        """What tells one sign-in from another: the account and its user."""
        return f"{self.account.id}_{self.extension.id}"


async def async_probe(
    session: aiohttp.ClientSession, rest: RestClient, anomalies: Anomalies
) -> Probe:
    """Do once, in order, all that the integration will need to do.

    The scope of a token does not list included permissions, so only trying tells.

    Raises:
        RingCentralError: what does not work, with the permission that is missing.

    """
    extension = await rest.extension()
    account = await rest.account()
    extensions = await rest.extensions()
    await rest.presence(extension.id)
    ticket = await rest.websocket_token()
    gateway = await Gateway.connect(session, ticket, None, _ignore, anomalies)
    try:
        await gateway.subscribe((extension_filter(extension.id),))
    finally:
        await gateway.close()
    return Probe(
        account=account,
        extension=extension,
        directory={e.id: e for e in extensions},
    )


def _ignore(body: object) -> None:
    """Let a notification pass; nobody shows it yet."""

"""Whose server an account is on, in words that tell no private name. Pure."""

from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from .const import DEFAULT_SERVER, PARTNER_SERVER


class ServerKind(StrEnum):
    """Who runs a server."""

    RINGCENTRAL = "ringcentral"
    PARTNER = "partner"
    CUSTOM = "custom"


# Most partners' customers are on RingCentral's own.
_HOSTS: Final = {
    urlsplit(DEFAULT_SERVER).hostname: ServerKind.RINGCENTRAL,
    urlsplit(PARTNER_SERVER).hostname: ServerKind.PARTNER,
}


def server_kind(server: object) -> ServerKind:
    """Return who runs the server with an address like `https://host`."""
    try:
        host = urlsplit(str(server)).hostname or ""
    except ValueError:
        host = ""
    return _HOSTS.get(host, ServerKind.CUSTOM)

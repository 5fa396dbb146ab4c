"""Whose server an account is on, in words that tell no private name. Pure."""

from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit


class ServerKind(StrEnum):
    """Who runs a server."""

    RINGCENTRAL = "ringcentral"
    PARTNER = "partner"
    CUSTOM = "custom"


# AT&T Office@Hand and Verizon have a platform of their own; the other partners' customers
# are on RingCentral's.
_HOSTS: Final = {
    "platform.ringcentral.com": ServerKind.RINGCENTRAL,
    "platform.ringcentral.biz": ServerKind.PARTNER,
}


def server_kind(server: object) -> ServerKind:
    """Return who runs the server with an address like `https://host`."""
    try:
        host = urlsplit(str(server)).hostname or ""
    except ValueError:
        host = ""
    return _HOSTS.get(host, ServerKind.CUSTOM)

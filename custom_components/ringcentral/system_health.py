"""System health: reachability of the servers, state of the accounts."""

import asyncio
from collections import defaultdict
from collections.abc import Collection
from typing import Any, Final

from homeassistant.components.system_health import (
    SystemHealthRegistration,
    async_check_can_reach_url,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_translations

from . import allowlist
from .allowlist import ServerKind
from .api.event_stream import StreamState
from .const import CONF_SERVER, DEFAULT_SERVER, DOMAIN
from .coordinator import RingCentralConfigEntry

# It needs no token and counts in no rate group.
_STATUS_PATH: Final = "/restapi/v1.0/status"
_PAGE: Final = f"/config/integrations/integration/{DOMAIN}"

_REACH_KEYS: Final = {
    ServerKind.RINGCENTRAL: "can_reach_server",
    ServerKind.PARTNER: "can_reach_partner_server",
    ServerKind.CUSTOM: "can_reach_custom_server",
}


@callback
def async_register(_hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register system health callbacks."""
    register.async_register_info(_async_info, _PAGE)


async def _async_info(hass: HomeAssistant) -> dict[str, Any]:
    entries: list[RingCentralConfigEntry] = [
        entry
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.disabled_by is None
    ]
    loaded = [entry for entry in entries if entry.state is ConfigEntryState.LOADED]
    servers: defaultdict[ServerKind, set[str]] = defaultdict(set)
    for server in {entry.data[CONF_SERVER] for entry in entries} or {DEFAULT_SERVER}:
        servers[allowlist.server(server)].add(server)
    texts = await async_get_translations(hass, hass.config.language, "entity", {DOMAIN})
    states = f"component.{DOMAIN}.entity.sensor.link.state"
    return {
        "accounts": len(entries),
        "connection": ", ".join(
            texts[f"{states}.{_stream_state(entry)}"] for entry in entries
        )
        or "-",
        "monitored_extensions": sum(
            len(entry.runtime_data.roster.monitored) for entry in loaded
        ),
    } | {
        _REACH_KEYS[kind]: _async_reach(hass, of_kind)
        for kind, of_kind in servers.items()
    }


def _stream_state(entry: RingCentralConfigEntry) -> StreamState:
    if entry.state is ConfigEntryState.LOADED:
        return entry.runtime_data.stream.state
    return StreamState.DOWN


async def _async_reach(
    hass: HomeAssistant, servers: Collection[str]
) -> str | dict[str, str]:
    answers = await asyncio.gather(
        *(async_check_can_reach_url(hass, f"{one}{_STATUS_PATH}") for one in servers)
    )
    return next((answer for answer in answers if answer != "ok"), "ok")

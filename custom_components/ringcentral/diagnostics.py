"""Diagnostics of an account and of an extension, whatever state the account is in.

They name nobody: reports with this file are public.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
import time
from typing import Any, Final

from homeassistant.const import (
    CONF_TOKEN,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.loader import async_get_integration

from . import allowlist as disclosure
from .api.event_stream import StreamState
from .api.models.enums import DndStatus, MeetingStatus, PresenceStatus, TelephonyStatus
from .connection.history import get_history
from .const import (
    AUTH_JWT,
    CONF_AUTH_IMPLEMENTATION,
    CONF_BRAND_ID,
    CONF_GROUPS,
    CONF_SERVER,
    DOMAIN,
)
from .coordinator import PresenceCoordinator, RingCentralConfigEntry
from .devices import account_identifier
from .privacy import Privacy
from .report import Json, told_account, told_extension, told_history
from .roster.models import Group
from .server_kind import server_kind

_OPTION_WORDS: Final = frozenset([*Group, *Privacy])
# Of other states, like a time or a number, only that there is one.
_TOLD_STATES: Final = frozenset(
    [
        *(STATE_ON, STATE_OFF, STATE_UNAVAILABLE, STATE_UNKNOWN),
        *StreamState,
        *DndStatus,
        *MeetingStatus,
        *PresenceStatus,
        *TelephonyStatus,
    ]
)


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: RingCentralConfigEntry
) -> Mapping[str, Any]:
    """Return what may explain trouble with an account."""
    integration = await async_get_integration(hass, DOMAIN)
    coordinator = _coordinator(entry)
    return {
        "version": str(integration.version),
        "entry": _entry(entry),
        "token": _token(entry.data.get(CONF_TOKEN)),
        "options": {
            disclosure.key(name) or disclosure.OTHER: _option(name, value)
            for name, value in entry.options.items()
        },
        "entities": _entity_counts(
            er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        ),
        "history": told_history(get_history(hass, entry.entry_id)),
        "account": None if coordinator is None else told_account(coordinator),
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: RingCentralConfigEntry, device: dr.AnyDeviceEntry
) -> Mapping[str, Any]:
    """Return what may explain trouble with an extension, or the account's device."""
    coordinator = _coordinator(entry)
    _, of_account = account_identifier(entry)
    identifier = _identifier(device, of_account)
    extension_id = identifier.removeprefix(of_account).removeprefix("_")
    return {
        "entry": _entry(entry),
        "device": {
            "stands_for": _stands_for(identifier, extension_id),
            "disabled_by": device.disabled_by,
        },
        "entities": [
            _entity(hass, entity, identifier)
            for entity in sorted(
                er.async_entries_for_device(
                    er.async_get(hass), device.id, include_disabled_entities=True
                ),
                key=lambda entity: (entity.domain, entity.unique_id),
            )
        ],
        "extension": told_extension(coordinator, extension_id)
        if coordinator is not None and extension_id
        else None,
    }


def _identifier(device: dr.AnyDeviceEntry, of_account: str) -> str:
    """Return the identifier of what a device stands for; empty if that is nothing."""
    return next(
        (
            identifier[1]
            for identifier in device.identifiers
            if identifier[0] == DOMAIN
            and f"{identifier[1]}_".startswith(f"{of_account}_")
        ),
        "",
    )


def _stands_for(identifier: str, extension_id: str) -> str | None:
    if not identifier:
        return None
    return "extension" if extension_id else "account"


@callback
def _coordinator(entry: RingCentralConfigEntry) -> PresenceCoordinator | None:
    """Return the coordinator: there is none before the first snapshot."""
    return getattr(entry, "runtime_data", None)


def _entry(entry: RingCentralConfigEntry) -> Json:
    is_jwt = entry.data.get(CONF_AUTH_IMPLEMENTATION) == AUTH_JWT
    return {
        "version": f"{entry.version}.{entry.minor_version}",
        "state": entry.state.value,
        "reason": disclosure.key(entry.error_reason_translation_key),
        "disabled_by": entry.disabled_by,
        "source": disclosure.key(entry.source),
        "created_at": entry.created_at,
        "modified_at": entry.modified_at,
        "pref_disable_new_entities": entry.pref_disable_new_entities,
        "pref_disable_polling": entry.pref_disable_polling,
        "sign_in": "jwt" if is_jwt else "browser",
        "server": server_kind(entry.data.get(CONF_SERVER)),
        "brand_id": disclosure.brand(entry.data.get(CONF_BRAND_ID)),
    }


def _token(token: object) -> Json | None:
    """Return how long the access token lives, and what it permits."""
    if not isinstance(token, Mapping):
        return None
    expires_at, scope = token.get("expires_at"), token.get("scope")
    permissions = str(scope or "").split()
    return {
        "expires_in": None
        if not isinstance(expires_at, int | float)
        else disclosure.amount(expires_at - time.time()),
        "has_refresh_token": bool(token.get("refresh_token")),
        "scope": sorted(
            {disclosure.permission(one) or disclosure.OTHER for one in permissions}
        ),
    }


def _option(name: str, value: object) -> object:
    """Return what the user chose; of people, sites and the like how many."""
    match value:
        case bool() | None:
            return value
        case int() | float():
            return disclosure.amount(value)
        case str():
            return disclosure.one_of(value, _OPTION_WORDS)
        case [*_] if name == CONF_GROUPS:
            return [disclosure.one_of(one, _OPTION_WORDS) for one in value]
        case [*_]:
            return len(value)
        case _:
            return disclosure.OTHER


def _entity_counts(entities: Iterable[er.RegistryEntry]) -> Json:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for entity in entities:
        counts[entity.domain]["disabled" if entity.disabled else "enabled"] += 1
    return {platform: dict(of_platform) for platform, of_platform in counts.items()}


def _entity(hass: HomeAssistant, entity: er.RegistryEntry, identifier: str) -> Json:
    state = hass.states.get(entity.entity_id)
    return {
        "platform": entity.domain,
        "key": disclosure.key(entity.unique_id.removeprefix(f"{identifier}_")),
        "disabled_by": entity.disabled_by,
        "hidden_by": entity.hidden_by,
        "state": None
        if state is None
        else disclosure.one_of(state.state, _TOLD_STATES),
    }

"""Diagnostics of a config entry and of a device.

They are published in reports, so each outside value passes the allow-list; all others are
the integration's own words, counts and times.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
import time
from typing import Any, Final

from homeassistant.const import (
    CONF_TOKEN,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from . import allowlist
from .api.clock import LoopYielder
from .api.event_filters import filter_kind
from .api.event_stream import StreamState
from .api.models.enums import DndStatus, MeetingStatus, PresenceStatus, TelephonyStatus
from .api.models.presence import ActiveCall, Presence
from .api.rate_limits import RateGroup
from .calls.counts import ACCOUNT_SCOPE
from .connection.history import ConnectionHistory, Failure, get_history
from .const import (
    AUTH_JWT,
    CONF_AUTH_IMPLEMENTATION,
    CONF_BRAND_ID,
    CONF_SERVER,
    DOMAIN,
)
from .coordinator import PresenceCoordinator, RingCentralConfigEntry
from .groups.manager import get_groups
from .presence.models import ExtensionPresence
from .privacy import Privacy
from .roster.identifiers import account_identifier, group_identifier
from .roster.models import Group

type Json = dict[str, Any]

_OPTION_VALUES: Final = frozenset([*Group, *Privacy])
# Of other states, like a time or a number, only the existence is given.
_STATES: Final = frozenset(
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
    """Return diagnostics of an account in any state of its config entry."""
    # There is no coordinator before the first refresh.
    coordinator: PresenceCoordinator | None = getattr(entry, "runtime_data", None)
    return {
        "entry": _entry(entry),
        "token": _token(entry.data.get(CONF_TOKEN)),
        "options": {
            allowlist.key(name) or allowlist.OTHER: allowlist.option(
                name, value, _OPTION_VALUES
            )
            for name, value in entry.options.items()
        },
        "entities": await _entities(hass, entry),
        "history": _history(get_history(hass, entry.entry_id)),
        "account": None if coordinator is None else _account(coordinator),
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: RingCentralConfigEntry, device: dr.AnyDeviceEntry
) -> Mapping[str, Any]:
    """Return diagnostics of an extension, or of the account's device."""
    coordinator: PresenceCoordinator | None = getattr(entry, "runtime_data", None)
    _, account_id = account_identifier(entry)
    group_id = device.config_subentry_id
    prefix = group_identifier(group_id)[1] if group_id else account_id
    owner = "group" if group_id else "account"
    values = [value for domain, value in device.identifiers if domain == DOMAIN]
    identifier = next((v for v in values if f"{v}_".startswith(f"{prefix}_")), "")
    extension_id = identifier.removeprefix(prefix).removeprefix("_")
    entities = er.async_entries_for_device(
        er.async_get(hass), device.id, include_disabled_entities=True
    )
    return {
        "entry": _entry(entry),
        "device": {
            "stands_for": ("extension" if extension_id else owner)
            if identifier
            else None,
            "disabled_by": device.disabled_by,
        },
        "entities": [
            _entity(hass, entity, identifier)
            for entity in sorted(entities, key=lambda e: (e.domain, e.unique_id))
        ],
        "extension": _extension(coordinator, extension_id)
        if coordinator is not None and extension_id
        else None,
    }


async def _entities(hass: HomeAssistant, entry: RingCentralConfigEntry) -> Json:
    counts, yielder = Counter[str](), LoopYielder()
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        is_enabled = entity.disabled_by is None
        counts[f"{entity.domain}_{'enabled' if is_enabled else 'disabled'}"] += 1
        await yielder.yield_if_due()
    return counts


def _entry(entry: RingCentralConfigEntry) -> Json:
    is_jwt = entry.data.get(CONF_AUTH_IMPLEMENTATION) == AUTH_JWT
    return {
        "version": f"{entry.version}.{entry.minor_version}",
        "state": entry.state.value,
        "reason": allowlist.key(entry.error_reason_translation_key),
        "disabled_by": entry.disabled_by,
        "source": allowlist.key(entry.source),
        "created_at": entry.created_at,
        "modified_at": entry.modified_at,
        "pref_disable_new_entities": entry.pref_disable_new_entities,
        "pref_disable_polling": entry.pref_disable_polling,
        "sign_in": "jwt" if is_jwt else "browser",
        "server": allowlist.server(entry.data.get(CONF_SERVER)),
        "brand_id": allowlist.brand(entry.data.get(CONF_BRAND_ID)),
    }


def _token(token: object) -> Json | None:
    if not isinstance(token, Mapping):
        return None
    expires_at = token.get("expires_at")
    permissions = str(token.get("scope") or "").split()
    return {
        "expires_in": allowlist.amount(expires_at - time.time())
        if isinstance(expires_at, int | float)
        else None,
        "has_refresh_token": bool(token.get("refresh_token")),
        "scope": sorted(
            {allowlist.permission(one) or allowlist.OTHER for one in permissions}
        ),
    }


def _entity(hass: HomeAssistant, entity: er.RegistryEntry, identifier: str) -> Json:
    state = hass.states.get(entity.entity_id)
    return {
        "platform": entity.domain,
        "key": allowlist.key(entity.unique_id.removeprefix(f"{identifier}_")),
        "disabled_by": entity.disabled_by,
        "hidden_by": entity.hidden_by,
        "state": None if state is None else allowlist.one_of(state.state, _STATES),
    }


def _history(history: ConnectionHistory) -> Json:
    failure = history.last_failure
    return {
        "since": history.since,
        "transitions": [transition._asdict() for transition in history.transitions],
        "entered": dict(history.entered),
        "failures": dict(history.failures),
        "last_failure": None if failure is None else _failure(failure),
        "events": dict(history.events),
        "snapshots": history.snapshots,
        "last_snapshot": history.last_snapshot,
    }


def _failure(failure: Failure) -> Json:
    return {
        "when": failure.when,
        "operation": failure.operation,
        "reason": failure.reason,
        "status": allowlist.status(failure.status),
        "code": allowlist.code(failure.code),
        "request_id": allowlist.request_id(failure.request_id),
        "permission": allowlist.permission(failure.permission),
        "retry_after": allowlist.amount(failure.retry_after),
    }


def _account(coordinator: PresenceCoordinator) -> Json:
    limiter = coordinator.limiter
    return {
        "connection": _connection(coordinator),
        "subscription": _subscription(coordinator),
        "roster": _roster(coordinator),
        "presence": _presence(coordinator),
        "groups": _groups(coordinator),
        "today": asdict(coordinator.calls.counts.counts(ACCOUNT_SCOPE)),
        "limits": {
            group: round(max(limiter.penalty(group), limiter.delay(group)))
            for group in RateGroup
        },
        "anomalies": allowlist.anomalies(coordinator.anomalies.counts),
    }


def _connection(coordinator: PresenceCoordinator) -> Json:
    stream, outages = coordinator.stream, coordinator.monitor.outages
    error, last_message_at = stream.last_error, stream.last_message_at
    return {
        "state": stream.state,
        "reason": None if error is None else error.reason,
        "is_connected": stream.is_connected,
        "may_recover": stream.may_recover,
        "has_session": stream.session is not None,
        "seconds_since_message": None
        if last_message_at is None
        else round(last_message_at.age),
        "recovery_buffer_size": allowlist.amount(stream.recovery_buffer_size),
        "outages": outages.count,
        "last_loss": outages.last_loss,
        "unseen_today": round(coordinator.monitor.unseen_today),
    }


def _subscription(coordinator: PresenceCoordinator) -> Json:
    kinds = Counter(map(filter_kind, coordinator.roster.filters))
    requested = Counter({kind.name.lower(): kinds[kind] for kind in kinds})
    refused = coordinator.monitor.refused_filters
    causes = Counter(
        (
            _kind(one.filter),
            allowlist.code(one.reason),
            allowlist.permission(one.permission),
        )
        for one in refused
    )
    # A subscription of the last run has no filters before it is verified.
    subscription = coordinator.stream.subscriptions.subscription
    is_known = subscription is not None and bool(subscription.filters)
    granted = requested - Counter(_kind(one.filter) for one in refused)
    return {
        "requested": dict(requested),
        "granted": dict(granted) if is_known else {},
        "refused": [
            {"kind": kind, "code": code, "permission": permission, "count": count}
            for (kind, code, permission), count in causes.items()
        ],
    }


def _kind(event_filter: str) -> str:
    return filter_kind(event_filter).name.lower()


def _roster(coordinator: PresenceCoordinator) -> Json:
    roster, allocation = coordinator.roster, coordinator.allocation
    refused = {one.filter for one in coordinator.monitor.refused_filters}
    return {
        "extensions": len(roster.directory),
        "monitored": len(roster.monitored),
        "subscribed_individually": len(roster.subscribed_individually),
        "lines": len(roster.lines),
        "favorites": len(roster.favorites),
        "not_pushed": len(roster.not_pushed(refused)),
        "shown": len(allocation.shown),
        "omitted": allocation.omitted,
        "enables_all": allocation.enables_all,
    }


def _groups(coordinator: PresenceCoordinator) -> Json:
    manager = get_groups(coordinator.hass, coordinator.config_entry.entry_id)
    sizes: Json = {"teams": [], "queues": []}
    for group in () if manager is None else manager.groups.values():
        kind = "teams" if group.config.queue_id is None else "queues"
        sizes[kind].append(len(group.tally.members))
    return sizes


def _presence(coordinator: PresenceCoordinator) -> Json:
    store, interval = coordinator.store, coordinator.update_interval
    extensions = store.extensions
    return {
        "extensions": len(extensions),
        "current": sum(coordinator.is_current(i) for i in extensions),
        "with_sequence": sum(e.sequence is not None for e in extensions.values()),
        "calls": sum(len(e.calls) for e in extensions.values()),
        "is_followed": coordinator.monitor.is_followed,
        "poll_interval": None if interval is None else round(interval.total_seconds()),
        "stale_events": store.overtaken_events,
        "repeated_events": store.repeated_events,
        "last_event": coordinator.last_event_time,
    }


def _extension(coordinator: PresenceCoordinator, extension_id: str) -> Json:
    extension = coordinator.roster.directory.get(extension_id)
    known = coordinator.data.get(extension_id)
    return {
        "is_listed": extension is not None,
        "is_person": extension is not None and extension.is_person,
        "can_be_monitored": extension is not None and extension.can_be_monitored,
        "monitored": extension_id in coordinator.roster.monitored,
        "shown": extension_id in coordinator.allocation.shown,
        "current": coordinator.is_current(extension_id),
        "presence": None if known is None else _extension_presence(known),
    }


def _extension_presence(known: ExtensionPresence) -> Json:
    return {
        **_enums_and_flags(known.presence),
        "has_message": bool(known.presence.message),
        "active_calls": [_enums_and_flags(call) for call in known.calls],
        "has_sequence": known.sequence is not None,
        "last_event": known.last_event and known.last_event.timestamp,
        "snapshot_time": known.snapshot_time,
    }


def _enums_and_flags(model: Presence | ActiveCall) -> Json:
    values = ((name, getattr(model, name)) for name in model.__struct_fields__)
    return {name: value for name, value in values if isinstance(value, StrEnum | bool)}

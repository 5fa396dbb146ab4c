"""A store of one extension for tests of presence."""

from typing import Any

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.enums import TelephonyStatus
from custom_components.ringcentral.api.models.notifications import PresenceEvent
from custom_components.ringcentral.presence.models import (
    LAST_EVENT,
    ExtensionPresence,
    PresenceChange,
)
from custom_components.ringcentral.presence.store import PresenceStore

from ..strategies import EXTENSION, snapshot


def make_store() -> PresenceStore:
    """Return a store that monitors the extension."""
    store = PresenceStore(Anomalies())
    store.monitor([EXTENSION])
    return store


def known(store: PresenceStore) -> ExtensionPresence:
    """Return what is known of the extension."""
    return store.extensions[EXTENSION]


def statuses(store: PresenceStore) -> dict[str | None, TelephonyStatus | None]:
    """Return the live calls with their statuses."""
    return {c.telephony_session_id: c.telephony_status for c in known(store).calls}


def sessions(store: PresenceStore) -> list[str | None]:
    """Return the live calls in their order."""
    return [call.telephony_session_id for call in known(store).calls]


def apply(store: PresenceStore, *events: PresenceEvent) -> list[PresenceChange]:
    """Apply events; return what changed, or needs a refresh."""
    changes = [store.apply_event(event) for event in events]
    return [
        change
        for change in changes
        if change is not None
        and (change.needs_refresh or change.before is not change.after)
    ]


def is_visible(change: PresenceChange) -> bool:
    """Return whether a change concerns more than the last event."""
    return bool(change.aspects & ~LAST_EVENT)


def apply_snapshot(store: PresenceStore, **presence: Any) -> PresenceChange | None:
    """Apply a snapshot that nothing came between."""
    with store.snapshot() as snapshots:
        return snapshots.apply(snapshot(**presence))

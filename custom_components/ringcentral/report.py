"""What is known of an account that may be told to anybody.

All of it goes through `disclosure`, or is a word, a count or a time of our own.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from homeassistant.util import dt as dt_util

from . import allowlist as disclosure
from .api.event_filters import build_filters, filter_kind
from .api.models.directory import Extension
from .api.models.enums import Word
from .api.models.presence import ActiveCall, Presence
from .api.rate_limits import RateGroup
from .connection.history import ConnectionHistory, Failure
from .coordinator import PresenceCoordinator
from .presence.store import ExtensionPresence
from .roster.models import Group, Roster

type Json = dict[str, Any]


def told_history(history: ConnectionHistory) -> Json:
    """Return what has happened in this run of Home Assistant, reloads included."""
    return {
        "since": history.since,
        "transitions": [
            {"when": change.when, "state": change.state, "reason": change.reason}
            for change in history.transitions
        ],
        "entered": dict(history.entered),
        "failures": {
            work: {"count": history.failed[work], **_failure(failure)}
            for work, failure in history.failures.items()
        },
        "events": dict(history.events),
        "snapshots": history.snapshots,
        "last_snapshot": history.last_snapshot,
    }


def _failure(failure: Failure) -> Json:
    return {
        "when": failure.when,
        "reason": failure.reason,
        "status": disclosure.status(failure.status),
        "code": disclosure.code(failure.code),
        "request_id": disclosure.request_id(failure.request_id),
        "permission": disclosure.permission(failure.permission),
        "retry_after": disclosure.amount(failure.retry_after),
    }


def told_account(coordinator: PresenceCoordinator) -> Json:
    """Return how an account is followed at this moment."""
    return {
        "link": _link(coordinator),
        "subscription": _subscription(coordinator),
        "roster": _roster(coordinator),
        "pictures": _pictures(coordinator),
        "limits": _limits(coordinator),
        "anomalies": disclosure.anomalies(coordinator.anomalies.counts),
    }


def _link(coordinator: PresenceCoordinator) -> Json:
    link, interruptions = coordinator.stream, coordinator.outages
    error, heard = link.last_error, link.last_message_at
    return {
        "state": link.state,
        "reason": None if error is None else error.reason,
        "is_connected": link.is_connected,
        "may_recover": link.may_recover,
        "has_session": link.session is not None,
        "heard_seconds_ago": None if heard is None else round(heard.age),
        "recovery_buffer_size": disclosure.amount(link.recovery_buffer_size),
        "interruptions": interruptions.count,
        "last_loss": interruptions.last_loss,
        "unseen_today": round(coordinator.unseen_today),
    }


def _subscription(coordinator: PresenceCoordinator) -> Json:
    requested = Counter(
        _kind(event_filter) for event_filter in build_filters(coordinator.roster.scope)
    )
    refused = coordinator.refused_filters
    causes = Counter(
        (
            _kind(one.filter),
            disclosure.code(one.reason),
            disclosure.permission(one.permission),
        )
        for one in refused
    )
    subscription = coordinator.stream.subscription
    # One of the last run has no filters before it is looked at.
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
    roster, room = coordinator.roster, coordinator.allocation
    refused = {one.filter for one in coordinator.refused_filters}
    return {
        "company": _census(roster.directory.values()),
        "monitored": _census(roster.directory[i] for i in roster.monitored),
        "watched_one_by_one": len(roster.subscribed_individually),
        "lines": len(roster.lines),
        "favorites": len(roster.favorites),
        "without_push": len(roster.not_pushed(refused)),
        "shown": len(room.shown),
        "left_out": room.omitted,
        "room_is_ample": room.enables_all,
    }


def _census(extensions: Iterable[Extension]) -> Json:
    people = list(extensions)
    return {
        "count": len(people),
        "types": disclosure.counts(
            (one.type for one in people), disclosure.EXTENSION_TYPES
        ),
        "statuses": disclosure.counts(
            (one.status for one in people), disclosure.EXTENSION_STATUSES
        ),
        "hidden": sum(one.hidden for one in people),
    }


def _pictures(coordinator: PresenceCoordinator) -> Json:
    book, known = coordinator.store, coordinator.data
    return {
        "known": len(known),
        "current": sum(coordinator.is_current(i) for i in known),
        "with_sequence": sum(one.sequence is not None for one in known.values()),
        "calls": sum(len(one.calls) for one in known.values()),
        "are_followed": coordinator.is_followed,
        "next_poll_within": None
        if coordinator.update_interval is None
        else round(coordinator.update_interval.total_seconds()),
        "stale_events": book.stale_events,
        "repeated_events": book.repeated_events,
        "last_event": coordinator.last_event_time,
    }


def _limits(coordinator: PresenceCoordinator) -> Json:
    """Return the seconds that each rate group has to wait."""
    ledger = coordinator.limiter
    return {
        group: {
            "penalty": round(ledger.penalty(group)),
            "until_next": round(ledger.delay(group)),
        }
        for group in RateGroup
    }


def told_extension(coordinator: PresenceCoordinator, extension_id: str) -> Json:
    """Return how one extension is followed at this moment."""
    roster = coordinator.roster
    extension = roster.directory.get(extension_id)
    known = coordinator.data.get(extension_id)
    return {
        "listed_as": None if extension is None else _extension(extension),
        "monitored": extension_id in roster.monitored,
        "monitored_as": [] if extension is None else _ways(roster, extension),
        "shown": extension_id in coordinator.allocation.shown,
        "current": coordinator.is_current(extension_id),
        "picture": None if known is None else _picture(known),
    }


def _extension(extension: Extension) -> Json:
    return {
        "type": disclosure.one_of(extension.type, disclosure.EXTENSION_TYPES),
        "status": disclosure.one_of(extension.status, disclosure.EXTENSION_STATUSES),
        "hidden": extension.hidden,
        "can_be_monitored": extension.can_be_monitored,
    }


def _ways(roster: Roster, extension: Extension) -> list[str]:
    """Return by which of the user's choices an extension is monitored."""
    selection = roster.selection
    ways = {"extension": extension.id in selection.extension_ids}
    if selection.includes(extension):
        ways |= {
            Group.EVERYONE: Group.EVERYONE in selection.groups,
            "site": extension.site_id in selection.sites,
            "department": extension.department in selection.departments,
        }
    for group, listed in (
        (Group.LINES, roster.lines),
        (Group.FAVORITES, roster.favorites),
    ):
        ways[group] = group in selection.groups and extension.id in listed
    return [way for way, is_meant in ways.items() if is_meant]


def _picture(known: ExtensionPresence) -> Json:
    """Return the words and flags of a picture; texts and lists stay out."""
    now = dt_util.utcnow()
    event = known.last_event
    return {
        "presence": _told(known.presence),
        "has_message": bool(known.presence.message),
        "calls": [_told(call) for call in known.calls],
        "has_sequence": known.sequence is not None,
        "seconds_since_event": disclosure.seconds_since(
            None if event is None else event.timestamp, now
        ),
        "seconds_since_snapshot": disclosure.seconds_since(known.snapshot_time, now),
    }


def _told(fields: Presence | ActiveCall) -> Json:
    """Return the fields that can hold nothing but a word known here, or yes and no."""
    return {
        name: value
        for name, value in zip(fields._fields, fields, strict=True)
        if isinstance(value, Word | bool)
    }

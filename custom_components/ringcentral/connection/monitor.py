"""Monitor how changes reach Home Assistant: freshness, polls, statistics and logs."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from math import ceil
from typing import Final, Protocol, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..api.anomalies import Anomalies
from ..api.clock import Instant
from ..api.event_filters import OPTIONAL_KINDS, RefusedFilter, find_refused
from ..api.event_stream import EventStream, StreamListener, StreamState
from ..api.exceptions import AuthenticationError, RingCentralError, TemporaryError
from ..api.models.gateway import DEFAULT_RECOVERY_TIMEOUT, Subscription
from ..api.models.notifications import StreamEvent
from ..api.recovery import CONTEST_INTERVAL
from ..api.rejected_filters import Refusals
from ..api.rest import RestClient
from ..api.transport import Transport
from ..background import BackgroundTasks
from ..calls.dispatcher import CallEventDispatcher
from ..const import (
    COLLECT_FOR,
    CONF_ACCOUNT_ID,
    CONF_EXTENSION_ID,
    FIRST_POLL_AFTER,
    LOGGER,
    POLL_INTERVAL,
    POLLED_PER_REQUEST,
    SAFETY_POLL_INTERVAL,
)
from ..presence.freshness import Freshness, Received
from ..presence.store import PresenceStore
from ..roster.models import Roster
from .encryption import async_encryption
from .history import Operation, get_history
from .outages import OutageStatistics
from .storage import SessionStorage

# The platform ends a subscription without a connection in less than this, in seconds.
_ABANDONED_FOR: Final = DEFAULT_RECOVERY_TIMEOUT + 30.0


class ConnectionListener(Protocol):
    """The coordinator, as the monitor uses it."""

    def handle_event(self, event: StreamEvent) -> None:
        """Handle an event of the stream."""

    def handle_connection(self) -> None:
        """Handle a change of the stream or of its subscription."""

    def async_update_contexts(self, contexts: Iterable[str]) -> None:
        """Update the entities of these extensions."""

    async def async_refresh(self) -> None:
        """Request a snapshot of all extensions."""

    def schedule_refresh(self, extension_ids: Iterable[str]) -> None:
        """Schedule snapshots of these extensions."""


class ConnectionMonitor(StreamListener):
    """Monitors the event stream of an account."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        transport: Transport,
        rest: RestClient,
        store: PresenceStore,
        calls: CallEventDispatcher,
        anomalies: Anomalies,
        listener: ConnectionListener,
    ) -> None:
        """Initialize the monitor and the stream."""
        self._hass = hass
        self._entry = entry
        self._store = store
        self._detector = calls.detector
        self.tasks = BackgroundTasks(hass, entry, self.handle_rejected_credentials)
        self._listener = listener
        self.stream = EventStream(
            transport, rest, self, listener.handle_event, anomalies
        )
        self.history = get_history(hass, entry.entry_id)
        self.outages = OutageStatistics(dt_util.now)
        self.storage = SessionStorage(
            hass,
            entry.entry_id,
            async_encryption(hass, entry),
            self.stream,
            store,
            calls,
            self.outages,
        )
        self._freshness = Freshness()
        self._roster: Roster | None = None
        self._is_loss_logged = False
        self._are_rejected_credentials_logged = False
        # At least one snapshot of all extensions was received.
        self.has_snapshot = False
        # Extensions whose presence is not current; always the same set.
        self.stale: set[str] = set()
        # Extensions whose event filters were rejected.
        self.not_pushed: frozenset[str] = frozenset()
        self.refused_filters: tuple[RefusedFilter, ...] = ()
        self._resynced_at = Instant.now()
        # Another Home Assistant has continued the session of this one.
        self.has_second_instance = False

    # Stream

    @callback
    @override
    def handle_stream_state(self, state: StreamState) -> None:
        self.history.record_state(state, self.stream.last_error)
        is_pushed = state is StreamState.PUSH
        self._freshness.is_pushed = self._store.call_times.is_pushed = is_pushed
        if is_pushed:
            self.tasks.cancel_timer(self._poll)
            self.outages.end()
            if self._is_loss_logged:
                self._is_loss_logged = False
                LOGGER.info("RingCentral pushes changes again")
        elif not self._is_loss_logged:
            self._is_loss_logged = True
            reason = self.stream.last_error or "no answer yet"
            LOGGER.info("RingCentral does not push changes: %s", reason)
        if state is StreamState.RECOVERING:
            self._handle_loss()
        self.storage.save_soon()
        self.update_freshness()
        self._listener.handle_connection()

    @callback
    def _handle_loss(self) -> None:
        stream = self.stream
        last_message_at = stream.last_message_at or Instant.now()
        self.outages.start(last_message_at)
        self._freshness.handle_loss(
            # An open connection is subscribed again within milliseconds.
            Instant.now() if stream.is_connected else last_message_at,
            self._received,
            stream.recovery_buffer_size,
            is_connected=stream.is_connected,
        )
        self._detector.mark_incomplete(is_replayable=True)
        self.tasks.start_timer(FIRST_POLL_AFTER, self._poll)

    @callback
    @override
    def handle_subscription(
        self, requested: tuple[str, ...], subscription: Subscription, refusals: Refusals
    ) -> None:
        former = self.refused_filters
        self.refused_filters = tuple(
            find_refused(
                requested,
                subscription,
                refusals,
                self._entry.data[CONF_ACCOUNT_ID],
                self._entry.data[CONF_EXTENSION_ID],
            )
        )
        if set(self.refused_filters) != set(former):
            counts = Counter((one.kind, one.reason) for one in self.refused_filters)
            for (kind, reason), count in counts.items():
                log = LOGGER.debug if kind in OPTIONAL_KINDS else LOGGER.warning
                log(
                    "RingCentral does not grant %s (%s), %d filters",
                    kind,
                    reason or "no reason given",
                    count,
                )
        if self._roster is not None:
            self.update_roster(self._roster)
        self._listener.handle_connection()

    @callback
    @override
    def handle_resync(self, since: Instant | None) -> None:
        self._resynced_at = Instant.now()
        self._freshness.handle_resync()
        self._detector.mark_incomplete(is_replayable=False)
        if since is not None:
            self.outages.extend(since)
        self.outages.end()
        self.outages.resolve(seen=False)
        self.storage.save_soon()
        self._store.forget_sequences()
        if self.has_snapshot:
            self._poll()

    @callback
    @override
    def handle_recovery(self) -> None:
        self._freshness.handle_recovery()
        # The replay that has just begun needs its time.
        self.tasks.cancel_timer(self._check_replay)
        self.tasks.start_timer(COLLECT_FOR, self._check_replay)

    @callback
    def _check_replay(self) -> None:
        # Events that are sent while this side closes the connection are not replayed.
        is_complete = self._freshness.check_replay(
            self._received, self.stream.recovery_buffer_size
        )
        self.outages.resolve(seen=is_complete)
        if is_complete:
            self._detector.mark_complete()
        else:
            self._store.call_times.add_gap(self._store.monitored)
        self.storage.save_soon()
        if self.has_snapshot:
            self._poll()

    @callback
    @override
    def handle_failure(self, error: RingCentralError) -> None:
        self._freshness.count_replayed(self._received, self.stream.recovery_buffer_size)
        self.record_failure(Operation.LINK, error)
        self._listener.handle_connection()

    @callback
    @override
    def handle_contest(self) -> None:
        self.tasks.start_timer(_ABANDONED_FOR, self._check_instances)

    @callback
    def _check_instances(self) -> None:
        # A former subscription of this instance must not be taken for another one's.
        if (left := _ABANDONED_FOR - self._resynced_at.age) > 0:
            self.tasks.start_timer(left, self._check_instances)
        else:
            self.tasks.spawn(self._find_instances(), "check for another instance")

    async def _find_instances(self) -> None:
        try:
            is_found = await self.stream.subscriptions.has_others()
        except TemporaryError:
            self.tasks.start_timer(_ABANDONED_FOR, self._check_instances)
            return
        if is_found and not self.has_second_instance:
            LOGGER.warning(
                "Another client continued the session of this account; each has its own now"
            )
        self.has_second_instance = is_found
        if is_found:
            self.tasks.start_timer(CONTEST_INTERVAL, self._check_instances)
        self._listener.handle_connection()

    @callback
    def record_failure(self, operation: Operation, error: RingCentralError) -> None:
        """Record a failed operation; start re-authentication if necessary."""
        self.history.record_failure(operation, error)
        if isinstance(error, AuthenticationError):
            self.handle_rejected_credentials(error)

    @callback
    def handle_rejected_credentials(self, error: AuthenticationError) -> None:
        """Start re-authentication: the credentials were rejected."""
        self.history.record_failure(Operation.SIGN_IN, error)
        if not self._are_rejected_credentials_logged:
            self._are_rejected_credentials_logged = True
            LOGGER.warning("RingCentral refuses the credentials: %s", error)
        self._entry.async_start_reauth_if_available(self._hass)

    @property
    def _received(self) -> Received:
        return Received(self.stream.connections, self.stream.received)

    @property
    def unseen_today(self) -> float:
        """Seconds of today for which changes may have been missed."""
        return self.outages.unseen_today(
            is_final=self.stream.state is not StreamState.PUSH
            and not self.stream.may_recover
        )

    async def async_retry_refused(self) -> None:
        """Retry rejected filters; raise RingCentralError if they are still rejected."""
        await self.tasks.run_shielded(
            self.stream.retry_refused(), "retry of rejected filters"
        )

    # Freshness and polls

    @property
    def is_followed(self) -> bool:
        """Whether all changes since the last snapshot of all extensions were pushed."""
        return self._freshness.is_followed

    @property
    def poll_interval(self) -> timedelta:
        """Interval of snapshots of all extensions."""
        if self._freshness.is_verified:
            return SAFETY_POLL_INTERVAL
        count = 0 if self._roster is None else len(self._roster.monitored)
        return POLL_INTERVAL * max(1, ceil(count / POLLED_PER_REQUEST))

    @callback
    def update_roster(self, roster: Roster) -> None:
        """Update the extensions without live updates: of the roster, or of its filters."""
        self._roster = roster
        refused = {one.filter for one in self.refused_filters}
        former, self.not_pushed = self.not_pushed, roster.not_pushed(refused)
        self._store.call_times.add_gap(former ^ self.not_pushed)
        if granted := (former - self.not_pushed) & roster.monitored:
            # Changes between its last snapshot and the grant are in neither.
            self._listener.schedule_refresh(granted)
        self._freshness.update_not_pushed(self.not_pushed)
        self.update_freshness()

    @callback
    def update_freshness(self) -> None:
        """Update `stale` and the entities concerned, now and at the next expiry."""
        self.tasks.cancel_timer(self.update_freshness)
        changed = self.stale ^ self._freshness.update_stale(self._store.extensions)
        self.stale ^= changed
        if (seconds := self._freshness.next_expiry) is not None:
            self.tasks.start_timer(seconds, self.update_freshness)
        if changed:
            self._listener.async_update_contexts(changed)

    @callback
    def record_snapshot(self, requested_at: Instant) -> None:
        """Record a snapshot of all extensions."""
        self._freshness.record_snapshot(requested_at)
        self.history.record_snapshot()
        self.stream.record_poll(successfully=True)
        self.update_freshness()
        if self.has_snapshot:
            self.tasks.spawn(
                self.stream.subscriptions.verify(), "check of the subscription"
            )
        elif self._freshness.has_gap:
            # Events sent between the request and the subscription are in neither.
            self._poll()
        self.has_snapshot = True

    @callback
    def _poll(self) -> None:
        self.tasks.spawn(self._listener.async_refresh(), "snapshot")

"""A simulated company, the integration, and the network between them, in virtual time."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Final, override

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.presence import Snapshot, parse_snapshot
from custom_components.ringcentral.calls.lifecycle import CallEvent
from simulator import Simulator, SimulatorOptions, Switches
from simulator.base import clock
from simulator.base.wire import JsonValue, snake_case
from simulator.company.directory import ACCOUNT_ID, OWNER_ID
from simulator.push.filters import parse_filter
from simulator.sessions.oauth import App, OAuthSession, TokenPair

from ..strategies import MIDNIGHT
from .checker import UNSAVED, Difference, ShownCall
from .integration import Integration, Stored
from .matching import Reported, platform_word
from .network import LATENCY, Network, label
from .phones import Phones
from .recorder import recorded
from .truth import MAX_PAUSE

NUMBERS: Final = ("101", "102", "103", "104")
_EPOCH: Final = MIDNIGHT.timestamp()
_FILTER: Final = (
    "/restapi/v1.0/account/~/presence?detailedTelephonyState=true&sipData=true"
)
# Milliseconds.
_COLLECT_FOR: Final = 2_000
_REFETCH_INTERVAL: Final = 10_000
_AT_REST: Final = 20_000
# Seconds.
_SAVE_INTERVAL: Final = 2.0


class World(Network):
    """Runs the steps of an example; time is counted in milliseconds."""

    def __init__(
        self,
        freezer: FrozenDateTimeFactory,
        switches: Mapping[str, JsonValue],
        buffer_size: int,
    ) -> None:
        """Build a company without calls, that the integration knows."""
        options = SimulatorOptions(port=0, extensions=6, switches=Switches())
        for name, value in switches.items():
            options.switches.change(name, value)
        self.simulator = Simulator(options)
        numbers = {self.simulator.extension(n).id: n for n in NUMBERS}
        super().__init__(freezer, numbers, buffer_size)
        self.phones = Phones(self.simulator, NUMBERS)
        self._extension_ids = list(numbers)
        # Requests.
        self.request_latency = 20
        self._is_fetching = False
        self._scheduled: set[str] = set()
        self._refetched_at = -_REFETCH_INTERVAL
        self._is_refetch_due = False
        self._saved: Stored | None = None
        self._is_saving = False
        self.integration = Integration(self._extension_ids, self)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the simulator take its time from here, and record what happens."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clock, "monotonic", lambda: self.ms / 1000)
            with recorded(self.simulator, self.truth, _EPOCH):
                self._subscribe()
                self.fetch(self._extension_ids)
                self.advance(2_000)
                yield

    def _subscribe(self) -> None:
        pair = TokenPair(
            access_token="access",
            access_until=0.0,
            refresh_token=None,
            refresh_until=0.0,
        )
        session = OAuthSession(
            id="session",
            app=App(client_id="app", client_secret=None),
            owner_id=OWNER_ID,
            endpoint_id="endpoint",
            pair=pair,
            number=1,
        )
        subscription = self.simulator.subscriptions.create(
            session, deliver=self.send, ended=lambda: False, replacing=None
        )
        subscription.set_filters([parse_filter(_FILTER, ACCOUNT_ID, OWNER_ID)], [])

    # Requests

    def refresh(self, extension_ids: Collection[str]) -> None:
        """Request snapshots soon, but not too often."""
        self._scheduled.update(extension_ids)
        if not self._is_refetch_due:
            self._is_refetch_due = True
            due = max(self.ms + _COLLECT_FOR, self._refetched_at + _REFETCH_INTERVAL)
            run = self._run
            self._at(due, lambda: self._refetch() if run == self._run else None)

    def _refetch(self) -> None:
        self._is_refetch_due = False
        self._refetched_at = self.ms
        scheduled, self._scheduled = self._scheduled, set()
        self.fetch(scheduled)

    @override
    def fetch(self, extension_ids: Collection[str]) -> None:
        """Request snapshots, one request at a time."""
        run, wanted = self._run, set(extension_ids)
        if self._is_fetching:
            self._at(
                self.ms + 10, lambda: self.fetch(wanted) if run == self._run else None
            )
            return
        self._is_fetching = True
        stack = ExitStack()
        writer = stack.enter_context(self.integration.store.snapshot())
        snapshots: list[Snapshot] = []

        def take() -> None:
            now = datetime.fromtimestamp(clock.wall(), UTC).replace(microsecond=0)
            snapshots.extend(
                parse_snapshot(self.simulator.presence(number), now, Anomalies())
                for extension_id, number in self._numbers.items()
                if extension_id in wanted
            )
            self.note(f"   REST reads {self._living()}")

        def receive() -> None:
            if run != self._run:
                return
            self._is_fetching = False
            self.note("<- REST")
            self.integration.apply_snapshots(snapshots, writer)
            self.check_times()
            stack.close()
            self._flush()

        self._at(self.ms + self.request_latency // 2, take)
        self._at(self.ms + self.request_latency, receive)

    def _flush(self) -> None:
        """Resolve snapshots once a heartbeat has followed all earlier notifications."""
        if not self._is_connected:
            return
        run, connection = self._run, self._connection
        pending = self.integration.pending_snapshots

        def resolve() -> None:
            if (run, connection) == (self._run, self._connection):
                self.integration.resolve(pending)

        self._at(max(self.ms + self.latency, self._last_arrival), resolve)

    # Home Assistant

    def restart(self, pause: int, *, recover: bool) -> None:
        """Stop cleanly, and start again with what was stored."""
        self.note("restart")
        self.integration.stop()
        self.checker.restarts.append(self.ms / 1000)
        self._start_again(pause, self.integration.stored(is_complete=True), recover)

    def kill(self, pause: int, *, recover: bool) -> None:
        """Start again with what was stored while the integration was running."""
        self.note("kill")
        now = self.ms / 1000
        self.checker.kills.append(now)
        self.checker.gaps.append((now - UNSAVED - MAX_PAUSE, now))
        self.truth.forget_arrivals_since(now - UNSAVED - MAX_PAUSE)
        self._start_again(pause, self._saved, recover)

    def _start_again(self, pause: int, stored: Stored | None, recover: bool) -> None:
        self.disconnect()
        self._run += 1
        self._is_fetching = self._is_refetch_due = False
        self._is_saving = False
        self._scheduled = set()
        self.advance(pause)
        self.integration = Integration(self._extension_ids, self, stored)
        self._saved = stored
        self.fetch(self._extension_ids)
        self.reconnect(recover=recover)

    @override
    def save_soon(self) -> None:
        if not self._is_saving:
            self._is_saving = True
            self.call_later(_SAVE_INTERVAL, self._save)

    def _save(self) -> None:
        self._is_saving = False
        self._saved = self.integration.stored(is_complete=False)

    def report(self, extension_id: str, event: CallEvent) -> None:
        """Pass a call event to the checker."""
        reported = Reported.from_event(extension_id, event, self.ms / 1000)
        self.checker.add(reported)
        self.save_soon()
        self.note(f"   => {self._numbers[extension_id]} {reported}")

    # The end

    def rest(self) -> list[Difference]:
        """Let everything arrive, refresh, and return all differences."""
        self.latency, self.request_latency, self._next_fault = LATENCY, 20, None
        self.reconnect(recover=True)
        self.advance(_AT_REST)
        self.fetch(self._extension_ids)
        self.advance(_AT_REST // 2)
        self.check_times(at_rest=True)
        return [*self.checker.differences(), *self._state_differences()]

    @override
    def check_times(self, *, at_rest: bool = False) -> None:
        for extension_id, known in self.integration.store.extensions.items():
            if not known.calls:
                continue
            calls = [
                ShownCall(
                    str(call.telephony_session_id),
                    platform_word(str(call.direction)),
                    platform_word(str(call.telephony_status)),
                    None if time is None else (time - MIDNIGHT).total_seconds(),
                )
                for call, time in zip(known.calls, known.call_times, strict=True)
            ]
            times = ", ".join(f"{call.status} {call.since}" for call in calls)
            self.note(f"   {self._numbers[extension_id]} shows {times}")
            self.checker.check_times(extension_id, calls, at_rest=at_rest)

    def _state_differences(self) -> Iterator[Difference]:
        for extension_id, number in self._numbers.items():
            known = self.integration.store.extensions[extension_id]
            shown = {(c.party_id, str(c.telephony_status)) for c in known.calls}
            parties = self.simulator.account.calls.of_extension(extension_id)
            true = {(p.party_id, snake_case(p.status)) for p in parties}
            if shown != true:
                yield Difference("state", f"{number} shows {shown}, true is {true}")
            status = snake_case(str(self.simulator.presence(number)["telephonyStatus"]))
            if str(known.telephony_status) != status:
                yield Difference(
                    "state", f"{number} shows {known.telephony_status}, true: {status}"
                )

    def _living(self) -> str:
        return ", ".join(
            f"{self._numbers.get(p.extension_id)} {label(p.party_id)} {p.status}"
            for call in self.simulator.account.calls
            for p in call.parties
        )

"""Recorder of messages and simulator; it never uses the integration."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from typing import Any, Final, cast

import aiohttp
import orjson
import pytest

from simulator import Simulator
from simulator.base import clock
from simulator.base.wire import JsonObject
from simulator.company.parties import Party
from simulator.faults.faults import Fault, Faults
from simulator.faults.journal import Journal, Kind
from simulator.push.connection import Connection
from simulator.push.gateway import Gateway
from simulator.push.publisher import Publisher
from simulator.push.recovery import ContextStore, Link, SessionContext
from simulator.sessions.oauth import OAuthSession

from .call_checker import CallChecker, CallKey, Side

type _Socket = aiohttp.ClientWebSocketResponse[bool]

_SUCCESSFUL: Final = "Successful"
# A replay that fills the buffer to this share may be taken for one with gaps, together
# with what came after it.
_LONG: Final = 0.5
# Statuses of replies from here on are refusals.
_REFUSED: Final = 400


@dataclass(frozen=True, slots=True)
class Gap:
    """A period in which changes were or could be missed, by the wall clock.

    Attributes:
        suspected: start from the client's point of view, which sees its subscription only
            in messages, and of a replay only the length.
        begin: actual start; the same as `end` if nothing was missed.

    """

    suspected: float
    begin: float
    end: float


class PlatformRecorder:
    """Passes announced and arrived messages to the checker.

    Attributes:
        recoveries: results of attempts to continue a session, as the platform names them.
        gaps: each from the last message of a session that could not be continued to the
            next subscription, or to a replay that was, or may look, incomplete.
        losses: connections with a subscription that were followed by another one.
        renewals: connections that got another subscription.
        untried: sessions that could have been continued, but were not.
        last_message_at: time of the last message of a connection with a subscription.
        polled_at: time of the last answered request for presence.
        tokens: all issued tokens.

    """

    def __init__(self, simulator: Simulator, checker: CallChecker) -> None:
        """Initialize without records."""
        self._simulator = simulator
        self.recoveries: Counter[str] = Counter()
        self.gaps: list[Gap] = []
        self.losses = 0
        self.renewals = 0
        self.untried = 0
        self.last_message_at = 0.0
        self.polled_at = 0.0
        self.tokens: set[str] = set()
        self._checker = checker
        self._subscribed: _Socket | None = None
        self._subscription_id = ""
        # The last session that the platform made, and whether it refused to read its wsc.
        self._session: SessionContext | None = None
        self._is_wsc_refused = False
        # Notifications that the platform has dropped from the full buffer of a session.
        self._dropped: dict[SessionContext, list[str]] = {}
        # State of the last replay.
        self._has_missed = False
        self._may_have_missed = False
        # When the subscription began, and when a message named it last.
        self._begun_at = 0.0
        self._named_at = 0.0
        # The earlier of `last_message_at` and `_named_at` before the present connection.
        self._before = 0.0
        # Whether a request stayed unanswered: the client closes the connection then.
        self._is_unconfirmed = False
        # Until when nothing can have been missed: the last message, or an orderly end.
        self._alive_at = 0.0
        # When the subscription was lost without a message.
        self._lost_at = inf

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Record everything within the context."""
        with pytest.MonkeyPatch.context() as patch:
            self._watch_announcements(patch)
            self._watch_buffers(patch)
            self._watch_tokens(patch)
            self._watch_polls(patch)
            self._watch_sessions(patch)
            self._watch_subscriptions(patch)
            self._watch_arrivals(patch)
            yield

    def begin(self) -> None:
        """Reset the counts."""
        self.gaps.clear()
        self.recoveries.clear()
        self.losses = self.renewals = self.untried = 0

    def clear(self) -> None:
        """Record that the client has lost its state since it connected."""
        self._named_at = min(self._named_at, self._begun_at)

    def unseen(self, since: float) -> float:
        """Return the seconds of all gaps after a time of the wall clock."""
        return sum(max(0.0, gap.end - max(gap.begin, since)) for gap in self.gaps)

    def suspected(self, since: float) -> float:
        """Return the seconds that the client may count as unseen."""
        return sum(max(0.0, gap.end - max(gap.suspected, since)) for gap in self.gaps)

    # The platform's side

    def _watch_announcements(self, patch: pytest.MonkeyPatch) -> None:
        original = Publisher.presence_changed

        def presence_changed(
            publisher: Publisher,
            extension_id: str,
            *,
            telephony: bool,
            ended: Sequence[Party] = (),
        ) -> None:
            before = publisher._uuids
            original(publisher, extension_id, telephony=telephony, ended=ended)
            calls = publisher.calls_of(extension_id)
            self._checker.add_message(
                extension_id,
                map(_side, [*calls, *ended]),
                map(str, range(before + 1, publisher._uuids + 1)),
            )

        patch.setattr(Publisher, "presence_changed", presence_changed)

    def _watch_buffers(self, patch: pytest.MonkeyPatch) -> None:
        take_over, trim_away = SessionContext.take_over, SessionContext._trim

        def taken_over(context: SessionContext, link: Link) -> list[bytes]:
            replay = take_over(context, link)
            size = context.switches.recovery_buffer_size
            self._may_have_missed = len(replay) > size * _LONG
            dropped = self._dropped.pop(context, ())
            self._has_missed = not all(map(self._checker.has_arrived, dropped))
            return replay

        def trim(context: SessionContext) -> None:
            before = list(context.missed)
            trim_away(context)
            for frame in before[: len(before) - len(context.missed)]:
                uuid = orjson.loads(frame)[1]["uuid"]
                self._dropped.setdefault(context, []).append(uuid)

        patch.setattr(SessionContext, "take_over", taken_over)
        patch.setattr(SessionContext, "_trim", trim)

    def _watch_tokens(self, patch: pytest.MonkeyPatch) -> None:
        issue, issue_token = ContextStore.issue, Gateway.issue_token

        def issued(
            store: ContextStore, context: SessionContext
        ) -> dict[str, str | int]:
            wsc = issue(store, context)
            self.tokens.add(str(wsc["token"]))
            return wsc

        def issued_token(
            gateway: Gateway, session: OAuthSession, uri: str
        ) -> JsonObject:
            answer = issue_token(gateway, session, uri)
            pair = session.pair
            self.tokens |= {str(answer["ws_access_token"]), pair.access_token}
            if pair.refresh_token is not None:
                self.tokens.add(pair.refresh_token)
            return answer

        patch.setattr(ContextStore, "issue", issued)
        patch.setattr(Gateway, "issue_token", issued_token)

    def _watch_polls(self, patch: pytest.MonkeyPatch) -> None:
        original = Journal.add

        def add(
            journal: Journal, kind: Kind, method: str, path: str, status: int
        ) -> None:
            original(journal, kind, method, path, status)
            if path.endswith("/presence") and status < 300:
                self.polled_at = clock.monotonic()

        patch.setattr(Journal, "add", add)

    def _watch_sessions(self, patch: pytest.MonkeyPatch) -> None:
        open_, take = Gateway._open, Faults.take

        def opened(
            gateway: Gateway, connection: Connection, token: Any, wsc: str | None
        ) -> None:
            former = self._session
            self.untried += (
                wsc is None
                and not self._is_wsc_refused
                and former is not None
                and former.subscription is not None
                and not former.expired
                and not former.session.revoked
                and former.session is token.session
            )
            open_(gateway, connection, token, wsc)
            self._session, self._is_wsc_refused = connection.context, False

        def taken(faults: Faults, name: str, **texts: str) -> Fault | None:
            fault = take(faults, name, **texts)
            self._is_wsc_refused |= fault is not None and name == "error_at_connect"
            self._is_unconfirmed |= fault is not None and name == "no_reply"
            return fault

        patch.setattr(Gateway, "_open", opened)
        patch.setattr(Faults, "take", taken)

    def _watch_subscriptions(self, patch: pytest.MonkeyPatch) -> None:
        original = Simulator.lose_subscriptions

        def lose(simulator: Simulator) -> None:
            original(simulator)
            self._lost_at = min(self._lost_at, clock.monotonic())

        patch.setattr(Simulator, "lose_subscriptions", lose)

    # The client's side

    def _watch_arrivals(self, patch: pytest.MonkeyPatch) -> None:
        original = aiohttp.ClientWebSocketResponse.receive
        close = aiohttp.ClientWebSocketResponse.close

        async def closed(socket: _Socket, **kwargs: Any) -> bool:
            # The client doesn't wait for the answer, but would get one.
            if socket is self._subscribed and any(
                connection._flowing.is_set() and not connection._ended
                for connection in self._simulator.gateway.connections
            ):
                self._alive_at = clock.monotonic()
            return await close(socket, **kwargs)

        async def receive(
            socket: _Socket, timeout: float | None = None
        ) -> aiohttp.WSMessage:
            message = cast(aiohttp.WSMessage, await original(socket, timeout))
            if message.type is aiohttp.WSMsgType.TEXT:
                self._handle_frame(socket, message.data)
            elif message.type is aiohttp.WSMsgType.CLOSE:
                self._record_message_time(socket)
            return message

        patch.setattr(aiohttp.ClientWebSocketResponse, "receive", receive)
        patch.setattr(aiohttp.ClientWebSocketResponse, "close", closed)

    def _handle_frame(self, socket: _Socket, data: bytes) -> None:
        try:
            match orjson.loads(data):
                case [{"type": "ConnectionDetails"}, {"recoveryState": str(state)}]:
                    self.recoveries[state] += 1
                    if state == _SUCCESSFUL:
                        self._continued(socket)
                case [{"type": "ServerNotification"}, {"uuid": str(uuid), **rest}]:
                    self._checker.set_arrived(uuid)
                    if rest.get("subscriptionId") == self._subscription_id:
                        self._named_at = clock.monotonic()
                case [{"type": "ClientRequest", "status": 200}, {"id": str(id_)}]:
                    if id_ != self._subscription_id:
                        self._begun(socket, id_)
                    self._named_at = clock.monotonic()
                case [{"type": "ClientRequest", "status": int(status)}, *_] if (
                    status >= _REFUSED
                ):
                    # The search for rejected filters leaves out others for a while.
                    self._add_gap(clock.monotonic(), self._before)
        except orjson.JSONDecodeError:
            return
        self._record_message_time(socket)

    def _record_message_time(self, socket: _Socket) -> None:
        """Record the time of a message; all earlier ones have arrived, too."""
        if socket is self._subscribed:
            self.last_message_at = self._alive_at = clock.monotonic()

    def _begun(self, socket: _Socket, subscription_id: str) -> None:
        """Record a new subscription, without a replay."""
        if self._subscribed is socket:
            self._add_gap(min(self._alive_at, self._lost_at))
            self.renewals += 1
        elif self._subscribed is not None:
            # It is unknown whether the subscription was lost before the connection.
            self._add_gap(self._alive_at)
        self._subscription_id, self._lost_at = subscription_id, inf
        self._connected(socket)

    def _continued(self, socket: _Socket) -> None:
        """Record a continued subscription, with a replay."""
        if self._has_missed:
            self._add_gap(self._alive_at)
        elif self._may_have_missed:
            self._add_gap(clock.monotonic())
        self._connected(socket)

    def _connected(self, socket: _Socket) -> None:
        self.losses += self._subscribed not in (None, socket)
        self._subscribed = socket
        if self._is_unconfirmed:
            self._add_gap(clock.monotonic(), self._before)
            self._is_unconfirmed = False
        else:
            self._before = min(self.last_message_at, self._named_at)
        self._begun_at = clock.monotonic()

    def _add_gap(self, begin: float, suspected: float = inf) -> None:
        """Add a gap from a time of the monotonic clock until now."""
        now, wall = clock.monotonic(), clock.wall()
        suspected = min(begin, suspected, self.last_message_at, self._named_at)
        self.gaps.append(Gap(wall - (now - suspected), wall - (now - begin), wall))


def _side(party: Party) -> Side:
    return Side(
        CallKey(party.extension_id, party.telephony_session_id, party.party_id),
        party.status,
        party.direction == "Inbound",
    )

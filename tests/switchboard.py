"""The simulator's call engine without a network: its notifications, and what happened."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.gateway import decode_frame
from custom_components.ringcentral.api.models.notifications import (
    PresenceEvent,
    decode_notification,
)
from custom_components.ringcentral.api.models.presence import Snapshot, parse_snapshot
from custom_components.ringcentral.calls.lifecycle import CallEventType
from simulator import Party, Simulator, SimulatorOptions, Switches
from simulator.base import clock
from simulator.company.directory import ACCOUNT_ID, OWNER_ID
from simulator.push.filters import parse_filter
from simulator.sessions.oauth import App, OAuthSession, TokenPair

from .strategies import MIDNIGHT

NUMBERS: Final = ("101", "102", "103")
_FILTER: Final = (
    "/restapi/v1.0/account/~/presence?detailedTelephonyState=true&sipData=true"
)

# What it means that a party comes from one status to another.
_KINDS: Final = {
    ("Ringing", "CallConnected"): CallEventType.ANSWERED,
    ("CallConnected", "OnHold"): CallEventType.HELD,
    ("OnHold", "CallConnected"): CallEventType.RESUMED,
    ("CallConnected", "ParkedCall"): CallEventType.PARKED,
    ("OnHold", "ParkedCall"): CallEventType.PARKED,
    ("ParkedCall", "CallConnected"): CallEventType.UNPARKED,
}

# Whose party it is, and its id.
type Side = tuple[str, str]


@dataclass(frozen=True)
class ExpectedEvent:
    """What happened to one side of a call.

    Attributes:
        durations: the seconds of ringing, talking and holding until then.

    """

    kind: CallEventType
    time: datetime
    durations: tuple[float, float, float]


@dataclass
class _OpenSide:
    """The life of one side of a call."""

    party: Party
    since: float
    status: str = ""
    spent: dict[str, float] = field(default_factory=lambda: defaultdict(float))


class Switchboard:
    """Several phones with their calls.

    Attributes:
        expected: what happened to each side of a call.
        seconds: since midnight.

    """

    def __init__(self, switches: Switches) -> None:
        """Watch idle phones."""
        self.simulator = Simulator(
            SimulatorOptions(port=0, extensions=6, switches=switches)
        )
        self.seconds = 0.0
        self.expected: dict[Side, list[ExpectedEvent]] = defaultdict(list)
        self._open: dict[Side, _OpenSide] = {}
        self._frames: list[bytes] = []
        session = OAuthSession(
            id="session",
            app=App(client_id="app", client_secret=None),
            owner_id=OWNER_ID,
            endpoint_id="endpoint",
            pair=TokenPair(
                access_token="access",
                access_until=0.0,
                refresh_token=None,
                refresh_until=0.0,
            ),
            number=1,
        )
        subscription = self.simulator.subscriptions.create(
            session,
            deliver=self._frames.append,
            ended=lambda: False,
            replacing=None,
        )
        subscription.set_filters([parse_filter(_FILTER, ACCOUNT_ID, OWNER_ID)], [])

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the simulator take its time from here."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clock, "wall", lambda: MIDNIGHT.timestamp() + self.seconds)
            patch.setattr(clock, "monotonic", lambda: self.seconds)
            yield

    @property
    def extension_ids(self) -> list[str]:
        """The phones."""
        return [self.simulator.extension(number).id for number in NUMBERS]

    @property
    def changed_at(self) -> dict[Side, datetime]:
        """When each side of a call came into its present status."""
        return {
            side: MIDNIGHT + timedelta(seconds=life.since)
            for side, life in self._open.items()
        }

    def sent(self) -> list[PresenceEvent]:
        """Return what has been sent since the last time, and note what happened."""
        self._record_changes()
        frames, self._frames[:] = list(self._frames), []
        events = [
            decode_notification(decode_frame(f, Anomalies()).body, Anomalies())
            for f in frames
        ]
        return [event for event in events if isinstance(event, PresenceEvent)]

    def snapshots(self) -> list[Snapshot]:
        """Return what REST returns now; its date has no fractions."""
        now = datetime.fromtimestamp(clock.wall(), UTC).replace(microsecond=0)
        return [
            parse_snapshot(self.simulator.presence(number), now, Anomalies())
            for number in NUMBERS
        ]

    def _record_changes(self) -> None:
        """Compare with the last time."""
        parties = {
            (party.extension_id, party.party_id): party
            for call in self.simulator.account.calls
            for party in call.parties
        }
        for side, party in parties.items():
            if side not in self._open:
                life = self._open[side] = _OpenSide(party, self.seconds, party.status)
                inbound = party.direction == "Inbound"
                self._record(
                    side, CallEventType.RINGING if inbound else CallEventType.DIALING
                )
            elif (life := self._open[side]).status != party.status:
                self._end_phase(life)
                self._record(side, _KINDS[life.status, party.status])
                life.status = party.status
        for side in self._open.keys() - parties.keys():
            life = self._open[side]
            self._end_phase(life)
            missed = life.status == "Ringing" and life.party.direction == "Inbound"
            self._record(side, CallEventType.MISSED if missed else CallEventType.ENDED)
            del self._open[side]

    def _end_phase(self, life: _OpenSide) -> None:
        life.spent[life.status] += self.seconds - life.since
        life.since = self.seconds

    def _record(self, side: Side, kind: CallEventType) -> None:
        spent = self._open[side].spent
        self.expected[side].append(
            ExpectedEvent(
                kind,
                datetime.fromtimestamp(clock.wall(), UTC),
                (spent["Ringing"], spent["CallConnected"], spent["OnHold"]),
            )
        )

"""Call events as they are counted, by hand."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta, tzinfo

from hypothesis import strategies as st

from custom_components.ringcentral.api.models.enums import Direction, TelephonyStatus
from custom_components.ringcentral.api.models.presence import ActiveCall
from custom_components.ringcentral.calls.counts import CallCounter
from custom_components.ringcentral.calls.lifecycle import (
    CallDurations,
    CallEvent,
    CallEventType,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
# Any events of a few calls, each with its session.
EVENTS = st.lists(
    st.tuples(
        st.builds(
            "{} {} {}{}".format,
            st.sampled_from("12345"),
            st.sampled_from(["in", "out", "unknown"]),
            st.sampled_from(
                [
                    "ringing",
                    "dialing",
                    "answered",
                    "held",
                    "resumed",
                    "parked",
                    "unparked",
                    "ended",
                    "missed",
                ]
            ),
            st.sampled_from(["", " after Ringing", " reconstructed yes", " talked 5"]),
        ),
        st.sampled_from(["s-1", "s-2", "s-3", None]),
    ),
    max_size=30,
)
_STATUSES = {
    CallEventType.RINGING: TelephonyStatus.RINGING,
    CallEventType.DIALING: TelephonyStatus.RINGING,
    CallEventType.MISSED: TelephonyStatus.RINGING,
    CallEventType.HELD: TelephonyStatus.ON_HOLD,
    CallEventType.PARKED: TelephonyStatus.PARKED_CALL,
}
_DIRECTIONS = {"in": Direction.INBOUND, "out": Direction.OUTBOUND, "unknown": None}


class Day:
    """Counter with a clock that a test moves."""

    def __init__(self, now: datetime = NOON, zone: tzinfo = UTC) -> None:
        """Begin at this time with an account of five extensions."""
        self.zone = zone
        self.utc = now.astimezone(UTC)
        self.counter = CallCounter(self.now)
        self.counter.set_members("account", set("12345"))

    def now(self) -> datetime:
        """Return the local time."""
        return self.utc.astimezone(self.zone)

    def count(self, text: str, *, session: str | None = "s-1") -> list[str]:
        """Count an event, such as "1 in ringing"; return it as its scopes see it.

        Words that may follow: `after` a status, `talked` or `rang` some seconds,
        `reconstructed`, `at` seconds after noon.
        """
        extension_id, direction, kind, *words = text.split()
        options = dict(zip(words[::2], words[1::2], strict=True))
        event_type = CallEventType(kind)
        status = options.get("after")
        event = CallEvent(
            event_type,
            ActiveCall(
                direction=_DIRECTIONS[direction],
                from_="+15550001",
                telephony_session_id=session,
                party_id=session and f"p-{extension_id}-{direction}",
                telephony_status=TelephonyStatus(status)
                if status
                else _STATUSES.get(event_type, TelephonyStatus.CALL_CONNECTED),
            ),
            reconstructed="reconstructed" in options,
            time=_time(options.get("at")),
            durations=CallDurations(
                _seconds(options.get("rang")), _seconds(options.get("talked", "0"))
            ),
        )
        return [
            f"{scope} {seen.type}"
            for scope, seen in self.counter.count(extension_id, event)
        ]

    def count_all(self, texts: Iterable[str]) -> list[str]:
        """Count events of one call."""
        return [seen for text in texts for seen in self.count(text)]

    def counts(self, scope: str = "account") -> dict[str, float]:
        """Return the counts that are not 0."""
        counts = asdict(self.counter.counts(scope))
        return {name: value for name, value in counts.items() if value}

    def advance(self, **units: float) -> None:
        """Let time pass."""
        self.utc += timedelta(**units)


def _time(text: str | None) -> datetime | None:
    return None if text is None else NOON + timedelta(seconds=float(text))


def _seconds(text: str | None) -> float | None:
    return None if text in (None, "unknown") else float(text)

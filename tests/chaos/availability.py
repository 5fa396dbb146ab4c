"""Checks of availability and outage statistics against the recorded messages."""

from collections.abc import Iterator
from typing import Final

from custom_components.ringcentral.api.websocket import (
    HEARTBEAT_AFTER,
    HEARTBEAT_TIMEOUT,
)
from custom_components.ringcentral.const import GRACE
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.util import dt as dt_util
from simulator.base import clock

from ..common import Account
from .call_checker import Difference
from .platform_recorder import PlatformRecorder
from .state_differences import extension_states

# Maximum time until a dead connection is detected.
_DETECTION: Final = HEARTBEAT_AFTER + HEARTBEAT_TIMEOUT
# Seconds for rounding, requests under way and steps of the clock.
_TOLERANCE: Final = 5.0


def unseen_differences(
    account: Account, recorder: PlatformRecorder
) -> Iterator[Difference]:
    """Yield differences between the outage sensors and the recorded gaps."""
    midnight = dt_util.start_of_local_day().timestamp()
    true, number = recorder.unseen(midnight), len(recorder.gaps)
    shown = float(account.state(None, "unseen_today").state)
    highest = recorder.suspected(midnight) + number * _DETECTION
    if not true - number <= shown <= highest:
        yield Difference(
            "unseen",
            f"{shown:.0f} s are shown, {number} gaps took {true:.0f} s (and could be "
            f"taken for {highest:.0f} s)",
        )


def session_differences(
    account: Account, recorder: PlatformRecorder, *, pauses: int
) -> Iterator[Difference]:
    """Yield sessions that were not continued, and miscounted losses.

    Args:
        account: the account in Home Assistant.
        recorder: record of the platform's messages.
        pauses: maximum of the reloads and restarts, which are no losses.

    """
    if recorder.untried:
        yield Difference("recovery", f"not tried {recorder.untried} times")
    shown = int(account.state(None, "interruptions").state)
    # A connection without subscription counts as one with the next.
    fewest = int(recorder.losses > pauses)
    if not fewest <= shown <= recorder.losses + recorder.renewals:
        yield Difference(
            "interruptions",
            f"{shown} are shown, there were {recorder.losses}, up to {pauses} of our "
            f"own making, and {recorder.renewals} resubscriptions",
        )


class GraceMonitor:
    """Checks that stale states become unavailable neither too late nor too early."""

    def __init__(self, account: Account, recorder: PlatformRecorder) -> None:
        """Start to listen for state changes."""
        self._account = account
        self._recorder = recorder
        self._gaps = 0
        self._found: set[Difference] = set()
        account.hass.bus.async_listen(EVENT_STATE_CHANGED, self._changed)

    def differences(self) -> Iterator[Difference]:
        """Yield new differences."""
        found, self._found = self._found, set()
        self._gaps = len(self._recorder.gaps)
        return iter(found)

    def check(self) -> None:
        """Check whether a stale state is still shown."""
        silence = clock.monotonic() - max(
            self._recorder.last_message_at, self._recorder.polled_at
        )
        if silence > GRACE + _DETECTION + _TOLERANCE and any(
            state.state != STATE_UNAVAILABLE
            for state in extension_states(self._account)
        ):
            self._found.add(Difference("freshness", "shown though nothing is known"))

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        """Check whether a state became unavailable too early."""
        old, new = event.data["old_state"], event.data["new_state"]
        if (
            old is not None
            and new is not None
            and old.state != STATE_UNAVAILABLE == new.state
            and self._account.entry.state is ConfigEntryState.LOADED
            # After a gap only refreshed states may be shown.
            and self._gaps == len(self._recorder.gaps)
            and clock.monotonic() - self._recorder.last_message_at < GRACE
        ):
            self._found.add(
                Difference("freshness", "unavailable within the grace time")
            )

"""Follow a RingOut by its status and by presence."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from homeassistant.core import callback

from ..api.call_control import CallControlClient
from ..api.exceptions import (
    AuthenticationError,
    NotFoundError,
    RateLimitedError,
    RingCentralError,
    TemporaryError,
)
from ..api.models.telephony import RingOut, RingOutStatus
from .dial_state import dial_state
from .models import DialState
from .own_ringout import EXPECTED_FOR, OwnRingOut
from .ringouts import OwnRingOuts

# Seconds after the answer. Presence shows neither that the other side has answered, nor
# an outside phone that rings first.
_STATUS_AT: Final = (3.0, 6.0, 10.0, 15.0, 22.0, 30.0, 45.0, 60.0)


class DialFollower:
    """Finds out what becomes of RingOuts."""

    def __init__(
        self,
        client: CallControlClient,
        ring_outs: OwnRingOuts,
        refresh: Callable[[], None],
    ) -> None:
        """Initialize; `refresh` schedules a snapshot of the extension."""
        self._client = client
        self._ring_outs = ring_outs
        self.refresh = refresh
        # Set, and replaced, with each event of the extension.
        self._changed = asyncio.Event()

    @callback
    def wake(self) -> None:
        """Check again what is waited for."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Wait until the calls of the extension change, at most some seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    async def wait_for_result(self, ring_out: OwnRingOut) -> None:
        """Wait until the outcome of a RingOut is known, at most a minute."""
        await self._wait_until(ring_out.began_at + EXPECTED_FOR, ring_out)

    async def _wait_until(self, time: float, ring_out: OwnRingOut) -> None:
        while (
            ring_out.result is None
            and not ring_out.is_lost
            and (left := time - self._ring_outs.clock()) > 0
        ):
            await self.wait(left)

    async def follow(self, ring_out: OwnRingOut) -> DialState | None:
        """Return the outcome of a RingOut, None if it stays unknown."""
        if ring_out.is_followed:
            try:
                await self._follow_status(ring_out)
            except RingCentralError:
                self._show_as_listed(ring_out)
                raise
            self._show_as_listed(ring_out)
        await self._follow_presence(ring_out)
        return ring_out.result

    async def _follow_status(self, ring_out: OwnRingOut) -> None:
        for seconds in _STATUS_AT:
            time = ring_out.answered_at + seconds
            if time < self._ring_outs.clock():
                # After a reload.
                continue
            while (
                ring_out.result is None
                and not ring_out.has_ended
                and (left := time - self._ring_outs.clock()) > 0
            ):
                await self.wait(left)
            if ring_out.result is not None or not await self.read_status(ring_out):
                return
            if ring_out.result is not None or ring_out.has_ended:
                return

    async def _follow_presence(self, ring_out: OwnRingOut) -> None:
        while ring_out.result is None:
            if ring_out.leg is None:
                left = ring_out.began_at + EXPECTED_FOR - self._ring_outs.clock()
                if left <= 0:
                    return
                await self.wait(left)
            elif ring_out.has_ended:
                self.finish(ring_out, self._over(ring_out))
            else:
                await self.wait(EXPECTED_FOR)

    async def read_status(self, ring_out: OwnRingOut) -> bool:
        """Read the status; return whether it can be read again."""
        if ring_out.id is None:
            return False
        try:
            answer = await self._client.ring_out_status(ring_out.id)
        except NotFoundError:
            self._handle_missing(ring_out)
            return False
        except RateLimitedError as err:
            # Without an answer, no slot was free.
            return err.status is None
        except TemporaryError:
            return True
        except AuthenticationError:
            raise
        except RingCentralError:
            return False
        ring_out.is_read = True
        self.update(ring_out, answer)
        return True

    @callback
    def _handle_missing(self, ring_out: OwnRingOut) -> None:
        if ring_out.has_ended or (ring_out.leg is None and ring_out.is_read):
            self.finish(ring_out, self._over(ring_out))
        elif ring_out.leg is None:
            # Accepted, but nothing was ever seen of it.
            self._ring_outs.lose(ring_out)
            self.wake()

    @callback
    def update(self, ring_out: OwnRingOut, answer: RingOut) -> None:
        """Handle the status of a RingOut."""
        ring_out.status = answer.caller
        state = dial_state(answer)
        if state is DialState.OVER:
            state = self._over(ring_out)
        if state is not DialState.DIALING:
            self.finish(ring_out, state)
        elif ring_out.is_outside and answer.caller is RingOutStatus.SUCCESS:
            # Its phone was answered, and presence has not shown it.
            self._ring_outs.withdraw(ring_out)

    @callback
    def finish(self, ring_out: OwnRingOut, state: DialState) -> None:
        """Set the outcome of a RingOut."""
        if ring_out.result is not None:
            return
        if ring_out.is_cancelled and state is not DialState.CONNECTED:
            state = DialState.CANCELLED
        ring_out.result = state
        self._show_as_listed(ring_out)
        self.wake()

    @callback
    def _show_as_listed(self, ring_out: OwnRingOut) -> None:
        if self._ring_outs.unmask(ring_out):
            self.refresh()

    def _over(self, ring_out: OwnRingOut) -> DialState:
        """Return how a RingOut has ended that does not exist any more."""
        is_unanswered = ring_out.leg is not None and not ring_out.is_picked_up
        return DialState.NO_ANSWER if is_unanswered else DialState.OVER

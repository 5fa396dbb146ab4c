"""Follow RingOuts by their status and by presence, and cancel them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from typing import Final

from homeassistant.core import callback

from ..api.call_control import CallControlClient
from ..api.exceptions import NotFoundError, RingCentralError, TemporaryError
from ..api.models.telephony import RingOut
from ..exceptions import failed_action
from .dial_state import dial_state
from .models import DialState, Result
from .own_ringout import EXPECTED_FOR, OwnRingOut
from .ringouts import OwnRingOuts

# Hangs up the own call of a session.
type HangUp = Callable[[str], Awaitable[Result]]

# Seconds after the answer. Presence shows neither that the other side has answered, nor
# an outside phone that rings first.
_STATUS_AT: Final = (3.0, 6.0, 10.0, 15.0, 22.0, 30.0, 45.0, 60.0)
# Seconds in which presence shows the leg, and its end.
_LEG_WITHIN: Final = 5.0
_END_WITHIN: Final = 3.0


@dataclass(kw_only=True, eq=False, repr=False)
class DialFollower:
    """Finds out what becomes of RingOuts, and cancels them."""

    client: CallControlClient
    ring_outs: OwnRingOuts
    # Schedules a snapshot of the extension.
    refresh: Callable[[], None]
    # Set, and replaced, with each event of the extension.
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @callback
    def wake(self) -> None:
        """Check again what is waited for."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _wait_until(self, time: float, is_met: Callable[[], bool]) -> bool:
        """Wait until a condition is met, at most until a time; return whether it is."""
        while not is_met() and (left := time - self.ring_outs.clock()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, EXPECTED_FOR)):
                    await self._changed.wait()
        return is_met()

    async def wait_for_leg(self, ring_out: OwnRingOut) -> None:
        """Wait until presence shows a RingOut, at most some seconds."""
        time = self.ring_outs.clock() + _LEG_WITHIN
        await self._wait_until(time, lambda: ring_out.leg is not None)

    async def wait_for_result(self, ring_out: OwnRingOut) -> None:
        """Wait until the outcome of a RingOut is known, at most a minute."""
        await self._wait_until(
            ring_out.began_at + EXPECTED_FOR,
            lambda: ring_out.result is not None or ring_out.is_lost,
        )

    async def follow(self, ring_out: OwnRingOut) -> DialState | None:
        """Return the outcome of a RingOut, None if it stays unknown."""
        if ring_out.is_followed:
            await self._follow_status(ring_out)
            self._show_as_listed(ring_out)
        has_leg = await self._wait_until(
            ring_out.began_at + EXPECTED_FOR,
            lambda: ring_out.result is not None or ring_out.leg is not None,
        )
        if has_leg:
            await self._wait_until(inf, lambda: _is_over(ring_out))
            self._finish(ring_out, DialState.OVER)
        return ring_out.result

    async def _follow_status(self, ring_out: OwnRingOut) -> None:
        for seconds in _STATUS_AT:
            time = (ring_out.answered_at or 0.0) + seconds
            if time < self.ring_outs.clock():
                # After a reload.
                continue
            await self._wait_until(time, lambda: _is_over(ring_out))
            if ring_out.result is None:
                can_go_on = await self._read_status(ring_out)
            if _is_over(ring_out) or not can_go_on:
                return

    async def _read_status(self, ring_out: OwnRingOut) -> bool:
        """Read the status; return whether it can be read again."""
        try:
            self._update(ring_out, await self.client.ring_out_status(ring_out.id or ""))
        except NotFoundError:
            if ring_out.leg is None and ring_out.status is None:
                # Accepted, but nothing was ever seen of it.
                self.ring_outs.lose(ring_out)
                self.wake()
            elif ring_out.leg is None or ring_out.has_ended:
                self._finish(ring_out, DialState.OVER)
            return False
        except RingCentralError as err:
            return isinstance(err, TemporaryError)
        return True

    async def cancel(self, ring_out: OwnRingOut, hang_up: HangUp | None) -> Result:
        """Cancel a RingOut; raise an error if that was refused, or had no effect.

        `hang_up` is used if the own phone was picked up in the meantime.
        """
        ring_out.is_cancelled = True
        try:
            result = await self._end(ring_out, hang_up)
            if result is not Result.UNKNOWN:
                self._finish(ring_out, DialState.OVER)
        finally:
            ring_out.is_cancelled = False
        return result

    async def _end(self, ring_out: OwnRingOut, hang_up: HangUp | None) -> Result:
        can_cancel = ring_out.id is not None and not ring_out.is_picked_up
        result = await self._cancel(ring_out) if can_cancel else None
        if result in (Result.DONE, Result.OVER):
            return result
        session_id = ring_out.session_id
        if session_id is not None and hang_up is not None:
            ring_out.is_cancelled = True
            return await hang_up(self.ring_outs.session_of(session_id))
        if ring_out.is_picked_up:
            raise failed_action("cancel_too_late")
        if not can_cancel:
            raise failed_action("dial_unknown")
        if result is not None:
            return result
        raise failed_action("action_not_applied")

    async def _cancel(self, ring_out: OwnRingOut) -> Result | None:
        """Cancel a RingOut; return None if it goes on.

        The answer to the request is no proof: it has no effect on a phone that answers.
        """
        ended = Result.DONE
        try:
            await self.client.cancel_ring_out(ring_out.id or "")
        except NotFoundError:
            # It is over, or the own phone was picked up.
            ended, ring_out.is_cancelled = Result.OVER, False
        except RingCentralError as err:
            if not err.may_be_done:
                raise
        if ring_out.leg is not None and await self._wait_until(
            self.ring_outs.clock() + _END_WITHIN,
            lambda: ring_out.has_ended or ring_out.is_picked_up,
        ):
            return ended if ring_out.has_ended else None
        try:
            self._update(ring_out, await self.client.ring_out_status(ring_out.id or ""))
        except NotFoundError:
            # Its end is not listed yet.
            self.refresh()
            return ended
        except RingCentralError:
            return Result.UNKNOWN
        return None if ring_out.result in (None, DialState.CONNECTED) else ended

    @callback
    def _update(self, ring_out: OwnRingOut, answer: RingOut) -> None:
        ring_out.status = answer.caller
        if (state := dial_state(answer)) is not DialState.DIALING:
            self._finish(ring_out, state)

    @callback
    def _finish(self, ring_out: OwnRingOut, state: DialState) -> None:
        """Set the outcome of a RingOut, unless it is known."""
        if ring_out.result is not None:
            return
        if ring_out.is_cancelled and state is not DialState.CONNECTED:
            state = DialState.CANCELLED
        elif state is DialState.OVER and ring_out.leg and not ring_out.is_picked_up:
            state = DialState.NO_ANSWER
        ring_out.result = state
        self._show_as_listed(ring_out)
        self.wake()

    @callback
    def _show_as_listed(self, ring_out: OwnRingOut) -> None:
        if ring_out.unmask():
            self.refresh()


def _is_over(ring_out: OwnRingOut) -> bool:
    return ring_out.result is not None or ring_out.has_ended

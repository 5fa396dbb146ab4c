"""Cancel a RingOut, and find out whether that had an effect."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from homeassistant.exceptions import HomeAssistantError

from ..api.call_control import CallControlClient
from ..api.exceptions import NotFoundError, RingCentralError
from ..exceptions import failed_action
from .dial_follower import DialFollower
from .dial_state import dial_state
from .models import DialState, Result
from .own_ringout import OwnRingOut
from .ringouts import OwnRingOuts

# Hangs up the own call of a session.
type HangUp = Callable[[str], Awaitable[Result]]

# Seconds in which presence shows the end of a RingOut.
_SHOWN_WITHIN: Final = 3.0


class DialCanceller:
    """Cancels RingOuts; each request is sent once."""

    def __init__(
        self,
        client: CallControlClient,
        ring_outs: OwnRingOuts,
        follower: DialFollower,
    ) -> None:
        """Initialize the canceller."""
        self._client = client
        self._ring_outs = ring_outs
        self._follower = follower

    async def cancel(self, ring_out: OwnRingOut, hang_up: HangUp | None) -> Result:
        """Cancel a RingOut; raise an error if that was refused, or had no effect.

        `hang_up` is used if the own phone was picked up in the meantime.
        """
        if ring_out.is_lost:
            raise failed_action("dial_unknown")
        ring_out.is_cancelled = True
        try:
            result = await self._end(ring_out, hang_up)
        except HomeAssistantError, RingCentralError, asyncio.CancelledError:
            ring_out.is_cancelled = False
            raise
        if result is Result.UNKNOWN:
            ring_out.is_cancelled = False
        else:
            self._follower.finish(ring_out, DialState.CANCELLED)
        return result

    async def _end(self, ring_out: OwnRingOut, hang_up: HangUp | None) -> Result:
        has_ended: bool | None = False
        is_sent = ring_out.id is not None and not ring_out.is_picked_up
        if is_sent:
            await self._send(ring_out)
            has_ended = await self._has_ended(ring_out)
        if has_ended:
            return Result.DONE
        session_id = None if ring_out.leg is None else ring_out.leg.session_id
        if session_id is not None and hang_up is not None:
            return await hang_up(self._ring_outs.session_of(session_id))
        if ring_out.is_picked_up:
            raise failed_action("cancel_too_late")
        if not is_sent:
            raise failed_action("dial_unknown")
        if has_ended is None:
            return Result.UNKNOWN
        raise failed_action("action_not_applied")

    async def _send(self, ring_out: OwnRingOut) -> None:
        try:
            await self._client.cancel_ring_out(ring_out.id or "")
        except NotFoundError:
            # It is over, or the own phone was picked up.
            return
        except RingCentralError as err:
            if not err.may_be_done:
                raise

    async def _has_ended(self, ring_out: OwnRingOut) -> bool | None:
        """Return whether a RingOut has ended, None if that is not known.

        The answer to the request is no proof: it has no effect on a phone that answers.
        """
        clock = self._ring_outs.clock
        until = clock() + _SHOWN_WITHIN
        while ring_out.leg is not None and (left := until - clock()) > 0:
            if ring_out.has_ended:
                return True
            if ring_out.is_picked_up:
                return False
            await self._follower.wait(left)
        try:
            answer = await self._client.ring_out_status(ring_out.id or "")
        except NotFoundError:
            # Its end is not listed yet.
            self._follower.refresh()
            return True
        except RingCentralError:
            return None
        ring_out.status = answer.caller
        if (state := dial_state(answer)) is DialState.CONNECTED:
            self._follower.finish(ring_out, state)
        return state not in (DialState.DIALING, DialState.CONNECTED)

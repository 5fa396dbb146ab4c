"""Dial by RingOut, and follow what becomes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from homeassistant.const import CONF_TOKEN
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.hass_dict import HassKey

from ..api.auth import has_permission
from ..api.call_control import CallControlClient
from ..api.exceptions import (
    ConnectionFailedError,
    PermissionMissingError,
    Reason,
    RingCentralError,
)
from ..api.models.notifications import PresenceEvent
from ..calls.ringout import is_same_number
from ..connection.history import Operation
from ..const import CONF_EXTENSION_ID, CONF_PLAY_PROMPT, DOMAIN
from ..coordinator import PresenceCoordinator
from ..exceptions import control_error, failed_action, invalid_action, permission_of
from .dial_canceller import DialCanceller
from .dial_follower import DialFollower
from .dial_origin import find_origin
from .interceptor import LegInterceptor
from .models import Destination, DialResult, DialState, Result
from .own_ringout import OwnRingOut
from .phones import Phones
from .ringouts import OwnRingOuts

# By the id of their config entry: an own leg is one also after a reload.
_RING_OUTS: Final[HassKey[dict[str, OwnRingOuts]]] = HassKey(f"{DOMAIN}_ring_outs")
_PERMISSION: Final = "RingOut"
_CONTROL_PERMISSION: Final = "CallControl"
# Seconds in which presence shows the leg of a request whose answer was lost.
_SHOWN_WITHIN: Final = 5.0
_FAILURES: Final = (
    DialState.NO_ANSWER,
    DialState.BUSY,
    DialState.REJECTED,
    DialState.FAILED,
)

# Errors are results, since each that waits for a task raises them.
type _Task[T] = asyncio.Task[T | HomeAssistantError | RingCentralError]


@callback
def take_ring_outs(
    hass: HomeAssistant, coordinator: PresenceCoordinator
) -> OwnRingOuts:
    """Return the RingOuts of the signed-in user, those before a reload included."""
    entry = coordinator.config_entry
    ring_outs = hass.data.setdefault(_RING_OUTS, {})
    extension_id = entry.data[CONF_EXTENSION_ID]
    known = ring_outs.get(entry.entry_id)
    if known is None or known.extension_id != extension_id:
        known = ring_outs[entry.entry_id] = OwnRingOuts(extension_id)
    return known


class Dialer:
    """Dials for the signed-in user; nothing is dialed twice."""

    def __init__(
        self,
        _hass: HomeAssistant,
        coordinator: PresenceCoordinator,
        client: CallControlClient,
        phones: Phones,
        ring_outs: OwnRingOuts,
    ) -> None:
        """Initialize, and continue with RingOuts from before a reload."""
        self._coordinator = coordinator
        self._entry = coordinator.config_entry
        self._client = client
        self._phones = phones
        self._ring_outs = ring_outs
        self._tasks = coordinator.monitor.tasks
        extension_id = ring_outs.extension_id
        coordinator.calls.detector.ringouts = ring_outs.sessions
        self._interceptor = LegInterceptor(
            ring_outs,
            coordinator.store,
            reported=lambda: [
                timed.call
                for timed in coordinator.calls.detector.reported.get(extension_id, ())
            ],
            handle_event=self._handle_held,
            refresh=self._refresh,
            start_timer=self._tasks.start_timer,
        )
        self._follower = DialFollower(client, ring_outs, self._refresh)
        self._canceller = DialCanceller(client, ring_outs, self._follower)
        self._interceptor.on_event = self._follower.wake
        # The request in flight, and the number.
        self._dialing: tuple[str, _Task[OwnRingOut]] | None = None
        # The RingOut of the last request, once that is sent.
        self._sent: OwnRingOut | None = None
        self._cancelling: _Task[Result] | None = None
        self._refusal: RingCentralError | None = None
        # Hangs up the own call of a session.
        self.hang_up: Callable[[str], Awaitable[Result]] | None = None
        # Reports an action and its result as activity.
        self.report: Callable[[str, str, Context | None], None] | None = None
        # Events that were held back are handled before the state is saved.
        self._tasks.on_close.append(self._interceptor.close)
        for ring_out in ring_outs.unfinished:
            self._follow(ring_out, None)

    @callback
    def stop(self) -> None:
        """Let what is dialed go on, and follow it to its end."""
        self._interceptor.stop()

    @property
    def pending(self) -> OwnRingOut | None:
        """The RingOut whose own phone may still ring."""
        return self._ring_outs.pending

    @property
    def can_dial(self) -> bool:
        """Whether the app may dial, as far as known."""
        return self._refusal is None and self._may(_PERMISSION)

    # Dial

    async def async_dial(
        self,
        destination: Destination,
        origin: str | None,
        *,
        play_prompt: bool | None,
        wait: bool,
        context: Context | None,
    ) -> DialResult:
        """Dial; raise HomeAssistantError if it is refused, or may have been done.

        While the outcome of a RingOut is open, an equal one is the same one.
        """
        number = destination.number
        same = [r for r in self._ring_outs.unfinished if _is_same(number, r.number)]
        if self._dialing is not None:
            if not _is_same(number, self._dialing[0]):
                raise invalid_action("dial_in_progress")
            ring_out = await self._dialed(self._dialing[1])
        elif same:
            ring_out = same[-1]
        elif self.pending is not None:
            raise invalid_action("dial_in_progress")
        else:
            ring_out = await self._start(number, origin, play_prompt, context)
        if wait:
            await self._follower.wait_for_result(ring_out)
        if ring_out.is_lost:
            raise failed_action("dial_unknown")
        session_id = None if ring_out.leg is None else ring_out.leg.session_id
        return DialResult(ring_out.result or DialState.DIALING, session_id)

    async def _start(
        self,
        number: str,
        origin: str | None,
        play_prompt: bool | None,
        context: Context | None,
    ) -> OwnRingOut:
        if self._refusal is not None:
            raise control_error(self._refusal)
        if not self._may(_PERMISSION):
            raise control_error(PermissionMissingError(permission=_PERMISSION))
        if play_prompt is None:
            play_prompt = bool(self._entry.options.get(CONF_PLAY_PROMPT))
        self._sent = None
        # Goes on if the caller is cancelled: another one must join it, not dial again.
        task = self._tasks.spawn(
            self._dial(number, origin, play_prompt, context), "RingOut"
        )
        self._dialing = number, task
        task.add_done_callback(self._handle_dialed)
        return await self._dialed(task)

    @callback
    def _handle_dialed(self, _task: object) -> None:
        self._dialing = None

    async def _dialed(self, task: _Task[OwnRingOut]) -> OwnRingOut:
        """Return the RingOut of a request in flight; raise what became of it instead."""
        await asyncio.wait([task])
        if task.cancelled():
            if self._sent is not None:
                raise failed_action("dial_unknown")
            raise control_error(ConnectionFailedError(Reason.CONNECTION_LOST))
        return _result_of(task)

    async def _dial(
        self,
        number: str,
        origin: str | None,
        play_prompt: bool,
        context: Context | None,
    ) -> OwnRingOut | HomeAssistantError:
        """Send the request; its result is what all callers get."""
        try:
            first = await find_origin(self._coordinator, self._phones, number, origin)
        except HomeAssistantError as err:
            return err
        known = self._coordinator.store.extensions.get(self._ring_outs.extension_id)
        self._sent = ring_out = self._ring_outs.begin(
            number,
            () if known is None else known.calls,
            is_outside=isinstance(first, str) or first.device_id is None,
        )
        self._interceptor.update()
        try:
            answer = await self._client.ring_out(number, first, play_prompt=play_prompt)
        except RingCentralError as err:
            self._coordinator.monitor.record_failure(Operation.ACTION, err)
            if err.may_be_done:
                return await self._handle_loss(ring_out, context)
            self._ring_outs.withdraw(ring_out)
            ring_out.result = DialState.FAILED
            self._interceptor.release()
            if permission_of(err) == _PERMISSION:
                self._refusal = err
            raise
        except asyncio.CancelledError:
            # Not released: the account is being unloaded.
            self._ring_outs.lose(ring_out)
            raise
        self._ring_outs.accept(ring_out, answer.id)
        self._report("dial", DialState.DIALING, context)
        self._interceptor.release()
        self._follower.update(ring_out, answer)
        self._follow(ring_out, context)
        return ring_out

    async def _handle_loss(
        self, ring_out: OwnRingOut, context: Context | None
    ) -> OwnRingOut | HomeAssistantError:
        """Wait until presence shows the leg; without it nothing is known."""
        self._ring_outs.lose(ring_out)
        self._interceptor.release()
        until = self._ring_outs.clock() + _SHOWN_WITHIN
        while ring_out.leg is None and (left := until - self._ring_outs.clock()) > 0:
            await self._follower.wait(left)
        self._follow(ring_out, context)
        result = Result.UNKNOWN if ring_out.is_lost else DialState.DIALING
        self._report("dial", result, context)
        return failed_action("dial_unknown") if ring_out.is_lost else ring_out

    # Cancel

    async def async_cancel(self, context: Context | None) -> Result:
        """Cancel the RingOut whose outcome is open; equal requests are the same one."""
        if self._dialing is not None:
            await self._dialed(self._dialing[1])
        if self._cancelling is None:
            if not (unfinished := self._ring_outs.unfinished):
                raise invalid_action("nothing_to_cancel")
            self._cancelling = self._tasks.spawn(
                self._cancel(unfinished[-1], context), "end of a RingOut"
            )
            self._cancelling.add_done_callback(self._handle_cancelled)
        task = self._cancelling
        await asyncio.wait([task])
        return Result.UNKNOWN if task.cancelled() else _result_of(task)

    @callback
    def _handle_cancelled(self, _task: object) -> None:
        self._cancelling = None

    async def _cancel(
        self, ring_out: OwnRingOut, context: Context | None
    ) -> Result | HomeAssistantError:
        hang_up = self.hang_up if self._may(_CONTROL_PERMISSION) else None
        try:
            result = await self._canceller.cancel(ring_out, hang_up)
        except HomeAssistantError as err:
            return err
        except RingCentralError as err:
            self._coordinator.monitor.record_failure(Operation.ACTION, err)
            raise
        self._report("cancel_dial", result, context)
        return result

    @callback
    def _follow(self, ring_out: OwnRingOut, context: Context | None) -> None:
        async def follow() -> None:
            state = await self._follower.follow(ring_out)
            if state in _FAILURES:
                self._report("dial", state, context)

        self._tasks.spawn(follow(), "status of a RingOut")

    @callback
    def _handle_held(self, event: PresenceEvent) -> None:
        # It was counted when it arrived.
        self._coordinator.history.events["presence"] -= 1
        self._coordinator.handle_event(event)

    @callback
    def _refresh(self) -> None:
        self._coordinator.schedule_refresh([self._ring_outs.extension_id])

    @callback
    def _report(
        self, action: str, result: DialState | Result, context: Context | None
    ) -> None:
        if self.report is not None:
            self.report(action, result.value, context)

    def _may(self, permission: str) -> bool:
        # An empty scope is no proof.
        scope = self._entry.data[CONF_TOKEN].get("scope", "")
        return not scope or has_permission(scope, permission)


def _is_same(number: str, other: str) -> bool:
    return number == other or is_same_number(number, other)


def _result_of[T](task: _Task[T]) -> T:
    """Return the result of a task; raise its error for each that waits for it."""
    result = task.result()
    if isinstance(result, RingCentralError):
        raise control_error(result, has_number=True) from result
    if isinstance(result, HomeAssistantError):
        raise result
    return result

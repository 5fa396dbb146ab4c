"""Dial by RingOut, and follow what becomes of it."""

import asyncio
from collections.abc import Callable
from typing import Final

from homeassistant.const import CONF_TOKEN
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..api.auth import has_permission
from ..api.call_control import CallControlClient
from ..api.exceptions import PermissionMissingError, RingCentralError
from ..api.models.notifications import PresenceEvent
from ..api.models.presence import ActiveCall
from ..api.models.telephony import ForwardingNumber
from ..calls.ringout import is_same_number
from ..connection.history import Operation
from ..const import CONF_DIAL_FROM, CONF_EXTENSION_ID, CONF_PLAY_PROMPT, DOMAIN
from ..coordinator import PresenceCoordinator
from ..exceptions import control_error, failed_action, invalid_action, permission_of
from .destinations import find_destination
from .dial_follower import DialFollower, HangUp
from .in_flight import InFlight
from .interceptor import LegInterceptor
from .models import (
    Destination,
    DialResult,
    DialState,
    Refusal,
    Result,
    Target,
    TargetKind,
)
from .own_ringout import OwnRingOut
from .phones import Phones
from .ringouts import OwnRingOuts

# By the id of their config entry: an own leg is one also after a reload.
_RING_OUTS: Final[HassKey[dict[str, OwnRingOuts]]] = HassKey(f"{DOMAIN}_ring_outs")
_PERMISSION: Final = "RingOut"
_CONTROL_PERMISSION: Final = "CallControl"
_FAILURES: Final = (
    DialState.NO_ANSWER,
    DialState.BUSY,
    DialState.REJECTED,
    DialState.FAILED,
)


@callback
def get_ring_outs(hass: HomeAssistant, coordinator: PresenceCoordinator) -> OwnRingOuts:
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
        self._in_flight = InFlight[OwnRingOut | Result](self._tasks.spawn)
        self._refusal: RingCentralError | None = None
        # Called when `can_dial` has changed.
        self.changed: Callable[[], None] | None = None
        # Hangs up the own call of a session.
        self.hang_up: HangUp | None = None
        # Reports an action and its result as activity.
        self.report: Callable[[str, str, Context | None], None] = lambda *_: None
        coordinator.calls.detector.ringouts = ring_outs.sessions
        self._follower = DialFollower(
            client=client, ring_outs=ring_outs, refresh=self._refresh
        )
        self._interceptor = LegInterceptor(
            ring_outs=ring_outs,
            store=coordinator.store,
            reported=self._reported_calls,
            handle_event=self._handle_held,
            on_event=self._follower.wake,
            refresh=self._refresh,
            start_timer=self._tasks.start_timer,
        )
        # Before the state is saved.
        self._tasks.on_close.append(self._interceptor.decide)
        for ring_out in ring_outs.unfinished:
            self._follow(ring_out, None)

    @callback
    def stop(self) -> None:
        """Let what is dialed go on, and follow it to its end."""
        self._interceptor.stop()

    @property
    def can_dial(self) -> bool:
        """Whether the app may dial, as far as known."""
        return self._refusal is None and self.may(_PERMISSION)

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
        try:
            ring_out = await self._in_flight.run(
                ("dial", number),
                None,
                lambda: self._dial(number, origin, play_prompt, context),
            )
        except RingCentralError as err:
            raise control_error(err, has_number=True) from err
        assert isinstance(ring_out, OwnRingOut)
        if wait:
            await self._follower.wait_for_result(ring_out)
        if ring_out.is_lost:
            raise failed_action("dial_unknown")
        return DialResult(ring_out.result or DialState.DIALING, ring_out.session_id)

    async def _dial(
        self,
        number: str,
        origin: str | None,
        play_prompt: bool | None,
        context: Context | None,
    ) -> OwnRingOut:
        """Return the RingOut whose outcome is open, or request a new one."""
        for ring_out in self._ring_outs.unfinished:
            if number == ring_out.number or is_same_number(number, ring_out.number):
                return ring_out
        if self._ring_outs.pending is not None:
            raise invalid_action("dial_in_progress")
        if self._refusal is not None:
            raise self._refusal
        if not self.may(_PERMISSION):
            raise PermissionMissingError(permission=_PERMISSION)
        first = await self._find_origin(number, origin)
        if play_prompt is None:
            play_prompt = bool(self._entry.options.get(CONF_PLAY_PROMPT))
        known = self._coordinator.store.extensions.get(self._ring_outs.extension_id)
        ring_out = self._ring_outs.begin(
            number,
            () if known is None else known.calls,
            dt_util.utcnow(),
            is_outside=isinstance(first, str) or first.device_id is None,
        )
        self._interceptor.start()
        try:
            await self._send(ring_out, first, play_prompt=play_prompt)
        except asyncio.CancelledError:
            # The account is unloaded, so nothing is followed.
            self._ring_outs.lose(ring_out)
            return ring_out
        result = Result.UNKNOWN if ring_out.is_lost else DialState.DIALING
        self.report("dial", result.value, context)
        self._follow(ring_out, context)
        return ring_out

    async def _send(
        self, ring_out: OwnRingOut, first: ForwardingNumber | str, *, play_prompt: bool
    ) -> None:
        try:
            answer = await self._client.ring_out(
                ring_out.number, first, play_prompt=play_prompt
            )
        except RingCentralError as err:
            self._coordinator.monitor.record_failure(Operation.ACTION, err)
            if err.may_be_done:
                self._ring_outs.lose(ring_out)
                self._interceptor.release()
                await self._follower.wait_for_leg(ring_out)
                return
            self._ring_outs.withdraw(ring_out)
            self._interceptor.release()
            if permission_of(err) == _PERMISSION:
                self._refusal = err
                if self.changed is not None:
                    self.changed()
            raise
        self._ring_outs.accept(ring_out, answer.id)
        self._interceptor.release()

    async def _find_origin(
        self, number: str, wanted: str | None
    ) -> ForwardingNumber | str:
        """Return the phone that rings first."""
        default = self._entry.options.get(CONF_DIAL_FROM)
        origin = await self._phones.origin(wanted, default)
        if isinstance(origin, str):
            # A number that was typed is dialed, too; it may be that of the own extension.
            target = Target(TargetKind.NUMBER, origin)
            found = find_destination(self._coordinator, target)
            if isinstance(found, Destination):
                origin = found.number
            elif found.key != "number_own":
                origin = found
        if isinstance(origin, Refusal):
            raise invalid_action(origin.key)
        phone = origin if isinstance(origin, str) else origin.number
        if any(is_same_number(number, o) for o in (phone, *self._phones.known_numbers)):
            raise invalid_action("number_own")
        return origin

    async def async_cancel(self, context: Context | None) -> Result:
        """Cancel the RingOut whose outcome is open; equal requests are the same one."""
        try:
            # After the request to dial, if that is in flight.
            result = await self._in_flight.run(
                "cancel", None, lambda: self._cancel(context)
            )
        except RingCentralError as err:
            raise control_error(err) from err
        assert isinstance(result, Result)
        if result is Result.UNKNOWN:
            raise failed_action("action_unknown")
        return result

    async def _cancel(self, context: Context | None) -> Result:
        if not (unfinished := self._ring_outs.unfinished):
            raise invalid_action("nothing_to_cancel")
        hang_up = self.hang_up if self.may(_CONTROL_PERMISSION) else None
        try:
            result = await self._follower.cancel(unfinished[-1], hang_up)
        except RingCentralError as err:
            self._coordinator.monitor.record_failure(Operation.ACTION, err)
            raise
        except asyncio.CancelledError:
            return Result.UNKNOWN
        if result in (Result.DONE, Result.UNKNOWN):
            self.report("cancel_dial", result.value, context)
        return result

    @callback
    def _follow(self, ring_out: OwnRingOut, context: Context | None) -> None:
        async def follow() -> None:
            state = await self._follower.follow(ring_out)
            if state is not None and state in _FAILURES:
                self.report("dial", state.value, context)

        self._tasks.spawn(follow(), "status of a RingOut")

    def _reported_calls(self) -> list[ActiveCall]:
        reported = self._coordinator.calls.detector.reported
        return [timed.call for timed in reported.get(self._ring_outs.extension_id, ())]

    @callback
    def _handle_held(self, event: PresenceEvent) -> None:
        # It was counted when it arrived.
        self._coordinator.history.events["presence"] -= 1
        self._coordinator.handle_event(event)

    @callback
    def _refresh(self) -> None:
        self._coordinator.schedule_refresh([self._ring_outs.extension_id])

    def may(self, permission: str) -> bool:
        """Return whether the app has a permission; an empty scope is no proof."""
        scope = self._entry.data[CONF_TOKEN].get("scope", "")
        return not scope or has_permission(scope, permission)

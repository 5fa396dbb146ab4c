"""Phones that pick up by themselves, for a user who tries the buttons alone."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from ..base.control_switches import ControlSwitches
from .call import Call, IllegalMoveError, UnknownCallError
from .call_control import CallControl
from .call_store import ChangeListener
from .parties import Change, Party


@dataclass(slots=True, kw_only=True)
class PickUps:
    """Lets phones pick up that ring because of a request."""

    calls: CallControl
    switches: ControlSwitches
    # Called first.
    listener: ChangeListener | None
    _timers: set[asyncio.TimerHandle] = field(init=False, default_factory=set)

    def changed(self, call: Call, change: Change) -> None:
        """Schedule that a phone picks up if it has begun to ring."""
        if self.listener is not None:
            self.listener(call, change)
        if (seconds := self.switches.phones_pick_up) and change.after == "Proceeding":
            is_passed_on = call.is_controlled

            def pick_up() -> None:
                self._timers.discard(timer)
                self._pick_up(call, change.party, is_passed_on)

            loop = asyncio.get_running_loop()
            timer = loop.call_later(seconds, pick_up)
            self._timers.add(timer)

    def cancel_timers(self) -> None:
        """Let no more phones pick up that ring now."""
        while self._timers:
            self._timers.pop().cancel()

    def _pick_up(self, call: Call, party: Party, is_passed_on: bool) -> None:
        # Of two sessions of a RingOut, the second one follows the own leg.
        is_second = call.partner is not None and call.leg_of is None
        is_own_leg = party.ring_out_role == "Initiator" and not is_second
        is_target = party.ring_out_role == "Target" or is_passed_on
        if party.is_ringing and (is_own_leg or is_target or party.device_id):
            # The call may have ended.
            with suppress(IllegalMoveError, UnknownCallError):
                self.calls.move(call.id, "answer", party.extension_id or None)

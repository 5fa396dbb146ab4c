"""Phones that pick up by themselves, for a user who tries the buttons alone."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

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

    def changed(self, call: Call, change: Change) -> None:
        """Schedule that a phone picks up if it has begun to ring."""
        if self.listener is not None:
            self.listener(call, change)
        seconds = self.switches.phones_pick_up
        if seconds and change.after == "Proceeding":
            asyncio.get_running_loop().call_later(
                seconds, self._pick_up, call, change.party, call.is_controlled
            )

    def _pick_up(self, call: Call, party: Party, is_passed_on: bool) -> None:
        is_requested = party.ring_out_role or party.device_id or is_passed_on
        if is_requested and party.is_ringing:
            # The call may have ended.
            with suppress(IllegalMoveError, UnknownCallError):
                self.calls.move(call.id, "answer", party.extension_id or None)

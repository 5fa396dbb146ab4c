"""Check commands for calls, choose the call, and carry them out."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from homeassistant.core import Context, callback
from homeassistant.exceptions import HomeAssistantError

from ..api.call_control import CallControlClient
from ..api.exceptions import PermissionMissingError, RingCentralError
from ..api.models.presence import ActiveCall
from ..connection.history import Operation
from ..const import CONF_EXTENSION_ID, CONF_PHONE
from ..coordinator import PresenceCoordinator
from ..exceptions import control_error, failed_action, invalid_action
from .choosing import choose_call, whose_call
from .decisions import check_details
from .denied_actions import DeniedActions
from .destinations import find_destination
from .dialer import Dialer
from .execution import SHOWN_WITHIN, Execution, Order
from .in_flight import InFlight
from .models import (
    ENDING,
    MAX_REPLY,
    WITH_PHONE,
    WITH_TARGET,
    Abilities,
    Action,
    ActionResult,
    CallView,
    Command,
    Details,
    Refusal,
    Result,
    Target,
    TargetKind,
    Wanted,
    Whose,
)
from .numbers import as_target
from .phones import Phones
from .ringouts import OwnRingOuts

_PERMISSION: Final = "CallControl"
_REPORTED: Final = (Result.DONE, Result.UNKNOWN)


class CallController:
    """Controls the calls of one account; it sets no state."""

    def __init__(
        self,
        coordinator: PresenceCoordinator,
        client: CallControlClient,
        phones: Phones,
        dialer: Dialer,
        ring_outs: OwnRingOuts,
    ) -> None:
        """Initialize; nothing is denied at first."""
        self.denied = DeniedActions()
        self.own_extension_id: str = coordinator.config_entry.data[CONF_EXTENSION_ID]
        # Reports extension, action and result as activity.
        self.report: Callable[[str, str, str, Context | None], None] = lambda *_: None
        self._coordinator = coordinator
        self._entry = coordinator.config_entry
        self._client = client
        self._phones = phones
        self._dialer = dialer
        self._ring_outs = ring_outs
        self._tasks = coordinator.monitor.tasks
        self._in_flight = InFlight[ActionResult](self._tasks.spawn)

    async def async_act(
        self, extension_id: str, command: Command, context: Context | None
    ) -> ActionResult:
        """Carry out a command; raise HomeAssistantError if it is not, or may not be."""
        action, wanted = command.action, command.wanted
        if wanted.call is None and not self._coordinator.is_current(extension_id):
            raise invalid_action("picture_not_current")
        call = self._choose(extension_id, action, wanted)
        session_id = wanted.call if call is None else call.telephony_session_id
        assert session_id is not None
        whose = whose_call(action, extension_id, self.own_extension_id)
        is_leg = whose is Whose.OWN and self._ring_outs.is_leg(session_id)
        if is_leg and action in ENDING:
            # It needs no permission to control calls.
            return ActionResult(await self._dialer.async_cancel(context), session_id)
        self._check_permission(whose, action)
        details = await self._details(extension_id, command)
        order = Order(
            action,
            extension_id,
            whose,
            self._ring_outs.session_of(session_id),
            None if call is None else call.party_id,
            details,
            own_leg=is_leg,
            second=self._second(extension_id, details.target),
        )
        result = await self._execute(order, context)
        if result.result is Result.UNKNOWN:
            raise failed_action("action_unknown")
        # The session may live under another id than the one that is shown.
        return result._replace(session_id=session_id)

    async def async_hang_up(self, session_id: str) -> Result:
        """Hang up the own call of a session, for the dialer, which reports it."""
        self._check_permission(Whose.OWN, Action.HANG_UP)
        order = Order(
            Action.HANG_UP,
            self.own_extension_id,
            Whose.OWN,
            session_id,
            None,
            Details(),
        )
        return (await self._execute(order, None, is_reported=False)).result

    @callback
    def abilities(self, whose: Whose) -> Abilities:
        """Return what app, user and telephones allow."""
        return Abilities(
            can_dial=self._dialer.can_dial,
            can_control=self._dialer.may(_PERMISSION),
            # One is presumed, unless the lists were just read.
            has_phone=not self._phones.lacks_phone(self._phone),
            denied=self.denied.actions(whose),
        )

    # Check and choose

    @property
    def _phone(self) -> str | None:
        return self._entry.options.get(CONF_PHONE)

    def _check_permission(self, whose: Whose, action: Action) -> None:
        if not self._dialer.may(_PERMISSION):
            raise control_error(PermissionMissingError(permission=_PERMISSION))
        if (err := self.denied.find(whose, action)) is not None:
            raise control_error(err, is_others=whose is Whose.OTHERS)

    def _calls(self, extension_id: str) -> tuple[ActiveCall, ...]:
        known = self._coordinator.data.get(extension_id)
        return () if known is None else tuple(known.calls)

    def _choose(
        self, extension_id: str, action: Action, wanted: Wanted
    ) -> ActiveCall | None:
        """Return the call that is meant; None if its id is not listed."""
        call = choose_call(self._calls(extension_id), action, wanted)
        if not isinstance(call, Refusal):
            return call
        if wanted.call is None:
            raise invalid_action(call.key)
        return None

    def _second(
        self, extension_id: str, target: Target | None
    ) -> tuple[str, str | None] | None:
        """Return session and party of the second call of a warm transfer."""
        if target is None or target.kind is not TargetKind.TO_CALL:
            return None
        listed = self._choose(extension_id, Action.TRANSFER, Wanted(target.value))
        session_id = self._ring_outs.session_of(target.value)
        return session_id, None if listed is None else listed.party_id

    async def _details(self, extension_id: str, command: Command) -> Details:
        """Return what a request needs beside the call; nothing but telephones is read."""
        action = command.action
        details = Details(self._target(extension_id, command), command.text)
        if action in WITH_PHONE:
            try:
                device_id = await self._phones.device_id(command.phone, self._phone)
            except RingCentralError as err:
                raise control_error(err) from err
            if isinstance(device_id, Refusal):
                raise invalid_action(device_id.key)
            details = details._replace(device_id=device_id)
        if (refusal := check_details(action, details)) is not None:
            raise invalid_action(refusal.key, longest=str(MAX_REPLY))
        return details

    def _target(self, extension_id: str, command: Command) -> Target | None:
        target = command.target
        if target is None or target.kind is TargetKind.TO_CALL:
            return target
        # Calls also go to the user's mobile phone, and those of others to the user.
        destination = find_destination(self._coordinator, target, own=None)
        if isinstance(destination, Refusal):
            raise invalid_action(destination.key)
        is_dialed = target.kind in (TargetKind.NUMBER, TargetKind.EXTENSION)
        if (
            is_dialed
            and destination.extension_id == extension_id == self.own_extension_id
        ):
            raise invalid_action("number_own")
        return as_target(destination) if is_dialed else target

    # Carry out

    async def _execute(
        self, order: Order, context: Context | None, *, is_reported: bool = True
    ) -> ActionResult:
        key = order._replace(party_id=None, second=None)
        try:
            return await self._in_flight.run(
                key,
                order.session_id,
                lambda: self._run(order, context, is_reported=is_reported),
            )
        except RingCentralError as err:
            raise control_error(
                err,
                has_number=order.action in WITH_TARGET,
                is_others=order.whose is Whose.OTHERS,
            ) from err

    async def _run(
        self, order: Order, context: Context | None, *, is_reported: bool
    ) -> ActionResult:
        before = self._last_events(order)
        execution = Execution(order, self._client, self.denied, self)
        try:
            result = await execution.run()
        except HomeAssistantError:
            # The session is in another state than presence may show.
            self._refresh_without_event(before)
            raise
        except RingCentralError as err:
            self._coordinator.monitor.record_failure(Operation.ACTION, err)
            raise
        self._refresh_without_event(before)
        if is_reported and result.result in _REPORTED:
            self.report(
                order.extension_id, order.action.value, result.result.value, context
            )
        return result

    def _last_events(self, order: Order) -> dict[str, object]:
        """Return the last event of each extension that a command concerns."""
        data = self._coordinator.data
        # A parked call is retrieved at a telephone of the signed-in user.
        picks_up = order.action is Action.PICK_UP
        ids = {order.extension_id, self.own_extension_id if picks_up else ""}
        return {one: data[one].last_event for one in ids if one in data}

    @callback
    def _refresh_without_event(self, before: dict[str, object]) -> None:
        """Refresh extensions of which no event comes within some seconds."""

        @callback
        def refresh() -> None:
            data = self._coordinator.data
            self._coordinator.schedule_refresh(
                one
                for one, event in before.items()
                if one in data and data[one].last_event is event
            )

        self._tasks.start_timer(SHOWN_WITHIN, refresh)

    async def complete_details(self, view: CallView, order: Order) -> Details:
        """Return the details with a telephone if one ignores a call of a queue."""
        party = view.party
        if party is None or not party.is_queue_call or order.whose is not Whose.OWN:
            return order.details
        if order.action not in ENDING or not self._phones.has_phone(self._phone):
            return order.details
        found: str | Refusal | None = None
        # Without one, the call is rejected.
        with suppress(RingCentralError):
            found = await self._phones.device_id(None, self._phone)
        device_id = None if isinstance(found, Refusal) else found
        return order.details._replace(device_id=device_id)

    async def wait_for_event(self, extension_id: str, seconds: float) -> None:
        """Wait until an event of an extension comes."""
        has_come = asyncio.Event()
        remove = self._coordinator.async_add_listener(has_come.set, extension_id)
        try:
            async with asyncio.timeout(seconds):
                await has_come.wait()
        except TimeoutError:
            pass
        finally:
            remove()

    async def is_listed(self, order: Order) -> bool:
        """Return whether the presence lists a call; raise RingCentralError."""
        read = await self._coordinator.rest.presence(order.extension_id)
        return any(
            call.is_live and call.telephony_session_id == order.session_id
            for call in read.presence.active_calls or ()
        )

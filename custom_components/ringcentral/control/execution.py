"""One command for a call: read its session, decide, change it once, check the answer."""

import asyncio
from typing import Final, NamedTuple, Protocol

from homeassistant.exceptions import HomeAssistantError

from ..api.call_control import CallControlClient
from ..api.exceptions import NotFoundError, PermissionMissingError, RingCentralError
from ..api.models.telephony import Party, PartyCode, PartyRequest
from ..api.rate_limits import RateGroup, Reservation
from ..const import LOGGER
from ..exceptions import (
    control_error,
    failed_action,
    invalid_action,
    translation_key,
    translation_placeholders,
)
from .decisions import Decision, alternative, decide, second_call, view_of
from .denied_actions import DeniedActions
from .effects import is_done
from .models import (
    ENDING,
    Action,
    ActionResult,
    CallState,
    CallView,
    Details,
    Refusal,
    Result,
    Whose,
)

# Seconds until the session is read after the answer to a change was lost.
_READ_AFTER: Final = 1.0
# Seconds in which an event shows what an answer does not.
SHOWN_WITHIN: Final = 5.0
_CONFLICT: Final = 409
_CONFLICT_CODES: Final = frozenset({"TAS-101", "TAS-102"})
# These end the call of the extension, but so does the other side.
_MOVING: Final = frozenset({Action.FORWARD, Action.TRANSFER, Action.PARK})
# Voicemail may take a call that they end.
_SILENCING: Final = frozenset({"reject", "ignore"})


class Order(NamedTuple):
    """A checked command for the call of a session."""

    action: Action
    extension_id: str
    whose: Whose
    session_id: str
    party_id: str | None
    details: Details
    own_leg: bool = False
    # Session and party of the second call of a warm transfer.
    second: tuple[str, str | None] | None = None


class ControlledAccount(Protocol):
    """What an execution uses of the account, beside its client."""

    own_extension_id: str

    async def complete_details(self, view: CallView, order: Order) -> Details:
        """Return the details of a decision on a session that was read."""

    async def wait_for_event(self, extension_id: str, seconds: float) -> None:
        """Wait until an event of an extension comes."""

    async def is_listed(self, order: Order) -> bool:
        """Return whether the presence lists the call, now; raise RingCentralError."""


class Execution:
    """Carries out one command; a change that may have been done is not sent again."""

    def __init__(
        self,
        order: Order,
        client: CallControlClient,
        denied: DeniedActions,
        account: ControlledAccount,
    ) -> None:
        """Initialize the execution."""
        self._order = order
        self._client = client
        self._denied = denied
        self._account = account
        self._details = order.details
        # Whether a change was sent that may have been done.
        self._is_sent = False

    async def run(self) -> ActionResult:
        """Return the result; raise HomeAssistantError or RingCentralError."""
        try:
            result = await self._run()
        except asyncio.CancelledError:
            # The account is unloaded.
            if not self._is_sent:
                raise
            result = Result.UNKNOWN
        return ActionResult(result, self._order.session_id)

    async def _run(self) -> Result:
        order = self._order
        # For all requests at once: a call that was read can then be changed.
        with self._reserve(2 if order.second is None else 3) as slots:
            try:
                view = await self._read(slots)
            except NotFoundError as err:
                if err.status is None:
                    # No request can be made with this id.
                    raise invalid_action("no_such_call") from err
                # That of another user may not be shown.
                is_others = order.whose is Whose.OTHERS
                if is_others and await self._account.is_listed(order):
                    raise self._deny(None, err) from err
                return self._over()
            except PermissionMissingError as err:
                if order.party_id is None and order.whose is not Whose.OTHERS:
                    # The id of a call that is not listed may be one of others.
                    raise
                raise self._deny(None, err) from err
            self._details = await self._account.complete_details(view, order)
            if order.second is not None and view.state is not CallState.OVER:
                second = await self._second(view, slots)
                self._details = self._details._replace(second=second)
            decision = decide(order.action, view, self._details)
            if not isinstance(decision, PartyRequest):
                return _result_of(decision)
            return await self._change(decision, view, slots)

    async def _read(self, slots: Reservation, *, as_own: bool = False) -> CallView:
        order = self._order
        session = await self._client.session(order.session_id, slots)
        if as_own:
            own_id = self._account.own_extension_id
            return view_of(session, own_id, None, Whose.OWN, own_leg=False)
        return view_of(
            session,
            order.extension_id,
            order.party_id,
            order.whose,
            own_leg=order.own_leg,
        )

    async def _second(self, first: CallView, slots: Reservation) -> tuple[str, str]:
        order = self._order
        assert order.second is not None
        session_id, party_id = order.second
        try:
            session = await self._client.session(session_id, slots)
        except NotFoundError as err:
            key = "no_such_call" if err.status is None else "call_over"
            raise invalid_action(key) from err
        found = second_call(
            first,
            view_of(session, order.extension_id, party_id, order.whose, own_leg=False),
        )
        if isinstance(found, Refusal):
            raise invalid_action(found.key)
        return found

    async def _change(
        self, request: PartyRequest, view: CallView, slots: Reservation
    ) -> Result:
        """Send a change, and if it is refused, the one that takes its place."""
        try:
            party = await self._send(request, slots)
        except RingCentralError as err:
            other = alternative(request, view) if _is_refused(err) else None
            if other is None:
                return await self._resolve_error(request, err)
            if isinstance(other, Refusal):
                raise invalid_action(other.key) from err
            return await self._change(other, view, slots)
        if party is not None and party.id == request.party_id:
            return await self._check_answer(party)
        return Result.DONE

    async def _send(self, request: PartyRequest, slots: Reservation) -> Party | None:
        self._is_sent = True
        try:
            return await self._client.send(request, slots)
        except RingCentralError as err:
            # Before 404, it may have been sent twice.
            self._is_sent = err.may_be_done or isinstance(err, NotFoundError)
            raise

    async def _check_answer(self, party: Party) -> Result:
        """Return the result of an answer, which may show that nothing has changed."""
        if not _contradicts(self._order.action, party):
            return Result.DONE
        await self._account.wait_for_event(self._order.extension_id, SHOWN_WITHIN)
        try:
            view = await self._read_again()
        except NotFoundError:
            return self._over()
        except RingCentralError:
            return Result.UNKNOWN
        if is_done(self._order.action, view):
            return Result.DONE
        if view.state is CallState.OVER:
            return self._over()
        raise failed_action("action_not_applied")

    async def _resolve_error(
        self, request: PartyRequest, err: RingCentralError
    ) -> Result:
        if err.may_be_done:
            LOGGER.debug("The answer to a command for a call was lost: %s", err)
            return await self._resolve_loss(request)
        if _is_conflict(err):
            return await self._resolve_conflict(None)
        if isinstance(err, PermissionMissingError):
            raise self._deny(self._order.action, err) from err
        if isinstance(err, NotFoundError):
            is_ending = request.method == "DELETE" or self._order.action in ENDING
            if is_ending and self._order.whose is not Whose.OTHERS:
                return Result.OVER
            return await self._resolve_conflict(err)
        raise err

    async def _resolve_loss(self, request: PartyRequest) -> Result:
        """Find out whether a change took effect; it is never sent again."""
        order = self._order
        await asyncio.sleep(_READ_AFTER)
        picks_up = order.action is Action.PICK_UP
        try:
            view = await self._read_again(as_own=picks_up)
        except NotFoundError:
            return Result.OVER if order.action in _MOVING else self._over()
        except RingCentralError:
            return Result.UNKNOWN
        if is_done(order.action, view, order.details.target):
            return Result.DONE
        if view.state is CallState.VOICEMAIL and request.operation in _SILENCING:
            # It does not ring any more, as was wanted.
            return Result.OVER
        if view.state is not CallState.OVER or picks_up:
            return Result.UNKNOWN
        return Result.OVER if order.action in _MOVING else self._over()

    async def _resolve_conflict(self, missing: NotFoundError | None) -> Result:
        """Return why a change was refused, by the state of the session since."""
        order = self._order
        try:
            view = await self._read_again()
        except NotFoundError:
            return self._over()
        except RingCentralError:
            raise invalid_action("call_changed") from None
        if order.action not in ENDING and is_done(
            order.action, view, order.details.target
        ):
            return Result.ALREADY
        if view.state is CallState.OVER:
            return self._over()
        if missing is not None:
            if order.whose is Whose.OTHERS:
                raise self._deny(order.action, missing)
            raise failed_action("rejected", **translation_placeholders(missing))
        decision = decide(order.action, view, self._details)
        if isinstance(decision, PartyRequest):
            raise invalid_action("call_changed")
        return _result_of(decision)

    async def _read_again(self, *, as_own: bool = False) -> CallView:
        with self._reserve() as slots:
            return await self._read(slots, as_own=as_own)

    def _reserve(self, slots: int = 1) -> Reservation:
        """Reserve slots; a call can also be ended after many other actions."""
        is_urgent = self._order.action in ENDING
        return self._client.reserve(RateGroup.LIGHT, slots, is_urgent=is_urgent)

    def _over(self) -> Result:
        return _result_of(
            Result.OVER if self._order.action in ENDING else Refusal("call_over")
        )

    def _deny(self, action: Action | None, err: RingCentralError) -> HomeAssistantError:
        """Store that an action is denied, or to read if it is None; return the error."""
        whose = self._order.whose
        self._denied.add(whose, action, err)
        LOGGER.info("RingCentral refuses control of calls (%s): %s", whose, err)
        return control_error(err, is_others=whose is Whose.OTHERS)


def _result_of(decision: Decision) -> Result:
    if isinstance(decision, Refusal):
        raise invalid_action(decision.key)
    assert isinstance(decision, Result)
    return decision


def _is_conflict(err: RingCentralError) -> bool:
    return err.status == _CONFLICT or err.code in _CONFLICT_CODES


def _is_refused(err: RingCentralError) -> bool:
    """Return whether another change may be sent: this one was not carried out."""
    if translation_key(err) == "app_permission_missing":
        return False
    return _is_conflict(err) or isinstance(err, PermissionMissingError)


def _contradicts(action: Action, party: Party) -> bool:
    """Return whether an answer shows the party as it was before."""
    match action:
        case Action.HOLD:
            return party.status.code is PartyCode.ANSWERED
        case Action.RESUME:
            return party.status.code is PartyCode.HOLD
        case Action.MUTE | Action.UNMUTE:
            return party.muted is (action is Action.UNMUTE)
    return False

"""Call triggers."""

from collections.abc import Callable, Container, Hashable
from copy import replace
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, Final, cast, override

import voluptuous as vol

from homeassistant.const import CONF_FOR, CONF_OPTIONS, CONF_TARGET
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.trigger import (
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType

from ..api.models.enums import Direction, TelephonyStatus
from ..api.models.presence import ActiveCall
from ..calls.lifecycle import CallEvent, CallEventType
from ..calls.tracker import MAX_RING_PAUSE
from ..presence.call_matching import call_session, match_calls
from ..targets import ExtensionRef, ExtensionTarget, all_current_calls, get_coordinator
from .call_filter import CallFilter, DirectionFilter, Inclusion
from .data import trigger_data
from .deduplication import EveryExtension, FirstPerCall, IsActive, MissedByAll
from .event_tracker import async_track_call_events

CONF_BEHAVIOR: Final = "behavior"
CONF_CALLER_NUMBER: Final = "caller_number"
CONF_DIRECTION: Final = "direction"
CONF_HIDDEN_NUMBERS: Final = "hidden_numbers"
CONF_QUEUE_CALLS: Final = "queue_calls"
BEHAVIOR_EACH: Final = "each"
BEHAVIOR_FIRST: Final = "first"


@dataclass(frozen=True, slots=True)
class CallTriggerKind:
    """Kind of call trigger."""

    event: CallEventType
    # Status that must last for the option `for`; None without this option.
    lasting_status: TelephonyStatus | None = None
    # Whether there is the option `direction`.
    has_direction: bool = True
    # Deduplication for the behavior `first`.
    first_per_call: Callable[[Container[Hashable], IsActive], EveryExtension] = (
        lambda *_: FirstPerCall()
    )


KINDS: Final = {
    "started_ringing": CallTriggerKind(
        CallEventType.RINGING, TelephonyStatus.RINGING, has_direction=False
    ),
    "call_answered": CallTriggerKind(
        CallEventType.ANSWERED, TelephonyStatus.CALL_CONNECTED
    ),
    "call_held": CallTriggerKind(CallEventType.HELD, TelephonyStatus.ON_HOLD),
    "call_resumed": CallTriggerKind(
        CallEventType.RESUMED, TelephonyStatus.CALL_CONNECTED
    ),
    "call_parked": CallTriggerKind(CallEventType.PARKED, TelephonyStatus.PARKED_CALL),
    "call_ended": CallTriggerKind(CallEventType.ENDED),
    "call_missed": CallTriggerKind(
        CallEventType.MISSED, has_direction=False, first_per_call=MissedByAll
    ),
}


def _phone_number(value: object) -> str:
    # YAML reads a number without quotes as an integer, without its plus sign.
    if not isinstance(value, str):
        raise vol.Invalid("a phone number must be in quotes")
    return value


def _not_empty(target: dict[str, Any]) -> dict[str, Any]:
    if not any(target.values()):
        raise vol.Invalid("the target is empty")
    return target


TARGET_SCHEMA: Final = vol.All(vol.Schema(cv.TARGET_FIELDS), _not_empty)


def _schema(kind: CallTriggerKind) -> vol.Schema:
    options: dict[vol.Marker, Any] = {
        vol.Optional(CONF_BEHAVIOR, default=BEHAVIOR_EACH): vol.In(
            (BEHAVIOR_EACH, BEHAVIOR_FIRST)
        ),
        **{
            vol.Optional(key, default=Inclusion.ANY.value): vol.Coerce(Inclusion)
            for key in (CONF_QUEUE_CALLS, CONF_HIDDEN_NUMBERS)
        },
        vol.Optional(CONF_CALLER_NUMBER, default=list): vol.All(
            cv.ensure_list, [_phone_number]
        ),
    }
    if kind.has_direction:
        options[vol.Optional(CONF_DIRECTION, default=DirectionFilter.ANY.value)] = (
            vol.Coerce(DirectionFilter)
        )
    if kind.lasting_status is not None:
        options[vol.Optional(CONF_FOR)] = cv.positive_time_period
    return vol.Schema(
        {
            vol.Required(CONF_TARGET): TARGET_SCHEMA,
            vol.Optional(CONF_OPTIONS, default=dict): vol.Schema(options),
        }
    )


class CallTrigger(Trigger):
    """Trigger on an event of a call at one of the targeted extensions.

    It listens to call events instead of entities: so it stays attached over a reload of
    the integration, and its data may contain what no entity may store.
    """

    kind: ClassVar[CallTriggerKind]
    schema: ClassVar[vol.Schema]
    _run_action: TriggerActionRunner

    @classmethod
    @override
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        return cast(ConfigType, cls.schema(config))

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Initialize the trigger with a validated configuration."""
        super().__init__(hass, config)
        options = dict(config.options or {})
        self._target = ExtensionTarget(hass, config.target or {})
        self._deduplication = (
            self.kind.first_per_call(self._target, self._is_active)
            if options.pop(CONF_BEHAVIOR) == BEHAVIOR_FIRST
            else EveryExtension()
        )
        self._duration: timedelta | None = options.pop(CONF_FOR, None)
        self._filter = CallFilter(**options)
        # By extension and call: cancels the timer of the option `for`.
        self._cancel_timers: dict[tuple[ExtensionRef, Hashable], CALLBACK_TYPE] = {}

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        # Home Assistant attaches each instance once.
        self._run_action = run_action
        stop_tracking = async_track_call_events(
            self._hass, self._target, self._handle_call_event
        )

        @callback
        def detach() -> None:
            stop_tracking()
            for cancel in self._cancel_timers.values():
                cancel()
            self._cancel_timers.clear()

        return detach

    @callback
    def _is_active(self, session: Hashable) -> bool:
        # The calls first: few are of this session, and comparing targets takes longer.
        return any(
            call_session(call) == session
            and call.direction is not Direction.OUTBOUND
            and ref in self._target
            for ref, call in all_current_calls(self._hass)
        )

    def _current_calls(self, ref: ExtensionRef) -> tuple[ActiveCall, ...]:
        coordinator = get_coordinator(self._hass, ref)
        if coordinator is None or not coordinator.is_current(ref.extension_id):
            return ()
        return coordinator.data[ref.extension_id].calls

    @callback
    def _handle_call_event(self, ref: ExtensionRef, event: CallEvent) -> None:
        cancel = self._cancel_timers.pop((ref, _timer_key(event.call)), None)
        if cancel is not None:
            cancel()
        self._deduplication.observe(ref, event)
        if event.type is not self.kind.event or not self._filter.matches(event.call):
            return
        if self._duration:
            self._start_timer(ref, event, self._duration)
        else:
            self._fire(ref, event)

    @callback
    def _start_timer(
        self, ref: ExtensionRef, event: CallEvent, duration: timedelta
    ) -> None:
        job = HassJob(
            partial(self._handle_timer, ref, event),
            f"call trigger {event.type}",
            cancel_on_shutdown=True,
        )
        self._cancel_timers[ref, _timer_key(event.call)] = async_call_later(
            self._hass, duration, job
        )

    @callback
    def _handle_timer(
        self, ref: ExtensionRef, event: CallEvent, _now: datetime
    ) -> None:
        del self._cancel_timers[ref, _timer_key(event.call)]
        if ref not in self._target:
            return
        coordinator = get_coordinator(self._hass, ref)
        if coordinator and coordinator.calls.has_pending_end(
            ref.extension_id, event.call
        ):
            self._start_timer(ref, event, MAX_RING_PAUSE)
            return
        calls = self._current_calls(ref)
        # Its ids may have changed, or it continues as another party.
        for call, index in zip(calls, match_calls([event.call], calls), strict=True):
            if index == 0 and call.telephony_status is self.kind.lasting_status:
                self._fire(ref, replace(event, call=call))

    @callback
    def _fire(self, ref: ExtensionRef, event: CallEvent) -> None:
        if not self._deduplication.should_fire(event):
            return
        data = trigger_data(self._hass, ref, event, self._duration)
        # The description is stored in traces, so it must not contain personal data.
        self._run_action(data, f"call {event.type} at {data['entity_id']}")


def _timer_key(call: ActiveCall) -> Hashable:
    # The party may change during the call.
    return call_session(call), call.direction


def make_call_trigger(trigger_kind: CallTriggerKind) -> type[CallTrigger]:
    """Return the trigger class of a kind."""

    class KindOfCallTrigger(CallTrigger):
        kind = trigger_kind
        schema = _schema(trigger_kind)

    return KindOfCallTrigger

"""Triggers on what happens to calls.

They follow the reports of the coordinators, not entities: so they outlive a reload of the
integration, and their data can carry what no entity may store.
"""

from collections.abc import Callable, Hashable
from copy import replace
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, Final, cast, override

import voluptuous as vol

from homeassistant.const import CONF_FOR, CONF_OPTIONS, CONF_TARGET
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.dispatcher import async_dispatcher_connect
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
from ..calls.dispatcher import SIGNAL_CALL_EVENT
from ..calls.lifecycle import CallEvent, CallEventType, ExtensionCallEvent
from ..calls.tracker import MAX_RING_PAUSE
from ..targets import ExtensionRef, TargetedExtensions, get_coordinator
from .call_filter import CallFilter, DirectionFilter, QueueFilter
from .data import trigger_data
from .deduplication import (
    EveryExtension,
    FirstPerCall,
    IsActive,
    MissedByAll,
    session_of,
)

CONF_BEHAVIOR: Final = "behavior"
CONF_CALLER_NUMBER: Final = "caller_number"
CONF_DIRECTION: Final = "direction"
CONF_QUEUE_CALLS: Final = "queue_calls"
BEHAVIOR_EACH: Final = "each"
BEHAVIOR_FIRST: Final = "first"


@dataclass(frozen=True, slots=True)
class CallTriggerKind:
    """What distinguishes a trigger on calls from the others.

    Attributes:
        event: fires the trigger.
        lasts_while: the status that the call must keep for as long as `for` says; None
            if there is nothing that could last.
        either_direction: whether this happens to calls of both directions.
        first: decides what is told if each call is told once.

    """

    event: CallEventType
    lasts_while: TelephonyStatus | None = None
    either_direction: bool = True
    first: Callable[[IsActive], EveryExtension] = lambda _: FirstPerCall()


KINDS: Final = {
    "started_ringing": CallTriggerKind(
        CallEventType.RINGING, TelephonyStatus.RINGING, either_direction=False
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
        CallEventType.MISSED, either_direction=False, first=MissedByAll
    ),
}


def _number(value: object) -> str:
    """Validate a number: without quotes, YAML makes of it a number without its plus."""
    if not isinstance(value, str):
        raise vol.Invalid("a phone number must be in quotes")
    return value


def _means_something(target: dict[str, Any]) -> dict[str, Any]:
    """Validate that a target is not empty."""
    if not any(target.values()):
        raise vol.Invalid("the target is empty")
    return target


def _schema(kind: CallTriggerKind) -> vol.Schema:
    """Return the schema of a trigger: its target, and the options that make sense."""
    options: dict[vol.Marker, Any] = {
        vol.Optional(CONF_BEHAVIOR, default=BEHAVIOR_EACH): vol.In(
            (BEHAVIOR_EACH, BEHAVIOR_FIRST)
        ),
        vol.Optional(CONF_QUEUE_CALLS, default=QueueFilter.ANY.value): vol.Coerce(
            QueueFilter
        ),
        vol.Optional(CONF_CALLER_NUMBER, default=list): vol.All(
            cv.ensure_list, [_number]
        ),
    }
    if kind.either_direction:
        options[vol.Optional(CONF_DIRECTION, default=DirectionFilter.ANY.value)] = (
            vol.Coerce(DirectionFilter)
        )
    if kind.lasts_while is not None:
        options[vol.Optional(CONF_FOR)] = cv.positive_time_period
    return vol.Schema(
        {
            vol.Required(CONF_TARGET): vol.All(
                vol.Schema(cv.TARGET_FIELDS), _means_something
            ),
            vol.Optional(CONF_OPTIONS, default=dict): vol.Schema(options),
        }
    )


class CallTrigger(Trigger):
    """Fires when something happens to a call at one of the targeted extensions."""

    kind: ClassVar[CallTriggerKind]
    schema: ClassVar[vol.Schema]

    @classmethod
    @override
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        """Validate target and options."""
        return cast(ConfigType, cls.schema(config))

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Take over what was validated."""
        super().__init__(hass, config)
        options = dict(config.options or {})
        self._target = config.target or {}
        self._is_told_once = options.pop(CONF_BEHAVIOR) == BEHAVIOR_FIRST
        self._duration: timedelta | None = options.pop(CONF_FOR, None)
        self._filter = CallFilter.of(**options)

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Start to listen; return what ends it."""
        watch = _CallListener(
            self._hass,
            run_action,
            self.kind,
            self._target,
            self._filter,
            self._duration,
            is_told_once=self._is_told_once,
        )
        return await watch.start()


def make_call_trigger(trigger_kind: CallTriggerKind) -> type[CallTrigger]:
    """Return the trigger of a kind."""

    class KindOfCallTrigger(CallTrigger):
        kind = trigger_kind
        schema = _schema(trigger_kind)

    return KindOfCallTrigger


class _CallListener:
    """A trigger that is attached to an automation."""

    def __init__(
        self,
        hass: HomeAssistant,
        run_action: TriggerActionRunner,
        kind: CallTriggerKind,
        target: dict[str, Any],
        call_filter: CallFilter,
        duration: timedelta | None,
        *,
        is_told_once: bool,
    ) -> None:
        self._hass = hass
        self._run_action = run_action
        self._kind = kind
        self._filter = call_filter
        self._duration = duration
        self._gate = kind.first(self._is_active) if is_told_once else EveryExtension()
        self._extensions = TargetedExtensions(hass, target, self._forget_others)
        # Calls that must stay as they are for a while: what ends the wait for each.
        self._waiting: dict[tuple[ExtensionRef, object], CALLBACK_TYPE] = {}

    async def start(self) -> CALLBACK_TYPE:
        """Listen to the targeted extensions; return what ends it."""
        stop_tracking = await self._extensions.async_setup()
        stop_listening = async_dispatcher_connect(
            self._hass, SIGNAL_CALL_EVENT, self._handle_call_event
        )

        @callback
        def stop() -> None:
            stop_listening()
            stop_tracking()
            for end_wait in self._waiting.values():
                end_wait()
            self._waiting.clear()

        return stop

    @callback
    def _forget_others(self) -> None:
        """Wait no longer for calls of extensions that are not meant any more."""
        for ref, key in list(self._waiting):
            if ref not in self._extensions:
                self._waiting.pop((ref, key))()
        self._gate.set_targets(self._extensions)

    @callback
    def _is_active(self, session: Hashable) -> bool:
        """Tell whether a call goes on at any extension that it came to."""
        return any(
            session_of(call) == session and call.direction is not Direction.OUTBOUND
            for ref in self._extensions
            for call in self._calls(ref)
        )

    def _calls(self, ref: ExtensionRef) -> tuple[ActiveCall, ...]:
        """Return the calls of an extension as they are shown; none if nobody knows."""
        coordinator = get_coordinator(self._hass, ref)
        if coordinator is None or not coordinator.is_current(ref.extension_id):
            return ()
        return coordinator.data[ref.extension_id].calls

    @callback
    def _handle_call_event(self, report: ExtensionCallEvent) -> None:
        ref = ExtensionRef(report.entry_id, report.extension_id)
        if ref not in self._extensions:
            return
        event = report.event
        waits_for = ref, event.call.key
        if (end_wait := self._waiting.pop(waits_for, None)) is not None:
            end_wait()
        self._gate.observe(ref, event)
        if event.type is not self._kind.event or not self._filter.matches(event.call):
            return
        if self._duration:
            self._wait(ref, event, self._duration)
        else:
            self._fire(ref, event)

    @callback
    def _wait(self, ref: ExtensionRef, event: CallEvent, duration: timedelta) -> None:
        self._waiting[ref, event.call.key] = async_call_later(
            self._hass,
            duration,
            HassJob(
                partial(self._fire_if_it_lasts, ref, event),
                f"call trigger {event.type}",
                cancel_on_shutdown=True,
            ),
        )

    @callback
    def _fire_if_it_lasts(
        self, ref: ExtensionRef, event: CallEvent, _now: datetime
    ) -> None:
        """Fire if the call is still like that; ask again if nobody can tell yet."""
        key = event.call.key
        del self._waiting[ref, key]
        coordinator = get_coordinator(self._hass, ref)
        if coordinator and coordinator.calls.has_pending_misses(ref.extension_id, key):
            self._wait(ref, event, MAX_RING_PAUSE)
            return
        for call in self._calls(ref):
            if call.key == key and call.telephony_status is self._kind.lasts_while:
                self._fire(ref, replace(event, call=call))

    @callback
    def _fire(self, ref: ExtensionRef, event: CallEvent) -> None:
        if not self._gate.should_fire(event):
            return
        data = trigger_data(self._hass, ref, event, self._duration)
        # Recorded with the run of the automation: nothing but the entity is named.
        self._run_action(data, f"call {event.type} at {data['entity_id']}")

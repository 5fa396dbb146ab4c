"""Sentences in the logbook: about calls that are over, and about actions on calls."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from homeassistant.components.logbook.const import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.components.logbook.models import LazyEventPartialState
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.translation import async_get_cached_translations

from .api.models.enums import Direction
from .api.models.presence import ActiveCall
from .calls.attributes import rounded_seconds, shown_name, shown_number, to_state
from .calls.dispatcher import SIGNAL_CALL_EVENT
from .calls.lifecycle import ExtensionCallEvent
from .calls.outcome import CallOutcome, outcome_of
from .const import DOMAIN, MAIN_KEY
from .control.manager import EVENT_CALL_CONTROL
from .control.models import Action, DialState, Result
from .privacy import Privacy
from .targets import ExtensionRef, get_coordinator, main_entity_id

EVENT_CALL: Final = f"{DOMAIN}_call"
# Older calls are described without the other party.
MAX_OTHER_PARTIES: Final = 1000

_INCOMING: Final = Direction.INBOUND.state
_OUTGOING: Final = Direction.OUTBOUND.state
# Key of the text and icon by outcome and direction; `_ENDED` for all others.
_SENTENCES: Final[Mapping[tuple[object, object], tuple[str, str]]] = {
    (CallOutcome.ANSWERED, _INCOMING): ("call_incoming_answered", "phone-incoming"),
    (CallOutcome.ANSWERED, _OUTGOING): ("call_outgoing_answered", "phone-outgoing"),
    (CallOutcome.MISSED, _INCOMING): ("call_missed", "phone-missed"),
    (CallOutcome.NOT_ANSWERED, _OUTGOING): ("call_not_answered", "phone-cancel"),
    (CallOutcome.ENDED, _INCOMING): ("call_incoming_ended", "phone-hangup"),
    (CallOutcome.ENDED, _OUTGOING): ("call_outgoing_ended", "phone-hangup"),
    (CallOutcome.PARKED, _INCOMING): ("call_parked", "parking"),
    (CallOutcome.PARKED, _OUTGOING): ("call_parked", "parking"),
}
_ENDED: Final = ("call_ended", "phone-hangup")
_DURATIONS: Final = ("ringing_seconds", "talking_seconds")
# Durations that a sentence must contain, by outcome.
_NEEDED: Final[Mapping[str, Sequence[str]]] = {
    CallOutcome.ANSWERED: _DURATIONS,
    CallOutcome.NOT_ANSWERED: ("ringing_seconds",),
}
# Durations that are stored: those that a sentence can contain.
_STORED: Final = {**_NEEDED, CallOutcome.MISSED: ("ringing_seconds",)}

_DIAL: Final = "dial"
# Icons of actions on calls, which are the keys of their texts, too.
_CONTROL_ICONS: Final[Mapping[str, str]] = {
    _DIAL: "phone-dial",
    "cancel_dial": "phone-cancel",
    Action.ANSWER: "phone-in-talk",
    Action.REJECT: "phone-remove",
    Action.FORWARD: "phone-forward",
    Action.REPLY: "message-reply-text",
    Action.HOLD: "phone-paused",
    Action.RESUME: "play",
    Action.MUTE: "microphone-off",
    Action.UNMUTE: "microphone",
    Action.TRANSFER: "swap-horizontal",
    Action.PARK: "parking",
    Action.PICK_UP: "phone-return",
    Action.HANG_UP: "phone-hangup",
}
_OTHER_ACTION: Final = "other"
_OTHER_ICON: Final = "phone"
# Results of dialing with a sentence of their own.
_DIAL_FAILURES: Final = frozenset(
    {DialState.NO_ANSWER, DialState.BUSY, DialState.REJECTED, DialState.FAILED}
)


class _OtherParty(NamedTuple):
    ref: ExtensionRef
    name: str | None
    number: str | None


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[
        [str, str, Callable[[LazyEventPartialState], dict[str, Any]]], None
    ],
) -> None:
    """Describe calls that are over, and actions on calls."""
    calls = CallLogbook(hass)
    async_dispatcher_connect(hass, SIGNAL_CALL_EVENT, calls.handle_call_event)
    async_describe_event(DOMAIN, EVENT_CALL, calls.describe)
    async_describe_event(DOMAIN, EVENT_CALL_CONTROL, calls.describe_control)


class CallLogbook:
    """Fire an event for each call that is over; describe it, and actions on calls.

    Home Assistant stores the event, so it has no number, name or id of a call. The other
    party is kept in memory only.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize without calls."""
        self._hass = hass
        # By the id of the event's context.
        self._other_parties: dict[str, _OtherParty] = {}

    @callback
    def handle_call_event(self, call_event: ExtensionCallEvent) -> None:
        """Fire the event of a call that is over."""
        if not call_event.event.type.is_final:
            return
        ref = ExtensionRef(call_event.entry_id, call_event.extension_id)
        entity_id = main_entity_id(self._hass, ref)
        entity = entity_id and er.async_get(self._hass).async_get(entity_id)
        if not entity or entity.device_id is None or entity.disabled:
            return
        event, context = call_event.event, Context()
        outcome, seconds = outcome_of(event), rounded_seconds(event.durations)
        self._store_other_party(context.id, ref, event.call)
        self._hass.bus.async_fire(
            EVENT_CALL,
            # Without an entity id: excluding the states of phones from the logbook would
            # exclude the event, too.
            {
                ATTR_DEVICE_ID: entity.device_id,
                "outcome": outcome.value,
                "direction": to_state(event.call.direction),
                **{key: seconds[key] for key in _STORED.get(outcome, ())},
            },
            context=context,
        )

    def _store_other_party(
        self, context_id: str, ref: ExtensionRef, call: ActiveCall
    ) -> None:
        parties = self._other_parties
        parties[context_id] = _OtherParty(ref, call.other_name, call.other_number)
        if len(parties) > MAX_OTHER_PARTIES:
            del parties[next(iter(parties))]

    def describe(self, event: LazyEventPartialState) -> dict[str, Any]:
        """Return the entry of the logbook, in the language of the server."""
        other_party = self._shown_other_party(event.context_id)
        return self._entry(event, *self._sentence(event.data, other_party))

    def describe_control(self, event: LazyEventPartialState) -> dict[str, Any]:
        """Return the entry of an action; its context has the user."""
        action, result = (str(event.data.get(key)) for key in ("action", "result"))
        # Any automation can fire the event, too.
        key = action if action in _CONTROL_ICONS else _OTHER_ACTION
        if key == _DIAL and result in _DIAL_FAILURES:
            key = f"{_DIAL}_{result}"
        message = self._text(f"control_{key}")
        if result == Result.UNKNOWN:
            message = self._text("control_unknown", action=message)
        return self._entry(event, message, _CONTROL_ICONS.get(action, _OTHER_ICON))

    def _entry(
        self, event: LazyEventPartialState, message: str, icon: str
    ) -> dict[str, Any]:
        # Called in a thread: the registries are not iterated.
        device_id = str(event.data.get(ATTR_DEVICE_ID))
        device = dr.async_get(self._hass).async_get(device_id)
        return {
            LOGBOOK_ENTRY_NAME: device and (device.name_by_user or device.name),
            LOGBOOK_ENTRY_MESSAGE: message,
            LOGBOOK_ENTRY_ICON: f"mdi:{icon}",
            LOGBOOK_ENTRY_ENTITY_ID: device and self._entity_id(device.identifiers),
        }

    def _entity_id(self, identifiers: Iterable[tuple[str, str]]) -> str | None:
        registry = er.async_get(self._hass)
        for domain, identifier in identifiers:
            if domain == DOMAIN:
                unique_id = f"{identifier}_{MAIN_KEY}"
                return registry.async_get_entity_id(SENSOR_DOMAIN, DOMAIN, unique_id)
        return None

    def _shown_other_party(self, context_id: str | None) -> str | None:
        """Return the other party of a call by the current privacy level."""
        if (party := self._other_parties.get(context_id or "")) is None:
            return None
        coordinator, privacy = get_coordinator(self._hass, party.ref), Privacy.NONE
        if coordinator and party.ref.extension_id in coordinator.allocation.shown:
            privacy = coordinator.privacy
        shown = (shown_name(party.name, privacy), shown_number(party.number, privacy))
        return next((text.strip() for text in shown if text and text.strip()), None)

    def _sentence(
        self, data: Mapping[str, Any], other_party: str | None
    ) -> tuple[str, str]:
        """Return the sentence and the icon of a call."""
        seconds = {key: _seconds(data.get(key)) for key in _DURATIONS}
        outcome = str(data.get("outcome"))
        # Any automation can fire the event, too.
        if None in map(seconds.get, _NEEDED.get(outcome, ())):
            outcome = CallOutcome.ENDED
        key, icon = _SENTENCES.get((outcome, str(data.get("direction"))), _ENDED)
        if key == "call_missed" and seconds["ringing_seconds"]:
            key += "_timed"
        if other_party:
            key += "_named"
        durations = {
            key.removesuffix("_seconds"): self._duration(n or 0)
            for key, n in seconds.items()
        }
        return self._text(key, other_party=other_party, **durations), icon

    def _duration(self, seconds: int) -> str:
        """Return a duration in its largest unit."""
        minutes = round(seconds / 60)
        if seconds < 60:
            return self._text("duration_seconds", seconds=seconds)
        if minutes < 60:
            return self._text("duration_minutes", minutes=minutes)
        return self._text("duration_hours", hours=minutes // 60, minutes=minutes % 60)

    def _text(self, key: str, **placeholders: object) -> str:
        texts = async_get_cached_translations(
            self._hass, self._hass.config.language, "common", DOMAIN
        )
        return texts[f"component.{DOMAIN}.common.{key}"].format(**placeholders)


def _seconds(value: object) -> int | None:
    return round(value) if isinstance(value, int | float) else None

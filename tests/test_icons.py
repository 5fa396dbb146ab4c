"""Icons: one for each thing, wherever it is shown."""

from collections.abc import Iterator
import json
from typing import Any, Final

from custom_components.ringcentral.actions.control import CONTROL_ACTIONS
from custom_components.ringcentral.calls.lifecycle import CallEventType
from custom_components.ringcentral.logbook import _CONTROL_ICONS

from .translations import PACKAGE, TEXTS

ICONS: Final[dict[str, Any]] = json.loads((PACKAGE / "icons.json").read_bytes())
EVENT_ICONS: Final[dict[str, str]] = ICONS["entity"]["event"]["calls"][
    "state_attributes"
]["event_type"]["state"]

# What each icon stands for: states, types of events, triggers, conditions and actions on
# calls.
MEANINGS: Final = {
    "phone-outline": {
        "sensor.telephony_status.no_call",
        "binary_sensor.anyone_on_the_phone.off",
        "binary_sensor.anyone_ringing.off",
        "binary_sensor.on_the_phone.off",
    },
    "phone-ring": {
        "sensor.telephony_status.ringing",
        "binary_sensor.anyone_ringing.on",
        "triggers.started_ringing",
        "conditions.is_ringing",
    },
    "phone-in-talk": {
        "sensor.telephony_status.call_connected",
        "binary_sensor.anyone_on_the_phone.on",
        "binary_sensor.on_the_phone.on",
        "event.calls.answered",
        "triggers.call_answered",
        "conditions.is_on_call",
        "services.answer_call",
    },
    "phone-paused": {
        "sensor.telephony_status.on_hold",
        "event.calls.held",
        "triggers.call_held",
        "conditions.has_call_on_hold",
        "services.hold_call",
    },
    "parking": {
        "sensor.telephony_status.parked_call",
        "event.calls.parked",
        "triggers.call_parked",
        "services.park_call",
    },
    "phone-incoming": {"event.calls.ringing"},
    "phone-outgoing": {"event.calls.dialing"},
    "play": {
        "event.calls.resumed",
        "triggers.call_resumed",
        "services.resume_call",
    },
    "phone-return": {"event.calls.unparked", "services.pick_up_call"},
    "phone-hangup": {
        "event.calls.ended",
        "triggers.call_ended",
        "services.hang_up",
    },
    "phone-missed": {"event.calls.missed", "triggers.call_missed"},
    "account-check": {
        "sensor.presence.available",
        "sensor.user_status.available",
        "select.user_status.available",
        "triggers.became_available",
        "conditions.is_available",
    },
    "account-clock": {
        "sensor.presence.busy",
        "sensor.user_status.busy",
        "select.user_status.busy",
        "triggers.became_busy",
        "conditions.is_busy",
    },
    "account-off-outline": {
        "sensor.presence.offline",
        "sensor.user_status.offline",
        "select.user_status.offline",
        "triggers.became_offline",
        "conditions.is_offline",
    },
    "phone-check": {
        "sensor.dnd.take_all_calls",
        "select.dnd.take_all_calls",
        "triggers.dnd_turned_off",
    },
    "minus-circle": {
        "sensor.dnd.do_not_accept_any_calls",
        "select.dnd.do_not_accept_any_calls",
        "triggers.dnd_turned_on",
        "conditions.is_do_not_disturb",
    },
    "phone-minus": {
        "sensor.dnd.do_not_accept_department_calls",
        "select.dnd.do_not_accept_department_calls",
    },
    "account-group": {
        "sensor.dnd.take_department_calls_only",
        "select.dnd.take_department_calls_only",
    },
    "account-multiple-check": {"conditions.someone_is_free"},
    "account-multiple-remove": {"conditions.nobody_is_free"},
    "phone-off": {"binary_sensor.nobody_takes_calls.on"},
    "headset-off": {"switch.takes_queue_calls.off"},
    "voicemail": {"triggers.voicemail_left"},
    "video": {"sensor.meeting_status.connected"},
    "video-off-outline": {"sensor.meeting_status.disconnected"},
    "phone-dial": {"services.dial"},
    "phone-cancel": {"services.cancel_dial"},
    "phone-remove": {"services.reject_call"},
    "phone-forward": {"services.forward_call"},
    "message-reply-text": {"services.reply_to_call"},
    "microphone-off": {"services.mute_call"},
    "microphone": {"services.unmute_call"},
    "swap-horizontal": {"services.transfer_call"},
    "cloud-check-outline": {"sensor.link.push"},
    "cloud-sync-outline": {"sensor.link.recovering"},
    "cloud-refresh-outline": {"sensor.link.polling"},
    "cloud-off-outline": {"sensor.link.down"},
}


def _icons() -> Iterator[tuple[str, str]]:
    """Yield the icon of each state, type of event, trigger, condition and action."""
    for platform, entities in ICONS["entity"].items():
        for key, icons in entities.items():
            states = icons.get("state", {})
            if platform == "event":
                states = EVENT_ICONS
            for state, icon in states.items():
                yield f"{platform}.{key}.{state}", icon
    for kind in ("triggers", "conditions"):
        for key, icons in ICONS[kind].items():
            yield f"{kind}.{key}", icons[kind.removesuffix("s")]
    for key, icons in ICONS["services"].items():
        # The others are about settings and data.
        if key not in ("get_calls", "get_status", "set_presence"):
            yield f"services.{key}", icons["service"]


def test_each_icon_has_one_meaning_and_each_thing_one_icon() -> None:
    """In sensors, selects, events, triggers, conditions and actions alike."""
    assert dict(_icons()) == {
        thing: f"mdi:{icon}" for icon, things in MEANINGS.items() for thing in things
    }


def test_no_state_shares_the_icon_of_an_unknown_one() -> None:
    """The default is shown for everything without an icon of its own."""
    defaults = {
        icons["default"]
        for entities in ICONS["entity"].values()
        for icons in entities.values()
        if icons.keys() & {"state", "state_attributes"}
    }
    assert defaults.isdisjoint(dict(_icons()).values())


def test_no_state_and_no_type_of_event_is_without_an_icon() -> None:
    things = {
        f"{platform}.{key}.{state}"
        for platform, entities in TEXTS["entity"].items()
        for key, texts in entities.items()
        for state in texts.get("state", ())
    }
    things |= {f"event.calls.{event_type}" for event_type in CallEventType}
    assert things - dict(_icons()).keys() == set()


def test_activity_shows_the_icon_of_the_action() -> None:
    names = {spec.action.value: spec.name for spec in CONTROL_ACTIONS}
    assert {
        names.get(action, action): f"mdi:{icon}"
        for action, icon in _CONTROL_ICONS.items()
    } == {
        name.removeprefix("services."): icon
        for name, icon in _icons()
        if name.startswith("services.")
    }

"""Values derived from the presence of an extension."""

from copy import replace
from typing import Any, cast

import pytest

from custom_components.ringcentral.api.models.enums import (
    CallerIdVisibility,
    DndStatus,
    MeetingStatus,
    PresenceStatus,
    TelephonyStatus,
)
from custom_components.ringcentral.api.models.presence import Presence
from custom_components.ringcentral.presence.models import (
    ALL_ASPECTS,
    AVAILABILITY,
    CALLS,
    DND,
    LAST_EVENT,
    ExtensionPresence,
    PresenceChange,
)
from custom_components.ringcentral.privacy import Privacy
from custom_components.ringcentral.select import SELECTS, PresenceSelectDescription
from custom_components.ringcentral.sensor import (
    EXTENSION_SENSORS,
    ExtensionSensorDescription,
)
from homeassistant.helpers.entity import EntityDescription

from ..strategies import EXTENSION, call_json, presence_event, snapshot


@pytest.mark.parametrize(
    ("status", "personal", "expected"),
    [
        (None, None, None),
        ("TAKE_ALL_CALLS", None, "TAKE_ALL_CALLS"),
        (None, "TAKE_ALL_CALLS", "TAKE_ALL_CALLS"),
        ("UNKNOWN", "TAKE_ALL_CALLS", "TAKE_ALL_CALLS"),
        ("UNKNOWN", None, "UNKNOWN"),
        ("DO_NOT_ACCEPT_ANY_CALLS", "TAKE_ALL_CALLS", "DO_NOT_ACCEPT_ANY_CALLS"),
        ("TAKE_ALL_CALLS", "DO_NOT_ACCEPT_ANY_CALLS", "DO_NOT_ACCEPT_ANY_CALLS"),
    ],
)
def test_do_not_disturb_is_on_if_either_status_is_on(
    status: str | None, personal: str | None, expected: str | None
) -> None:
    """The personal status counts where the other one is unknown."""
    extension = ExtensionPresence(
        Presence(
            dnd_status=None if status is None else DndStatus[status],
            dnd_status_personal=None if personal is None else DndStatus[personal],
        )
    )
    assert extension.dnd is (None if expected is None else DndStatus[expected])


def test_telephony_status_is_derived_from_the_calls_if_it_is_left_out() -> None:
    """Park locations have calls, but no status."""
    parked = snapshot(activeCalls=[call_json(1, "ParkedCall")]).presence
    assert ExtensionPresence(parked).telephony_status is TelephonyStatus.PARKED_CALL
    assert ExtensionPresence().telephony_status is TelephonyStatus.NO_CALL
    held = replace(parked, telephony_status=TelephonyStatus.ON_HOLD)
    assert ExtensionPresence(held).telephony_status is TelephonyStatus.ON_HOLD


def test_first_presence_of_an_extension_changes_all_aspects() -> None:
    """Its entities become available."""
    change = PresenceChange(EXTENSION, None, ExtensionPresence(), None)
    assert change.aspects == ALL_ASPECTS


@pytest.mark.parametrize(
    ("changed", "aspects"),
    [
        ({"telephony_status": TelephonyStatus.RINGING}, CALLS),
        ({"active_calls": ()}, CALLS),
        ({"total_active_calls": 1}, CALLS),
        ({"presence_status": PresenceStatus.BUSY}, AVAILABILITY),
        ({"user_status": PresenceStatus.BUSY}, AVAILABILITY),
        ({"meeting_status": MeetingStatus.CONNECTED}, AVAILABILITY),
        ({"allow_see_my_presence": True}, AVAILABILITY),
        ({"ring_on_monitored_call": True}, AVAILABILITY),
        ({"pick_up_calls_on_hold": True}, AVAILABILITY),
        ({"message": "x"}, AVAILABILITY),
        ({"dnd_status": DndStatus.TAKE_ALL_CALLS}, DND),
        ({"dnd_status_personal": DndStatus.TAKE_ALL_CALLS}, DND),
        ({"accept_call_queue_calls": True}, DND),
        ({"message": "x", "active_calls": ()}, AVAILABILITY | CALLS),
        # No entity shows these.
        ({"caller_id_visibility": CallerIdVisibility.ALL}, 0),
        ({"appearances": {}}, 0),
        ({}, 0),
    ],
)
def test_field_changes_the_aspect_of_the_entities_that_show_it(
    changed: dict[str, Any], aspects: int
) -> None:
    """Others are not updated."""
    before = ExtensionPresence(Presence())
    after = replace(before, presence=replace(before.presence, **changed), sequence=5)
    assert PresenceChange(EXTENSION, before, after, None).aspects == aspects


class _RecordedPresence:
    """Presence that records which of its fields are read."""

    def __init__(self, presence: Presence) -> None:
        self.read: set[str] = set()
        self._presence = presence

    def __getattr__(self, name: str) -> object:
        self.read.add(name)
        return getattr(self._presence, name)


def _fields_shown_by(description: EntityDescription) -> set[str]:
    """Return the fields of a presence that an entity reads."""
    fields: set[str] = set()
    for presence in (
        Presence(),
        snapshot(activeCalls=[call_json(1, "Ringing")]).presence,
    ):
        recorded = _RecordedPresence(presence)
        as_presence = cast(Presence, recorded)
        if isinstance(description, PresenceSelectDescription):
            description.value_fn(as_presence)
            description.options_fn(as_presence)
        elif isinstance(description, ExtensionSensorDescription):
            known = ExtensionPresence(as_presence)
            description.value_fn(known)
            description.attributes_fn(known, Privacy.FULL)
        fields |= recorded.read
    return fields


@pytest.mark.parametrize(
    "description",
    [*EXTENSION_SENSORS, *SELECTS],
    ids=lambda description: f"{type(description).__name__} {description.key}",
)
def test_each_field_that_an_entity_shows_changes_an_aspect_of_it(
    description: ExtensionSensorDescription | PresenceSelectDescription,
) -> None:
    """Else the entity would not be updated."""
    fields = _fields_shown_by(description)
    assert fields or description.aspects == LAST_EVENT
    before = ExtensionPresence()
    for name in fields:
        changed = replace(before.presence, **cast(Any, {name: object()}))
        change = PresenceChange(
            EXTENSION, before, replace(before, presence=changed), None
        )
        assert change.aspects & description.aspects, name


def test_each_event_changes_the_aspect_of_the_last_event() -> None:
    """Also one that changes no state."""
    before = ExtensionPresence(last_event=presence_event(sequence=1))
    after = replace(before, last_event=presence_event(sequence=1))
    assert PresenceChange(EXTENSION, before, after, None).aspects == LAST_EVENT
    assert PresenceChange(EXTENSION, before, before, None).aspects == 0

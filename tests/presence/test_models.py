"""Values derived from the presence of an extension."""

from copy import replace

import pytest

from custom_components.ringcentral.api.models.enums import DndStatus, TelephonyStatus
from custom_components.ringcentral.api.models.presence import Presence
from custom_components.ringcentral.presence.models import (
    ExtensionPresence,
    PresenceChange,
)

from ..strategies import EXTENSION, call_json, snapshot


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


def test_change_is_visible_if_a_field_of_the_presence_has_changed() -> None:
    """Sequence and time of the last event are no state."""
    before = ExtensionPresence(Presence(message="x"))

    def is_visible(before: ExtensionPresence | None, after: ExtensionPresence) -> bool:
        return PresenceChange(EXTENSION, before, after, None).is_visible

    assert is_visible(None, before)
    assert is_visible(before, replace(before, presence=Presence(message="y")))
    assert not is_visible(before, replace(before, sequence=5))

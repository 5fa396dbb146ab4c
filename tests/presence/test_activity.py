"""What an extension does: as the board shows it."""

import pytest

from custom_components.ringcentral.api.models.enums import (
    Direction,
    DndStatus,
    MeetingStatus,
    PresenceStatus,
    TelephonyStatus,
)
from custom_components.ringcentral.api.models.presence import ActiveCall, Presence
from custom_components.ringcentral.presence.activity import (
    FREE,
    ON_THE_PHONE,
    RINGING,
    activity_of,
)
from custom_components.ringcentral.presence.models import ExtensionPresence

_AVAILABLE = Presence(
    presence_status=PresenceStatus.AVAILABLE, telephony_status=TelephonyStatus.NO_CALL
)


def with_calls(*calls: tuple[str, str]) -> ExtensionPresence:
    """Return an available extension with calls of these statuses and directions."""
    active_calls = tuple(
        ActiveCall(
            telephony_status=TelephonyStatus[status], direction=Direction[direction]
        )
        for status, direction in calls
    )
    # As after a call that has just begun: the platform sends the status later.
    presence = Presence(
        presence_status=PresenceStatus.AVAILABLE,
        telephony_status=TelephonyStatus.NO_CALL,
        active_calls=active_calls,
    )
    return ExtensionPresence(presence)


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([], FREE),
        ([("RINGING", "INBOUND")], RINGING),
        ([("RINGING", "UNKNOWN")], RINGING),
        # It dials.
        ([("RINGING", "OUTBOUND")], ON_THE_PHONE),
        ([("CALL_CONNECTED", "INBOUND")], ON_THE_PHONE),
        ([("ON_HOLD", "OUTBOUND")], ON_THE_PHONE),
        (
            [("CALL_CONNECTED", "INBOUND"), ("RINGING", "INBOUND")],
            ON_THE_PHONE | RINGING,
        ),
        # No conversation, but a call.
        ([("PARKED_CALL", "INBOUND")], 0),
        ([("UNKNOWN", "INBOUND")], 0),
    ],
)
def test_calls_decide_whether_an_extension_rings_or_is_on_the_phone(
    calls: list[tuple[str, str]], expected: int
) -> None:
    """An extension with a call is not free."""
    assert activity_of(with_calls(*calls)) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, FREE),
        (TelephonyStatus.NO_CALL, FREE),
        (TelephonyStatus.RINGING, RINGING),
        (TelephonyStatus.CALL_CONNECTED, ON_THE_PHONE),
        (TelephonyStatus.ON_HOLD, ON_THE_PHONE),
        (TelephonyStatus.PARKED_CALL, 0),
    ],
)
def test_status_decides_where_the_calls_are_hidden(
    status: TelephonyStatus | None, expected: int
) -> None:
    """Only the status says that a person is on the phone."""
    presence = Presence(
        presence_status=PresenceStatus.AVAILABLE, telephony_status=status
    )
    assert activity_of(ExtensionPresence(presence)) == expected


@pytest.mark.parametrize(
    ("presence", "expected"),
    [
        (_AVAILABLE, FREE),
        (Presence(), 0),
        (Presence(presence_status=PresenceStatus.BUSY), 0),
        (Presence(presence_status=PresenceStatus.OFFLINE), 0),
        (Presence(presence_status=PresenceStatus.UNKNOWN), 0),
        (
            Presence(
                presence_status=PresenceStatus.AVAILABLE,
                meeting_status=MeetingStatus.CONNECTED,
            ),
            0,
        ),
        (
            Presence(
                presence_status=PresenceStatus.AVAILABLE,
                meeting_status=MeetingStatus.DISCONNECTED,
                dnd_status=DndStatus.DO_NOT_ACCEPT_DEPARTMENT_CALLS,
            ),
            FREE,
        ),
        (
            Presence(
                presence_status=PresenceStatus.AVAILABLE,
                dnd_status=DndStatus.TAKE_ALL_CALLS,
                dnd_status_personal=DndStatus.DO_NOT_ACCEPT_ANY_CALLS,
            ),
            0,
        ),
    ],
)
def test_free_is_available_without_a_meeting_or_do_not_disturb(
    presence: Presence, expected: int
) -> None:
    """An extension that accepts some calls is free."""
    assert activity_of(ExtensionPresence(presence)) == expected

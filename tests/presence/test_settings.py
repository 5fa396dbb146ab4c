"""A change of presence: by the kind of account, confirmed by the answer."""

from copy import replace
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.models.enums import (
    DndStatus,
    PresenceStatus,
    TelephonyStatus,
)
from custom_components.ringcentral.api.models.presence import Presence, PresenceUpdate
from custom_components.ringcentral.presence.merge import with_calls_of
from custom_components.ringcentral.presence.models import effective_dnd
from custom_components.ringcentral.presence.settings import (
    PERSONAL_DND,
    adapt_update,
    dnd_options,
    find_unapplied,
)

_FLAGS = ("allow_see_my_presence", "ring_on_monitored_call", "pick_up_calls_on_hold")
_OLD = Presence(dnd_status=DndStatus.TAKE_ALL_CALLS)
_NEW = Presence(dnd_status_personal=DndStatus.TAKE_ALL_CALLS)


def _presence(**settings: Any) -> Presence:
    return Presence(**settings)


_answers = st.builds(
    _presence,
    user_status=st.none() | st.sampled_from(PresenceStatus),
    dnd_status=st.none() | st.sampled_from(DndStatus),
    dnd_status_personal=st.none() | st.sampled_from([*PERSONAL_DND, DndStatus.UNKNOWN]),
    message=st.none() | st.text(max_size=3),
    allow_see_my_presence=st.none() | st.booleans(),
    ring_on_monitored_call=st.none() | st.booleans(),
    pick_up_calls_on_hold=st.none() | st.booleans(),
)
_updates = st.builds(
    PresenceUpdate,
    user_status=st.none()
    | st.sampled_from([s for s in PresenceStatus if s is not PresenceStatus.UNKNOWN]),
    dnd_status=st.none()
    | st.sampled_from([s for s in DndStatus if s is not DndStatus.UNKNOWN]),
    message=st.none() | st.text(max_size=3),
    allow_see_my_presence=st.none() | st.booleans(),
    ring_on_monitored_call=st.none() | st.booleans(),
    pick_up_calls_on_hold=st.none() | st.booleans(),
)


def _requested(update: PresenceUpdate) -> dict[str, Any]:
    return {
        name: value
        for name in update.__struct_fields__
        if (value := getattr(update, name)) is not None
    }


@given(update=_updates, answer=_answers)
def test_answer_with_the_requested_values_confirms_them(
    update: PresenceUpdate, answer: Presence
) -> None:
    """Other fields do not matter."""
    shown = replace(answer, **_requested(update))
    if update.dnd_status is not None:
        shown = replace(shown, dnd_status_personal=None)

    assert find_unapplied(update, shown) == []


@given(update=_updates, answer=_answers)
def test_requested_value_that_the_answer_lacks_is_not_confirmed(
    update: PresenceUpdate, answer: Presence
) -> None:
    """And the other way round; an unknown do not disturb is left open."""
    expected = {
        name
        for name in ("user_status", *_FLAGS)
        if (wanted := getattr(update, name)) is not None
        and getattr(answer, name) is not wanted
    }
    if update.dnd_status and effective_dnd(answer) not in (
        update.dnd_status,
        DndStatus.UNKNOWN,
    ):
        expected.add("dnd_status")
    if (
        update.message is not None
        and (answer.message or "").strip() != update.message.strip()
    ):
        expected.add("message")

    assert set(find_unapplied(update, answer)) == expected


def test_value_of_user_status_that_is_not_known_confirms_nothing() -> None:
    """Only do not disturb has an `Unknown` of the platform's own."""
    update = PresenceUpdate(user_status=PresenceStatus.BUSY)
    answer = Presence(user_status=PresenceStatus.UNKNOWN)

    assert find_unapplied(update, answer) == ["user_status"]


@pytest.mark.parametrize(
    ("presence", "is_personal"),
    [
        (_OLD, False),
        (_NEW, True),
        (replace(_NEW, dnd_status=DndStatus.UNKNOWN), True),
        (replace(_NEW, dnd_status=DndStatus.TAKE_ALL_CALLS), False),
        (Presence(), False),
        (Presence(dnd_status=DndStatus.UNKNOWN), False),
    ],
)
def test_kind_of_the_account_decides_what_is_offered_and_requested(
    presence: Presence, is_personal: bool
) -> None:
    """By the personal field only where the other one is unknown."""
    on = DndStatus.DO_NOT_ACCEPT_ANY_CALLS
    update = PresenceUpdate(dnd_status=on, message="Back at three")

    if is_personal:
        expected = PresenceUpdate(dnd_status_personal=on, message="Back at three")
        assert dnd_options(presence) == PERSONAL_DND
        assert adapt_update(update, presence) == expected
    else:
        assert len(dnd_options(presence)) == 4
        assert adapt_update(update, presence) == update
    assert DndStatus.UNKNOWN not in dnd_options(presence)


def test_change_of_something_else_is_the_same_for_every_account() -> None:
    """Do not disturb is left out."""
    update = PresenceUpdate(message="Back at three")
    assert adapt_update(update, _NEW) == update


@given(answer=_answers)
def test_answer_changes_settings_and_never_the_calls(answer: Presence) -> None:
    """Although it has a telephony status."""
    known = Presence(
        telephony_status=TelephonyStatus.RINGING,
        active_calls=(),
        total_active_calls=9,
        aggregated_telephony_status=TelephonyStatus.RINGING,
        cx_telephony_status=TelephonyStatus.NO_CALL,
        appearances={"lineStatus": "Seized"},
    )
    answered = with_calls_of(
        replace(answer, telephony_status=TelephonyStatus.NO_CALL), known
    )

    calls = {n for n in known.__struct_fields__ if getattr(known, n) is not None}
    for name in calls:
        assert getattr(answered, name) == getattr(known, name)
    for name in set(known.__struct_fields__) - calls:
        assert getattr(answered, name) == getattr(answer, name)

"""Numbers of people and calls: whatever changes, they are those of a recount."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from custom_components.ringcentral.api.models.enums import (
    Direction,
    PresenceStatus,
    TelephonyStatus,
)
from custom_components.ringcentral.api.models.presence import ActiveCall, Presence
from custom_components.ringcentral.groups.overview import Overview
from custom_components.ringcentral.groups.tally import KNOWN, Tally
from custom_components.ringcentral.presence.activity import (
    FREE,
    ON_THE_PHONE,
    RINGING,
    activity_of,
)
from custom_components.ringcentral.presence.models import ExtensionPresence

_PEOPLE = ("1", "2", "3", "4")
_BITS = (FREE, RINGING, ON_THE_PHONE)
_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

_activities = st.none() | st.sampled_from([0, FREE, RINGING, 4, RINGING | 4])
_changes = st.lists(
    st.tuples(st.sampled_from(_PEOPLE), _activities)
    | st.frozensets(st.sampled_from(_PEOPLE))
)


@given(_changes)
def test_tally_equals_a_recount_after_any_changes(
    changes: Sequence[tuple[str, int | None] | frozenset[str]],
) -> None:
    """Of what members do, and of who is a member."""
    account, group = Tally(frozenset(_PEOPLE)), Tally()
    does: dict[str, int | None] = {}
    for change in changes:
        if isinstance(change, frozenset):
            group.set_members(change, account)
            continue
        person, activity = change
        before, does[person] = does.get(person), activity
        changed = account.update(person, activity)
        assert bool(changed) is (before != activity)
        if changed and person in group.members:
            assert group.update(person, activity) == changed
        for tally in (account, group):
            known = [does[i] for i in tally.members if does.get(i) is not None]
            assert tally.known == tally.count(KNOWN) == len(known)
            for bit in _BITS:
                ids = {i for i in tally.members if (does.get(i) or 0) & bit}
                assert tally.ids(bit) == ids
                assert tally.count(bit) == len(ids)


def test_update_returns_what_has_changed() -> None:
    """Entities that show something else are not updated."""
    tally = Tally(frozenset(_PEOPLE))
    assert tally.update("1", 0) == KNOWN
    assert tally.update("1", FREE) == FREE
    assert tally.update("1", FREE) == 0
    assert tally.update("1", ON_THE_PHONE | RINGING) == FREE | ON_THE_PHONE | RINGING
    assert tally.update("1", ON_THE_PHONE) == RINGING
    assert tally.update("1", None) == ON_THE_PHONE | KNOWN


_calls = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from(list(TelephonyStatus)),
        st.none() | st.integers(0, 5),
    ),
    max_size=3,
)


def presence(
    calls: Sequence[tuple[str, TelephonyStatus, int | None]],
) -> ExtensionPresence:
    """Return an extension with calls: session, status, and minute of the last change."""
    return ExtensionPresence(
        Presence(
            presence_status=PresenceStatus.AVAILABLE,
            active_calls=tuple(
                ActiveCall(
                    telephony_session_id=session,
                    telephony_status=status,
                    direction=Direction.INBOUND,
                )
                for session, status, _ in calls
            ),
        ),
        call_times=tuple(
            None if minute is None else _NOON + timedelta(minutes=minute)
            for *_, minute in calls
        ),
    )


@given(st.lists(st.tuples(st.sampled_from(_PEOPLE), st.none() | _calls)))
def test_overview_equals_a_recount_after_any_changes(
    changes: Sequence[
        tuple[str, Sequence[tuple[str, TelephonyStatus, int | None]] | None]
    ],
) -> None:
    """A call at several phones is one."""
    overview = Overview()
    current: dict[str, Sequence[tuple[str, TelephonyStatus, int | None]]] = {}
    for person, calls in changes:
        current.pop(person, None)
        known = None if calls is None else presence(calls)
        if calls is not None:
            current[person] = calls
        overview.update_calls(
            person, known, None if known is None else activity_of(known)
        )
        assert overview.calls == len({s for c in current.values() for s, *_ in c})
        assert overview.in_call == {i for i, c in current.items() if c}
        held = [
            _NOON + timedelta(minutes=minute)
            for calls in current.values()
            for _, status, minute in calls
            if status is TelephonyStatus.ON_HOLD and minute is not None
        ]
        assert overview.held_since == min(held, default=None)


def test_hidden_call_counts_once_for_each_extension() -> None:
    """Only the status says that there is a call, not which."""
    overview = Overview()
    hidden = ExtensionPresence(
        Presence(telephony_status=TelephonyStatus.CALL_CONNECTED)
    )
    for person in ("1", "2"):
        overview.update_calls(person, hidden, activity_of(hidden))
    assert overview.calls == 2
    assert overview.in_call == {"1", "2"}
    for person in ("1", "2"):
        overview.update_calls(person, ExtensionPresence(), 0)
    assert overview.calls == 0

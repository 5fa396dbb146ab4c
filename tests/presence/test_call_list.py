"""Calls of an extension after a list of calls: identity, missing fields, contradictions."""

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import convert
from custom_components.ringcentral.api.models.enums import TelephonyStatus
from custom_components.ringcentral.api.models.presence import ActiveCall, Presence
from custom_components.ringcentral.presence.call_list import merge_calls

from ..strategies import call_json

_IDS = {
    "telephonySessionId": "s-1",
    "partyId": "p-1-2",
    "sessionId": "810001",
    "id": "call-1-",
}


def call(
    status: str | None = "Ringing", number: int = 1, /, **fields: object
) -> ActiveCall:
    json = call_json(number, "", **{"telephonyStatus": status, **fields})
    return convert(ActiveCall, json, Anomalies())


def event(
    *calls: ActiveCall, status: str | None = None, total: int | None = None
) -> Presence:
    return Presence(
        telephony_status=None if status is None else TelephonyStatus(status),
        active_calls=calls,
        total_active_calls=total,
    )


@given(st.permutations(list(_IDS)), st.integers(1, 3), st.data())
def test_ids_that_come_late_or_are_left_out_make_no_second_call(
    order: list[str], count: int, data: st.DataObject
) -> None:
    """As long as each entry has an id that an earlier one had."""
    seen = set(order[:count])
    known = merge_calls((), event(call(**dict.fromkeys(_IDS.keys() - seen)))).calls
    for _ in range(3):
        common = data.draw(st.sampled_from(sorted(seen)))
        others = data.draw(st.sets(st.sampled_from(list(_IDS))))
        left_out = _IDS.keys() - {common, *others}
        known = merge_calls(known, event(call(**dict.fromkeys(left_out)))).calls
        seen |= {common, *others}
        assert len(known) == 1
    (merged,) = known
    ids = {
        "telephonySessionId": merged.telephony_session_id,
        "partyId": merged.party_id,
        "sessionId": merged.session_id,
        "id": merged.id,
    }
    assert {name: value for name, value in ids.items() if name in seen} == {
        name: _IDS[name] for name in seen
    }


@given(st.lists(st.integers(1, 9), unique=True, max_size=6))
def test_calls_of_different_sessions_stay_as_many_as_they_are(
    numbers: list[int],
) -> None:
    known = tuple(call("OnHold", number) for number in numbers)
    listed = tuple(reversed(known))
    merged = merge_calls(known, event(*listed, total=len(listed)))
    assert set(merged.calls) == set(known)
    assert not merged.needs_refresh


@pytest.mark.parametrize(
    "left_out", ["fromName", "from", "to", "queueCall", "direction", "startTime"]
)
def test_field_that_an_entry_leaves_out_is_kept(left_out: str) -> None:
    known = call(queueCall=True)
    merged = merge_calls((known,), event(call(**{"queueCall": True, left_out: None})))
    assert merged.calls == (known,)


@pytest.mark.parametrize(
    ("known", "listed", "continues"),
    [
        # Another party of the session, in its place.
        (call(), call("Ringing", partyId="p-1-3"), True),
        (call(), call("CallConnected", partyId="p-1-3"), True),
        (call("CallConnected"), call("CallConnected", partyId="p-1-3"), True),
        # An answered call that rings as another party is a new one.
        (call("CallConnected"), call("Ringing", partyId="p-1-3"), False),
        # The other side of a call to one's own number.
        (call(), call("Ringing", partyId="p-1-3", direction="Outbound"), False),
        # No id in common.
        (call(), call("Ringing", 2), False),
        (call(sessionId="0"), call("Ringing", 2, sessionId="0"), False),
    ],
)
def test_entry_continues_a_known_call_or_is_a_new_one(
    known: ActiveCall, listed: ActiveCall, continues: bool
) -> None:
    """Of a call that continues, the name that the entry leaves out is kept."""
    nameless = convert(
        ActiveCall,
        {**call_json(1, ""), **_as_json(listed), "fromName": None},
        Anomalies(),
    )
    merged = merge_calls((known,), event(nameless, total=1))
    named = [
        item.from_name for item in merged.calls if item.party_id == listed.party_id
    ]
    assert named == (["Ada Example"] if continues else [None])


def _as_json(item: ActiveCall) -> dict[str, object]:
    return {
        "telephonyStatus": item.telephony_status and item.telephony_status.value,
        "direction": item.direction and item.direction.value,
        "telephonySessionId": item.telephony_session_id,
        "partyId": item.party_id,
        "sessionId": item.session_id,
        "id": item.id,
    }


@pytest.mark.parametrize(
    ("listed", "status", "total", "needs_refresh"),
    [
        ([call()], "Ringing", 1, False),
        ([call(), call("CallConnected", 2)], "Ringing", 2, False),
        # No call has the status, or there is a call without one.
        ([call()], "CallConnected", 1, True),
        ([call(), call(None, 2)], "Ringing", 2, True),
        # Fewer calls than are listed.
        ([call(), call("CallConnected", 2)], "Ringing", 1, True),
        ([call("NoCall")], "Ringing", None, True),
        ([call()], "NoCall", 1, True),
        # The connection on one device has ended.
        ([call("NoCall", terminationType="intermediate")], "Ringing", 1, True),
    ],
)
def test_contradictory_calls_need_a_refresh(
    listed: list[ActiveCall], status: str, total: int | None, needs_refresh: bool
) -> None:
    merged = merge_calls((), event(*listed, status=status, total=total))
    assert merged.needs_refresh is needs_refresh

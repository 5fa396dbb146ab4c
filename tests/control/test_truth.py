"""No state is set by a press: events of the platform show what has become of it."""

from typing import Literal

import pytest

from ..common import Account
from ..reliability.common import MOVED_TIME, Time
from .common import changes, connected, held, parked, press, requests

pytestmark = MOVED_TIME

PRESENCE = "/restapi/v1.0/account/~/extension/"


@pytest.mark.parametrize("order", ["answer_first", "event_first", "late", "none"])
async def test_state_follows_the_event_wherever_it_comes(
    controlled: Account,
    time: Time,
    order: Literal["answer_first", "event_first", "late", "none"],
) -> None:
    await connected(controlled)
    controlled.simulator.switches.event_order = order
    assert await press(controlled, "hold_call") == "done"
    if order in ("late", "none"):
        assert controlled.shows("101", "telephony_status") == "call_connected"
    # After five seconds without an event, the presence is read.
    await time.passes(9.0)
    assert controlled.shows("101", "telephony_status") == "on_hold"
    assert changes(controlled) == ["POST hold"]


async def test_event_saves_the_refresh_of_the_presence(
    controlled: Account, time: Time
) -> None:
    await connected(controlled)
    controlled.simulator.log.clear()
    assert await press(controlled, "hold_call") == "done"
    await time.passes(9.0)
    assert requests(controlled) == ["GET session", "POST hold"]
    assert not [r for r in controlled.simulator.log if "presence" in r.path]


@pytest.mark.parametrize(
    ("action", "key"), [("hang_up", "over"), ("hold_call", "call_over")]
)
async def test_call_that_was_over_is_not_shown_any_more(
    controlled: Account, time: Time, action: str, key: str
) -> None:
    party = await connected(controlled)
    controlled.simulator.fault("lose", count=9)
    controlled.simulator.end(party.telephony_session_id)
    controlled.simulator.clear_faults()
    assert await press(controlled, action) == key
    await time.passes(9.0)
    assert controlled.shows("101", "telephony_status") == "no_call"


async def test_lost_event_of_another_state_is_made_up_for(
    controlled: Account, time: Time
) -> None:
    party = await connected(controlled)
    controlled.simulator.fault("lose", count=9)
    controlled.simulator.hold(party.telephony_session_id)
    controlled.simulator.clear_faults()
    assert await press(controlled, "mute_call") == "call_is_held"
    await time.passes(9.0)
    assert controlled.shows("101", "telephony_status") == "on_hold"


async def test_retrieved_call_of_others_is_shown_without_an_event(
    controlled: Account, time: Time
) -> None:
    await parked(controlled, "102")
    controlled.simulator.switches.event_order = "none"
    assert await press(controlled, "pick_up_call", "102") == "done"
    await time.passes(9.0)
    assert controlled.shows("101", "telephony_status") == "call_connected"
    assert controlled.shows("102", "telephony_status") == "no_call"


@pytest.mark.parametrize(
    ("reading", "key"),
    [
        ("released", "done"),
        ("held", "action_not_applied"),
        ("conflict", "call_changed"),
    ],
)
async def test_call_that_was_held_at_the_phone_is_not_said_to_be_resumed(
    controlled: Account, reading: Literal["released", "held", "conflict"], key: str
) -> None:
    party = await connected(controlled)
    controlled.simulator.switches.phone_hold = reading
    controlled.simulator.move_at_phone(
        party.telephony_session_id, "hold_at_phone", "101"
    )
    await controlled.until_all_reported()
    assert await press(controlled, "resume_call") == key
    assert changes(controlled) == ["POST unhold"]


@pytest.mark.parametrize("status", [404, 409])
async def test_refusal_of_a_state_is_explained_by_the_state_since(
    controlled: Account, status: int
) -> None:
    await connected(controlled)
    controlled.simulator.fault("error", method="POST", status=status, count=1)
    key = "rejected" if status == 404 else "call_changed"
    assert await press(controlled, "hold_call") == key
    # Only one change, and one more read.
    assert requests(controlled).count("GET session") == 2


async def test_hang_up_ends_the_own_side_if_the_session_may_not_be_ended(
    controlled: Account,
) -> None:
    await held(controlled)
    controlled.simulator.fault(
        "error", method="DELETE", status=403, errorCode="TAS-106", count=1
    )
    assert await press(controlled, "hang_up") == "done"
    assert changes(controlled)[-1] == "DELETE party"
    await controlled.until_all_reported()
    assert controlled.shows("101", "telephony_status") == "no_call"

"""Each action: what is requested, what users see, and what is shown as activity."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ringcentral.control.manager import EVENT_CALL_CONTROL
from homeassistant.core import Context
from simulator.company.parties import Party

from ..actions.common import dial
from ..common import Account
from ..reliability.common import MOVED_TIME, Time
from ..services import device_id
from .common import (
    CALLER,
    OTHER,
    SESSIONS,
    changes,
    connected,
    held,
    parked,
    press,
    requests,
    ringing,
)

pytestmark = MOVED_TIME

type SetUp = Callable[..., Awaitable[Party]]


@pytest.mark.parametrize(
    ("set_up", "action", "fields", "request_", "shown"),
    [
        (ringing, "answer_call", {}, "POST answer", "call_connected"),
        (ringing, "reject_call", {}, "POST reject", "no_call"),
        (ringing, "forward_call", {"number": OTHER}, "POST forward", "no_call"),
        (ringing, "forward_call", {"voicemail": True}, "POST forward", "no_call"),
        (ringing, "reply_to_call", {"text": "Later"}, "POST reply", "no_call"),
        (ringing, "hang_up", {}, "POST reject", "no_call"),
        (connected, "hold_call", {}, "POST hold", "on_hold"),
        (held, "resume_call", {}, "POST unhold", "call_connected"),
        (connected, "mute_call", {}, "PATCH party", "call_connected"),
        (connected, "transfer_call", {"number": OTHER}, "POST transfer", "no_call"),
        (connected, "park_call", {}, "POST park", "parked_call"),
        (parked, "pick_up_call", {}, "POST pickup", "call_connected"),
        (connected, "hang_up", {}, "DELETE session", "no_call"),
        (held, "hang_up", {}, "DELETE session", "no_call"),
    ],
)
async def test_action_reads_the_session_and_changes_it_once(
    controlled: Account,
    set_up: SetUp,
    action: str,
    fields: dict[str, Any],
    request_: str,
    shown: str,
) -> None:
    party = await set_up(controlled)
    activity = async_capture_events(controlled.hass, EVENT_CALL_CONTROL)
    context = Context()
    assert await press(controlled, action, context=context, **fields) == "done"

    assert requests(controlled) == ["GET session", request_]
    await controlled.until_all_reported()
    assert controlled.shows("101", "telephony_status") == shown
    [event] = activity
    assert event.data == {
        "device_id": device_id(controlled, "101"),
        "action": action.removesuffix("_call").removesuffix("_to"),
        "result": "done",
    }
    assert event.context is context
    assert party.telephony_session_id not in str(event.data)


async def test_call_is_unmuted_before_it_is_transferred(controlled: Account) -> None:
    await connected(controlled)
    assert await press(controlled, "mute_call") == "done"
    assert await press(controlled, "mute_call") == "already"
    assert await press(controlled, "transfer_call", number=OTHER) == "unmute_first"
    assert await press(controlled, "unmute_call") == "done"
    assert await press(controlled, "transfer_call", number=OTHER) == "done"
    assert changes(controlled) == ["PATCH party"] * 2 + ["POST transfer"]


async def test_two_own_calls_are_connected(controlled: Account) -> None:
    first = await held(controlled)
    second = await connected(controlled, from_=OTHER)
    result = await press(
        controlled,
        "transfer_call",
        call=second.telephony_session_id,
        to_call=first.telephony_session_id,
    )
    assert result == "done"
    assert requests(controlled) == ["GET session", "GET session", "POST bridge"]
    await controlled.until_all_reported()
    assert controlled.shows("101", "telephony_status") == "no_call"


@pytest.mark.parametrize(
    ("set_up", "action", "key"),
    [
        (ringing, "hold_call", "no_such_call"),
        (connected, "reject_call", "no_such_call"),
        (connected, "resume_call", "already"),
        (held, "hold_call", "already"),
        (connected, "answer_call", "already"),
    ],
)
async def test_action_that_does_not_fit_the_call_sends_no_change(
    controlled: Account, set_up: SetUp, action: str, key: str
) -> None:
    await set_up(controlled)
    assert await press(controlled, action) == key
    assert not changes(controlled)


@pytest.mark.parametrize(
    ("action", "key"), [("hang_up", "over"), ("hold_call", "call_over")]
)
async def test_call_that_has_ended_in_the_meantime(
    controlled: Account, action: str, key: str
) -> None:
    party = await connected(controlled)
    controlled.simulator.fault("lose")
    controlled.simulator.end(party.telephony_session_id)
    assert await press(controlled, action) == key
    assert not changes(controlled)


@pytest.mark.parametrize("call", ["", "..", "~", "x" * 500, "\ud800"])
async def test_id_that_cannot_be_one_is_refused_without_a_request(
    controlled: Account, call: str
) -> None:
    assert await press(controlled, "hang_up", call=call) == "no_such_call"
    assert not requests(controlled)


@pytest.mark.parametrize("call", ["a/b%2F+~", "s-1?x=1#y", "../../extension/~"])
async def test_id_of_any_characters_is_one_segment_of_a_path(
    controlled: Account, call: str
) -> None:
    assert await press(controlled, "hold_call", call=call) == "call_over"
    assert not changes(controlled)


@pytest.mark.parametrize(
    ("action", "fields", "key"),
    [
        ("forward_call", {"number": "112"}, "number_emergency"),
        ("forward_call", {"number": "HELP"}, "number_letters"),
        ("forward_call", {"number": "12"}, "number_short"),
        ("reply_to_call", {"text": " "}, "reply_empty"),
        ("reply_to_call", {"text": "x" * 101}, "reply_too_long"),
        ("answer_call", {"phone": "Nowhere"}, "phone_not_found"),
    ],
)
async def test_bad_input_is_refused_before_the_session_is_read(
    controlled: Account, action: str, fields: dict[str, Any], key: str
) -> None:
    await ringing(controlled)
    assert await press(controlled, action, **fields) == key
    assert not requests(controlled)


async def test_several_calls_are_not_guessed(controlled: Account) -> None:
    first = await held(controlled)
    await held(controlled, from_=OTHER)
    assert await press(controlled, "resume_call") == "several_calls"
    assert not requests(controlled)
    call = first.telephony_session_id
    assert await press(controlled, "resume_call", call=call) == "done"


async def test_stale_presence_does_not_choose_a_call(controlled: Account) -> None:
    party = await connected(controlled)
    controlled.coordinator.monitor.stale.add(controlled.simulator.extension("101").id)
    assert await press(controlled, "hold_call") == "picture_not_current"
    assert not requests(controlled)
    # The session of an id tells its state itself.
    call = party.telephony_session_id
    assert await press(controlled, "hold_call", call=call) == "done"


async def test_hang_up_with_three_parties_leaves_the_others_alone(
    controlled: Account,
) -> None:
    party = await connected(controlled)
    call = controlled.simulator.session(party.telephony_session_id)
    extra = controlled.simulator.account.calls._outside(call, party, "Inbound")
    controlled.simulator.account.calls._set(call, extra, "Proceeding")
    controlled.simulator.account.calls._set(call, extra, "Answered")
    assert await press(controlled, "hang_up") == "done"
    assert changes(controlled) == ["DELETE party"]
    await controlled.until_all_reported()
    assert controlled.shows("101", "telephony_status") == "no_call"
    assert len(call.living) == 2


async def test_outage_is_named_and_nothing_is_changed(controlled: Account) -> None:
    await connected(controlled)
    controlled.simulator.fault("maintenance", path=SESSIONS, count=1)
    assert await press(controlled, "hold_call") == "maintenance"
    assert not changes(controlled)
    assert await press(controlled, "hold_call") == "done"


@pytest.mark.parametrize("action", ["hang_up", "reject_call"])
async def test_own_phone_that_rings_for_a_dialed_call_is_silenced_by_its_ringout(
    controlled: Account, action: str
) -> None:
    """No session is read: it works without the permission to control calls."""
    controlled.simulator.permissions.discard("CallControl")
    await dial(controlled, number=OTHER)
    await controlled.until_all_reported()
    [ring_out] = controlled.simulator.ring_outs.by_id.values()
    call = ring_out.call.id
    assert await press(controlled, action, call=call) == "done"
    assert not requests(controlled)
    await controlled.until_all_reported()
    assert controlled.shows("101", "telephony_status") == "no_call"


async def test_answered_dialed_call_is_hung_up_by_its_session(
    controlled: Account, time: Time
) -> None:
    await dial(controlled, number=OTHER)
    [ring_out_id] = controlled.simulator.ring_outs.by_id
    for move in ("answer_own", "answer"):
        controlled.simulator.move_ring_out(ring_out_id, move)
    await time.passes(10.0)
    assert controlled.shows("101", "telephony_status") == "call_connected"
    assert await press(controlled, "hang_up") == "done"
    assert changes(controlled) == ["DELETE session"]


async def test_nothing_personal_is_logged(
    controlled: Account, caplog: pytest.LogCaptureFixture
) -> None:
    party = await connected(controlled)
    caplog.set_level("DEBUG", "custom_components.ringcentral")
    caplog.clear()
    controlled.simulator.fault("failed_answer", method="POST", count=1)
    assert await press(controlled, "transfer_call", number=OTHER) == "done"
    await connected(controlled, "102")
    assert await press(controlled, "hold_call", "102") == "others_refused"
    ours = [r.getMessage() for r in caplog.records if "ringcentral" in r.name]
    assert ours
    for personal in (CALLER, OTHER, party.telephony_session_id):
        assert not any(personal in message for message in ours)

"""Answers that are lost: nothing is sent again, and nothing false is reported."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ringcentral.control.manager import EVENT_CALL_CONTROL
from simulator.company.parties import Party

from ..common import Account
from ..reliability.common import MOVED_TIME
from .common import OTHER, changes, connected, held, parked, press, requests, ringing

pytestmark = MOVED_TIME

type SetUp = Callable[..., Awaitable[Party]]

ACTIONS = [
    (ringing, "answer_call", {}, "POST"),
    (ringing, "reject_call", {}, "POST"),
    (ringing, "forward_call", {"number": OTHER}, "POST"),
    (ringing, "reply_to_call", {"text": "Later"}, "POST"),
    (connected, "hold_call", {}, "POST"),
    (held, "resume_call", {}, "POST"),
    (connected, "mute_call", {}, "PATCH"),
    (connected, "transfer_call", {"number": OTHER}, "POST"),
    (connected, "park_call", {}, "POST"),
    (parked, "pick_up_call", {}, "POST"),
    (connected, "hang_up", {}, "DELETE"),
]


@pytest.mark.parametrize(("set_up", "action", "fields", "method"), ACTIONS)
@pytest.mark.parametrize(
    ("fault", "options"),
    [("lost_answer", {}), ("failed_answer", {}), ("late", {"delay": 11})],
)
async def test_lost_answer_is_found_out_by_one_read(
    controlled: Account,
    set_up: SetUp,
    action: str,
    fields: dict[str, Any],
    method: str,
    fault: str,
    options: dict[str, Any],
) -> None:
    await set_up(controlled)
    controlled.simulator.fault(fault, method=method, count=1, **options)
    result = await press(controlled, action, **fields)

    # `voicemail` has the call that was rejected: it is over here all the same.
    assert result in ("done", "over")
    sent = changes(controlled)
    # The HTTP client repeats a DELETE whose connection broke: the answer is 404 then.
    assert len(sent) == 1 or (method == "DELETE" and fault == "lost_answer")
    assert len(requests(controlled)) - len(sent) <= 2


@pytest.mark.parametrize(("set_up", "action", "fields", "method"), ACTIONS)
async def test_request_without_effect_or_answer_is_unknown(
    controlled: Account,
    set_up: SetUp,
    action: str,
    fields: dict[str, Any],
    method: str,
) -> None:
    await set_up(controlled)
    activity = async_capture_events(controlled.hass, EVENT_CALL_CONTROL)
    controlled.simulator.fault("no_answer", method=method, count=1)
    assert await press(controlled, action, **fields) == "action_unknown"
    assert [event.data["result"] for event in activity] == ["unknown"]
    controlled.simulator.clear_faults()


async def test_press_after_an_unknown_result_reads_the_session_again(
    controlled: Account,
) -> None:
    await connected(controlled)
    controlled.simulator.fault("no_answer", method="POST", count=1)
    assert await press(controlled, "hold_call") == "action_unknown"
    controlled.simulator.clear_faults()
    assert await press(controlled, "hold_call") == "done"
    assert await press(controlled, "hold_call") == "already"

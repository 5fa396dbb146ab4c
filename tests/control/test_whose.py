"""Calls of others, and what RingCentral denies."""

from typing import Literal

import pytest

from custom_components.ringcentral.control.models import Action, Whose

from ..common import Account
from ..reliability.common import MOVED_TIME
from .common import changes, connected, control_of, parked, press, requests

pytestmark = MOVED_TIME


@pytest.mark.parametrize("refusal", ["TAS-106", "CMN-419", "CMN-408", "404"])
async def test_denied_control_of_others_is_stored(
    controlled: Account, refusal: Literal["TAS-106", "CMN-419", "CMN-408", "404"]
) -> None:
    controlled.simulator.switches.control_refusal = refusal
    await connected(controlled, "102")
    assert await press(controlled, "hold_call", "102") == "others_refused"
    before = requests(controlled)
    assert await press(controlled, "hold_call", "102") == "others_refused"
    assert await press(controlled, "hang_up", "102") == "others_refused"
    assert requests(controlled) == before
    assert controlled.shows("102", "telephony_status") == "call_connected"
    abilities = control_of(controlled).controller.abilities(Whose.OTHERS)
    assert Action.HOLD in abilities.denied
    # Own calls have nothing to do with it.
    await connected(controlled)
    assert await press(controlled, "hold_call") == "done"


@pytest.mark.parametrize("refusal", ["TAS-106", "404"])
async def test_hang_up_of_others_is_not_said_to_be_done(
    controlled: Account, refusal: Literal["TAS-106", "404"]
) -> None:
    controlled.simulator.switches.control_refusal = refusal
    await connected(controlled, "102")
    assert await press(controlled, "hang_up", "102") == "others_refused"
    await controlled.until_all_reported()
    assert controlled.shows("102", "telephony_status") == "call_connected"


async def test_refusal_is_forgotten_with_a_reload(controlled: Account) -> None:
    await connected(controlled, "102")
    assert await press(controlled, "hold_call", "102") == "others_refused"
    controlled.simulator.switches.control_others = "allowed"
    assert await press(controlled, "hold_call", "102") == "others_refused"
    await controlled.hass.config_entries.async_reload(controlled.entry.entry_id)
    await controlled.hass.async_block_till_done()
    assert await press(controlled, "hold_call", "102") == "done"


async def test_allowed_control_of_others_works(controlled: Account) -> None:
    controlled.simulator.switches.control_others = "allowed"
    await connected(controlled, "102")
    assert await press(controlled, "hold_call", "102") == "done"
    assert await press(controlled, "resume_call", "102") == "done"
    await controlled.until_all_reported()
    assert await press(controlled, "hang_up", "102") == "done"
    await controlled.until_all_reported()
    assert controlled.shows("102", "telephony_status") == "no_call"


async def test_session_of_others_that_may_not_be_read_is_not_read_again(
    controlled: Account,
) -> None:
    controlled.simulator.switches.foreign_session = "refused"
    await connected(controlled, "102")
    assert await press(controlled, "hold_call", "102") == "others_refused"
    assert await press(controlled, "hang_up", "102") == "others_refused"
    assert requests(controlled) == ["GET session"]


@pytest.mark.parametrize("action", ["hold_call", "hang_up"])
async def test_session_of_others_that_is_not_found_is_not_said_to_be_over(
    controlled: Account, action: str
) -> None:
    controlled.simulator.switches.foreign_session = "refused"
    controlled.simulator.switches.control_refusal = "404"
    await connected(controlled, "102")
    assert await press(controlled, action, "102") == "others_refused"
    assert await press(controlled, action, "102") == "others_refused"
    assert requests(controlled) == ["GET session"]
    assert controlled.shows("102", "telephony_status") == "call_connected"


async def test_session_of_others_that_has_ended_is_over(controlled: Account) -> None:
    controlled.simulator.switches.ended_session = "gone"
    party = await connected(controlled, "102")
    controlled.simulator.fault("lose", count=9)
    controlled.simulator.end(party.telephony_session_id)
    assert await press(controlled, "hold_call", "102") == "call_over"
    assert await press(controlled, "hang_up", "102") == "over"
    controlled.simulator.clear_faults()
    await controlled.until_all_reported()


async def test_parked_call_of_others_can_be_retrieved(controlled: Account) -> None:
    await connected(controlled, "102")
    assert await press(controlled, "hold_call", "102") == "others_refused"
    await parked(controlled, "102", from_="+16505550199")
    assert await press(controlled, "pick_up_call", "102") == "done"
    await controlled.until_all_reported()
    assert controlled.shows("101", "telephony_status") == "call_connected"


async def test_missing_permission_of_the_app_is_named(controlled: Account) -> None:
    await connected(controlled)
    controlled.simulator.permissions.discard("CallControl")
    assert await press(controlled, "hold_call") == "app_permission_missing"
    assert await press(controlled, "hold_call") == "app_permission_missing"
    assert len(requests(controlled)) == 1
    assert not changes(controlled)
    abilities = control_of(controlled).controller.abilities(Whose.OWN)
    assert abilities.denied == frozenset(Action)


@pytest.mark.parametrize("refusal", ["TAS-106", "CMN-419", "CMN-408"])
@pytest.mark.parametrize("field", ["call", "to_call"])
async def test_id_of_a_call_of_others_that_may_not_be_read_refuses_no_own_call(
    controlled: Account,
    refusal: Literal["TAS-106", "CMN-419", "CMN-408"],
    field: str,
) -> None:
    """An automation may confuse the ids."""
    controlled.simulator.switches.foreign_session = "refused"
    controlled.simulator.switches.control_refusal = refusal
    others = await connected(controlled, "102")
    own = await connected(controlled, from_="+16505550199")
    key = "not_permitted" if refusal == "TAS-106" else "user_permission_missing"
    ids = {"call": own.telephony_session_id, "to_call": own.telephony_session_id}
    ids[field] = others.telephony_session_id
    call, to_call = ids.values()
    result = await press(controlled, "transfer_call", call=call, to_call=to_call)
    assert result == key
    assert await press(controlled, "hold_call") == "done"


async def test_id_of_a_call_that_may_not_be_read_refuses_no_parked_call(
    controlled: Account,
) -> None:
    controlled.simulator.switches.foreign_session = "refused"
    others = await connected(controlled, "102")
    call = others.telephony_session_id
    assert await press(controlled, "pick_up_call", call=call) == "not_permitted"
    await parked(controlled, from_="+16505550199")
    assert await press(controlled, "pick_up_call") == "done"

"""The quiet house: what is paused, and what plays on afterwards."""

import asyncio
from typing import Any

import pytest

from ..reliability.common import MOVED_TIME, is_pushed, lose_push
from .common import OUTSIDE, House
from .players import BATH, CELLAR, IDLE, KITCHEN, PAUSED, PLAYING, add_players

pytestmark = MOVED_TIME

_PLAY = "media_player.media_play"
_PAUSE = "media_player.media_pause"

# In which a ring that is not answered counts as missed, or is looked at in any case.
_A_WHILE = 12


async def _quiet_house(house: House, **inputs: Any) -> None:
    """Have players, which two phones make quiet."""
    await add_players(house)
    await house.automate(
        "quiet_house",
        phones=house.phones("102", "103"),
        players=[KITCHEN, BATH, CELLAR],
        **inputs,
    )


def _shown(house: House) -> tuple[str, str, str]:
    return house.shows(KITCHEN), house.shows(BATH), house.shows(CELLAR)


async def _rings(house: House, to: str = "102", from_: str = OUTSIDE) -> str:
    call = house.simulator.ring(to=to, from_=from_)
    await house.moment()
    return call.telephony_session_id


async def test_players_that_play_are_paused_while_a_phone_rings(house: House) -> None:
    """And play on when it is answered; the quiet one is left alone."""
    await _quiet_house(house)
    call = await _rings(house)
    assert _shown(house) == (PAUSED, PAUSED, IDLE)
    house.simulator.answer(call)
    await house.moment()

    assert _shown(house) == (PLAYING, PLAYING, IDLE)
    assert house.entities_of(_PAUSE) == house.entities_of(_PLAY) == [KITCHEN, BATH]
    assert house.hass.states.async_entity_ids("scene") == []


async def test_players_play_on_after_a_missed_call(house: House) -> None:
    """The phone has simply stopped to ring."""
    await _quiet_house(house)
    call = await _rings(house)
    await house.time.passes(30)
    assert _shown(house) == (PAUSED, PAUSED, IDLE)
    house.simulator.end(call)
    await house.time.passes(_A_WHILE)

    assert _shown(house) == (PLAYING, PLAYING, IDLE)


async def test_during_the_call_it_is_quiet_if_that_is_wanted(house: House) -> None:
    """Also while it is on hold, and until its end."""
    await _quiet_house(house, during_calls=True)
    call = await _rings(house)
    house.simulator.answer(call)
    await house.time.passes(600)
    house.simulator.hold(call)
    await house.time.passes(60)
    assert _shown(house) == (PAUSED, PAUSED, IDLE)
    house.simulator.end(call)
    await house.moment()

    assert _shown(house) == (PLAYING, PLAYING, IDLE)


async def test_call_of_one_s_own_is_quiet_from_its_answer_on(house: House) -> None:
    """Dialing makes no noise."""
    await _quiet_house(house, during_calls=True)
    call = house.simulator.ring(to=OUTSIDE, from_="102", direction="Outbound")
    await house.moment()
    assert _shown(house) == (PLAYING, PLAYING, IDLE)
    house.simulator.answer(call.telephony_session_id)
    await house.moment()
    assert _shown(house) == (PAUSED, PAUSED, IDLE)
    house.simulator.end(call.telephony_session_id)
    await house.moment()

    assert _shown(house) == (PLAYING, PLAYING, IDLE)


async def test_it_is_quiet_until_the_last_of_several_calls_is_answered(
    house: House,
) -> None:
    """Two phones, one after the other."""
    await _quiet_house(house)
    first = await _rings(house, "102")
    await house.time.passes(3)
    second = await _rings(house, "103")
    house.simulator.answer(first)
    await house.time.passes(_A_WHILE)
    assert _shown(house) == (PAUSED, PAUSED, IDLE)
    house.simulator.answer(second)
    await house.moment()

    assert _shown(house) == (PLAYING, PLAYING, IDLE)
    assert house.entities_of(_PAUSE) == house.entities_of(_PLAY) == [KITCHEN, BATH]


async def test_player_started_by_hand_pauses_for_the_next_ring(house: House) -> None:
    """It plays on with the others in the end."""
    await _quiet_house(house, during_calls=True)
    house.simulator.answer(await _rings(house, "102"))
    await house.moment()
    await house.call(_PLAY, CELLAR)
    await house.time.passes(_A_WHILE)
    assert _shown(house) == (PAUSED, PAUSED, PLAYING)
    second = await _rings(house, "103")
    assert _shown(house) == (PAUSED, PAUSED, PAUSED)
    house.simulator.end(second)
    for call in list(house.simulator.account.calls):
        house.simulator.end(call.id)
    await house.time.passes(_A_WHILE)

    assert _shown(house) == (PLAYING, PLAYING, PLAYING)


async def test_player_that_somebody_stops_meanwhile_stays_quiet(house: House) -> None:
    """Only what is still paused plays on."""
    await _quiet_house(house)
    call = await _rings(house)
    await house.call("media_player.media_stop", BATH)
    house.simulator.answer(call)
    await house.moment()

    assert _shown(house) == (PLAYING, IDLE, IDLE)


async def test_player_that_was_paused_before_stays_paused(house: House) -> None:
    """It is not one of those that the call has paused."""
    await _quiet_house(house)
    await house.call(_PAUSE, KITCHEN)
    call = await _rings(house)
    house.simulator.answer(call)
    await house.moment()

    assert _shown(house) == (PAUSED, PLAYING, IDLE)


async def test_ringing_in_a_quiet_house_does_nothing(house: House) -> None:
    """There is nothing to pause, and nothing plays on."""
    await _quiet_house(house)
    await house.call("media_player.media_stop", BATH)
    await house.call("media_player.media_stop", KITCHEN)
    call = await _rings(house)
    house.simulator.answer(call)
    await house.moment()

    assert house.calls == []


async def test_other_phones_are_not_heeded(house: House) -> None:
    """Only those that were chosen."""
    await _quiet_house(house)
    await _rings(house, "104")

    assert _shown(house) == (PLAYING, PLAYING, IDLE)


@pytest.mark.parametrize("outage", [30, 400])
async def test_end_that_a_lost_connection_swallows_is_noticed(
    house: House, outage: float
) -> None:
    """Replayed or found out later."""
    await _quiet_house(house)
    call = await _rings(house)
    house.simulator.fault("refuse_upgrade", status=503, seconds=outage)
    await lose_push(house.account)
    await house.time.passes(3)
    house.simulator.end(call)
    await house.time.passes_until(is_pushed(house.account), within=900)
    await house.time.passes(_A_WHILE)

    assert _shown(house) == (PLAYING, PLAYING, IDLE)


async def test_players_play_on_if_nobody_knows_what_goes_on(house: House) -> None:
    """Nothing tells of the end of a call when the integration is unloaded."""
    await _quiet_house(house)
    await _rings(house)
    await house.hass.config_entries.async_unload(house.account.entry.entry_id)
    await house.time.passes(_A_WHILE)

    assert _shown(house) == (PLAYING, PLAYING, IDLE)


async def test_players_play_on_when_home_assistant_stops(house: House) -> None:
    """Nobody would tell them while Home Assistant does not run."""
    await _quiet_house(house)
    await _rings(house)
    stop = asyncio.create_task(house.hass.async_stop())
    await house.time.passes_until(stop.done, within=60)

    assert house.entities_of(_PLAY) == [KITCHEN, BATH]


async def test_phone_that_rings_when_home_assistant_starts_makes_it_quiet(
    house: House,
) -> None:
    """It has begun to ring before anybody could hear it."""
    await _rings(house)
    house.starts()
    await _quiet_house(house)
    assert _shown(house) == (PLAYING, PLAYING, IDLE)
    await house.started()

    assert _shown(house) == (PAUSED, PAUSED, IDLE)

"""Blueprint "quiet house": which players are paused, and which play on."""

import asyncio
from typing import Any

import pytest

from ..reliability.common import MOVED_TIME, is_pushed, lose_push
from .common import OUTSIDE, House
from .players import BATH, CELLAR, IDLE, KITCHEN, PAUSED, PLAYING, add_players

pytestmark = MOVED_TIME

_PLAY = "media_player.media_play"
_PAUSE = "media_player.media_pause"

# Within this time a ring that is not answered counts as missed.
_A_WHILE = 12


async def _quiet_house(house: House, **inputs: Any) -> None:
    """Set up players that are paused for two extensions."""
    await add_players(house)
    await house.automate(
        "quiet_house",
        people=house.phones("102", "103"),
        players=[KITCHEN, BATH, CELLAR],
        **inputs,
    )


def _shown(house: House) -> tuple[str, str, str]:
    return house.shows(KITCHEN), house.shows(BATH), house.shows(CELLAR)


async def _rings(house: House, to: str = "102", from_: str = OUTSIDE) -> str:
    call = house.simulator.ring(to=to, from_=from_)
    await house.settle()
    return call.telephony_session_id


async def test_players_that_play_are_paused_while_a_phone_rings(house: House) -> None:
    """They play again when it is answered; the quiet one is not changed."""
    await _quiet_house(house)
    call = await _rings(house)
    assert _shown(house) == (PAUSED, PAUSED, IDLE)
    house.simulator.answer(call)
    await house.settle()

    assert _shown(house) == (PLAYING, PLAYING, IDLE)
    assert house.entities_of(_PAUSE) == house.entities_of(_PLAY) == [KITCHEN, BATH]
    assert house.hass.states.async_entity_ids("scene") == []


async def test_players_are_paused_while_the_phone_of_a_member_of_a_group_rings(
    house: House,
) -> None:
    await add_players(house)
    group = await house.group("102", "103")
    await house.automate("quiet_house", people=group, players=[KITCHEN, BATH, CELLAR])
    await _rings(house, to="104")
    assert _shown(house) == (PLAYING, PLAYING, IDLE)
    call = await _rings(house, to="103")
    assert _shown(house) == (PAUSED, PAUSED, IDLE)
    house.simulator.answer(call)
    await house.settle()

    assert _shown(house) == (PLAYING, PLAYING, IDLE)


async def test_players_play_on_after_a_missed_call(house: House) -> None:
    await _quiet_house(house)
    call = await _rings(house)
    await house.time.passes(30)
    assert _shown(house) == (PAUSED, PAUSED, IDLE)
    house.simulator.end(call)
    await house.time.passes(_A_WHILE)

    assert _shown(house) == (PLAYING, PLAYING, IDLE)


async def test_players_are_paused_during_the_call_if_selected(house: House) -> None:
    """Also while it is on hold."""
    await _quiet_house(house, during_calls=True)
    call = await _rings(house)
    house.simulator.answer(call)
    await house.time.passes(600)
    house.simulator.hold(call)
    await house.time.passes(60)
    assert _shown(house) == (PAUSED, PAUSED, IDLE)
    house.simulator.end(call)
    await house.settle()

    assert _shown(house) == (PLAYING, PLAYING, IDLE)


async def test_outgoing_call_pauses_players_from_its_answer_on(house: House) -> None:
    """Dialing makes no noise."""
    await _quiet_house(house, during_calls=True)
    call = house.simulator.ring(to=OUTSIDE, from_="102", direction="Outbound")
    await house.settle()
    assert _shown(house) == (PLAYING, PLAYING, IDLE)
    house.simulator.answer(call.telephony_session_id)
    await house.settle()
    assert _shown(house) == (PAUSED, PAUSED, IDLE)
    house.simulator.end(call.telephony_session_id)
    await house.settle()

    assert _shown(house) == (PLAYING, PLAYING, IDLE)


async def test_it_is_quiet_until_the_last_of_several_calls_is_answered(
    house: House,
) -> None:
    await _quiet_house(house)
    first = await _rings(house, "102")
    await house.time.passes(3)
    second = await _rings(house, "103")
    house.simulator.answer(first)
    await house.time.passes(_A_WHILE)
    assert _shown(house) == (PAUSED, PAUSED, IDLE)
    house.simulator.answer(second)
    await house.settle()

    assert _shown(house) == (PLAYING, PLAYING, IDLE)
    assert house.entities_of(_PAUSE) == house.entities_of(_PLAY) == [KITCHEN, BATH]


async def test_player_started_by_hand_pauses_for_the_next_ring(house: House) -> None:
    await _quiet_house(house, during_calls=True)
    house.simulator.answer(await _rings(house, "102"))
    await house.settle()
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


async def test_player_that_is_stopped_in_between_stays_quiet(house: House) -> None:
    """Only players that are still paused play again."""
    await _quiet_house(house)
    call = await _rings(house)
    await house.call("media_player.media_stop", BATH)
    house.simulator.answer(call)
    await house.settle()

    assert _shown(house) == (PLAYING, IDLE, IDLE)


async def test_player_that_was_paused_before_stays_paused(house: House) -> None:
    await _quiet_house(house)
    await house.call(_PAUSE, KITCHEN)
    call = await _rings(house)
    house.simulator.answer(call)
    await house.settle()

    assert _shown(house) == (PAUSED, PLAYING, IDLE)


async def test_ringing_in_a_quiet_house_does_nothing(house: House) -> None:
    await _quiet_house(house)
    await house.call("media_player.media_stop", BATH)
    await house.call("media_player.media_stop", KITCHEN)
    call = await _rings(house)
    house.simulator.answer(call)
    await house.settle()

    assert house.calls == []


async def test_other_phones_are_ignored(house: House) -> None:
    await _quiet_house(house)
    await _rings(house, "104")

    assert _shown(house) == (PLAYING, PLAYING, IDLE)


@pytest.mark.parametrize("outage", [30, 400])
async def test_end_that_is_lost_with_the_connection_is_detected(
    house: House, outage: float
) -> None:
    """Replayed, or detected by a snapshot."""
    await _quiet_house(house)
    call = await _rings(house)
    house.simulator.fault("refuse_upgrade", status=503, seconds=outage)
    await lose_push(house.account)
    await house.time.passes(3)
    house.simulator.end(call)
    await house.time.passes_until(is_pushed(house.account), within=900)
    await house.time.passes(_A_WHILE)

    assert _shown(house) == (PLAYING, PLAYING, IDLE)


async def test_players_play_on_if_the_sensors_are_unavailable(house: House) -> None:
    """The end of the call is unknown once the integration is unloaded."""
    await _quiet_house(house)
    await _rings(house)
    await house.hass.config_entries.async_unload(house.account.entry.entry_id)
    await house.time.passes(_A_WHILE)

    assert _shown(house) == (PLAYING, PLAYING, IDLE)


async def test_players_play_on_when_home_assistant_stops(house: House) -> None:
    await _quiet_house(house)
    await _rings(house)
    stop = asyncio.create_task(house.hass.async_stop())
    await house.time.passes_until(stop.done, within=60)

    assert house.entities_of(_PLAY) == [KITCHEN, BATH]


async def test_phone_that_rings_when_home_assistant_starts_makes_it_quiet(
    house: House,
) -> None:
    """It began to ring before automations were set up."""
    await _rings(house)
    house.starts()
    await _quiet_house(house)
    assert _shown(house) == (PLAYING, PLAYING, IDLE)
    await house.started()

    assert _shown(house) == (PAUSED, PAUSED, IDLE)

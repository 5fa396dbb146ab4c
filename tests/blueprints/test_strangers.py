"""Blueprints without a message do the same whatever the name of the caller is."""

from ..reliability.common import MOVED_TIME
from ..strangers import WITH_ANY_NAME
from .common import OUTSIDE, House
from .lamp import LAMP, RED, add_lamp
from .players import BATH, CELLAR, KITCHEN, PAUSED, add_players

pytestmark = MOVED_TIME

_SIGN = "input_boolean.sign"


@WITH_ANY_NAME
async def test_lamp_is_lit_for_any_name(house: House, name: str, shown: str) -> None:
    lamp = await add_lamp(house)
    await house.automate("busy_light", people=house.phones("102"), lamp=LAMP)
    await _answered(house, name, shown)

    assert lamp.color() == RED


@WITH_ANY_NAME
async def test_sign_is_on_for_any_name(house: House, name: str, shown: str) -> None:
    await house.set_up("input_boolean", {"sign": {}})
    await house.automate("on_air", people=house.phones("102"), signs=[_SIGN])
    await _answered(house, name, shown)

    assert house.shows(_SIGN) == "on"


@WITH_ANY_NAME
async def test_players_are_paused_for_any_name(
    house: House, name: str, shown: str
) -> None:
    await add_players(house)
    players = [KITCHEN, BATH, CELLAR]
    phones = house.phones("102")
    await house.automate("quiet_house", people=phones, players=players)
    house.simulator.ring(to="102", from_=OUTSIDE, from_name=name)
    await house.settle()

    assert house.shows(KITCHEN) == PAUSED


async def _answered(house: House, name: str, shown: str) -> None:
    call = house.simulator.ring(to="102", from_=OUTSIDE, from_name=name)
    house.simulator.answer(call.telephony_session_id)
    await house.settle()
    [active] = house.account.state("102", "telephony_status").attributes["active_calls"]
    assert active["from_name"] == shown

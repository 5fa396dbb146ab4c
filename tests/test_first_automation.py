"""The first automation that readers see, run by Home Assistant as it is printed."""

from typing import Final

import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
import yaml

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from simulator import Simulator

from .common import Account, add_account, until
from .documents import ROOT, Page

CALLER: Final = "+16505550123"
_PAGE: Final = Page(ROOT / "docs" / "automations.md")
_ALIAS: Final = "Red lamp while my phone rings"
_EXAMPLE_ENTITY: Final = "sensor.alice_smith_102_telephony_status"


async def _set_up(account: Account) -> None:
    """Run the automation that is printed, for an entity of ours."""
    [printed] = [
        example
        for example in _PAGE.examples
        if "alias" in example and example["alias"] == _ALIAS
    ]
    entity_id = account.entity_id("102", "telephony_status")
    assert entity_id is not None
    code = yaml.safe_dump(printed)
    assert _EXAMPLE_ENTITY in code
    automation = yaml.safe_load(code.replace(_EXAMPLE_ENTITY, entity_id))
    assert await async_setup_component(
        account.hass, "automation", {"automation": automation}
    )
    await account.hass.async_block_till_done()


class Lamp:
    """The actions that the lamp received."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize the lamp."""
        self._on = async_mock_service(hass, "light", "turn_on")
        self._off = async_mock_service(hass, "light", "turn_off")

    @property
    def calls(self) -> list[ServiceCall]:
        """All calls of actions, unordered."""
        return [*self._on, *self._off]

    def was_called(self, *, on: int = 0, off: int = 0) -> bool:
        """Return whether it was turned on, in red, or off so often, and reset it then."""
        reds = [call for call in self._on if call.data.get("color_name") == "red"]
        if (len(reds), len(self._off)) != (on, off):
            return False
        self._on.clear()
        self._off.clear()
        return True


@pytest.fixture
def lamp(hass: HomeAssistant) -> Lamp:
    """Return a lamp."""
    return Lamp(hass)


async def test_red_lamp_goes_on_with_the_ringing_and_off_after_it(
    hass: HomeAssistant, simulator: Simulator, lamp: Lamp
) -> None:
    """Also when the call is answered."""
    account = await add_account(hass, simulator)
    await _set_up(account)
    assert not lamp.calls

    call = simulator.ring(to="102", from_=CALLER)
    await until(lambda: lamp.was_called(on=1))
    simulator.answer(call.telephony_session_id)
    await until(lambda: lamp.was_called(off=1))
    await hass.async_block_till_done()


async def test_red_lamp_goes_on_for_a_second_call(
    hass: HomeAssistant, simulator: Simulator, lamp: Lamp
) -> None:
    """Although the telephony status stays at on a call."""
    account = await add_account(hass, simulator)
    call = simulator.ring(to="102", from_=CALLER)
    simulator.answer(call.telephony_session_id)
    await account.until_shown("102", "telephony_status", "call_connected")
    await _set_up(account)

    simulator.ring(to="102", from_="+16505550199")
    await until(lambda: lamp.was_called(on=1))
    assert account.shows("102", "telephony_status") == "call_connected"


@pytest.mark.parametrize("still_rings", [True, False])
async def test_red_lamp_is_right_after_a_restart_in_mid_ring(
    hass: HomeAssistant, simulator: Simulator, lamp: Lamp, still_rings: bool
) -> None:
    account = await add_account(hass, simulator)
    call = simulator.ring(to="102", from_=CALLER)
    await account.until_shown("102", "telephony_status", "ringing")
    await hass.config_entries.async_unload(account.entry.entry_id)
    if not still_rings:
        simulator.end(call.telephony_session_id)
    hass.set_state(CoreState.starting)
    await hass.config_entries.async_setup(account.entry.entry_id)
    await account.until_shown(
        "102", "telephony_status", "ringing" if still_rings else "no_call"
    )
    await _set_up(account)
    assert not lamp.calls

    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await until(lambda: lamp.was_called(on=int(still_rings), off=int(not still_rings)))


async def test_red_lamp_goes_off_when_nothing_is_known_any_more(
    hass: HomeAssistant, simulator: Simulator, lamp: Lamp
) -> None:
    """It would stay on until the next call."""
    account = await add_account(hass, simulator)
    await _set_up(account)
    simulator.ring(to="102", from_=CALLER)
    await until(lambda: lamp.was_called(on=1))
    await hass.config_entries.async_unload(account.entry.entry_id)
    await until(lambda: lamp.was_called(off=1))

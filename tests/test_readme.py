"""The README's automations, run by Home Assistant as they are printed."""

from pathlib import Path
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
import yaml

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from simulator import Simulator

from .common import Account, add_account, until

_README = (Path(__file__).parent.parent / "README.md").read_text()
_EXAMPLE_ENTITY = "sensor.alice_smith_102_telephony_status"


def _automations(entity_id: str) -> dict[str, Any]:
    """Return the automations of the README by alias, for an entity of ours."""
    blocks = re.findall(r"```yaml\n(alias: .*?)```", _README, re.DOTALL)
    found = [yaml.safe_load(b.replace(_EXAMPLE_ENTITY, entity_id)) for b in blocks]
    return {automation["alias"]: automation for automation in found}


async def _set_up(account: Account, alias: str) -> None:
    entity_id = account.entity_id("102", "telephony_status")
    assert entity_id is not None
    automation = _automations(entity_id)[alias]
    assert await async_setup_component(
        account.hass, "automation", {"automation": automation}
    )
    await account.hass.async_block_till_done()


async def test_red_lamp_goes_on_with_the_ringing_and_off_after_it(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Also when the call is answered."""
    account = await add_account(hass, simulator)
    on = async_mock_service(hass, "light", "turn_on")
    off = async_mock_service(hass, "light", "turn_off")
    await _set_up(account, "Red lamp while my phone rings")

    call = simulator.ring(to="102", from_="+16505550123")
    await until(lambda: len(on) == 1)
    assert on[0].data["color_name"] == "red"
    assert not off
    simulator.answer(call.telephony_session_id)
    await until(lambda: len(off) == 1)
    await hass.async_block_till_done()


@pytest.mark.freeze_time("2026-03-02 09:00:00", tick=True)
async def test_reminder_names_the_caller_on_hold(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """After a minute, not before."""
    account = await add_account(hass, simulator)
    notify = async_mock_service(hass, "notify", "send_message")
    await _set_up(account, "Somebody is waiting on hold")

    call = simulator.ring(to="102", from_="+16505550123", from_name="Ines Waiting")
    simulator.answer(call.telephony_session_id)
    simulator.hold(call.telephony_session_id)
    await account.until_shown("102", "telephony_status", "on_hold")
    freezer.tick(59)
    await account.until_all_told()
    assert not notify
    freezer.tick(2)
    await until(lambda: len(notify) == 1)
    assert notify[0].data["message"] == "Ines Waiting has been on hold for a minute."

"""Without the option nothing is requested, intercepted or offered."""

from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.control.manager import get_control
from homeassistant.core import HomeAssistant
from simulator import Simulator

from ..common import Account
from ..reliability.common import MOVED_TIME, Time
from ..services import add_two_extensions
from .common import connected, control_of, press, requests, turn_on

pytestmark = MOVED_TIME

_PATHS = ("telephony", "ring-out", "/device", "webapp-devices", "forwarding-number")


async def test_nothing_is_done_without_the_option(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    account = await add_two_extensions(hass, simulator)
    party = await connected(account)
    simulator.hold(party.telephony_session_id)
    await time.passes(600.0, 10.0)
    simulator.end(party.telephony_session_id)
    await account.until_all_reported()

    assert get_control(hass, account.entry.entry_id) is None
    assert account.coordinator.store.intercept is None
    assert account.coordinator.store.intercept_snapshot is None
    assert not hass.services.has_service(DOMAIN, "hold_call")
    assert not [r for r in simulator.log if any(part in r.path for part in _PATHS)]


async def test_option_alone_requests_nothing(controlled: Account, time: Time) -> None:
    await connected(controlled)
    await time.passes(600.0, 10.0)
    log = controlled.simulator.log
    assert not [r for r in log if any(part in r.path for part in _PATHS)]
    assert controlled.coordinator.store.intercept is None


async def test_option_is_turned_on_and_off_without_a_reload(
    controlled: Account, time: Time
) -> None:
    await connected(controlled)
    coordinator = controlled.coordinator
    assert await press(controlled, "hold_call") == "done"
    turn_on(controlled, wanted=False)
    assert get_control(controlled.hass, controlled.entry.entry_id) is None
    assert not controlled.hass.services.has_service(DOMAIN, "hold_call")
    assert controlled.coordinator.store.intercept is None

    turn_on(controlled)
    await controlled.until_all_reported()
    assert await press(controlled, "resume_call") == "done"
    assert controlled.coordinator is coordinator
    assert requests(controlled) == [
        "GET session",
        "POST hold",
        "GET session",
        "POST unhold",
    ]


async def test_change_of_phones_keeps_what_is_known(controlled: Account) -> None:
    manager = control_of(controlled)
    turn_on(controlled)
    assert control_of(controlled) is manager


async def test_control_ends_with_the_account_and_returns_with_it(
    controlled: Account,
) -> None:
    hass, entry_id = controlled.hass, controlled.entry.entry_id
    manager = control_of(controlled)
    await hass.config_entries.async_unload(entry_id)
    assert get_control(hass, entry_id) is None
    # Automations stay valid.
    assert hass.services.has_service(DOMAIN, "hold_call")
    await hass.config_entries.async_setup(entry_id)
    await hass.async_block_till_done()
    assert control_of(controlled) is not manager

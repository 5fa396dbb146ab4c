"""Groups are added, changed and removed as the user configures them, without a reload."""

from homeassistant.core import HomeAssistant
from simulator import Simulator

from ..common import add_account
from .common import add, doing, group_device, team


async def test_added_group_has_a_device_and_counts_its_members(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Without a reload."""
    account = await add_account(hass, simulator)
    group = await add(account, team(account, numbers=["102", "103"]))

    device, parent = (
        group_device(account, group.config.subentry_id),
        account.device(None),
    )
    assert device is not None and parent is not None
    assert device.via_device_id == parent.id
    assert (device.name, device.model) == ("Support", "Group")
    assert doing(account, group.tally) == {"free": {"102", "103"}}

    simulator.ring(to="102", from_="+16505550123")
    await account.until_all_reported()
    assert doing(account, group.tally) == {"free": {"103"}, "ringing": {"102"}}

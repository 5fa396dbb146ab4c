"""What the company's lists mean for an account, as functions for tests."""

from custom_components.ringcentral.const import COLLECT_FOR

from .common import Account, until
from .reliability.common import Time


async def lists_are_read(account: Account, time: Time) -> None:
    """Let what has changed of the company's lists arrive, be read and be followed."""
    await account.until_all_reported()
    await time.passes(COLLECT_FOR + 1)
    manager = account.coordinator._roster
    await until(lambda: not manager._stale and not manager._lock.locked())
    await account.hass.async_block_till_done()


def monitored(account: Account) -> set[str]:
    """Return the numbers of extensions with a device."""
    return {u.number for u in account.simulator.users if account.device(u.number)}

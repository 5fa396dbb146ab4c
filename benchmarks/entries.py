"""Config entries that can be set up repeatedly, each time in a new Home Assistant.

The config flow runs once; each set-up uses the entry data that it stored.
"""

from dataclasses import dataclass
from typing import Any, Final

from aiohttp import ClientSession
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.const import CONF_EXTENSIONS, CONF_GROUPS, DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .environment import Account, Platform, home_assistant, sign_in

# Entities of an extension that are enabled.
ENABLED: Final = 4
# Upper limit of the entities of the account and the signed-in user.
_FEW_MORE: Final = 20
# Requests in a minute.
_ANY_NUMBER: Final = 100_000


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Stored entry data of an account that monitors all users.

    Attributes:
        user_ids: ids of all monitored extensions.
        server: the address of the platform.

    """

    unique_id: str
    data: dict[str, Any]
    user_ids: list[str]
    server: str

    def entry(self) -> MockConfigEntry:
        """Return a new entry."""
        return MockConfigEntry(
            domain=DOMAIN,
            title="Benchmark",
            unique_id=self.unique_id,
            data=self.data,
            options={CONF_GROUPS: ["everyone"], CONF_EXTENSIONS: []},
        )


async def signed_in(platform: Platform) -> SignedIn:
    """Sign in once."""
    async with home_assistant() as hass:
        account = await sign_in(hass, platform, group="lines")
        directory = account.coordinator.roster.directory
        return SignedIn(
            unique_id=account.entry.unique_id or "",
            data=dict(account.entry.data),
            user_ids=sorted(e.id for e in directory.values() if e.can_be_monitored),
            server=platform.described["server"],
        )


async def signed_in_without_limits(platform: Platform) -> SignedIn:
    """Sign in once, with the platform's rate limits switched off.

    Otherwise repeated set-ups would wait for the rate limiter.
    """
    switches = {f"{group}_limit": _ANY_NUMBER for group in RateGroup}
    async with ClientSession(raise_for_status=True) as session:
        server = platform.described["server"]
        await session.patch(f"{server}/simulator/switches", json=switches)
    return await signed_in(platform)


async def prepare(hass: HomeAssistant, stored: SignedIn) -> MockConfigEntry:
    """Load the integration and add an entry without setting it up."""
    assert await async_setup_component(hass, DOMAIN, {})
    entry = stored.entry()
    entry.add_to_hass(hass)
    return entry


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> Account:
    """Set up an entry and wait until all its entities have states."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return Account(hass, entry)


def has_all(account: Account, people: list[str]) -> bool:
    """Return whether all extensions have as many states as the baseline."""
    states = account.hass.states.async_entity_ids_count()
    return 0 <= states - ENABLED * len(people) <= _FEW_MORE

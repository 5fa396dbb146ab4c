"""Entries that can be set up again and again, each time in a new Home Assistant.

The forms are gone through once, to sign in; what they made of it is the same each time.
"""

from dataclasses import dataclass
from typing import Any, Final

from aiohttp import ClientSession
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.const import CONF_EXTENSIONS, CONF_GROUPS, DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from .environment import Account, Platform, home_assistant, sign_in

# Entities of an extension: with a state, and sensors that wait to be enabled.
ENABLED: Final = 4
DISABLED: Final = 4
# At most so many more are of the account, or of the own extension alone.
_FEW_MORE: Final = 20
# Requests in a minute.
_ANY_NUMBER: Final = 100_000


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What is stored of an account that everyone is monitored of.

    Attributes:
        people: the ids of everyone.
        server: the address of the platform.

    """

    unique_id: str
    data: dict[str, Any]
    user_ids: list[str]
    server: str

    def entry(self) -> MockConfigEntry:
        """Return an entry that Home Assistant does not know yet."""
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
    """Sign in once to a platform that takes any number of requests.

    Who sets up an account many times in a minute would wait for the platform's leave,
    which is no cost of ours.
    """
    switches = {f"{group}_limit": _ANY_NUMBER for group in RateGroup}
    async with ClientSession(raise_for_status=True) as session:
        server = platform.described["server"]
        await session.patch(f"{server}/simulator/switches", json=switches)
    return await signed_in(platform)


async def prepare(hass: HomeAssistant, stored: SignedIn) -> MockConfigEntry:
    """Load the integration without an account, and add one that is not set up."""
    assert await async_setup_component(hass, DOMAIN, {})
    entry = stored.entry()
    entry.add_to_hass(hass)
    return entry


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> Account:
    """Set an account up until all its entities have their states."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return Account(hass, entry)


def has_all(account: Account, people: list[str]) -> bool:
    """Tell whether everyone has those entities that the floor is made of."""
    registry = er.async_get(account.hass)
    registered = er.async_entries_for_config_entry(registry, account.entry.entry_id)
    states = account.hass.states.async_entity_ids_count()
    return (
        0 <= len(registered) - (ENABLED + DISABLED) * len(people) <= _FEW_MORE
        and 0 <= states - ENABLED * len(people) <= _FEW_MORE
    )

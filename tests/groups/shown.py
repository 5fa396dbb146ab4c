"""Groups as their user sees them, for tests."""

import asyncio
from typing import Any, Final

from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.groups.batcher import UPDATE_INTERVAL
from custom_components.ringcentral.groups.manager import MemberGroup
from custom_components.ringcentral.roster.identifiers import group_unique_id
from homeassistant.core import State
from homeassistant.helpers import entity_registry as er

from ..common import Account

NUMBERS: Final = {
    "current_calls",
    "people_free",
    "people_on_the_phone",
    "people_ringing",
}


class Group:
    """A group as its user sees it, or the account as a whole."""

    def __init__(self, account: Account, group: MemberGroup | None = None) -> None:
        """Initialize with a group of the account, None for the account itself."""
        self.account = account
        self.subentry_id = group.config.subentry_id if group else None

    def entity_id(self, key: str, platform: str = "sensor") -> str:
        """Return the id of an entity."""
        if self.subentry_id is None:
            entity_id = self.account.entity_id(None, key, platform)
        else:
            entity_id = er.async_get(self.account.hass).async_get_entity_id(
                platform, DOMAIN, group_unique_id(self.subentry_id, key)
            )
        assert entity_id is not None
        return entity_id

    def state(self, key: str, platform: str = "sensor") -> State:
        """Return the state of an entity."""
        state = self.account.hass.states.get(self.entity_id(key, platform))
        assert state is not None
        return state

    def shows(self, *keys: str) -> tuple[str, ...]:
        """Return the states of sensors."""
        return tuple(self.state(key).state for key in keys)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Calls, and people who are free, on the phone and ringing."""
        return self.shows(*sorted(NUMBERS))

    def anyone(self, does: str) -> str:
        """Return the state of a binary sensor."""
        return self.state(f"anyone_{does}", "binary_sensor").state

    def people(self, key: str) -> list[str]:
        """Return the people that a sensor names."""
        people: list[str] = self.state(key).attributes["people"]
        return people

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Current calls."""
        calls: list[dict[str, Any]] = self.state("current_calls").attributes[
            "active_calls"
        ]
        return calls


async def settle_shown(account: Account) -> None:
    """Wait until all events are shown, also those that wait for the next update."""
    await account.until_all_reported()
    await asyncio.sleep(UPDATE_INTERVAL)
    await account.hass.async_block_till_done()

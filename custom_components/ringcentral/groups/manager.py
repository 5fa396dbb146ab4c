"""Keep the groups of an account in step with its subentries, roster and presence."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..coordinator import PresenceCoordinator
from .models import GroupConfig, group_context
from .overview import Overview
from .tally import Tally

# By the id of their config entry.
_MANAGERS: Final[HassKey[dict[str, GroupManager]]] = HassKey(f"{DOMAIN}_groups")


@dataclass
class MemberGroup:
    """A group, its members by what they do, and its device."""

    config: GroupConfig
    tally: Tally
    device_id: str

    @property
    def context(self) -> str:
        """Listener context of its entities."""
        return group_context(self.config.subentry_id)


class GroupManager:
    """Groups of an account, and the account as a whole."""

    def __init__(self, hass: HomeAssistant, coordinator: PresenceCoordinator) -> None:
        """Initialize without groups."""
        self.groups: Mapping[str, MemberGroup] = {}
        self.overview = Overview(frozenset())
        # Each adds the entities of a group to a platform.
        self.adders: list[Callable[[MemberGroup], None]] = []

    async def async_start(self) -> None:
        """Add the groups, then follow presence, roster and subentries."""
        raise NotImplementedError

    def groups_of(self, extension_id: str) -> tuple[MemberGroup, ...]:
        """Return the groups that an extension belongs to."""
        raise NotImplementedError

    def members_of(self, subentry_id: str) -> frozenset[str]:
        """Return the members of a group, none if there is no such group."""
        raise NotImplementedError

    @callback
    def update_queue(self, subentry_id: str, members: Collection[str]) -> None:
        """Update the members of a call queue, as the platform lists them."""
        raise NotImplementedError


@callback
def get_groups(hass: HomeAssistant, entry_id: str) -> GroupManager | None:
    """Return the groups of a config entry, None if it is not loaded."""
    return hass.data.get(_MANAGERS, {}).get(entry_id)

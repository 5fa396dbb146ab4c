"""Entity ids of the extensions."""

from custom_components.ringcentral.const import DOMAIN
from homeassistant.helpers import entity_registry as er

from .environment import Account


def entity_ids(account: Account, platform: str, key: str) -> dict[str, str]:
    """Return the entity ids with a key on a platform, by extension id."""
    registry = er.async_get(account.hass)
    found: dict[str, str] = {}
    for extension_id in account.user_ids:
        entity_id = registry.async_get_entity_id(
            platform, DOMAIN, f"{account.entry.unique_id}_{extension_id}_{key}"
        )
        assert entity_id is not None
        found[extension_id] = entity_id
    return found

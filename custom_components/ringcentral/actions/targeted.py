"""Extensions that an action is called for, and the permission of its user."""

import asyncio
from collections.abc import Collection
from typing import Final

from homeassistant.auth.models import User
from homeassistant.const import Platform
from homeassistant.core import Context, HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)

from ..api.clock import LoopYielder
from ..const import CONF_ACCOUNT_ID, CONF_EXTENSION_ID, CONF_SERVER, DOMAIN, MAIN_KEY
from ..coordinator import PresenceCoordinator, RingCentralConfigEntry
from ..exceptions import invalid_action
from ..groups.manager import get_groups
from ..roster.identifiers import entity_unique_id, identified_extensions
from ..targets import (
    ExtensionRef,
    find_extensions,
    find_groups,
    find_targeted,
    main_entity_id,
)

# Sensor of the account that stands for it.
_CONNECTION_KEY: Final = "connection"


async def async_find_targeted(
    call: ServiceCall,
    policy: str,
    keys: Collection[str],
    *,
    member_key: str | None = MAIN_KEY,
) -> dict[ExtensionRef, str]:
    """Return the targeted extensions; the action reads or changes entities of `keys`."""
    selected = async_extract_referenced_entity_ids(
        call.hass, TargetSelection(call.data)
    )
    entity_ids = sorted(selected.referenced | selected.indirectly_referenced)
    # With thousands of extensions, each part takes 20 ms.
    await asyncio.sleep(0)
    found = find_targeted(call.hass, call.data, entity_ids, member_key=member_key)
    # The members of a group are not known while its account is not loaded.
    groups = find_groups(call.hass, entity_ids) if member_key else ()
    if any(get_groups(call.hass, group.entry_id) is None for group in groups):
        raise invalid_action("account_not_loaded")
    if not found:
        raise invalid_action("no_extension_targeted")
    if (user := await async_get_user(call.hass, call.context, policy)) is None:
        return found
    registry, yielder = er.async_get(call.hass), LoopYielder()
    for ref, entity_id in found.items():
        await yielder.yield_if_due()
        known = registry.async_get(entity_id)
        device_id = known and known.device_id
        concerned = [
            entity.entity_id
            for entity in er.async_entries_for_device(registry, device_id or "")
            if ref in find_extensions(call.hass, [entity.entity_id])
            and (
                entity.entity_id in selected.referenced
                or entity.unique_id.rpartition(f"_{ref.extension_id}_")[2] in keys
            )
        ]
        # The entity that an action is about may be disabled.
        for one in concerned or [entity_id]:
            _check_entity(call.context, user, one, policy)
    return found


async def async_check_account(
    call: ServiceCall, coordinator: PresenceCoordinator, policy: str
) -> None:
    """Raise Unauthorized unless the user has a permission for the own extension."""
    entity_id = own_entity_id(call.hass, coordinator.config_entry)
    await async_check_entity(call.hass, call.context, entity_id or "", policy)


async def async_check_entity(
    hass: HomeAssistant, context: Context, entity_id: str, policy: str
) -> None:
    """Raise Unauthorized unless the user of a context has a permission for an entity."""
    if (user := await async_get_user(hass, context, policy)) is not None:
        _check_entity(context, user, entity_id, policy)


@callback
def own_entity_id(hass: HomeAssistant, entry: RingCentralConfigEntry) -> str | None:
    """Return the entity that represents the own extension, else that of the account."""
    ref = ExtensionRef(entry.entry_id, entry.data[CONF_EXTENSION_ID])
    return main_entity_id(hass, ref) or er.async_get(hass).async_get_entity_id(
        # The own extension is not shown.
        Platform.BINARY_SENSOR,
        DOMAIN,
        entity_unique_id(entry, _CONNECTION_KEY),
    )


async def async_get_user(
    hass: HomeAssistant, context: Context, policy: str
) -> User | None:
    """Return the user of a context, None if it is that of an automation."""
    if (user_id := context.user_id) is None:
        return None
    if (user := await hass.auth.async_get_user(user_id)) is None:
        raise UnknownUser(context=context, permission=policy)
    return user


def _check_entity(context: Context, user: User, entity_id: str, policy: str) -> None:
    if not user.permissions.check_entity(entity_id, policy):
        raise Unauthorized(context=context, entity_id=entity_id, permission=policy)


@callback
def require_coordinator(hass: HomeAssistant, entry_id: str) -> PresenceCoordinator:
    """Return the coordinator of a config entry; raise if it is not loaded."""
    entry = hass.config_entries.async_get_entry(entry_id)
    coordinator: PresenceCoordinator | None = getattr(entry, "runtime_data", None)
    # The id may be that of any entry.
    if entry is None or entry.domain != DOMAIN or coordinator is None:
        raise invalid_action("account_not_loaded")
    return coordinator


@callback
def extension_of_device(coordinator: PresenceCoordinator, device_id: str) -> str | None:
    """Return the extension of a device, which another user of the account may have."""
    device = dr.async_get(coordinator.hass).async_get(device_id)
    own = coordinator.config_entry
    for entry in coordinator.hass.config_entries.async_entries(DOMAIN):
        if device is not None and all(
            entry.data.get(key) == own.data[key]
            for key in (CONF_SERVER, CONF_ACCOUNT_ID)
        ):
            for extension_id in identified_extensions(entry, device.identifiers):
                return extension_id
    return None

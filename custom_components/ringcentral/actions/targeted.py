"""Extensions that an action is called for, and the permission of its user."""

import asyncio
from collections.abc import Collection

from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)

from ..api.clock import LoopYielder
from ..const import MAIN_KEY
from ..coordinator import PresenceCoordinator
from ..exceptions import invalid_action
from ..groups.manager import get_groups
from ..targets import (
    ExtensionRef,
    find_extensions,
    find_groups,
    find_targeted,
    get_coordinator,
)


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
    if (user_id := call.context.user_id) is None:
        # Called by an automation or by Home Assistant itself.
        return found
    if (user := await call.hass.auth.async_get_user(user_id)) is None:
        raise UnknownUser(context=call.context, permission=policy)
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
            if not user.permissions.check_entity(one, policy):
                raise Unauthorized(
                    context=call.context, entity_id=one, permission=policy
                )
    return found


@callback
def loaded_coordinator(hass: HomeAssistant, ref: ExtensionRef) -> PresenceCoordinator:
    """Return the coordinator of an extension; raise if its account is not loaded."""
    if (coordinator := get_coordinator(hass, ref)) is None:
        raise invalid_action("account_not_loaded")
    return coordinator

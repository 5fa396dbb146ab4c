"""Exposed telephones, what an assistant reads of them, and the action that asks."""

from collections.abc import Sequence
from typing import Any, Final

from custom_components.ringcentral.assist.models import InCall, NotFree, Problem, Status
from custom_components.ringcentral.assist.status import async_read_status
from custom_components.ringcentral.assist.telephones import Viewer
from custom_components.ringcentral.const import DOMAIN
from homeassistant.auth.models import User
from homeassistant.core import Context

from ..assistant import expose
from ..common import Account

ASSISTANT: Final = "conversation"
PARKING: Final = "801"


def expose_telephones(account: Account, *numbers: str, wanted: bool = True) -> None:
    """Expose telephones, or withdraw them."""
    for number in numbers:
        entity_id = account.entity_id(number, "telephony_status")
        expose(account.hass, entity_id, wanted=wanted)


async def read(
    account: Account, name: str | None = None, *, user: User | None = None
) -> Status | Problem:
    """Return what an assistant reads."""
    return await async_read_status(Viewer(account.hass, ASSISTANT, user), name)


async def status(account: Account, name: str | None = None) -> Status:
    """Return what people do; fail if nobody is found."""
    found = await read(account, name)
    assert "error" not in found, found
    return found


async def names(account: Account, name: str | None = None) -> dict[str, list[str]]:
    """Return who is in which list, without the empty ones."""
    found = await status(account, name)
    listed: dict[str, Sequence[str | InCall | NotFree]] = {
        "on_the_phone": found["on_the_phone"],
        "ringing": found["ringing"],
        "free": found["free"],
        "not_free": found["not_free"],
        "no_call": found["no_call"],
        "not_known": found["not_known"],
    }
    return {
        key: [one if isinstance(one, str) else one["name"] for one in people]
        for key, people in listed.items()
        if people
    }


async def ask(account: Account, context: Context | None = None, /, **data: Any) -> Any:
    """Call the action, as a blueprint does."""
    return await account.hass.services.async_call(
        DOMAIN, "get_status", data, blocking=True, return_response=True, context=context
    )

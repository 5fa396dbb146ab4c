"""Mobile phones that receive notifications."""

from typing import Final, override

from homeassistant.components.notify import NotifyEntity
from homeassistant.components.notify.const import DATA_COMPONENT, NotifyEntityFeature
from homeassistant.exceptions import HomeAssistantError

from .common import House

MINE: Final = "notify.my_phone"
HERS: Final = "notify.her_phone"


class MobilePhone(NotifyEntity):
    """A phone with Home Assistant's app."""

    _attr_supported_features = NotifyEntityFeature.TITLE

    def __init__(self, name: str, *, is_reachable: bool = True) -> None:
        """Initialize a phone without notifications."""
        self._attr_name = name
        self._is_reachable = is_reachable
        # Title and message of each notification.
        self.received: list[tuple[str | None, str]] = []

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        if not self._is_reachable:
            raise HomeAssistantError("The phone is not reachable")
        self.received.append((title, message))


async def add_phones(house: House, *phones: MobilePhone) -> None:
    """Add phones."""
    await house.set_up("notify", {})
    await house.hass.data[DATA_COMPONENT].async_add_entities(phones)
    await house.hass.async_block_till_done()


async def add_phone(house: House) -> MobilePhone:
    """Add the phone of the user."""
    phone = MobilePhone("My phone")
    await add_phones(house, phone)
    return phone

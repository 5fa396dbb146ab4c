"""Encryption of stored calls: the ids of a call tell who spoke to whom."""

from contextlib import suppress

from cryptography.fernet import Fernet

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..const import CONF_STORAGE_KEY


@callback
def async_encryption(hass: HomeAssistant, entry: ConfigEntry) -> Fernet:
    """Return the encryption of an entry; create its key if there is no usable one."""
    with suppress(KeyError, TypeError, ValueError):
        return Fernet(entry.data[CONF_STORAGE_KEY])
    key = Fernet.generate_key()
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_STORAGE_KEY: key.decode()}
    )
    return Fernet(key)

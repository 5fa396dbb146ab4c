"""Identifiers of devices and unique ids of entities."""

from collections.abc import Iterable

from homeassistant.config_entries import ConfigEntry

from ..const import DOMAIN


def account_identifier(entry: ConfigEntry) -> tuple[str, str]:
    """Return the identifier of the account's device."""
    return DOMAIN, str(entry.unique_id)


def extension_identifier(entry: ConfigEntry, extension_id: str) -> tuple[str, str]:
    """Return the identifier of an extension's device."""
    # With the user, since two users of an account may monitor the same extension.
    return DOMAIN, f"{_prefix(entry)}{extension_id}"


def identified_extensions(
    entry: ConfigEntry, identifiers: Iterable[tuple[str, str]]
) -> list[str]:
    """Return the ids of the extensions whose device has these identifiers."""
    prefix = _prefix(entry)
    return [
        unique_id.removeprefix(prefix)
        for _, unique_id in identifiers
        if unique_id.startswith(prefix)
    ]


def group_identifier(subentry_id: str) -> tuple[str, str]:
    """Return the identifier of a group's device."""
    # Not like that of an extension.
    return DOMAIN, f"group_{subentry_id}"


def group_unique_id(subentry_id: str, key: str) -> str:
    """Return the unique id of an entity of a group."""
    return f"group_{subentry_id}_{key}"


def unique_id_extension(entry: ConfigEntry, unique_id: str) -> str | None:
    """Return the extension of an entity of this config entry by its unique id."""
    prefix = _prefix(entry)
    if not unique_id.startswith(prefix):
        return None
    return unique_id.removeprefix(prefix).partition("_")[0]


def entity_unique_id(
    entry: ConfigEntry, key: str, extension_id: str | None = None
) -> str:
    """Return the unique id of an entity of an extension, or else of the account."""
    if extension_id is None:
        return f"{_prefix(entry)}{key}"
    return f"{_prefix(entry)}{extension_id}_{key}"


def _prefix(entry: ConfigEntry) -> str:
    return f"{entry.unique_id}_"

"""Differences between states in Home Assistant and the platform."""

from collections.abc import Iterator, Mapping
import re
from typing import Any, Final, cast

from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.roster.identifiers import group_identifier
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import State
from homeassistant.helpers import device_registry as dr, entity_registry as er
from simulator import Simulator
from simulator.company.directory import Extension

from ..common import Account
from .call_checker import Difference

# Sensors of an extension, and the field of the platform that each shows.
_FIELDS: Final = {
    "presence": "presenceStatus",
    "telephony_status": "telephonyStatus",
    "dnd": "dndStatus",
}
_MONITORED_STATUSES: Final = frozenset({"Enabled", "NotActivated"})


def monitored(simulator: Simulator, options: Mapping[str, Any]) -> set[str]:
    """Return the extensions to be monitored, by the current lists."""
    directory, groups = simulator.directory, options["groups"]
    owner_id = directory.owner.id
    ids = set(options["extensions"]) & directory.extensions.keys()
    if "everyone" in groups:
        ids |= {e.id for e in directory.users if e.status in _MONITORED_STATUSES}
    if "lines" in groups:
        ids |= {owner_id, *directory.lines.get(owner_id, ())}
    if "favorites" in groups:
        ids |= set(directory.favorites.get(owner_id, ()))
    return ids


def differences(account: Account) -> Iterator[Difference]:
    """Yield each state that differs from the platform."""
    if account.entry.state is not ConfigEntryState.LOADED:
        yield Difference("entry", f"is {account.entry.state.value}")
        return
    simulator = account.simulator
    wanted = monitored(simulator, account.entry.options)
    yield from _device_differences(account, wanted)
    if (link := account.shows(None, "link")) != "push":
        yield Difference("link", f"is {link}")
    for extension_id in sorted(wanted):
        yield from _extension_differences(
            account, simulator.directory.extensions[extension_id]
        )


def _device_differences(account: Account, wanted: set[str]) -> Iterator[Difference]:
    unique_id = str(account.entry.unique_id)
    expected = {
        unique_id,
        *(f"{unique_id}_{extension_id}" for extension_id in wanted),
        *(group_identifier(group)[1] for group in account.entry.subentries),
    }
    devices = {
        identifier
        for device in dr.async_entries_for_config_entry(
            dr.async_get(account.hass), account.entry.entry_id
        )
        for domain, identifier in device.identifiers
        if domain == DOMAIN
    }
    if devices != expected:
        yield Difference(
            "devices",
            f"missing {sorted(expected - devices)}, too many "
            f"{sorted(devices - expected)}",
        )


def extension_states(account: Account) -> Iterator[State]:
    """Yield the states of all entities of extensions."""
    account_device = account.device(None)
    for entry in er.async_entries_for_config_entry(
        er.async_get(account.hass), account.entry.entry_id
    ):
        state = account.hass.states.get(entry.entity_id)
        if state is not None and account_device is not None:
            if entry.device_id != account_device.id and not entry.config_subentry_id:
                yield state


def _extension_differences(
    account: Account, extension: Extension
) -> Iterator[Difference]:
    shown = {
        key: state
        for key in _FIELDS
        if (entity_id := account.entity_id(extension.number, key)) is not None
        and (state := account.hass.states.get(entity_id)) is not None
    }
    presence = account.simulator.presence(extension.number)
    calls = {
        (call["telephonySessionId"], call["partyId"]): _snake(call["telephonyStatus"])
        for call in cast("list[dict[str, str]]", presence.get("activeCalls", []))
    }
    expected = {"telephony_status": next(iter(calls.values()), "no_call")}
    if extension.is_user:
        expected = {
            key: _snake(str(presence.get(field, STATE_UNKNOWN)))
            for key, field in _FIELDS.items()
        }
    states = {key: state.state for key, state in shown.items()}
    if states != expected:
        yield Difference(
            "state", f"{extension.id} shows {states} and should show {expected}"
        )
    status = shown.get("telephony_status")
    if status is None or status.state == STATE_UNAVAILABLE:
        return
    shown_calls = {
        (call["telephony_session_id"], call["party_id"]): call["telephony_status"]
        for call in status.attributes["active_calls"]
    }
    if shown_calls != calls:
        yield Difference(
            "calls",
            f"{extension.id} shows {sorted(shown_calls.items())} and should show "
            f"{sorted(calls.items())}",
        )
    if status.attributes["total_active_calls"] not in (None, len(calls)):
        yield Difference(
            "calls",
            f"{extension.id} counts {status.attributes['total_active_calls']} calls, "
            f"there are {len(calls)}",
        )


def _snake(word: str) -> str:
    """Return a value of the platform as a state in snake case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", word).lower()

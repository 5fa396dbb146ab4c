"""Whole Home Assistant: its own start, with recorder, history, logbook and automations."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import logging
from pathlib import Path
import time
from typing import Final
from unittest.mock import patch

from demo.config_dir import HOST, Kind, prepare
from demo.home_assistant import INTEGRATIONS, hide_expected_warnings, put_stand_ins
from demo.processes import free_port
from homeassistant import bootstrap
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.runner import RuntimeConfig
from homeassistant.util.hass_dict import HassKey

from .environment import resolver_of_system
from .ulids import fast_ulids

_MILLISECONDS: Final = 1000
_WRITES: Final = 1000
_ROUNDS: Final = 5
# Seconds without a change after which nothing more follows, and between checks.
_QUIET: Final = 1.0
_POLL: Final = 0.1
_PATIENCE: Final = 300.0


# Link that signs a browser in.
LINK: Final = HassKey[str](f"{__package__}_link")


def _prepare(folder: Path) -> str:
    return prepare(folder, Kind.SIMULATED, port=free_port(HOST, 0, ""), debug=False)


@asynccontextmanager
async def whole_home_assistant(folder: Path) -> AsyncIterator[HomeAssistant]:
    """Start Home Assistant with a configuration folder, and stop it at the end."""
    logging.disable(logging.WARNING)
    hide_expected_warnings()
    put_stand_ins()
    link = await asyncio.to_thread(_prepare, folder)
    config = RuntimeConfig(config_dir=str(folder), skip_pip=True)
    with (
        patch.object(bootstrap, "DEFAULT_INTEGRATIONS", set(INTEGRATIONS)),
        fast_ulids(),
        resolver_of_system(),
    ):
        hass = await bootstrap.async_setup_hass(config)
        assert hass is not None
        assert not hass.config.recovery_mode
        hass.data[LINK] = link
        await hass.async_start()
        try:
            yield hass
        finally:
            if hass.state is not CoreState.stopped:
                await hass.async_stop(force=True)


def thousand_writes(hass: HomeAssistant) -> list[float]:
    """Return the milliseconds of 1,000 bare state writes, once for each round."""
    entity_ids = [f"bare.state_{number}" for number in range(_WRITES)]
    found = []
    for state in map(str, range(_ROUNDS + 1)):
        began = time.thread_time()
        for entity_id in entity_ids:
            hass.states.async_set(entity_id, state)
        found.append((time.thread_time() - began) * _MILLISECONDS)
    for entity_id in entity_ids:
        hass.states.async_remove(entity_id)
    # The first round adds the states.
    return found[1:]


async def until_quiet(hass: HomeAssistant, states: int = 0) -> None:
    """Wait until there are so many states, and nothing is added or removed any more."""
    give_up = time.monotonic() + _PATIENCE
    before, since = _sizes(hass), time.monotonic()
    while before[0] < states or time.monotonic() - since < _QUIET:
        assert time.monotonic() < give_up, f"{before[0]} of {states} states"
        await asyncio.sleep(_POLL)
        if (now := _sizes(hass)) != before:
            before, since = now, time.monotonic()


def _sizes(hass: HomeAssistant) -> tuple[int, int, int]:
    return (
        hass.states.async_entity_ids_count(),
        len(er.async_get(hass).entities),
        len(dr.async_get(hass).devices),
    )

"""Cost of calls while many automations wait for calls at other extensions.

Each automation has a call trigger for an extension of its own, which has no call. Calls
pass in a hot loop, with the automations on and off alternately. Also reported is the cost
of an update of the entity registry that concerns none of them.
"""

from collections.abc import Callable, Iterable, Sequence
import gc
from itertools import islice
import time
from typing import Final

from pytest_homeassistant_custom_component.common import async_capture_events

from benchmarks.calls import CONCURRENT, Wave, waves
from benchmarks.entity_ids import entity_ids
from benchmarks.entries import ENABLED
from benchmarks.environment import Account, home_assistant, platform, sign_in
from benchmarks.figures import Figure, at_most, ratios
from benchmarks.scale import Scale
from benchmarks.whole import until_quiet
from homeassistant.components.automation import EVENT_AUTOMATION_TRIGGERED
from homeassistant.components.automation.const import DOMAIN as AUTOMATION
from homeassistant.const import (
    ATTR_ENTITY_ID,
    ENTITY_MATCH_ALL,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

_MICROSECONDS: Final = 1_000_000
# Extensions that have calls.
_CALLED: Final = 5 * CONCURRENT
# Samples each time that the automations are on or off.
_SAMPLES: Final = 3
_UPDATES: Final = 5


async def run(scale: Scale) -> Iterable[Figure]:
    """Measure calls and updates with and without automations."""
    calls: dict[bool, list[float]] = {True: [], False: []}
    updates: dict[bool, list[float]] = {True: [], False: []}
    async with (
        platform(_CALLED + scale.automations) as simulated,
        home_assistant() as hass,
    ):
        account = await sign_in(hass, simulated)
        await until_quiet(hass, ENABLED * len(account.user_ids))
        called, targets = account.user_ids[:_CALLED], account.user_ids[_CALLED:]
        await _add_automations(account, targets)
        source = waves(called, account.subscription_id)
        _receive(account, list(islice(source, _CALLED // CONCURRENT)))
        await _check(account, targets[-1])
        for _ in range(scale.fresh_rounds):
            for is_on in (True, False):
                await _switch(hass, is_on=is_on)
                for _ in range(_SAMPLES):
                    sample = list(islice(source, scale.calls // CONCURRENT))
                    seconds = _seconds(_receive, account, sample)
                    calls[is_on].append(seconds / scale.calls)
                    seconds = _seconds(_update_registry, hass)
                    updates[is_on].append(seconds / _UPDATES)
    return [
        Figure(
            "automations_ratio", ratios(calls[True], calls[False]), goal=at_most(1.05)
        ),
        Figure("automations_registry_ratio", ratios(updates[True], updates[False])),
        _microseconds("automations_call_us", calls[True]),
        _microseconds("automations_registry_update_us", updates[True]),
    ]


async def _add_automations(account: Account, targets: Sequence[str]) -> None:
    """Add an automation for each extension."""
    telephony = entity_ids(account, "sensor", "telephony_status")
    automations = [
        {
            "alias": f"Call of {target}",
            "triggers": {
                "trigger": "ringcentral.call_answered",
                "target": {"entity_id": telephony[target]},
            },
            "actions": [],
        }
        for target in targets
    ]
    assert await async_setup_component(
        account.hass, AUTOMATION, {AUTOMATION: automations}
    )
    await account.hass.async_block_till_done()


async def _switch(hass: HomeAssistant, *, is_on: bool) -> None:
    await hass.services.async_call(
        AUTOMATION,
        SERVICE_TURN_ON if is_on else SERVICE_TURN_OFF,
        {ATTR_ENTITY_ID: ENTITY_MATCH_ALL},
        blocking=True,
    )
    await hass.async_block_till_done()


async def _check(account: Account, target: str) -> None:
    """Check that a call starts one automation, if they are on."""
    source = waves([target], account.subscription_id, concurrent=1)
    for is_on in (False, True):
        await _switch(account.hass, is_on=is_on)
        triggered = async_capture_events(account.hass, EVENT_AUTOMATION_TRIGGERED)
        _receive(account, [next(source)])
        await account.hass.async_block_till_done()
        assert len(triggered) == is_on, f"{len(triggered)} automations, on: {is_on}"


def _receive(account: Account, calls: Iterable[Wave]) -> None:
    for wave in calls:
        for frame in wave:
            account.receive(frame)


def _update_registry(hass: HomeAssistant) -> None:
    """Update an entity of another integration."""
    registry = er.async_get(hass)
    other = registry.async_get_or_create("sensor", "other", "other").entity_id
    for number in range(_UPDATES):
        registry.async_update_entity(other, name=f"Name {time.monotonic()} {number}")


def _seconds[*Ts](work: Callable[[*Ts], None], *args: *Ts) -> float:
    """Return the processor seconds of work, without the garbage collector."""
    gc.collect()
    gc.disable()
    began = time.thread_time()
    work(*args)
    seconds = time.thread_time() - began
    gc.enable()
    return seconds


def _microseconds(key: str, seconds: Iterable[float]) -> Figure:
    return Figure(key, [one * _MICROSECONDS for one in seconds], "µs")

"""Cost of an answer about exposed telephones, beside what Home Assistant needs for it.

The least is to ask of each telephone whether it is exposed, and to read its state. Processor
time of the event loop, without the garbage collector.
"""

from collections.abc import Iterable
import gc
import time
from typing import Final

from benchmarks.environment import home_assistant, platform, sign_in
from benchmarks.figures import Figure, at_most, ratios
from benchmarks.scale import Scale
from benchmarks.turns import longest_turn
from benchmarks.whole import until_quiet
from custom_components.ringcentral.const import DOMAIN, MAIN_KEY
from homeassistant.components.homeassistant.exposed_entities import (
    async_expose_entity,
    async_should_expose,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

_ASSISTANT: Final = "conversation"
_MILLISECONDS: Final = 1000
_QUESTIONS: Final[dict[str, dict[str, str]]] = {
    "assist": {},
    "assist_name": {"question": "how_is", "name": "Nobody of that name"},
    "assist_missed": {"question": "missed_calls"},
}


async def run(scale: Scale) -> Iterable[Figure]:
    """Measure questions, each beside the least in direct succession."""
    async with platform(scale.complete) as simulated, home_assistant() as hass:
        account = await sign_in(hass, simulated)
        assert await async_setup_component(hass, "homeassistant", {})
        await until_quiet(hass, len(account.user_ids))
        entity_ids = [
            entity.entity_id
            for entity in er.async_entries_for_config_entry(
                er.async_get(hass), account.entry.entry_id
            )
            if entity.translation_key == MAIN_KEY
        ]
        for entity_id in entity_ids:
            async_expose_entity(hass, _ASSISTANT, entity_id, True)
        await until_quiet(hass)
        gc.collect()
        gc.disable()
        found: list[Figure] = []
        for key, question in _QUESTIONS.items():
            least: list[float] = []
            answers: list[float] = []
            turns: list[float] = []
            for _ in range(scale.rounds):
                least.append(_read_states(hass, entity_ids))
                with longest_turn() as turn:
                    answers.append(await _ask(hass, question))
                turns.append(turn.milliseconds)
            found += [
                Figure(f"{key}_ratio", ratios(answers, least), goal=at_most(10)),
                Figure(f"{key}_ms", answers, "ms"),
                Figure(f"{key}_turn_ms", turns, "ms"),
            ]
    return found


def _read_states(hass: HomeAssistant, entity_ids: Iterable[str]) -> float:
    """Return the milliseconds of the least."""
    began = time.thread_time()
    for entity_id in entity_ids:
        assert async_should_expose(hass, _ASSISTANT, entity_id)
        assert hass.states.get(entity_id) is not None
    return (time.thread_time() - began) * _MILLISECONDS


async def _ask(hass: HomeAssistant, question: dict[str, str]) -> float:
    """Return the milliseconds of an answer."""
    began = time.thread_time()
    await hass.services.async_call(
        DOMAIN, "get_status", question, blocking=True, return_response=True
    )
    return (time.thread_time() - began) * _MILLISECONDS

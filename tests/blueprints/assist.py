"""Assist of Home Assistant, asked in a language."""

from homeassistant.components.conversation import async_converse
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers.intent import IntentResponseType
from homeassistant.setup import async_setup_component

from ..assistant import expose
from .common import QUESTIONS, House


async def ask(
    hass: HomeAssistant, text: str, language: str
) -> tuple[str, IntentResponseType]:
    """Return what Assist says, and the type: a built-in sentence gives an answer."""
    result = await async_converse(hass, text, None, Context(), language=language)
    response = result.response
    assert response.response_type is not None
    return str(response.speech["plain"]["speech"]), response.response_type


async def set_up_assist(hass: HomeAssistant, language: str) -> None:
    """Set up Assist with the agent that it has without a language model."""
    hass.config.language = language
    for component in ("homeassistant", "intent", "conversation"):
        assert await async_setup_component(hass, component, {})
    await hass.async_block_till_done()


def add_thing(hass: HomeAssistant, entity_id: str, state: str, name: str) -> None:
    """Add something that Assist knows beside the phones."""
    attributes = {"friendly_name": name, "device_class": "occupancy"}
    hass.states.async_set(entity_id, state, attributes)
    async_expose_entity(hass, "conversation", entity_id, True)


class Assist:
    """Somebody who asks Assist, without a language model."""

    def __init__(self, house: House, language: str) -> None:
        """Initialize for a house where Assist is set up."""
        self._house = house
        self._language = language

    async def answers(self, question: str) -> str:
        """Return what Assist says."""
        text, _ = await ask(self._house.hass, question, self._language)
        return text


async def assist_in_all_languages(house: House) -> None:
    """Set up all blueprints, and expose the phone of 102."""
    await set_up_assist(house.hass, "en")
    expose(house.hass, house.account.entity_id("102", "telephony_status"))
    automations = [
        {
            "id": language,
            "alias": language,
            "use_blueprint": {"path": f"ringcentral/{blueprint}.yaml"},
        }
        for language, blueprint in QUESTIONS.items()
    ]
    await house.set_up("automation", automations)


async def assist(
    house: House, *numbers: str, language: str = "en", **inputs: list[str]
) -> Assist:
    """Set up the blueprint of a language, and expose the phones of extensions."""
    await set_up_assist(house.hass, language)
    for number in numbers:
        expose(house.hass, house.account.entity_id(number, "telephony_status"))
    await house.automate(QUESTIONS[language], **inputs)
    return Assist(house, language)

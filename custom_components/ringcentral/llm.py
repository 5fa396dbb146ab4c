"""Tools for language models, as a platform of Home Assistant's `llm`."""

from homeassistant.components.llm import LLMTools
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.llm import LLM_API_ASSIST, LLMContext

from .assist.call_tools import ConfirmCallTool, PrepareCallTool, controllable_telephones


@callback
def async_get_tools(
    hass: HomeAssistant, llm_context: LLMContext, api_id: str
) -> LLMTools | None:
    """Return the tools if a telephone that can be controlled is exposed."""
    if (
        api_id != LLM_API_ASSIST
        or llm_context.context is None
        or not _is_conversation(hass, llm_context.platform)
        or not any(controllable_telephones(hass, llm_context.assistant))
    ):
        return None
    return LLMTools(tools=[PrepareCallTool(), ConfirmCallTool()])


def _is_conversation(hass: HomeAssistant, platform: str) -> bool:
    """Return whether a conversation agent asks, whose users answer questions.

    Over MCP, each request of a model has a context of its own.
    """
    registry = er.async_get(hass)
    return any(
        (entity := registry.async_get(entity_id)) is not None
        and entity.platform == platform
        for entity_id in hass.states.async_entity_ids(Platform.CONVERSATION)
    )

"""Tools for language models, as a platform of Home Assistant's `llm`."""

from homeassistant.components.llm import LLMTools
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.llm import LLM_API_ASSIST, LLMContext, Tool

from .assist.call_tools import ConfirmCallTool, PrepareCallTool, controllable_telephones
from .assist.status_tools import READING_TOOLS, SetStatusTool, own_selects
from .assist.telephones import Viewer, exposed_telephones
from .const import DOMAIN


@callback
def async_get_tools(
    hass: HomeAssistant, llm_context: LLMContext, api_id: str
) -> LLMTools | None:
    """Return the tools for what is exposed."""
    if api_id != LLM_API_ASSIST:
        return None
    assistant = llm_context.assistant
    viewer, tools = Viewer(hass, assistant), list[Tool]()
    entries = hass.config_entries.async_entries(DOMAIN)
    is_exposed = any(o for entry in entries for o in exposed_telephones(viewer, entry))
    if is_exposed:
        tools += READING_TOOLS
    if any(own_selects(hass, assistant)):
        tools.append(SetStatusTool())
    if (
        is_exposed
        and llm_context.context is not None
        and _is_conversation(hass, llm_context.platform)
        and any(controllable_telephones(hass, assistant))
    ):
        tools += [PrepareCallTool(), ConfirmCallTool()]
    return LLMTools(tools=tools) if tools else None


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

"""A conversation agent whose model says what a test has written."""

from collections.abc import Mapping
import json
from typing import Any, Final, Literal, override

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    mock_config_flow,
    mock_integration,
    mock_platform,
    setup_test_component_platform,
)

from homeassistant.components.conversation import (
    AssistantContent,
    ChatLog,
    ConversationEntity,
    ConversationInput,
    ConversationResult,
    ToolResultContent,
    async_converse,
    async_get_result_from_chat_log,
)
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.config_entries import ConfigEntry, ConfigFlow
from homeassistant.const import Platform
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers.llm import LLM_API_ASSIST, ToolInput
from homeassistant.setup import async_setup_component

# Domain of the test platforms of the plugin.
AGENT: Final = "test"


class ScriptedAgent(ConversationEntity):
    """Conversation agent that calls the tools of a script."""

    _attr_name = AGENT
    _attr_unique_id = AGENT

    def __init__(self) -> None:
        """Initialize without a script."""
        # Of the next message: tools that are called one after the other.
        self.script: list[ToolInput] = []
        self.results: list[ToolResultContent] = []
        self.tools: dict[str, Any] = {}
        self.contexts: list[str] = []

    @property
    @override
    def supported_languages(self) -> list[str] | Literal["*"]:
        return "*"

    @override
    async def _async_handle_message(
        self, user_input: ConversationInput, chat_log: ChatLog
    ) -> ConversationResult:
        llm_context = user_input.as_llm_context(AGENT)
        await chat_log.async_provide_llm_data(llm_context, LLM_API_ASSIST)
        assert chat_log.llm_api is not None
        assert llm_context.context is not None
        self.contexts.append(llm_context.context.id)
        self.tools = {tool.name: tool for tool in chat_log.llm_api.tools}
        script, self.script, self.results = self.script, [], []
        for tool in script:
            content = AssistantContent(AGENT, tool_calls=[tool])
            self.results += [
                result async for result in chat_log.async_add_assistant_content(content)
            ]
        chat_log.async_add_assistant_content_without_tools(
            AssistantContent(AGENT, "Done.")
        )
        return async_get_result_from_chat_log(user_input, chat_log)


class Assistant:
    """A user who talks to an agent, and what its tools have answered."""

    def __init__(self, hass: HomeAssistant, agent: ScriptedAgent) -> None:
        """Initialize for an agent that was set up."""
        self._hass = hass
        self.agent = agent

    async def say(
        self,
        *tools: tuple[str, Mapping[str, Any]],
        context: Context | None = None,
        language: str = "en",
        device_id: str | None = None,
    ) -> list[Mapping[str, Any]]:
        """Send one message in which the model calls these tools; return their answers."""
        self.agent.script = [ToolInput(name, dict(args)) for name, args in tools]
        await async_converse(
            self._hass,
            "Something about telephones",
            "conversation",
            context or Context(),
            language=language,
            agent_id=self.agent.entity_id,
            device_id=device_id,
        )
        # As the model gets it.
        return [json.loads(json.dumps(one.result.data)) for one in self.agent.results]

    async def offers(self) -> set[str]:
        """Return the names of the integration's tools in a turn."""
        await self.say()
        return {name for name in self.agent.tools if name.startswith("ringcentral__")}


async def set_up_assistant(hass: HomeAssistant) -> Assistant:
    """Set up Assist with a scripted agent."""
    agent = ScriptedAgent()

    async def set_up(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        platforms = [Platform.CONVERSATION]
        await hass.config_entries.async_forward_entry_setups(entry, platforms)
        return True

    for name in ("homeassistant", "conversation"):
        assert await async_setup_component(hass, name, {})
    mock_integration(hass, MockModule(AGENT, async_setup_entry=set_up))
    mock_platform(hass, f"{AGENT}.config_flow")
    setup_test_component_platform(
        hass, Platform.CONVERSATION, [agent], from_config_entry=True
    )
    entry = MockConfigEntry(domain=AGENT)
    entry.add_to_hass(hass)
    with mock_config_flow(AGENT, ConfigFlow):
        assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return Assistant(hass, agent)


def expose(hass: HomeAssistant, entity_id: str | None, *, wanted: bool = True) -> None:
    """Expose an entity to Assist, as its user does."""
    assert entity_id is not None
    async_expose_entity(hass, "conversation", entity_id, wanted)

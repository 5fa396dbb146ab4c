"""Trigger on a voicemail that is left."""

from typing import Final, cast, override

import voluptuous as vol

from homeassistant.const import CONF_OPTIONS, CONF_TARGET
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.trigger import (
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType

from ..targets import ExtensionRef, ExtensionTarget
from ..voicemail.manager import SIGNAL_VOICEMAIL, VoicemailEvent
from .call_trigger import TARGET_SCHEMA
from .data import voicemail_data

_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_TARGET): TARGET_SCHEMA,
        vol.Optional(CONF_OPTIONS, default=dict): vol.Schema({}),
    }
)


class VoicemailTrigger(Trigger):
    """Trigger on a voicemail that is left for a targeted extension."""

    @classmethod
    @override
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        return cast(ConfigType, _SCHEMA(config))

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Initialize the trigger with a validated configuration."""
        super().__init__(hass, config)
        self._target = ExtensionTarget(hass, config.target or {})

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        @callback
        def handle(event: VoicemailEvent) -> None:
            ref = ExtensionRef(event.entry_id, event.extension_id)
            if ref in self._target:
                data = voicemail_data(self._hass, ref, event.voicemail)
                # Stored in traces, so it must not contain personal data.
                run_action(data, f"voicemail at {data['entity_id']}")

        return async_dispatcher_connect(self._hass, SIGNAL_VOICEMAIL, handle)

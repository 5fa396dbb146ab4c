"""Form with the settings of call control."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.helpers.translation import async_get_translations

from ..api.auth import has_permission
from ..api.call_control import CallControlClient
from ..api.exceptions import RingCentralError
from ..api.models.telephony import ForwardingNumber, Phone
from ..const import CONF_DIAL_FROM, CONF_PHONE, CONF_PLAY_PROMPT, DOMAIN
from ..control.manager import get_control
from ..control.phones import Phones
from ..coordinator import PresenceCoordinator
from ..exceptions import form_error

# Options that leave the selection to the integration, and that keep the saved one while
# the list cannot be read; translated.
_DEFAULTS: Final = {CONF_DIAL_FROM: "first", CONF_PHONE: "automatic"}
_SAVED: Final = "saved"
_PERMISSIONS: Final = {"ring_out": "RingOut", "call_control": "CallControl"}


async def async_show_control_form(
    flow: OptionsFlow, coordinator: PresenceCoordinator, options: Mapping[str, Any]
) -> ConfigFlowResult:
    """Show the form, with the telephones that can be selected if they are readable."""
    manager = get_control(coordinator.hass, coordinator.config_entry.entry_id)
    phones = (
        Phones(coordinator.rest.as_client(CallControlClient))
        if manager is None
        else manager.phones
    )
    labels = {
        CONF_DIAL_FROM: await _labels(
            phones.forwarding_numbers(), lambda one: one.label or one.number
        ),
        CONF_PHONE: await _labels(
            phones.phones(), lambda one: one.name or f"{one.type.value} {one.id}"
        ),
    }
    fields: dict[vol.Marker, Any] = {}
    for key, found in labels.items():
        default, field = _telephone_field(key, found, options.get(key))
        fields[vol.Required(key, default=default)] = field
    fields[
        vol.Required(CONF_PLAY_PROMPT, default=bool(options.get(CONF_PLAY_PROMPT)))
    ] = BooleanSelector()
    unreadable = (one for one in labels.values() if isinstance(one, RingCentralError))
    error = next(unreadable, None)
    errors, placeholders = form_error(error)
    scope: str = coordinator.config_entry.data[CONF_TOKEN].get("scope") or ""
    return flow.async_show_form(
        step_id="control",
        data_schema=vol.Schema(fields),
        errors=errors,
        description_placeholders={
            **placeholders,
            **await _async_describe_permissions(coordinator.hass, scope),
        },
        last_step=True,
    )


def control_options(
    user_input: Mapping[str, Any], saved: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the options of a submitted form; a default is left out."""
    options = {CONF_PLAY_PROMPT: user_input[CONF_PLAY_PROMPT]}
    for key, default in _DEFAULTS.items():
        selected = user_input[key]
        if selected == _SAVED:
            selected = saved.get(key, default)
        if selected != default:
            options[key] = selected
    return options


async def _labels[T: (ForwardingNumber, Phone)](
    telephones: Awaitable[list[T]], label: Callable[[T], str]
) -> dict[str, str] | RingCentralError:
    """Return the labels of telephones by id, or why they cannot be read."""
    try:
        return {one.id: label(one) for one in await telephones}
    except RingCentralError as err:
        return err


def _telephone_field(
    key: str, labels: Mapping[str, str] | RingCentralError, saved: str | None
) -> tuple[str, SelectSelector]:
    """Return the default and the field that selects a telephone, if they are known."""
    default = _DEFAULTS[key]
    # The label of a translated option is not shown.
    options = {default: default}
    if not isinstance(labels, RingCentralError):
        options |= labels
    elif saved is not None:
        options[_SAVED] = saved = _SAVED
    selected = saved if saved in options else default
    return selected or default, SelectSelector(
        SelectSelectorConfig(
            options=[
                SelectOptionDict(value=value, label=label)
                for value, label in options.items()
            ],
            mode=SelectSelectorMode.DROPDOWN,
            translation_key=key,
        )
    )


async def _async_describe_permissions(
    hass: HomeAssistant, scope: str
) -> dict[str, str]:
    """Return by placeholder whether the app has a permission."""
    texts = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    described: dict[str, str] = {}
    for placeholder, permission in _PERMISSIONS.items():
        # Without a scope, the platform has not said which it has.
        key = "unknown"
        if scope:
            key = "granted" if has_permission(scope, permission) else "missing"
        described[placeholder] = texts[
            f"component.{DOMAIN}.common.control_permission_{key}"
        ]
    return described

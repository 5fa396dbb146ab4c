"""Signing in, and choosing what to monitor."""

from collections.abc import Mapping
import logging
from typing import Any, Final, override
from urllib.parse import urlsplit

import voluptuous as vol

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult, OptionsFlow
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .api.anomalies import Anomalies
from .api.directory import Extension
from .api.errors import RingCentralError
from .api.rest import RestClient
from .const import (
    CONF_ACCOUNT_ID,
    CONF_ADVANCED,
    CONF_AUTH_IMPLEMENTATION,
    CONF_EXTENSION_ID,
    CONF_EXTENSIONS,
    CONF_GROUPS,
    CONF_JWT,
    CONF_SERVER,
    CONF_TOKEN,
    DEFAULT_SERVER,
    DOMAIN,
    LOGGER,
)
from .coordinator import RingCentralConfigEntry
from .oauth import FixedToken, jwt_implementation, transport_for
from .probe import Probe, async_probe
from .roster import Group, Selection
from .translate import translation_key, translation_placeholders

_CONSOLE_URL: Final = "https://developers.ringcentral.com/my-account.html#/applications"
_CREDENTIALS_URL: Final = "https://developers.ringcentral.com/console/my-credentials"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

_SECRET: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
)
_JWT_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_CLIENT_ID): TextSelector(
            TextSelectorConfig(autocomplete="off")
        ),
        vol.Optional(CONF_CLIENT_SECRET): _SECRET,
        vol.Required(CONF_JWT): _SECRET,
        vol.Required(CONF_ADVANCED): section(
            vol.Schema(
                {
                    vol.Required(CONF_SERVER, default=DEFAULT_SERVER): TextSelector(
                        TextSelectorConfig(type=TextSelectorType.URL)
                    )
                }
            ),
            {"collapsed": True},
        ),
    }
)


class RingCentralConfigFlow(AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Adds an account."""

    DOMAIN = DOMAIN
    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        """Know nothing yet."""
        super().__init__()
        self._data: dict[str, Any] = {}
        self._rest: RestClient | None = None
        self._probe: Probe | None = None

    @property
    @override
    def logger(self) -> logging.Logger:
        """Return the logger."""
        return LOGGER

    @staticmethod
    @callback
    @override
    def async_get_options_flow(
        config_entry: RingCentralConfigEntry,
    ) -> RingCentralOptionsFlow:
        """Return the flow that changes what is monitored."""
        return RingCentralOptionsFlow()

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose how to sign in; a JWT credential is the one way so far."""
        return await self.async_step_jwt()

    async def async_step_jwt(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Sign in with a JWT credential."""
        errors: dict[str, str] = {}
        placeholders = {"console": _CONSOLE_URL, "credentials": _CREDENTIALS_URL}
        if user_input is not None:
            data = _sign_in_data(user_input)
            if not _is_acceptable_server(data[CONF_SERVER]):
                errors["base"] = "invalid_server"
            else:
                try:
                    return await self._async_sign_in(data)
                except RingCentralError as err:
                    LOGGER.debug("Signing in failed: %s", err)
                    errors["base"] = translation_key(err)
                    placeholders |= translation_placeholders(err)
        return self.async_show_form(
            step_id="jwt",
            data_schema=self.add_suggested_values_to_schema(
                _JWT_SCHEMA, user_input or {}
            ),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def _async_sign_in(self, data: dict[str, Any]) -> ConfigFlowResult:
        self._data = data
        self.flow_impl = jwt_implementation(self.hass, data)
        token = await self.flow_impl.async_resolve_external_data(None)
        return await self.async_oauth_create_entry(
            {CONF_AUTH_IMPLEMENTATION: self.flow_impl.domain, CONF_TOKEN: token}
        )

    @override
    async def async_oauth_create_entry(self, data: dict[str, Any]) -> ConfigFlowResult:
        """Try the account; both ways of signing in end here.

        Raises:
            RingCentralError: it cannot be used as it is.

        """
        self._data |= data
        session = async_get_clientsession(self.hass)
        anomalies = Anomalies()
        self._rest = RestClient(
            transport_for(
                self.hass, self._data[CONF_SERVER], self._data[CONF_CLIENT_ID]
            ),
            FixedToken(data[CONF_TOKEN]["access_token"]),
            anomalies,
        )
        self._probe = await async_probe(session, self._rest, anomalies)
        self._data[CONF_ACCOUNT_ID] = self._probe.account.id
        self._data[CONF_EXTENSION_ID] = self._probe.extension.id
        await self.async_set_unique_id(self._probe.unique_id)
        self._abort_if_unique_id_configured()
        return await self.async_step_monitor()

    async def async_step_monitor(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose what to monitor."""
        assert self._probe is not None
        assert self._rest is not None
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        if user_input is not None:
            selection = Selection.from_options(user_input)
            try:
                if selection.is_empty:
                    errors["base"] = "nothing_selected"
                else:
                    await _async_try_lists(self._rest, selection)
                    return self.async_create_entry(
                        title=self._probe.account.brand or "RingCentral",
                        data=self._data,
                        options=user_input,
                    )
            except RingCentralError as err:
                errors["base"] = translation_key(err)
                placeholders = translation_placeholders(err)
        return self.async_show_form(
            step_id="monitor",
            data_schema=self.add_suggested_values_to_schema(
                _monitor_schema(self._probe.directory),
                user_input or {CONF_GROUPS: [Group.EVERYONE]},
            ),
            errors=errors,
            description_placeholders=placeholders,
        )


class RingCentralOptionsFlow(OptionsFlow):
    """Changes what is monitored, without a reload."""

    config_entry: RingCentralConfigEntry

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Hand the new choice to the running coordinator."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        coordinator = self.config_entry.runtime_data
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        if user_input is not None:
            selection = Selection.from_options(user_input)
            try:
                if selection.is_empty:
                    errors["base"] = "nothing_selected"
                else:
                    await _async_try_lists(coordinator.rest, selection)
                    await coordinator.async_change_selection(selection)
                    return self.async_create_entry(data=user_input)
            except RingCentralError as err:
                errors["base"] = translation_key(err)
                placeholders = translation_placeholders(err)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                _monitor_schema(coordinator.roster.directory),
                user_input or self.config_entry.options,
            ),
            errors=errors,
            description_placeholders=placeholders,
        )


def _sign_in_data(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry's data from the form; pasted text brings blanks along."""
    data = {
        CONF_CLIENT_ID: user_input[CONF_CLIENT_ID].strip(),
        CONF_JWT: "".join(user_input[CONF_JWT].split()),
        CONF_SERVER: user_input[CONF_ADVANCED][CONF_SERVER].strip().rstrip("/"),
    }
    if secret := user_input.get(CONF_CLIENT_SECRET, "").strip():
        data[CONF_CLIENT_SECRET] = secret
    return data


def _is_acceptable_server(server: str) -> bool:
    """Whether secrets may be sent there: encrypted, or not leaving this machine."""
    try:
        parts = urlsplit(server)
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.path or parts.query or parts.fragment or parts.username:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


async def _async_try_lists(rest: RestClient, selection: Selection) -> None:
    """Read the lists that a selection needs.

    Raises:
        RingCentralError: this user or app may not read one of them.

    """
    if Group.LINES in selection.groups:
        await rest.line_extension_ids()
    if Group.FAVORITES in selection.groups:
        await rest.favorite_extension_ids()


def _monitor_schema(directory: Mapping[str, Extension]) -> vol.Schema:
    """Return the form that chooses what to monitor."""
    people = sorted(
        (e for e in directory.values() if e.can_be_monitored),
        key=lambda e: ((e.number or "").zfill(12), e.name or ""),
    )
    return vol.Schema(
        {
            vol.Optional(CONF_GROUPS, default=list): SelectSelector(
                SelectSelectorConfig(
                    options=[group.value for group in Group],
                    multiple=True,
                    mode=SelectSelectorMode.LIST,
                    translation_key="monitor_groups",
                )
            ),
            vol.Optional(CONF_EXTENSIONS, default=list): SelectSelector(
                SelectSelectorConfig(
                    options=[
                        SelectOptionDict(
                            value=e.id, label=f"{e.number or ''} {e.name or ''}".strip()
                        )
                        for e in people
                    ],
                    multiple=True,
                    mode=SelectSelectorMode.DROPDOWN,
                )
            ),
        }
    )

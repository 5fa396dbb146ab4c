"""Signing in, and choosing what to monitor."""

from collections.abc import Mapping
import logging
from typing import Any, Final, override
from urllib.parse import urlsplit

import voluptuous as vol

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_TOKEN
from homeassistant.core import callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .api.errors import RingCentralError, TemporaryError
from .api.limits import RateGroup
from .api.transport import Transport
from .choice_form import async_roster, form_error, is_many, show_choice, show_many
from .const import (
    CONF_ACCOUNT_ID,
    CONF_ADVANCED,
    CONF_AUTH_IMPLEMENTATION,
    CONF_EXTENSION_ID,
    CONF_GROUPS,
    CONF_JWT,
    CONF_SERVER,
    DEFAULT_SERVER,
    DOMAIN,
    LOGGER,
)
from .coordinator import RingCentralConfigEntry
from .oauth import jwt_implementation, transport_for
from .options_flow import RingCentralOptionsFlow
from .privacy import Privacy
from .probe import Probe, async_probe, rest_client
from .roster import Group, Selection

_CONSOLE_URL: Final = "https://developers.ringcentral.com/my-account.html#/applications"
_CREDENTIALS_URL: Final = "https://developers.ringcentral.com/console/my-credentials"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

_SECRET: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
)


def _jwt_schema(*, collapsed: bool) -> vol.Schema:
    """Return the form that signs in with a JWT credential."""
    return vol.Schema(
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
                {"collapsed": collapsed},
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
        self._credentials: dict[str, Any] = {}
        self._token: dict[str, Any] | None = None
        self._probe: Probe | None = None
        self._choice: dict[str, Any] = {CONF_GROUPS: [Group.EVERYONE]}
        self._chosen = 0

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
        error: RingCentralError | str | None = None
        if user_input is not None:
            credentials = _entered_credentials(user_input)
            if credentials is None:
                error = "invalid_server"
            else:
                # It belongs to one user and one app, so it is good for one entry.
                self._async_abort_entries_match({CONF_JWT: credentials[CONF_JWT]})
                try:
                    return await self._async_sign_in(credentials)
                except RingCentralError as err:
                    self._forget_token_unless_waiting_helps(err)
                    error = err
        errors, placeholders = form_error(error)
        entered = user_input or {CONF_ADVANCED: {CONF_SERVER: DEFAULT_SERVER}}
        # A server of one's own may be what is wrong: it must be seen.
        collapsed = entered[CONF_ADVANCED][CONF_SERVER] == DEFAULT_SERVER
        return self.async_show_form(
            step_id="jwt",
            data_schema=self.add_suggested_values_to_schema(
                _jwt_schema(collapsed=collapsed), entered
            ),
            errors=errors,
            description_placeholders={
                "console": _CONSOLE_URL,
                "credentials": _CREDENTIALS_URL,
                **placeholders,
            },
        )

    async def _async_sign_in(self, credentials: dict[str, Any]) -> ConfigFlowResult:
        if credentials != self._credentials:
            self._credentials, self._token = credentials, None
        self.flow_impl = jwt_implementation(self.hass, credentials)
        return await self.async_oauth_create_entry(
            {CONF_TOKEN: await self._async_usable_token()}
        )

    async def _async_usable_token(self) -> dict[str, Any]:
        """Return the token of a former try if it still serves, or a new one.

        Five sign-ins and gateway tickets a minute are all that an app has.
        """
        if self._token is None:
            self._transport.ledger.check_window(RateGroup.AUTH)
            self._token = await self.flow_impl.async_resolve_external_data(None)
        return self._token

    @callback
    def _forget_token_unless_waiting_helps(self, err: RingCentralError) -> None:
        """Keep the token only if waiting helps.

        A permission that is added meanwhile may be in new tokens only.
        """
        LOGGER.debug("The account cannot be used yet: %s", err)
        if not isinstance(err, TemporaryError):
            self._token = None

    @property
    def _transport(self) -> Transport:
        return transport_for(
            self.hass,
            self._credentials[CONF_SERVER],
            self._credentials[CONF_CLIENT_ID],
        )

    @override
    async def async_oauth_create_entry(self, data: dict[str, Any]) -> ConfigFlowResult:
        """Try the account; both ways of signing in end here.

        Raises:
            RingCentralError: it cannot be used as it is.

        """
        self._probe = await async_probe(self._transport, data[CONF_TOKEN])
        await self.async_set_unique_id(self._probe.unique_id)
        self._abort_if_unique_id_configured()
        return await self.async_step_monitor()

    async def async_step_monitor(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose what to monitor."""
        assert self._probe is not None
        error: RingCentralError | str | None = None
        if user_input is not None:
            self._choice = user_input
            selection = Selection.from_options(user_input)
            try:
                if selection.is_empty:
                    error = "nothing_selected"
                else:
                    token = await self._async_usable_token()
                    rest = rest_client(self._transport, token)
                    directory = self._probe.directory
                    roster = await async_roster(rest, selection, directory)
                    self._chosen = len(roster.monitored)
                    if is_many(self._chosen):
                        return await self.async_step_many()
                    return await self.async_step_monitor_many()
            except RingCentralError as err:
                self._forget_token_unless_waiting_helps(err)
                error = err
        return show_choice(
            self,
            "monitor",
            self._probe.directory,
            Privacy.FULL,
            self._choice,
            error,
        )

    async def async_step_many(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether so many extensions are meant."""
        return show_many(self, self._chosen, back="monitor")

    async def async_step_monitor_many(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Monitor what was chosen, however much it is."""
        assert self._probe is not None
        return self.async_create_entry(
            title=self._probe.account.brand or "RingCentral",
            data={
                **self._credentials,
                CONF_AUTH_IMPLEMENTATION: self.flow_impl.domain,
                CONF_TOKEN: self._token,
                CONF_ACCOUNT_ID: self._probe.account.id,
                CONF_EXTENSION_ID: self._probe.extension.id,
            },
            options=self._choice,
        )


def _entered_credentials(user_input: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what to sign in with; None if the server is no place to send it to.

    Pasted text brings blanks along.
    """
    server = _server(user_input[CONF_ADVANCED][CONF_SERVER])
    if server is None:
        return None
    credentials = {
        CONF_CLIENT_ID: user_input[CONF_CLIENT_ID].strip(),
        CONF_JWT: "".join(user_input[CONF_JWT].split()),
        CONF_SERVER: server,
    }
    if secret := user_input.get(CONF_CLIENT_SECRET, "").strip():
        credentials[CONF_CLIENT_SECRET] = secret
    return credentials


def _server(text: str) -> str | None:
    """Return an address that secrets may be sent to: encrypted, or of this machine."""
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.path.rstrip("/") or parts.query or "@" in parts.netloc:
        return None
    if parts.scheme != "https" and (parts.scheme != "http" or host not in _LOOPBACK):
        return None
    return f"{parts.scheme}://{parts.netloc}"

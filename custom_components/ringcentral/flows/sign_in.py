"""Sign-in steps of the config flow, with a browser or with a JWT."""

from collections.abc import Mapping
import logging
from typing import Any, Final, cast, override

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
)
from homeassistant.const import CONF_TOKEN
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.exceptions import ImplementationUnavailableError
from homeassistant.helpers.config_entry_oauth2_flow import (
    AbstractOAuth2FlowHandler,
    async_get_implementations,
)

from ..api.exceptions import Reason, RingCentralError, TemporaryError
from ..api.rate_limits import RateGroup
from ..api.transport import Transport
from ..const import (
    CONF_AUTH_IMPLEMENTATION,
    CONF_BRAND_ID,
    CONF_JWT,
    CONF_SERVER,
    CONSOLE_URL,
    DOMAIN,
    LOGGER,
    OPTIONAL_PERMISSIONS,
    PARTNER_SERVER,
    PERMISSIONS,
)
from ..exceptions import form_error, permission_of
from ..oauth import (
    BrowserImplementation,
    JwtImplementation,
    RingCentralImplementation,
    async_sign_out,
    shown_redirect_uri,
)
from ..texts import as_markdown
from .sign_in_form import (
    APP_KEYS,
    REAUTH_JWT_SCHEMA,
    InvalidInputError,
    browser_schema,
    clean_jwt,
    jwt_schema,
    suggested_values,
    validate_browser_input,
    validate_jwt_input,
    without_secrets,
)

_PERMISSIONS: Final = {"permissions": ", ".join(PERMISSIONS), **OPTIONAL_PERMISSIONS}
_CREDENTIALS_URL: Final = "https://developers.ringcentral.com/console/my-credentials"

# The remedy differs from that of a sign-in with a JWT.
_BROWSER_ERRORS: Final = {
    Reason.GRANT_NOT_ALLOWED: "browser_not_allowed",
    Reason.INVALID_CLIENT: "app_refused",
    Reason.INVALID_GRANT: "sign_in_refused",
}


class SignInFlow(AbstractOAuth2FlowHandler):
    """Sign in with a browser or a JWT; both end in `async_oauth_create_entry`."""

    DOMAIN = DOMAIN

    flow_impl: RingCentralImplementation

    def __init__(self) -> None:
        """Initialize the flow."""
        super().__init__()
        # Entry data of the authentication method, without the token.
        self._method_data: dict[str, Any] = {}
        self._jwt_input: dict[str, Any] = {}
        self._error: RingCentralError | str | None = None
        self._token: dict[str, Any] | None = None
        self._discarded: list[tuple[RingCentralImplementation, Mapping[str, Any]]] = []

    @property
    @override
    def logger(self) -> logging.Logger:
        return LOGGER

    @property
    def _former_entry(self) -> ConfigEntry | None:
        if self.source not in (SOURCE_REAUTH, SOURCE_RECONFIGURE):
            return None
        entry = self.hass.config_entries.async_get_entry(self.context["entry_id"])
        if entry is None:
            raise AbortFlow("account_removed")
        return entry

    @property
    def _former_data(self) -> Mapping[str, Any]:
        entry = self._former_entry
        return {} if entry is None else entry.data

    # Browser

    async def async_step_browser(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for server and brand, which an application credential does not have."""
        if user_input is None:
            return self._show_browser(suggested_values(self._former_data))
        try:
            data = validate_browser_input(user_input)
        except InvalidInputError as err:
            return self._show_browser(user_input, err.key)
        if self._former_entry is not None and not await self._async_has_app():
            # The frontend would ask for an app, then start a flow for a new account.
            return self._show_browser(user_input, "no_app")
        self._discard_token()
        self._method_data = data
        # None lets the user select the app.
        former_app = (
            {"implementation": self._former_data[CONF_AUTH_IMPLEMENTATION]}
            if self.source == SOURCE_REAUTH
            else None
        )
        return await self.async_step_pick_implementation(former_app)

    async def _async_has_app(self) -> bool:
        try:
            return bool(await async_get_implementations(self.hass, DOMAIN))
        except ImplementationUnavailableError:
            # The next step aborts with this reason.
            return True

    @callback
    def _show_browser(
        self, user_input: Mapping[str, Any], error: str | None = None
    ) -> ConfigFlowResult:
        return self.async_show_form(
            step_id="browser",
            data_schema=self.add_suggested_values_to_schema(
                browser_schema(user_input), user_input
            ),
            errors=None if error is None else {"base": error},
            description_placeholders={
                "console": CONSOLE_URL,
                "partner_server": PARTNER_SERVER,
                "redirect_uri": shown_redirect_uri(self.hass),
                **_PERMISSIONS,
            },
        )

    @override
    async def async_generate_authorize_url(self) -> str:
        cast(BrowserImplementation, self.flow_impl).set_server(
            self._method_data[CONF_SERVER], self._method_data.get(CONF_BRAND_ID)
        )
        return await super().async_generate_authorize_url()

    @override
    async def async_step_creation(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        try:
            self._transport.limiter.raise_if_full(RateGroup.AUTH)
            token = await self.flow_impl.async_resolve_external_data(self.external_data)
        except RingCentralError as err:
            return self._show_failure(err)
        self._token = token
        if token["refresh_token"] is None:
            # The access token expires within the hour.
            self._discard_token()
            return self._show_retry("no_refresh_token")
        return await self._async_sign_in()

    async def _async_authorize_again(self) -> ConfigFlowResult:
        self._transport.limiter.raise_if_full(RateGroup.AUTH)
        # A rejected app can only be entered again, as a new application credential.
        is_app_rejected = (
            isinstance(self._error, RingCentralError)
            and self._error.reason is Reason.INVALID_CLIENT
        )
        return await self.async_step_pick_implementation(
            None if is_app_rejected else {"implementation": self.flow_impl.domain}
        )

    # JWT

    async def async_step_jwt(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Sign in with a JWT credential."""
        if user_input is None:
            return self._show_jwt(suggested_values(self._former_data))
        self._jwt_input = without_secrets(user_input)
        try:
            data = validate_jwt_input(user_input)
        except InvalidInputError as err:
            return self._show_jwt(self._jwt_input, err.key)
        if self._former_entry is None:
            # A JWT belongs to one user and one app.
            self._abort_if_configured({CONF_JWT: data[CONF_JWT]})
        return await self._async_sign_in_with_jwt(data)

    async def async_step_reauth_jwt(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Sign in again with another JWT of the same app."""
        if user_input is None:
            return self._show_reauth_jwt()
        former = self._former_data
        data = {key: former[key] for key in APP_KEYS if key in former}
        data[CONF_JWT] = clean_jwt(user_input[CONF_JWT])
        return await self._async_sign_in_with_jwt(data)

    async def _async_sign_in_with_jwt(self, data: dict[str, Any]) -> ConfigFlowResult:
        if data != self._method_data:
            self._discard_token()
            self._method_data = data
        self.flow_impl = JwtImplementation(self.hass, data)
        return await self._async_sign_in()

    @callback
    def _abort_if_configured(self, data: Mapping[str, str]) -> None:
        """Abort if an entry has these data, and name it."""
        for entry in self._async_current_entries():
            if data.items() <= entry.data.items():
                raise AbortFlow(
                    "already_configured", {"account": as_markdown(entry.title)}
                )

    @callback
    def _show_reauth_jwt(
        self, error: RingCentralError | None = None
    ) -> ConfigFlowResult:
        errors, placeholders = form_error(error)
        entry = self._former_entry
        assert entry is not None
        return self.async_show_form(
            step_id="reauth_jwt",
            data_schema=REAUTH_JWT_SCHEMA,
            errors=errors,
            description_placeholders={
                "credentials": _CREDENTIALS_URL,
                "name": as_markdown(entry.title),
                **placeholders,
            },
        )

    @callback
    def _show_jwt(
        self, user_input: Mapping[str, Any], error: RingCentralError | str | None = None
    ) -> ConfigFlowResult:
        errors, placeholders = form_error(error)
        return self.async_show_form(
            step_id="jwt",
            data_schema=self.add_suggested_values_to_schema(
                jwt_schema(user_input), user_input
            ),
            errors=errors,
            description_placeholders={
                "console": CONSOLE_URL,
                "credentials": _CREDENTIALS_URL,
                "partner_server": PARTNER_SERVER,
                **_PERMISSIONS,
                **placeholders,
            },
        )

    # Both methods

    async def async_step_retry(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Retry a failed sign-in with the same app."""
        if user_input is None:
            assert self._error is not None
            return self._show_retry(self._error)
        return await self._async_sign_in()

    @property
    def _transport(self) -> Transport:
        return self.flow_impl.endpoint.transport

    async def _async_usable_token(self) -> dict[str, Any] | None:
        """Return the token of the last try, or a new one; None if that needs the browser."""
        # Five requests per minute, including those for WebSocket access tokens.
        if self._token is None and not self.flow_impl.needs_browser:
            self._transport.limiter.raise_if_full(RateGroup.AUTH)
            self._token = await self.flow_impl.async_resolve_external_data(None)
        return self._token

    async def _async_sign_in(self) -> ConfigFlowResult:
        try:
            if (token := await self._async_usable_token()) is None:
                return await self._async_authorize_again()
            return await self.async_oauth_create_entry({CONF_TOKEN: token})
        except RingCentralError as err:
            return self._show_failure(err)

    @callback
    def _show_failure(self, err: RingCentralError) -> ConfigFlowResult:
        LOGGER.debug("The account cannot be used yet: %s", err)
        if not isinstance(err, TemporaryError):
            # New permissions are contained in new tokens only.
            self._discard_token()
        if self.flow_impl.needs_browser or permission_of(err) is not None:
            return self._show_retry(err)
        if self.source != SOURCE_REAUTH or self._jwt_input:
            return self._show_jwt(self._jwt_input, err)
        if err.reason is Reason.INVALID_CLIENT:
            return self._show_jwt(suggested_values(self._former_data), err)
        return self._show_reauth_jwt(err)

    @callback
    def _show_retry(self, error: RingCentralError | str) -> ConfigFlowResult:
        self._error = error
        errors, placeholders = form_error(error)
        if isinstance(error, RingCentralError) and error.reason in _BROWSER_ERRORS:
            errors = {"base": _BROWSER_ERRORS[error.reason]}
        return self.async_show_form(
            step_id="retry",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders={"console": CONSOLE_URL, **placeholders},
        )

    @callback
    def _discard_token(self) -> None:
        if self._token is not None:
            self._discarded.append((self.flow_impl, self._token))
            self._token = None

    @callback
    @override
    def async_remove(self) -> None:
        # A user has about five sessions per app. Signing out counts like a sign-in, so it
        # has to wait until the flow ends.
        self._discard_token()
        for implementation, token in self._discarded:
            self.hass.async_create_background_task(
                async_sign_out(implementation, token), f"{DOMAIN} sign-out"
            )

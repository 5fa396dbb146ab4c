"""Signing in, in either of two ways, and choosing what to monitor."""

from collections.abc import Mapping
from contextlib import suppress
import logging
from typing import Any, Final, cast, override

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_TOKEN
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.exceptions import (
    ImplementationUnavailableError,
    UnknownImplementationError,
)
from homeassistant.helpers.config_entry_oauth2_flow import (
    AbstractOAuth2FlowHandler,
    async_get_implementations,
)

from .api.exceptions import Reason, RingCentralError, TemporaryError
from .api.rate_limits import RateGroup
from .api.transport import Transport
from .const import (
    AUTH_JWT,
    CONF_ACCOUNT_ID,
    CONF_AUTH_IMPLEMENTATION,
    CONF_BRAND_ID,
    CONF_EXTENSION_ID,
    CONF_GROUPS,
    CONF_JWT,
    CONF_SERVER,
    CONSOLE_URL,
    DOCUMENTATION_URL,
    DOMAIN,
    LOGGER,
    PARTNER_SERVER,
)
from .coordinator import RingCentralConfigEntry
from .exceptions import permission_of
from .flows.options import RingCentralOptionsFlow
from .flows.selection_form import async_check_lists, form_error, show_selection_form
from .flows.sign_in_form import (
    InvalidInputError,
    browser_schema,
    jwt_schema,
    suggested_values,
    validate_browser_input,
    validate_jwt_input,
)
from .flows.validation import AccountInfo, async_validate_account, rest_client
from .oauth import (
    BrowserImplementation,
    JwtImplementation,
    RingCentralImplementation,
    async_entry_implementation,
    async_sign_out,
    shown_redirect_uri,
)
from .privacy import Privacy
from .roster.models import Group, Selection, format_names

_CREDENTIALS_URL: Final = "https://developers.ringcentral.com/console/my-credentials"

# What helps against an error is something else where nobody has entered a JWT.
_BROWSER_ERRORS: Final = {
    Reason.GRANT_NOT_ALLOWED: "browser_not_allowed",
    Reason.INVALID_CLIENT: "app_refused",
    Reason.INVALID_GRANT: "sign_in_refused",
}


class RingCentralConfigFlow(AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Adds an account, or signs in to it again.

    Both ways of signing in meet in `async_oauth_create_entry`.
    """

    DOMAIN = DOMAIN
    VERSION = 1
    MINOR_VERSION = 1

    flow_impl: RingCentralImplementation

    def __init__(self) -> None:
        """Know nothing yet."""
        super().__init__()
        # What the entry keeps of the way to sign in, beside the token.
        self._way: dict[str, Any] = {}
        self._entered: dict[str, Any] = {}
        # What the present form says.
        self._failure: RingCentralError | str | None = None
        self._token: dict[str, Any] | None = None
        # Sessions that nobody will use.
        self._discarded: list[tuple[RingCentralImplementation, Mapping[str, Any]]] = []
        self._probe: AccountInfo | None = None
        self._choice: dict[str, Any] = {CONF_GROUPS: [Group.EVERYONE]}

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

    # ----------------------------------------------------------------------------------
    # How to sign in

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose how to sign in to a new account."""
        return self.async_show_menu(
            step_id="user",
            menu_options=["browser", "jwt"],
            description_placeholders={"documentation": DOCUMENTATION_URL},
        )

    async def async_step_reauth(
        self, _entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Sign in again after a refusal."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose how to sign in again; it need not be the way of the last time."""
        return self._show_ways_again("reauth_confirm")

    async def async_step_reconfigure(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose how to sign in from now on."""
        return self._show_ways_again("reconfigure")

    @callback
    def _show_ways_again(self, step_id: str) -> ConfigFlowResult:
        """Offer the way of the last time first."""
        entry = self._former_entry
        assert entry is not None
        is_jwt = entry.data[CONF_AUTH_IMPLEMENTATION] == AUTH_JWT
        return self.async_show_menu(
            step_id=step_id,
            menu_options=["jwt", "browser"] if is_jwt else ["browser", "jwt"],
            description_placeholders={"name": entry.title},
        )

    @property
    def _former_entry(self) -> ConfigEntry | None:
        """The entry that signs in again; None for a new one.

        Raises:
            AbortFlow: it has been removed meanwhile.

        """
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

    # ----------------------------------------------------------------------------------
    # With a browser

    async def async_step_browser(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say what the app needs, and ask what an application credential cannot hold."""
        if user_input is None:
            return self._show_browser(suggested_values(self._former_data))
        try:
            way = validate_browser_input(user_input)
        except InvalidInputError as err:
            return self._show_browser(user_input, err.key)
        if self._former_entry is not None and not await self._async_knows_app():
            # The frontend would ask for one, and then begin a new account.
            return self._show_browser(user_input, "no_app")
        self._discard_token()
        self._way = way
        return await self.async_step_pick_implementation(self._former_app)

    async def _async_knows_app(self) -> bool:
        """Tell whether there is an application credential, as far as can be told."""
        try:
            return bool(await async_get_implementations(self.hass, DOMAIN))
        except ImplementationUnavailableError:
            # The next step says so.
            return True

    @callback
    def _show_browser(
        self, entered: Mapping[str, Any], error: str | None = None
    ) -> ConfigFlowResult:
        return self.async_show_form(
            step_id="browser",
            data_schema=self.add_suggested_values_to_schema(
                browser_schema(entered), entered
            ),
            errors=None if error is None else {"base": error},
            description_placeholders={
                "console": CONSOLE_URL,
                "partner_server": PARTNER_SERVER,
                "redirect_uri": shown_redirect_uri(self.hass),
            },
        )

    @property
    def _former_app(self) -> dict[str, str] | None:
        """The app of the last time, as Home Assistant's step of choice is told it.

        Who reconfigures may want another one.
        """
        if self.source != SOURCE_REAUTH:
            return None
        return {"implementation": self._former_data[CONF_AUTH_IMPLEMENTATION]}

    @override
    async def async_generate_authorize_url(self) -> str:
        """Return the page that the browser visits: of the chosen server and brand."""
        cast(BrowserImplementation, self.flow_impl).set_server(
            self._way[CONF_SERVER], self._way.get(CONF_BRAND_ID)
        )
        return await super().async_generate_authorize_url()

    @override
    async def async_step_creation(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Take up what the browser came back with."""
        try:
            self._transport.limiter.raise_if_full(RateGroup.AUTH)
            token = await self.flow_impl.async_resolve_external_data(self.external_data)
        except RingCentralError as err:
            return self._show_failure(err)
        self._token = token
        if token["refresh_token"] is None:
            # In an hour somebody would have to sign in again, and so on.
            self._discard_token()
            return self._show_again("no_refresh_token")
        return await self._async_sign_in()

    async def _async_visit_again(self) -> ConfigFlowResult:
        """Sign in once more through the same app, if it is still there.

        Not if it was refused: one that is in use cannot be mended, only entered anew.

        Raises:
            RingCentralError: RingCentral would accept nothing now.

        """
        self._transport.limiter.raise_if_full(RateGroup.AUTH)
        is_app_refused = (
            isinstance(self._failure, RingCentralError)
            and self._failure.reason is Reason.INVALID_CLIENT
        )
        return await self.async_step_pick_implementation(
            None if is_app_refused else {"implementation": self.flow_impl.domain}
        )

    async def async_step_retry(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Try again what has failed after a sign-in with a browser."""
        if user_input is None:
            assert self._failure is not None
            return self._show_again(self._failure)
        return await self._async_sign_in()

    # ----------------------------------------------------------------------------------
    # With a JWT

    async def async_step_jwt(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Sign in with a JWT credential."""
        if user_input is None:
            return self._show_jwt(suggested_values(self._former_data))
        self._entered = user_input
        try:
            way = validate_jwt_input(user_input)
        except InvalidInputError as err:
            return self._show_jwt(user_input, err.key)
        if self._former_entry is None:
            # It belongs to one user and one app, so it is good for one entry.
            self._async_abort_entries_match({CONF_JWT: way[CONF_JWT]})
        if way != self._way:
            self._discard_token()
            self._way = way
        self.flow_impl = JwtImplementation(self.hass, way)
        return await self._async_sign_in()

    @callback
    def _show_jwt(
        self, entered: Mapping[str, Any], error: RingCentralError | str | None = None
    ) -> ConfigFlowResult:
        errors, placeholders = form_error(error)
        return self.async_show_form(
            step_id="jwt",
            data_schema=self.add_suggested_values_to_schema(
                jwt_schema(entered), entered
            ),
            errors=errors,
            description_placeholders={
                "console": CONSOLE_URL,
                "credentials": _CREDENTIALS_URL,
                "partner_server": PARTNER_SERVER,
                **placeholders,
            },
        )

    # ----------------------------------------------------------------------------------
    # Both ways

    @property
    def _transport(self) -> Transport:
        return self.flow_impl.endpoint.transport

    async def _async_usable_token(self) -> dict[str, Any] | None:
        """Return the token of a former try if it still serves, or a new one.

        Five sign-ins and gateway tickets a minute are all that an app has. None: only
        the user gets another one, on RingCentral's page.
        """
        if self._token is None and not self.flow_impl.needs_browser:
            self._transport.limiter.raise_if_full(RateGroup.AUTH)
            self._token = await self.flow_impl.async_resolve_external_data(None)
        return self._token

    async def _async_sign_in(self) -> ConfigFlowResult:
        """Try the account."""
        try:
            if (token := await self._async_usable_token()) is None:
                return await self._async_visit_again()
            return await self.async_oauth_create_entry({CONF_TOKEN: token})
        except RingCentralError as err:
            return self._show_failure(err)

    @callback
    def _show_failure(self, err: RingCentralError) -> ConfigFlowResult:
        """Show what does not work where something can be done about it."""
        self._discard_token_unless_waiting_helps(err)
        if self.flow_impl.needs_browser or permission_of(err) is not None:
            return self._show_again(err)
        return self._show_jwt(self._entered, err)

    @callback
    def _show_again(self, error: RingCentralError | str) -> ConfigFlowResult:
        """Say what has failed, in a form without fields: to be tried again."""
        self._failure = error
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
    def _discard_token_unless_waiting_helps(self, err: RingCentralError) -> None:
        """Keep the token only if waiting helps.

        A permission that is added meanwhile may be in new tokens only.
        """
        LOGGER.debug("The account cannot be used yet: %s", err)
        if not isinstance(err, TemporaryError):
            self._discard_token()

    @callback
    def _discard_token(self) -> None:
        """Let the next try begin a session of its own."""
        if self._token is not None:
            self._discarded.append((self.flow_impl, self._token))
            self._token = None

    @callback
    @override
    def async_remove(self) -> None:
        """Sign out of what is left, however the flow ends.

        A user has about five sessions of each app: one more ends another one, or is
        refused. Not between two tries: it costs as much as a try.
        """
        self._discard_token()
        for implementation, token in self._discarded:
            self.hass.async_create_background_task(
                async_sign_out(implementation, token), f"{DOMAIN} sign-out"
            )

    @override
    async def async_oauth_create_entry(self, data: dict[str, Any]) -> ConfigFlowResult:
        """Try the account; both ways of signing in end here.

        Raises:
            RingCentralError: it cannot be used as it is.

        """
        self._probe = await async_validate_account(self._transport, data[CONF_TOKEN])
        # Whoever reloads the page leaves a flow behind that nobody sees.
        await self.async_set_unique_id(self._probe.unique_id, raise_on_progress=False)
        entry = self._former_entry
        if entry is None:
            self._abort_if_unique_id_configured()
            return await self.async_step_monitor()
        # Of another company nothing is known but what the entry is called.
        expected = self._probe.directory.get(entry.data[CONF_EXTENSION_ID])
        self._abort_if_unique_id_mismatch(
            reason="wrong_account",
            description_placeholders={
                "signed_in": format_names((self._probe.extension,)),
                "expected": entry.title
                if expected is None
                else format_names((expected,)),
            },
        )
        await self._async_leave(entry)
        # Whole: nothing of another way of signing in stays behind.
        return self.async_update_reload_and_abort(
            entry, data=self._entry_data(self._probe)
        )

    async def _async_leave(self, entry: ConfigEntry) -> None:
        """End the former session of an entry.

        It is unloaded first: a refresh under way would put the former session back.
        """
        if entry.state is ConfigEntryState.LOADED:
            await self.hass.config_entries.async_unload(entry.entry_id)
        with suppress(ImplementationUnavailableError, UnknownImplementationError):
            implementation = await async_entry_implementation(self.hass, entry)
            self._discarded.append((implementation, entry.data[CONF_TOKEN]))

    @callback
    def _entry_data(self, probe: AccountInfo) -> dict[str, Any]:
        """Return the data of the entry, whose token it is from now on."""
        token, self._token = self._token, None
        return {
            **self._way,
            CONF_AUTH_IMPLEMENTATION: self.flow_impl.domain,
            CONF_TOKEN: token,
            CONF_ACCOUNT_ID: probe.account.id,
            CONF_EXTENSION_ID: probe.extension.id,
        }

    # ----------------------------------------------------------------------------------
    # What to monitor

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
                elif (token := await self._async_usable_token()) is None:
                    # What is chosen stays.
                    return await self._async_visit_again()
                else:
                    rest = rest_client(self._transport, token)
                    await async_check_lists(rest, selection)
                    return self._create_entry(self._probe)
            except RingCentralError as err:
                self._discard_token_unless_waiting_helps(err)
                error = err
        return show_selection_form(
            self,
            "monitor",
            self._probe.directory,
            Privacy.FULL,
            self._choice,
            error,
        )

    @callback
    def _create_entry(self, probe: AccountInfo) -> ConfigFlowResult:
        # Another dialog may have been quicker.
        self._abort_if_unique_id_configured()
        return self.async_create_entry(
            title=probe.account.brand or "RingCentral",
            data=self._entry_data(probe),
            options=self._choice,
        )

"""Signing in, in either of two ways, and choosing what to monitor."""

from collections.abc import Mapping
import logging
from typing import Any, Final, cast, override
from urllib.parse import urlsplit

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
)
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_TOKEN
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow, section
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

from .api.directory import Extension
from .api.errors import RingCentralError, TemporaryError
from .api.limits import RateGroup
from .api.transport import Transport
from .choice_form import async_roster, form_error, is_many, show_choice, show_many
from .const import (
    AUTH_JWT,
    CONF_ACCOUNT_ID,
    CONF_ADVANCED,
    CONF_AUTH_IMPLEMENTATION,
    CONF_BRAND_ID,
    CONF_EXTENSION_ID,
    CONF_GROUPS,
    CONF_JWT,
    CONF_SERVER,
    CONSOLE_URL,
    DEFAULT_SERVER,
    DOMAIN,
    LOGGER,
)
from .coordinator import RingCentralConfigEntry
from .oauth import (
    BrowserImplementation,
    JwtImplementation,
    RingCentralImplementation,
    shown_redirect_uri,
)
from .options_flow import RingCentralOptionsFlow
from .privacy import Privacy
from .probe import Probe, async_probe, rest_client
from .roster import Group, Selection
from .translate import permission_of

_CREDENTIALS_URL: Final = "https://developers.ringcentral.com/console/my-credentials"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

# Whose pages a browser is shown, by the ids that RingCentral publishes for its partners.
_BRANDS: Final = {
    "1210": "RingCentral US",
    "3610": "RingCentral CA",
    "4710": "1&1",
    "3420": "AT&T Office@Hand",
    "6010": "Avaya Cloud Office",
    "7710": "BT",
    "4210": "ecotel",
    "4910": "Frontier",
    "2110": "Rainbow Office",
    "4810": "Symphony",
    "7310": "TELUS",
    "2020": "Unify Office",
    "2210": "Verizon",
    "7010": "Vodafone",
}

# What helps against an error is something else where nobody has entered a JWT.
_BROWSER_ERRORS: Final = {
    "grant_not_allowed": "browser_not_allowed",
    "invalid_client": "app_refused",
    "invalid_grant": "sign_in_refused",
}

_SECRET: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
)
_SERVER: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
_BRAND: Final = SelectSelector(
    SelectSelectorConfig(
        options=[
            SelectOptionDict(value=brand_id, label=f"{name} ({brand_id})")
            for brand_id, name in _BRANDS.items()
        ],
        custom_value=True,
        mode=SelectSelectorMode.DROPDOWN,
    )
)


def _browser_schema(*, collapsed: bool) -> vol.Schema:
    """Return the form before a sign-in with a browser."""
    advanced = vol.Schema(
        {
            vol.Required(CONF_SERVER, default=DEFAULT_SERVER): _SERVER,
            vol.Optional(CONF_BRAND_ID): _BRAND,
        }
    )
    return vol.Schema(
        {vol.Required(CONF_ADVANCED): section(advanced, {"collapsed": collapsed})}
    )


def _jwt_schema(*, collapsed: bool) -> vol.Schema:
    """Return the form that signs in with a JWT credential."""
    advanced = vol.Schema({vol.Required(CONF_SERVER, default=DEFAULT_SERVER): _SERVER})
    return vol.Schema(
        {
            vol.Required(CONF_CLIENT_ID): TextSelector(
                TextSelectorConfig(autocomplete="off")
            ),
            vol.Optional(CONF_CLIENT_SECRET): _SECRET,
            vol.Required(CONF_JWT): _SECRET,
            vol.Required(CONF_ADVANCED): section(advanced, {"collapsed": collapsed}),
        }
    )


class RingCentralConfigFlow(AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Adds an account, or signs in to it again.

    Both ways of signing in meet in `async_oauth_create_entry`.
    """

    DOMAIN = DOMAIN
    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        """Know nothing yet."""
        super().__init__()
        # What the entry keeps of the way to sign in, beside the token.
        self._way: dict[str, Any] = {}
        self._entered: dict[str, Any] = {}
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

    # ----------------------------------------------------------------------------------
    # How to sign in

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose how to sign in to a new account."""
        return self.async_show_menu(step_id="user", menu_options=["browser", "jwt"])

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
        errors: dict[str, str] = {}
        if user_input is not None:
            way = _entered_way(user_input[CONF_ADVANCED])
            if way is not None:
                self._way, self._token = way, None
                return await self.async_step_pick_implementation(self._former_app)
            errors["base"] = "invalid_server"
        entered = user_input or {CONF_ADVANCED: _advanced_part(self._former_data)}
        collapsed = entered[CONF_ADVANCED] == {CONF_SERVER: DEFAULT_SERVER}
        return self.async_show_form(
            step_id="browser",
            data_schema=self.add_suggested_values_to_schema(
                _browser_schema(collapsed=collapsed), entered
            ),
            errors=errors,
            description_placeholders={
                "console": CONSOLE_URL,
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
        cast(BrowserImplementation, self.flow_impl).use(
            self._way[CONF_SERVER], self._way.get(CONF_BRAND_ID)
        )
        return await super().async_generate_authorize_url()

    @override
    async def async_step_creation(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Take up what the browser came back with."""
        try:
            self._transport.ledger.check_window(RateGroup.AUTH)
            token = await self.flow_impl.async_resolve_external_data(self.external_data)
        except RingCentralError as err:
            return self._show_failure(err)
        if token["refresh_token"] is None:
            # In an hour somebody would have to sign in again, and so on.
            return self._show_retry("no_refresh_token")
        self._token = token
        return await self._async_sign_in()

    async def async_step_retry(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Try again what has failed after a sign-in with a browser."""
        return await self._async_sign_in()

    async def _async_visit_again(self) -> ConfigFlowResult:
        """Sign in once more through the same app, if it is still there.

        It is looked up anew: its secret may have been what was wrong.
        """
        return await self.async_step_pick_implementation(
            {"implementation": self.flow_impl.domain}
        )

    # ----------------------------------------------------------------------------------
    # With a JWT

    async def async_step_jwt(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Sign in with a JWT credential."""
        if user_input is None:
            former = self._former_data
            client_id = former.get(CONF_CLIENT_ID)
            return self._show_jwt(
                {
                    CONF_ADVANCED: {
                        CONF_SERVER: former.get(CONF_SERVER, DEFAULT_SERVER)
                    },
                    **({} if client_id is None else {CONF_CLIENT_ID: client_id}),
                }
            )
        self._entered = user_input
        way = _entered_jwt(user_input)
        if way is None:
            return self._show_jwt(user_input, "invalid_server")
        if self._former_entry is None:
            # It belongs to one user and one app, so it is good for one entry.
            self._async_abort_entries_match({CONF_JWT: way[CONF_JWT]})
        if way != self._way:
            self._way, self._token = way, None
        self.flow_impl = JwtImplementation(self.hass, way)
        return await self._async_sign_in()

    @callback
    def _show_jwt(
        self, entered: Mapping[str, Any], error: RingCentralError | str | None = None
    ) -> ConfigFlowResult:
        errors, placeholders = form_error(error)
        collapsed = entered[CONF_ADVANCED][CONF_SERVER] == DEFAULT_SERVER
        return self.async_show_form(
            step_id="jwt",
            data_schema=self.add_suggested_values_to_schema(
                _jwt_schema(collapsed=collapsed), entered
            ),
            errors=errors,
            description_placeholders={
                "console": CONSOLE_URL,
                "credentials": _CREDENTIALS_URL,
                **placeholders,
            },
        )

    # ----------------------------------------------------------------------------------
    # Both ways

    @property
    def _implementation(self) -> RingCentralImplementation:
        return cast(RingCentralImplementation, self.flow_impl)

    @property
    def _transport(self) -> Transport:
        return self._implementation.endpoint.transport

    @property
    def _is_jwt(self) -> bool:
        return isinstance(self.flow_impl, JwtImplementation)

    async def _async_usable_token(self) -> dict[str, Any] | None:
        """Return the token of a former try if it still serves, or a new one.

        Five sign-ins and gateway tickets a minute are all that an app has. None: only
        the user gets another one, on RingCentral's page.
        """
        if self._token is None and self._is_jwt:
            self._transport.ledger.check_window(RateGroup.AUTH)
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
        self._forget_token_unless_waiting_helps(err)
        if permission_of(err) is not None:
            return self._show_permission(err)
        if self._is_jwt:
            return self._show_jwt(self._entered, err)
        return self._show_retry(err)

    @callback
    def _forget_token_unless_waiting_helps(self, err: RingCentralError) -> None:
        """Keep the token only if waiting helps.

        A permission that is added meanwhile may be in new tokens only.
        """
        LOGGER.debug("The account cannot be used yet: %s", err)
        if not isinstance(err, TemporaryError):
            self._token = None

    @callback
    def _show_permission(self, err: RingCentralError) -> ConfigFlowResult:
        """Name a permission that is missing, and say where it is granted."""
        errors, placeholders = form_error(err)
        return self.async_show_form(
            step_id="permission",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders={"console": CONSOLE_URL, **placeholders},
        )

    async def async_step_permission(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Try again with the permission that was missing."""
        return await self._async_sign_in()

    @callback
    def _show_retry(self, error: RingCentralError | str) -> ConfigFlowResult:
        """Say what has failed after a sign-in with a browser."""
        errors, placeholders = form_error(error)
        key = errors["base"]
        return self.async_show_form(
            step_id="retry",
            data_schema=vol.Schema({}),
            errors={"base": _BROWSER_ERRORS.get(key, key)},
            description_placeholders={"console": CONSOLE_URL, **placeholders},
        )

    @override
    async def async_oauth_create_entry(self, data: dict[str, Any]) -> ConfigFlowResult:
        """Try the account; both ways of signing in end here.

        Raises:
            RingCentralError: it cannot be used as it is.

        """
        self._probe = await async_probe(self._transport, data[CONF_TOKEN])
        await self.async_set_unique_id(self._probe.unique_id)
        entry = self._former_entry
        if entry is None:
            self._abort_if_unique_id_configured()
            return await self.async_step_monitor()
        # Of another company nothing is known but what the entry is called.
        expected = self._probe.directory.get(entry.data[CONF_EXTENSION_ID])
        self._abort_if_unique_id_mismatch(
            reason="wrong_account",
            description_placeholders={
                "signed_in": _named(self._probe.extension),
                "expected": entry.title if expected is None else _named(expected),
            },
        )
        # Whole: nothing of another way of signing in stays behind.
        return self.async_update_reload_and_abort(
            entry, data=self._entry_data(self._probe)
        )

    @callback
    def _entry_data(self, probe: Probe) -> dict[str, Any]:
        return {
            **self._way,
            CONF_AUTH_IMPLEMENTATION: self.flow_impl.domain,
            CONF_TOKEN: self._token,
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
            data=self._entry_data(self._probe),
            options=self._choice,
        )


def _entered_way(advanced: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return server and brand; None if the server is no place to send secrets to."""
    server = _server(advanced[CONF_SERVER])
    if server is None:
        return None
    brand_id = advanced.get(CONF_BRAND_ID, "").strip()
    return {CONF_SERVER: server, **({CONF_BRAND_ID: brand_id} if brand_id else {})}


def _advanced_part(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the entry that signs in again keeps of the advanced settings."""
    known = {key: data[key] for key in (CONF_SERVER, CONF_BRAND_ID) if key in data}
    return {CONF_SERVER: DEFAULT_SERVER, **known}


def _entered_jwt(user_input: Mapping[str, Any]) -> dict[str, Any] | None:
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


def _named(extension: Extension) -> str:
    """Name a user as the devices do."""
    return f"{extension.name or '-'} ({extension.number or '-'})"

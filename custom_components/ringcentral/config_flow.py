"""Config flow of the RingCentral integration."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, override

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
    ConfigSubentryFlow,
)
from homeassistant.const import CONF_TOKEN
from homeassistant.core import callback
from homeassistant.exceptions import (
    ImplementationUnavailableError,
    UnknownImplementationError,
)

from .api.exceptions import RingCentralError, TemporaryError
from .const import (
    AUTH_JWT,
    CONF_AUTH_IMPLEMENTATION,
    CONF_EXTENSION_ID,
    CONF_GROUPS,
    CONF_STORAGE_KEY,
    DOCUMENTATION_URL,
    DOMAIN,
    SUBENTRY_GROUP,
)
from .coordinator import RingCentralConfigEntry
from .flows.group_flow import GroupFlow
from .flows.options import RingCentralOptionsFlow
from .flows.selection_form import async_check_lists, show_selection_form
from .flows.sign_in import SignInFlow
from .flows.validation import AccountInfo, async_validate_account, rest_client
from .oauth import async_entry_implementation
from .privacy import Privacy
from .roster.models import Group, Selection, extension_label
from .texts import as_markdown


class RingCentralConfigFlow(SignInFlow, domain=DOMAIN):
    """Add an account, or sign in to it again."""

    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        """Initialize the flow."""
        super().__init__()
        self._account: AccountInfo | None = None
        self._options: dict[str, Any] = {CONF_GROUPS: [Group.EVERYONE]}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(
        config_entry: RingCentralConfigEntry,
    ) -> RingCentralOptionsFlow:
        return RingCentralOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        return {SUBENTRY_GROUP: GroupFlow}

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        return self.async_show_menu(
            step_id="user",
            menu_options=["browser", "jwt"],
            description_placeholders={"documentation": DOCUMENTATION_URL},
        )

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Sign in again after RingCentral rejected the credentials."""
        if entry_data[CONF_AUTH_IMPLEMENTATION] == AUTH_JWT:
            # Another app or method needs more: the user can reconfigure the entry.
            return await self.async_step_reauth_jwt()
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Select the authentication method."""
        return self._show_methods("reauth_confirm")

    async def async_step_reconfigure(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Select another authentication method, app or server."""
        return self._show_methods("reconfigure")

    @callback
    def _show_methods(self, step_id: str) -> ConfigFlowResult:
        entry = self._former_entry
        assert entry is not None
        is_jwt = entry.data[CONF_AUTH_IMPLEMENTATION] == AUTH_JWT
        return self.async_show_menu(
            step_id=step_id,
            menu_options=["jwt", "browser"] if is_jwt else ["browser", "jwt"],
            description_placeholders={"name": as_markdown(entry.title)},
        )

    @override
    async def async_oauth_create_entry(self, data: dict[str, Any]) -> ConfigFlowResult:
        account = await async_validate_account(self._transport, data[CONF_TOKEN])
        self._account = account
        # Reloading the page leaves a flow behind that the user no longer sees.
        await self.async_set_unique_id(account.unique_id, raise_on_progress=False)
        entry = self._former_entry
        if entry is None:
            self._abort_if_configured(account.ids)
            return await self.async_step_monitor()
        # None if the user signed in to another company.
        user = account.directory.get(entry.data[CONF_EXTENSION_ID])
        expected = entry.title if user is None else extension_label(user)
        self._abort_if_unique_id_mismatch(
            reason="wrong_account",
            description_placeholders={
                "signed_in": as_markdown(account.title(taken=[expected])),
                "expected": as_markdown(expected),
            },
        )
        await self._async_end_former_session(entry)
        # Replaces all other data: each authentication method has keys of its own.
        kept = {k: entry.data[k] for k in entry.data.keys() & {CONF_STORAGE_KEY}}
        return self.async_update_reload_and_abort(
            entry, data=kept | self._entry_data(account)
        )

    async def _async_end_former_session(self, entry: ConfigEntry) -> None:
        if entry.state is ConfigEntryState.LOADED:
            # A refresh in progress would store the former token again.
            await self.hass.config_entries.async_unload(entry.entry_id)
        with suppress(ImplementationUnavailableError, UnknownImplementationError):
            implementation = await async_entry_implementation(self.hass, entry)
            self._discarded.append((implementation, entry.data[CONF_TOKEN]))

    @callback
    def _entry_data(self, account: AccountInfo) -> dict[str, Any]:
        token, self._token = self._token, None
        return {
            **self._method_data,
            CONF_AUTH_IMPLEMENTATION: self.flow_impl.domain,
            CONF_TOKEN: token,
            **account.ids,
        }

    async def async_step_monitor(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Select what to monitor."""
        account = self._account
        assert account is not None
        error: RingCentralError | str | None = None
        if user_input is not None:
            self._options = user_input
            selection = Selection.from_options(user_input)
            try:
                if selection.is_empty:
                    error = "nothing_selected"
                elif (token := await self._async_usable_token()) is None:
                    return await self._async_authorize_again()
                else:
                    rest = rest_client(self._transport, token)
                    await async_check_lists(rest, selection)
            except RingCentralError as err:
                error = err
                if not isinstance(err, TemporaryError):
                    self._discard_token()
            if error is None:
                # Another flow may have added the account since.
                self._abort_if_configured(account.ids)
                taken = [entry.title for entry in self._async_current_entries()]
                return self.async_create_entry(
                    # Kept if the name changes: the user may have chosen the title.
                    title=account.title(taken),
                    data=self._entry_data(account),
                    options=user_input,
                )
        return show_selection_form(
            self, "monitor", account.directory, Privacy.FULL, self._options, error
        )

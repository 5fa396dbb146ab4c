"""Ways of signing in, as Home Assistant's OAuth2 implementations.

An entry has exactly one `OAuth2Session`; it refreshes under its lock and stores each new
pair of tokens in the entry before anybody uses it.
"""

from abc import abstractmethod
from asyncio import timeout
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar, Final, NoReturn, cast, override

from aiohttp import RequestInfo
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import (
    OAuth2TokenRequestBaseError,
    OAuth2TokenRequestConnectionError,
    OAuth2TokenRequestReauthError,
)
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.config_entry_oauth2_flow import (
    AUTH_CALLBACK_PATH,
    AbstractOAuth2Implementation,
    LocalOAuth2ImplementationWithPkce,
    OAuth2Session,
    async_get_config_entry_implementation,
    async_get_redirect_uri,
)
from homeassistant.util.hass_dict import HassKey

from .api.auth import AUTHORIZE_PATH, TOKEN_PATH, App, Token, TokenEndpoint, TokenSource
from .api.exceptions import (
    AuthenticationError,
    ConnectionFailedError,
    Reason,
    RingCentralError,
)
from .api.rate_limits import RateLimiter
from .api.transport import REQUEST_TIMEOUT, Transport
from .const import (
    AUTH_JWT,
    CONF_AUTH_IMPLEMENTATION,
    CONF_BRAND_ID,
    CONF_JWT,
    CONF_SERVER,
    DEFAULT_SERVER,
    DOMAIN,
    PUBLIC_APP,
)

# Penalties go on while an entry is reloaded or set up anew, so the ledgers outlive it.
_LEDGERS: Final[HassKey[dict[tuple[str, str], RateLimiter]]] = HassKey(
    f"{DOMAIN}_rate_ledgers"
)


def transport_for(hass: HomeAssistant, server: str, client_id: str) -> Transport:
    """Return a transport to a server, with the rate ledger of the app."""
    ledgers = hass.data.setdefault(_LEDGERS, {})
    key = server, client_id
    if key not in ledgers:
        ledgers[key] = RateLimiter(hass.loop.time)
    return Transport(async_get_clientsession(hass), server, ledgers[key])


class RingCentralImplementation(AbstractOAuth2Implementation):
    """What both ways of signing in share.

    Attributes:
        endpoint: the token endpoint of server and app.
        needs_browser: whether only the user can begin another session.

    """

    endpoint: TokenEndpoint
    needs_browser: ClassVar[bool]

    @abstractmethod
    async def refresh_or_exchange(self, refresh_token: str | None) -> Token:
        """Return the next pair of tokens.

        Raises:
            RingCentralError: nobody gets one, or not now.

        """

    @override
    async def _async_refresh_token(self, token: dict[str, Any]) -> dict[str, Any]:
        try:
            return (
                await self.refresh_or_exchange(token.get("refresh_token"))
            ).as_dict()
        except AuthenticationError as err:
            self._raise_refused(err)
        except RingCentralError as err:
            raise OAuth2TokenRequestConnectionError(domain=DOMAIN) from err

    def _raise_refused(self, err: AuthenticationError) -> NoReturn:
        raise OAuth2TokenRequestReauthError(
            request_info=RequestInfo(
                URL(f"{self.endpoint.transport.server}{TOKEN_PATH}"),
                "POST",
                CIMultiDictProxy(CIMultiDict()),
            ),
            status=err.status or 0,
            message=err.reason,
            domain=DOMAIN,
        ) from err


class JwtImplementation(RingCentralImplementation):
    """Signs in with a JWT credential; built from an entry's data, registered nowhere."""

    needs_browser = False

    def __init__(self, hass: HomeAssistant, data: Mapping[str, Any]) -> None:
        """Take app, server and JWT from the data of an entry or a flow."""
        app = App(
            client_id=data[CONF_CLIENT_ID],
            client_secret=data.get(CONF_CLIENT_SECRET) or None,
        )
        self.endpoint = _endpoint(hass, data[CONF_SERVER], app)
        self._jwt: str = data[CONF_JWT]

    @property
    @override
    def name(self) -> str:
        """Name of the implementation."""
        return "JWT"

    @property
    @override
    def domain(self) -> str:
        """What an entry stores as its `auth_implementation`."""
        return AUTH_JWT

    @override
    async def async_generate_authorize_url(self, flow_id: str) -> str:
        """There is no page to visit."""
        raise NotImplementedError

    @override
    async def async_resolve_external_data(self, external_data: Any) -> dict[str, Any]:
        """Exchange the JWT for the first pair of tokens.

        Raises:
            RingCentralError: the flow shows its reason.

        """
        return (await self.endpoint.exchange_jwt(self._jwt)).as_dict()

    @override
    async def refresh_or_exchange(self, refresh_token: str | None) -> Token:
        """Continue the session, or open a new one with the JWT if it is dead."""
        if refresh_token is not None:
            try:
                return await self.endpoint.refresh(refresh_token)
            except AuthenticationError as err:
                if err.reason is not Reason.INVALID_GRANT:
                    raise
        return await self.endpoint.exchange_jwt(self._jwt)


class BrowserImplementation(
    RingCentralImplementation, LocalOAuth2ImplementationWithPkce
):
    """Signs in on RingCentral's own page, by an application credential.

    The credential knows the app, but neither server nor brand: whoever signs in or sets
    an entry up says so.
    """

    needs_browser = True

    def __init__(
        self,
        hass: HomeAssistant,
        auth_domain: str,
        client_id: str,
        client_secret: str,
        name: str | None,
    ) -> None:
        """Sign in to RingCentral itself, unless told otherwise."""
        super().__init__(hass, auth_domain, client_id, "", "", client_secret)
        self._name = name or client_id
        self.set_server(DEFAULT_SERVER, None)

    def set_server(self, server: str, brand_id: str | None) -> None:
        """Sign in to a server, to the pages of a brand."""
        secret = None if self.client_secret == PUBLIC_APP else self.client_secret
        app = App(client_id=self.client_id, client_secret=secret)
        self.endpoint = _endpoint(self.hass, server, app)
        self.authorize_url = f"{server}{AUTHORIZE_PATH}"
        self._brand_id = brand_id

    @property
    @override
    def name(self) -> str:
        """What the user calls the credential."""
        return self._name

    @property
    @override
    def extra_authorize_data(self) -> dict[str, Any]:
        """The challenge, and whose pages to show."""
        brand = {} if self._brand_id is None else {"brand_id": self._brand_id}
        return {**super().extra_authorize_data, **brand}

    @override
    async def async_resolve_external_data(self, external_data: Any) -> dict[str, Any]:
        """Exchange the code of the redirect for the first pair of tokens.

        Raises:
            RingCentralError: the flow shows its reason.

        """
        token = await self.endpoint.exchange_code(
            external_data["code"],
            redirect_uri=external_data["state"]["redirect_uri"],
            code_verifier=self.code_verifier,
        )
        return token.as_dict()

    @override
    async def refresh_or_exchange(self, refresh_token: str | None) -> Token:
        """Continue the session; a dead one takes the user to begin another."""
        if refresh_token is None:
            raise AuthenticationError(Reason.INVALID_GRANT)
        return await self.endpoint.refresh(refresh_token)


def _endpoint(hass: HomeAssistant, server: str, app: App) -> TokenEndpoint:
    return TokenEndpoint(transport_for(hass, server, app.client_id), app)


async def async_entry_implementation(
    hass: HomeAssistant, entry: ConfigEntry[Any]
) -> RingCentralImplementation:
    """Return the way that an entry signs in.

    Raises:
        ImplementationUnavailableError: application credentials cannot be read now.
        UnknownImplementationError: the application credential was deleted.

    """
    if entry.data[CONF_AUTH_IMPLEMENTATION] == AUTH_JWT:
        return JwtImplementation(hass, entry.data)
    implementation = cast(
        BrowserImplementation, await async_get_config_entry_implementation(hass, entry)
    )
    implementation.set_server(entry.data[CONF_SERVER], entry.data.get(CONF_BRAND_ID))
    return implementation


async def async_sign_out(
    implementation: RingCentralImplementation, token: Mapping[str, Any]
) -> None:
    """End a session on the platform; one that cannot be ended now ends by itself."""
    with suppress(RingCentralError, TimeoutError):
        async with timeout(REQUEST_TIMEOUT):
            # The refresh token lives longer, and either ends the session.
            await implementation.endpoint.revoke(
                token["refresh_token"] or token["access_token"]
            )


def shown_redirect_uri(hass: HomeAssistant) -> str:
    """Return the address that RingCentral's page will lead back to, for the user.

    Outside a request nobody knows how the browser calls this instance.
    """
    try:
        return async_get_redirect_uri(hass)
    except RuntimeError:
        return f"…{AUTH_CALLBACK_PATH}"


class SessionTokens(TokenSource):
    """Hands out the access token of an entry's OAuth2 session."""

    def __init__(self, hass: HomeAssistant, session: OAuth2Session) -> None:
        """Serve from `session`."""
        self._hass = hass
        self._session = session
        self._refused: AuthenticationError | None = None

    @override
    async def access_token(self) -> str:
        """Return a token that is believed to be valid, refreshed if need be.

        Raises:
            AuthenticationError: the credentials are refused. From then on nothing is
                asked any more until the entry is set up anew: each further request
                would be one more refused sign-in.
            TemporaryError: no answer about the credentials.

        """
        if self._refused is not None:
            # Without the traceback of the last time, which would grow with each.
            raise self._refused.with_traceback(None)
        try:
            await self._session.async_ensure_token_valid()
        except OAuth2TokenRequestReauthError as err:
            self._refused = _cause(err, AuthenticationError) or AuthenticationError(
                Reason.INVALID_GRANT
            )
            raise self._refused from None
        except (OAuth2TokenRequestBaseError, TimeoutError) as err:
            raise (
                _cause(err, RingCentralError)
                or ConnectionFailedError(Reason.UNEXPECTED_ANSWER)
            ) from None
        return cast(str, self._session.token["access_token"])

    @override
    def access_token_rejected(self, access_token: str) -> None:
        """Let the next call refresh, unless somebody has done so meanwhile.

        The stored expiry is wall clock and can be wrong: a 401 corrects it.
        """
        token = self._session.token
        if token["access_token"] != access_token:
            return
        entry: ConfigEntry = self._session.config_entry
        if self._hass.config_entries.async_get_entry(entry.entry_id) is None:
            # Removed meanwhile.
            return
        self._hass.config_entries.async_update_entry(
            entry, data={**entry.data, CONF_TOKEN: {**token, "expires_at": 0}}
        )


def _cause[E: RingCentralError](err: BaseException, kind: type[E]) -> E | None:
    """Return our own error behind one of Home Assistant's."""
    return err.__cause__ if isinstance(err.__cause__, kind) else None

"""OAuth2 implementations of both authentication methods, and the tokens of an entry."""

from abc import abstractmethod
from asyncio import timeout
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any, ClassVar, Final, cast, override

from aiohttp import RequestInfo
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from homeassistant.components.application_credentials import ClientCredential
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import (
    OAuth2TokenRequestBaseError,
    OAuth2TokenRequestConnectionError,
    OAuth2TokenRequestReauthError,
)
from homeassistant.helpers.aiohttp_client import async_create_clientsession
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
from .texts import clean_credential

# Penalties outlast a reload of the entry.
_LIMITERS: Final[HassKey[dict[tuple[str, str], RateLimiter]]] = HassKey(
    f"{DOMAIN}_rate_limiters"
)


def transport_for(hass: HomeAssistant, server: str, client_id: str) -> Transport:
    """Return a transport with cookies of its own, and with the rate limiter of the app."""
    limiters = hass.data.setdefault(_LIMITERS, {})
    key = server, client_id
    if key not in limiters:
        limiters[key] = RateLimiter(hass.loop.time)
    # The shared session would send the cookies of one account with requests of another.
    return Transport(async_create_clientsession(hass), server, limiters[key])


class RingCentralImplementation(AbstractOAuth2Implementation):
    """Base of both authentication methods."""

    hass: HomeAssistant
    # Whether only the user can start another session.
    needs_browser: ClassVar[bool]
    _server: str
    _app: App

    @cached_property
    def endpoint(self) -> TokenEndpoint:
        """The token endpoint of the server."""
        # Opened at the first use: Home Assistant creates implementations to list them.
        transport = transport_for(self.hass, self._server, self._app.client_id)
        return TokenEndpoint(transport, self._app)

    @abstractmethod
    async def refresh_or_exchange(self, refresh_token: str | None) -> Token:
        """Return the next pair of tokens; raise RingCentralError if there is none."""

    @override
    async def _async_refresh_token(self, token: dict[str, Any]) -> dict[str, Any]:
        try:
            new = await self.refresh_or_exchange(token.get("refresh_token"))
        except AuthenticationError as err:
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
        except RingCentralError as err:
            raise OAuth2TokenRequestConnectionError(domain=DOMAIN) from err
        return new.as_dict()


class JwtImplementation(RingCentralImplementation):
    """Sign in with a JWT credential of the entry data."""

    needs_browser = False

    def __init__(self, hass: HomeAssistant, data: Mapping[str, Any]) -> None:
        """Initialize from the data of an entry or a flow."""
        self.hass = hass
        self._server = data[CONF_SERVER]
        self._app = App(
            client_id=data[CONF_CLIENT_ID],
            client_secret=data.get(CONF_CLIENT_SECRET) or None,
        )
        self._jwt: str = data[CONF_JWT]

    @property
    @override
    def name(self) -> str:
        return "JWT"

    @property
    @override
    def domain(self) -> str:
        return AUTH_JWT

    @override
    async def async_generate_authorize_url(self, flow_id: str) -> str:
        raise NotImplementedError

    @override
    async def async_resolve_external_data(self, external_data: Any) -> dict[str, Any]:
        return (await self.endpoint.exchange_jwt(self._jwt)).as_dict()

    @override
    async def refresh_or_exchange(self, refresh_token: str | None) -> Token:
        if refresh_token is not None:
            try:
                return await self.endpoint.refresh(refresh_token)
            except AuthenticationError as err:
                if err.reason is not Reason.INVALID_GRANT:
                    raise
        # The session has expired or was revoked.
        return await self.endpoint.exchange_jwt(self._jwt)


class BrowserImplementation(
    RingCentralImplementation, LocalOAuth2ImplementationWithPkce
):
    """Sign in on RingCentral's page with an application credential."""

    needs_browser = True

    def __init__(
        self, hass: HomeAssistant, auth_domain: str, credential: ClientCredential
    ) -> None:
        """Initialize with the default server and no brand."""
        # Home Assistant's dialog removes spaces only.
        texts = credential.client_id, credential.client_secret
        client_id, secret = map(clean_credential, texts)
        super().__init__(hass, auth_domain, client_id, "", "", secret)
        self._app = App(
            client_id=client_id,
            client_secret=None if secret == PUBLIC_APP else secret,
        )
        self._name = credential.name or credential.client_id
        # The credential has neither server nor brand.
        self.set_server(DEFAULT_SERVER, None)

    def set_server(self, server: str, brand_id: str | None) -> None:
        """Set the server, and the brand of the sign-in page."""
        self._server = server
        self.authorize_url = f"{server}{AUTHORIZE_PATH}"
        self._brand_id = brand_id
        self.__dict__.pop("endpoint", None)

    @property
    @override
    def name(self) -> str:
        return self._name

    @property
    @override
    def extra_authorize_data(self) -> dict[str, Any]:
        brand = {} if self._brand_id is None else {"brand_id": self._brand_id}
        return {**super().extra_authorize_data, **brand}

    @override
    async def async_resolve_external_data(self, external_data: Any) -> dict[str, Any]:
        token = await self.endpoint.exchange_code(
            external_data["code"],
            redirect_uri=external_data["state"]["redirect_uri"],
            code_verifier=self.code_verifier,
        )
        return token.as_dict()

    @override
    async def refresh_or_exchange(self, refresh_token: str | None) -> Token:
        if refresh_token is None:
            raise AuthenticationError(Reason.INVALID_GRANT)
        return await self.endpoint.refresh(refresh_token)


async def async_entry_implementation(
    hass: HomeAssistant, entry: ConfigEntry[Any]
) -> RingCentralImplementation:
    """Return the authentication method of an entry.

    Raises:
        ImplementationUnavailableError: application credentials are not available yet.
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
    """Revoke a session; one that cannot be revoked now expires."""
    with suppress(RingCentralError, TimeoutError):
        async with timeout(REQUEST_TIMEOUT):
            # Either token ends the session, but the refresh token expires later.
            await implementation.endpoint.revoke(
                token["refresh_token"] or token["access_token"]
            )


def shown_redirect_uri(hass: HomeAssistant) -> str:
    """Return the redirect URI as it can be shown to the user."""
    try:
        return async_get_redirect_uri(hass)
    except RuntimeError:
        # Outside a request the address of this instance is unknown.
        return f"…{AUTH_CALLBACK_PATH}"


class SessionTokens(TokenSource):
    """Token source of an entry, from its OAuth2 session."""

    def __init__(self, hass: HomeAssistant, session: OAuth2Session) -> None:
        """Initialize with the OAuth2 session."""
        self._hass = hass
        self._session = session
        self._rejection: AuthenticationError | None = None

    @override
    async def access_token(self) -> str:
        # Each further request would be one more rejected sign-in.
        if self._rejection is not None:
            # Otherwise the traceback grows with each request.
            raise self._rejection.with_traceback(None)
        try:
            await self._session.async_ensure_token_valid()
        except OAuth2TokenRequestReauthError as err:
            self._rejection = _cause(err, AuthenticationError) or AuthenticationError(
                Reason.INVALID_GRANT
            )
            raise self._rejection from None
        except (OAuth2TokenRequestBaseError, TimeoutError) as err:
            raise (
                _cause(err, RingCentralError)
                or ConnectionFailedError(Reason.UNEXPECTED_ANSWER)
            ) from None
        return cast(str, self._session.token["access_token"])

    @override
    def access_token_rejected(self, access_token: str) -> None:
        # The stored expiry is wall-clock time and may be wrong.
        token = self._session.token
        if token["access_token"] != access_token:
            # Refreshed already.
            return
        entry: ConfigEntry = self._session.config_entry
        if self._hass.config_entries.async_get_entry(entry.entry_id) is None:
            return
        self._hass.config_entries.async_update_entry(
            entry, data={**entry.data, CONF_TOKEN: {**token, "expires_at": 0}}
        )


def _cause[E: RingCentralError](err: BaseException, kind: type[E]) -> E | None:
    return err.__cause__ if isinstance(err.__cause__, kind) else None

"""Ways of signing in, as Home Assistant's OAuth2 implementations.

An entry has exactly one `OAuth2Session`; it refreshes under its lock and stores each new
pair of tokens in the entry before anybody uses it.
"""

from collections.abc import Mapping
from typing import Any, Final, NoReturn, cast, override

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
    AbstractOAuth2Implementation,
    OAuth2Session,
)
from homeassistant.util.hass_dict import HassKey

from .api.auth import TOKEN_PATH, App, Token, TokenEndpoint, TokenSource
from .api.errors import (
    AuthenticationError,
    ConnectionFailedError,
    Reason,
    RingCentralError,
)
from .api.limits import RateLedger
from .api.transport import Transport
from .const import AUTH_JWT, CONF_JWT, CONF_SERVER, DOMAIN

# Penalties go on while an entry is reloaded or set up anew, so the ledgers outlive it.
_LEDGERS: Final[HassKey[dict[tuple[str, str], RateLedger]]] = HassKey(
    f"{DOMAIN}_rate_ledgers"
)


def transport_for(hass: HomeAssistant, server: str, client_id: str) -> Transport:
    """Return a transport to a server, with the rate ledger of the app."""
    ledgers = hass.data.setdefault(_LEDGERS, {})
    key = server, client_id
    if key not in ledgers:
        ledgers[key] = RateLedger(hass.loop.time)
    return Transport(async_get_clientsession(hass), server, ledgers[key])


def token_endpoint(hass: HomeAssistant, data: Mapping[str, Any]) -> TokenEndpoint:
    """Return the token endpoint for the app of an entry or a flow."""
    client_id: str = data[CONF_CLIENT_ID]
    app = App(client_id=client_id, client_secret=data.get(CONF_CLIENT_SECRET) or None)
    return TokenEndpoint(transport_for(hass, data[CONF_SERVER], client_id), app)


class JwtImplementation(AbstractOAuth2Implementation):
    """Signs in with a JWT credential; built from an entry's data, registered nowhere."""

    def __init__(self, endpoint: TokenEndpoint, jwt: str, token_url: str) -> None:
        """Exchange `jwt` at `endpoint`."""
        self._endpoint = endpoint
        self._jwt = jwt
        self._token_url = token_url

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
        return (await self._endpoint.exchange_jwt(self._jwt)).as_dict()

    @override
    async def _async_refresh_token(self, token: dict[str, Any]) -> dict[str, Any]:
        try:
            return (await self._refreshed(token.get("refresh_token"))).as_dict()
        except AuthenticationError as err:
            self._raise_refused(err)
        except RingCentralError as err:
            raise OAuth2TokenRequestConnectionError(domain=DOMAIN) from err

    async def _refreshed(self, refresh_token: str | None) -> Token:
        """Continue the session, or open a new one with the JWT if it is dead."""
        if refresh_token is not None:
            try:
                return await self._endpoint.refresh(refresh_token)
            except AuthenticationError as err:
                if err.reason is not Reason.INVALID_GRANT:
                    raise
        return await self._endpoint.exchange_jwt(self._jwt)

    def _raise_refused(self, err: AuthenticationError) -> NoReturn:
        raise OAuth2TokenRequestReauthError(
            request_info=RequestInfo(
                URL(self._token_url), "POST", CIMultiDictProxy(CIMultiDict())
            ),
            status=err.status or 0,
            message=err.reason,
            domain=DOMAIN,
        ) from err


def jwt_implementation(
    hass: HomeAssistant, data: Mapping[str, Any]
) -> JwtImplementation:
    """Build the implementation from the data of an entry or a flow."""
    return JwtImplementation(
        token_endpoint(hass, data), data[CONF_JWT], f"{data[CONF_SERVER]}{TOKEN_PATH}"
    )


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

"""Forms of the sign-in, and validation of their input."""

from collections.abc import Mapping
import re
from typing import Any, Final

import voluptuous as vol
from yarl import URL

from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from ..api.transport import is_loopback
from ..const import CONF_ADVANCED, CONF_BRAND_ID, CONF_JWT, CONF_SERVER, DEFAULT_SERVER
from ..texts import clean_credential

_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[0-9a-f:]+")
_BRAND_ID: Final = re.compile(r"\d{1,10}", re.ASCII)
# What is copied along with a JWT: quotes, line breaks, its HTTP header, an option of curl.
_NOT_OF_JWT: Final = re.compile(r"[^\w.-]", re.ASCII)
_HEADER_OF_JWT: Final = re.compile(
    r"^-*(header|h)?(authorization)?(bearer)?", re.IGNORECASE
)
_LONGEST_CLIENT_ID: Final = 100

# Brands with a sign-in page of their own, by the ids that RingCentral publishes.
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

# Entry data that name an app, for another JWT of it.
APP_KEYS: Final = (CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_SERVER)
REAUTH_JWT_SCHEMA: Final = vol.Schema({vol.Required(CONF_JWT): _SECRET})


class InvalidInputError(Exception):
    """Invalid user input; `key` is the error of the form."""

    def __init__(self, key: str) -> None:
        """Initialize with the key of the error."""
        super().__init__(key)
        self.key = key


def browser_schema(user_input: Mapping[str, Any]) -> vol.Schema:
    """Return the form of a sign-in with a browser."""
    return vol.Schema(
        {
            vol.Required(CONF_ADVANCED): _advanced(
                {
                    vol.Required(CONF_SERVER, default=DEFAULT_SERVER): _SERVER,
                    vol.Optional(CONF_BRAND_ID): _BRAND,
                },
                user_input,
            )
        }
    )


def jwt_schema(user_input: Mapping[str, Any]) -> vol.Schema:
    """Return the form of a sign-in with a JWT."""
    return vol.Schema(
        {
            vol.Required(CONF_CLIENT_ID): TextSelector(
                TextSelectorConfig(autocomplete="off")
            ),
            vol.Optional(CONF_CLIENT_SECRET): _SECRET,
            vol.Required(CONF_JWT): _SECRET,
            vol.Required(CONF_ADVANCED): _advanced(
                {vol.Required(CONF_SERVER, default=DEFAULT_SERVER): _SERVER}, user_input
            ),
        }
    )


def _advanced(fields: Mapping[Any, object], user_input: Mapping[str, Any]) -> section:
    is_default = user_input[CONF_ADVANCED] == {CONF_SERVER: DEFAULT_SERVER}
    return section(vol.Schema(dict(fields)), {"collapsed": is_default})


def suggested_values(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of an entry that the form suggests; no secrets."""
    advanced = {key: data[key] for key in (CONF_SERVER, CONF_BRAND_ID) if key in data}
    client_id = {key: data[key] for key in (CONF_CLIENT_ID,) if key in data}
    return {**client_id, CONF_ADVANCED: {CONF_SERVER: DEFAULT_SERVER, **advanced}}


def without_secrets(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input that a form may suggest again: the browser stores what it shows."""
    client_id = user_input[CONF_CLIENT_ID]
    # A longer text is a JWT in the wrong field.
    public = {CONF_CLIENT_ID: client_id} if len(client_id) <= _LONGEST_CLIENT_ID else {}
    return {**public, CONF_ADVANCED: user_input[CONF_ADVANCED]}


def validate_browser_input(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry data of a sign-in with a browser, or raise InvalidInputError."""
    advanced = user_input[CONF_ADVANCED]
    data = {CONF_SERVER: _validate_server(advanced[CONF_SERVER])}
    if brand_id := clean_credential(advanced.get(CONF_BRAND_ID, "")):
        if not _BRAND_ID.fullmatch(brand_id):
            raise InvalidInputError("invalid_brand")
        data[CONF_BRAND_ID] = brand_id
    return data


def validate_jwt_input(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry data of a sign-in with a JWT, or raise InvalidInputError."""
    data = {
        CONF_CLIENT_ID: clean_credential(user_input[CONF_CLIENT_ID]),
        CONF_JWT: clean_jwt(user_input[CONF_JWT]),
        CONF_SERVER: _validate_server(user_input[CONF_ADVANCED][CONF_SERVER]),
    }
    if secret := clean_credential(user_input.get(CONF_CLIENT_SECRET, "")):
        data[CONF_CLIENT_SECRET] = secret
    return data


def clean_jwt(text: str) -> str:
    """Return a pasted JWT without what was copied along with it."""
    return _HEADER_OF_JWT.sub("", _NOT_OF_JWT.sub("", text))


def _validate_server(text: str) -> str:
    """Return an origin that secrets may be sent to: HTTPS, or on this machine."""
    try:
        url = URL(clean_credential(text))
        host = url.raw_host or ""
    except ValueError:
        raise InvalidInputError("invalid_server") from None
    is_allowed = url.scheme == "https" or (url.scheme == "http" and is_loopback(host))
    has_path = url.raw_path.strip("/") or url.raw_query_string or url.raw_fragment
    has_user = "@" in url.raw_authority
    if not is_allowed or not _HOST.fullmatch(host) or has_user or has_path:
        raise InvalidInputError("invalid_server")
    return str(url.origin())

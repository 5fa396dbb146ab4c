"""The forms that sign in, and what of them can be used."""

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

from ..const import CONF_ADVANCED, CONF_BRAND_ID, CONF_JWT, CONF_SERVER, DEFAULT_SERVER

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[0-9a-f:]+")
_BRAND_ID: Final = re.compile(r"\d{1,10}", re.ASCII)

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


class InvalidInputError(Exception):
    """What was entered cannot be used.

    Attributes:
        key: of the error that the form shows.

    """

    def __init__(self, key: str) -> None:
        """Say why."""
        super().__init__(key)
        self.key = key


def browser_schema(entered: Mapping[str, Any]) -> vol.Schema:
    """Return the form before a sign-in with a browser."""
    return vol.Schema(
        {
            vol.Required(CONF_ADVANCED): _advanced(
                {
                    vol.Required(CONF_SERVER, default=DEFAULT_SERVER): _SERVER,
                    vol.Optional(CONF_BRAND_ID): _BRAND,
                },
                entered,
            )
        }
    )


def jwt_schema(entered: Mapping[str, Any]) -> vol.Schema:
    """Return the form that signs in with a JWT credential."""
    return vol.Schema(
        {
            vol.Required(CONF_CLIENT_ID): TextSelector(
                TextSelectorConfig(autocomplete="off")
            ),
            vol.Optional(CONF_CLIENT_SECRET): _SECRET,
            vol.Required(CONF_JWT): _SECRET,
            vol.Required(CONF_ADVANCED): _advanced(
                {vol.Required(CONF_SERVER, default=DEFAULT_SERVER): _SERVER}, entered
            ),
        }
    )


def _advanced(fields: Mapping[Any, object], entered: Mapping[str, Any]) -> section:
    """Return what hardly anybody has to change; what is not usual must be seen."""
    is_usual = entered[CONF_ADVANCED] == {CONF_SERVER: DEFAULT_SERVER}
    return section(vol.Schema(dict(fields)), {"collapsed": is_usual})


def suggested_values(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of an entry's data need not be entered again; no secrets."""
    known = {key: data[key] for key in (CONF_SERVER, CONF_BRAND_ID) if key in data}
    client_id = {key: data[key] for key in (CONF_CLIENT_ID,) if key in data}
    return {**client_id, CONF_ADVANCED: {CONF_SERVER: DEFAULT_SERVER, **known}}


def validate_browser_input(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return server and brand, as an entry keeps them.

    Raises:
        UnusableInputError: one of them is none.

    """
    advanced = user_input[CONF_ADVANCED]
    data = {CONF_SERVER: _entered_server(advanced[CONF_SERVER])}
    if brand_id := advanced.get(CONF_BRAND_ID, "").strip():
        if not _BRAND_ID.fullmatch(brand_id):
            raise InvalidInputError("invalid_brand")
        data[CONF_BRAND_ID] = brand_id
    return data


def validate_jwt_input(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what to sign in with, as an entry keeps it.

    Pasted text brings blanks along.

    Raises:
        UnusableInputError: the server is no place to send it to.

    """
    data = {
        CONF_CLIENT_ID: user_input[CONF_CLIENT_ID].strip(),
        CONF_JWT: "".join(user_input[CONF_JWT].split()),
        CONF_SERVER: _entered_server(user_input[CONF_ADVANCED][CONF_SERVER]),
    }
    if secret := user_input.get(CONF_CLIENT_SECRET, "").strip():
        data[CONF_CLIENT_SECRET] = secret
    return data


def _entered_server(text: str) -> str:
    """Return an address that secrets may be sent to: encrypted, or of this machine."""
    try:
        url = URL(text.strip())
        host = url.raw_host or ""
    except ValueError:
        raise InvalidInputError("invalid_server") from None
    is_allowed = url.scheme == "https" or (url.scheme == "http" and host in _LOOPBACK)
    has_more = url.raw_path.strip("/") or url.raw_query_string or url.raw_fragment
    if (
        not is_allowed
        or not _HOST.fullmatch(host)
        or "@" in url.raw_authority
        or has_more
    ):
        raise InvalidInputError("invalid_server")
    return str(url.origin())

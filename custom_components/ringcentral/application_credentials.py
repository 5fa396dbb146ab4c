"""Application credentials: the app of a sign-in with a browser."""

from homeassistant.components.application_credentials import ClientCredential
from homeassistant.core import HomeAssistant

from .const import CONSOLE_URL, PUBLIC_APP
from .oauth import BrowserImplementation


async def async_get_auth_implementation(
    hass: HomeAssistant, auth_domain: str, credential: ClientCredential
) -> BrowserImplementation:
    """Return the OAuth2 implementation of an application credential."""
    return BrowserImplementation(hass, auth_domain, credential)


async def async_get_description_placeholders(_hass: HomeAssistant) -> dict[str, str]:
    """Return the placeholders of the dialog for client ID and secret."""
    return {"console": CONSOLE_URL, "no_secret": PUBLIC_APP}

"""The app that a sign-in with a browser goes through, entered once in Home Assistant."""

from homeassistant.components.application_credentials import ClientCredential
from homeassistant.core import HomeAssistant

from .const import CONSOLE_URL, PUBLIC_APP
from .oauth import BrowserImplementation


async def async_get_auth_implementation(
    hass: HomeAssistant, auth_domain: str, credential: ClientCredential
) -> BrowserImplementation:
    """Return how to sign in through an app."""
    return BrowserImplementation(
        hass,
        auth_domain,
        credential.client_id,
        credential.client_secret,
        credential.name,
    )


async def async_get_description_placeholders(_hass: HomeAssistant) -> dict[str, str]:
    """Return what the dialog for client ID and secret mentions."""
    return {"console": CONSOLE_URL, "no_secret": PUBLIC_APP}

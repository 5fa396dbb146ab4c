"""The board in Home Assistant's frontend: its files, and what it reads."""

from hashlib import sha256
from pathlib import Path
from typing import Final

from homeassistant.components.frontend import add_extra_js_url
from homeassistant.components.http.server import StaticPathConfig
from homeassistant.components.websocket_api import async_register_command
from homeassistant.core import HomeAssistant

from ..const import DOMAIN, LOGGER
from .control import websocket_control
from .roster import websocket_roster, websocket_subscribe_roster

# Contains the built files; their source is in `frontend/` of the repository.
FOLDER: Final = Path(__file__).parent
_LOADER: Final = "register.js"


def _read_files(folder: Path) -> tuple[list[str], str]:
    """Return the names of the built files, and a hash of their contents."""
    files = sorted(folder.glob("*.js"))
    digest = sha256(b"".join([path.read_bytes() for path in files]))
    return [path.name for path in files], digest.hexdigest()[:12]


async def async_setup_frontend(hass: HomeAssistant) -> None:
    """Register the board's files and its commands, once for all accounts.

    A registered path keeps its files until Home Assistant is restarted.
    """
    for command in (websocket_roster, websocket_subscribe_roster, websocket_control):
        async_register_command(hass, command)
    try:
        names, digest = await hass.async_add_executor_job(_read_files, FOLDER)
    except OSError as err:
        LOGGER.warning("The board is not available: %s", err.strerror)
        return
    if _LOADER not in names:
        return
    # Browsers cache files for a month, also those that the loader imports: an update
    # must change the whole path.
    base = f"/{DOMAIN}_ui/{digest}"
    await hass.http.async_register_static_paths(
        [StaticPathConfig(f"{base}/{name}", str(FOLDER / name)) for name in names]
    )
    add_extra_js_url(hass, f"{base}/{_LOADER}")

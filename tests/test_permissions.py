"""The permissions of the app: one list in code, forms and documentation."""

from pathlib import Path
import re
from typing import Final

import pytest

from custom_components.ringcentral.const import OPTIONAL_PERMISSIONS, PERMISSIONS
from custom_components.ringcentral.exceptions import permission_label
from homeassistant.core import HomeAssistant
from simulator import Simulator

from .common import start_flow
from .languages import by_path

_ROOT: Final = Path(__file__).parents[1]
_ALL: Final = (*PERMISSIONS, *OPTIONAL_PERMISSIONS.values())


@pytest.mark.parametrize("method", ["browser", "jwt"])
async def test_form_names_each_permission_of_the_app(
    hass: HomeAssistant, simulator: Simulator, method: str
) -> None:
    """Also those without which something is missing."""
    form = await start_flow(hass, method)

    text = by_path("en")[f"config.step.{method}.description"]
    shown = text.format(**form["description_placeholders"] or {})

    assert [name for name in _ALL if name not in shown] == []


def test_list_is_that_of_the_platform() -> None:
    """By the names in the developer console, which errors show as well."""
    needed = ("ReadAccounts", "ReadPresence", "WebSocketSubscription")
    assert tuple(map(permission_label, needed)) == PERMISSIONS
    optional = (
        *("EditPresence", "ReadContacts", "ReadMessages"),
        *("RingOut", "CallControl"),
    )
    assert tuple(map(permission_label, optional)) == tuple(
        OPTIONAL_PERMISSIONS.values()
    )


def test_installation_has_the_list() -> None:
    """As a table, one permission in each row."""
    text = (_ROOT / "docs" / "installation.md").read_text(encoding="utf-8")
    _, _, rest = text.partition("\n## Permissions\n")
    section, _, _ = rest.partition("\n## ")
    assert re.findall(r"^\| \*\*([^*|]+)\*\* ", section, re.MULTILINE) == list(_ALL)


def test_readme_names_each_permission() -> None:
    """A reader who never opens the other page misses none."""
    text = (_ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in _ALL if name not in text] == []

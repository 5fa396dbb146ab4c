"""The board's files: where they are served, and how pages load them."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
import re
from typing import Final
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ringcentral import frontend
from homeassistant.components.onboarding.const import STEPS
from homeassistant.core import HomeAssistant
from simulator import Simulator

from ..common import add_account

_LOADER: Final = 'await import("./switchboard.js");'
_CARD: Final = "export {};"
_IMPORT: Final = re.compile(r"import\(\"(/ringcentral_ui/[^\"]+)\"\)")


@pytest.fixture(autouse=True)
def onboarded(hass_storage: dict[str, object]) -> None:
    """Have Home Assistant show its pages in place of the first steps."""
    hass_storage["onboarding"] = {"version": 4, "data": {"done": STEPS}}


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Path]:
    """Return a folder with built files, in place of the integration's own."""
    (tmp_path / "register.js").write_text(_LOADER)
    (tmp_path / "switchboard.js").write_text(_CARD)
    (tmp_path / "roster.py").write_text("")
    with patch.object(frontend, "FOLDER", tmp_path):
        yield tmp_path


async def _imported(browser: ClientSessionGenerator) -> list[str]:
    """Return what a page of Home Assistant imports of ours."""
    client = await browser()
    answer = await client.get("/")
    assert answer.status == HTTPStatus.OK
    return _IMPORT.findall(await answer.text())


async def test_page_loads_the_board_once_whatever_accounts_and_reloads_there_are(
    built: Path,
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    account = await add_account(hass, simulator, groups=[], extensions=["101"])
    await add_account(hass, simulator, groups=[], extensions=["102"], user="102")
    assert await hass.config_entries.async_reload(account.entry.entry_id)

    [loader] = await _imported(hass_client_no_auth)

    assert loader.endswith("/register.js")


async def test_files_are_cached_and_nothing_else_is_served(
    built: Path,
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    await add_account(hass, simulator, groups=[], extensions=["101"])
    [loader] = await _imported(hass_client_no_auth)
    browser = await hass_client_no_auth()

    for name, content in (("register.js", _LOADER), ("switchboard.js", _CARD)):
        # As the loader imports it: relative to its own address.
        answer = await browser.get(loader.replace("register.js", name))
        assert await answer.text() == content
        assert answer.content_type == "text/javascript"
        assert answer.headers["Cache-Control"] == "public, max-age=2678400"
    answer = await browser.get(loader.replace("register.js", "roster.py"))
    assert answer.status == HTTPStatus.NOT_FOUND


async def test_update_of_either_file_changes_the_path_of_both(
    built: Path,
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """Browsers would take what they have cached for a month."""
    await add_account(hass, simulator, groups=[], extensions=["101"])
    for name in ("register.js", "switchboard.js"):
        (built / name).write_text("// Updated.")
        # As after a restart.
        await frontend.async_setup_frontend(hass)
    await frontend.async_setup_frontend(hass)

    paths = await _imported(hass_client_no_auth)

    assert len(set(paths)) == len(paths) == 3


async def test_integration_without_built_files_is_set_up_and_loads_nothing(
    tmp_path: Path,
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    with patch.object(frontend, "FOLDER", tmp_path):
        account = await add_account(hass, simulator, groups=[], extensions=["101"])

    assert account.shows("101", "telephony_status") == "no_call"
    assert await _imported(hass_client_no_auth) == []


async def test_page_loads_nothing_in_safe_mode(
    built: Path,
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    await add_account(hass, simulator, groups=[], extensions=["101"])
    hass.config.safe_mode = True

    assert await _imported(hass_client_no_auth) == []


async def test_integration_works_without_the_board_if_a_file_cannot_be_read(
    built: Path,
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client_no_auth: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (built / "damaged.js").mkdir()

    account = await add_account(hass, simulator, groups=[], extensions=["101"])

    assert account.shows("101", "telephony_status") == "no_call"
    assert await _imported(hass_client_no_auth) == []
    assert "The board is not available" in caplog.text

"""How a new user gets the board, with a screenshot of each step."""

from dataclasses import dataclass, field
import os
from pathlib import Path
from typing import Final

from playwright.async_api import Locator, Page, expect
import pytest

from demo.user import User
from simulator import Simulator

from .board import Board, Home
from .conftest import NewPage

pytestmark = pytest.mark.asyncio(loop_scope="session")

# A folder for the screenshots, which are temporary without it.
_FOLDER: Final = "BOARD_SCREENSHOTS"

# Counts what the page gets, whatever the test does; a new page would begin at 0.
_COUNT_CLICKS: Final = """
window.clicks = 0;
addEventListener("click", () => { window.clicks += 1; }, true);
"""


@dataclass(slots=True)
class Screenshots:
    """Takes screenshots, which are numbered."""

    page: Page
    folder: Path
    taken: int = field(default=0)

    async def take(self, name: str) -> None:
        """Take a screenshot."""
        self.taken += 1
        path = self.folder / f"first-board-{self.taken}-{name}.png"
        await self.page.screenshot(path=path, animations="disabled")

    async def click(self, target: Locator, name: str) -> None:
        """Take a screenshot, and click."""
        await target.wait_for()
        await self.take(name)
        await target.click()


async def test_five_clicks_lead_from_the_settings_to_a_ringing_call(
    home: Home,
    simulator: Simulator,
    user: User,
    new_page: NewPage,
    tmp_path: Path,
) -> None:
    page = await new_page()
    await page.add_init_script(_COUNT_CLICKS)
    await page.goto(home.page("/config"))
    screenshots = Screenshots(page, Path(os.environ.get(_FOLDER, tmp_path)))
    try:
        await screenshots.click(
            page.get_by_text("Dashboards", exact=True).first, "settings"
        )
        await screenshots.click(
            page.get_by_role("button", name="Add dashboard"), "dashboards"
        )
        await screenshots.click(
            page.get_by_role("button", name="RingCentral switchboard"), "add-dashboard"
        )
        await screenshots.click(
            page.get_by_role("button", name="Create", exact=True), "create"
        )
        await screenshots.click(page.get_by_role("link", name="Phones"), "created")
        board = Board(page)
        await expect(board.rows).to_have_count(12)
        simulator.ring("103", "+16505550140", from_name="Marla Tidewell")
        await expect(board.calls("103")).to_contain_text("Marla Tidewell")
        await expect(board.calls("103")).to_contain_text("Ringing")
        await screenshots.take("ringing")
        assert await page.evaluate("window.clicks") == 5
    finally:
        for dashboard in await user.command("lovelace/dashboards/list"):
            if dashboard["title"] == "Phones":
                await user.command(
                    "lovelace/dashboards/delete", dashboard_id=dashboard["id"]
                )

"""How the board comes onto a page."""

import asyncio
from typing import Final

from playwright.async_api import Route, expect
import pytest

from demo.user import User
from simulator import Simulator

from .board import (
    CARD_TYPE,
    STRATEGY,
    Board,
    Home,
    Json,
    added_account,
    dashboard,
    sales,
    save_dashboard,
)
from .conftest import NewPage, OpenBoard

pytestmark = pytest.mark.asyncio(loop_scope="session")

_CARD: Final[Json] = dashboard({"type": CARD_TYPE})
_SECTION: Final[Json] = {
    "views": [{"type": "sections", "max_columns": 4, "sections": [STRATEGY]}]
}


@pytest.mark.parametrize("config", [_CARD, STRATEGY], ids=["card", "strategy"])
async def test_load_without_a_cache_and_reload_show_no_error_card(
    home: Home, user: User, new_page: NewPage, config: Json
) -> None:
    page = await new_page(is_cold=True)
    await page.goto(home.page(await save_dashboard(user, config)))
    await expect(Board(page).rows).to_have_count(12)
    await page.reload()
    await expect(Board(page).rows).to_have_count(12)


async def test_late_bundle_replaces_the_error_card(
    home: Home, user: User, new_page: NewPage, page_errors: list[str]
) -> None:
    path = await save_dashboard(user, STRATEGY)
    page = await new_page()
    board, error_card = Board(page), page.locator("hui-error-card")
    is_released = asyncio.Event()

    async def hold(route: Route) -> None:
        await is_released.wait()
        await route.continue_()

    await page.route("**/switchboard.js", hold)
    await page.clock.install()
    try:
        await page.goto(home.page(path))
        await page.locator("hui-sections-view").wait_for()
        await page.clock.fast_forward("00:08")
        await error_card.wait_for()
    finally:
        is_released.set()
    await expect(board.rows).to_have_count(12)
    await expect(error_card).to_have_count(0)
    assert set(page_errors) == {"An error card is shown"}
    page_errors.clear()


async def test_section_of_the_strategy_shows_the_board(open_board: OpenBoard) -> None:
    board = await open_board(_SECTION)
    await expect(board.rows).to_have_count(12)


async def test_people_of_a_second_account_come_and_go_with_it(
    open_board: OpenBoard, user: User, simulator: Simulator
) -> None:
    # Home Assistant generates dashboards of strategies again; a card has to notice it.
    board = await open_board(_CARD)
    await expect(board.rows).to_have_count(12)
    async with added_account(user, sales(simulator)):
        await expect(board.rows).to_have_count(15)
        simulator.ring("108", "+16505550140", from_name="Marla Tidewell")
        # It is monitored by both.
        await expect(board.calls("Alba Wildgoose")).to_have_count(2)
    await expect(board.rows).to_have_count(12)

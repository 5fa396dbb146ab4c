"""The card in Home Assistant's dialogs: how it is added, and its choices."""

from typing import Final

from playwright.async_api import Locator, Page, expect
import pytest

from demo.user import User
from simulator import Simulator

from .board import (
    CARD,
    CARD_TYPE,
    Board,
    Home,
    Json,
    added_account,
    dashboard,
    sales,
    save_dashboard,
)
from .conftest import NewPage

pytestmark = pytest.mark.asyncio(loop_scope="session")

_EMPTY: Final[Json] = dashboard()
_NAME: Final = "RingCentral switchboard"


async def _edit(home: Home, user: User, new_page: NewPage, config: Json) -> Page:
    """Open a dashboard for editing."""
    path = await save_dashboard(user, config)
    page = await new_page()
    await page.goto(home.page(f"{path}?edit=1"))
    return page


async def _add_card(home: Home, user: User, new_page: NewPage, tab: str) -> Page:
    """Open the dialog that adds a card."""
    page = await _edit(home, user, new_page, _EMPTY)
    await page.get_by_role("button", name="Add card").first.click()
    await page.get_by_role("tab", name=tab).click()
    return page


async def _saved_board(page: Page) -> Board:
    """Save what the editor shows; return the board on the dashboard."""
    editor = page.locator("hui-dialog-edit-card")
    await editor.get_by_role("button", name="Save", exact=True).click()
    await expect(editor.locator(CARD)).to_have_count(0)
    return Board(page)


async def test_picker_of_cards_previews_the_board_and_adds_it(
    home: Home, user: User, new_page: NewPage
) -> None:
    page = await _add_card(home, user, new_page, "By card")
    await page.get_by_placeholder("Search cards").fill(_NAME)
    card = page.locator("hui-card-picker .card", has_text=_NAME)
    await expect(Board(page, card).rows).to_have_count(12)
    await card.click()
    await expect(Board(page, page.locator("hui-dialog-edit-card")).rows).to_have_count(
        12
    )
    board = await _saved_board(page)
    await expect(board.rows).to_have_count(12)


async def test_sensor_of_a_person_suggests_the_board(
    home: Home, user: User, new_page: NewPage
) -> None:
    page = await _add_card(home, user, new_page, "By entity")
    await page.get_by_placeholder("Search entities").fill("Lorcan telephony")
    await page.get_by_text("Lorcan Yellowhammer (103)").first.click()
    suggestion = page.get_by_role("button", name=_NAME)
    await expect(Board(page, suggestion).rows).to_have_count(12)


async def test_other_entities_do_not_suggest_the_board(
    home: Home, user: User, new_page: NewPage
) -> None:
    page = await _add_card(home, user, new_page, "By entity")
    await page.get_by_placeholder("Search entities").fill("Desk lamp")
    await page.get_by_text("Desk lamp").first.click()
    await page.get_by_role("button", name="Tile").first.wait_for()
    await expect(page.get_by_role("button", name=_NAME)).to_have_count(0)


async def _open_editor(
    home: Home, user: User, new_page: NewPage
) -> tuple[Page, Locator]:
    page = await _edit(home, user, new_page, dashboard({"type": CARD_TYPE}))
    await page.locator("hui-card-edit-mode").click()
    return page, page.locator("hui-dialog-edit-card")


async def test_choice_of_people_in_the_editor_changes_the_card(
    home: Home, user: User, simulator: Simulator, new_page: NewPage
) -> None:
    async with added_account(user, sales(simulator)):
        page, editor = await _open_editor(home, user, new_page)
        rows = Board(page, editor).rows
        await expect(rows).to_have_count(15)

        await editor.get_by_role("button", name="Accounts").click()
        await editor.get_by_text("Fiora Teasdale (101)", exact=True).click()
        await expect(rows).to_have_count(12)
        await editor.get_by_role("button", name="Remove Fiora Teasdale (101)").click()
        await expect(rows).to_have_count(15)

        await editor.get_by_role("button", name="Groups, sites and departments").click()
        picker = editor.locator("ha-generic-picker")
        await picker.get_by_text("Sales", exact=True).click()
        await expect(rows).to_have_count(3)

        await editor.get_by_text("Select a device").click()
        await editor.get_by_text("Arlo Quince (111)").click()
        await expect(rows).to_have_count(4)
        await expect((await _saved_board(page)).rows).to_have_count(4)


async def test_choice_of_the_look_in_the_editor_changes_the_card(
    home: Home, user: User, new_page: NewPage
) -> None:
    page, editor = await _open_editor(home, user, new_page)
    preview = Board(page, editor)
    await expect(preview.rows.first).to_contain_text("Fiora Teasdale")

    await editor.get_by_role("textbox", name="Title").fill("Our office")
    await expect(preview.card).to_contain_text("Our office")
    await editor.get_by_text("Order", exact=True).click()
    await editor.get_by_text("Name", exact=True).click()
    await expect(preview.rows.first).to_contain_text("Ada Underhill")
    await editor.get_by_role("spinbutton", name="Most columns").fill("1")
    for part, selector in (
        ("Counts", ".chips"),
        ("Extension numbers", ".number"),
        ("Departments", ".note"),
    ):
        await preview.card.locator(selector).first.wait_for()
        await editor.locator("ha-checkbox", has_text=part).click()
        await expect(preview.card.locator(selector)).to_have_count(0)

    board = await _saved_board(page)
    await expect(board.card).to_contain_text("Our office")
    left = {
        box["x"] for row in await board.rows.all() if (box := await row.bounding_box())
    }
    assert len(left) == 1

"""The board by keyboard."""

from playwright.async_api import expect
import pytest

from .conftest import OpenBoard

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_tab_leads_from_the_counts_to_the_rows(open_board: OpenBoard) -> None:
    board = await open_board()
    await board.chip("Free").focus()
    await board.page.keyboard.press("Tab")
    await expect(board.row("101")).to_be_focused()
    await board.page.keyboard.press("Tab")
    await expect(board.row("102")).to_be_focused()


async def test_arrow_keys_lead_to_the_neighbours(open_board: OpenBoard) -> None:
    board = await open_board()
    boxes = [await row.bounding_box() for row in await board.rows.all()]
    columns = len(
        [box for box in boxes if box and boxes[0] and box["y"] == boxes[0]["y"]]
    )
    assert 1 < columns < 6
    await board.row("101").focus()
    for key, number in (
        ("ArrowRight", 102),
        ("ArrowDown", 102 + columns),
        ("ArrowLeft", 101 + columns),
        ("ArrowUp", 101),
        ("End", 112),
        ("Home", 101),
    ):
        await board.page.keyboard.press(key)
        await expect(board.row(str(number))).to_be_focused()


async def test_enter_opens_the_details_of_the_person(open_board: OpenBoard) -> None:
    board = await open_board()
    await board.row("103").focus()
    await board.page.keyboard.press("Enter")
    await expect(board.details).to_contain_text("Lorcan Yellowhammer")

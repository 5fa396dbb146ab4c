"""The board by keyboard."""

from playwright.async_api import expect
import pytest

from .conftest import OpenBoard

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_enter_opens_the_details_of_the_person(open_board: OpenBoard) -> None:
    board = await open_board()
    await board.row("103").focus()
    await board.page.keyboard.press("Enter")
    await expect(board.details).to_contain_text("Lorcan Yellowhammer")

"""The board on a telephone, and written from right to left."""

from playwright.async_api import expect
import pytest

from simulator import Simulator

from .board import Board
from .conftest import OpenBoard

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _is_wider_than_the_page(board: Board) -> bool:
    return bool(
        await board.card.evaluate(
            "card => document.documentElement.scrollWidth > innerWidth"
            " || card.scrollWidth > card.clientWidth"
        )
    )


async def test_twelve_people_fit_a_telephone(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    board = await open_board(width=390, height=844)
    await expect(board.rows).to_have_count(12)
    await expect(board.search).to_have_count(0)
    for row in await board.rows.all():
        await expect(row).to_be_in_viewport(ratio=1)

    simulator.ring(
        to="103",
        from_="+16505550123",
        from_name="Maximiliana Featherstonehaugh-Tidewell",
        queue_call=True,
        on_behalf_of=simulator.extension("104").id,
    )
    await expect(board.calls("103")).to_contain_text("Ringing")
    assert not await _is_wider_than_the_page(board)


async def test_hebrew_is_written_from_right_to_left_with_the_sign_before_the_number(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    board = await open_board(width=390, height=844, language="he")
    simulator.ring(to="103", from_="+16505550123")
    party = board.calls("103").locator(".party")
    await expect(party).to_have_text("+16505550123")

    lefts = await board.row("103").evaluate(
        """row => [".disc", ".name", ".presence"].map(
          (part) => row.querySelector(part).getBoundingClientRect().left)"""
    )
    assert lefts == sorted(lefts, reverse=True)
    sign, digit = await party.evaluate(
        """party => [0, 1].map((place) => {
          const range = document.createRange();
          const text = document.createTreeWalker(party, NodeFilter.SHOW_TEXT);
          let node = text.nextNode();
          while (!node.data.trim()) node = text.nextNode();
          range.setStart(node, place);
          range.setEnd(node, place + 1);
          return range.getBoundingClientRect().left;
        })"""
    )
    assert sign < digit
    assert not await _is_wider_than_the_page(board)

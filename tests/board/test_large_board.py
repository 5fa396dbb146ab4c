"""The board of 48 people."""

from collections.abc import AsyncIterator

from playwright.async_api import expect
import pytest
import pytest_asyncio
import pytest_socket

from demo.user import User
from simulator import Simulator, SimulatorOptions

from .board import (
    CARD_TYPE,
    Board,
    Home,
    Json,
    added_account,
    dashboard,
    platform_of,
    save_dashboard,
)
from .conftest import NewPage, OpenBoard

pytestmark = pytest.mark.asyncio(loop_scope="session")

_PEOPLE = 48


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def large(home: Home) -> AsyncIterator[Json]:
    """Return a dashboard with the 48 people of a second company."""
    # This runs before the fixtures of a test.
    pytest_socket.enable_socket()
    company = Simulator(SimulatorOptions(port=0, extensions=_PEOPLE))
    await company.start()
    forms = platform_of(company, "102").forms("full")
    async with (
        User.signed_in(home.link) as user,
        added_account(user, forms) as entry_id,
    ):
        yield dashboard({"type": CARD_TYPE, "accounts": [entry_id]})
    await company.stop()


async def test_48_people_fit_a_tablet_on_the_wall(
    home: Home, user: User, new_page: NewPage, large: Json
) -> None:
    page = await new_page(width=1280, height=800, is_cold=True)
    await page.add_init_script("localStorage.dockedSidebar = '\"always_hidden\"'")
    await page.goto(home.page(await save_dashboard(user, large)))
    board = Board(page)
    await expect(board.rows).to_have_count(_PEOPLE)
    for row in await board.rows.all():
        await expect(row).to_be_in_viewport(ratio=1)


async def test_large_board_is_searched_by_name_number_and_department(
    open_board: OpenBoard, simulator: Simulator, large: Json
) -> None:
    board = await open_board(large)
    person = simulator.extension("107")
    for query in (person.name.upper(), "107"):
        await board.search.fill(query)
        await expect(board.rows).to_have_count(1)
        await expect(board.rows).to_contain_text(person.name)
    await board.search.fill("support")
    await expect(board.rows).to_have_count(12)
    await board.search.fill("no such name")
    await expect(board.card.locator(".empty")).to_contain_text("No extension matches.")
    await board.search.fill("")
    await expect(board.rows).to_have_count(_PEOPLE)

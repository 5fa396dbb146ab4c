"""The connection of a page with Home Assistant, and its clock, as the test sets them."""

from datetime import UTC, datetime, timedelta

from playwright.async_api import Page, WebSocketRoute

from demo.user import User

from .board import STRATEGY, Board, Home, save_dashboard


class Line:
    """The connection of a page with Home Assistant, which the test interrupts."""

    def __init__(self) -> None:
        """Initialize a connection that works."""
        self._is_lost = False
        self._sockets: list[WebSocketRoute] = []

    async def connect(self, socket: WebSocketRoute) -> None:
        """Connect the page, or refuse to."""
        if self._is_lost:
            await socket.close()
            return
        socket.connect_to_server()
        self._sockets.append(socket)

    async def lose(self) -> None:
        """Close the connection, and refuse new ones."""
        self._is_lost = True
        for socket in self._sockets:
            await socket.close()

    def restore(self) -> None:
        """Accept connections again."""
        self._is_lost = False


async def open_page(
    home: Home, user: User, page: Page, *, clock_ahead: timedelta = timedelta()
) -> Board:
    """Open the board in a page whose clock the test moves."""
    path = await save_dashboard(user, STRATEGY)
    await page.clock.install(time=datetime.now(UTC).astimezone() + clock_ahead)
    await page.goto(home.page(path))
    board = Board(page)
    await board.rows.first.wait_for()
    return board

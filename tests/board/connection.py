"""The connection of a page with Home Assistant, as the test interrupts it."""

from playwright.async_api import WebSocketRoute


class Connection:
    """The connection of a page with Home Assistant, which the test interrupts."""

    def __init__(self) -> None:
        """Initialize a connection that works."""
        self._is_lost = False
        self._sockets: list[WebSocketRoute] = []

    async def open(self, socket: WebSocketRoute) -> None:
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

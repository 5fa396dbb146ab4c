"""A user who presses the buttons of calls with mouse, keyboard or touch screen."""

from dataclasses import dataclass
from typing import Literal, assert_never

from playwright.async_api import Locator, expect

from .board import Board

type InputDevice = Literal["mouse", "keyboard", "touch"]

# More than a toolbar has.
_MOST_KEYS = 12


@dataclass(frozen=True, slots=True)
class BoardUser:
    """A user of a board who has only one input device."""

    board: Board
    device: InputDevice

    async def press(self, number: str, action: str) -> None:
        """Press a button of the first call of a row."""
        button = self.board.control(number, action)
        await button.wait_for()
        if self.device == "keyboard":
            await self.board.row(number).focus()
            await self._key("Tab")
            await self._key("Home")
        await self._activate(button, "ArrowRight")

    async def confirm(self, number: str) -> None:
        """Answer the question of the panel that is open."""
        await self._press_in_panel(number, "[data-action=confirm]")

    async def type(self, number: str, text: str) -> None:
        """Type into the field of the panel that is open, which has the focus."""
        await expect(self.board.item(number).locator(".panel input")).to_be_focused()
        await self.board.page.keyboard.type(text)

    async def choose(self, number: str, extension_id: str) -> None:
        """Choose a person in the panel that is open."""
        await self._press_in_panel(number, f"[data-extension='{extension_id}']")

    async def _press_in_panel(self, number: str, selector: str) -> None:
        button = self.board.item(number).locator(f".panel {selector}")
        await button.wait_for()
        await self._activate(button, "Tab")

    async def _activate(self, button: Locator, next_key: str) -> None:
        """Press a button; `next_key` moves the focus to it."""
        match self.device:
            case "mouse":
                await button.click()
            case "touch":
                await button.tap()
            case "keyboard":
                await self._until_focused(button, next_key)
                await self._key("Enter")
            case _:
                assert_never(self.device)

    async def _key(self, key: str) -> None:
        await self.board.page.keyboard.press(key)

    async def _until_focused(self, button: Locator, key: str) -> None:
        for _ in range(_MOST_KEYS):
            if await button.evaluate("button => button.matches(':focus')"):
                return
            await self._key(key)
        await expect(button).to_be_focused()

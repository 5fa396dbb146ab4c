"""Browser for screenshots."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import shutil
from typing import Final

from playwright.async_api import Page, async_playwright

NO_BROWSER: Final = "No browser was found. On Debian: apt-get install chromium"

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
_ARGUMENTS: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
)


def find_browser() -> str | None:
    """Return the path of a browser; None if there is none."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


@asynccontextmanager
async def open_page(
    browser: str, *, width: int, height: int, language: str = "en"
) -> AsyncGenerator[Page]:
    """Open an empty page of this size, in pixels."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=browser, args=_ARGUMENTS
        )
        yield await chromium.new_page(
            viewport={"width": width, "height": height},
            locale=language,
        )
        await chromium.close()

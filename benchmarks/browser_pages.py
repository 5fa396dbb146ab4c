"""Pages of Home Assistant in Chromium, and what they cost their main thread."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Self

from playwright.async_api import BrowserContext, CDPSession, Page, ViewportSize
from yarl import URL

from demo.browser import NO_BROWSER, find_browser, run_browser

_SIZE: Final[ViewportSize] = {"width": 1280, "height": 800}
_PATIENCE_MS: Final = 120_000
_PAINT: Final = (
    "() => new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)))"
)


@dataclass(frozen=True, slots=True)
class LoadedPage:
    """A page whose content is painted."""

    devtools: CDPSession

    async def busy(self) -> float:
        """Return the processor seconds of the main thread since the page was opened."""
        answer = await self.devtools.send("Performance.getMetrics")
        metrics = {metric["name"]: metric["value"] for metric in answer["metrics"]}
        return float(metrics["TaskDuration"])


class SignedInBrowser:
    """A browser that is signed in to Home Assistant, with its files in the cache."""

    def __init__(self, context: BrowserContext, address: URL) -> None:
        """Initialize with the address of Home Assistant."""
        self._context = context
        self._address = address

    @classmethod
    @asynccontextmanager
    async def running(cls, link: str) -> AsyncIterator[Self]:
        """Run a browser, and sign in with a link."""
        path = find_browser()
        assert path is not None, NO_BROWSER
        async with run_browser(path) as browser:
            context = await browser.new_context(viewport=_SIZE)
            page = await context.new_page()
            await page.goto(link)
            await _content(page, "home-assistant-main")
            await page.close()
            yield cls(context, URL(link).origin())

    @asynccontextmanager
    async def opened(self, path: str, content: str) -> AsyncIterator[LoadedPage]:
        """Open a page, and wait until the content that a selector finds is painted."""
        page = await self._context.new_page()
        devtools = await self._context.new_cdp_session(page)
        await devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        await page.goto(str(self._address / path), wait_until="commit")
        await _content(page, content)
        await page.evaluate(_PAINT)
        yield LoadedPage(devtools)
        await page.close()


async def _content(page: Page, selector: str) -> None:
    found = page.locator(selector).first
    await found.wait_for(state="attached", timeout=_PATIENCE_MS)

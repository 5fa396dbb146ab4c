"""Browser for screenshots."""

from argparse import ArgumentParser, Namespace
import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
import shutil
from typing import Final, Literal

from aiohttp import ClientError
from PIL import Image
from playwright.async_api import Browser, Error, Page, async_playwright

from .options import DemoError
from .processes import ROOT

IMAGES: Final = ROOT / "docs" / "images"

SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
# For pages before they open.
HIDE_SIDEBAR: Final = "localStorage.dockedSidebar = JSON.stringify('always_hidden')"

NO_BROWSER: Final = "No browser was found. On Debian: apt-get install chromium"

# The first has no window that would be drawn as well.
_NAMES: Final = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "chrome",
)
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
async def run_browser(path: str) -> AsyncGenerator[Browser]:
    """Run a browser without windows."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=path, args=_ARGUMENTS
        )
        yield chromium
        await chromium.close()


@asynccontextmanager
async def open_page(
    browser: str, *, width: int, height: int, language: str = "en"
) -> AsyncGenerator[Page]:
    """Open an empty page of this size, in pixels."""
    async with run_browser(browser) as chromium:
        yield await chromium.new_page(
            viewport={"width": width, "height": height},
            locale=language,
        )


def save_small(screenshot: bytes, path: Path) -> None:
    """Save a screenshot with a palette, which makes it small."""
    with Image.open(BytesIO(screenshot)) as image:
        # The other methods change colors that cover few pixels.
        small = image.convert("RGB").quantize(
            method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
    small.save(path, optimize=True)


def run_in_browser(attempt: Callable[[str], Coroutine[None, None, None]]) -> int:
    """Run something that takes the path of a browser; return the exit code."""
    if (browser := find_browser()) is None:
        print(NO_BROWSER)
        return 1
    try:
        asyncio.run(attempt(browser))
    except (ClientError, DemoError, Error, TimeoutError) as error:
        print(f"It did not work: {str(error) or type(error).__name__}")
        return 1
    return 0


def screenshot_options(
    arguments: Sequence[str], *, command: str, description: str, port: int
) -> Namespace:
    """Return the options of a command that takes screenshots in a folder."""
    parser = ArgumentParser(prog=command, description=description)
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=IMAGES,
        help="folder for the screenshots (default: %(default)s)",
    )
    parser.add_argument("--port", type=int, default=port)
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    return options


def try_in_demo(
    arguments: Sequence[str],
    attempt: Callable[[str, str, str, Path], Coroutine[None, None, str]],
    *,
    command: str,
    description: str,
    picture: str,
) -> int:
    """Try something in a running demo, print what it shows; return the exit code.

    It takes the path of a browser, the links of the demo and of the simulator, and the
    file of the screenshot.
    """
    parser = ArgumentParser(prog=command, description=description)
    parser.add_argument("link", help="the link that scripts/demo has printed")
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        default=IMAGES / picture,
        help="file of the screenshot (default: %(default)s)",
    )
    parser.add_argument("--simulator", default="http://127.0.0.1:8089")
    options = parser.parse_args(arguments)

    async def run(browser: str) -> None:
        shown = await attempt(browser, options.link, options.simulator, options.file)
        print(f"It worked, and shows: {shown}")
        print(options.file)

    return run_in_browser(run)

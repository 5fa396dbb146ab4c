"""Screenshot of the running demo's dashboard."""

from argparse import ArgumentParser
import asyncio
from collections.abc import Sequence, Set as AbstractSet
from pathlib import Path
import sys
from typing import Final

from aiohttp import ClientError

from .browser import NO_BROWSER, find_browser, open_page
from .options import DemoError
from .phones import phones
from .user import User

_PATIENCE_SECONDS: Final = 300


def main(arguments: Sequence[str]) -> int:
    """Take the screenshot; return the exit code."""
    parser = ArgumentParser(
        prog="scripts/screenshot",
        description="Take a screenshot of the dashboard of a running scripts/demo.",
    )
    parser.add_argument("link", help="the link that scripts/demo has printed")
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        default=Path(__file__).parent.parent / "docs" / "images" / "dashboard.png",
        help="file of the screenshot (default: %(default)s)",
    )
    parser.add_argument("--width", type=int, default=1600)
    parser.add_argument("--height", type=int, default=1000)
    parser.add_argument("--dark", action="store_true", help="with the dark theme")
    parser.add_argument(
        "--showing",
        nargs="+",
        default=[],
        metavar="STATE",
        help="wait until phones show all of these, like: ringing on_hold",
    )
    options = parser.parse_args(arguments)
    if (browser := find_browser()) is None:
        print(NO_BROWSER)
        return 1
    try:
        asyncio.run(_wait_for(options.link, {*options.showing}))
    except TimeoutError:
        print(
            f"The demo did not answer or did not show all of this within"
            f" {_PATIENCE_SECONDS} seconds: {' '.join(options.showing)}"
        )
        return 1
    except (ClientError, DemoError) as error:
        print(f"The demo does not answer as expected: {error}")
        return 1
    options.file.parent.mkdir(parents=True, exist_ok=True)
    asyncio.run(
        _take(
            browser,
            options.link,
            options.file,
            size=(options.width, options.height),
            dark=options.dark,
        )
    )
    print(options.file)
    return 0


async def _wait_for(link: str, states: AbstractSet[str]) -> None:
    """Wait until each of these telephony states is shown by some extension."""
    async with asyncio.timeout(_PATIENCE_SECONDS), User.signed_in(link) as user:
        sensors = {
            phone.telephony_status
            for phone in phones(
                await user.command("config/device_registry/list"),
                await user.command("config/entity_registry/list"),
            )
        }
        while not states <= {
            state["state"]
            for state in await user.command("get_states")
            if state["entity_id"] in sensors
        }:
            await asyncio.sleep(0.5)


async def _take(
    browser: str, link: str, file: Path, *, size: tuple[int, int], dark: bool
) -> None:
    width, height = size
    async with open_page(browser, width=width, height=height, dark=dark) as page:
        await page.goto(link)
        await page.locator("hui-tile-card").first.wait_for()
        await page.wait_for_load_state("networkidle")
        await page.screenshot(path=file, animations="disabled")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

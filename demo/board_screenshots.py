"""Add the board by clicks, as a new user, and take screenshots for the documentation."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from typing import Final

from playwright.async_api import Browser, ViewportSize

from .browser import (
    HIDE_SIDEBAR,
    SCHEMES,
    run_browser,
    run_in_browser,
    save_small,
    screenshot_options,
)
from .dashboard import groups_board
from .groups import add_groups
from .installation import PATIENCE_SECONDS, Installation
from .scene import set_scene
from .texts import Texts
from .user import User

_PORT: Final = 8124
_NAME: Final = "RingCentral switchboard"
_BOARD: Final = "ringcentral-switchboard"
_ROW: Final = f"{_BOARD} .row"
_MARGIN: Final = 32
_URL_PATH: Final = "dashboard-phones"
_EXTENSIONS: Final = 48
# Of the team, the queue, or both.
_MEMBERS: Final = 15
_PAUSE_SECONDS: Final = 15
_SETTLE_MS: Final = 1500


@dataclass(frozen=True, kw_only=True, slots=True)
class _Screen:
    """A device that shows the board."""

    size: ViewportSize
    # Pixels of the screenshot in each direction.
    scale: float = 1
    people: int
    has_sidebar: bool = False
    # Whether it ends below the board.
    is_cut: bool = False
    # Whether groups are shown, with their members and counts.
    has_groups: bool = False
    # Whether calls can be controlled; those of the user are shown.
    has_controls: bool = False


_SCREENS: Final = {
    "desktop": _Screen(
        size={"width": 1280, "height": 680},
        scale=1.5,
        people=12,
        has_sidebar=True,
        is_cut=True,
    ),
    "phone": _Screen(size={"width": 390, "height": 844}, scale=2, people=12),
    "tablet": _Screen(size={"width": 1280, "height": 800}, people=_EXTENSIONS),
    "groups": _Screen(
        size={"width": 900, "height": 1505}, people=_MEMBERS, has_groups=True
    ),
    "controls": _Screen(
        size={"width": 1160, "height": 700}, people=8, is_cut=True, has_controls=True
    ),
}


def main(arguments: Sequence[str]) -> int:
    """Take all screenshots; return the exit code."""
    options = screenshot_options(
        arguments,
        command="scripts/try-board",
        description="Add the board in a browser, and take screenshots of it for docs/.",
        port=_PORT,
    )

    async def run(path: str) -> None:
        with TemporaryDirectory(prefix="ringcentral-board-") as temporary:
            async with (
                Installation.running(
                    Path(temporary), options.port, "en", extensions=_EXTENSIONS
                ) as installation,
                run_browser(path) as browser,
            ):
                await installation.add_account()
                await _add_board(browser, installation)
                await _have_calls(installation)
                for name in _SCREENS:
                    await _take_screenshots(browser, installation, name, options.folder)

    return run_in_browser(run)


async def _add_board(browser: Browser, installation: Installation) -> None:
    """Add the dashboard with five clicks, and open it."""
    texts = Texts("en")
    dashboards = "ui.panel.config.lovelace.dashboards"
    page = await browser.new_page()
    page.set_default_timeout(PATIENCE_SECONDS * 1000)
    await page.goto(installation.page("/"))
    for text in (
        texts.frontend("panel.config"),
        texts.frontend(f"{dashboards}.caption"),
        texts.frontend(f"{dashboards}.picker.add_dashboard"),
        _NAME,
        texts.frontend(f"{dashboards}.detail.create"),
        texts.own("common.board_title"),
    ):
        await page.get_by_text(text, exact=True).first.click()
    await page.locator(_ROW).first.wait_for()
    await page.close()


async def _have_calls(installation: Installation) -> None:
    """Let the office have calls, some of them for a while."""
    for number in range(114, 101 + _EXTENSIONS, 7):
        await installation.call(str(number), str(number + 3), "answer")
    await asyncio.sleep(_PAUSE_SECONDS)
    for number in range(116, 101 + _EXTENSIONS, 7):
        await installation.call(str(number), f"+165055501{number % 100:02}", "answer")
    await set_scene(installation, pause=_PAUSE_SECONDS)


async def _have_group_calls(installation: Installation) -> None:
    """Let the groups have calls: answered, missed, and ringing."""
    callers = (f"+165055501{number}" for number in range(60, 90))
    for number in ("105", "109", "117", "121"):
        await installation.call(number, next(callers), "answer", "end")
        await installation.call(
            *(next(callers), number, "answer", "end"), direction="Outbound"
        )
    for number in ("113", "106"):
        await installation.call(number, next(callers), "end")
    await asyncio.sleep(_PAUSE_SECONDS)
    await installation.call("117", next(callers), "answer", fromName="Ivo Lanternby")
    await installation.call("113", next(callers), fromName="Nell Harrowgate")


async def _have_own_calls(installation: Installation) -> None:
    """Let the user have calls: on hold, in progress, and ringing."""
    call = installation.call
    await installation.change("101", dndStatus="TakeAllCalls")
    await call("101", "+16505550149", "answer", "hold", fromName="Dr. Felix Brook")
    await call("101", "+16505550151", "answer", fromName="Nora Windmill")
    await call("101", "+16505550144", fromName="Ines Papermoon")
    await installation.wait_until_shown({"_101_telephony_status": "call_connected"})


async def _take_screenshots(
    browser: Browser, installation: Installation, name: str, folder: Path
) -> None:
    """Take the screenshots of a screen, light and dark."""
    screen = _SCREENS[name]
    if screen.has_groups:
        async with User.signed_in(installation.link) as user:
            counted = await add_groups(user, installation.platform.server)
        await _have_group_calls(installation)
        await installation.save_dashboard(_URL_PATH, groups_board(counted))
    else:
        if screen.has_controls:
            await installation.control_calls()
            await _have_own_calls(installation)
        devices = sorted((await installation.devices()).items())
        people = [device_id for _, device_id in devices][: screen.people]
        strategy = {"type": "custom:ringcentral", "people": people}
        await installation.save_dashboard(_URL_PATH, {"strategy": strategy})
    for scheme in SCHEMES:
        page = await browser.new_page(
            viewport=screen.size,
            device_scale_factor=screen.scale,
            color_scheme=scheme,
        )
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        if not screen.has_sidebar:
            await page.add_init_script(HIDE_SIDEBAR)
        await page.goto(installation.page(f"/{_URL_PATH}"))
        await page.locator(_ROW).nth(screen.people - 1).wait_for()
        await page.wait_for_load_state("networkidle")
        board = await page.locator(_BOARD).bounding_box()
        if board and screen.is_cut:
            height = round(board["y"] + board["height"]) + _MARGIN
            await page.set_viewport_size({**screen.size, "height": height})
        await page.wait_for_timeout(_SETTLE_MS)
        path = folder / f"board-{name}-{scheme}.png"
        save_small(await page.screenshot(animations="disabled"), path)
        await page.close()
        print(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

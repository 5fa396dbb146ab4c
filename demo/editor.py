"""An automation made in the editor of a running demo, as a person would make it.

By clicks and without YAML: somebody has been on hold for 20 seconds at extension 102,
called from outside and not through a queue. A call is then let happen that way, and the
automation must run. A picture of the editor is taken for the documentation.
"""

from argparse import ArgumentParser
import asyncio
from collections.abc import Sequence
from pathlib import Path
import sys
from typing import Final

from aiohttp import ClientError, ClientSession
from playwright.async_api import Error, Page

from .browser import NO_BROWSER, find_browser, open_page
from .options import DemoError
from .user import User

_NUMBER: Final = "102"
_SECONDS: Final = 20
_ALIAS: Final = "Somebody is waiting on hold"
_MESSAGE: Final = "{{ trigger.caller }} is waiting for {{ trigger.extension_name }}."
_CALLER: Final = "Ann Caller"


def main(arguments: Sequence[str]) -> int:
    """Make the automation and let it run; return the exit code."""
    parser = ArgumentParser(
        prog="scripts/try-editor",
        description="Make an automation in the editor of a running scripts/demo.",
    )
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        default=Path(__file__).parent.parent / "docs" / "images" / "editor.png",
        help="where the picture goes (default: %(default)s)",
    )
    parser.add_argument("--address", default="http://127.0.0.1:8123")
    parser.add_argument("--simulator", default="http://127.0.0.1:8089")
    options = parser.parse_args(arguments)
    if (browser := find_browser()) is None:
        print(NO_BROWSER)
        return 1
    try:
        asyncio.run(
            _try(browser, options.address, options.simulator, picture=options.file)
        )
    except (ClientError, DemoError, Error, TimeoutError) as error:
        print(f"It did not work: {error}")
        return 1
    print(options.file)
    return 0


async def _try(browser: str, address: str, simulator: str, picture: Path) -> None:
    async with open_page(browser, width=1280, height=1330) as page:
        await page.goto(f"{address}/config/automation/edit/new")
        await _make(page, picture)
    async with User.signed_in(address) as user, ClientSession(simulator) as platform:
        print(f"{_ALIAS}: made by clicks")
        await _let_somebody_wait(platform)
        async with asyncio.timeout(2 * _SECONDS):
            while (shown := await _notification(user)) is None:
                await asyncio.sleep(0.5)
        print(f"Fired: {shown}")


async def _make(page: Page, picture: Path) -> None:
    """Click the automation together, take its picture, save it."""
    settings = page.locator("ha-automation-sidebar")
    await page.get_by_text("Add trigger").first.click()
    await page.get_by_text("Services", exact=True).click()
    await page.get_by_text(f"({_NUMBER})").first.click()
    await page.get_by_text("Call put on hold").first.click()
    await settings.get_by_text("Incoming").click()
    await settings.get_by_text("Leave them out").click()
    await settings.locator("ha-selector-duration input").last.fill(str(_SECONDS))
    await page.keyboard.press("Tab")
    # The editor takes it over some time later; a click before that is lost.
    await page.wait_for_timeout(1000)
    await page.locator("ha-automation-action ha-button").first.click()
    search = page.locator("add-automation-element-dialog input").first
    await search.fill("persistent notification")
    await page.get_by_text("Create persistent notification").click()
    await settings.locator("textarea, input").first.fill(_MESSAGE)
    await page.keyboard.press("Tab")
    # Not its middle: that shows what the target is.
    await page.locator("ha-automation-trigger-row").click(position={"x": 25, "y": 15})
    await settings.get_by_text("For at least").wait_for()
    picture.parent.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=picture, animations="disabled")
    await page.get_by_text("Save", exact=True).last.click()
    dialog = page.locator("ha-dialog-automation-save")
    await dialog.locator("input").first.fill(_ALIAS)
    await dialog.locator("ha-button", has_text="Save").click()
    await page.wait_for_url(lambda url: not url.endswith("/new"), wait_until="commit")


async def _let_somebody_wait(platform: ClientSession) -> None:
    call = {"to": _NUMBER, "from": "+16505550123", "fromName": _CALLER}
    async with platform.post("/simulator/calls", json=call) as answer:
        session_id = (await answer.json())["telephonySessionId"]
    for move in ("answer", "hold"):
        async with platform.post(f"/simulator/calls/{session_id}/{move}") as answer:
            answer.raise_for_status()


async def _notification(user: User) -> str | None:
    """Return what the automation has said."""
    for notification in await user.command("persistent_notification/get"):
        message = str(notification["message"])
        if _CALLER in message:
            return message
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Create an automation in the editor of a running demo, by clicks.

Its trigger: a call from outside, not through a queue, has been on hold for 20 seconds at
extension 102. A simulated call must then run it. The screenshot of the editor is for the
documentation.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
import sys
from typing import Final

from aiohttp import ClientSession
from playwright.async_api import Locator, Page, TimeoutError as TooLate

from .browser import open_page, try_in_demo
from .options import DemoError
from .texts import Texts
from .user import User

_NUMBER: Final = "102"
_SECONDS: Final = 20
_ALIAS: Final = "Somebody is waiting on hold"
_MESSAGE: Final = (
    "Waiting for {{ trigger.extension_name }}: {{ trigger.caller_markdown }}"
)
_CALLER: Final = "Ann Caller"
_ROW: Final = "ha-automation-trigger-row"
_ATTEMPTS: Final = 5
_ATTEMPT_MS: Final = 3000


def main(arguments: Sequence[str]) -> int:
    """Create and run the automation; return the exit code."""
    return try_in_demo(
        arguments,
        try_editor,
        command="scripts/try-editor",
        description="Make an automation in the editor of a running scripts/demo.",
        picture="editor.png",
    )


async def try_editor(browser: str, link: str, simulator: str, screenshot: Path) -> str:
    """Create and run the automation; return its notification."""
    async with open_page(browser, width=1280, height=1330) as page:
        await page.goto(f"{link}#/config/automation/edit/new")
        await _make(page, screenshot)
    async with User.signed_in(link) as user, ClientSession(simulator) as platform:
        await _let_somebody_wait(platform)
        async with asyncio.timeout(2 * _SECONDS):
            while (shown := await _notification(user)) is None:
                await asyncio.sleep(0.5)
        return shown


async def _make(page: Page, screenshot: Path) -> None:
    """Create the automation, take a screenshot, and save it."""
    settings = page.locator("ha-automation-sidebar")
    texts = Texts("en")
    duration = settings.get_by_text(texts.own("triggers.call_held.fields.for.name"))
    await page.get_by_text("Add trigger").first.click()
    await page.get_by_text("Services", exact=True).click()
    await page.get_by_text(f"({_NUMBER})").first.click()
    await page.get_by_text(texts.own("triggers.call_held.name")).first.click()
    await duration.wait_for()
    # Home Assistant 2026.11.0 has no texts for the options yet when it first shows them.
    for _ in range(2):
        await _click_row(page)
    for option in ("direction.options.inbound", "queue_calls.options.none"):
        text = texts.own(f"selector.{option}")
        # Queue calls come before hidden numbers, which have the same options.
        await settings.get_by_text(text, exact=True).first.click()
    await _enter(
        settings.locator("ha-selector-duration input").last,
        str(_SECONDS),
        taken_over=page.locator(_ROW, has_text=f"for {_SECONDS}s"),
    )
    await page.locator("ha-automation-action ha-button").first.click()
    search = page.locator("add-automation-element-dialog input").first
    await search.fill("persistent notification")
    await page.get_by_text("Create persistent notification").click()
    await _enter(
        settings.locator("ha-service-control ha-selector-text").first.locator("input"),
        _MESSAGE,
        taken_over=settings.locator("ha-code-editor"),
    )
    await _click_row(page)
    await duration.wait_for()
    screenshot.parent.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=screenshot, animations="disabled")
    await page.get_by_text("Save", exact=True).last.click()
    dialog = page.locator("ha-dialog-automation-save")
    await dialog.locator("input").first.fill(_ALIAS)
    await dialog.locator("ha-button", has_text="Save").click()
    await page.wait_for_url(lambda url: not url.endswith("/new"), wait_until="commit")


async def _enter(field: Locator, text: str, *, taken_over: Locator) -> None:
    """Fill in a field until the editor shows the text; it drops input while it loads."""
    for _ in range(_ATTEMPTS):
        await field.fill(text)
        await field.press("Tab")
        with suppress(TooLate):
            await taken_over.wait_for(timeout=_ATTEMPT_MS)
            return
    raise DemoError(f"The editor does not take over: {text}")


async def _click_row(page: Page) -> None:
    """Open or close the settings of the trigger."""
    # Not its middle, which shows the target.
    await page.locator(_ROW).click(position={"x": 25, "y": 15})


async def _let_somebody_wait(platform: ClientSession) -> None:
    call = {"to": _NUMBER, "from": "+16505550123", "fromName": _CALLER}
    async with platform.post("/simulator/calls", json=call) as answer:
        session_id = (await answer.json())["telephonySessionId"]
    for move in ("answer", "hold"):
        async with platform.post(f"/simulator/calls/{session_id}/{move}") as answer:
            answer.raise_for_status()


async def _notification(user: User) -> str | None:
    """Return the notification of the automation."""
    for notification in await user.command("persistent_notification/get"):
        message = str(notification["message"])
        if _CALLER in message:
            return message
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

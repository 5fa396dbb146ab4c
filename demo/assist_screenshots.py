"""Ask Assist by clicks, check its answers, and take screenshots for the documentation."""

from collections.abc import Mapping, Sequence
from pathlib import Path
import re
import sys
from tempfile import TemporaryDirectory
from typing import Final

from playwright.async_api import Page, ViewportSize

from .assist import expose, mentioned
from .browser import (
    HIDE_SIDEBAR,
    SCHEMES,
    run_browser,
    run_in_browser,
    save_small,
    screenshot_options,
)
from .installation import PATIENCE_SECONDS, Installation
from .options import DemoError
from .phones import read_phones
from .scene import set_scene
from .texts import Texts
from .user import User

_PORT: Final = 8124
# What the answer has, by the question.
_QUESTIONS: Final[Mapping[str, str]] = {
    "Who is on the phone?": "Odette Primrose",
    "Is Arlo free?": "Arlo Quince has been on the phone since ",
    "Did I miss a call?": "Dr. Felix Brook",
}
_DIALOG: Final = "ha-voice-command-dialog"
_ANSWER: Final = f"{_DIALOG} .message.hass"
# Before an answer has any, it is an ellipsis.
_WORDS: Final = re.compile(r"\w")
# The bar of a narrow page has no button for Assist, but the dialog fills it.
_PAGE: Final[ViewportSize] = {"width": 1000, "height": 600}
_PICTURE: Final[ViewportSize] = {"width": 440, "height": 700}
_SCALE: Final = 1.5
_SETTLE_MS: Final = 1000


def main(arguments: Sequence[str]) -> int:
    """Ask and take the screenshots; return the exit code."""
    options = screenshot_options(
        arguments,
        command="scripts/try-assist",
        description="Ask Assist in a browser, and take screenshots of it for docs/.",
        port=_PORT,
    )

    async def run(executable: str) -> None:
        with TemporaryDirectory(prefix="ringcentral-assist-") as temporary:
            async with (
                Installation.running(
                    Path(temporary), options.port, "en"
                ) as installation,
                run_browser(executable) as browser,
            ):
                await installation.add_account()
                async with User.signed_in(installation.link) as user:
                    await expose(user, mentioned(await read_phones(user), ()))
                await set_scene(installation)
                # It is missed seconds after its end.
                await installation.wait_until_shown({"_101_missed_today": "1"})
                for scheme in SCHEMES:
                    page = await browser.new_page(
                        viewport=_PAGE,
                        device_scale_factor=_SCALE,
                        color_scheme=scheme,
                    )
                    page.set_default_timeout(PATIENCE_SECONDS * 1000)
                    await _ask(page, installation)
                    await page.set_viewport_size(_PICTURE)
                    await page.wait_for_timeout(_SETTLE_MS)
                    path = options.folder / f"assist-{scheme}.png"
                    save_small(await page.screenshot(animations="disabled"), path)
                    await page.close()
                    print(path)

    return run_in_browser(run)


async def _ask(page: Page, installation: Installation) -> None:
    """Open Assist from the top of the page, and ask all questions."""
    name = Texts("en").frontend("ui.panel.lovelace.menu.assist_tooltip")
    await page.add_init_script(HIDE_SIDEBAR)
    await page.goto(installation.page("/"))
    # Its name ends with a shortcut.
    await page.get_by_role("button", name=re.compile(f"^{name}")).click()
    field = page.locator(f"{_DIALOG} input")
    for number, (question, expected) in enumerate(_QUESTIONS.items(), 1):
        await field.fill(question)
        await field.press("Enter")
        # The first message is a greeting.
        answer = page.locator(_ANSWER).nth(number).get_by_text(_WORDS)
        shown = await answer.text_content() or ""
        if expected not in shown:
            raise DemoError(f"Assist answers {question!r}: {shown}")
        print(f"{question} {shown}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

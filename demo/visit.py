"""Walk through the integration in the browser, as a new user.

The integration is installed in a new Home Assistant as HACS installs it. The steps: sign in
on RingCentral's page, show calls, change options, re-authenticate, change to a JWT, and
remove the entry. Each step has a screenshot; some are for the documentation.
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copy
import sys
from tempfile import TemporaryDirectory
from typing import Final

from playwright.async_api import Error, Locator, Page

from .browser import IMAGES, open_page, run_in_browser
from .installation import PATIENCE_SECONDS, Installation
from .options import DemoError
from .phones import DOMAIN
from .scene import set_scene
from .texts import LANGUAGES, Texts

_DOCUMENTED: Final = (
    "choice",
    "device",
    "repair",
)
_ENTRY: Final = "ha-config-entry-row"
_PORT: Final = 8124
_SETTLE_MS: Final = 800
_SETTLE_ATTEMPTS: Final = 5
_WIDTH: Final = 1100
_HEIGHT: Final = 900

# Keys of Home Assistant's texts.
_FLOW: Final = "ui.panel.config.integrations.config_flow"
_CREDENTIALS: Final = "ui.panel.config.application_credentials.editor"

# Keys of the integration's texts.
_REPAIR: Final = "issues.extensions_not_pushed"


def main(arguments: Sequence[str]) -> int:
    """Go all the way; return the exit code."""
    parser = ArgumentParser(
        prog="scripts/try-account",
        description="Add, change and remove an account in a browser, as a new user.",
    )
    parser.add_argument("folder", type=Path, help="folder for the screenshots")
    parser.add_argument("--port", type=int, default=_PORT)
    parser.add_argument(
        "--language",
        choices=LANGUAGES,
        default="en",
        help="language of the screenshots (default: %(default)s)",
    )
    parser.add_argument(
        "--document",
        action="store_true",
        help="put those that the documentation shows into its folder, too",
    )
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)

    async def run(browser: str) -> None:
        await _try(browser, options.folder, options.port, options.language)
        if options.document:
            _document(options.folder)

    return run_in_browser(run)


def _document(folder: Path) -> None:
    """Copy the screenshots of the documentation: the first one of each name."""
    for name in _DOCUMENTED:
        copy(min(folder.glob(f"*-{name}.png")), IMAGES / f"{name}.png")


async def _try(browser: str, folder: Path, port: int, language: str) -> None:
    with TemporaryDirectory(prefix="ringcentral-visit-") as temporary:
        async with (
            Installation.running(Path(temporary), port, language) as installation,
            open_page(browser, width=_WIDTH, height=_HEIGHT, language=language) as page,
        ):
            page.set_default_timeout(PATIENCE_SECONDS * 1000)
            visit = Visit(page, folder, installation, Texts(language))
            try:
                await visit.run()
            except Error, DemoError, TimeoutError:
                await visit.screenshot("where it ended")
                raise


@dataclass(slots=True)
class Visit:
    """One walk through the integration, with a screenshot of each step."""

    page: Page
    folder: Path
    installation: Installation
    texts: Texts
    taken: int = field(default=0)

    async def screenshot(self, name: str) -> None:
        """Take a screenshot."""
        self.taken += 1
        path = self.folder / f"{self.taken:02}-{name.replace(' ', '-')}.png"
        # Dialogs and expansion panels move for some time, and icons appear late.
        for _ in range(_SETTLE_ATTEMPTS):
            before = await self.page.screenshot(animations="disabled")
            await self.page.wait_for_timeout(_SETTLE_MS)
            after = await self.page.screenshot(animations="disabled", path=path)
            if after == before:
                break
        print(path)

    def button(self, key: str) -> Locator:
        """Find a button of Home Assistant by the key of its text."""
        name = self.texts.frontend(key)
        return self.page.get_by_role("button", name=name, exact=True).last

    def own(self, key: str) -> Locator:
        """Find a text of the integration by its key."""
        return self.page.get_by_text(self.texts.own_filled(key)).first

    async def fill(self, form: str, *texts: str) -> None:
        """Fill in the fields of a form, in their order."""
        fields = self.page.locator(f"{form} input")
        for index, text in enumerate(texts):
            await fields.nth(index).fill(text)

    async def run(self) -> None:
        """Do everything."""
        await self.add_with_a_browser()
        await self.show_calls()
        await self.change_options()
        await self.repair()
        await self.sign_in_again()
        await self.change_to_a_jwt()
        await self.remove()

    async def add_with_a_browser(self) -> None:
        """Add the integration, including the application credentials."""
        page, platform = self.page, self.installation.platform
        path = f"/config/integrations/dashboard/add?domain={DOMAIN}"
        await page.goto(self.installation.page(path))
        await self.button("ui.common.ok").click()
        await self.own("config.step.user.menu_options.jwt").wait_for()
        await self.screenshot("sign in menu")
        await self.before_the_page("user")
        await self.button(f"{_FLOW}.submit").click()
        caption = self.texts.frontend(f"{_CREDENTIALS}.caption")
        await page.get_by_text(caption).wait_for()
        await self.screenshot("application credentials")
        await self.fill(
            "dialog-add-application-credential",
            "Home Assistant",
            platform.client_id,
            platform.client_secret,
        )
        await self.button(f"{_CREDENTIALS}.add").click()
        await self.before_the_page("user")
        await self.consent()
        await self.own("config.step.monitor.title").wait_for()
        await self.screenshot("choice")
        await self.button(f"{_FLOW}.submit").click()
        await self.installation.wait_until_loaded()
        await self.button(f"{_FLOW}.finish_skip").wait_for()
        await self.screenshot("added")

    async def before_the_page(self, step: str) -> None:
        """Choose the browser from the menu of a step, and name the server."""
        await self.own(f"config.step.{step}.menu_options.browser").click()
        await self.page.locator("step-flow-form").wait_for()
        await self.screenshot("sign in browser")
        advanced = self.own("config.step.browser.sections.advanced.name")
        server = self.page.locator("ha-selector-text input").last
        if not await server.is_visible():
            await advanced.click()
        await server.fill(self.installation.platform.server)
        await self.screenshot("server")

    async def consent(self) -> None:
        """Submit, and give consent on RingCentral's page, which opens automatically."""
        async with self.page.expect_popup() as popup:
            await self.button(f"{_FLOW}.submit").click()
        page = await popup.value
        await page.get_by_role("button", name="Authorize").wait_for()
        self.taken += 1
        await page.screenshot(path=self.folder / f"{self.taken:02}-consent.png")
        async with page.expect_event("close"):
            await page.get_by_role("button", name="Authorize").click()

    async def show_calls(self) -> None:
        """Look at the integration's page, and at an office with calls."""
        await self.button(f"{_FLOW}.finish_skip").click()
        await self.open_entry()
        await self.screenshot("integration")
        installation, page = self.installation, self.page
        await set_scene(installation)
        await page.goto(installation.page("/logbook"))
        await page.locator("ha-logbook-renderer .entry").first.wait_for()
        await self.screenshot("activity")
        await page.goto(installation.page(await installation.device("101")))
        await self.own("entity.select.dnd.name").wait_for()
        await self.screenshot("device")

    async def open_entry(self) -> None:
        """Go to the integration's page."""
        path = f"/config/integrations/integration/{DOMAIN}"
        await self.page.goto(self.installation.page(path))
        await self.page.locator(_ENTRY).first.wait_for()

    async def open_entry_menu(self, item: str) -> None:
        """Choose from the menu of the entry."""
        await self.page.locator(f"{_ENTRY} ha-icon-button[slot=trigger]").first.click()
        await self.page.locator(
            f"{_ENTRY} ha-dropdown-item[value={item}]"
        ).first.click()

    async def change_options(self) -> None:
        """Look at the options, and save them."""
        await self.open_entry()
        await self.page.locator(f"{_ENTRY} ha-icon-button[slot=end]").first.click()
        await self.own("options.step.init.title").wait_for()
        await self.screenshot("options")
        await self.button(f"{_FLOW}.submit").click()
        await self.button(f"{_FLOW}.finish").wait_for()
        await self.screenshot("options saved")
        await self.button(f"{_FLOW}.finish").click()

    async def repair(self) -> None:
        """Show the repair issue of a rejected filter, and fix it."""
        installation, page = self.installation, self.page
        watched = f"/extension/{await installation.extension_id('104')}/presence"
        await installation.fault("disable_filter", filter=watched, seconds=600)
        await installation.fault("recovery_failed")
        await installation.fault("drop")
        await installation.wait_for_repair()
        await page.goto(installation.page("/config/repairs"))
        await self.own(f"{_REPAIR}.title").click()
        try_again = self.own(f"{_REPAIR}.fix_flow.step.init.menu_options.try_again")
        await try_again.wait_for()
        # Its text is empty at first.
        await page.locator("step-flow-menu ha-markdown").first.wait_for()
        await self.screenshot("repair")
        await installation.clear_faults()
        await try_again.click()
        repaired = self.texts.frontend("ui.dialogs.repair_flow.success.description")
        await page.get_by_text(repaired).wait_for()
        await self.screenshot("repaired")
        await self.button(f"{_FLOW}.finish").click()

    async def sign_in_again(self) -> None:
        """Have the session ended, and sign in on RingCentral's page once more."""
        await self.installation.fault("revoke_sessions")
        await self.installation.wait_for_reauthentication()
        await self.page.goto(self.installation.page("/config/integrations/dashboard"))
        await self.button("ui.panel.config.integrations.reconfigure").wait_for()
        await self.screenshot("refused")
        await self.button("ui.panel.config.integrations.reconfigure").click()
        await self.own("config.step.reauth_confirm.title").wait_for()
        await self.screenshot("sign in again")
        await self.before_the_page("reauth_confirm")
        await self.consent()
        await self.page.locator("step-flow-abort").wait_for()
        await self.screenshot("signed in again")
        await self.button(f"{_FLOW}.close").click()
        await self.installation.wait_until_loaded()

    async def change_to_a_jwt(self) -> None:
        """Change the way of signing in."""
        platform = self.installation.platform
        await self.open_entry()
        await self.open_entry_menu("reconfigure")
        await self.own("config.step.reconfigure.menu_options.jwt").click()
        await self.page.locator("step-flow-form").wait_for()
        await self.fill(
            "step-flow-form",
            platform.client_id,
            platform.client_secret,
            platform.jwt,
        )
        await self.screenshot("jwt")
        await self.button(f"{_FLOW}.submit").click()
        await self.page.locator("step-flow-abort").wait_for()
        await self.button(f"{_FLOW}.close").click()
        await self.installation.wait_until_loaded()

    async def remove(self) -> None:
        """Delete the entry, which signs out."""
        await self.open_entry()
        await self.open_entry_menu("delete")
        await self.screenshot("delete")
        await self.button("ui.common.delete").click()
        await self.installation.wait_until_removed()
        await self.screenshot("removed")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Walk through the integration in the browser, as a new user.

The integration is installed in a new Home Assistant as HACS installs it. The steps: sign in
on RingCentral's page, show a device, change options, re-authenticate, change to a JWT, and
remove the entry. Each step has a screenshot; some are for the documentation.
"""

from argparse import ArgumentParser
import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copy, copytree, ignore_patterns
import sys
from tempfile import TemporaryDirectory
from typing import Final

from aiohttp import ClientSession
from playwright.async_api import Error, Locator, Page

from .browser import NO_BROWSER, find_browser, open_page
from .config_dir import HOST, Kind, prepare
from .options import DemoError
from .phones import DOMAIN
from .platform import Platform
from .processes import ROOT, Child, free_port
from .user import ConfigEntry, User

_INTEGRATION: Final = Path("custom_components") / DOMAIN
_IMAGES: Final = ROOT / "docs" / "images"
_DOCUMENTED: Final = (
    "sign-in-menu",
    "sign-in-browser",
    "choice",
    "device",
    "repair",
    "sign-in-again",
)
_ENTRY: Final = "ha-config-entry-row"
_LAUNCHER: Final = "home_assistant"
_PORT: Final = 8124
_PATIENCE_SECONDS: Final = 60
_POLL_SECONDS: Final = 0.3
_REVOKE: Final = "/restapi/oauth/revoke"
_NOT_SHIPPED: Final = ignore_patterns("__pycache__")


def main(arguments: Sequence[str]) -> int:
    """Go all the way; return the exit code."""
    parser = ArgumentParser(
        prog="scripts/try-account",
        description="Add, change and remove an account in a browser, as a new user.",
    )
    parser.add_argument("folder", type=Path, help="folder for the screenshots")
    parser.add_argument("--port", type=int, default=_PORT)
    parser.add_argument(
        "--document",
        action="store_true",
        help="put those that the documentation shows into its folder, too",
    )
    options = parser.parse_args(arguments)
    if (browser := find_browser()) is None:
        print(NO_BROWSER)
        return 1
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(_try(browser, options.folder, options.port))
        if options.document:
            _document(options.folder)
    except (DemoError, Error, TimeoutError) as error:
        print(f"It did not work: {error}")
        return 1
    return 0


def _document(folder: Path) -> None:
    """Copy the screenshots of the documentation: the first one of each name."""
    for name in _DOCUMENTED:
        copy(min(folder.glob(f"*-{name}.png")), _IMAGES / f"{name}.png")


async def _try(browser: str, folder: Path, port: int) -> None:
    with TemporaryDirectory(prefix="ringcentral-visit-") as temporary:
        async with (
            _environment(
                Path(temporary), free_port(HOST, port, "--port")
            ) as environment,
            open_page(browser, width=1100, height=900) as page,
        ):
            page.set_default_timeout(_PATIENCE_SECONDS * 1000)
            visit = Visit(page, folder, environment)
            try:
                await visit.run()
            except Error, DemoError, TimeoutError:
                await visit.screenshot("where it ended")
                raise


@dataclass(frozen=True, slots=True)
class Environment:
    """A Home Assistant with the integration, and a simulated platform.

    Each request to Home Assistant uses a new WebSocket session: its pings would stay
    unanswered while the browser is busy.
    """

    link: str
    platform: Platform
    simulator: ClientSession

    def page(self, path: str) -> str:
        """Return the address of a page of Home Assistant, which signs in."""
        return f"{self.link}#{path}"

    async def entry(self) -> ConfigEntry | None:
        """Return the config entry, if there is one."""
        async with User.signed_in(self.link) as user:
            return next(iter(await user.config_entries(DOMAIN)), None)

    async def wait_until_loaded(self) -> None:
        """Wait until the config entry is set up."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while (entry := await self.entry()) is None or not entry.loaded:
                await asyncio.sleep(_POLL_SECONDS)

    async def wait_for_reauthentication(self) -> None:
        """Wait for the re-authentication flow."""
        async with (
            asyncio.timeout(2 * _PATIENCE_SECONDS),
            User.signed_in(self.link) as user,
        ):
            while not await user.command("config_entries/flow/progress"):
                await asyncio.sleep(_POLL_SECONDS)

    async def wait_until_removed(self) -> None:
        """Wait until the config entry is removed, and check that it has signed out."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while await self.entry() is not None:
                await asyncio.sleep(_POLL_SECONDS)
        async with self.simulator.get("/simulator/log") as answer:
            log = await answer.json()
            if _REVOKE not in {record["path"] for record in log["records"]}:
                raise DemoError("The removal did not sign out.")

    async def device(self, number: str) -> str:
        """Return the path of an extension's device."""
        async with User.signed_in(self.link) as user:
            devices = await user.command("config/device_registry/list")
        [found] = [d["id"] for d in devices if f"({number})" in d["name"]]
        return f"/config/devices/device/{found}"

    async def wait_for_repair(self) -> None:
        """Wait until there is something to repair."""
        async with (
            asyncio.timeout(_PATIENCE_SECONDS),
            User.signed_in(self.link) as user,
        ):
            while not (await user.command("repairs/list_issues"))["issues"]:
                await asyncio.sleep(_POLL_SECONDS)

    async def fault(self, name: str, **details: str | int) -> None:
        """Add a fault of the platform."""
        fault = {"fault": name, **details}
        async with self.simulator.post("/simulator/faults", json=fault) as answer:
            answer.raise_for_status()

    async def clear_faults(self) -> None:
        """Clear all faults of the platform."""
        async with self.simulator.delete("/simulator/faults") as answer:
            answer.raise_for_status()

    async def ring(self, number: str) -> None:
        """Start a call from outside to an extension."""
        call = {"to": number, "from": "+16505550123", "fromName": "Ann Caller"}
        async with self.simulator.post("/simulator/calls", json=call) as answer:
            answer.raise_for_status()

    async def extension_id(self, number: str) -> str:
        """Return the platform's own id of an extension."""
        async with self.simulator.get("/simulator") as answer:
            extensions = (await answer.json())["extensions"]
        [found] = [e["id"] for e in extensions if e["extensionNumber"] == number]
        return str(found)


@asynccontextmanager
async def _environment(folder: Path, port: int) -> AsyncGenerator[Environment]:
    """Run both programs, with the integration where HACS puts it."""
    link = prepare(folder / "config", Kind.SIMULATED, port=port, debug=False)
    copytree(ROOT / _INTEGRATION, folder / "config" / _INTEGRATION, ignore=_NOT_SHIPPED)
    copy(ROOT / "demo" / f"{_LAUNCHER}.py", folder)
    async with (
        Child.running(
            "The simulator",
            "simulator",
            # The walk signs in more often per minute than the limit allows.
            ["--port", "0", "--switch", "auth_limit=50"],
            log=folder / "simulator.log",
        ) as simulator,
        Child.running(
            "Home Assistant",
            _LAUNCHER,
            ["--config", str(folder / "config")],
            folder=folder,
        ),
    ):
        platform = Platform.from_json(await simulator.first_line())
        async with User.signed_in(link) as user:
            await user.started()
        async with ClientSession(platform.server) as session:
            yield Environment(link, platform, session)


@dataclass(slots=True)
class Visit:
    """One walk through the integration, with a screenshot of each step."""

    page: Page
    folder: Path
    environment: Environment
    taken: int = field(default=0)

    async def screenshot(self, name: str) -> None:
        """Take a screenshot."""
        self.taken += 1
        # Dialogs and expansion panels move for some time.
        await self.page.wait_for_timeout(600)
        path = self.folder / f"{self.taken:02}-{name.replace(' ', '-')}.png"
        await self.page.screenshot(path=path, animations="disabled")
        print(path)

    def button(self, name: str) -> Locator:
        """Find a button by its text."""
        return self.page.get_by_role("button", name=name, exact=True).last

    async def fill(self, form: str, *texts: str) -> None:
        """Fill in the fields of a form, in their order."""
        fields = self.page.locator(f"{form} input")
        for index, text in enumerate(texts):
            await fields.nth(index).fill(text)

    async def run(self) -> None:
        """Do everything."""
        await self.add_with_a_browser()
        await self.show_device()
        await self.change_options()
        await self.repair()
        await self.sign_in_again()
        await self.change_to_a_jwt()
        await self.remove()

    async def add_with_a_browser(self) -> None:
        """Add the integration, including the application credentials."""
        page, platform = self.page, self.environment.platform
        path = f"/config/integrations/dashboard/add?domain={DOMAIN}"
        await page.goto(self.environment.page(path))
        await self.button("OK").click()
        await page.get_by_text("Sign in with a JWT").wait_for()
        await self.screenshot("sign in menu")
        await self.before_the_page()
        await self.button("Submit").click()
        await page.get_by_text("Add application credentials").wait_for()
        await self.screenshot("application credentials")
        await self.fill(
            "dialog-add-application-credential",
            "Home Assistant",
            platform.client_id,
            platform.client_secret,
        )
        await self.button("Add").click()
        await self.before_the_page()
        await self.consent()
        await page.get_by_text("Who to show").wait_for()
        await self.screenshot("choice")
        await self.button("Submit").click()
        await self.environment.wait_until_loaded()
        await self.button("Skip and finish").wait_for()
        await self.screenshot("added")

    async def before_the_page(self) -> None:
        """Choose the browser, and name the server."""
        await self.page.get_by_text("Sign in with a browser").first.click()
        await self.page.get_by_text("OAuth redirect URI").wait_for()
        await self.screenshot("sign in browser")
        advanced = self.page.get_by_text("Advanced settings")
        server = self.page.locator("ha-selector-text input").last
        if not await server.is_visible():
            await advanced.click()
        await server.fill(self.environment.platform.server)
        await self.screenshot("server")

    async def consent(self) -> None:
        """Submit, and give consent on RingCentral's page, which opens automatically."""
        async with self.page.expect_popup() as popup:
            await self.button("Submit").click()
        page = await popup.value
        await page.get_by_role("button", name="Authorize").wait_for()
        self.taken += 1
        await page.screenshot(path=self.folder / f"{self.taken:02}-consent.png")
        async with page.expect_event("close"):
            await page.get_by_role("button", name="Authorize").click()

    async def show_device(self) -> None:
        """Look at the integration's page, and at an extension's device."""
        await self.button("Skip and finish").click()
        await self.open_entry()
        await self.screenshot("integration")
        device = await self.environment.device("102")
        await self.page.goto(self.environment.page(device))
        await self.page.get_by_text("Do not disturb").first.wait_for()
        await self.environment.ring("102")
        await self.page.get_by_text("Ringing", exact=True).first.wait_for()
        await self.screenshot("device")

    async def open_entry(self) -> None:
        """Go to the integration's page."""
        path = f"/config/integrations/integration/{DOMAIN}"
        await self.page.goto(self.environment.page(path))
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
        await self.page.get_by_text("Who to show").wait_for()
        await self.screenshot("options")
        await self.button("Submit").click()
        await self.button("Finish").wait_for()
        await self.screenshot("options saved")
        await self.button("Finish").click()

    async def repair(self) -> None:
        """Show the repair issue of a rejected filter, and fix it."""
        environment, page = self.environment, self.page
        watched = f"/extension/{await environment.extension_id('104')}/presence"
        await environment.fault("disable_filter", filter=watched, seconds=600)
        await environment.fault("recovery_failed")
        await environment.fault("drop")
        await environment.wait_for_repair()
        await page.goto(environment.page("/config/repairs"))
        await page.get_by_text("Some people shown late").first.click()
        await page.get_by_text("Try again", exact=True).first.wait_for()
        await self.screenshot("repair")
        await environment.clear_faults()
        await page.get_by_text("Try again", exact=True).first.click()
        await page.get_by_text("The issue is repaired!").wait_for()
        await self.screenshot("repaired")
        await self.button("Finish").click()

    async def sign_in_again(self) -> None:
        """Have the session ended, and sign in on RingCentral's page once more."""
        await self.environment.fault("revoke_sessions")
        await self.environment.wait_for_reauthentication()
        await self.page.goto(self.environment.page("/config/integrations/dashboard"))
        await self.button("Reconfigure").wait_for()
        await self.screenshot("refused")
        await self.button("Reconfigure").click()
        await self.page.get_by_text("Sign in to RingCentral again").wait_for()
        await self.screenshot("sign in again")
        await self.before_the_page()
        await self.consent()
        await self.page.get_by_text("Re-authentication was successful").wait_for()
        await self.screenshot("signed in again")
        await self.button("Close").click()
        await self.environment.wait_until_loaded()

    async def change_to_a_jwt(self) -> None:
        """Change the way of signing in."""
        platform = self.environment.platform
        await self.open_entry()
        await self.open_entry_menu("reconfigure")
        await self.page.get_by_text("Sign in with a JWT").click()
        await self.page.get_by_text("Client secret").wait_for()
        await self.fill(
            "step-flow-form",
            platform.client_id,
            platform.client_secret,
            platform.jwt,
        )
        await self.screenshot("jwt")
        await self.button("Submit").click()
        await self.page.get_by_text("Reconfiguration was successful").wait_for()
        await self.button("Close").click()
        await self.environment.wait_until_loaded()

    async def remove(self) -> None:
        """Delete the entry, which signs out."""
        await self.open_entry()
        await self.open_entry_menu("delete")
        await self.screenshot("delete")
        await self.button("Delete").click()
        await self.environment.wait_until_removed()
        await self.screenshot("removed")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Fixtures: one Home Assistant, one platform and one browser for all tests.

The tests and the asynchronous fixtures use the loop of the session.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Protocol

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect
import pytest
import pytest_asyncio
import pytest_socket
from yarl import URL

from demo.browser import run_browser
from demo.config_dir import HOST, Kind, prepare
from demo.installation import home_assistant
from demo.phones import DOMAIN
from demo.user import User
from simulator import Simulator, SimulatorOptions
from simulator.base.switches import Switches

from .board import STRATEGY, Board, Home, Json, platform_of, save_dashboard

_WAIT_MS = 20_000

# Reports error cards that are seen, if only for a short time.
_REPORT_ERROR_CARDS = """
const attachShadow = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (options) {
  if (this.localName === "hui-error-card") {
    new IntersectionObserver(([entry]) => {
      if (entry.isIntersecting) console.error("An error card is shown");
    }).observe(this);
  }
  return attachShadow.call(this, options);
};
"""


class NewPage(Protocol):
    """Opens an empty page, which fails the test if it reports an error."""

    async def __call__(
        self,
        *,
        width: int = 1280,
        height: int = 800,
        language: str = "en",
        is_dark: bool = False,
        is_cold: bool = False,
    ) -> Page:
        """Return a page; a cold one is in a browser context of its own, without a cache."""


class OpenBoard(Protocol):
    """Opens a dashboard with the board in a new page."""

    async def __call__(
        self,
        config: Json | None = None,
        *,
        width: int = 1280,
        height: int = 800,
        language: str = "en",
        is_dark: bool = False,
        has_own_clock: bool = False,
    ) -> Board:
        """Return the board of this dashboard, by default of the strategy, with its rows.

        Its own clock is `page.clock`, which the test moves.
        """


@pytest.fixture
def verify_cleanup() -> None:
    """Leave the loop of the session as it is, unlike Home Assistant's own fixture."""


@pytest.fixture(autouse=True)
def sockets(socket_enabled: None) -> None:
    """Allow connections."""


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser(browser_path: str) -> AsyncIterator[Browser]:
    """Run the browser."""
    expect.set_options(timeout=_WAIT_MS)
    async with run_browser(browser_path) as browser:
        yield browser


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def home(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Home]:
    """Run a simulated platform, and Home Assistant signed in to it."""
    # This runs before the fixtures of the first test.
    pytest_socket.enable_socket()
    # Tests sign in more often per minute than the limit allows.
    switches = Switches(auth_limit=50)
    simulator = Simulator(SimulatorOptions(port=0, switches=switches))
    await simulator.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(simulator.stop)
        folder = tmp_path_factory.mktemp("home")
        prepare(folder / "config", Kind.SIMULATED, port=0, debug=False)
        # The card picker shows a preview of the energy cards.
        with (folder / "config" / "configuration.yaml").open("a") as configuration:
            configuration.write("\nenergy:\n")
        link = await stack.enter_async_context(home_assistant(folder, 0, "en"))
        async with User.signed_in(link) as user:
            await user.add_integration(DOMAIN, platform_of(simulator).forms("full"))
        numbers = [extension.number for extension in simulator.users]
        presences = {number: simulator.presence(number) for number in numbers}
        yield Home(link, simulator, presences)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def contexts(browser: Browser) -> dict[str, BrowserContext]:
    """Return the browser contexts of all tests, by language."""
    return {}


@pytest_asyncio.fixture(loop_scope="session")
async def user(home: Home) -> AsyncIterator[User]:
    """Return the owner at Home Assistant's API."""
    async with User.signed_in(home.link) as user:
        yield user


@pytest_asyncio.fixture(loop_scope="session")
async def simulator(home: Home) -> AsyncIterator[Simulator]:
    """Return the platform, which is at rest at the beginning."""
    yield home.simulator
    await home.bring_to_rest()


@pytest.fixture
def page_errors() -> Iterator[list[str]]:
    """Return the errors of pages, which fail the test unless it clears the list."""
    errors: list[str] = []
    yield errors
    assert errors == []


@pytest_asyncio.fixture(loop_scope="session")
async def new_page(
    browser: Browser, contexts: dict[str, BrowserContext], page_errors: list[str]
) -> AsyncIterator[NewPage]:
    """Open pages, and close them in the end."""

    def record(message: ConsoleMessage) -> None:
        # The card picker shows images of another site.
        is_own = URL(message.location["url"]).host in (HOST, None)
        if message.type == "error" and is_own:
            page_errors.append(message.text)

    async def new_context(language: str) -> BrowserContext:
        context = await browser.new_context(locale=language, service_workers="block")
        context.set_default_timeout(_WAIT_MS)
        return context

    async with AsyncExitStack() as stack:

        async def new_page(
            *,
            width: int = 1280,
            height: int = 800,
            language: str = "en",
            is_dark: bool = False,
            is_cold: bool = False,
        ) -> Page:
            if is_cold:
                context = await new_context(language)
                stack.push_async_callback(context.close)
            else:
                if language not in contexts:
                    contexts[language] = await new_context(language)
                context = contexts[language]
            page = await context.new_page()
            stack.push_async_callback(page.close)
            await page.add_init_script(_REPORT_ERROR_CARDS)
            page.on("pageerror", lambda error: page_errors.append(str(error)))
            page.on("console", record)
            await page.set_viewport_size({"width": width, "height": height})
            await page.emulate_media(color_scheme="dark" if is_dark else "light")
            return page

        yield new_page


@pytest_asyncio.fixture(loop_scope="session")
async def open_board(
    home: Home, user: User, simulator: Simulator, new_page: NewPage
) -> OpenBoard:
    """Open boards."""

    async def open_board(
        config: Json | None = None,
        *,
        width: int = 1280,
        height: int = 800,
        language: str = "en",
        is_dark: bool = False,
        has_own_clock: bool = False,
    ) -> Board:
        path = await save_dashboard(user, config or STRATEGY)
        page = await new_page(
            width=width, height=height, language=language, is_dark=is_dark
        )
        if has_own_clock:
            await page.clock.install()
        await page.goto(home.page(path))
        board = Board(page)
        await board.rows.or_(board.card.locator(".empty")).first.wait_for()
        return board

    return open_board

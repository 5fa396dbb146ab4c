"""Fixtures: one Home Assistant, one platform and one browser for all tests.

The tests and the asynchronous fixtures use the loop of the session.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypedDict, Unpack

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
from .connection import Connection

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


class PageOptions(TypedDict, total=False):
    """How a page is shown, by default on a desktop and in English."""

    width: int
    height: int
    language: str
    has_touch: bool


# Playwright sets attributes on objects whose methods receive events.
@dataclass
class NewPage:
    """Opens empty pages, which fail the test if they report an error."""

    browser: Browser
    # By language.
    contexts: dict[str, BrowserContext]
    errors: list[str]
    stack: AsyncExitStack

    async def __call__(
        self, *, is_cold: bool = False, **options: Unpack[PageOptions]
    ) -> Page:
        """Return a page; a cold one is in a browser context of its own, without a cache."""
        page = await (
            await self._context(
                options.get("language", "en"),
                is_cold,
                has_touch=options.get("has_touch", False),
            )
        ).new_page()
        self.stack.push_async_callback(page.close)
        await page.add_init_script(_REPORT_ERROR_CARDS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._record)
        await page.set_viewport_size(
            {"width": options.get("width", 1280), "height": options.get("height", 800)}
        )
        return page

    async def _context(
        self, language: str, is_cold: bool, *, has_touch: bool
    ) -> BrowserContext:
        # A touch screen keeps nothing for other tests.
        is_own = is_cold or has_touch
        if not is_own and (known := self.contexts.get(language)):
            return known
        context = await self.browser.new_context(
            locale=language,
            service_workers="block",
            reduced_motion="reduce",
            has_touch=has_touch,
        )
        context.set_default_timeout(_WAIT_MS)
        if is_own:
            self.stack.push_async_callback(context.close)
        else:
            self.contexts[language] = context
        return context

    def _record(self, message: ConsoleMessage) -> None:
        # The card picker shows images of another site.
        is_own = URL(message.location["url"]).host in (HOST, None)
        if message.type == "error" and is_own:
            self.errors.append(message.text)


@dataclass(frozen=True, slots=True)
class OpenBoard:
    """Opens dashboards with the board in new pages."""

    home: Home
    user: User
    new_page: NewPage

    async def __call__(
        self,
        config: Json | None = None,
        *,
        has_own_clock: bool = False,
        clock_ahead: timedelta = timedelta(),
        connection: Connection | None = None,
        **options: Unpack[PageOptions],
    ) -> Board:
        """Return the board of this dashboard, by default of the strategy, with its rows.

        Its own clock is `page.clock`, which the test moves.
        """
        path = await save_dashboard(self.user, config or STRATEGY)
        page = await self.new_page(**options)
        if has_own_clock:
            await page.clock.install(time=datetime.now(UTC) + clock_ahead)
        if connection is not None:
            await page.route_web_socket("**/api/websocket", connection.open)
        await page.goto(self.home.page(path))
        board = Board(page)
        await board.rows.or_(board.card.locator(".empty")).first.wait_for()
        return board


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
    # Tests sign in, read and press more often per minute than people.
    switches = Switches(
        auth_limit=50, light_limit=1000, medium_limit=1000, heavy_limit=1000
    )
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
    async with AsyncExitStack() as stack:
        yield NewPage(browser, contexts, page_errors, stack)


@pytest_asyncio.fixture(loop_scope="session")
async def open_board(
    home: Home, user: User, simulator: Simulator, new_page: NewPage
) -> OpenBoard:
    """Open boards."""
    return OpenBoard(home, user, new_page)

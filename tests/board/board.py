"""Home Assistant with the integration, and the board as a user sees it."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from playwright.async_api import Locator, Page

from demo.phones import DOMAIN
from demo.platform import Platform
from demo.user import User
from simulator import Simulator

type Json = dict[str, Any]

CARD: Final = "ringcentral-switchboard"
CARD_TYPE: Final = f"custom:{CARD}"
STRATEGY: Final[Json] = {"strategy": {"type": "custom:ringcentral"}}

_URL_PATH: Final = "board-test"
_REST_SECONDS: Final = 30
_SETTINGS: Final = (
    "userStatus",
    "dndStatus",
    "meetingStatus",
    "message",
    "allowSeeMyPresence",
)


@dataclass(frozen=True, slots=True)
class Home:
    """Home Assistant, set up with a simulated platform."""

    link: str
    simulator: Simulator
    # Of the people at first, by number.
    presences: Mapping[str, Json]

    def page(self, path: str) -> str:
        """Return the address of a page of Home Assistant, which signs in."""
        return f"{self.link}#{path}"

    async def bring_to_rest(self) -> None:
        """End all calls, faults and changes of presence; wait until all sensors show it."""
        simulator = self.simulator
        simulator.clear_faults()
        for session_id in list(simulator.account.calls.calls):
            simulator.end(session_id)
        for number, before in self.presences.items():
            now = simulator.presence(number)
            changes = {key: before[key] for key in _SETTINGS if now[key] != before[key]}
            if changes:
                simulator.change_extension(number, **changes)
        async with asyncio.timeout(_REST_SECONDS), User.signed_in(self.link) as user:
            busy: set[str] = set()
            async for states in changed_states(user):
                for id_, state in states.items():
                    if id_.endswith("_telephony_status"):
                        (busy.discard if state == "no_call" else busy.add)(id_)
                if not busy:
                    return


@dataclass(frozen=True, slots=True)
class Board:
    """The first board of a page, or of a part of it."""

    page: Page
    part: Locator | None = None

    @property
    def card(self) -> Locator:
        """Return the card."""
        return (self.part or self.page).locator(CARD).first

    @property
    def rows(self) -> Locator:
        """Return all rows."""
        return self.card.locator(".row")

    @property
    def outages(self) -> Locator:
        """Return the banners above the rows."""
        return self.card.locator(".outage")

    @property
    def search(self) -> Locator:
        """Return the field of the search."""
        return self.card.locator(".search")

    @property
    def details(self) -> Locator:
        """Return the dialog with the details of an entity."""
        return self.page.locator("ha-more-info-dialog")

    def row(self, text: str) -> Locator:
        """Return the row with a number or a name."""
        return self.rows.filter(has_text=text)

    def calls(self, text: str) -> Locator:
        """Return the calls of the row with a number or a name."""
        return self.row(text).locator(".call")

    def item(self, text: str) -> Locator:
        """Return the row with a number or a name, and its buttons."""
        return self.card.locator("li", has=self.page.locator(".row", has_text=text))

    def control(self, text: str, action: str) -> Locator:
        """Return a button of the calls of a row."""
        return self.item(text).locator(f".control[data-action={action}]")

    def chip(self, word: str) -> Locator:
        """Return the chip with this word."""
        return self.card.locator(".chip", has_text=word)


async def changed_states(
    user: User, **fields: object
) -> AsyncGenerator[dict[str, str]]:
    """Yield the states of entities: first of all, then of those that change."""
    async for event in user.events("subscribe_entities", **fields):
        states = {id_: new["s"] for id_, new in event.get("a", {}).items()}
        for id_, change in event.get("c", {}).items():
            if state := change.get("+", {}).get("s"):
                states[id_] = state
        yield states


def platform_of(simulator: Simulator, number: str = "101") -> Platform:
    """Return how to sign in as the user of an extension."""
    return Platform(
        server=simulator.server,
        client_id=simulator.client_id,
        client_secret=simulator.client_secret,
        jwt=simulator.issue_jwt(number),
    )


@asynccontextmanager
async def added_account(user: User, forms: dict[str, Json]) -> AsyncGenerator[str]:
    """Add an account, and remove it in the end; return the id of its config entry."""
    entry_id = await user.add_integration(DOMAIN, forms)
    try:
        yield entry_id
    finally:
        entries = await user.config_entries(DOMAIN)
        if entry_id in {entry.entry_id for entry in entries}:
            await user.remove_config_entry(entry_id)


def sales(simulator: Simulator) -> dict[str, Json]:
    """Return the forms of an account that monitors the three people of a department."""
    forms = platform_of(simulator, "102").forms("full")
    forms["monitor"] |= {"groups": [], "departments": ["Sales"]}
    return forms


def dashboard(*cards: Json) -> Json:
    """Return a dashboard with these cards in a wide section."""
    section = {"type": "grid", "column_span": 4, "cards": cards}
    view = {"type": "sections", "max_columns": 4, "sections": [section]}
    return {"views": [view]}


async def save_dashboard(user: User, config: Json) -> str:
    """Save the dashboard of the tests; return its path."""
    boards = await user.command("lovelace/dashboards/list")
    if not any(board["url_path"] == _URL_PATH for board in boards):
        await user.command(
            "lovelace/dashboards/create",
            url_path=_URL_PATH,
            title="Test",
            mode="storage",
        )
    await user.command("lovelace/config/save", url_path=_URL_PATH, config=config)
    return f"/{_URL_PATH}"

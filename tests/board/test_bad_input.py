"""What users, administrators and callers do to the board: it is shown, not broken."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Final
import unicodedata

from playwright.async_api import expect
import pytest
import pytest_asyncio

from demo.phones import DOMAIN
from demo.user import User
from simulator import Simulator

from .board import (
    CARD_TYPE,
    STRATEGY,
    Board,
    Home,
    Json,
    added_account,
    dashboard,
    platform_of,
    save_dashboard,
)
from .conftest import NewPage, OpenBoard

pytestmark = pytest.mark.asyncio(loop_scope="session")

_USERS: Final = count(103)

# By the number of the person who has it, as their caller does.
_NAMES: Final[Mapping[str, str]] = {
    "102": "Wolfeschlegelsteinhausenbergerdorff " * 2 + "the 3rd.",
    "103": "<img src=x onerror=alert(1)><b>Bob</b> &amp; {count} ${1}",
    "104": "👩‍💻 Zoë 🏳️‍🌈",
    "105": "משה כהן \u202eevil",
}


@dataclass(frozen=True)
class _Account:
    """A second account, whose registry entries go with it."""

    user: User
    entry_id: str

    @property
    def dashboard(self) -> Json:
        """Return a dashboard with the people of this account."""
        return dashboard({"type": CARD_TYPE, "accounts": [self.entry_id]})

    async def device_id(self, number: str) -> str:
        """Return the id of a person's device."""
        [device_id] = [
            device["id"]
            for device in await self.user.command("config/device_registry/list")
            if device["model_id"] == number
            and self.entry_id in device["config_entries"]
        ]
        return str(device_id)

    async def entity_ids(self, number: str) -> dict[str, str]:
        """Return the ids of a person's entities by key."""
        device_id = await self.device_id(number)
        return {
            key: entry["entity_id"]
            for entry in await self.user.command("config/entity_registry/list")
            for key in ("telephony_status", "presence", "dnd")
            if entry["device_id"] == device_id
            and entry["entity_id"].startswith("sensor.")
            and key in entry["entity_id"]
        }

    async def change_device(self, number: str, **changes: str) -> None:
        """Change a person's device as its user would."""
        device_id = await self.device_id(number)
        await self.user.command(
            "config/device_registry/update", device_id=device_id, **changes
        )

    async def change_entity(self, entity_id: str, **changes: str) -> None:
        """Change an entity as its user would."""
        await self.user.command(
            "config/entity_registry/update", entity_id=entity_id, **changes
        )


@pytest_asyncio.fixture(loop_scope="session")
async def account(user: User, simulator: Simulator) -> AsyncIterator[_Account]:
    """Return a second account, which is deleted in the end.

    Home Assistant keeps what was changed in deleted entries: each test has its own user.
    """
    forms = platform_of(simulator, str(next(_USERS))).forms("full")
    async with added_account(user, forms) as entry_id:
        yield _Account(user, entry_id)


async def test_person_whose_entities_are_disabled_goes(
    open_board: OpenBoard, account: _Account
) -> None:
    board = await open_board(account.dashboard)
    await expect(board.rows).to_have_count(12)
    entity_ids = await account.entity_ids("112")
    assert len(entity_ids) == 3
    for entity_id in entity_ids.values():
        await account.change_entity(entity_id, disabled_by="user")
    await expect(board.rows).to_have_count(11)
    await expect(board.row("112")).to_have_count(0)


async def test_renamed_person_with_hidden_entities_in_another_area_stays(
    open_board: OpenBoard, account: _Account, simulator: Simulator
) -> None:
    board = await open_board(account.dashboard)
    area = await account.user.command("config/area_registry/create", name="Hall")
    for entity_id in (await account.entity_ids("111")).values():
        await account.change_entity(entity_id, hidden_by="user")
    await account.change_device("111", area_id=area["area_id"], name_by_user="Hall")
    await expect(board.row("111").locator(".name")).to_have_text("Hall")
    simulator.ring(to="111", from_="+16505550123", from_name="Marla Tidewell")
    await expect(board.calls("111")).to_contain_text("Marla Tidewell")


async def test_calls_of_a_renamed_entity_are_shown(
    open_board: OpenBoard, account: _Account, simulator: Simulator
) -> None:
    board = await open_board(account.dashboard)
    entity_id = (await account.entity_ids("110"))["telephony_status"]
    await account.change_entity(entity_id, new_entity_id="sensor.reception")
    simulator.ring(to="110", from_="+16505550123", from_name="Marla Tidewell")
    await expect(board.calls("110")).to_contain_text("Marla Tidewell")


async def test_account_that_is_deleted_leaves_no_rows(
    open_board: OpenBoard, account: _Account
) -> None:
    board = await open_board(account.dashboard)
    await expect(board.rows).to_have_count(12)
    await account.user.remove_config_entry(account.entry_id)
    await expect(board.rows).to_have_count(0)
    await expect(board.outages).to_have_count(0)
    await expect(board.card).to_contain_text(
        "None of the people selected for this card can be shown."
    )


async def test_card_whose_people_are_all_gone_says_so(open_board: OpenBoard) -> None:
    board = await open_board(dashboard({"type": CARD_TYPE, "people": ["gone"]}))
    await expect(board.card).to_contain_text(
        "None of the people selected for this card can be shown."
    )


async def test_names_are_text_whatever_is_in_them(
    open_board: OpenBoard, account: _Account, simulator: Simulator
) -> None:
    board = await open_board(account.dashboard, width=390, height=844)
    usual = await board.row("106").bounding_box()
    for number, name in _NAMES.items():
        await account.change_device(number, name_by_user=name)
        simulator.ring(to=number, from_="+16505550123", from_name=name)
    for number, name in _NAMES.items():
        row = board.row(number)
        shown, party = row.locator(".name"), row.locator(".party")
        await expect(shown).to_have_js_property("textContent", name)
        # The integration removes invisible characters of callers.
        visible = (char for char in name if unicodedata.category(char) != "Cf")
        await expect(party).to_have_js_property("textContent", "".join(visible))
        assert await shown.evaluate("name => name.children.length") == 0
        # The number stays behind the name, the row in its column.
        name_box = await shown.bounding_box()
        number_box = await row.locator(".number").bounding_box()
        row_box = await row.bounding_box()
        assert name_box and number_box and row_box and usual
        assert name_box["x"] + name_box["width"] <= number_box["x"]
        assert row_box["x"] + row_box["width"] <= 390
        assert row_box["height"] < 2 * usual["height"]


async def test_of_25_calls_at_one_extension_six_are_lines(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    board = await open_board()
    for index in range(25):
        simulator.ring(to="103", from_=f"+165055501{index:02}")
    await expect(board.row("103").locator(".note")).to_contain_text("More calls: 19")
    await expect(board.calls("103")).to_have_count(6)


async def test_reload_of_the_entry_keeps_rows_and_calls(
    open_board: OpenBoard, user: User, simulator: Simulator, home: Home
) -> None:
    board = await open_board()
    simulator.ring(to="103", from_="+16505550123", from_name="Marla Tidewell")
    await expect(board.calls("103")).to_contain_text("Marla Tidewell")
    # Each row that goes, and each call.
    await board.card.evaluate(
        """card => {
          window.lost = 0;
          new MutationObserver(() => {
            const rows = card.shadowRoot.querySelectorAll(".row");
            const calls = card.shadowRoot.querySelectorAll(".call");
            if (rows.length < 12 || calls.length < 1) window.lost += 1;
          }).observe(card.shadowRoot, { subtree: true, childList: true });
        }"""
    )
    [entry] = await user.config_entries(DOMAIN)
    await user.command(
        "call_service",
        domain="homeassistant",
        service="reload_config_entry",
        service_data={"entry_id": entry.entry_id},
    )
    simulator.ring(to="104", from_="+16505550124", from_name="Otto Harbinger")
    await expect(board.calls("104")).to_contain_text("Otto Harbinger")
    await expect(board.outages).to_have_count(0)
    await expect(board.row("103")).to_have_attribute("data-state", "ringing")
    assert await board.page.evaluate("window.lost") == 0


async def test_user_who_may_not_read_anything_learns_whom_to_ask(
    home: Home, user: User, new_page: NewPage, page_errors: list[str]
) -> None:
    # A user without a group has no permission at all.
    created = await user.command("config/auth/create", name="Guest", group_ids=[])
    await user.command(
        "config/auth_provider/homeassistant/create",
        user_id=created["user"]["id"],
        username="guest",
        password="open sesame",
    )
    path = await save_dashboard(user, STRATEGY)
    page = await new_page(is_cold=True)
    await page.goto(home.link.partition("/local/")[0] + path)
    await page.locator("input[name=username]").fill("guest")
    await page.locator("input[name=password]").fill("open sesame")
    await page.keyboard.press("Enter")
    board = Board(page)
    await expect(board.card).to_contain_text("Ask an administrator")
    await expect(board.rows).to_have_count(0)
    page_errors.clear()


async def test_change_of_the_registry_keeps_filter_and_rows(
    open_board: OpenBoard, account: _Account
) -> None:
    board = await open_board(STRATEGY, has_own_clock=True)
    await board.chip("Free").click()
    card = await board.card.element_handle()
    await account.change_device("112", name_by_user="Renamed")
    await expect(board.row("Renamed")).to_have_count(1)
    # Home Assistant makes dashboards again after some time.
    await board.page.clock.fast_forward("00:05")
    await expect(board.chip("Free")).to_have_attribute("aria-pressed", "true")
    assert await card.evaluate("card => card.isConnected")


async def test_card_with_empty_lists_and_odd_numbers_in_yaml_is_whole(
    open_board: OpenBoard,
) -> None:
    odd: Json = dict.fromkeys(("accounts", "groups", "people", "hide", "order"))
    card = {"type": CARD_TYPE, "columns": 0, "grid_options": {"rows": 3}, **odd}
    board = await open_board(dashboard(card, {"type": "markdown", "content": "Below"}))
    await expect(board.rows).to_have_count(12)
    below = await board.page.locator("hui-markdown-card").bounding_box()
    shown = await board.card.locator("ha-card").bounding_box()
    row = await board.rows.first.bounding_box()
    assert below and shown and row
    assert shown["y"] + shown["height"] <= below["y"]
    assert row["width"] <= shown["width"]

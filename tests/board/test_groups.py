"""Adding, changing, renaming and removing a group on the integration's page."""

from dataclasses import dataclass
import os
from pathlib import Path
from typing import Final

from playwright.async_api import Locator, Page, expect
import pytest

from demo.phones import DOMAIN
from demo.texts import Texts
from demo.user import User

from .board import Home
from .conftest import NewPage

pytestmark = pytest.mark.asyncio(loop_scope="session")

# A folder for the screenshots, which are temporary without it.
_FOLDER: Final = "BOARD_SCREENSHOTS"
_FLOW: Final = "ui.panel.config.integrations.config_flow"
_GROUP: Final = "config_subentries.group"


@dataclass(frozen=True, slots=True)
class IntegrationPage:
    """The page of the integration, with its texts in a language."""

    page: Page
    texts: Texts
    prefix: str
    taken: list[str]

    @property
    def group(self) -> Locator:
        """Return the row of the only group."""
        return self.page.locator("ha-config-sub-entry-row")

    @property
    def form(self) -> Locator:
        """Return the form of the dialog."""
        return self.page.locator("step-flow-form")

    def own(self, key: str, part: Locator | None = None) -> Locator:
        """Return a text of the group's flow."""
        text = self.texts.own(f"{_GROUP}.{key}")
        return (part or self.page).get_by_text(text, exact=True).first

    async def press(self, key: str) -> None:
        """Press a button of Home Assistant."""
        name = self.texts.frontend(key)
        await self.page.get_by_role("button", name=name, exact=True).last.click()

    async def choose(self, item: str) -> None:
        """Choose from the menu of the group."""
        await self.group.locator("ha-icon-button[slot=trigger]").first.click()
        await self.group.locator(f"ha-dropdown-item[value={item}]").first.click()

    async def take(self, name: str) -> None:
        """Take a screenshot."""
        self.taken.append(name)
        path = f"{self.prefix}-{len(self.taken)}-{name}.png"
        await self.page.screenshot(path=path, animations="disabled")


@pytest.mark.parametrize("language", ["en", "de"])
async def test_group_is_added_changed_renamed_and_removed(
    home: Home, user: User, new_page: NewPage, tmp_path: Path, language: str
) -> None:
    """The button, the menu and the forms have the texts of the language."""
    page = await new_page(language=language)
    prefix = Path(os.environ.get(_FOLDER, tmp_path)) / f"group-{language}"
    shown = IntegrationPage(page, Texts(language), str(prefix), [])
    [entry] = await user.config_entries(DOMAIN)

    async def groups() -> list[str]:
        listed = await user.command(
            "config_entries/subentries/list", entry_id=entry.entry_id
        )
        return [group["title"] for group in listed]

    async def devices() -> list[str]:
        listed = await user.command("config/device_registry/list")
        return [d["name"] for d in listed if d["model"] == "Group"]

    try:
        await page.goto(home.page(f"/config/integrations/integration/{DOMAIN}"))
        await page.locator("ha-config-entry-row").first.wait_for()
        await shown.own("initiate_flow.user").click()
        await shown.own("step.user.title").wait_for()
        await shown.own("step.user.menu_option_descriptions.queue").wait_for()
        await shown.take("menu")
        await shown.own("step.user.menu_options.team").click()
        for field in ("extensions", "sites", "departments"):
            await shown.own(f"step.team.data_description.{field}").wait_for()
        await shown.form.locator("input").first.fill("Support")
        await shown.press(f"{_FLOW}.submit")
        await shown.own("error.nothing_selected").wait_for()
        await shown.own("step.team.data.departments", shown.form).click()
        await (
            page.get_by_role("option", name="Sales")
            .or_(page.locator("ha-combo-box-item", has_text="Sales"))
            .first.click()
        )
        await shown.take("team")
        await shown.press(f"{_FLOW}.submit")
        await shown.press(f"{_FLOW}.finish")
        await expect(shown.group).to_contain_text("Support")
        await shown.own("entry_type", shown.group).wait_for()
        await shown.group.scroll_into_view_if_needed()
        await shown.take("added")
        assert await devices() == ["Support"]

        await shown.group.locator("ha-icon-button[slot=end]").first.click()
        name = shown.form.locator("input").first
        await expect(name).to_have_value("Support")
        await expect(shown.form).to_contain_text("Sales")
        await name.fill("Help")
        await shown.take("change")
        await shown.press(f"{_FLOW}.submit")
        await shown.press(f"{_FLOW}.close")
        await expect(shown.group).to_contain_text("Help")
        assert await devices() == ["Help"]

        await shown.choose("rename")
        await shown.take("rename")
        await page.locator("dialog-box input").last.fill("Hotline")
        await shown.press("ui.common.ok")
        await expect(shown.group).to_contain_text("Hotline")
        assert await devices() == ["Hotline"]

        await shown.choose("delete")
        await shown.take("delete")
        await shown.press("ui.common.delete")
        await expect(shown.group).to_have_count(0)
        assert await groups() == await devices() == []
    finally:
        for group in await user.command(
            "config_entries/subentries/list", entry_id=entry.entry_id
        ):
            await user.command(
                "config_entries/subentries/delete",
                entry_id=entry.entry_id,
                subentry_id=group["subentry_id"],
            )

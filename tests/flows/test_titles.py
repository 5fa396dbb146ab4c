"""Names of accounts: titles, and where flows, repairs and devices show them."""

import logging
from typing import Final
from unittest.mock import AsyncMock

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ringcentral.const import DOMAIN
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from simulator import Simulator

from ..browser import Visitor
from ..common import Account, add_account, sign_in, start_flow, submit
from ..languages import by_path
from ..strangers import shown_by_markdown
from .common import change_company, end_session, finish, until_loaded

pytestmark = pytest.mark.freeze_time("2026-10-05 08:00:00", tick=True)

# A name as a person may have it, and how it is shown.
NAMES: Final = (
    pytest.param("**Al** [x](http://evil.example) <b>", None, id="markup"),
    pytest.param("A" * 80, None, id="80 characters"),
    pytest.param("أليس سميث", None, id="right to left"),
    pytest.param("\u202eecilA\nSmith", "ecilA Smith", id="changed direction"),
    pytest.param("Alice 🦊", None, id="emoji"),
)


async def _sign_in(
    hass: HomeAssistant, simulator: Simulator, number: str = "101"
) -> ConfigFlowResult:
    """Sign in with a JWT of a user."""
    jwt = f"jwt{number}"
    simulator.oauth.jwts[jwt] = simulator.extension(number).id
    return await submit(hass, await start_flow(hass), sign_in(simulator) | {"jwt": jwt})


async def _title(hass: HomeAssistant, simulator: Simulator, number: str = "101") -> str:
    """Add the account of a user, and return the title of its entry."""
    return (await finish(hass, await _sign_in(hass, simulator, number)))["title"]


def _add_entry(hass: HomeAssistant, title: str) -> MockConfigEntry:
    """Add an entry of another company."""
    entry = MockConfigEntry(domain=DOMAIN, title=title, unique_id=title, data={})
    entry.add_to_hass(hass)
    return entry


def _text(result: ConfigFlowResult, key: str) -> str:
    """Return what a user reads of a rendered text; its own emphasis left out."""
    text = (
        by_path("en")[key]
        .replace("**", "")
        .format(**result["description_placeholders"] or {})
    )
    return shown_by_markdown(text)


# --------------------------------------------------------------------------------------
# Titles


async def test_title_is_the_user_with_the_number(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """Not the brand, which all accounts share."""
    name = simulator.users[0].name
    assert await _title(hass, simulator) == f"{name} (101)"


async def test_titles_of_two_people_with_one_name_differ(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """Two accounts of one company and one brand."""
    simulator.change_extension("102", name=simulator.users[0].name)
    first = await _title(hass, simulator)
    second = await _title(hass, simulator, "102")
    assert second == first.replace("101", "102")


async def test_titles_of_two_companies_with_one_name_and_number_differ(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """The company tells them apart, then a count."""
    label = f"{simulator.users[0].name} (101)"
    _add_entry(hass, label)
    entry = (await finish(hass, await _sign_in(hass, simulator)))["result"]
    assert entry.title == f"{label}, Example Workshop"

    await hass.config_entries.async_remove(entry.entry_id)
    _add_entry(hass, entry.title)
    assert await _title(hass, simulator) == f"{label}, 2"


@pytest.mark.parametrize("name", ["", "   "])
async def test_title_of_a_user_without_a_name_is_the_company(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock, name: str
) -> None:
    """A word like `extension` would be English in all languages."""
    simulator.change_extension("101", name=name)
    assert await _title(hass, simulator) == "Example Workshop (101)"


@pytest.mark.parametrize(("name", "shown"), NAMES)
async def test_title_is_one_line_of_visible_characters(
    hass: HomeAssistant,
    simulator: Simulator,
    set_up: AsyncMock,
    name: str,
    shown: str | None,
) -> None:
    """Whatever the user is called."""
    simulator.change_extension("101", name=name)
    assert await _title(hass, simulator) == f"{shown or name} (101)"


async def test_title_of_the_user_outlasts_a_new_sign_in_and_a_new_name(
    hass: HomeAssistant, account: Account, visitor: Visitor
) -> None:
    """Only the user of Home Assistant changes it."""
    hass.config_entries.async_update_entry(account.entry, title="Our office")
    account.simulator.change_extension("101", name="Alice Miller")
    await account.until_all_reported()
    form = await visitor.reconfigure(account.entry.entry_id, "jwt")
    step = await visitor.submit(form, sign_in(account.simulator))
    assert step["reason"] == "reconfigure_successful"
    await until_loaded(account)

    assert account.entry.title == "Our office"
    device = account.device(None)
    assert device is not None
    assert device.name == "RingCentral: Our office"


async def test_devices_of_two_accounts_differ_and_have_no_english_model(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Also from the devices of their users, who may be shown."""
    names = []
    for number in ("101", "102"):
        result = await _sign_in(hass, simulator, number)
        entry = (await finish(hass, result))["result"]
        await hass.async_block_till_done()
        device = Account(hass, entry, simulator).device(None)
        assert device is not None
        assert device.model is None
        names.append(device.name)
    users = [f"{simulator.extension(n).name} ({n})" for n in ("101", "102")]
    assert names == [f"RingCentral: {user}" for user in users]


async def test_extension_without_a_name_has_a_name_of_no_language(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Its number tells it apart."""
    simulator.change_extension("102", name="")
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    device = account.device("102")
    assert device is not None
    assert device.name == "RingCentral (102)"


# --------------------------------------------------------------------------------------
# Where accounts are named


@pytest.mark.parametrize(("name", "shown"), NAMES)
async def test_user_who_is_added_again_is_shown_the_entry(
    hass: HomeAssistant,
    simulator: Simulator,
    set_up: AsyncMock,
    name: str,
    shown: str | None,
) -> None:
    """By its title, found by the JWT and by the user."""
    simulator.change_extension("101", name=name)
    title = await _title(hass, simulator)

    by_jwt = await _sign_in(hass, simulator)
    by_user = await submit(hass, await start_flow(hass), sign_in(simulator))

    for result in (by_jwt, by_user):
        assert result["reason"] == "already_configured"
        assert title in _text(result, "config.abort.already_configured")


@pytest.mark.parametrize(("name", "shown"), NAMES)
async def test_wrong_user_is_shown_both_names(
    hass: HomeAssistant,
    account: Account,
    visitor: Visitor,
    name: str,
    shown: str | None,
) -> None:
    """Two people of one name differ by their numbers."""
    simulator = account.simulator
    for number in ("101", "102"):
        simulator.change_extension(number, name=name)
    simulator.oauth.jwts["jwt"] = simulator.extension("102").id
    form = await visitor.reconfigure(account.entry.entry_id, "jwt")
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], sign_in(simulator) | {"jwt": "jwt"}
    )

    assert result["reason"] == "wrong_account"
    text = _text(result, "config.abort.wrong_account")
    assert f"You signed in as {shown or name} (102)" in text
    assert f"belongs to {shown or name} (101)" in text


async def test_user_of_another_company_with_one_name_and_number_is_told_apart(
    account: Account, visitor: Visitor
) -> None:
    """By the company."""
    change_company(account)
    form = await visitor.reconfigure(account.entry.entry_id, "browser")
    step = await visitor.consent(await visitor.to_the_page(form))
    assert step["description_placeholders"] == {
        "signed_in": f"{account.entry.title}, Example Workshop",
        "expected": account.entry.title,
    }


@pytest.mark.parametrize("step_id", ["reauth_confirm", "reconfigure"])
async def test_title_with_markup_is_shown_as_text(
    hass: HomeAssistant, account: Account, visitor: Visitor, step_id: str
) -> None:
    """In a description, which is rendered."""
    title = "[x](http://evil.example) *Al*"
    hass.config_entries.async_update_entry(account.entry, title=title)
    if step_id == "reauth_confirm":
        await end_session(account)
        [flow] = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        step = await visitor.current_step(flow["flow_id"])
    else:
        step = await visitor.post(
            "/api/config/config_entries/flow",
            {"handler": DOMAIN, "entry_id": account.entry.entry_id},
        )
    assert step["step_id"] == step_id
    text = by_path("en")[f"config.step.{step_id}.description"]
    assert title in shown_by_markdown(text.format(**step["description_placeholders"]))


async def test_extension_with_markup_is_shown_as_text_in_a_repair(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Its name is not the text of this integration."""
    name = "[x](http://evil.example) *Al*"
    simulator.change_extension("102", name=name)
    simulator.fault(
        "refuse_filter",
        filter=f"/{simulator.extension('102').id}/",
        status=403,
        errorCode="SUB-403",
        seconds=86400,
    )
    account = await add_account(hass, simulator, groups=[], extensions=["101", "102"])
    [issue] = ir.async_get(hass).issues.values()
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["account"] == account.entry.title
    step = "issues.extensions_not_pushed.fix_flow.step.init.description"
    text = by_path("en")[step].format(**issue.translation_placeholders)
    assert f"{name} (102)" in shown_by_markdown(text.partition("\n\n")[0])


async def test_log_does_not_contain_the_title(
    hass: HomeAssistant, account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant logs it when an entry cannot be set up."""
    caplog.set_level(logging.DEBUG)
    states = []
    account.simulator.fault("revoke_sessions")
    for _ in range(2):
        await hass.config_entries.async_reload(account.entry.entry_id)
        await hass.async_block_till_done()
        states.append(account.entry.state)
        await account.simulator.stop()

    assert states == [ConfigEntryState.SETUP_ERROR, ConfigEntryState.SETUP_RETRY]
    assert f"Config entry '{account.entry.entry_id}' for" in caplog.text
    assert account.simulator.users[0].name not in caplog.text


async def test_log_of_the_start_does_not_contain_the_title(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant logs it otherwise than after a reload."""
    caplog.set_level(logging.DEBUG)
    title = "Nora Quist (101)"
    entry = MockConfigEntry(
        domain=DOMAIN,
        title=title,
        data={"auth_implementation": "removed", "token": {}},
    )
    entry.add_to_hass(hass)
    await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()

    assert entry.state is not ConfigEntryState.LOADED
    assert entry.entry_id in caplog.text
    assert title not in caplog.text

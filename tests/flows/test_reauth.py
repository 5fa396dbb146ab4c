"""Signing in again after a rejection, or with another method, app or server."""

from unittest.mock import AsyncMock, patch

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ImplementationUnavailableError
from homeassistant.helpers import entity_registry as er

from ..browser import Visitor, add_credential, query_of
from ..common import Account, add_account, sign_in, until
from .common import (
    MINUTE,
    TOKEN,
    change_company,
    end_session,
    reauth_step,
    reauth_steps,
    token_requests,
    until_loaded,
)

pytestmark = pytest.mark.freeze_time("2026-10-05 08:00:00", tick=True)


@pytest.fixture
async def with_jwt(
    hass: HomeAssistant, visitor: Visitor, freezer: FrozenDateTimeFactory
) -> Account:
    """Return an account that was signed in to with a JWT, a minute ago."""
    account = await add_account(hass, visitor.simulator, groups=[], extensions=["102"])
    freezer.tick(MINUTE)
    return account


@pytest.fixture
async def revoked(with_jwt: Account) -> Account:
    """Return an account whose JWT was revoked, which Home Assistant has noticed."""
    with_jwt.simulator.oauth.revoked_jwts.add(with_jwt.simulator.jwt)
    await end_session(with_jwt)
    return with_jwt


async def test_signing_in_again_repairs_the_entry(
    hass: HomeAssistant, account: Account, visitor: Visitor
) -> None:
    """Same entities, same options, a session of its own."""
    entities = {
        entry.entity_id: entry.unique_id
        for entry in er.async_entries_for_config_entry(
            er.async_get(hass), account.entry.entry_id
        )
    }
    options = account.entry.options
    await end_session(account)

    step = await reauth_step(account, visitor)
    assert step["menu_options"] == ["browser", "jwt"]
    page = await visitor.to_the_page(await visitor.choose(step, "browser"))
    step = await visitor.consent(page)

    assert (step["type"], step["reason"]) == ("abort", "reauth_successful")
    await until_loaded(account)
    assert not reauth_steps(hass)
    assert account.entry.options == options
    assert entities == {
        entry.entity_id: entry.unique_id
        for entry in er.async_entries_for_config_entry(
            er.async_get(hass), account.entry.entry_id
        )
    }
    assert (await account.coordinator.rest.account()).id


async def test_signing_in_as_another_user_is_refused_by_name(
    account: Account, visitor: Visitor
) -> None:
    """The user who signed in, and the expected one."""
    simulator = account.simulator
    await end_session(account)
    data = account.entry.data
    step = await visitor.choose(await reauth_step(account, visitor), "browser")

    step = await visitor.consent(await visitor.to_the_page(step), number="103")

    assert (step["type"], step["reason"]) == ("abort", "wrong_account")
    other, owner = simulator.extension("103"), simulator.users[0]
    assert step["description_placeholders"] == {
        "signed_in": f"{other.name} (103)",
        "expected": f"{owner.name} ({owner.number})",
    }
    assert account.entry.data == data


async def test_account_of_another_company_is_refused_by_the_title(
    hass: HomeAssistant, account: Account, visitor: Visitor
) -> None:
    """Its list of extensions does not contain the expected user."""
    change_company(account)
    hass.config_entries.async_update_entry(account.entry, title="Our office")
    form = await visitor.reconfigure(account.entry.entry_id, "browser")
    step = await visitor.consent(await visitor.to_the_page(form))
    assert step["reason"] == "wrong_account"
    assert step["description_placeholders"]["expected"] == "Our office"


async def test_browser_is_exchanged_for_a_jwt_and_back(
    account: Account, visitor: Visitor, app: str, freezer: FrozenDateTimeFactory
) -> None:
    """Nothing of the former method stays in the entry; the key of stored calls does."""
    simulator = account.simulator
    ours = {"account_id", "auth_implementation", "extension_id", "server", "token"}
    ours |= {"storage_key"}
    assert set(account.entry.data) == ours
    storage_key = account.entry.data["storage_key"]

    form = await visitor.reconfigure(account.entry.entry_id, "jwt")
    step = await visitor.submit(form, sign_in(simulator))
    assert (step["type"], step["reason"]) == ("abort", "reconfigure_successful")
    await until_loaded(account)
    assert set(account.entry.data) == ours | {"client_id", "client_secret", "jwt"}
    assert account.entry.data["auth_implementation"] == "jwt"
    assert (await account.coordinator.rest.account()).id
    freezer.tick(MINUTE)

    form = await visitor.reconfigure(account.entry.entry_id, "browser")
    step = await visitor.consent(await visitor.to_the_page(form))
    assert step["reason"] == "reconfigure_successful"
    await until_loaded(account)
    assert set(account.entry.data) == ours
    assert account.entry.data["auth_implementation"] == app
    assert account.entry.data["storage_key"] == storage_key
    assert (await account.coordinator.rest.account()).id


async def test_revoked_jwt_is_exchanged_for_a_browser(
    hass: HomeAssistant, visitor: Visitor, app: str, revoked: Account
) -> None:
    """Reconfiguring offers it, and ends the request for a new JWT."""
    await reauth_step(revoked, visitor, "reauth_jwt")

    form = await visitor.reconfigure(revoked.entry.entry_id, "browser")
    step = await visitor.consent(await visitor.to_the_page(form))

    assert step["reason"] == "reconfigure_successful"
    await until_loaded(revoked)
    assert not reauth_steps(hass)
    assert revoked.entry.data["auth_implementation"] == app
    assert "jwt" not in revoked.entry.data


async def test_revoked_jwt_is_replaced_by_a_new_one(
    visitor: Visitor, revoked: Account
) -> None:
    """App and server need not be entered again."""
    simulator = visitor.simulator
    data = revoked.entry.data
    form = await reauth_step(revoked, visitor, "reauth_jwt")
    [field] = form["data_schema"]
    assert field["name"] == "jwt"
    assert "description" not in field
    step = await visitor.submit(form, {"jwt": simulator.jwt})
    assert step["step_id"] == "reauth_jwt"
    assert step["errors"] == {"base": "invalid_grant"}
    simulator.oauth.jwts["anotherone"] = simulator.users[0].id
    step = await visitor.submit(step, {"jwt": ' "anotherone"\n'})

    assert step["reason"] == "reauth_successful"
    await until_loaded(revoked)
    former = {**data, "jwt": "anotherone", "token": revoked.entry.data["token"]}
    assert revoked.entry.data == former


async def test_app_that_ringcentral_rejects_can_be_replaced(
    visitor: Visitor, with_jwt: Account, freezer: FrozenDateTimeFactory
) -> None:
    """Another JWT does not help, so the form asks for the app as well."""
    simulator = visitor.simulator
    simulator.fault(
        "token_refused", count=9, error="invalid_client", errorCode="OAU-153"
    )
    await end_session(with_jwt)
    form = await reauth_step(with_jwt, visitor, "reauth_jwt")

    step = await visitor.submit(form, {"jwt": simulator.jwt})
    assert (step["step_id"], step["errors"]) == ("jwt", {"base": "invalid_client"})
    fields = {field["name"]: field for field in step["data_schema"]}
    assert fields["client_id"]["description"]["suggested_value"] == simulator.client_id
    assert "description" not in fields["jwt"]
    [server] = fields["advanced"]["schema"]
    assert server["description"]["suggested_value"] == simulator.server

    simulator.clear_faults()
    freezer.tick(MINUTE)
    step = await visitor.submit(step, sign_in(simulator))
    assert step["reason"] == "reauth_successful"
    await until_loaded(with_jwt)


async def test_permission_that_a_new_jwt_lacks_is_named(
    visitor: Visitor, revoked: Account, freezer: FrozenDateTimeFactory
) -> None:
    """And the JWT need not be entered again once it is there."""
    simulator = visitor.simulator
    simulator.oauth.jwts["anotherone"] = simulator.users[0].id
    simulator.permissions.remove("WebSocket")
    form = await reauth_step(revoked, visitor, "reauth_jwt")
    step = await visitor.submit(form, {"jwt": "anotherone"})
    assert step["step_id"] == "retry"

    simulator.permissions.add("WebSocket")
    freezer.tick(MINUTE)
    step = await visitor.submit(step, {})
    assert step["reason"] == "reauth_successful"
    await until_loaded(revoked)


async def test_jwt_of_another_user_is_refused_by_name(
    account: Account, visitor: Visitor
) -> None:
    """As a sign-in with a browser is."""
    simulator = account.simulator
    simulator.oauth.jwts["another"] = simulator.extension("104").id
    form = await visitor.reconfigure(account.entry.entry_id, "jwt")
    step = await visitor.submit(form, sign_in(simulator) | {"jwt": "another"})
    assert step["reason"] == "wrong_account"
    assert step["description_placeholders"]["signed_in"].endswith("(104)")


async def test_removal_of_the_account_ends_the_sign_in(
    hass: HomeAssistant, account: Account, visitor: Visitor
) -> None:
    """There is nothing left to sign in to."""
    form = await visitor.reconfigure(account.entry.entry_id, "jwt")
    await hass.config_entries.async_remove(account.entry.entry_id)
    step = await visitor.submit(form, sign_in(account.simulator))
    assert (step["type"], step["reason"]) == ("abort", "account_removed")


async def test_revoked_permission_is_named_when_signing_in_again(
    account: Account, visitor: Visitor, freezer: FrozenDateTimeFactory
) -> None:
    """And tried again once it is there."""
    simulator = account.simulator
    await end_session(account)
    simulator.permissions.difference_update({"ReadPresence", "EditPresence"})
    step = await visitor.choose(await reauth_step(account, visitor), "browser")
    step = await visitor.consent(await visitor.to_the_page(step))
    assert step["step_id"] == "retry"
    assert step["description_placeholders"]["permission"] == "Read Presence"

    simulator.permissions.add("ReadPresence")
    freezer.tick(MINUTE)
    step = await visitor.consent(await visitor.submit(step, {}))

    assert step["reason"] == "reauth_successful"
    await until_loaded(account)


async def test_reconfiguring_may_choose_another_app(
    hass: HomeAssistant,
    account: Account,
    visitor: Visitor,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Signing in again does not ask: the former one is meant."""
    other = await add_credential(
        hass, account.simulator.public_client_id, "-", "Public"
    )
    form = await visitor.reconfigure(account.entry.entry_id, "browser")
    step = await visitor.to_the_page(form)
    assert step["step_id"] == "pick_implementation"
    step = await visitor.submit(step, {"implementation": other})
    step = await visitor.consent(step)
    assert step["reason"] == "reconfigure_successful"
    await until_loaded(account)
    assert account.entry.data["auth_implementation"] == other

    freezer.tick(MINUTE)
    await end_session(account)
    step = await visitor.choose(await reauth_step(account, visitor), "browser")
    page = await visitor.to_the_page(step)
    assert query_of(page)["client_id"] == account.simulator.public_client_id
    await visitor.consent(page)
    await until_loaded(account)


async def test_signing_in_again_waits_while_credentials_cannot_be_read(
    account: Account, visitor: Visitor
) -> None:
    """The user is not asked to enter an app that may exist."""
    form = await visitor.reconfigure(account.entry.entry_id, "browser")
    with patch(
        "custom_components.ringcentral.application_credentials"
        ".async_get_auth_implementation",
        AsyncMock(side_effect=ImplementationUnavailableError),
    ):
        step = await visitor.to_the_page(form)
    assert step["reason"] == "oauth_implementation_unavailable"


async def test_account_that_could_not_be_set_up_is_repaired(
    hass: HomeAssistant,
    account: Account,
    visitor: Visitor,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The sign-in was refused while Home Assistant was off."""
    account.simulator.fault("revoke_sessions")
    await hass.config_entries.async_reload(account.entry.entry_id)
    await hass.async_block_till_done()
    assert account.entry.state is ConfigEntryState.SETUP_ERROR
    freezer.tick(MINUTE)

    step = await visitor.choose(await reauth_step(account, visitor), "browser")
    step = await visitor.consent(await visitor.to_the_page(step))

    assert step["reason"] == "reauth_successful"
    await until_loaded(account)


async def test_set_up_waits_while_credentials_cannot_be_read(
    hass: HomeAssistant, account: Account
) -> None:
    """That is no reason to ask anybody to sign in."""
    await hass.config_entries.async_unload(account.entry.entry_id)
    with patch(
        "custom_components.ringcentral.application_credentials"
        ".async_get_auth_implementation",
        AsyncMock(side_effect=ImplementationUnavailableError),
    ):
        await hass.config_entries.async_setup(account.entry.entry_id)
    assert account.entry.state is ConfigEntryState.SETUP_RETRY
    assert not reauth_steps(hass)


# --------------------------------------------------------------------------------------
# Sessions, of which a user has about five


async def test_session_of_a_refused_user_is_ended(
    account: Account, visitor: Visitor
) -> None:
    """Theirs, not ours."""
    simulator = account.simulator
    [ours] = simulator.oauth.sessions
    form = await visitor.reconfigure(account.entry.entry_id, "browser")
    step = await visitor.consent(await visitor.to_the_page(form), number="103")
    assert step["reason"] == "wrong_account"
    await until(lambda: simulator.oauth.sessions == [ours])


async def test_session_of_a_user_who_is_set_up_already_is_ended(
    account: Account, visitor: Visitor
) -> None:
    """Otherwise the fifth try would end the one that is in use."""
    simulator = account.simulator
    [ours] = simulator.oauth.sessions
    step = await visitor.sign_in()
    assert step["reason"] == "already_configured"
    await until(lambda: simulator.oauth.sessions == [ours])


@pytest.mark.parametrize("method", ["browser", "jwt"])
async def test_session_that_lacks_a_permission_is_ended_with_the_dialog(
    hass: HomeAssistant, visitor: Visitor, app: str, method: str
) -> None:
    """Not before: that would cost a try in a minute that has few."""
    simulator = visitor.simulator
    simulator.permissions.remove("WebSocket")
    if method == "browser":
        step = await visitor.sign_in()
    else:
        form = await visitor.start("jwt")
        step = await visitor.submit(form, sign_in(simulator))
    assert step["step_id"] == "retry"
    assert len(simulator.oauth.sessions) == 1
    hass.config_entries.flow.async_abort(step["flow_id"])
    await until(lambda: not simulator.oauth.sessions)


async def test_session_of_a_dialog_that_is_closed_is_ended(
    hass: HomeAssistant, visitor: Visitor, app: str
) -> None:
    """It is not used again."""
    step = await visitor.sign_in()
    assert len(visitor.simulator.oauth.sessions) == 1
    hass.config_entries.flow.async_abort(step["flow_id"])
    await until(lambda: not visitor.simulator.oauth.sessions)


@pytest.mark.parametrize("method", ["browser", "jwt"])
async def test_former_session_is_ended_by_a_new_sign_in(
    account: Account, visitor: Visitor, method: str
) -> None:
    """And the new one serves."""
    simulator = account.simulator
    [former] = simulator.oauth.sessions
    form = await visitor.reconfigure(account.entry.entry_id, method)
    if method == "browser":
        step = await visitor.consent(await visitor.to_the_page(form))
    else:
        step = await visitor.submit(form, sign_in(simulator))
    assert step["reason"] == "reconfigure_successful"
    await until_loaded(account)

    await until(lambda: former not in simulator.oauth.sessions)
    [present] = simulator.oauth.sessions
    token = account.entry.data["token"]["access_token"]
    assert simulator.oauth.session_of(token) is present
    assert (await account.coordinator.rest.account()).id


async def test_refresh_under_way_does_not_bring_the_former_session_back(
    account: Account, visitor: Visitor, freezer: FrozenDateTimeFactory
) -> None:
    """Its answer arrives after the new sign-in."""
    simulator = account.simulator
    form = await visitor.reconfigure(account.entry.entry_id, "browser")
    page = await visitor.to_the_page(form)
    callback = await visitor.decide(page["url"])
    simulator.fault("expire_tokens")
    simulator.fault("late", path=TOKEN, delay=5)
    account.coordinator.monitor.tasks.spawn(account.coordinator.async_refresh(), "test")
    await until(lambda: token_requests(simulator) == [200])

    async with visitor.browser.get(callback):
        pass
    step = await visitor.current_step(page["flow_id"])
    assert step["reason"] == "reconfigure_successful"
    token = account.entry.data["token"]
    await until_loaded(account)
    freezer.tick(6)
    await account.hass.async_block_till_done()

    assert account.entry.data["token"] == token
    assert (await account.coordinator.rest.account()).id

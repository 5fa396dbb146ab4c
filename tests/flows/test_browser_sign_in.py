"""Signing in on RingCentral's page."""

from base64 import urlsafe_b64encode
from hashlib import sha256
import logging
from typing import cast

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ringcentral import application_credentials
from custom_components.ringcentral.api.exceptions import AuthenticationError, Reason
from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.coordinator import RingCentralConfigEntry
from homeassistant.components.application_credentials import DATA_COMPONENT
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from simulator.sessions.oauth import App

from ..browser import ADDRESS, FLOWS, Visitor, add_credential, enter_app, query_of
from ..common import Account, add_account
from ..translations import TEXTS, Inspection
from .common import (
    MINUTE,
    TROUBLES,
    Choice,
    Trouble,
    end_session,
    reauth_step,
    reauth_steps,
    token_requests,
    until_loaded,
)

pytestmark = pytest.mark.freeze_time("2026-10-05 08:00:00", tick=True)
_REVOKE = "/restapi/oauth/revoke"
_HOUR = 3600


async def test_consent_in_the_browser_makes_an_entry(
    hass: HomeAssistant, visitor: Visitor, app: str, choice: Choice
) -> None:
    """With the app, the server and the tokens, and without any secret of the app."""
    simulator = visitor.simulator
    menu = await visitor.post(FLOWS, {"handler": DOMAIN})
    assert menu["menu_options"] == ["browser", "jwt"]
    form = await visitor.choose(menu, "browser")
    assert form["description_placeholders"]["redirect_uri"] == (
        f"{ADDRESS}/auth/external/callback"
    )

    page = await visitor.to_the_page(form)
    assert page["url"].startswith(f"{simulator.server}/restapi/oauth/authorize?")
    step = await visitor.consent(page)
    assert step["step_id"] == "monitor"
    step = await visitor.submit(step, choice.data)
    await hass.async_block_till_done()

    assert step["type"] == "create_entry"
    [entry] = hass.config_entries.async_entries(DOMAIN)
    owner = simulator.users[0]
    token = entry.data["token"]
    assert entry.state is ConfigEntryState.LOADED
    assert entry.unique_id == f"{simulator.account_id}_{owner.id}"
    assert entry.data == {
        "account_id": simulator.account_id,
        "auth_implementation": app,
        "extension_id": owner.id,
        "server": simulator.server,
        "storage_key": entry.data["storage_key"],
        "token": token,
    }
    assert token["owner_id"] == owner.id
    assert simulator.oauth.session_of(token["access_token"]) is not None


async def test_address_of_the_page_has_a_challenge_and_no_secret(
    visitor: Visitor, app: str
) -> None:
    """PKCE: a stolen code cannot be used."""
    simulator = visitor.simulator
    page = await visitor.to_the_page(await visitor.start())

    query = query_of(page)
    state = query.pop("state")
    challenge = query.pop("code_challenge")
    assert query == {
        "response_type": "code",
        "client_id": simulator.client_id,
        "redirect_uri": f"{ADDRESS}/auth/external/callback",
        "code_challenge_method": "S256",
    }
    assert len(challenge) == len(urlsafe_b64encode(sha256().digest()).rstrip(b"="))
    assert simulator.client_secret not in page["url"]
    assert state


async def test_each_visit_has_a_challenge_of_its_own(
    visitor: Visitor, app: str
) -> None:
    """What one sign-in leaves behind helps with no other."""
    simulator = visitor.simulator
    first = await visitor.to_the_page(await visitor.start())
    simulator.fault("token_refused", grantType="authorization_code")
    retry = await visitor.consent(first)
    second = await visitor.submit(retry, {})
    assert query_of(second)["code_challenge"] != query_of(first)["code_challenge"]
    assert (await visitor.consent(second))["step_id"] == "monitor"


async def test_my_home_assistant_leads_back_where_it_is_set_up(
    hass: HomeAssistant, visitor: Visitor, app: str
) -> None:
    """Then the app must allow its address, and the form shows it."""
    hass.config.components.add("my")
    form = await visitor.start()
    my = "https://my.home-assistant.io/redirect/oauth"
    assert form["description_placeholders"]["redirect_uri"] == my

    page = await visitor.to_the_page(form)

    assert query_of(page)["redirect_uri"] == my
    assert (await visitor.consent(page))["step_id"] == "monitor"


@pytest.mark.parametrize("secret", ["-", " - "])
async def test_public_app_is_entered_with_a_dash(
    hass: HomeAssistant, visitor: Visitor, choice: Choice, secret: str
) -> None:
    """The dialog of Home Assistant insists on a secret; such an app has none."""
    simulator = visitor.simulator
    simulator.switches.public_app_with_basic = "refuse"
    await add_credential(hass, simulator.public_client_id, secret)

    step = await visitor.submit(await visitor.sign_in(), choice.data)
    await hass.async_block_till_done()

    assert step["type"] == "create_entry"
    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert entry.state is ConfigEntryState.LOADED


async def test_invisible_characters_of_an_app_are_removed(
    hass: HomeAssistant, visitor: Visitor, choice: Choice
) -> None:
    """Home Assistant's dialog removes spaces only."""
    simulator = visitor.simulator
    assert await async_setup_component(hass, "application_credentials", {})
    await enter_app(
        hass,
        f"\u200b {simulator.client_id}\u2060",
        f"\ufeff{simulator.client_secret} \u200e",
    )
    step = await visitor.submit(await visitor.sign_in(), choice.data)
    assert step["type"] == "create_entry"


@pytest.mark.parametrize("brand_id", ["3420", "9999"])
async def test_brand_is_requested_and_stored(
    hass: HomeAssistant, visitor: Visitor, app: str, choice: Choice, brand_id: str
) -> None:
    """Its page is shown, also when the user signs in again."""
    page = await visitor.to_the_page(await visitor.start(), brand_id=brand_id)
    assert query_of(page)["brand_id"] == brand_id
    await visitor.submit(await visitor.consent(page), choice.data)
    await hass.async_block_till_done()

    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert entry.data["brand_id"] == brand_id
    form = await visitor.reconfigure(entry.entry_id, "browser")
    [advanced] = form["data_schema"]
    assert advanced["expanded"] is True
    assert {
        field["name"]: field["description"]["suggested_value"]
        for field in advanced["schema"]
    } == {"server": visitor.simulator.server, "brand_id": brand_id}


async def test_without_an_app_home_assistant_asks_for_one(visitor: Visitor) -> None:
    """Its frontend handles this end of a flow, and opens the dialog for credentials."""
    step = await visitor.to_the_page(await visitor.start())
    assert (step["type"], step["reason"]) == ("abort", "missing_credentials")
    assert step["translation_domain"] == "homeassistant"


async def test_dialog_for_the_app_is_given_what_its_text_mentions(
    hass: HomeAssistant,
) -> None:
    """Where the app is, and what stands for no secret."""
    inspection = Inspection(TEXTS)
    given = await application_credentials.async_get_description_placeholders(hass)
    inspection.need(given, "application_credentials", "description")
    assert inspection.complaints == []
    assert given["no_secret"] == "-"


async def test_one_of_several_apps_is_selected(
    hass: HomeAssistant, visitor: Visitor, app: str, choice: Choice
) -> None:
    """By the names that they were entered with."""
    simulator = visitor.simulator
    other = await add_credential(hass, simulator.public_client_id, "-", "Public")

    step = await visitor.to_the_page(await visitor.start())
    assert step["step_id"] == "pick_implementation"
    [field] = step["data_schema"]
    assert dict(field["options"]) == {app: "Home Assistant", other: "Public"}
    step = await visitor.submit(step, {"implementation": other})
    await visitor.submit(await visitor.consent(step), choice.data)
    await hass.async_block_till_done()

    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert entry.data["auth_implementation"] == other


# --------------------------------------------------------------------------------------
# Failures


async def test_refused_consent_ends_the_flow(visitor: Visitor, app: str) -> None:
    """With the reason that RingCentral gave."""
    page = await visitor.to_the_page(await visitor.start())
    step = await visitor.consent(page, decision="deny")
    assert (step["type"], step["reason"]) == ("abort", "user_rejected_authorize")
    assert step["description_placeholders"] == {"error": "access_denied"}


# Of the exchange of a JWT only.
_OF_JWT = {"grant_not_allowed", "invalid_grant", "invalid_client"}


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(trouble, id=trouble.name)
        for trouble in TROUBLES
        if trouble.error not in _OF_JWT
    ],
)
async def test_failure_after_the_consent_is_shown_and_can_be_fixed(
    visitor: Visitor, app: str, trouble: Trouble
) -> None:
    """The flow continues, on RingCentral's page if necessary."""
    page = await visitor.to_the_page(await visitor.start())
    trouble.cause(visitor.simulator)
    step = await visitor.consent(page)
    assert step["errors"] == {"base": trouble.error}
    assert step["step_id"] == "retry"
    shown = step["description_placeholders"]
    assert {key: shown[key] for key in trouble.shows} == trouble.shows

    trouble.fix(visitor.simulator)
    step = await visitor.submit(step, {})
    if step["type"] == "external":
        step = await visitor.consent(step)
    assert step["step_id"] == "monitor"


@pytest.mark.parametrize(
    ("error", "code", "shown"),
    [
        ("invalid_grant", "OAU-211", "sign_in_refused"),
        ("unauthorized_client", "OAU-251", "browser_not_allowed"),
        ("invalid_client", "OAU-146", "app_refused"),
    ],
)
async def test_refused_code_shows_the_error_of_a_browser_sign_in(
    visitor: Visitor, app: str, error: str, code: str, shown: str
) -> None:
    """The texts do not mention a JWT."""
    visitor.simulator.fault("token_refused", error=error, errorCode=code)
    step = await visitor.sign_in()
    assert (step["step_id"], step["errors"]) == ("retry", {"base": shown})
    assert step["description_placeholders"]["code"] == code

    page = await visitor.submit(step, {})
    assert (await visitor.consent(page))["step_id"] == "monitor"


async def test_late_code_shows_an_error_and_a_new_one_works(
    visitor: Visitor, app: str, freezer: FrozenDateTimeFactory
) -> None:
    """It lives for a minute."""
    page = await visitor.to_the_page(await visitor.start())
    callback = await visitor.decide(page["url"])
    freezer.tick(MINUTE)
    async with visitor.browser.get(callback):
        pass
    step = await visitor.current_step(page["flow_id"])
    assert step["errors"] == {"base": "sign_in_refused"}

    page = await visitor.submit(step, {})
    assert (await visitor.consent(page))["step_id"] == "monitor"


async def test_wrong_secret_is_fixed_under_application_credentials(
    hass: HomeAssistant, visitor: Visitor
) -> None:
    """The app is read again instead of retrying the wrong secret."""
    simulator = visitor.simulator
    await add_credential(hass, simulator.client_id, "wrong")
    step = await visitor.sign_in()
    assert (step["step_id"], step["errors"]) == ("retry", {"base": "app_refused"})

    credentials = hass.data[DATA_COMPONENT]
    [item] = credentials.async_items()
    await credentials.async_delete_item(item["id"])
    await add_credential(hass, simulator.client_id, simulator.client_secret)
    page = await visitor.submit(step, {})

    assert (await visitor.consent(page))["step_id"] == "monitor"


async def test_changed_secret_is_fixed_with_a_second_credential(
    hass: HomeAssistant,
    visitor: Visitor,
    choice: Choice,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Home Assistant does not change or delete one that is in use."""
    simulator = visitor.simulator
    assert await async_setup_component(hass, "application_credentials", {})
    old = await enter_app(hass, simulator.client_id, simulator.client_secret)
    await visitor.submit(await visitor.sign_in(), choice.data)
    await hass.async_block_till_done()
    [entry] = hass.config_entries.async_entries(DOMAIN)
    account = Account(hass, cast(RingCentralConfigEntry, entry), simulator)
    freezer.tick(MINUTE)
    simulator.oauth.apps[simulator.client_id] = App(
        client_id=simulator.client_id, client_secret="changed"
    )
    await end_session(account)

    step = await visitor.choose(await reauth_step(account, visitor), "browser")
    step = await visitor.consent(await visitor.to_the_page(step))
    assert (step["step_id"], step["errors"]) == ("retry", {"base": "app_refused"})
    with pytest.raises(HomeAssistantError, match="in use"):
        await hass.data[DATA_COMPONENT].async_delete_item(old)
    new = await enter_app(hass, simulator.client_id, "changed")
    step = await visitor.submit(step, {})
    assert step["step_id"] == "pick_implementation"
    step = await visitor.submit(step, {"implementation": new})
    step = await visitor.consent(step)

    assert step["reason"] == "reauth_successful"
    await until_loaded(account)
    await hass.data[DATA_COMPONENT].async_delete_item(old)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_app_without_refresh_tokens_is_refused(
    visitor: Visitor, app: str
) -> None:
    """The user would have to sign in every hour."""
    visitor.simulator.switches.refresh_tokens = False
    step = await visitor.sign_in()
    assert (step["step_id"], step["errors"]) == ("retry", {"base": "no_refresh_token"})

    visitor.simulator.switches.refresh_tokens = True
    page = await visitor.submit(step, {})
    assert (await visitor.consent(page))["step_id"] == "monitor"


async def test_token_that_expires_during_the_selection_leads_back_to_the_page(
    hass: HomeAssistant, visitor: Visitor, app: str, choice: Choice
) -> None:
    """What was chosen stays."""
    step = await visitor.sign_in()
    visitor.simulator.fault("revoke_sessions")
    chosen = choice.data | {"groups": ["lines"]}
    step = await visitor.submit(step, chosen)
    assert step["errors"] == {"base": "token_rejected"}

    page = await visitor.submit(step, chosen)
    step = await visitor.consent(page)

    assert step["step_id"] == "monitor"
    suggested = {
        field["name"]: field["description"].get("suggested_value")
        for field in step["data_schema"]
        if "description" in field
    }
    assert suggested["groups"] == ["lines"]
    assert suggested["extensions"] == chosen["extensions"]
    step = await visitor.submit(step, chosen)
    assert step["type"] == "create_entry"
    await hass.async_block_till_done()


async def test_user_who_is_set_up_already_is_refused(
    hass: HomeAssistant, visitor: Visitor, app: str
) -> None:
    """With any authentication method."""
    await add_account(hass, visitor.simulator, groups=[], extensions=["102"])
    step = await visitor.sign_in()
    assert (step["type"], step["reason"]) == ("abort", "already_configured")


async def test_nothing_secret_or_personal_of_a_visit_is_logged(
    visitor: Visitor, account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    """Including the log of Home Assistant's own code."""
    # As at each start of Home Assistant: it would name the address of each request.
    caplog.set_level("WARNING", logger="aiohttp.access")
    caplog.set_level("DEBUG")
    form = await visitor.reconfigure(account.entry.entry_id, "browser")
    page = await visitor.to_the_page(form)
    await visitor.consent(page)
    await until_loaded(account)

    token = account.entry.data["token"]
    formatter = logging.Formatter()
    logged = "\n".join(map(formatter.format, caplog.records))
    assert "POST in rate group auth" in logged
    for secret in (
        visitor.simulator.client_secret,
        token["access_token"],
        token["refresh_token"],
        query_of(page)["state"],
        visitor.simulator.users[0].name,
    ):
        assert secret not in logged


# --------------------------------------------------------------------------------------
# The session continues


async def test_session_continues_with_a_new_pair_of_tokens(
    account: Account, freezer: FrozenDateTimeFactory
) -> None:
    """Without anybody at a browser."""
    simulator = account.simulator
    before = account.entry.data["token"]
    session = simulator.oauth.session_of(before["access_token"])
    freezer.tick(_HOUR)

    assert (await account.coordinator.rest.account()).id

    after = account.entry.data["token"]
    assert after["refresh_token"] != before["refresh_token"]
    assert simulator.oauth.session_of(after["access_token"]) is session


async def test_session_that_ended_asks_the_user_once_and_retries_no_more(
    hass: HomeAssistant, account: Account
) -> None:
    """Only the user can begin another."""
    await end_session(account)
    for _ in range(3):
        with pytest.raises(AuthenticationError) as refused:
            await account.coordinator.rest.account()
        assert refused.value.reason is Reason.INVALID_GRANT
    assert token_requests(account.simulator) == [400]
    assert len(reauth_steps(hass)) == 1


async def test_token_without_a_successor_asks_to_sign_in_again(
    hass: HomeAssistant, account: Account
) -> None:
    """The setting of the app was switched off in the meantime."""
    account.simulator.switches.refresh_tokens = False
    account.simulator.fault("expire_tokens")
    assert (await account.coordinator.rest.account()).id
    assert not reauth_steps(hass)

    account.simulator.fault("expire_tokens")
    with pytest.raises(AuthenticationError):
        await account.coordinator.rest.account()
    await hass.async_block_till_done()

    assert len(reauth_steps(hass)) == 1
    assert token_requests(account.simulator) == [200]


async def test_reopening_a_failed_sign_in_is_no_further_attempt(
    visitor: Visitor, app: str
) -> None:
    """Reopening a dialog, for example."""
    page = await visitor.to_the_page(await visitor.start())
    visitor.simulator.permissions.remove("WebSocket")
    step = await visitor.consent(page)
    assert step["step_id"] == "retry"
    visitor.simulator.log.clear()
    assert await visitor.current_step(step["flow_id"]) == step

    visitor.simulator.permissions.add("WebSocket")
    visitor.simulator.fault("maintenance", path="/restapi/v1.0")
    page = await visitor.submit(step, {})
    step = await visitor.consent(page)
    assert step["step_id"] == "retry"
    tried = len(visitor.simulator.log)
    assert await visitor.current_step(step["flow_id"]) == step
    assert len(visitor.simulator.log) == tried


async def test_rate_limit_is_shown_before_the_page_opens(
    visitor: Visitor, account: Account, freezer: FrozenDateTimeFactory
) -> None:
    """The code of a sign-in expires after a minute."""
    form = await visitor.reconfigure(account.entry.entry_id, "browser")
    page = await visitor.to_the_page(form)
    ledger = account.coordinator.rest._transport.limiter
    for _ in range(5):
        ledger.record_request(RateGroup.AUTH)
    visitor.simulator.log.clear()
    step = await visitor.consent(page)
    assert step["errors"] == {"base": "rate_limited"}
    assert token_requests(visitor.simulator) == []
    step = await visitor.submit(step, {})
    assert step["errors"] == {"base": "rate_limited"}

    freezer.tick(MINUTE)
    page = await visitor.submit(step, {})
    assert (await visitor.consent(page))["reason"] == "reconfigure_successful"
    await until_loaded(account)


async def test_error_leads_back_to_the_page_of_the_same_app(
    hass: HomeAssistant, visitor: Visitor, app: str
) -> None:
    """Although there are two to choose from."""
    simulator = visitor.simulator
    other = await add_credential(hass, simulator.public_client_id, "-", "Public")
    step = await visitor.to_the_page(await visitor.start())
    page = await visitor.submit(step, {"implementation": other})
    simulator.fault("token_refused", grantType="authorization_code")
    page = await visitor.submit(await visitor.consent(page), {})
    assert page["type"] == "external"
    assert query_of(page)["client_id"] == simulator.public_client_id


async def test_two_dialogs_of_one_user_make_one_entry(
    hass: HomeAssistant, visitor: Visitor, app: str, choice: Choice
) -> None:
    """A page that is loaded again leaves a flow behind."""
    await visitor.sign_in()
    step = await visitor.sign_in()
    assert step["step_id"] == "monitor"
    step = await visitor.submit(step, choice.data)
    assert step["type"] == "create_entry"
    await hass.async_block_till_done()
    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_deleted_app_asks_to_sign_in_again_and_removal_continues(
    hass: HomeAssistant, account: Account, visitor: Visitor
) -> None:
    """Home Assistant refuses to delete one in use, but its file can be edited."""
    await hass.config_entries.async_unload(account.entry.entry_id)
    credentials = hass.data[DATA_COMPONENT]
    credentials.data.clear()
    await hass.config_entries.async_setup(account.entry.entry_id)
    assert account.entry.state is ConfigEntryState.SETUP_ERROR
    step = await reauth_step(account, visitor)
    form = await visitor.to_the_page(await visitor.choose(step, "browser"))
    # The frontend would lose the context, and add a new account.
    assert form["errors"] == {"base": "no_app"}

    await hass.config_entries.async_remove(account.entry.entry_id)
    assert not hass.config_entries.async_entries(DOMAIN)


async def test_removal_signs_out_although_the_access_token_has_expired(
    hass: HomeAssistant, account: Account, freezer: FrozenDateTimeFactory
) -> None:
    """The refresh token lives for a week."""
    await hass.config_entries.async_unload(account.entry.entry_id)
    freezer.tick(2 * _HOUR)
    await hass.config_entries.async_remove(account.entry.entry_id)
    assert not account.simulator.oauth.sessions


async def test_removal_signs_out(hass: HomeAssistant, account: Account) -> None:
    """The session on the platform ends."""
    simulator = account.simulator
    token = account.entry.data["token"]["access_token"]
    await hass.config_entries.async_remove(account.entry.entry_id)
    assert [r.status for r in simulator.log if r.path == _REVOKE] == [200]
    session = simulator.oauth.session_of(token)
    assert session is None or session.revoked

"""Signing in on RingCentral's page: first, again after a refusal, in another way."""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
import logging
from typing import Any, cast
from unittest.mock import AsyncMock, patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ringcentral import application_credentials
from custom_components.ringcentral.api.exceptions import AuthenticationError, Reason
from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.coordinator import RingCentralConfigEntry
from homeassistant.components.application_credentials import DATA_COMPONENT
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ImplementationUnavailableError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from simulator import Simulator
from simulator.sessions.oauth import App

from ..browser import ADDRESS, FLOWS, Json, Visitor, add_credential, enter_app, query_of
from ..common import Account, add_account, sign_in, start_flow, until
from ..test_config_flow import TROUBLES, Trouble
from ..translations import TEXTS, Inspection

pytestmark = pytest.mark.freeze_time("2026-10-05 08:00:00", tick=True)

_TOKEN = "/restapi/oauth/token"
_REVOKE = "/restapi/oauth/revoke"
_HOUR = 3600
# The window of a rate limit, and what a moved clock loses of real time.
_MINUTE = 70
_CHOICE = {"groups": [], "extensions": [], "privacy": "full"}


@pytest.fixture
async def visitor(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> Visitor:
    """Return somebody at the frontend."""
    assert await async_setup_component(hass, "config", {})
    assert await async_setup_component(hass, DOMAIN, {})
    return Visitor(simulator, await hass_client(), await hass_client_no_auth())


@pytest.fixture
async def app(hass: HomeAssistant, simulator: Simulator) -> str:
    """Enter the confidential app under Application credentials."""
    return await add_credential(hass, simulator.client_id, simulator.client_secret)


@dataclass(frozen=True)
class Choice:
    """What is monitored in these tests: one extension is enough."""

    simulator: Simulator

    @property
    def data(self) -> dict[str, Any]:
        """Return what is entered."""
        return {**_CHOICE, "extensions": [self.simulator.extension("102").id]}


@pytest.fixture
def choice(simulator: Simulator) -> Choice:
    """Return the choice of one extension."""
    return Choice(simulator)


@pytest.fixture
async def account(
    hass: HomeAssistant,
    visitor: Visitor,
    app: str,
    choice: Choice,
    freezer: FrozenDateTimeFactory,
) -> AsyncIterator[Account]:
    """Return an account that was signed in to with a browser, a minute ago.

    Five sign-ins and gateway tickets are all that an app has in a minute.
    """
    step = await visitor.submit(await visitor.sign_in(), choice.data)
    assert step["type"] == "create_entry", step
    await hass.async_block_till_done()
    [entry] = hass.config_entries.async_entries(DOMAIN)
    visitor.simulator.log.clear()
    freezer.tick(_MINUTE)
    yield Account(hass, cast(RingCentralConfigEntry, entry), visitor.simulator)
    if entry.state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(entry.entry_id)


def token_requests(simulator: Simulator) -> list[int]:
    """Return the statuses of the answers of the token endpoint."""
    return [record.status for record in simulator.log if record.path == _TOKEN]


def reauth_steps(hass: HomeAssistant) -> list[Json]:
    """Return the flows that ask to sign in again."""
    return [
        dict(flow)
        for flow in hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        if flow["context"]["source"] == SOURCE_REAUTH
    ]


async def end_session(account: Account) -> None:
    """Let RingCentral end the session, and Home Assistant notice it."""
    account.simulator.fault("revoke_sessions")
    with pytest.raises(AuthenticationError):
        await account.coordinator.rest.account()
    await account.hass.async_block_till_done()


async def asked_again(account: Account, visitor: Visitor) -> Json:
    """Return the step that asks to sign in again."""
    [flow] = reauth_steps(account.hass)
    step = await visitor.look(flow["flow_id"])
    assert step["step_id"] == "reauth_confirm"
    assert step["description_placeholders"]["name"] == account.entry.title
    return step


async def until_loaded(account: Account) -> None:
    """Wait for the reload that follows a new sign-in."""
    await account.hass.async_block_till_done()
    await until(lambda: account.entry.state is ConfigEntryState.LOADED)


# --------------------------------------------------------------------------------------
# The way through


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
        "token": token,
    }
    assert token["owner_id"] == owner.id
    assert simulator.oauth.session_of(token["access_token"]) is not None


async def test_address_of_the_page_has_a_challenge_and_no_secret(
    visitor: Visitor, app: str
) -> None:
    """PKCE: who steals the code on its way cannot use it."""
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
    """Then the app must allow its address, and the form says so."""
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


@pytest.mark.parametrize("brand_id", ["3420", "9999"])
async def test_brand_is_asked_for_and_kept(
    hass: HomeAssistant, visitor: Visitor, app: str, choice: Choice, brand_id: str
) -> None:
    """Its page is shown, also when somebody signs in again."""
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


@pytest.mark.parametrize(
    ("advanced", "error"),
    [
        ({"server": "http://ringcentral.example"}, "invalid_server"),
        ({"server": "https://ringcentral.example\\@evil.example"}, "invalid_server"),
        ({"server": "https://ring central.example"}, "invalid_server"),
        ({"server": "https://ringcentral.example;x"}, "invalid_server"),
        ({"server": "https://%zz"}, "invalid_server"),
        ({"server": "https://-"}, "invalid_server"),
        ({"server": "https://ringcentral.example#x"}, "invalid_server"),
        ({"brand_id": "BT"}, "invalid_brand"),
        ({"brand_id": "12345678901"}, "invalid_brand"),
    ],
)
async def test_mistake_before_the_page_is_told_and_stays_in_view(
    visitor: Visitor, app: str, advanced: dict[str, str], error: str
) -> None:
    """Before any browser is sent there."""
    entered = {"server": visitor.simulator.server} | advanced
    form = await visitor.submit(await visitor.start(), {"advanced": entered})
    assert form["errors"] == {"base": error}
    [section] = form["data_schema"]
    assert section["expanded"] is True
    assert {
        field["name"]: field["description"]["suggested_value"]
        for field in section["schema"]
        if "description" in field
    } == entered
    assert (await visitor.to_the_page(form))["type"] == "external"


async def test_brand_is_freed_from_blanks_and_the_server_from_its_default_port(
    visitor: Visitor, app: str
) -> None:
    """Both are compared later."""
    page = await visitor.submit(
        await visitor.start(),
        {"advanced": {"server": "HTTPS://Platform.Example:443/", "brand_id": " 7710 "}},
    )
    assert page["url"].startswith("https://platform.example/restapi/oauth/authorize?")
    assert query_of(page)["brand_id"] == "7710"


async def test_without_an_app_home_assistant_asks_for_one(visitor: Visitor) -> None:
    """Its frontend knows this end of a flow, and opens the dialog for credentials."""
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


async def test_one_of_several_apps_is_chosen(
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
# What goes wrong


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
async def test_failure_after_the_consent_is_told_and_can_be_cured(
    visitor: Visitor, app: str, trouble: Trouble
) -> None:
    """Nobody has to begin anew; who has to sign in again is led there."""
    page = await visitor.to_the_page(await visitor.start())
    trouble.cause(visitor.simulator)
    step = await visitor.consent(page)
    assert step["errors"] == {"base": trouble.error}
    assert step["step_id"] == "retry"
    shown = step["description_placeholders"]
    assert {key: shown[key] for key in trouble.shows} == trouble.shows

    trouble.cure(visitor.simulator)
    step = await visitor.submit(step, {})
    if step["type"] == "external":
        step = await visitor.consent(step)
    assert step["step_id"] == "monitor"


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        ("invalid_grant", "OAU-211", "sign_in_refused"),
        ("unauthorized_client", "OAU-251", "browser_not_allowed"),
        ("invalid_client", "OAU-146", "app_refused"),
    ],
)
async def test_refused_code_is_told_in_words_for_a_browser(
    visitor: Visitor, app: str, error: str, code: str, told: str
) -> None:
    """Nobody has entered a JWT here."""
    visitor.simulator.fault("token_refused", error=error, errorCode=code)
    step = await visitor.sign_in()
    assert (step["step_id"], step["errors"]) == ("retry", {"base": told})
    assert step["description_placeholders"]["code"] == code

    page = await visitor.submit(step, {})
    assert (await visitor.consent(page))["step_id"] == "monitor"


async def test_code_that_comes_late_is_told_and_a_new_one_serves(
    visitor: Visitor, app: str, freezer: FrozenDateTimeFactory
) -> None:
    """It lives for a minute."""
    page = await visitor.to_the_page(await visitor.start())
    callback = await visitor.decide(page["url"])
    freezer.tick(_MINUTE)
    async with visitor.browser.get(callback):
        pass
    step = await visitor.look(page["flow_id"])
    assert step["errors"] == {"base": "sign_in_refused"}

    page = await visitor.submit(step, {})
    assert (await visitor.consent(page))["step_id"] == "monitor"


async def test_wrong_secret_is_mended_under_application_credentials(
    hass: HomeAssistant, visitor: Visitor
) -> None:
    """The app is looked up anew, not the wrong secret tried again."""
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


async def test_changed_secret_is_mended_with_a_second_credential(
    hass: HomeAssistant,
    visitor: Visitor,
    choice: Choice,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Home Assistant lets nobody change or delete one that is in use."""
    simulator = visitor.simulator
    assert await async_setup_component(hass, "application_credentials", {})
    old = await enter_app(hass, simulator.client_id, simulator.client_secret)
    await visitor.submit(await visitor.sign_in(), choice.data)
    await hass.async_block_till_done()
    [entry] = hass.config_entries.async_entries(DOMAIN)
    account = Account(hass, cast(RingCentralConfigEntry, entry), simulator)
    freezer.tick(_MINUTE)
    simulator.oauth.apps[simulator.client_id] = App(
        client_id=simulator.client_id, client_secret="changed"
    )
    await end_session(account)

    step = await visitor.choose(await asked_again(account, visitor), "browser")
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
    """Somebody would have to sign in every hour."""
    visitor.simulator.switches.refresh_tokens = False
    step = await visitor.sign_in()
    assert (step["step_id"], step["errors"]) == ("retry", {"base": "no_refresh_token"})

    visitor.simulator.switches.refresh_tokens = True
    page = await visitor.submit(step, {})
    assert (await visitor.consent(page))["step_id"] == "monitor"


async def test_token_that_ends_during_the_choice_leads_back_to_the_page(
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


async def test_user_who_is_set_up_already_is_told(
    hass: HomeAssistant, visitor: Visitor, app: str
) -> None:
    """In whatever way it was."""
    await add_account(hass, visitor.simulator, groups=[], extensions=["102"])
    step = await visitor.sign_in()
    assert (step["type"], step["reason"]) == ("abort", "already_configured")


async def test_nothing_secret_or_personal_of_a_visit_is_logged(
    visitor: Visitor, account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    """By nobody: Home Assistant's own code takes part."""
    caplog.set_level("DEBUG")
    form = await visitor.reconfigure(account.entry.entry_id, "browser")
    page = await visitor.to_the_page(form)
    await visitor.consent(page)
    await until_loaded(account)

    token = account.entry.data["token"]
    formatter = logging.Formatter()
    logged = "\n".join(map(formatter.format, caplog.records))
    assert "POST in the rate group auth" in logged
    for secret in (
        visitor.simulator.client_secret,
        token["access_token"],
        token["refresh_token"],
        query_of(page)["state"],
        visitor.simulator.users[0].name,
    ):
        assert secret not in logged


# --------------------------------------------------------------------------------------
# The session goes on


async def test_session_goes_on_with_a_new_pair_of_tokens(
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


async def test_session_that_ended_asks_once_and_tries_no_more(
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
    """The setting of the app was switched off meanwhile."""
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


async def test_look_at_a_failure_is_no_further_try(visitor: Visitor, app: str) -> None:
    """Reopening a dialog, for example."""
    page = await visitor.to_the_page(await visitor.start())
    visitor.simulator.permissions.remove("WebSocket")
    step = await visitor.consent(page)
    assert step["step_id"] == "retry"
    visitor.simulator.log.clear()
    assert await visitor.look(step["flow_id"]) == step

    visitor.simulator.permissions.add("WebSocket")
    visitor.simulator.fault("maintenance", path="/restapi/v1.0")
    page = await visitor.submit(step, {})
    step = await visitor.consent(page)
    assert step["step_id"] == "retry"
    tried = len(visitor.simulator.log)
    assert await visitor.look(step["flow_id"]) == step
    assert len(visitor.simulator.log) == tried


async def test_full_window_is_told_before_the_page_opens(
    visitor: Visitor, account: Account, freezer: FrozenDateTimeFactory
) -> None:
    """The sign-in there would be in vain: its code lives for a minute."""
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

    freezer.tick(_MINUTE)
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
    """A page that is loaded again leaves one behind that nobody sees."""
    await visitor.sign_in()
    step = await visitor.sign_in()
    assert step["step_id"] == "monitor"
    step = await visitor.submit(step, choice.data)
    assert step["type"] == "create_entry"
    await hass.async_block_till_done()
    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_deleted_app_asks_to_sign_in_again_and_removal_goes_on(
    hass: HomeAssistant, account: Account, visitor: Visitor
) -> None:
    """Home Assistant refuses to delete one in use, but its file can be edited."""
    await hass.config_entries.async_unload(account.entry.entry_id)
    credentials = hass.data[DATA_COMPONENT]
    credentials.data.clear()
    await hass.config_entries.async_setup(account.entry.entry_id)
    assert account.entry.state is ConfigEntryState.SETUP_ERROR
    step = await asked_again(account, visitor)
    form = await visitor.to_the_page(await visitor.choose(step, "browser"))
    # The frontend would forget what it was about, and add a new account.
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


# --------------------------------------------------------------------------------------
# Signing in again, and in another way


async def test_signing_in_again_mends_the_entry(
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

    step = await asked_again(account, visitor)
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


async def test_signing_in_as_somebody_else_is_refused_by_name(
    account: Account, visitor: Visitor
) -> None:
    """Who it was, and who it should be."""
    simulator = account.simulator
    await end_session(account)
    data = account.entry.data
    step = await visitor.choose(await asked_again(account, visitor), "browser")

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
    """Its list of extensions does not hold who is expected."""
    hass.config_entries.async_update_entry(
        account.entry,
        title="Our office",
        unique_id="9_9",
        data={**account.entry.data, "account_id": "9", "extension_id": "9"},
    )
    form = await visitor.reconfigure(account.entry.entry_id, "browser")
    step = await visitor.consent(await visitor.to_the_page(form))
    assert step["reason"] == "wrong_account"
    assert step["description_placeholders"]["expected"] == "Our office"


async def test_browser_is_exchanged_for_a_jwt_and_back(
    account: Account, visitor: Visitor, app: str, freezer: FrozenDateTimeFactory
) -> None:
    """Nothing of the former way stays in the entry."""
    simulator = account.simulator
    ours = {"account_id", "auth_implementation", "extension_id", "server", "token"}
    assert set(account.entry.data) == ours

    form = await visitor.reconfigure(account.entry.entry_id, "jwt")
    step = await visitor.submit(form, sign_in(simulator))
    assert (step["type"], step["reason"]) == ("abort", "reconfigure_successful")
    await until_loaded(account)
    assert set(account.entry.data) == ours | {"client_id", "client_secret", "jwt"}
    assert account.entry.data["auth_implementation"] == "jwt"
    assert (await account.coordinator.rest.account()).id
    freezer.tick(_MINUTE)

    form = await visitor.reconfigure(account.entry.entry_id, "browser")
    step = await visitor.consent(await visitor.to_the_page(form))
    assert step["reason"] == "reconfigure_successful"
    await until_loaded(account)
    assert set(account.entry.data) == ours
    assert account.entry.data["auth_implementation"] == app
    assert (await account.coordinator.rest.account()).id


async def test_revoked_jwt_is_exchanged_for_a_browser(
    hass: HomeAssistant, visitor: Visitor, app: str, freezer: FrozenDateTimeFactory
) -> None:
    """The step offers the former way first."""
    account = await add_account(hass, visitor.simulator, groups=[], extensions=["102"])
    freezer.tick(_MINUTE)
    visitor.simulator.oauth.revoked_jwts.add(visitor.simulator.jwt)
    await end_session(account)

    step = await asked_again(account, visitor)
    assert step["menu_options"] == ["jwt", "browser"]
    page = await visitor.to_the_page(await visitor.choose(step, "browser"))
    step = await visitor.consent(page)

    assert step["reason"] == "reauth_successful"
    await until_loaded(account)
    assert account.entry.data["auth_implementation"] == app
    assert "jwt" not in account.entry.data


async def test_revoked_jwt_is_replaced_by_a_new_one(
    hass: HomeAssistant, visitor: Visitor, freezer: FrozenDateTimeFactory
) -> None:
    """App and server need not be entered again."""
    simulator = visitor.simulator
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    freezer.tick(_MINUTE)
    simulator.oauth.revoked_jwts.add(simulator.jwt)
    await end_session(account)

    form = await visitor.choose(await asked_again(account, visitor), "jwt")
    fields = {field["name"]: field for field in form["data_schema"]}
    assert fields["client_id"]["description"]["suggested_value"] == simulator.client_id
    assert "description" not in fields["jwt"]
    assert fields["advanced"]["expanded"] is True
    [server] = fields["advanced"]["schema"]
    assert server["description"]["suggested_value"] == simulator.server
    step = await visitor.submit(form, sign_in(simulator))
    assert step["errors"] == {"base": "invalid_grant"}
    simulator.oauth.jwts["anewone"] = simulator.users[0].id
    step = await visitor.submit(form, sign_in(simulator) | {"jwt": "anewone"})

    assert step["reason"] == "reauth_successful"
    await until_loaded(account)
    assert account.entry.data["jwt"] == "anewone"


async def test_jwt_of_somebody_else_is_refused_by_name(
    account: Account, visitor: Visitor
) -> None:
    """As a sign-in with a browser is."""
    simulator = account.simulator
    simulator.oauth.jwts["another"] = simulator.extension("104").id
    form = await visitor.reconfigure(account.entry.entry_id, "jwt")
    step = await visitor.submit(form, sign_in(simulator) | {"jwt": "another"})
    assert step["reason"] == "wrong_account"
    assert step["description_placeholders"]["signed_in"].endswith("(104)")


async def test_account_removed_meanwhile_ends_the_sign_in(
    hass: HomeAssistant, account: Account, visitor: Visitor
) -> None:
    """There is nothing left to sign in to."""
    form = await visitor.reconfigure(account.entry.entry_id, "jwt")
    await hass.config_entries.async_remove(account.entry.entry_id)
    step = await visitor.submit(form, sign_in(account.simulator))
    assert (step["type"], step["reason"]) == ("abort", "account_removed")


async def test_permission_taken_away_is_named_when_signing_in_again(
    account: Account, visitor: Visitor, freezer: FrozenDateTimeFactory
) -> None:
    """And tried again once it is there."""
    simulator = account.simulator
    await end_session(account)
    simulator.permissions.difference_update({"ReadPresence", "EditPresence"})
    step = await visitor.choose(await asked_again(account, visitor), "browser")
    step = await visitor.consent(await visitor.to_the_page(step))
    assert step["step_id"] == "retry"
    assert step["description_placeholders"]["permission"] == "Read Presence"

    simulator.permissions.add("ReadPresence")
    freezer.tick(_MINUTE)
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

    freezer.tick(_MINUTE)
    await end_session(account)
    step = await visitor.choose(await asked_again(account, visitor), "browser")
    page = await visitor.to_the_page(step)
    assert query_of(page)["client_id"] == account.simulator.public_client_id
    await visitor.consent(page)
    await until_loaded(account)


async def test_signing_in_again_waits_while_credentials_cannot_be_read(
    account: Account, visitor: Visitor
) -> None:
    """Nobody is told to enter what may be there."""
    form = await visitor.reconfigure(account.entry.entry_id, "browser")
    with patch(
        "custom_components.ringcentral.application_credentials"
        ".async_get_auth_implementation",
        AsyncMock(side_effect=ImplementationUnavailableError),
    ):
        step = await visitor.to_the_page(form)
    assert step["reason"] == "oauth_implementation_unavailable"


async def test_account_that_could_not_be_set_up_is_mended(
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
    freezer.tick(_MINUTE)

    step = await visitor.choose(await asked_again(account, visitor), "browser")
    step = await visitor.consent(await visitor.to_the_page(step))

    assert step["reason"] == "reauth_successful"
    await until_loaded(account)


async def test_redirect_uri_is_shown_as_far_as_it_is_known(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A flow that no browser has begun does not know how one calls this instance."""
    form = await start_flow(hass, "browser")
    given = form["description_placeholders"]
    assert given is not None
    assert given["redirect_uri"] == "…/auth/external/callback"


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


@pytest.mark.parametrize("way", ["browser", "jwt"])
async def test_session_that_lacks_a_permission_is_ended_with_the_dialog(
    hass: HomeAssistant, visitor: Visitor, app: str, way: str
) -> None:
    """Not before: that would cost a try in a minute that has few."""
    simulator = visitor.simulator
    simulator.permissions.remove("WebSocket")
    if way == "browser":
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
    """Nobody will use it."""
    step = await visitor.sign_in()
    assert len(visitor.simulator.oauth.sessions) == 1
    hass.config_entries.flow.async_abort(step["flow_id"])
    await until(lambda: not visitor.simulator.oauth.sessions)


@pytest.mark.parametrize("way", ["browser", "jwt"])
async def test_former_session_is_ended_by_a_new_sign_in(
    account: Account, visitor: Visitor, way: str
) -> None:
    """And the new one serves."""
    simulator = account.simulator
    [former] = simulator.oauth.sessions
    form = await visitor.reconfigure(account.entry.entry_id, way)
    if way == "browser":
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
    """Its answer comes when somebody has signed in anew."""
    simulator = account.simulator
    form = await visitor.reconfigure(account.entry.entry_id, "browser")
    page = await visitor.to_the_page(form)
    callback = await visitor.decide(page["url"])
    simulator.fault("expire_tokens")
    simulator.fault("late", path=_TOKEN, delay=5)
    account.coordinator.async_spawn(account.coordinator.async_refresh(), "test")
    await until(lambda: token_requests(simulator) == [200])

    async with visitor.browser.get(callback):
        pass
    step = await visitor.look(page["flow_id"])
    assert step["reason"] == "reconfigure_successful"
    token = account.entry.data["token"]
    await until_loaded(account)
    freezer.tick(6)
    await account.hass.async_block_till_done()

    assert account.entry.data["token"] == token
    assert (await account.coordinator.rest.account()).id

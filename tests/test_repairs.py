"""Fixing repair issues through the dialog that a user sees."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from unittest.mock import patch

from aiohttp.test_utils import TestClient
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.api.websocket import WebSocketConnection
from custom_components.ringcentral.const import CONSOLE_URL, DOMAIN
from custom_components.ringcentral.issues import IssueManager
from custom_components.ringcentral.roster.entity_allocation import EntityAllocation
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from simulator import Simulator
from simulator.sessions.oauth import OAuth

from .common import Account, add_account, until
from .forms import EVERYONE, start_options, submit_options
from .reliability.common import (
    API,
    MOVED_TIME,
    SUBSCRIPTION,
    TOKEN,
    WSTOKEN,
    Time,
    call_events,
    connected,
    is_pushed,
    issues,
    link,
    lose_push,
    never_unavailable,
    request_statuses,
    subscribed,
    unseen,
)

pytestmark = MOVED_TIME

_FIX: Final = "/api/repairs/issues/fix"
_FAVORITES: Final = f"{API}/account/~/extension/~/favorite"
_DAY: Final = 86400

type Step = Mapping[str, Any]


@dataclass(frozen=True)
class Dialog:
    """The dialog of a repair issue, as the browser drives it."""

    account: Account
    client: TestClient[Any, Any]

    async def open(self, issue: str) -> Step:
        """Open the dialog of an issue."""
        entry_id = self.account.entry.entry_id
        answer = await self.client.post(
            _FIX, json={"handler": DOMAIN, "issue_id": f"{issue}_{entry_id}"}
        )
        assert answer.status == HTTPStatus.OK
        step: Step = await answer.json()
        return step

    async def _send(self, step: Step, content: Mapping[str, str]) -> Step:
        answer = await self.client.post(f"{_FIX}/{step['flow_id']}", json=content)
        assert answer.status == HTTPStatus.OK
        result: Step = await answer.json()
        await self.account.hass.async_block_till_done()
        return result

    async def submit(self, step: Step) -> Step:
        """Press the button of a form."""
        assert step["type"] == "form"
        return await self._send(step, {})

    async def choose(self, step: Step, option: str) -> Step:
        """Choose from a menu."""
        assert step["type"] == "menu"
        return await self._send(step, {"next_step_id": option})


@pytest.fixture
async def browser(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> TestClient[Any, Any]:
    """Return the browser of a user who is signed in to Home Assistant."""
    # Whatever has pages of its own must be there before the server starts.
    for component in ("repairs", DOMAIN):
        assert await async_setup_component(hass, component, {})
    return await hass_client()


@dataclass(frozen=True)
class Trouble:
    """An account in trouble."""

    account: Account
    dialog: Dialog
    time: Time

    async def set_up_again(self) -> None:
        """Set up again after the change of something, with the former session forgotten."""
        account = self.account
        account.simulator.switches.recovery = False
        entries = account.hass.config_entries
        await entries.async_unload(account.entry.entry_id)
        await self.time.passes(65)
        assert await entries.async_setup(account.entry.entry_id)
        await self.time.settle()
        account.simulator.switches.recovery = True
        account.simulator.log.clear()

    async def withdraw(self, *permissions: str) -> None:
        """Withdraw permissions, and wait until that shows."""
        self.account.simulator.permissions.difference_update(permissions)
        await self.set_up_again()

    async def refuse(self, *filters: str, code: str = "SUB-403") -> None:
        """Refuse filters that contain some text, and wait until that shows."""
        for event_filter in filters:
            self.account.simulator.fault(
                "refuse_filter",
                filter=event_filter,
                status=403,
                errorCode=code,
                seconds=_DAY,
            )
        await self.set_up_again()

    def filter_of(self, number: str) -> str:
        """Return what only the filter of an extension contains."""
        return f"/{self.account.simulator.extension(number).id}/"

    async def assert_pushed(self, number: str) -> None:
        """Check that changes of an extension are pushed."""
        account = self.account
        account.simulator.ring(to=number, from_="+16505550123")
        await account.until_all_reported()
        assert account.shows(number, "telephony_status") == "ringing"


type GetIntoTrouble = Callable[..., Any]


@pytest.fixture
def troubled(
    hass: HomeAssistant,
    simulator: Simulator,
    browser: TestClient[Any, Any],
    time: Time,
) -> GetIntoTrouble:
    """Return how to set up an account that then gets into trouble."""

    async def add(
        groups: Collection[str] = ("everyone",), extensions: Collection[str] = ()
    ) -> Trouble:
        account = await add_account(
            hass, simulator, groups=groups, extensions=extensions
        )
        return Trouble(account, Dialog(account, browser), time)

    return add


@pytest.fixture
async def trouble(troubled: GetIntoTrouble) -> Trouble:
    """Return an account that monitors everyone."""
    found: Trouble = await troubled()
    return found


def shown(step: Step, *names: str) -> dict[str, str]:
    """Return what the texts of a step mention under some names."""
    return {name: step["description_placeholders"][name] for name in names}


# --------------------------------------------------------------------------------------
# Trying again


@pytest.mark.parametrize(
    "permission", ["WebSocket", "SubscriptionWebSocket"], ids=["wstoken", "SUB-528"]
)
async def test_permission_for_push_that_was_added_counts_at_once(
    trouble: Trouble, permission: str
) -> None:
    """With a new access token; as long as it is missing, the form shows it."""
    simulator, dialog = trouble.account.simulator, trouble.dialog
    await trouble.withdraw(permission)
    step = await dialog.open("push_not_permitted")
    assert (step["type"], step["step_id"]) == ("form", "try_again")
    assert step["errors"] == {}
    assert shown(step, "permission", "console", "account") == {
        "permission": "WebSocket Subscriptions",
        "console": CONSOLE_URL,
        "account": trouble.account.entry.title,
    }

    with never_unavailable(trouble.account):
        step = await dialog.submit(step)
        assert step["errors"] == {"base": "still_refused"}
        assert issues(trouble.account.hass).keys() == {"push_not_permitted"}
        assert link(trouble.account) == ("polling", "permission_missing")
        assert request_statuses(simulator, TOKEN) == [200]

        simulator.permissions.add(permission)
        step = await dialog.submit(step)
    assert step["type"] == "create_entry"
    assert issues(trouble.account.hass) == {}
    assert link(trouble.account) == ("push", None)
    assert request_statuses(simulator, TOKEN) == [200, 200]
    await trouble.assert_pushed("102")


async def test_permission_that_only_new_access_tokens_have_counts(
    troubled: GetIntoTrouble,
) -> None:
    """On a new connection, which replays what was sent between the two."""
    trouble: Trouble = await troubled(["everyone", "favorites"])
    account, simulator = trouble.account, trouble.account.simulator
    simulator.set_favorites("101", ["103"])
    await trouble.withdraw("ReadContacts", "Contacts")
    refresh, connect = OAuth.refresh, WebSocketConnection.connect

    def refresh_with_permission(*args: Any, **kwargs: Any) -> Any:
        simulator.permissions.add("ReadContacts")
        return refresh(*args, **kwargs)

    async def ring_and_connect(*args: Any) -> WebSocketConnection:
        simulator.ring(to="102", from_="+16505550123")
        return await connect(*args)

    before = unseen(account)
    step = await trouble.dialog.open("filters_not_permitted_ReadContacts")
    assert step["menu_options"] == ["try_again", "options"]
    assert shown(step, "permission", "code") == {
        "permission": "Read Contacts",
        "code": "CMN-401",
    }
    with (
        patch.object(OAuth, "refresh", refresh_with_permission),
        patch.object(WebSocketConnection, "connect", ring_and_connect),
        call_events(account.hass, simulator) as received,
    ):
        step = await trouble.dialog.choose(step, "try_again")
        await account.until_all_reported()

    assert step["type"] == "create_entry"
    assert issues(account.hass) == {}
    assert connected(simulator) == [101]
    # Marked as replayed, unless it was sent in the millisecond of the connection.
    assert [event.removesuffix("~") for event in received] == ["102 ringing"]
    await trouble.time.passes(5)
    assert unseen(account) == before


async def test_permission_that_counts_at_once_interrupts_nothing(
    troubled: GetIntoTrouble,
) -> None:
    """The connection stays, without a sign-in."""
    trouble: Trouble = await troubled(["everyone", "favorites"])
    account, simulator = trouble.account, trouble.account.simulator
    await trouble.withdraw("ReadContacts", "Contacts")
    step = await trouble.dialog.open("filters_not_permitted_ReadContacts")
    simulator.permissions.add("ReadContacts")
    step = await trouble.dialog.choose(step, "try_again")

    assert step["type"] == "create_entry"
    assert issues(account.hass) == {}
    assert connected(simulator) == []
    assert request_statuses(simulator, TOKEN) == []
    assert account.shows(None, "interruptions") == "0"


async def test_refusal_that_stays_affects_no_other_extension(trouble: Trouble) -> None:
    """Neither the others' push, nor a second of what is seen."""
    account = trouble.account
    await trouble.refuse(trouble.filter_of("102"))
    before = unseen(account)
    step = await trouble.dialog.open("extensions_not_pushed")
    with never_unavailable(account):
        step = await trouble.dialog.choose(step, "try_again")
    assert (step["step_id"], step["errors"]) == ("try_again", {"base": "still_refused"})
    assert shown(step, "code") == {"code": "SUB-403"}
    assert issues(account.hass).keys() == {"extensions_not_pushed"}
    assert link(account) == ("push", None)
    assert subscribed(account.simulator) == []
    await trouble.assert_pushed("103")
    await trouble.time.passes(5)
    assert unseen(account) == before


async def test_extension_that_is_granted_is_pushed_although_another_is_not(
    trouble: Trouble,
) -> None:
    """The form then names the other one only."""
    simulator = trouble.account.simulator
    await trouble.refuse(trouble.filter_of("102"), trouble.filter_of("103"))
    step = await trouble.dialog.open("extensions_not_pushed")
    names = (
        f"{simulator.extension('102').name} (102)",
        f"{simulator.extension('103').name} (103)",
    )
    assert shown(step, "extensions") == {"extensions": ", ".join(sorted(names))}

    simulator.clear_faults()
    simulator.fault(
        "refuse_filter", filter=trouble.filter_of("103"), status=403, seconds=_DAY
    )
    step = await trouble.dialog.choose(step, "try_again")

    assert step["errors"] == {"base": "still_refused"}
    assert shown(step, "extensions") == {"extensions": names[1]}
    await trouble.assert_pushed("102")


async def test_issue_is_fixed_although_there_is_another(
    troubled: GetIntoTrouble,
) -> None:
    """Each is a matter of its own."""
    trouble: Trouble = await troubled(["everyone", "favorites"])
    simulator = trouble.account.simulator
    await trouble.refuse("/favorite/presence", trouble.filter_of("102"))
    hass = trouble.account.hass
    assert issues(hass).keys() == {"extensions_not_pushed", "favorites_not_pushed"}
    step = await trouble.dialog.open("extensions_not_pushed")

    simulator.clear_faults()
    simulator.fault(
        "refuse_filter", filter="/favorite/presence", status=403, seconds=_DAY
    )
    step = await trouble.dialog.choose(step, "try_again")

    assert step["type"] == "create_entry"
    assert issues(hass).keys() == {"favorites_not_pushed"}
    await trouble.assert_pushed("102")


async def test_disabled_filter_that_is_granted_again_is_pushed(
    trouble: Trouble,
) -> None:
    """The platform had listed it without refusing the request."""
    simulator = trouble.account.simulator
    simulator.fault(
        "disable_filter",
        filter=trouble.filter_of("102"),
        reason="SUB-412",
        seconds=_DAY,
    )
    await trouble.set_up_again()
    step = await trouble.dialog.open("extensions_not_pushed")
    step = await trouble.dialog.choose(step, "try_again")
    assert step["errors"] == {"base": "still_refused"}

    simulator.clear_faults()
    step = await trouble.dialog.submit(step)
    assert step["type"] == "create_entry"
    await trouble.assert_pushed("102")


async def test_refusal_for_another_reason_shows_its_own_code(
    trouble: Trouble,
) -> None:
    """The WebSocket access token is refused, not only the subscription."""
    account, simulator = trouble.account, trouble.account.simulator
    await trouble.withdraw("SubscriptionWebSocket")
    step = await trouble.dialog.open("push_not_permitted")
    assert shown(step, "code") == {"code": "SUB-528"}
    simulator.permissions.discard("WebSocket")
    step = await trouble.dialog.submit(step)
    assert step["errors"] == {"base": "still_refused"}
    assert shown(step, "code") == {"code": "CMN-401"}
    assert issues(account.hass)["push_not_permitted"]["code"] == "CMN-401"


@pytest.mark.parametrize("others", [0, 1])
async def test_too_many_tries_show_how_long_to_wait(
    trouble: Trouble, others: int
) -> None:
    """And no request is sent: each one would start its penalty again.

    Nor if the rate limit allows one of two requests only.
    """
    account, simulator = trouble.account, trouble.account.simulator
    await trouble.withdraw("WebSocket")
    for _ in range(others):
        account.coordinator.limiter.record_request(RateGroup.AUTH)
    step = await trouble.dialog.open("push_not_permitted")
    while step["errors"] != {"base": "rate_limited"}:
        before = len(simulator.log)
        step = await trouble.dialog.submit(step)
    assert len(simulator.log) == before
    seconds = int(step["description_placeholders"]["seconds"])
    assert 30 <= seconds <= 61
    assert 429 not in request_statuses(simulator, TOKEN) + request_statuses(
        simulator, WSTOKEN
    )
    assert issues(account.hass).keys() == {"push_not_permitted"}

    simulator.permissions.add("WebSocket")
    await trouble.time.passes(seconds + 1)
    step = await trouble.dialog.submit(step)
    assert step["type"] == "create_entry"
    assert link(account) == ("push", None)


@pytest.mark.parametrize("path", [TOKEN, WSTOKEN])
async def test_platform_that_does_not_answer_changes_nothing(
    trouble: Trouble, path: str
) -> None:
    """The next try works."""
    account, simulator = trouble.account, trouble.account.simulator
    await trouble.refuse(trouble.filter_of("102"))
    step = await trouble.dialog.open("extensions_not_pushed")
    simulator.fault("error", path=path, status=500)
    step = await trouble.dialog.choose(step, "try_again")
    assert step["errors"] == {"base": "no_answer"}
    assert issues(account.hass).keys() == {"extensions_not_pushed"}
    assert link(account) == ("push", None)
    assert connected(simulator) == []

    simulator.clear_faults()
    step = await trouble.dialog.submit(step)
    assert step["type"] == "create_entry"


async def test_connection_that_fails_is_no_answer_and_does_not_end_the_dialog(
    trouble: Trouble,
) -> None:
    """Although the issue is gone while it is unknown what is permitted."""
    account, simulator = trouble.account, trouble.account.simulator
    await trouble.withdraw("SubscriptionWebSocket")
    step = await trouble.dialog.open("push_not_permitted")
    simulator.fault("refuse_upgrade", status=503)
    step = await trouble.dialog.submit(step)
    assert step["errors"] == {"base": "no_answer"}
    assert issues(account.hass) == {}

    step = await trouble.dialog.submit(step)
    assert step["errors"] == {"base": "still_refused"}
    assert issues(account.hass).keys() == {"push_not_permitted"}


async def test_connection_lost_during_a_question_is_no_answer(
    trouble: Trouble,
) -> None:
    """And is made again, as always."""
    account, simulator = trouble.account, trouble.account.simulator
    await trouble.refuse(trouble.filter_of("102"))
    step = await trouble.dialog.open("extensions_not_pushed")
    simulator.fault("no_reply", path=SUBSCRIPTION, method="PUT")
    trial = account.hass.async_create_task(trouble.dialog.choose(step, "try_again"))
    await trouble.time.passes_until(trial.done, within=12)
    step = trial.result()
    assert step["errors"] == {"base": "no_answer"}
    await trouble.time.passes_until(is_pushed(account), within=3)
    assert issues(account.hass).keys() == {"extensions_not_pushed"}


async def test_refused_credentials_have_the_user_sign_in_first(
    trouble: Trouble,
) -> None:
    """By Home Assistant's own dialog."""
    account, simulator = trouble.account, trouble.account.simulator
    await trouble.withdraw("WebSocket")
    step = await trouble.dialog.open("push_not_permitted")
    simulator.fault("token_refused", error="invalid_grant", count=5)
    step = await trouble.dialog.submit(step)
    assert (step["type"], step["reason"]) == ("abort", "sign_in_again")
    flows = account.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]
    assert issues(account.hass).keys() == {"push_not_permitted"}


async def test_push_that_was_just_lost_is_restored_at_once(trouble: Trouble) -> None:
    """By trying again because of something else."""
    account, simulator = trouble.account, trouble.account.simulator
    await trouble.refuse(trouble.filter_of("102"))
    step = await trouble.dialog.open("extensions_not_pushed")
    simulator.fault("refuse_upgrade", status=503)
    await lose_push(account)
    await trouble.time.passes(1.5)
    simulator.clear_faults()
    step = await trouble.dialog.choose(step, "try_again")
    assert step["type"] == "create_entry"
    assert link(account) == ("push", None)


# --------------------------------------------------------------------------------------
# Handing over


async def test_options_open_and_decide_whether_the_issue_is_removed(
    trouble: Trouble,
) -> None:
    """The dialog itself is over, the issue is not."""
    account = trouble.account
    await trouble.refuse(trouble.filter_of("102"))
    step = await trouble.dialog.open("extensions_not_pushed")
    step = await trouble.dialog.choose(step, "options")
    assert (step["type"], step["reason"]) == ("abort", "continued_in_options")
    assert issues(account.hass).keys() == {"extensions_not_pushed"}
    kind, flow_id = step["next_flow"]
    assert kind == "options_flow"
    assert step["result"]["entry_id"] == account.entry.entry_id

    await account.hass.config_entries.options.async_configure(
        flow_id,
        {
            "groups": [],
            "extensions": [account.simulator.extension("103").id],
            "privacy": "full",
        },
    )
    assert issues(account.hass) == {}


@pytest.mark.parametrize(
    ("group", "event_filter"),
    [("lines", "/presence/line/presence"), ("favorites", "/favorite/presence")],
)
async def test_issue_of_a_group_is_removed_with_the_group_and_returns_with_it(
    troubled: GetIntoTrouble, group: str, event_filter: str
) -> None:
    """Also if the selection changes without a connection."""
    trouble: Trouble = await troubled([group, "everyone"])
    account, simulator = trouble.account, trouble.account.simulator
    await trouble.refuse(event_filter)
    assert issues(account.hass).keys() == {f"{group}_not_pushed"}
    simulator.fault("refuse_upgrade", status=503, seconds=300)
    await lose_push(account)
    form = await start_options(account.hass, account.entry.entry_id)
    await submit_options(account.hass, form, EVERYONE)
    await trouble.time.passes(200)
    assert link(account)[0] != "push"
    assert issues(account.hass) == {}

    form = await start_options(account.hass, account.entry.entry_id)
    both = EVERYONE | {"groups": [group, "everyone"]}
    await submit_options(account.hass, form, both)
    await trouble.time.passes_until(is_pushed(account), within=400)
    await trouble.time.settle()
    assert issues(account.hass).keys() == {f"{group}_not_pushed"}


async def test_omitted_extensions_lead_to_the_options(trouble: Trouble) -> None:
    """With how many there are, and what else helps."""
    account = trouble.account
    IssueManager(account.hass, account.entry.entry_id).update_allocation(
        EntityAllocation(frozenset({"1", "2"}), omitted=3)
    )
    step = await trouble.dialog.open("extensions_left_out")
    assert (step["type"], step["step_id"]) == ("form", "options")
    assert shown(step, "left_out", "shown") == {"left_out": "3", "shown": "2"}
    step = await trouble.dialog.submit(step)
    assert (step["type"], step["reason"]) == ("abort", "continued_in_options")
    assert step["next_flow"][0] == "options_flow"


# --------------------------------------------------------------------------------------
# Whose cause or whose account is gone


async def test_dialog_of_a_fixed_issue_shows_that(trouble: Trouble) -> None:
    """With any step."""
    account = trouble.account
    await trouble.withdraw("WebSocket")
    step = await trouble.dialog.open("push_not_permitted")
    account.simulator.permissions.add("WebSocket")
    await trouble.time.passes_until(is_pushed(account), within=125)
    account.simulator.log.clear()
    step = await trouble.dialog.submit(step)
    assert (step["type"], step["reason"]) == ("abort", "solved")
    assert list(account.simulator.log) == []


async def test_issue_fixed_in_another_dialog_is_solved(trouble: Trouble) -> None:
    """The platform is not requested again."""
    account = trouble.account
    await trouble.refuse(trouble.filter_of("102"))
    step = await trouble.dialog.open("extensions_not_pushed")
    form = await trouble.dialog.choose(step, "try_again")
    assert form["errors"] == {"base": "still_refused"}
    account.simulator.clear_faults()
    other = await trouble.dialog.open("extensions_not_pushed")
    other = await trouble.dialog.choose(other, "try_again")
    assert other["type"] == "create_entry"
    account.simulator.log.clear()
    form = await trouble.dialog.submit(form)
    assert (form["type"], form["reason"]) == ("abort", "solved")
    assert list(account.simulator.log) == []


@pytest.mark.parametrize(
    ("is_removed", "reason"), [(False, "not_loaded"), (True, "account_removed")]
)
@pytest.mark.parametrize("next_step", ["try_again", "options"])
async def test_removed_account_ends_the_dialog(
    troubled: GetIntoTrouble, next_step: str, is_removed: bool, reason: str
) -> None:
    """Which was open already."""
    trouble: Trouble = await troubled([], ["102", "103"])
    account = trouble.account
    await trouble.refuse(trouble.filter_of("102"))
    step = await trouble.dialog.open("extensions_not_pushed")
    entries = account.hass.config_entries
    if is_removed:
        await entries.async_remove(account.entry.entry_id)
    else:
        await entries.async_unload(account.entry.entry_id)
    step = await trouble.dialog.choose(step, next_step)
    assert (step["type"], step["reason"]) == ("abort", reason)


async def test_dialog_of_an_account_that_is_not_loaded_shows_the_reason(
    trouble: Trouble,
) -> None:
    """The issue is there until the account is gone for good."""
    account = trouble.account
    await account.hass.config_entries.async_unload(account.entry.entry_id)
    IssueManager(account.hass, account.entry.entry_id).update_allocation(
        EntityAllocation(omitted=1)
    )
    step = await trouble.dialog.open("extensions_left_out")
    assert (step["type"], step["reason"]) == ("abort", "not_loaded")


async def test_account_that_is_unloaded_while_trying_ends_the_dialog(
    trouble: Trouble,
) -> None:
    """And the try with it."""
    account = trouble.account
    await trouble.withdraw("WebSocket")
    step = await trouble.dialog.open("push_not_permitted")
    account.simulator.fault("no_answer", path=WSTOKEN)
    trial = account.hass.async_create_task(trouble.dialog.submit(step))
    await until(lambda: len(request_statuses(account.simulator, TOKEN)) == 1)
    await trouble.time.settle()
    await account.hass.config_entries.async_unload(account.entry.entry_id)
    step = await trial
    assert (step["type"], step["reason"]) == ("abort", "not_loaded")


async def test_attempt_continues_when_the_dialog_is_closed(trouble: Trouble) -> None:
    """The browser has gone; nothing is left half done."""
    account, simulator = trouble.account, trouble.account.simulator
    await trouble.withdraw("WebSocket")
    step = await trouble.dialog.open("push_not_permitted")
    simulator.permissions.add("WebSocket")
    simulator.fault("slow", path=WSTOKEN, delay=2)
    trial = account.hass.async_create_task(trouble.dialog.submit(step))
    await until(lambda: len(request_statuses(simulator, TOKEN)) == 1)
    await trouble.time.settle()
    trial.cancel()
    await trouble.time.passes_until(is_pushed(account), within=5)
    assert issues(account.hass) == {}

"""Control of calls at the board."""

from collections.abc import AsyncIterator
from typing import Any, Final

from aiohttp import ClientSession
from playwright.async_api import expect
import pytest
import pytest_asyncio
import pytest_socket
from yarl import URL

from demo.phones import DOMAIN
from demo.user import User
from simulator import Simulator
from simulator.company.parties import Party

from .axe import axe_path, violations
from .board import CARD_TYPE, Board, Home, dashboard, platform_of
from .board_user import BoardUser, InputDevice
from .conftest import NewPage, OpenBoard

pytestmark = pytest.mark.asyncio(loop_scope="session")

_CALLER: Final = "+16505550123"
_NAME: Final = "Marla Tidewell"
_SESSIONS: Final = "/restapi/v1.0/account/~/telephony/sessions/"


async def _switch(home: Home, *, is_on: bool) -> None:
    """Switch the option by its form; this runs before the fixtures of the first test."""
    pytest_socket.enable_socket()
    async with User.signed_in(home.link) as user:
        [entry] = await user.config_entries(DOMAIN)
        forms = platform_of(home.simulator).options("full")
        forms["init"]["call_control"] = is_on
        await user.change_options(entry.entry_id, forms)


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def controlled(home: Home) -> AsyncIterator[None]:
    """Switch the option on for all tests."""
    await _switch(home, is_on=True)
    yield
    await _switch(home, is_on=False)


def _ring(simulator: Simulator, to: str = "101", number: str = _CALLER) -> Party:
    party: Party = simulator.ring(to=to, from_=number, from_name=_NAME)
    return party


def _connect(simulator: Simulator, to: str = "101", number: str = _CALLER) -> Party:
    party = _ring(simulator, to, number)
    simulator.answer(party.telephony_session_id)
    return party


def _changes(simulator: Simulator) -> list[str]:
    """Return the changes of sessions that were requested: method and operation."""
    return [
        f"{record.method} {record.path.rpartition('/')[2]}"
        for record in simulator.log
        if record.path.startswith(_SESSIONS) and record.method != "GET"
    ]


async def _shows(board: Board, number: str, state: str) -> None:
    await expect(board.row(number)).to_have_attribute("data-state", state)


# Everything, with each input device


@pytest.mark.parametrize("device", ["mouse", "keyboard", "touch"])
async def test_user_dials_and_controls_calls(
    open_board: OpenBoard, simulator: Simulator, device: InputDevice
) -> None:
    """Each time the row shows what the platform has done."""
    board = await open_board(has_touch=device == "touch")
    user = BoardUser(board, device)

    await user.press("105", "dial")
    await user.confirm("105")
    await _shows(board, "101", "dialing")
    ring_out = list(simulator.ring_outs.by_id)[-1]
    simulator.move_ring_out(ring_out, "answer_own")
    await _shows(board, "105", "ringing")
    simulator.move_ring_out(ring_out, "answer")
    await _shows(board, "101", "call_connected")
    for action, state in (
        ("hold", "on_hold"),
        ("resume", "call_connected"),
        ("hang_up", "available"),
    ):
        await user.press("101", action)
        await _shows(board, "101", state)

    await _shows(board, "105", "available")
    party = _ring(simulator)
    for action, state in (
        ("answer", "call_connected"),
        ("hold", "on_hold"),
        ("resume", "call_connected"),
        ("park", "parked_call"),
        ("pick_up", "call_connected"),
    ):
        await user.press("101", action)
        await _shows(board, "101", state)

    await user.press("101", "transfer")
    other = simulator.extension("104")
    await user.type("101", other.name[:6])
    await user.choose("101", other.id)
    await _shows(board, "101", "available")
    await _shows(board, "104", "ringing")
    simulator.end(party.telephony_session_id)

    _ring(simulator)
    await user.press("101", "reject")
    await _shows(board, "101", "available")
    party = _ring(simulator)
    await user.press("101", "forward")
    await user.type("101", "106")
    await user.confirm("101")
    await _shows(board, "106", "ringing")
    simulator.end(party.telephony_session_id)

    _ring(simulator)
    await user.press("101", "reply")
    await user.type("101", "In a minute")
    await user.confirm("101")
    await _shows(board, "101", "available")


async def test_two_own_calls_are_connected(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    board = await open_board()
    first = _connect(simulator)
    simulator.hold(first.telephony_session_id)
    _connect(simulator, number="+16505550188")
    await expect(board.item("101").locator(".controls")).to_have_count(2)
    await board.control("101", "connect").click()
    await _shows(board, "101", "available")
    assert _changes(simulator)[-1] == "POST bridge"


async def test_call_to_voicemail_and_dialed_call_that_is_hung_up(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    board = await open_board()
    party = _ring(simulator)
    await board.control("101", "forward").click()
    await board.item("101").locator("[data-action=voicemail]").click()
    await _shows(board, "101", "available")
    call = simulator.session(party.telephony_session_id)
    assert "VoiceMail" in [one.code for one in call.living]

    await board.control("105", "dial").click()
    await board.item("105").locator("[data-action=confirm]").click()
    await board.control("101", "hang_up").click()
    await _shows(board, "101", "available")
    await _shows(board, "105", "available")


# Truth

_RECORD_STATES: Final = """
(row) => {
  window.shown = [];
  const begin = performance.now();
  new MutationObserver(() =>
    window.shown.push([row.dataset.state, performance.now() - begin]),
  ).observe(row, { attributeFilter: ["data-state"] });
}
"""


async def test_row_changes_with_the_event_not_with_the_press(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    """The platform sends it five seconds after its answer."""
    board = await open_board()
    _connect(simulator)
    await _shows(board, "101", "call_connected")
    simulator.switches.event_order = "late"
    try:
        row, hold = board.row("101"), board.control("101", "hold")
        await row.evaluate(_RECORD_STATES)
        await hold.click()
        await expect(hold).to_have_attribute("aria-busy", "true")
        park = board.control("101", "park")
        await expect(park).to_have_attribute("aria-disabled", "true")
        await expect(board.calls("101")).to_contain_text("On a call")
        await _shows(board, "101", "on_hold")
        [[state, waited]] = await board.page.evaluate("window.shown")
        assert state == "on_hold"
        assert waited > 4500
        await expect(board.control("101", "resume")).to_have_attribute(
            "aria-disabled", "false"
        )
    finally:
        simulator.switches.event_order = "answer_first"


async def test_two_fast_clicks_are_one_request(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    board = await open_board()
    _connect(simulator)
    hold = board.control("101", "hold")
    simulator.log.clear()
    await hold.evaluate("button => { button.click(); button.click(); }")
    await _shows(board, "101", "on_hold")
    await board.control("101", "resume").dblclick()
    await _shows(board, "101", "call_connected")
    assert _changes(simulator) == ["POST hold", "POST unhold"]

    before = len(simulator.ring_outs.by_id)
    await board.control("105", "dial").click()
    confirm = board.item("105").locator("[data-action=confirm]")
    await confirm.evaluate("button => { button.click(); button.click(); }")
    await expect(board.calls("101")).to_have_count(2)
    assert len(simulator.ring_outs.by_id) == before + 1


async def test_refusal_is_said_in_german_and_the_buttons_go(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    """Those of calls of others, which RingCentral does not let this user control."""
    board = await open_board(language="de")
    _connect(simulator, "102")
    await board.control("102", "hold").click()
    alert = board.item("102").get_by_role("alert")
    await expect(alert).to_contain_text(
        "RingCentral lässt deinen Benutzer die Anrufe anderer nicht steuern"
    )
    await expect(alert).to_contain_text("TAS-106")
    await expect(board.item("102").locator(".control")).to_have_count(0)
    await _shows(board, "102", "call_connected")

    _connect(simulator)
    simulator.fault("maintenance", path=_SESSIONS, count=1)
    await board.control("101", "hold").click()
    await expect(board.item("101").get_by_role("alert")).to_have_count(1)
    await _shows(board, "101", "call_connected")


async def test_lost_answer_stays_until_it_is_dismissed(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    board = await open_board(language="de")
    _connect(simulator)
    simulator.fault("reset", method="POST", count=1)
    await board.control("101", "park").click()
    alert = board.item("101").get_by_role("alert")
    await expect(alert).to_contain_text("nicht bekannt, ob")
    await alert.get_by_role("button").click()
    await expect(alert).to_have_count(0)


async def test_focus_of_a_button_that_vanishes_goes_to_the_row(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    board = await open_board()
    party = _connect(simulator)
    await board.control("101", "park").focus()
    simulator.end(party.telephony_session_id)
    await expect(board.row("101")).to_be_focused()

    _connect(simulator)
    await board.control("101", "hang_up").focus()
    await board.page.keyboard.press("Enter")
    await _shows(board, "101", "available")
    await expect(board.row("101")).to_be_focused()


async def test_axe_finds_nothing_serious_at_the_buttons(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    axe = axe_path()
    board = await open_board()
    await board.page.add_script_tag(path=axe)
    first = _connect(simulator)
    simulator.hold(first.telephony_session_id)
    _ring(simulator, number="+16505550188")
    _connect(simulator, "103")
    await board.control("101", "forward").click()
    await board.page.keyboard.type("10")
    await board.control("105", "dial").click()
    await expect(board.card.locator(".panel")).to_have_count(2)
    assert await violations(board) == []


# Who has buttons


async def test_nothing_is_loaded_until_the_option_is_switched_on(
    home: Home, open_board: OpenBoard, simulator: Simulator
) -> None:
    """And the buttons come and go with it, without a reload."""
    await _switch(home, is_on=False)
    requested: list[str] = []
    try:
        board = await open_board()
        board.page.on("request", lambda request: requested.append(request.url))
        await board.page.reload()
        _connect(simulator)
        await _shows(board, "101", "call_connected")
        await expect(board.card.locator(".control")).to_have_count(0)
        assert any(url.endswith("/switchboard.js") for url in requested)
        assert not [url for url in requested if url.endswith("/controls.js")]
    finally:
        await _switch(home, is_on=True)
    await expect(board.control("101", "hold")).to_have_count(1)
    assert [url for url in requested if url.endswith("/controls.js")]
    await _switch(home, is_on=False)
    await expect(board.card.locator(".control")).to_have_count(0)
    await _switch(home, is_on=True)


async def test_user_who_may_only_read_has_no_buttons(
    home: Home,
    user: User,
    new_page: NewPage,
    open_board: OpenBoard,
    simulator: Simulator,
) -> None:
    await open_board(dashboard({"type": CARD_TYPE}))
    page = await new_page(is_cold=True)
    tokens = await _sign_in_reader(user, home)
    await page.goto(f"{URL(home.link).origin()}/auth/authorize")
    await page.evaluate(
        "tokens => { localStorage.hassTokens = JSON.stringify(tokens) }", tokens
    )
    _connect(simulator)
    await page.goto(f"{URL(home.link).origin()}/board-test")
    board = Board(page)
    await _shows(board, "101", "call_connected")
    await expect(board.card.locator(".control")).to_have_count(0)


async def _sign_in_reader(user: User, home: Home) -> dict[str, Any]:
    """Add a user who may read everything; return the tokens of a page."""
    origin = URL(home.link).origin()
    created = await user.command(
        "config/auth/create", name="Reader", group_ids=["system-read-only"]
    )
    account = {"username": "reader", "password": "reader"}
    await user.command(
        "config/auth_provider/homeassistant/create",
        user_id=created["user"]["id"],
        **account,
    )
    client = {"client_id": f"{origin}/"}
    async with ClientSession(origin) as session:
        flow = client | {
            "handler": ["homeassistant", None],
            "redirect_uri": f"{origin}/",
        }
        async with session.post("/auth/login_flow", json=flow) as answer:
            flow_id = (await answer.json())["flow_id"]
        form = client | account
        async with session.post(f"/auth/login_flow/{flow_id}", json=form) as answer:
            code = (await answer.json())["result"]
        grant = client | {"grant_type": "authorization_code", "code": code}
        async with session.post("/auth/token", data=grant) as answer:
            tokens: dict[str, Any] = await answer.json()
    return tokens | {
        "hassUrl": str(origin),
        "clientId": client["client_id"],
        "expires": 10**13,
    }

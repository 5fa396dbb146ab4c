"""The board during outages: nothing that it shows is false."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
import re

from playwright.async_api import expect
import pytest

from demo.user import User
from simulator import Simulator

from .board import Board, changed_states
from .conftest import OpenBoard
from .connection import Connection

pytestmark = pytest.mark.asyncio(loop_scope="session")


def _since(*times: datetime) -> re.Pattern[str]:
    """Match a text that contains one of these times, as it is written in English."""
    local = [time.astimezone() for time in times]
    written = (f"{t:%b} {t.day}, {t.year}, {t:%-I}:{t:%M}" for t in local)
    return re.compile("since (" + "|".join(written) + r")\s[AP]M")


async def _is_colored(board: Board, number: str) -> bool:
    disc = board.row(number).locator(".disc")
    color = await disc.evaluate("disc => getComputedStyle(disc).backgroundColor")
    return str(color) != "rgba(0, 0, 0, 0)"


async def test_page_without_home_assistant_for_ten_minutes_shows_the_last_state(
    open_board: OpenBoard, simulator: Simulator, page_errors: list[str]
) -> None:
    connection = Connection()
    board = await open_board(has_own_clock=True, connection=connection)
    call = simulator.ring(to="103", from_="+16505550123", from_name="Marla Tidewell")
    await expect(board.calls("103")).to_contain_text("Ringing")
    assert await _is_colored(board, "103")

    lost_at = datetime.now(UTC)
    await connection.lose()
    await expect(board.outages).to_contain_text("No connection to Home Assistant")
    await expect(board.outages).to_contain_text(_since(lost_at, datetime.now(UTC)))
    await expect(board.row("103")).to_have_attribute("data-state", "")
    assert not await _is_colored(board, "103")
    await expect(board.chip("Ringing")).to_contain_text("–")
    shown = await board.rows.all_inner_texts()
    await board.page.clock.fast_forward("10:00")
    await expect(board.outages).to_contain_text(_since(lost_at, datetime.now(UTC)))
    assert await board.rows.all_inner_texts() == shown

    simulator.end(call.telephony_session_id)
    simulator.ring(to="104", from_="+16505550124", from_name="Otto Harbinger")
    connection.restore()
    await board.page.clock.fast_forward("00:10")
    await expect(board.outages).to_have_count(0)
    await expect(board.calls("103")).to_have_count(0)
    await expect(board.calls("104")).to_contain_text(
        re.compile(r"Otto Harbinger\s+Ringing\s+0:\d\d")
    )
    assert await _is_colored(board, "104")
    # The browser reports the requests that failed.
    page_errors.clear()


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(hours=-1)])
async def test_browser_whose_clock_is_an_hour_off_shows_the_right_times(
    open_board: OpenBoard, simulator: Simulator, ahead: timedelta
) -> None:
    board = await open_board(has_own_clock=True, clock_ahead=ahead)
    simulator.ring(to="103", from_="+16505550123", from_name="Marla Tidewell")
    time = board.calls("103").locator("time")
    await expect(time).to_have_text(re.compile(r"^0:\d\d$"))
    await board.page.clock.fast_forward("02:00")
    await expect(time).to_have_text(re.compile(r"^2:\d\d$"))


# The last of all: after a gap, times of calls are unknown until a poll.
async def test_account_without_updates_says_since_when_and_why(
    open_board: OpenBoard, simulator: Simulator, user: User
) -> None:
    board = await open_board()
    simulator.answer(
        simulator.ring(
            to="103", from_="+16505550123", from_name="Marla Tidewell"
        ).telephony_session_id
    )
    await expect(board.calls("103")).to_contain_text("On a call")

    lost_at = datetime.now(UTC)
    simulator.fault("maintenance", seconds=600)
    simulator.fault("refuse_upgrade", seconds=600, status=503)
    simulator.drop_connections()
    await _until(user, "_link", lambda state: state != "push")
    # Read at once what would be read after a minute.
    await _poll(user)
    await expect(board.outages).to_contain_text(_since(lost_at, datetime.now(UTC)))
    await expect(board.outages).to_contain_text(
        re.compile(r"Connection closed\.|RingCentral is down for maintenance\.")
    )
    await expect(board.row("103")).to_have_attribute("data-state", "")
    await expect(board.calls("103")).to_contain_text(
        re.compile(r"Marla Tidewell\s+On a call\s+0:\d\d")
    )
    assert not await _is_colored(board, "103")

    simulator.clear_faults()
    await expect(board.outages).to_have_count(0, timeout=60_000)
    await expect(board.row("103")).to_have_attribute("data-state", "call_connected")
    assert await _is_colored(board, "103")


async def _poll(user: User) -> None:
    await user.command(
        "call_service",
        domain="homeassistant",
        service="update_entity",
        service_data={"entity_id": await _entity_id(user, "_103_telephony_status")},
    )


async def _entity_id(user: User, ending: str) -> str:
    return next(
        str(state["entity_id"])
        for state in await user.command("get_states")
        if state["entity_id"].endswith(ending)
    )


async def _until(user: User, ending: str, condition: Callable[[str], bool]) -> None:
    """Wait until the state of an entity fulfills a condition."""
    entity_id = await _entity_id(user, ending)
    async for states in changed_states(user, entity_ids=[entity_id]):
        if any(condition(state) for state in states.values()):
            return

"""The board for people who see little, or nothing at all."""

from playwright.async_api import expect
import pytest

from simulator import Simulator

from .axe import axe_path, violations
from .conftest import OpenBoard
from .connection import Connection

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_axe_finds_nothing_serious(
    open_board: OpenBoard, simulator: Simulator, page_errors: list[str]
) -> None:
    axe = axe_path()
    connection = Connection()
    board = await open_board(has_own_clock=True, connection=connection)
    await board.page.add_script_tag(path=axe)
    assert await violations(board) == []

    ring = simulator.ring
    for number, moves in {
        "101": (),
        "103": (simulator.answer,),
        "104": (simulator.answer, simulator.hold),
        "105": (simulator.answer, simulator.park),
    }.items():
        call = ring(to=number, from_="+16505550123", from_name="Marla Tidewell")
        for move in moves:
            move(call.telephony_session_id)
    ring(to="+16505550143", from_="102", direction="Outbound")
    simulator.change_extension("106", dndStatus="DoNotAcceptAnyCalls")
    simulator.change_extension("107", meetingStatus="Connected")
    simulator.change_extension("108", userStatus="Offline")
    await expect(board.row("108")).to_have_attribute("data-state", "offline")
    assert await violations(board) == []

    await board.chip("On hold").click()
    await expect(board.rows).to_have_count(1)
    assert await violations(board) == []
    await board.chip("On hold").click()

    await connection.lose()
    await expect(board.outages).to_have_count(1)
    assert await violations(board) == []
    # The browser reports the requests that failed.
    page_errors.clear()


async def test_row_is_a_button_named_by_a_sentence(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    board = await open_board(has_own_clock=True)
    call = simulator.ring(to="103", from_="+16505550123", from_name="Marla Tidewell")
    simulator.answer(call.telephony_session_id)
    await expect(board.calls("103")).to_contain_text("On a call")
    await board.page.clock.fast_forward("03:00")

    name = f"{simulator.extension('103').name}, 103. "
    sentence = "On a call with Marla Tidewell for 3 minutes. Busy"
    row = board.card.get_by_role("button", name=name + sentence, exact=True)
    await expect(row).to_have_count(1)


async def test_only_what_begins_to_ring_is_announced(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    board = await open_board()
    spoken = board.card.locator("[aria-live]")
    await expect(spoken).to_have_text("")

    call = simulator.ring(to="103", from_="+16505550123", from_name="Marla Tidewell")
    name = simulator.extension("103").name
    first = f"{name}: Ringing: call from Marla Tidewell"
    await expect(spoken).to_have_text(first)
    simulator.answer(call.telephony_session_id)
    simulator.ring(to="+16505550143", from_="102", direction="Outbound")
    await expect(board.calls("102")).to_contain_text("Dialing")
    await expect(spoken).to_have_text(first)
    simulator.ring(to="104", from_="+16505550124", from_name="Otto Harbinger")
    name = simulator.extension("104").name
    await expect(spoken).to_have_text(f"{name}: Ringing: call from Otto Harbinger")


async def test_nothing_moves_for_those_who_want_less_motion(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    board = await open_board()
    await board.page.emulate_media(reduced_motion="no-preference")
    simulator.ring(to="103", from_="+16505550123")
    await expect(board.row("103")).to_have_attribute("data-state", "ringing")
    moving = "card => card.shadowRoot.getAnimations().length"
    assert await board.card.evaluate(moving) == 1
    await board.page.emulate_media(reduced_motion="reduce")
    assert await board.card.evaluate(moving) == 0

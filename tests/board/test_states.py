"""What the board shows of calls and presence."""

import re

from playwright.async_api import Locator, expect
import pytest

from demo.user import User
from simulator import Simulator

from .board import CARD_TYPE, Board, added_account, dashboard, platform_of
from .conftest import OpenBoard

pytestmark = pytest.mark.asyncio(loop_scope="session")


def _ring(
    simulator: Simulator, to: str, name: str, *, number: str = "+16505550123"
) -> str:
    """Ring a phone; return the id of the call."""
    return simulator.ring(to=to, from_=number, from_name=name).telephony_session_id


async def _look(board: Board, number: str) -> tuple[str, str]:
    """Return color and icon of a person's disc."""
    disc = board.row(number).locator(".disc")
    color = await disc.evaluate("disc => getComputedStyle(disc).backgroundColor")
    icon = await disc.locator("path").get_attribute("d")
    return str(color), str(icon)


async def _shows(row: Locator, state: str, words: str) -> None:
    await expect(row.locator(".call")).to_contain_text(words, ignore_case=True)
    await expect(row).to_have_attribute("data-state", state)


async def test_two_calls_are_two_lines_the_ringing_one_first(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    board = await open_board()
    first = _ring(simulator, "103", "Otto Harbinger")
    simulator.answer(first)
    simulator.hold(first)
    _ring(simulator, "103", "Marla Tidewell")

    calls = board.calls("103")
    await expect(calls).to_have_count(2)
    await expect(calls.nth(0)).to_contain_text(
        re.compile(r"Marla Tidewell\s+Ringing\s+0:\d\d")
    )
    await expect(calls.nth(1)).to_contain_text(
        re.compile(r"Otto Harbinger\s+.*on hold\s+0:\d\d", re.IGNORECASE)
    )
    await expect(board.row("103")).to_have_attribute("data-state", "ringing")


async def test_dialing_and_ringing_differ_in_word_icon_and_color(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    board = await open_board()
    simulator.ring(
        to="+16505550143", from_="102", to_name="Cooper Lumen", direction="Outbound"
    )
    _ring(simulator, "103", "Marla Tidewell")

    await expect(board.calls("102")).to_contain_text(
        re.compile(r"Cooper Lumen\s+Dialing")
    )
    await expect(board.calls("103")).to_contain_text(
        re.compile(r"Marla Tidewell\s+Ringing")
    )
    dialing, ringing = await _look(board, "102"), await _look(board, "103")
    assert dialing[0] != ringing[0]
    assert dialing[1] != ringing[1]


async def test_call_that_is_held_resumed_and_parked_says_so_until_it_ends(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    board = await open_board()
    row = board.row("103")
    looks = set()
    call = _ring(simulator, "103", "Marla Tidewell")
    await _shows(row, "ringing", "Ringing")
    looks.add(await _look(board, "103"))
    simulator.answer(call)
    await _shows(row, "call_connected", "On a call")
    looks.add(await _look(board, "103"))
    simulator.hold(call)
    await _shows(row, "on_hold", "on hold")
    looks.add(await _look(board, "103"))
    simulator.unhold(call)
    await _shows(row, "call_connected", "On a call")
    simulator.park(call)
    await _shows(row, "parked_call", "parked")
    looks.add(await _look(board, "103"))
    simulator.end(call)
    await expect(row.locator(".call")).to_have_count(0)
    await expect(row).to_have_attribute("data-state", "available")

    assert len({color for color, _ in looks}) == len({icon for _, icon in looks}) == 4


async def test_time_of_a_call_runs_without_an_event(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    board = await open_board(has_own_clock=True)
    _ring(simulator, "103", "Marla Tidewell")
    time = board.calls("103").locator("time")
    await expect(time).to_have_text(re.compile(r"^0:\d\d$"))

    await board.page.clock.fast_forward("01:02:00")

    await expect(time).to_have_text(re.compile(r"^1:02:\d\d$"))


async def test_call_of_a_queue_on_behalf_of_a_colleague_says_both(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    board = await open_board()
    owner = simulator.extension("104")
    simulator.ring(
        to="103",
        from_="+16505550123",
        from_name="Marla Tidewell",
        queue_call=True,
        on_behalf_of=owner.id,
    )

    details = board.row("103").locator(".detail")
    await expect(details).to_have_text(["Queue call", f"On behalf of {owner.name}"])


async def test_do_not_disturb_meeting_and_message_are_seen_without_a_click(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    board = await open_board()
    simulator.change_extension("102", dndStatus="DoNotAcceptAnyCalls")
    simulator.change_extension("103", meetingStatus="Connected")
    simulator.change_extension("104", dndStatus="TakeDepartmentCallsOnly")
    # No event of the platform contains a message that was changed.
    extension_id = simulator.extension("105").id
    simulator.notify(
        {"extensionId": extension_id, "message": "Back on Monday", "sequence": 10**6},
        f"/restapi/v1.0/account/~/extension/{extension_id}/presence",
    )

    def shown(number: str) -> Locator:
        return board.row(number).locator(".presence, .note")

    await expect(shown("102").first).to_have_text("Do not disturb")
    await expect(shown("103").first).to_contain_text("meeting", ignore_case=True)
    await expect(shown("104").last).to_contain_text("Only queue calls ring")
    await expect(shown("105").last).to_contain_text("Back on Monday")
    for number in ("102", "103", "104", "105"):
        for text in await shown(number).all():
            await expect(text).to_be_in_viewport(ratio=1)


async def test_chips_count_and_filter_until_everybody_is_shown_again(
    open_board: OpenBoard, simulator: Simulator
) -> None:
    board = await open_board()
    simulator.answer(_ring(simulator, "104", "Otto Harbinger"))
    _ring(simulator, "103", "Marla Tidewell")
    await expect(board.chip("Ringing")).to_contain_text("1")
    await expect(board.chip("On the phone")).to_contain_text("1")
    await expect(board.chip("On hold")).to_contain_text("0")
    await expect(board.chip("Free")).to_contain_text("10")

    await board.chip("Ringing").click()
    await expect(board.rows).to_have_count(1)
    await expect(board.row("103")).to_be_visible()
    await board.chip("Ringing").click()
    await expect(board.rows).to_have_count(12)
    await board.chip("On hold").click()
    await expect(board.card.locator(".empty")).to_contain_text("No extension matches.")
    await board.card.get_by_role("button", name="Show all").click()
    await expect(board.rows).to_have_count(12)


async def test_other_party_is_masked_by_the_privacy_level(
    open_board: OpenBoard, simulator: Simulator, user: User
) -> None:
    forms = platform_of(simulator, "102").forms("masked")
    async with added_account(user, forms) as masked:
        board = await open_board(dashboard({"type": CARD_TYPE, "accounts": [masked]}))
        _ring(simulator, "103", "Marla Tidewell")
        await expect(board.calls("103")).to_contain_text("Ringing")
        row = await board.row("103").inner_text()
    assert "Marla" not in row
    assert "50123" not in row

"""Bad input: nothing but what was typed is requested, and each error has a text."""

from typing import Any

import pytest

from ..common import Account
from ..reliability.common import MOVED_TIME
from .common import (
    OTHER,
    SESSIONS,
    changes,
    connected,
    control_of,
    dial,
    press,
    requests,
    ringing,
)

pytestmark = MOVED_TIME

OWN_MOBILE = "+15105550101"
EMERGENCY = [
    "911",
    "9-911",
    "9 9 1 1",
    "(911)",
    "+1 911",
    "+911",
    "tel:112",
    "tel://911",
    "0112",
    "0049112",
    "٩١١",
    "११२",
    "１１２",
    "①①②",
    "112\u200e",
]


@pytest.mark.parametrize("field", ["number", "from", "forward", "transfer"])
async def test_emergency_number_is_refused_wherever_it_is_typed(
    controlled: Account, field: str
) -> None:
    if field in ("forward", "transfer"):
        await (ringing if field == "forward" else connected)(controlled)
    for number in EMERGENCY:
        match field:
            case "number":
                result = await dial(controlled, number)
            case "from":
                result = await dial(controlled, "+16505550188", **{"from": number})
            case _:
                result = await press(controlled, f"{field}_call", number=number)
        assert (number, result) == (number, "number_emergency")
    assert not controlled.simulator.ring_outs.by_id
    assert not requests(controlled)


async def test_number_that_is_no_text_is_an_error_with_a_text(
    controlled: Account,
) -> None:
    """A template may give anything."""
    await ringing(controlled)
    numbers: list[Any] = [None, [], ["+16505550177"], {}, 5, 5.5, True]
    for number in numbers:
        key = "number_not_text" if number else "number_missing"
        fields = {"number": number}
        assert await dial(controlled, **fields) == key
        assert await press(controlled, "forward_call", **fields) == key
        if number is not None:
            origin = {"from": number}
            assert await dial(controlled, OTHER, **origin) == "number_not_text"
    assert not controlled.simulator.ring_outs.by_id
    assert not requests(controlled)


@pytest.mark.parametrize("number", ["tel:16505550188.0", "16505550188.0"])
async def test_decimal_number_of_a_template_is_refused(
    controlled: Account, number: str
) -> None:
    """With its last zero, it would be another number."""
    assert await dial(controlled, number) == "number_characters"
    assert not controlled.simulator.ring_outs.by_id


@pytest.mark.parametrize("action", ["hold_call", "hang_up", "transfer_call"])
async def test_empty_id_of_a_call_is_none_of_the_calls(
    controlled: Account, action: str
) -> None:
    """A template whose variable is missing must not change another call."""
    await connected(controlled)
    fields: dict[str, Any] = {"number": OWN_MOBILE} if action == "transfer_call" else {}
    assert await press(controlled, action, call="", **fields) == "no_such_call"
    assert not requests(controlled)


async def test_odd_id_of_a_call_is_read_as_one_segment_or_not_at_all(
    controlled: Account,
) -> None:
    await connected(controlled)
    for call in (".", "..", "~", "x" * 257, "\ud800"):
        assert await press(controlled, "hold_call", call=call) == "no_such_call"
    assert not requests(controlled)
    odd = ["a/b%2F+~..", "%2e%2e", "?a=b", "#", "é😀", "\0"]
    for call in odd:
        assert await press(controlled, "hold_call", call=call) == "call_over"
    paths = [record.path for record in controlled.simulator.log]
    assert [p for p in paths if p.startswith(SESSIONS)] == [SESSIONS + c for c in odd]


async def test_odd_id_of_a_second_call_is_none_of_the_calls(
    controlled: Account,
) -> None:
    await connected(controlled)
    for call in (".", "..", "~", "x" * 257, "\ud800"):
        assert await press(controlled, "transfer_call", to_call=call) == "no_such_call"
    assert set(requests(controlled)) == {"GET session"}


async def test_reply_without_a_visible_character_is_empty(controlled: Account) -> None:
    await ringing(controlled)
    for text in ("", " \n", "\0", "\x1b", "\u200b", "\u202e \ud800"):
        assert await press(controlled, "reply_to_call", text=text) == "reply_empty"
    assert await press(controlled, "reply_to_call", text="x" * 101) == "reply_too_long"
    assert not requests(controlled)


@pytest.mark.parametrize("text", ["😀" * 100, " a\nb "])
async def test_any_other_reply_is_sent(controlled: Account, text: str) -> None:
    await ringing(controlled)
    assert await press(controlled, "reply_to_call", text=text) == "done"
    assert changes(controlled) == ["POST reply"]


@pytest.mark.parametrize("action", ["forward_call", "transfer_call"])
async def test_call_may_go_to_the_own_mobile_phone(
    controlled: Account, action: str
) -> None:
    """Whether the own numbers were read or not; only dialing it makes no sense."""
    await control_of(controlled).phones.forwarding_numbers()
    assert OWN_MOBILE in control_of(controlled).phones.known_numbers
    await (ringing if action == "forward_call" else connected)(controlled)
    assert await press(controlled, action, number=OWN_MOBILE) == "done"
    assert await dial(controlled, OWN_MOBILE) == "number_own"


async def test_call_of_a_colleague_may_go_to_the_own_extension(
    controlled: Account,
) -> None:
    controlled.simulator.switches.control_others = "allowed"
    await ringing(controlled)
    assert await press(controlled, "forward_call", number="101") == "number_own"
    await ringing(controlled, "102")
    assert await press(controlled, "forward_call", "102", number="101") == "done"

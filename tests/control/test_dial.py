"""Dialing: what is requested, once, and what becomes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import pytest

from custom_components.ringcentral.api.models.telephony import RingOut, RingOutStatus
from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.control.dial_state import dial_state
from custom_components.ringcentral.control.manager import SIGNAL_ABILITIES
from custom_components.ringcentral.control.models import DialState, Result, Whose
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from simulator import SimulatorOptions
from simulator.base.switches import Switches

from ..common import Account
from ..payloads import payload
from ..reliability.common import MOVED_TIME, Time
from .common import changes, control_of, dial, set_scope
from .ringout_platform import DIALED, OWN, Caller, Platform

pytestmark = MOVED_TIME

OTHER: Final = "+16505550188"
RING_OUT: Final = "/restapi/v1.0/account/~/extension/~/ring-out"


@pytest.fixture
def simulator_options() -> SimulatorOptions:
    """Return the options of a small company."""
    return SimulatorOptions(port=0, extensions=2)


@pytest.fixture
def switches(account: Account) -> Switches:
    """Return the readings of the platform."""
    return account.simulator.switches


async def refusal(work: Awaitable[object]) -> str | None:
    """Return the key of the error that some work raises."""
    with pytest.raises(HomeAssistantError) as caught:
        await work
    return caught.value.translation_key


# The request


async def test_number_is_dialed_from_the_desk_phone(
    platform: Platform, caller: Caller
) -> None:
    result = await caller.dial()
    assert result.result is DialState.DIALING
    assert platform.dialed == [
        {
            "from": {"forwardingNumberId": "700000101"},
            "to": {"phoneNumber": DIALED},
            "playPrompt": False,
        }
    ]
    assert caller.reports == [("dial", "dialing")]


async def test_phone_that_rings_first_can_be_typed(
    platform: Platform, caller: Caller
) -> None:
    await caller.dial(origin="+1 650 555 0166")
    assert platform.dialed[0]["from"] == {"phoneNumber": "+16505550166"}


@pytest.mark.parametrize(
    ("number", "origin", "key"),
    [
        ("+16505550101", None, "number_own"),
        ("6505550166", None, "number_own"),
        (DIALED, DIALED, "number_own"),
        (DIALED, "911", "number_emergency"),
        (DIALED, "tel:+1 911", "number_emergency"),
        (
            DIALED,
            "\N{ARABIC-INDIC DIGIT ONE}\N{ARABIC-INDIC DIGIT ONE}2",
            "number_emergency",
        ),
        (DIALED, "55", "number_short"),
        (DIALED, "Kitchen", "phone_not_found"),
    ],
)
async def test_bad_phones_are_refused_before_anything_is_dialed(
    platform: Platform, caller: Caller, number: str, origin: str | None, key: str
) -> None:
    assert await refusal(caller.dial(number, origin=origin)) == key
    assert platform.dialed == []


@pytest.mark.parametrize(
    ("status", "code", "key"),
    [
        (400, "TEL-108", "number_rejected"),
        (400, "CMN-101", "number_rejected"),
        (403, "TEL-101", "dial_refused"),
        (403, "BIL-103", "dial_refused"),
        (403, "CMN-401", "app_permission_missing"),
        (429, None, "rate_limited"),
    ],
)
async def test_refusal_is_an_error_and_the_next_number_can_be_dialed(
    platform: Platform, caller: Caller, status: int, code: str | None, key: str
) -> None:
    platform.fault = status, code, False
    assert await refusal(caller.dial()) == key
    assert caller.reports == []
    platform.fault = None
    sent = len(platform.dialed)
    if code == "CMN-401":
        # Until the account is loaded again.
        assert not caller.dialer.can_dial
        assert await refusal(caller.dial(OTHER)) == key
        assert len(platform.dialed) == sent
    elif status != 429:
        assert (await caller.dial(OTHER)).result is DialState.DIALING


async def test_nothing_is_sent_if_no_slot_is_free(
    platform: Platform, caller: Caller
) -> None:
    with caller.limiter.reserve(RateGroup.HEAVY, 8, 0):
        assert await refusal(caller.dial()) == "rate_limited"
    assert platform.dialed == []
    assert (await caller.dial()).result is DialState.DIALING


# Once


async def test_two_clicks_dial_once(platform: Platform, caller: Caller) -> None:
    results = await asyncio.gather(caller.dial(), caller.dial("6505550177"))
    assert len(platform.dialed) == 1
    assert results[0].result is results[1].result is DialState.DIALING
    # After the answer.
    assert (await caller.dial()).result is DialState.DIALING
    assert len(platform.dialed) == 1


@pytest.mark.parametrize("is_answered", [False, True])
async def test_another_number_waits_until_the_own_phone_was_answered(
    platform: Platform, caller: Caller, time: Time, is_answered: bool
) -> None:
    await caller.dial()
    await time.passes(1.0)
    if is_answered:
        platform.ring_outs.answer_own(platform.last)
        await time.passes(1.0)
        await caller.dial(OTHER)
        # Both are open.
        await caller.dial()
    else:
        assert await refusal(caller.dial(OTHER)) == "dial_in_progress"
    assert len(platform.dialed) == 1 + is_answered


async def test_equal_number_is_not_dialed_while_the_other_side_rings(
    platform: Platform, caller: Caller, time: Time
) -> None:
    await caller.dial()
    await time.passes(1.0)
    platform.ring_outs.answer_own(platform.last)
    await time.passes(8.0)
    assert (await caller.dial()).result is DialState.DIALING
    assert len(platform.dialed) == 1
    platform.ring_outs.answer(platform.last)
    await time.passes(8.0)
    # It is over for dialing: this is another call.
    await caller.dial()
    assert len(platform.dialed) == 2


async def test_caller_who_is_cancelled_takes_nothing_back(
    platform: Platform, caller: Caller, time: Time
) -> None:
    platform.delay = 3.0
    first = asyncio.ensure_future(caller.dial())
    await time.passes(1.0)
    first.cancel()
    assert (await caller.dial()).result is DialState.DIALING
    assert len(platform.dialed) == 1


def _lose(platform: Platform) -> None:
    platform.loses_answer = True


def _fail(platform: Platform) -> None:
    platform.fault = 503, None, True


def _delay(platform: Platform) -> None:
    platform.delay = 11.0


@pytest.mark.parametrize("lose", [_lose, _fail, _delay])
@pytest.mark.parametrize("is_shown", [True, False])
async def test_lost_answer_is_never_repeated(
    platform: Platform,
    caller: Caller,
    time: Time,
    switches: Switches,
    lose: Callable[[Platform], None],
    is_shown: bool,
) -> None:
    switches.ring_out_outside = "hidden"
    origin = None if is_shown else "+16505550166"
    lose(platform)
    dialing = asyncio.ensure_future(caller.dial(origin=origin))
    await time.passes(5.0)
    again = asyncio.ensure_future(caller.dial(origin=origin))
    await time.passes(12.0)
    if is_shown:
        # Presence shows that it was dialed.
        assert (await dialing).result is (await again).result is DialState.DIALING
        assert (await caller.dial()).result is DialState.DIALING
        assert caller.reports == [("dial", "dialing")]
    else:
        keys = [await refusal(work) for work in (dialing, again, caller.dial())]
        assert keys == ["dial_unknown"] * 3
        assert await refusal(caller.dial(OTHER)) == "dial_in_progress"
        assert caller.reports == [("dial", "unknown")]
    assert len(platform.dialed) == 1
    if not is_shown:
        await time.passes(31.0)
        _ = await asyncio.gather(caller.dial(), return_exceptions=True)
        assert len(platform.dialed) == 2


@pytest.mark.parametrize("is_shown", [True, False])
async def test_unload_under_way_leaves_it_unknown_and_nothing_is_dialed_again(
    account: Account,
    platform: Platform,
    caller: Caller,
    time: Time,
    switches: Switches,
    is_shown: bool,
) -> None:
    switches.ring_out_outside = "hidden"
    origin = None if is_shown else "+16505550166"
    platform.delay = 3.0
    dialing = asyncio.ensure_future(caller.dial(origin=origin))
    await time.passes(1.0)
    await account.hass.config_entries.async_unload(account.entry.entry_id)
    if is_shown:
        # Presence has shown that it was dialed.
        assert (await dialing).result is DialState.DIALING
    else:
        assert await refusal(dialing) == "dial_unknown"
    await account.hass.config_entries.async_setup(account.entry.entry_id)
    await account.hass.async_block_till_done()
    caller.load()
    if is_shown:
        assert (await caller.dial()).result is DialState.DIALING
    else:
        assert await refusal(caller.dial(origin=origin)) == "dial_unknown"
    assert len(platform.dialed) == 1


async def test_unload_after_a_lost_answer_leaves_it_unknown(
    account: Account,
    platform: Platform,
    caller: Caller,
    time: Time,
    switches: Switches,
) -> None:
    switches.ring_out_outside = "hidden"
    platform.loses_answer = True
    dialing = asyncio.ensure_future(caller.dial(origin="+16505550166"))
    await time.passes(2.0)
    await account.hass.config_entries.async_unload(account.entry.entry_id)
    assert await refusal(dialing) == "dial_unknown"


# What becomes of it


async def _connect(platform: Platform) -> None:
    platform.ring_outs.answer_own(platform.last)
    platform.ring_outs.answer(platform.last)


async def _miss(platform: Platform) -> None:
    platform.ring_outs.fail(platform.last, "NoAnswer")


async def _be_busy(platform: Platform) -> None:
    platform.ring_outs.answer_own(platform.last)
    platform.ring_outs.fail(platform.last, "TargetBusy")


async def _be_rejected(platform: Platform) -> None:
    platform.ring_outs.answer_own(platform.last)
    platform.ring_outs.fail(platform.last, "Rejected")


async def _be_blocked(platform: Platform) -> None:
    platform.ring_outs.answer_own(platform.last)
    platform.ring_outs.fail(platform.last, "DestinationBlocked")


@pytest.mark.parametrize("origin", [None, "+16505550166"])
@pytest.mark.parametrize(
    ("happen", "state"),
    [
        (_connect, DialState.CONNECTED),
        (_miss, DialState.NO_ANSWER),
        (_be_busy, DialState.BUSY),
        (_be_rejected, DialState.REJECTED),
        (_be_blocked, DialState.FAILED),
    ],
)
async def test_outcome_is_what_the_caller_waits_for(
    platform: Platform,
    caller: Caller,
    time: Time,
    switches: Switches,
    origin: str | None,
    happen: Callable[[Platform], Awaitable[None]],
    state: DialState,
) -> None:
    switches.ring_out_outside = "hidden"
    dialing = asyncio.ensure_future(caller.dial(origin=origin, wait=True))
    await time.passes(4.0)
    assert not dialing.done()
    await happen(platform)
    await time.passes(5.0)
    assert (await dialing).result is state
    failed = state is not DialState.CONNECTED
    assert caller.reports == [("dial", "dialing")] + [("dial", state.value)] * failed
    assert platform.count("GET") <= 8


@pytest.mark.parametrize("over", ["404", "NoSessionFound", "Finished"])
async def test_own_phone_that_stopped_ringing_was_not_answered(
    platform: Platform, caller: Caller, time: Time, switches: Switches, over: str
) -> None:
    switches.ring_out_over = over  # type: ignore[assignment]
    dialing = asyncio.ensure_future(caller.dial(wait=True))
    await time.passes(2.0)
    platform.last.is_cancelled = True
    platform.ring_outs.fail(platform.last, "NoAnswer")
    await time.passes(2.0)
    assert (await dialing).result is DialState.NO_ANSWER


async def test_missing_status_of_what_was_never_seen_is_unknown(
    platform: Platform, caller: Caller, time: Time, switches: Switches
) -> None:
    switches.ring_out_outside = "hidden"
    platform.status_fault = 404
    dialing = asyncio.ensure_future(caller.dial(origin="+16505550166", wait=True))
    await time.passes(4.0)
    assert await refusal(dialing) == "dial_unknown"


@pytest.mark.parametrize("status", [403, 404, 429, 503])
async def test_presence_decides_if_the_status_cannot_be_read(
    platform: Platform, caller: Caller, time: Time, status: int
) -> None:
    platform.status_fault = status
    dialing = asyncio.ensure_future(caller.dial(wait=True))
    await time.passes(5.0)
    platform.ring_outs.fail(platform.last, "NoAnswer")
    await time.passes(60.0)
    result = await dialing
    assert result.result is DialState.NO_ANSWER
    assert result.session_id == platform.last.call.id
    assert platform.count("GET") == (1 if status < 500 else 2)


async def test_status_is_not_read_if_presence_needs_the_slots(
    platform: Platform, caller: Caller, time: Time
) -> None:
    await caller.dial()
    with caller.limiter.reserve(RateGroup.LIGHT, 29, 0):
        await time.passes(40.0)
    assert platform.count("GET") == 0
    await time.passes(30.0)
    assert platform.count("GET") > 0


async def test_waiting_ends_after_a_minute(
    platform: Platform, caller: Caller, time: Time
) -> None:
    dialing = asyncio.ensure_future(caller.dial(wait=True))
    await time.passes(62.0)
    assert (await dialing).result is DialState.DIALING
    assert platform.count("GET") == 8


@pytest.mark.parametrize(
    ("status", "state"),
    zip(
        payload("ring_out_status_flow"),
        [
            DialState.DIALING,
            DialState.DIALING,
            DialState.CONNECTED,
            DialState.NO_ANSWER,
            DialState.BUSY,
        ],
        strict=True,
    ),
)
def test_recorded_status(status: dict[str, dict[str, str]], state: DialState) -> None:
    keys = ("callStatus", "callerStatus", "calleeStatus")
    values = [RingOutStatus(status["status"][key]) for key in keys]
    assert dial_state(RingOut("1", *values)) is state


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ((None, None, None), DialState.DIALING),
        ((RingOutStatus.UNKNOWN, None, None), DialState.DIALING),
        ((RingOutStatus.SUCCESS, None, None), DialState.CONNECTED),
        ((None, RingOutStatus.FINISHED, None), DialState.OVER),
        ((RingOutStatus.NO_SESSION_FOUND, None, None), DialState.OVER),
        ((RingOutStatus.CANNOT_REACH, None, None), DialState.FAILED),
        ((RingOutStatus.NO_SUCH_USER, None, None), DialState.FAILED),
        ((RingOutStatus.NO_ANSWERING_MACHINE, None, None), DialState.FAILED),
    ],
)
def test_other_status(
    values: tuple[RingOutStatus | None, ...], state: DialState
) -> None:
    assert dial_state(RingOut("1", *values)) is state


# Permission


async def test_dial_without_permission_is_refused_once_and_not_offered_again(
    controlled: Account,
) -> None:
    offers: list[bool] = []

    @callback
    def collect() -> None:
        offers.append(control_of(controlled).controller.abilities(Whose.OWN).can_dial)

    async_dispatcher_connect(controlled.hass, SIGNAL_ABILITIES, collect)
    controlled.simulator.permissions.discard("RingOut")
    for _ in range(2):
        assert await dial(controlled, DIALED) == "app_permission_missing"
    paths = [record.path for record in controlled.simulator.log]
    assert paths.count(RING_OUT) == 1
    assert offers == [False]


async def test_dial_without_permission_in_the_token_requests_nothing(
    controlled: Account,
) -> None:
    set_scope(controlled, "CallControl ReadAccounts ReadPresence")
    assert await dial(controlled, DIALED) == "app_permission_missing"
    assert not controlled.simulator.log


# Cancel


async def test_nothing_to_cancel(platform: Platform, caller: Caller) -> None:
    assert await refusal(caller.dialer.async_cancel(None)) == "nothing_to_cancel"
    assert platform.requests == []


@pytest.mark.parametrize("origin", [None, "+16505550166"])
async def test_ringout_is_cancelled_once(
    platform: Platform,
    caller: Caller,
    time: Time,
    switches: Switches,
    origin: str | None,
) -> None:
    switches.ring_out_outside = "hidden"
    await caller.dial(origin=origin)
    await time.passes(1.0)
    cancel = caller.dialer.async_cancel
    assert set(await asyncio.gather(cancel(None), cancel(None))) == {Result.DONE}
    assert platform.count("DELETE") == 1
    await time.passes(10.0)
    assert caller.reports == [("dial", "dialing"), ("cancel_dial", "done")]
    assert await refusal(cancel(None)) == "nothing_to_cancel"
    # It may be dialed again.
    await caller.dial(origin=origin)
    assert len(platform.dialed) == 2


@pytest.mark.parametrize("is_listed", [False, True])
async def test_nothing_is_cancelled_if_the_ringout_has_just_ended(
    account: Account,
    platform: Platform,
    caller: Caller,
    time: Time,
    is_listed: bool,
) -> None:
    dialing = asyncio.ensure_future(caller.dial(wait=True))
    await time.passes(1.0)
    with account.simulator.publisher.send_later(1.0 if is_listed else None):
        platform.ring_outs.fail(platform.last, "NoAnswer")
    cancelling = asyncio.ensure_future(caller.dialer.async_cancel(None))
    await time.passes(5.0)
    assert (await cancelling) is Result.OVER
    assert (await dialing).result is DialState.NO_ANSWER
    assert ("cancel_dial", "done") not in caller.reports


async def test_cancel_waits_for_the_request(
    platform: Platform, caller: Caller, time: Time
) -> None:
    platform.delay = 3.0
    dialing = asyncio.ensure_future(caller.dial())
    await time.passes(1.0)
    cancelling = asyncio.ensure_future(caller.dialer.async_cancel(None))
    await time.passes(5.0)
    assert (await cancelling) is Result.DONE
    assert (await dialing).result in (DialState.DIALING, DialState.CANCELLED)
    assert [method for method, _ in platform.requests[1:3]] == ["POST", "DELETE"]


@pytest.mark.parametrize("late", ["no_effect", "404", "ended"])
@pytest.mark.parametrize("can_control", [False, True])
@pytest.mark.parametrize("is_known", [False, True])
async def test_cancel_after_the_own_phone_was_answered(
    account: Account,
    platform: Platform,
    caller: Caller,
    time: Time,
    switches: Switches,
    late: str,
    can_control: bool,
    is_known: bool,
) -> None:
    switches.ring_out_late_cancel = late  # type: ignore[assignment]
    hung_up: list[str] = []

    async def hang_up(session_id: str) -> Result:
        hung_up.append(session_id)
        return Result.DONE

    caller.dialer.hang_up = hang_up if can_control else None
    dialing = asyncio.ensure_future(caller.dial(wait=True))
    await time.passes(1.0)
    publisher = account.simulator.publisher
    with publisher.send_later(0.01 if is_known else 2.0):
        platform.ring_outs.answer_own(platform.last)
    await time.passes(0.5)
    cancelling = asyncio.ensure_future(caller.dialer.async_cancel(None))
    await time.passes(5.0)
    if not is_known and late == "ended":
        assert (await cancelling) is Result.DONE
    elif can_control:
        assert (await cancelling) is Result.DONE
        assert hung_up == [platform.last.call.id]
        assert (await dialing).result is DialState.CANCELLED
    else:
        assert await refusal(cancelling) == "cancel_too_late"
    dialing.cancel()
    assert platform.count("DELETE") == (not is_known)


async def test_cancel_that_has_no_effect_is_an_error(
    platform: Platform, caller: Caller, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    await caller.dial()
    await time.passes(1.0)
    monkeypatch.setattr(type(platform.ring_outs), "cancel", lambda *_: None)
    cancelling = asyncio.ensure_future(caller.dialer.async_cancel(None))
    await time.passes(5.0)
    assert await refusal(cancelling) == "action_not_applied"
    # It can be cancelled again.
    monkeypatch.undo()
    assert (await caller.dialer.async_cancel(None)) is Result.DONE


async def test_cancel_after_a_lost_answer(
    platform: Platform, caller: Caller, time: Time
) -> None:
    platform.loses_answer = True
    await caller.dial()
    await time.passes(1.0)
    assert await refusal(caller.dialer.async_cancel(None)) == "dial_unknown"
    assert platform.count("DELETE") == 0


async def test_refused_cancel_is_an_error_and_the_phone_rings_on(
    controlled: Account, time: Time
) -> None:
    simulator = controlled.simulator
    assert await dial(controlled, DIALED) == "dialing"
    await time.passes(1.0)
    simulator.fault("error", method="DELETE", status=403, errorCode="TAS-106", count=1)
    assert await dial(controlled, name="cancel_dial") == "not_permitted"
    assert controlled.shows(OWN, "telephony_status") == "ringing"
    assert await dial(controlled, name="cancel_dial") == "done"


async def test_cancel_without_an_answer_hangs_up_the_call(
    controlled: Account, time: Time
) -> None:
    assert await dial(controlled, DIALED) == "dialing"
    await time.passes(1.0)
    controlled.simulator.fault("maintenance", path=RING_OUT, seconds=20)
    assert await dial(controlled, name="cancel_dial") == "done"
    assert changes(controlled) == ["DELETE session"]
    await controlled.until_all_reported()
    assert controlled.shows(OWN, "telephony_status") == "no_call"


async def test_cancel_whose_effect_cannot_be_read_is_unknown(
    platform: Platform, caller: Caller, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    await caller.dial()
    await time.passes(1.0)
    monkeypatch.setattr(type(platform.ring_outs), "cancel", lambda *_: None)
    platform.status_fault = 503
    cancelling = asyncio.ensure_future(caller.dialer.async_cancel(None))
    await time.passes(5.0)
    assert await refusal(cancelling) == "action_unknown"
    assert caller.reports == [("dial", "dialing"), ("cancel_dial", "unknown")]
    # It can be canceled again.
    monkeypatch.undo()
    assert (await caller.dialer.async_cancel(None)) is Result.DONE

"""Presses and dials that are interrupted at every step: nothing is carried out twice."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

import pytest

from custom_components.ringcentral.api.event_stream import StreamState
from homeassistant.config_entries import ConfigEntryState

from ..common import Account
from ..reliability.common import MOVED_TIME, Time, own_tasks
from .common import connected, dial, press, ringing, turn_on

pytestmark = MOVED_TIME

# Iterations of the event loop that no press and no dial needs.
_MOST: Final = 100
# A request or an answer takes some time, while it is interrupted.
_ON_ITS_WAY: Final = [
    (fault, method)
    for method in ("GET", "POST", "DELETE")
    for fault in ("slow", "late")
]

type Interrupt = Callable[[Account, asyncio.Task[str]], Awaitable[None]]


async def _unload(account: Account, _task: asyncio.Task[str]) -> None:
    assert await account.hass.config_entries.async_unload(account.entry.entry_id)
    assert not own_tasks()


async def _reload(account: Account, _task: asyncio.Task[str]) -> None:
    assert await account.hass.config_entries.async_reload(account.entry.entry_id)


async def _turn_off(account: Account, _task: asyncio.Task[str]) -> None:
    turn_on(account, wanted=False)


async def _cancel(_account: Account, task: asyncio.Task[str]) -> None:
    task.cancel()


async def _reset(account: Account, _task: asyncio.Task[str]) -> None:
    runner = account.simulator._runner
    assert runner is not None
    assert runner.server is not None
    for connection in list(runner.server.connections):
        if connection.transport is not None:
            connection.transport.abort()


INTERRUPTIONS: Final[dict[str, Interrupt]] = {
    "unload": _unload,
    "reload": _reload,
    "option": _turn_off,
    "caller": _cancel,
    "connection": _reset,
}
# With these, nothing is changed.
_NOT_SENT: Final = {
    "account_not_loaded",
    "cannot_connect",
    "connection_lost",
    "control_off",
    "service_not_found",
}
_UNKNOWN: Final = {"action_unknown", "dial_unknown", "cancelled"}


class Interruptions:
    """All points of some work at which it is interrupted."""

    def __init__(self, account: Account, time: Time, interrupt: Interrupt) -> None:
        """Initialize before the first point."""
        self._account = account
        self._time = time
        self._interrupt = interrupt
        self._is_done = False

    def points(self) -> Iterator[tuple[int, dict[str, Any] | None]]:
        """Return iterations of the loop to run first, and a fault to add."""
        for iterations in range(_MOST):
            yield iterations, None
            if self._is_done:
                break
        else:
            pytest.fail("It never ends")
        for fault, method in _ON_ITS_WAY:
            yield 30, {"name": fault, "method": method, "delay": 3}

    async def run(
        self, work: Awaitable[str], iterations: int, fault: dict[str, Any] | None
    ) -> str:
        """Interrupt some work; return its result."""
        account = self._account
        account.simulator.log.clear()
        if fault is not None:
            account.simulator.fault(fault.pop("name"), count=1, **fault)
        task = asyncio.ensure_future(work)
        for _ in range(iterations):
            await asyncio.sleep(0)
        self._is_done = task.done()
        await self._interrupt(account, task)
        await self._time.passes(12.0, 4.0)
        assert task.done()
        account.simulator.clear_faults()
        return "cancelled" if task.cancelled() else task.result()

    async def restore(self, seconds: float = 0.0) -> None:
        """Set up the account with its option, and let its limits recover."""
        account = self._account
        if account.entry.state is ConfigEntryState.NOT_LOADED:
            await account.hass.config_entries.async_setup(account.entry.entry_id)
        turn_on(account)
        await self._time.passes(seconds, 10.0)
        await account.hass.async_block_till_done()

    def count(self, method: str, part: str) -> int:
        """Return how many requests have arrived."""
        return sum(
            record.method == method and part in record.path
            for record in self._account.simulator.log
        )


@pytest.fixture(params=INTERRUPTIONS)
def interruptions(
    request: pytest.FixtureRequest, controlled: Account, time: Time
) -> Interruptions:
    return Interruptions(controlled, time, INTERRUPTIONS[request.param])


@pytest.mark.parametrize(
    ("set_up", "action", "method", "shown"),
    [
        (connected, "hold_call", "POST", "on_hold"),
        (ringing, "answer_call", "POST", "call_connected"),
        (connected, "hang_up", "DELETE", "no_call"),
    ],
)
async def test_press_that_is_interrupted_is_carried_out_once_at_most(
    controlled: Account,
    interruptions: Interruptions,
    set_up: Callable[[Account], Awaitable[Any]],
    action: str,
    method: str,
    shown: str,
) -> None:
    for iterations, fault in interruptions.points():
        party = await set_up(controlled)
        call = party.telephony_session_id
        work = press(controlled, action, call=call)
        result = await interruptions.run(work, iterations, fault)
        sent = interruptions.count(method, "/telephony/")

        assert result in {"done", "over", *_NOT_SENT, *_UNKNOWN}
        # The HTTP client repeats a DELETE whose connection broke.
        assert sent <= 1 + (method == "DELETE" and result in ("done", "over"))
        if result in _NOT_SENT:
            assert not sent
        elif result not in _UNKNOWN:
            assert sent
        await interruptions.restore(70.0)
        is_shown = controlled.shows("101", "telephony_status") == shown
        assert is_shown == bool(sent)
        assert controlled.coordinator.stream.state is StreamState.PUSH
        if not is_shown or shown != "no_call":
            controlled.simulator.end(call)
        await controlled.until_all_reported()


async def test_dial_that_is_interrupted_is_sent_once_at_most(
    controlled: Account, time: Time, interruptions: Interruptions
) -> None:
    ring_outs = controlled.simulator.ring_outs
    for count, (iterations, fault) in enumerate(interruptions.points()):
        number = f"+165055510{count:02}"
        before = len(ring_outs.by_id)
        result = await interruptions.run(dial(controlled, number), iterations, fault)
        dialed = len(ring_outs.by_id) - before
        assert dialed <= 1
        assert result in {"dialing", *_NOT_SENT, *_UNKNOWN}
        if result in _NOT_SENT:
            assert not dialed
        elif result == "dialing":
            assert dialed
        await interruptions.restore()
        again = await dial(controlled, number)
        assert again in {"dialing", "dial_unknown"}
        assert len(ring_outs.by_id) - before <= 1
        assert controlled.coordinator.stream.state is StreamState.PUSH
        for ring_out in list(ring_outs.by_id.values())[before:]:
            ring_outs.fail(ring_out, "NoAnswer")
        await interruptions.restore(100.0)
        assert controlled.shows("101", "telephony_status") == "no_call"


async def test_interrupted_cancel_ends_the_ringout_or_reports_that_it_is_unknown(
    controlled: Account, time: Time, interruptions: Interruptions
) -> None:
    ring_outs = controlled.simulator.ring_outs
    for count, (iterations, fault) in enumerate(interruptions.points()):
        number = f"+165055520{count:02}"
        assert await dial(controlled, number) == "dialing"
        await time.passes(1.0)
        ring_out = list(ring_outs.by_id.values())[-1]
        result = await interruptions.run(
            dial(controlled, name="cancel_dial"), iterations, fault
        )
        sent = interruptions.count("DELETE", "/ring-out/")
        # The HTTP client repeats the request over another connection: then it is over.
        has_ended = result in ({"done"} if sent <= 1 else {"done", "over"})
        assert has_ended or (sent <= 1 and result in {*_NOT_SENT, *_UNKNOWN})
        if has_ended:
            assert ring_out.call.ended_at is not None
        elif result in _NOT_SENT:
            assert ring_out.call.ended_at is None
        await interruptions.restore(1.0)
        if ring_out.call.ended_at is None:
            ring_outs.fail(ring_out, "NoAnswer")
        await interruptions.restore(100.0)
        assert controlled.shows("101", "telephony_status") == "no_call"


@pytest.mark.parametrize("point", [*range(2, 20, 2), *_ON_ITS_WAY[:4]], ids=str)
@pytest.mark.parametrize("is_dialed", [False, True], ids=["press", "dial"])
async def test_stop_of_home_assistant_leaves_a_result(
    controlled: Account, time: Time, point: int | tuple[str, str], is_dialed: bool
) -> None:
    """And no task."""

    async def stop(account: Account, _task: object) -> None:
        await account.hass.async_stop(force=True)

    interruptions = Interruptions(controlled, time, stop)
    await connected(controlled)
    work = (
        dial(controlled, "+16505550177")
        if is_dialed
        else press(controlled, "hold_call")
    )
    iterations, fault = (point, None) if isinstance(point, int) else (30, point)
    result = await interruptions.run(
        work,
        iterations,
        fault and {"name": fault[0], "method": fault[1], "delay": 3},
    )
    sent = interruptions.count("POST", "/ring-out" if is_dialed else "/hold")
    assert result in {"done", "dialing", *_NOT_SENT, *_UNKNOWN}
    if result in _NOT_SENT:
        assert not sent
    elif result not in _UNKNOWN:
        assert sent
    assert not own_tasks()

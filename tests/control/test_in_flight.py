"""Equal commands are one, and those of a session are carried out one after the other."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.exceptions import (
    ConnectionFailedError,
    Reason,
    RingCentralError,
)
from custom_components.ringcentral.control.in_flight import InFlight
from homeassistant.exceptions import HomeAssistantError


class _Commands:
    """Commands that end when the test lets them, and are recorded."""

    def __init__(self) -> None:
        self.tasks: list[asyncio.Task[Any]] = []
        self.in_flight = InFlight[str](self._spawn)
        self.started: list[str] = []
        self.running: dict[str, int] = {}
        self.may_end = asyncio.Event()

    def _spawn[T](
        self, work: Coroutine[Any, Any, T], name: str
    ) -> asyncio.Task[T | RingCentralError]:
        async def run() -> T | RingCentralError:
            try:
                return await work
            except RingCentralError as err:
                return err

        task = asyncio.create_task(run(), name=name)
        self.tasks.append(task)
        return task

    def press(
        self, key: str, session: str = "s", error: Exception | None = None
    ) -> asyncio.Task[str]:
        return asyncio.create_task(
            self.in_flight.run(key, session, self._make(key, session, error))
        )

    def _make(
        self, key: str, session: str, error: Exception | None
    ) -> Callable[[], Awaitable[str]]:
        async def make() -> str:
            assert not self.running.get(session)
            self.running[session] = 1
            self.started.append(f"{session} {key}")
            try:
                await self.may_end.wait()
                await asyncio.sleep(0)
            finally:
                self.running[session] = 0
            if error is not None:
                raise error
            return f"{session} {key} {len(self.started)}"

        return make


async def _settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_equal_command_has_the_result_of_the_first() -> None:
    commands = _Commands()
    presses = [commands.press("hold") for _ in range(3)]
    await _settle()
    commands.may_end.set()
    assert len(set(await asyncio.gather(*presses))) == 1
    assert commands.started == ["s hold"]


@pytest.mark.parametrize(
    "error", [HomeAssistantError("no"), ConnectionFailedError(Reason.TIMED_OUT)]
)
async def test_equal_command_has_the_error_of_the_first(error: Exception) -> None:
    commands = _Commands()
    presses = [commands.press("hold", error=error) for _ in range(2)]
    commands.may_end.set()
    results = await asyncio.gather(*presses, return_exceptions=True)
    assert results == [error, error]
    assert len(commands.started) == 1


async def test_another_command_of_the_session_waits() -> None:
    commands = _Commands()
    presses = [commands.press("hold"), commands.press("resume")]
    await _settle()
    assert commands.started == ["s hold"]
    commands.may_end.set()
    await asyncio.gather(*presses)
    assert commands.started == ["s hold", "s resume"]


async def test_command_of_another_session_does_not_wait() -> None:
    commands = _Commands()
    presses = [commands.press("hold"), commands.press("hold", "t")]
    await _settle()
    assert commands.started == ["s hold", "t hold"]
    commands.may_end.set()
    await asyncio.gather(*presses)


async def test_error_does_not_keep_the_next_command() -> None:
    commands = _Commands()
    commands.may_end.set()
    first = commands.press("hold", error=HomeAssistantError("no"))
    second = commands.press("resume")
    with pytest.raises(HomeAssistantError):
        await first
    assert await second


async def test_nothing_is_kept_after_the_end() -> None:
    commands = _Commands()
    commands.may_end.set()
    await commands.press("hold")
    await _settle()
    assert not commands.in_flight._last
    await commands.press("hold")
    assert commands.started == ["s hold"] * 2


async def test_caller_who_goes_away_cancels_no_command() -> None:
    commands = _Commands()
    first, second = commands.press("hold"), commands.press("hold")
    await _settle()
    first.cancel()
    await _settle()
    commands.may_end.set()
    assert await second == "s hold 1"
    assert first.cancelled()


async def test_end_of_the_account_is_an_error_of_each_caller() -> None:
    commands = _Commands()
    presses = [commands.press("hold"), commands.press("hold"), commands.press("resume")]
    await _settle()
    for task in commands.tasks:
        task.cancel()
    for press in presses:
        with pytest.raises(ConnectionFailedError) as caught:
            await press
        assert not caught.value.may_be_done


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("st"), st.booleans())))
def test_commands_keep_their_order_and_only_equal_neighbors_are_one(
    presses: list[tuple[str, str, bool]],
) -> None:
    async def run() -> None:
        commands = _Commands()
        tasks = []
        expected: dict[str, list[str]] = {"s": [], "t": []}
        for key, session, is_cancelled in presses:
            task = commands.press(key, session)
            await asyncio.sleep(0)
            tasks.append(task)
            if expected[session][-1:] != [f"{session} {key}"]:
                expected[session].append(f"{session} {key}")
            if is_cancelled:
                task.cancel()
        commands.may_end.set()
        await asyncio.wait(commands.tasks or [asyncio.create_task(_settle())])
        await asyncio.gather(*tasks, return_exceptions=True)
        for session, wanted in expected.items():
            assert [s for s in commands.started if s[0] == session] == wanted
        assert not commands.in_flight._last

    asyncio.run(run())


async def test_commands_may_be_canceled_in_any_order() -> None:
    errors: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: errors.append(context))
    commands = _Commands()
    presses = [commands.press("hold"), commands.press("resume")]
    await _settle()
    for task in reversed(commands.tasks):
        task.cancel()
        await _settle()
    results = await asyncio.gather(*presses, return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionFailedError] * 2
    assert errors == []

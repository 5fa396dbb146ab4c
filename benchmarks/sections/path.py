"""Functions and modules between the frame of a ringing call and what it causes.

Counted are functions of the integration from the text frame to the first state of the
telephony status, and to the call event sent. No trigger is attached, and earlier calls
have filled all caches, so the counts are the same in each run.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, islice

from benchmarks.call_recorder import CallRecorder, record_calls
from benchmarks.calls import waves
from benchmarks.entity_ids import entity_ids
from benchmarks.entries import SignedIn, prepare, set_up, signed_in_without_limits
from benchmarks.environment import Account, home_assistant, platform
from benchmarks.figures import Figure, at_most
from benchmarks.fresh_process import run_in_fresh_process
from benchmarks.scale import Scale
import custom_components.ringcentral
from custom_components.ringcentral.calls.dispatcher import SIGNAL_CALL_EVENT
from custom_components.ringcentral.calls.lifecycle import (
    CallEventType,
    ExtensionCallEvent,
)
from homeassistant.const import EVENT_STATE_CHANGED, Platform
from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect


@dataclass(frozen=True, slots=True)
class Path:
    """Counts of one path through the integration."""

    modules: int
    calls: int
    module_changes: int

    @classmethod
    def recorded(cls, recorder: CallRecorder) -> Path:
        """Return the counts until now."""
        return cls(recorder.modules, recorder.calls, recorder.module_changes)


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths from the frame to the telephony status, and to the call event."""

    to_state: Path
    to_call_event: Path


async def run(scale: Scale) -> Iterable[Figure]:
    """Count functions and modules."""
    async with platform(scale.few) as simulated:
        stored = await signed_in_without_limits(simulated)
        paths = run_in_fresh_process(measure_paths, stored)
    to_state, to_call_event = paths.to_state, paths.to_call_event
    return [
        Figure("path_modules", [to_call_event.modules], goal=at_most(17)),
        Figure("path_calls", [to_call_event.calls], goal=at_most(95)),
        Figure("path_module_changes", [to_call_event.module_changes], goal=at_most(55)),
        Figure("path_modules_to_state", [to_state.modules], goal=at_most(11)),
        Figure("path_calls_to_state", [to_state.calls]),
        Figure("path_module_changes_to_state", [to_state.module_changes]),
    ]


async def measure_paths(stored: SignedIn) -> Paths:
    """Return the paths of a ringing call of an extension other than the signed-in user's."""
    async with home_assistant() as hass:
        entry = await prepare(hass, stored)
        account = await set_up(hass, entry)
        # Platforms are set up concurrently; the order of the entities must not vary.
        await hass.config_entries.async_unload_platforms(entry, [Platform.EVENT])
        await hass.config_entries.async_forward_entry_setups(entry, [Platform.EVENT])
        # Alternately of two extensions.
        calls = waves(account.user_ids[-2:], account.subscription_id, 1)
        *earlier, (ringing, *_) = islice(calls, 4)
        for frame in chain.from_iterable(earlier):
            account.receive(frame)
        await hass.async_block_till_done()
        return _record(account, account.user_ids[-1], ringing)


def _record(account: Account, extension_id: str, frame: bytes) -> Paths:
    to_state: list[Path] = []
    to_call_event: list[Path] = []
    telephony = entity_ids(account, "sensor", "telephony_status")[extension_id]

    @callback
    def handle_state_change(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] == telephony:
            to_state.append(Path.recorded(recorder))

    @callback
    def handle_call_event(event: ExtensionCallEvent) -> None:
        assert event.event.type is CallEventType.RINGING
        to_call_event.append(Path.recorded(recorder))

    account.hass.bus.async_listen(EVENT_STATE_CHANGED, handle_state_change)
    async_dispatcher_connect(account.hass, SIGNAL_CALL_EVENT, handle_call_event)
    with record_calls(custom_components.ringcentral) as recorder:
        account.receive(frame)
    (state,), (call_event,) = to_state, to_call_event
    return Paths(state, call_event)

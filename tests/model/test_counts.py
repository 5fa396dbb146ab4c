"""Counts of the day are those of the calls that truly happened."""

from collections.abc import Callable, Sequence, Set as AbstractSet
import random
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from hypothesis import given, settings
from msgspec.structs import replace
import pytest

from custom_components.ringcentral.calls import counts
from custom_components.ringcentral.calls.counts import CallCounter, CountedScope
from custom_components.ringcentral.calls.lifecycle import CallEvent, CallEventType
from simulator.base.wire import JsonValue

from .counted_world import CountedWorld
from .plans import EXAMPLES, Step, plans, switches
from .test_home_assistant import FAULTS, check, play

type Plant = Callable[[pytest.MonkeyPatch], None]

_OF_EVENTS: Final = "counts of the events"
_OF_TRUTH: Final = "counts of the truth"

_CALL: Final = Step("call in", 1)
_GROUP_CALL: Final = Step("group", 1)
_ANSWER: Final = Step("move", 0, 0)
_END: Final = Step("move", 0, -1)
_SECOND: Final = Step("wait", 3)
_MINUTE: Final = Step("wait", 9)
_OUTAGE: Final = Step("disconnect", 1)
_GAP: Final = Step("resubscribe")


# After these, all that has happened is known.
_REPAIRED: Final = ("disconnect", "midnight", "poll", "regroup", "repeat", "restart")


@pytest.mark.freeze_time("2026-03-02")
@pytest.mark.usefixtures("socket_enabled", "ended_threads")
@settings(max_examples=EXAMPLES // 4)
@given(plans(_REPAIRED), switches())
def test_counts_are_true_if_nothing_is_lost(
    freezer: FrozenDateTimeFactory, steps: list[Step], settings_: dict[str, JsonValue]
) -> None:
    check(freezer, steps, settings_, CountedWorld)


@pytest.mark.freeze_time("2026-03-02")
@pytest.mark.usefixtures("socket_enabled", "ended_threads")
@settings(max_examples=EXAMPLES // 2)
@given(plans((*FAULTS, "midnight", "regroup")), switches())
def test_counts_are_true_or_known_to_be_unclear(
    freezer: FrozenDateTimeFactory, steps: list[Step], settings_: dict[str, JsonValue]
) -> None:
    check(freezer, steps, settings_, CountedWorld)


def _change_events(change: Callable[[CallCounter, CallEvent], CallEvent]) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        count = CallCounter.count

        def changed(
            counter: CallCounter, extension_id: str, event: CallEvent
        ) -> Sequence[counts.ScopeEvent]:
            return count(counter, extension_id, change(counter, event))

        patch.setattr(CallCounter, "count", changed)

    return plant


def _count_replayed_again(counter: CallCounter, event: CallEvent) -> CallEvent:
    if event.replayed:
        for scope in counter._scopes.values():
            scope.calls.clear()
    return event


def _miss_reconstructed(_counter: CallCounter, event: CallEvent) -> CallEvent:
    if event.reconstructed and event.type is CallEventType.ENDED:
        return replace(event, type=CallEventType.MISSED, reconstructed=False)
    return event


def _lose_midnight(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CallCounter, "_update_day", lambda counter: counter._now())


def _count_at_each_phone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(counts, "call_session", lambda call: call.party_id)


def _keep_calls_of_former_members(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CountedScope, "keep_extensions", lambda *_: False)


def _restart_at_zero(patch: pytest.MonkeyPatch) -> None:
    restore = CallCounter.restore

    def restored(counter: CallCounter, state: counts.CounterState) -> None:
        restore(counter, state)
        for scope in counter._scopes.values():
            scope.counts = counts.DayCounts()

    patch.setattr(CallCounter, "restore", restored)


def _forget_at_restart(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CallCounter, "restore", lambda *_: None)


@pytest.mark.freeze_time("2026-03-02")
@pytest.mark.usefixtures("socket_enabled", "ended_threads")
@pytest.mark.parametrize(
    ("plant", "steps", "kinds"),
    [
        pytest.param(
            _change_events(_count_replayed_again),
            [_CALL, _SECOND, _ANSWER, _OUTAGE, _END, _MINUTE],
            {_OF_EVENTS, _OF_TRUTH},
            id="replay counted again",
        ),
        pytest.param(
            _change_events(_miss_reconstructed),
            [_CALL, _SECOND, _OUTAGE, _GAP, _END, _MINUTE],
            {_OF_EVENTS},
            id="reconstructed end taken for a miss",
        ),
        pytest.param(
            _lose_midnight,
            [_CALL, _SECOND, _ANSWER, Step("midnight"), _END],
            {_OF_EVENTS, _OF_TRUTH},
            id="midnight lost",
        ),
        pytest.param(
            _restart_at_zero,
            [_CALL, _SECOND, _ANSWER, _SECOND, Step("restart")],
            {_OF_EVENTS, _OF_TRUTH},
            id="restart from zero as if counted since then",
        ),
        pytest.param(
            _restart_at_zero,
            [_CALL, _SECOND, _ANSWER, _MINUTE, Step("kill")],
            {_OF_EVENTS, _OF_TRUTH},
            id="kill to zero as if counted since then",
        ),
        pytest.param(
            _forget_at_restart,
            [_CALL, _SECOND, _ANSWER, _SECOND, Step("restart")],
            {_OF_EVENTS, _OF_TRUTH},
            id="restart forgets the counts",
        ),
        pytest.param(
            _count_at_each_phone,
            [_GROUP_CALL, _SECOND, _ANSWER, _SECOND, _END],
            {_OF_EVENTS, _OF_TRUTH},
            id="group call counted at each phone",
        ),
        pytest.param(
            _keep_calls_of_former_members,
            [_CALL, _SECOND, Step("regroup", 0, 4), _SECOND, _END],
            {_OF_EVENTS, _OF_TRUTH},
            id="call of a former member goes on",
        ),
    ],
)
def test_planted_fault_is_found(
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    plant: Plant,
    steps: list[Step],
    kinds: AbstractSet[str],
) -> None:
    # The delays of reconnections are random.
    random.seed(0)
    assert play(freezer, steps, {}, CountedWorld)[0] == []
    plant(monkeypatch)
    random.seed(0)
    differences, _ = play(freezer, steps, {}, CountedWorld)
    assert {difference.kind for difference in differences} == kinds

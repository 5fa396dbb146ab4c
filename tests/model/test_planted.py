"""Faults planted in the integration are found by the examples."""

from collections.abc import Callable, Iterable
from copy import replace
from datetime import timedelta
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ringcentral.calls import tracker
from custom_components.ringcentral.calls.detector import CallEventDetector
from custom_components.ringcentral.calls.lifecycle import CallEvent, CallEventType
from custom_components.ringcentral.presence.store import PresenceStore, SnapshotWriter

from .integration import Integration
from .plans import Step
from .test_detector import play

type Plant = Callable[[pytest.MonkeyPatch], None]

_CALL: Final = Step("call in", 1)
_ANSWER: Final = Step("move", 0, 0)
_HOLD: Final = Step("move", 0, 0)
_UNHOLD: Final = Step("move", 0, 0)
_PAUSE: Final = Step("move", 0, 1)
_END_PAUSED: Final = Step("move", 0, 0)
_END: Final = Step("move", 0, -1)
_SECOND: Final = Step("wait", 3)
_MINUTE: Final = Step("wait", 9)


def _change_events(
    change: Callable[[CallEvent], Iterable[CallEvent]],
) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        report = Integration._report

        def changed(
            integration: Integration, extension_id: str, events: Iterable[CallEvent]
        ) -> None:
            report(
                integration, extension_id, [e for one in events for e in change(one)]
            )

        patch.setattr(Integration, "_report", changed)

    return plant


def _longer(event: CallEvent) -> Iterable[CallEvent]:
    durations = event.durations
    if durations.talking:
        durations = replace(durations, talking=durations.talking + 1)
    return [replace(event, durations=durations)]


def _never_bridge(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(tracker, "MAX_RING_PAUSE", timedelta(milliseconds=100))


def _trust_every_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CallEventDetector, "mark_incomplete", lambda *_, **_kw: None)


def _ignore_snapshots(patch: pytest.MonkeyPatch) -> None:
    apply = SnapshotWriter.apply

    def ignore(writer: SnapshotWriter, snapshot: Any, *args: Any, **kw: Any) -> Any:
        known = writer._store.extensions.get(snapshot.extension_id)
        return apply(writer, snapshot, *args, **kw) if known is None else None

    patch.setattr(SnapshotWriter, "apply", ignore)


def _keep_times(patch: pytest.MonkeyPatch) -> None:
    for module in ("event_order", "store"):
        patch.setattr(
            f"custom_components.ringcentral.presence.{module}.after_older_event",
            lambda _event, known: known.call_times,
        )


def _repeat_notifications(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PresenceStore, "_add_uuid", lambda *_args: True)
    patch.setattr(
        "custom_components.ringcentral.presence.store.is_overtaken",
        lambda *_args, **_kwargs: False,
    )


@pytest.mark.freeze_time("2026-03-02")
@pytest.mark.parametrize(
    ("plant", "steps", "kind"),
    [
        (
            _change_events(lambda event: [event, event]),
            [_CALL, _SECOND, _END],
            "false or repeated",
        ),
        (
            _change_events(
                lambda event: [] if event.type is CallEventType.ANSWERED else [event]
            ),
            [_CALL, _SECOND, _ANSWER, _SECOND, _END],
            "missing",
        ),
        (
            _change_events(_longer),
            [_CALL, _SECOND, _ANSWER, _MINUTE, _END],
            "durations",
        ),
        (
            _never_bridge,
            [_CALL, _SECOND, _PAUSE, _SECOND, _END_PAUSED, _SECOND, _ANSWER],
            "false or repeated",
        ),
        (
            _trust_every_end,
            [_CALL, _SECOND, Step("disconnect"), _ANSWER, Step("resubscribe"), _END],
            "missed after a gap",
        ),
        (_ignore_snapshots, [_CALL, _SECOND, Step("drop"), _ANSWER], "state"),
        (
            _keep_times,
            [_CALL, _SECOND, _ANSWER, _SECOND, Step("late", 1), _HOLD, _UNHOLD],
            "false time",
        ),
        (
            _repeat_notifications,
            [Step("repeat", 2), _CALL, _SECOND, _ANSWER, _MINUTE],
            "false or repeated",
        ),
    ],
)
def test_planted_fault_is_found(
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    plant: Plant,
    steps: list[Step],
    kind: str,
) -> None:
    assert play(freezer, steps, {})[0] == []
    plant(monkeypatch)
    assert kind in {difference.kind for difference in play(freezer, steps, {})[0]}

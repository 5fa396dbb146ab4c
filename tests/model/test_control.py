"""Commands of several users are carried out once, and nothing false is shown of them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import replace
from itertools import chain
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from freezegun.api import FrozenDateTimeFactory
from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ringcentral.api.call_control import CallControlClient
from custom_components.ringcentral.api.exceptions import RingCentralError
from custom_components.ringcentral.api.models.enums import Direction, TelephonyStatus
from custom_components.ringcentral.api.models.telephony import Party, PartyRequest
from custom_components.ringcentral.api.rate_limits import RateGroup, Reservation
from custom_components.ringcentral.calls.counts import CallCounter, ScopeEvent
from custom_components.ringcentral.calls.lifecycle import CallEvent, CallEventType
from custom_components.ringcentral.control import execution
from custom_components.ringcentral.control.controller import CallController
from custom_components.ringcentral.control.decisions import Decision, decide
from custom_components.ringcentral.control.execution import Order
from custom_components.ringcentral.control.in_flight import InFlight
from custom_components.ringcentral.control.models import (
    Action,
    ActionResult,
    CallView,
    Details,
)
from custom_components.ringcentral.control.ringouts import OwnRingOuts
from simulator.base.control_switches import ControlSwitches
from simulator.base.wire import JsonValue

from .command_choices import ACTIONS
from .controlled_world import ControlledWorld
from .plans import EXAMPLES, STARTS, WAITS, Step, switches
from .test_home_assistant import check, play

# Not of commands, or not of what REST and events agree on.
_OTHER_SWITCHES: Final = frozenset(
    {
        "call_log_delay",
        "call_log_numbers",
        "call_log_session_id",
        "call_out_direction",
        "call_out_foreign",
        "call_out_offline",
        "call_out_origin",
        "company_call_log",
        "control_permission",
        "phones_pick_up",
        "session_events",
        "session_filter",
        "session_parties",
        "session_sequence",
        "stale_presence",
    }
)
_FAULTS: Final = (
    "disconnect",
    "drop",
    "late",
    "poll",
    "repeat",
    "restart",
    "slow requests",
)
_SMALL: Final = st.integers(0, 5)
_WIDE: Final = st.integers(0, 60)


def _control_switches() -> st.SearchStrategy[dict[str, JsonValue]]:
    strategies: dict[str, st.SearchStrategy[JsonValue]] = {}
    for name, kind in get_type_hints(ControlSwitches).items():
        if name not in _OTHER_SWITCHES:
            is_choice = get_origin(kind) is Literal
            values = get_args(kind) if is_choice else (False, True)
            strategies[name] = st.sampled_from(values)
    # Mostly there is something to control.
    whose = strategies.pop("control_others") | st.just("allowed")
    return st.fixed_dictionaries({"control_others": whose}, optional=strategies)


def _all_switches() -> st.SearchStrategy[Mapping[str, JsonValue]]:
    return st.builds(lambda one, other: one | other, switches(), _control_switches())


def _plans() -> st.SearchStrategy[list[Step]]:
    action = st.integers(0, len(ACTIONS) - 1)
    # Mostly at the own extension.
    phone = st.sampled_from([0, 0, 0, 1, 2, 3])
    start = st.builds(Step, st.sampled_from(STARTS[:5]), phone, _SMALL)
    # The first move of a ringing phone answers.
    moves = st.integers(0, 11) | st.just(0)
    move = st.builds(Step, st.just("move"), _SMALL, moves)
    wait = st.builds(Step, st.just("wait"), st.integers(0, len(WAITS) - 1))
    press = st.builds(
        Step,
        st.sampled_from(["press", "press", "press twice", "press and move"]),
        action,
        _WIDE,
    )
    dial = st.builds(
        Step, st.sampled_from(["dial", "dial twice", "cancel dial"]), _SMALL, _SMALL
    )
    answers = st.builds(Step, st.just("answers"), _SMALL, st.integers(0, 11))
    fault = st.builds(Step, st.sampled_from(_FAULTS), _SMALL, _SMALL)
    steps = [start, start, move, move, wait, press, press, press, dial, answers, fault]
    # Each part begins with a call.
    part = st.builds(
        lambda call, rest: [call, *rest],
        start,
        st.lists(st.one_of(steps), min_size=8, max_size=14),
    )
    return st.lists(part, min_size=2, max_size=4).map(lambda p: list(chain(*p)))


@pytest.mark.freeze_time("2026-03-02")
@pytest.mark.usefixtures("socket_enabled")
@settings(max_examples=EXAMPLES // 2)
@given(_plans(), _all_switches())
def test_commands_are_carried_out_once_and_shown_as_reported(
    freezer: FrozenDateTimeFactory, steps: list[Step], settings_: dict[str, JsonValue]
) -> None:
    check(freezer, steps, settings_, ControlledWorld)


type Plant = Callable[[pytest.MonkeyPatch], None]

# Those that fit a call are numbered.
_HOLD: Final = Step("press", 0, 1)
_REJECT: Final = Step("press", 1, 1)
_CALL: Final = Step("call in", 0)
_ANSWER: Final = Step("move", 0, 0)
_SECOND: Final = Step("wait", 3)
_LOST_POST: Final = Step("answers", 0, 0)
_UNANSWERED_POST: Final = Step("answers", 3, 0)


def _show_before_events(patch: pytest.MonkeyPatch) -> None:
    run = CallController._run

    async def ran(
        controller: CallController, order: Order, *args: Any, **options: Any
    ) -> ActionResult:
        result = await run(controller, order, *args, **options)
        coordinator = controller._coordinator
        extensions = coordinator.store._extensions
        known = extensions[order.extension_id]
        calls = [
            replace(call, telephony_status=TelephonyStatus.ON_HOLD)
            for call in known.calls
        ]
        extensions[order.extension_id] = replace(
            known, presence=replace(known.presence, active_calls=tuple(calls))
        )
        coordinator.async_update_listeners()
        return result

    patch.setattr(CallController, "_run", ran)


def _send_again(patch: pytest.MonkeyPatch) -> None:
    send = CallControlClient.send

    async def sent(
        client: CallControlClient, request: PartyRequest, slots: Reservation
    ) -> Party | None:
        try:
            return await send(client, request, slots)
        except RingCentralError as err:
            if not err.may_be_done:
                raise
            return await send(client, request, client.reserve(RateGroup.LIGHT))

    patch.setattr(CallControlClient, "send", sent)


def _change_requests(change: Callable[[PartyRequest, CallView], PartyRequest]) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        def decided(action: Action, view: CallView, details: Details) -> Decision:
            decision = decide(action, view, details)
            if isinstance(decision, PartyRequest):
                return change(decision, view)
            return decision

        patch.setattr(execution, "decide", decided)

    return plant


def _drop(request: PartyRequest, _view: CallView) -> PartyRequest:
    return request._replace(method="DELETE", party_id=None, operation=None, body=None)


def _other_party(request: PartyRequest, view: CallView) -> PartyRequest:
    others = [p.id for p in view.session.parties if p.id != request.party_id]
    return request._replace(party_id=others[0])


def _dial_each(patch: pytest.MonkeyPatch) -> None:
    async def run[V](
        _in_flight: InFlight[V],
        _key: object,
        _session: object,
        make: Callable[[], Awaitable[V]],
    ) -> V:
        return await make()

    patch.setattr(InFlight, "run", run)
    patch.setattr(OwnRingOuts, "unfinished", [])


def _receive_legs(patch: pytest.MonkeyPatch) -> None:
    count = CallCounter.count

    def counted(
        counter: CallCounter, extension_id: str, event: CallEvent
    ) -> Sequence[ScopeEvent]:
        if event.type is CallEventType.DIALING:
            call = replace(event.call, direction=Direction.INBOUND)
            event = replace(event, call=call)
        return count(counter, extension_id, event)

    patch.setattr(CallCounter, "count", counted)


def _announce_legs(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(OwnRingOuts, "show", lambda _, presence: presence)


@pytest.mark.freeze_time("2026-03-02")
@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize(
    ("plant", "steps", "kind"),
    [
        pytest.param(
            _show_before_events,
            [_CALL, _SECOND, _ANSWER, _UNANSWERED_POST, _HOLD, Step("wait", 8)],
            "shown before it was reported",
            id="state that the controller sets",
        ),
        pytest.param(
            _send_again,
            [_CALL, _SECOND, _ANSWER, _LOST_POST, _HOLD, Step("wait", 8)],
            "sent again",
            id="change repeated after a lost answer",
        ),
        pytest.param(
            _change_requests(_drop),
            [Step("group", 0), _SECOND, _REJECT],
            "request of another action",
            id="ringing call dropped for all",
        ),
        pytest.param(
            _change_requests(_other_party),
            [_CALL, _SECOND, _ANSWER, _HOLD],
            "request for another party",
            id="party of the other side",
        ),
        pytest.param(
            _dial_each, [Step("dial twice")], "dialed twice", id="dialed at each click"
        ),
        pytest.param(
            _receive_legs, [Step("dial")], "counts", id="own leg counted as received"
        ),
        pytest.param(
            _announce_legs,
            [Step("dial")],
            "RingOut: false or repeated",
            id="own leg reported as received",
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
    assert play(freezer, steps, {}, ControlledWorld)[0] == []
    plant(monkeypatch)
    differences, _ = play(freezer, steps, {}, ControlledWorld)
    assert kind in {difference.kind for difference in differences}

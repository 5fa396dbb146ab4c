"""What outlives a restart: saved and loaded, and anything that a file may hold."""

from collections.abc import Callable
from copy import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from freezegun.api import StepTickTimeFactory
from hypothesis import given, strategies as st
import orjson
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.event_stream import Session
from custom_components.ringcentral.api.models.presence import (
    ActiveCall,
    parse_active_call,
)
from custom_components.ringcentral.api.websocket import SessionContext
from custom_components.ringcentral.calls.durations import CallTimer, Phase, TimedCall
from custom_components.ringcentral.calls.lifecycle import CallDurations
from custom_components.ringcentral.connection.outages import Totals
from custom_components.ringcentral.connection.store import StateStore, StoredState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import get_internal_store_manager
from tests.common import until

from ..strategies import Json, call_json, json_values

_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
_CANARIES = {
    "from": "+15550009999",
    "fromName": "Canary Caller",
    "to": "+15550008888",
    "toName": "Canary Callee",
    "onBehalfOf": "canary-behalf",
    "sipData": {"fromTag": "canary-tag", "remoteUri": "sip:canary@example.invalid"},
    "callInfo": {"primary": {"type": "QueueName", "value": "Canary Queue"}},
}


def a_call(number: int, status: str, **fields: object) -> ActiveCall:
    """Return a call as the platform tells of it."""
    return parse_active_call(call_json(number, status, **fields), Anomalies())


STATE = StoredState(
    session=Session(SessionContext("session-token", 7), "subscription-id"),
    seen_until=_NOON,
    calls={
        "2": (
            TimedCall(
                a_call(1, "Ringing", **_CANARIES),
                CallTimer(
                    past=CallDurations(ringing=0.0, talking=0.0, held=0.0),
                    phase=Phase.RINGING,
                    since=_NOON - timedelta(seconds=9),
                ),
            ),
            TimedCall(
                a_call(2, "OnHold"),
                CallTimer(past=CallDurations(talking=62.25), phase=Phase.HELD),
            ),
        ),
        "3": (),
    },
    uuids=("uuid-1", "uuid-2"),
    totals=Totals(
        count=3,
        last_loss=_NOON - timedelta(seconds=5),
        day=date(2026, 3, 2),
        unseen=61.5,
        undecided=0.0,
    ),
)


def as_stored(timed: TimedCall) -> TimedCall:
    """Return what of a call is stored."""
    call = replace(
        timed.call,
        from_=None,
        from_name=None,
        to=None,
        to_name=None,
        termination_type=None,
        sip_data=None,
        on_behalf_of=None,
        call_info=None,
        appearance_info=None,
    )
    return replace(timed, call=call)


def as_loaded(state: StoredState) -> StoredState:
    """Return what a restart finds of a state."""
    calls = state.calls
    return replace(
        state,
        uuids=list(state.uuids),
        calls=calls and {i: tuple(as_stored(c) for c in cs) for i, cs in calls.items()},
    )


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Keep the files of these tests by themselves."""
    return str(tmp_path)


@pytest.fixture
def hass_storage() -> Json:
    """Write real files."""
    return {}


@pytest.fixture(autouse=True)
def find_custom_integrations() -> None:
    """Set nothing up in these tests."""


@pytest.fixture
def store(hass: HomeAssistant) -> StateStore:
    """Return the store of an entry."""
    return StateStore(hass, "an-entry")


@pytest.fixture
def file(hass: HomeAssistant) -> Path:
    """Return the file of the entry."""
    path = Path(hass.config.path(".storage", "ringcentral.an-entry"))
    path.parent.mkdir(exist_ok=True)
    # Home Assistant has listed the files at its start.
    get_internal_store_manager(hass).async_invalidate(path.name)
    return path


def good() -> Json:
    """Return the data of a good file."""
    return {
        "session": {"token": "t", "sequence": 1, "subscription_id": "s"},
        "seen_until": "2026-03-02T12:00:00+00:00",
        "calls": {
            "2": [
                {
                    "id": "1",
                    "session_id": None,
                    "telephony_session_id": "s-1",
                    "party_id": "p-1",
                    "direction": "inbound",
                    "telephony_status": "ringing",
                    "queue_call": False,
                    "start_time": None,
                    "times": {
                        "ringing": 4.5,
                        "talking": 0.0,
                        "held": None,
                        "phase": "ringing",
                        "since": "2026-03-02T11:59:51+00:00",
                    },
                }
            ]
        },
        "uuids": ["u"],
        "totals": {
            "count": 0,
            "last_loss": None,
            "day": "2026-03-02",
            "unseen": 0.0,
            "undecided": 0.0,
        },
    }


def written(file: Path, data: object, **envelope: object) -> None:
    """Write a file as Home Assistant does."""
    whole = {"version": 1, "minor_version": 1, "key": "x", "data": data, **envelope}
    file.write_bytes(orjson.dumps(whole))


async def test_first_start_finds_nothing(store: StateStore) -> None:
    """There is no file yet."""
    assert await store.load() is None


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(STATE, id="all"),
        pytest.param(replace(STATE, session=None), id="never connected"),
        pytest.param(replace(STATE, calls=None), id="killed"),
        pytest.param(replace(STATE, calls={}, uuids=()), id="quiet"),
        pytest.param(
            replace(STATE, totals=replace(STATE.totals, last_loss=None)), id="no loss"
        ),
        pytest.param(
            replace(
                STATE,
                calls={
                    "2": (
                        TimedCall(a_call(1, "Yodelling", direction=None), CallTimer()),
                        TimedCall(
                            a_call(2, "Ringing", startTime=None, sessionId=None),
                            CallTimer(phase=Phase.RINGING),
                        ),
                    )
                },
            ),
            id="unknown words",
        ),
    ],
)
async def test_next_run_finds_what_was_saved(
    hass: HomeAssistant, store: StateStore, file: Path, state: StoredState
) -> None:
    """Apart from what is personal."""
    await store.save(state)
    assert await StateStore(hass, "an-entry").load() == as_loaded(state)
    assert await StateStore(hass, "another-entry").load() is None


async def test_calls_found_again_are_the_same_calls(
    hass: HomeAssistant, store: StateStore, file: Path
) -> None:
    """Their keys are those of the calls that events will tell of."""
    await store.save(STATE)
    loaded = await StateStore(hass, "an-entry").load()
    assert loaded is not None and loaded.calls is not None and STATE.calls is not None
    assert [item.call.key for item in loaded.calls["2"]] == [
        item.call.key for item in STATE.calls["2"]
    ]


async def test_call_of_a_file_without_times_is_found_unmeasured(
    store: StateStore, file: Path
) -> None:
    """An earlier version wrote it; how long the call had rung then, nobody knows."""
    data = good()
    del data["calls"]["2"][0]["times"]
    written(file, data)
    loaded = await store.load()
    assert loaded is not None and loaded.calls is not None
    (found,) = loaded.calls["2"]
    assert found.call.key == ("s-1", "p-1")
    assert found.times.durations_at(_NOON) == CallDurations()
    answered = found.times.advance(a_call(1, "CallConnected"), _NOON)
    assert answered.durations_at(_NOON + timedelta(seconds=5)) == CallDurations()


async def test_file_holds_nothing_personal_and_is_private(
    store: StateStore, file: Path
) -> None:
    """No number, no name, no SIP data; and the session is nobody's business."""
    await store.save(STATE)
    text = file.read_text().lower()
    assert "s-1" in text
    assert "canary" not in text
    assert not any(word in text for word in ("+1555", "ada", "ben", "sip", "102"))
    assert file.stat().st_mode & 0o777 == 0o600


async def test_session_does_not_show_its_token() -> None:
    """A state may end up in a traceback."""
    assert "session-token" not in repr(STATE)


async def test_removal_leaves_no_file(store: StateStore, file: Path) -> None:
    """Nor anything for a later entry to find."""
    await store.save(STATE)
    await store.remove()
    assert not file.exists()
    assert await store.load() is None
    await store.remove()


@pytest.mark.freeze_time("2026-03-02 12:00:00", tick=True)
async def test_save_soon_writes_the_state_of_then(
    hass: HomeAssistant, store: StateStore, file: Path, freezer: StepTickTimeFactory
) -> None:
    """Once, a second after the last request."""
    states = [replace(STATE, uuids=(f"uuid-{number}",)) for number in range(3)]
    written_states: list[StoredState] = []

    def state(number: int) -> Callable[[], StoredState]:
        def get() -> StoredState:
            written_states.append(states[number])
            return states[number]

        return get

    for number in range(3):
        store.save_soon(state(number))
        freezer.tick(0.7)
        await hass.async_block_till_done()
        assert not file.exists()
    freezer.tick(0.4)
    await until(file.exists)
    assert written_states == [states[2]]
    loaded = await StateStore(hass, "an-entry").load()
    assert loaded is not None
    assert loaded.uuids == ["uuid-2"]


async def test_stop_of_home_assistant_writes_at_once(
    hass: HomeAssistant, store: StateStore, file: Path
) -> None:
    """What was to be saved soon."""
    store.save_soon(lambda: STATE)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    assert await StateStore(hass, "an-entry").load() == as_loaded(STATE)


@pytest.mark.parametrize(
    "envelope",
    [
        {"version": 2},
        {"version": 0},
        {"version": 0, "minor_version": 9},
        {"version": "1"},
        {"version": None},
    ],
)
async def test_file_of_another_version_is_ignored(
    store: StateStore, file: Path, caplog: pytest.LogCaptureFixture, envelope: Json
) -> None:
    """Without a fuss: the run begins as the first one."""
    written(file, good(), **envelope)
    assert await store.load() is None
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize(
    "content", ["[]", "null", "3", '"text"', '{"data": {}}', '{"version": 1}']
)
async def test_json_that_is_no_storage_file_is_ignored(
    store: StateStore, file: Path, content: str
) -> None:
    """Somebody wrote something else there."""
    file.write_text(content)
    assert await store.load() is None


async def test_unreadable_file_is_reported_by_home_assistant(
    hass: HomeAssistant, store: StateStore, file: Path
) -> None:
    """And the run begins as the first one."""
    file.write_text('{"version": 1, "data": {"sess')
    assert await store.load() is None
    assert [issue.translation_key for issue in ir.async_get(hass).issues.values()] == [
        "storage_corruption"
    ]


async def test_good_file_is_good(store: StateStore, file: Path) -> None:
    """The rows below spoil it in one place each."""
    written(file, good())
    assert await store.load() is not None


_MISSING = object()


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("session",), _MISSING),
        (("session",), "text"),
        (("session",), {}),
        (("session", "token"), None),
        (("session", "token"), _MISSING),
        (("session", "sequence"), "1"),
        (("session", "sequence"), 1.5),
        (("session", "subscription_id"), 3),
        (("session", "more"), 3),
        (("seen_until",), None),
        (("seen_until",), 0),
        (("seen_until",), "yesterday"),
        (("seen_until",), "2026-03-02T12:00:00"),
        (("seen_until",), "2026-13-02T12:00:00+00:00"),
        (("seen_until",), _MISSING),
        (("calls",), []),
        (("calls",), _MISSING),
        (("calls", "2"), {}),
        (("calls", "2"), None),
        (("calls", "2", 0), None),
        (("calls", "2", 0, "id"), 3),
        (("calls", "2", 0, "id"), _MISSING),
        (("calls", "2", 0, "direction"), "Sideways"),
        (("calls", "2", 0, "direction"), []),
        (("calls", "2", 0, "telephony_status"), "Yodelling"),
        (("calls", "2", 0, "queue_call"), "yes"),
        (("calls", "2", 0, "start_time"), "2026-03-02"),
        (("calls", "2", 0, "from_"), "+15551230001"),
        (("calls", "2", 0, "times"), None),
        (("calls", "2", 0, "times", "ringing"), -1.0),
        (("calls", "2", 0, "times", "talking"), "3"),
        (("calls", "2", 0, "times", "held"), _MISSING),
        (("calls", "2", 0, "times", "phase"), "parked"),
        (("calls", "2", 0, "times", "since"), 3),
        (("calls", "2", 0, "times", "more"), 3),
        (("uuids",), None),
        (("uuids",), [3]),
        (("uuids",), _MISSING),
        (("totals",), None),
        (("totals", "count"), -1),
        (("totals", "count"), "3"),
        (("totals", "last_loss"), "never"),
        (("totals", "day"), None),
        (("totals", "day"), "2026-02-30"),
        (("totals", "day"), _MISSING),
        (("totals", "unseen"), -0.5),
        (("totals", "unseen"), None),
        (("totals", "undecided"), -0.5),
        (("totals", "undecided"), "0"),
        (("surplus",), 1),
    ],
)
async def test_file_of_another_shape_is_ignored(
    store: StateStore,
    file: Path,
    caplog: pytest.LogCaptureFixture,
    place: tuple[Any, ...],
    value: object,
) -> None:
    """Without a fuss."""
    data = good()
    *way, last = place
    within: Any = data
    for step in way:
        within = within[step]
    if value is _MISSING:
        del within[last]
    else:
        within[last] = value
    written(file, data)
    assert await store.load() is None
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@given(st.data())
async def test_whatever_json_is_stored_loading_does_not_raise(
    store: StateStore, file: Path, data: st.DataObject
) -> None:
    """It gives a state or nothing."""
    stored = good()
    for _ in range(data.draw(st.integers(1, 2))):
        within: Any = stored
        key = data.draw(st.sampled_from(list(within)))
        while (
            isinstance(within[key], dict) and within[key] and data.draw(st.booleans())
        ):
            within = within[key]
            key = data.draw(st.sampled_from(list(within)))
        within[key] = data.draw(json_values)
    written(file, stored)
    state = await store.load()
    assert state is None or isinstance(state, StoredState)

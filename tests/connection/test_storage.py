"""What outlives a restart, and a file that holds something else."""

from copy import replace
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

from freezegun.api import StepTickTimeFactory
from hypothesis import given, strategies as st
import orjson
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.clock import Instant
from custom_components.ringcentral.api.event_stream import EventStream, StreamState
from custom_components.ringcentral.api.models.base import convert
from custom_components.ringcentral.api.models.gateway import SessionContext
from custom_components.ringcentral.api.models.presence import ActiveCall
from custom_components.ringcentral.api.recovery import Session
from custom_components.ringcentral.calls.detector import CallEventDetector
from custom_components.ringcentral.calls.durations import CallTimer, Phase, TimedCall
from custom_components.ringcentral.calls.lifecycle import CallDurations
from custom_components.ringcentral.connection.outages import OutageStatistics, Totals
from custom_components.ringcentral.connection.storage import (
    SessionStorage,
    StoredSession,
    async_remove_stored_state,
)
from custom_components.ringcentral.presence.store import PresenceStore
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import get_internal_store_manager
from tests.common import until

from ..strategies import Json, call_json, json_values

pytestmark = pytest.mark.freeze_time("2026-03-02 12:00:00")

_NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
_CANARIES: Final = {
    "from": "+15550009999",
    "fromName": "Canary Caller",
    "to": "+15550008888",
    "toName": "Canary Callee",
    "onBehalfOf": "canary-behalf",
    "sipData": {"fromTag": "canary-tag", "remoteUri": "sip:canary@example.invalid"},
    "callInfo": {"primary": {"type": "QueueName", "value": "Canary Queue"}},
}


def a_call(number: int, status: str, **fields: object) -> ActiveCall:
    """Return a call as the platform sends it."""
    return convert(ActiveCall, call_json(number, status, **fields), Anomalies())


@dataclass(frozen=True)
class State:
    """The stored part of the state of a run."""

    session: Session | None
    calls: dict[str, tuple[TimedCall, ...]]
    uuids: tuple[str, ...]
    totals: Totals


NOTHING: Final = State(
    session=None,
    calls={},
    uuids=(),
    totals=Totals(count=0, last_loss=None, day=_NOON.date(), unseen=0.0, undecided=0.0),
)
STATE: Final = State(
    session=Session(SessionContext("session-token", 7), "subscription-id"),
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
        day=_NOON.date(),
        unseen=61.5,
        undecided=0.0,
    ),
)


@dataclass
class Stream:
    """What the storage uses of the event stream."""

    session: Session | None = None
    state: StreamState = StreamState.RECOVERING
    last_message_at: Instant | None = None

    def resume(self, session: Session) -> None:
        """Continue a session."""
        self.session = session


@dataclass
class Run:
    """The storage of one run, with all whose state it saves."""

    hass: HomeAssistant
    entry_id: str = "an-entry"
    stream: Stream = field(default_factory=Stream)
    presences: PresenceStore = field(default_factory=lambda: PresenceStore(Anomalies()))
    detector: CallEventDetector = field(default_factory=CallEventDetector)
    outages: OutageStatistics = field(
        default_factory=lambda: OutageStatistics(lambda: datetime.now(UTC))
    )

    def __post_init__(self) -> None:
        """Monitor two extensions."""
        self.presences.monitor({"2", "3"})
        self.storage = SessionStorage(
            self.hass,
            self.entry_id,
            cast(EventStream, self.stream),
            self.presences,
            self.detector,
            self.outages,
        )

    def come_to(self, state: State) -> None:
        """Bring about a state."""
        self.stream.session = state.session
        self.detector.resume(state.calls)
        self.presences.restore(state.uuids)
        self.outages.restore(state.totals)

    async def restored(self) -> State:
        """Return the state after restoring."""
        await self.storage.restore()
        return State(
            session=self.stream.session,
            calls=dict(self.detector.reported),
            uuids=tuple(self.presences.recent_uuids),
            totals=replace(
                self.outages.totals, undecided=round(self.outages.totals.undecided, 1)
            ),
        )


def as_restored(state: State) -> State:
    """Return what a restart finds of a state: nothing personal."""
    return replace(
        state,
        calls={
            extension_id: tuple(
                timed._replace(
                    call=replace(
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
                )
                for timed in calls
            )
            for extension_id, calls in state.calls.items()
        },
    )


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Keep the files of these tests in their own directory."""
    return str(tmp_path)


@pytest.fixture
def hass_storage() -> Json:
    """Write real files."""
    return {}


@pytest.fixture(autouse=True)
def find_custom_integrations() -> None:
    """Set nothing up in these tests."""


@pytest.fixture
def run(hass: HomeAssistant) -> Run:
    """Return a run of an entry."""
    return Run(hass)


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


_FORMER: Final = Path(__file__).parents[1] / "fixtures" / "stored_state.json"


async def test_first_start_finds_nothing(run: Run) -> None:
    """There is no file yet."""
    assert await run.restored() == NOTHING


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(STATE, id="all"),
        pytest.param(replace(STATE, session=None), id="never connected"),
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
    hass: HomeAssistant, run: Run, file: Path, state: State
) -> None:
    """Apart from what is personal."""
    run.come_to(state)
    await run.storage.save()

    assert await Run(hass).restored() == as_restored(state)
    assert await Run(hass, "another-entry").restored() == NOTHING


async def test_calls_found_again_are_the_same_calls(
    hass: HomeAssistant, run: Run, file: Path
) -> None:
    """Their keys are those of the calls that events will name."""
    run.come_to(STATE)
    await run.storage.save()

    found = await Run(hass).restored()

    assert [timed.call.key for timed in found.calls["2"]] == [
        timed.call.key for timed in STATE.calls["2"]
    ]


async def test_calls_of_an_extension_that_is_not_monitored_any_more_are_left_out(
    hass: HomeAssistant, run: Run, file: Path
) -> None:
    """They would never end."""
    run.come_to(STATE)
    await run.storage.save()
    after = Run(hass)
    after.presences.monitor({"3"})

    assert (await after.restored()).calls == {"3": ()}


async def test_run_that_was_killed_leaves_no_calls(
    hass: HomeAssistant, run: Run, file: Path
) -> None:
    """Others have begun and ended since the write."""
    run.come_to(STATE)
    run.storage.save_soon()
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()

    assert await Run(hass).restored() == replace(as_restored(STATE), calls={})


async def test_time_between_two_runs_was_not_seen(
    hass: HomeAssistant, run: Run, file: Path, freezer: StepTickTimeFactory
) -> None:
    """Counted from the last message, if the connection was open."""
    run.come_to(STATE)
    run.stream.state = StreamState.PUSH
    run.stream.last_message_at = Instant.now()
    freezer.tick(30.0)
    await run.storage.save()
    freezer.tick(60.0)

    found = await Run(hass).restored()

    assert found.totals.undecided == pytest.approx(90.0, abs=1.0)


async def test_file_has_the_shape_of_former_versions(
    hass: HomeAssistant, run: Run, file: Path
) -> None:
    """A file that the version before has written, read and written again."""
    file.write_bytes(_FORMER.read_bytes())

    found = await run.restored()
    await run.storage.save()

    assert found.session == STATE.session
    assert [timed.call.key for timed in found.calls["2"]] == [
        ("s-1", "p-1-2"),
        ("s-2", "p-2-2"),
        ("s-3", "p-3-2"),
    ]
    assert found.calls["2"][0] == as_restored(STATE).calls["2"][0]
    assert found.calls["2"][2].call.telephony_status == "unknown"
    assert found.uuids == STATE.uuids
    assert found.totals == STATE.totals
    former, written_now = (
        orjson.loads(content)["data"]
        for content in (_FORMER.read_bytes(), file.read_bytes())
    )
    # Time that has passed since then.
    written_at = datetime.fromisoformat(written_now.pop("seen_until"))
    assert timedelta() <= written_at - _NOON < timedelta(seconds=1)
    del former["seen_until"]
    former["totals"]["undecided"] = pytest.approx(0.0, abs=1.0)
    assert written_now == former


async def test_call_of_a_file_without_times_is_found_unmeasured(
    run: Run, file: Path
) -> None:
    """An earlier version wrote it; how long the call had rung then is unknown."""
    data = good()
    del data["calls"]["2"][0]["times"]
    written(file, data)

    (found,) = (await run.restored()).calls["2"]

    assert found.call.key == ("s-1", "p-1")
    assert found.times.durations_at(_NOON) == CallDurations()
    answered = found.times.advance(a_call(1, "CallConnected"), _NOON)
    assert answered.durations_at(_NOON + timedelta(seconds=5)) == CallDurations()


async def test_file_holds_nothing_personal_and_is_private(run: Run, file: Path) -> None:
    """No number, no name, no SIP data; and the session is private."""
    run.come_to(STATE)
    await run.storage.save()

    text = file.read_text().lower()
    assert "s-1" in text
    assert "canary" not in text
    assert not any(word in text for word in ("+1555", "ada", "ben", "sip", "102"))
    assert file.stat().st_mode & 0o777 == 0o600


def test_session_does_not_show_its_token() -> None:
    """A state may end up in a traceback."""
    assert "session-token" not in repr(STATE)
    assert "t0p" not in repr(StoredSession("t0p", 1, "subscription"))


async def test_removal_leaves_no_file(
    hass: HomeAssistant, run: Run, file: Path
) -> None:
    """Nor anything for a later entry to find."""
    run.come_to(STATE)
    await run.storage.save()

    await async_remove_stored_state(hass, "an-entry")

    assert not file.exists()
    assert await Run(hass).restored() == NOTHING
    await async_remove_stored_state(hass, "an-entry")


@pytest.mark.freeze_time("2026-03-02 12:00:00", tick=True)
async def test_save_soon_writes_the_state_of_then(
    hass: HomeAssistant, run: Run, file: Path, freezer: StepTickTimeFactory
) -> None:
    """Once, a second after the last request."""
    for number in range(3):
        run.presences.restore([f"uuid-{number}"])
        run.storage.save_soon()
        freezer.tick(0.7)
        await hass.async_block_till_done()
        assert not file.exists()
    run.presences.restore(["uuid-of-then"])
    freezer.tick(0.4)
    await until(file.exists)

    assert (await Run(hass).restored()).uuids == (
        "uuid-0",
        "uuid-1",
        "uuid-2",
        "uuid-of-then",
    )


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
    run: Run, file: Path, caplog: pytest.LogCaptureFixture, envelope: Json
) -> None:
    """Without an error: the run begins as the first one."""
    written(file, good(), **envelope)

    assert await run.restored() == NOTHING
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize(
    "content", ["[]", "null", "3", '"text"', '{"data": {}}', '{"version": 1}']
)
async def test_json_that_is_no_storage_file_is_ignored(
    run: Run, file: Path, content: str
) -> None:
    """Something else was written there."""
    file.write_text(content)

    assert await run.restored() == NOTHING


async def test_unreadable_file_is_reported_by_home_assistant(
    hass: HomeAssistant, run: Run, file: Path
) -> None:
    """And the run begins as the first one."""
    file.write_text('{"version": 1, "data": {"sess')

    assert await run.restored() == NOTHING
    assert [issue.translation_key for issue in ir.async_get(hass).issues.values()] == [
        "storage_corruption"
    ]


async def test_good_file_is_good(run: Run, file: Path) -> None:
    """The rows below change it in one place each."""
    written(file, good())

    found = await run.restored()

    assert found.session == Session(SessionContext("t", 1), "s")
    assert found.uuids == ("u",)
    assert len(found.calls["2"]) == 1


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
    run: Run,
    file: Path,
    caplog: pytest.LogCaptureFixture,
    place: tuple[Any, ...],
    value: object,
) -> None:
    """Without an error."""
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

    assert await run.restored() == NOTHING
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@given(st.data())
async def test_whatever_json_is_stored_restoring_does_not_raise(
    hass: HomeAssistant, file: Path, data: st.DataObject
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

    await Run(hass).storage.restore()

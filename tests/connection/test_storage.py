"""What outlives a restart, and a file that holds something else."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import replace
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf, nan
from pathlib import Path
from threading import get_ident
from typing import Any, Final, cast
from unittest.mock import patch

from cryptography.fernet import Fernet
from freezegun.api import StepTickTimeFactory
from hypothesis import given, strategies as st
import orjson
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.clock import Instant
from custom_components.ringcentral.api.event_stream import EventStream, StreamState
from custom_components.ringcentral.api.models.base import MAX_ID, MAX_TOKEN, convert
from custom_components.ringcentral.api.models.gateway import SessionContext
from custom_components.ringcentral.api.models.presence import ActiveCall
from custom_components.ringcentral.api.recovery import Session
from custom_components.ringcentral.calls.counts import DayCounts
from custom_components.ringcentral.calls.dispatcher import CallEventDispatcher
from custom_components.ringcentral.calls.durations import CallTimer, Phase, TimedCall
from custom_components.ringcentral.calls.lifecycle import (
    CallDurations,
    CallEvent,
    CallEventType,
)
from custom_components.ringcentral.connection import storage
from custom_components.ringcentral.connection.outages import OutageStatistics, Totals
from custom_components.ringcentral.connection.storage import (
    MAX_FILE_SIZE,
    SessionStorage,
    async_remove_stored_state,
)
from custom_components.ringcentral.connection.stored_state import (
    MAX_CALLS,
    MAX_CALLS_TOTAL,
    MAX_EXTENSIONS,
    MAX_SECONDS,
    StoredSession,
    encode_calls,
)
from custom_components.ringcentral.presence.store import MAX_UUIDS, PresenceStore
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import Store, get_internal_store_manager

from ..reliability.common import Time
from ..strategies import Json, call_json, json_values

pytestmark = pytest.mark.freeze_time("2026-03-02 12:00:00")

_NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
_ENCRYPTION: Final = Fernet(Fernet.generate_key())
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
    sequences: dict[str, int]
    totals: Totals


NOTHING: Final = State(
    session=None,
    calls={},
    uuids=(),
    sequences={},
    totals=Totals(
        count=0,
        last_loss=None,
        day=_NOON.date(),
        unseen=0.0,
        undecided=0.0,
        since=_NOON,
    ),
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
    sequences={"2": 7},
    totals=Totals(
        count=3,
        last_loss=_NOON - timedelta(seconds=5),
        day=_NOON.date(),
        unseen=61.5,
        undecided=0.0,
        since=_NOON - timedelta(hours=28),
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
    encryption: Fernet = _ENCRYPTION
    stream: Stream = field(default_factory=Stream)
    presences: PresenceStore = field(default_factory=lambda: PresenceStore(Anomalies()))
    outages: OutageStatistics = field(
        default_factory=lambda: OutageStatistics(lambda: datetime.now(UTC))
    )

    def __post_init__(self) -> None:
        """Monitor two extensions, and send call events."""
        self.presences.monitor({"2", "3"})
        self.calls = CallEventDispatcher(self.hass, self.entry_id)
        self.calls._queue = None
        self.storage = SessionStorage(
            self.hass,
            self.entry_id,
            self.encryption,
            cast(EventStream, self.stream),
            self.presences,
            self.calls,
            self.outages,
        )

    def come_to(self, state: State) -> None:
        """Bring about a state."""
        self.stream.session = state.session
        self.calls.detector.resume(state.calls)
        self.presences.restore(state.uuids, state.sequences)
        self.outages.restore(state.totals)

    async def restored(self) -> State:
        """Return the state after restoring."""
        await self.storage.restore()
        totals = self.outages.totals
        return State(
            session=self.stream.session,
            calls=dict(self.calls.detector.reported),
            uuids=tuple(self.presences.recent_uuids),
            sequences=dict(self.presences.recent_sequences),
            totals=replace(
                totals,
                undecided=round(totals.undecided, 1),
                since=totals.since.replace(second=0, microsecond=0),
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
            "since": "2026-03-01T08:00:00+00:00",
        },
        "counts": {
            "day": "2026-03-02",
            "scopes": {
                "account": {
                    "since": "2026-03-02T00:00:00+00:00",
                    "counts": {"incoming": 3, "answered": 2, "talk_time": 61.5},
                    "calls": {
                        "s-1": {
                            "updated": "2026-03-02T11:59:51+00:00",
                            "called": ["2"],
                            "is_incoming": True,
                            "rang_at": "2026-03-02T11:59:51+00:00",
                        },
                        "s-2": {
                            "updated": "2026-03-02T11:59:30+00:00",
                            "is_incoming": True,
                            "is_answered": True,
                            "is_unproven": True,
                            "outcome": "answered",
                            "day": "2026-03-02",
                        },
                    },
                }
            },
        },
    }


def good_calls() -> list[Json]:
    """Return the calls of a good file."""
    return list(good()["calls"]["2"])


def encrypted(calls: object) -> str:
    """Return calls as a run stores them."""
    return _ENCRYPTION.encrypt(orjson.dumps(calls)).decode()


def stored_data(file: Path) -> Json:
    """Return the data of a file, with the calls decrypted."""
    data: Json = orjson.loads(file.read_bytes())["data"]
    return {**data, "calls": orjson.loads(_ENCRYPTION.decrypt(data["calls"]))}


def written(file: Path, data: object, **envelope: object) -> None:
    """Write a file as Home Assistant does; some of the data is encrypted."""
    for key in ("calls", "counts", "sequences"):
        if isinstance(data, dict) and isinstance(data.get(key), dict | list):
            data = {**data, key: encrypted(data[key])}
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
        pytest.param(replace(STATE, calls={}, uuids=(), sequences={}), id="quiet"),
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


def _with_another_key(stored: str) -> str:
    return Fernet(Fernet.generate_key()).encrypt(_ENCRYPTION.decrypt(stored)).decode()


def _cut_off(stored: str) -> str:
    return stored[: len(stored) // 2]


def _with_another_end(stored: str) -> str:
    return stored[:-8] + "AAAAAA=="


@pytest.mark.parametrize(
    "damage",
    [
        _with_another_key,
        _cut_off,
        _with_another_end,
        pytest.param(lambda _: "é", id="not ASCII"),
        pytest.param(
            lambda _: _ENCRYPTION.encrypt(b"{").decode(), id="JSON that is cut off"
        ),
    ],
)
async def test_calls_that_cannot_be_decrypted_cost_nothing_else(
    run: Run,
    file: Path,
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[str], str],
) -> None:
    """As if none was stored, and without an error."""
    data = good()
    written(file, {**data, "calls": damage(encrypted(data["calls"]))})

    found = await run.restored()

    assert found.calls == {}
    assert found.session == Session(SessionContext("t", 1), "s")
    assert found.uuids == ("u",)
    (record,) = [r for r in caplog.records if r.getMessage().startswith("No usable")]
    assert record.levelname == "DEBUG"
    assert not [r for r in caplog.records if r.levelname in ("WARNING", "ERROR")]


async def test_calls_that_could_not_be_decrypted_are_replaced(
    hass: HomeAssistant, run: Run, file: Path
) -> None:
    run.come_to(STATE)
    await run.storage.save()
    after = Run(hass, encryption=Fernet(Fernet.generate_key()))
    await after.restored()
    after.calls.detector.resume(STATE.calls)
    await after.storage.save()

    again = Run(hass, encryption=after.encryption)
    assert (await again.restored()).calls == as_restored(STATE).calls


async def test_calls_of_an_extension_that_is_not_monitored_any_more_are_left_out(
    hass: HomeAssistant, run: Run, file: Path
) -> None:
    """They would never end."""
    run.come_to(STATE)
    await run.storage.save()
    after = Run(hass)
    after.presences.monitor({"3"})

    assert (await after.restored()).calls == {"3": ()}


async def test_run_that_was_killed_leaves_what_was_saved(
    hass: HomeAssistant, run: Run, file: Path, time: Time
) -> None:
    """Nothing is done at its end."""
    run.come_to(STATE)
    run.storage.save_soon()
    await time.settle()

    assert await Run(hass).restored() == as_restored(STATE)


async def test_nothing_is_saved_before_call_events_are_sent(
    hass: HomeAssistant, run: Run, file: Path, time: Time
) -> None:
    """The next run begins where the last one ended, also after a clean end."""
    run.come_to(STATE)
    await run.storage.save()
    starting = Run(hass)
    starting.calls = CallEventDispatcher(hass, "an-entry")
    starting.storage._calls = starting.calls
    starting.storage.save_soon()
    await time.passes(5)
    await starting.storage.save()

    found = await Run(hass).restored()
    assert replace(found, totals=STATE.totals) == as_restored(STATE)


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
    former = orjson.loads(_FORMER.read_bytes())["data"]
    written(file, former)

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
    written_now = stored_data(file)
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
    """Of calls nothing is readable; and the session is private."""
    run.come_to(STATE)
    await run.storage.save()

    data = orjson.loads(file.read_bytes())["data"]
    calls = _ENCRYPTION.decrypt(data["calls"]).decode()
    # Their letters are random, so they may contain any word.
    text = file.read_text().replace(data["calls"], "").replace(data["sequences"], "")
    for hidden in ("held", "inbound", "s-1", "p-1-2", "810001", "11:59:51", "62.25"):
        assert hidden in calls
        assert hidden not in text
    everything = (text + calls).lower()
    assert "canary" not in everything
    assert not any(word in everything for word in ("+1555", "ada", "ben", "sip", "102"))
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


@contextmanager
def write_times() -> Iterator[list[float]]:
    """Collect the times of all writes."""
    times: list[float] = []
    write = Store._write_prepared_data

    def record(store: Store[Any], mode: str, data: str | bytes) -> None:
        times.append(Instant.now().monotonic)
        write(store, mode, data)

    with patch.object(Store, "_write_prepared_data", record):
        yield times


async def test_change_after_a_pause_is_written_at_once(
    run: Run, file: Path, time: Time
) -> None:
    """Without waiting for the next one."""
    run.storage.save_soon()
    await time.settle()
    assert file.exists()
    await time.passes(2)
    run.presences.restore(["uuid"], {})
    run.storage.save_soon()
    await time.settle()
    assert orjson.loads(file.read_bytes())["data"]["uuids"] == ["uuid"]


async def test_constant_changes_are_written_every_two_seconds(
    run: Run, file: Path, time: Time
) -> None:
    """A further change neither postpones a write nor adds one."""
    with write_times() as times:
        for number in range(100):
            run.presences.restore([f"uuid-{number}"], {})
            run.storage.save_soon()
            await time.passes(0.1, step=0.1)

    intervals = [after - before for before, after in pairwise(times)]
    assert len(times) in (5, 6)
    assert intervals == pytest.approx([2.0] * len(intervals), abs=0.1)


async def test_messages_alone_are_written_since_the_connection_was_alive(
    hass: HomeAssistant, run: Run, file: Path, time: Time
) -> None:
    """And a connection without any causes no write."""
    run.stream.state = StreamState.PUSH
    run.stream.last_message_at = Instant.now()
    with write_times() as times:
        run.storage.save_soon()
        await time.passes(60)
        assert len(times) == 1
        run.stream.last_message_at = Instant.now()
        await time.passes(2)
        assert len(times) == 2
        await time.passes(60)
        assert len(times) == 2
    found = await Run(hass).restored()
    assert found.totals.undecided == pytest.approx(62.0, abs=0.5)


async def test_calls_are_encoded_outside_the_event_loop(
    run: Run, file: Path, time: Time
) -> None:
    """There may be a thousand; at the end of a run too."""
    threads: list[int] = []

    def encode(calls: Mapping[str, Sequence[TimedCall]]) -> bytes:
        threads.append(get_ident())
        return encode_calls(calls)

    with patch.object(storage, "encode_calls", encode):
        run.come_to(STATE)
        run.storage.save_soon()
        await time.settle()
        await run.storage.save()
    assert len(threads) == 2
    assert get_ident() not in threads


async def test_write_has_the_calls_of_the_time_when_it_began(
    run: Run, file: Path, time: Time
) -> None:
    """Whatever happens while they are encoded is in the next one."""
    run.come_to(STATE)
    encode = run.storage._state(is_running=True)
    run.calls.detector.forget("2")
    run.presences.restore(["later"], {})
    data = encode()
    calls = orjson.loads(_ENCRYPTION.decrypt(data["calls"]))
    assert calls.keys() == STATE.calls.keys()
    assert data["uuids"] == list(STATE.uuids)


async def test_end_of_a_run_is_the_last_write(run: Run, file: Path, time: Time) -> None:
    """Whatever comes later belongs to nothing."""
    with write_times() as times:
        run.storage.save_soon()
        await time.settle()
        run.storage.save_soon()
        await run.storage.save()
        run.stream.state, run.stream.last_message_at = StreamState.PUSH, Instant.now()
        run.storage.save_soon()
        await time.passes(10)
    assert len(times) == 2


async def test_end_of_a_run_is_written_though_it_is_cancelled(
    hass: HomeAssistant, run: Run, file: Path, time: Time
) -> None:
    """A write that is cancelled would go on in its thread, unordered."""
    run.come_to(STATE)
    saving = asyncio.create_task(run.storage.save())
    await asyncio.sleep(0)
    saving.cancel()
    await asyncio.gather(saving, return_exceptions=True)
    await hass.async_block_till_done()

    assert saving.cancelled()
    assert await Run(hass).restored() == as_restored(STATE)


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


# Limits


def timed(**ids: Any) -> TimedCall:
    """Return a call with these ids."""
    return TimedCall(replace(a_call(1, "Ringing"), **ids), CallTimer())


def numbered(count: int, prefix: str = "s") -> tuple[TimedCall, ...]:
    """Return different calls."""
    return tuple(timed(telephony_session_id=f"{prefix}-{n}") for n in range(count))


@pytest.mark.parametrize(
    ("calls", "stored"),
    [
        pytest.param({"2": numbered(MAX_CALLS)}, {"2": MAX_CALLS}, id="calls"),
        pytest.param(
            {"2": numbered(MAX_CALLS + 1), "3": ()}, {"3": 0}, id="too many calls"
        ),
        pytest.param(
            {str(n): numbered(MAX_CALLS) for n in range(MAX_CALLS_TOTAL // MAX_CALLS)},
            {str(n): MAX_CALLS for n in range(MAX_CALLS_TOTAL // MAX_CALLS)},
            id="calls of all",
        ),
        pytest.param(
            {
                str(n): numbered(MAX_CALLS)
                for n in range(MAX_CALLS_TOTAL // MAX_CALLS + 1)
            },
            {str(n): MAX_CALLS for n in range(MAX_CALLS_TOTAL // MAX_CALLS)},
            id="too many calls of all",
        ),
        pytest.param(
            {str(n): () for n in range(MAX_EXTENSIONS)},
            {str(n): 0 for n in range(MAX_EXTENSIONS)},
            id="extensions",
        ),
        pytest.param(
            {str(n): () for n in range(MAX_EXTENSIONS)} | {"last": numbered(1)},
            {str(n): 0 for n in range(MAX_EXTENSIONS - 1)} | {"last": 1},
            id="too many extensions",
        ),
    ],
)
async def test_calls_beyond_a_limit_are_not_stored(
    hass: HomeAssistant,
    run: Run,
    file: Path,
    calls: dict[str, tuple[TimedCall, ...]],
    stored: dict[str, int],
) -> None:
    """With the other calls of their extension, which would seem to be new later."""
    run.come_to(replace(STATE, calls=calls))
    await run.storage.save()

    after = Run(hass)
    after.presences.monitor(calls)
    found = (await after.restored()).calls
    assert {extension_id: len(found[extension_id]) for extension_id in found} == stored


@pytest.mark.parametrize(
    ("uuids", "stored"),
    [
        ([str(n) for n in range(MAX_UUIDS)], MAX_UUIDS),
        ([str(n) for n in range(MAX_UUIDS + 1)], MAX_UUIDS),
    ],
)
async def test_ids_of_notifications_are_stored_up_to_a_limit(
    hass: HomeAssistant, run: Run, file: Path, uuids: list[str], stored: int
) -> None:
    """The newest ones."""
    run.presences.restore(uuids, {})
    await run.storage.save()

    found = (await Run(hass).restored()).uuids
    assert list(found) == uuids[-stored:]


@pytest.mark.parametrize(
    ("time", "stored"),
    [
        (datetime(1969, 12, 31, tzinfo=UTC), None),
        (datetime(1970, 1, 1, tzinfo=UTC), None),
        (_NOON - timedelta(seconds=MAX_SECONDS + 1), None),
        (_NOON - timedelta(seconds=MAX_SECONDS - 1), ...),
        (_NOON + timedelta(seconds=60), ...),
        (datetime(2099, 12, 31, tzinfo=UTC), None),
        (datetime(9999, 12, 31, tzinfo=UTC), None),
    ],
)
@pytest.mark.parametrize("seconds", [-1.0, MAX_SECONDS, MAX_SECONDS + 1, inf, nan])
async def test_absurd_times_of_a_call_cost_only_its_durations(
    hass: HomeAssistant,
    run: Run,
    file: Path,
    time: datetime,
    stored: Any,
    seconds: float,
) -> None:
    """The platform sent them, and the next run could not read the file."""
    call = replace(a_call(1, "Ringing"), start_time=time)
    timer = CallTimer(CallDurations(held=seconds), Phase.RINGING, time)
    run.come_to(replace(STATE, calls={"2": (TimedCall(call, timer),)}))
    await run.storage.save()

    ((found,),) = (await Run(hass).restored()).calls.values()
    assert found.call.key == call.key
    assert found.times.since == (time if stored is ... else stored)
    assert found.times.past.held == (seconds if seconds == MAX_SECONDS else None)


async def test_long_outage_is_stored_as_a_day_at_least(
    hass: HomeAssistant, run: Run, file: Path
) -> None:
    """More makes no difference, and could not be read again."""
    run.outages.add_offline(10**9)
    await run.storage.save()

    assert (await Run(hass).restored()).totals.undecided >= 86_400


async def test_largest_file_that_is_written_is_read(
    hass: HomeAssistant, run: Run, file: Path
) -> None:
    """Each character of an id takes six bytes."""

    def long(number: int) -> str:
        return "\x01" * (MAX_ID - 4) + f"{number:04d}"

    calls = {
        long(number): tuple(
            timed(
                **dict.fromkeys(
                    ("id", "session_id", "telephony_session_id", "party_id"), long(n)
                )
            )
            for n in range(MAX_CALLS if number < MAX_CALLS_TOTAL // MAX_CALLS else 0)
        )
        for number in range(MAX_EXTENSIONS)
    }
    uuids = tuple(long(number) for number in range(MAX_UUIDS))
    run.come_to(replace(STATE, calls=calls, uuids=uuids))
    await run.storage.save()

    assert MAX_FILE_SIZE / 2 < file.stat().st_size <= MAX_FILE_SIZE
    after = Run(hass)
    after.presences.monitor(calls)
    found = await after.restored()
    assert len(found.calls) == MAX_EXTENSIONS
    assert found.uuids == uuids


@pytest.mark.parametrize("more", [0, 1])
async def test_file_that_is_too_large_is_not_even_read(
    run: Run, file: Path, more: int
) -> None:
    """Nothing that was stored here has its size."""
    written(file, good())
    with file.open("ab") as end:
        end.write(b" " * (MAX_FILE_SIZE - file.stat().st_size + more))

    found = await run.restored()
    assert found.uuids == (() if more else ("u",))


async def test_folder_in_the_place_of_the_file_costs_the_storage_only(
    hass: HomeAssistant, run: Run, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One warning, and no error at each write."""
    file.mkdir()

    assert await run.restored() == NOTHING
    run.storage.save_soon()
    await run.storage.save()
    await async_remove_stored_state(hass, "an-entry")
    levels = [
        r.levelname for r in caplog.records if r.levelname in ("WARNING", "ERROR")
    ]
    assert levels == ["WARNING"]


@pytest.mark.parametrize("error", [PermissionError(13, "denied"), OSError(5, "I/O")])
async def test_file_that_cannot_be_opened_is_ignored_and_replaced(
    hass: HomeAssistant, run: Run, file: Path, error: OSError
) -> None:
    """The run begins as the first one."""
    written(file, good())
    with patch("homeassistant.util.json.open", side_effect=error, create=True):
        assert await run.restored() == NOTHING
    run.come_to(STATE)
    await run.storage.save()
    assert (await Run(hass).restored()).uuids == STATE.uuids


async def test_folder_that_cannot_be_entered_is_ignored(run: Run, file: Path) -> None:
    """Not even its size is known."""
    written(file, good())
    with patch.object(Path, "stat", side_effect=PermissionError(13, "denied")):
        assert await run.restored() == NOTHING


async def test_good_file_is_good(run: Run, file: Path) -> None:
    """The rows below change it in one place each."""
    written(file, good())

    found = await run.restored()

    assert found.session == Session(SessionContext("t", 1), "s")
    assert found.uuids == ("u",)
    assert len(found.calls["2"]) == 1
    run.calls.counts.set_members("account", {"2"})
    assert run.calls.counts.counts("account") == DayCounts(3, 0, 2, talk_time=61.5)


_MISSING = object()
_SCOPE: Final = ("counts", "scopes", "account")


def changed(place: tuple[Any, ...], value: object) -> Json:
    """Return the data of a file that is good except for one place."""
    data = good()
    *way, last = place
    within: Any = data
    for step in way:
        within = within[step]
    if value is _MISSING:
        del within[last]
    else:
        within[last] = value
    return data


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
        (("calls",), None),
        (("calls",), 3),
        (("calls",), _MISSING),
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
        # Absurd values.
        (("session", "token"), ""),
        (("session", "token"), "x" * (MAX_TOKEN + 1)),
        (("session", "sequence"), 2**63),
        (("session", "subscription_id"), ""),
        (("session", "subscription_id"), "x" * (MAX_ID + 1)),
        (("seen_until",), "9999-12-31T23:59:59+00:00"),
        (("seen_until",), "0001-01-01T00:00:00+00:00"),
        (("uuids",), [str(n) for n in range(MAX_UUIDS + 1)]),
        (("uuids",), ["x" * (MAX_ID + 1)]),
        (("totals", "count"), 10**9 + 1),
        (("totals", "last_loss"), "9999-12-31T23:59:59+00:00"),
        (("totals", "unseen"), MAX_SECONDS + 1),
        (("totals", "undecided"), 1e308),
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
    written(file, changed(place, value))

    assert await run.restored() == NOTHING
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("calls",), []),
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
        # Absurd values.
        (("calls", "2"), good_calls()[:1] * (MAX_CALLS + 1)),
        (("calls",), {str(n): [] for n in range(MAX_EXTENSIONS + 1)}),
        (("calls",), {"x" * (MAX_ID + 1): []}),
        (("calls", "2", 0, "party_id"), "x" * (MAX_ID + 1)),
        (("calls", "2", 0, "start_time"), "9999-12-31T23:59:59+00:00"),
        (("calls", "2", 0, "times", "since"), "0001-01-01T00:00:00+00:00"),
        (("calls", "2", 0, "times", "held"), MAX_SECONDS + 1),
    ],
)
async def test_calls_of_another_shape_cost_nothing_else(
    run: Run, file: Path, place: tuple[Any, ...], value: object
) -> None:
    written(file, changed(place, value))

    found = await run.restored()

    assert (found.calls, found.uuids) == ({}, ("u",))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("counts",), "é"),
        (("counts",), []),
        (("counts",), {}),
        (("counts", "day"), "2026-02-30"),
        (("counts", "day"), None),
        (("counts", "day"), "2026-03-03"),
        (("counts", "more"), 1),
        (("counts", "scopes"), []),
        ((*_SCOPE, "since"), "yesterday"),
        ((*_SCOPE, "since"), "2026-03-02T00:00:00"),
        ((*_SCOPE, "since"), "2026-03-02T12:00:59+00:00"),
        ((*_SCOPE, "since"), "2026-02-28T12:00:00+00:00"),
        ((*_SCOPE, "since"), "0001-01-01T00:00:00+23:59"),
        ((*_SCOPE, "since"), "9999-12-31T23:59:59-23:59"),
        ((*_SCOPE, "since"), _MISSING),
        ((*_SCOPE, "more"), 1),
        ((*_SCOPE, "counts"), None),
        ((*_SCOPE, "counts", "missed"), -1),
        ((*_SCOPE, "counts", "missed"), 1.5),
        ((*_SCOPE, "counts", "missed"), "1"),
        ((*_SCOPE, "counts", "missed"), 10**9 + 1),
        ((*_SCOPE, "counts", "talk_time"), -1),
        ((*_SCOPE, "counts", "talk_time"), 1e308),
        ((*_SCOPE, "calls"), []),
        ((*_SCOPE, "calls", "s-1", "updated"), _MISSING),
        ((*_SCOPE, "calls", "s-1", "called"), "2"),
        ((*_SCOPE, "calls", "s-1", "called"), [2]),
        ((*_SCOPE, "calls", "s-1", "outcome"), "lost"),
        ((*_SCOPE, "calls", "s-1", "is_incoming"), 1),
        ((*_SCOPE, "calls", "s-1", "day"), "today"),
        ((*_SCOPE, "calls", "s-1", "from"), "+15551230001"),
        ((*_SCOPE, "calls", "x" * (MAX_ID + 1)), {}),
    ],
)
async def test_counts_of_another_shape_cost_nothing_else(
    run: Run,
    file: Path,
    caplog: pytest.LogCaptureFixture,
    place: tuple[Any, ...],
    value: object,
) -> None:
    """They begin again, and from now on: statistics subtract nothing."""
    written(file, changed(place, value))

    found = await run.restored()

    assert found.session == Session(SessionContext("t", 1), "s")
    assert (len(found.calls["2"]), found.uuids) == (1, ("u",))
    counts = run.calls.counts
    counts.set_members("account", {"2", "3"})
    assert counts.counts("account") == DayCounts()
    assert counts.since("account") >= _NOON
    assert not [r for r in caplog.records if r.levelname in ("WARNING", "ERROR")]


@pytest.mark.parametrize(
    "sequences",
    [
        "x",
        [],
        {"2": "1"},
        {"2": 2**63},
        {"x" * (MAX_ID + 1): 1},
        {str(n): n for n in range(MAX_EXTENSIONS + 1)},
    ],
)
async def test_sequence_numbers_of_another_shape_cost_nothing_else(
    run: Run, file: Path, sequences: object
) -> None:
    written(file, {**good(), "sequences": sequences})

    found = await run.restored()

    assert (found.sequences, found.uuids, len(found.calls["2"])) == ({}, ("u",), 1)


@pytest.mark.parametrize(
    "damage", [_with_another_key, _cut_off, _with_another_end, lambda _: "x"]
)
async def test_counts_that_cannot_be_decrypted_cost_nothing_else(
    run: Run, file: Path, damage: Callable[[str], str]
) -> None:
    data = good()
    written(file, {**data, "counts": damage(encrypted(data["counts"]))})

    found = await run.restored()

    assert (len(found.calls["2"]), found.uuids) == (1, ("u",))
    assert run.calls.counts.state.scopes == {}


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ((*_SCOPE, "calls", "s-1", "updated"), "9999-12-31T23:59:59-23:59"),
        ((*_SCOPE, "calls", "s-1", "updated"), "0001-01-01T00:00:00+23:59"),
        ((*_SCOPE, "calls", "s-1", "rang_at"), "0001-01-01T00:00:00+23:59"),
        ((*_SCOPE, "calls", "s-1", "rang_at"), "9999-12-31T23:59:59-23:59"),
        ((*_SCOPE, "calls", "s-1", "day"), "0001-01-01"),
        ((*_SCOPE, "calls", "s-1", "outcome"), "missed"),
        ((*_SCOPE, "calls", "s-1", "called"), ["7"]),
        ((*_SCOPE, "counts"), {}),
    ],
)
async def test_counts_that_make_no_sense_never_become_negative(
    run: Run, file: Path, place: tuple[Any, ...], value: object
) -> None:
    """Of the right shape."""
    written(file, changed(place, value))
    await run.restored()
    counts = run.calls.counts
    counts.set_members("account", {"2", "3"})
    for kind in (CallEventType.ANSWERED, CallEventType.ENDED):
        for number in (1, 2, 3):
            call = a_call(number, "CallConnected")
            counts.count("2", CallEvent(kind, call, time=_NOON))
    assert all(value >= 0 for value in astuple(counts.counts("account")))


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

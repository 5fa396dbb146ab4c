"""Recording a real account for tests: what is kept, what is replaced, what is replayed."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
import json
import os
from pathlib import Path
import re
import signal
import sys
from typing import Any, Final

from hypothesis import given, strategies as st
import pytest

from homeassistant.core import HomeAssistant
from scripts.pseudonyms import BEGIN, Pseudonyms
from simulator import Simulator
from simulator.base.chance import seeded
from simulator.company.calls import CallMove

from ..common import add_account
from ..documented_example import documented_event
from ..recordings import replay
from ..reliability.common import Time

ROOT: Final = Path(__file__).parents[2]
SECONDS: Final = 30
BEGAN: Final = datetime(2019, 7, 9, 16, 17, tzinfo=UTC)
CALLER: Final = "+16505550123"
NAME: Final = "Ann Unmistakable"


def _pseudonyms(seed: int = 0) -> Pseudonyms:
    return Pseudonyms(seeded(seed, "pseudonyms"), BEGAN)


def _leaves(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    """Yield everything in a JSON value that is no list and no object, with its key."""
    match value:
        case dict():
            for name, inner in value.items():
                yield from _leaves(inner, name)
        case list():
            for inner in value:
                yield from _leaves(inner, key)
        case _:
            yield key, value


# ------------------------------------------------------------------------------------
# Pseudonyms


@pytest.fixture
def renamed() -> Any:
    """Return the documented event with pseudonyms."""
    return _pseudonyms().of_notification(documented_event())


def test_enum_values_flags_and_counters_are_kept(renamed: Any) -> None:
    """They are what a test is about."""
    before, after = documented_event()["body"], renamed["body"]
    for key in (
        *("telephonyStatus", "presenceStatus", "userStatus", "dndStatus", "sequence"),
        *("meetingStatus", "allowSeeMyPresence", "totalActiveCalls"),
    ):
        assert after[key] == before[key]
    for former, call in zip(before["activeCalls"], after["activeCalls"], strict=True):
        for key in ("direction", "telephonyStatus", "queueCall"):
            assert call[key] == former[key]


def test_everything_else_is_replaced(renamed: Any) -> None:
    """Names, numbers, ids, SIP data, addresses and times."""
    kept = {
        (key, value)
        for (key, value), other in zip(
            _leaves(documented_event()), _leaves(renamed), strict=True
        )
        if isinstance(value, str) and (key, value) == other
    }
    assert kept == {
        ("telephonyStatus", "OnHold"),
        ("telephonyStatus", "Ringing"),
        ("direction", "Outbound"),
        ("direction", "Inbound"),
        ("presenceStatus", "Busy"),
        ("userStatus", "Available"),
        ("dndStatus", "TakeAllCalls"),
        ("meetingStatus", "Disconnected"),
        ("toTag", "blf"),
    }


def test_what_belongs_together_still_does(renamed: Any) -> None:
    """The tag of a ringing call is its party, and the event names the extension."""
    ringing = renamed["body"]["activeCalls"][1]
    assert ringing["sipData"]["fromTag"] == ringing["partyId"]
    assert ringing["id"] == ringing["telephonySessionId"]
    assert ringing["from"] == ringing["to"]
    extension_id = renamed["body"]["extensionId"]
    assert renamed["ownerId"] == extension_id
    assert f"/extension/{extension_id}/presence?detailed" in renamed["event"]


def test_shapes_stay(renamed: Any) -> None:
    """A number has its plus and its length, an id its form, a name its words."""
    call = renamed["body"]["activeCalls"][0]
    assert re.fullmatch(r"\+999\d{8}", call["from"])
    assert re.fullmatch(r"[A-Z][a-z]{6} [A-Z][a-z]{7}", call["fromName"])
    assert re.fullmatch(r"s-[0-9a-f]{32}", call["telephonySessionId"])
    assert re.fullmatch(r"p-[0-9a-f]{32}-\d", call["partyId"])


def test_times_keep_their_distances_and_spelling() -> None:
    """But not when it was."""
    called = _pseudonyms().of_notification(
        {
            "a": "2019-07-09T16:17:00Z",
            "b": "2019-07-09T16:17:38.286Z",
            "c": "2019-07-09T16:18:01.499+0000",
        }
    )
    assert called == {
        "a": "2026-01-01T12:00:00Z",
        "b": "2026-01-01T12:00:38.286Z",
        "c": "2026-01-01T12:01:01.499+0000",
    }


@pytest.mark.parametrize("value", [297277020, "297277020"])
def test_an_id_keeps_its_json_type(value: object) -> None:
    """And is the same in both."""
    pseudonyms = _pseudonyms()
    one = pseudonyms.of_notification({"ownerId": value})["ownerId"]
    other = pseudonyms.of_notification({"ownerId": str(value)})["ownerId"]
    assert type(one) is type(value)
    assert str(one) == other != str(value)


@pytest.mark.parametrize(
    "text",
    [
        "06 12 34 56 78",
        "sip:16505550123@192.0.2.7;transport=udp",
        "Zoë Müller",
        "/restapi/v1.0/Ann",
    ],
)
@pytest.mark.parametrize("key", ["from", "event", "telephonyStatus", "sequence"])
def test_odd_texts_are_replaced_whatever_field_they_are_in(key: str, text: str) -> None:
    """An enum value is kept in the place of one only, a path in that of a path."""
    replaced = _pseudonyms().of_notification({key: text})[key]
    runs = [re.findall(r"[^\W_]+", one) for one in (text, replaced)]
    kept = {run for run, other in zip(*runs, strict=True) if run == other}
    assert kept <= {"sip", "transport", "udp"}


# Long enough that no pseudonym of another text is the same by chance.
_PERSONAL: Final = st.text("aZé5", min_size=12, max_size=20) | st.from_regex(
    r"[0-9]{12,20}", fullmatch=True
)
_KEYS: Final = st.sampled_from(
    ["from", "fromName", "sipData", "sequence", "direction", "event", "hints", "x"]
)


@given(data=st.data(), seed=st.integers(0, 9))
def test_nothing_personal_survives_wherever_it_is(
    data: st.DataObject, seed: int
) -> None:
    """As text, as number, as key, in lists and objects; only enum values may be kept."""
    personal = data.draw(_PERSONAL)
    value: object = personal
    if personal.isdecimal() and personal.isascii() and data.draw(st.booleans()):
        value = int(f"1{personal}")
        personal = f"1{personal}"
    for _ in range(data.draw(st.integers(1, 4))):
        match data.draw(st.sampled_from(["list", "value", "key"])):
            case "list":
                value = [value]
            case "value":
                value = {data.draw(_KEYS): value}
            case _:
                value = {str(personal): value}
    notification = {"ownerId": "1", "body": value}
    replaced = _pseudonyms(seed).of_notification(notification)
    is_word_or_counter = any(
        (key in ("direction", "hints") and re.fullmatch("[A-Za-z]+", str(leaf)))
        or (key == "sequence" and isinstance(leaf, int))
        for key, leaf in _leaves(notification)
    )
    if not is_word_or_counter:
        runs = re.findall(r"[^\W_]+", json.dumps(replaced, ensure_ascii=False))
        assert personal not in runs


# ------------------------------------------------------------------------------------
# The program, and what becomes of its file


@asynccontextmanager
async def _recorder(
    simulator: Simulator, file: Path, *arguments: str, **environment: str
) -> AsyncGenerator[Process]:
    """Run the program against the simulated platform, and leave none behind."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "scripts.recorder", str(file), *arguments),
        cwd=ROOT,
        env={
            **os.environ,
            "RINGCENTRAL_SERVER": simulator.server,
            "RINGCENTRAL_CLIENT_ID": simulator.client_id,
            "RINGCENTRAL_CLIENT_SECRET": simulator.client_secret,
            "RINGCENTRAL_JWT": simulator.jwt,
            **environment,
        },
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def _until_printed(process: Process, words: str) -> None:
    """Wait until the program has printed something."""
    assert process.stderr is not None
    async with asyncio.timeout(SECONDS):
        while words not in (line := (await process.stderr.readline()).decode()):
            assert line, "the recorder ended"


async def _exit_of(process: Process) -> tuple[int, str]:
    """Return the exit code and the last output."""
    async with asyncio.timeout(SECONDS):
        _, output = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


async def _record_a_call(simulator: Simulator, file: Path) -> None:
    """Record a call that rings, is answered, held and over, until Ctrl-C."""
    async with _recorder(simulator, file, "--extension", "102") as process:
        await _until_printed(process, "Listening")
        call = simulator.ring("102", CALLER, from_name=NAME).telephony_session_id
        await _until_printed(process, "1 notifications")
        moves: list[CallMove] = ["answer", "hold", "end"]
        for number, move in enumerate(moves, 2):
            simulator.move(call, move)
            await _until_printed(process, f"{number} notifications")
        process.send_signal(signal.SIGINT)
        assert (await _exit_of(process))[0] == 0


async def test_a_recording_holds_the_call_without_personal_data(
    simulator: Simulator, tmp_path: Path
) -> None:
    """It shows what happened, in the platform's own values, and not to whom."""
    file = tmp_path / "call.json"
    await _record_a_call(simulator, file)
    recorded = json.loads(file.read_text())
    assert [n["body"]["telephonyStatus"] for n in recorded] == [
        *("Ringing", "CallConnected", "OnHold", "NoCall")
    ]
    text = file.read_text()
    extension = simulator.extension("102")
    for personal in (
        *(CALLER.removeprefix("+"), *NAME.split(), *extension.name.split()),
        *(extension.id, simulator.directory.owner.id),
    ):
        assert personal not in text
    began = datetime.fromisoformat(recorded[0]["timestamp"])
    assert 0 <= (began - BEGIN).total_seconds() < SECONDS


async def test_no_session_is_left_behind(simulator: Simulator, tmp_path: Path) -> None:
    """There are five for each user and app."""
    await _record_a_call(simulator, tmp_path / "call.json")
    assert ("/restapi/oauth/revoke", 200) in [
        (record.path, record.status) for record in simulator.log
    ]


@pytest.mark.freeze_time("2026-01-01 11:59:00", tick=True)
async def test_a_recording_is_replayed_as_it_was(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The recipe of CONTRIBUTING.md, with a recording of the simulator."""
    account = await add_account(hass, simulator, groups=[], extensions=["103"])
    seen: list[str] = []

    def note(_event: object) -> None:
        shown = account.shows("103", "telephony_status")
        if shown is not None and shown not in seen[-1:]:
            seen.append(shown)

    hass.bus.async_listen("state_changed", note)
    recording = ROOT / "tests" / "fixtures" / "recordings" / "held_call.json"
    await replay(account, time, recording, ["103"])
    assert seen == [
        *("ringing", "call_connected", "on_hold", "call_connected", "no_call")
    ]
    last = account.state("103", "calls", "event").attributes
    assert last["event_type"] == "ended"
    assert last["held_seconds"] == pytest.approx(20, abs=1)


@pytest.mark.parametrize(
    ("arguments", "environment", "expected", "code"),
    [
        ([], {"RINGCENTRAL_JWT": ""}, "Missing in the environment: RINGCENTRAL_JWT", 2),
        ([], {"RINGCENTRAL_JWT": "wrong"}, "RingCentral: invalid_grant", 1),
        (["--extension", "999"], {}, "no extension has the number 999", 1),
        (["--seconds", "0"], {}, "Nothing was recorded.", 1),
    ],
)
async def test_what_cannot_be_recorded_is_reported_and_writes_nothing(
    simulator: Simulator,
    tmp_path: Path,
    arguments: list[str],
    environment: dict[str, str],
    expected: str,
    code: int,
) -> None:
    """By a message without a traceback, and by the exit code."""
    file = tmp_path / "call.json"
    async with _recorder(simulator, file, *arguments, **environment) as process:
        ended, output = await _exit_of(process)
    assert ended == code
    assert expected in output
    assert "Traceback" not in output
    assert not file.exists()


async def test_what_came_before_the_connection_ended_is_kept(
    simulator: Simulator, tmp_path: Path
) -> None:
    """And the program reports that it is not all."""
    file = tmp_path / "call.json"
    async with _recorder(simulator, file, "--lines", "--favorites") as process:
        await _until_printed(process, "Listening")
        simulator.ring("101", CALLER)
        await _until_printed(process, "1 notifications")
        simulator.drop_connections()
        ended, output = await _exit_of(process)
    assert ended == 1
    assert "connection_lost" in output
    assert len(json.loads(file.read_text())) == 1

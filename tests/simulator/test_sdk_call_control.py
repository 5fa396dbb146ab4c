"""RingCentral's client for call control, unchanged, takes the simulator for the platform."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
import shutil
from typing import Any

import pytest

from simulator import Simulator
from simulator.company.call import Target

from .control import CALLER, DESK, DIALED
from .sdk_process import SdkProcess, run_sdk

_FOLDER = Path(__file__).parent / "sdk"
_NODE = shutil.which("node")
_FILTER = "/restapi/v1.0/account/~/extension/~/telephony/sessions"

pytestmark = [
    pytest.mark.skipif(_NODE is None, reason="Node.js is not installed"),
    pytest.mark.skipif(
        not (_FOLDER / "node_modules" / "ringcentral-call-control").is_dir(),
        reason="The client is not installed: run `npm install` in tests/simulator/sdk",
    ),
]


@dataclass(slots=True)
class _Control:
    """The client's process, and what it shows of each session."""

    sdk: SdkProcess
    ready: Any
    shown: dict[str, Any] = field(default_factory=dict)
    # Sessions that the client has announced.
    new: list[str] = field(default_factory=list)

    async def _read(self) -> Any:
        message = await self.sdk.next()
        if message["what"] in ("new", "status"):
            self.shown[message["id"]] = message
        if message["what"] == "new":
            self.new.append(message["id"])
        return message

    async def until(self, session: str, code: str, *, muted: bool = False) -> Any:
        """Wait until the client shows a state of its own party; return the session."""
        while True:
            known = self.shown.get(session)
            if known is not None and (
                known["party"]["status"]["code"],
                known["party"]["muted"],
            ) == (code, muted):
                return known
            message = await self._read()
            assert message["what"] in ("new", "status"), message

    async def do(self, session: str, method: str, *args: object) -> Any:
        """Call a method of a session, or of the client; return its result."""
        message = await self.attempt(session, method, *args)
        assert message["what"] == "done", message
        return message["result"]

    async def attempt(self, session: str, method: str, *args: object) -> Any:
        """Call a method; return how it has ended."""
        self.sdk.send({"session": session, "method": method, "args": args})
        while (message := await self._read())["what"] in ("new", "status"):
            pass
        return message

    async def sessions(self) -> list[str]:
        """Return the sessions that the client knows."""
        return [item["id"] for item in await self.do("", "sessions")]


@asynccontextmanager
async def _signed_in(simulator: Simulator) -> AsyncIterator[_Control]:
    assert _NODE is not None
    program = str(_FOLDER / "control.mjs")
    async with run_sdk(simulator, _NODE, program, filters=[_FILTER]) as sdk:
        yield _Control(sdk, await sdk.wait_for("ready"))


@pytest.fixture
async def control(simulator: Simulator) -> AsyncIterator[_Control]:
    """Return the client, signed in and subscribed."""
    async with _signed_in(simulator) as control:
        yield control


def _entries(simulator: Simulator, number: str = "101") -> list[str]:
    parties = simulator.account.calls.of_extension(simulator.extension(number).id)
    return [party.code for party in parties]


async def _answered(control: _Control, simulator: Simulator) -> str:
    """Let a caller ring and answer at the desk; return the session."""
    session = simulator.ring("101", CALLER).telephony_session_id
    await control.until(session, "Proceeding")
    await control.do(session, "answer", {"deviceId": DESK})
    await control.until(session, "Answered")
    return session


async def test_client_controls_a_call_from_outside(
    control: _Control, simulator: Simulator
) -> None:
    """From the first ring to the end; events and answers say the same."""
    assert control.ready["extensionId"] == simulator.extension("101").id
    assert control.ready["devices"][0] == DESK
    assert control.ready["sessions"] == []

    party = simulator.ring("101", CALLER)
    session = party.telephony_session_id
    ringing = await control.until(session, "Proceeding")
    assert ringing["party"]["id"] == party.party_id
    assert ringing["others"] == ["Answered"]
    assert control.new == [session]

    await control.do(session, "answer", {"deviceId": DESK})
    answered = await control.until(session, "Answered")
    assert answered["party"]["to"]["deviceId"] == DESK
    await control.do(session, "hold")
    await control.until(session, "Hold")
    assert _entries(simulator) == ["Hold"]
    await control.do(session, "unhold")
    await control.until(session, "Answered")
    await control.do(session, "mute")
    await control.until(session, "Answered", muted=True)
    await control.do(session, "unmute")
    await control.until(session, "Answered")
    await control.do(session, "drop")
    await control.until(session, "Disconnected")
    assert await control.sessions() == []
    assert _entries(simulator) == []

    control.sdk.stop()
    await control.sdk.wait_for("signedOut")
    assert not simulator.oauth.sessions


async def test_client_records(control: _Control, simulator: Simulator) -> None:
    session = await _answered(control, simulator)
    [party] = simulator.account.calls.of_extension(simulator.extension("101").id)
    recording = await control.do(session, "createRecord")
    states = [party.is_recording]
    for method in ("pauseRecord", "resumeRecord"):
        await control.do(session, method, recording["id"])
        states.append(party.is_recording)
    assert states == [True, False, True]


@pytest.mark.parametrize(
    ("method", "args", "ended"),
    [
        ("toVoicemail", {}, ("VoiceMail", None)),
        ("forward", {"extensionNumber": "102"}, ("Disconnected", "CallRedirected")),
        ("reply", {"replyWithText": "Later"}, ("Disconnected", "CallReplied")),
        ("drop", {}, ("Disconnected", None)),
    ],
)
async def test_client_passes_on_a_ringing_call(
    control: _Control,
    simulator: Simulator,
    method: str,
    args: dict[str, str],
    ended: tuple[str, str | None],
) -> None:
    """The own phone stops ringing."""
    session = simulator.ring("101", CALLER).telephony_session_id
    await control.until(session, "Proceeding")
    await control.do(session, method, args)
    shown = await control.until(session, ended[0])
    assert shown["party"]["status"].get("reason") == ended[1]
    assert _entries(simulator) == []


async def test_client_leaves_a_queue_call_to_others(
    control: _Control, simulator: Simulator
) -> None:
    simulator.set_queue_members("901", ["101", "102"])
    simulator.ring("901", CALLER)
    [call] = simulator.account.calls
    ringing = await control.until(call.id, "Proceeding")
    assert ringing["party"]["queueCall"] is True
    await control.do(call.id, "ignore", {"deviceId": DESK})
    ended = await control.until(call.id, "Disconnected")
    assert ended["party"]["status"]["reason"] == "AgentDropped"
    assert (_entries(simulator), _entries(simulator, "102")) == ([], ["Proceeding"])


async def test_client_transfers(control: _Control, simulator: Simulator) -> None:
    """The own party leaves the call, which goes on in the same session."""
    targets = (
        {"extensionNumber": "102"},
        {"phoneNumber": DIALED},
        {"voicemail": simulator.extension("103").id},
        {"parkOrbit": simulator.extension("911").id},
    )
    sessions = []
    for target in targets:
        session = await _answered(control, simulator)
        party = await control.do(session, "transfer", target)
        assert party["status"]["code"] == "Disconnected"
        await control.until(session, "Disconnected")
        sessions.append(session)
    assert _entries(simulator) == []
    assert _entries(simulator, "102") == ["Proceeding"]
    assert list(simulator.account.calls.calls) == sessions


async def test_client_parks(control: _Control, simulator: Simulator) -> None:
    session = await _answered(control, simulator)
    party = await control.do(session, "park")
    assert party["park"] == {"id": "*801"}
    parked = await control.until(session, "Parked")
    assert parked["party"]["status"]["parkData"] == "*801"
    assert _entries(simulator) == ["Parked"]


async def test_client_joins_two_calls(control: _Control, simulator: Simulator) -> None:
    """The own parties leave; the two callers are in the second session."""
    first = await _answered(control, simulator)
    await control.do(first, "hold")
    second = await _answered(control, simulator)
    own = control.shown[second]["party"]["id"]
    party = await control.do(
        first, "bridge", {"telephonySessionId": second, "partyId": own}
    )
    assert party["status"]["code"] == "Gone"
    assert party["status"]["peerId"] == {"telephonySessionId": second, "partyId": own}
    await control.until(second, "Disconnected")
    assert list(simulator.account.calls.calls) == [second]
    assert len(simulator.account.calls.call(second).living) == 2


async def test_client_moves_a_call_to_another_device(
    control: _Control, simulator: Simulator
) -> None:
    """The answer is empty, as the platform describes it: the client cannot read it."""
    session = await _answered(control, simulator)
    flipped = await control.attempt(session, "flip", {"callFlipId": "1"})
    assert (flipped["what"], flipped["status"]) == ("failed", None)
    assert "Unexpected end of JSON input" in flipped["error"]
    await control.until(session, "Answered")
    assert await control.sessions() == [session]
    assert _entries(simulator) == ["Answered"]


async def test_client_calls_from_a_device(
    control: _Control, simulator: Simulator
) -> None:
    """The own phone rings first, then the called one."""
    created = await control.do("", "createCall", DESK, {"extensionNumber": "102"})
    session = created["id"]
    assert (created["origin"], created["others"]) == ("CallOut", [])
    await control.until(session, "Proceeding")
    simulator.answer(session)
    called = await control.until(session, "Answered")
    assert _entries(simulator, "102") == ["Proceeding"]
    simulator.answer(session)
    while called["others"] != ["Answered"]:
        await control.do(session, "reload")
        [called] = await control.do("", "sessions")
    await control.do(session, "drop")
    await control.until(session, "Disconnected")
    assert not list(simulator.account.calls)


async def test_client_knows_a_call_from_before(simulator: Simulator) -> None:
    """It is read once; one that has ended in the meantime is dropped by the 404."""
    party = simulator.ring("101", CALLER)
    session = party.telephony_session_id
    async with _signed_in(simulator) as control:
        [known] = control.ready["sessions"]
        assert (known["id"], known["sessionId"]) == (session, party.session_id)
        assert known["party"]["status"]["code"] == "Proceeding"
        assert known["others"] == ["Answered"]
        simulator.switches.change("session_events", "missing")
        simulator.end(session)
        await control.do(session, "drop")
        assert await control.sessions() == []


async def test_client_shows_both_sessions_of_a_ring_out_as_one(
    control: _Control, simulator: Simulator
) -> None:
    """The leg of the own phone has the higher `sessionId`."""
    simulator.switches.change("ring_out_sessions", "two")
    ring_out = simulator.ring_outs.start(
        simulator.extension("101"),
        Target(DIALED),
        number="+14155550101",
        is_own_phone=True,
    )
    await control.until(ring_out.target_call.id, "Proceeding")
    simulator.ring_outs.answer_own(ring_out)
    simulator.ring_outs.answer(ring_out)
    await control.until(ring_out.target_call.id, "Answered")
    assert await control.sessions() == [ring_out.target_call.id]


@pytest.mark.parametrize(
    ("switch", "value"),
    [
        ("session_events", "swapped"),
        ("session_parties", "all"),
        ("party_owner", "owner"),
        ("party_owner", "new"),
        ("outside_party", "missing"),
    ],
)
async def test_client_is_right_with_a_switch(
    control: _Control, simulator: Simulator, switch: str, value: str
) -> None:
    """Whatever the platform's documents leave open."""
    simulator.switches.change(switch, value)
    session = simulator.ring("101", CALLER).telephony_session_id
    await control.until(session, "Proceeding")
    await control.do(session, "answer", {"deviceId": DESK})
    await control.do(session, "hold")
    await control.do(session, "unhold")
    await control.do(session, "mute")
    [party] = simulator.account.calls.of_extension(simulator.extension("101").id)
    assert (party.code, party.muted) == ("Answered", True)
    await control.do(session, "drop")
    await control.until(session, "Disconnected", muted=True)
    assert await control.sessions() == []


async def test_client_is_refused_the_party_of_others(
    control: _Control, simulator: Simulator
) -> None:
    """It reports the status; the call goes on."""
    party = simulator.ring("102", "101")
    session = party.telephony_session_id
    simulator.answer(session)
    await control.until(session, "Answered")
    refused = await control.attempt(session, "removeParty", party.party_id)
    assert (refused["what"], refused["status"]) == ("failed", 403)
    assert _entries(simulator, "102") == ["Answered"]

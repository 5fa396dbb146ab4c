"""RingCentral's JavaScript SDK, unchanged, takes the simulator for the platform."""

from pathlib import Path
import shutil

import pytest

from simulator import Simulator

from .client import OWN
from .sdk_process import run_sdk

_FOLDER = Path(__file__).parent / "sdk"
_NODE = shutil.which("node")

pytestmark = [
    pytest.mark.skipif(_NODE is None, reason="Node.js is not installed"),
    pytest.mark.skipif(
        not (_FOLDER / "node_modules" / "@rc-ex" / "ws").is_dir(),
        reason="@rc-ex/ws is not installed: run `npm install` in tests/simulator/sdk",
    ),
]


@pytest.mark.parametrize("abort", [False, True], ids=["closed", "reset"])
async def test_javascript_sdk_recovers_a_dropped_connection(
    simulator: Simulator, abort: bool
) -> None:
    """Sign-in, events, loss, recovery under the same subscription, events, revoke."""
    assert _NODE is not None
    program = str(_FOLDER / "program.mjs")

    async with run_sdk(simulator, _NODE, program, filters=[OWN]) as sdk:
        signed_in = await sdk.wait_for("signedIn")
        assert signed_in["ownerId"] == simulator.extension("101").id
        subscribed = await sdk.wait_for("subscribed")

        party = simulator.ring(to="101", from_="+16505550123")
        ringing = (await sdk.wait_for("event"))["event"]
        simulator.drop_connections(abort=abort)
        await sdk.wait_for("recovered")
        simulator.answer(party.telephony_session_id)
        connected = (await sdk.wait_for("event"))["event"]

        sdk.stop()
        await sdk.wait_for("revoked")

    assert [item["body"]["telephonyStatus"] for item in (ringing, connected)] == [
        "Ringing",
        "CallConnected",
    ]
    assert {item["subscriptionId"] for item in (ringing, connected)} == {
        subscribed["id"]
    }
    assert not list(simulator.subscriptions)
    assert not simulator.oauth.sessions

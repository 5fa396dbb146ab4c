"""RingCentral's Python SDK, unchanged, takes the simulator for the platform."""

from pathlib import Path
import sys

from simulator import Simulator

from .client import OWN, presence_filter
from .sdk_process import run_sdk

_PROGRAM = str(Path(__file__).parent / "sdk" / "program.py")


async def test_python_sdk_signs_in_subscribes_and_receives_events(
    simulator: Simulator,
) -> None:
    """JWT, a REST call, and the events of a call between two extensions."""
    other = simulator.extension("102")
    filters = [OWN, presence_filter(other.id)]

    async with run_sdk(simulator, sys.executable, _PROGRAM, filters=filters) as sdk:
        signed_in = await sdk.wait_for("signedIn")
        assert signed_in["name"] == simulator.extension("101").name
        subscribed = await sdk.wait_for("subscribed")
        party = simulator.ring(to="102", from_="101")
        events = [(await sdk.wait_for("event"))["event"] for _ in range(2)]
        simulator.end(party.telephony_session_id)
        events += [(await sdk.wait_for("event"))["event"] for _ in range(2)]

    assert {event["subscriptionId"] for event in events} == {subscribed["id"]}
    own = simulator.extension("101").id
    assert [
        (event["body"]["extensionId"], event["body"]["telephonyStatus"])
        for event in events
    ] == [
        (own, "Ringing"),
        (other.id, "Ringing"),
        (own, "NoCall"),
        (other.id, "NoCall"),
    ]
    assert events[1]["body"]["activeCalls"][0]["sipData"]["toTag"] == "blf"

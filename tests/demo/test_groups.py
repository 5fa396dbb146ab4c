"""Groups of the demo."""

import pytest

from demo.groups import queue_id
from simulator import Simulator, SimulatorOptions

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.mark.parametrize("extensions", [1, 800])
async def test_queue_is_found_in_a_company_of_any_size(extensions: int) -> None:
    """Above some size, a person has its usual number."""
    simulator = Simulator(SimulatorOptions(port=0, extensions=extensions))
    await simulator.start()
    try:
        found = await queue_id(simulator.server)
    finally:
        await simulator.stop()
    assert simulator.directory.extensions[found].name == "Sales Queue"

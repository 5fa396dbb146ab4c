"""A local RingCentral platform: presence over REST and the WebSocket gateway."""

from .app import Simulator
from .base.switches import Switches
from .company.call import IllegalMoveError, UnknownCallError
from .company.calls import CallMove
from .company.directory import Extension
from .company.parties import Direction, Party
from .platform import SimulatorOptions

__all__ = [
    "CallMove",
    "Direction",
    "Extension",
    "IllegalMoveError",
    "Party",
    "Simulator",
    "SimulatorOptions",
    "Switches",
    "UnknownCallError",
]

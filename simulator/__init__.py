"""A local RingCentral platform: presence over REST and the WebSocket gateway."""

from .app import Simulator
from .calls import CallMove, Direction, IllegalMoveError, Party, UnknownCallError
from .directory import Extension
from .platform import SimulatorOptions
from .switches import Switches

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

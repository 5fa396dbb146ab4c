"""Hypothesis strategies of examples: what happens in an office and in its network."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import chain
import os
from typing import Final, override

from hypothesis import strategies as st

from simulator.base.wire import JsonValue

# Examples of each test.
EXAMPLES: Final = int(os.environ.get("MODEL_EXAMPLES", "100"))

STARTS: Final = ("call in", "call out", "call inside", "group", "queue", "ring out")
WAITS: Final = (0, 40, 400, 1_000, 2_500, 3_000, 3_100, 6_000, 20_000, 45_000)
_SMALL: Final = st.integers(0, 5)

# Readings of the platform that matter for calls.
_SWITCHES: Final[Mapping[str, st.SearchStrategy[JsonValue]]] = {
    "replaced_party": st.sampled_from(["listed", "left_out"]),
    "start_time_of": st.sampled_from(["ring", "session"]),
    "telephony_bodies": st.sampled_from(["full", "minimal"]),
    "presence_bodies": st.sampled_from(["partial", "full"]),
    "termination_type": st.booleans(),
    "total_counts_ended": st.booleans(),
    "call_id_changes": st.booleans(),
    "sequence": st.sampled_from(["shared", "gapless"]),
    "replay_repeats": st.sampled_from([0, 5]),
    "extension_id_type": st.sampled_from(["string", "number"]),
    "extra_fields": st.booleans(),
}


@dataclass(frozen=True)
class Step:
    """A step of an example; the numbers choose among what is possible."""

    name: str
    first: int = 0
    second: int = 0

    @override
    def __repr__(self) -> str:
        """Return a notation that can be copied into a test."""
        return f"Step({self.name!r}, {self.first}, {self.second})"


def switches() -> st.SearchStrategy[dict[str, JsonValue]]:
    """Return settings of the simulator."""
    return st.fixed_dictionaries({}, optional=dict(_SWITCHES))


def plans(faults: Collection[str] = ()) -> st.SearchStrategy[list[Step]]:
    """Return lists of steps: calls, moves, pauses, and these faults of the network."""
    start = st.builds(Step, st.sampled_from(STARTS), _SMALL, _SMALL)
    move = st.builds(Step, st.just("move"), _SMALL, st.integers(0, 11))
    wait = st.builds(Step, st.just("wait"), st.integers(0, len(WAITS) - 1))
    steps = [start, move, move, move, wait, wait]
    if faults:
        steps.append(st.builds(Step, st.sampled_from(sorted(faults)), _SMALL, _SMALL))
    # Lists of lists are longer on average than lists, and shrink as well.
    parts = st.lists(st.one_of(steps), min_size=1, max_size=12)
    return st.lists(parts, min_size=1, max_size=6).map(lambda p: list(chain(*p)))

"""Presses on a platform with several unusual readings of its documentation at once."""

from random import Random
import re
from typing import Final, get_args, get_type_hints

import pytest

from custom_components.ringcentral.control.models import Action, Result
from simulator.base.switches import Switches

from ..reliability.common import MOVED_TIME
from .bench import COLLEAGUE, OWN, Bench, Row
from .rows import SWITCHES
from .situations import STATES

pytestmark = MOVED_TIME

_REFUSED: Final = re.compile(r" [45]\d\d$")
_SEEDS: Final = 150
# A change that is refused is sent in another spelling, or replaced by another one.
_TWICE: Final = {
    Action.MUTE: 2,
    Action.UNMUTE: 2,
    Action.HANG_UP: 2,
    Action.REJECT: 2,
}
_DONE: Final = (Result.DONE, Result.OVER, Result.ALREADY)


def _choices() -> dict[str, tuple[object, ...]]:
    """Return the values of the switches, by name."""
    hints = get_type_hints(Switches)
    choices = {name: get_args(hints[name]) for name in SWITCHES}
    return {**choices, "unknown_codes": (False, True)}


def _row(seed: int) -> Row:
    random = Random(seed)  # noqa: S311  # repeatable
    choices = _choices()
    names = random.sample(sorted(choices), random.choice((2, 3)))
    switches = {name: random.choice(choices[name]) for name in names}
    number = random.choice((OWN, OWN, COLLEAGUE))
    states = sorted(STATES.keys() - {"own_leg", "at_location"})
    action, state = random.choice(list(Action)), random.choice(states)
    by_id = random.random() < 0.7
    words = (number, state, action, *(f"{n}={v}" for n, v in switches.items()))
    return Row(
        f"{seed}: {' '.join(words)}",
        action,
        state,
        expected="",
        number=number,
        by_id=by_id,
        switches=switches,
    )


@pytest.mark.parametrize("part", range(3))
async def test_nothing_is_done_twice_or_said_falsely(
    bench: Bench, part: int, subtests: pytest.Subtests
) -> None:
    for seed in range(part, _SEEDS, 3):
        row = _row(seed)
        with subtests.test(row.name):
            answer = await bench.try_out(row, STATES[row.state])
            requests = bench.list_requests()
            changes = [one for one in requests if not one.startswith("GET")]
            made = [one for one in changes if not _REFUSED.search(one)]
            assert len(changes) <= _TWICE.get(Action(row.action), 1), requests
            assert len(made) <= 1, requests
            assert len(set(changes)) == len(changes), requests
            assert sum(one.startswith("GET session") for one in requests) <= 2, requests
            # What had no effect was not done; nor was what is refused.
            assert bool(made) is (answer in ("done", "action_not_applied")), requests
            if answer not in _DONE:
                assert answer.islower(), answer
        await bench.reset()

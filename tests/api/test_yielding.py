"""Long work on the event loop in turns with everything else."""

import asyncio

from freezegun.api import StepTickTimeFactory
import pytest

from custom_components.ringcentral.api.yielding import TURN, LoopYielder


class Others:
    """Somebody else on the loop."""

    def __init__(self) -> None:
        """Count no turn yet."""
        self.turns = 0

    async def __call__(self) -> None:
        """Count turns until cancelled."""
        while True:
            self.turns += 1
            await asyncio.sleep(0)


@pytest.mark.freeze_time("2026-03-02 08:00:00")
@pytest.mark.parametrize(
    ("milliseconds", "at_most"), [(0.4, 13), (0.9, 6), (2, 3), (6, 1), (60, 1)]
)
async def test_others_get_their_turn_after_five_milliseconds(
    freezer: StepTickTimeFactory, milliseconds: float, at_most: int
) -> None:
    """Or after the piece of work at hand, if that takes longer."""
    others = Others()
    task = asyncio.create_task(others())
    turns = LoopYielder()
    pieces: list[int] = []
    for _ in range(40):
        pieces.append(others.turns)
        freezer.tick(milliseconds / 1000)
        await turns.yield_if_due()
    task.cancel()
    runs = [pieces.count(turn) for turn in sorted(set(pieces))]
    assert max(runs) == at_most
    # A new turn begins when the others have had theirs: all runs are alike.
    assert set(runs[:-1]) <= {at_most}


@pytest.mark.freeze_time("2026-03-02 08:00:00")
async def test_work_that_takes_no_time_is_not_interrupted() -> None:
    """Giving way costs something, too."""
    others = Others()
    task = asyncio.create_task(others())
    turns = LoopYielder()
    for _ in range(1000):
        await turns.yield_if_due()
    assert others.turns == 0
    task.cancel()


def test_turn_is_half_of_what_the_loop_may_be_blocked() -> None:
    """Ten milliseconds, the piece of work at hand included."""
    assert TURN <= 0.005

"""A run of chaos: rounds of trouble, and the quiet points that end them."""

import asyncio
from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

from homeassistant.util import dt as dt_util

from ..clockwork import Clockwork
from . import picture
from .faults import FAULTS, PAUSES, Stage
from .household import Household
from .office import Office
from .oracle import Difference, Oracle
from .tally import Tally
from .trust import Patience, session_differences, unseen_differences
from .witness import Witness

# Seconds of a round, and of a pause between two deeds. A pause of 0 lets the next deed
# or fault meet messages that are still on their way.
_ROUNDS: Final = (40.0, 60.0, 60.0, 90.0, 120.0, 300.0)
_PAUSES: Final = (0.0, 0.0, 0.05, 0.3, 1.0, 2.0, 4.0)
_MOST_KINDS: Final = 5
_FAULT_SHARE: Final = 0.12
# From the last fault to the right picture: the longest pause between two tries of the
# link or of a set-up, the requests, and the look that follows a recovery.
_RETURN: Final = 200.0
# After this the safety poll has looked.
_SAFETY: Final = 16 * 60.0
_QUIET_STEP: Final = 5.0
# From a connection to its record on the disk.
_WRITTEN: Final = 2.0


class Chaos:
    """One run."""

    def __init__(
        self,
        household: Household,
        clockwork: Clockwork,
        witness: Witness,
        oracle: Oracle,
        tally: Tally,
        random: Random,
        kinds: Sequence[str],
    ) -> None:
        """Be ready to begin; rounds draw their faults from `kinds`."""
        simulator = household.account.simulator
        self._household = household
        self._simulator = simulator
        self._clockwork = clockwork
        self._witness = witness
        self._oracle = oracle
        self._tally = tally
        self._random = random
        self._kinds = kinds
        self._deck: list[str] = []
        self._office = Office(simulator, random)
        self._stage = Stage(simulator, self._office, household, oracle, witness, random)
        self._patience = Patience(household.account, witness)
        self._meanwhile: asyncio.Future[None] | None = None

    async def play(self, minutes: float) -> None:
        """Play rounds until so many minutes of trouble are over, each with its end."""
        self._oracle.follow(self._monitored())
        self._witness.begin()
        # Until everything that a kill must not take away is on the disk.
        await self._clockwork.advance(_WRITTEN)
        while self._tally.seconds < minutes * 60:
            thrown = await self._round(minutes * 60 - self._tally.seconds)
            await self._calm()
            if any(FAULTS[name].heals_slowly for name in thrown):
                await self._clockwork.advance(_SAFETY, _QUIET_STEP)
            self._compare(thrown)
        self._count()

    def _count(self) -> None:
        """Fill in what others have counted."""
        witness, oracle, tally = self._witness, self._oracle, self._tally
        tally.losses = witness.losses
        tally.recoveries = witness.recoveries
        account = self._household.account
        tally.unseen_shown = account.shows(None, "unseen_today")
        midnight = dt_util.start_of_local_day().timestamp()
        tally.unseen_true = witness.unseen(midnight)
        tally.calls_announced = oracle.calls_announced
        tally.events_seen = oracle.events_seen

    async def _round(self, longest: float) -> list[str]:
        """Let the office work while a few kinds of faults come and go."""
        kinds = self._draw()
        thrown: list[str] = []
        begin = self._clockwork.now
        end = begin + min(longest, self._random.choice(_ROUNDS))
        while self._clockwork.now < end:
            if self._random.random() < _FAULT_SHARE:
                thrown.append(kind := self._random.choice(kinds))
                self._throw(kind)
            else:
                self._office.act()
                self._oracle.unfollow(self._monitored())
            self._patience.look()
            if pause := self._random.choice(_PAUSES):
                await self._clockwork.advance(pause)
        self._tally.seconds += self._clockwork.now - begin
        return thrown

    def _draw(self) -> list[str]:
        """Draw the kinds of faults of a round: each comes before one comes again."""
        if not self._deck:
            self._deck = self._random.sample(self._kinds, len(self._kinds))
        number = self._random.randint(1, _MOST_KINDS)
        drawn, self._deck = self._deck[:number], self._deck[number:]
        return drawn

    def _throw(self, kind: str) -> None:
        """Throw a fault, unless one that takes its time is not over yet."""
        if self._meanwhile is not None and not self._meanwhile.done():
            return
        self._tally.faults[kind] += 1
        if (work := FAULTS[kind].throw(self._stage)) is not None:
            self._meanwhile = asyncio.ensure_future(work)

    async def _calm(self) -> None:
        """End all faults, and give everything time to come right by itself."""
        self._simulator.clear_faults()
        if self._meanwhile is not None:
            await self._clockwork.finish(self._meanwhile, _RETURN)
            self._meanwhile = None
        await self._clockwork.advance(_RETURN, _QUIET_STEP)

    def _compare(self, thrown: list[str]) -> None:
        """Compare everything with the truth."""
        self._tally.quiet_points += 1
        faults = ", ".join(dict.fromkeys(thrown)) or "no fault"
        self._tally.find(
            f"quiet point {self._tally.quiet_points}, after {faults}",
            self._differences(),
        )
        self._oracle.follow(self._monitored())

    def _differences(self) -> Iterator[Difference]:
        account = self._household.account
        yield from picture.differences(account)
        yield from self._oracle.judge()
        yield from self._patience.differences()
        yield from unseen_differences(account, self._witness)
        yield from session_differences(
            account, self._witness, pauses=sum(self._tally.faults[k] for k in PAUSES)
        )

    def _monitored(self) -> set[str]:
        return picture.monitored(self._simulator, self._household.account.entry.options)

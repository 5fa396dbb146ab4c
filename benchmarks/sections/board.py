"""What the board costs a browser, beside an empty dashboard of the same Home Assistant.

A whole Home Assistant in this process, the simulated platform and Chromium in their own.
Everything is processor time of the page's main thread: until the content is painted, and
while calls are sent at a steady rate. Both dashboards alternate.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
import tempfile
import time
from typing import Final

from benchmarks.browser_pages import SignedInBrowser
from benchmarks.calls import MESSAGES
from benchmarks.entries import ENABLED
from benchmarks.environment import sign_in_to
from benchmarks.figures import Figure, at_most, ratios
from benchmarks.push_platform import PushPlatform, push_platform
from benchmarks.scale import Scale
from benchmarks.whole import LINK, until_quiet, whole_home_assistant
from demo.user import User

# Messages per second.
_RATE: Final = 20
_MILLISECONDS: Final = 1000
_PERCENT: Final = 100
# Seconds until a page has nothing more to load.
_SETTLE: Final = 3


class Dashboard(StrEnum):
    """A dashboard; the value is its path."""

    BOARD = "benchmark-board"
    EMPTY = "benchmark-empty"

    @property
    def cards(self) -> list[dict[str, str]]:
        """Return its cards."""
        return (
            [{"type": "custom:ringcentral-switchboard"}] if self is self.BOARD else []
        )

    @property
    def content(self) -> str:
        """Return the selector of what it shows."""
        return ".row" if self is self.BOARD else "hui-sections-view"


@dataclass(slots=True)
class Costs:
    """Samples of a dashboard: milliseconds until it is painted, and percent when busy."""

    painted: list[float]
    busy: list[float]


@dataclass(frozen=True, slots=True)
class Load:
    """Calls of a sample, messages per second, and the seconds before the first."""

    calls: int
    rate: float
    settle: float


async def run(scale: Scale) -> Iterable[Figure]:
    """Measure both dashboards."""
    costs = await measure(
        scale.usual, scale.fresh_rounds, Load(scale.paced_calls, _RATE, _SETTLE)
    )
    board, empty = costs[Dashboard.BOARD], costs[Dashboard.EMPTY]
    return [
        Figure(
            "board_paint_ratio", ratios(board.painted, empty.painted), goal=at_most(1.5)
        ),
        Figure("board_paint_ms", board.painted, "ms"),
        Figure("board_empty_paint_ms", empty.painted, "ms"),
        Figure("board_busy_percent", board.busy, "%", goal=at_most(45)),
        Figure("board_empty_busy_percent", empty.busy, "%"),
    ]


async def measure(size: int, rounds: int, load: Load) -> dict[Dashboard, Costs]:
    """Return what both dashboards cost."""
    costs = {dashboard: Costs([], []) for dashboard in Dashboard}
    with tempfile.TemporaryDirectory() as directory:
        async with (
            push_platform(size) as platform,
            whole_home_assistant(Path(directory) / "config") as hass,
        ):
            account = await sign_in_to(hass, platform.platform.described)
            await until_quiet(hass, ENABLED * size)
            await _save_dashboards(hass.data[LINK])
            async with SignedInBrowser.running(hass.data[LINK]) as browser:
                for _ in range(rounds):
                    for dashboard, found in costs.items():
                        found.painted.append(await _painted(browser, dashboard))
                for _ in range(rounds):
                    for dashboard, found in costs.items():
                        await platform.prepare_batch(
                            account.subscription_id, load.calls
                        )
                        found.busy.append(
                            await _busy(
                                browser,
                                dashboard,
                                platform,
                                account.subscription_id,
                                load,
                            )
                        )
    return costs


async def _save_dashboards(link: str) -> None:
    async with User.signed_in(link) as user:
        for dashboard in Dashboard:
            section = {"type": "grid", "column_span": 4, "cards": dashboard.cards}
            view = {"type": "sections", "max_columns": 4, "sections": [section]}
            await user.command(
                "lovelace/dashboards/create",
                url_path=dashboard,
                title=dashboard,
                mode="storage",
            )
            await user.command(
                "lovelace/config/save", url_path=dashboard, config={"views": [view]}
            )


async def _painted(browser: SignedInBrowser, dashboard: Dashboard) -> float:
    """Return the milliseconds until a dashboard is painted."""
    async with browser.opened(dashboard, dashboard.content) as page:
        return await page.busy() * _MILLISECONDS


async def _busy(
    browser: SignedInBrowser,
    dashboard: Dashboard,
    platform: PushPlatform,
    subscription_id: str,
    load: Load,
) -> float:
    """Return the share of the time, in percent, that a batch of calls takes."""
    async with browser.opened(dashboard, dashboard.content) as page:
        await asyncio.sleep(load.settle)
        began, before = time.monotonic(), await page.busy()
        sent = await platform.send_at_rate(subscription_id, load.rate)
        assert len(sent) == load.calls * MESSAGES
        share = (await page.busy() - before) / (time.monotonic() - began)
    return share * _PERCENT

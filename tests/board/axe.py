"""Accessibility of the card, as axe checks it."""

import os
from pathlib import Path
from typing import Final, Literal

import pytest

from demo.processes import ROOT

from .board import Board, Json

_AXE: Final = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


def axe_path() -> Path:
    """Return the file of axe, which `npm ci` installs; skip the test without it."""
    if not _AXE.exists() and "CI" not in os.environ:
        pytest.skip("npm was not found")
    return _AXE


async def violations(board: Board) -> list[Json]:
    """Return the serious rules that the card violates, in light and in dark."""
    found: list[Json] = []
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        await board.page.emulate_media(color_scheme=scheme)
        await board.page.wait_for_function(
            """is_dark => document.querySelector("home-assistant")
              .hass.themes.darkMode === is_dark""",
            arg=scheme == "dark",
        )
        result = await board.card.evaluate(
            """async (card) => {
              // Colors change by transitions, which end.
              for (const animation of card.shadowRoot.getAnimations())
                if (animation instanceof CSSTransition) animation.finish();
              const { passes, violations } = await axe.run(card);
              return {
                passes: passes.map(({ id }) => id),
                violations: violations.map(({ id, impact, nodes }) => ({
                  id, impact, nodes: nodes.map((n) => [n.html, n.failureSummary]),
                })),
              };
            }"""
        )
        assert "color-contrast" in result["passes"]
        found += [
            rule
            for rule in result["violations"]
            if rule["impact"] in ("serious", "critical")
        ]
    return found

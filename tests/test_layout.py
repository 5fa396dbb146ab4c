"""Size and wording of the code."""

from pathlib import Path

from hypothesis import settings
import pytest

from scripts.metrics import (
    INTEGRATION,
    LIMITS,
    Figure,
    exceeded,
    main,
    measure,
    read_module,
)

from .documents import ROOT

# Files of a checkout in which every figure is known.
_TREE = {
    "__init__.py": '"""An integration."""\n\nfrom .api.client import fetch\n',
    "sensor.py": '''"""Sensors.

Nobody reads this line.
"""

from typing import TYPE_CHECKING

from . import const
from .api import client  # the moment of truth

if TYPE_CHECKING:
    from .api.client import Client

# A comment of its own.
NAME = "told"


class Sensor:
    """A sensor."""

    def first(self) -> None:
        """Do nothing."""

        async def inner() -> None:
            import custom_components.ringcentral.api

    async def second(self) -> None: ...
''',
    "const.py": "ONE = 1\n",
    "api/__init__.py": '"""A client."""\n',
    "api/client.py": "class Client: ...\n\n\ndef fetch() -> None: ...\n",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout that has nothing but a small integration."""
    for name, source in _TREE.items():
        path = tmp_path / INTEGRATION / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return tmp_path


def test_no_figure_of_the_project_exceeds_its_limit() -> None:
    figures = measure(ROOT)
    assert {name: figures[name] for name in exceeded(figures)} == {}


def test_each_figure_has_a_limit(checkout: Path) -> None:
    assert measure(checkout).keys() == LIMITS.keys()


def test_figures_of_a_small_integration(checkout: Path) -> None:
    figures = measure(checkout)
    assert figures["lines"] == Figure(36)
    assert figures["code lines"] == Figure(15)
    assert figures["docstring lines per 100 code lines"].value == pytest.approx(
        100 * 8 / 15
    )
    assert figures["lines of the longest module"] == Figure(27, "sensor")
    assert figures["methods of the largest class"] == Figure(2, "sensor: Sensor")
    assert figures["modules imported by one module"] == Figure(3, "sensor")
    assert figures["modules in the top folder"] == Figure(3)
    assert figures[f"private words in {INTEGRATION}, %"].value == pytest.approx(
        100 * 2 / 5
    )
    assert figures["private words in tests, %"] == Figure(0)


@pytest.mark.parametrize("name", LIMITS)
def test_a_figure_is_exceeded_only_above_its_limit(name: str) -> None:
    assert exceeded({name: Figure(LIMITS[name])}) == []
    assert exceeded({name: Figure(LIMITS[name] + 0.1)}) == [name]


def test_command_fails_only_above_a_limit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = tmp_path / INTEGRATION / "const.py"
    module.parent.mkdir(parents=True)
    module.write_text("ONE = 1\n")
    assert main(tmp_path) == 0
    assert "✗" not in capsys.readouterr().out

    module.write_text("ONE = 1\n" * (int(LIMITS["lines of the longest module"]) + 1))
    assert main(tmp_path) == 1
    [line] = [line for line in capsys.readouterr().out.splitlines() if "✗" in line]
    assert "lines of the longest module" in line
    assert line.endswith("const")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('"""Meanwhile, in another place."""', 1),
        ("ONE = 1  # take note of it", 1),
        ('ONE = "nobody"', 0),
        ("class Room: ...", 0),
        ('"""A returned value, remotely booked."""', 0),
    ],
)
def test_private_words_are_found_in_docstrings_and_comments_alone(
    source: str, found: int
) -> None:
    assert read_module(source).private_words == found


def test_all_test_files_have_the_repeatable_examples() -> None:
    assert settings.get_current_profile_name() == "repeatable"
    assert settings().derandomize
    assert settings().deadline is None

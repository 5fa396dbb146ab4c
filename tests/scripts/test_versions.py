"""The files that name versions agree with each other."""

from importlib.metadata import version
import json
from pathlib import Path
import re
import tomllib
from typing import Any, Final

from packaging.version import Version
import pytest

ROOT: Final = Path(__file__).parent.parent.parent
PYPROJECT: Final[dict[str, Any]] = tomllib.loads(
    (ROOT / "pyproject.toml").read_text(encoding="utf-8")
)
PINS: Final = [
    requirement
    for group in PYPROJECT["dependency-groups"].values()
    for requirement in group
    if isinstance(requirement, str)
]


def read_json(path: str) -> dict[str, Any]:
    """Read a JSON file of the checkout."""
    content: dict[str, Any] = json.loads((ROOT / path).read_text(encoding="utf-8"))
    return content


def test_only_the_manifest_has_a_version() -> None:
    """HACS goes by it; a second one would be forgotten one day."""
    assert Version(read_json("custom_components/ringcentral/manifest.json")["version"])
    assert "version" not in PYPROJECT["project"]
    assert PYPROJECT["project"]["dynamic"] == ["version"]


def test_tested_home_assistant_is_of_the_oldest_series_that_hacs_allows() -> None:
    """What HACS lets a user install is what the tests run on."""
    oldest = Version(read_json("hacs.json")["homeassistant"])
    tested = Version(version("homeassistant"))
    assert oldest <= tested
    assert (oldest.major, oldest.minor) == (tested.major, tested.minor)


def test_readme_names_the_oldest_home_assistant() -> None:
    """A user reads the same minimum that HACS enforces."""
    oldest = read_json("hacs.json")["homeassistant"]
    series = ".".join(oldest.split(".")[:2])
    assert re.search(rf"\b{re.escape(series)}\b", (ROOT / "README.md").read_text())


@pytest.mark.parametrize("pin", PINS)
def test_requirement_is_pinned_and_locked(pin: str) -> None:
    """Each direct dependency is exact, and scripts/lock was run after its change."""
    assert re.fullmatch(r"[\w.-]+==[\w.]+", pin)
    locked = (ROOT / "requirements.txt").read_text(encoding="utf-8").lower()
    assert f"\n{pin.lower()} \\\n" in f"\n{locked}"


def test_lock_names_no_address() -> None:
    """Where packages come from is the machine's own affair."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if "://" in line or line.startswith("--index")]

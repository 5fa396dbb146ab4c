"""What is shipped beside the code: manifest, pictures, the state of quality."""

import json
from pathlib import Path
import tomllib
from typing import Any, Final

from PIL import Image
import pytest
import yaml

_ROOT: Final = Path(__file__).parents[1]
_PACKAGE: Final = _ROOT / "custom_components" / "ringcentral"
_MANIFEST: Final[dict[str, Any]] = json.loads((_PACKAGE / "manifest.json").read_bytes())


def test_the_manifest_is_in_the_order_that_home_assistant_wants() -> None:
    """Domain and name, then by the alphabet."""
    keys = list(_MANIFEST)
    assert keys[:2] == ["domain", "name"]
    assert keys[2:] == sorted(keys[2:])
    assert _MANIFEST["domain"] == _PACKAGE.name


def test_the_version_is_the_same_everywhere() -> None:
    """Of the integration, and of the project around it."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
    assert _MANIFEST["version"] == project["version"]


def test_nothing_is_installed_beside_home_assistant() -> None:
    """Everything needed is part of it, so no update of it can conflict."""
    assert _MANIFEST["requirements"] == []


@pytest.mark.parametrize("name", ["icon", "logo", "dark_logo"])
@pytest.mark.parametrize(("suffix", "height"), [("", 256), ("@2x", 512)])
def test_pictures_have_the_sizes_that_are_shown(
    name: str, suffix: str, height: int
) -> None:
    """Icons are square, logos wide; what is not drawn is transparent."""
    path = _PACKAGE / "brand" / f"{name}{suffix}.png"
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        assert picture.height == height
        assert (picture.width == height) is (name == "icon")
        assert picture.convert("RGBA").getpixel((0, 0)) == (0, 0, 0, 0)
    assert path.stat().st_size < 40_000


def test_the_state_of_quality_is_told_for_every_rule() -> None:
    """54 rules are in force; what does not apply says why."""
    rules = yaml.safe_load((_PACKAGE / "quality_scale.yaml").read_text())["rules"]
    assert len(rules) == 54
    for rule, state in rules.items():
        if isinstance(state, str):
            assert state in ("done", "todo"), rule
        else:
            assert set(state) == {"status", "comment"}, rule
            assert state["status"] in ("done", "todo", "exempt"), rule

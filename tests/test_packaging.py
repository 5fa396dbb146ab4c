"""Files beside the code: manifest, changelog, images."""

import json
from pathlib import Path
from typing import Any, Final

from packaging.version import Version
from PIL import Image
import pytest

from scripts.release import CHANGELOG, sections

_ROOT: Final = Path(__file__).parents[1]
_PACKAGE: Final = _ROOT / "custom_components" / "ringcentral"
_MANIFEST: Final[dict[str, Any]] = json.loads((_PACKAGE / "manifest.json").read_bytes())


def test_the_versions_of_the_changelog_descend() -> None:
    """Each once, with the day on which it was released."""
    found = list(sections((_ROOT / CHANGELOG).read_text()))
    versions = [Version(section.version) for section in found]
    assert versions == sorted(set(versions), reverse=True)
    days = [section.released for section in found if section.released]
    assert days == sorted(days, reverse=True)
    assert len(days) >= len(found) - 1
    assert all(section.text for section in found)


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

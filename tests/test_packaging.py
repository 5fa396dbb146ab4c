"""Files beside the code: manifest, changelog, images."""

from importlib.metadata import version
import json
from pathlib import Path
import re
from typing import Any, Final

from packaging.requirements import Requirement
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


def test_only_msgspec_is_installed_beside_home_assistant() -> None:
    """A range: another custom integration may require a version of its own.

    The tests run with the version that `requirements.txt` names.
    """
    [requirement] = map(Requirement, _MANIFEST["requirements"])
    locked = re.findall(
        r"^msgspec==(\S+)", (_ROOT / "requirements.txt").read_text(), re.MULTILINE
    )

    assert requirement.name == "msgspec"
    assert str(requirement.specifier) == "<1,>=0.20"
    assert locked == [version("msgspec")]
    assert requirement.specifier.contains(locked[0])


def test_msgspec_is_imported_where_json_is_decoded_only() -> None:
    """So that the way back to another decoder stays short."""
    imports = re.compile(r"^\s*(?:from|import) msgspec\b", re.MULTILINE)
    found = {
        path.relative_to(_PACKAGE).as_posix()
        for path in _PACKAGE.rglob("*.py")
        if imports.search(path.read_text())
    }

    assert {path for path in found if not path.startswith("api/models/")} == {
        "connection/storage.py",
        "connection/stored_counts.py",
        "connection/stored_state.py",
    }


@pytest.mark.parametrize("name", ["icon", "logo", "dark_logo"])
@pytest.mark.parametrize(("suffix", "height"), [("", 256), ("@2x", 512)])
def test_images_have_the_sizes_that_are_shown(
    name: str, suffix: str, height: int
) -> None:
    """Icons are square, logos wide; what is not drawn is transparent."""
    path = _PACKAGE / "brand" / f"{name}{suffix}.png"
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.height == height
        assert (image.width == height) is (name == "icon")
        assert image.convert("RGBA").getpixel((0, 0)) == (0, 0, 0, 0)
    assert path.stat().st_size < 40_000

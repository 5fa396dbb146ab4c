"""The repository is one that HACS accepts, as far as that can be seen without network.

Left out is what HACS asks GitHub: whether the repository is archived, has a description,
topics and issues.
"""

from hashlib import sha256
import json
from pathlib import Path
from typing import Any, Final

from awesomeversion import AwesomeVersion
from packaging.version import Version
import pytest
import voluptuous as vol

from homeassistant.helpers import config_validation as cv

from .documents import ROOT

FOLDER: Final = ROOT / "custom_components"
# The Apache License 2.0 as its owners publish it: GitHub knows it by its text.
_APACHE: Final = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"

_HACS: Final = vol.Schema(
    {
        vol.Required("name"): str,
        vol.Optional("content_in_root"): bool,
        vol.Optional("country"): [vol.All(str, vol.Length(min=2, max=2))],
        vol.Optional("filename"): str,
        vol.Optional("hacs"): str,
        vol.Optional("hide_default_branch"): bool,
        vol.Optional("homeassistant"): str,
        vol.Optional("persistent_directory"): str,
        vol.Optional("render_readme"): bool,
        vol.Optional("zip_release"): bool,
    }
)
_MANIFEST: Final = vol.Schema(
    {
        vol.Required("codeowners"): list,
        vol.Required("documentation"): cv.url,
        vol.Required("domain"): str,
        vol.Required("issue_tracker"): cv.url,
        vol.Required("name"): str,
        vol.Required("version"): vol.Coerce(AwesomeVersion),
    },
    extra=vol.ALLOW_EXTRA,
)


def read(path: Path) -> dict[str, Any]:
    """Read a JSON file."""
    content: dict[str, Any] = json.loads(path.read_bytes())
    return content


@pytest.fixture
def hacs() -> dict[str, Any]:
    """Return the settings for HACS."""
    return read(ROOT / "hacs.json")


@pytest.fixture
def integration() -> Path:
    """Return what HACS takes for the integration: the one folder that there is."""
    [folder] = [
        path for path in FOLDER.iterdir() if path.is_dir() and path.name[0] not in "._"
    ]
    return folder


def test_hacs_file_has_no_unknown_keys(hacs: dict[str, Any]) -> None:
    """HACS rejects a repository with an unknown key."""
    assert _HACS(hacs) == hacs


def test_hacs_finds_the_archive_that_a_release_has(hacs: dict[str, Any]) -> None:
    """And offers nothing but releases: a branch has no archive."""
    assert hacs["zip_release"] is True
    assert hacs["filename"].endswith(".zip")
    assert hacs["hide_default_branch"] is True


@pytest.mark.parametrize("key", ["homeassistant", "hacs"])
def test_the_oldest_versions_are_versions(hacs: dict[str, Any], key: str) -> None:
    """HACS compares them, and offers nothing to those who are older."""
    assert len(Version(hacs[key]).release) == 3


def test_the_changes_name_the_oldest_versions(hacs: dict[str, Any]) -> None:
    """Users who read them before an update learn whether it is possible."""
    text = (ROOT / "CHANGELOG.md").read_text()
    assert f"Home Assistant {hacs['homeassistant']} or newer" in text
    assert f"HACS {hacs['hacs']} or newer" in text


def test_the_manifest_has_what_hacs_shows(integration: Path) -> None:
    """Owner, addresses, name and version."""
    manifest = read(integration / "manifest.json")
    assert _MANIFEST(manifest)
    assert manifest["domain"] == integration.name


def test_there_is_an_icon(integration: Path) -> None:
    """Without one HACS would look for it elsewhere, and fail."""
    assert (integration / "brand" / "icon.png").is_file()


def test_there_is_a_page_to_show() -> None:
    """Before the download."""
    assert (ROOT / "README.md").is_file()


def test_the_licence_is_recognized_as_an_open_one() -> None:
    """By its whole text: a changed one is no licence that anybody approved."""
    assert sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == _APACHE

"""Forms, updates and the dev container of the repository."""

import json
import os
from pathlib import Path
import re
from typing import Any, Final

import pytest
import yaml

from demo.options import parse
import homeassistant

from .documents import ROOT
from .scripts.test_versions import PINS

GITHUB: Final = ROOT / ".github"
FORMS: Final = sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yaml"))
MANIFEST: Final[dict[str, Any]] = json.loads(
    (ROOT / "custom_components" / "ringcentral" / "manifest.json").read_text()
)
PLUGIN: Final = "pytest-homeassistant-custom-component"
_KINDS: Final = {"checkboxes", "dropdown", "input", "markdown", "textarea"}


def read_yaml(path: Path) -> Any:
    """Read a file of the repository's settings."""
    return yaml.safe_load(path.read_text())


# --------------------------------------------------------------------------------------
# Owners and links


def test_the_owner_is_the_same_everywhere() -> None:
    """In the manifest, for reviews, and in the addresses."""
    [owner] = MANIFEST["codeowners"]
    assert (GITHUB / "CODEOWNERS").read_text() == f"* {owner}\n"
    address = f"https://github.com/{owner.removeprefix('@')}/"
    assert MANIFEST["documentation"].startswith(address)
    assert MANIFEST["issue_tracker"] == f"{MANIFEST['documentation']}/issues"


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in sorted(GITHUB.rglob("*.*"))
        if path.suffix in (".md", ".yml", ".yaml")
    ],
    ids=lambda path: path.relative_to(GITHUB).as_posix(),
)
def test_links_to_this_repository_lead_to_files_of_it(path: Path) -> None:
    for link in re.findall(
        rf"{re.escape(MANIFEST['documentation'])}/blob/main/([\w./-]+)",
        path.read_text(),
    ):
        assert (ROOT / link).is_file(), link


# --------------------------------------------------------------------------------------
# Forms for issues


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_one_that_can_be_shown(path: Path) -> None:
    """With a broken form GitHub shows none at all."""
    form = read_yaml(path)
    assert set(form) == {"name", "description", "labels", "body"}
    fields = [element for element in form["body"] if element["type"] != "markdown"]
    assert {element["type"] for element in form["body"]} <= _KINDS
    assert any(field.get("validations", {}).get("required") for field in fields)
    for field in fields:
        assert set(field) <= {"type", "id", "attributes", "validations"}
        assert field["attributes"]["label"]
        if field["type"] in ("dropdown", "checkboxes"):
            assert field["attributes"]["options"]
    for key in ([field["id"] for field in fields], [_label(field) for field in fields]):
        assert len(set(key)) == len(key)


def _label(field: dict[str, Any]) -> str:
    label: str = field["attributes"]["label"]
    return label


def test_a_report_comes_with_what_is_needed_to_understand_it() -> None:
    """Diagnostics and versions always; a log where there can be one."""
    [bug] = [path for path in FORMS if path.stem == "bug"]
    fields = {
        field["id"]: field.get("validations", {}).get("required", False)
        for field in read_yaml(bug)["body"]
        if "id" in field
    }
    required = {name for name, needed in fields.items() if needed}
    assert required >= {
        "happened",
        "expected",
        "diagnostics",
        "version",
        "home_assistant",
    }
    assert "log" in fields


def test_new_issues_start_with_a_form() -> None:
    """The other links lead to where the answer is."""
    config = read_yaml(GITHUB / "ISSUE_TEMPLATE" / "config.yml")
    assert config["blank_issues_enabled"] is False
    for link in config["contact_links"]:
        assert set(link) == {"name", "url", "about"}
        assert link["url"].startswith(f"{MANIFEST['documentation']}/")


# --------------------------------------------------------------------------------------
# Updates of others' code


def updates() -> dict[tuple[str, str], dict[str, Any]]:
    """Return what is updated automatically, by the kind of package and the folder."""
    config = read_yaml(GITHUB / "dependabot.yml")
    assert config["version"] == 2
    return {
        (update["package-ecosystem"], update["directory"]): update
        for update in config["updates"]
    }


@pytest.mark.parametrize(
    ("kind", "folder", "manifest"),
    [
        ("github-actions", "/", ".github/workflows/test.yaml"),
        ("uv", "/", "pyproject.toml"),
        ("npm", "/frontend", "package.json"),
        ("npm", "/tests/simulator/sdk", "package.json"),
    ],
)
def test_each_kind_of_package_is_updated_where_it_is_named(
    kind: str, folder: str, manifest: str
) -> None:
    """After a week, in which a bad release is usually found."""
    update = updates()[kind, folder]
    assert (ROOT / folder.lstrip("/") / manifest).is_file()
    assert update["cooldown"] == {"default-days": 7}
    assert update["schedule"]["interval"] in ("weekly", "monthly")


def test_what_follows_home_assistant_is_not_updated_automatically() -> None:
    """Everything else is."""
    constraints = Path(homeassistant.__path__[0]) / "package_constraints.txt"
    pinned = {
        line.partition("==")[0].lower()
        for line in constraints.read_text().splitlines()
        if "==" in line
    }
    direct = {pin.partition("==")[0].lower() for pin in PINS}
    free = direct - pinned - {PLUGIN}
    assert "ruff" in free
    assert "home-assistant-frontend" in direct & pinned
    allowed = {
        rule["dependency-name"].lower() for rule in updates()["uv", "/"]["allow"]
    }
    assert allowed == free


# --------------------------------------------------------------------------------------
# A container to develop in


@pytest.fixture
def container() -> dict[str, Any]:
    """Return the description of the container."""
    path = ROOT / ".devcontainer" / "devcontainer.json"
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def test_the_container_has_the_python_that_is_needed(container: dict[str, Any]) -> None:
    """Otherwise scripts/setup would fetch another one."""
    setup = (ROOT / "scripts" / "setup").read_text()
    found = re.search(r"^readonly PYTHON_SERIES=([\d.]+)$", setup, re.MULTILINE)
    assert found
    image = f"mcr.microsoft.com/devcontainers/python:{found[1]}-"
    assert container["image"].startswith(image)


def test_the_container_is_made_ready_by_a_script_that_is_there(
    container: dict[str, Any],
) -> None:
    """The one that everything else uses as well."""
    assert container["postCreateCommand"] == "scripts/setup"
    assert os.access(ROOT / container["postCreateCommand"], os.X_OK)
    for package in ("chromium", "ffmpeg", "libturbojpeg0"):
        assert f" {package}" in container["onCreateCommand"]


def test_the_container_shows_the_ports_of_the_demo(container: dict[str, Any]) -> None:
    """Home Assistant first."""
    options = parse([])
    assert container["forwardPorts"] == [options.port, options.simulator_port]
    assert set(container["portsAttributes"]) == {
        str(port) for port in container["forwardPorts"]
    }

"""The command that tries all supported versions of Home Assistant."""

from collections.abc import Iterator
import json
from pathlib import Path
import sys
from typing import Final

import pytest

from scripts import compatibility
from scripts.compatibility import (
    TARGETS,
    SetupError,
    Target,
    constraints_of,
    main,
    make_environment,
    names,
    oldest_version,
)

pytestmark = pytest.mark.usefixtures("ended_threads")

NEWEST: Final = "2031.2.3"

# Replaces the installer: records its arguments, and creates the same files.
INSTALLER: Final = f"""\
#!{sys.executable}
import json, pathlib, sys

here = pathlib.Path(__file__).parent
arguments = sys.argv[1:]
with (here / "arguments").open("a") as log:
    print(json.dumps(arguments), file=log)
if (here / "broken").exists():
    sys.exit("No solution found")
match arguments:
    case ["venv", *_, environment]:
        python = pathlib.Path(environment) / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text("#!/bin/sh\\ncat $(dirname $0)/version\\n")
        python.chmod(0o755)
    case ["pip", "install", "--python", python, *_, release]:
        environment = pathlib.Path(python).parent.parent
        version = release.partition("==")[2] or "{NEWEST}"
        (environment / "bin" / "version").write_text(version)
        package = environment / "lib/python3.14/site-packages/homeassistant"
        package.mkdir(parents=True, exist_ok=True)
        (package / "package_constraints.txt").write_text("mutagen==1.2.3")
"""


class Installer:
    """Calls of the installer."""

    def __init__(self, folder: Path) -> None:
        """Put it into a folder."""
        self.program = folder / "uv"
        self.program.write_text(INSTALLER)
        self.program.chmod(0o755)

    @property
    def all_calls(self) -> list[list[str]]:
        """All calls, in their order."""
        lines = self.program.with_name("arguments").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def calls(self, *command: str) -> Iterator[list[str]]:
        """Yield the calls of a command."""
        return (call for call in self.all_calls if call[: len(command)] == [*command])

    def is_broken(self) -> None:
        """Let it fail from now on."""
        self.program.with_name("broken").touch()


@pytest.fixture
def installer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installer:
    """Return an installer that needs no network."""
    folder = tmp_path / "installer"
    folder.mkdir()
    installer = Installer(folder)
    monkeypatch.setattr(compatibility, "_UV", str(installer.program))
    monkeypatch.setattr(compatibility, "FOLDER", tmp_path / "environments")
    return installer


def test_oldest_version_is_that_of_hacs(tmp_path: Path) -> None:
    """It is written down once."""
    (tmp_path / "hacs.json").write_text('{"homeassistant": "2031.1.0"}')
    assert oldest_version(tmp_path) == "2031.1.0"


def test_packages_of_a_group_come_without_their_versions(tmp_path: Path) -> None:
    """An older or newer Home Assistant demands others; each package is named once."""
    (tmp_path / "pyproject.toml").write_text(
        "[dependency-groups]\n"
        'demo = ["rich==15.0.0", "mutagen==1.48.1"]\n'
        'test = ["rich==15.0.0", "pytest-homeassistant-custom-component==0.13.375"]\n'
        'lint = ["ruff==0.17.6"]\n'
    )
    assert names(["demo", "test"], tmp_path) == [
        "mutagen",
        "pytest-homeassistant-custom-component",
        "rich",
    ]


@pytest.mark.parametrize(
    ("name", "version", "has_plugin"),
    [("minimum", oldest_version(), True), ("newest", NEWEST, False)],
)
def test_environment_is_that_of_the_release(
    installer: Installer, tmp_path: Path, name: str, version: str, has_plugin: bool
) -> None:
    """Its version exactly, with the packages that it demands; the rest as always."""
    TARGETS[name].make(tmp_path)

    wanted = (tmp_path / "requirements.in").read_text().splitlines()
    assert wanted[0] == f"homeassistant=={version}"
    assert ("pytest-homeassistant-custom-component" in wanted) is has_plugin
    assert {"home-assistant-frontend", "playwright"} < set(wanted)
    assert (tmp_path / "constraints.txt").read_text() == "mutagen==1.2.3"
    requirements = compatibility.ROOT / "requirements.txt"
    assert (tmp_path / "locked.txt").read_text() == requirements.read_text()
    [compiling] = installer.calls("pip", "compile")
    for file in ("constraints.txt", "locked.txt", "requirements.in"):
        assert str(tmp_path / file) in compiling
    [installing] = installer.calls("pip", "sync")
    assert installing[-2:] == ["--require-hashes", str(tmp_path / "locked.txt")]


def test_environment_is_kept_and_renewed(installer: Installer, tmp_path: Path) -> None:
    """Made once; a release of since then comes into it."""
    make_environment(tmp_path, "homeassistant==2031.1.0", [])
    python = make_environment(tmp_path, "homeassistant", [])
    assert len([*installer.calls("venv")]) == 1
    assert compatibility.installed_version(python) == NEWEST
    assert (tmp_path / "requirements.in").read_text() == f"homeassistant=={NEWEST}"


def test_environment_without_home_assistant_is_refused(tmp_path: Path) -> None:
    """Nothing to go by is not the same as no demands."""
    with pytest.raises(ValueError, match="not enough values"):
        constraints_of(tmp_path)


def test_pinned_version_is_that_of_all_other_tests(tmp_path: Path) -> None:
    """What scripts/setup has made; nothing is installed again."""
    assert TARGETS["pinned"].make(tmp_path) == Path(sys.executable)


@pytest.mark.parametrize("name", ["minimum", "pinned"])
def test_all_tests_are_run_where_there_is_a_plugin(name: str) -> None:
    """No part of them is chosen."""
    program = TARGETS[name].program
    assert program[:2] == ("-m", "pytest")
    assert not any(argument.startswith("tests") for argument in program)


def python_reports(code: str) -> Target:
    """Return a target that runs a piece of Python."""
    return Target(make=lambda _: Path(sys.executable), program=("-c", code))


def test_one_line_for_each_version(
    installer: Installer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With its number and the last line of its output; the rest is in a file."""
    monkeypatch.setattr(
        compatibility,
        "TARGETS",
        {
            "minimum": python_reports("print('.....'); print('5 passed in 1.00s')"),
            "newest": python_reports("print('7 steps passed')"),
        },
    )
    version = compatibility.installed_version(Path(sys.executable))
    assert main([]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"✓ minimum  {version}  5 passed in 1.00s",
        f"✓ newest   {version}  7 steps passed",
    ]
    output = compatibility.FOLDER / "minimum" / "output.txt"
    assert output.read_text() == ".....\n5 passed in 1.00s\n"


def test_failure_is_printed_and_ends_in_an_error(
    installer: Installer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What went wrong follows the line, and the other versions are tried as well."""
    failing = "print('FAILED test_x'); print('1 failed in 1.00s'); raise SystemExit(1)"
    monkeypatch.setattr(
        compatibility,
        "TARGETS",
        {
            "minimum": python_reports(failing),
            "pinned": python_reports("print('5 passed')"),
        },
    )
    version = compatibility.installed_version(Path(sys.executable))
    assert main([]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"✗ minimum  {version}  1 failed in 1.00s",
        "FAILED test_x",
        "1 failed in 1.00s",
        f"✓ pinned   {version}  5 passed",
    ]


def test_program_without_output_can_fail_too(
    installer: Installer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One that was killed, for example."""
    monkeypatch.setattr(
        compatibility, "TARGETS", {"pinned": python_reports("raise SystemExit(9)")}
    )
    assert main([]) == 1
    assert capsys.readouterr().out.strip().endswith("nothing was said")


def test_release_that_cannot_be_installed_is_a_failure(
    installer: Installer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The installer's own output shows why."""
    installer.is_broken()
    with pytest.raises(SetupError):
        make_environment(tmp_path, "homeassistant", [])
    assert main(["newest"]) == 1
    assert capsys.readouterr().out == "✗ newest   No solution found\n"


def test_only_what_is_named_is_tried(
    installer: Installer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By the names of the help text."""
    monkeypatch.setattr(
        compatibility,
        "TARGETS",
        {
            "minimum": python_reports("raise SystemExit(1)"),
            "pinned": python_reports(""),
        },
    )
    assert main(["pinned"]) == 0
    assert "minimum" not in capsys.readouterr().out


def test_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is run."""
    with pytest.raises(SystemExit, match="2"):
        main(["pinned", "oldest"])
    assert "unknown: oldest" in capsys.readouterr().err


def test_help_of_the_command_names_every_version() -> None:
    """The text above the program is all the help there is."""
    text = (compatibility.ROOT / "scripts" / "compatibility").read_text()
    for name in TARGETS:
        assert f"\n#     {name}  " in text

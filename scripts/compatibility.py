"""Runs what can be run with each version of Home Assistant that is supported."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
import json
from pathlib import Path
import subprocess
import sys
import tomllib
from typing import Any, Final

from packaging.requirements import Requirement
from rich.console import Console

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = ROOT / ".compatibility"

_UV: Final = "scripts/uv"
_PACKAGE: Final = "homeassistant"
_TESTS: Final = ("-m", "pytest", "--quiet", "--tb=short", "--show-capture=no")
_NO_CACHE: Final = ("-p", "no:cacheprovider")
_TRIAL: Final = ("-m", "demo.trial")
_LAST_LINES: Final = 40
_VERSION: Final = (
    f"from importlib.metadata import version; print(version('{_PACKAGE}'))"
)

_console = Console(highlight=False, soft_wrap=True)


class SetupError(Exception):
    """An environment can't be created; the text is the installer's output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a version."""

    home_assistant: str
    passed: bool
    output: str

    @property
    def closing_line(self) -> str:
        """Last line of the output."""
        return (self.output.strip().splitlines() or ["nothing was said"])[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A version of Home Assistant and what is run with it."""

    make: Callable[[Path], Path]
    program: Sequence[str]


def oldest_version(root: Path = ROOT) -> str:
    """Return the oldest version that HACS lets a user install this with."""
    return str(json.loads((root / "hacs.json").read_bytes())[_PACKAGE])


def names(groups: Sequence[str], root: Path = ROOT) -> list[str]:
    """Return the packages of dependency groups, whatever their versions."""
    project: Mapping[str, Any] = tomllib.loads((root / "pyproject.toml").read_text())
    return sorted(
        {
            Requirement(line).name
            for group in groups
            for line in project["dependency-groups"][group]
        }
    )


def make_environment(
    folder: Path, release: str, packages: Sequence[str], root: Path = ROOT
) -> Path:
    """Make or renew an environment with a release of Home Assistant.

    Everything else has the version of requirements.txt, unless that release demands
    another one: it says so in a file of its own, and the test plugin belongs to one.

    Args:
        folder: where it goes.
        release: a requirement, with the version or without one for the newest.
        packages: what is installed beside it.
        root: the checkout.

    Returns:
        The Python of the environment.

    Raises:
        SetupError: it can't be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        _uv("venv", "--clear", "--python", sys.executable, folder / "venv")
    _uv("pip", "install", "--python", python, "--no-deps", "--upgrade", release)
    version = installed_version(python)
    exact = f"{_PACKAGE}=={version}"

    wanted, limits, locked = (
        folder / name for name in ("requirements.in", "constraints.txt", "locked.txt")
    )
    wanted.write_text("\n".join([exact, *packages]))
    limits.write_text(constraints_of(folder / "venv"))
    locked.write_text((root / "requirements.txt").read_text())
    _uv(
        *("pip", "compile", "--python", python, "--generate-hashes"),
        *("--no-annotate", "--no-header", "--no-emit-index-url"),
        *("--constraints", limits, "--output-file", locked, wanted),
    )
    _uv("pip", "sync", "--python", python, "--require-hashes", locked)
    return python


def constraints_of(environment: Path) -> str:
    """Return what the Home Assistant of an environment demands of other packages."""
    [path] = environment.glob(f"lib/*/site-packages/{_PACKAGE}/package_constraints.txt")
    return path.read_text()


def installed_version(python: Path) -> str:
    """Return the version of Home Assistant that a Python has."""
    return _output(python, "-c", _VERSION).strip()


def _uv(*arguments: str | Path) -> None:
    _output(_UV, *arguments)


def _output(*command: str | Path) -> str:
    """Run a command; return its output.

    Raises:
        SetupError: it fails.
    """
    done = subprocess.run(
        command, cwd=ROOT, check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise SetupError(done.stderr.strip())
    return done.stdout


TARGETS: Final[Mapping[str, Target]] = {
    "minimum": Target(
        make=lambda folder: make_environment(
            folder,
            f"{_PACKAGE}=={oldest_version()}",
            names(["benchmark", "demo", "test"]),
        ),
        program=(*_TESTS, *_NO_CACHE),
    ),
    # scripts/setup has made it.
    "pinned": Target(
        make=lambda _: Path(sys.executable), program=(*_TESTS, *_NO_CACHE)
    ),
    "newest": Target(
        make=lambda folder: make_environment(folder, _PACKAGE, names(["demo"])),
        program=_TRIAL,
    ),
}


def run(target: Target, folder: Path) -> Outcome:
    """Test a version; the output is stored in its folder.

    Raises:
        SetupError: there is no environment for it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    python = target.make(folder)
    said = folder / "output.txt"
    with said.open("wb") as output:
        done = subprocess.run(
            [python, *target.program],
            cwd=ROOT,
            check=False,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return Outcome(
        home_assistant=installed_version(python),
        passed=done.returncode == 0,
        output=said.read_text(encoding="utf-8", errors="replace"),
    )


def report(name: str, outcome: Outcome) -> Iterator[str]:
    """Yield the line about a version, and what went wrong with it."""
    mark = "✓" if outcome.passed else "✗"
    yield f"{mark} {name:7}  {outcome.home_assistant}  {outcome.closing_line}"
    if not outcome.passed:
        yield from outcome.output.strip().splitlines()[-_LAST_LINES:]


def main(arguments: Sequence[str]) -> int:
    """Try the versions that are named; return the exit code."""
    parser = ArgumentParser(prog="scripts/compatibility")
    parser.add_argument("names", nargs="*", metavar="|".join(TARGETS), default=[])
    chosen = parser.parse_args(arguments).names or [*TARGETS]
    if unknown := set(chosen) - TARGETS.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    failed = False
    for name in chosen:
        try:
            with _console.status(f"{name} …"):
                outcome = run(TARGETS[name], FOLDER / name)
        except SetupError as error:
            _console.print(f"✗ {name:7}  {error}", markup=False)
            failed = True
            continue
        for line in report(name, outcome):
            _console.print(line, markup=False)
        failed |= not outcome.passed
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

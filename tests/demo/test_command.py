"""The command scripts/demo, with a set-up that the test controls."""

from collections.abc import Generator
from contextlib import contextmanager
import os
from pathlib import Path
from shutil import copytree, ignore_patterns
import subprocess
import sys
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a new checkout, in which nothing but Python's own modules can be imported."""
    root = tmp_path / "checkout"
    copytree(ROOT / "demo", root / "demo", ignore=ignore_patterns("__pycache__"))
    for package in ("homeassistant", "aiohttp", "rich"):
        _write(root / package / "__init__.py", "raise ImportError(__name__)")
    _write(root / "scripts" / "demo", (ROOT / "scripts" / "demo").read_text())
    # Installs nothing, and a demo that ends at once.
    _write(
        root / "scripts" / "setup",
        "#!/bin/bash\n"
        f"mkdir -p {root}/.venv/bin\n"
        f"printf '#!/bin/bash\\necho demo \"$@\"' >{root}/.venv/bin/python\n"
        f"chmod +x {root}/.venv/bin/python\n",
    )
    _write(root / "bin" / "python3", f'#!/bin/bash\nexec {sys.executable} "$@"\n')
    return root


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@contextmanager
def _started(checkout: Path, *arguments: str) -> Generator[subprocess.Popen[str]]:
    with subprocess.Popen(  # noqa: S603
        [checkout / "scripts" / "demo", *arguments],
        env={"PATH": f"{checkout}/bin:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _run(checkout: Path, *arguments: str) -> tuple[int, str, str]:
    """Run the command; return exit code, output and errors."""
    with _started(checkout, *arguments) as process:
        output, errors = process.communicate()
        return process.returncode, output, errors


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_installs_and_imports_nothing(checkout: Path, option: str) -> None:
    """It answers at once in a new checkout, too."""
    exit_code, output, errors = _run(checkout, "--debug", option)
    assert (exit_code, errors) == (0, "")
    assert output.startswith("usage: scripts/demo")
    assert "--extensions N" in output
    assert not (checkout / ".venv").exists()


def test_wrong_option_is_reported_before_anything_is_installed(checkout: Path) -> None:
    exit_code, output, errors = _run(checkout, "--extensions", "none")
    assert (exit_code, output) == (2, "")
    assert "the number of extensions is a whole number" in errors
    assert not (checkout / ".venv").exists()


def test_options_reach_the_demo(checkout: Path) -> None:
    _, output, errors = _run(checkout, "--port", "0", "--config-dir", "my home")
    assert output == "demo -m demo --port 0 --config-dir my home\n"
    assert errors == (
        "[demo] First start: installing Home Assistant, which can take some minutes\n"
        "[demo] Starting\n"
    )


def test_long_installation_is_reported_until_it_ends(checkout: Path) -> None:
    """The first line comes before it, then one at each interval."""
    # The pauses between the lines, and the installation, end when the test says so.
    with _pipe(checkout / "pause") as pause, _pipe(checkout / "ready") as ready:
        _write(checkout / "bin" / "sleep", f"#!/bin/bash\nread -r <{checkout}/pause\n")
        setup = (checkout / "scripts" / "setup").read_text()
        _write(checkout / "scripts" / "setup", f"{setup}read -r <{checkout}/ready\n")
        with _started(checkout) as process:
            assert process.stderr is not None
            assert "First start" in process.stderr.readline()
            for _ in range(2):
                os.write(pause, b"\n")
                assert "still installing, " in process.stderr.readline()
            os.write(ready, b"\n")
            assert process.stderr.readline() == "[demo] Starting\n"
            process.communicate()
            assert process.returncode == 0


@contextmanager
def _pipe(path: Path) -> Generator[int]:
    os.mkfifo(path)
    # Open for both, so that neither side waits for the other one to open it.
    pipe = os.open(path, os.O_RDWR)
    try:
        yield pipe
    finally:
        os.close(pipe)


def test_failed_installation_ends_the_command(checkout: Path) -> None:
    _write(checkout / "scripts" / "setup", "#!/bin/bash\necho no >&2\nexit 3\n")
    exit_code, output, errors = _run(checkout)
    assert (exit_code, output) == (3, "")
    assert errors.endswith("no\n")

"""Preparing a release: what is refused, and what users are given."""

from collections.abc import Mapping, Sequence
from datetime import date
import json
from os import utime
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Final
from zipfile import ZipFile

import pytest

from scripts.release import (
    CHANGELOG,
    PACKAGE,
    Section,
    archive_name,
    git,
    main,
    manifest_version,
    newest_section,
    pack,
    problems,
    sections,
)

from ..documents import ROOT

TODAY: Final = date(2026, 12, 24)
VERSION: Final = "1.2.3"
CHANGES: Final = f"""# Changelog

What is new.

## {VERSION} (2026-12-24)

Sensors for **moods**.

### For developers

Nothing.

## 1.2.2 (2026-12-01)

Older.
"""
FILES: Final[Mapping[str, str]] = {
    ".gitignore": "__pycache__/\n/dist/\n",
    CHANGELOG: CHANGES,
    "hacs.json": json.dumps({"filename": "moods.zip"}),
    f"{PACKAGE}/manifest.json": json.dumps({"version": VERSION}),
    f"{PACKAGE}/__init__.py": "",
    f"{PACKAGE}/translations/en.json": "{}",
    "tests/test_mood.py": "",
}


def write(checkout: Path, files: Mapping[str, str]) -> None:
    """Write files into a checkout."""
    for name, text in files.items():
        path = checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def commit(checkout: Path) -> None:
    """Commit everything, at a time that is always the same."""
    git(checkout, "add", "--all")
    person = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
    git(checkout, *person, "commit", "--quiet", "--allow-empty", "--message", "All")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a small project that can be released."""
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-12-24T15:30:10+00:00")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    git(checkout, "init", "--quiet")
    write(checkout, FILES)
    commit(checkout)
    return checkout


def test_all_in_order_is_released(checkout: Path) -> None:
    """The project that the other tests break."""
    assert list(problems(checkout, VERSION, TODAY)) == []


@pytest.mark.parametrize(
    ("version", "files", "expected"),
    [
        (
            "1.2",
            {
                f"{PACKAGE}/manifest.json": '{"version": "1.2"}',
                CHANGELOG: "## 1.2 (2026-12-24)\n\nNew.\n",
            },
            ["1.2 is not a version like 1.2.3 or 1.2.3-beta.1"],
        ),
        (
            VERSION,
            {f"{PACKAGE}/manifest.json": '{"version": "1.2.2"}'},
            ["the manifest has version 1.2.2, not 1.2.3"],
        ),
        (
            VERSION,
            {CHANGELOG: "# Changelog\n"},
            ["the newest section of CHANGELOG.md is not about 1.2.3"],
        ),
        (
            VERSION,
            {CHANGELOG: f"## 1.3.0 (2026-12-24)\n\nNewer.\n\n{CHANGES}"},
            ["the newest section of CHANGELOG.md is not about 1.2.3"],
        ),
        (
            VERSION,
            {CHANGELOG: CHANGES.replace("(2026-12-24)", "(unreleased)")},
            ["the section about 1.2.3 has no date: ## 1.2.3 (2026-12-24)"],
        ),
        (
            VERSION,
            {CHANGELOG: CHANGES.replace(" (2026-12-24)", "")},
            ["the section about 1.2.3 has no date: ## 1.2.3 (2026-12-24)"],
        ),
        (
            VERSION,
            {CHANGELOG: CHANGES.replace("12-24", "12-25")},
            ["the section about 1.2.3 is of a day to come"],
        ),
        (
            VERSION,
            {CHANGELOG: "## 1.2.3 (2026-12-24)\n\n## 1.2.2 (2026-12-01)\n\nOlder.\n"},
            ["the section about 1.2.3 says nothing"],
        ),
        (
            "2.0.0",
            {},
            [
                "the manifest has version 1.2.3, not 2.0.0",
                "the newest section of CHANGELOG.md is not about 2.0.0",
            ],
        ),
    ],
)
def test_what_does_not_agree_is_not_released(
    checkout: Path, version: str, files: Mapping[str, str], expected: Sequence[str]
) -> None:
    """Everything that is wrong is reported at once, and nothing else."""
    write(checkout, files)
    commit(checkout)
    assert list(problems(checkout, version, TODAY)) == expected


@pytest.mark.parametrize("name", [f"{PACKAGE}/__init__.py", "new.txt"])
def test_what_is_not_committed_is_not_released(checkout: Path, name: str) -> None:
    """Neither a changed file nor a new one."""
    write(checkout, {name: "changed"})
    expected = ["the checkout has changes that are not committed"]
    assert list(problems(checkout, VERSION, TODAY)) == expected


def test_a_version_of_a_test_release_is_one(checkout: Path) -> None:
    """HACS offers it to those who want such releases."""
    files = {
        name: text.replace(VERSION, "1.2.3-beta.1") for name, text in FILES.items()
    }
    write(checkout, files)
    commit(checkout)
    assert list(problems(checkout, "1.2.3-beta.1", TODAY)) == []


def test_archive_has_the_files_of_the_integration_at_its_root(checkout: Path) -> None:
    """HACS unpacks it into the folder of the integration; caches have no place there."""
    write(checkout, {f"{PACKAGE}/__pycache__/__init__.cpython-314.pyc": "cache"})
    archive = checkout / "dist" / "moods.zip"
    assert pack(checkout, archive) == 3
    with ZipFile(archive) as packed:
        assert packed.testzip() is None
        assert packed.namelist() == [
            "__init__.py",
            "manifest.json",
            "translations/en.json",
        ]
        packed.extractall(checkout / "unpacked")
    for path in ("manifest.json", "translations/en.json"):
        unpacked = (checkout / "unpacked" / path).read_bytes()
        assert unpacked == (checkout / PACKAGE / path).read_bytes()


def test_the_same_commit_gives_the_same_archive(checkout: Path, tmp_path: Path) -> None:
    """At any time, on any machine, by any user, so that archives can be compared."""
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    pack(checkout, first)
    manifest = checkout / PACKAGE / "manifest.json"
    manifest.chmod(0o600)
    utime(manifest, (0, 0))
    pack(checkout, second)
    assert first.read_bytes() == second.read_bytes()


def test_preparing_leaves_archive_and_notes(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The notes are the newest section, without its heading."""
    assert main([f"v{VERSION}"], checkout, TODAY) == 0
    notes = "Sensors for **moods**.\n\n### For developers\n\nNothing.\n"
    assert (checkout / "dist" / "notes.md").read_text() == notes
    with ZipFile(checkout / "dist" / "moods.zip") as packed:
        assert len(packed.namelist()) == 3
    printed = capsys.readouterr()
    assert printed.out == notes
    assert f"git tag v{VERSION} && git push origin v{VERSION}" in printed.err
    assert list(problems(checkout, VERSION, TODAY)) == []


def test_refusing_leaves_nothing(
    checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither an archive that could be published, nor notes for it."""
    folder = tmp_path / "out"
    assert main(["1.2.4", "--folder", str(folder)], checkout, TODAY) == 1
    assert not folder.exists()
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("1.2.4 cannot be released:\n- the manifest has")


def test_sections_are_read_with_their_dates() -> None:
    """The newest first; a day that is none counts as none."""
    text = "# All\n\n## 2.0.0 (soon)\n\nNew.\n\n## 1.0.0 (2026-01-02)\nOld.\n"
    assert list(sections(text)) == [
        Section("2.0.0", None, "New."),
        Section("1.0.0", date(2026, 1, 2), "Old."),
    ]


# --------------------------------------------------------------------------------------
# This project


def test_the_newest_changes_are_those_of_the_version() -> None:
    """So a release needs nothing but its tag."""
    newest = newest_section(ROOT)
    assert newest is not None
    assert newest.version == manifest_version(ROOT)
    assert newest.text


def test_everything_that_this_integration_consists_of_is_packed(
    checkout: Path, tmp_path: Path
) -> None:
    """As a user has it after the download."""
    copytree(
        ROOT / PACKAGE,
        checkout / PACKAGE,
        ignore=ignore_patterns("__pycache__"),
        dirs_exist_ok=True,
    )
    commit(checkout)
    archive = tmp_path / archive_name(ROOT)
    pack(checkout, archive)
    unpacked = tmp_path / "unpacked"
    with ZipFile(archive) as packed:
        packed.extractall(unpacked)
    shipped = {
        path.relative_to(ROOT / PACKAGE): path.read_bytes()
        for path in (ROOT / PACKAGE).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {
        path.relative_to(unpacked): path.read_bytes()
        for path in unpacked.rglob("*")
        if path.is_file()
    } == shipped
    assert Path("manifest.json") in shipped

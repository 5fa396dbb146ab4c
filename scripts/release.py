"""Prepare a release: check that everything agrees, pack the archive, take the notes."""

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
import json
from pathlib import Path
import re
import subprocess
import sys
from zipfile import ZIP_STORED, ZipFile, ZipInfo

PACKAGE = "custom_components/ringcentral"
CHANGELOG = "CHANGELOG.md"
NOTES = "notes.md"

_VERSION = re.compile(r"\d+\.\d+\.\d+(?:-[0-9A-Za-z]+(?:\.[0-9A-Za-z]+)*)?")
_HEADING = re.compile(r"^## (.+?)(?: \((.+)\))?$", re.MULTILINE)
# A regular file, readable by all, writable by the owner.
_MODE = 0o100644 << 16
_UNIX = 3


@dataclass(frozen=True, slots=True)
class Section:
    """Section of the changelog about one version."""

    version: str
    released: date | None
    text: str


def sections(changelog: str) -> Iterator[Section]:
    """Yield the sections of a changelog, the newest first."""
    _, *parts = _HEADING.split(changelog)
    for version, day, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        yield Section(version, _as_date(day), text.strip())


def _as_date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def as_version(given: str) -> str:
    """Return a version without the letter that tags have in front of it."""
    return given.removeprefix("v")


def manifest_version(checkout: Path) -> str:
    """Return the version of the integration: no other file decides it."""
    manifest = json.loads((checkout / PACKAGE / "manifest.json").read_bytes())
    return str(manifest["version"])


def archive_name(checkout: Path) -> str:
    """Return the name under which HACS looks for the archive."""
    return str(json.loads((checkout / "hacs.json").read_bytes())["filename"])


def newest_section(checkout: Path) -> Section | None:
    """Return the changelog's first section."""
    return next(sections((checkout / CHANGELOG).read_text(encoding="utf-8")), None)


def problems(checkout: Path, version: str, today: date) -> Iterator[str]:
    """Yield what is in the way of a release."""
    if not _VERSION.fullmatch(version):
        yield f"{version} is not a version like 1.2.3 or 1.2.3-beta.1"
    if (in_manifest := manifest_version(checkout)) != version:
        yield f"the manifest has version {in_manifest}, not {version}"
    newest = newest_section(checkout)
    if newest is None or newest.version != version:
        yield f"the newest section of {CHANGELOG} is not about {version}"
    else:
        if newest.released is None:
            yield f"the section about {version} has no date: ## {version} ({today})"
        elif newest.released > today:
            yield f"the section about {version} is of a day to come"
        if not newest.text:
            yield f"the section about {version} says nothing"
    if git(checkout, "status", "--porcelain"):
        yield "the checkout has changes that are not committed"


def pack(checkout: Path, archive: Path) -> int:
    """Write the archive that HACS unpacks into the integration's folder.

    The same commit gives the same bytes on every machine: only what is committed, in the
    order of the names, with the time of the commit, and uncompressed, because zlib and
    its replacements compress differently.

    Returns:
        The number of files.

    """
    committed = int(git(checkout, "log", "-1", "--format=%ct"))
    time = datetime.fromtimestamp(committed, UTC)
    paths = git(checkout, "ls-files", "-z", "--", PACKAGE).rstrip("\0").split("\0")
    archive.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(archive, "w", ZIP_STORED) as packed:
        for path in sorted(paths):
            info = ZipInfo(
                path.removeprefix(f"{PACKAGE}/"),
                (time.year, time.month, time.day, time.hour, time.minute, time.second),
            )
            info.create_system = _UNIX
            info.external_attr = _MODE
            packed.writestr(info, (checkout / path).read_bytes())
    return len(paths)


def git(checkout: Path, *arguments: str) -> str:
    """Run git in a checkout; return what it prints."""
    return subprocess.run(
        ("git", "-C", str(checkout), *arguments),
        capture_output=True,
        check=True,
        text=True,
    ).stdout


def main(arguments: Sequence[str], checkout: Path, today: date) -> int:
    """Prepare the release that the arguments name; return the exit code."""
    parser = ArgumentParser(prog="scripts/release")
    parser.add_argument("version", type=as_version)
    parser.add_argument("--folder", type=Path, default=checkout / "dist")
    options = parser.parse_args(arguments)
    version: str = options.version
    folder: Path = options.folder

    found = list(problems(checkout, version, today))
    newest = newest_section(checkout)
    if found or newest is None:
        print(f"{version} cannot be released:", file=sys.stderr)
        for problem in found:
            print(f"- {problem}", file=sys.stderr)
        return 1

    archive = folder / archive_name(checkout)
    count = pack(checkout, archive)
    (folder / NOTES).write_text(f"{newest.text}\n", encoding="utf-8")
    print(newest.text)
    print(
        f"\n{archive} has {count} files. The tag v{version} releases it:\n"
        f"    git tag v{version} && git push origin v{version}",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path.cwd(), datetime.now(UTC).date()))

"""Workflows: permissions, commands and pinned actions."""

from collections.abc import Iterator, Mapping
import json
import os
from pathlib import Path
import re
from typing import Any, Final

import pytest
import yaml

from .documents import ROOT

FOLDER: Final = ROOT / ".github" / "workflows"
PATHS: Final = sorted(FOLDER.iterdir())
RELEASE: Final = FOLDER / "release.yaml"

# Jobs that may write anything, and what.
_MAY_WRITE: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    ("release.yaml", "publish"): {
        "attestations": "write",
        "contents": "write",
        "id-token": "write",
    }
}
_READ_ONLY: Final = {"contents": "read"}

# owner/name or owner/name/folder, a commit, and what that commit is for a person
_PINNED: Final = re.compile(
    r"uses: (?P<action>[\w.-]+(?:/[\w.-]+)+)@(?P<commit>[0-9a-f]{40})"
    r" # (?:v\d+\.\d+\.\d+|\w+ of \d{4}-\d{2}-\d{2})"
)


def read(path: Path) -> dict[Any, Any]:
    """Read a workflow."""
    content: dict[Any, Any] = yaml.safe_load(path.read_text())
    return content


def events(workflow: Mapping[Any, Any]) -> Mapping[str, Any]:
    """Return what starts a workflow; YAML reads the key "on" as a boolean."""
    found: Mapping[str, Any] = workflow[True]
    return found


def steps(job: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the steps of a job; one that calls another workflow has none."""
    found: list[dict[str, Any]] = job.get("steps", [])
    return found


def jobs() -> Iterator[Any]:
    """Yield each job of each workflow as the parameters of a test."""
    for path in PATHS:
        for name, job in read(path)["jobs"].items():
            yield pytest.param(path, name, job, id=f"{path.stem}-{name}")


EACH_JOB: Final = pytest.mark.parametrize(("path", "name", "job"), list(jobs()))
EACH_WORKFLOW: Final = pytest.mark.parametrize(
    "path", PATHS, ids=[path.stem for path in PATHS]
)


@EACH_WORKFLOW
def test_a_workflow_has_no_permissions_unless_a_job_declares_them(path: Path) -> None:
    """And there are no two runs of the same thing at once."""
    workflow = read(path)
    assert workflow["permissions"] == {}
    # Called by another workflow, its own name would be that one's: both would wait.
    assert workflow["concurrency"]["group"] == f"{path.stem}-${{{{ github.ref }}}}"


@EACH_JOB
def test_a_job_may_read_and_only_publishing_may_write(
    path: Path, name: str, job: dict[str, Any]
) -> None:
    """The least that it can do its work with."""
    assert job["permissions"] == _MAY_WRITE.get((path.name, name), _READ_ONLY)
    writes = "write" in job["permissions"].values()
    assert not (
        writes and any("checkout" in step.get("uses", "") for step in steps(job))
    )


@EACH_JOB
def test_a_job_ends_when_it_hangs(path: Path, name: str, job: dict[str, Any]) -> None:
    """Not after the six hours that are the default."""
    assert "uses" in job or job["timeout-minutes"] <= 60


@EACH_JOB
def test_a_checkout_leaves_no_token_behind(
    path: Path, name: str, job: dict[str, Any]
) -> None:
    """Tests and the packages they need could read it."""
    for step in steps(job):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@EACH_WORKFLOW
def test_others_code_is_named_by_its_commit(path: Path) -> None:
    """A tag can be moved to other code; the same action is the same everywhere."""
    used = [line for line in path.read_text().splitlines() if "uses: " in line]
    foreign = [line.strip().removeprefix("- ") for line in used if " $/" not in line]
    assert [line for line in foreign if not _PINNED.fullmatch(line)] == []
    for line in used:
        if " $/" in line:
            assert (ROOT / line.split(" $/")[1]).is_file()


def test_an_action_is_of_the_same_commit_everywhere() -> None:
    """So that one check is enough."""
    commits: dict[str, set[str]] = {}
    for path in PATHS:
        for match in _PINNED.finditer(path.read_text()):
            commits.setdefault(match["action"], set()).add(match["commit"])
    assert "actions/checkout" in commits
    assert {action for action, found in commits.items() if len(found) > 1} == set()


@EACH_WORKFLOW
def test_pull_requests_of_forks_have_no_secret(path: Path) -> None:
    """A pull request runs unreviewed code."""
    text = path.read_text()
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(
        events(read(path))
    )
    assert "secrets" not in text


@EACH_JOB
def test_no_text_from_outside_becomes_part_of_a_command(
    path: Path, name: str, job: dict[str, Any]
) -> None:
    """The name of a branch or tag can be a command as well: it comes as a variable."""
    for step in steps(job):
        assert "${{" not in step.get("run", "")


@EACH_JOB
def test_scripts_that_are_run_are_there(
    path: Path, name: str, job: dict[str, Any]
) -> None:
    """And can be run."""
    for step in steps(job):
        for script in re.findall(r"\bscripts/[\w-]+", step.get("run", "")):
            assert os.access(ROOT / script, os.X_OK), script


@pytest.mark.parametrize("name", ["test", "validate"])
def test_changes_are_checked_wherever_they_come_from(name: str) -> None:
    """Pushed, proposed, and before a release."""
    found = events(read(FOLDER / f"{name}.yaml"))
    assert set(found) >= {"push", "pull_request", "workflow_call", "workflow_dispatch"}
    assert found["push"] == {"branches": ["main"]}


@pytest.mark.parametrize("name", ["validate", "newest"])
def test_changes_by_others_are_detected_within_a_day(name: str) -> None:
    """The rules of Home Assistant and HACS, and their releases."""
    [schedule] = events(read(FOLDER / f"{name}.yaml"))["schedule"]
    minute, hour, *days = schedule["cron"].split()
    assert minute.isdecimal()
    assert hour.isdecimal()
    assert days == ["*", "*", "*"]


_INSTALLS: Final = re.compile(r"\bpip\"? (?:install|sync) |\bnpm (?:ci|install) ")


def test_everything_is_installed_by_its_hash() -> None:
    """By the scripts that the workflows run; what they install runs in the release."""
    [options] = re.findall(r"local options=\((.*?)\)", read_script("uv"), re.DOTALL)
    assert "--require-hashes --requirement" in options
    found = [line for name in ("uv", "setup") for line in commands(name)]
    installs = [line for line in found if _INSTALLS.search(line)]
    assert len(installs) == 5
    for line in installs:
        assert re.search(r'--require-hashes|"\$\{options\[@\]\}"|npm ci', line), line


def read_script(name: str) -> str:
    """Return the text of a script."""
    return (ROOT / "scripts" / name).read_text()


def commands(name: str) -> list[str]:
    """Return the lines of a script without comments, continued ones together."""
    text = read_script(name).replace("\\\n", "")
    return [line for line in text.splitlines() if not line.lstrip().startswith("#")]


@pytest.mark.parametrize(
    "path",
    [ROOT / "requirements.txt", *sorted((ROOT / "scripts/requirements").iterdir())],
    ids=lambda path: path.stem,
)
def test_each_required_package_has_a_version_and_hashes(path: Path) -> None:
    """And no address of where it comes from."""
    packages = path.read_text().replace("\\\n", "").splitlines()
    for package in packages:
        assert re.match(r"[\w.-]+(\[[\w,]+\])?==\S+ ", package), package
        assert " --hash=sha256:" in package
        assert "://" not in package


@pytest.mark.parametrize("folder", ["frontend", "tests/simulator/sdk"])
def test_each_package_for_node_has_a_hash(folder: str) -> None:
    """And no address of where it comes from."""
    lock = json.loads((ROOT / folder / "package-lock.json").read_bytes())
    packages = {name: found for name, found in lock["packages"].items() if name}
    assert packages
    for name, package in packages.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package


def test_a_release_is_published_only_when_everything_else_has_passed() -> None:
    """Started by nothing but its tag."""
    workflow = read(RELEASE)
    assert events(workflow) == {"push": {"tags": ["v*"]}}
    assert set(workflow["jobs"]["publish"]["needs"]) == set(workflow["jobs"]) - {
        "publish"
    }
    called = {job["uses"] for job in workflow["jobs"].values() if "uses" in job}
    assert called == {
        f"$/.github/workflows/{name}.yaml" for name in ("test", "validate")
    }


def test_the_published_archive_is_the_one_that_hacs_expects() -> None:
    """Attested and attached under that name."""
    filename = json.loads((ROOT / "hacs.json").read_text())["filename"]
    [_, attest, publish] = read(RELEASE)["jobs"]["publish"]["steps"]
    assert attest["with"]["subject-path"] == f"dist/{filename}"
    assert f'gh release create "$TAG" dist/{filename} ' in publish["run"]

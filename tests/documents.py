"""Reading the documentation: headings, tables, examples and links of a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
import re
from textwrap import dedent
from typing import Any, Final, override

import yaml

ROOT: Final = Path(__file__).parents[1]

_CODE: Final = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_HEADING: Final = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_LINK: Final = re.compile(r'\]\(([^)\s]+)\)|\b(?:src|srcset)="([^"]+)"')
_IN_BACKTICKS: Final = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Page:
    """A page of the documentation."""

    path: Path

    @override
    def __str__(self) -> str:
        """Name the page as its readers do."""
        return str(self.path.relative_to(ROOT))

    @property
    def text(self) -> str:
        """Everything on the page."""
        return self.path.read_text()

    @property
    def prose(self) -> str:
        """Everything but the examples."""
        return _CODE.sub("", self.text)

    @property
    def title(self) -> str:
        """The first heading."""
        return self._headings()[0][2]

    @property
    def anchors(self) -> set[str]:
        """What links can lead to, by the rules of GitHub."""
        return {_anchor(heading[2]) for heading in self._headings()}

    @property
    def links(self) -> list[str]:
        """The targets of all links and images."""
        return [one or other for one, other in _LINK.findall(self.prose)]

    @property
    def examples(self) -> list[Any]:
        """The examples in YAML, read."""
        return read_examples(self.text)

    def section(self, heading: str) -> str:
        """Return what is below a heading, down to the next one."""
        found = self._headings()
        [at] = [n for n, each in enumerate(found) if each[2] == heading]
        ends = (each.start() for each in found[at + 1 :])
        return self.text[found[at].end() : next(ends, None)]

    def _headings(self) -> list[re.Match[str]]:
        # A comment in an example is no heading.
        without_code = _CODE.sub(lambda code: " " * len(code[0]), self.text)
        return [*_HEADING.finditer(without_code)]


def pages() -> list[Page]:
    """Return all pages, those for users first."""
    return [
        *user_pages(),
        Page(ROOT / "CONTRIBUTING.md"),
        Page(ROOT / "benchmarks" / "performance.md"),
    ]


def user_pages() -> list[Page]:
    """Return the README and the pages of the documentation."""
    return [
        Page(ROOT / "README.md"),
        *map(Page, sorted(ROOT.glob("docs/**/*.md"))),
    ]


def read_examples(markdown: str) -> list[Any]:
    """Return the examples in YAML, read."""
    return [
        yaml.safe_load(dedent(code))
        for _, language, code in _CODE.findall(markdown)
        if language == "yaml"
    ]


def tables(markdown: str) -> list[list[Sequence[str]]]:
    """Return the rows of each table, without head."""
    found: list[list[Sequence[str]]] = []
    rows: list[Sequence[str]] = []
    for line in [*markdown.splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif rows:
            found.append(rows[2:])
            rows = []
    return found


def words(cell: str) -> list[str]:
    """Return what a cell has between backticks."""
    return _IN_BACKTICKS.findall(cell)


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")

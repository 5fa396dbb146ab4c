"""Count the words of the documentation for users, and compare them with limits."""

from collections.abc import Mapping
from pathlib import Path
import re
import sys
from typing import Final

# The highest count of each page, and of all pages together.
LIMITS: Final[Mapping[str, int]] = {
    "README.md": 350,
    "docs/installation.md": 700,
    "docs/configuration.md": 400,
    "docs/entities.md": 900,
    "docs/automations.md": 900,
    "docs/triggers.md": 1800,
    "docs/blueprints.md": 700,
    "docs/connection.md": 300,
    "docs/privacy.md": 600,
    "docs/limits.md": 500,
    "docs/troubleshooting.md": 1000,
}
LIMIT_OF_ALL: Final = 9000

_CODE: Final = re.compile(r"^( *)```.*?^\1```$", re.DOTALL | re.MULTILINE)
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_ADDRESS: Final = re.compile(r"\]\([^)]*\)")
_WORD: Final = re.compile(r"\S*[^\W_]\S*")


def count_words(markdown: str) -> int:
    """Count the words of a page, those in tables included and those in code blocks not."""
    prose = _ADDRESS.sub("]", _COMMENT.sub("", _CODE.sub("", markdown)))
    return len(_WORD.findall(prose))


def count_pages(root: Path) -> dict[str, int]:
    """Count the words of the README and of each page of the documentation."""
    paths = [root / "README.md", *sorted(root.glob("docs/**/*.md"))]
    return {
        path.relative_to(root).as_posix(): count_words(path.read_text(encoding="utf-8"))
        for path in paths
    }


def exceeded(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the pages with more words than allowed, and `all` if the sum has."""
    found = {page: n for page, n in counts.items() if n > LIMITS.get(page, 0)}
    total = sum(counts.values())
    return {**found, **({"all": total} if total > LIMIT_OF_ALL else {})}


def main(root: Path) -> int:
    """Print the words of each page; return 1 if a limit is exceeded."""
    counts = count_pages(root)
    above = exceeded(counts)
    lines = [(page, n, LIMITS.get(page, 0)) for page, n in counts.items()]
    for page, n, limit in [*lines, ("all", sum(counts.values()), LIMIT_OF_ALL)]:
        print(f"{'✗' if page in above else '✓'} {page:40} {n:>7,} / {limit:,}")
    return bool(above)


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))

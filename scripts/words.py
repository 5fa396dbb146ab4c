"""Count the words of the documentation for users, and compare them with limits."""

from collections.abc import Mapping
from pathlib import Path
import re
import sys
from typing import Final

# The highest count of each page.
LIMITS: Final[Mapping[str, int]] = {
    "README.md": 410,
    "docs/installation.md": 735,
    "docs/configuration.md": 460,
    "docs/groups.md": 685,
    "docs/board.md": 660,
    "docs/entities.md": 1115,
    "docs/automations.md": 910,
    "docs/triggers.md": 1910,
    "docs/call-control.md": 700,
    "docs/assist.md": 622,
    "docs/blueprints.md": 845,
    "docs/connection.md": 205,
    "docs/privacy.md": 655,
    "docs/limits.md": 780,
    "docs/troubleshooting.md": 1000,
}

_CODE: Final = re.compile(r"^( *)```.*?^\1```$", re.DOTALL | re.MULTILINE)
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_ADDRESS: Final = re.compile(r"\]\([^)]*\)")
# What readers see of a tag is the alternative text of an image.
_TAG: Final = re.compile(r'<(?:[^>]*\balt="([^"]*)")?[^>]*>')
_WORD: Final = re.compile(r"\S*[^\W_]\S*")


def count_words(markdown: str) -> int:
    """Count the words of a page, those in tables included and those in code blocks not."""
    prose = _ADDRESS.sub("]", _COMMENT.sub("", _CODE.sub("", markdown)))
    prose = _TAG.sub(r"\1", prose)
    return len(_WORD.findall(prose))


def count_pages(root: Path) -> dict[str, int]:
    """Count the words of the README and of each page of the documentation."""
    paths = [root / "README.md", *sorted(root.glob("docs/**/*.md"))]
    return {
        path.relative_to(root).as_posix(): count_words(path.read_text(encoding="utf-8"))
        for path in paths
    }


def main(root: Path) -> int:
    """Print the words of each page; return 1 if a limit is exceeded."""
    counts = count_pages(root)
    limits = {page: LIMITS.get(page, 0) for page in counts}
    for page, n in counts.items():
        mark = "✓" if n <= limits[page] else "✗"
        print(f"{mark} {page:40} {n:>7,} / {limits[page]:,}")
    print(f"  {'all':40} {sum(counts.values()):>7,}")
    return any(n > limits[page] for page, n in counts.items())


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))

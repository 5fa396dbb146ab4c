"""The word count of the documentation."""

from pathlib import Path
from typing import Final

import pytest

from scripts.words import LIMITS, count_pages, count_words, main

_PAGE = """# Two words

Three [more words](https://example.com/of-an-address) - that's six `words` &c.

| Cell | 24 |
| --- | --- |

<!-- not seen -->

<picture><source srcset="a.png"><img src="b.png" alt="Two pictures" width="300"></picture>

- In a list:

  ```yaml
  not: counted
  ```
"""


def test_words_of_tables_and_pictures_count_and_those_of_code_and_addresses_do_not() -> (
    None
):
    assert count_words(_PAGE) == 2 + 7 + 2 + 2 + 3


_README: Final = LIMITS["README.md"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout with a page of allowed length."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("word " * _README)
    return tmp_path


def test_each_page_has_its_count_and_limit(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / "docs" / "limits.md").write_text("one two")
    assert count_pages(checkout) == {"README.md": _README, "docs/limits.md": 2}
    assert main(checkout) == 0
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert shown == [
        ["✓", "README.md", f"{_README}", "/", f"{_README}"],
        ["✓", "docs/limits.md", "2", "/", f"{LIMITS['docs/limits.md']}"],
        ["all", f"{_README + 2}"],
    ]


@pytest.mark.parametrize(
    ("page", "words"),
    [("README.md", _README + 1), ("docs/of_no_plan.md", 1)],
    ids=["too long", "without a limit"],
)
def test_page_with_too_many_words_fails(
    checkout: Path, capsys: pytest.CaptureFixture[str], page: str, words: int
) -> None:
    (checkout / page).write_text("word " * words)
    assert main(checkout) == 1
    assert f"✗ {page}" in capsys.readouterr().out

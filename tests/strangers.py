"""Names that callers may choose, and how they are shown."""

from html import unescape
import re
from typing import Final

from markdown_it import MarkdownIt
import pytest

# Each with the text that a message contains.
NAMES: Final = {
    "None #": "None #",
    "True #": "True #",
    "None": "None",
    "[1, 2]": "[1, 2]",
    "{'a': 1}": "{'a': 1}",
    "3": "3",
    "[x](http://evil.example)": "[x](http://evil.example)",
    "![](http://evil.example/x.png)": "![](http://evil.example/x.png)",
    "<img src=//evil.example/x.png>": "<img src=//evil.example/x.png>",
    "www.evil.example": "www.evil.example",
    "**Ann** `Ann` _Ann_ ~~Ann~~": "**Ann** `Ann` _Ann_ ~~Ann~~",
    "{{ states | list }}": "{{ states | list }}",
    "'\"\\": "'\"\\",
    "\u202e\u2066nnA\u200f": "nnA",
    "Ann\nCaller\r\n# Title": "Ann Caller  # Title",
    "A" * 10_000: "A" * 99 + "…",
}

WITH_ANY_NAME: Final = pytest.mark.parametrize(
    ("name", "shown"), [pytest.param(*pair, id=pair[1][:40]) for pair in NAMES.items()]
)


def shown_by_markdown(markdown: str) -> str:
    """Return the text of one paragraph; fail if there is any markup in it."""
    html = MarkdownIt("gfm-like", {"linkify": False}).render(markdown)
    found = re.fullmatch(r"<p>([^<]*)</p>\n", html)
    assert found, html
    # Home Assistant's frontend makes links of addresses.
    assert not re.search(r"https?://|www\.\w|\w@\w", markdown, re.IGNORECASE)
    return unescape(found[1])

"""The texts in all languages, as functions for tests."""

from collections.abc import Iterator, Mapping
from functools import cache
import json
from typing import Any, Final

from .translations import PACKAGE

FOLDER: Final = PACKAGE / "translations"


@cache
def texts_in(language: str) -> Mapping[str, Any]:
    """Return the translation file of a language."""
    texts: Mapping[str, Any] = json.loads((FOLDER / f"{language}.json").read_bytes())
    return texts


def leaves(node: Any, *path: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield all texts below a node of a translation file with the path of each."""
    if isinstance(node, str):
        yield path, node
        return
    for key, value in node.items():
        yield from leaves(value, *path, key)


def by_path(language: str) -> dict[str, str]:
    """Return all texts of a language, each by its path, in the file's order."""
    return {".".join(path): text for path, text in leaves(texts_in(language))}

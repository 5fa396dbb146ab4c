"""The texts in all languages, as functions for tests."""

from collections.abc import Iterator, Mapping
from functools import cache
import json
import re
from typing import Any, Final

import hass_frontend

from .translations import PACKAGE

# What each user can choose Home Assistant to be in, if there are texts for it.
LANGUAGES: Final = ("de", "en", "es", "fr", "it", "nl")
FOLDER: Final = PACKAGE / "translations"

_LABELS: Final = hass_frontend.where() / "static" / "translations"


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


@cache
def frontend_labels(language: str) -> Mapping[str, str]:
    """Return the texts of Home Assistant's frontend and of its settings, by path."""
    labels: dict[str, str] = {}
    for folder in (_LABELS, _LABELS / "config"):
        for file in folder.glob(f"{language}-*.json"):
            if re.fullmatch(rf"{language}-[0-9a-f]{{32}}\.json", file.name):
                texts = json.loads(file.read_bytes())
                labels |= {".".join(path): text for path, text in leaves(texts)}
    return labels

"""Texts that the browser shows in a language, by their keys."""

from collections.abc import Mapping
from functools import cache
import json
from pathlib import Path
import re
from typing import Any, Final

import hass_frontend

from .phones import DOMAIN
from .processes import ROOT

_INTEGRATION: Final = ROOT / "custom_components" / DOMAIN / "translations"

LANGUAGES: Final = sorted(path.stem for path in _INTEGRATION.glob("*.json"))


@cache
def frontend_texts(language: str) -> Mapping[str, str]:
    """Return the texts of Home Assistant's frontend, by their keys."""
    folder = hass_frontend.where() / "static" / "translations"
    texts: dict[str, str] = {}
    # The name ends with a hash. Each panel has a file in a folder of its own.
    for path in folder.rglob(f"{language}-{'[0-9a-f]' * 32}.json"):
        texts |= _read(path)
    return texts


class Texts:
    """Texts of Home Assistant's frontend and of the integration."""

    def __init__(self, language: str) -> None:
        """Read the files of the language."""
        self._own = [_read(_INTEGRATION / f"{name}.json") for name in (language, "en")]
        self._frontend = frontend_texts(language)

    def frontend(self, key: str) -> str:
        """Return a text of the frontend."""
        return self._frontend[key]

    def own(self, key: str) -> str:
        """Return a text of the integration; in English if it is not translated."""
        return next(filter(None, (_find(texts, key) for texts in self._own)))

    def own_filled(self, key: str) -> re.Pattern[str]:
        """Return a pattern for a whole text of the integration, with any placeholders."""
        parts = (re.escape(part) for part in re.split(r"{\w+}", self.own(key)))
        return re.compile(rf"^\s*{'.*'.join(parts)}\s*$")


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_bytes())
    return content


def _find(texts: Mapping[str, Any], key: str) -> str | None:
    found: Any = texts
    for part in key.split("."):
        found = found.get(part, {})
    return found or None

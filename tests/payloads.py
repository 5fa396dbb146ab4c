"""Answers of the platform about telephony, with fictional people and numbers."""

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "fixtures" / "telephony"


def payload(name: str) -> Any:
    """Return the JSON of a file."""
    return json.loads((_FOLDER / f"{name}.json").read_text())

"""Complaints about the integration in Home Assistant's log."""

from collections.abc import Iterator
from dataclasses import dataclass
import logging
import re
from typing import Final, override

from .phones import DOMAIN

_ENTRY: Final = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}(?:[+-]\d\d:\d\d)? (?P<level>[A-Z]+)"
    r" \(.*?\) \[(?P<logger>[^]]*)\] ",
    re.MULTILINE,
)

# Home Assistant names an integration in several ways, or shows a path of its code.
_NAMED: Final = re.compile(
    rf"custom_components[./]{DOMAIN}\b|'{DOMAIN}'|\bfrom {DOMAIN}\b"
)
_NOTICE: Final = re.compile(
    r"\bDetected\b|deprecated|DeprecationWarning|will stop working", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the log, with all its lines."""

    level: int
    logger: str
    text: str

    @property
    def concerns_us(self) -> bool:
        """Return whether it is a warning or worse, and about the integration."""
        return (
            self.level >= logging.WARNING
            and _NAMED.search(f"{self.logger}\n{self.text}") is not None
        )

    @property
    def is_notice(self) -> bool:
        """Return whether it objects to how the integration uses Home Assistant."""
        return self.concerns_us and _NOTICE.search(self.text) is not None


def entries(log: str) -> Iterator[Entry]:
    """Yield the entries of a log file."""
    levels = logging.getLevelNamesMapping()
    found = list(_ENTRY.finditer(log))
    ends = [*(entry.start() for entry in found), len(log)][1:]
    for entry, end in zip(found, ends, strict=True):
        text = log[entry.end() : end].rstrip("\n")
        yield Entry(levels[entry["level"]], entry["logger"], text)


class Collector(logging.Handler):
    """Keeps the notices while they are logged."""

    def __init__(self) -> None:
        """Start without any."""
        super().__init__(logging.WARNING)
        self.notices: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record that is a notice."""
        entry = Entry(record.levelno, record.name, record.getMessage())
        if entry.is_notice:
            self.notices.append(entry.text)

"""Numbers that may be dialed. Pure."""

from collections.abc import Collection, Mapping

from .models import Destination, Refusal


def parse_destination(
    text: str, extensions: Mapping[str, str], own: Collection[str], country: str | None
) -> Destination | Refusal:
    """Return the number to dial; `extensions` are ids by the number of enabled ones."""
    raise NotImplementedError


def is_emergency(number: str, country: str | None) -> bool:
    """Return whether a number is one of emergency services, in any spelling."""
    raise NotImplementedError

"""What an extension does now: free, ringing, on the phone. Pure."""

from typing import Final

from .models import ExtensionPresence

# Bits; more than one may be set.
FREE: Final = 1
RINGING: Final = 2
ON_THE_PHONE: Final = 4


def activity_of(known: ExtensionPresence) -> int:
    """Return what an extension does, as bits."""
    raise NotImplementedError

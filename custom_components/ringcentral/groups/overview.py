"""Calls and people of the account as a whole. Pure."""

from datetime import datetime

from .tally import Tally


class Overview(Tally):
    """All monitored extensions by what they do, and their calls."""

    @property
    def calls(self) -> int:
        """Number of calls; a call at several phones counts once."""
        raise NotImplementedError

    @property
    def held_since(self) -> datetime | None:
        """When the call that is on hold the longest was put on hold."""
        raise NotImplementedError

"""Work in the background, and whom to tell if the credentials are refused there."""

from collections.abc import Coroutine
from typing import Any, Protocol

from .api.exceptions import AuthenticationError


class Background(Protocol):
    """What parts of the coordinator need of the whole."""

    def async_spawn(self, work: Coroutine[Any, Any, None], name: str) -> object:
        """Do something in the background for as long as the entry is loaded."""

    def handle_credentials_refused(self, error: AuthenticationError) -> None:
        """Take note that only the user can help."""

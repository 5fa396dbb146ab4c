"""One line in the log for each thing that happens to an account, not for each try."""

from homeassistant.core import callback

from ..api.exceptions import AuthenticationError, RingCentralError
from ..const import LOGGER


class Narrator:
    """Says once that push is lost or the credentials are refused, and that push is back."""

    def __init__(self) -> None:
        """Have said nothing yet."""
        self._loss_is_told = False
        self._refusal_is_told = False

    @callback
    def push_is_back(self) -> None:
        """Say that changes are pushed, if it was said that they are not."""
        if self._loss_is_told:
            self._loss_is_told = False
            LOGGER.info("RingCentral pushes changes again")

    @callback
    def push_is_lost(self, error: RingCentralError | None) -> None:
        """Say that changes are not pushed, and why."""
        if not self._loss_is_told:
            self._loss_is_told = True
            LOGGER.info(
                "RingCentral does not push changes: %s", error or "no answer yet"
            )

    @callback
    def credentials_are_refused(self, error: AuthenticationError) -> None:
        """Say that the user must sign in again."""
        if not self._refusal_is_told:
            self._refusal_is_told = True
            LOGGER.warning("RingCentral refuses the credentials: %s", error)

"""What the picture is worth: whether it is followed, and may still be shown.

A gap opens where changes may have been missed, and is closed by a whole snapshot that
was begun after it. Nothing here knows of Home Assistant or of the network.
"""

from collections.abc import Collection

from ..api.clock import Instant
from .confirmation import Confirmation
from .replay import Replay


class Freshness:
    """Judges the picture.

    Attributes:
        is_pushed: whether changes are being pushed.
        gaps: how many have opened; a snapshot closes those from before its beginning.

    """

    def __init__(self) -> None:
        """Begin without a gap."""
        self.is_pushed = False
        self.gaps = 0
        self._gaps_closed = 0
        self._is_verified = True
        self._replay = Replay()
        self._confirmation = Confirmation()
        # Those of whom a whole snapshot had no picture, after push was lost.
        self._doubtful: dict[str, Confirmation] = {}

    @property
    def is_followed(self) -> bool:
        """Whether every change since the last whole picture has been pushed."""
        return self.is_pushed and self.gaps == self._gaps_closed

    @property
    def is_certain(self) -> bool:
        """Whether that has been verified, if there was a replay."""
        return self.is_followed and self._is_verified

    @property
    def left(self) -> float | None:
        """The seconds until the next judgement; None if only an event can change it."""
        if self.is_followed or not self._confirmation.is_current:
            return None
        return self._confirmation.left

    def is_current(self, extension_id: str) -> bool:
        """Tell whether the picture of an extension may still be shown, as judged last."""
        doubt = self._doubtful.get(extension_id)
        return self._confirmation.is_current and (doubt is None or doubt.is_current)

    def judge(self) -> bool:
        """Judge the whole picture anew; tell whether that changed anything."""
        return self._confirmation.judge(is_followed=self.is_followed)

    # What happens to the link

    def lost(self, heard: Instant | None) -> None:
        """Take note that push is lost, and of its last sign of life if that is old."""
        self._replay.expect()
        if self.gaps == self._gaps_closed:
            self._confirmation.confirm(heard)

    def heard(self, uuid: str | None, *, is_known: bool) -> None:
        """Take note of a notification; it may be part of a replay."""
        self._replay.heard(uuid, is_known=is_known)

    def connection_is_over(self, buffer_size: int) -> None:
        """Take note that nothing more comes over one connection."""
        self._replay.connection_is_over(buffer_size)

    def recovered(self) -> None:
        """Take note that what was missed is being replayed, perhaps not all of it."""
        self._is_verified = False

    def subscribed_anew(self, buffer_size: int) -> None:
        """Take note that nothing of what was missed will be replayed."""
        self.gaps += 1
        # What came before is of no account any more.
        self._replay.verify(buffer_size)

    def verify(self, buffer_size: int) -> bool:
        """Tell whether all has been replayed; if not, that is a gap."""
        is_complete = self._replay.verify(buffer_size)
        if not is_complete:
            self.gaps += 1
        if not self.is_pushed:
            # Lost again meanwhile.
            self._replay.expect()
        return is_complete

    # What snapshots tell

    def looked(self, gaps: int, failed: Collection[str]) -> None:
        """Take note of a whole snapshot.

        Args:
            gaps: how many there were when it was begun.
            failed: of whom it has no picture.

        """
        if not self.is_certain:
            for extension_id in failed:
                self._doubtful.setdefault(extension_id, Confirmation())
        self._gaps_closed = gaps
        self._is_verified = True
        self._confirmation.confirm()

    def pictured(self, extension_id: str) -> bool:
        """Take note of a picture of one extension; tell whether it was in doubt."""
        return self._doubtful.pop(extension_id, None) is not None

    def not_pictured(self, extension_id: str) -> bool:
        """Judge an extension that still has no picture; tell what that changed."""
        doubt = self._doubtful.get(extension_id)
        return doubt is not None and doubt.judge()

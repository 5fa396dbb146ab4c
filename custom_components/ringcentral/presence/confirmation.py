"""Whether a picture may still be shown."""

from ..api.clock import Instant
from ..const import GRACE


class Confirmation:
    """When a picture was last known to be right.

    Attributes:
        is_current: whether that is not too long ago, as judged last.

    """

    def __init__(self) -> None:
        """Begin with a picture that is right."""
        self._at = Instant.now()
        self.is_current = True

    @property
    def left(self) -> float:
        """The seconds for which it may be shown without a further confirmation."""
        return GRACE - self._at.age

    def confirm(self, at: Instant | None = None) -> None:
        """Take note that the picture was right at a moment, by default this one."""
        self._at = at or Instant.now()

    def judge(self, *, is_followed: bool = False) -> bool:
        """Judge anew; tell whether that changed anything.

        Args:
            is_followed: whether each change has been told since: then age means nothing.

        """
        former, self.is_current = self.is_current, is_followed or self.left > 0
        return self.is_current is not former

"""What of the subscription is granted: compared, and said once if it is not all."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from homeassistant.core import callback

from ..api.event_filters import RefusedFilter, find_refused
from ..api.models.gateway import Subscription
from ..api.rejected_filters import Refusals
from ..const import CONF_ACCOUNT_ID, CONF_EXTENSION_ID, LOGGER


class Grants:
    """Compares what was granted with what was asked for.

    Attributes:
        refused: the filters that yield no events.

    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Compare in the name of the account and the extension of an entry's data."""
        self._account_id: str = data[CONF_ACCOUNT_ID]
        self._extension_id: str = data[CONF_EXTENSION_ID]
        self.refused: tuple[RefusedFilter, ...] = ()

    @callback
    def compare(
        self, requested: tuple[str, ...], subscription: Subscription, refusals: Refusals
    ) -> None:
        """Take a new or changed subscription."""
        former, self.refused = (
            self.refused,
            tuple(
                find_refused(
                    requested,
                    subscription,
                    refusals,
                    self._account_id,
                    self._extension_id,
                )
            ),
        )
        if set(self.refused) == set(former):
            return
        counts = Counter((refused.kind, refused.reason) for refused in self.refused)
        for (kind, reason), number in counts.items():
            LOGGER.warning(
                "RingCentral does not grant %s (%s), %d filters",
                kind,
                reason or "no reason given",
                number,
            )

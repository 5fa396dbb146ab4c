"""How often to look at everything beside push: what the user decides of it. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from ..const import CONF_SAFETY_POLL, SAFETY_POLL

# More often is no use: whoever doubts push has another problem. More seldom, what was
# lost on its way would be wrong for half a working day.
MINUTES_AT_LEAST: Final = 5
MINUTES_AT_MOST: Final = 120
DEFAULT_MINUTES: Final = SAFETY_POLL // timedelta(minutes=1)


def safety_poll(options: Mapping[str, Any]) -> timedelta:
    """Read the options of a config entry; one without a choice has the default."""
    return timedelta(minutes=options.get(CONF_SAFETY_POLL, DEFAULT_MINUTES))

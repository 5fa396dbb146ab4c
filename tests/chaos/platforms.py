"""Random switches of the simulator."""

from collections.abc import Mapping
from random import Random
from typing import Final

from simulator import Simulator, SimulatorOptions, Switches
from simulator.base.wire import JsonValue

# All values of the switches that connection and snapshots have to support.
_READINGS: Final[Mapping[str, tuple[JsonValue, ...]]] = {
    "telephony_bodies": ("full", "minimal"),
    "presence_bodies": ("partial", "full"),
    "extension_id_type": ("string", "number"),
    "overlapping_filters": ("one", "each"),
    "line_event": ("filter", "extension"),
    "extension_list_event": ("list", "flat"),
    "sequence": ("shared", "gapless"),
    "call_id_changes": (True, False),
    "termination_type": (True, False),
    "total_counts_ended": (True, False),
    "replay_repeats": (0, 5),
    "wsc_on_replies": (True, False),
    "wstoken_single_use": (True, False),
    "notifications_reset_idle": (True, False),
    "rate_limit_headers": (True, False),
    "retry_after": (True, False),
    "hidden_presence": ("offline", "visible"),
    "dnd_status_personal": (True, False),
    "extra_fields": (True, False),
    "escape_slashes": (True, False),
}
# Selections of a user.
_GROUPS: Final = (
    ("everyone",),
    ("everyone", "lines"),
    ("everyone", "lines", "favorites"),
    ("lines", "favorites"),
    ("favorites",),
)
_EXTENSIONS: Final = 9


def drawn_options(random: Random, seed: int, *, recovery: bool) -> SimulatorOptions:
    """Return simulator options with random switches."""
    switches = Switches(recovery=recovery)
    for name, values in _READINGS.items():
        switches.change(name, random.choice(values))
    return SimulatorOptions(
        port=0, extensions=_EXTENSIONS, seed=seed, switches=switches
    )


def drawn_groups(random: Random) -> tuple[str, ...]:
    """Return random groups to monitor."""
    return random.choice(_GROUPS)


def drawn_people(random: Random, simulator: Simulator) -> list[str]:
    """Return random extension numbers to monitor."""
    others = [person.number for person in simulator.users]
    return random.sample(others, random.randint(1, 3))

"""Scenarios written in YAML.

A file holds a list of `steps`, played one after the other, and may say `repeat: true`. Each
step does one thing, `after` a number of seconds since the step before:

- `ring` an extension, `from` a number; `fromName`, `toName`, `direction`, `queueCall` as in
  the control API; `as` gives the call a name for later steps
- `answer`, `hold`, `unhold`, `park`, `unpark`, `end` a call by its name, if wanted `by` the
  extension with a number
- `change` an extension by its number; `set` holds the platform's field names
- `notify` subscribers with a body, if wanted under an `event`
- `fault` a fault by its name; `with` holds its parameters
- `wait` does nothing

See `tour.yaml` beside this file.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import voluptuous as vol
import yaml

from ..company.calls import MOVES, CallMove
from ..operations import Operations
from .agenda import Agenda, Scenario

_SECONDS = vol.All(vol.Any(int, float), vol.Range(min=0))
_TEXT = vol.Coerce(str)
_AFTER = {vol.Optional("after", default=0): _SECONDS}

_STEP = vol.Any(
    {
        vol.Required("ring"): _TEXT,
        vol.Required("from"): _TEXT,
        vol.Optional("as", default=""): str,
        "fromName": str,
        "toName": str,
        "direction": vol.In(("Inbound", "Outbound")),
        "queueCall": bool,
        **_AFTER,
    },
    *({vol.Required(move): str, "by": _TEXT, **_AFTER} for move in MOVES),
    {vol.Required("change"): _TEXT, vol.Required("set"): {str: object}, **_AFTER},
    {vol.Required("notify"): object, "event": str, **_AFTER},
    {vol.Required("fault"): str, vol.Optional("with", default={}): dict, **_AFTER},
    {vol.Required("wait"): vol.Any(None, True), **_AFTER},
)
_SCRIPT = vol.Schema(
    {
        vol.Required("steps"): vol.All([_STEP], vol.Length(min=1)),
        vol.Optional("repeat", default=False): bool,
    }
)


def load_script(path: str) -> Scenario:
    """Read a scenario file; raises OSError and ValueError."""
    try:
        content = _SCRIPT(yaml.safe_load(Path(path).read_text(encoding="utf-8")))
    except (yaml.YAMLError, vol.Invalid) as error:
        raise ValueError(f"{path}: {error}") from error
    if content["repeat"] and not any(step["after"] for step in content["steps"]):
        raise ValueError(f"{path}: a scenario that repeats needs time to pass")
    return Script(content["steps"], repeat=content["repeat"])


class Script:
    """A list of steps."""

    def __init__(self, steps: list[dict[str, Any]], *, repeat: bool) -> None:
        """Keep the steps."""
        self._steps = steps
        self._repeat = repeat
        self._calls: dict[str, str] = {}

    def begin(self, operations: Operations, agenda: Agenda) -> None:
        """Put all steps on the agenda, and themselves again if they repeat."""
        total = 0.0
        for step in self._steps:
            total += step["after"]
            agenda.after(total, partial(self._perform, operations, step))
        if self._repeat:
            agenda.after(total, partial(self.begin, operations, agenda))

    def _perform(self, operations: Operations, step: Mapping[str, Any]) -> None:
        actions: dict[str, Callable[[Operations, Mapping[str, Any]], None]] = {
            "ring": self._ring,
            "change": self._change,
            "notify": self._notify,
            "fault": self._fault,
        }
        for name, action in actions.items():
            if name in step:
                action(operations, step)
        moves: dict[str, CallMove] = {move: move for move in MOVES}
        for name, move in moves.items():
            if name in step:
                operations.move(self._calls[step[name]], move, step.get("by"))

    def _ring(self, operations: Operations, step: Mapping[str, Any]) -> None:
        party = operations.ring(
            to=step["ring"],
            from_=step["from"],
            from_name=step.get("fromName"),
            to_name=step.get("toName"),
            direction=step.get("direction", "Inbound"),
            queue_call=step.get("queueCall", False),
        )
        self._calls[step["as"]] = party.telephony_session_id

    def _change(self, operations: Operations, step: Mapping[str, Any]) -> None:
        operations.change_extension(step["change"], **step["set"])

    def _notify(self, operations: Operations, step: Mapping[str, Any]) -> None:
        operations.notify(step["notify"], step.get("event"))

    def _fault(self, operations: Operations, step: Mapping[str, Any]) -> None:
        operations.fault(step["fault"], **step["with"])

"""Faults that occur once, a number of times, or for a while."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite

import voluptuous as vol

from ..base import clock
from ..base.wire import JsonObject, JsonValue


def integer_value(value: object) -> int:
    """Check that a value is an integer and no flag; for schemas."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise vol.Invalid("expected an integer")


def number_value(value: object) -> float:
    """Check that a value is a finite number and no flag; for schemas."""
    if isinstance(value, float) and isfinite(value):
        return value
    return integer_value(value)


# Longer times overflow the event loop.
seconds_value = vol.All(number_value, vol.Range(min=0, max=10**9))


# What each fault does, and the parameters it takes. `path` limits a fault to requests whose
# path starts with it, `method` to one method.
_REQUEST = frozenset({"path", "method"})
FAULTS: dict[str, tuple[str, frozenset[str]]] = {
    # Requests
    "error": (
        "answers with an error status and, if given, an error code",
        _REQUEST | {"status", "errorCode", "message", "retryAfter"},
    ),
    "rate_limit": (
        "answers 429, with Retry-After if given",
        _REQUEST | {"retryAfter"},
    ),
    "maintenance": ("answers 503", _REQUEST | {"retryAfter"}),
    "html": ("answers 200 with a web page, as a captive portal does", _REQUEST),
    "broken_json": ("answers 200 with half of a JSON text", _REQUEST),
    "slow": ("answers after `delay` seconds", _REQUEST | {"delay"}),
    "late": (
        "answers at once, but the answer is on its way for `delay` seconds",
        _REQUEST | {"delay"},
    ),
    "no_answer": ("takes the request and never answers", _REQUEST),
    "reset": ("resets the TCP connection instead of answering", _REQUEST),
    "lost_answer": ("does what was asked, then resets the connection", _REQUEST),
    "failed_answer": ("does what was asked, then answers 503", _REQUEST),
    "token_refused": (
        "refuses at the token endpoint, for one grant type if given",
        frozenset({"grantType", "error", "errorCode", "message", "status"}),
    ),
    # Gateway
    "refuse_upgrade": ("answers the upgrade with a status", frozenset({"status"})),
    "close_at_connect": ("opens and closes at once", frozenset()),
    "error_at_connect": (
        "opens, sends an Error message and closes",
        frozenset({"errorCode", "message", "status"}),
    ),
    "silent_connect": ("opens and never says a word", frozenset()),
    "recovery_failed": ("recovery ends in Failed", frozenset({"errorCode"})),
    "recovery_unanswered": ("recovery is neither confirmed nor denied", frozenset()),
    "take_over": (
        "another client continues the session `delay` seconds after a connection",
        frozenset({"delay"}),
    ),
    "no_reply": ("leaves a request over the socket unanswered", _REQUEST),
    "refuse_subscription": (
        "refuses a subscription",
        frozenset({"status", "errorCode", "message"}),
    ),
    "refuse_filter": (
        "refuses requests with a filter that contains `filter`",
        frozenset({"filter", "status", "errorCode", "message"}),
    ),
    "disable_filter": (
        "lists filters that contain `filter` as disabled",
        frozenset({"filter", "reason", "message"}),
    ),
    # Notifications
    "duplicate": (
        "sends a notification twice, the second time after `delay` seconds",
        frozenset({"delay"}),
    ),
    "delay": ("sends a notification `delay` seconds later", frozenset({"delay"})),
    "swap": ("sends a notification after the next one", frozenset()),
    "lose": ("loses a notification", frozenset()),
    "foreign_subscription": (
        "a notification carries the id of another subscription",
        frozenset(),
    ),
}

# These act at once on the present connections.
IMMEDIATE_FAULTS: dict[str, tuple[str, frozenset[str]]] = {
    "stall": ("lets nothing pass in either direction for `seconds`", frozenset()),
    "drop": (
        "closes the connections, or resets them, also inside a frame",
        frozenset({"abort", "insideFrame"}),
    ),
    "send": ("sends a frame of any content", frozenset({"data"})),
    "gateway_error": (
        "sends an Error message and closes",
        frozenset({"errorCode", "message", "status"}),
    ),
    "lose_subscriptions": ("ends subscriptions without telling", frozenset()),
    "revoke_sessions": ("ends all OAuth sessions", frozenset()),
    "expire_tokens": ("lets all access tokens expire", frozenset()),
}

# Values of parameters, and how an error describes them; null is like no parameter.
_TEXT = (vol.Schema(str), "text")
_FLAG = (vol.Schema(bool), "true or false")
_PARAMETERS: Mapping[str, tuple[vol.Schema, str]] = {
    "abort": _FLAG,
    "delay": (
        vol.Schema(seconds_value),
        "a number of seconds",
    ),
    "insideFrame": _FLAG,
    "retryAfter": (
        vol.Schema(vol.Any(number_value, vol.All(str, vol.Match(r"[ -~]*\Z")))),
        "a number or ASCII text",
    ),
    "status": (
        vol.Schema(vol.All(integer_value, vol.Range(min=200, max=599))),
        "an HTTP status from 200 to 599",
    ),
}


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault that is switched on."""

    name: str
    params: Mapping[str, JsonValue]
    remaining: int | None = None
    until: float | None = None

    def text(self, key: str, default: str = "") -> str:
        """Return a parameter as text."""
        value = self.params.get(key)
        return default if value is None else str(value)

    def number(self, key: str, default: float) -> float:
        """Return a parameter as a number."""
        value = self.params.get(key)
        return float(value) if isinstance(value, int | float) else default


@dataclass(slots=True)
class Faults:
    """Active faults in the order in which they were added."""

    _active: list[Fault] = field(default_factory=list)

    def add(
        self,
        name: str,
        *,
        count: int | None = None,
        seconds: float | None = None,
        params: Mapping[str, JsonValue],
    ) -> None:
        """Switch a fault on: once, `count` times, or for `seconds`, whichever ends first.

        Raises ValueError for an unknown fault or parameter.
        """
        fault = checked_fault(name, params)
        if count is None and seconds is None:
            count = 1
        fault.remaining = count
        fault.until = None if seconds is None else clock.monotonic() + seconds
        self._active.append(fault)

    def clear(self) -> None:
        """Switch all faults off."""
        self._active.clear()

    def take(self, name: str, **texts: str) -> Fault | None:
        """Return the first such fault that applies, and count its use.

        Each keyword must fit the fault's parameter of that name, where it has one: `path` by
        its beginning, `filter` by its inside, others as a whole.
        """
        if not self._active:
            return None
        for fault in self._living():
            if fault.name == name and all(
                _fits(key, fault.params.get(key), text) for key, text in texts.items()
            ):
                if fault.remaining is not None:
                    fault.remaining -= 1
                return fault
        return None

    def as_json(self) -> list[JsonObject]:
        """List the faults that are switched on."""
        return [
            {"fault": fault.name, "count": fault.remaining, **fault.params}
            for fault in self._living()
        ]

    def _living(self) -> Iterator[Fault]:
        now = clock.monotonic() if self._active else 0.0
        self._active = [
            fault
            for fault in self._active
            if fault.remaining != 0 and (fault.until is None or now < fault.until)
        ]
        return iter(list(self._active))


def checked_fault(name: str, params: Mapping[str, JsonValue]) -> Fault:
    """Return a fault; raises ValueError for an unknown name or parameter."""
    known = FAULTS | IMMEDIATE_FAULTS
    if name not in known:
        raise ValueError(f"Unknown fault {name}")
    if unknown := set(params) - known[name][1]:
        raise ValueError(f"Fault {name} takes no {', '.join(sorted(unknown))}")
    for parameter, value in params.items():
        schema, description = _PARAMETERS.get(parameter, _TEXT)
        if value is not None:
            try:
                schema(value)
            except vol.Invalid:
                raise ValueError(
                    f"{parameter} of fault {name} must be {description}"
                ) from None
    return Fault(name=name, params=params)


def _fits(key: str, wanted: JsonValue, text: str) -> bool:
    if wanted is None:
        return True
    if key == "path":
        return text.startswith(str(wanted))
    if key == "filter":
        return str(wanted) in text
    return str(wanted) == text

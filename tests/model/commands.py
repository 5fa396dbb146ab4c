"""Commands that users give, the requests of each, and what must be true of them. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, override

from .checker import Difference

_SUCCESS: Final = frozenset({"done", "already", "over"})
_DIALED: Final = frozenset(
    {
        "dialing",
        "connected",
        "no_answer",
        "busy",
        "rejected",
        "failed",
        "cancelled",
        "over",
    }
)
_UNKNOWN: Final = frozenset({"action_unknown", "dial_unknown"})
# Each of these may end a RingOut, with the others or before them.
_ENDING: Final = frozenset({"hang_up", "reject_call", "cancel_dial"})
_REFUSED: Final = range(400, 500)
# Requests that an action may send; a party or a session is deleted.
_HANG_UP: Final = frozenset(
    {"POST reject", "POST ignore", "DELETE session", "DELETE party", "DELETE ring-out"}
)
_ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    "dial": frozenset({"POST ring-out"}),
    "cancel_dial": _HANG_UP,
    "hang_up": _HANG_UP,
    "answer_call": frozenset({"POST answer"}),
    "reject_call": frozenset({"POST reject", "POST ignore", "DELETE ring-out"}),
    "forward_call": frozenset({"POST forward"}),
    "reply_to_call": frozenset({"POST reply"}),
    "hold_call": frozenset({"POST hold"}),
    "resume_call": frozenset({"POST unhold"}),
    "mute_call": frozenset({"PATCH party"}),
    "unmute_call": frozenset({"PATCH party"}),
    "transfer_call": frozenset({"POST transfer", "POST bridge"}),
    "park_call": frozenset({"POST park"}),
    "pick_up_call": frozenset({"POST pickup"}),
}


@dataclass
class Sent:
    """A request that may change something."""

    method: str
    path: str
    # The party that it names, if it is one of another extension.
    foreign_party: str | None = None
    # Of the answer; None if none came.
    status: int | None = None

    @property
    def operation(self) -> str:
        """Method, and what it is applied to."""
        *parents, last = self.path.split("/")
        if last == "ring-out" or parents[-1] == "ring-out":
            name = "ring-out"
        else:
            name = {"sessions": "session", "parties": "party"}.get(parents[-1], last)
        return f"{self.method} {name}"

    @property
    def is_refused(self) -> bool:
        """Whether it surely had no effect."""
        return self.status in _REFUSED

    @property
    def is_lost(self) -> bool:
        """Whether it is unknown what became of it."""
        return self.status is None or self.status >= _REFUSED.stop

    @property
    def is_cancellation(self) -> bool:
        """Whether it ends a RingOut; its success is no proof."""
        return self.operation == "DELETE ring-out"


@dataclass(eq=False)
class Given:
    """A command of a user."""

    name: str
    number: str
    fields: Mapping[str, Any]
    began: float
    context_id: str
    ended: float | None = None
    # A result, or the key of an error.
    result: str = ""
    error: BaseException | None = None
    sent: list[Sent] = field(default_factory=list)

    @override
    def __str__(self) -> str:
        """Return a short notation."""
        fields = {
            key: value for key, value in self.fields.items() if key != "config_entry_id"
        }
        return f"{self.name} {self.number} {fields or ''}"

    @property
    def has_effect(self) -> bool:
        """Whether a request was, or may have been, carried out."""
        return any(not one.is_refused for one in self.sent)

    @property
    def _content(self) -> tuple[object, ...]:
        # The id of the only call may be left out.
        fields = {key: value for key, value in self.fields.items() if key != "call"}
        return self.name, self.number, fields

    def is_joined_with(self, other: Given) -> bool:
        """Return whether both may have been one request."""
        is_equal = self._content == other._content
        return (
            (is_equal or {self.name, other.name} <= _ENDING)
            and self.began <= (other.ended or self.began)
            and other.began <= (self.ended or other.began)
        )


def command_differences(
    commands: Iterable[Given],
    texts: Iterable[str],
    breaks: Iterable[tuple[float, float]],
) -> Iterator[Difference]:
    """Yield what is wrong with commands at rest; during breaks the account is not loaded."""
    commands, texts, breaks = list(commands), set(texts), list(breaks)
    for given in commands:
        peers = [o for o in commands if o is not given and given.is_joined_with(o)]
        if given.ended is None:
            yield Difference("no result", str(given))
            continue
        is_broken = any(b <= given.ended and given.began <= e for b, e in breaks)
        for kind in (
            *_request_faults(given),
            *_result_faults(given, peers, texts, is_broken=is_broken),
        ):
            sent = ", ".join(
                f"{s.method} {s.path[-24:]} {s.status}" for s in given.sent
            )
            yield Difference(
                kind, f"{given}: {given.result} {given.error!r}, sent: {sent}"
            )


def _request_faults(given: Given) -> Iterator[str]:
    for former, _ in pairwise(given.sent):
        if not former.is_refused and not former.is_cancellation:
            yield "sent again"
    operations = [one.operation for one in given.sent]
    allowed = _ALLOWED[given.name]
    if "DELETE ring-out" in operations:
        # Of a dialed call.
        allowed |= _HANG_UP
    if not allowed.issuperset(operations):
        yield "request of another action"
    if any(one.foreign_party for one in given.sent):
        yield "request for another party"
    if operations.count("POST ring-out") > 1:
        yield "dialed twice"
    if len(given.sent) > 2 + any(one.is_cancellation for one in given.sent):
        yield "too many requests"


def _result_faults(
    given: Given, peers: list[Given], texts: set[str], *, is_broken: bool
) -> Iterator[str]:
    all_sent = [one for command in (given, *peers) for one in command.sent]
    if given.error is not None:
        if given.result not in texts or not str(given.error):
            yield "error without a text"
        if given.result in _UNKNOWN and not is_broken:
            # That of a RingOut may be of an earlier request.
            is_dial = given.name in ("dial", *_ENDING)
            if not is_dial and not any(one.is_lost for one in all_sent):
                yield "unknown without a loss"
        elif given.result == "call_over" and any(
            one.status is not None and one.status < _REFUSED.start for one in given.sent
        ):
            yield "done, but reported as over"
        return
    if given.name == "dial":
        if given.result not in _DIALED:
            yield "no result"
        return
    if given.result not in _SUCCESS:
        yield "no result"
    # A RingOut that is over is not told from one that was canceled.
    proofs = [s for s in all_sent if s.is_cancellation or not s.is_refused]
    if given.result == "done" and not proofs:
        yield "done without a request"
    if given.result == "already" and any(
        one.status is not None and one.status < _REFUSED.start for one in given.sent
    ):
        yield "done, but reported as already so"

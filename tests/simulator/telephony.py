"""The engine of telephony without a server: calls, rules, RingOuts, and what they send."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from simulator.base.chance import seeded
from simulator.base.errors import ApiError
from simulator.base.switches import Switches
from simulator.company.call import Call, Target
from simulator.company.call_control import CallControl
from simulator.company.control_rules import ControlRules
from simulator.company.devices import Devices
from simulator.company.directory import (
    ACCOUNT_ID,
    OWNER_ID,
    Directory,
    Extension,
    build_directory,
)
from simulator.company.parties import Party
from simulator.company.presence import call_body
from simulator.company.ring_outs import RingOuts
from simulator.company.session_body import SessionBodies
from simulator.push.session_events import SessionEvent, SessionEvents

CALLER = "+16505550123"
DIALLED = "+16505550177"


@dataclass
class Telephony:
    """The telephony of an account; each test makes its own."""

    switches: Switches = field(default_factory=Switches)
    # Extension and statuses of each notification.
    notified: list[tuple[str, list[tuple[int, str]]]] = field(default_factory=list)
    events: list[SessionEvent] = field(default_factory=list)
    is_watched: bool = True

    def __post_init__(self) -> None:
        """Wire the parts as the platform does."""
        self.directory: Directory = build_directory(6, 1)
        self.calls = CallControl(
            listener=self._notify,
            random=seeded(1, "telephony"),
            call_id_changes=lambda: True,
            switches=self.switches,
        )
        self.devices = Devices(directory=self.directory, switches=self.switches)
        self.bodies = SessionBodies(
            account_id=ACCOUNT_ID, find=self.devices.reached, switches=self.switches
        )
        self.rules = ControlRules(
            calls=self.calls,
            switches=self.switches,
            account_id=ACCOUNT_ID,
            is_administrator=lambda extension_id: extension_id == OWNER_ID,
        )
        self.ring_outs = RingOuts(
            calls=self.calls,
            switches=self.switches,
            random=seeded(1, "ring outs"),
            uri=lambda: "",
        )
        self.session_events = SessionEvents(
            account_id=ACCOUNT_ID,
            bodies=self.bodies,
            switches=self.switches,
            listener=self.events.append,
            is_watched=lambda: self.is_watched,
        )
        self.calls.changed = self.session_events.changed

    def _notify(self, extension_id: str, ended: Sequence[Party]) -> None:
        number = self.directory.extensions[extension_id].number
        listed = [*self.calls.of_extension(extension_id), *ended]
        self.notified.append((number, [(p.number, p.status) for p in listed]))

    def switch(self, **values: object) -> None:
        """Set switches."""
        for name, value in values.items():
            assert hasattr(self.switches, name)
            setattr(self.switches, name, value)

    def extension(self, number: str) -> Extension:
        """Return an extension by its number."""
        return self.directory.by_number(number)

    def target(self, number: str, *, voicemail: bool = False) -> Target:
        """Return a target by its number."""
        extension = self.devices.reached(number)
        name = extension.name if extension else None
        return Target(number, name, extension, "voicemail" if voicemail else "phone")

    def ring(self, *to: str, from_: str = CALLER, queue: str | None = None) -> Call:
        """Start a call that rings at extensions, or at an outside number."""
        caller = self.directory.find(from_)
        called = [e for e in map(self.directory.find, to) if e is not None]
        dialled = self.extension(queue) if queue else None
        return self.calls.start(
            caller=caller,
            called=called,
            from_number=from_,
            from_name=caller.name if caller else "Test Caller",
            to_number=queue or to[0],
            to_name=dialled.name if dialled else called[0].name if called else None,
            queue_call=queue is not None,
            queue_name=dialled.name if dialled else None,
        )

    def connected(self, *to: str, from_: str = CALLER) -> Call:
        """Start a call and answer it."""
        call = self.ring(*to, from_=from_)
        self.calls.move(call.id, "answer")
        return call

    def party(self, call: Call, number: str = "101") -> Party:
        """Return the living party of an extension."""
        return self.calls.find(call.id, self.extension(number).id)[1]

    def states(self, call: Call) -> list[tuple[int, str, str | None]]:
        """Return number, code and reason of each party as the platform sends them."""
        body: Any = self.bodies.session(call)
        return [
            (
                int(party["id"].rpartition("-")[2]),
                party["status"]["code"],
                party["status"].get("reason"),
            )
            for party in body["parties"]
        ]

    def presence(self, number: str) -> list[tuple[int, str]]:
        """Return party number and status of each entry of an extension."""
        parties = self.calls.of_extension(self.extension(number).id)
        return [(party.number, party.status) for party in parties]

    def entries(self, number: str) -> list[Any]:
        """Return the entries of REST presence."""
        return [
            call_body(party, sip=True, rest=True, switches=self.switches)
            for party in self.calls.listed(self.extension(number).id)
        ]


def error(refused: ApiError) -> tuple[int, Any]:
    """Return status and code of an error."""
    body: Any = refused.body
    inner = body.get("errors", [body])
    return refused.status, inner[0]["errorCode"]

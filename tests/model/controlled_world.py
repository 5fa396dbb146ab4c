"""An office whose calls several users of Home Assistant control at once."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import datetime
import logging
from typing import Any, Final, Self, override

import aiohttp
from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ringcentral.calls.counts import ACCOUNT_SCOPE
from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.control.manager import EVENT_CALL_CONTROL
from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Context, Event, EventStateChangedData, State, callback
from homeassistant.exceptions import HomeAssistantError
from simulator.base.wire import JsonValue
from simulator.company.call import Target
from simulator.company.directory import Extension
from simulator.company.ring_outs import RingOut, RingOuts
from simulator.faults.journal import Journal, Kind

from ..control.common import turn_on
from ..services import device_id
from ..strategies import MIDNIGHT
from ..translations import TEXTS
from .checker import Difference
from .command_choices import DIALED, OWN, CommandChoices
from .commands import Given, Sent, command_differences
from .control_phones import ControlPhones
from .live_world import LiveWorld
from .matching import platform_word
from .plans import Step

_REST_API: Final = "/restapi/v1.0/account/~"
_SESSIONS: Final = f"{_REST_API}/telephony/sessions/"
_RING_OUT: Final = f"{_REST_API}/extension/~/ring-out"
_FAULTS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("lost_answer", {}),
    ("failed_answer", {}),
    ("late", {"delay": 11}),
    ("no_answer", {}),
    ("slow", {"delay": 4}),
    ("error", {"status": 503}),
)
_METHODS: Final = ("POST", "DELETE", "PATCH", None)
# Seconds.
_RESULT_WITHIN: Final = 180
_OUTCOME_WITHIN: Final = 65
# Events are held while a request to dial is in flight, and shortly after it.
_DECIDED: Final = 3
# While these pass after a request whose answer was lost, an equal one is not sent.
_NOT_AGAIN_WITHIN: Final = 30

_command: ContextVar[Given | None] = ContextVar("command", default=None)


class _Errors(logging.Handler):
    """Collects errors that were logged."""

    def __init__(self) -> None:
        """Initialize without errors."""
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        # Not those of the simulator's server, whose connections are reset.
        if not record.name.startswith("aiohttp"):
            self.texts.append(self.format(record))


class ControlledWorld(LiveWorld):
    """Runs the steps of an example, and compares commands with what became of them."""

    phones_type = ControlPhones
    _phones: ControlPhones

    @classmethod
    @asynccontextmanager
    @override
    async def running(
        cls,
        freezer: FrozenDateTimeFactory,
        switches: Mapping[str, JsonValue],
        begin: datetime = MIDNIGHT,
    ) -> AsyncIterator[Self]:
        errors = _Errors()
        logging.getLogger().addHandler(errors)
        try:
            async with super().running(freezer, switches, begin) as world:
                with pytest.MonkeyPatch.context() as patch:
                    world._errors = errors
                    world._observe_requests(patch)
                    world._observe_dialing(patch)
                    yield world
        finally:
            logging.getLogger().removeHandler(errors)

    @override
    async def prepare(self) -> None:
        self.commands: list[Given] = []
        self._errors = _Errors()
        self._tasks: list[asyncio.Task[None]] = []
        self._found: list[Difference] = []
        # Results by the context of their command.
        self._activity: dict[str, list[str]] = {}
        # Statuses of each call that a notification or a request has shown.
        self._known: dict[tuple[str, str], set[str]] = {}
        hass = self.account.hass
        hass.bus.async_listen(EVENT_CALL_CONTROL, self._handle_activity)
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._handle_state)
        self._users = [
            (await hass.auth.async_create_user(name, group_ids=[GROUP_ID_ADMIN])).id
            for name in ("Ann", "Bob")
        ]
        self._choices = CommandChoices(self.account)
        turn_on(self.account)
        await self.clockwork.advance(10)
        self.account.simulator.log.clear()

    # What is observed

    def _observe_requests(self, patch: pytest.MonkeyPatch) -> None:
        request, add = aiohttp.ClientSession._request, Journal.add

        async def requested(
            session: aiohttp.ClientSession, method: str, url: Any, **options: Any
        ) -> aiohttp.ClientResponse:
            given, path = _command.get(), str(url.raw_path)
            is_change = method != "GET" and (
                "/telephony/" in path or "/ring-out" in path
            )
            if given is None or not is_change:
                if is_change:
                    self._found.append(Difference("request without a command", path))
                return await request(session, method, url, **options)
            sent = Sent(method, path, self._foreign_party(given, path))
            given.sent.append(sent)
            try:
                response = await request(session, method, url, **options)
            except BaseException as err:
                self.note(
                    f"   {method} {path[-30:]} {type(err).__name__} ({given.name})"
                )
                raise
            sent.status = response.status
            self.note(f"   {method} {path[-30:]} {sent.status} ({given.name})")
            return response

        def added(
            journal: Journal, kind: Kind, method: str, path: str, status: int
        ) -> None:
            add(journal, kind, method, path, status)
            if path.endswith("/presence") and method == "GET":
                self._learn_all()

        patch.setattr(aiohttp.ClientSession, "_request", requested)
        patch.setattr(Journal, "add", added)

    def _foreign_party(self, given: Given, path: str) -> str | None:
        """Return the party that a path names, if it is not the one of a command."""
        parts = path.removeprefix(_SESSIONS).split("/")
        if not path.startswith(_SESSIONS) or len(parts) < 3:
            return None
        call = self._simulator.session(parts[0])
        party = next(p for p in call.everyone if p.party_id == parts[2])
        own_id = self._simulator.extension(given.number).id
        is_parked = given.name == "pick_up_call" and party.code == "Parked"
        is_meant = is_parked or party.extension_id == own_id
        return None if is_meant else party.party_id

    def _observe_dialing(self, patch: pytest.MonkeyPatch) -> None:
        start = RingOuts.start
        # When each was started, and for which command.
        started: list[tuple[RingOut, str, float]] = []

        def begun(
            ring_outs: RingOuts, owner: Extension, target: Target, **options: Any
        ) -> RingOut:
            for former, number, at in started:
                if (
                    number == target.number
                    and former.own.is_ringing
                    and former.call.ended_at is None
                    and self.now - at < _NOT_AGAIN_WITHIN
                ):
                    self._found.append(Difference("dialed twice", number))
            self.note(f"   rings {target.number}")
            ring_out = start(ring_outs, owner, target, **options)
            started.append((ring_out, target.number, self.now))
            return ring_out

        patch.setattr(RingOuts, "start", begun)

    @override
    def _is_held(self, number: str) -> bool:
        # One may be that of the leg of a RingOut.
        return number == OWN and any(
            given.name == "dial" and self.now < (given.ended or self.now) + _DECIDED
            for given in self.commands
        )

    def _learn(self, extension_id: str, calls: Mapping[tuple[str, str], str]) -> None:
        for (session_id, _), status in calls.items():
            self._known.setdefault((extension_id, session_id), set()).add(status)

    def _learn_all(self) -> None:
        for extension_id in self._numbers:
            parties = self.account.simulator.account.calls.listed(extension_id)
            self._learn(
                extension_id,
                {(p.telephony_session_id, p.direction): p.status for p in parties},
            )

    @override
    def handle_arrival(self, uuid: str) -> None:
        if (found := self.truth.shown_by(uuid)) is not None:
            self._learn(*found)

    @callback
    def _handle_activity(self, event: Event[Any]) -> None:
        results = self._activity.setdefault(event.context.id, [])
        results.append(event.data["result"])

    @callback
    def _handle_state(self, event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        if state is not None and self._is_dead is False:
            for extension_id, number in self._numbers.items():
                if state.entity_id == self.account.entity_id(
                    number, "telephony_status"
                ):
                    self._check_shown(extension_id, state)

    def _check_shown(self, extension_id: str, state: State) -> None:
        """Compare shown calls with what RingCentral has reported of them."""
        for call in state.attributes.get("active_calls", ()):
            session_id = call["telephony_session_id"]
            status = platform_word(call["telephony_status"])
            ids = {session_id, self.truth.alias(session_id)}
            if status == "Ringing" and self.truth.is_requested(session_id):
                # Until the dialed person answers.
                continue
            if not any(status in self._known.get((extension_id, i), ()) for i in ids):
                number = self._numbers[extension_id]
                self._found.append(
                    Difference("shown before it was reported", f"{number}: {status}")
                )

    # Commands

    @override
    async def perform(self, step: Step) -> None:
        first, second = step.first, step.second
        match step.name:
            case "press":
                self._press(first, second)
            case "press twice":
                # By both users.
                command = self._choices.command(first, second)
                for user in self._users:
                    self._give(*command, user)
            case "press and move":
                self._press(first, second)
                for _ in range(second % 7 * 5):
                    await asyncio.sleep(0)
                self.note(f"move {self._phones.move(second, first)}")
            case "dial" | "dial twice":
                fields = self._choices.dial_fields(first, second)
                for user in self._users[: 1 + (step.name == "dial twice")]:
                    self._give("dial", OWN, fields, user)
            case "cancel dial":
                self._give("cancel_dial", OWN, self._account, self._user(second))
            case "answers":
                name, options = _FAULTS[first % len(_FAULTS)]
                method = _METHODS[second % len(_METHODS)]
                path = _RING_OUT if second % 3 == 2 else _SESSIONS
                self.note(f"{name} {method} {path[-10:]}")
                self.account.simulator.fault(
                    name, count=1, path=path, method=method, **options
                )
        await super().perform(step)

    @property
    def _account(self) -> dict[str, Any]:
        return {"config_entry_id": self.account.entry.entry_id}

    def _user(self, number: int) -> str:
        return self._users[number % len(self._users)]

    def _press(self, first: int, second: int) -> None:
        self._give(*self._choices.command(first, second), self._user(second))

    def _give(self, name: str, number: str, fields: dict[str, Any], user: str) -> None:
        context = Context(user_id=user)
        given = Given(name, number, fields, self.now, context.id)
        self.commands.append(given)
        self.note(f"{given}")
        self._tasks.append(asyncio.ensure_future(self._carry_out(given, context)))

    async def _carry_out(self, given: Given, context: Context) -> None:
        _command.set(given)
        data = dict(given.fields)
        if "config_entry_id" not in data:
            data["device_id"] = device_id(self.account, given.number)
        try:
            response = await self.account.hass.services.async_call(
                DOMAIN,
                given.name,
                data,
                blocking=True,
                return_response=True,
                context=context,
            )
        except HomeAssistantError as err:
            given.error, given.result = err, str(err.translation_key)
        except Exception as err:  # noqa: BLE001  # reported as a difference
            given.error, given.result = err, type(err).__name__
        else:
            answer: Any = response
            if "result" not in answer:
                (answer,) = answer.values()
            given.result = str(answer["result"])
            if given.result == "connected" and not self._is_connected(given):
                self._found.append(Difference("not connected", str(given)))
        given.ended = self.now
        self.note(f"   {given.name} {given.number}: {given.result}")

    def _is_connected(self, given: Given) -> bool:
        """Return whether a dialed person has answered since a command was given."""
        return any(
            ring_out.target is not None
            and ring_out.target.answered_at is not None
            and ring_out.target.to_number in (given.fields.get("number"), DIALED[-1])
            for ring_out in self._simulator.ring_outs.by_id.values()
        )

    # The end

    @override
    async def rest(self) -> list[Difference]:
        self._simulator.clear_faults()
        waited = 0
        while not all(task.done() for task in self._tasks) and waited < _RESULT_WITHIN:
            await self.clockwork.advance(5)
            waited += 5
        for ring_out in self._phones.ring_outs:
            target = ring_out.target
            is_open = target is None or target.answered_at is None
            # Two sessions are shown as one call.
            if is_open or ring_out.call is not ring_out.target_call:
                self._phones.end(ring_out)
        if self._simulator.ring_outs.by_id:
            await self.clockwork.advance(_OUTCOME_WITHIN)
        return [
            *await super().rest(),
            *self._found,
            *command_differences(self.commands, TEXTS["exceptions"], self.checker.gaps),
            *self._activity_differences(),
            *self._count_differences(),
            *(Difference("logged", text) for text in self._errors.texts),
        ]

    def _activity_differences(self) -> Iterator[Difference]:
        for given in self.commands:
            results = self._activity.get(given.context_id, [])
            # What is dialed may fail later.
            if len(results) > 1 + (given.name == "dial"):
                yield Difference("activity", f"{given}: {results}")
            has_done = given.result == "done" and given.has_effect
            if has_done and results != ["done"]:
                yield Difference("activity", f"{given}: done, but {results}")

    def _count_differences(self) -> Iterator[Difference]:
        counts = self.account.coordinator.calls.counts.counts(ACCOUNT_SCOPE)
        lines = self.truth.lines.values()
        incoming = {
            line.session_id
            for line in lines
            if line.direction == "Inbound" and not line.is_ring_out
        }
        if counts.incoming > len(incoming):
            text = f"{counts.incoming} incoming calls of {len(incoming)}"
            yield Difference("counts", text)

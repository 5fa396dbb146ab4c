"""Play a case with the simulator and Home Assistant.

Nothing is imported from the integration: the runner uses its forms, entities and
triggers only.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final, override

from aiohttp import ClientSession
from freezegun.api import FrozenDateTimeFactory

from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigFlowResult
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import (
    Event,
    EventStateChangedData,
    HomeAssistant,
    ServiceCall,
    State,
    callback,
)
from homeassistant.data_entry_flow import FlowResultType, section
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from simulator import Simulator, SimulatorOptions

from ..clockwork import Clockwork
from .messages import (
    FORMS,
    Json,
    MessageBuilder,
    resource_after,
    resource_with,
    without_null,
)
from .proxy import PresenceProxy

_DOMAIN: Final = "ringcentral"
# In seconds: set-up is complete, and all events are reported after these times.
_BEFORE_THE_CASE: Final = 8.0
_AFTER_THE_CASE: Final = 15.0
# Longest step of the clock, in short and in long waits.
_STEP: Final = 0.1
_COARSE_STEP: Final = 1.0
_LONG_WAIT: Final = 30.0
_SET_UP_LIMIT: Final = 120.0
# Higher than the sequence numbers of the simulator itself.
_FIRST_SEQUENCE: Final = 100_000
# The trigger data that an automation records.
_RUN_DATA: Final = (
    "event",
    "extension_number",
    "caller",
    "caller_name",
    "caller_number",
    "ringing_seconds",
    "talking_seconds",
    "held_seconds",
    "reconstructed",
    "replayed",
)


@dataclass(frozen=True)
class ReportedEvent:
    """A call event of an event entity."""

    kind: str
    attributes: Mapping[str, Any]

    @property
    def call(self) -> tuple[Any, ...]:
        """The ids of the call."""
        names = ("telephony_session_id", "party_id", "session_id")
        return tuple(self.attributes.get(name) for name in names)

    @override
    def __str__(self) -> str:
        """Return kind and durations; `*` means reconstructed, `~` replayed."""
        marks = "*" * bool(self.attributes.get("reconstructed"))
        marks += "~" * bool(self.attributes.get("replayed"))
        seconds = [
            self.attributes.get(f"{phase}_seconds")
            for phase in ("ringing", "talking", "held")
        ]
        durations = "/".join("-" if s is None else f"{s:g}" for s in seconds)
        return f"{self.kind}{marks} {durations}"


# Returns the differences between what is expected and what is shown, one line each.
type Check = Callable[[CaseRunner, Mapping[str, Any]], list[str]]


class CaseRunner:
    """Plays a case and records events, states and runs."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        """Initialize without starting anything."""
        self.hass = hass
        self.events: dict[str, list[ReportedEvent]] = {}
        self.history: dict[tuple[str, str], list[str]] = {}
        self.runs: dict[str, list[Json]] = {}
        self._clock = Clockwork(freezer)
        self._simulator: Simulator | None = None
        self._proxy: PresenceProxy | None = None
        self._control: ClientSession | None = None
        self._entry: ConfigEntry | None = None
        self._sequence = _FIRST_SEQUENCE
        # Fields that replace those of the simulator's presence resource, by extension id.
        self._resources: dict[str, Json] = {}
        self._answers: dict[str, Any] = {}
        self._ids: dict[str, str] = {}
        self._messages = MessageBuilder({}, dt_util.utcnow())
        self._entities: dict[str, tuple[str, str]] = {}

    # Set-up and end

    async def set_up(self, given: Mapping[str, Any]) -> None:
        """Start the simulator, sign Home Assistant in and create the automations."""
        await self._finish(self._start_platform(given))
        await self._finish(self._sign_in(given.get("monitor", {})))
        await self._finish(self.hass.async_block_till_done())
        await self._advance(_BEFORE_THE_CASE)
        # The `Date` of an HTTP answer has no fractions of a second.
        await self._advance(1 - dt_util.utcnow().microsecond / 1e6)
        self._messages = MessageBuilder(given.get("calls", {}), dt_util.utcnow())
        self._record()
        if automations := given.get("automations"):
            await self._finish(self._create_automations(automations))

    async def close(self) -> None:
        """Unload the integration and stop the simulator."""
        if self._entry is not None:
            await self._finish(
                self.hass.config_entries.async_unload(self._entry.entry_id)
            )
        for work in (
            self._control and self._control.close(),
            self._proxy and self._proxy.stop(),
            self._simulator and self._simulator.stop(),
        ):
            if work:
                await self._finish(work)
        await self._clock.settle()

    async def _advance(self, seconds: float) -> None:
        step = _COARSE_STEP if seconds > _LONG_WAIT else _STEP
        await self._clock.advance(seconds, step)

    async def _finish[T](self, work: Coroutine[Any, Any, T]) -> T:
        return await self._clock.finish(work, _SET_UP_LIMIT)

    async def _start_platform(self, given: Mapping[str, Any]) -> None:
        self._control = ClientSession()
        people = given.get("extensions", 4)
        self._simulator = Simulator(SimulatorOptions(port=0, extensions=people))
        await self._simulator.start()
        if switches := given.get("switches"):
            await self._request("PATCH", "/switches", switches)
        for new in given.get("more_extensions", ()):
            await self._request("POST", "/extensions", new)
        for name in ("lines", "favorites"):
            if name in given:
                path = f"/extensions/101/{name}"
                await self._request("PUT", path, {"extensions": given[name]})
        company = await self._request("GET", "", None)
        self._ids = {e["extensionNumber"]: e["id"] for e in company["extensions"]}
        self._proxy = PresenceProxy(self._simulator.server, self._rewrite)
        await self._proxy.start()

    async def _sign_in(self, monitor: Mapping[str, Any]) -> None:
        """Complete the forms as a user does."""
        assert self._simulator is not None
        assert self._proxy is not None
        people = [self._ids[number] for number in monitor.get("extensions", ())]
        entered = {
            "client_id": self._simulator.client_id,
            "client_secret": self._simulator.client_secret,
            "jwt": self._simulator.jwt,
            "server": self._proxy.address,
            "groups": monitor.get("groups", [] if people else ["everyone"]),
            "extensions": people,
        }
        flow = self.hass.config_entries.flow
        result = await flow.async_init(_DOMAIN, context={"source": SOURCE_USER})
        for _ in range(10):
            if result["type"] is FlowResultType.MENU:
                answer: Json = {"next_step_id": "jwt"}
            elif result["type"] is FlowResultType.FORM:
                assert not result["errors"], result["errors"]
                answer = _answers(result, entered)
            else:
                break
            result = await flow.async_configure(result["flow_id"], answer)
        assert result["type"] is FlowResultType.CREATE_ENTRY, result
        self._entry = result["result"]

    async def _create_automations(
        self, automations: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """Create automations with triggers of the integration that record their runs."""

        @callback
        def record_run(call: ServiceCall) -> None:
            self.runs[call.data["name"]].append(call.data["given"])

        self.hass.services.async_register("public_cases", "record", record_run)
        pairs = ", ".join(f"'{name}': trigger['{name}']" for name in _RUN_DATA)
        self.runs = {name: [] for name in automations}
        config = [
            {
                "alias": name,
                "triggers": {
                    "trigger": f"{_DOMAIN}.{wanted['trigger']}",
                    "target": {"device_id": [self._device(n).id for n in wanted["at"]]},
                    "options": wanted.get("options", {}),
                },
                "actions": {
                    "action": "public_cases.record",
                    # One template, so that numeric text stays text.
                    "data": {"name": name, "given": f"{{{{ {{{pairs}}} }}}}"},
                },
                "mode": "queued",
                "max": 100,
            }
            for name, wanted in automations.items()
        ]
        assert await async_setup_component(
            self.hass, "automation", {"automation": config}
        )
        await self.hass.async_block_till_done()

    # Steps

    async def play(self, steps: list[Json], check: Check) -> list[str]:
        """Play all steps; return the differences found by `check` steps."""
        wrong: list[str] = []
        for step in steps:
            match step:
                case {"tell": number}:
                    await self._notify(number, step)
                case {"rest": number}:
                    calls = self._calls(step, number)
                    self._resources[self._ids[number]] = {
                        **resource_with(calls, step.get("with_ended", False)),
                        **step.get("body", {}),
                    }
                case {"wait": seconds}:
                    await self._advance(seconds)
                case {"control": [method, path, *body]}:
                    answer = await self._request(
                        method,
                        self._substitute(path),
                        self._substitute(body[0] if body else {}),
                    )
                    self._answers[step.get("as", "")] = answer
                case {"check": expected}:
                    wrong += [
                        f"after {self._messages.seconds(dt_util.utcnow()):g} s: {text}"
                        for text in check(self, expected)
                    ]
                case _:
                    raise ValueError(f"No such step: {step}")
            await self._clock.settle()
        await self._advance(_AFTER_THE_CASE)
        await self._finish(self.hass.async_block_till_done())
        return wrong

    def _calls(self, step: Mapping[str, Any], number: str) -> list[Json]:
        return self._messages.calls(step.get("calls", ()), number, dt_util.utcnow())

    async def _notify(self, number: str, step: Json) -> None:
        """Send a notification; REST answers the same from then on, unless `rest: keep`."""
        calls = self._calls(step, number)
        form = step.get("form", "full" if "calls" in step else "bare")
        self._sequence += 10
        extension_id = self._ids[number]
        body = without_null(
            {
                "extensionId": extension_id,
                "sequence": self._sequence,
                **FORMS[form](calls),
                **step.get("body", {}),
            }
        )
        await self._request(
            "POST",
            "/notifications",
            {"body": body, **self._messages.envelope(step.get("envelope", {}))},
        )
        if step.get("rest") != "keep":
            resource = self._resources.get(extension_id, {})
            self._resources[extension_id] = {**resource, **resource_after(body)}

    def _rewrite(self, resource: Json) -> Json:
        """Return a presence resource with the fields of the case."""
        fields = self._resources.get(str(resource["extension"]["id"]), {})
        return without_null({**resource, **fields})

    async def _request(self, method: str, path: str, body: Any) -> Any:
        """Send a request to the simulator's control API."""
        assert self._simulator is not None
        assert self._control is not None
        url = f"{self._simulator.server}/simulator{path}"
        async with self._control.request(method, url, json=body) as answer:
            content = await answer.json()
            assert answer.status < 300, (path, content)
            return content

    def _substitute(self, value: Any) -> Any:
        """Replace references to earlier answers, such as `$call.telephonySessionId`."""
        if isinstance(value, dict):
            return {key: self._substitute(item) for key, item in value.items()}
        if isinstance(value, str):
            for name, answer in self._answers.items():
                if isinstance(answer, dict):
                    for key, item in answer.items():
                        value = value.replace(f"${name}.{key}", str(item))
        return value

    # States and events

    @callback
    def _record(self) -> None:
        """Record events and states of the entities from now on."""
        by_device = {d.id: n for n in self._ids if (d := self.device(n)) is not None}
        for entity in er.async_get(self.hass).entities.values():
            number = by_device.get(entity.device_id or "")
            if (
                entity.platform != _DOMAIN
                or entity.domain not in ("event", "sensor")
                or number is None
            ):
                continue
            key = entity.unique_id.rpartition(f"_{self._ids[number]}_")[2]
            self._entities[entity.entity_id] = number, key
            if entity.domain == "event":
                self.events[number] = []
            elif (state := self.hass.states.get(entity.entity_id)) is not None:
                self.history[number, key] = [state.state]
        self.hass.bus.async_listen(EVENT_STATE_CHANGED, self._on_state_changed)

    @callback
    def _on_state_changed(self, event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        number, key = self._entities.get(event.data["entity_id"], ("", ""))
        if not number or new is None:
            return
        if new.domain == "event":
            kind = new.attributes.get("event_type")
            if kind is not None and not _is_unchanged(old, new):
                self.events[number].append(ReportedEvent(kind, new.attributes))
        elif (states := self.history.setdefault((number, key), []))[-1:] != [new.state]:
            states.append(new.state)

    def state(self, number: str, key: str) -> State | None:
        """Return the state of an entity of an extension."""
        for entity_id, found in self._entities.items():
            if found == (number, key):
                return self.hass.states.get(entity_id)
        return None

    def device(self, number: str) -> dr.DeviceEntry | None:
        """Return the device of an extension."""
        assert self._entry is not None
        ending = f"_{self._ids[number]}"
        found = {
            name: device
            for device in dr.async_entries_for_config_entry(
                dr.async_get(self.hass), self._entry.entry_id
            )
            for _, name in device.identifiers
            if name.endswith(ending)
        }
        # The identifier of the account may also end with the id of an extension.
        return found[max(found, key=len)] if found else None

    def _device(self, number: str) -> dr.DeviceEntry:
        device = self.device(number)
        assert device is not None, f"{number} has no device"
        return device


def _is_unchanged(old: State | None, new: State) -> bool:
    """Return whether an event entity has no new event, as after an outage."""
    if old is not None and (old.state, old.attributes) == (new.state, new.attributes):
        return True
    return old is not None and old.state == "unavailable"


def _answers(result: ConfigFlowResult, entered: Mapping[str, Any]) -> Json:
    """Return the values for the fields of a form."""
    schema = result["data_schema"]
    assert schema is not None
    return _answers_to(schema.schema, entered)


def _answers_to(fields: Mapping[Any, Any], entered: Mapping[str, Any]) -> Json:
    answers: Json = {}
    for field, kind in fields.items():
        name = str(field)
        if isinstance(kind, section):
            answers[name] = _answers_to(kind.schema.schema, entered)
        elif name in entered:
            answers[name] = entered[name]
    return answers

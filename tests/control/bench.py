"""A bench for rows of tables: set up a call, press once, compare the outcome."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import fields
import re
from string import Formatter
from typing import Any, Final, NamedTuple, cast

import orjson
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.ringcentral.control.models import Action
from homeassistant.const import CONF_TOKEN, EVENT_STATE_CHANGED
from homeassistant.core import Context, Event, EventStateChangedData, State, callback
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from simulator.base.errors import rest_error
from simulator.base.switches import Switches
from simulator.company.parties import Party
from simulator.company.permissions import APP_PERMISSIONS
from simulator.company.presence import telephony_status
from simulator.rest.api import Api, ApiRequest, ApiResponse

from ..actions.common import call_action
from ..common import Account
from ..reliability.common import Time
from ..services import device_id
from ..translations import PACKAGE
from .common import set_scope, turn_on

CALLER: Final = "+16505550123"
OUTSIDE: Final = "+16505550188"
REPLY: Final = "In a meeting"
OWN: Final = "101"
COLLEAGUE: Final = "102"
THIRD: Final = "103"
LOCATION: Final = "911"
MONITORED: Final = (OWN, COLLEAGUE, THIRD, LOCATION)

_MAIN: Final = "telephony_status"
# Seconds in which the presence is read if no event of a change comes, and a bit more.
_SETTLED: Final = 10.0
_RESOURCE: Final = re.compile(
    r".*/telephony/sessions/([^/]+)(?:/parties/([^/]+))?(?:/([a-z]+))?"
)
_STATES: Final[Mapping[str, str]] = {
    "NoCall": "no_call",
    "Ringing": "ringing",
    "CallConnected": "call_connected",
    "OnHold": "on_hold",
    "ParkedCall": "parked_call",
}
_TEXTS: Final[Mapping[str, Any]] = {
    path.stem: orjson.loads(path.read_bytes())["exceptions"]
    for path in (PACKAGE / "translations").glob("*.json")
}


type SetUp = Callable[[Bench, str], Awaitable[Party]]


class Row(NamedTuple):
    """One press of a user, and what comes of it."""

    name: str
    # An action, and after a colon the kind of its target.
    action: str
    state: str
    # The result or the key of the message, and after a colon the requests.
    expected: str
    number: str = OWN
    # Whether the call is named, or chosen by presence.
    by_id: bool = True
    switches: Mapping[str, object] = {}
    # Done before the press, and after its first request of this name was answered.
    before: Callable[[Bench], Awaitable[None]] | None = None
    under_way: Callable[[Bench], None] | None = None
    after: str = "GET session"
    # A request that the platform refuses, with the status and the code.
    refused: tuple[str, int, str] | None = None
    # An automation if None.
    user: str | None = None


class Seen(NamedTuple):
    """What is shown of an extension, or what its presence is."""

    status: str
    # Sessions and their status.
    calls: tuple[tuple[str | None, str | None], ...]


class _Recorder:
    """The platform's API, which records the requests."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.requests: list[tuple[ApiRequest, int]] = []
        self.under_way: Callable[[], None] | None = None
        self.after = ""
        self.refused: tuple[str, int, str] | None = None

    def answer(self, request: ApiRequest) -> ApiResponse:
        """Answer a request."""
        if self.refused is not None and _what(request) == self.refused[0]:
            _, status, code = self.refused
            error = rest_error(status, code, "Refused")
            response = ApiResponse(status=status, body=error.body)
        else:
            response = self._api.answer(request)
        self.requests.append((request, response.status))
        if _what(request) == self.after:
            under_way, self.under_way = self.under_way, None
            if under_way is not None:
                under_way()
        return response


class Bench:
    """An account, and records of what is requested, shown and true."""

    def __init__(self, account: Account, time: Time) -> None:
        """Initialize for an account that monitors the extensions of `MONITORED`."""
        self.account = account
        self.simulator = account.simulator
        self.calls = account.simulator.account.calls
        self.time = time
        # The call that is acted on, and another one.
        self.party: Party
        self.second: Party | None = None
        self._ids = {
            number: self.simulator.extension(number).id for number in MONITORED
        }
        self._numbers = {
            str(account.entity_id(number, _MAIN)): number for number in MONITORED
        }
        self._devices = {number: device_id(account, number) for number in MONITORED}
        self._users: dict[str, Context] = {}
        self._scope = str(account.entry.data[CONF_TOKEN]["scope"])
        self._true: dict[str, list[Seen]] = {}
        self._shown: dict[str, list[Seen]] = {}
        http = self.simulator.http
        self._recorder = _Recorder(http.api)
        http.api = cast(Api, self._recorder)
        publish = self.calls.listener

        def record_truth(extension_id: str, ended: Any) -> None:
            publish(extension_id, ended)
            self._record_truth()

        self.calls.listener = record_truth
        account.hass.bus.async_listen(EVENT_STATE_CHANGED, self._record_state)

    # What is shown, and what is true

    @callback
    def _record_state(self, event: Event[EventStateChangedData]) -> None:
        number = self._numbers.get(event.data["entity_id"])
        if number is not None and (state := event.data["new_state"]) is not None:
            self._shown.setdefault(number, []).append(_shown(state))

    def _record_truth(self) -> None:
        for number in MONITORED:
            self._true.setdefault(number, []).append(self.truth(number))

    def truth(self, number: str, *, as_read: bool = False) -> Seen:
        """Return the presence of an extension, as REST answers it if wanted."""
        extension_id = self._ids[number]
        parties = self.calls.of_extension(extension_id)
        if as_read:
            parties = self.calls.listed(extension_id)
        calls = ((one.telephony_session_id, _STATES[one.status]) for one in parties)
        return Seen(_STATES[telephony_status(parties)], tuple(sorted(calls)))

    def shown(self, number: str) -> Seen:
        """Return what the sensors show of an extension."""
        return _shown(self.account.state(number, _MAIN))

    # One row

    async def run(self, row: Row, set_up: SetUp) -> None:
        """Press once; raise AssertionError if anything differs from what is expected."""
        found = f"{await self.try_out(row, set_up)}: {self.requests()}"
        assert found == row.expected, f"{found!r}, expected {row.expected!r}"

    async def try_out(self, row: Row, set_up: SetUp) -> str:
        """Press once, return the answer; raise AssertionError if something false is shown."""
        for name, value in row.switches.items():
            assert hasattr(self.simulator.switches, name)
            setattr(self.simulator.switches, name, value)
        self.party = await set_up(self, row.number)
        await self.account.until_all_reported()
        if row.before is not None:
            await row.before(self)
            await self.account.until_all_reported()
        before = {number: self.shown(number) for number in MONITORED}
        self._true, self._shown = {}, {}
        self._record_truth()
        self._recorder.requests.clear()
        if (under_way := row.under_way) is not None:
            self._recorder.under_way = lambda: under_way(self)
        self._recorder.after = row.after
        self._recorder.refused = row.refused
        answer = await self.press(row)
        if row.switches.get("event_order") in ("late", "none"):
            shown = {number: self.shown(number) for number in MONITORED}
            assert shown == before, "shown before any event"
        await self.time.passes(_SETTLED, _SETTLED / 2)
        for number in MONITORED:
            if "session" in self.requests() or "ring-out" in self.requests():
                self._check_shown(number)
            else:
                assert self.shown(number) == before[number], f"{number} has changed"
        return answer

    def _check_shown(self, number: str) -> None:
        true = iter(self._true[number])
        for seen in self._shown.get(number, ()):
            assert seen == self.truth(number, as_read=True) or seen in true, (
                f"{number} never was {seen}, but {self._true[number]}"
            )
        truths = self.truth(number), self.truth(number, as_read=True)
        assert self.shown(number) in truths, f"{number} shown in the end"

    async def press(self, row: Row) -> str:
        """Call the action; return its result, or the key of the message."""
        action, _, kind = row.action.partition(":")
        named = {"call": self.party.telephony_session_id} if row.by_id else {}
        fields = {**named, **self._fields(action, kind)}
        try:
            response = await call_action(
                self.account,
                _service(action),
                row.number,
                context=self.context(row.user),
                **fields,
            )
        except Unauthorized:
            return "unauthorized"
        except HomeAssistantError as err:
            check_message(err)
            return str(err.translation_key)
        (answer,) = response.values()
        assert answer["call"] == self.party.telephony_session_id
        return str(answer["result"])

    def context(self, user: str | None) -> Context:
        """Return the context of a user, who may control or see single phones."""
        if user is None:
            return Context()
        if user not in self._users:
            phones = {
                "own": {str(self.account.entity_id(OWN, _MAIN)): {"control": True}},
                "colleague": {
                    str(self.account.entity_id(COLLEAGUE, _MAIN)): {"control": True}
                },
                "reader": {
                    str(self.account.entity_id(number, _MAIN)): {"read": True}
                    for number in MONITORED
                },
            }
            known = MockUser(is_owner=user == "administrator")
            known.add_to_hass(self.account.hass)
            if user in phones:
                known.mock_policy({"entities": {"entity_ids": phones[user]}})
            self._users[user] = Context(user_id=known.id)
        return self._users[user]

    def refuse(self, request: str, status: int, code: str) -> None:
        """Refuse all requests of a name from now on."""
        self._recorder.refused = request, status, code

    async def read_presence(self) -> None:
        """Let the presence of all be read."""
        self.account.coordinator.schedule_refresh(self._ids.values())
        await self.time.passes(_SETTLED, _SETTLED / 2)

    def _fields(self, action: str, kind: str) -> dict[str, Any]:
        if action == Action.REPLY:
            return {"text": REPLY}
        if action not in (Action.FORWARD, Action.TRANSFER):
            return {}
        match kind or "number":
            case "extension":
                return {"extension": self._devices[THIRD]}
            case "voicemail":
                return {"voicemail": True}
            case "location":
                return {"park_location": self._devices[LOCATION]}
            case "call":
                assert self.second is not None
                return {"to_call": self.second.telephony_session_id}
        return {"number": OUTSIDE}

    async def reset(self) -> None:
        """End all calls, and forget what the row has changed."""
        self._recorder.under_way = self._recorder.refused = None
        self.second = None
        self.simulator.clear_faults()
        self.simulator.publisher.cancel_timers()
        defaults = _switches()
        for item in fields(Switches):
            setattr(self.simulator.switches, item.name, getattr(defaults, item.name))
        self.simulator.permissions.clear()
        self.simulator.permissions.update(APP_PERMISSIONS)
        for call in self.calls:
            if call.id in self.calls.calls:
                self.calls.drop_session(call)
        set_scope(self.account, self._scope)
        self.calls._stale.clear()
        turn_on(self.account, wanted=False)
        turn_on(self.account)
        # An event of the row may have been lost.
        self.account.coordinator.schedule_refresh(self._ids.values())
        await self.time.passes(_SETTLED, _SETTLED / 2)
        for number in MONITORED:
            shown = self.shown(number)
            assert shown.status == "no_call", f"{number} still shows {shown}"

    # Requests

    def list_requests(self) -> list[str]:
        """Return the requests for calls and telephones, with the status of errors."""
        found = (self._request(*one) for one in self._recorder.requests)
        return [one for one in found if one is not None]

    def requests(self) -> str:
        """Return the requests for calls and telephones in one line."""
        text = ", ".join(self.list_requests())
        return text.replace("GET device, GET webapp-devices", "phones")

    def _request(self, request: ApiRequest, status: int) -> str | None:
        path, method = request.path, request.method
        suffix = "" if status < 400 else f" {status}"
        if (match := _RESOURCE.fullmatch(path)) is None:
            name = path.rpartition("/")[2]
            if "/ring-out" in path and method != "GET":
                return f"{method} ring-out{suffix}"
            if name in ("device", "webapp-devices"):
                return f"{method} {name}{suffix}"
            return None
        session_id, party_id, _ = match.groups()
        text = str(_what(request))
        if session_id != self.party.telephony_session_id:
            is_second = (
                self.second is not None
                and session_id == self.second.telephony_session_id
            )
            text += " of second" if is_second else " of another"
        elif party_id not in (None, self.party.party_id):
            text += " at another"
        return text + self._body(request.body) + suffix

    def _body(self, body: object) -> str:
        if not isinstance(body, Mapping):
            return ""
        return "".join(
            f" {name}[{self._body(value).strip()}]"
            if isinstance(value, Mapping)
            else f" {name}={self._named(value)}"
            for name, value in body.items()
        )

    def _named(self, value: object) -> str:
        own = self.simulator.extension(OWN)
        names: dict[object, str] = {
            extension_id: number for number, extension_id in self._ids.items()
        }
        names |= {
            device.id: device.type.lower() for device in self.simulator.devices.of(own)
        }
        if self.second is not None:
            names[self.second.telephony_session_id] = "second"
            names[self.second.party_id] = "second"
        return names.get(value, str(value))


def _switches() -> Switches:
    """Return the defaults, but that no row is refused because of those before it."""
    return Switches(light_limit=1000, medium_limit=1000, heavy_limit=1000)


def _what(request: ApiRequest) -> str | None:
    if (match := _RESOURCE.fullmatch(request.path)) is None:
        return None
    _, party_id, operation = match.groups()
    what = operation or ("session" if party_id is None else "party")
    return f"{request.method} {what}"


def check_message(err: HomeAssistantError) -> None:
    """Check that a message has a text in all languages, and what that mentions."""
    given = set(err.translation_placeholders or {})
    for language, texts in _TEXTS.items():
        text = texts[str(err.translation_key)]["message"]
        mentioned = {name for _, name, _, _ in Formatter().parse(text) if name}
        assert text, language
        assert mentioned <= given, language


def _service(action: str) -> str:
    if action == Action.HANG_UP:
        return action
    return "reply_to_call" if action == Action.REPLY else f"{action}_call"


def _shown(state: State) -> Seen:
    calls = (
        (call["telephony_session_id"], call["telephony_status"])
        for call in state.attributes.get("active_calls", ())
    )
    living = (call for call in calls if call[1] != "no_call")
    return Seen(state.state, tuple(sorted(living)))

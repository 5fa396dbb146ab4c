"""REST: sessions of calls, and what is done with their parties."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from ..account import Account
from ..base.errors import invalid_parameter, not_found, rest_error
from ..base.wire import JsonObject, as_object
from ..company.call import Call, IllegalMoveError
from ..company.call_control import CallControl
from ..company.control_rules import Action, ControlRules
from ..company.directory import Extension
from ..company.parties import Party
from ..company.session_body import SessionBodies
from ..sessions.limits import Group
from .api import ApiRequest, ApiResponse, Handler, Route
from .control_bodies import FORWARD_TARGETS, TRANSFER_TARGETS, Body, ControlBodies
from .event_timing import events_in_order
from .lookup import Lookup

_BASE = "/account/{accountId}/telephony"
_SESSION = f"{_BASE}/sessions/{{telephonySessionId}}"
_PARTY = f"{_SESSION}/parties/{{partyId}}"

# Operations on a party, and the HTTP status of success.
_ACTIONS: dict[Action, int] = {
    "hold": 200,
    "unhold": 200,
    "answer": 200,
    "reject": 204,
    "ignore": 204,
    "forward": 200,
    "transfer": 200,
    "bridge": 200,
    "park": 201,
    "pickup": 201,
    "flip": 200,
    "reply": 200,
}
_MISSING: tuple[tuple[str, Group], ...] = (
    (f"{_BASE}/conference", "heavy"),
    (f"{_SESSION}/parties/bring-in", "light"),
    (f"{_SESSION}/supervise", "light"),
    (f"{_PARTY}/supervise", "light"),
)
_CALLING_TYPES = ("HardPhone", "SoftPhone")


@dataclass(slots=True, kw_only=True)
class TelephonyApi:
    """Handlers of sessions and parties."""

    account: Account
    lookup: Lookup
    rules: ControlRules
    bodies: SessionBodies
    requests: ControlBodies

    def routes(self) -> Iterable[Route]:
        """Return the table of operations."""
        yield _route("GET", _SESSION, self.get)
        yield _route("DELETE", _SESSION, self.drop_session)
        yield _route("GET", _PARTY, self.get_party)
        yield _route("PATCH", _PARTY, self.mute)
        yield _route("DELETE", _PARTY, self.drop_party)
        for action in _ACTIONS:
            handler = partial(self.act, action)
            yield _route("POST", f"{_PARTY}/{action}", handler)
        yield _route("POST", f"{_PARTY}/recordings", self.record)
        yield _route("PATCH", f"{_PARTY}/recordings/{{recordingId}}", self.pause)
        yield _route("POST", f"{_BASE}/call-out", self.call_out, "heavy")
        for path, group in _MISSING:
            yield _route("POST", path, _not_implemented, group)

    @property
    def _calls(self) -> CallControl:
        return self.account.calls

    # Sessions

    def get(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Read a session."""
        return ApiResponse(body=self.bodies.session(self._readable(request, values)))

    def get_party(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Read a party."""
        call = self._readable(request, values)
        party = self.rules.party(call, values["partyId"])
        return ApiResponse(body=self.bodies.party(call, party))

    def _readable(self, request: ApiRequest, values: Mapping[str, str]) -> Call:
        self.lookup.check_account(values)
        return self.rules.session(
            values["telephonySessionId"], request.session.owner_id
        )

    def drop_session(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> ApiResponse:
        """End a call for all."""
        self.lookup.check_account(values)
        call = self.rules.living(values["telephonySessionId"])
        self.rules.check(call, request.session.owner_id, "drop_session")
        with self._events():
            self._calls.drop_session(call)
        return ApiResponse(status=204)

    # Parties

    def act(
        self, action: Action, request: ApiRequest, values: Mapping[str, str]
    ) -> ApiResponse:
        """Change a party as its operation says."""
        viewer, call, party = self._party(request, values)
        body = as_object(request.body)
        change = self._change(action, body, viewer, call, party)
        # A caller who got a reply is gone, but the answer has the party before it.
        before = self.bodies.party(call, party, with_extension=False)
        changed = self._apply(action, viewer, call, party, change)
        status = _ACTIONS[action]
        if status == 204 or action == "flip":
            return ApiResponse(status=status)
        if action == "reply":
            return ApiResponse(status=status, body=before)
        session = self._session_of(changed, call)
        answer = self.bodies.party(session, changed, with_extension=action != "forward")
        return ApiResponse(status=status, body=answer)

    def _change(
        self, action: Action, body: Body, viewer: Extension, call: Call, party: Party
    ) -> Callable[[], Party | None]:
        """Read the body, and return what makes the change."""
        calls, requests = self._calls, self.requests
        match action:
            case "hold":
                requests.check_hold(body)
                return partial(calls.hold, call, party)
            case "unhold":
                return partial(calls.unhold, call, party)
            case "answer":
                device = requests.device(body, viewer)
                if device.status == "Offline":
                    return self._fail
                return partial(calls.answer, call, party, device.id)
            case "reject":
                return partial(calls.reject, call, party)
            case "ignore":
                requests.device(body, viewer)
                return partial(calls.ignore, call, party)
            case "forward":
                target = requests.target(body, FORWARD_TARGETS)
                return partial(calls.forward, call, party, target)
            case "transfer":
                target = requests.target(body, TRANSFER_TARGETS)
                return partial(calls.transfer_to, call, party, target)
            case "bridge":
                second = requests.text(body, "telephonySessionId")
                party_id = requests.text(body, "partyId")
                return partial(self._bridge, viewer, call, party, second, party_id)
            case "park":
                return partial(calls.park, call, party)
            case "pickup":
                device = requests.device(body, viewer)
                if device.status == "Offline":
                    return self._fail
                return partial(calls.pick_up, call, party, viewer, device.id)
            case "flip":
                requests.check_flip(body, viewer)
                return partial(calls.flip, call.id, party.extension_id)
            case "reply":
                requests.check_reply(body)
                return partial(calls.reply, call, party)
        raise invalid_parameter("operation")

    def _fail(self) -> Party | None:
        """Do not reach an offline phone."""
        raise IllegalMoveError("The phone is offline")

    def _bridge(
        self,
        viewer: Extension,
        call: Call,
        party: Party,
        second_id: str,
        second_party_id: str,
    ) -> Party:
        second = self.rules.living(second_id)
        second_party = self.rules.party(second, second_party_id)
        self.rules.check(second, viewer.id, "bridge", second_party)
        return self._calls.bridge(call, party, second, second_party)

    def mute(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Mute or unmute a party."""
        viewer, call, party = self._party(request, values)
        muted = self.requests.muted(as_object(request.body))
        change = partial(self._calls.mute, call, party, muted)
        changed = self._apply("mute", viewer, call, party, change)
        return ApiResponse(body=self.bodies.party(call, changed))

    def drop_party(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Drop a party."""
        viewer, call, party = self._party(request, values)
        change = partial(self._calls.drop, call, party)
        self._apply("drop_party", viewer, call, party, change)
        return ApiResponse(status=204)

    def record(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Start a recording."""
        viewer, call, party = self._party(request, values)
        change = partial(self._calls.record, party, True)
        self._apply("record", viewer, call, party, change)
        return ApiResponse(status=201, body=_recording(party))

    def pause(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Pause a recording, or continue it."""
        viewer, call, party = self._party(request, values)
        if values["recordingId"] != party.recording_id:
            raise not_found("recordingId")
        active = self.requests.flag(as_object(request.body), "active")
        change = partial(self._calls.record, party, active)
        self._apply("record", viewer, call, party, change)
        return ApiResponse(body=_recording(party))

    def _party(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> tuple[Extension, Call, Party]:
        """Return the caller, and the session and party that a path names."""
        self.lookup.check_account(values)
        viewer = self.lookup.by_id("~", request)
        call = self.rules.living(values["telephonySessionId"])
        return viewer, call, self.rules.party(call, values["partyId"])

    def _apply(
        self,
        action: Action,
        viewer: Extension,
        call: Call,
        party: Party,
        change: Callable[[], Party | None],
    ) -> Party:
        """Make a change if it is allowed and has an effect."""
        if not self.rules.check(call, viewer.id, action, party):
            return party
        try:
            with self._events():
                changed = change()
        except IllegalMoveError:
            raise self.rules.wrong_state() from None
        return changed or party

    def _session_of(self, party: Party, default: Call) -> Call:
        return self._calls.calls.get(party.telephony_session_id, default)

    # Calls

    def call_out(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Let a phone of the caller ring, then call a number."""
        self.lookup.check_account(values)
        viewer = self.lookup.by_id("~", request)
        body = as_object(request.body)
        device_id = self.requests.text(as_object(body.get("from")), "deviceId")
        target = self.requests.target(
            as_object(body.get("to")), ("phoneNumber", "extensionNumber")
        )
        dead = self._is_dead(viewer, device_id)
        with self._events():
            call = self._calls.call_out(viewer, target, device_id, dead=dead)
        return ApiResponse(status=201, body={"session": self.bodies.session(call)})

    def _is_dead(self, viewer: Extension, device_id: str) -> bool:
        """Return whether a phone is dead; raises ApiError if it cannot call."""
        device = self.requests.devices.find(viewer, device_id)
        if device is None:
            raise self.requests.foreign_device(device_id)
        if device.type not in _CALLING_TYPES:
            raise invalid_parameter("deviceId")
        is_offline = device.status == "Offline"
        if is_offline and self.account.switches.call_out_offline == "refused":
            raise invalid_parameter("deviceId")
        return is_offline

    def _events(self) -> AbstractContextManager[None]:
        return events_in_order(
            self.account.publisher, self.account.switches.event_order
        )


def _route(method: str, path: str, handler: Handler, group: Group = "light") -> Route:
    return Route(
        method=method,
        path=path,
        group=group,
        handler=handler,
        app_permission="CallControl",
    )


def _recording(party: Party) -> JsonObject:
    return {"id": party.recording_id, "active": party.is_recording}


def _not_implemented(_: ApiRequest, __: Mapping[str, str]) -> ApiResponse:
    raise rest_error(501, "CMN-202", "Not implemented")

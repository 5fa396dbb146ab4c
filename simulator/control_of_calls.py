"""The control API of calls at phones, RingOuts and devices."""

from typing import get_args

from aiohttp import web
import voluptuous as vol

from .base.wire import JsonObject, JsonValue
from .company.devices import Device, DeviceStatus, DeviceType
from .company.ring_outs import RingOut
from .local_requests import Handler, json_body
from .telephony_operations import PHONE_MOVES, RING_OUT_MOVES, TelephonyOperations

_MOVE = vol.Schema({vol.Required("extensionNumber"): str, "to": str})
_DEVICES = vol.Schema(
    {
        vol.Required("devices"): vol.Any(
            None,
            [
                {
                    vol.Required("id"): vol.All(str, vol.Length(min=1)),
                    vol.Required("type"): vol.In(get_args(DeviceType.__value__)),
                    vol.Required("status"): vol.In(get_args(DeviceStatus.__value__)),
                    vol.Required("name"): str,
                }
            ],
        )
    }
)


class CallsControl:
    """Handlers of calls at phones."""

    def __init__(self, operations: TelephonyOperations) -> None:
        """Initialize with the operations to offer."""
        self._operations = operations

    def table(self) -> tuple[tuple[str, str, Handler], ...]:
        """Return the table of operations."""
        devices = "/extensions/{number}/devices"
        moves = "|".join(PHONE_MOVES)
        return (
            ("POST", f"/calls/{{id}}/{{move:{moves}}}", self.move_call),
            ("GET", "/sessions/{id}", self.show_session),
            ("GET", devices, self.list_devices),
            ("PUT", devices, self.set_devices),
            ("GET", "/ring-outs", self.list_ring_outs),
            ("POST", "/ring-outs/{id}/{move}", self.move_ring_out),
        )

    async def move_call(self, request: web.Request) -> tuple[int, JsonValue]:
        """Apply a move to the party of an extension."""
        wanted = request.match_info["move"]
        move = next(item for item in PHONE_MOVES if item == wanted)
        options = await json_body(request, _MOVE)
        party = self._operations.move_at_phone(
            request.match_info["id"],
            move,
            options["extensionNumber"],
            options.get("to"),
        )
        return 200, {
            "telephonySessionId": party.telephony_session_id,
            "partyId": party.party_id,
        }

    async def show_session(self, request: web.Request) -> tuple[int, JsonValue]:
        """Return a session, also one that has ended."""
        call = self._operations.session(request.match_info["id"])
        return 200, self._operations.session_bodies.session(call)

    async def list_devices(self, request: web.Request) -> tuple[int, JsonValue]:
        """Return the phones of an extension."""
        devices = self._operations.devices_of(request.match_info["number"])
        return 200, {"devices": [_device(device) for device in devices]}

    async def set_devices(self, request: web.Request) -> tuple[int, JsonValue]:
        """Replace the phones of an extension; null brings the usual ones back."""
        wanted = (await json_body(request, _DEVICES))["devices"]
        devices = None
        if wanted is not None:
            devices = [Device(**item) for item in wanted]
        self._operations.set_devices(request.match_info["number"], devices)
        return await self.list_devices(request)

    async def list_ring_outs(self, request: web.Request) -> tuple[int, JsonValue]:
        """Return all RingOuts, also those that are over."""
        ring_outs = self._operations.ring_outs.by_id.values()
        return 200, {"ringOuts": [_ring_out(ring_out) for ring_out in ring_outs]}

    async def move_ring_out(self, request: web.Request) -> tuple[int, JsonValue]:
        """Let the phone that rings pick up, refuse or be busy."""
        wanted = request.match_info["move"]
        move = next((item for item in RING_OUT_MOVES if item == wanted), None)
        if move is None:
            raise LookupError("No such move")
        ring_out_id = request.match_info["id"]
        self._operations.move_ring_out(ring_out_id, move)
        return 200, _ring_out(self._operations.find_ring_out(ring_out_id))


def _device(device: Device) -> JsonObject:
    return {
        "id": device.id,
        "type": device.type,
        "name": device.name,
        "status": device.status,
    }


def _ring_out(ring_out: RingOut) -> JsonObject:
    target = ring_out.target
    return {
        "id": ring_out.id,
        "telephonySessionId": ring_out.call.id,
        "targetSessionId": ring_out.target_call.id,
        "own": ring_out.own.code,
        "target": None if target is None else target.code,
        "cancelled": ring_out.is_cancelled,
        "over": ring_out.call.ended_at is not None,
    }

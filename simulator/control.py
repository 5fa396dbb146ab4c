"""The control API under `/simulator`: JSON in and out, for programs on the same machine."""

from aiohttp import web
import voluptuous as vol

from .base.switches import Switches
from .base.wire import JsonObject, JsonValue
from .company.calls import MOVES, CallMove
from .company.messages import Voicemail
from .control_of_calls import CallsControl
from .faults.faults import FAULTS, IMMEDIATE_FAULTS, integer_value, seconds_value
from .local_requests import Handler, json_body, local_operation
from .operations import Operations

_CALL = vol.Schema(
    {
        vol.Required("to"): str,
        vol.Required("from"): str,
        "fromName": vol.Any(None, str),
        "toName": vol.Any(None, str),
        "direction": vol.In(("Inbound", "Outbound")),
        "queueCall": bool,
        "onBehalfOf": vol.Any(None, str),
    }
)
_NOTIFICATION = vol.Schema(
    {
        vol.Required("body"): object,
        "event": vol.Any(None, str),
        "uuid": object,
        "timestamp": object,
        "subscriptionId": object,
        "ownerId": object,
    }
)
_FAULT = vol.Schema(
    {
        vol.Required("fault"): str,
        "count": vol.Any(None, vol.All(integer_value, vol.Range(min=1))),
        "seconds": vol.Any(None, seconds_value),
    },
    extra=vol.ALLOW_EXTRA,
)
_NUMBERS = vol.Schema({vol.Required("extensions"): [str]})
_NEW_EXTENSION = vol.Schema(
    {
        "name": str,
        "type": str,
        "number": str,
        "extensionNumber": str,
        "department": str,
        "site": str,
    }
)
_MEMBER = vol.Schema({vol.Required("member"): str, vol.Required("accepts"): bool})
_VOICEMAIL = vol.Schema(
    {
        vol.Required("from"): str,
        "fromName": vol.Any(None, str),
        "seconds": vol.All(integer_value, vol.Range(min=0, max=3600)),
    }
)
_READ_STATUS = vol.Schema({vol.Required("readStatus"): str})
_PERMISSIONS = vol.Schema({"app": {str: bool}, "user": {str: bool}})
_SITE = vol.Schema({vol.Required("name"): str})
_MOVE = vol.Schema({"extensionNumber": str})


class Control:
    """Handlers of the control API."""

    def __init__(self, operations: Operations) -> None:
        """Initialize with the operations to offer."""
        self._operations = operations

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add all operations to a server."""
        calls = CallsControl(self._operations)
        for method, path, handler in (*calls.table(), *self._table()):
            router.add_route(method, f"/simulator{path}", local_operation(handler))

    def _table(self) -> tuple[tuple[str, str, Handler], ...]:
        extension = "/extensions/{number}"
        voicemail = f"{extension}/voicemails/{{id:[0-9]+}}"
        return (
            ("GET", "", self.describe),
            ("GET", "/", self.describe),
            ("POST", "/calls", self.start_call),
            ("POST", "/calls/{id}/{move}", self.move_call),
            ("GET", extension, self.show_extension),
            ("PATCH", extension, self.change_extension),
            ("POST", f"{extension}/jwt", self.issue_jwt),
            ("POST", "/extensions", self.add_extension),
            ("DELETE", extension, self.remove_extension),
            ("PATCH", "/sites/{name}", self.rename_site),
            ("PUT", f"{extension}/lines", self.set_lines),
            ("PUT", f"{extension}/favorites", self.set_favorites),
            ("GET", "/queues", self.list_queues),
            ("PUT", "/queues/{number}/members", self.set_queue_members),
            ("PATCH", "/queues/{number}", self.accept_queue_calls),
            ("GET", f"{extension}/voicemails", self.list_voicemails),
            ("POST", f"{extension}/voicemails", self.leave_voicemail),
            ("PATCH", voicemail, self.mark_voicemail),
            ("DELETE", voicemail, self.delete_voicemail),
            ("GET", "/permissions", self.list_permissions),
            ("PATCH", "/permissions", self.change_permissions),
            ("POST", "/notifications", self.notify),
            ("GET", "/faults", self.list_faults),
            ("POST", "/faults", self.add_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("GET", "/switches", self.list_switches),
            ("PATCH", "/switches", self.change_switches),
            ("GET", "/log", self.log),
            ("DELETE", "/log", self.clear_log),
        )

    async def describe(self, request: web.Request) -> tuple[int, JsonValue]:
        """Return address, credentials, account and extensions."""
        platform = self._operations
        return 200, {
            "server": platform.server,
            "clientId": platform.client_id,
            "clientSecret": platform.client_secret,
            "jwt": platform.jwt,
            "publicClientId": platform.public_client_id,
            "account": platform.account_id,
            "extensions": [
                {
                    "id": extension.id,
                    "extensionNumber": extension.number,
                    "name": extension.name,
                    "type": extension.type,
                    "status": extension.status,
                    "department": extension.department,
                    "site": extension.site,
                }
                for extension in platform.extensions
                if extension.number
            ],
            "scenario": platform.options.scenario,
        }

    async def start_call(self, request: web.Request) -> tuple[int, JsonValue]:
        """Start a call."""
        call = await json_body(request, _CALL)
        party = self._operations.ring(
            to=call["to"],
            from_=call["from"],
            from_name=call.get("fromName"),
            to_name=call.get("toName"),
            direction=call.get("direction", "Inbound"),
            queue_call=call.get("queueCall", False),
            on_behalf_of=call.get("onBehalfOf"),
        )
        return 201, {
            "telephonySessionId": party.telephony_session_id,
            "partyId": party.party_id,
            "extensionId": party.extension_id,
        }

    async def move_call(self, request: web.Request) -> tuple[int, JsonValue]:
        """Apply a move to a call."""
        moves: dict[str, CallMove] = {move: move for move in MOVES}
        move = moves.get(request.match_info["move"])
        if move is None:
            raise LookupError("No such move")
        options = await json_body(request, _MOVE)
        self._operations.move(
            request.match_info["id"], move, options.get("extensionNumber")
        )
        return 200, {}

    async def show_extension(self, request: web.Request) -> tuple[int, JsonValue]:
        """Return the presence of an extension."""
        return 200, self._operations.presence(request.match_info["number"])

    async def change_extension(self, request: web.Request) -> tuple[int, JsonValue]:
        """Change presence or master data of an extension."""
        changes = await json_body(request, vol.Schema({str: object}))
        number = request.match_info["number"]
        self._operations.change_extension(number, **changes)
        return 200, self._operations.presence(
            str(changes.get("extensionNumber", number))
        )

    async def issue_jwt(self, request: web.Request) -> tuple[int, JsonValue]:
        """Return the JWT of an extension's user."""
        return 200, {"jwt": self._operations.issue_jwt(request.match_info["number"])}

    async def add_extension(self, request: web.Request) -> tuple[int, JsonValue]:
        """Add an extension."""
        new = await json_body(request, _NEW_EXTENSION)
        number = new.pop("extensionNumber", None)
        extension = self._operations.add_extension(**{"number": number, **new})
        return 201, {
            "id": extension.id,
            "extensionNumber": extension.number,
            "name": extension.name,
            "type": extension.type,
        }

    async def remove_extension(self, request: web.Request) -> tuple[int, JsonValue]:
        """Remove an extension."""
        self._operations.remove_extension(request.match_info["number"])
        return 200, {}

    async def rename_site(self, request: web.Request) -> tuple[int, JsonValue]:
        """Rename a site."""
        name = (await json_body(request, _SITE))["name"]
        self._operations.rename_site(request.match_info["name"], name)
        return 200, {"name": name}

    async def set_lines(self, request: web.Request) -> tuple[int, JsonValue]:
        """Replace the monitored lines of an extension."""
        numbers = (await json_body(request, _NUMBERS))["extensions"]
        self._operations.set_lines(request.match_info["number"], numbers)
        return 200, {"extensions": numbers}

    async def set_favorites(self, request: web.Request) -> tuple[int, JsonValue]:
        """Replace the favorites of an extension."""
        numbers = (await json_body(request, _NUMBERS))["extensions"]
        self._operations.set_favorites(request.match_info["number"], numbers)
        return 200, {"extensions": numbers}

    async def list_queues(self, request: web.Request) -> tuple[int, JsonValue]:
        """Return the queues, and which members take their calls."""
        return 200, {"queues": self._operations.queues}

    async def set_queue_members(self, request: web.Request) -> tuple[int, JsonValue]:
        """Replace the members of a queue."""
        numbers = (await json_body(request, _NUMBERS))["extensions"]
        self._operations.set_queue_members(request.match_info["number"], numbers)
        return 200, {"extensions": numbers}

    async def accept_queue_calls(self, request: web.Request) -> tuple[int, JsonValue]:
        """Log a member in to a queue, or out."""
        change = await json_body(request, _MEMBER)
        self._operations.accept_queue_calls(
            request.match_info["number"], change["member"], change["accepts"]
        )
        return 200, change

    async def list_voicemails(self, request: web.Request) -> tuple[int, JsonValue]:
        """Return the voicemails of an extension, newest first."""
        messages = self._operations.voicemails(request.match_info["number"])
        return 200, {"voicemails": [_voicemail(message) for message in messages]}

    async def leave_voicemail(self, request: web.Request) -> tuple[int, JsonValue]:
        """Leave a voicemail for an extension."""
        left = await json_body(request, _VOICEMAIL)
        message = self._operations.leave_voicemail(
            request.match_info["number"],
            left["from"],
            from_name=left.get("fromName"),
            seconds=left.get("seconds", 12),
        )
        return 201, _voicemail(message)

    async def mark_voicemail(self, request: web.Request) -> tuple[int, JsonValue]:
        """Mark a voicemail as read or unread."""
        change = await json_body(request, _READ_STATUS)
        number, message_id = request.match_info["number"], request.match_info["id"]
        self._operations.mark_voicemail(number, int(message_id), change["readStatus"])
        return 200, change

    async def delete_voicemail(self, request: web.Request) -> tuple[int, JsonValue]:
        """Delete a voicemail."""
        number, message_id = request.match_info["number"], request.match_info["id"]
        self._operations.delete_voicemail(number, int(message_id))
        return 200, {}

    async def list_permissions(self, request: web.Request) -> tuple[int, JsonValue]:
        """Return the permissions of the app and of the user."""
        return 200, {
            "app": sorted(self._operations.permissions),
            "user": sorted(self._operations.user_permissions),
        }

    async def change_permissions(self, request: web.Request) -> tuple[int, JsonValue]:
        """Grant permissions, or take them away."""
        changes = await json_body(request, _PERMISSIONS)
        self._operations.change_permissions(**changes)
        return await self.list_permissions(request)

    async def notify(self, request: web.Request) -> tuple[int, JsonValue]:
        """Send a notification of any content."""
        fields = await json_body(request, _NOTIFICATION)
        body, event = fields.pop("body"), fields.pop("event", None)
        return 200, {"sent": self._operations.notify(body, event, **fields)}

    async def list_faults(self, request: web.Request) -> tuple[int, JsonValue]:
        """Return active and available faults."""
        return 200, {
            "active": self._operations.faults.as_json(),
            "faults": {
                name: {"effect": effect, "parameters": sorted(parameters)}
                for name, (effect, parameters) in (FAULTS | IMMEDIATE_FAULTS).items()
            },
        }

    async def add_fault(self, request: web.Request) -> tuple[int, JsonValue]:
        """Switch a fault on."""
        fields = await json_body(request, _FAULT)
        self._operations.fault(fields.pop("fault"), **fields)
        return 201, {}

    async def clear_faults(self, request: web.Request) -> tuple[int, JsonValue]:
        """Switch all faults off."""
        self._operations.clear_faults()
        return 200, {}

    async def list_switches(self, request: web.Request) -> tuple[int, JsonValue]:
        """Return values and descriptions of the switches."""
        return 200, {
            "switches": self._operations.switches.as_json(),
            "meaning": Switches.documentation(),
        }

    async def change_switches(self, request: web.Request) -> tuple[int, JsonValue]:
        """Set switches by name."""
        for name, value in (
            await json_body(request, vol.Schema({str: object}))
        ).items():
            self._operations.switches.change(name, value)
        return 200, self._operations.switches.as_json()

    async def log(self, request: web.Request) -> tuple[int, JsonValue]:
        """Return the log of requests and connections."""
        return 200, {"records": [record.as_json() for record in self._operations.log]}

    async def clear_log(self, request: web.Request) -> tuple[int, JsonValue]:
        """Clear the log of requests and connections."""
        self._operations.log.clear()
        return 200, {}


def _voicemail(message: Voicemail) -> JsonObject:
    return {
        "id": message.id,
        "from": message.from_number,
        "fromName": message.from_name,
        "seconds": message.seconds,
        "readStatus": message.read_status,
    }

"""A person at Home Assistant's own API: signs in, clicks, looks."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, Self

from aiohttp import ClientError, ClientSession, ClientWebSocketResponse, WSMsgType
from yarl import URL

from .access import tokens_of
from .options import DemoError

type Json = dict[str, Any]

_READY_POLL: Final = 0.1


@dataclass(frozen=True, slots=True)
class ConfigEntry:
    """A config entry as Home Assistant lists it."""

    entry_id: str
    state: str
    reason: str | None

    @property
    def loaded(self) -> bool:
        """Return whether its devices and entities are there."""
        return self.state == "loaded"


class User:
    """The owner of the instance, signed in."""

    def __init__(
        self, session: ClientSession, websocket: ClientWebSocketResponse
    ) -> None:
        """Initialize with a session whose requests have the access token."""
        self._session = session
        self._websocket = websocket
        self._ids = count(1)

    @classmethod
    @asynccontextmanager
    async def signed_in(cls, link: str) -> AsyncGenerator[Self]:
        """Sign in with the demo's link as soon as Home Assistant answers."""
        token = await _access_token(link)
        async with (
            ClientSession(
                URL(link).origin(), headers={"Authorization": f"Bearer {token}"}
            ) as session,
            session.ws_connect("/api/websocket", max_msg_size=0) as websocket,
        ):
            await websocket.receive_json()
            await websocket.send_json({"type": "auth", "access_token": token})
            if (answer := await websocket.receive_json())["type"] != "auth_ok":
                raise DemoError(f"Home Assistant refused the sign-in: {answer}")
            yield cls(session, websocket)

    async def command(self, command: str, **fields: object) -> Any:
        """Send a WebSocket command and return its result."""
        return await self._result(command, await self._send(command, fields))

    async def first_event(self, command: str, **fields: object) -> Any:
        """Send a WebSocket command that subscribes; return the first event."""
        message_id = await self._send(command, fields)
        await self._result(command, message_id)
        event = (await self._message(message_id))["event"]
        await self.command("unsubscribe_events", subscription=message_id)
        return event

    async def events(self, command: str, **fields: object) -> AsyncGenerator[Any]:
        """Yield the events of a WebSocket command that subscribes; no other may be sent."""
        message_id = await self._send(command, fields)
        await self._result(command, message_id)
        while True:
            yield (await self._message(message_id))["event"]

    async def started(self) -> None:
        """Wait until Home Assistant has set up everything."""
        while (await self.command("get_config"))["state"] != "RUNNING":
            await asyncio.sleep(_READY_POLL)

    async def config_entries(self, domain: str) -> list[ConfigEntry]:
        """List the config entries of an integration."""
        return [
            ConfigEntry(entry["entry_id"], entry["state"], entry["reason"])
            for entry in await self.command("config_entries/get", domain=domain)
        ]

    async def remove_config_entry(self, entry_id: str) -> None:
        """Remove a config entry."""
        path = f"/api/config/config_entries/entry/{entry_id}"
        async with self._session.delete(path) as response:
            response.raise_for_status()

    async def add_integration(self, domain: str, forms: Mapping[str, Json]) -> str:
        """Complete a config flow with the forms by step; a menu selects the first of these.

        Returns:
            The id of the config entry.

        Raises:
            DemoError: the flow rejects the input or has an unexpected step.
        """
        step = await self._complete(
            "/api/config/config_entries/flow", {"handler": domain}, forms
        )
        return str(step["result"]["entry_id"])

    async def add_subentry(
        self, entry_id: str, kind: str, forms: Mapping[str, Json]
    ) -> None:
        """Complete the flow of a subentry, like `add_integration`.

        Raises:
            DemoError: the flow rejects the input or has an unexpected step.
        """
        path = "/api/config/config_entries/subentries/flow"
        await self._complete(path, {"handler": [entry_id, kind]}, forms)

    async def change_options(self, entry_id: str, forms: Mapping[str, Json]) -> None:
        """Complete the options flow of a config entry, like `add_integration`.

        Raises:
            DemoError: the flow rejects the input or has an unexpected step.
        """
        path = "/api/config/config_entries/options/flow"
        await self._complete(path, {"handler": entry_id}, forms)

    async def _complete(
        self, flows: str, start: Json, forms: Mapping[str, Json]
    ) -> Json:
        """Complete a flow with the forms by step; return its last step."""
        step = await self._post(flows, start)
        left = dict(forms)
        while step["type"] in ("form", "menu"):
            if step["type"] == "menu":
                choice = next(
                    (name for name in step["menu_options"] if name in left), None
                )
                answer = {"next_step_id": choice}
            else:
                choice = step["step_id"]
                # The errors of a new form are about what it offers.
                if choice not in left:
                    raise DemoError(
                        f"The form of {start['handler']} stopped at the step"
                        f" {choice}: {step.get('errors') or 'unknown step'}"
                    )
                answer = left.pop(choice)
            step = await self._post(f"{flows}/{step['flow_id']}", answer)
        if step["type"] != "create_entry":
            reason = step.get("reason")
            raise DemoError(f"The form of {start['handler']} ended: {reason}")
        return step

    async def save_automation(self, automation_id: str, automation: Json) -> None:
        """Save an automation as the editor does; it is in force when this returns."""
        path = f"/api/config/automation/config/{automation_id}"
        await self._post(path, automation)

    async def register_phone(self, name: str) -> str:
        """Register a phone as Home Assistant's app does; return its webhook id."""
        phone = {
            "app_data": {"push_websocket_channel": True},
            "app_id": "demo",
            "app_name": "Demo",
            "app_version": "1",
            "device_id": name,
            "device_name": name,
            "manufacturer": "Demo",
            "model": "Phone",
            "os_name": "Demo",
            "os_version": "1",
            "supports_encryption": False,
        }
        answer = await self._post("/api/mobile_app/registrations", phone)
        return str(answer["webhook_id"])

    async def diagnostics(self, entry_id: str) -> str | None:
        """Download the diagnostics of a config entry; None if it offers none."""
        path = f"/api/diagnostics/config_entry/{entry_id}"
        async with self._session.get(path) as response:
            if response.status == 404:
                return None
            response.raise_for_status()
            return await response.text()

    async def _send(self, command: str, fields: Mapping[str, object]) -> int:
        message_id = next(self._ids)
        await self._websocket.send_json({"id": message_id, "type": command, **fields})
        return message_id

    async def _result(self, command: str, message_id: int) -> Any:
        answer = await self._message(message_id)
        if not answer["success"]:
            raise DemoError(f"{command} failed: {answer['error']['message']}")
        return answer["result"]

    async def _message(self, message_id: int) -> Json:
        """Return the next message that belongs to a command."""
        while True:
            message = await self._websocket.receive()
            if message.type is not WSMsgType.TEXT:
                raise ClientError("Home Assistant closed the connection")
            found: Json = message.json()
            if found["id"] == message_id:
                return found

    async def _post(self, path: str, body: Json) -> Json:
        async with self._session.post(path, json=body) as response:
            if response.status == 400:
                raise DemoError(
                    f"Home Assistant refused input: {await response.text()}"
                )
            response.raise_for_status()
            answer: Json = await response.json()
            return answer


async def _access_token(link: str) -> str:
    async with ClientSession() as session:
        page = await _page(session, link)
        tokens = tokens_of(page)
        async with session.post(
            URL(link).origin() / "auth/token",
            data={
                "grant_type": "refresh_token",
                "refresh_token": tokens["refresh_token"],
                "client_id": tokens["clientId"],
            },
        ) as response:
            if not response.ok:
                raise DemoError(
                    "Home Assistant does not accept the link any more."
                    " After a logout, start the demo again."
                )
            token: Json = await response.json()
            return str(token["access_token"])


async def _page(session: ClientSession, link: str) -> str:
    """Return the page of a link as soon as Home Assistant serves it."""
    while True:
        with suppress(ClientError):
            async with session.get(link) as response:
                if response.ok:
                    return await response.text()
        await asyncio.sleep(_READY_POLL)

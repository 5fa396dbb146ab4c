"""Home Assistant with the integration where HACS puts it, and a simulated platform."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copy, copytree, ignore_patterns
from typing import Any, Final

from aiohttp import ClientSession

from .config_dir import HOST, Kind, prepare
from .options import DemoError
from .phones import DOMAIN, read_phones
from .platform import Platform
from .processes import ROOT, Child, free_port
from .user import ConfigEntry, User

PATIENCE_SECONDS: Final = 60

_INTEGRATION: Final = Path("custom_components") / DOMAIN
_LAUNCHER: Final = "home_assistant"
_NOT_SHIPPED: Final = ignore_patterns("__pycache__")
_POLL_SECONDS: Final = 0.3
_REVOKE: Final = "/restapi/oauth/revoke"


@asynccontextmanager
async def home_assistant(folder: Path, port: int, language: str) -> AsyncGenerator[str]:
    """Run Home Assistant without a config entry; yield the link that signs in."""
    link = prepare(
        folder / "config",
        Kind.SIMULATED,
        port=free_port(HOST, port, "--port"),
        debug=False,
        language=language,
    )
    copytree(ROOT / _INTEGRATION, folder / "config" / _INTEGRATION, ignore=_NOT_SHIPPED)
    copy(ROOT / "demo" / f"{_LAUNCHER}.py", folder)
    async with Child.running(
        "Home Assistant",
        _LAUNCHER,
        ["--config", str(folder / "config")],
        folder=folder,
    ):
        async with User.signed_in(link) as user:
            await user.started()
        yield link


@dataclass(frozen=True, slots=True)
class Installation:
    """A Home Assistant with the integration, and a simulated platform.

    Each request to Home Assistant uses a new WebSocket session: its pings would stay
    unanswered while the browser is busy.
    """

    link: str
    platform: Platform
    simulator: ClientSession

    @classmethod
    @asynccontextmanager
    async def running(
        cls, folder: Path, port: int, language: str, *, extensions: int = 12
    ) -> AsyncGenerator[Installation]:
        """Run both programs, with so many people."""
        async with (
            Child.running(
                "The simulator",
                "simulator",
                [
                    *("--port", "0", "--extensions", str(extensions)),
                    # The walk signs in more often per minute than the limit allows.
                    *("--switch", "auth_limit=50"),
                ],
                log=folder / "simulator.log",
            ) as simulator,
            home_assistant(folder, port, language) as link,
        ):
            platform = Platform.from_json(await simulator.first_line())
            async with ClientSession(platform.server) as session:
                yield cls(link, platform, session)

    def page(self, path: str) -> str:
        """Return the address of a page of Home Assistant, which signs in."""
        return f"{self.link}#{path}"

    # Home Assistant

    async def entry(self) -> ConfigEntry | None:
        """Return the config entry, if there is one."""
        async with User.signed_in(self.link) as user:
            return next(iter(await user.config_entries(DOMAIN)), None)

    async def wait_until_loaded(self) -> None:
        """Wait until the config entry is set up."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (entry := await self.entry()) is None or not entry.loaded:
                await asyncio.sleep(_POLL_SECONDS)

    async def wait_for_reauthentication(self) -> None:
        """Wait for the re-authentication flow."""
        async with (
            asyncio.timeout(2 * PATIENCE_SECONDS),
            User.signed_in(self.link) as user,
        ):
            while not await user.command("config_entries/flow/progress"):
                await asyncio.sleep(_POLL_SECONDS)

    async def wait_until_removed(self) -> None:
        """Wait until the config entry is removed, and check that it has signed out."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.entry() is not None:
                await asyncio.sleep(_POLL_SECONDS)
        async with self.simulator.get("/simulator/log") as answer:
            log = await answer.json()
            if _REVOKE not in {record["path"] for record in log["records"]}:
                raise DemoError("The removal did not sign out.")

    async def wait_for_repair(self) -> None:
        """Wait until there is something to repair."""
        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            User.signed_in(self.link) as user,
        ):
            while not (await user.command("repairs/list_issues"))["issues"]:
                await asyncio.sleep(_POLL_SECONDS)

    async def wait_until_shown(self, states: Mapping[str, str]) -> None:
        """Wait until entities have these states; each id may be the end of it only."""
        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            User.signed_in(self.link) as user,
        ):

            async def is_shown() -> bool:
                shown = await user.command("get_states")
                return all(
                    any(
                        state["entity_id"].endswith(entity_id)
                        and state["state"] == wanted
                        for state in shown
                    )
                    for entity_id, wanted in states.items()
                )

            while not await is_shown():
                await asyncio.sleep(_POLL_SECONDS)

    async def device(self, number: str) -> str:
        """Return the path of an extension's device."""
        return f"/config/devices/device/{(await self.devices())[number]}"

    async def add_account(self) -> None:
        """Add the account of the platform, with everyone."""
        async with User.signed_in(self.link) as user:
            await user.add_integration(DOMAIN, self.platform.forms("full"))
        await self.wait_until_loaded()

    async def control_calls(self) -> None:
        """Turn on control of calls."""
        async with User.signed_in(self.link) as user:
            [entry] = await user.config_entries(DOMAIN)
            await user.change_options(entry.entry_id, self.platform.options("full"))

    async def save_dashboard(self, url_path: str, config: Mapping[str, Any]) -> None:
        """Save an existing dashboard."""
        async with User.signed_in(self.link) as user:
            await user.command("lovelace/config/save", url_path=url_path, config=config)

    async def devices(self) -> Mapping[str, str]:
        """Return the ids of the extensions' devices by number."""
        async with User.signed_in(self.link) as user:
            phones = await read_phones(user)
        return {phone.number: phone.device_id for phone in phones if phone.number}

    # The platform

    async def fault(self, name: str, **details: str | int) -> None:
        """Add a fault of the platform."""
        await self._post("/simulator/faults", {"fault": name, **details})

    async def clear_faults(self) -> None:
        """Clear all faults of the platform."""
        async with self.simulator.delete("/simulator/faults") as answer:
            answer.raise_for_status()

    async def call(
        self, to: str, from_: str, *moves: str, **details: str | bool
    ) -> None:
        """Start a call and apply moves to it."""
        call = {"to": to, "from": from_, **details}
        session_id = (await self._post("/simulator/calls", call))["telephonySessionId"]
        for move in moves:
            await self._post(f"/simulator/calls/{session_id}/{move}", {})

    async def change(self, number: str, **changes: str) -> None:
        """Change the presence of an extension."""
        async with self.simulator.patch(
            f"/simulator/extensions/{number}", json=changes
        ) as answer:
            answer.raise_for_status()

    async def extension_id(self, number: str) -> str:
        """Return the platform's own id of an extension."""
        async with self.simulator.get("/simulator") as answer:
            extensions = (await answer.json())["extensions"]
        [found] = [e["id"] for e in extensions if e["extensionNumber"] == number]
        return str(found)

    async def _post(
        self, path: str, body: Mapping[str, str | int | bool]
    ) -> dict[str, str]:
        async with self.simulator.post(path, json=body) as answer:
            answer.raise_for_status()
            content: dict[str, str] = await answer.json()
            return content

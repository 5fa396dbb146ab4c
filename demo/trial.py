"""Trial of a Home Assistant release: `python -m demo.trial`.

The test suite needs a plugin that appears some time after a release of Home Assistant. The
trial uses the demo instead, and needs only the release.
"""

import asyncio
from asyncio.subprocess import STDOUT
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
import os
from pathlib import Path
import re
import sys
from tempfile import TemporaryDirectory
from typing import Any, Final

from aiohttp import ClientError, ClientSession
from playwright.async_api import Error as BrowserError

from .assist import ask
from .browser import find_browser
from .editor import try_editor
from .notices import entries
from .options import DemoError
from .phones import DOMAIN, Phone, read_phones
from .processes import ROOT
from .user import User

_START_SECONDS: Final = 120
_STOP_SECONDS: Final = 30
_PATIENCE_SECONDS: Final = 10
_POLL: Final = 0.05
_READY: Final = "Press Ctrl-C"
_ADDRESS: Final = re.compile(r"^  (\S.*\S)  +(http\S+)$", re.MULTILINE)
_NUMBER: Final = "102"
_CALLER: Final = "+16505550100"
_QUESTION: Final = "Who is on the phone?"

_NOTHING: Final = frozenset({"unavailable", "unknown", None})

_COMPONENT: Final = ROOT / "custom_components" / DOMAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The demo that is tried."""

    link: str
    simulator: str
    user: User
    platform: ClientSession
    folder: Path


class Refused(DemoError):
    """Something does not work as it must."""


def require(condition: object, complaint: str) -> None:
    """Refuse the release unless a condition holds.

    Raises:
        Refused: with the complaint.
    """
    if not condition:
        raise Refused(complaint)


def main() -> int:
    """Go through all steps; return the exit code."""
    with TemporaryDirectory(prefix=f"{DOMAIN}-trial-") as folder:
        try:
            print(asyncio.run(_try(Path(folder))))
        except (BrowserError, ClientError, DemoError, TimeoutError) as error:
            print(f"failed: {str(error) or type(error).__name__}")
            return 1
    return 0


async def _try(folder: Path) -> str:
    """Go through all steps; return a summary."""
    left_out = 0
    async with (
        _demo(folder) as addresses,
        User.signed_in(addresses["Home Assistant"]) as user,
        ClientSession(addresses["Simulator"]) as platform,
    ):
        trial = Trial(
            link=addresses["Home Assistant"],
            simulator=addresses["Simulator"],
            user=user,
            platform=platform,
            folder=folder,
        )
        for name, step in _STEPS.items():
            print(f"{name} … ", end="", flush=True)
            if (detail := await step(trial)) is None:
                left_out += 1
            print(detail or "left out", flush=True)
    print("The log … ", end="", flush=True)
    print(
        check_log(
            (folder / "config" / "home-assistant.log").read_text(encoding="utf-8")
        )
    )
    passed = f"{len(_STEPS) + 1 - left_out} steps passed"
    return f"{passed}, {left_out} left out" if left_out else passed


def check_log(log: str) -> str:
    """Check Home Assistant's log.

    Raises:
        Refused: it has complaints about the integration.
    """
    found = list(entries(log))
    require(found or not log, f"The log can't be read: {log[:100]}")
    ours = [entry.text for entry in found if entry.concerns_us]
    require(not ours, "\n".join(["The log says against the integration:", *ours]))
    others = f", {len(found)} about other things" if found else ""
    return f"nothing against the integration{others}"


@asynccontextmanager
async def _demo(folder: Path) -> AsyncGenerator[Mapping[str, str]]:
    """Run the demo; yield its addresses."""
    printed = folder / "printed"
    with printed.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "demo", "--port", "0", "--simulator-port", "0"),
            *("--scenario", "quiet", "--extensions", "3"),
            *("--config-dir", str(folder / "config")),
            cwd=ROOT,
            # What Python itself calls deprecated goes to Home Assistant's log this way.
            env={**os.environ, "NO_COLOR": "1", "PYTHONWARNINGS": "default"},
            stdout=output,
            stderr=STDOUT,
        )
    try:
        async with asyncio.timeout(_START_SECONDS):
            while _READY not in (said := printed.read_text(encoding="utf-8")):
                require(process.returncode is None, f"The demo ended:\n{said}")
                await asyncio.sleep(_POLL)
        yield dict(_ADDRESS.findall(said))
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(_STOP_SECONDS):
            exit_code = await process.wait()
    said = printed.read_text(encoding="utf-8")
    require(exit_code == 0, f"The demo ended with exit code {exit_code}:\n{said}")


async def _set_up(trial: Trial) -> str:
    """Check that the demo has completed the config flow."""
    config = await trial.user.command("get_config")
    [entry] = await trial.user.config_entries(DOMAIN)
    require(entry.loaded, f"The config entry is in the state {entry.state}.")
    phone = await _phone(trial)
    for sensor in (phone.presence, phone.telephony_status, phone.dnd):
        shown = await _state(trial, sensor)
        require(shown not in _NOTHING, f"{sensor} shows {shown}.")
    return f"Home Assistant {config['version']}, one entry, loaded"


async def _event(trial: Trial) -> str:
    """Simulate a call that is answered and ends; check the sensor."""
    sensor = (await _phone(trial)).telephony_status
    session_id = await _ring(trial)
    await _until_shown(trial, sensor, "ringing")
    for move, state in (("answer", "call_connected"), ("end", "no_call")):
        await _move(trial, session_id, move)
        await _until_shown(trial, sensor, state)
    return "ringing, call_connected, no_call"


async def _assist(trial: Trial) -> str:
    """Ask Assist before, during and after a call."""
    phone = await _phone(trial)
    [name] = [
        device["name"].removesuffix(f" ({_NUMBER})")
        for device in await trial.user.command("config/device_registry/list")
        if device["id"] == phone.device_id
    ]
    nobody = await ask(trial.user, _QUESTION)
    require(name not in nobody, f"Without a call, Assist answers: {nobody}")
    session_id = await _ring(trial)
    await _move(trial, session_id, "answer")
    await _until_shown(trial, phone.telephony_status, "call_connected")
    answer = await ask(trial.user, _QUESTION)
    require(name in answer, f"During a call of {name}, Assist answers: {answer}")
    await _move(trial, session_id, "end")
    await _until_shown(trial, phone.telephony_status, "no_call")
    again = await ask(trial.user, _QUESTION)
    require(again == nobody, f"After the call, Assist answers: {again}")
    return f"{nobody} {answer}"


async def _texts(trial: Trial) -> str:
    """Check the texts that the automation editor lists."""
    offered = {
        "triggers": await trial.user.first_event("trigger_platforms/subscribe"),
        "conditions": await trial.user.first_event("condition_platforms/subscribe"),
        "services": {
            f"{DOMAIN}.{key}": described
            for key, described in (await trial.user.command("get_services"))[
                DOMAIN
            ].items()
        },
    }
    target = {"device_id": [(await _phone(trial)).device_id]}
    for kind, expected in _expected().items():
        ours = {key for key in offered[kind] if key.startswith(f"{DOMAIN}.")}
        require(ours == expected, f"Of the {kind}, these differ: {ours ^ expected}")
        fitting = await trial.user.command(f"get_{kind}_for_target", target=target)
        require(ours & set(fitting), f"No {kind} of ours are offered for an extension.")
        texts = await trial.user.command(
            "frontend/get_translations",
            language="en",
            category=kind,
            integration=[DOMAIN],
        )
        icons = await trial.user.command(
            "frontend/get_icons", category=kind, integration=[DOMAIN]
        )
        for key in ours:
            name = key.removeprefix(f"{DOMAIN}.")
            text = f"component.{DOMAIN}.{kind}.{name}.name"
            require(text in texts["resources"], f"{key} has no name.")
            require(name in icons["resources"][DOMAIN], f"{key} has no icon.")
    return ", ".join(f"{len(keys)} {kind}" for kind, keys in _expected().items())


def _expected() -> dict[str, set[str]]:
    """Return the keys of all that has a text, by the kind of thing."""
    texts: Mapping[str, Any] = json.loads(
        (_COMPONENT / "translations" / "en.json").read_bytes()
    )
    return {
        kind: {f"{DOMAIN}.{key}" for key in texts[kind]}
        for kind in ("triggers", "conditions", "services")
    }


async def _editor(trial: Trial) -> str | None:
    """Create and run an automation by clicks; skipped without a browser."""
    if (browser := find_browser()) is None:
        return None
    return await try_editor(
        browser, trial.link, trial.simulator, screenshot=trial.folder / "editor.png"
    )


async def _diagnostics(trial: Trial) -> str:
    """Download the diagnostics."""
    [entry] = await trial.user.config_entries(DOMAIN)
    text = await trial.user.diagnostics(entry.entry_id)
    require(text, "There are none.")
    return f"{len(text or '')} characters"


async def _removal(trial: Trial) -> str:
    """Remove the config entry, and what it had made with it."""
    [entry] = await trial.user.config_entries(DOMAIN)
    await trial.user.remove_config_entry(entry.entry_id)
    left = [
        entity["entity_id"]
        for entity in await trial.user.command("config/entity_registry/list")
        if entity["platform"] == DOMAIN
    ]
    require(not left, f"The entry left entities behind: {left}")
    return "nothing is left"


type _Step = Callable[[Trial], Awaitable[str | None]]

_STEPS: Final[Mapping[str, _Step]] = {
    "Set-up through the config flow": _set_up,
    "An event that reaches its sensor": _event,
    "A question to Assist": _assist,
    "What the automation editor lists": _texts,
    "An automation made in the editor": _editor,
    "Download of diagnostics": _diagnostics,
    "Removal": _removal,
}


async def _phone(trial: Trial) -> Phone:
    for phone in await read_phones(trial.user):
        if f"_{_NUMBER}_" in phone.telephony_status:
            return phone
    raise Refused(f"There is no extension {_NUMBER}.")


async def _ring(trial: Trial) -> str:
    """Call the extension; return the id of the telephony session."""
    call = {"to": _NUMBER, "from": _CALLER}
    async with trial.platform.post("/simulator/calls", json=call) as answer:
        return str((await answer.json())["telephonySessionId"])


async def _move(trial: Trial, session_id: str, move: str) -> None:
    path = f"/simulator/calls/{session_id}/{move}"
    async with trial.platform.post(path) as answer:
        answer.raise_for_status()


async def _state(trial: Trial, entity_id: str | None) -> str | None:
    for state in await trial.user.command("get_states"):
        if state["entity_id"] == entity_id:
            return str(state["state"])
    return None


async def _until_shown(trial: Trial, entity_id: str, wanted: str) -> None:
    """Wait until an entity has a state."""
    shown = None
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while (shown := await _state(trial, entity_id)) != wanted:
                await asyncio.sleep(_POLL)
    except TimeoutError:
        raise Refused(f"{entity_id} shows {shown}, not {wanted}.") from None


if __name__ == "__main__":
    sys.exit(main())

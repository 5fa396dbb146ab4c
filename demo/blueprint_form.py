"""Fill in the blueprint "missed call" in a running demo, and let a call be missed.

A phone with Home Assistant's app must then receive the message. The screenshot of the form
is for the documentation.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
import sys
from typing import Final

from aiohttp import ClientSession

from .browser import open_page, try_in_demo
from .phones import phones
from .user import User

_ID: Final = "missed_call"
_BLUEPRINT: Final = "ringcentral/missed_call.yaml"
_CALLER: Final = "Ann Caller"
_PATIENCE_SECONDS: Final = 30


def main(arguments: Sequence[str]) -> int:
    """Take the screenshot and try the automation; return the exit code."""
    return try_in_demo(
        arguments,
        try_blueprint,
        command="scripts/try-blueprint",
        description="Fill in a blueprint in a running scripts/demo.",
        picture="blueprint.png",
    )


async def try_blueprint(
    browser: str, link: str, simulator: str, screenshot: Path
) -> str:
    """Fill in the blueprint, take the screenshot; return what the phone receives."""
    async with User.signed_in(link) as user, ClientSession(simulator) as platform:
        devices = await user.command("config/device_registry/list")
        entities = await user.command("config/entity_registry/list")
        device_id = next(phones(devices, entities)).device_id
        person = next(device for device in devices if device["id"] == device_id)
        phone = f"{person['name'].split()[0]}'s phone"
        webhook_id = await user.register_phone(phone)
        await user.save_automation(
            _ID,
            {
                "alias": "Missed calls",
                "use_blueprint": {
                    "path": _BLUEPRINT,
                    "input": {
                        "people": [device_id],
                        "notify": [await _notify_entity(user)],
                    },
                },
            },
        )
        await _take(browser, link, screenshot, shown=phone)
        receiving = asyncio.create_task(
            user.first_event(
                "mobile_app/push_notification_channel", webhook_id=webhook_id
            )
        )
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await _miss_call(platform, person["model_id"])
            notification = await receiving
        return f"{notification['title']}: {notification['message']}"


async def _notify_entity(user: User) -> str:
    """Return the notify entity of the phone as soon as it is there."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            for state in await user.command("get_states"):
                if state["entity_id"].startswith("notify."):
                    return str(state["entity_id"])
            await asyncio.sleep(0.5)


async def _take(browser: str, link: str, file: Path, *, shown: str) -> None:
    # High enough for the button Save to be below the form.
    async with open_page(browser, width=760, height=1100) as page:
        await page.goto(f"{link}#/config/automation/edit/{_ID}")
        form = page.locator("blueprint-automation-editor")
        await form.get_by_text(shown).first.wait_for()
        await page.wait_for_load_state("networkidle")
        file.parent.mkdir(parents=True, exist_ok=True)
        await form.locator("ha-card").first.screenshot(path=file, animations="disabled")


async def _miss_call(platform: ClientSession, number: str) -> None:
    """Ring the phone of an extension, and give up."""
    call = {"to": number, "from": "+16505550123", "fromName": _CALLER}
    async with platform.post("/simulator/calls", json=call) as answer:
        session_id = (await answer.json())["telephonySessionId"]
    await asyncio.sleep(2)
    async with platform.post(f"/simulator/calls/{session_id}/end") as answer:
        answer.raise_for_status()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

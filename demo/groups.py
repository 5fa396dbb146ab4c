"""The demo's groups: a team and a call queue, added in the forms of the integration."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import ClientSession

from .options import DemoError
from .phones import DOMAIN
from .user import User

TEAM: Final = "Support"
_QUEUE: Final = "Sales Queue"
_KIND: Final = "group"
_PATIENCE_SECONDS: Final = 30
_POLL: Final = 0.3
# The last one of each device that the dashboard shows.
_NEEDED: Final = frozenset({"people_free", "missed_today", "talk_time_today"})


@dataclass(frozen=True, slots=True)
class Counted:
    """A device that counts calls and people: the account, or a group."""

    device_id: str
    name: str
    is_group: bool
    # By translation key; switches are not among them.
    entities: Mapping[str, str]


async def add_groups(user: User, server: str) -> list[Counted]:
    """Add the groups that are missing; return the account and its groups."""
    [entry] = await user.config_entries(DOMAIN)
    existing = await user.command(
        "config_entries/subentries/list", entry_id=entry.entry_id
    )
    titles = {subentry["title"] for subentry in existing}
    team = {"name": TEAM, "departments": [TEAM]}
    if TEAM not in titles:
        await user.add_subentry(entry.entry_id, _KIND, {"team": team})
    if _QUEUE not in titles:
        queue = {"queue": await queue_id(server)}
        await user.add_subentry(entry.entry_id, _KIND, {"queue": queue})
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while len(found := await read_counted(user)) < 3:
                await asyncio.sleep(_POLL)
    except TimeoutError:
        raise DemoError("The groups have no entities.") from None
    return found


async def read_counted(user: User) -> list[Counted]:
    """Return the account and its groups, as soon as they have their entities."""
    return list(
        counted(
            await user.command("config/device_registry/list"),
            await user.command("config/entity_registry/list"),
        )
    )


def counted(
    devices: Iterable[Mapping[str, Any]], entities: Iterable[Mapping[str, Any]]
) -> Iterator[Counted]:
    """Yield the account and the groups found in the registries, the account first."""
    shown: dict[str, dict[str, str]] = {}
    for entity in entities:
        if (
            entity["platform"] == DOMAIN
            and entity["disabled_by"] is None
            and entity["entity_id"].startswith(("binary_sensor.", "sensor."))
        ):
            of_device = shown.setdefault(entity["device_id"], {})
            of_device[entity["translation_key"]] = entity["entity_id"]
    found = [
        Counted(
            device_id=device["id"],
            name=device["name"],
            is_group=device["via_device_id"] is not None,
            entities=shown[device["id"]],
        )
        for device in devices
        if shown.get(device["id"], {}).keys() >= _NEEDED
    ]
    yield from sorted(found, key=lambda one: one.is_group)


async def queue_id(server: str) -> str:
    """Return the id of the queue; its number depends on the size of the company."""
    async with (
        ClientSession(server, raise_for_status=True) as session,
        session.get("/simulator/queues") as answer,
    ):
        queues = (await answer.json())["queues"]
    return next(str(q["id"]) for q in queues if q["name"] == _QUEUE)

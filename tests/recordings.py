"""Recordings of real accounts, made by `scripts/record`, played to Home Assistant."""

from collections.abc import Sequence
from datetime import datetime
import json
from pathlib import Path
from typing import Any

from .common import Account
from .reliability.common import Time


async def replay(
    account: Account, time: Time, recording: Path, numbers: Sequence[str]
) -> None:
    """Send recorded presence events at their times.

    Notifications of changed lists are omitted, since the simulator has its own lists.

    Args:
        account: the account that monitors the extensions.
        time: the time of the test, not later than the begin of the recording.
        recording: the file.
        numbers: extensions of the simulator that stand for the recorded ones, in order
            of appearance.

    """
    notifications = [
        notification
        for notification in json.loads(recording.read_text())
        if notification["body"].keys() >= {"extensionId", "sequence"}
    ]
    actors = dict(zip(_extensions(notifications), numbers, strict=True))
    former: datetime | None = None
    for notification in notifications:
        body = notification["body"]
        number = actors[str(body["extensionId"])]
        sent = datetime.fromisoformat(notification["timestamp"])
        if former is not None and sent > former:
            await time.passes((sent - former).total_seconds())
        former = sent
        # In the JSON type that it came in.
        extension_id = type(body["extensionId"])(account.simulator.extension(number).id)
        account.simulator.notify(
            {**body, "extensionId": extension_id},
            uuid=notification["uuid"],
            timestamp=notification["timestamp"],
        )
        await account.until_all_reported()


def _extensions(notifications: Sequence[dict[str, Any]]) -> list[str]:
    """Return the ids of a recording, each once, in the order of their appearance."""
    return list(dict.fromkeys(str(n["body"]["extensionId"]) for n in notifications))

"""Notifications of real calls: each rings, is answered, held, resumed and ends.

They are those of a recorded call, with ids, numbers and durations of their own. Waves of
simultaneous calls are spread over all extensions; the times of a wave begin after those of
the last.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
import json
from pathlib import Path
from typing import Any, Final

import orjson

_RECORDING: Final = (
    Path(__file__).parent.parent / "tests/fixtures/recordings/held_call.json"
)
# Notifications of a call, and the state writes they cause: five times the telephony
# status and the call event, twice the presence.
MESSAGES: Final = 5
WRITES: Final = 12
# Simultaneous calls.
CONCURRENT: Final = 20
_WAVE: Final = timedelta(minutes=2)
# Calls of different durations; the longest takes twice as long as the recorded one.
_DURATIONS: Final = 60
# Events older than the last snapshot change nothing.
_AHEAD: Final = timedelta(seconds=10)

type Wave = list[bytes]


def waves(
    extension_ids: Sequence[str],
    subscription_id: str,
    concurrent: int = CONCURRENT,
    *,
    first: int = 0,
) -> Iterator[Wave]:
    """Yield endless waves of calls, each as the frames of its notifications in order.

    Waves of the same extensions must not repeat numbers; `first` is that of the first.
    """
    recorded = [
        (datetime.fromisoformat(message["timestamp"]), message)
        for message in json.loads(_RECORDING.read_text())
    ]
    begin = datetime.now(UTC) + _AHEAD
    sequences = count(first * concurrent * MESSAGES + 1)
    for wave in count(first):
        numbers = range(wave * concurrent, (wave + 1) * concurrent)
        start = begin + wave * _WAVE
        yield [
            _frame(
                message,
                # An order that caches can't profit from; 7919 is prime.
                extension_ids[number * 7919 % len(extension_ids)],
                subscription_id,
                number,
                next(sequences),
                start,
                start
                + (time - recorded[0][0]) * (1 + number % _DURATIONS / _DURATIONS),
            )
            for time, message in recorded
            for number in numbers
        ]


def last_extension(wave: Wave) -> str:
    """Return the extension of the last notification of a wave."""
    extension_id: str = orjson.loads(wave[-1])[1]["body"]["extensionId"]
    return extension_id


def _frame(
    recorded: dict[str, Any],
    extension_id: str,
    subscription_id: str,
    number: int,
    sequence: int,
    start: datetime,
    time: datetime,
) -> bytes:
    (call,) = recorded["body"]["activeCalls"]
    session = f"{number:032x}"
    call = {
        **call,
        "id": call["id"][:2] + session,
        "from": f"+1650{number:07}",
        "sessionId": str(880_000_000_000 + number),
        "startTime": _format(start),
        "partyId": f"p-{session}-1",
        "telephonySessionId": f"s-{session}",
    }
    return orjson.dumps(
        [
            {
                "type": "ServerNotification",
                "messageId": str(2661273919712564939 + sequence),
                "status": 200,
                "headers": {"RCRequestId": "265348d0-8a9f-11ea-a4b6-005056a62c0c"},
            },
            {
                **recorded,
                "uuid": str(int(extension_id) * 10_000_000 + sequence),
                "event": f"/restapi/v1.0/account/37439510/extension/{extension_id}"
                "/presence?detailedTelephonyState=true&sipData=true",
                "timestamp": _format(time),
                "subscriptionId": subscription_id,
                "body": {
                    **recorded["body"],
                    "extensionId": extension_id,
                    "sequence": sequence,
                    "activeCalls": [call],
                },
            },
        ]
    )


def _format(time: datetime) -> str:
    return time.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"

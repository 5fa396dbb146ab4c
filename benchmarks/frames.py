"""Text frames of presence notifications.

Two variants of an extension's presence: a call is held and resumed, which changes
telephony status, presence and do not disturb, and is one call event. Additional calls
keep ringing. All times are in the future, because older events than the last snapshot
change nothing.
"""

from collections.abc import Iterator, Sequence
from itertools import count

import orjson

type Json = dict[str, object]

# Fields that differ between the variants.
_PRESENCES: tuple[Json, Json] = (
    {
        "telephonyStatus": "OnHold",
        "presenceStatus": "Busy",
        "dndStatus": "DoNotAcceptDepartmentCalls",
    },
    {
        "telephonyStatus": "CallConnected",
        "presenceStatus": "Available",
        "dndStatus": "TakeAllCalls",
    },
)
CALL_STATUSES = ("OnHold", "CallConnected")


def body(extension_id: str, variant: int, sequence: int, calls: int = 1) -> Json:
    """Return the presence of an extension; even and odd variants differ."""
    return {
        "extensionId": extension_id,
        **_PRESENCES[variant % 2],
        "activeCalls": [
            _call(extension_id, 1, "Outbound", CALL_STATUSES[variant % 2]),
            *[
                _call(extension_id, number, "Inbound", "Ringing")
                for number in range(2, calls + 1)
            ],
        ],
        "sequence": sequence,
        "userStatus": "Available",
        "meetingStatus": "Disconnected",
        "allowSeeMyPresence": True,
        "ringOnMonitoredCall": True,
        "pickUpCallsOnHold": True,
        "totalActiveCalls": calls,
    }


def frame(
    extension_id: str,
    variant: int,
    sequence: int,
    subscription_id: str = "none",
    calls: int = 1,
) -> bytes:
    """Return a complete frame; `sequence` must increase."""
    return orjson.dumps(
        [
            {
                "type": "ServerNotification",
                "messageId": str(2661273919712564939 + sequence),
                "status": 200,
                "headers": {"RCRequestId": "265348d0-8a9f-11ea-a4b6-005056a62c0c"},
            },
            {
                "uuid": str(4956997212540532738 + sequence),
                "event": f"/restapi/v1.0/account/37439510/extension/{extension_id}"
                "/presence?detailedTelephonyState=true&sipData=true",
                "timestamp": f"2100-01-01T16:{sequence // 60000 % 60:02}"
                f":{sequence // 1000 % 60:02}.{sequence % 1000:03}Z",
                "subscriptionId": subscription_id,
                "ownerId": "297277020",
                "body": body(extension_id, variant, sequence, calls),
            },
        ]
    )


def spread(
    extension_ids: Sequence[str], subscription_id: str = "none", calls: int = 1
) -> Iterator[bytes]:
    """Yield endless frames, spread over all extensions; each changes all enabled entities."""
    for number in count():
        variant, index = divmod(number, len(extension_ids))
        # An order that caches can't profit from; 7919 is prime.
        extension_id = extension_ids[index * 7919 % len(extension_ids)]
        yield frame(extension_id, variant, number + 1, subscription_id, calls)


def _call(extension_id: str, number: int, direction: str, status: str) -> Json:
    session = f"s-9cdb248614c94aa7ba681{extension_id}{number}"
    return {
        "id": f"1nf2mhj51dp3asb3{extension_id}{number}",
        "direction": direction,
        "queueCall": number == 1,
        "fromName": "Charlie Williams",
        "from": "+16508370072",
        "toName": "Alice Smith",
        "to": "4591",
        "telephonyStatus": status,
        "sipData": {
            "toTag": "7lcee2ho88",
            "fromTag": f"10.14.20.199-5070-63fbd8da2{extension_id}{number}",
            "remoteUri": "sip:16508370072@10.14.20.199:5070",
            "localUri": "sip:4591@10.14.20.199:5070",
        },
        "sessionId": f"1181391{extension_id[-5:]}{number}",
        "startTime": "2100-01-01T15:57:27.975Z",
        "partyId": f"p-{session[2:]}-{number}",
        "telephonySessionId": session,
    }

"""The example event of RingCentral's documentation, and its calls as attributes."""

import json
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent / "fixtures" / "detailed_presence_with_sip.json"


def documented_event() -> dict[str, Any]:
    """Return the event that RingCentral documents, with a fictional phone number."""
    event: dict[str, Any] = json.loads(_FILE.read_text())
    return event


# What a user sees of its calls.
ACTIVE_CALLS = [
    {
        "id": "1nf2mhj51dp3asb3l0r5",
        "direction": "outbound",
        "queue_call": True,
        "from": "+16505550172",
        "from_name": "Charlie Williams",
        "to": "4591",
        "to_name": "Alice Smith",
        "start_time": "2019-07-09T16:17:27.975000+00:00",
        "telephony_status": "on_hold",
        "termination_type": None,
        "session_id": "118139132021",
        "sip_data": {
            "to_tag": "7lcee2ho88",
            "from_tag": "10.14.20.199-5070-63fbd8da20314c",
            "remote_uri": "do-not-use-me-I-am-example",
            "local_uri": "do-not-use-me-I-am-example",
        },
        "telephony_session_id": "s-9cdb248614c94aa7ba68135f6c07b808",
        "party_id": "p-9cdb248614c94aa7ba68135f6c07b808-1",
        "on_behalf_of": None,
    },
    {
        "id": "s-e1e9696d863742758a18654dcc22a2fd",
        "direction": "inbound",
        "queue_call": False,
        "from": "66666",
        "from_name": "Charlie Williams",
        "to": "66666",
        "to_name": "Bob Brown",
        "start_time": "2019-07-09T16:17:37.705000+00:00",
        "telephony_status": "ringing",
        "termination_type": None,
        "session_id": "118139217021",
        "sip_data": {
            "to_tag": "blf",
            "from_tag": "p-e1e9696d863742758a18654dcc22a2fd-2",
            "remote_uri": "do-not-use-me-I-am-example",
            "local_uri": "do-not-use-me-I-am-example",
        },
        "telephony_session_id": "s-e1e9696d863742758a18654dcc22a2fd",
        "party_id": "p-e1e9696d863742758a18654dcc22a2fd-2",
        "on_behalf_of": None,
    },
]

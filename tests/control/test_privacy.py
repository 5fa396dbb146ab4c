"""Canaries: numbers, names and ids of calls are nowhere but where they are shown."""

import json
import logging
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.control.manager import EVENT_CALL_CONTROL
from custom_components.ringcentral.diagnostics import async_get_config_entry_diagnostics
from homeassistant.exceptions import HomeAssistantError

from ..actions.common import call_action, call_own
from ..common import Account
from ..reliability.common import MOVED_TIME, Time
from .common import connected, parked, ringing, turn_on

pytestmark = MOVED_TIME

CALLER = "+16505557431"
TARGET = "+16505559426"
TEXT = "Zwetschgenknödel"
NAME = "Xaverine"
PHONE = "Quetschkommode"
WORDS = (CALLER[2:], TARGET[2:], TEXT, NAME, PHONE)

ACTIONS: list[tuple[Any, str, dict[str, Any]]] = [
    (ringing, "answer_call", {}),
    (ringing, "answer_call", {"phone": PHONE}),
    (ringing, "reject_call", {}),
    (ringing, "forward_call", {"number": TARGET}),
    (ringing, "forward_call", {"number": f"{TARGET}x"}),
    (ringing, "reply_to_call", {"text": TEXT}),
    (ringing, "reply_to_call", {"text": TEXT * 10}),
    (connected, "hold_call", {}),
    (connected, "mute_call", {}),
    (connected, "transfer_call", {"number": TARGET}),
    (connected, "transfer_call", {"to_call": f"s-{TARGET}"}),
    (connected, "park_call", {}),
    (parked, "pick_up_call", {}),
    (connected, "hang_up", {}),
    (connected, "hang_up", {"call": f"s-{TARGET}"}),
]
ERRORS: dict[str, dict[str, Any] | None] = {
    "none": None,
    "conflict": {"name": "error", "status": 409, "errorCode": "TAS-102"},
    "rejected": {"name": "error", "status": 400, "errorCode": "CMN-101"},
    "forbidden": {"name": "error", "status": 403, "errorCode": "TAS-106"},
    "missing": {"name": "error", "status": 404, "errorCode": "CMN-102"},
    "penalty": {"name": "rate_limit", "retryAfter": 1},
    "maintenance": {"name": "maintenance"},
    "lost_answer": {"name": "lost_answer"},
    "broken": {"name": "broken_json"},
}


@pytest.mark.parametrize("error", ERRORS)
async def test_numbers_names_and_ids_are_found_nowhere(
    controlled: Account,
    time: Time,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    error: str,
) -> None:
    hass, simulator = controlled.hass, controlled.simulator
    caplog.set_level(logging.DEBUG, "custom_components")
    activity = async_capture_events(hass, EVENT_CALL_CONTROL)
    texts: list[str] = []
    ids: set[str] = set()

    async def run(work: Any) -> None:
        fault = ERRORS[error]
        if fault is not None:
            fault = {**fault, "message": f"Bad {CALLER} {NAME}"}
            if fault["name"] != "error":
                del fault["message"]
            for method in ("POST", "PATCH", "DELETE"):
                simulator.fault(**fault, method=method, count=1)
        try:
            await work
        except HomeAssistantError as err:
            texts.append(f"{err!r} {err} {err.translation_placeholders}")
            cause = err.__cause__
            texts.append(f"{cause!r} {cause}")
        simulator.clear_faults()
        await time.passes(70.0, 10.0)

    for set_up, action, fields in ACTIONS:
        party = await set_up(controlled, from_=CALLER, from_name=NAME)
        ids.add(party.telephony_session_id)
        await run(call_action(controlled, action, **fields))
        for call in list(simulator.account.calls.calls.values()):
            ids.add(call.id)
            simulator.end(call.id)
        # What was refused is remembered.
        turn_on(controlled, wanted=False)
        turn_on(controlled)
    dialed: list[dict[str, Any]] = [
        {},
        {"from": CALLER},
        {"from": PHONE},
        {"number": f"{TARGET}*"},
    ]
    for fields in dialed:
        await run(call_own(controlled, "dial", **{"number": TARGET, **fields}))
        await run(call_own(controlled, "cancel_dial"))
        for ring_out in simulator.ring_outs.by_id.values():
            ids.add(ring_out.call.id)
            if ring_out.call.ended_at is None:
                simulator.ring_outs.fail(ring_out, "NoAnswer")
        await time.passes(100.0, 10.0)

    logged = "\n".join(
        record.getMessage() + (record.exc_text or "")
        for record in caplog.records
        if DOMAIN in record.name or record.levelno >= logging.WARNING
    )
    diagnostics = await async_get_config_entry_diagnostics(hass, controlled.entry)
    await hass.config_entries.async_unload(controlled.entry.entry_id)
    await time.passes(60.0, 10.0)
    left = {
        "log": logged,
        "activity": str([event.data for event in activity]),
        "errors": "\n".join(texts),
        "diagnostics": json.dumps(diagnostics, default=str),
        "storage": json.dumps(
            {key: value for key, value in hass_storage.items() if DOMAIN in key},
            default=str,
        ),
        "options": str(dict(controlled.entry.options)),
    }
    found = [
        (place, word) for place, text in left.items() for word in WORDS if word in text
    ]
    assert found == []
    places = ("log", "activity", "errors", "diagnostics")
    assert [(p, one) for p in places for one in ids if one[2:] in left[p]] == []
    assert texts
    assert activity or error != "none"

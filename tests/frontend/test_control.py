"""The board's commands for calls: who may do what, errors, and what is recorded."""

from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockUser, async_capture_events
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.ringcentral.control.manager import EVENT_CALL_CONTROL
from homeassistant.const import EVENT_CALL_SERVICE, MATCH_ALL
from homeassistant.core import Event, HomeAssistant
from simulator import Simulator

from ..common import Account, add_account
from ..control.common import changes, connected, control_of, held, ringing, turn_on
from ..reliability.common import MOVED_TIME, Time
from ..services import add_two_extensions

pytestmark = MOVED_TIME

type Json = dict[str, Any]

# Of no one who calls.
_DIALED: Final = "+16505550177"
_DIGITS: Final = "5550177"


@pytest.fixture
async def account(hass: HomeAssistant, simulator: Simulator, time: Time) -> Account:
    """Return an account with two extensions whose calls can be controlled."""
    account = await add_two_extensions(hass, simulator)
    turn_on(account)
    # The own presence is read once.
    await time.passes(10.0)
    return account


@pytest.fixture
async def client(
    account: Account, hass_ws_client: WebSocketGenerator
) -> MockHAClientWebSocket:
    """Return the connection of a board."""
    return await hass_ws_client()


def _message(
    account: Account, action: str, number: str = "101", /, **fields: Any
) -> Json:
    message: Json = {
        "type": "ringcentral/control",
        "entry_id": account.entry.entry_id,
        "extension_id": account.simulator.extension(number).id,
        "action": action,
    }
    return message | fields


async def _press(
    client: MockHAClientWebSocket,
    account: Account,
    button: str,
    number: str = "101",
    /,
    **fields: Any,
) -> Json:
    """Press a button; return the result, or the error."""
    await client.send_json_auto_id(_message(account, button, number, **fields))
    answer = await client.receive_json()
    found: Json = answer["result"] if answer["success"] else answer["error"]
    return found


async def _roster(client: MockHAClientWebSocket) -> Json:
    """Return the roster, without what is different each time."""
    await client.send_json_auto_id({"type": "ringcentral/roster"})
    answer = await client.receive_json()
    result: Json = answer["result"]
    return result | {"server_time": ""}


def _restrict(account: Account, user: MockUser, **policies: tuple[str, ...]) -> None:
    """Let a user read everything, and control the phones of these numbers only."""
    user.groups = []
    phones = {
        str(account.entity_id(number, "telephony_status")): {
            "read": True,
            "control": True,
        }
        for number in policies["control"]
    }
    user.mock_policy({"entities": {"entity_ids": phones, "all": {"read": True}}})


# Calls


async def test_each_button_does_what_its_action_does(
    account: Account, client: MockHAClientWebSocket
) -> None:
    party = await connected(account)
    call = party.telephony_session_id
    for action, sent in (("hold", "POST hold"), ("resume", "POST unhold")):
        answer = await _press(client, account, action, call=call)
        assert answer == {"result": "done", "call": call}
        assert changes(account)[-1] == sent
        await account.until_all_reported()

    assert (await _press(client, account, "resume"))["result"] == "already"
    assert (await _press(client, account, "park", call=call))["result"] == "done"
    await account.until_all_reported()
    assert account.shows("101", "telephony_status") == "parked_call"
    assert (await _press(client, account, "pick_up", call=call))["result"] == "done"
    await account.until_all_reported()
    assert (await _press(client, account, "hang_up", call=call))["result"] == "done"
    await account.until_all_reported()
    assert account.shows("101", "telephony_status") == "no_call"


@pytest.mark.parametrize("kind", ["number", "extension_id", "voicemail"])
async def test_call_goes_to_its_target(
    account: Account, client: MockHAClientWebSocket, kind: str
) -> None:
    party = await ringing(account)
    value = account.simulator.extension("102").id
    if kind == "number":
        value = " 102 "
    answer = await _press(client, account, "forward", to={kind: value})

    assert answer == {"result": "done", "call": party.telephony_session_id}
    await account.until_all_reported()
    status = "voicemail" if kind == "voicemail" else "ringing"
    if kind != "voicemail":
        assert account.shows("102", "telephony_status") == status
    assert account.shows("101", "telephony_status") == "no_call"


async def test_two_own_calls_are_connected(
    account: Account, client: MockHAClientWebSocket
) -> None:
    first = await held(account)
    second = await connected(account, from_="+16505550188")
    to = {"call": second.telephony_session_id}
    answer = await _press(
        client, account, "connect", call=first.telephony_session_id, to=to
    )

    assert answer["result"] == "done"
    assert changes(account) == ["POST bridge"]


async def test_reply_has_a_text(
    account: Account, client: MockHAClientWebSocket
) -> None:
    await ringing(account)
    assert (await _press(client, account, "reply"))["translation_key"] == "reply_empty"
    answer = await _press(client, account, "reply", text="In a minute")
    assert answer["result"] == "done"


# Dial


async def test_person_and_number_are_dialed_and_canceled(
    account: Account, client: MockHAClientWebSocket
) -> None:
    simulator = account.simulator
    assert (await _press(client, account, "dial", "102"))["result"] == "dialing"
    # A second click dials nothing more.
    assert (await _press(client, account, "dial", "102"))["result"] == "dialing"
    assert len(simulator.ring_outs.by_id) == 1

    answer = await _press(client, account, "dial", to={"number": _DIALED})
    assert answer["translation_key"] == "dial_in_progress"
    assert (await _press(client, account, "cancel_dial"))["result"] == "done"
    answer = await _press(client, account, "cancel_dial")
    assert answer["translation_key"] == "nothing_to_cancel"

    assert (await _press(client, account, "dial", "102"))["result"] == "dialing"
    simulator.move_ring_out(list(simulator.ring_outs.by_id)[-1], "answer_own")
    await account.until_all_reported()
    assert account.shows("102", "telephony_status") == "ringing"


@pytest.mark.parametrize("kind", ["voicemail", "call"])
async def test_only_a_person_or_a_number_is_dialed(
    account: Account, client: MockHAClientWebSocket, kind: str
) -> None:
    """The number behind another target is not checked: it may be an emergency number."""
    to = {kind: account.simulator.extension("102").id}
    answer = await _press(client, account, "dial", to=to)

    assert answer["translation_key"] == "number_missing"
    assert not account.simulator.ring_outs.by_id


# What is recorded


async def test_activity_shows_the_user_and_no_number_is_in_any_event_or_the_log(
    account: Account,
    client: MockHAClientWebSocket,
    hass_admin_user: MockUser,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Not of a refused press, nor of one with invalid fields either."""
    hass = account.hass
    events: list[Event[Any]] = []
    hass.bus.async_listen(MATCH_ALL, events.append)
    activity = async_capture_events(hass, EVENT_CALL_CONTROL)
    to = {"number": _DIALED}
    assert (await _press(client, account, "dial", to=to))["result"] == "dialing"
    await _press(client, account, "cancel_dial")
    answers = [
        await _press(client, account, action, **fields)
        for action, fields in (
            ("dial", {"to": {"number": f"{_DIALED}0000000"}}),
            ("transfer", {"to": to}),
            ("dial", {"to": _DIALED}),
            ("dial", {"to": {"number": int(_DIGITS)}}),
            ("dial", {"to": {"number": _DIALED, "call": _DIALED}}),
            ("dial", {"to": {"figure": _DIALED}}),
            (_DIALED, {}),
            ("dial", {"to": to, "number": _DIALED}),
            ("dial", {"entry_id": [_DIALED]}),
        )
    ]
    await hass.async_block_till_done()

    assert [answer.get("translation_key") for answer in answers[:2]] == [
        "number_long",
        "no_such_call",
    ]
    assert [event.data["action"] for event in activity[:2]] == ["dial", "cancel_dial"]
    assert {event.context.user_id for event in activity[:2]} == {hass_admin_user.id}
    assert not [event for event in events if event.event_type == EVENT_CALL_SERVICE]
    own = [e for e in events if not str(e.event_type).startswith("state")]
    assert not [event for event in own if _DIGITS in str(event.data)]
    assert not [r for r in caplog.records if r.levelname in ("WARNING", "ERROR")]
    lines = [
        record.getMessage()
        for record in caplog.records
        # Logs all messages of all connections.
        if not record.name.startswith("homeassistant.components.websocket_api")
    ]
    assert not [line for line in lines if _DIGITS in line]


@pytest.mark.parametrize(
    "fields",
    [
        {"entry_id": None},
        {"entry_id": 1},
        {"extension_id": ["102"]},
        {"action": "explode"},
        {"action": None},
        {"call": 7},
        {"to": "102"},
        {"to": {}},
        {"to": {"number": "102", "voicemail": "102"}},
        {"to": {"park_location": "102"}},
        {"text": {}},
    ],
)
async def test_invalid_fields_are_refused_without_a_request(
    account: Account, client: MockHAClientWebSocket, fields: Json
) -> None:
    await connected(account)
    account.simulator.log.clear()
    answer = await _press(client, account, "hang_up", **fields)

    assert answer["code"] == "invalid_format"
    assert not changes(account)


# Errors


async def test_refusal_has_its_text_and_is_not_logged(
    account: Account, client: MockHAClientWebSocket, caplog: pytest.LogCaptureFixture
) -> None:
    party = await ringing(account)
    caplog.clear()
    answer = await _press(client, account, "hold", call=party.telephony_session_id)

    assert answer == {
        "code": "home_assistant_error",
        "message": "The call is still ringing. Answer, forward, or reject it",
        "translation_domain": "ringcentral",
        "translation_key": "call_is_ringing",
        "translation_placeholders": {},
    }
    assert not [r for r in caplog.records if r.levelname in ("WARNING", "ERROR")]


async def test_code_of_the_platform_is_in_the_error(
    account: Account, client: MockHAClientWebSocket
) -> None:
    await connected(account, "102")
    answer = await _press(client, account, "hold", "102")

    assert answer["translation_key"] == "others_refused"
    assert answer["translation_placeholders"]["code"] == "TAS-106"


async def test_lost_answer_is_an_error(
    account: Account, client: MockHAClientWebSocket
) -> None:
    """It says that the outcome is not known."""
    await ringing(account)
    # The call is read again, and has not changed.
    account.simulator.fault("no_answer", method="POST", count=1)
    answer = await _press(client, account, "reply", text="Later")

    assert answer["translation_key"] == "action_unknown"


async def test_account_that_is_not_loaded_or_has_the_option_off(
    account: Account, client: MockHAClientWebSocket
) -> None:
    turn_on(account, wanted=False)
    for action in ("hold", "dial", "cancel_dial"):
        answer = await _press(client, account, action)
        assert answer["translation_key"] == "control_off"
    await account.hass.config_entries.async_unload(account.entry.entry_id)
    for entry_id in (account.entry.entry_id, "unknown"):
        answer = await _press(client, account, "hold", entry_id=entry_id)
        assert answer["translation_key"] == "account_not_loaded"


# Permissions


async def test_user_needs_the_permission_to_control_the_phone(
    account: Account, client: MockHAClientWebSocket, hass_admin_user: MockUser
) -> None:
    await connected(account)
    _restrict(account, hass_admin_user, control=("102",))
    for action in ("hold", "dial", "cancel_dial"):
        answer = await _press(client, account, action)
        assert answer == {"code": "unauthorized", "message": "Unauthorized"}
    assert not changes(account)

    _restrict(account, hass_admin_user, control=("101",))
    assert (await _press(client, account, "hold"))["result"] == "done"
    assert (await _press(client, account, "hold", "102"))["code"] == "unauthorized"
    # The permission for the person is not needed to call.
    assert (await _press(client, account, "dial", "102"))["result"] == "dialing"


async def test_extension_that_is_not_shown_has_no_buttons(
    account: Account, client: MockHAClientWebSocket
) -> None:
    answer = await _press(client, account, "hold", "103")
    assert answer["translation_key"] == "no_extension_targeted"


# The roster


async def test_roster_is_the_same_without_the_option(
    account: Account, client: MockHAClientWebSocket
) -> None:
    turn_on(account, wanted=False)
    before = await _roster(client)
    assert "control" not in str(before)
    assert "can_dial" not in str(before)
    turn_on(account)
    assert "control" in str(await _roster(client))
    turn_on(account, wanted=False)
    assert str(await _roster(client)) == str(before)


async def test_roster_has_buttons_by_status(
    account: Account, client: MockHAClientWebSocket
) -> None:
    roster = await _roster(client)

    [of_account] = roster["accounts"]
    assert of_account["control"]["can_dial"] is True
    offered = of_account["control"]["offered"]
    assert offered["own"]["ringing"] == ["answer", "reject", "forward", "reply"]
    assert offered["others"]["idle"] == ["dial"]
    own, other = roster["people"]
    assert (own["control"], own["can_dial"]) == ("own", False)
    assert other["control"] == "others"
    assert "can_dial" not in other


async def test_person_who_cannot_be_dialed_has_no_call_button(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    hass_ws_client: WebSocketGenerator,
) -> None:
    # The number of the usual one is not dialed at all.
    park = simulator.add_extension(number="940", type="ParkLocation")
    simulator.set_lines("101", ["103", park.number])
    account = await add_account(
        hass, simulator, groups=["lines"], extensions=["101", "102"]
    )
    turn_on(account)
    simulator.change_extension("103", status="Disabled")
    await time.passes(60.0)
    people = (await _roster(await hass_ws_client()))["people"]

    assert [p["number"] for p in people if "can_dial" not in p] == ["102"]
    assert park.number in [p["number"] for p in people]


async def test_user_who_may_not_control_gets_the_roster_without_buttons(
    account: Account, client: MockHAClientWebSocket, hass_admin_user: MockUser
) -> None:
    _restrict(account, hass_admin_user, control=())
    restricted = await _roster(client)
    turn_on(account, wanted=False)
    assert str(await _roster(client)) == str(restricted)


async def test_user_who_may_control_one_phone_gets_its_buttons(
    account: Account, client: MockHAClientWebSocket, hass_admin_user: MockUser
) -> None:
    """To dial, the user must control the own phone."""
    _restrict(account, hass_admin_user, control=("102",))
    roster = await _roster(client)
    [of_account] = roster["accounts"]
    assert of_account["control"]["can_dial"] is False
    assert of_account["control"]["offered"]["others"]["idle"] == []
    assert ["control" in person for person in roster["people"]] == [False, True]

    _restrict(account, hass_admin_user, control=("101",))
    roster = await _roster(client)
    assert roster["accounts"][0]["control"]["can_dial"] is True
    own, other = roster["people"]
    assert own["control"] == "own"
    assert "control" not in other


# Changes of the buttons


async def _subscribe(client: MockHAClientWebSocket) -> None:
    await client.send_json_auto_id({"type": "ringcentral/subscribe_roster"})
    assert (await client.receive_json())["success"]


async def _is_notified(client: MockHAClientWebSocket) -> bool:
    """Return whether one event has come since the last time."""
    await client.send_json_auto_id({"type": "ping"})
    events = 0
    while (message := await client.receive_json())["type"] != "pong":
        assert message["type"] == "event"
        events += 1
    assert events <= 1
    return events == 1


async def test_board_is_notified_when_the_option_is_switched(
    account: Account, client: MockHAClientWebSocket
) -> None:
    await _subscribe(client)
    turn_on(account, wanted=False)
    assert await _is_notified(client)
    turn_on(account)
    assert await _is_notified(client)


async def test_board_is_notified_of_the_first_refusal(
    account: Account, hass_ws_client: WebSocketGenerator, client: MockHAClientWebSocket
) -> None:
    watching = await hass_ws_client()
    await _subscribe(watching)
    await connected(account, "102")
    await _press(client, account, "hold", "102")
    assert await _is_notified(watching)
    await _press(client, account, "hold", "102")
    assert not await _is_notified(watching)
    offered = (await _roster(client))["accounts"][0]["control"]["offered"]["others"]
    assert offered["call_connected"] == []
    assert offered["parked_call"] == ["pick_up"]


async def test_board_is_notified_of_a_refusal_to_dial(
    account: Account, client: MockHAClientWebSocket, hass_ws_client: WebSocketGenerator
) -> None:
    watching = await hass_ws_client()
    await _subscribe(watching)
    account.simulator.change_permissions(app={"RingOut": False})
    answer = await _press(client, account, "dial", "102")
    assert answer["translation_key"] == "app_permission_missing"
    assert await _is_notified(watching)
    assert (await _roster(client))["accounts"][0]["control"]["can_dial"] is False


async def test_answer_is_offered_again_a_minute_after_no_phone_was_found(
    account: Account,
    client: MockHAClientWebSocket,
    hass_ws_client: WebSocketGenerator,
    time: Time,
) -> None:
    watching = await hass_ws_client()
    await _subscribe(watching)
    account.simulator.switches.devices = "offline"
    await ringing(account)
    answer = await _press(client, account, "answer")
    assert answer["translation_key"] == "no_phone"
    assert await _is_notified(watching)
    assert "answer" not in await _own_buttons(client, "ringing")

    await time.passes(61.0)
    assert await _is_notified(watching)
    assert "answer" in await _own_buttons(client, "ringing")


async def _own_buttons(client: MockHAClientWebSocket, status: str) -> list[str]:
    account = (await _roster(client))["accounts"][0]
    buttons: list[str] = account["control"]["offered"]["own"][status]
    return buttons


async def test_found_phone_changes_nothing(
    account: Account, client: MockHAClientWebSocket
) -> None:
    """One is presumed before."""
    await _subscribe(client)
    await control_of(account).phones.phones()
    assert not await _is_notified(client)

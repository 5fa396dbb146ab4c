"""Actions: changing presence and getting calls, through Home Assistant's own calls."""

import asyncio
from collections.abc import Callable, Mapping
import json
import logging
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.ringcentral.const import DOMAIN, REFETCH_AFTER
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import Context, HomeAssistant, SupportsResponse
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.service import async_get_all_descriptions
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from simulator import Simulator

from .clockwork import Clockwork
from .common import Account, add_account, until
from .reliability.common import call_events, states_of
from .services import (
    DOCS,
    add_two_extensions,
    device_id,
    get_calls,
    run_example,
    set_presence,
)
from .translations import ACTIONS, PACKAGE, TEXTS, Inspection

_MOVED_TIME = pytest.mark.freeze_time("2026-03-02 09:00:00", tick=True)
_ICONS: Final[dict[str, Any]] = json.loads((PACKAGE / "icons.json").read_bytes())


def _attributes(account: Account) -> Mapping[str, Any]:
    """Return what is shown of the calls of the own extension."""
    return account.state("101", "telephony_status").attributes


def _changes(simulator: Simulator) -> list[int]:
    """Return the answers to all changes asked for."""
    return [r.status for r in simulator.log if r.method == "PUT"]


# --------------------------------------------------------------------------------------
# What there is


async def test_actions_are_there_before_any_account(hass: HomeAssistant) -> None:
    """So that automations can be checked while an account is not connected."""
    assert await async_setup_component(hass, DOMAIN, {})

    assert hass.services.has_service(DOMAIN, "set_presence")
    assert hass.services.supports_response(DOMAIN, "get_calls") is SupportsResponse.ONLY


async def test_each_action_and_each_of_its_fields_is_described(
    hass: HomeAssistant,
) -> None:
    """For the editor: target, selectors, texts, options, icons; nothing is left over."""
    assert await async_setup_component(hass, DOMAIN, {})
    described = (await async_get_all_descriptions(hass))[DOMAIN]
    inspection = Inspection(TEXTS)
    for name, action in ACTIONS.items():
        (target,) = described[name]["target"]["entity"]
        assert target["integration"] == DOMAIN
        inspection.action(name, action)

    assert inspection.complaints == []
    assert set(hass.services.async_services_for_domain(DOMAIN)) == set(ACTIONS)
    assert set(TEXTS["services"]) == set(ACTIONS) == set(_ICONS["services"])
    for name, action in ACTIONS.items():
        fields = set(action.get("fields", ()))
        assert set(TEXTS["services"][name].get("fields", ())) == fields
        schema = hass.services.async_services_for_domain(DOMAIN)[name].schema
        assert schema is not None
        with pytest.raises(vol.Invalid, match="not_a_field"):
            schema({"device_id": "1", "not_a_field": 1})


# --------------------------------------------------------------------------------------
# Changing presence


async def test_all_settings_are_changed_and_shown_at_once(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """By the platform's answer: no event tells of it here."""
    account = await add_two_extensions(hass, simulator)
    simulator.fault("lose", seconds=60)

    await set_presence(
        account,
        user_status="busy",
        dnd_status="do_not_accept_any_calls",
        message="Back at three",
        allow_see_my_presence=False,
        ring_on_monitored_call=True,
        pick_up_calls_on_hold=True,
    )

    assert {
        name: simulator.picture("101")[name]
        for name in (
            "userStatus",
            "dndStatus",
            "message",
            "allowSeeMyPresence",
            "ringOnMonitoredCall",
            "pickUpCallsOnHold",
        )
    } == {
        "userStatus": "Busy",
        "dndStatus": "DoNotAcceptAnyCalls",
        "message": "Back at three",
        "allowSeeMyPresence": False,
        "ringOnMonitoredCall": True,
        "pickUpCallsOnHold": True,
    }
    presence = account.state("101", "presence")
    assert presence.state == "busy"
    assert presence.attributes["user_status"] == "busy"
    assert presence.attributes["message"] == "Back at three"
    assert presence.attributes["allow_see_my_presence"] is False
    assert presence.attributes["ring_on_monitored_call"] is True
    assert presence.attributes["pick_up_calls_on_hold"] is True
    assert account.shows("101", "dnd") == "do_not_accept_any_calls"
    assert account.state("101", "user_status", "select").state == "busy"
    assert account.state("101", "dnd", "select").state == "do_not_accept_any_calls"


async def test_only_what_is_filled_in_is_changed(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A false or empty value is one, too."""
    account = await add_two_extensions(hass, simulator)
    await set_presence(
        account, message="Back at three", user_status="busy", pick_up_calls_on_hold=True
    )
    await set_presence(account, message="", pick_up_calls_on_hold=False)

    picture = simulator.picture("101")
    assert picture["message"] == ""
    assert picture["pickUpCallsOnHold"] is False
    assert picture["userStatus"] == "Busy"
    assert account.state("101", "presence").attributes["message"] == ""


async def test_change_leaves_calls_alone(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The platform's answer to a change does not list them."""
    account = await add_two_extensions(hass, simulator)
    with (
        call_events(hass, simulator) as heard,
        states_of(account, "101", "telephony_status") as seen,
    ):
        call = simulator.ring(to="101", from_="+16505550123")
        simulator.answer(call.telephony_session_id)
        await account.until_shown("101", "telephony_status", "call_connected")
        before = _attributes(account)["active_calls"]

        await set_presence(account, user_status="busy")
        assert len(before) == 1
        assert _attributes(account)["active_calls"] == before
        await account.until_all_told()
        assert _attributes(account)["active_calls"] == before
        simulator.end(call.telephony_session_id)
        await account.until_shown("101", "telephony_status", "no_call")

    assert seen == ["ringing", "call_connected", "no_call"]
    assert heard == ["101 ringing", "101 answered", "101 ended"]


@_MOVED_TIME
async def test_change_of_an_extension_that_has_no_picture_shows_nothing_of_it(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """An answer to a change is no whole picture; the next one that is shows it."""
    account = await add_account(hass, simulator, groups=["favorites"])
    own = simulator.extension("101").id
    path = f"/restapi/v1.0/account/~/extension/{own}/presence"
    simulator.fault("error", status=500, method="GET", path=path)
    simulator.set_favorites("101", ["101"])
    clockwork = Clockwork(freezer)
    await clockwork.advance(REFETCH_AFTER + 1)
    assert account.shows("101", "presence") == STATE_UNAVAILABLE

    await set_presence(account, user_status="busy")
    assert account.shows("101", "presence") == STATE_UNAVAILABLE
    await clockwork.advance(15)
    assert account.shows("101", "presence") == "busy"


@_MOVED_TIME
async def test_answer_that_knows_of_a_call_nobody_told_of_leads_to_a_look(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Until then status and calls agree: the answer has the one without the others."""
    account = await add_two_extensions(hass, simulator)
    clockwork = Clockwork(freezer)
    await clockwork.settle()
    simulator.fault("lose", seconds=1)
    simulator.ring(to="101", from_="+16505550123")

    await set_presence(account, user_status="busy")
    assert account.shows("101", "telephony_status") == "no_call"
    assert _attributes(account)["active_calls"] == []
    await clockwork.advance(REFETCH_AFTER + 1)

    assert account.shows("101", "telephony_status") == "ringing"
    assert len(_attributes(account)["active_calls"]) == 1


@_MOVED_TIME
async def test_call_event_that_the_answer_has_overtaken_is_shown_at_once(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """It is older than the answer, but not than what is known of calls."""
    account = await add_two_extensions(hass, simulator)
    await Clockwork(freezer).advance(10)
    sent_at = dt_util.utcnow()
    await Clockwork(freezer).advance(2)
    await set_presence(account, user_status="busy")

    simulator.notify(
        {
            "extensionId": simulator.extension("101").id,
            "telephonyStatus": "Ringing",
            "activeCalls": [
                {"telephonyStatus": "Ringing", "telephonySessionId": "s-1"}
            ],
        },
        timestamp=sent_at.isoformat(),
    )
    await account.until_shown("101", "telephony_status", "ringing")

    assert account.state("101", "user_status", "select").state == "busy"
    assert not [
        r for r in simulator.log if r.path.endswith("/presence") and r.method == "GET"
    ]


@_MOVED_TIME
async def test_event_that_arrives_before_the_answer_is_not_undone_by_it(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The answer is late, and somebody has changed the same setting since."""
    account = await add_two_extensions(hass, simulator)
    simulator.fault("late", delay=5, method="PUT")
    change = asyncio.create_task(set_presence(account, user_status="busy"))
    await until(lambda: _changes(simulator) == [200])
    simulator.change_extension("101", userStatus="Offline")
    call = simulator.ring(to="101", from_="+16505550123")
    await account.until_shown("101", "telephony_status", "ringing")
    assert not change.done()

    await Clockwork(freezer).finish(change, limit=8)

    assert account.state("101", "user_status", "select").state == "offline"
    assert account.shows("101", "presence") == "offline"
    assert account.shows("101", "telephony_status") == "ringing"
    simulator.end(call.telephony_session_id)
    await account.until_shown("101", "telephony_status", "no_call")


@_MOVED_TIME
async def test_snapshot_from_before_the_change_does_not_undo_it(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """It was taken before, is late, and no event tells of the change."""
    account = await add_two_extensions(hass, simulator)
    path = "/restapi/v1.0/account/~/extension/"
    simulator.fault("late", delay=3, method="GET", path=path)
    look = asyncio.create_task(account.coordinator.async_refresh())
    await until(lambda: any(r.path.endswith("/presence") for r in simulator.log))
    simulator.fault("lose", seconds=60)
    clockwork = Clockwork(freezer)

    with states_of(account, "101", "presence") as seen:
        await clockwork.finish(set_presence(account, user_status="busy"), limit=8)
        assert not look.done()
        await clockwork.finish(look, limit=8)
        await clockwork.advance(15)

    # Not for a moment: somebody would seem to become available.
    assert seen == ["busy"]
    assert account.state("101", "user_status", "select").state == "busy"


@_MOVED_TIME
async def test_two_changes_at_once_end_with_the_last_one(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Although the first one is answered late, and no event tells of either."""
    account = await add_two_extensions(hass, simulator)
    simulator.fault("late", delay=3, method="PUT", count=1)
    simulator.fault("lose", seconds=60)
    clockwork = Clockwork(freezer)
    first = asyncio.create_task(set_presence(account, user_status="busy"))
    await until(lambda: any(r.method == "PUT" for r in simulator.log))

    await clockwork.finish(set_presence(account, user_status="offline"), limit=8)
    await first

    assert simulator.picture("101")["userStatus"] == "Offline"
    assert account.state("101", "user_status", "select").state == "offline"


@_MOVED_TIME
async def test_change_does_not_wait_for_a_slow_look_at_everybody(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A person has clicked, and looks at the screen."""
    account = await add_two_extensions(hass, simulator)
    path = "/restapi/v1.0/account/~/extension/"
    simulator.fault("late", delay=8, method="GET", path=path)
    look = asyncio.create_task(account.coordinator.async_refresh())
    await until(lambda: any(r.path.endswith("/presence") for r in simulator.log))
    clockwork = Clockwork(freezer)

    await clockwork.finish(set_presence(account, user_status="busy"), limit=2)

    assert account.state("101", "user_status", "select").state == "busy"
    assert not look.done()
    await clockwork.finish(look, limit=20)
    await clockwork.advance(15)
    assert account.state("101", "user_status", "select").state == "busy"


@_MOVED_TIME
async def test_late_answer_is_an_error_although_the_event_tells_of_the_change(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Nobody can know what an answer would have said; what is shown is right."""
    account = await add_two_extensions(hass, simulator)
    simulator.fault("late", delay=15, method="PUT")

    with pytest.raises(HomeAssistantError) as failed:
        await Clockwork(freezer).finish(
            set_presence(account, user_status="busy"), limit=12
        )

    assert failed.value.translation_key == "timed_out"
    assert account.state("101", "user_status", "select").state == "busy"
    await Clockwork(freezer).advance(10)


# --------------------------------------------------------------------------------------
# Changes that are refused


def _lack_app_permission(simulator: Simulator) -> None:
    simulator.permissions.discard("EditPresence")


def _lack_user_permission(simulator: Simulator) -> None:
    simulator.user_permissions.remove("EditPresenceStatus")


def _leave_all_queues(simulator: Simulator) -> None:
    simulator.directory.queues.clear()


def _limit_rate(simulator: Simulator) -> None:
    simulator.fault("rate_limit", retryAfter="30", method="PUT")


def _fail(simulator: Simulator) -> None:
    simulator.fault("error", status=500, method="PUT")


def _reject(simulator: Simulator) -> None:
    simulator.fault("error", status=400, errorCode="CMN-101", method="PUT")


def _be_maintained(simulator: Simulator) -> None:
    simulator.fault("maintenance", method="PUT")


def _be_a_portal(simulator: Simulator) -> None:
    simulator.fault("html", method="PUT")


def _cut(simulator: Simulator) -> None:
    # The client itself tries once more if a connection that it has kept is cut.
    simulator.fault("reset", count=2, method="PUT")


def _know_nobody(simulator: Simulator) -> None:
    simulator.fault("error", status=404, errorCode="CMN-102", method="PUT")


def _ignore(simulator: Simulator) -> None:
    simulator.switches.edit_presence = "ignored"


def _do_nothing(_simulator: Simulator) -> None:
    """Behave as always."""


_BUSY: Final[dict[str, Any]] = {"user_status": "busy"}


@pytest.mark.parametrize(
    ("number", "fields", "arrange", "key", "placeholders"),
    [
        pytest.param(
            "101",
            _BUSY,
            _lack_app_permission,
            "app_permission_missing",
            {"permission": "Edit Presence", "code": "CMN-401"},
            id="app permission",
        ),
        pytest.param(
            "101",
            _BUSY,
            _lack_user_permission,
            "user_permission_missing",
            {"permission": "EditPresenceStatus", "code": "CMN-408"},
            id="user permission",
        ),
        pytest.param(
            "102",
            _BUSY,
            _do_nothing,
            "other_extension_not_permitted",
            {"permission": "EditPresenceStatus", "code": "CMN-419"},
            id="somebody else",
        ),
        pytest.param(
            "101",
            {"dnd_status": "take_department_calls_only"},
            _leave_all_queues,
            "dnd_rejected",
            {"code": "CMN-101"},
            id="member of no queue",
        ),
        pytest.param(
            "101",
            _BUSY,
            _limit_rate,
            "rate_limited",
            {"seconds": "30"},
            id="rate limit",
        ),
        pytest.param(
            "101", _BUSY, _fail, "server_error", {"code": "CMN-203"}, id="server error"
        ),
        pytest.param(
            "101", _BUSY, _reject, "rejected", {"code": "CMN-101"}, id="rejected"
        ),
        pytest.param("101", _BUSY, _be_maintained, "maintenance", {}, id="maintenance"),
        pytest.param(
            "101", _BUSY, _be_a_portal, "unexpected_answer", {}, id="captive portal"
        ),
        pytest.param("101", _BUSY, _cut, "cannot_connect", {}, id="connection cut"),
        pytest.param(
            "101",
            _BUSY,
            _know_nobody,
            "extension_not_found",
            {"code": "CMN-102"},
            id="unknown extension",
        ),
        pytest.param(
            "101",
            {"user_status": "busy", "message": "Back at three"},
            _ignore,
            "settings_not_taken_over",
            {"settings": "user_status, message"},
            id="not taken over",
        ),
    ],
)
async def test_refusal_says_why_and_changes_nothing_that_is_shown(
    hass: HomeAssistant,
    simulator: Simulator,
    number: str,
    fields: dict[str, Any],
    arrange: Callable[[Simulator], None],
    key: str,
    placeholders: dict[str, str],
) -> None:
    """A text that tells what to do, never the platform's own words."""
    account = await add_two_extensions(hass, simulator)
    arrange(simulator)
    before = _everything_shown(hass)

    with pytest.raises(HomeAssistantError) as failed:
        await set_presence(account, number, **fields)

    assert failed.value.translation_domain == DOMAIN
    assert failed.value.translation_key == key
    given = failed.value.translation_placeholders or {}
    assert {name: given[name] for name in placeholders} == placeholders
    assert _everything_shown(hass) == before


def _everything_shown(hass: HomeAssistant) -> dict[str, Any]:
    return {
        state.entity_id: (state.state, state.attributes)
        for state in hass.states.async_all()
    }


async def test_penalty_is_not_restarted_by_the_next_try(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """It is refused here, without asking."""
    account = await add_two_extensions(hass, simulator)
    _limit_rate(simulator)

    for _ in range(2):
        with pytest.raises(HomeAssistantError) as refused:
            await set_presence(account, **_BUSY)
        assert refused.value.translation_key == "rate_limited"
    assert _changes(simulator) == [429]


async def test_refused_credentials_are_told_and_logged_once(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """The session has ended, and neither of its successors is accepted."""
    account = await add_two_extensions(hass, simulator)
    simulator.fault("token_refused", seconds=60, error="invalid_grant")
    simulator.fault("expire_tokens")

    for _ in range(2):
        with pytest.raises(HomeAssistantError) as refused:
            await set_presence(account, **_BUSY)
        assert refused.value.translation_key == "invalid_grant"

    assert caplog.text.count("RingCentral refuses the credentials") == 1


async def test_platform_that_is_gone_is_told(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Before the loss of push is any of the user's business."""
    account = await add_two_extensions(hass, simulator)
    await simulator.stop()

    with pytest.raises(HomeAssistantError) as failed:
        await set_presence(account, **_BUSY)

    assert failed.value.translation_key == "cannot_connect"


# What cannot be carried out


async def test_nothing_to_change_is_refused_without_asking(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """An action without fields is a mistake."""
    account = await add_two_extensions(hass, simulator)

    with pytest.raises(ServiceValidationError) as refused:
        await set_presence(account)

    assert refused.value.translation_key == "nothing_to_change"
    assert _changes(simulator) == []


async def test_message_may_be_as_long_as_the_platform_takes_and_no_longer(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """And what is too long is not repeated in the complaint: it is personal."""
    caplog.set_level(logging.DEBUG, "custom_components.ringcentral")
    account = await add_two_extensions(hass, simulator)
    await set_presence(account, message="x" * 75)
    assert simulator.picture("101")["message"] == "x" * 75

    with pytest.raises(ServiceValidationError) as refused:
        await set_presence(account, message="x" * 76)

    assert refused.value.translation_key == "message_too_long"
    assert refused.value.translation_placeholders == {"longest": "75"}
    assert _changes(simulator) == [200]
    assert "xxx" not in str(refused.value)
    assert not [
        record
        for record in caplog.records
        if record.name.startswith("custom_components") and "xxx" in record.getMessage()
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"user_status": "asleep"},
        {"user_status": "unknown"},
        {"dnd_status": "unknown"},
        {"ring_on_monitored_call": "perhaps"},
        {"presence_status": "busy"},
    ],
)
async def test_value_that_does_not_exist_is_refused_without_asking(
    hass: HomeAssistant, simulator: Simulator, fields: dict[str, Any]
) -> None:
    """Also one that the platform has, but cannot be set."""
    account = await add_two_extensions(hass, simulator)

    with pytest.raises(vol.Invalid):
        await set_presence(account, **fields)

    assert _changes(simulator) == []


async def test_target_is_required(hass: HomeAssistant, simulator: Simulator) -> None:
    """Nobody means everybody by naming nobody."""
    await add_two_extensions(hass, simulator)

    for action in ("set_presence", "get_calls"):
        with pytest.raises(vol.Invalid):
            await hass.services.async_call(
                DOMAIN,
                action,
                {},
                blocking=True,
                return_response=action == "get_calls",
            )


async def test_target_without_any_extension_is_refused(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A device of another integration, the account itself, an entity that is gone."""
    account = await add_two_extensions(hass, simulator)
    foreign = MockConfigEntry(domain="light")
    foreign.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=foreign.entry_id, identifiers={("light", "1")}
    )
    er.async_get(hass).async_get_or_create("light", "light", "1", device_id=device.id)

    for target in (
        {"device_id": device.id},
        {"device_id": device_id(account, None)},
        {"entity_id": "sensor.gone"},
        {"entity_id": account.entity_id(None, "link")},
        {"entity_id": "none"},
        {"area_id": "nowhere"},
    ):
        with pytest.raises(ServiceValidationError) as refused:
            await set_presence(account, target=target, **_BUSY)
        assert refused.value.translation_key == "no_extension_targeted"
        with pytest.raises(ServiceValidationError) as refused:
            await get_calls(account, **target)
        assert refused.value.translation_key == "no_extension_targeted"
    assert _changes(simulator) == []


async def test_account_that_is_not_loaded_is_told(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Its devices can still be chosen."""
    account = await add_two_extensions(hass, simulator)
    await hass.config_entries.async_unload(account.entry.entry_id)

    with pytest.raises(ServiceValidationError) as refused:
        await set_presence(account, **_BUSY)
    assert refused.value.translation_key == "account_not_loaded"
    with pytest.raises(ServiceValidationError) as refused:
        await get_calls(account, device_id=device_id(account, "101"))
    assert refused.value.translation_key == "account_not_loaded"


# Several


async def test_one_that_is_refused_does_not_keep_the_others(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """All are tried; then it is told what failed first."""
    account = await add_account(hass, simulator)
    numbers = [user.number for user in simulator.users[:3] if user.number]
    assert "101" in numbers

    with pytest.raises(HomeAssistantError) as failed:
        await set_presence(account, *numbers, **_BUSY)

    assert failed.value.translation_key == "other_extension_not_permitted"
    assert sorted(_changes(simulator)) == [200, 403, 403]
    assert account.shows("101", "presence") == "busy"


async def test_administrator_changes_others_as_far_as_the_platform_lets_him(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """One request for each extension, however many of its entities are targeted."""
    simulator.switches.edit_presence = "any"
    account = await add_two_extensions(hass, simulator)

    await set_presence(
        account,
        target={
            "entity_id": [
                account.entity_id("102", "presence"),
                account.entity_id("102", "dnd"),
            ],
            "device_id": device_id(account, "101"),
        },
        dnd_status="do_not_accept_any_calls",
    )

    assert _changes(simulator) == [200, 200]
    assert account.shows("101", "dnd") == "do_not_accept_any_calls"
    assert account.shows("102", "dnd") == "do_not_accept_any_calls"


async def test_newer_call_handling_has_no_department_calls(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The two other values are set by the personal field."""
    simulator.switches.dnd_status = "missing"
    simulator.switches.dnd_status_personal = True
    account = await add_two_extensions(hass, simulator)

    with pytest.raises(ServiceValidationError) as refused:
        await set_presence(account, dnd_status="take_department_calls_only")
    assert refused.value.translation_key == "dnd_not_offered"
    assert _changes(simulator) == []
    await set_presence(account, dnd_status="do_not_accept_any_calls", **_BUSY)
    assert simulator.picture("101")["dndStatusPersonal"] == "DoNotAcceptAnyCalls"
    assert account.shows("101", "dnd") == "do_not_accept_any_calls"


# --------------------------------------------------------------------------------------
# The examples of the documentation


async def test_example_of_set_presence_works(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """As it is printed."""
    account = await add_two_extensions(hass, simulator)

    await run_example(account, "set_presence", "101")

    assert account.shows("101", "dnd") == "do_not_accept_any_calls"
    presence = account.state("101", "presence")
    assert presence.attributes["user_status"] == "busy"
    assert presence.attributes["message"] == "On air, back at three"


@pytest.mark.parametrize("page", ["get_calls", "set_presence"])
def test_page_of_an_action_names_it_and_all_its_fields(page: str) -> None:
    """By the names that the editor shows."""
    text = (DOCS / f"{page}.md").read_text()
    texts = TEXTS["services"][page]
    assert text.startswith(f"# {texts['name']}\n")
    for field, described in texts.get("fields", {}).items():
        assert f"| `{field}` | {described['name']} |" in text


async def test_a_user_who_may_only_look_gets_calls_and_changes_nothing(
    hass: HomeAssistant, simulator: Simulator, hass_read_only_user: MockUser
) -> None:
    """As with the selects."""
    account = await add_two_extensions(hass, simulator)
    context = Context(user_id=hass_read_only_user.id)
    target = {"device_id": device_id(account, "101")}
    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            DOMAIN,
            "set_presence",
            {"user_status": "busy"},
            blocking=True,
            target=target,
            context=context,
        )
    assert not simulator.log
    assert await hass.services.async_call(
        DOMAIN,
        "get_calls",
        blocking=True,
        return_response=True,
        target=target,
        context=context,
    )


async def test_a_user_who_is_gone_changes_nothing(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A script may outlive the one who started it."""
    account = await add_two_extensions(hass, simulator)
    with pytest.raises(UnknownUser):
        await hass.services.async_call(
            DOMAIN,
            "set_presence",
            {"user_status": "busy"},
            blocking=True,
            target={"device_id": device_id(account, "101")},
            context=Context(user_id="gone"),
        )
    assert not simulator.log

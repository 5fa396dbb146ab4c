"""Action `set_presence`, and what all actions have in common."""

import asyncio
from collections.abc import Callable, Mapping
import json
import logging
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.ringcentral.const import COLLECT_FOR, CONF_CALL_CONTROL, DOMAIN
from homeassistant.config_entries import ConfigEntryDisabler
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
from .languages import texts_in
from .reliability.common import call_events, states_of
from .services import (
    add_two_extensions,
    device_id,
    get_calls,
    run_example,
    set_presence,
)
from .translations import ACTIONS, PACKAGE, TEXTS, Inspection

_FROZEN_TIME = pytest.mark.freeze_time("2026-03-02 09:00:00", tick=True)
# They act for the signed-in user.
_WITHOUT_TARGET: Final = frozenset({"cancel_dial", "dial", "get_status"})
_ICONS: Final[dict[str, Any]] = json.loads((PACKAGE / "icons.json").read_bytes())


def _attributes(account: Account) -> Mapping[str, Any]:
    """Return the attributes of the signed-in user's telephony status."""
    return account.state("101", "telephony_status").attributes


def _changes(simulator: Simulator) -> list[int]:
    """Return the HTTP statuses of all changes."""
    return [r.status for r in simulator.log if r.method == "PUT"]


# --------------------------------------------------------------------------------------
# Registration


async def test_actions_are_there_before_any_account(hass: HomeAssistant) -> None:
    """Automations can be validated while an account is not connected."""
    assert await async_setup_component(hass, DOMAIN, {})

    assert hass.services.has_service(DOMAIN, "set_presence")
    assert hass.services.supports_response(DOMAIN, "get_calls") is SupportsResponse.ONLY


async def test_each_action_and_each_of_its_fields_is_described(
    hass: HomeAssistant,
) -> None:
    """Target, selectors, texts and icons, and no superfluous ones."""
    MockConfigEntry(
        domain=DOMAIN,
        disabled_by=ConfigEntryDisabler.USER,
        options={CONF_CALL_CONTROL: True},
    ).add_to_hass(hass)
    assert await async_setup_component(hass, DOMAIN, {})
    described = (await async_get_all_descriptions(hass))[DOMAIN]
    inspection = Inspection(TEXTS)
    for name, action in ACTIONS.items():
        if name not in _WITHOUT_TARGET:
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
        needed = {
            field: "1" for field in fields if action["fields"][field].get("required")
        }
        target = {} if name in _WITHOUT_TARGET else {"device_id": "1"}
        schema({**target, **needed})
        with pytest.raises(vol.Invalid, match="not_a_field"):
            schema({**target, **needed, "not_a_field": 1})


# --------------------------------------------------------------------------------------
# Changing presence


async def test_all_settings_are_changed_and_shown_at_once(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """From the answer: the notification is lost."""
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
        name: simulator.presence("101")[name]
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
    """False and empty values count."""
    account = await add_two_extensions(hass, simulator)
    await set_presence(
        account, message="Back at three", user_status="busy", pick_up_calls_on_hold=True
    )
    await set_presence(account, message="", pick_up_calls_on_hold=False)

    presence = simulator.presence("101")
    assert presence["message"] == ""
    assert presence["pickUpCallsOnHold"] is False
    assert presence["userStatus"] == "Busy"
    assert account.state("101", "presence").attributes["message"] == ""


async def test_change_leaves_calls_alone(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The answer to a change does not list calls."""
    account = await add_two_extensions(hass, simulator)
    with (
        call_events(hass, simulator) as events,
        states_of(account, "101", "telephony_status") as states,
    ):
        call = simulator.ring(to="101", from_="+16505550123")
        simulator.answer(call.telephony_session_id)
        await account.until_shown("101", "telephony_status", "call_connected")
        before = _attributes(account)["active_calls"]

        await set_presence(account, user_status="busy")
        assert len(before) == 1
        assert _attributes(account)["active_calls"] == before
        await account.until_all_reported()
        assert _attributes(account)["active_calls"] == before
        simulator.end(call.telephony_session_id)
        await account.until_shown("101", "telephony_status", "no_call")

    assert states == ["ringing", "call_connected", "no_call"]
    assert events == ["101 ringing", "101 answered", "101 ended"]


@_FROZEN_TIME
async def test_change_of_an_extension_without_snapshot_leaves_it_unavailable(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The answer to a change is no snapshot; the next snapshot makes it available."""
    account = await add_account(hass, simulator, groups=["favorites"])
    own = simulator.extension("101").id
    path = f"/restapi/v1.0/account/~/extension/{own}/presence"
    simulator.fault("error", status=500, method="GET", path=path)
    simulator.set_favorites("101", ["101"])
    clockwork = Clockwork(freezer)
    await clockwork.advance(COLLECT_FOR + 1)
    assert account.shows("101", "presence") == STATE_UNAVAILABLE

    await set_presence(account, user_status="busy")
    assert account.shows("101", "presence") == STATE_UNAVAILABLE
    await clockwork.advance(15)
    assert account.shows("101", "presence") == "busy"


@_FROZEN_TIME
async def test_answer_with_an_unknown_call_leads_to_a_refresh(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Until then status and calls are consistent: the answer has the status without the calls."""
    account = await add_two_extensions(hass, simulator)
    clockwork = Clockwork(freezer)
    await clockwork.settle()
    simulator.fault("lose", seconds=1)
    simulator.ring(to="101", from_="+16505550123")

    await set_presence(account, user_status="busy")
    assert account.shows("101", "telephony_status") == "no_call"
    assert _attributes(account)["active_calls"] == []
    await clockwork.advance(COLLECT_FOR + 1)

    assert account.shows("101", "telephony_status") == "ringing"
    assert len(_attributes(account)["active_calls"]) == 1


@_FROZEN_TIME
async def test_call_notification_older_than_the_answer_is_shown_at_once(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """It is older than the answer, but newer than the known calls."""
    account = await add_two_extensions(hass, simulator)
    await Clockwork(freezer).advance(10)
    sent_at = dt_util.utcnow()
    await Clockwork(freezer).advance(2)
    await set_presence(account, user_status="busy")

    simulator.notify(
        {
            "extensionId": simulator.extension("101").id,
            "sequence": 2**30,
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


@_FROZEN_TIME
async def test_notification_before_the_answer_is_not_undone_by_it(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The answer is late, and the setting was changed again since."""
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


@_FROZEN_TIME
async def test_snapshot_from_before_the_change_does_not_undo_it(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The snapshot is late, and the notification is lost."""
    account = await add_two_extensions(hass, simulator)
    path = "/restapi/v1.0/account/~/extension/"
    simulator.fault("late", delay=3, method="GET", path=path)
    refresh = asyncio.create_task(account.coordinator.async_refresh())
    await until(lambda: any(r.path.endswith("/presence") for r in simulator.log))
    simulator.fault("lose", seconds=60)
    clockwork = Clockwork(freezer)

    with states_of(account, "101", "presence") as states:
        await clockwork.finish(set_presence(account, user_status="busy"), limit=8)
        assert not refresh.done()
        await clockwork.finish(refresh, limit=8)
        await clockwork.advance(15)

    # Never "available" in between.
    assert states == ["busy"]
    assert account.state("101", "user_status", "select").state == "busy"


@_FROZEN_TIME
async def test_two_changes_at_once_end_with_the_last_one(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The first answer is late, and both notifications are lost."""
    account = await add_two_extensions(hass, simulator)
    simulator.fault("late", delay=3, method="PUT", count=1)
    simulator.fault("lose", seconds=60)
    clockwork = Clockwork(freezer)
    first = asyncio.create_task(set_presence(account, user_status="busy"))
    await until(lambda: any(r.method == "PUT" for r in simulator.log))

    await clockwork.finish(set_presence(account, user_status="offline"), limit=8)
    await first

    assert simulator.presence("101")["userStatus"] == "Offline"
    assert account.state("101", "user_status", "select").state == "offline"


@_FROZEN_TIME
async def test_change_does_not_wait_for_a_slow_snapshot_of_all_extensions(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    account = await add_two_extensions(hass, simulator)
    path = "/restapi/v1.0/account/~/extension/"
    simulator.fault("late", delay=8, method="GET", path=path)
    refresh = asyncio.create_task(account.coordinator.async_refresh())
    await until(lambda: any(r.path.endswith("/presence") for r in simulator.log))
    clockwork = Clockwork(freezer)

    await clockwork.finish(set_presence(account, user_status="busy"), limit=2)

    assert account.state("101", "user_status", "select").state == "busy"
    assert not refresh.done()
    await clockwork.finish(refresh, limit=20)
    await clockwork.advance(15)
    assert account.state("101", "user_status", "select").state == "busy"


@_FROZEN_TIME
async def test_late_answer_is_an_error_although_the_notification_arrived(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """What the answer would have been is unknown; the state is right."""
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
# Changes that fail


def _lack_app_permission(simulator: Simulator) -> None:
    simulator.permissions.discard("EditPresence")


def _lack_user_permission(simulator: Simulator) -> None:
    simulator.user_permissions.remove("EditPresenceStatus")


def _remove_queues(simulator: Simulator) -> None:
    simulator.directory.queues.clear()


def _limit_rate(simulator: Simulator) -> None:
    simulator.fault("rate_limit", retryAfter="30", method="PUT")


def _fail(simulator: Simulator) -> None:
    simulator.fault("error", status=500, method="PUT")


def _reject(simulator: Simulator) -> None:
    simulator.fault("error", status=400, errorCode="CMN-101", method="PUT")


def _start_maintenance(simulator: Simulator) -> None:
    simulator.fault("maintenance", method="PUT")


def _answer_with_html(simulator: Simulator) -> None:
    simulator.fault("html", method="PUT")


def _cut(simulator: Simulator) -> None:
    # The HTTP client retries once if a connection from its pool is closed.
    simulator.fault("reset", count=2, method="PUT")


def _lack_extension(simulator: Simulator) -> None:
    simulator.fault("error", status=404, errorCode="CMN-102", method="PUT")


def _names(*settings: str, language: str = "en") -> list[str]:
    """Return the names of settings that the form of the action shows."""
    fields = texts_in(language)["services"]["set_presence"]["fields"]
    return [fields[setting]["name"] for setting in settings]


def _ignore(simulator: Simulator) -> None:
    simulator.switches.edit_presence = "ignored"


def _do_nothing(_simulator: Simulator) -> None:
    """Leave the simulator as it is."""


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
            id="other extension",
        ),
        pytest.param(
            "101",
            {"dnd_status": "take_department_calls_only"},
            _remove_queues,
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
        pytest.param(
            "101", _BUSY, _start_maintenance, "maintenance", {}, id="maintenance"
        ),
        pytest.param(
            "101",
            _BUSY,
            _answer_with_html,
            "unexpected_answer",
            {},
            id="captive portal",
        ),
        pytest.param("101", _BUSY, _cut, "cannot_connect", {}, id="connection cut"),
        pytest.param(
            "101",
            _BUSY,
            _lack_extension,
            "extension_not_found",
            {"code": "CMN-102"},
            id="unknown extension",
        ),
        pytest.param(
            "101",
            {"user_status": "busy", "message": "Back at three"},
            _ignore,
            "settings_not_taken_over",
            {"settings": ", ".join(_names("user_status", "message"))},
            id="not taken over",
        ),
    ],
)
async def test_refusal_shows_the_reason_and_changes_no_state(
    hass: HomeAssistant,
    simulator: Simulator,
    number: str,
    fields: dict[str, Any],
    arrange: Callable[[Simulator], None],
    key: str,
    placeholders: dict[str, str],
) -> None:
    """By a text of the integration, not of the platform."""
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


@pytest.mark.parametrize(("language", "shown"), [("de", "de"), ("ja", "en")])
async def test_settings_that_are_not_applied_are_named_as_in_the_form(
    hass: HomeAssistant, simulator: Simulator, language: str, shown: str
) -> None:
    """In the language of the system, or in English if there is no translation."""
    account = await add_two_extensions(hass, simulator)
    hass.config.language = language
    _ignore(simulator)

    with pytest.raises(HomeAssistantError) as failed:
        await set_presence(
            account, dnd_status="do_not_accept_any_calls", allow_see_my_presence=False
        )

    names = _names("dnd_status", "allow_see_my_presence", language=shown)
    assert failed.value.translation_placeholders == {"settings": ", ".join(names)}


def _everything_shown(hass: HomeAssistant) -> dict[str, Any]:
    return {
        state.entity_id: (state.state, state.attributes)
        for state in hass.states.async_all()
    }


async def test_penalty_is_not_prolonged_by_the_next_call(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The next change is rejected without a request."""
    account = await add_two_extensions(hass, simulator)
    _limit_rate(simulator)

    for _ in range(2):
        with pytest.raises(HomeAssistantError) as failed:
            await set_presence(account, **_BUSY)
        assert failed.value.translation_key == "rate_limited"
    assert _changes(simulator) == [429]


async def test_rejected_credentials_are_raised_each_time_and_logged_once(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """The session has ended, and neither token of it is accepted."""
    account = await add_two_extensions(hass, simulator)
    simulator.fault("token_refused", seconds=60, error="invalid_grant")
    simulator.fault("expire_tokens")

    for _ in range(2):
        with pytest.raises(HomeAssistantError) as failed:
            await set_presence(account, **_BUSY)
        assert failed.value.translation_key == "invalid_grant"

    assert caplog.text.count("RingCentral refuses the credentials") == 1


async def test_unreachable_platform_is_an_error(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    account = await add_two_extensions(hass, simulator)
    await simulator.stop()

    with pytest.raises(HomeAssistantError) as failed:
        await set_presence(account, **_BUSY)

    assert failed.value.translation_key == "cannot_connect"


# Invalid calls


async def test_nothing_to_change_is_an_error_without_a_request(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    account = await add_two_extensions(hass, simulator)

    with pytest.raises(ServiceValidationError) as failed:
        await set_presence(account)

    assert failed.value.translation_key == "nothing_to_change"
    assert _changes(simulator) == []


async def test_message_of_up_to_75_characters_is_accepted(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """The error does not contain the message, which is personal."""
    caplog.set_level(logging.DEBUG, "custom_components.ringcentral")
    account = await add_two_extensions(hass, simulator)
    await set_presence(account, message="x" * 75)
    assert simulator.presence("101")["message"] == "x" * 75

    with pytest.raises(ServiceValidationError) as failed:
        await set_presence(account, message="x" * 76)

    assert failed.value.translation_key == "message_too_long"
    assert failed.value.translation_placeholders == {"longest": "75"}
    assert _changes(simulator) == [200]
    assert "xxx" not in str(failed.value)
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
async def test_unknown_value_is_an_error_without_a_request(
    hass: HomeAssistant, simulator: Simulator, fields: dict[str, Any]
) -> None:
    """Also one that the platform has, but that cannot be set."""
    account = await add_two_extensions(hass, simulator)

    with pytest.raises(vol.Invalid):
        await set_presence(account, **fields)

    assert _changes(simulator) == []


async def test_target_is_required(hass: HomeAssistant, simulator: Simulator) -> None:
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


async def test_target_without_any_extension_is_an_error(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A device of another integration, the account, an entity that was removed."""
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
        with pytest.raises(ServiceValidationError) as failed:
            await set_presence(account, target=target, **_BUSY)
        assert failed.value.translation_key == "no_extension_targeted"
        with pytest.raises(ServiceValidationError) as failed:
            await get_calls(account, **target)
        assert failed.value.translation_key == "no_extension_targeted"
    assert _changes(simulator) == []


async def test_account_that_is_not_loaded_is_an_error(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Its devices can still be targeted."""
    account = await add_two_extensions(hass, simulator)
    await hass.config_entries.async_unload(account.entry.entry_id)

    with pytest.raises(ServiceValidationError) as failed:
        await set_presence(account, **_BUSY)
    assert failed.value.translation_key == "account_not_loaded"
    with pytest.raises(ServiceValidationError) as failed:
        await get_calls(account, device_id=device_id(account, "101"))
    assert failed.value.translation_key == "account_not_loaded"


# Several extensions


async def test_rejected_change_does_not_prevent_the_others(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """All are changed, then the first failure is raised."""
    account = await add_account(hass, simulator)
    numbers = [user.number for user in simulator.users[:3] if user.number]
    assert "101" in numbers

    with pytest.raises(HomeAssistantError) as failed:
        await set_presence(account, *numbers, **_BUSY)

    assert failed.value.translation_key == "other_extension_not_permitted"
    assert sorted(_changes(simulator)) == [200, 403, 403]
    assert account.shows("101", "presence") == "busy"


async def test_administrator_changes_other_extensions(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """One request per extension, however many of its entities are targeted."""
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

    with pytest.raises(ServiceValidationError) as failed:
        await set_presence(account, dnd_status="take_department_calls_only")
    assert failed.value.translation_key == "dnd_not_offered"
    assert _changes(simulator) == []
    await set_presence(account, dnd_status="do_not_accept_any_calls", **_BUSY)
    assert simulator.presence("101")["dndStatusPersonal"] == "DoNotAcceptAnyCalls"
    assert account.shows("101", "dnd") == "do_not_accept_any_calls"


# --------------------------------------------------------------------------------------
# The examples of the documentation


async def test_example_of_set_presence_works(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    account = await add_two_extensions(hass, simulator)

    await run_example(account, "set_presence", "101")

    assert account.shows("101", "dnd") == "do_not_accept_any_calls"
    presence = account.state("101", "presence")
    assert presence.attributes["user_status"] == "busy"
    assert presence.attributes["message"] == "On air, back at three"


async def test_read_only_user_gets_calls_and_changes_nothing(
    hass: HomeAssistant, simulator: Simulator, hass_read_only_user: MockUser
) -> None:
    """As with the select entities."""
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


async def test_removed_user_changes_nothing(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A script may still run after its user was removed."""
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

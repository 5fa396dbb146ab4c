"""Selects of the own presence: options, states and changes."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ringcentral.const import GRACE
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from simulator import Simulator

from .clockwork import Clockwork
from .common import Account, add_account, until, writes
from .translations import TEXTS

_USER_STATUS = ["available", "busy", "offline"]
_DND = [
    "take_all_calls",
    "do_not_accept_any_calls",
    "do_not_accept_department_calls",
    "take_department_calls_only",
]


async def _add(hass: HomeAssistant, simulator: Simulator) -> Account:
    """Monitor the signed-in user and a colleague."""
    return await add_account(hass, simulator, groups=[], extensions=["101", "102"])


async def _select(account: Account, key: str, option: str) -> None:
    """Select an option, as a user would."""
    await account.hass.services.async_call(
        "select",
        "select_option",
        {"entity_id": account.entity_id("101", key, "select"), "option": option},
        blocking=True,
    )


def _shown(account: Account, key: str) -> str:
    return account.state("101", key, "select").state


def _selects(account: Account) -> list[str]:
    """Return the ends of the unique ids of all selects."""
    return [
        entity.unique_id.removeprefix(f"{account.entry.unique_id}_")
        for entity in er.async_entries_for_config_entry(
            er.async_get(account.hass), account.entry.entry_id
        )
        if entity.domain == "select"
    ]


# Which extension has them


async def test_selects_are_of_the_own_extension_only(
    hass: HomeAssistant, simulator: Simulator, entity_registry: er.EntityRegistry
) -> None:
    """The user may not be permitted to change the presence of others."""
    account = await _add(hass, simulator)

    own = simulator.extension("101").id
    assert sorted(_selects(account)) == [f"{own}_dnd", f"{own}_user_status"]
    assert account.state("101", "user_status", "select").attributes["options"] == (
        _USER_STATUS
    )
    assert account.state("101", "dnd", "select").attributes["options"] == _DND
    assert _shown(account, "user_status") == "available"
    assert _shown(account, "dnd") == "take_all_calls"
    for key in ("user_status", "dnd"):
        entity = entity_registry.async_get(
            account.state("101", key, "select").entity_id
        )
        assert entity is not None
        assert entity.entity_category is None
        assert entity.disabled_by is None


async def test_no_selects_if_the_own_extension_is_not_monitored(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """They would have no device."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])

    assert _selects(account) == []


async def test_no_selects_if_the_app_may_not_change_presence(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The scope of the token decides."""
    simulator.permissions.discard("EditPresence")
    account = await _add(hass, simulator)

    assert account.shows("101", "presence") == "available"
    assert _selects(account) == []


async def test_selects_are_added_with_the_own_extension(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """When it becomes monitored, without a reload."""
    account = await add_account(hass, simulator, groups=["favorites"])
    assert _selects(account) == []

    simulator.set_favorites("101", ["101", "102"])
    await account.coordinator.async_refresh()
    await hass.async_block_till_done()

    assert _shown(account, "user_status") == "available"
    assert _shown(account, "dnd") == "take_all_calls"


# What they change


@pytest.mark.parametrize(
    ("key", "option", "changed", "sensor", "sensor_state"),
    [
        ("user_status", "busy", {"userStatus": "Busy"}, "presence", "busy"),
        ("user_status", "offline", {"userStatus": "Offline"}, "presence", "offline"),
        (
            "dnd",
            "do_not_accept_any_calls",
            {"dndStatus": "DoNotAcceptAnyCalls", "presenceStatus": "Busy"},
            "dnd",
            "do_not_accept_any_calls",
        ),
    ],
)
async def test_change_is_sent_to_the_platform_and_shown_at_once(
    hass: HomeAssistant,
    simulator: Simulator,
    key: str,
    option: str,
    changed: dict[str, str],
    sensor: str,
    sensor_state: str,
) -> None:
    """From the answer, since no event arrives here; nothing else is changed."""
    account = await _add(hass, simulator)
    before = simulator.presence("101")
    simulator.fault("lose", seconds=60)

    await _select(account, key, option)

    assert _shown(account, key) == option
    assert account.shows("101", sensor) == sensor_state
    assert {
        name: value
        for name, value in simulator.presence("101").items()
        if before[name] != value and name != "presenceStatus"
    } == {name: value for name, value in changed.items() if name != "presenceStatus"}
    assert [r.method for r in simulator.log if r.kind == "http"] == ["PUT"]


async def test_change_made_elsewhere_is_shown(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """In the app of RingCentral, or on the phone."""
    account = await _add(hass, simulator)

    simulator.change_extension(
        "101", userStatus="Busy", dndStatus="DoNotAcceptAnyCalls"
    )
    await until(lambda: _shown(account, "dnd") == "do_not_accept_any_calls")
    assert _shown(account, "user_status") == "busy"


async def test_selects_are_written_only_when_they_change(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Calls and messages do not concern them."""
    account = await _add(hass, simulator)
    with writes(hass) as written:
        simulator.ring(to="101", from_="+16505550123")
        await account.until_shown("101", "telephony_status", "ringing")
        await account.until_all_reported()
        assert not [e for e in written if e.startswith("select.")]

        await _select(account, "user_status", "busy")
        await account.until_all_reported()
    assert [e for e in written if e.startswith("select.")] == [
        account.entity_id("101", "user_status", "select")
    ]


# Rejected changes


async def test_rejected_change_is_not_shown(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The error names the missing permission."""
    account = await _add(hass, simulator)
    simulator.user_permissions.remove("EditPresenceStatus")

    with pytest.raises(HomeAssistantError) as refused:
        await _select(account, "user_status", "busy")

    assert refused.value.translation_key == "user_permission_missing"
    assert refused.value.translation_placeholders is not None
    assert refused.value.translation_placeholders["permission"] == "EditPresenceStatus"
    assert _shown(account, "user_status") == "available"


async def test_change_that_the_platform_does_not_apply_is_not_shown(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Although the answer is a success."""
    account = await _add(hass, simulator)
    simulator.switches.edit_presence = "ignored"

    with pytest.raises(HomeAssistantError) as failed:
        await _select(account, "dnd", "do_not_accept_any_calls")

    assert failed.value.translation_key == "settings_not_taken_over"
    fields = TEXTS["services"]["set_presence"]["fields"]
    assert failed.value.translation_placeholders == {
        "settings": fields["dnd_status"]["name"]
    }
    assert _shown(account, "dnd") == "take_all_calls"


async def test_queue_setting_is_rejected_for_an_extension_without_queue(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Only the platform can decide it."""
    for members in simulator.directory.queues.values():
        if simulator.extension("101").id in members:
            members.remove(simulator.extension("101").id)
    account = await _add(hass, simulator)

    with pytest.raises(HomeAssistantError) as refused:
        await _select(account, "dnd", "take_department_calls_only")

    assert refused.value.translation_key == "dnd_rejected"
    assert _shown(account, "dnd") == "take_all_calls"


async def test_member_of_a_queue_can_leave_its_calls_to_others(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """This setting is available only to members."""
    next(iter(simulator.directory.queues.values())).append(
        simulator.extension("101").id
    )
    account = await _add(hass, simulator)

    await _select(account, "dnd", "do_not_accept_department_calls")

    assert _shown(account, "dnd") == "do_not_accept_department_calls"


async def test_unknown_option_is_rejected_without_a_request(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Home Assistant itself validates the option."""
    account = await _add(hass, simulator)

    with pytest.raises(ServiceValidationError) as refused:
        await _select(account, "user_status", "asleep")

    assert refused.value.translation_key == "not_valid_option"
    assert not [r for r in simulator.log if r.method == "PUT"]


async def test_value_that_is_not_an_option_is_unknown(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Also the platform's own `Unknown`."""
    account = await _add(hass, simulator)
    simulator.notify(
        {
            "extensionId": simulator.extension("101").id,
            "userStatus": "Away",
            "dndStatus": "Unknown",
        }
    )
    await until(lambda: _shown(account, "user_status") == STATE_UNKNOWN)
    assert _shown(account, "dnd") == STATE_UNKNOWN


@pytest.mark.freeze_time("2026-03-02 09:00:00", tick=True)
async def test_selects_are_unavailable_when_the_presence_is_stale(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Like every entity of the extension."""
    account = await _add(hass, simulator)
    await simulator.stop()
    clockwork = Clockwork(freezer)

    await clockwork.advance(GRACE - 2)
    assert _shown(account, "user_status") == "available"
    await clockwork.advance(4)
    assert _shown(account, "user_status") == STATE_UNAVAILABLE


# Do not disturb with the newer call handling


async def _add_newer(
    hass: HomeAssistant, simulator: Simulator, dnd_status: str
) -> Account:
    simulator.switches.change("dnd_status", dnd_status)
    simulator.switches.dnd_status_personal = True
    return await _add(hass, simulator)


@pytest.mark.parametrize("dnd_status", ["Unknown", "missing"])
async def test_newer_call_handling_has_two_options_and_changes_the_personal_setting(
    hass: HomeAssistant, simulator: Simulator, dnd_status: str
) -> None:
    """There are no department calls, and the other field is empty."""
    account = await _add_newer(hass, simulator, dnd_status)
    state = account.state("101", "dnd", "select")
    assert state.attributes["options"] == ["take_all_calls", "do_not_accept_any_calls"]
    simulator.fault("lose", seconds=60)

    for option in ("do_not_accept_any_calls", "take_all_calls"):
        await _select(account, "dnd", option)
        assert _shown(account, "dnd") == account.shows("101", "dnd") == option
    assert simulator.presence("101")["dndStatusPersonal"] == "TakeAllCalls"


async def test_options_stay_when_the_account_changes_to_newer_call_handling(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Until the next start; an option that is gone is rejected with a reason."""
    account = await _add(hass, simulator)
    simulator.switches.dnd_status = "missing"
    simulator.switches.dnd_status_personal = True
    await account.coordinator.async_refresh()
    simulator.notify(
        {
            "extensionId": simulator.extension("101").id,
            "dndStatus": "Unknown",
            "dndStatusPersonal": "TakeAllCalls",
        }
    )
    await account.until_all_reported()
    assert account.state("101", "dnd", "select").attributes["options"] == _DND

    with pytest.raises(ServiceValidationError) as refused:
        await _select(account, "dnd", "take_department_calls_only")
    assert refused.value.translation_key == "dnd_not_offered"
    await _select(account, "dnd", "do_not_accept_any_calls")
    assert _shown(account, "dnd") == "do_not_accept_any_calls"


async def test_unknown_in_the_answer_is_not_an_error(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The platform's own `Unknown` does not contradict the change."""
    account = await _add(hass, simulator)
    simulator.switches.dnd_status = "Unknown"

    await _select(account, "dnd", "do_not_accept_any_calls")

    assert _shown(account, "dnd") == account.shows("101", "dnd") == STATE_UNKNOWN


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        (
            {"dndStatus": "TakeAllCalls", "dndStatusPersonal": "DoNotAcceptAnyCalls"},
            "do_not_accept_any_calls",
        ),
        (
            {"dndStatus": "DoNotAcceptAnyCalls", "dndStatusPersonal": "TakeAllCalls"},
            "do_not_accept_any_calls",
        ),
        (
            {
                "dndStatus": "DoNotAcceptDepartmentCalls",
                "dndStatusPersonal": "TakeAllCalls",
            },
            "do_not_accept_department_calls",
        ),
    ],
)
async def test_select_and_sensor_of_dnd_agree(
    hass: HomeAssistant, simulator: Simulator, fields: dict[str, Any], shown: str
) -> None:
    """Whatever the two fields contain."""
    account = await _add(hass, simulator)

    simulator.notify({"extensionId": simulator.extension("101").id, **fields})
    await account.until_all_reported()

    assert _shown(account, "dnd") == account.shows("101", "dnd") == shown

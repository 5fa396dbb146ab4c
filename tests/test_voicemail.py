"""New voicemails of the signed-in user: their number, and the trigger."""

from collections.abc import Mapping
import logging
from typing import Any, Final

import pytest

from custom_components.ringcentral.const import COLLECT_FOR, GRACE
from custom_components.ringcentral.coordinator import REFRESHED
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar
from simulator import Simulator

from .automations.common import (
    Runs,
    automate,
    device,
    set_privacy,
    trigger,
    update_device,
)
from .common import Account, add_account, writes
from .reliability.common import (
    MOVED_TIME,
    WSTOKEN,
    Time,
    is_pushed,
    issues,
    lose_push,
    request_statuses,
)

pytestmark = MOVED_TIME

_CALLER: Final = "+16505550140"
_MESSAGES: Final = "/restapi/v1.0/account/~/extension/~/message-store"
_FIELDS: Final = (
    "entity_id",
    "device_id",
    "extension_name",
    "extension_number",
    "caller",
    "caller_markdown",
    "caller_name",
    "caller_number",
    "time",
    "seconds",
)


def _number(account: Account) -> str | None:
    """Return the number of new voicemails that is shown."""
    return account.shows("101", "new_voicemails")


def _reads(simulator: Simulator) -> list[int]:
    """Return the statuses of the requests for voicemails."""
    return request_statuses(simulator, _MESSAGES, "GET")


async def _follow(account: Account, time: Time) -> None:
    """Wait until what the platform has announced is read."""
    await account.until_all_reported()
    await time.passes(COLLECT_FOR + 1)
    await account.hass.async_block_till_done()


async def _poll(account: Account, time: Time) -> None:
    """Let a snapshot of all extensions be taken."""
    await account.coordinator.async_refresh()
    await _follow(account, time)


async def _automate(
    account: Account, *conditions: Mapping[str, Any], **target: Any
) -> Runs:
    runs = await automate(
        account.hass,
        trigger("voicemail_left", target or device(account, "101")),
        conditions=conditions,
        fields=_FIELDS,
    )
    await account.hass.async_block_till_done()
    return runs


def _warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the integration has complained about."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components.")
        and record.levelno > logging.INFO
    ]


# Number


@pytest.mark.parametrize("kind", ["VoiceMail", "Voicemail"])
@pytest.mark.parametrize("id_type", ["number", "string"])
@pytest.mark.parametrize("has_total", [True, False])
async def test_number_follows_the_mailbox(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    *,
    kind: str,
    id_type: str,
    has_total: bool,
) -> None:
    """In each form that the platform describes; old ones count, read ones do not."""
    simulator.switches.change("voicemail_type", kind)
    simulator.switches.change("voicemail_id_type", id_type)
    simulator.switches.change("voicemail_total", has_total)
    old = simulator.leave_voicemail("101", _CALLER)
    simulator.mark_voicemail(
        "101", simulator.leave_voicemail("101", _CALLER).id, "Read"
    )
    await time.passes(40 * 3600, 3600)
    account = await add_account(hass, simulator)
    await account.hass.async_block_till_done()
    assert _number(account) == "1"
    entity_id = account.entity_id("101", "new_voicemails")
    state = hass.states.get(str(entity_id))
    assert state is not None
    assert state.attributes["unit_of_measurement"] == "messages"
    assert state.attributes["state_class"] == "measurement"

    simulator.leave_voicemail("101", _CALLER)
    await _follow(account, time)
    assert _number(account) == "2"
    simulator.mark_voicemail("101", old.id, "Read")
    await _follow(account, time)
    assert _number(account) == "1"


async def test_one_request_reads_what_several_events_announce(
    account: Account, time: Time
) -> None:
    """At set-up as well."""
    account.simulator.log.clear()
    for _ in range(5):
        account.simulator.leave_voicemail("101", _CALLER)
    await _follow(account, time)

    assert _number(account) == "5"
    assert _reads(account.simulator) == [200]


async def test_voicemails_are_read_once_at_set_up(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """After the subscription, so that none is missed."""
    account = await add_account(hass, simulator)
    simulator.fault("recovery_failed")
    await hass.config_entries.async_reload(account.entry.entry_id)
    await time.passes(5)

    assert _number(account) == "0"
    assert _reads(simulator) == [200]
    requests = request_statuses(simulator, "/restapi/v1.0/subscription", over="request")
    assert requests == [200]


async def test_nothing_is_written_while_the_number_is_the_same(
    account: Account, time: Time
) -> None:
    """After each snapshot it is read."""
    with writes(account.hass) as written:
        await _poll(account, time)
    assert account.entity_id("101", "new_voicemails") not in written


async def test_sensor_comes_and_goes_with_the_own_extension(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """It is on its device, like the selects."""
    account = await add_account(hass, simulator, groups=["favorites"])
    assert _number(account) is None
    for favorites, shown in (["101", "102"], "0"), (["102"], None), (["101"], "0"):
        simulator.set_favorites("101", favorites)
        await _poll(account, time)
        assert _number(account) == shown


async def test_other_extensions_have_no_voicemails(account: Account) -> None:
    """The platform shows only the own ones."""
    account.simulator.leave_voicemail("102", _CALLER)
    await account.until_all_reported()
    assert account.shows("102", "new_voicemails") is None
    assert _number(account) == "0"


# Outages and bad input


async def test_voicemail_left_during_an_outage_is_counted_and_announced(
    account: Account, time: Time
) -> None:
    """Once a minute without live updates."""
    runs = await _automate(account)
    account.simulator.fault("error", status=503, path=WSTOKEN, seconds=300)
    await lose_push(account)
    account.simulator.leave_voicemail("101", _CALLER)
    await time.passes(65)
    assert _number(account) == "1"
    assert [run["caller_number"] for run in runs] == [_CALLER]
    await time.passes_until(is_pushed(account), within=700)
    await time.passes(10)
    assert len(runs) == 1


async def test_number_is_unknown_while_nothing_can_be_read(
    account: Account, time: Time
) -> None:
    """From the end of the grace period until it is read again."""
    account.simulator.fault("error", status=503, seconds=400)
    await lose_push(account)
    await time.passes_until(lambda: account.shows(None, "link") == "down", within=90)
    assert _number(account) == "0"
    await time.passes(GRACE)
    assert _number(account) == STATE_UNAVAILABLE
    account.simulator.leave_voicemail("101", _CALLER)
    await time.passes_until(is_pushed(account), within=900)
    await time.passes(COLLECT_FOR + 3)
    assert _number(account) == "1"


async def test_failing_requests_make_the_number_unknown_after_the_grace_period(
    account: Account, time: Time
) -> None:
    """A change was announced and is not known."""
    account.simulator.fault("error", status=503, path=_MESSAGES, seconds=3600)
    account.simulator.leave_voicemail("101", _CALLER)
    await _follow(account, time)
    assert _number(account) == "0"
    await time.passes(GRACE + 5)
    assert _number(account) == STATE_UNAVAILABLE
    account.simulator.clear_faults()
    await time.passes(61)
    assert _number(account) == "1"


async def test_refused_filter_is_polled_without_a_complaint(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Presence is subscribed to nevertheless."""
    simulator.fault("refuse_filter", filter="message-store", status=403, seconds=3600)
    account = await add_account(hass, simulator)
    assert _number(account) == "0"
    simulator.leave_voicemail("101", _CALLER)
    await time.passes(65)

    assert _number(account) == "1"
    assert issues(hass) == {}
    assert _warnings(caplog) == []
    simulator.ring(to="102", from_=_CALLER)
    await account.until_shown("102", "telephony_status", "ringing")


# Permissions


@pytest.mark.parametrize("of", ["app", "user"])
async def test_without_permission_there_is_no_sensor_and_no_complaint(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    caplog: pytest.LogCaptureFixture,
    of: str,
) -> None:
    """The scope of the token tells of the app's, a request of the user's."""
    simulator.change_permissions(**{of: {"ReadMessages": False}})
    account = await add_account(hass, simulator)
    await time.passes(60)
    for _ in range(3):
        await _poll(account, time)

    assert _number(account) is None
    assert issues(hass) == {}
    assert account.shows("101", "presence") == "available"
    assert _warnings(caplog) == []
    # The request at set-up was refused, if there was one.
    assert _reads(simulator) == []
    await time.passes(2 * 3600, 20)
    assert _reads(simulator) == ([] if of == "app" else [403])


async def test_edit_messages_includes_the_permission(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """As on the platform."""
    simulator.permissions.discard("ReadMessages")
    simulator.permissions.add("EditMessages")
    account = await add_account(hass, simulator)
    await hass.async_block_till_done()
    assert _number(account) == "0"


async def test_sensor_is_added_when_the_user_gets_the_permission(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Within an hour or so, without a reload."""
    simulator.change_permissions(user={"ReadMessages": False})
    account = await add_account(hass, simulator)
    await time.passes(10)
    assert _number(account) is None

    simulator.change_permissions(user={"ReadMessages": True})
    simulator.leave_voicemail("101", _CALLER)
    await time.passes(3600 + 15 * 60 + 10, 20)
    assert _number(account) == "1"


@pytest.mark.parametrize("of", ["app", "user"])
async def test_permission_that_is_taken_away_and_given_back(
    account: Account, time: Time, of: str
) -> None:
    """The number is unknown in between; presence goes on."""
    simulator = account.simulator
    simulator.change_permissions(**{of: {"ReadMessages": False}})
    await _poll(account, time)
    assert _number(account) == STATE_UNAVAILABLE
    assert issues(account.hass) == {}
    simulator.ring(to="102", from_=_CALLER)
    await account.until_shown("102", "telephony_status", "ringing")

    simulator.change_permissions(**{of: {"ReadMessages": True}})
    await time.passes(3600 + 15 * 60 + 10, 20)
    assert _number(account) == "0"


async def test_sensor_is_removed_if_the_app_lacks_the_permission_after_a_restart(
    account: Account,
) -> None:
    """It would stay unavailable."""
    account.simulator.change_permissions(app={"ReadMessages": False})
    entries = account.hass.config_entries
    token = {**account.entry.data["token"], "scope": "ReadAccounts ReadPresence"}
    entries.async_update_entry(
        account.entry, data={**account.entry.data, "token": token}
    )
    await entries.async_reload(account.entry.entry_id)
    assert account.entity_id("101", "new_voicemails") is None


# Trigger


async def test_voicemail_triggers_with_its_caller(account: Account, time: Time) -> None:
    """Once, and it is counted then."""
    counted = {
        "condition": "state",
        "entity_id": account.entity_id("101", "new_voicemails"),
        "state": "1",
    }
    runs = await _automate(account, counted)
    account.simulator.leave_voicemail(
        "101", _CALLER, from_name="Test Caller", seconds=14
    )
    await _follow(account, time)

    found = account.device("101")
    assert found is not None
    extension = account.simulator.extension("101")
    assert runs == [
        {
            "entity_id": account.entity_id("101", "telephony_status"),
            "device_id": found.id,
            "extension_name": extension.name,
            "extension_number": "101",
            "caller": "Test Caller",
            "caller_markdown": "Test Caller",
            "caller_name": "Test Caller",
            "caller_number": _CALLER,
            "time": runs[0]["time"],
            "seconds": 14,
        }
    ]
    assert runs[0]["time"].startswith("2026-03-02T09:00:0")
    await _poll(account, time)
    assert len(runs) == 1


async def test_voicemails_trigger_in_the_order_in_which_they_were_left(
    account: Account, time: Time
) -> None:
    """The platform lists the newest first."""
    runs = await _automate(account)
    for number in ("+16505550141", "+16505550142"):
        account.simulator.leave_voicemail("101", number)
        await time.passes(0.5, 0.5)
    await _follow(account, time)
    assert [run["caller_number"] for run in runs] == ["+16505550141", "+16505550142"]


async def test_old_voicemails_do_not_trigger(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Neither those found at the start, nor one that is marked as unread."""
    simulator.leave_voicemail("101", _CALLER)
    read = simulator.leave_voicemail("101", _CALLER)
    simulator.mark_voicemail("101", read.id, "Read")
    await time.passes(600, 60)
    account = await add_account(hass, simulator)
    runs = await _automate(account)
    await time.passes(5)
    simulator.mark_voicemail("101", read.id, "Unread")
    await _follow(account, time)
    assert _number(account) == "2"
    simulator.mark_voicemail("101", read.id, "Read")
    await _follow(account, time)
    simulator.mark_voicemail("101", read.id, "Unread")
    await _follow(account, time)

    assert _number(account) == "2"
    assert runs == []


@pytest.mark.parametrize(
    ("name", "shown", "markdown"),
    [
        ("Sales\u202egnidliub", "Salesgnidliub", "Salesgnidliub"),
        ("x" * 500, "x" * 99 + "…", "x" * 99 + "…"),
        ("<b>\n[a](b)</b>", "<b> [a](b)</b>", None),
        ("\u200b", _CALLER, _CALLER),
    ],
    ids=["right to left", "500 characters", "markup", "invisible"],
)
async def test_odd_name_of_a_caller_is_shown_in_one_visible_line(
    account: Account, time: Time, name: str, shown: str, markdown: str | None
) -> None:
    """Markup is shown as it is written."""
    runs = await _automate(account)
    account.simulator.leave_voicemail("101", _CALLER, from_name=name)
    await _follow(account, time)
    assert runs[0]["caller"] == shown
    if markdown is None:
        assert not set("<[]>") & set(runs[0]["caller_markdown"])
    else:
        assert runs[0]["caller_markdown"] == markdown


@pytest.mark.parametrize(
    ("privacy", "name", "number"),
    [("masked", "T. C.", "…140"), ("none", None, None)],
)
async def test_caller_is_shown_by_the_privacy_level(
    account: Account, time: Time, privacy: str, name: str | None, number: str | None
) -> None:
    """As in the data of the other triggers."""
    await set_privacy(account, privacy)
    await time.passes(5)
    runs = await _automate(account)
    account.simulator.leave_voicemail("101", _CALLER, from_name="Test Caller")
    await _follow(account, time)

    shown = [(run["caller_name"], run["caller_number"]) for run in runs]
    assert shown == [(name, number)]


async def test_target_decides_about_the_trigger(
    account: Account, time: Time, area_registry: ar.AreaRegistry
) -> None:
    """Any target that includes the own extension."""
    area = area_registry.async_create("Office")
    await update_device(account, "101", area_id=area.id)
    runs = await _automate(account, area_id=[area.id])
    account.simulator.leave_voicemail("101", _CALLER)
    await _follow(account, time)
    assert len(runs) == 1

    await update_device(account, "101", area_id=None)
    account.simulator.leave_voicemail("101", _CALLER)
    await _follow(account, time)
    assert len(runs) == 1


async def test_trigger_stays_attached_over_a_reload(
    account: Account, time: Time
) -> None:
    """Those left in the meantime are not announced."""
    runs = await _automate(account)
    await account.hass.config_entries.async_unload(account.entry.entry_id)
    account.simulator.leave_voicemail("101", _CALLER)
    await account.hass.config_entries.async_setup(account.entry.entry_id)
    await time.passes(5)
    assert (_number(account), runs) == ("1", [])

    account.simulator.leave_voicemail("101", _CALLER)
    await _follow(account, time)
    assert (_number(account), len(runs)) == ("2", 1)


async def test_nothing_personal_is_logged(
    account: Account, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    """At any level."""
    caplog.set_level(logging.DEBUG)
    account.simulator.leave_voicemail("101", _CALLER, from_name="Test Caller")
    await _follow(account, time)
    account.simulator.fault("error", status=403, path=_MESSAGES)
    await _poll(account, time)
    logged = [r.getMessage() for r in caplog.records if "ringcentral" in r.name]
    assert any("cannot be read" in message for message in logged)
    assert not [m for m in logged if _CALLER in m or "Test Caller" in m]


async def test_nothing_is_read_after_an_unload(account: Account) -> None:
    """Its listeners may still be called."""
    coordinator = account.coordinator
    await account.hass.config_entries.async_unload(account.entry.entry_id)
    account.simulator.log.clear()
    coordinator.async_update_context(REFRESHED)
    await account.hass.async_block_till_done()
    assert _reads(account.simulator) == []

"""Entities of groups and of the account as a whole."""

from collections import Counter
import json
from typing import Final

import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.ringcentral.const import COLLECT_FOR
from custom_components.ringcentral.entities import groups as group_entities
from custom_components.ringcentral.groups.batcher import UPDATE_INTERVAL
from custom_components.ringcentral.roster.identifiers import group_unique_id
from homeassistant.components.recorder.db_schema import StateAttributes
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance, session_scope
from homeassistant.util import dt as dt_util
from simulator import Simulator
from simulator.base.errors import rest_error
from simulator.company.directory import Extension
from simulator.company.parties import Party
from simulator.rest.api import ApiRequest
from simulator.rest.lookup import Lookup

from .common import Account, add_account, until, writes
from .forms import start_options, submit_options, suggested
from .groups.common import add, groups_of, settle, team
from .groups.shown import NUMBERS, Group, settle_shown
from .reliability.common import (
    MOVED_TIME,
    Time,
    is_pushed,
    lose_push,
    lose_updates_of,
    messages,
)

_CALLER: Final = ("+16505550199", "Canary Nightingale")


def ring(simulator: Simulator, number: str, *others: str) -> Party:
    """Let phones ring; return the party of the first."""
    caller, name = _CALLER
    return simulator.ring(to=number, from_=caller, from_name=name, group=others)


@pytest.fixture
async def team_of_three(account: Account) -> Group:
    """Return a group of the extensions 102, 103 and 104."""
    numbers = ["102", "103", "104"]
    return Group(account, await add(account, team(account, numbers=numbers)))


async def test_entities_of_a_group(
    team_of_three: Group,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    """Names, capabilities, and attributes while no phone is used."""
    account = team_of_three.account
    entities = {}
    for entity in er.async_entries_for_config_entry(
        entity_registry, account.entry.entry_id
    ):
        if entity.config_subentry_id != team_of_three.subentry_id:
            continue
        state = account.hass.states.get(entity.entity_id)
        assert state is not None
        entities[entity.entity_id] = {
            "key": entity.unique_id.removeprefix(
                group_unique_id(str(team_of_three.subentry_id), "")
            ),
            "enabled": entity.disabled_by is None,
            "category": entity.entity_category,
            "capabilities": entity.capabilities,
            "attributes": {
                key: value
                for key, value in state.attributes.items()
                if key != "last_reset"
            },
        }
    assert entities == snapshot


@MOVED_TIME
async def test_group_and_account_show_who_rings_talks_and_is_free(
    time: Time, team_of_three: Group, simulator: Simulator
) -> None:
    """As numbers with names, and whether anyone does."""
    account, group = team_of_three.account, team_of_three
    everyone = Group(account)
    company = len(account.coordinator.data)
    assert group.numbers == ("0", "3", "0", "0")
    assert everyone.shows("people_ringing", "people_on_the_phone") == ("0", "0")
    free = int(everyone.state("people_free").state)
    assert 3 <= free <= company
    assert (group.anyone("ringing"), group.anyone("on_the_phone")) == ("off", "off")
    names = sorted(str(simulator.extension(n).name) for n in ("102", "103", "104"))
    assert group.people("people_free") == names

    call = ring(simulator, "102")
    await settle_shown(account)
    name = simulator.extension("102").name
    assert group.numbers == ("1", "2", "0", "1")
    assert everyone.numbers == ("1", str(free - 1), "0", "1")
    assert group.people("people_ringing") == everyone.people("people_ringing") == [name]
    assert name not in group.people("people_free")
    assert (group.anyone("ringing"), group.anyone("on_the_phone")) == ("on", "off")

    simulator.answer(call.telephony_session_id)
    await settle_shown(account)
    assert group.numbers == ("1", "2", "1", "0")
    assert group.people("people_on_the_phone") == [name]
    assert (group.anyone("ringing"), group.anyone("on_the_phone")) == ("off", "on")

    simulator.end(call.telephony_session_id)
    await settle_shown(account)
    assert group.numbers == ("0", "3", "0", "0")
    assert everyone.numbers == ("0", str(free), "0", "0")
    assert group.calls == []


@MOVED_TIME
async def test_call_at_two_phones_is_one_call(
    time: Time, team_of_three: Group, simulator: Simulator
) -> None:
    """Of two people, and of the account."""
    account, group = team_of_three.account, team_of_three
    ring(simulator, "102", "103")
    await settle_shown(account)

    assert group.numbers == ("1", "1", "0", "2")
    assert Group(account).shows("current_calls", "people_ringing") == ("1", "2")
    [call] = group.calls
    assert call["extensions"] == [simulator.extension(n).name for n in ("102", "103")]
    assert call["telephony_status"] == "ringing"
    assert (call["from"], call["from_name"]) == _CALLER


@MOVED_TIME
async def test_calls_of_others_are_not_those_of_the_group(
    time: Time, team_of_three: Group, simulator: Simulator
) -> None:
    """Only of the account."""
    ring(simulator, "105")
    await settle_shown(team_of_three.account)
    assert team_of_three.numbers == ("0", "3", "0", "0")
    assert Group(team_of_three.account).shows("current_calls") == ("1",)


@MOVED_TIME
async def test_longest_hold_is_when_the_first_call_on_hold_was_held(
    time: Time, account: Account, simulator: Simulator
) -> None:
    """Until it is resumed."""
    everyone = Group(account)
    assert everyone.shows("longest_hold") == ("unknown",)
    await time.passes(2)
    calls = [ring(simulator, number) for number in ("102", "103")]
    shown = []
    for call in calls:
        simulator.answer(call.telephony_session_id)
        simulator.hold(call.telephony_session_id)
        await settle_shown(account)
        shown.append(everyone.state("longest_hold").state)
        await time.passes(60)
    assert shown[0] == shown[1]
    held = dt_util.parse_datetime(shown[0], raise_on_error=True)
    assert 119 <= (dt_util.utcnow() - held).total_seconds() < 125

    simulator.unhold(calls[0].telephony_session_id)
    await settle_shown(account)
    held = dt_util.parse_datetime(
        everyone.state("longest_hold").state, raise_on_error=True
    )
    assert 59 <= (dt_util.utcnow() - held).total_seconds() < 65


# --------------------------------------------------------------------------------------
# Availability


async def test_group_without_members_is_unavailable(account: Account) -> None:
    """It is not known to be free; its counts stay."""
    group = Group(account, await add(account, team(account, numbers=[])))
    assert set(group.numbers) == {STATE_UNAVAILABLE}
    assert group.anyone("ringing") == STATE_UNAVAILABLE
    assert group.state("calls", "event").state == STATE_UNAVAILABLE
    assert group.shows("missed_today") == ("0",)


@MOVED_TIME
async def test_group_is_unavailable_while_no_presence_is_current(
    time: Time, team_of_three: Group, simulator: Simulator
) -> None:
    """Like its members; the counts are not wrong by then."""
    account, group = team_of_three.account, team_of_three
    everyone = Group(account)
    simulator.fault("maintenance", seconds=600)
    await lose_push(account)
    await time.passes(130)
    for shown in (group, everyone):
        assert set(shown.numbers) == {STATE_UNAVAILABLE}
        assert shown.shows("missed_today", "talk_time_today") == ("0", "0.0")
    assert group.anyone("on_the_phone") == STATE_UNAVAILABLE
    assert group.state("calls", "event").state == STATE_UNAVAILABLE
    assert everyone.shows("longest_hold") == (STATE_UNAVAILABLE,)

    simulator.clear_faults()
    await time.passes_until(is_pushed(account), 300)
    await time.passes(1)
    assert group.numbers == ("0", "3", "0", "0")
    assert everyone.shows("current_calls") == ("0",)
    assert group.anyone("on_the_phone") == "off"


@MOVED_TIME
async def test_nothing_is_said_of_anyone_while_a_member_is_not_current(
    time: Time, team_of_three: Group, simulator: Simulator
) -> None:
    """Unless another one is on the phone; a number is of those that are current, if any."""
    account, group = team_of_three.account, team_of_three
    await lose_updates_of(account, time, "103")
    assert group.numbers == ("unknown", "2", "unknown", "unknown")
    assert group.anyone("on_the_phone") == "unknown"

    call = ring(simulator, "102")
    simulator.answer(call.telephony_session_id)
    await settle_shown(account)
    assert (group.anyone("on_the_phone"), group.anyone("ringing")) == ("on", "unknown")


@MOVED_TIME
@pytest.mark.parametrize(
    ("status", "shown"), [(503, ("unknown", "unknown")), (403, ("0", "off"))]
)
async def test_nothing_is_said_of_anyone_until_a_new_member_is_read(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    shown: tuple[str, ...],
) -> None:
    """Unless the platform refuses its presence: nothing is known before its events."""
    simulator.set_lines("101", ["102", "103"])
    account = await add_account(hass, simulator, groups=["lines"])
    numbers = ["102", "103", "104"]
    group = Group(account, await add(account, team(account, numbers=numbers)))
    new = simulator.extension("104").id
    by_id = Lookup.by_id

    def without_new(self: Lookup, extension_id: str, request: ApiRequest) -> Extension:
        if extension_id == new:
            raise rest_error(status, "CMN-000", "No presence")
        return by_id(self, extension_id, request)

    def ringing() -> tuple[str, ...]:
        return *group.shows("people_ringing"), group.anyone("ringing")

    assert ringing() == ("0", "off")
    with monkeypatch.context() as patched:
        patched.setattr(Lookup, "by_id", without_new)
        simulator.set_lines("101", numbers)
        await account.until_all_reported()
        members = groups_of(account).groups[str(group.subentry_id)].tally
        await time.passes_until(
            lambda: new in members.members, COLLECT_FOR + 5, step=0.1
        )
        await time.passes(10)
        assert new not in account.coordinator.data
        assert ringing() == shown
    call = ring(simulator, "104")
    await time.passes(1)
    assert ringing() == ("1", "on")
    simulator.end(call.telephony_session_id)
    await time.passes(120)
    assert ringing() == ("0", "off")


# --------------------------------------------------------------------------------------
# Writes


@MOVED_TIME
async def test_nothing_is_written_that_has_not_changed(
    time: Time, team_of_three: Group, simulator: Simulator
) -> None:
    """Of a group of others, nothing at all."""
    account = team_of_three.account
    others = Group(account, await add(account, team(account, "Sales", numbers=["105"])))
    await time.passes(2)
    with writes(account.hass) as written:
        ring(simulator, "102")
        await settle_shown(account)
    counted = Counter(written)
    assert max(counted.values()) == 1
    changed = {
        *("current_calls", "people_ringing", "people_free", "incoming_today"),
    }
    platforms = {"sensor": changed, "binary_sensor": {"anyone_ringing"}}
    expected = {
        group.entity_id(key, platform)
        for group in (team_of_three, Group(account))
        for platform, keys in platforms.items()
        for key in keys
        if group.subentry_id or platform == "sensor"
    }
    expected.add(team_of_three.entity_id("calls", "event"))
    own = {account.entity_id("102", key) for key in ("telephony_status", "presence")}
    own.add(account.entity_id("102", "calls", "event"))
    assert counted.keys() - own == expected
    assert others.numbers == ("0", "1", "0", "0")

    with writes(account.hass) as written:
        simulator.change_extension("102", message="Out to lunch")
        await settle_shown(account)
        await account.coordinator.async_refresh()
        await settle_shown(account)
    own.add(account.entity_id(None, "connection", "binary_sensor"))
    assert set(written) <= own


@MOVED_TIME
async def test_burst_of_calls_writes_each_entity_four_times_a_second(
    time: Time, team_of_three: Group, simulator: Simulator
) -> None:
    """However many calls there are; the last state is right."""
    account, group = team_of_three.account, team_of_three
    await time.passes(2)
    rounds = 20
    with writes(account.hass) as written:
        for _ in range(rounds):
            call = ring(simulator, "102")
            await time.passes(0.05, 0.05)
            simulator.end(call.telephony_session_id)
            await time.passes(0.05, 0.05)
        await time.passes(2)
    counted = Counter(written)
    assert counted[str(account.entity_id("102", "telephony_status"))] == 2 * rounds
    for shown in (group, Group(account)):
        for key in NUMBERS - {"people_on_the_phone"}:
            # Two seconds, and the first and the last one.
            assert 4 <= counted[shown.entity_id(key)] <= 2 * 4 + 2
    assert group.numbers == ("0", "3", "0", "0")


@MOVED_TIME
async def test_first_event_after_a_pause_is_shown_before_its_automations_run(
    time: Time, team_of_three: Group, simulator: Simulator
) -> None:
    """Their conditions read the states of the group."""
    account, group = team_of_three.account, team_of_three
    await time.passes(2)
    seen: list[tuple[str, ...]] = []
    account.coordinator.calls.async_listen(
        simulator.extension("102").id, lambda _event: seen.append(group.numbers)
    )
    ring(simulator, "102")
    await account.until_all_reported()
    assert seen == [("1", "2", "0", "1")]


# --------------------------------------------------------------------------------------
# Names


@MOVED_TIME
@pytest.mark.parametrize(
    ("privacy", "number", "name"),
    [
        ("full", "+16505550199", "Canary Nightingale"),
        ("masked", "…199", "C. N."),
        ("none", None, None),
    ],
)
async def test_caller_is_shown_by_the_privacy_level(
    time: Time,
    team_of_three: Group,
    simulator: Simulator,
    privacy: str,
    number: str | None,
    name: str | None,
) -> None:
    """Colleagues are named in any case, as their devices are."""
    account, group = team_of_three.account, team_of_three
    ring(simulator, "102")
    await settle_shown(account)
    form = await start_options(account.hass, account.entry.entry_id)
    await submit_options(account.hass, form, suggested(form) | {"privacy": privacy})
    await settle_shown(account)
    for shown in (group, Group(account)):
        [call] = shown.calls
        assert (call["from"], call["from_name"]) == (number, name)
        colleague = simulator.extension("102").name
        assert call["extensions"] == shown.people("people_ringing") == [colleague]


async def test_names_are_not_recorded(
    recorder_mock: object, team_of_three: Group, simulator: Simulator
) -> None:
    """Neither those of callers nor those of colleagues."""
    account = team_of_three.account
    ring(simulator, "102")
    await settle_shown(account)
    assert (
        team_of_three.people("people_ringing") == team_of_three.calls[0]["extensions"]
    )
    await get_instance(account.hass).async_block_till_done()
    with session_scope(hass=account.hass, read_only=True) as session:
        attributes = [
            json.loads(row.shared_attrs or "{}")
            for row in session.query(StateAttributes)
        ]
    recorded = [
        a for a in attributes if a.get("friendly_name", "").startswith("Support")
    ]
    assert len(recorded) >= 10
    for personal in ("Canary", "6505550199", str(simulator.extension("102").name)):
        assert personal not in json.dumps(recorded)
    assert not {"active_calls", "people", "unclear"} & {k for a in recorded for k in a}


async def test_names_of_more_than_fifty_people_are_left_out(
    account: Account, team_of_three: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their number is not."""
    monkeypatch.setattr(group_entities, "_NAMES_AT_MOST", 2)
    form = await start_options(account.hass, account.entry.entry_id)
    await submit_options(account.hass, form, suggested(form) | {"privacy": "none"})
    assert team_of_three.shows("people_free") == ("3",)
    assert "people" not in team_of_three.state("people_free").attributes
    assert team_of_three.people("people_ringing") == []


# --------------------------------------------------------------------------------------
# Call events


@MOVED_TIME
async def test_event_entity_of_a_group_shows_a_call_once(
    hass: HomeAssistant, time: Time, team_of_three: Group, simulator: Simulator
) -> None:
    """At however many phones, with the icon of its type, and without names."""
    account, group = team_of_three.account, team_of_three
    entity_id = group.entity_id("calls", "event")
    shown = []
    with writes(hass) as written:
        call = ring(simulator, "102", "103")
        await settle_shown(account)
        shown.append(group.state("calls", "event").attributes)
        simulator.answer(call.telephony_session_id, "103")
        await settle_shown(account)
        shown.append(group.state("calls", "event").attributes)
        simulator.end(call.telephony_session_id)
        await time.passes(5)
        shown.append(group.state("calls", "event").attributes)
    assert written.count(entity_id) == 3
    assert [(event["event_type"], event["icon"]) for event in shown] == [
        ("ringing", "mdi:phone-incoming"),
        ("answered", "mdi:phone-in-talk"),
        ("ended", "mdi:phone-hangup"),
    ]
    names = [str(simulator.extension(n).name) for n in ("102", "103")]
    for personal in ("Canary", "6505550199", *names):
        assert personal not in str(shown)


@MOVED_TIME
async def test_call_that_no_member_answers_is_missed_once(
    time: Time, team_of_three: Group, simulator: Simulator
) -> None:
    """Also if a colleague outside of the group answers."""
    account, group = team_of_three.account, team_of_three
    call = ring(simulator, "102", "103", "105")
    await settle_shown(account)
    simulator.answer(call.telephony_session_id, "105")
    await time.passes(5)
    assert group.state("calls", "event").attributes["event_type"] == "missed"
    assert group.shows("missed_today", "answered_today") == ("1", "0")
    assert Group(account).shows("missed_today", "answered_today") == ("0", "1")


async def type_shown(time: Time, group: Group) -> str:
    """Return the type of the last event of a group, a quarter of a second later."""
    await time.passes(UPDATE_INTERVAL, UPDATE_INTERVAL)
    event_type: str = group.state("calls", "event").attributes["event_type"]
    return event_type


@MOVED_TIME
async def test_events_of_a_burst_are_shown_one_after_another(
    hass: HomeAssistant, time: Time, team_of_three: Group, simulator: Simulator
) -> None:
    """Four a second, in their order, and none is left out."""
    account, group = team_of_three.account, team_of_three
    await time.passes(2)
    entity_id = group.entity_id("calls", "event")
    with writes(hass) as written:
        calls = [ring(simulator, number) for number in ("102", "103", "104")]
        for call in calls:
            simulator.answer(call.telephony_session_id)
        await account.until_all_reported()
        await time.settle()
        assert written.count(entity_id) == 1
        shown = [await type_shown(time, group) for _ in range(5)]
        await time.passes(5)
    assert shown == ["ringing", "ringing", "answered", "answered", "answered"]
    assert written.count(entity_id) == 6


@MOVED_TIME
async def test_events_of_the_last_ten_seconds_wait_to_be_shown(
    hass: HomeAssistant, time: Time, team_of_three: Group, simulator: Simulator
) -> None:
    """The oldest are left out; the last one is shown at the end."""
    account, group = team_of_three.account, team_of_three
    entity_id = group.entity_id("calls", "event")
    await time.passes(2)
    with writes(hass) as written:
        for _ in range(30):
            call = ring(simulator, "102")
            simulator.answer(call.telephony_session_id)
            simulator.end(call.telephony_session_id)
        await account.until_all_reported()
        await time.settle()
        await time.passes(9.5, 0.25)
        assert written.count(entity_id) < 1 + 40
        await time.passes(5, 0.25)
    assert written.count(entity_id) == 1 + 40
    assert group.state("calls", "event").attributes["event_type"] == "ended"


@MOVED_TIME
async def test_last_event_that_waits_is_shown_before_a_reload(
    time: Time, team_of_three: Group, simulator: Simulator
) -> None:
    """Its state is restored; a ring that is over would look like the last event."""
    account, group = team_of_three.account, team_of_three
    await time.passes(2)
    call = ring(simulator, "102")
    simulator.answer(call.telephony_session_id)
    simulator.end(call.telephony_session_id)
    await account.until_all_reported()
    await time.settle()
    before = group.state("calls", "event").attributes["event_type"]
    await account.hass.config_entries.async_reload(account.entry.entry_id)
    await settle(account)
    after = group.state("calls", "event").attributes["event_type"]
    assert (before, after) == ("ringing", "ended")


@MOVED_TIME
async def test_group_that_is_removed_shows_no_event_that_waits(
    hass: HomeAssistant,
    time: Time,
    team_of_three: Group,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An entity that is gone has no state."""
    account, group = team_of_three.account, team_of_three
    entity_id = group.entity_id("calls", "event")
    await time.passes(2)
    for number in ("102", "103", "104"):
        ring(simulator, number)
    await account.until_all_reported()
    await time.settle()
    hass.config_entries.async_remove_subentry(account.entry, str(group.subentry_id))
    await time.passes(1)
    with writes(hass) as written:
        await time.passes(5, 0.25)
    assert entity_id not in written
    assert hass.states.get(entity_id) is None
    assert messages(caplog) == []


# --------------------------------------------------------------------------------------
# Names and members follow


async def test_two_groups_of_one_name_have_entities_of_their_own(
    account: Account,
) -> None:
    """With ids that differ by a number."""
    first, second = [
        Group(account, await add(account, team(account, "Sales", numbers=[number])))
        for number in ("102", "103")
    ]
    assert first.entity_id("people_free") == "sensor.sales_people_free"
    assert second.entity_id("people_free") == "sensor.sales_people_free_2"
    assert first.people("people_free") != second.people("people_free")


async def test_group_that_is_removed_takes_its_entities_along(
    team_of_three: Group, entity_registry: er.EntityRegistry
) -> None:
    """And no other."""
    account = team_of_three.account
    others = {
        entity.entity_id
        for entity in er.async_entries_for_config_entry(
            entity_registry, account.entry.entry_id
        )
        if entity.config_subentry_id is None
    }
    assert team_of_three.subentry_id is not None
    account.hass.config_entries.async_remove_subentry(
        account.entry, team_of_three.subentry_id
    )
    await settle(account)
    assert others == {
        entity.entity_id
        for entity in er.async_entries_for_config_entry(
            entity_registry, account.entry.entry_id
        )
    }


@MOVED_TIME
async def test_entities_of_a_group_are_back_after_a_reload(
    time: Time, team_of_three: Group, simulator: Simulator
) -> None:
    account, group = team_of_three.account, team_of_three
    ring(simulator, "102")
    await settle_shown(account)
    assert await account.hass.config_entries.async_reload(account.entry.entry_id)
    await settle_shown(account)
    await until(is_pushed(account))
    assert group.numbers == ("1", "2", "0", "1")
    assert group.anyone("ringing") == "on"
    assert group.shows("incoming_today") == ("1",)

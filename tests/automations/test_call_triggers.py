"""Call triggers: which calls fire them, at which extensions, and their trigger data."""

from collections.abc import Awaitable, Callable, Mapping
import re
from typing import Any

import pytest
import voluptuous as vol

from homeassistant.components.automation.const import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.const import ATTR_ENTITY_ID, SERVICE_TURN_OFF
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
from homeassistant.helpers.trigger import async_validate_trigger_config
from simulator import Simulator

from ..common import Account, until
from ..reliability.common import MOVED_TIME, Time
from .common import CALLER, automate, device, set_privacy, trigger, update_device

pytestmark = MOVED_TIME

# A missed call is reported after this time: it may continue to ring.
UNTIL_MISSED = 4.0


# Moves of an incoming call at 102 until the trigger fires.
MOVES: Mapping[str, tuple[str, ...]] = {
    "started_ringing": (),
    "call_answered": ("answer",),
    "call_held": ("answer", "hold"),
    "call_resumed": ("answer", "hold", "unhold"),
    "call_parked": ("answer", "park"),
    "call_ended": ("answer", "end"),
    "call_missed": ("end",),
}
EVENTS: Mapping[str, str] = {
    "started_ringing": "ringing",
    "call_answered": "answered",
    "call_held": "held",
    "call_resumed": "resumed",
    "call_parked": "parked",
    "call_ended": "ended",
    "call_missed": "missed",
}
LASTING = (
    "started_ringing",
    "call_answered",
    "call_held",
    "call_resumed",
    "call_parked",
)


async def pass_until_missed(account: Account, time: Time) -> None:
    """Let all messages arrive, and pending missed calls expire."""
    await account.until_all_reported()
    await time.passes(UNTIL_MISSED)


@pytest.mark.parametrize("key", MOVES)
async def test_each_trigger_fires_once_when_its_event_happens(
    hass: HomeAssistant, account: Account, time: Time, key: str
) -> None:
    """Neither before nor after it."""
    runs = await automate(hass, trigger(key, device(account, "102")))
    call = account.simulator.ring("102", CALLER)
    for move in MOVES[key]:
        await account.until_all_reported()
        assert not runs
        account.simulator.move(call.telephony_session_id, move)  # type: ignore[arg-type]
    await pass_until_missed(account, time)
    assert [run["event"] for run in runs] == [EVENTS[key]]
    if MOVES[key][-1:] != ("end",):
        account.simulator.end(call.telephony_session_id)
        await pass_until_missed(account, time)
    assert len(runs) == 1


async def test_trigger_data_contains_the_whole_call(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    runs = await automate(hass, trigger("call_answered", device(account, "102")))
    call = account.simulator.ring("102", CALLER, from_name="Ann Caller")
    await account.until_all_reported()
    await time.passes(12)
    account.simulator.answer(call.telephony_session_id)
    await account.until_all_reported()
    [run] = runs
    extension = account.simulator.extension("102")
    shown = account.state("102", "telephony_status")
    [shown_call] = shown.attributes["active_calls"]
    assert {**run.pop("call"), "since": shown_call["since"]} == shown_call
    assert shown_call["sip_data"]["remote_uri"].startswith("sip:")
    # On a busy machine the test itself takes time.
    assert 11 < run.pop("ringing_seconds") < 30
    assert re.match(r"2026-03-02T09:00:[12]\d", run.pop("time"))
    found = account.device("102")
    assert found is not None
    assert run == {
        "entity_id": shown.entity_id,
        "device_id": found.id,
        "event": "answered",
        "extension_name": extension.name,
        "extension_number": "102",
        "caller": "Ann Caller",
        "caller_name": "Ann Caller",
        "caller_number": CALLER,
        "reconstructed": False,
        "replayed": False,
        "talking_seconds": 0.0,
        "held_seconds": 0.0,
    }


async def test_caller_of_an_outgoing_call_is_the_called_party(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    runs = await automate(hass, trigger("call_answered", device(account, "102")))
    call = account.simulator.ring(
        CALLER, "102", to_name="Ann Called", direction="Outbound"
    )
    account.simulator.answer(call.telephony_session_id)
    await account.until_all_reported()
    assert [(run["caller"], run["caller_number"]) for run in runs] == [
        ("Ann Called", CALLER)
    ]


async def test_caller_without_name_and_number_is_none(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """A template can use a default."""
    runs = await automate(hass, trigger("started_ringing", device(account, "102")))
    account.simulator.ring("102", "")
    await account.until_all_reported()
    assert [run["caller"] for run in runs] == [None]


# ------------------------------------------------------------------------------------
# Targets


async def _by_entity(account: Account) -> dict[str, Any]:
    return {"entity_id": account.entity_id("102", "telephony_status")}


async def _by_other_entity(account: Account) -> dict[str, Any]:
    return {"entity_id": account.entity_id("102", "calls", "event")}


async def _by_device(account: Account) -> dict[str, Any]:
    return device(account, "102")


async def _by_area(account: Account) -> dict[str, Any]:
    area = ar.async_get(account.hass).async_create("Office")
    await update_device(account, "102", area_id=area.id)
    return {"area_id": area.id}


async def _by_floor(account: Account) -> dict[str, Any]:
    floor = fr.async_get(account.hass).async_create("Ground")
    area = (await _by_area(account))["area_id"]
    ar.async_get(account.hass).async_update(area, floor_id=floor.floor_id)
    return {"floor_id": floor.floor_id}


async def _by_label(account: Account) -> dict[str, Any]:
    label = lr.async_get(account.hass).async_create("Sales")
    await update_device(account, "102", labels={label.label_id})
    return {"label_id": label.label_id}


@pytest.mark.parametrize(
    "target",
    [_by_entity, _by_other_entity, _by_device, _by_area, _by_floor, _by_label],
)
async def test_any_kind_of_target_is_resolved_to_its_extensions(
    hass: HomeAssistant,
    account: Account,
    time: Time,
    target: Callable[[Account], Awaitable[dict[str, Any]]],
) -> None:
    runs = await automate(hass, trigger("started_ringing", await target(account)))
    account.simulator.ring("103", CALLER)
    account.simulator.ring("102", CALLER)
    await account.until_all_reported()
    assert runs.numbers() == ["102"]


async def test_extension_that_moves_into_the_area_is_targeted_from_then_on(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    target = await _by_area(account)
    runs = await automate(hass, trigger("started_ringing", target))
    await update_device(account, "103", **target)
    await update_device(account, "102", area_id=None)
    account.simulator.ring("102", CALLER)
    account.simulator.ring("103", CALLER)
    await account.until_all_reported()
    assert runs.numbers() == ["103"]


async def test_targeted_entities_of_other_integrations_are_ignored(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    lamp = er.async_get(hass).async_get_or_create("light", "test", "lamp_102_x")
    target = {
        "entity_id": [lamp.entity_id, "light.that_does_not_exist"],
        **device(account, None, "102"),
    }
    runs = await automate(hass, trigger("started_ringing", target))
    account.simulator.ring("102", CALLER)
    account.simulator.ring("103", CALLER)
    await account.until_all_reported()
    assert runs.numbers() == ["102"]


# ------------------------------------------------------------------------------------
# Filters


@pytest.mark.parametrize(
    ("direction", "expected"), [("any", 2), ("inbound", 1), ("outbound", 1)]
)
async def test_calls_of_the_selected_direction_fire(
    hass: HomeAssistant, account: Account, time: Time, direction: str, expected: int
) -> None:
    """From the extension's point of view."""
    runs = await automate(
        hass, trigger("call_answered", device(account, "102"), direction=direction)
    )
    for call in (
        account.simulator.ring("102", CALLER),
        account.simulator.ring(CALLER, "102", direction="Outbound"),
    ):
        account.simulator.answer(call.telephony_session_id)
    await account.until_all_reported()
    assert len(runs) == expected
    assert {run["call"]["direction"] for run in runs} == (
        {"inbound", "outbound"} if direction == "any" else {direction}
    )


@pytest.mark.parametrize(
    ("queue_calls", "expected"),
    [("any", [False, True]), ("only", [True]), ("none", [False])],
)
async def test_calls_from_queues_fire_as_selected(
    hass: HomeAssistant,
    account: Account,
    time: Time,
    queue_calls: str,
    expected: list[bool],
) -> None:
    runs = await automate(
        hass,
        trigger("started_ringing", device(account, "102"), queue_calls=queue_calls),
    )
    account.simulator.ring("102", CALLER)
    account.simulator.ring("102", CALLER, queue_call=True)
    await account.until_all_reported()
    assert [run["call"]["queue_call"] for run in runs] == expected


@pytest.mark.parametrize(
    ("pattern", "fires"),
    [
        (CALLER, True),
        ("+1 (650) 555-0123", True),
        ("+1650*", True),
        (["+49*", "+165055501??"], True),
        ("*0123", True),
        ("+1651*", False),
        ("6505550123", False),
        ("+16505550", False),
        ("+1[6]*", False),
        ("+1 650.*", True),
        ([], True),
        ("", True),
    ],
)
async def test_number_matches_a_pattern_as_a_whole(
    hass: HomeAssistant, account: Account, time: Time, pattern: object, fires: bool
) -> None:
    """Separators are ignored."""
    runs = await automate(
        hass,
        trigger("started_ringing", device(account, "102"), caller_number=pattern),
    )
    account.simulator.ring("102", CALLER)
    await account.until_all_reported()
    assert bool(runs) is fires


@pytest.mark.parametrize(
    ("number", "runs_by_option"),
    [
        (CALLER, {"any": [CALLER], "only": [], "none": [CALLER]}),
        ("anonymous", {"any": [None], "only": [None], "none": []}),
        ("Restricted", {"any": [None], "only": [None], "none": []}),
    ],
)
async def test_hidden_number_is_none_and_can_be_selected(
    hass: HomeAssistant,
    account: Account,
    time: Time,
    number: str,
    runs_by_option: dict[str, list[str | None]],
) -> None:
    """The call itself has what the platform sends."""
    runs = await automate(
        hass,
        *(
            {
                **trigger("started_ringing", device(account, "102")),
                "options": {"hidden_numbers": option},
                "id": option,
            }
            for option in runs_by_option
        ),
    )
    account.simulator.ring("102", number)
    await account.until_all_reported()
    assert [run["call"]["from"] for run in runs] == [number] * len(runs)
    numbers = [run["caller_number"] for run in runs]
    assert numbers == [n for found in runs_by_option.values() for n in found]


@pytest.mark.parametrize("privacy", ["full", "masked", "none"])
async def test_unmasked_number_is_matched_at_every_privacy_level(
    hass: HomeAssistant, account: Account, time: Time, privacy: str
) -> None:
    """Trigger data is masked nevertheless."""
    await set_privacy(account, privacy)
    runs = await automate(
        hass,
        trigger("started_ringing", device(account, "102"), caller_number=CALLER),
    )
    account.simulator.ring("102", CALLER, from_name="Ann Caller")
    await account.until_all_reported()
    assert [
        (run["caller"], run["caller_number"], run["call"]["from"]) for run in runs
    ] == [
        {
            "full": ("Ann Caller", CALLER, CALLER),
            "masked": ("A. C.", "…123", "…123"),
            "none": (None, None, None),
        }[privacy]
    ]


# ------------------------------------------------------------------------------------
# Behavior: each extension, or first per call


@pytest.fixture
def queue(simulator: Simulator) -> str:
    """Return the number of a call queue."""
    return next(
        extension.number
        for extension in simulator.extensions
        if extension.type == "Department"
    )


@pytest.fixture
def agents(simulator: Simulator, queue: str) -> list[str]:
    """Return the numbers of the extensions at which the queue rings."""
    found = simulator.account.agents(simulator.extension(queue))
    return [agent.number for agent in found]


@pytest.mark.parametrize("behavior", ["each", "first"])
async def test_group_call_fires_at_each_extension_or_once(
    hass: HomeAssistant,
    account: Account,
    time: Time,
    agents: list[str],
    queue: str,
    behavior: str,
) -> None:
    """A second call fires again."""
    assert len(agents) > 1
    runs = await automate(
        hass, trigger("started_ringing", device(account, *agents), behavior=behavior)
    )
    call = account.simulator.ring(queue, CALLER)
    await account.until_all_reported()
    once = sorted(agents) if behavior == "each" else sorted(runs.numbers()[:1])
    assert sorted(runs.numbers()) == once
    account.simulator.end(call.telephony_session_id)
    account.simulator.ring(queue, CALLER)
    await account.until_all_reported()
    assert len(runs) == 2 * len(once)


async def test_group_call_that_is_not_answered_is_missed_once(
    hass: HomeAssistant, account: Account, time: Time, agents: list[str], queue: str
) -> None:
    """When the last phone has stopped ringing."""
    runs = await automate(
        hass, trigger("call_missed", device(account, *agents), behavior="first")
    )
    call = account.simulator.ring(queue, CALLER)
    await account.until_all_reported()
    account.simulator.account.calls.decline(
        call.telephony_session_id, account.simulator.extension(agents[0]).id
    )
    await pass_until_missed(account, time)
    assert not runs
    account.simulator.end(call.telephony_session_id)
    await pass_until_missed(account, time)
    assert len(runs) == 1


@pytest.mark.parametrize(("behavior", "missed"), [("first", False), ("each", True)])
async def test_group_call_answered_by_a_colleague_is_missed_at_the_other_extensions(
    hass: HomeAssistant,
    account: Account,
    time: Time,
    agents: list[str],
    queue: str,
    behavior: str,
    missed: bool,
) -> None:
    """With behavior `first`, it is not missed at all."""
    runs = await automate(
        hass, trigger("call_missed", device(account, *agents), behavior=behavior)
    )
    call = account.simulator.ring(queue, CALLER)
    await account.until_all_reported()
    account.simulator.answer(call.telephony_session_id, agents[0])
    await pass_until_missed(account, time)
    assert sorted(runs.numbers()) == (sorted(agents[1:]) if missed else [])


async def test_group_call_that_rang_before_the_automation_was_set_up(
    hass: HomeAssistant, account: Account, time: Time, agents: list[str], queue: str
) -> None:
    """One declines, a colleague answers: it is not missed."""
    call = account.simulator.ring(queue, CALLER)
    await account.until_all_reported()
    runs = await automate(
        hass, trigger("call_missed", device(account, *agents), behavior="first")
    )
    account.simulator.account.calls.decline(
        call.telephony_session_id, account.simulator.extension(agents[0]).id
    )
    await pass_until_missed(account, time)
    account.simulator.answer(call.telephony_session_id, agents[1])
    await pass_until_missed(account, time)
    assert not runs


async def test_call_from_a_colleague_who_reaches_voicemail_is_missed(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """It is connected to voicemail; the automation was set up while it was ringing."""
    call = account.simulator.ring("102", "103")
    await account.until_all_reported()
    runs = await automate(
        hass, trigger("call_missed", device(account, "102", "103"), behavior="first")
    )
    body = {
        "extensionId": account.simulator.extension("102").id,
        "telephonyStatus": "NoCall",
        "presenceStatus": "Available",
        "activeCalls": [],
    }
    account.simulator.notify(body)
    await pass_until_missed(account, time)
    assert runs.numbers() == ["102"]
    account.simulator.end(call.telephony_session_id)


async def test_extension_that_leaves_the_target_while_ringing_does_not_delay_the_miss(
    hass: HomeAssistant, account: Account, time: Time, agents: list[str], queue: str
) -> None:
    area = await _by_area(account)
    for number in agents:
        await update_device(account, number, **area)
    runs = await automate(hass, trigger("call_missed", area, behavior="first"))
    call = account.simulator.ring(queue, CALLER)
    await account.until_all_reported()
    await update_device(account, agents[0], area_id=None)
    account.simulator.end(call.telephony_session_id)
    await pass_until_missed(account, time)
    assert len(runs) == 1
    assert agents[0] not in runs.numbers()


# ------------------------------------------------------------------------------------
# Duration


async def happen(account: Account, key: str) -> str:
    """Let the event of a trigger happen; return the call's session id."""
    session_id = account.simulator.ring("102", CALLER).telephony_session_id
    for move in MOVES[key]:
        await account.until_all_reported()
        account.simulator.move(session_id, move)  # type: ignore[arg-type]
    await account.until_all_reported()
    return session_id


async def notify(account: Account, status: str, **fields: str) -> None:
    """Send a notification of a call at 102 that the simulator does not have."""
    call = {
        "direction": "Inbound",
        "from": CALLER,
        "telephonyStatus": status,
        "telephonySessionId": "s-1",
        "partyId": "p-1",
        **fields,
    }
    account.simulator.notify(
        {
            "extensionId": account.simulator.extension("102").id,
            "telephonyStatus": status,
            # Without it, a snapshot would be requested, which has no such call.
            "presenceStatus": "Available",
            "activeCalls": [call],
        }
    )
    await account.until_all_reported()


@pytest.mark.parametrize("key", LASTING)
async def test_status_that_lasts_long_enough_fires_after_that_time(
    hass: HomeAssistant, account: Account, time: Time, key: str
) -> None:
    runs = await automate(
        hass, trigger(key, device(account, "102"), **{"for": {"seconds": 60}})
    )
    await happen(account, key)
    await time.passes(55)
    assert not runs
    await time.passes(10)
    assert [run["event"] for run in runs] == [EVENTS[key]]
    await time.passes(120)
    assert len(runs) == 1


@pytest.mark.parametrize("key", LASTING)
async def test_status_that_ends_too_early_does_not_fire(
    hass: HomeAssistant, account: Account, time: Time, key: str
) -> None:
    """Also a ring that ends just before, whose end is reported with delay."""
    runs = await automate(
        hass, trigger(key, device(account, "102"), **{"for": {"seconds": 60}})
    )
    session_id = await happen(account, key)
    await time.passes(58)
    account.simulator.end(session_id)
    await time.passes(60)
    assert not runs


@pytest.mark.parametrize(("rings_on", "fires"), [(True, 1), (False, 0)])
async def test_ring_with_a_pause_at_the_end_of_the_duration_fires_if_it_continues(
    hass: HomeAssistant, account: Account, time: Time, rings_on: bool, fires: int
) -> None:
    """The platform passes it from one device to the next."""
    runs = await automate(
        hass,
        trigger("started_ringing", device(account, "102"), **{"for": {"seconds": 20}}),
    )

    await notify(account, "Ringing")
    await time.passes(19)
    await notify(account, "NoCall")
    await time.passes(2)
    assert not runs
    if rings_on:
        await notify(account, "Ringing")
    await time.passes(10)
    assert len(runs) == fires


async def test_second_hold_is_measured_from_its_own_start(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    runs = await automate(
        hass, trigger("call_held", device(account, "102"), **{"for": {"seconds": 60}})
    )
    call = account.simulator.ring("102", CALLER)
    for move, seconds in (("answer", 5), ("hold", 40), ("unhold", 5), ("hold", 55)):
        account.simulator.move(call.telephony_session_id, move)  # type: ignore[arg-type]
        await account.until_all_reported()
        await time.passes(seconds)
    assert not runs
    await time.passes(10)
    assert len(runs) == 1


async def test_hold_of_a_call_whose_ids_come_late_is_measured_from_its_own_start(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    runs = await automate(
        hass, trigger("call_held", device(account, "102"), **{"for": {"seconds": 60}})
    )
    await notify(account, "CallConnected", partyId="")
    await notify(account, "OnHold", partyId="")
    await time.passes(50)
    await notify(account, "CallConnected")
    await notify(account, "OnHold")
    await time.passes(55)
    assert not runs
    await time.passes(10)
    assert len(runs) == 1


@pytest.mark.parametrize("first", ["", "p-0"], ids=["no party", "another party"])
async def test_call_whose_party_changes_is_missed_once_per_call(
    hass: HomeAssistant, account: Account, time: Time, first: str
) -> None:
    """Its party comes late, or a queue offers it again."""
    runs = await automate(
        hass, trigger("call_missed", device(account, "102"), behavior="first")
    )
    await notify(account, "Ringing", partyId=first)
    await notify(account, "Ringing")
    await notify(account, "NoCall")
    await time.passes(10)
    assert len(runs) == 1


async def test_another_call_of_the_extension_does_not_cancel_the_timer(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    runs = await automate(
        hass, trigger("call_held", device(account, "102"), **{"for": {"seconds": 60}})
    )
    first = account.simulator.ring("102", CALLER)
    account.simulator.answer(first.telephony_session_id)
    account.simulator.hold(first.telephony_session_id)
    await account.until_all_reported()
    await time.passes(30)
    second = account.simulator.ring("102", "+16505550999")
    account.simulator.answer(second.telephony_session_id)
    account.simulator.end(second.telephony_session_id)
    await time.passes(40)
    assert [run["caller_number"] for run in runs] == [CALLER]


async def test_group_call_that_rings_long_enough_fires_once(
    hass: HomeAssistant, account: Account, time: Time, agents: list[str], queue: str
) -> None:
    runs = await automate(
        hass,
        trigger(
            "started_ringing",
            device(account, *agents),
            behavior="first",
            **{"for": {"seconds": 20}},
        ),
    )
    account.simulator.ring(queue, CALLER)
    await time.passes(30)
    assert len(runs) == 1


async def test_trigger_data_after_the_duration_contains_the_current_call(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """A name may arrive after the ring."""
    runs = await automate(
        hass,
        trigger("started_ringing", device(account, "102"), **{"for": {"seconds": 20}}),
    )
    await notify(account, "Ringing")
    await time.passes(10)
    await notify(account, "Ringing", fromName="Ann Caller")
    await time.passes(15)
    assert [run["caller"] for run in runs] == ["Ann Caller"]


async def test_nothing_fires_while_the_state_is_stale(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """The connection was lost, and the platform cannot be reached."""
    runs = await automate(
        hass,
        trigger("call_held", device(account, "102"), **{"for": {"minutes": 10}}),
    )
    await happen(account, "call_held")
    account.simulator.fault("error", status=503, seconds=1200)
    account.simulator.drop_connections()
    await time.passes(700)
    assert account.shows("102", "telephony_status") == "unavailable"
    assert not runs


async def test_automation_that_is_turned_off_removes_its_listeners(
    hass: HomeAssistant, account: Account
) -> None:
    """No listener to the registries."""
    await automate(hass, trigger("call_held", device(account, "102")))
    registries = (
        er.EVENT_ENTITY_REGISTRY_UPDATED,
        dr.EVENT_DEVICE_REGISTRY_UPDATED,
        ar.EVENT_AREA_REGISTRY_UPDATED,
    )
    before = dict(hass.bus.async_listeners())
    await hass.services.async_call(
        AUTOMATION_DOMAIN,
        SERVICE_TURN_OFF,
        {ATTR_ENTITY_ID: "automation.test"},
        blocking=True,
    )
    after = hass.bus.async_listeners()
    for registry in registries:
        assert after.get(registry, 0) == before[registry] - 1


async def test_timer_does_not_delay_the_stop_of_home_assistant(
    hass: HomeAssistant, account: Account
) -> None:
    """The timer runs when the test ends, which fails for timers that are left."""
    runs = await automate(
        hass,
        trigger("started_ringing", device(account, "102"), **{"for": {"hours": 1}}),
    )
    account.simulator.ring("102", CALLER)
    await account.until_all_reported()
    assert not runs


async def test_extension_that_leaves_the_target_does_not_fire(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    runs = await automate(
        hass,
        trigger("started_ringing", await _by_area(account), **{"for": {"seconds": 20}}),
    )
    account.simulator.ring("102", CALLER)
    await account.until_all_reported()
    await update_device(account, "102", area_id=None)
    await time.passes(30)
    assert not runs


@pytest.mark.parametrize("how", ["unload", "turn_off"])
async def test_nothing_fires_after_unload_or_turning_off(
    hass: HomeAssistant, account: Account, time: Time, how: str
) -> None:
    """No timer is left."""
    runs = await automate(
        hass,
        trigger("started_ringing", device(account, "102"), **{"for": {"seconds": 20}}),
    )
    account.simulator.ring("102", CALLER)
    await account.until_all_reported()
    if how == "unload":
        await hass.config_entries.async_unload(account.entry.entry_id)
    else:
        await hass.services.async_call(
            AUTOMATION_DOMAIN,
            SERVICE_TURN_OFF,
            {ATTR_ENTITY_ID: "automation.test"},
            blocking=True,
        )
    await time.passes(30)
    assert not runs


async def test_trigger_stays_attached_over_a_reload_of_the_integration(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    runs = await automate(hass, trigger("started_ringing", device(account, "102")))
    await hass.config_entries.async_reload(account.entry.entry_id)
    await account.until_all_reported()
    account.simulator.ring("102", CALLER)
    await until(lambda: bool(runs))
    assert runs.numbers() == ["102"]


# ------------------------------------------------------------------------------------
# Validation


async def validate(hass: HomeAssistant, config: dict[str, Any]) -> None:
    """Validate a trigger as the editor does."""
    await async_validate_trigger_config(hass, cv.TRIGGER_SCHEMA(config))


@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("started_ringing", {"direction": "inbound"}),
        ("call_missed", {"direction": "inbound"}),
        ("call_missed", {"for": "00:00:10"}),
        ("call_ended", {"for": "00:00:10"}),
        ("call_held", {"behavior": "all"}),
        ("call_held", {"queue_calls": "sometimes"}),
        ("call_held", {"hidden_numbers": "sometimes"}),
        ("call_held", {"direction": "sideways"}),
        ("call_held", {"for": "-00:00:10"}),
        ("call_held", {"colour": "red"}),
        # YAML reads a number without quotes as an integer, without its plus sign.
        ("call_held", {"caller_number": 16505550123}),
        ("call_held", {"caller_number": ["101", 102]}),
    ],
)
async def test_invalid_option_is_rejected(
    hass: HomeAssistant, account: Account, key: str, options: dict[str, object]
) -> None:
    await validate(hass, trigger(key, device(account, "102")))
    with pytest.raises(vol.Invalid):
        await validate(hass, trigger(key, device(account, "102"), **options))


@pytest.mark.parametrize("target", [{}, {"device_id": []}])
async def test_empty_target_is_rejected(
    hass: HomeAssistant, account: Account, target: dict[str, Any]
) -> None:
    """It would never fire."""
    with pytest.raises(vol.Invalid):
        await validate(hass, trigger("call_held", target))

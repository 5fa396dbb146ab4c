"""Triggers on calls: what fires them, for whom, and what the automation is given."""

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
from .common import CALLER, automate, choose_privacy, device, put, trigger

pytestmark = MOVED_TIME

# The end of an unanswered ring is told so much later: the phone may ring on.
UNTIL_MISSED = 4.0


# What has to happen to an incoming call at 102 for a trigger to fire.
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


@pytest.mark.parametrize("key", MOVES)
async def test_each_trigger_fires_once_when_its_event_happens(
    hass: HomeAssistant, account: Account, time: Time, key: str
) -> None:
    """Not before it, and not because of what follows."""
    runs = await automate(hass, trigger(key, device(account, "102")))
    call = account.simulator.ring("102", CALLER)
    for move in MOVES[key]:
        await account.until_all_told()
        assert not runs
        account.simulator.move(call.telephony_session_id, move)  # type: ignore[arg-type]
    await time.passes(UNTIL_MISSED)
    assert [run["event"] for run in runs] == [EVENTS[key]]
    if MOVES[key][-1:] != ("end",):
        account.simulator.end(call.telephony_session_id)
        await time.passes(UNTIL_MISSED)
    assert len(runs) == 1


async def test_the_automation_is_given_the_whole_call(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """Caller, both numbers, SIP data: an announcement needs no further template."""
    runs = await automate(hass, trigger("call_answered", device(account, "102")))
    call = account.simulator.ring("102", CALLER, from_name="Ann Caller")
    await account.until_all_told()
    await time.passes(12)
    account.simulator.answer(call.telephony_session_id)
    await account.until_all_told()
    [run] = runs
    extension = account.simulator.extension("102")
    shown = account.state("102", "telephony_status")
    [shown_call] = shown.attributes["active_calls"]
    assert run.pop("call") == shown_call
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


async def test_the_other_party_of_an_outgoing_call_is_who_was_called(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """The caller is the extension itself."""
    runs = await automate(hass, trigger("call_answered", device(account, "102")))
    call = account.simulator.ring(
        CALLER, "102", to_name="Ann Called", direction="Outbound"
    )
    account.simulator.answer(call.telephony_session_id)
    await account.until_all_told()
    assert [(run["caller"], run["caller_number"]) for run in runs] == [
        ("Ann Called", CALLER)
    ]


async def test_a_caller_without_name_and_number_is_nobody(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """So that a template can say: somebody."""
    runs = await automate(hass, trigger("started_ringing", device(account, "102")))
    account.simulator.ring("102", "")
    await account.until_all_told()
    assert [run["caller"] for run in runs] == [None]


# ------------------------------------------------------------------------------------
# Whom it is about


async def _by_entity(account: Account) -> dict[str, Any]:
    return {"entity_id": account.entity_id("102", "telephony_status")}


async def _by_other_entity(account: Account) -> dict[str, Any]:
    return {"entity_id": account.entity_id("102", "calls", "event")}


async def _by_device(account: Account) -> dict[str, Any]:
    return device(account, "102")


async def _by_area(account: Account) -> dict[str, Any]:
    area = ar.async_get(account.hass).async_create("Office")
    await put(account, "102", area_id=area.id)
    return {"area_id": area.id}


async def _by_floor(account: Account) -> dict[str, Any]:
    floor = fr.async_get(account.hass).async_create("Ground")
    area = (await _by_area(account))["area_id"]
    ar.async_get(account.hass).async_update(area, floor_id=floor.floor_id)
    return {"floor_id": floor.floor_id}


async def _by_label(account: Account) -> dict[str, Any]:
    label = lr.async_get(account.hass).async_create("Sales")
    await put(account, "102", labels={label.label_id})
    return {"label_id": label.label_id}


@pytest.mark.parametrize(
    "target",
    [_by_entity, _by_other_entity, _by_device, _by_area, _by_floor, _by_label],
)
async def test_any_kind_of_target_means_its_extensions_and_no_other(
    hass: HomeAssistant,
    account: Account,
    time: Time,
    target: Callable[[Account], Awaitable[dict[str, Any]]],
) -> None:
    """Whatever the user points at."""
    runs = await automate(hass, trigger("started_ringing", await target(account)))
    account.simulator.ring("103", CALLER)
    account.simulator.ring("102", CALLER)
    await account.until_all_told()
    assert runs.numbers() == ["102"]


async def test_an_extension_that_moves_into_the_area_counts_from_then_on(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """And one that moves out, no longer."""
    target = await _by_area(account)
    runs = await automate(hass, trigger("started_ringing", target))
    await put(account, "103", **target)
    await put(account, "102", area_id=None)
    account.simulator.ring("102", CALLER)
    account.simulator.ring("103", CALLER)
    await account.until_all_told()
    assert runs.numbers() == ["103"]


async def test_things_of_other_integrations_in_the_target_do_no_harm(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """The account's own device has no calls; a lamp has none either."""
    lamp = er.async_get(hass).async_get_or_create("light", "test", "lamp_102_x")
    target = {
        "entity_id": [lamp.entity_id, "light.that_does_not_exist"],
        **device(account, None, "102"),
    }
    runs = await automate(hass, trigger("started_ringing", target))
    account.simulator.ring("102", CALLER)
    account.simulator.ring("103", CALLER)
    await account.until_all_told()
    assert runs.numbers() == ["102"]


# ------------------------------------------------------------------------------------
# Which calls


@pytest.mark.parametrize(
    ("direction", "expected"), [("any", 2), ("inbound", 1), ("outbound", 1)]
)
async def test_the_direction_chosen_is_the_only_one_that_counts(
    hass: HomeAssistant, account: Account, time: Time, direction: str, expected: int
) -> None:
    """As seen from the extension."""
    runs = await automate(
        hass, trigger("call_answered", device(account, "102"), direction=direction)
    )
    for call in (
        account.simulator.ring("102", CALLER),
        account.simulator.ring(CALLER, "102", direction="Outbound"),
    ):
        account.simulator.answer(call.telephony_session_id)
    await account.until_all_told()
    assert len(runs) == expected
    assert {run["call"]["direction"] for run in runs} == (
        {"inbound", "outbound"} if direction == "any" else {direction}
    )


@pytest.mark.parametrize(
    ("queue_calls", "expected"),
    [("any", [False, True]), ("only", [True]), ("none", [False])],
)
async def test_calls_from_queues_count_as_chosen(
    hass: HomeAssistant,
    account: Account,
    time: Time,
    queue_calls: str,
    expected: list[bool],
) -> None:
    """Only they, or all but they."""
    runs = await automate(
        hass,
        trigger("started_ringing", device(account, "102"), queue_calls=queue_calls),
    )
    account.simulator.ring("102", CALLER)
    account.simulator.ring("102", CALLER, queue_call=True)
    await account.until_all_told()
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
async def test_a_number_is_matched_by_its_pattern_as_a_whole(
    hass: HomeAssistant, account: Account, time: Time, pattern: object, fires: bool
) -> None:
    """An asterisk stands for the rest; how it is written does not matter."""
    runs = await automate(
        hass,
        trigger("started_ringing", device(account, "102"), caller_number=pattern),
    )
    account.simulator.ring("102", CALLER)
    await account.until_all_told()
    assert bool(runs) is fires


@pytest.mark.parametrize("privacy", ["full", "masked", "none"])
async def test_the_real_number_is_matched_at_every_level_of_privacy(
    hass: HomeAssistant, account: Account, time: Time, privacy: str
) -> None:
    """What the automation is told afterwards is at the level chosen."""
    await choose_privacy(account, privacy)
    runs = await automate(
        hass,
        trigger("started_ringing", device(account, "102"), caller_number=CALLER),
    )
    account.simulator.ring("102", CALLER, from_name="Ann Caller")
    await account.until_all_told()
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
# Each extension, or once per call


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
    """Return the numbers of the phones at which the queue rings."""
    found = simulator.account.agents(simulator.extension(queue))
    return [agent.number for agent in found]


@pytest.mark.parametrize("behavior", ["each", "first"])
async def test_a_group_call_counts_at_each_phone_or_once(
    hass: HomeAssistant,
    account: Account,
    time: Time,
    agents: list[str],
    queue: str,
    behavior: str,
) -> None:
    """A second call counts again."""
    assert len(agents) > 1
    runs = await automate(
        hass, trigger("started_ringing", device(account, *agents), behavior=behavior)
    )
    call = account.simulator.ring(queue, CALLER)
    await account.until_all_told()
    once = sorted(agents) if behavior == "each" else sorted(runs.numbers()[:1])
    assert sorted(runs.numbers()) == once
    account.simulator.end(call.telephony_session_id)
    account.simulator.ring(queue, CALLER)
    await account.until_all_told()
    assert len(runs) == 2 * len(once)


async def test_a_group_call_that_nobody_answers_is_missed_once(
    hass: HomeAssistant, account: Account, time: Time, agents: list[str], queue: str
) -> None:
    """When the last phone has fallen silent, not with the first."""
    runs = await automate(
        hass, trigger("call_missed", device(account, *agents), behavior="first")
    )
    call = account.simulator.ring(queue, CALLER)
    await account.until_all_told()
    account.simulator.account.calls.decline(
        call.telephony_session_id, account.simulator.extension(agents[0]).id
    )
    await time.passes(UNTIL_MISSED)
    assert not runs
    account.simulator.end(call.telephony_session_id)
    await time.passes(UNTIL_MISSED)
    assert len(runs) == 1


@pytest.mark.parametrize(("behavior", "missed"), [("first", False), ("each", True)])
async def test_a_group_call_that_a_colleague_answers_is_missed_at_the_other_phones(
    hass: HomeAssistant,
    account: Account,
    time: Time,
    agents: list[str],
    queue: str,
    behavior: str,
    missed: bool,
) -> None:
    """And as a call, it is not missed at all."""
    runs = await automate(
        hass, trigger("call_missed", device(account, *agents), behavior=behavior)
    )
    call = account.simulator.ring(queue, CALLER)
    await account.until_all_told()
    account.simulator.answer(call.telephony_session_id, agents[0])
    await time.passes(UNTIL_MISSED)
    assert sorted(runs.numbers()) == (sorted(agents[1:]) if missed else [])


async def test_a_group_call_that_rang_before_the_automation_was_made(
    hass: HomeAssistant, account: Account, time: Time, agents: list[str], queue: str
) -> None:
    """One declines, a colleague answers: it is not missed."""
    call = account.simulator.ring(queue, CALLER)
    await account.until_all_told()
    runs = await automate(
        hass, trigger("call_missed", device(account, *agents), behavior="first")
    )
    account.simulator.account.calls.decline(
        call.telephony_session_id, account.simulator.extension(agents[0]).id
    )
    await time.passes(UNTIL_MISSED)
    account.simulator.answer(call.telephony_session_id, agents[1])
    await time.passes(UNTIL_MISSED)
    assert not runs


async def test_a_call_from_a_colleague_that_goes_on_there_is_missed_all_the_same(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """To a mailbox; the automation, which is about both, was made meanwhile."""
    call = account.simulator.ring("102", "103")
    await account.until_all_told()
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
    await time.passes(UNTIL_MISSED)
    assert runs.numbers() == ["102"]
    account.simulator.end(call.telephony_session_id)


async def test_a_phone_that_leaves_the_room_in_mid_ring_does_not_keep_a_miss_back(
    hass: HomeAssistant, account: Account, time: Time, agents: list[str], queue: str
) -> None:
    """The call is missed by those that stayed."""
    area = await _by_area(account)
    for number in agents:
        await put(account, number, **area)
    runs = await automate(hass, trigger("call_missed", area, behavior="first"))
    call = account.simulator.ring(queue, CALLER)
    await account.until_all_told()
    await put(account, agents[0], area_id=None)
    account.simulator.end(call.telephony_session_id)
    await time.passes(UNTIL_MISSED)
    assert len(runs) == 1
    assert agents[0] not in runs.numbers()


# ------------------------------------------------------------------------------------
# For at least


async def happen(account: Account, key: str) -> str:
    """Let happen what the trigger waits for; return the call's session."""
    session_id = account.simulator.ring("102", CALLER).telephony_session_id
    for move in MOVES[key]:
        await account.until_all_told()
        account.simulator.move(session_id, move)  # type: ignore[arg-type]
    await account.until_all_told()
    return session_id


async def notify(account: Account, status: str, **fields: str) -> None:
    """Let the platform tell of a call at 102 that only this test knows of."""
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
            # Else a picture would be fetched, which shows no such call.
            "presenceStatus": "Available",
            "activeCalls": [call],
        }
    )
    await account.until_all_told()


@pytest.mark.parametrize("key", LASTING)
async def test_what_lasts_long_enough_fires_after_that_time(
    hass: HomeAssistant, account: Account, time: Time, key: str
) -> None:
    """And not a second earlier."""
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
async def test_what_ends_too_early_does_not_fire(
    hass: HomeAssistant, account: Account, time: Time, key: str
) -> None:
    """Also a ring that ends in the last moment, whose end is told with delay."""
    runs = await automate(
        hass, trigger(key, device(account, "102"), **{"for": {"seconds": 60}})
    )
    session_id = await happen(account, key)
    await time.passes(58)
    account.simulator.end(session_id)
    await time.passes(60)
    assert not runs


@pytest.mark.parametrize(("rings_on", "fires"), [(True, 1), (False, 0)])
async def test_a_ring_that_flaps_at_that_moment_has_lasted_if_it_goes_on(
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


async def test_a_second_hold_is_measured_from_its_own_beginning(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """The pause between two does not count, nor does the first."""
    runs = await automate(
        hass, trigger("call_held", device(account, "102"), **{"for": {"seconds": 60}})
    )
    call = account.simulator.ring("102", CALLER)
    for move, seconds in (("answer", 5), ("hold", 40), ("unhold", 5), ("hold", 55)):
        account.simulator.move(call.telephony_session_id, move)  # type: ignore[arg-type]
        await account.until_all_told()
        await time.passes(seconds)
    assert not runs
    await time.passes(10)
    assert len(runs) == 1


async def test_another_call_of_the_same_phone_does_not_end_the_wait(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """Each call is waited for by itself."""
    runs = await automate(
        hass, trigger("call_held", device(account, "102"), **{"for": {"seconds": 60}})
    )
    first = account.simulator.ring("102", CALLER)
    account.simulator.answer(first.telephony_session_id)
    account.simulator.hold(first.telephony_session_id)
    await account.until_all_told()
    await time.passes(30)
    second = account.simulator.ring("102", "+16505550999")
    account.simulator.answer(second.telephony_session_id)
    account.simulator.end(second.telephony_session_id)
    await time.passes(40)
    assert [run["caller_number"] for run in runs] == [CALLER]


async def test_a_group_call_that_rings_long_enough_counts_once(
    hass: HomeAssistant, account: Account, time: Time, agents: list[str], queue: str
) -> None:
    """Although it has rung that long at each phone."""
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


async def test_after_the_wait_the_call_is_as_it_is_then(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """A name may come later than the ring."""
    runs = await automate(
        hass,
        trigger("started_ringing", device(account, "102"), **{"for": {"seconds": 20}}),
    )
    await notify(account, "Ringing")
    await time.passes(10)
    await notify(account, "Ringing", fromName="Ann Caller")
    await time.passes(15)
    assert [run["caller"] for run in runs] == ["Ann Caller"]


async def test_nothing_fires_when_nobody_knows_any_more(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """The connection is lost meanwhile, and the platform cannot be asked."""
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


async def test_an_automation_that_is_off_leaves_nothing_behind(
    hass: HomeAssistant, account: Account
) -> None:
    """No listener to the registries, which tell of targets."""
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


async def test_a_wait_does_not_hold_up_the_stop_of_home_assistant(
    hass: HomeAssistant, account: Account
) -> None:
    """It is under way when the test ends, which complains of timers left over."""
    runs = await automate(
        hass,
        trigger("started_ringing", device(account, "102"), **{"for": {"hours": 1}}),
    )
    account.simulator.ring("102", CALLER)
    await account.until_all_told()
    assert not runs


async def test_who_leaves_the_target_is_waited_for_no_longer(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """A phone carried out of the room."""
    runs = await automate(
        hass,
        trigger("started_ringing", await _by_area(account), **{"for": {"seconds": 20}}),
    )
    account.simulator.ring("102", CALLER)
    await account.until_all_told()
    await put(account, "102", area_id=None)
    await time.passes(30)
    assert not runs


@pytest.mark.parametrize("how", ["unload", "turn_off"])
async def test_nothing_fires_once_integration_or_automation_is_off(
    hass: HomeAssistant, account: Account, time: Time, how: str
) -> None:
    """Not even what had been waited for, and no timer is left."""
    runs = await automate(
        hass,
        trigger("started_ringing", device(account, "102"), **{"for": {"seconds": 20}}),
    )
    account.simulator.ring("102", CALLER)
    await account.until_all_told()
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


async def test_a_trigger_outlives_a_reload_of_the_integration(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """The automation is not told of it, and need not be."""
    runs = await automate(hass, trigger("started_ringing", device(account, "102")))
    await hass.config_entries.async_reload(account.entry.entry_id)
    await account.until_all_told()
    account.simulator.ring("102", CALLER)
    await until(lambda: bool(runs))
    assert runs.numbers() == ["102"]


# ------------------------------------------------------------------------------------
# What is refused


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
        ("call_held", {"direction": "sideways"}),
        ("call_held", {"for": "-00:00:10"}),
        ("call_held", {"colour": "red"}),
        # As YAML reads a number without quotes: the plus is lost.
        ("call_held", {"caller_number": 16505550123}),
        ("call_held", {"caller_number": ["101", 102]}),
    ],
)
async def test_an_option_that_makes_no_sense_is_refused(
    hass: HomeAssistant, account: Account, key: str, options: dict[str, object]
) -> None:
    """The editor shows why, and saves nothing."""
    await validate(hass, trigger(key, device(account, "102")))
    with pytest.raises(vol.Invalid):
        await validate(hass, trigger(key, device(account, "102"), **options))


@pytest.mark.parametrize("target", [{}, {"device_id": []}])
async def test_a_trigger_on_nothing_is_refused(
    hass: HomeAssistant, account: Account, target: dict[str, Any]
) -> None:
    """It would never fire."""
    with pytest.raises(vol.Invalid):
        await validate(hass, trigger("call_held", target))

"""Conditions on presence, DnD and calls of an extension."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import pytest
import voluptuous as vol

from custom_components.ringcentral.condition import (
    CONDITIONS as CONDITION_CLASSES,
    SensorCondition,
)
from custom_components.ringcentral.const import DOMAIN
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.condition import (
    ConditionConfig,
    async_validate_condition_config,
)
from simulator import Simulator

from ..common import Account
from ..reliability.common import MOVED_TIME, Time
from .common import CALLER, automate, device, set_privacy

pytestmark = MOVED_TIME

CONDITIONS = (
    "is_ringing",
    "is_on_call",
    "has_call_on_hold",
    "is_available",
    "is_busy",
    "is_offline",
    "is_do_not_disturb",
)
EVALUATE = "test_evaluate"


def condition(key: str, target: Mapping[str, Any], **options: object) -> dict[str, Any]:
    """Return the configuration of a condition as the editor saves it."""
    return {"condition": f"{DOMAIN}.{key}", "target": dict(target), "options": options}


async def passing(
    hass: HomeAssistant, target: Mapping[str, Any], **options: object
) -> Callable[[], Awaitable[set[str]]]:
    """Set up an automation per condition; return a function that evaluates them."""
    runs = await automate(
        hass,
        *(
            {"trigger": "event", "event_type": EVALUATE, "id": key}
            for key in CONDITIONS
        ),
        conditions=[
            {
                "condition": "or",
                "conditions": [
                    {
                        "condition": "and",
                        "conditions": [
                            {"condition": "trigger", "id": key},
                            condition(key, target, **options),
                        ],
                    }
                    for key in CONDITIONS
                ],
            }
        ],
        fields=("id",),
    )

    async def evaluate() -> set[str]:
        runs.clear()
        hass.bus.async_fire(EVALUATE)
        await hass.async_block_till_done()
        return {run["id"] for run in runs}

    return evaluate


def _incoming(*moves: str) -> Callable[[Simulator], None]:
    def happen(simulator: Simulator) -> None:
        call = simulator.ring("102", CALLER)
        for move in moves:
            simulator.move(call.telephony_session_id, move)  # type: ignore[arg-type]

    return happen


def _outgoing(*moves: str) -> Callable[[Simulator], None]:
    def happen(simulator: Simulator) -> None:
        call = simulator.ring(CALLER, "102", direction="Outbound")
        for move in moves:
            simulator.move(call.telephony_session_id, move)  # type: ignore[arg-type]

    return happen


def _set(**changes: str) -> Callable[[Simulator], None]:
    return lambda simulator: simulator.change_extension("102", **changes)


@pytest.mark.parametrize(
    ("happenings", "expected"),
    [
        ((), {"is_available"}),
        ((_incoming(),), {"is_available", "is_ringing"}),
        # An outgoing call does not ring here.
        ((_outgoing(),), {"is_available"}),
        ((_incoming("answer"),), {"is_busy", "is_on_call"}),
        ((_outgoing("answer"),), {"is_busy", "is_on_call"}),
        (
            (_incoming("answer", "hold"),),
            {"is_busy", "is_on_call", "has_call_on_hold"},
        ),
        ((_incoming("answer", "park"),), {"is_available"}),
        ((_incoming("answer", "end"),), {"is_available"}),
        # The overall status is that of one call only.
        (
            (_incoming("answer"), _incoming()),
            {"is_busy", "is_on_call", "is_ringing"},
        ),
        (
            (_incoming("answer", "hold"), _incoming("answer"), _incoming()),
            {"is_busy", "is_on_call", "has_call_on_hold", "is_ringing"},
        ),
        ((_set(userStatus="Busy"),), {"is_busy"}),
        ((_set(userStatus="Offline"),), {"is_offline"}),
        (
            (_set(dndStatus="DoNotAcceptAnyCalls"),),
            {"is_busy", "is_do_not_disturb"},
        ),
        ((_set(dndStatus="DoNotAcceptDepartmentCalls"),), {"is_available"}),
    ],
)
async def test_each_condition_passes_when_it_should_and_no_other(
    hass: HomeAssistant,
    account: Account,
    happenings: Sequence[Callable[[Simulator], None]],
    expected: set[str],
) -> None:
    evaluate = await passing(hass, device(account, "102"))
    for happen in happenings:
        happen(account.simulator)
    await account.until_all_reported()
    assert await evaluate() == expected


async def test_do_not_disturb_of_the_own_extension_passes_beside_its_select(
    hass: HomeAssistant, account: Account
) -> None:
    """A hidden sensor would be no part of the device's target."""
    evaluate = await passing(hass, device(account, "101"))
    account.simulator.change_extension("101", dndStatus="DoNotAcceptAnyCalls")
    await account.until_all_reported()
    assert account.entity_id("101", "dnd", "select")
    assert await evaluate() == {"is_busy", "is_do_not_disturb"}


@pytest.mark.parametrize("privacy", ["full", "masked", "none"])
async def test_conditions_do_not_depend_on_the_privacy_level(
    hass: HomeAssistant, account: Account, privacy: str
) -> None:
    await set_privacy(account, privacy)
    evaluate = await passing(hass, device(account, "102"))
    _incoming("answer", "hold")(account.simulator)
    _incoming()(account.simulator)
    await account.until_all_reported()
    assert await evaluate() == {
        "is_busy",
        "is_on_call",
        "has_call_on_hold",
        "is_ringing",
    }


@pytest.mark.parametrize("behavior", ["any", "all"])
async def test_no_condition_passes_while_unavailable(
    hass: HomeAssistant, account: Account, behavior: str
) -> None:
    """Neither is an unavailable extension offline, nor do all of none pass."""
    evaluate = await passing(hass, device(account, "102"), behavior=behavior)
    await hass.config_entries.async_unload(account.entry.entry_id)
    assert await evaluate() == set()


@pytest.mark.parametrize(
    ("behavior", "expected"),
    [("any", {"is_available", "is_busy", "is_on_call"}), ("all", set())],
)
async def test_any_or_all_of_several_extensions_must_match(
    hass: HomeAssistant, account: Account, behavior: str, expected: set[str]
) -> None:
    evaluate = await passing(hass, device(account, "102", "103"), behavior=behavior)
    _incoming("answer")(account.simulator)
    await account.until_all_reported()
    assert await evaluate() == expected


async def test_condition_must_have_lasted_for_the_duration(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """A second call does not reset the time of the first."""
    evaluate = await passing(hass, device(account, "102"), **{"for": {"minutes": 1}})
    _incoming("answer", "hold")(account.simulator)
    await account.until_all_reported()
    await time.passes(40)
    assert await evaluate() == set()
    _incoming("answer")(account.simulator)
    await account.until_all_reported()
    await time.passes(30)
    assert await evaluate() == {"is_busy", "is_on_call", "has_call_on_hold"}


async def test_duration_of_a_call_younger_than_the_state(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """The automation is set up while the phone rings."""
    _incoming("answer", "hold")(account.simulator)
    await account.until_all_reported()
    await time.passes(300)
    _incoming()(account.simulator)
    await account.until_all_reported()
    assert account.shows("102", "telephony_status") == "on_hold"
    await time.passes(20)
    evaluate = await passing(hass, device(account, "102"), **{"for": {"minutes": 1}})
    assert "is_ringing" not in await evaluate()
    await time.passes(50)
    assert "is_ringing" in await evaluate()


async def test_second_call_on_hold_is_measured_from_its_own_start(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """The state is that of the connected call."""
    evaluate = await passing(hass, device(account, "102"), **{"for": {"minutes": 1}})
    _incoming("answer")(account.simulator)
    await account.until_all_reported()
    await time.passes(600, 10)
    _incoming("answer", "hold")(account.simulator)
    await account.until_all_reported()
    await time.passes(5)
    assert await evaluate() == {"is_busy", "is_on_call"}
    await time.passes(60)
    assert await evaluate() == {"is_busy", "is_on_call", "has_call_on_hold"}


def state(status: str, **attributes: object) -> State:
    return State("sensor.telephony_status", status, attributes)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        # From the database, without calls.
        (state("on_hold"), {"is_on_call", "has_call_on_hold"}),
        (state("call_connected"), {"is_on_call"}),
        (state("ringing"), set()),
        # An event without the list of calls.
        (state("ringing", active_calls=[]), {"is_ringing"}),
        (state("no_call", active_calls=[]), set()),
    ],
)
async def test_state_without_calls_is_used_where_possible(
    hass: HomeAssistant, account: Account, shown: State, expected: set[str]
) -> None:
    """It does not contain the direction of a ringing call."""
    passed = set()
    for key in ("is_ringing", "is_on_call", "has_call_on_hold"):
        instance = CONDITION_CLASSES[key](
            hass,
            ConditionConfig(target=device(account, "102"), options={"behavior": "any"}),
        )
        assert isinstance(instance, SensorCondition)
        if instance.is_valid_state(shown):
            passed.add(key)
    assert passed == expected


@pytest.mark.parametrize("options", [{"behavior": "each"}, {"colour": "red"}])
async def test_invalid_option_is_rejected(
    hass: HomeAssistant, account: Account, options: dict[str, object]
) -> None:
    with pytest.raises(vol.Invalid):
        await async_validate_condition_config(
            hass, condition("is_busy", device(account, "102"), **options)
        )

"""Conditions on what an extension does."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import pytest
import voluptuous as vol

from custom_components.ringcentral.condition import (
    CONDITIONS as CONDITIONS_OFFERED,
    CallCondition,
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
from .common import CALLER, automate, choose_privacy, device

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
ASK = "test_question"


def condition(key: str, target: Mapping[str, Any], **options: object) -> dict[str, Any]:
    """Return a condition as the editor saves it."""
    return {"condition": f"{DOMAIN}.{key}", "target": dict(target), "options": options}


async def passing(
    hass: HomeAssistant, target: Mapping[str, Any], **options: object
) -> Callable[[], Awaitable[set[str]]]:
    """Make an automation for each condition; return a question: which of them pass?"""
    runs = await automate(
        hass,
        *({"trigger": "event", "event_type": ASK, "id": key} for key in CONDITIONS),
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

    async def ask() -> set[str]:
        runs.clear()
        hass.bus.async_fire(ASK)
        await hass.async_block_till_done()
        return {run["id"] for run in runs}

    return ask


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
        # One's own dialling rings at somebody else's.
        ((_outgoing(),), {"is_available"}),
        ((_incoming("answer"),), {"is_busy", "is_on_call"}),
        ((_outgoing("answer"),), {"is_busy", "is_on_call"}),
        (
            (_incoming("answer", "hold"),),
            {"is_busy", "is_on_call", "has_call_on_hold"},
        ),
        ((_incoming("answer", "park"),), {"is_available"}),
        ((_incoming("answer", "end"),), {"is_available"}),
        # The overall status tells of one call only.
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
    """All of them are asked each time."""
    ask = await passing(hass, device(account, "102"))
    for happen in happenings:
        happen(account.simulator)
    await account.until_all_told()
    assert await ask() == expected


@pytest.mark.parametrize("privacy", ["full", "masked", "none"])
async def test_conditions_do_not_depend_on_the_level_of_privacy(
    hass: HomeAssistant, account: Account, privacy: str
) -> None:
    """They look at what calls do, not at whose they are."""
    await choose_privacy(account, privacy)
    ask = await passing(hass, device(account, "102"))
    _incoming("answer", "hold")(account.simulator)
    _incoming()(account.simulator)
    await account.until_all_told()
    assert await ask() == {"is_busy", "is_on_call", "has_call_on_hold", "is_ringing"}


@pytest.mark.parametrize("behavior", ["any", "all"])
async def test_nothing_passes_while_nothing_is_known(
    hass: HomeAssistant, account: Account, behavior: str
) -> None:
    """Not available is not offline; nor is everybody, of whom nobody knows."""
    ask = await passing(hass, device(account, "102"), behavior=behavior)
    await hass.config_entries.async_unload(account.entry.entry_id)
    assert await ask() == set()


@pytest.mark.parametrize(
    ("behavior", "expected"),
    [("any", {"is_available", "is_busy", "is_on_call"}), ("all", set())],
)
async def test_one_of_several_is_enough_or_all_are_needed(
    hass: HomeAssistant, account: Account, behavior: str, expected: set[str]
) -> None:
    """As the user chose."""
    ask = await passing(hass, device(account, "102", "103"), behavior=behavior)
    _incoming("answer")(account.simulator)
    await account.until_all_told()
    assert await ask() == expected


async def test_it_must_have_lasted_as_long_as_chosen(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """A second call in between changes nothing for the first."""
    ask = await passing(hass, device(account, "102"), **{"for": {"minutes": 1}})
    _incoming("answer", "hold")(account.simulator)
    await account.until_all_told()
    await time.passes(40)
    assert await ask() == set()
    _incoming("answer")(account.simulator)
    await account.until_all_told()
    await time.passes(30)
    assert await ask() == {"is_busy", "is_on_call", "has_call_on_hold"}


async def test_a_younger_call_is_not_as_old_as_the_state(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """For an automation that is made, or loaded again, while the phone rings."""
    _incoming("answer", "hold")(account.simulator)
    await account.until_all_told()
    await time.passes(300)
    _incoming()(account.simulator)
    await account.until_all_told()
    assert account.shows("102", "telephony_status") == "on_hold"
    await time.passes(20)
    ask = await passing(hass, device(account, "102"), **{"for": {"minutes": 1}})
    assert "is_ringing" not in await ask()
    await time.passes(50)
    assert "is_ringing" in await ask()


async def test_a_second_call_on_hold_is_measured_from_its_own_beginning(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """The state is about the call that is connected all the while."""
    ask = await passing(hass, device(account, "102"), **{"for": {"minutes": 1}})
    _incoming("answer")(account.simulator)
    await account.until_all_told()
    await time.passes(600, 10)
    _incoming("answer", "hold")(account.simulator)
    await account.until_all_told()
    await time.passes(5)
    assert await ask() == {"is_busy", "is_on_call"}
    await time.passes(60)
    assert await ask() == {"is_busy", "is_on_call", "has_call_on_hold"}


def state(status: str, **attributes: object) -> State:
    """Return a state of a telephony status."""
    return State("sensor.telephony_status", status, attributes)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        # As the database keeps it, without the calls.
        (state("on_hold"), {"is_on_call", "has_call_on_hold"}),
        (state("call_connected"), {"is_on_call"}),
        (state("ringing"), set()),
        # An event without the list of calls.
        (state("ringing", active_calls=[]), {"is_ringing"}),
        (state("no_call", active_calls=[]), set()),
    ],
)
async def test_the_state_alone_tells_what_it_can(
    hass: HomeAssistant, account: Account, shown: State, expected: set[str]
) -> None:
    """Whether a phone rings for an incoming call it cannot."""
    passed = set()
    for key in ("is_ringing", "is_on_call", "has_call_on_hold"):
        question = CONDITIONS_OFFERED[key](
            hass,
            ConditionConfig(target=device(account, "102"), options={"behavior": "any"}),
        )
        assert isinstance(question, CallCondition)
        if question.is_valid_state(shown):
            passed.add(key)
    assert passed == expected


@pytest.mark.parametrize("options", [{"behavior": "each"}, {"colour": "red"}])
async def test_an_option_that_makes_no_sense_is_refused(
    hass: HomeAssistant, account: Account, options: dict[str, object]
) -> None:
    """The editor shows why, and saves nothing."""
    with pytest.raises(vol.Invalid):
        await async_validate_condition_config(
            hass, condition("is_busy", device(account, "102"), **options)
        )

"""Blueprint "busy light": colors, blinking, and restoring the lamp."""

import asyncio
from typing import Any

import pytest

from homeassistant.const import STATE_OFF, STATE_UNKNOWN

from ..reliability.common import MOVED_TIME, is_pushed, lose_push
from .common import AUTOMATION, OUTSIDE, House
from .lamp import BLUE, GREEN, LAMP, PAUSE, RED, WARM, YELLOW, Lamp, Shown, add_lamp

pytestmark = MOVED_TIME

# For blinking: each timer is late by up to one step.
_FINE = 0.02


async def _busy_light(house: House, **inputs: Any) -> Lamp:
    """Return a lamp that shows extension 102."""
    lamp = await add_lamp(house)
    await house.automate("busy_light", people=house.phones("102"), lamp=LAMP, **inputs)
    return lamp


async def _rings(house: House, to: str = "102") -> str:
    """Let a phone ring; return the session id."""
    call = house.simulator.ring(to=to, from_=OUTSIDE)
    await house.settle()
    return call.telephony_session_id


async def _answered(house: House, to: str = "102") -> str:
    """Let a phone ring, and answer it; return the session id."""
    call = await _rings(house, to)
    house.simulator.answer(call)
    await house.settle()
    return call


async def _on_hold(house: House, to: str = "102") -> str:
    """Answer a call, and put it on hold; return the session id."""
    call = await _answered(house, to)
    house.simulator.hold(call)
    await house.settle()
    return call


async def _ends(house: House, call: str) -> None:
    house.simulator.end(call)
    await house.settle()


async def _becomes(house: House, **presence: Any) -> None:
    house.simulator.change_extension("102", **presence)
    await house.settle()


async def test_ringing_blinks_red(house: House) -> None:
    lamp = await _busy_light(house)
    call = await _rings(house)
    assert lamp.shown == [RED]
    await house.time.passes(4.2, step=_FINE)
    assert lamp.shown == [RED, None, RED, None, RED]
    assert lamp.brightness() == 255
    await _ends(house, call)
    await house.time.passes(5)

    assert lamp.shown == [RED, None, RED, None, RED, None]


async def test_call_is_steadily_red(house: House) -> None:
    lamp = await _busy_light(house)
    call = await _rings(house)
    await house.time.passes(1.5, step=_FINE)
    assert lamp.color() is None
    house.simulator.answer(call)
    await house.settle()
    assert lamp.color() == RED
    lamp.shown.clear()
    await house.time.passes(60)

    assert not lamp.shown


async def test_call_on_hold_blinks_yellow_and_fast(house: House) -> None:
    """Twice as fast as ringing."""
    lamp = await _busy_light(house)
    call = await _on_hold(house)
    assert lamp.color() == YELLOW
    lamp.shown.clear()
    await house.time.passes(2, step=_FINE)
    assert lamp.shown == [None, YELLOW, None, YELLOW]
    house.simulator.unhold(call)
    await house.time.passes(2)

    assert lamp.color() == RED


@pytest.mark.parametrize("seconds", [1, 10])
async def test_blinking_writes_to_the_lamp_twice_a_second_at_the_most(
    house: House, seconds: int
) -> None:
    """Many lamps accept no more."""
    await _busy_light(house)
    await _on_hold(house)
    house.calls.clear()
    await house.time.passes(seconds, step=_FINE)

    writes = house.called("light.turn_on", "light.turn_off")
    assert 0 < len(writes) <= 2 * seconds


async def test_blinking_ends_after_an_hour(house: House) -> None:
    """The lamp stays on for a forgotten call."""
    lamp = await _busy_light(house)
    await _on_hold(house)
    await house.time.passes(3500, step=25)
    house.calls.clear()
    await house.time.passes(90, step=1)
    assert house.calls
    await house.time.passes(60, step=1)
    house.calls.clear()
    await house.time.passes(3600, step=25)

    assert lamp.color() == YELLOW
    assert house.calls == []


@pytest.mark.parametrize(
    ("presence", "color"),
    [
        ({"dndStatus": "DoNotAcceptAnyCalls"}, BLUE),
        ({"userStatus": "Busy"}, RED),
        ({"dndStatus": "DoNotAcceptAnyCalls", "userStatus": "Busy"}, BLUE),
        ({"userStatus": "Offline"}, None),
    ],
)
async def test_presence_has_its_color(
    house: House, presence: dict[str, str], color: Shown
) -> None:
    """The lamp is restored when the extension is available again."""
    lamp = await _busy_light(house)
    await _becomes(house, **presence)
    assert lamp.color() == color
    await _becomes(house, dndStatus="TakeAllCalls", userStatus="Available")

    assert lamp.color() is None


async def test_end_of_do_not_disturb_shows_the_presence(house: House) -> None:
    """The presence is busy before and after."""
    lamp = await _busy_light(house)
    await _becomes(house, dndStatus="DoNotAcceptAnyCalls", userStatus="Busy")
    await _becomes(house, dndStatus="TakeAllCalls")

    assert lamp.shown == [BLUE, RED]


async def test_available_is_green_if_selected(house: House) -> None:
    """The lamp is on until the user is offline."""
    lamp = await _busy_light(house, shown=["on_call", "available"])
    await _becomes(house, userStatus="Busy")
    await _becomes(house, userStatus="Available")
    assert lamp.color() == GREEN
    call = await _answered(house)
    assert lamp.color() == RED
    await _ends(house, call)
    assert lamp.color() == GREEN
    await _becomes(house, userStatus="Offline")

    assert lamp.color() is None


async def test_state_that_is_not_selected_does_not_change_the_lamp(
    house: House,
) -> None:
    """The lamp shows calls only."""
    lamp = await _busy_light(house, shown=["on_call"])
    call = await _rings(house)
    await _becomes(house, dndStatus="DoNotAcceptAnyCalls")
    assert not lamp.shown
    house.simulator.answer(call)
    await house.settle()

    assert lamp.shown == [RED]


async def test_more_urgent_state_comes_first(house: House) -> None:
    """Ringing, on hold, on a call, do not disturb: in this order."""
    lamp = await _busy_light(house)
    await _becomes(house, dndStatus="DoNotAcceptAnyCalls")
    assert lamp.color() == BLUE
    first = await _answered(house)
    assert lamp.color() == RED
    house.simulator.hold(first)
    await house.settle()
    assert lamp.color() == YELLOW
    second = await _rings(house)
    lamp.shown.clear()
    await house.time.passes(2.3, step=_FINE)
    assert lamp.shown == [None, RED]
    await _ends(house, second)
    assert lamp.color() == YELLOW
    await _ends(house, first)

    assert lamp.color() == BLUE


async def test_second_call_that_rings_while_dialing_blinks(house: House) -> None:
    """An outgoing call does not ring."""
    lamp = await _busy_light(house)
    house.simulator.ring(to=OUTSIDE, from_="102", direction="Outbound")
    await house.settle()
    assert not lamp.shown
    await _rings(house)

    assert lamp.color() == RED


async def test_any_of_several_phones_counts(house: House) -> None:
    """The lamp is restored after the last call."""
    lamp = await add_lamp(house)
    phones = house.phones("102", "103")
    await house.automate("busy_light", people=phones, lamp=LAMP)
    first = await _answered(house, "102")
    second = await _answered(house, "103")
    await _ends(house, first)
    assert lamp.color() == RED
    await _ends(house, second)

    assert lamp.color() is None


async def test_calls_and_do_not_disturb_of_members_of_a_group_count(
    house: House,
) -> None:
    lamp = await add_lamp(house)
    group = await house.group("102", "103")
    await house.automate("busy_light", people=group, lamp=LAMP)
    call = await _answered(house, "103")
    assert lamp.color() == RED
    await _ends(house, call)
    assert lamp.color() is None
    house.simulator.change_extension("102", dndStatus="DoNotAcceptAnyCalls")
    await house.settle()

    assert lamp.color() == BLUE


async def test_other_phones_do_not_count(house: House) -> None:
    lamp = await _busy_light(house)
    await _answered(house, "103")

    assert not lamp.shown


async def test_lamp_is_restored_to_its_former_state(house: House) -> None:
    """On, with its color and brightness."""
    lamp = await _busy_light(house)
    await lamp.by_hand("turn_on", rgb_color=WARM, brightness=90)
    call = await _on_hold(house)
    await house.time.passes(3.7, step=_FINE)
    await _ends(house, call)

    assert (lamp.color(), lamp.brightness()) == (WARM, 90)
    assert house.hass.states.async_entity_ids("scene") == []


async def test_lamp_without_state_counts_as_off(house: House) -> None:
    """Some lamps have no state before."""
    lamp = await add_lamp(house)
    house.hass.states.async_set(LAMP, STATE_UNKNOWN)
    await house.automate("busy_light", people=house.phones("102"), lamp=LAMP)
    call = await _rings(house)
    assert lamp.color() == RED
    await _ends(house, call)
    await house.time.passes(5)

    assert house.state(LAMP).state == STATE_OFF


async def test_lamp_changed_between_two_calls_is_restored_to_its_latest_state(
    house: House,
) -> None:
    lamp = await _busy_light(house)
    await lamp.by_hand("turn_on", rgb_color=WARM, brightness=90)
    await _ends(house, await _answered(house))
    await lamp.by_hand("turn_off")
    await _ends(house, await _answered(house))

    assert lamp.color() is None


async def test_lamp_that_is_switched_off_by_hand_stays_off(house: House) -> None:
    """Until the next state to show; it is restored nevertheless."""
    lamp = await _busy_light(house)
    await lamp.by_hand("turn_on", rgb_color=WARM, brightness=90)
    call = await _answered(house)
    await lamp.by_hand("turn_off")
    await house.time.passes(60)
    assert lamp.color() is None
    house.simulator.hold(call)
    await house.settle()
    assert lamp.color() == YELLOW
    await _ends(house, call)

    assert (lamp.color(), lamp.brightness()) == (WARM, 90)


async def test_lamp_is_not_changed_while_there_is_nothing_to_show(
    house: House,
) -> None:
    lamp = await _busy_light(house)
    await lamp.by_hand("turn_on", rgb_color=RED)
    await _becomes(house, userStatus="Offline")
    await _becomes(house, userStatus="Available")

    assert house.called("light.turn_on", "light.turn_off", "scene.create") == []


async def test_colors_and_brightness_can_be_selected(house: House) -> None:
    lamp = await _busy_light(
        house,
        brightness=40,
        busy_color=[10, 20, 30],
        hold_color=[20, 30, 40],
        dnd_color=[30, 40, 50],
        available_color=[40, 50, 60],
        shown=["on_hold", "on_call", "do_not_disturb", "available"],
    )
    call = await _on_hold(house)
    assert lamp.brightness() == 102
    await _becomes(house, dndStatus="DoNotAcceptAnyCalls")
    await _ends(house, call)
    await _becomes(house, dndStatus="TakeAllCalls")

    assert lamp.shown == [
        (40, 50, 60),
        (10, 20, 30),
        (20, 30, 40),
        (30, 40, 50),
        (40, 50, 60),
    ]


@pytest.mark.parametrize("kind", ["dimmable", "on and off"])
async def test_lamp_without_colors_is_on_or_blinks(house: House, kind: str) -> None:
    lamp = await add_lamp(house, kind)
    await house.automate("busy_light", people=house.phones("102"), lamp=LAMP)
    call = await _rings(house)
    lit = lamp.color()
    await house.time.passes(2.3, step=_FINE)
    assert lamp.shown == [lit, None, lit]
    house.simulator.answer(call)
    await house.time.passes(5)
    assert lamp.color() == lit is not None
    await _ends(house, call)

    assert lamp.color() is None


# --------------------------------------------------------------------------------------
# Working hours and pause


async def test_lamp_is_not_changed_outside_working_hours(house: House) -> None:
    """The test starts on a Monday at one in the morning, local time."""
    lamp = await _busy_light(house, start="01:30:00", end="09:00:00")
    await _answered(house)
    assert not lamp.shown
    await house.time.passes(1805)
    assert lamp.color() == RED
    await house.time.passes(7.5 * 3600, step=60)
    await house.settle()

    assert lamp.color() is None


async def test_lamp_is_not_changed_on_other_days(house: House) -> None:
    """The call lasts from Monday into Tuesday."""
    lamp = await _busy_light(house, weekdays=["tue"], start="06:00:00", end="06:00:00")
    await _answered(house)
    await house.time.passes(23 * 3600 - 60, step=60)
    assert not lamp.shown
    await house.time.passes(120)
    await house.settle()

    assert lamp.color() == RED


async def test_lamp_is_restored_and_not_changed_during_a_pause(house: House) -> None:
    """A state that lasts longer than the pause is shown again."""
    lamp = await _busy_light(house, pause=[PAUSE])
    call = await _answered(house)
    await house.call("input_boolean.turn_on", PAUSE)
    assert lamp.color() is None
    house.simulator.hold(call)
    await house.time.passes(5)
    assert lamp.color() is None
    await house.call("input_boolean.turn_off", PAUSE)

    assert lamp.color() == YELLOW


# --------------------------------------------------------------------------------------
# Failures


async def test_unavailable_lamp_shows_the_state_once_it_is_available(
    house: House,
) -> None:
    lamp = await _busy_light(house)
    await lamp.power("turn_off")
    call = await _answered(house)
    assert house.called("light.turn_on", "scene.create") == []
    await lamp.power("turn_on")
    assert lamp.color() == RED
    await _ends(house, call)

    assert lamp.color() is None


async def test_lamp_that_is_unavailable_at_the_end_is_restored_later(
    house: House,
) -> None:
    """It is available again with the color that it had."""
    lamp = await _busy_light(house)
    await lamp.by_hand("turn_on", rgb_color=WARM, brightness=90)
    call = await _answered(house)
    await lamp.power("turn_off")
    await _ends(house, call)
    await lamp.power("turn_on")

    assert (lamp.color(), lamp.brightness()) == (WARM, 90)


async def test_reload_of_the_integration_during_a_call_is_not_visible(
    house: House,
) -> None:
    """The sensors are unavailable in between."""
    lamp = await _busy_light(house)
    await _answered(house)
    await house.hass.config_entries.async_reload(house.account.entry.entry_id)
    await house.time.passes(90)

    assert lamp.shown == [RED]


async def test_lamp_is_restored_if_the_sensors_are_unavailable(house: House) -> None:
    """After a minute; it shows the state again when the sensors are available."""
    lamp = await _busy_light(house)
    await _answered(house)
    entry_id = house.account.entry.entry_id
    await house.hass.config_entries.async_unload(entry_id)
    await house.time.passes(50)
    assert lamp.color() == RED
    await house.time.passes(15)
    assert lamp.color() is None
    await house.hass.config_entries.async_setup(entry_id)
    await house.settle()

    assert lamp.color() == RED


async def test_call_whose_notification_was_lost_is_shown(house: House) -> None:
    """The snapshot has it, the notification is lost."""
    lamp = await _busy_light(house)
    house.simulator.fault("refuse_upgrade", status=503, seconds=400)
    await lose_push(house.account)
    await house.time.passes(30)
    await _answered(house)
    await house.time.passes_until(is_pushed(house.account), within=900)
    await house.time.passes(5)

    assert lamp.color() == RED


async def test_stop_of_home_assistant_restores_the_lamp(house: House) -> None:
    lamp = await _busy_light(house)
    await _rings(house)
    assert lamp.color() == RED
    stop = asyncio.create_task(house.hass.async_stop())
    await house.time.passes_until(stop.done, within=60)

    assert lamp.color() is None


@pytest.mark.parametrize("is_over", [True, False])
async def test_lamp_left_red_by_a_crash_goes_off_with_the_call(
    house: House, is_over: bool
) -> None:
    """Home Assistant was killed while the phone rang, the saved scene is lost."""
    lamp = await add_lamp(house)
    await lamp.by_hand("turn_on", rgb_color=RED)
    call = await _answered(house)
    if is_over:
        await _ends(house, call)
    house.starts()
    await house.automate("busy_light", people=house.phones("102"), lamp=LAMP)
    await house.started()
    if not is_over:
        assert lamp.color() == RED
        await _ends(house, call)

    assert lamp.color() is None


async def test_reload_of_scenes_during_a_call_does_not_leave_the_lamp_red(
    house: House,
) -> None:
    """The saved scene is lost with it."""
    lamp = await _busy_light(house)
    call = await _answered(house)
    house.hass.states.async_remove(house.hass.states.async_entity_ids("scene")[0])
    house.hass.bus.async_fire("scene_reloaded")
    await house.settle()
    await _ends(house, call)

    assert lamp.color() is None


async def test_automation_saved_while_ringing_restores_the_lamp(house: House) -> None:
    """The next change ends what the former run has begun."""
    lamp = await _busy_light(house)
    call = await _rings(house)
    await house.call("automation.turn_off", AUTOMATION)
    await house.call("automation.turn_on", AUTOMATION)
    await _ends(house, call)

    assert lamp.color() is None

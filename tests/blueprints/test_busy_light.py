"""The busy light: colors, blinking, and giving the lamp back."""

import asyncio
from typing import Any

import pytest

from homeassistant.const import STATE_OFF, STATE_UNKNOWN

from ..reliability.common import MOVED_TIME, is_pushed, lose_push
from .common import AUTOMATION, OUTSIDE, House
from .lamp import BLUE, GREEN, LAMP, PAUSE, RED, WARM, YELLOW, Lamp, Shown, add_lamp

pytestmark = MOVED_TIME

# For blinking: each timer is late by a step at the most.
_FINE = 0.02


async def _busy_light(house: House, **inputs: Any) -> Lamp:
    """Return a lamp that tells about extension 102."""
    lamp = await add_lamp(house)
    await house.automate("busy_light", phones=house.phones("102"), lamp=LAMP, **inputs)
    return lamp


async def _rings(house: House, to: str = "102") -> str:
    """Let a phone ring; return the call."""
    call = house.simulator.ring(to=to, from_=OUTSIDE)
    await house.moment()
    return call.telephony_session_id


async def _answered(house: House, to: str = "102") -> str:
    """Let a phone ring, and answer it; return the call."""
    call = await _rings(house, to)
    house.simulator.answer(call)
    await house.moment()
    return call


async def _on_hold(house: House, to: str = "102") -> str:
    """Answer a call and put it on hold; return it."""
    call = await _answered(house, to)
    house.simulator.hold(call)
    await house.moment()
    return call


async def _ends(house: House, call: str) -> None:
    house.simulator.end(call)
    await house.moment()


async def _becomes(house: House, **presence: Any) -> None:
    house.simulator.change_extension("102", **presence)
    await house.moment()


async def test_ringing_blinks_red(house: House) -> None:
    """It changes once a second, and ends with the ringing."""
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
    """From the answer on, whatever the blinking had come to."""
    lamp = await _busy_light(house)
    call = await _rings(house)
    await house.time.passes(1.5, step=_FINE)
    assert lamp.color() is None
    house.simulator.answer(call)
    await house.moment()
    assert lamp.color() == RED
    lamp.shown.clear()
    await house.time.passes(60)

    assert not lamp.shown


async def test_call_on_hold_blinks_yellow_and_fast(house: House) -> None:
    """Twice as fast as ringing; back on the call it is red again."""
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
    """Many lamps take no more."""
    await _busy_light(house)
    await _on_hold(house)
    house.calls.clear()
    await house.time.passes(seconds, step=_FINE)

    writes = house.called("light.turn_on", "light.turn_off")
    assert 0 < len(writes) <= 2 * seconds


async def test_blinking_ends_after_an_hour(house: House) -> None:
    """A call that somebody forgot: the lamp stays lit."""
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
    """Back to available the lamp is given back."""
    lamp = await _busy_light(house)
    await _becomes(house, **presence)
    assert lamp.color() == color
    await _becomes(house, dndStatus="TakeAllCalls", userStatus="Available")

    assert lamp.color() is None


async def test_end_of_do_not_disturb_shows_what_it_has_covered(house: House) -> None:
    """The presence has not changed: busy before and after."""
    lamp = await _busy_light(house)
    await _becomes(house, dndStatus="DoNotAcceptAnyCalls", userStatus="Busy")
    await _becomes(house, dndStatus="TakeAllCalls")

    assert lamp.shown == [BLUE, RED]


async def test_available_is_green_if_that_is_wanted(house: House) -> None:
    """Then the lamp is lit all day long, until the user is offline."""
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


async def test_state_that_is_not_chosen_leaves_the_lamp_alone(house: House) -> None:
    """Here the lamp tells of calls only."""
    lamp = await _busy_light(house, shown=["on_call"])
    call = await _rings(house)
    await _becomes(house, dndStatus="DoNotAcceptAnyCalls")
    assert not lamp.shown
    house.simulator.answer(call)
    await house.moment()

    assert lamp.shown == [RED]


async def test_more_urgent_state_comes_first(house: House) -> None:
    """Ringing, on hold, on a call, do not disturb: in that order."""
    lamp = await _busy_light(house)
    await _becomes(house, dndStatus="DoNotAcceptAnyCalls")
    assert lamp.color() == BLUE
    first = await _answered(house)
    assert lamp.color() == RED
    house.simulator.hold(first)
    await house.moment()
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
    """Dialing is no ringing: nobody need come to the phone for it."""
    lamp = await _busy_light(house)
    house.simulator.ring(to=OUTSIDE, from_="102", direction="Outbound")
    await house.moment()
    assert not lamp.shown
    await _rings(house)

    assert lamp.color() == RED


async def test_any_of_several_phones_counts(house: House) -> None:
    """The lamp is given back after the last of their calls."""
    lamp = await add_lamp(house)
    phones = house.phones("102", "103")
    await house.automate("busy_light", phones=phones, lamp=LAMP)
    first = await _answered(house, "102")
    second = await _answered(house, "103")
    await _ends(house, first)
    assert lamp.color() == RED
    await _ends(house, second)

    assert lamp.color() is None


async def test_other_phones_do_not_count(house: House) -> None:
    """Only those that were chosen."""
    lamp = await _busy_light(house)
    await _answered(house, "103")

    assert not lamp.shown


async def test_lamp_is_given_back_as_it_was(house: House) -> None:
    """On, with its color and brightness, after everything that was shown meanwhile."""
    lamp = await _busy_light(house)
    await lamp.by_hand("turn_on", rgb_color=WARM, brightness=90)
    call = await _on_hold(house)
    await house.time.passes(3.7, step=_FINE)
    await _ends(house, call)

    assert (lamp.color(), lamp.brightness()) == (WARM, 90)
    assert house.hass.states.async_entity_ids("scene") == []


async def test_lamp_that_was_never_switched_counts_as_dark(house: House) -> None:
    """Some say nothing before that."""
    lamp = await add_lamp(house)
    house.hass.states.async_set(LAMP, STATE_UNKNOWN)
    await house.automate("busy_light", phones=house.phones("102"), lamp=LAMP)
    call = await _rings(house)
    assert lamp.color() == RED
    await _ends(house, call)
    await house.time.passes(5)

    assert house.state(LAMP).state == STATE_OFF


async def test_lamp_changed_between_two_calls_is_given_back_as_it_is_then(
    house: House,
) -> None:
    """What was before the first call is forgotten."""
    lamp = await _busy_light(house)
    await lamp.by_hand("turn_on", rgb_color=WARM, brightness=90)
    await _ends(house, await _answered(house))
    await lamp.by_hand("turn_off")
    await _ends(house, await _answered(house))

    assert lamp.color() is None


async def test_lamp_that_is_switched_off_by_hand_stays_off(house: House) -> None:
    """Until there is something new to show; it is given back nevertheless."""
    lamp = await _busy_light(house)
    await lamp.by_hand("turn_on", rgb_color=WARM, brightness=90)
    call = await _answered(house)
    await lamp.by_hand("turn_off")
    await house.time.passes(60)
    assert lamp.color() is None
    house.simulator.hold(call)
    await house.moment()
    assert lamp.color() == YELLOW
    await _ends(house, call)

    assert (lamp.color(), lamp.brightness()) == (WARM, 90)


async def test_lamp_that_is_left_alone_is_not_touched_when_nothing_is_shown(
    house: House,
) -> None:
    """People come and go, the lamp is the user's."""
    lamp = await _busy_light(house)
    await lamp.by_hand("turn_on", rgb_color=RED)
    await _becomes(house, userStatus="Offline")
    await _becomes(house, userStatus="Available")

    assert house.called("light.turn_on", "light.turn_off", "scene.create") == []


async def test_colors_and_brightness_can_be_chosen(house: House) -> None:
    """For people who do not see red."""
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
async def test_lamp_without_colors_lights_and_blinks(house: House, kind: str) -> None:
    """That is all that it can show."""
    lamp = await add_lamp(house, kind)
    await house.automate("busy_light", phones=house.phones("102"), lamp=LAMP)
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
# When it is used


async def test_outside_working_hours_the_lamp_is_left_alone(house: House) -> None:
    """The test begins on a Monday at one in the night, where Home Assistant is."""
    lamp = await _busy_light(house, start="01:30:00", end="09:00:00")
    await _answered(house)
    assert not lamp.shown
    await house.time.passes(1805)
    assert lamp.color() == RED
    await house.time.passes(7.5 * 3600, step=60)
    await house.moment()

    assert lamp.color() is None


async def test_on_other_days_the_lamp_is_left_alone(house: House) -> None:
    """A call from Monday into Tuesday."""
    lamp = await _busy_light(house, weekdays=["tue"], start="06:00:00", end="06:00:00")
    await _answered(house)
    await house.time.passes(23 * 3600 - 60, step=60)
    assert not lamp.shown
    await house.time.passes(120)
    await house.moment()

    assert lamp.color() == RED


async def test_pause_gives_the_lamp_back_and_leaves_it_alone(house: House) -> None:
    """What goes on after the pause is shown again."""
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
# What goes wrong


async def test_lamp_that_cannot_be_reached_shows_the_state_once_it_can(
    house: House,
) -> None:
    """And is given back after the call."""
    lamp = await _busy_light(house)
    await lamp.power("turn_off")
    call = await _answered(house)
    assert house.called("light.turn_on", "scene.create") == []
    await lamp.power("turn_on")
    assert lamp.color() == RED
    await _ends(house, call)

    assert lamp.color() is None


async def test_lamp_that_cannot_be_reached_at_the_end_is_given_back_later(
    house: House,
) -> None:
    """It comes back with the color that it had."""
    lamp = await _busy_light(house)
    await lamp.by_hand("turn_on", rgb_color=WARM, brightness=90)
    call = await _answered(house)
    await lamp.power("turn_off")
    await _ends(house, call)
    await lamp.power("turn_on")

    assert (lamp.color(), lamp.brightness()) == (WARM, 90)


async def test_reload_of_the_integration_in_mid_call_is_not_seen(house: House) -> None:
    """The sensors are unavailable for a moment."""
    lamp = await _busy_light(house)
    await _answered(house)
    await house.hass.config_entries.async_reload(house.account.entry.entry_id)
    await house.time.passes(90)

    assert lamp.shown == [RED]


async def test_lamp_is_given_back_if_nobody_knows_what_goes_on(house: House) -> None:
    """After a minute; what is known again is shown again."""
    lamp = await _busy_light(house)
    await _answered(house)
    entry_id = house.account.entry.entry_id
    await house.hass.config_entries.async_unload(entry_id)
    await house.time.passes(50)
    assert lamp.color() == RED
    await house.time.passes(15)
    assert lamp.color() is None
    await house.hass.config_entries.async_setup(entry_id)
    await house.moment()

    assert lamp.color() == RED


async def test_call_that_a_lost_connection_swallowed_is_shown(house: House) -> None:
    """The snapshot shows it, and no event tells of it."""
    lamp = await _busy_light(house)
    house.simulator.fault("refuse_upgrade", status=503, seconds=400)
    await lose_push(house.account)
    await house.time.passes(30)
    await _answered(house)
    await house.time.passes_until(is_pushed(house.account), within=900)
    await house.time.passes(5)

    assert lamp.color() == RED


async def test_stop_of_home_assistant_gives_the_lamp_back(house: House) -> None:
    """Nobody would do it while Home Assistant does not run."""
    lamp = await _busy_light(house)
    await _rings(house)
    assert lamp.color() == RED
    stop = asyncio.create_task(house.hass.async_stop())
    await house.time.passes_until(stop.done, within=60)

    assert lamp.color() is None


@pytest.mark.parametrize("is_over", [True, False])
async def test_lamp_that_a_crash_left_red_goes_off_with_the_call(
    house: House, is_over: bool
) -> None:
    """Home Assistant has died while the phone rang, and what it remembered with it."""
    lamp = await add_lamp(house)
    await lamp.by_hand("turn_on", rgb_color=RED)
    call = await _answered(house)
    if is_over:
        await _ends(house, call)
    house.starts()
    await house.automate("busy_light", phones=house.phones("102"), lamp=LAMP)
    await house.started()
    if not is_over:
        assert lamp.color() == RED
        await _ends(house, call)

    assert lamp.color() is None


async def test_reload_of_the_scenes_in_mid_call_does_not_leave_the_lamp_red(
    house: House,
) -> None:
    """It takes what the lamp was before with it."""
    lamp = await _busy_light(house)
    call = await _answered(house)
    house.hass.states.async_remove(house.hass.states.async_entity_ids("scene")[0])
    house.hass.bus.async_fire("scene_reloaded")
    await house.moment()
    await _ends(house, call)

    assert lamp.color() is None


async def test_automation_saved_in_mid_ring_gives_the_lamp_back(house: House) -> None:
    """The next change finds what the former run has begun."""
    lamp = await _busy_light(house)
    call = await _rings(house)
    await house.call("automation.turn_off", AUTOMATION)
    await house.call("automation.turn_on", AUTOMATION)
    await _ends(house, call)

    assert lamp.color() is None

"""A lamp and the colors that it shows."""

from typing import Any, Final

from homeassistant.const import EVENT_STATE_CHANGED, STATE_ON
from homeassistant.core import Event, EventStateChangedData, State, callback

from .common import House

LAMP: Final = "light.lamp"
POWER: Final = "input_boolean.power"
PAUSE: Final = "input_boolean.pause"

RED: Final = (255, 0, 0)
YELLOW: Final = (255, 191, 0)
GREEN: Final = (0, 255, 0)
BLUE: Final = (0, 0, 255)
WARM: Final = (255, 160, 80)

type Shown = tuple[int, int, int] | None


class Lamp:
    """A lamp whose power supply can be cut, with its history."""

    def __init__(self, house: House) -> None:
        """Initialize and record the lamp from now on."""
        self._house = house
        # Colors without repetitions; None while off.
        self.shown: list[Shown] = []
        house.hass.bus.async_listen(EVENT_STATE_CHANGED, self._handle_state)

    @callback
    def _handle_state(self, event: Event[EventStateChangedData]) -> None:
        new = event.data["new_state"]
        if event.data["entity_id"] == LAMP and new is not None:
            shown = _color(new)
            if not self.shown or self.shown[-1] != shown:
                self.shown.append(shown)

    def color(self) -> Shown:
        """Return the current color."""
        return _color(self._house.state(LAMP))

    def brightness(self) -> int | None:
        """Return the current brightness."""
        brightness: int | None = self._house.state(LAMP).attributes.get("brightness")
        return brightness

    async def by_hand(self, action: str, **data: Any) -> None:
        """Switch the lamp by hand."""
        await self._house.call(f"light.{action}", LAMP, **data)

    async def power(self, action: str) -> None:
        """Cut the power supply, or restore it."""
        await self._house.call(f"input_boolean.{action}", POWER)


def _color(state: State) -> Shown:
    if state.state != STATE_ON:
        return None
    red, green, blue = state.attributes.get("rgb_color") or (255, 255, 255)
    return red, green, blue


_NOTHING: Final[list[dict[str, Any]]] = []
_COLORED: Final = {"set_level": _NOTHING, "set_rgb": _NOTHING}
_KINDS: Final = {
    "colored": _COLORED,
    "dimmable": {"set_level": _NOTHING},
    "on and off": {},
}


async def add_lamp(house: House, kind: str = "colored") -> Lamp:
    """Set up a template light that is off and has power."""
    switches = {"power": {"initial": True}, "pause": {"initial": False}}
    await house.set_up("input_boolean", switches)
    await house.set_up(
        "template",
        {
            "light": {
                "name": "Lamp",
                "availability": f"{{{{ is_state('{POWER}', 'on') }}}}",
                "turn_on": _NOTHING,
                "turn_off": _NOTHING,
                **_KINDS[kind],
            }
        },
    )
    # Scenes are loaded at their first use, outside the event loop.
    scene = {"entities": {LAMP: "off"}}
    await house.hass.services.async_call("scene", "apply", scene, blocking=True)
    await house.hass.async_block_till_done()
    house.calls.clear()
    return Lamp(house)

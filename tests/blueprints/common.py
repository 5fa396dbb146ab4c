"""Helpers of the blueprint tests: automations and the actions that they call."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, cast

from homeassistant.components.persistent_notification import DOMAIN as NOTIFICATIONS
from homeassistant.const import (
    ATTR_ENTITY_ID,
    EVENT_CALL_SERVICE,
    EVENT_HOMEASSISTANT_STARTED,
    STATE_ON,
)
from homeassistant.core import CoreState, Event, HomeAssistant, State, callback
from homeassistant.setup import async_setup_component
from homeassistant.util import yaml as yaml_util

from ..common import Account
from ..groups.common import add, team
from ..reliability.common import Time

ROOT: Final = Path(__file__).parents[2]
BLUEPRINTS: Final = ROOT / "blueprints/automation/ringcentral"
NAMES: Final = sorted(path.stem for path in BLUEPRINTS.glob("*.yaml"))
# Of each language that Home Assistant understands: those that answer questions.
QUESTIONS: Final = {
    language: f"phone_questions_{language}"
    for language in ("en", "de", "fr", "es", "it", "nl")
}

AUTOMATION: Final = "automation.of_a_user"
OUTSIDE: Final = "+16505550123"


def blueprint_file(name: str) -> dict[str, Any]:
    content = yaml_util.load_yaml_dict(str(BLUEPRINTS / f"{name}.yaml"))
    return cast(dict[str, Any], content)


def language_of(name: str) -> str:
    """Return the language of the texts of a blueprint."""
    languages = {question: language for language, question in QUESTIONS.items()}
    return languages.get(name, "en")


def flat_inputs(name: str) -> dict[str, dict[str, Any]]:
    """Return the inputs of a blueprint, including those of its sections."""
    flat: dict[str, dict[str, Any]] = {}
    for key, value in blueprint_file(name)["blueprint"]["input"].items():
        flat |= value.get("input", {key: value})
    return flat


def blueprint_texts(part: Any, key: str = "") -> Iterator[str]:
    """Yield what a user reads in a part of a blueprint: in the form or in a trace."""
    match part:
        case dict():
            for inner_key, inner in part.items():
                yield from blueprint_texts(inner, inner_key)
        case list():
            for inner in part:
                yield from blueprint_texts(inner)
        case str() if key in ("alias", "description", "label", "name", "stop", "title"):
            yield part


class House:
    """Phones, devices around them, and automations of the blueprints."""

    def __init__(self, account: Account, time: Time) -> None:
        """Initialize and record the actions called from now on."""
        self.account = account
        self.hass: HomeAssistant = account.hass
        self.simulator = account.simulator
        self.time = time
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.hass.bus.async_listen(EVENT_CALL_SERVICE, self._record)

    @callback
    def _record(self, event: Event[dict[str, Any]]) -> None:
        action = f"{event.data['domain']}.{event.data['service']}"
        self.calls.append((action, event.data["service_data"]))

    def phones(self, *numbers: str) -> list[str]:
        """Return the device ids of extensions."""
        devices = [self.account.device(number) for number in numbers]
        return [device.id for device in devices if device is not None]

    async def group(self, *numbers: str) -> list[str]:
        """Add a group of extensions and return its device id."""
        subentry = team(self.account, numbers=numbers)
        group = await add(self.account, subentry)
        return [group.device_id]

    async def automate(self, blueprint: str, **inputs: Any) -> None:
        """Set up an automation of a blueprint; inputs left out keep their defaults."""
        path = f"ringcentral/{blueprint}.yaml"
        await self.save({"use_blueprint": {"path": path, "input": inputs}})

    async def save(self, automation: dict[str, Any]) -> None:
        """Set up an automation."""
        config = {"automation": {**automation, "id": "1", "alias": "Of a user"}}
        assert await async_setup_component(self.hass, "automation", config)
        await self.hass.async_block_till_done()
        # One that is not valid is unavailable.
        assert self.shows(AUTOMATION) == STATE_ON
        # The first step of frozen time includes the time that the set-up has taken.
        await self.settle()

    def starts(self) -> None:
        """Let Home Assistant be starting; automations wait for the end of it."""
        self.hass.set_state(CoreState.starting)

    async def started(self) -> None:
        """End the start of Home Assistant."""
        self.hass.set_state(CoreState.running)
        self.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
        await self.settle()

    async def set_up(self, component: str, config: Any) -> None:
        """Set up another component."""
        assert await async_setup_component(self.hass, component, {component: config})
        await self.hass.async_block_till_done()

    async def settle(self) -> None:
        """Let pending things happen."""
        await self.time.passes(0.3, step=0.1)

    def state(self, entity_id: str) -> State:
        """Return the state of an entity."""
        state = self.hass.states.get(entity_id)
        assert state is not None
        return state

    def shows(self, entity_id: str) -> str:
        """Return the state of an entity as text."""
        return self.state(entity_id).state

    async def call(self, action: str, entity_id: str, **data: Any) -> None:
        """Call an action by hand, which is not recorded."""
        domain, _, service = action.partition(".")
        await self.hass.services.async_call(
            domain, service, {ATTR_ENTITY_ID: entity_id, **data}, blocking=True
        )
        await self.settle()
        self.calls.clear()

    def called(self, *actions: str) -> list[dict[str, Any]]:
        """Return the data of all calls of these actions."""
        return [data for action, data in self.calls if action in actions]

    def entities_of(self, action: str) -> list[str]:
        """Return the entities of all calls of an action."""
        targets: Iterable[list[str]] = (
            data[ATTR_ENTITY_ID] for data in self.called(action)
        )
        return [entity_id for entity_ids in targets for entity_id in entity_ids]


def notifications(house: House) -> list[str]:
    """Return the messages of the notifications that Home Assistant shows."""
    shown = house.hass.data[NOTIFICATIONS]
    return [notification["message"] for notification in shown.values()]


async def variables_of(
    house: House,
    blueprint: str,
    action_input: str,
    variables: Iterable[str],
    **inputs: Any,
) -> list[dict[str, Any]]:
    """Set up an automation that fires an event with variables; return their values."""
    recorded: list[dict[str, Any]] = []

    @callback
    def record(event: Event[dict[str, Any]]) -> None:
        recorded.append(dict(event.data))

    house.hass.bus.async_listen("said", record)
    action = {
        "event": "said",
        "event_data": {name: f"{{{{ {name} }}}}" for name in variables},
    }
    await house.automate(blueprint, **{action_input: [action]}, **inputs)
    return recorded


async def set_privacy(house: House, level: str) -> None:
    """Set the privacy level in the options."""
    options = house.hass.config_entries.options
    form = await options.async_init(house.account.entry.entry_id)
    choice = {"groups": ["everyone"], "extensions": [], "privacy": level}
    await options.async_configure(form["flow_id"], choice)
    await house.hass.async_block_till_done()

"""Calls in the logbook: a sentence for each call and phone, and for each action."""

from datetime import timedelta
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
import yaml

from custom_components.ringcentral.calls.dispatcher import SIGNAL_CALL_EVENT
from custom_components.ringcentral.calls.lifecycle import ExtensionCallEvent
from custom_components.ringcentral.control.manager import EVENT_CALL_CONTROL
from custom_components.ringcentral.control.models import Action
from custom_components.ringcentral.logbook import EVENT_CALL, MAX_OTHER_PARTIES
from custom_components.ringcentral.privacy import Privacy
from custom_components.ringcentral.roster.models import Selection
from demo.config_dir import configuration
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from simulator import Simulator, SimulatorOptions
from simulator.scenarios import load_scenario
from simulator.scenarios.agenda import Agenda

from .clockwork import Clockwork
from .common import Account, add_account

_CALLER: Final = "+16505550123"
# Seconds of the scenario.
_MORNING: Final = 900

type Entries = list[dict[str, Any]]


class Logbook:
    """The logbook as its page reads it."""

    def __init__(self, hass: HomeAssistant, client: WebSocketGenerator) -> None:
        """Initialize with the start of the test."""
        self._hass = hass
        self._client = client
        self._start = dt_util.utcnow() - timedelta(seconds=1)

    async def entries(self, **target: list[str]) -> Entries:
        """Return what the page shows."""
        await async_wait_recording_done(self._hass)
        client = await self._client(self._hass)
        await client.send_json_auto_id(
            {
                "type": "logbook/get_events",
                "start_time": self._start.isoformat(),
                "end_time": (dt_util.utcnow() + timedelta(seconds=1)).isoformat(),
                **target,
            }
        )
        answer = await client.receive_json()
        assert answer["success"]
        entries: Entries = answer["result"]
        return entries

    async def sentences(self, **target: list[str]) -> list[str]:
        """Return the sentences about calls."""
        return [
            entry["message"]
            for entry in await self.entries(**target)
            if entry.get("domain") == "ringcentral"
        ]


@pytest.fixture
async def logbook(
    recorder_mock: object, hass: HomeAssistant, hass_ws_client: WebSocketGenerator
) -> Logbook:
    """Return the logbook of a Home Assistant with a recorder."""
    assert await async_setup_component(hass, "logbook", {})
    return Logbook(hass, hass_ws_client)


async def _missed(account: Account, clockwork: Clockwork, seconds: float = 12) -> None:
    call = account.simulator.ring(to="102", from_=_CALLER, from_name="Charlie Williams")
    await clockwork.advance(seconds)
    account.simulator.end(call.telephony_session_id)
    await clockwork.advance(4)


async def test_each_outcome_has_its_sentence_and_icon(
    logbook: Logbook,
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
) -> None:
    account = await add_account(hass, simulator, groups=[], extensions=["102", "103"])
    clockwork = Clockwork(freezer)
    await _missed(account, clockwork)
    for direction in ("Inbound", "Outbound"):
        number = {"to": "102", "from_": _CALLER}
        if direction == "Outbound":
            number = {"to": _CALLER, "from_": "102"}
        call = simulator.ring(**number, direction=direction)  # type: ignore[arg-type]
        await clockwork.advance(8)
        simulator.answer(call.telephony_session_id)
        await clockwork.advance(200)
        simulator.end(call.telephony_session_id)
        await clockwork.advance(1)
    call = simulator.ring(to=_CALLER, from_="102", direction="Outbound")
    await clockwork.advance(20)
    simulator.end(call.telephony_session_id)
    await clockwork.advance(4)
    call = simulator.ring(to="102", from_=_CALLER)
    simulator.answer(call.telephony_session_id)
    simulator.park(call.telephony_session_id)
    await account.until_all_reported()
    simulator.end(call.telephony_session_id)
    await account.until_all_reported()

    entries = [e for e in await logbook.entries() if e.get("domain") == "ringcentral"]
    assert [(entry["message"], entry["icon"]) for entry in entries] == [
        (
            "Missed call from Charlie Williams, rang for 12 s",
            "mdi:phone-missed",
        ),
        (
            f"Incoming call from {_CALLER} answered after 8 s, talked for 3 min",
            "mdi:phone-incoming",
        ),
        (
            f"Outgoing call to {_CALLER} answered after 8 s, talked for 3 min",
            "mdi:phone-outgoing",
        ),
        (
            f"Outgoing call to {_CALLER} not answered, rang for 20 s",
            "mdi:phone-cancel",
        ),
        (f"Parked call with {_CALLER} ended", "mdi:parking"),
    ]
    assert {entry["entity_id"] for entry in entries} == {
        account.entity_id("102", "telephony_status")
    }
    device = account.device("102")
    assert device is not None
    assert {entry["name"] for entry in entries} == {device.name}
    assert len(await logbook.sentences(device_ids=[device.id])) == len(entries)


@pytest.mark.parametrize(
    ("privacy", "sentence"),
    [
        (Privacy.FULL, "Missed call from Charlie Williams, rang for 12 s"),
        (Privacy.MASKED, "Missed call from C. W., rang for 12 s"),
        (Privacy.NONE, "Missed call, rang for 12 s"),
    ],
)
async def test_caller_is_shown_by_the_privacy_level_of_now(
    logbook: Logbook,
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    privacy: Privacy,
    sentence: str,
) -> None:
    """Not by that of the time of the call."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    await _missed(account, Clockwork(freezer))
    account.coordinator.change_privacy(privacy)

    assert await logbook.sentences() == [sentence]


async def test_event_has_only_what_the_sentence_needs(
    logbook: Logbook,
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Home Assistant stores it: no caller, no id of the call, no other durations."""
    events: list[Event] = []

    @callback
    def collect(event: Event) -> None:
        events.append(event)

    hass.bus.async_listen(EVENT_CALL, collect)
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    await _missed(account, Clockwork(freezer), 12.4)

    device = account.device("102")
    assert device is not None
    assert [event.data for event in events] == [
        {
            "device_id": device.id,
            "outcome": "missed",
            "direction": "inbound",
            "ringing_seconds": 12,
        }
    ]


async def test_callers_of_calls_before_the_newest_thousand_are_not_kept(
    logbook: Logbook,
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert MAX_OTHER_PARTIES == 1000
    monkeypatch.setattr("custom_components.ringcentral.logbook.MAX_OTHER_PARTIES", 1)
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    clockwork = Clockwork(freezer)
    await _missed(account, clockwork)
    await _missed(account, clockwork)

    assert await logbook.sentences() == [
        "Missed call, rang for 12 s",
        "Missed call from Charlie Williams, rang for 12 s",
    ]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("de", "Verpasster Anruf von Charlie Williams, klingelte 12 s"),
        ("ja", "Missed call from Charlie Williams, rang for 12 s"),
    ],
)
async def test_sentences_are_in_the_language_of_the_server(
    logbook: Logbook,
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    language: str,
    sentence: str,
) -> None:
    """In English if there are no texts in that language."""
    await hass.config.async_update(language=language)
    await hass.async_block_till_done()
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    await _missed(account, Clockwork(freezer))
    assert await logbook.sentences() == [sentence]


@pytest.fixture
def simulator_options(request: pytest.FixtureRequest) -> SimulatorOptions:
    """Return an office of twelve people where the test is about one."""
    is_office = "office" in request.node.name
    if is_office:
        return SimulatorOptions(port=0, extensions=12)
    return SimulatorOptions(port=0)


async def test_morning_in_the_office_has_one_line_for_each_call_and_phone(
    recorder_mock: object,
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """With the configuration of the demo, which the documentation describes."""
    text = configuration(time_zone="UTC", debug=False)
    lines = [line for line in text.splitlines() if "!include" not in line]
    config = yaml.safe_load("\n".join(lines))
    assert await async_setup_component(hass, "logbook", {"logbook": config["logbook"]})
    logbook = Logbook(hass, hass_ws_client)
    await add_account(hass, simulator)
    ended: list[tuple[str, str | None]] = []

    @callback
    def handle_end(call_event: ExtensionCallEvent) -> None:
        call = call_event.event.call
        if call_event.event.type.is_final:
            ended.append((call_event.extension_id, call.telephony_session_id))

    async_dispatcher_connect(hass, SIGNAL_CALL_EVENT, handle_end)
    clockwork, agenda = Clockwork(freezer), Agenda()
    load_scenario("office", simulator.options.seed).begin(simulator, agenda)
    while (due := agenda.next_due()) is not None and due < _MORNING:
        await clockwork.advance(due - agenda.now, step=5)
        agenda.perform_next()
    await clockwork.advance(5)

    assert len(ended) > 40
    assert len(await logbook.entries()) <= len(set(ended))
    assert len(await logbook.sentences()) == len(ended)


async def test_disabled_device_has_no_sentences(
    logbook: Logbook,
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
) -> None:
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    device = account.device("102")
    assert device is not None
    dr.async_get(hass).async_update_device(
        device.id, disabled_by=dr.DeviceEntryDisabler.USER
    )
    await hass.async_block_till_done()
    await _missed(account, Clockwork(freezer))
    assert await logbook.sentences() == []


async def test_callers_of_people_who_are_not_shown_any_longer_are_not_shown(
    logbook: Logbook,
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
) -> None:
    account = await add_account(hass, simulator, groups=[], extensions=["102", "103"])
    await _missed(account, Clockwork(freezer))
    others = frozenset({simulator.extension("103").id})
    await account.coordinator.async_change_selection(Selection(frozenset(), others))
    await hass.async_block_till_done()
    assert await logbook.sentences() == ["Missed call, rang for 12 s"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Call ended"),
        ({"outcome": "answered", "direction": "inbound"}, "Incoming call ended"),
        ({"outcome": "not_answered", "direction": "outbound"}, "Outgoing call ended"),
        ({"outcome": ["missed"], "direction": {}, "device_id": []}, "Call ended"),
        ({"outcome": "missed", "ringing_seconds": 5}, "Call ended"),
        (
            {"outcome": "missed", "direction": "inbound", "ringing_seconds": "12"},
            "Missed call",
        ),
        (
            {"outcome": "missed", "direction": "inbound", "ringing_seconds": 0},
            "Missed call",
        ),
    ],
)
async def test_event_of_another_shape_has_a_sentence_without_details(
    logbook: Logbook,
    hass: HomeAssistant,
    simulator: Simulator,
    data: dict[str, Any],
    sentence: str,
) -> None:
    """Any automation can fire an event of this name."""
    await add_account(hass, simulator, groups=[], extensions=["102"])
    hass.bus.async_fire(EVENT_CALL, data)
    assert await logbook.sentences() == [sentence]


# --------------------------------------------------------------------------------------
# Actions on calls


async def _act(account: Account, context: Context | None = None, **data: Any) -> None:
    """Fire the event of an action of extension 102."""
    device = account.device("102")
    assert device is not None
    account.hass.bus.async_fire(
        EVENT_CALL_CONTROL, {"device_id": device.id, **data}, context=context
    )
    await account.hass.async_block_till_done()


@pytest.mark.parametrize(
    ("data", "sentence", "icon"),
    [
        ({"action": "hold", "result": "done"}, "Call put on hold", "phone-paused"),
        ({"action": "hang_up", "result": "over"}, "Hung up", "phone-hangup"),
        (
            {"action": "transfer", "result": "unknown"},
            "Call transferred (result unknown)",
            "swap-horizontal",
        ),
        ({"action": "dial", "result": "dialing"}, "Dialed", "phone-dial"),
        ({"action": "dial", "result": "connected"}, "Dialed", "phone-dial"),
        ({"action": "dial", "result": "busy"}, "Dialed, busy", "phone-dial"),
        (
            {"action": "dial", "result": "unknown"},
            "Dialed (result unknown)",
            "phone-dial",
        ),
        (
            {"action": "cancel_dial", "result": "done"},
            "Dialing canceled",
            "phone-cancel",
        ),
        # Any automation can fire the event, too.
        ({"action": "sing", "result": "loud"}, "Call controlled", "phone"),
        ({"action": ["hold"]}, "Call controlled", "phone"),
        ({}, "Call controlled", "phone"),
    ],
)
async def test_action_on_a_call_has_a_sentence_at_its_phone(
    logbook: Logbook,
    hass: HomeAssistant,
    simulator: Simulator,
    data: dict[str, Any],
    sentence: str,
    icon: str,
) -> None:
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    await _act(account, **data)

    [entry] = [e for e in await logbook.entries() if e.get("domain") == "ringcentral"]
    device = account.device("102")
    assert device is not None
    assert entry["message"] == sentence
    assert entry["icon"] == f"mdi:{icon}"
    assert entry["name"] == device.name
    assert entry["entity_id"] == account.entity_id("102", "telephony_status")


async def test_each_action_and_failure_of_dialing_has_a_sentence_of_its_own(
    logbook: Logbook, hass: HomeAssistant, simulator: Simulator
) -> None:
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    actions = ("dial", "cancel_dial", *(action.value for action in Action))
    for action in actions:
        await _act(account, action=action, result="done")
    failures = ("no_answer", "busy", "rejected", "failed")
    for failure in failures:
        await _act(account, action="dial", result=failure)

    sentences = await logbook.sentences()
    assert len(set(sentences)) == len(actions) + len(failures)
    assert "Call controlled" not in sentences


async def test_sentence_shows_the_user_who_called_the_action(
    logbook: Logbook, hass: HomeAssistant, simulator: Simulator
) -> None:
    """Without a row about the action itself."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    user = MockUser(name="Ann").add_to_hass(hass)
    context = Context(user_id=user.id)
    hass.services.async_register("test", "act", lambda _: None)
    await hass.services.async_call("test", "act", {}, blocking=True, context=context)
    await _act(account, context, action="hold", result="done")

    rows = [e for e in await logbook.entries() if e.get("context_user_id") == user.id]
    assert [row["message"] for row in rows] == ["Call put on hold"]


async def test_sentence_is_in_the_language_of_the_server(
    logbook: Logbook, hass: HomeAssistant, simulator: Simulator
) -> None:
    await hass.config.async_update(language="de")
    await hass.async_block_till_done()
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    await _act(account, action="hold", result="unknown")
    assert await logbook.sentences() == ["Anruf gehalten (Ergebnis unbekannt)"]

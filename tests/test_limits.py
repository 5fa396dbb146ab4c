"""Large numbers of call events, attribute bytes, event filters and names."""

import asyncio
from collections.abc import AsyncIterator, Iterator
import json
from typing import override
from unittest.mock import patch

import aiohttp
import pytest

from custom_components.ringcentral.api.clock import Instant
from custom_components.ringcentral.api.event_filters import (
    LIST_FILTERS,
    Scope,
    build_filters,
    extension_filter,
)
from custom_components.ringcentral.api.event_stream import (
    EventStream,
    StreamListener,
    StreamState,
)
from custom_components.ringcentral.api.exceptions import RingCentralError
from custom_components.ringcentral.api.models.gateway import Subscription
from custom_components.ringcentral.api.models.notifications import (
    PresenceEvent,
    RosterKind,
    StreamEvent,
)
from custom_components.ringcentral.api.rejected_filters import Refusals
from custom_components.ringcentral.calls.dispatcher import SIGNAL_CALL_EVENT
from custom_components.ringcentral.calls.lifecycle import (
    CallEventType,
    ExtensionCallEvent,
)
from homeassistant.components.recorder.db_schema import (
    MAX_STATE_ATTRS_BYTES,
    StateAttributes,
    States,
    StatesMeta,
)
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED, EVENT_STATE_CHANGED
from homeassistant.core import (
    CoreState,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.json import json_bytes
from homeassistant.helpers.recorder import get_instance, session_scope
from simulator import Simulator, SimulatorOptions

from .api.client import Client
from .common import Account, add_account, sign_in, start_flow, submit, until
from .forms import want_more_sensors
from .strategies import Json

# --------------------------------------------------------------------------------------
# Call events that wait for the start of Home Assistant

# Home Assistant raises after 10,000 nested events.
_CALLS_AT_ONCE = 10
_CALLS = 5_500
_WAITING = 2 * _CALLS


class Start:
    """Start of Home Assistant before which extension 102 had thousands of calls."""

    def __init__(self, account: Account) -> None:
        """Collect what automations receive, and what the event entity shows."""
        self.account = account
        self.received: list[tuple[str, str]] = []
        self.shown: list[str] = []
        self._entity_id = account.entity_id("102", "calls", "event")
        async_dispatcher_connect(
            account.hass, SIGNAL_CALL_EVENT, self._handle_call_event
        )
        account.hass.bus.async_listen(EVENT_STATE_CHANGED, self._handle_state)

    @callback
    def _handle_call_event(self, report: ExtensionCallEvent) -> None:
        call = report.event.call
        self.received.append((report.event.type, call.telephony_session_id or ""))

    @callback
    def _handle_state(self, event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        if event.data["entity_id"] == self._entity_id and state is not None:
            if (event_type := state.attributes.get("event_type")) is not None:
                self.shown.append(event_type)

    def talk(self, first: int, last: int) -> None:
        """Start these calls, then end them."""
        extension_id = self.account.simulator.extension("102").id
        for status in ("CallConnected", "NoCall"):
            calls = [
                {
                    "id": f"call-{number}",
                    "direction": "Inbound",
                    "telephonyStatus": status,
                    "telephonySessionId": f"s-{number:05}",
                    "partyId": f"p-{number}",
                }
                for number in range(first, last + 1)
            ]
            self.account.simulator.notify(
                {
                    "extensionId": extension_id,
                    "telephonyStatus": status,
                    "activeCalls": calls,
                }
            )

    def assert_complete(self, calls: int) -> None:
        """Check that each call was answered and ended once, in order."""
        sessions = [f"s-{number:05}" for number in range(calls)]
        for event_type in (CallEventType.ANSWERED, CallEventType.ENDED):
            assert [s for kind, s in self.received if kind == event_type] == sessions
        assert len(self.received) == 2 * calls
        assert self.shown == [event_type for event_type, _ in self.received]

    @callback
    def complete(self) -> None:
        """Complete the start of Home Assistant."""
        self.account.hass.set_state(CoreState.running)
        self.account.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)


@pytest.fixture
async def start(hass: HomeAssistant, simulator: Simulator) -> Start:
    """Return a start with thousands of pending call events."""
    hass.set_state(CoreState.starting)
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    start = Start(account)
    for number in range(0, _CALLS, _CALLS_AT_ONCE):
        start.talk(number, number + _CALLS_AT_ONCE - 1)
    await account.until_all_reported()
    assert not start.received
    assert not start.shown
    return start


def assert_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """Check that no warning was logged, except slow callbacks."""
    assert not [
        record.getMessage()
        for record in caplog.records
        if record.levelname in ("WARNING", "ERROR") and record.name != "asyncio"
    ]


async def test_more_call_events_than_can_be_nested_arrive_at_the_start(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """Each once, in order, for automations and the entity; later ones follow."""
    caplog.clear()
    start.complete()
    assert len(start.received) < _WAITING
    start.talk(_CALLS, _CALLS)
    await until(lambda: len(start.received) >= _WAITING + 2)
    await start.account.until_all_reported()
    start.assert_complete(_CALLS + 1)
    assert_no_error(caplog)


async def test_more_call_events_than_can_be_nested_arrive_before_the_unload(
    hass: HomeAssistant, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """As long as there is an entity to show them."""
    caplog.clear()
    start.complete()
    assert await hass.config_entries.async_unload(start.account.entry.entry_id)
    await hass.async_block_till_done()
    start.assert_complete(_CALLS)
    assert_no_error(caplog)


# --------------------------------------------------------------------------------------
# What is recorded of a busy phone


@pytest.fixture
def all_enabled() -> Iterator[None]:
    """Enable the entities that are disabled by default as well."""
    with patch.object(Entity, "entity_registry_enabled_default", new=True):
        yield


def _party(side: str, number: int) -> dict[str, str]:
    return {
        "from": f"+1650555{number:04}",
        "fromName": f"Caller {side} {number} with a name that is anything but short",
        "to": "+16505550102",
        "toName": "Ben Example of the department for correspondence",
    }


def _busy(number: int) -> Json:
    """Return a call with all fields of the platform."""
    return {
        "id": f"call-{number:040}",
        "direction": "Inbound",
        **_party("of a queue", number),
        "telephonyStatus": "CallConnected",
        "telephonySessionId": f"s-{number:040}",
        "sessionId": f"{number:012}",
        "partyId": f"p-{number:040}",
        "startTime": "2026-03-02T00:00:00.000Z",
        "sipData": {
            "toTag": f"to-{number:030}",
            "fromTag": f"from-{number:030}",
            "remoteUri": f"sip:+1650555{number:04}@sip.example.com:5090",
            "localUri": "sip:16505550102*102@sip.example.com:5090",
            "callId": f"call-id-{number:060}",
            "rcSessionId": f"{number:012}",
        },
    }


async def test_busy_phone_and_a_long_message_are_recorded_within_the_limit(
    recorder_mock: object,
    hass: HomeAssistant,
    simulator: Simulator,
    all_enabled: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With forty calls, live attributes are larger than the database takes."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    await want_more_sensors(account)
    assert await hass.config_entries.async_reload(account.entry.entry_id)
    await hass.async_block_till_done()
    caplog.clear()
    simulator.notify(
        {
            "extensionId": simulator.extension("102").id,
            "telephonyStatus": "CallConnected",
            "activeCalls": [_busy(number) for number in range(40)],
            "totalActiveCalls": 40,
            "presenceStatus": "Busy",
            "message": "On a business trip. " * 1_000,
        }
    )
    await account.until_shown("102", "telephony_status", "call_connected")
    await account.until_all_reported()
    status = account.state("102", "telephony_status")
    assert len(status.attributes["active_calls"]) == 40
    for state in (status, account.state("102", "presence")):
        assert len(json_bytes(dict(state.attributes))) > MAX_STATE_ATTRS_BYTES

    await get_instance(hass).async_block_till_done()
    with session_scope(hass=hass, read_only=True) as session:
        recorded = {
            (entity_id, state): json.loads(attributes)
            for entity_id, state, attributes in session.query(
                StatesMeta.entity_id, States.state, StateAttributes.shared_attrs
            )
            .join(States, States.metadata_id == StatesMeta.metadata_id)
            .join(
                StateAttributes,
                StateAttributes.attributes_id == States.attributes_id,
            )
        }
    assert len({entity_id for entity_id, _ in recorded}) > 8
    for attributes in recorded.values():
        # None that was too large: those are recorded without any.
        assert 0 < len(json.dumps(attributes)) < MAX_STATE_ATTRS_BYTES / 8
        assert attributes
    recorded_status = recorded[status.entity_id, "call_connected"]
    assert "total_active_calls" not in recorded_status
    assert account.state("102", "presence").entity_id in {e for e, _ in recorded}
    assert "exceed maximum size" not in caplog.text
    assert_no_error(caplog)


# --------------------------------------------------------------------------------------
# An event filter for each of 5,000 people

_MANY = 5_000

_LARGE = pytest.mark.parametrize(
    "simulator_options", [SimulatorOptions(port=0, extensions=_MANY)]
)


class Listener(StreamListener):
    """Records granted filters and notifications."""

    def __init__(self) -> None:
        """Initialize the listener."""
        self.granted: tuple[str, ...] = ()
        self.refused: set[str] = set()
        self.received: list[str] = []

    def handle_event(self, event: StreamEvent) -> None:
        """Record the extension of an event."""
        assert isinstance(event, PresenceEvent)
        self.received.append(event.extension_id)

    @override
    def handle_stream_state(self, state: StreamState) -> None:
        """Ignore it."""

    @override
    def handle_resync(self, since: Instant | None) -> None:
        """Ignore it."""

    @override
    def handle_recovery(self) -> None:
        """Ignore it."""

    @override
    def handle_failure(self, error: RingCentralError) -> None:
        """Ignore it."""

    @override
    def handle_contest(self) -> None:
        pass

    @override
    def handle_subscription(
        self, requested: tuple[str, ...], subscription: Subscription, refusals: Refusals
    ) -> None:
        self.granted = subscription.filters
        self.refused = set(refusals)


@pytest.fixture
async def client(socket_enabled: None, simulator: Simulator) -> AsyncIterator[Client]:
    """Return a client of the platform, without Home Assistant."""
    async with aiohttp.ClientSession() as session:
        yield Client(simulator, session)


class Subscriber:
    """Event stream with a filter for each person."""

    def __init__(self, client: Client) -> None:
        """Initialize the event stream."""
        self.client = client
        self.listener = Listener()
        self.link = EventStream(
            client.transport,
            client.rest,
            self.listener,
            self.listener.handle_event,
            client.anomalies,
        )
        people = frozenset(user.id for user in client.simulator.users)
        self.filters = build_filters(
            Scope(extension_ids=people, lines=False, favorites=False)
        )

    async def receive_last(self) -> list[str]:
        """Subscribe, wait for an event of the last person, return the requests."""
        simulator = self.client.simulator
        await self.link.subscriptions.change_filters(self.filters)
        running = asyncio.create_task(self.link.run())
        await until(lambda: self.link.state is StreamState.PUSH)
        requests = [method for method, _ in self.client.socket_requests()]
        last = simulator.users[-1]
        simulator.ring(to=last.number, from_="+16505550123")
        await until(lambda: last.id in self.listener.received)
        running.cancel()
        await asyncio.wait([running])
        return requests


@_LARGE
async def test_five_thousand_filters_take_one_request(client: Client) -> None:
    """The event of the last one arrives."""
    subscriber = Subscriber(client)
    assert await subscriber.receive_last() == ["POST"]
    assert len(subscriber.filters) == _MANY + 1
    assert LIST_FILTERS[RosterKind.EXTENSIONS] in subscriber.filters
    assert len(subscriber.listener.granted) == _MANY + 1
    assert subscriber.listener.refused == set()


@_LARGE
@pytest.mark.parametrize("position", [0, 1_234, 3_210, _MANY - 2])
async def test_bad_filter_among_five_thousand_is_found_with_few_requests(
    client: Client, position: int
) -> None:
    """Thirteen bisections of one or two requests; the other filters are granted."""
    bad = client.simulator.users[position]
    client.simulator.fault("refuse_filter", filter=f"/{bad.id}/", seconds=86400)
    subscriber = Subscriber(client)
    assert len(await subscriber.receive_last()) <= 2 * 13 + 2
    assert subscriber.listener.refused == {extension_filter(bad.id)}
    assert len(subscriber.listener.granted) == _MANY


# --------------------------------------------------------------------------------------
# A list of 5,000 names


@_LARGE
async def test_five_thousand_people_are_sorted_by_number(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """With number and name, by which the list can be searched."""
    result = await submit(hass, await start_flow(hass), sign_in(simulator))
    assert result["step_id"] == "monitor"
    assert result["data_schema"] is not None
    config = result["data_schema"].schema["extensions"].config

    people = sorted(simulator.users, key=lambda user: int(user.number))
    assert config["options"] == [
        {"value": user.id, "label": f"{user.number} {user.name}"} for user in people
    ]
    assert len(people) == _MANY
    assert (config["multiple"], config["mode"]) == (True, "dropdown")

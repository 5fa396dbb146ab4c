"""The documented way to join several Home Assistants, tried with a real broker."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
from pathlib import Path
import re
from typing import Any, Final

import pytest
import yaml

from demo.user import User
from simulator import Simulator

from ..documents import ROOT, Page, read_examples
from .home_assistants import Site, running_broker, until

pytestmark = pytest.mark.usefixtures("socket_enabled")

_SECTION: Final = Page(ROOT / "docs" / "limits.md").section("Several Home Assistants")
_STREAM, _SEND_STATES, _SEND_CALLS, _SHOW, _REACT = read_examples(_SECTION)
# What the user enters, beside what the form has already.
_WILL_TOPICS: Final = re.findall(
    r"enter `([\w/]+)` as \*\*Will message topic", _SECTION
)

_CALLER: Final = "+16505550123"
_CALLER_NAME: Final = "Ann Caller"
_PHONE: Final = "{{ states('sensor.alice_smith_102') }}"
_EVENT: Final = "{{ state_attr('event.alice_smith_102_calls', 'event_type') }}"


@dataclass(frozen=True)
class Company:
    """Two sites with a Home Assistant each; Alice works in Berlin."""

    simulator: Simulator
    berlin: Site
    central: Site


@pytest.fixture
async def company(simulator: Simulator, tmp_path: Path) -> AsyncIterator[Company]:
    """Return both sites, configured as documented, and a broker."""
    simulator.change_extension("102", name="Alice Smith", site="Berlin")
    async with running_broker(tmp_path) as broker:
        yield Company(
            simulator,
            Site(
                folder=tmp_path / "berlin",
                simulator=simulator,
                broker=broker,
                user="102",
                site="berlin",
                configuration=yaml.safe_dump(_STREAM),
                automations=[_SEND_STATES, _SEND_CALLS],
                will=_will(_WILL_TOPICS),
                bytecode=tmp_path / "bytecode",
            ),
            Site(
                folder=tmp_path / "central",
                simulator=simulator,
                broker=broker,
                user="101",
                site="main-site",
                configuration=yaml.safe_dump(_SHOW),
                automations=[_REACT],
                will={},
                bytecode=tmp_path / "bytecode",
            ),
        )


def _will(topics: list[str]) -> Mapping[str, Any]:
    [topic] = topics
    return {"topic": topic, "payload": "offline", "qos": 0, "retain": True}


async def _label_alice(link: str) -> None:
    """Give the device the label that the documentation names."""
    async with User.signed_in(link) as user:
        label = await user.command("config/label_registry/create", name="Reception")
        [device_id] = [
            device["id"]
            for device in await user.command("config/device_registry/list")
            if device["name"] == "Alice Smith (102)"
        ]
        await user.command(
            "config/device_registry/update",
            device_id=device_id,
            labels=[label["label_id"]],
        )


@asynccontextmanager
async def _values(
    link: str, command: str, **fields: object
) -> AsyncIterator[list[Any]]:
    """Collect what a command that subscribes sends, from its first event on."""
    collected: list[Any] = []
    has_begun = asyncio.Event()
    async with User.signed_in(link) as user, asyncio.TaskGroup() as tasks:

        async def collect() -> None:
            async for event in user.events(command, **fields):
                collected.append(event)
                has_begun.set()

        task = tasks.create_task(collect())
        await has_begun.wait()
        yield collected
        task.cancel()


async def test_one_site_shows_phones_and_calls_of_the_other(company: Company) -> None:
    """Neither the caller nor, after a restart, a call that ended in between."""
    simulator = company.simulator
    berlin, central = company.berlin.write(), company.central.write()
    async with company.central.running():
        # Started one after the other, so that modules are compiled once.
        await until(central, _PHONE, "unavailable")
        async with company.berlin.running():
            await until(central, _PHONE, "no_call")
            await _label_alice(berlin)
            await _check_call(company, central)
            await _check_own_phone(company, central)
            call = simulator.ring("102", _CALLER)
            simulator.answer(call.telephony_session_id)
            await until(central, _PHONE, "call_connected")
        # Although the broker still has the former state.
        await until(central, _PHONE, "unavailable")
        simulator.end(call.telephony_session_id)
        async with (
            company.berlin.running(),
            _values(central, "render_template", template=_PHONE) as shown,
        ):
            await until(central, _PHONE, "no_call")
        assert [event["result"] for event in shown] == ["unavailable", "no_call"]


async def _check_call(company: Company, central: str) -> None:
    """Let Alice have a call: each state and each call event is one message."""
    simulator = company.simulator
    async with _values(central, "mqtt/subscribe", topic="ringcentral/#") as received:
        call = simulator.ring("102", _CALLER, from_name=_CALLER_NAME)
        await until(central, _PHONE, "ringing")
        await until(central, _EVENT, "ringing")
        simulator.answer(call.telephony_session_id)
        await until(central, _PHONE, "call_connected")
        simulator.end(call.telephony_session_id)
        await until(central, _PHONE, "no_call")
        await until(central, _EVENT, "ended")
    async with User.signed_in(central) as user:
        notifications = await user.command("persistent_notification/get")

    assert [one["message"] for one in notifications] == [
        "Alice's phone rings in Berlin."
    ]
    sent = [message for message in received if not message["retain"]]
    assert {
        topic: [_essence(m["payload"]) for m in sent if m["topic"] == topic]
        for topic in {message["topic"] for message in sent}
    } == {
        "ringcentral/berlin/sensor/alice_smith_102_telephony_status/state": [
            "ringing",
            "call_connected",
            "no_call",
        ],
        "ringcentral/berlin/calls/102": ["ringing", "answered", "ended"],
    }
    assert _CALLER_NAME not in str(received)
    assert _CALLER.removeprefix("+") not in str(received)


def _essence(payload: str) -> str:
    return json.loads(payload)["event_type"] if payload.startswith("{") else payload


async def _check_own_phone(company: Company, central: str) -> None:
    """Let a phone of the other site ring, which has its own account."""
    own = company.simulator.extension("101")
    company.simulator.ring("101", _CALLER)
    phone = f"sensor.{own.name} {own.number}_telephony_status"
    phone = phone.lower().replace(" ", "_")
    await until(central, f"{{{{ states('{phone}') }}}}", "ringing")

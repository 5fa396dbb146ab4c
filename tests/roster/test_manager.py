"""Devices follow the account's extension list without a reload."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
import logging
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.ringcentral.api import rest
from custom_components.ringcentral.api.exceptions import (
    ConnectionFailedError,
    Reason,
    RingCentralError,
)
from custom_components.ringcentral.api.rest import RestClient
from custom_components.ringcentral.const import COLLECT_FOR, DOMAIN, POLL_INTERVAL
from custom_components.ringcentral.roster import manager
from custom_components.ringcentral.roster.models import Group, Selection, by_number
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from simulator import Simulator

from ..common import Account, add_account, until
from ..company import lists_are_read, monitored
from ..reliability.common import MOVED_TIME, Time, is_pushed, lose_push

pytestmark = MOVED_TIME


def _shown(account: Account, number: str) -> tuple[str, str | None, str | None]:
    """Return id, name and number of a device as they are shown."""
    device = account.device(number)
    assert device is not None
    return device.id, device.name, device.model_id


def _entities(account: Account, number: str) -> Mapping[str, str]:
    """Return the entities of an extension by unique id."""
    device = account.device(number)
    assert device is not None
    registry = er.async_get(account.hass)
    return {
        entity.unique_id: entity.entity_id
        for entity in er.async_entries_for_device(
            registry, device.id, include_disabled_entities=True
        )
    }


async def test_extension_with_another_number_keeps_its_device(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Ids are the platform's own; the number is only shown. Events go on."""
    account = await add_account(hass, simulator)
    coordinator, device = account.coordinator, account.device("102")
    entities = _entities(account, "102")
    assert device is not None

    simulator.change_extension("102", extensionNumber="177")
    await lists_are_read(account, time)

    name = f"{simulator.extension('177').name} (177)"
    assert _shown(account, "177") == (device.id, name, "177")
    assert _entities(account, "177") == entities
    assert account.coordinator is coordinator
    simulator.ring(to="177", from_="+16505550123")
    await account.until_shown("177", "telephony_status", "ringing")


async def test_extensions_that_have_not_changed_are_the_same_objects(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Comparing thousands of them with themselves takes next to no time."""
    account = await add_account(hass, simulator)
    coordinator = account.coordinator
    former = dict(coordinator.roster.directory)

    simulator.change_extension("102", name="Other Name")
    await lists_are_read(account, time)

    directory = coordinator.roster.directory
    changed = {i for i, known in directory.items() if known is not former[i]}
    assert changed == {simulator.extension("102").id}


async def test_extensions_are_in_the_order_of_their_numbers(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Sorted when the list has changed, not when the selection has."""
    simulator.add_extension("Late Comer", number="99")
    account = await add_account(hass, simulator, groups=["favorites"])
    coordinator = account.coordinator

    def numbers() -> list[str]:
        found = [e.number for e in coordinator.roster.directory.values()]
        return [number for number in found if number]

    assert numbers() == sorted(numbers(), key=int)
    assert numbers()[0] == "99"
    simulator.change_extension("102", extensionNumber="98")
    await lists_are_read(account, time)
    assert numbers()[:3] == ["98", "99", "101"]
    with patch.object(manager, "by_number", wraps=by_number) as sort_key:
        everyone = Selection(frozenset({Group.EVERYONE}), frozenset())
        await coordinator.async_change_selection(everyone)
        await coordinator.async_refresh()
    sort_key.assert_not_called()


async def test_number_of_another_extension_is_another_device(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The history stays with the former extension."""
    account = await add_account(hass, simulator)
    former, entities = account.device("102"), _entities(account, "102")
    assert former is not None
    simulator.remove_extension("102")
    simulator.add_extension("Ines Successor", number="102")
    await lists_are_read(account, time)

    successor = account.device("102")
    assert successor is not None
    assert successor.id != former.id
    assert successor.name == "Ines Successor (102)"
    assert not entities.keys() & _entities(account, "102").keys()
    assert dr.async_get(hass).async_get(former.id) is None


@pytest.mark.parametrize(
    ("away", "back"),
    [
        pytest.param({"status": "Disabled"}, {"status": "Enabled"}, id="disabled"),
        pytest.param({"status": "Frozen"}, {"status": "NotActivated"}, id="frozen"),
        pytest.param({"type": "Department"}, {"type": "User"}, id="no person"),
    ],
)
async def test_extension_that_cannot_be_monitored_for_a_while_comes_back_as_before(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    away: dict[str, str],
    back: dict[str, str],
) -> None:
    """The entities are the same ones again."""
    account = await add_account(hass, simulator)
    coordinator, entities = account.coordinator, _entities(account, "102")
    everyone = monitored(account)

    simulator.change_extension("102", **away)
    await lists_are_read(account, time)
    assert account.device("102") is None
    assert monitored(account) == everyone - {"102"}

    simulator.change_extension("102", **back)
    await lists_are_read(account, time)
    await until(lambda: account.shows("102", "presence") == "available")
    assert _entities(account, "102") == entities
    assert account.coordinator is coordinator
    simulator.ring(to="102", from_="+16505550123")
    await account.until_shown("102", "telephony_status", "ringing")


async def test_other_type_of_extension_is_shown(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The device has the type; nothing else changes."""
    account = await add_account(hass, simulator)
    entities = _entities(account, "102")
    simulator.change_extension("102", type="VirtualUser")
    await lists_are_read(account, time)

    device = account.device("102")
    assert device is not None
    assert device.model == "Virtual user"
    assert _entities(account, "102") == entities
    assert account.shows("102", "presence") == "available"


async def test_person_selected_by_name_stays_when_disabled(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Only the user removes an extension from the selection, unless it is deleted."""
    account = await add_account(hass, simulator, groups=[], extensions=["102", "103"])
    simulator.change_extension("102", status="Disabled")
    simulator.remove_extension("103")
    await lists_are_read(account, time)

    assert account.device("102") is not None
    assert {e.name for e in _devices(account)} == {
        f"RingCentral: {account.entry.title}",
        f"{simulator.extension('102').name} (102)",
    }


async def test_line_that_is_no_longer_a_phone_loses_its_device_and_its_events_are_dropped(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The lines filter still covers it. Its calls are logged once, without a warning."""
    simulator.set_lines("101", ["102", "103", "901"])
    account = await add_account(hass, simulator, groups=["lines"])
    queue = simulator.extension("901").id
    assert monitored(account) == {"101", "102", "103"}
    assert not any(queue in entry.path for entry in simulator.log)

    simulator.change_extension("103", type="Bot")
    await lists_are_read(account, time)
    assert monitored(account) == {"101", "102"}
    assert account.device("103") is None
    caplog.clear()
    for _ in range(3):
        simulator.ring(to="103", from_="+16505550123")
    await account.until_all_reported()
    dropped = "event of an extension that is not monitored"
    assert account.coordinator.anomalies.counts[dropped] == 3
    assert not [r for r in caplog.records if r.levelno > logging.INFO]
    assert caplog.text.count(dropped) == 1

    simulator.change_extension("103", type="User")
    await lists_are_read(account, time)
    assert monitored(account) == {"101", "102", "103"}


async def test_device_and_entities_of_a_queue_are_removed_at_set_up(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Earlier versions added them for each line."""
    simulator.set_lines("101", ["102"])
    account = await add_account(hass, simulator, groups=["lines"])
    assert account.device("102") is not None
    assert await hass.config_entries.async_unload(account.entry.entry_id)
    simulator.change_extension("102", type="IvrMenu")
    assert await hass.config_entries.async_setup(account.entry.entry_id)
    await hass.async_block_till_done()
    assert account.device("102") is None
    assert account.entity_id("102", "telephony_status") is None


def _devices(account: Account) -> list[dr.AnyDeviceEntry]:
    """Return all devices of the account."""
    return list(
        dr.async_entries_for_config_entry(
            dr.async_get(account.hass), account.entry.entry_id
        )
    )


@pytest.mark.parametrize("page", [1, 2, 4])
async def test_list_that_breaks_off_removes_no_device(
    hass: HomeAssistant, simulator: Simulator, time: Time, page: int
) -> None:
    """It is read again a minute later."""
    with patch.object(rest, "_PAGE_SIZE", 5):
        account = await add_account(hass, simulator)
        everyone = monitored(account)
        call = RestClient.call

        async def busy(
            self: RestClient, method: str, path: str, *args: Any, **kw: Any
        ) -> Any:
            if (kw.get("params") or {}).get("page") == str(page):
                simulator.fault("error", status=503, path=path, count=1)
            return await call(self, method, path, *args, **kw)

        simulator.remove_extension("106")
        with patch.object(RestClient, "call", busy):
            await account.until_all_reported()
            await time.passes(COLLECT_FOR + 1)
            await until(lambda: any(r.status == 503 for r in simulator.log))
            await time.settle()
        assert len(_devices(account)) == len(everyone) + 1

        await time.passes(70)
        await until(lambda: len(_devices(account)) == len(everyone))
        assert monitored(account) == everyone - {"106"}


async def test_list_that_changes_while_it_is_read_removes_no_other_device(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """An extension that moves to a page that was already read is in none of them."""
    with patch.object(rest, "_PAGE_SIZE", 5):
        account = await add_account(hass, simulator)
        everyone = monitored(account)
        removed: list[str] = []
        call = RestClient.call

        async def shift(
            self: RestClient, method: str, path: str, *args: Any, **kw: Any
        ) -> Any:
            is_second = (kw.get("params") or {}).get("page") == "2"
            if is_second and path.endswith("/extension") and not removed:
                removed.append("102")
                simulator.remove_extension("102")
            return await call(self, method, path, *args, **kw)

        ids = {device.id for device in _devices(account)}
        simulator.change_extension("112", name="Anybody Else")
        with patch.object(RestClient, "call", shift):
            await account.until_all_reported()
            await time.passes(COLLECT_FOR + 1)
            assert {device.id for device in _devices(account)} == ids
            await time.passes(POLL_INTERVAL.total_seconds() + 1)
            await until(lambda: len(_devices(account)) == len(ids) - 1)
            assert monitored(account) == everyone - {"102"}
            await time.settle()
        assert len(ids - {device.id for device in _devices(account)}) == 1


_EXTENSION_LIST = "/restapi/v1.0/account/~/extension"
_LINE_LIST = f"{_EXTENSION_LIST}/~/presence/line"


@contextmanager
def _altered(path: str, alter: Callable[[dict[str, Any]], None]) -> Iterator[None]:
    """Alter each page of a list that arrives."""
    call = RestClient.call

    async def altered(self: RestClient, *args: Any, **kw: Any) -> Any:
        answer = await call(self, *args, **kw)
        if args[1] == path:
            alter(answer.body)
        return answer

    with patch.object(RestClient, "call", altered):
        yield


def _announce_more(body: dict[str, Any]) -> None:
    body["paging"]["totalElements"] += 1


@pytest.mark.parametrize(
    ("path", "groups"),
    [(_EXTENSION_LIST, ["everyone"]), (_LINE_LIST, ["lines"])],
)
async def test_list_that_always_announces_too_much_shows_everyone(
    hass: HomeAssistant, simulator: Simulator, time: Time, path: str, groups: list[str]
) -> None:
    """It is read again with the next refresh or change, and what was added is shown."""
    lines = ["102", "103"]
    simulator.set_lines("101", lines)
    everyone = {"101", *lines} if groups == ["lines"] else _people(simulator)
    with _altered(path, _announce_more):
        account = await add_account(hass, simulator, groups=groups)
        assert monitored(account) == everyone
        requests = sum(r.path == path for r in simulator.log)
        await time.passes(4 * POLL_INTERVAL.total_seconds())
        await time.settle()
        assert monitored(account) == everyone
        assert sum(r.path == path for r in simulator.log) == requests

        newcomer = simulator.add_extension("Nina Newcomer", number="190")
        simulator.set_lines("101", [*lines, newcomer.number])
        await account.until_all_reported()
        await time.passes(COLLECT_FOR + 1)
        await until(lambda: monitored(account) == {*everyone, "190"})
        simulator.ring(to="102", from_="+16505550123")
        await account.until_shown("102", "telephony_status", "ringing")


def _people(simulator: Simulator) -> set[str]:
    return {user.number for user in simulator.users}


@pytest.mark.parametrize(
    ("path", "groups"),
    [(_EXTENSION_LIST, ["everyone"]), (_LINE_LIST, ["lines"])],
)
async def test_extension_that_a_short_list_lacks_stays_until_a_complete_one(
    hass: HomeAssistant, simulator: Simulator, time: Time, path: str, groups: list[str]
) -> None:
    """Extensions that were added are shown at once."""
    simulator.set_lines("101", ["102", "103"])
    account = await add_account(hass, simulator, groups=groups)
    before, short_of = monitored(account), simulator.extension("102").id
    device = account.device("102")
    assert device is not None

    def shorten(body: dict[str, Any]) -> None:
        body["records"] = [
            record
            for record in body["records"]
            if str(record.get("extension", record)["id"]) != short_of
        ]

    with _altered(path, shorten):
        newcomer = simulator.add_extension("Nina Newcomer", number="190")
        simulator.set_lines("101", ["102", "103", newcomer.number])
        await account.until_all_reported()
        await time.passes(COLLECT_FOR + 1)
        await until(lambda: monitored(account) == {*before, "190"})
        await time.passes(2 * POLL_INTERVAL.total_seconds())
        await time.settle()
        assert monitored(account) == {*before, "190"}

        simulator.set_lines("101", ["103", "190"])
        simulator.remove_extension("102")
        await time.passes(POLL_INTERVAL.total_seconds() + 1)
        await until(lambda: device.id not in {d.id for d in _devices(account)})
        await time.settle()
    assert monitored(account) == {*before, "190"} - {"102"}


async def test_list_that_changes_during_set_up_removes_no_device(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """There is no former list to keep, so it is read again at once."""
    account = await add_account(hass, simulator)
    devices = {device.id for device in _devices(account)}
    shortened: list[str] = []

    def shorten_once(body: dict[str, Any]) -> None:
        if not shortened:
            shortened.append(body["records"].pop()["id"])

    with _altered(_EXTENSION_LIST, shorten_once):
        assert await hass.config_entries.async_reload(account.entry.entry_id)
        await hass.async_block_till_done()

    assert {device.id for device in _devices(account)} == devices
    assert sum(r.path == _EXTENSION_LIST for r in simulator.log) == 2


async def test_stale_device_is_deleted_by_hand(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """A device of a monitored extension cannot be deleted."""
    assert await async_setup_component(hass, "config", {})
    account = await add_account(hass, simulator)
    stale = dr.async_get(hass).async_get_or_create(
        config_entry_id=account.entry.entry_id,
        identifiers={(DOMAIN, f"{account.entry.unique_id}_4711")},
    )
    shown = account.device("102")
    assert shown is not None
    client = await hass_ws_client(hass)

    refused = await client.remove_device(shown.id)
    assert not refused["success"]
    deleted = await client.remove_device(stale.id)
    assert deleted["success"]
    assert dr.async_get(hass).async_get(stale.id) is None
    assert account.device("102") is not None


async def test_selection_whose_filters_got_no_reply_is_dropped_and_the_lists_are_reread(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """What the subscription contains is unknown, so all filters are requested again."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    coordinator = account.coordinator
    subscriptions = coordinator.stream.subscriptions
    error = ConnectionFailedError(Reason.TIMED_OUT)

    with (
        patch.object(subscriptions, "change_filters", side_effect=error),
        pytest.raises(RingCentralError),
    ):
        await coordinator.async_change_selection(
            Selection(frozenset({Group.EVERYONE}), frozenset())
        )

    assert monitored(account) == {"102"}
    requests = len([r for r in simulator.log if r.path == _EXTENSION_LIST])
    await time.passes(POLL_INTERVAL.total_seconds() + 1)
    await time.settle()
    assert len([r for r in simulator.log if r.path == _EXTENSION_LIST]) > requests
    assert monitored(account) == {"102"}
    assert await hass.config_entries.async_unload(account.entry.entry_id)


async def test_selection_changed_three_times_at_once_is_the_last_one(
    account: Account,
) -> None:
    """Each change waits for the one before; nothing of the others is left."""
    selections = [
        Selection(frozenset(), frozenset([account.simulator.extension("102").id])),
        Selection(frozenset({Group.EVERYONE}), frozenset()),
        Selection(
            frozenset(),
            frozenset(
                account.simulator.extension(number).id for number in ("103", "104")
            ),
        ),
    ]
    coordinator = account.coordinator
    await asyncio.gather(*map(coordinator.async_change_selection, selections))
    await account.hass.async_block_till_done()

    assert monitored(account) == {"103", "104"}
    assert coordinator.allocation.shown == selections[-1].extension_ids
    assert coordinator.data.keys() == selections[-1].extension_ids
    subscribed = coordinator.stream.subscriptions.subscription
    assert subscribed is not None
    # Two extensions, the list of extensions, and voicemails.
    assert len(subscribed.filters) == 4
    simulator = account.simulator
    simulator.ring(to="104", from_="+16505550123")
    await account.until_shown("104", "telephony_status", "ringing")


async def test_newcomer_during_an_outage_is_added_by_a_poll_and_pushed_afterwards(
    account: Account, time: Time
) -> None:
    """With the first snapshot of all extensions; its filter comes with the connection."""
    simulator = account.simulator
    simulator.fault("refuse_upgrade", seconds=300, status=503)
    await lose_push(account, abort=True)
    simulator.add_extension("New Comer", number="113")
    await time.passes(70)
    assert account.shows("113", "presence") == "available"

    await time.passes_until(is_pushed(account), within=600)
    await time.passes(5)
    simulator.ring(to="113", from_="+16505550123")
    await account.until_shown("113", "telephony_status", "ringing")

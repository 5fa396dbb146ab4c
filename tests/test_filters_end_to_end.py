"""The three kinds of filter, alone and together, and lists that change."""

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ringcentral.const import COLLECT_FOR
from homeassistant.core import HomeAssistant
from simulator import Simulator

from .common import Account, add_account, until, writes

_LINES = {"102", "103"}
_FAVORITES = {"103", "104"}


@pytest.fixture(autouse=True)
async def lists(simulator: Simulator) -> None:
    """Give the signed-in extension lines and favorites that overlap."""
    simulator.set_lines("101", sorted(_LINES))
    simulator.set_favorites("101", sorted(_FAVORITES))


def _monitored(account: Account) -> set[str]:
    """Return the numbers of the extensions that have a device."""
    return {
        extension.number
        for extension in account.simulator.users
        if account.device(extension.number) is not None
    }


@pytest.mark.parametrize("event", ["filter", "extension"])
@pytest.mark.parametrize("notifications", ["one", "each"])
@pytest.mark.parametrize(
    ("groups", "extensions", "monitored"),
    [
        pytest.param([], ["105"], {"105"}, id="extension"),
        pytest.param(["lines"], [], _LINES | {"101"}, id="lines"),
        pytest.param(["favorites"], [], _FAVORITES, id="favorites"),
        pytest.param(
            ["lines", "favorites"],
            ["103", "105"],
            _LINES | _FAVORITES | {"101", "105"},
            id="all together",
        ),
    ],
)
async def test_each_change_is_shown_once_by_whatever_filter(
    hass: HomeAssistant,
    simulator: Simulator,
    groups: list[str],
    extensions: list[str],
    monitored: set[str],
    notifications: str,
    event: str,
) -> None:
    """An extension that several filters match yields one change, not two."""
    simulator.switches.change("overlapping_filters", notifications)
    simulator.switches.change("line_event", event)
    account = await add_account(hass, simulator, groups=groups, extensions=extensions)
    assert _monitored(account) == monitored

    for number in sorted(monitored):
        entity_id = account.entity_id(number, "telephony_status")
        with writes(hass) as written:
            simulator.ring(to=number, from_="+16505550123")
            await account.until_shown(number, "telephony_status", "ringing")
            await account.until_all_reported()
        assert written.count(str(entity_id)) == 1

    # No event of another extension arrives.
    simulator.ring(to="110", from_="+16505550123")
    await account.until_all_reported()
    assert account.shows("110", "telephony_status") is None


@pytest.mark.parametrize("group", ["lines", "favorites"])
@pytest.mark.freeze_time("2026-03-02 09:00:00", tick=True)
async def test_device_comes_and_goes_with_the_list_without_a_reload(
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    group: str,
) -> None:
    """The lists are followed by events; other devices stay untouched."""
    account = await add_account(hass, simulator, groups=[group])
    change = {"lines": simulator.set_lines, "favorites": simulator.set_favorites}[group]
    coordinator = account.coordinator
    stays = account.device("103")

    change("101", ["103", "107"])
    await account.until_all_reported()
    freezer.tick(COLLECT_FOR + 1)
    await until(lambda: account.shows("107", "presence") == "available")
    await until(lambda: "104" not in _monitored(account))

    assert _monitored(account) - {"101"} == {"103", "107"}
    assert account.device("103") == stays
    assert account.coordinator is coordinator
    simulator.ring(to="107", from_="+16505550123")
    await account.until_shown("107", "telephony_status", "ringing")

    change("101", ["103"])
    await account.until_all_reported()
    freezer.tick(COLLECT_FOR + 1)
    await until(lambda: _monitored(account) - {"101"} == {"103"})
    assert account.shows("107", "presence") is None


@pytest.mark.freeze_time("2026-03-02 09:00:00", tick=True)
async def test_new_colleague_appears_automatically_when_everyone_is_monitored(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """And one who leaves the company is removed."""
    account = await add_account(hass, simulator)

    newcomer = simulator.add_extension(name="Ines Newcomer")
    await account.until_all_reported()
    freezer.tick(COLLECT_FOR + 1)
    await until(lambda: account.shows(newcomer.number, "presence") == "available")
    simulator.ring(to=newcomer.number, from_="+16505550123")
    await account.until_shown(newcomer.number, "telephony_status", "ringing")

    gone = account.device("105")
    assert gone is not None
    simulator.remove_extension("105")
    await account.until_all_reported()
    freezer.tick(COLLECT_FOR + 1)
    await until(lambda: len(account.coordinator.data) == len(simulator.users))
    await hass.async_block_till_done()
    assert gone.id not in {
        device.id
        for device in (account.device(u.number) for u in simulator.users)
        if device
    }


async def test_groups_without_presence_are_not_monitored(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Everyone means people: queues, menus and sites have no presence of their own."""
    account = await add_account(hass, simulator)

    assert _monitored(account) == {user.number for user in simulator.users}
    assert account.coordinator.data.keys() == {user.id for user in simulator.users}
    assert not account.coordinator.monitor.refused_filters

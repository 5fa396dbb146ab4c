"""Groups and members with names that no one expects."""

from typing import Final

import pytest

from custom_components.ringcentral.const import MANUFACTURER
from simulator import Simulator

from ..common import Account
from ..company import lists_are_read
from ..reliability.common import MOVED_TIME, Time
from .common import add, group_device, settle, team
from .shown import Group, settle_shown

_ODD_NAMES: Final = (
    pytest.param("Sales\u202egnidliub", "Salesgnidliub", id="right to left"),
    pytest.param("x" * 500, "x" * 99 + "…", id="500 characters"),
    pytest.param("", MANUFACTURER, id="empty"),
    pytest.param(" \t ", MANUFACTURER, id="blank"),
    pytest.param("\u200b\u2066", MANUFACTURER, id="invisible"),
    pytest.param("<b>Sales</b>\n{x}", "<b>Sales</b> {x}", id="markup"),
)


@pytest.mark.parametrize(("title", "name"), _ODD_NAMES)
async def test_group_with_an_odd_name_is_shown_in_one_visible_line(
    account: Account, title: str, name: str
) -> None:
    """Also if it is renamed beside the form."""
    groups = [team(account, title, numbers=["102"]), team(account, numbers=["103"])]
    for group in groups:
        await add(account, group)
    account.hass.config_entries.async_update_subentry(
        account.entry, groups[1], title=title
    )
    await settle(account)
    for group in groups:
        device = group_device(account, group.subentry_id)
        assert device is not None
        assert device.name == name


async def test_group_with_the_name_of_a_person_or_of_a_group_is_another_one(
    account: Account, simulator: Simulator
) -> None:
    """Each has entities of its own, and the person keeps theirs."""
    person = account.device("102")
    assert person is not None
    before = account.entity_id("102", "telephony_status")
    groups = [
        Group(account, await add(account, team(account, str(person.name), numbers=[n])))
        for n in ("103", "104")
    ]
    assert account.entity_id("102", "telephony_status") == before
    assert account.device("102") == person
    simulator.ring(to="104", from_="+16505550199")
    await settle_shown(account)
    assert [group.anyone("ringing") for group in groups] == ["off", "on"]
    assert account.shows("102", "telephony_status") == "no_call"


@MOVED_TIME
async def test_names_of_members_are_shown_in_one_visible_line(
    account: Account, simulator: Simulator, time: Time
) -> None:
    """In the people of a group and in its calls."""
    group = Group(account, await add(account, team(account, numbers=["102", "103"])))
    names = {"102": "A\u202eb\n<i>" + "x" * 500, "103": "\u200b"}
    for number, name in names.items():
        simulator.change_extension(number, name=name)
    await lists_are_read(account, time)
    await settle(account)
    simulator.ring(to="102", from_="+16505550199", group=["103"])
    await settle_shown(account)
    shown = ["103", "Ab <i>" + "x" * 93 + "…"]
    assert group.people("people_ringing") == shown
    [call] = group.calls
    assert sorted(call["extensions"]) == shown

"""Adding and changing groups, without a reload."""

from collections.abc import Mapping
from typing import Any

import pytest

from custom_components.ringcentral.const import SUBENTRY_GROUP
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigSubentry,
    SubentryFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from simulator import Simulator

from ..common import Account, add_account, writes
from ..company import lists_are_read
from ..forms import suggested
from ..groups.common import add, group_device, groups_of, queue, settle, team
from ..reliability.common import Time
from ..translations import TEXTS


@pytest.fixture
async def account(hass: HomeAssistant, simulator: Simulator) -> Account:
    """Return an account that shows everyone."""
    return await add_account(hass, simulator)


async def start(
    account: Account, kind: str | None = None, group: ConfigSubentry | None = None
) -> SubentryFlowResult:
    """Select Add group and a kind of group, or Reconfigure of a group."""
    flows = account.hass.config_entries.subentries
    handler = (account.entry.entry_id, SUBENTRY_GROUP)
    if group is not None:
        return await flows.async_init(
            handler,
            context={
                "source": SOURCE_RECONFIGURE,
                "subentry_id": group.subentry_id,
            },
        )
    result = await flows.async_init(handler, context={"source": SOURCE_USER})
    if kind is None:
        return result
    assert result["type"] is FlowResultType.MENU
    return await submit(account, result, {"next_step_id": kind})


async def submit(
    account: Account, result: SubentryFlowResult, user_input: Mapping[str, Any]
) -> SubentryFlowResult:
    """Submit a step."""
    result = await account.hass.config_entries.subentries.async_configure(
        result["flow_id"], dict(user_input)
    )
    await settle(account)
    return result


def options(result: SubentryFlowResult, field: str) -> dict[str, str]:
    """Return what a field offers, by value."""
    assert result["data_schema"] is not None
    config = result["data_schema"].schema[field].config
    return {option["value"]: option["label"] for option in config["options"]}


def fields(result: SubentryFlowResult) -> list[str]:
    """Return the fields of a form."""
    assert result["data_schema"] is not None
    return [str(marker) for marker in result["data_schema"].schema]


def ids(account: Account, *numbers: str) -> list[str]:
    """Return the ids of extensions as they are saved."""
    return sorted(account.simulator.extension(number).id for number in numbers)


def numbers_of(account: Account, subentry_id: str) -> set[str]:
    """Return the numbers of a group's members."""
    members = groups_of(account).members_of(subentry_id)
    return {e.number for e in account.simulator.extensions if e.id in members}


def aborted(result: SubentryFlowResult) -> str:
    """Return the reason why a flow has ended."""
    assert result["type"] is FlowResultType.ABORT
    return result["reason"]


async def test_team_is_added_without_a_reload(account: Account) -> None:
    """Its device appears, and no entity of an extension is written."""
    coordinator = account.coordinator
    with writes(account.hass) as written:
        result = await submit(
            account,
            await start(account, "team"),
            {"name": " Support\tteam ", "extensions": ids(account, "103", "102")},
        )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    [group] = account.entry.subentries.values()
    assert (group.subentry_type, group.title) == (SUBENTRY_GROUP, "Support team")
    assert group.unique_id is None
    assert group.data == {
        "extensions": ids(account, "102", "103"),
        "sites": [],
        "departments": [],
    }
    assert numbers_of(account, group.subentry_id) == {"102", "103"}
    device = group_device(account, group.subentry_id)
    assert device is not None
    assert device.name == "Support team"
    own = {account.entity_id(n, "telephony_status") for n in ("101", "102", "103")}
    assert own.isdisjoint(written)
    assert account.entry.runtime_data is coordinator
    assert account.entry.update_listeners == []
    assert not any(record.kind == "connect" for record in account.simulator.log)


async def test_team_of_a_site_and_a_department_has_the_people_of_both(
    account: Account,
) -> None:
    result = await start(account, "team")
    sites = {label: value for value, label in options(result, "sites").items()}
    harbour = [u for u in account.simulator.users if u.site == "Harbour Site"]
    sales = [u for u in account.simulator.users if u.department == "Sales"]
    assert harbour
    assert sales
    result = await submit(
        account,
        result,
        {"name": "Both", "sites": [sites["Harbour Site"]], "departments": ["Sales"]},
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    [group] = account.entry.subentries.values()
    assert group.data == {
        "extensions": [],
        "sites": [sites["Harbour Site"]],
        "departments": ["Sales"],
    }
    assert numbers_of(account, group.subentry_id) == {
        u.number for u in (*harbour, *sales)
    }


async def test_form_offers_only_people_who_are_shown(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """And their sites and departments: others would be no members."""
    account = await add_account(hass, simulator, groups=[], extensions=["102", "103"])
    shown = [simulator.extension(n) for n in ("102", "103")]
    result = await start(account, "team")
    assert options(result, "extensions") == {
        e.id: f"{e.number} {e.name}" for e in shown
    }
    assert set(options(result, "departments")) == {e.department for e in shown}
    # One site is no choice.
    assert {e.site for e in shown} == {"Main Site"}
    assert fields(result) == ["name", "extensions", "departments"]


@pytest.mark.parametrize(
    ("entered", "errors"),
    [
        ({"name": " \n"}, {"name": "name_missing"}),
        ({"name": "\u200b", "departments": ["Sales"]}, {"name": "name_missing"}),
        ({"name": "Support"}, {"base": "nothing_selected"}),
        (
            {"name": "Support", "extensions": [], "departments": []},
            {"base": "nothing_selected"},
        ),
    ],
)
async def test_incomplete_team_is_not_saved(
    account: Account, entered: dict[str, Any], errors: dict[str, str]
) -> None:
    """The form keeps what was entered."""
    result = await submit(account, await start(account, "team"), entered)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors
    assert entered.items() <= suggested(result).items()
    assert not account.entry.subentries

    complete = {"name": "Support", "departments": ["Sales"]}
    result = await submit(account, result, complete)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("name", [{}, {"name": "  "}, {"name": "Hotline"}])
async def test_call_queue_is_added_with_its_name_or_another(
    account: Account, name: dict[str, str]
) -> None:
    account.simulator.add_extension(name="Closed", type="Department", number="900")
    account.simulator.change_extension("900", status="Disabled")
    await account.coordinator.async_refresh()
    result = await start(account, "queue")
    queues = [account.simulator.extension(number) for number in ("901", "902")]
    assert options(result, "queue") == {e.id: f"{e.number} {e.name}" for e in queues}
    result = await submit(account, result, {"queue": queues[0].id, **name})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    [group] = account.entry.subentries.values()
    assert group.title == name.get("name", "").strip() or queues[0].name
    assert group.data == {"queue": queues[0].id}
    assert group.unique_id == queues[0].id


async def test_account_without_call_queues_offers_teams_only(account: Account) -> None:
    """There is no menu with one option."""
    for number in ("901", "902"):
        account.simulator.change_extension(number, status="Disabled")
    await account.coordinator._roster.refresh()
    result = await start(account)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "team"


@pytest.mark.parametrize("is_shown", [False, True], ids=["menu", "form"])
async def test_queues_that_vanish_while_a_form_is_open_leave_teams(
    account: Account, *, is_shown: bool
) -> None:
    """There is nothing to select any more."""
    result = await start(account)
    if is_shown:
        result = await submit(account, result, {"next_step_id": "queue"})
    queue_id = account.simulator.extension("901").id
    for number in ("901", "902"):
        account.simulator.remove_extension(number)
    await account.coordinator._roster.refresh()
    entered = {"queue": queue_id} if is_shown else {"next_step_id": "queue"}
    result = await submit(account, result, entered)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "team"


async def test_call_queue_is_offered_while_it_has_no_group(account: Account) -> None:
    """If each has one, there is no menu with one option."""
    first, second = [
        account.simulator.extension(number).id for number in ("901", "902")
    ]
    group = queue(account, "901")
    await add(account, group)
    result = await start(account, "queue")
    assert list(options(result, "queue")) == [second]

    menu = await start(account)
    await add(account, queue(account, "902"))
    for result in (
        await start(account),
        await submit(account, menu, {"next_step_id": "queue"}),
    ):
        assert result["type"] is FlowResultType.FORM
        assert result["step_id"] == "team"

    account.hass.config_entries.async_remove_subentry(account.entry, group.subentry_id)
    result = await start(account, "queue")
    assert list(options(result, "queue")) == [first]


async def test_call_queue_is_added_once(account: Account) -> None:
    """Also if the form was open before."""
    queue_id = account.simulator.extension("901").id
    result = await start(account, "queue")
    await add(account, queue(account, "901"))
    result = await submit(account, result, {"queue": queue_id})
    assert aborted(result) == "already_configured"
    assert len(account.entry.subentries) == 1


async def test_two_groups_of_one_name_are_two(account: Account) -> None:
    """Each has its own device and members."""
    for number in ("102", "103"):
        result = await submit(
            account,
            await start(account, "team"),
            {"name": "Sales", "extensions": ids(account, number)},
        )
        assert result["type"] is FlowResultType.CREATE_ENTRY
    assert [g.title for g in account.entry.subentries.values()] == ["Sales", "Sales"]
    devices = [group_device(account, i) for i in account.entry.subentries]
    assert None not in devices
    assert devices[0] != devices[1]
    assert [numbers_of(account, i) for i in account.entry.subentries] == [
        {"102"},
        {"103"},
    ]


async def test_changed_team_has_another_name_and_other_members(
    account: Account,
) -> None:
    """The form begins with what is saved; nothing is reloaded."""
    group = team(account, "Support", numbers=["102", "103"], departments=["Sales"])
    await add(account, group)
    coordinator = account.coordinator
    result = await start(account, group=group)
    assert result["step_id"] == "team"
    assert suggested(result) == {"name": "Support", **group.data}

    changed = {"name": "Help", "extensions": ids(account, "103", "104")}
    result = await submit(account, result, changed)
    assert aborted(result) == "reconfigure_successful"
    assert list(account.entry.subentries) == [group.subentry_id]
    assert numbers_of(account, group.subentry_id) == {"103", "104"}
    device = group_device(account, group.subentry_id)
    assert device is not None
    assert device.name == "Help"
    assert account.entry.runtime_data is coordinator

    again = suggested(await start(account, group=group))
    assert again == {**changed, "sites": [], "departments": []}


async def test_changed_call_queue_keeps_its_queue(account: Account) -> None:
    """The form has its name only; an empty one is that of the queue."""
    group = queue(account, "901", "Hotline")
    await add(account, group)
    data = group.data
    result = await start(account, group=group)
    assert result["step_id"] == "queue"
    assert fields(result) == ["name"]
    assert suggested(result) == {"name": "Hotline"}
    texts = TEXTS["config_subentries"]["group"]["step"]["queue"]
    assert "members come from RingCentral" in texts["description"]

    result = await submit(account, result, {})
    assert aborted(result) == "reconfigure_successful"
    assert group.title == "Support Queue"
    assert group.data == data
    assert group.unique_id == account.simulator.extension("901").id


@pytest.mark.parametrize("kind", ["team", "queue"])
async def test_group_whose_parts_are_gone_can_be_changed(
    hass: HomeAssistant, simulator: Simulator, time: Time, kind: str
) -> None:
    """The form offers nothing that the platform no longer has."""
    account = await add_account(hass, simulator)
    group = (
        team(account, numbers=["102", "103"])
        if kind == "team"
        else queue(account, "901")
    )
    await add(account, group)
    simulator.remove_extension("102" if kind == "team" else "901")
    await lists_are_read(account, time)
    result = await start(account, group=group)
    if kind == "team":
        assert suggested(result)["extensions"] == ids(account, "103")
        result = await submit(account, result, suggested(result))
        assert group.data["extensions"] == ids(account, "103")
    else:
        # The name of the queue is not known any more.
        result = await submit(account, result, {})
        assert result["errors"] == {"name": "name_missing"}
        result = await submit(account, result, {"name": "Former queue"})
        assert group.title == "Former queue"
    assert aborted(result) == "reconfigure_successful"


async def test_site_and_people_that_are_no_longer_shown_keep_their_names(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """They stay selected, and come back with the people."""
    account = await add_account(hass, simulator, groups=[], extensions=["102", "103"])
    harbour = next(u for u in simulator.users if u.site == "Harbour Site")
    site_id = simulator.directory.site_id("Harbour Site")
    group = team(account, numbers=["104"], sites=[site_id])
    await add(account, group)
    result = await start(account, group=group)
    assert options(result, "sites")[site_id] == "Harbour Site"
    offered = options(result, "extensions")
    assert set(offered) == set(ids(account, "102", "103", "104"))
    assert harbour.id not in offered
    result = await submit(account, result, suggested(result))
    assert aborted(result) == "reconfigure_successful"
    assert group.data["extensions"] == ids(account, "104")
    assert group.data["sites"] == [site_id]


@pytest.mark.parametrize("kind", ["team", "queue"])
async def test_group_that_is_removed_while_its_form_is_open_is_not_changed(
    account: Account, kind: str
) -> None:
    group = team(account, numbers=["102"]) if kind == "team" else queue(account, "901")
    await add(account, group)
    result = await start(account, group=group)
    account.hass.config_entries.async_remove_subentry(account.entry, group.subentry_id)
    result = await submit(account, result, {"name": "Gone"})
    assert aborted(result) == "group_removed"
    assert not account.entry.subentries


async def test_removed_group_cannot_be_changed(account: Account) -> None:
    """The page of the integration may be out of date."""
    result = await start(account, group=team(account, numbers=["102"]))
    assert aborted(result) == "group_removed"


@pytest.mark.parametrize("is_removed", [False, True])
@pytest.mark.parametrize("kind", ["team", "queue", "reconfigure"])
async def test_account_that_is_not_loaded_takes_no_groups(
    account: Account, kind: str, is_removed: bool
) -> None:
    """Neither before nor while the form is open."""
    entries, entry_id = account.hass.config_entries, account.entry.entry_id
    group = team(account, numbers=["102"])
    await add(account, group)
    is_new = kind != "reconfigure"
    result = await (start(account, kind) if is_new else start(account, group=group))
    entered: dict[str, Any] = {"name": "Late"}
    if kind == "queue":
        entered["queue"] = account.simulator.extension("901").id
    if is_removed:
        await entries.async_remove(entry_id)
    else:
        assert await entries.async_unload(entry_id)
        opened = await (start(account) if is_new else start(account, group=group))
        assert aborted(opened) == "not_loaded"
    flows = entries.subentries
    result = await flows.async_configure(result["flow_id"], entered)
    assert aborted(result) == "not_loaded"
    assert [g.title for g in account.entry.subentries.values()] == ["Support"]


def test_no_text_of_an_error_or_an_end_is_left_over() -> None:
    """Each is shown in one of these tests."""
    texts = TEXTS["config_subentries"]["group"]
    assert set(texts["error"]) == {"name_missing", "nothing_selected"}
    assert set(texts["abort"]) == {"already_configured", "group_removed", "not_loaded"}
    assert set(texts["step"]) == {"user", "team", "queue"}

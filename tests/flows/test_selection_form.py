"""The form that selects what to monitor, for new and running accounts."""

from typing import Any
from unittest.mock import AsyncMock

from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
from simulator import Simulator

from ..common import Account, add_account, submit, until, writes
from ..company import lists_are_read, monitored
from ..forms import (
    EVERYONE,
    assert_shows,
    choices,
    people,
    start_options,
    submit_options,
    suggested,
    to_the_choice,
)
from ..reliability.common import MOVED_TIME, Time
from .common import EXTENSIONS, TOKEN, finish, requests


async def test_people_are_listed_by_number_with_their_names(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Queues, menus and disabled people have no presence to show; 99 is before 101."""
    simulator.add_extension(name="Zoe Early", number="99")
    simulator.add_extension(name="Closed", type="User", number="98")
    simulator.change_extension("98", status="Disabled")
    simulator.add_extension(name="Support", type="Department", number="97")

    listed = choices(await to_the_choice(hass, simulator))

    people = sorted(
        (e for e in simulator.users if e.number != "98"), key=lambda e: int(e.number)
    )
    assert list(listed.items()) == [(e.id, f"{e.number} {e.name}") for e in people]
    assert next(iter(listed.values())) == "99 Zoe Early"


async def test_choosing_nothing_is_refused(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """There would be nothing to show."""
    result = await to_the_choice(hass, simulator)
    nothing: dict[str, Any] = {"groups": [], "extensions": [], "privacy": "full"}
    result = await submit(hass, result, nothing)
    assert_shows(result, "nothing_selected", {})
    assert suggested(result) == nothing

    await finish(hass, result)


async def test_groups_and_single_people_are_selected_together(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """Any combination is possible."""
    chosen = {
        "groups": ["lines", "favorites"],
        "extensions": [simulator.extension("103").id],
        "privacy": "masked",
    }
    result = await submit(hass, await to_the_choice(hass, simulator), chosen)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].options == chosen


async def test_favorites_without_the_permission_show_an_error_that_can_be_fixed(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """Once it is added, the same selection is accepted, with a new token."""
    chosen = EVERYONE | {"groups": ["favorites"]}
    simulator.permissions.difference_update({"ReadContacts", "Contacts"})
    result = await submit(hass, await to_the_choice(hass, simulator), chosen)
    assert_shows(
        result,
        "app_permission_missing",
        {"permission": "Read Contacts", "code": "CMN-401"},
    )
    assert result["step_id"] == "monitor"
    assert suggested(result) == chosen

    simulator.permissions.add("ReadContacts")
    result = await submit(hass, result, chosen)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert requests(simulator, TOKEN) == 2
    session = simulator.oauth.session_of(result["result"].data["token"]["access_token"])
    assert session is simulator.oauth.sessions[-1]


async def test_lines_that_are_not_open_to_the_app_can_be_left_out(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """The platform may keep this list to itself."""
    simulator.switches.lines_api = False
    result = await submit(
        hass,
        await to_the_choice(hass, simulator),
        {"groups": ["lines", "favorites"], "extensions": []},
    )
    assert_shows(
        result, "user_permission_missing", {"permission": "ReadPresenceSettings"}
    )

    result = await submit(hass, result, {"groups": ["favorites"], "extensions": []})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_lines_that_do_not_exist_can_be_left_out(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """The form shows that there is no such list."""
    simulator.fault(
        "error", path=f"{EXTENSIONS}/~/presence/line", status=404, errorCode="CMN-102"
    )
    result = await submit(
        hass,
        await to_the_choice(hass, simulator),
        {"groups": ["lines"], "extensions": []},
    )
    assert_shows(result, "not_found", {"code": "CMN-102"})

    await finish(hass, result)


async def test_deleted_person_is_no_longer_part_of_the_form(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The form would refuse what it was filled in with."""
    account = await add_account(hass, simulator, groups=[], extensions=["102", "103"])
    simulator.remove_extension("102")
    await hass.config_entries.async_reload(account.entry.entry_id)
    await hass.async_block_till_done()

    result = await start_options(hass, account.entry.entry_id)

    assert suggested(result) == people(simulator, "103")
    result = await submit_options(hass, result, suggested(result))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert await hass.config_entries.async_unload(account.entry.entry_id)


@MOVED_TIME
async def test_person_who_is_absent_for_a_while_stays_selected(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Other changes do not matter; others who are absent are not offered."""
    account = await add_account(hass, simulator, groups=[], extensions=["102", "103"])
    for number in ("103", "104"):
        simulator.change_extension(number, status="Disabled")
    await lists_are_read(account, time)

    form = await start_options(hass, account.entry.entry_id)
    away = simulator.extension("103")
    assert choices(form)[away.id] == f"103 {away.name}"
    assert simulator.extension("104").id not in choices(form)
    assert suggested(form) == people(simulator, "102", "103")
    await submit_options(hass, form, suggested(form) | {"privacy": "none"})
    simulator.change_extension("103", status="Enabled")
    await lists_are_read(account, time)
    assert monitored(account) == {"102", "103"}

    simulator.change_extension("103", status="Disabled")
    await lists_are_read(account, time)
    await choose(account, extensions=[simulator.extension("102").id])
    form = await start_options(hass, account.entry.entry_id)
    assert away.id not in choices(form)
    assert await hass.config_entries.async_unload(account.entry.entry_id)


async def test_group_of_another_version_is_no_part_of_the_form(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The form would refuse what it was filled in with."""
    account = await add_account(hass, simulator)
    options = EVERYONE | {"groups": ["another", "everyone"]}
    hass.config_entries.async_update_entry(account.entry, options=options)

    form = await start_options(hass, account.entry.entry_id)
    assert suggested(form) == EVERYONE
    result = await submit_options(hass, form, suggested(form))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert account.entry.options["groups"] == ["everyone"]
    assert await hass.config_entries.async_unload(account.entry.entry_id)


async def test_form_is_what_a_browser_understands(
    hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator
) -> None:
    """The fields in their order."""
    assert await async_setup_component(hass, "config", {})
    account = await add_account(hass, simulator)
    browser = await hass_client()
    flows = "/api/config/config_entries/options/flow"
    answer = await browser.post(flows, json={"handler": account.entry.entry_id})
    form = await answer.json()
    fields = {field["name"]: field for field in form["data_schema"]}

    assert list(fields) == [
        "groups",
        "sites",
        "departments",
        "extensions",
        "privacy",
        "on_the_phone",
        "more_sensors",
        "call_control",
    ]
    entered = EVERYONE | {"sites": [], "on_the_phone": True, "more_sensors": True}
    answer = await browser.post(f"{flows}/{form['flow_id']}", json=entered)
    assert (await answer.json())["type"] == "create_entry"
    assert account.entry.options == entered
    assert await hass.config_entries.async_unload(account.entry.entry_id)


# --------------------------------------------------------------------------------------
# Sites and departments

# Of the simulated company, whose main site has all the others.
_AT_THE_HARBOUR = {"105", "110"}
_IN_SALES = {"104", "108", "112"}


def offered(result: ConfigFlowResult, field: str) -> dict[str, str] | None:
    """Return what a field of the form lets the user choose, in the order shown."""
    assert result["data_schema"] is not None
    schema = result["data_schema"].schema
    if field not in schema:
        return None
    return {o["value"]: o["label"] for o in schema[field].config["options"]}


async def choose(account: Account, **choice: Any) -> None:
    """Choose in the options, as a user who does nothing wrong; groups are none."""
    result = await start_options(account.hass, account.entry.entry_id)
    nothing: dict[str, Any] = {"groups": [], "extensions": []}
    result = await submit_options(account.hass, result, nothing | choice)
    assert result["type"] is FlowResultType.CREATE_ENTRY, result["errors"]


async def test_sites_and_departments_are_offered_by_name(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Those of people who can be monitored, without regard to case in their order."""
    simulator.change_extension("103", department=" accounting ", site="altona")
    simulator.add_extension("Gone", number="150", department="Closed", site="Closed")
    simulator.change_extension("150", status="Disabled")
    sites = {
        "altona": "altona",
        "harbour-site": "Harbour Site",
        "main-site": "Main Site",
    }
    departments = ["accounting", "Office", "Sales", "Support", "Workshop"]

    first = await to_the_choice(hass, simulator)
    assert offered(first, "sites") == sites
    assert list((offered(first, "departments") or {}).values()) == departments
    hass.config_entries.flow.async_abort(first["flow_id"])

    account = await add_account(hass, simulator)
    form = await start_options(hass, account.entry.entry_id)
    assert offered(form, "sites") == sites
    assert list((offered(form, "departments") or {}).values()) == departments
    assert await hass.config_entries.async_unload(account.entry.entry_id)


async def test_company_without_sites_and_departments_is_offered_none(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Nor one with a single site: that is everyone."""
    for user in simulator.users:
        simulator.change_extension(user.number, department="", site="")
    form = await to_the_choice(hass, simulator)
    assert offered(form, "sites") is offered(form, "departments") is None
    hass.config_entries.flow.async_abort(form["flow_id"])

    simulator.change_extension("103", site="Main Site")
    form = await to_the_choice(hass, simulator)
    assert offered(form, "sites") is None


async def test_site_and_department_are_selected_in_the_first_form(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Alone, without a group or a person."""
    form = await to_the_choice(hass, simulator)
    choice = {"groups": [], "sites": ["harbour-site"], "departments": ["Sales"]}
    result = await submit(hass, form, choice)
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY, result["errors"]
    account = Account(hass, result["result"], simulator)
    assert monitored(account) == _AT_THE_HARBOUR | _IN_SALES
    simulator.ring(to="110", from_="+16505550123")
    await account.until_shown("110", "telephony_status", "ringing")
    assert await hass.config_entries.async_unload(account.entry.entry_id)


@MOVED_TIME
async def test_members_of_a_site_and_a_department_follow_the_company(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """People who change sites are added or removed without a reload."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    await choose(account, sites=["harbour-site"], departments=["Sales"])
    assert monitored(account) == _AT_THE_HARBOUR | _IN_SALES
    coordinator = account.coordinator
    staying = account.entity_id("104", "presence")
    simulator.log.clear()

    simulator.change_extension("103", site="Harbour Site")
    simulator.change_extension("105", site="Main Site")
    simulator.change_extension("106", department="Sales")
    simulator.change_extension("108", department="Workshop")
    simulator.add_extension("Ines Newcomer", number="113", site="Harbour Site")
    with writes(hass) as written:
        await lists_are_read(account, time)
        await until(lambda: account.shows("113", "presence") == "available")

    assert monitored(account) == {"103", "110", "104", "106", "112", "113"}
    assert staying not in written
    assert account.coordinator is coordinator
    assert not any(record.kind == "connect" for record in simulator.log)
    for number in ("103", "106", "113"):
        simulator.ring(to=number, from_="+16505550123")
        await account.until_shown(number, "telephony_status", "ringing")
    assert await hass.config_entries.async_unload(account.entry.entry_id)


@MOVED_TIME
async def test_renamed_site_stays_selected(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """It is known by its id."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    await choose(account, sites=["harbour-site"])
    simulator.rename_site("Harbour Site", "Seaside")
    await lists_are_read(account, time)

    assert monitored(account) == _AT_THE_HARBOUR
    form = await start_options(hass, account.entry.entry_id)
    assert suggested(form)["sites"] == ["harbour-site"]
    assert (offered(form, "sites") or {})["harbour-site"] == "Seaside"
    assert await hass.config_entries.async_unload(account.entry.entry_id)


@MOVED_TIME
async def test_closed_site_and_department_stay_selected_until_they_are_removed(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The form accepts them; a site without a known name is shown by its id."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    await choose(
        account,
        sites=["harbour-site", "main-site"],
        departments=["Sales", "Office"],
        extensions=[simulator.extension("102").id],
    )
    simulator.change_extension("103", site="Altona")
    for number in _AT_THE_HARBOUR:
        simulator.change_extension(number, site="Altona")
    for number in _IN_SALES:
        simulator.change_extension(number, department="Support")
    await lists_are_read(account, time)
    assert await hass.config_entries.async_reload(account.entry.entry_id)
    await hass.async_block_till_done()
    assert account.shows(None, "link") == "push"
    # At the main site or in the office.
    assert monitored(account) == {u.number for u in simulator.users} - _AT_THE_HARBOUR

    form = await start_options(hass, account.entry.entry_id)
    assert list((offered(form, "sites") or {}).items()) == [
        ("altona", "Altona"),
        ("harbour-site", "harbour-site"),
        ("main-site", "Main Site"),
    ]
    assert list(offered(form, "departments") or {}) == [
        "Office",
        "Sales",
        "Support",
        "Workshop",
    ]
    chosen = suggested(form)
    assert chosen["sites"] == ["harbour-site", "main-site"]
    assert chosen["departments"] == ["Sales", "Office"]
    result = await submit_options(hass, form, chosen | {"privacy": "none"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert account.entry.options == chosen | {"privacy": "none"}

    simulator.change_extension("105", site="Harbour Site")
    simulator.change_extension("105", status="Disabled")
    await lists_are_read(account, time)
    form = await start_options(hass, account.entry.entry_id)
    assert (offered(form, "sites") or {})["harbour-site"] == "Harbour Site"
    less = chosen | {"sites": ["main-site"], "departments": ["Office"]}
    result = await submit_options(hass, form, less)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    form = await start_options(hass, account.entry.entry_id)
    assert "harbour-site" not in (offered(form, "sites") or {})
    assert "Sales" not in (offered(form, "departments") or {})
    assert await hass.config_entries.async_unload(account.entry.entry_id)


@MOVED_TIME
async def test_last_department_can_be_empty_for_a_while(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """A form without departments would silently choose none."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    person = [simulator.extension("102").id]
    await choose(account, departments=["Sales"], extensions=person)
    for user in simulator.users:
        simulator.change_extension(user.number, department="")
    await lists_are_read(account, time)

    form = await start_options(hass, account.entry.entry_id)
    assert offered(form, "departments") == {"Sales": "Sales"}
    result = await submit_options(hass, form, suggested(form))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    simulator.change_extension("104", department="Sales")
    await lists_are_read(account, time)
    assert monitored(account) == {"102", "104"}
    assert await hass.config_entries.async_unload(account.entry.entry_id)


@MOVED_TIME
async def test_last_site_can_be_kept_and_given_up(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """A form without it would silently select no extension."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    await choose(account, sites=["main-site"])
    for number in _AT_THE_HARBOUR:
        simulator.change_extension(number, site="Main Site")
    await lists_are_read(account, time)

    form = await start_options(hass, account.entry.entry_id)
    assert offered(form, "sites") == {"main-site": "Main Site"}
    result = await submit_options(hass, form, suggested(form))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert monitored(account) == {u.number for u in simulator.users}

    await choose(account, extensions=[simulator.extension("102").id])
    assert monitored(account) == {"102"}
    form = await start_options(hass, account.entry.entry_id)
    assert offered(form, "sites") is None
    assert await hass.config_entries.async_unload(account.entry.entry_id)

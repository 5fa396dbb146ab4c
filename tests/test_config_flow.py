"""From the forms to a config entry."""

from unittest.mock import AsyncMock

import pytest

from custom_components.ringcentral.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from simulator import Simulator

from .common import Account, sign_in, start_flow, submit
from .flows.common import EXTENSIONS, TOKEN, finish, requests
from .forms import (
    CALLER,
    EVERYONE,
    assert_shows,
    ring,
    shown_caller,
    suggested,
    to_the_choice,
)


async def test_the_forms_lead_to_an_entry(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """The input, the signed-in user and the first tokens make the entry."""
    result = await start_flow(hass)
    assert result["step_id"] == "jwt"
    assert not result["errors"]

    result = await submit(hass, result, sign_in(simulator))
    assert result["step_id"] == "monitor"
    assert not result["errors"]
    assert suggested(result) == {"groups": ["everyone"]}

    result = await submit(hass, result, EVERYONE)
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == f"{simulator.users[0].name} (101)"
    entry = result["result"]
    token = entry.data["token"]
    owner = simulator.users[0]
    assert entry.data == {
        "account_id": simulator.account_id,
        "auth_implementation": "jwt",
        "client_id": simulator.client_id,
        "client_secret": simulator.client_secret,
        "extension_id": owner.id,
        "jwt": simulator.jwt,
        "server": simulator.server,
        "token": token,
    }
    assert token["owner_id"] == owner.id
    assert token["access_token"]
    assert token["refresh_token"]
    assert entry.options == EVERYONE
    assert entry.unique_id == f"{simulator.account_id}_{owner.id}"
    assert set_up.await_count == 1


# --------------------------------------------------------------------------------------
# Several accounts


async def test_the_same_jwt_is_refused_without_a_request(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """It belongs to one user and one app, which is one entry."""
    await finish(hass, await submit(hass, await start_flow(hass), sign_in(simulator)))
    simulator.log.clear()

    result = await submit(hass, await start_flow(hass), sign_in(simulator))

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert not len(simulator.log)


async def test_the_same_user_by_another_jwt_is_refused(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """Two entries would show each extension twice."""
    await finish(hass, await submit(hass, await start_flow(hass), sign_in(simulator)))
    simulator.oauth.jwts["another.of.her"] = simulator.users[0].id

    result = await submit(
        hass, await start_flow(hass), sign_in(simulator) | {"jwt": "another.of.her"}
    )

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_another_user_of_the_account_gets_an_own_entry(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """Each has own lines, own favorites, own rights."""
    first = (
        await finish(
            hass, await submit(hass, await start_flow(hass), sign_in(simulator))
        )
    )["result"]
    simulator.oauth.jwts["of.someone.else"] = simulator.users[1].id
    result = await submit(
        hass, await start_flow(hass), sign_in(simulator) | {"jwt": "of.someone.else"}
    )

    second = (await finish(hass, result))["result"]
    assert second.unique_id == f"{simulator.account_id}_{simulator.users[1].id}"
    assert second.unique_id != first.unique_id


async def test_a_second_dialog_for_the_same_user_replaces_the_first(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """A page that is loaded again leaves the first flow behind."""
    first = await submit(hass, await start_flow(hass), sign_in(simulator))
    second = await submit(hass, await start_flow(hass), sign_in(simulator))
    assert first["step_id"] == second["step_id"] == "monitor"

    await finish(hass, second)

    assert not hass.config_entries.flow.async_progress()


async def test_temporary_failure_of_a_list_needs_no_second_sign_in(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """The token of the first try is used again."""
    selection = EVERYONE | {"groups": ["favorites"]}
    result = await to_the_choice(hass, simulator)
    simulator.fault("maintenance", path=f"{EXTENSIONS}/~/favorite")
    result = await submit(hass, result, selection)
    assert_shows(result, "maintenance", {})

    simulator.clear_faults()
    result = await submit(hass, result, selection)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert requests(simulator, TOKEN) == 1


async def test_a_dialog_that_outlives_its_token_signs_in_again(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """An hour later the lists are requested with a new token."""
    chosen: dict[str, list[str]] = {"groups": ["favorites"], "extensions": []}
    result = await to_the_choice(hass, simulator)
    simulator.fault("expire_tokens")
    result = await submit(hass, result, chosen)
    assert_shows(result, "token_rejected", {"code": "OAU-128"})

    result = await submit(hass, result, chosen)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    token = result["result"].data["token"]["access_token"]
    assert simulator.oauth.session_of(token) is simulator.oauth.sessions[-1]


# --------------------------------------------------------------------------------------
# Privacy


@pytest.mark.parametrize("level", ["full", "masked", "none"])
async def test_a_privacy_level_is_selected_with_the_extensions(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock, level: str
) -> None:
    """In the first form already: before anything is shown."""
    result = await submit(
        hass, await to_the_choice(hass, simulator), EVERYONE | {"privacy": level}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].options == EVERYONE | {"privacy": level}


@pytest.mark.parametrize(
    ("level", "caller"),
    [("full", CALLER), ("masked", ("…123", "C. W.")), ("none", (None, None))],
)
async def test_the_level_is_in_force_from_the_first_call_and_after_a_reload(
    hass: HomeAssistant,
    simulator: Simulator,
    level: str,
    caller: tuple[str | None, str | None],
) -> None:
    """As chosen in the first form."""
    result = await submit(
        hass, await to_the_choice(hass, simulator), EVERYONE | {"privacy": level}
    )
    await hass.async_block_till_done()
    account = Account(hass, result["result"], simulator)
    await ring(account)
    assert shown_caller(account) == caller

    await hass.config_entries.async_reload(account.entry.entry_id)
    await hass.async_block_till_done()
    assert shown_caller(account) == caller
    assert await hass.config_entries.async_unload(account.entry.entry_id)


async def test_everything_is_shown_by_default(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """And no level can be chosen that does not exist."""
    result = await to_the_choice(hass, simulator)
    with pytest.raises(InvalidData):
        await submit(hass, result, EVERYONE | {"privacy": "some"})

    result = await submit(hass, result, {"groups": ["everyone"]})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].options == EVERYONE

"""Set-up, unload, reload and removal of an account."""

import logging

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ringcentral import async_remove_config_entry_device
from custom_components.ringcentral.api.event_stream import StreamState
from custom_components.ringcentral.const import DOMAIN
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from simulator import Simulator

from .common import add_account, until
from .groups.common import add, group_device, team


async def test_devices_describe_account_and_extensions(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """One service device for the account, one for each extension below it."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])

    parent, child = account.device(None), account.device("102")
    assert parent is not None
    assert child is not None
    assert parent.entry_type is dr.DeviceEntryType.SERVICE
    assert parent.manufacturer == "RingCentral"
    assert child.entry_type is dr.DeviceEntryType.SERVICE
    assert child.via_device_id == parent.id
    assert child.name == f"{simulator.extension('102').name} (102)"
    assert (child.model, child.model_id) == ("User", "102")


async def test_unload_ends_everything_and_leaves_the_subscription(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """No task, timer or socket is left; the session could still be recovered."""
    account = await add_account(hass, simulator)

    assert await hass.config_entries.async_unload(account.entry.entry_id)
    await until(
        lambda: [r.kind for r in simulator.log if "connect" in r.kind] == ["disconnect"]
    )

    assert account.entry.state is ConfigEntryState.NOT_LOADED
    assert account.shows("102", "presence") == STATE_UNAVAILABLE
    assert not any(r.path.endswith("/revoke") for r in simulator.log)


async def test_reload_works_again_and_again_without_a_new_sign_in(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Each sign-in would use one more of the user's five sessions."""
    account = await add_account(hass, simulator)
    simulator.switches.rate_limits = False

    for _ in range(2):
        assert await hass.config_entries.async_reload(account.entry.entry_id)
    simulator.ring(to="102", from_="+16505550123")
    await account.until_shown("102", "telephony_status", "ringing")

    assert not any(r.path.endswith("/oauth/token") for r in simulator.log)


async def test_removal_revokes_the_token(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Which ends the session on the platform."""
    account = await add_account(hass, simulator)

    await hass.config_entries.async_remove(account.entry.entry_id)

    assert [r.status for r in simulator.log if r.path.endswith("/revoke")] == [200]


@pytest.mark.freeze_time("2026-03-02 09:00:00", tick=True)
async def test_removal_revokes_an_expired_access_token(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """An entry may have been unloaded for days; its refresh token lives for a week."""
    account = await add_account(hass, simulator)
    await hass.config_entries.async_unload(account.entry.entry_id)
    freezer.tick(86400)

    await hass.config_entries.async_remove(account.entry.entry_id)

    assert [r.status for r in simulator.log if r.path.endswith("/revoke")] == [200]
    assert not simulator.oauth._sessions


async def test_removal_succeeds_while_the_platform_is_unreachable(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The tokens expire without it."""
    account = await add_account(hass, simulator)
    await simulator.stop()

    await hass.config_entries.async_remove(account.entry.entry_id)

    assert not hass.config_entries.async_entries(DOMAIN)


async def test_refused_credentials_stop_the_set_up(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the refresh token nor the JWT is accepted: each is tried once."""
    account = await add_account(hass, simulator)
    await hass.config_entries.async_unload(account.entry.entry_id)
    simulator.fault("revoke_sessions")
    simulator.fault("token_refused", seconds=60, error="invalid_grant")
    simulator.log.clear()

    await hass.config_entries.async_setup(account.entry.entry_id)
    await hass.async_block_till_done()

    assert account.entry.state is ConfigEntryState.SETUP_ERROR
    assert [r.path for r in simulator.log if r.path.endswith("/token")] == [
        "/restapi/oauth/token"
    ] * 2


@pytest.mark.freeze_time("2026-03-02 09:00:00", tick=True)
async def test_revoked_session_is_replaced_by_a_new_exchange_of_the_jwt(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A sixth sign-in elsewhere ends a session; the user has nothing to do."""
    account = await add_account(hass, simulator)
    # The sign-in used most requests of the Auth group for a minute.
    freezer.tick(61)
    await hass.config_entries.async_unload(account.entry.entry_id)
    simulator.fault("revoke_sessions")

    await hass.config_entries.async_setup(account.entry.entry_id)
    await hass.async_block_till_done()

    assert account.entry.state is ConfigEntryState.LOADED
    simulator.ring(to="102", from_="+16505550123")
    await account.until_shown("102", "telephony_status", "ringing")


async def test_device_of_a_monitored_extension_cannot_be_deleted(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """It would be added again at the next start; a stale device can be deleted."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    current, parent = account.device("102"), account.device(None)
    stale = dr.async_get(hass).async_get_or_create(
        config_entry_id=account.entry.entry_id, identifiers={(DOMAIN, "stale")}
    )

    async def may_be_deleted(device: dr.DeviceEntry | None) -> bool:
        assert device is not None
        return await async_remove_config_entry_device(hass, account.entry, device)

    assert not await may_be_deleted(current)
    assert not await may_be_deleted(parent)
    assert await may_be_deleted(stale)
    await hass.config_entries.async_unload(account.entry.entry_id)
    assert not await may_be_deleted(stale)


async def test_device_of_a_group_cannot_be_deleted(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The group is deleted instead, which removes its device."""
    account = await add_account(hass, simulator)
    subentry = team(account, numbers=["102"])
    await add(account, subentry)
    device = group_device(account, subentry.subentry_id)
    assert device is not None

    assert not await async_remove_config_entry_device(hass, account.entry, device)
    hass.config_entries.async_remove_subentry(account.entry, subentry.subentry_id)
    assert group_device(account, subentry.subentry_id) is None


async def test_deleted_extension_does_not_affect_the_set_up(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """It has no filter, since one unknown id invalidates the whole subscription."""
    account = await add_account(hass, simulator, groups=[], extensions=["102", "103"])
    await hass.config_entries.async_unload(account.entry.entry_id)
    gone = simulator.extension("103").id
    simulator.remove_extension("103")

    await hass.config_entries.async_setup(account.entry.entry_id)
    await hass.async_block_till_done()

    assert account.entry.state is ConfigEntryState.LOADED
    assert account.coordinator.stream.state is StreamState.PUSH
    assert account.coordinator.data.keys() == {simulator.extension("102").id}
    registry = er.async_get(hass)
    assert not any(
        gone in entity.unique_id
        for entity in er.async_entries_for_config_entry(
            registry, account.entry.entry_id
        )
    )


async def test_nothing_secret_or_personal_is_logged(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even at debug level, by the integration or by aiohttp."""
    caplog.set_level(logging.DEBUG)
    account = await add_account(hass, simulator)
    call = simulator.ring(
        to="102", from_="+16505550199", from_name="Canary Nightingale"
    )
    await account.until_shown("102", "telephony_status", "ringing")
    simulator.drop_connections(abort=True)
    await until(lambda: account.coordinator.stream.state is StreamState.RECOVERING)
    await hass.config_entries.async_remove(account.entry.entry_id)

    messages = "\n".join(
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(("custom_components", "aiohttp"))
    )
    token = account.entry.data["token"]
    for secret in (
        simulator.jwt,
        simulator.client_secret,
        token["access_token"],
        token["refresh_token"],
        account.entry.data["storage_key"],
        "+16505550199",
        "Canary",
        "sip:",
        call.telephony_session_id,
        str(simulator.extension("102").name),
    ):
        assert secret not in messages

"""Ids and names of entities."""

from typing import Final
from unittest.mock import patch

import pytest

from custom_components.ringcentral.const import WEB_APPS
from demo.texts import LANGUAGES
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from simulator import Simulator

from .common import add_account
from .forms import want_more_sensors, want_on_the_phone
from .groups.common import add, team

_COUNTS: Final = (
    "sensor.{}_answered_today",
    "sensor.{}_incoming_today",
    "sensor.{}_longest_wait_today",
    "sensor.{}_missed_today",
    "sensor.{}_outgoing_today",
    "sensor.{}_talk_time_today",
)
_PEOPLE: Final = (
    "sensor.{}_current_calls",
    "sensor.{}_people_free",
    "sensor.{}_people_on_the_phone",
    "sensor.{}_people_ringing",
)
_OF_EACH_EXTENSION: Final = (
    *_COUNTS,
    "binary_sensor.{}_on_the_phone",
    "event.{}_calls",
    "sensor.{}_active_calls",
    "sensor.{}_dnd",
    "sensor.{}_last_event",
    "sensor.{}_meeting_status",
    "sensor.{}_presence",
    "sensor.{}_telephony_status",
    "sensor.{}_user_status",
)
_OF_THE_OWN_EXTENSION: Final = (
    "select.{}_dnd",
    "select.{}_user_status",
    "sensor.{}_new_voicemails",
)
_OF_EACH_GROUP: Final = (
    *_COUNTS,
    *_PEOPLE,
    "binary_sensor.{}_anyone_on_the_phone",
    "binary_sensor.{}_anyone_ringing",
    "event.{}_calls",
)
_OF_THE_ACCOUNT: Final = (
    *_COUNTS,
    *_PEOPLE,
    "binary_sensor.{}_connection",
    "sensor.{}_interruptions",
    "sensor.{}_last_event",
    "sensor.{}_last_loss",
    "sensor.{}_link",
    "sensor.{}_longest_hold",
    "sensor.{}_unseen_today",
)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_entity_ids_are_the_same_in_every_language(
    hass: HomeAssistant,
    simulator: Simulator,
    entity_registry: er.EntityRegistry,
    language: str,
) -> None:
    """The examples of the documentation fit every installation."""
    hass.config.language = language
    account = await add_account(hass, simulator, groups=[], extensions=["101", "102"])
    await want_more_sensors(account)
    await want_on_the_phone(account)
    await add(account, team(account, numbers=["102"]))

    names = {
        _OF_THE_ACCOUNT: "ringcentral_fiora_teasdale_101",
        _OF_EACH_EXTENSION + _OF_THE_OWN_EXTENSION: "fiora_teasdale_101",
        _OF_EACH_EXTENSION: "greta_sunderby_102",
        _OF_EACH_GROUP: "support",
    }
    assert sorted(
        entity.entity_id
        for entity in er.async_entries_for_config_entry(
            entity_registry, account.entry.entry_id
        )
    ) == sorted(
        entity_id.format(name) for ids, name in names.items() for entity_id in ids
    )


async def test_the_main_sensor_is_called_like_its_device(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The others have the device's name in front."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    device = account.device("102")
    assert device is not None
    assert device.name is not None

    assert account.state("102", "telephony_status").name == device.name
    assert account.state("102", "presence").name == f"{device.name} Presence"


@pytest.mark.parametrize("is_known", [True, False], ids=["RingCentral", "other brand"])
async def test_own_devices_lead_to_the_page_of_their_user(
    hass: HomeAssistant, simulator: Simulator, is_known: bool
) -> None:
    """There is none for colleagues, nor at servers of other brands."""
    page = "https://app.ringcentral.com"
    pages = {simulator.server: page} if is_known else {}
    with patch.dict(WEB_APPS, pages):
        account = await add_account(
            hass, simulator, groups=[], extensions=["101", "102"]
        )

    devices = [account.device(number) for number in (None, "101", "102")]
    assert [device and device.configuration_url for device in devices] == [
        page if is_known else None,
        page if is_known else None,
        None,
    ]

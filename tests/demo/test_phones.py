"""Finding the extensions in Home Assistant's registries."""

from collections.abc import Iterable
from typing import Any

from demo.phones import DOMAIN, Phone, phones

SENSORS = ("presence", "telephony_status", "dnd")


def device(device_id: str) -> dict[str, Any]:
    """Return a device as the registry lists it."""
    return {"id": device_id, "name": f"{device_id} 101", "name_by_user": None}


def entities(
    device_id: str,
    keys: Iterable[str] = SENSORS,
    platform: str = DOMAIN,
    disabled_by: str | None = None,
) -> list[dict[str, Any]]:
    """Return the entities of a device, with ids that a person made up."""
    return [
        {
            "device_id": device_id,
            "disabled_by": disabled_by,
            "entity_id": f"sensor.{device_id}_own_word_{number}",
            "platform": platform,
            "translation_key": key,
        }
        for number, key in enumerate(keys)
    ]


def test_extensions_come_in_the_order_of_the_devices() -> None:
    """Entity ids are read, never computed."""
    found = phones(
        [device("ben"), device("anna")],
        entities("anna") + entities("ben"),
    )
    assert list(found) == [
        Phone(
            device_id="ben",
            presence="sensor.ben_own_word_0",
            telephony_status="sensor.ben_own_word_1",
            dnd="sensor.ben_own_word_2",
        ),
        Phone(
            device_id="anna",
            presence="sensor.anna_own_word_0",
            telephony_status="sensor.anna_own_word_1",
            dnd="sensor.anna_own_word_2",
        ),
    ]


def test_of_many_extensions_the_telephony_status_is_enough() -> None:
    """The others are disabled at first, or by the user."""
    [phone] = phones(
        [device("anna")],
        [
            *entities("anna", ["telephony_status"]),
            *entities("anna", ["presence", "dnd"], disabled_by="integration"),
        ],
    )
    assert phone.telephony_status == "sensor.anna_own_word_0"
    assert (phone.presence, phone.dnd) == (None, None)


def test_other_devices_are_left_out() -> None:
    """The account, other integrations, and those whose telephony status is disabled."""
    found = phones(
        [device("account"), device("other"), device("disabled"), device("bare")],
        [
            *entities("account", ["connection"]),
            *entities("other", platform="hue"),
            *entities("disabled", ["presence", "dnd"]),
            *entities("disabled", ["telephony_status"], disabled_by="user"),
        ],
    )
    assert list(found) == []


def test_a_select_that_is_called_like_a_sensor_does_not_replace_it() -> None:
    """One's own presence can be changed, and is shown all the same."""
    selects = [
        {**entity, "entity_id": f"select.{entity['translation_key']}"}
        for entity in entities("anna")
    ]
    [phone] = phones([device("anna")], entities("anna") + selects)
    assert phone.dnd == "sensor.anna_own_word_2"

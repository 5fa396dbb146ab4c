"""Extensions in Home Assistant: devices with sensors."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .user import User

DOMAIN: Final = "ringcentral"


@dataclass(frozen=True, kw_only=True, slots=True)
class Phone:
    """An extension's device with the entity ids of its sensors.

    In large accounts only the telephony status is enabled by default.
    """

    device_id: str
    # Of the extension.
    number: str | None = None
    telephony_status: str
    presence: str | None = None
    dnd: str | None = None


def phones(
    devices: Iterable[Mapping[str, Any]], entities: Iterable[Mapping[str, Any]]
) -> Iterator[Phone]:
    """Yield the extensions found in the registries, in the order of the devices."""
    sensors: dict[str, dict[str, str]] = {}
    for entity in entities:
        if (
            entity["platform"] == DOMAIN
            and entity["disabled_by"] is None
            # A select may have the name of the sensor that shows the same.
            and entity["entity_id"].startswith("sensor.")
        ):
            of_device = sensors.setdefault(entity["device_id"], {})
            of_device[entity["translation_key"]] = entity["entity_id"]
    for device in devices:
        of_device = sensors.get(device["id"], {})
        if (telephony_status := of_device.get("telephony_status")) is not None:
            yield Phone(
                device_id=device["id"],
                number=device.get("model_id"),
                telephony_status=telephony_status,
                presence=of_device.get("presence"),
                dnd=of_device.get("dnd"),
            )


async def read_phones(user: User) -> list[Phone]:
    """Return the extensions in Home Assistant, in the order of the devices."""
    return list(
        phones(
            await user.command("config/device_registry/list"),
            await user.command("config/entity_registry/list"),
        )
    )

"""Phones of extensions, and the numbers that reach them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ..base.control_switches import ControlSwitches
from ..base.wire import JsonObject
from .directory import Directory, Extension

type DeviceType = Literal[
    "HardPhone",
    "SoftPhone",
    "OtherPhone",
    "BLA",
    "WebPhone",
    "Paging",
    "Room",
    "WebRTC",
]
type DeviceStatus = Literal["Online", "Offline"]

_DIRECT = "+1415555"
_MOBILE = "+1510555"


class Device(NamedTuple):
    """A phone."""

    id: str
    type: DeviceType
    name: str
    status: DeviceStatus


class ForwardingNumber(NamedTuple):
    """A number that rings for an extension."""

    id: str
    number: str
    label: str
    type: Literal["PhoneLine", "Mobile"]
    flip_number: str
    device_id: str | None = None

    @property
    def is_own_phone(self) -> bool:
        """Return whether it is a line of the extension, not an outside phone."""
        return self.device_id is not None


@dataclass(slots=True, kw_only=True)
class Devices:
    """The phones of all extensions."""

    directory: Directory
    switches: ControlSwitches
    # By extension, where they are not the usual ones.
    changed: dict[str, Sequence[Device]] = field(default_factory=dict)

    def of(self, extension: Extension) -> list[Device]:
        """Return the phones of an extension, web phones too."""
        if (changed := self.changed.get(extension.id)) is not None:
            return list(changed)
        if self.switches.devices == "empty":
            return []
        devices = [
            _device(extension, 1, "HardPhone", "Desk phone", "Online"),
            _device(extension, 2, "SoftPhone", "RingCentral Phone", "Offline"),
            _device(extension, 3, "OtherPhone", "Door station", "Online"),
        ]
        if self.switches.devices == "web":
            devices.append(_device(extension, 4, "WebPhone", "Browser", "Online"))
        if self.switches.devices == "offline":
            return [device._replace(status="Offline") for device in devices]
        return devices

    def set(self, extension: Extension, devices: Iterable[Device] | None) -> None:
        """Replace the phones of an extension; None: the usual ones."""
        if devices is None:
            self.changed.pop(extension.id, None)
        else:
            self.changed[extension.id] = list(devices)

    def find(self, extension: Extension, device_id: str) -> Device | None:
        """Return a phone of an extension by its id."""
        devices = self.of(extension)
        return next((device for device in devices if device.id == device_id), None)

    def owner(self, device_id: str) -> Extension | None:
        """Return whose phone has an id."""
        extensions = self.directory.extensions.values()
        return next((e for e in extensions if self.find(e, device_id)), None)

    def forwarding_numbers(self, extension: Extension) -> list[ForwardingNumber]:
        """Return the numbers that ring for an extension, its own line first."""
        numbers: list[ForwardingNumber] = []
        for device in self.of(extension):
            if device.type == "HardPhone":
                line = ForwardingNumber(
                    f"71{extension.id}",
                    direct_number(extension),
                    device.name,
                    "PhoneLine",
                    "1",
                    device.id,
                )
                numbers.append(line)
        mobile = f"{_MOBILE}{extension.number:>04}"
        numbers.append(
            ForwardingNumber(f"72{extension.id}", mobile, "Mobile", "Mobile", "3")
        )
        return numbers

    def is_own_number(self, extension: Extension, number: str) -> bool:
        """Return whether a number is that of a phone of the account."""
        return number in (extension.number, direct_number(extension))

    def reached(self, number: str) -> Extension | None:
        """Return the extension that a number reaches, short or direct."""
        if number.startswith(_DIRECT):
            number = number.removeprefix(_DIRECT).lstrip("0")
        return self.directory.find(number)

    def record(self, extension: Extension, device: Device, uri: str) -> JsonObject:
        """Return a phone as the list of devices has it."""
        line: JsonObject = {
            "id": f"90{device.id}",
            "lineType": "Standalone",
            "phoneInfo": {
                "id": int(f"43{extension.id[-9:]}"),
                "phoneNumber": direct_number(extension),
            },
            "emergencyAddress": {},
        }
        return {
            "uri": f"{uri}/device/{device.id}",
            "id": device.id,
            "type": device.type,
            "sku": "EXAMPLE-SKU",
            "name": device.name,
            "serial": f"EXAMPLE-{device.id}",
            "status": device.status,
            "extension": {
                "uri": f"{uri}/extension/{extension.id}",
                "id": int(extension.id),
                "extensionNumber": extension.number,
            },
            "linePooling": "None",
            "phoneLines": [line],
        }

    def web_record(self, device: Device) -> JsonObject:
        """Return a web phone as the list of apps has it."""
        return {
            "id": device.id,
            "type": device.type,
            "name": device.name,
            "serial": f"EXAMPLE-{device.id}",
            "status": device.status,
            "expiresIn": 3600,
        }

    def forwarding_record(
        self, extension: Extension, number: ForwardingNumber, uri: str
    ) -> JsonObject:
        """Return a number as the list of forwarding numbers has it."""
        features = ["CallForwarding"]
        if not number.is_own_phone:
            features.insert(0, "CallFlip")
        record: JsonObject = {
            "uri": f"{uri}/extension/{extension.id}/forwarding-number/{number.id}",
            "id": number.id,
            "phoneNumber": number.number,
            "label": number.label,
            "features": features,
            "flipNumber": number.flip_number,
            "type": number.type,
        }
        if number.device_id is not None:
            record["device"] = {"id": number.device_id}
        record["extension"] = {
            "id": extension.id,
            "extensionNumber": extension.number,
            "name": extension.name,
        }
        return record


def direct_number(extension: Extension) -> str:
    """Return the number of an extension that outside callers dial."""
    return f"{_DIRECT}{extension.number:>04}"


def _device(
    extension: Extension,
    number: int,
    type: DeviceType,
    kind: str,
    status: DeviceStatus,
) -> Device:
    name = f"{kind} of {extension.name}"
    return Device(f"80{number}{extension.id[-9:]}", type, name, status)

"""Bodies of requests that control calls; what is missing or bad is a 400 or a 404."""

from collections.abc import Mapping
from dataclasses import dataclass
import re

from ..base.errors import ApiError, invalid_parameter, not_found, other_extension
from ..base.switches import Switches
from ..base.wire import JsonValue, as_object
from ..company.call import Target
from ..company.devices import Device, Devices
from ..company.directory import Directory, Extension

type Body = Mapping[str, JsonValue]

FORWARD_TARGETS = ("phoneNumber", "voicemail", "extensionNumber", "extensionId")
TRANSFER_TARGETS = (*FORWARD_TARGETS, "parkOrbit")

_NUMBER = re.compile(r"\+?[0-9*#]{3,20}")
_PROTOCOLS = (
    "Auto",
    "RC",
    "BroadWorks",
    "DisconnectHolder",
    "BroadWorksOrDisconnectHolder",
)
_PATTERNS = (
    "WillCallYouBack",
    "CallMeBack",
    "OnMyWay",
    "OnTheOtherLine",
    "WillCallYouBackLater",
    "CallMeBackLater",
    "InAMeeting",
    "OnTheOtherLineNoCall",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlBodies:
    """Reads bodies; all methods raise ApiError."""

    directory: Directory
    devices: Devices
    switches: Switches

    def text(self, body: Body, name: str) -> str:
        """Return a text that must not be missing or empty."""
        value = body.get(name)
        if not isinstance(value, str) or not value:
            raise invalid_parameter(name)
        return value

    def flag(self, body: Body, name: str) -> bool:
        """Return a flag that must not be missing."""
        value = body.get(name)
        if not isinstance(value, bool):
            raise invalid_parameter(name)
        return value

    def device(self, body: Body, viewer: Extension) -> Device:
        """Return a phone of the caller."""
        device_id = self.text(body, "deviceId")
        device = self.devices.find(viewer, device_id)
        if device is None:
            raise not_found("deviceId")
        return device

    def foreign_device(self, device_id: str) -> ApiError:
        """Return the error of a call-out from a phone that the caller does not have."""
        is_known = self.devices.owner(device_id) is not None
        if is_known and self.switches.call_out_foreign == 403:
            return other_extension("CallControl")
        return not_found("deviceId")

    def target(self, body: Body, names: tuple[str, ...]) -> Target:
        """Return where a call goes, which exactly one of the names tells."""
        given = [name for name in names if name in body]
        if len(given) != 1:
            raise invalid_parameter(given[1] if given else names[0])
        name = given[0]
        value = self.text(body, name)
        if name == "phoneNumber":
            return self.number(value, name)
        if name == "extensionNumber":
            extension = self.directory.find(value)
        else:
            extension = self.directory.extensions.get(value)
        if extension is None:
            raise not_found(name)
        if name == "voicemail":
            return Target(extension.number, extension.name, extension, "voicemail")
        if name == "parkOrbit":
            if extension.type != "ParkLocation":
                raise invalid_parameter(name)
            return Target(extension.number, extension.name, extension, "park")
        return Target(extension.number, extension.name, extension)

    def number(self, value: str, name: str) -> Target:
        """Return the target of a number, as it is dialed."""
        if not _NUMBER.fullmatch(value):
            raise invalid_parameter(name)
        extension = self.devices.reached(value)
        return Target(value, extension.name if extension else None, extension)

    def muted(self, body: Body) -> bool:
        """Return whether to mute, in the spelling that the platform takes."""
        nested = as_object(body.get("party"))
        if "muted" in nested and self.switches.mute_body != "flat":
            return self.flag(nested, "muted")
        if "muted" in body and self.switches.mute_body != "nested":
            return self.flag(body, "muted")
        raise invalid_parameter("muted")

    def check_hold(self, body: Body) -> None:
        """Check how a call is to be held."""
        if "proto" in body and body["proto"] not in _PROTOCOLS:
            raise invalid_parameter("proto")

    def check_reply(self, body: Body) -> None:
        """Check the text or the pattern of a reply."""
        if "replyWithText" in body:
            self.text(body, "replyWithText")
            return
        pattern = as_object(body.get("replyWithPattern"))
        if pattern.get("pattern") not in _PATTERNS:
            raise invalid_parameter("replyWithPattern")

    def check_flip(self, body: Body, viewer: Extension) -> None:
        """Check the number of the phone that a call is passed to."""
        flip_id = self.text(body, "callFlipId").removeprefix("*")
        numbers = self.devices.forwarding_numbers(viewer)
        if flip_id not in {number.flip_number for number in numbers}:
            raise invalid_parameter("callFlipId")

"""Fields of the actions on calls; the kinds of targets are fields, too.

The schemas check types only: Home Assistant logs their errors, and some with the value.
"""

from collections.abc import Mapping
from typing import Final

import voluptuous as vol

from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import VolSchemaType

from ..control.models import TargetKind, Which

ATTR_CALL: Final = "call"
ATTR_CONFIG_ENTRY_ID: Final = "config_entry_id"
ATTR_FROM: Final = "from"
ATTR_PHONE: Final = "phone"
ATTR_PLAY_PROMPT: Final = "play_prompt"
ATTR_TEXT: Final = "text"
ATTR_WAIT: Final = "wait"
ATTR_WHICH: Final = "which"

type Fields = Mapping[vol.Marker, object]

# YAML and templates make numbers of digits, without plus sign and leading zeros, and
# templates anything else: the action refuses those.
_TYPED_NUMBER: Final = object

NO_FIELDS: Final[Fields] = {}
PHONE: Final[Fields] = {vol.Optional(ATTR_PHONE): cv.string}
TEXT: Final[Fields] = {vol.Required(ATTR_TEXT): cv.string}
_DIAL_TARGETS: Final[Fields] = {
    vol.Optional(TargetKind.NUMBER): _TYPED_NUMBER,
    vol.Optional(TargetKind.EXTENSION): cv.string,
}
FORWARD_TARGETS: Final[Fields] = {
    **_DIAL_TARGETS,
    vol.Optional(TargetKind.VOICEMAIL): cv.boolean,
}
TRANSFER_TARGETS: Final[Fields] = {
    **FORWARD_TARGETS,
    vol.Optional(TargetKind.PARK_LOCATION): cv.string,
    vol.Optional(TargetKind.TO_CALL): cv.string,
}
_WANTED: Final[Fields] = {
    vol.Optional(ATTR_CALL): cv.string,
    vol.Optional(ATTR_WHICH, default=Which.ANY.value): vol.Coerce(Which),
}
_ACCOUNT: Final[Fields] = {vol.Required(ATTR_CONFIG_ENTRY_ID): cv.string}

CANCEL_DIAL_SCHEMA: Final = vol.Schema(_ACCOUNT)
DIAL_SCHEMA: Final = vol.Schema(
    {
        **_ACCOUNT,
        **_DIAL_TARGETS,
        vol.Optional(ATTR_FROM): _TYPED_NUMBER,
        vol.Optional(ATTR_PLAY_PROMPT): cv.boolean,
        vol.Optional(ATTR_WAIT, default=False): cv.boolean,
    }
)


def call_schema(fields: Fields) -> VolSchemaType:
    """Return the schema of an action on a call of the targeted extensions."""
    return cv.make_entity_service_schema({**_WANTED, **fields})

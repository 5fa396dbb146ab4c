"""Messages of the WebSocket gateway, and what it grants."""

from typing import Annotated, Final, override

from msgspec import DecodeError, Meta, Raw, Struct, field
from msgspec.json import Decoder

from ..anomalies import Anomalies
from ..exceptions import error_code
from .base import (
    Integer,
    JsonObject,
    Model,
    NonEmptyText,
    ParseError,
    PositiveInteger,
    RawJson,
    TextId,
    Time,
    convert,
    decode_json,
)
from .enums import PlatformEnum

# Seconds for which a lost session is kept, if the gateway does not say.
DEFAULT_RECOVERY_TIMEOUT: Final = 180


class SessionContext(Model, frozen=True):
    """What continues a lost session: the gateway's `wsc`."""

    token: str
    sequence: Integer

    @override
    def __repr__(self) -> str:
        # Without the token.
        return f"SessionContext(sequence={self.sequence})"


class FrameMeta(Model, frozen=True):
    """The first element of a message."""

    type: str | None = None
    message_id: str | None = None
    status: Integer | None = None
    headers: JsonObject | None = None
    wsc: SessionContext | None = None


class Frame(Struct, frozen=True, array_like=True, gc=False):
    """A message: `[meta]` or `[meta, body]`. The body is decoded by its kind."""

    meta: FrameMeta
    body: RawJson = Raw(b"null")


_FRAME: Final = Decoder(Frame)
_ELEMENTS: Final = Decoder(list[Raw])


def decode_frame(data: bytes, anomalies: Anomalies) -> Frame:
    """Decode a text frame; raise ParseError if it is no message."""
    try:
        return _FRAME.decode(data)
    except DecodeError, UnicodeDecodeError, RecursionError:
        pass
    match decode_json(data, "frame"):
        case [dict() as meta, *_]:
            body = _ELEMENTS.decode(data)[1:2]
            return Frame(convert(FrameMeta, meta, anomalies), *body)
    raise ParseError("frame that is no message")


class WebSocketToken(Model, frozen=True, rename=None):
    """The access token of one connection to the gateway."""

    uri: NonEmptyText
    token: NonEmptyText = field(name="ws_access_token")
    expires_in: PositiveInteger = 30

    @override
    def __repr__(self) -> str:
        return "WebSocketToken(…)"


class RecoveryState(PlatformEnum):
    """Whether the gateway continued the former session."""

    SUCCESSFUL = "Successful"
    FAILED = "Failed"
    UNKNOWN = "Unknown"


class ConnectionDetails(Model, frozen=True):
    """The first message of a connection; all times in seconds."""

    created: Time | None = field(default=None, name="creationTime")
    # None if no recovery was requested.
    recovery_state: RecoveryState | None = None
    recovery_error_code: str | None = None
    recovery_buffer_size: PositiveInteger = 100
    recovery_timeout: PositiveInteger = DEFAULT_RECOVERY_TIMEOUT


class DisabledFilter(Model, frozen=True):
    """An event filter that was accepted but yields no events, and the error code."""

    filter: str = ""
    reason: str | None = None


class Subscription(Model, frozen=True):
    """A granted subscription; in its filters, ids stand in place of `~`."""

    id: Annotated[TextId, Meta(min_length=1)]
    filters: tuple[str, ...] = field(default=(), name="eventFilters")
    disabled: tuple[DisabledFilter, ...] = field(default=(), name="disabledFilters")


def parse_subscription(json: object, anomalies: Anomalies) -> Subscription:
    """Parse a subscription; raise ParseError if it has no id."""
    subscription = convert(Subscription, json, anomalies)
    # Only a code may be logged.
    disabled = tuple(
        DisabledFilter(disabled.filter, error_code(disabled.reason))
        for disabled in subscription.disabled
    )
    return Subscription(subscription.id, subscription.filters, disabled)

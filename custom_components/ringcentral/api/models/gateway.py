"""Messages of the WebSocket gateway, and what it grants."""

from typing import Annotated, Final, override

from msgspec import DecodeError, Meta, Raw, Struct, ValidationError, field
from msgspec.json import Decoder

from ..anomalies import Anomalies
from ..exceptions import error_code
from .base import (
    DECODE_ERRORS,
    Integer,
    Model,
    ParseError,
    PathText,
    PositiveInteger,
    RawJson,
    Text,
    Time,
    Token,
    UnreadableError,
    convert,
    decode,
)
from .enums import PlatformEnum

# Seconds for which a lost session is kept, if the gateway does not say.
DEFAULT_RECOVERY_TIMEOUT: Final = 180
# No account has so many extensions, and they hold the event loop for some 10 ms.
_MAX_FILTERS: Final = 20_000
_MAX_DISABLED: Final = 5_000

# Seconds. The platform keeps a session for three minutes.
type _RecoveryTimeout = Annotated[int, Meta(gt=0, le=3600)]
# Messages. The platform replays 100.
type _BufferSize = Annotated[int, Meta(gt=0, le=100_000)]


class SessionContext(Model, frozen=True):
    """What continues a lost session: the gateway's `wsc`."""

    token: Token
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
    wsc: SessionContext | None = None
    # Decoded for replies only.
    headers: RawJson = Raw(b"null")


class Frame[M: FrameMeta | RawJson](Struct, frozen=True, array_like=True, gc=False):
    """A message: `[meta]` or `[meta, body]`. The body is decoded by its kind."""

    meta: M
    body: RawJson = Raw(b"null")


_FRAME: Final = Decoder(Frame[FrameMeta])
_RAW_FRAME: Final = Decoder(Frame[Raw])
_META: Final = Decoder(FrameMeta)


def decode_frame(data: bytes, anomalies: Anomalies) -> Frame[FrameMeta]:
    """Decode a text frame; raise ParseError if it is no message."""
    try:
        return _FRAME.decode(data)
    except DECODE_ERRORS:
        pass
    try:
        frame = _RAW_FRAME.decode(data)
    except ValidationError:
        raise ParseError("frame that is no message") from None
    except DecodeError:
        raise UnreadableError("frame that is no JSON") from None
    return Frame(decode(_META, frame.meta, anomalies), frame.body)


class WebSocketToken(Model, frozen=True, rename=None):
    """The access token of one connection to the gateway."""

    uri: Token
    token: Token = field(name="ws_access_token")
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
    recovery_error_code: Text | None = None
    recovery_buffer_size: _BufferSize = 100
    recovery_timeout: _RecoveryTimeout = DEFAULT_RECOVERY_TIMEOUT

    @property
    def is_recovered(self) -> bool:
        """Whether the former session continues."""
        return self.recovery_state is RecoveryState.SUCCESSFUL


class DisabledFilter(Model, frozen=True):
    """An event filter that was accepted but yields no events, and the error code."""

    filter: str = ""
    reason: str | None = None


class Subscription(Model, frozen=True):
    """A granted subscription; in its filters, ids stand in place of `~`."""

    id: PathText
    filters: Annotated[tuple[str, ...], Meta(max_length=_MAX_FILTERS)] = field(
        default=(), name="eventFilters"
    )
    disabled: Annotated[tuple[DisabledFilter, ...], Meta(max_length=_MAX_DISABLED)] = (
        field(default=(), name="disabledFilters")
    )


def parse_subscription(json: object, anomalies: Anomalies) -> Subscription:
    """Parse a subscription; raise ParseError if it has no id."""
    subscription = convert(Subscription, json, anomalies)
    # Only a code may be logged.
    disabled = tuple(
        DisabledFilter(disabled.filter, error_code(disabled.reason))
        for disabled in subscription.disabled
    )
    return Subscription(subscription.id, subscription.filters, disabled)

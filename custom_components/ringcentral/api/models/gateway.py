"""What the gateway grants: ticket, connection and subscription, with their parsers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, override

from ..anomalies import Anomalies
from ..exceptions import error_code
from .base import Fields, JsonObject, ParseError


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSocketToken:
    """The ticket for one connection to the gateway; `repr` shows nothing of it."""

    uri: str
    token: str
    expires_in: int

    @override
    def __repr__(self) -> str:
        """Hide the token."""
        return "WebSocketToken(…)"


def parse_websocket_token(json: JsonObject, anomalies: Anomalies) -> WebSocketToken:
    """Parse the answer of the token endpoint of the gateway.

    Raises:
        ParseError: no address or no token.

    """
    fields = Fields(json, anomalies, "wstoken.")
    uri, token = fields.text("uri"), fields.text("ws_access_token")
    if not uri or not token:
        raise ParseError("wstoken without address or token")
    return WebSocketToken(
        uri=uri, token=token, expires_in=fields.number("expires_in") or 30
    )


# Seconds for which a lost session is kept, if the gateway does not say.
DEFAULT_RECOVERY_TIMEOUT: Final = 180


class RecoveryState(StrEnum):
    """Whether the gateway continued the former session."""

    SUCCESSFUL = "Successful"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionDetails:
    """What the gateway says first. All times in seconds.

    Attributes:
        created: when the connection began, by the platform's clock.
        recovery_state: None if no recovery was asked for.

    """

    created: datetime | None
    recovery_state: RecoveryState | None
    recovery_error_code: str | None
    recovery_buffer_size: int
    recovery_timeout: int
    idle_timeout: int
    absolute_timeout: int


def parse_connection_details(
    json: JsonObject, anomalies: Anomalies
) -> ConnectionDetails:
    """Parse the first message; missing figures get the values seen so far."""
    fields = Fields(json, anomalies, "ConnectionDetails.")
    state = fields.text("recoveryState")
    try:
        recovery_state = None if state is None else RecoveryState(state)
    except ValueError:
        anomalies.unknown_value("ConnectionDetails.recoveryState", state)
        recovery_state = RecoveryState.FAILED
    return ConnectionDetails(
        created=fields.time("creationTime"),
        recovery_state=recovery_state,
        recovery_error_code=fields.text("recoveryErrorCode"),
        recovery_buffer_size=_positive(fields.number("recoveryBufferSize"), 100),
        recovery_timeout=_positive(
            fields.number("recoveryTimeout"), DEFAULT_RECOVERY_TIMEOUT
        ),
        idle_timeout=_positive(fields.number("idleTimeout"), 1800),
        absolute_timeout=_positive(fields.number("absoluteTimeout"), 86400),
    )


def _positive(value: int | None, default: int) -> int:
    return value if value is not None and value > 0 else default


@dataclass(frozen=True, slots=True, kw_only=True)
class DisabledFilter:
    """An event filter that was accepted but yields no events, and why."""

    filter: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A granted subscription.

    Attributes:
        filters: the granted filters, expanded: ids in place of `~`.

    """

    id: str
    filters: tuple[str, ...]
    disabled: tuple[DisabledFilter, ...]


def parse_subscription(json: object, anomalies: Anomalies) -> Subscription:
    """Parse the answer to a subscription request.

    Raises:
        ParseError: it has no id.

    """
    fields = Fields(json if isinstance(json, dict) else {}, anomalies, "subscription.")
    if (subscription_id := fields.identifier("id")) is None:
        raise ParseError("subscription without id")
    granted = json.get("eventFilters") if isinstance(json, dict) else None
    disabled = (
        Fields(item, anomalies, "disabledFilters.")
        for item in fields.objects("disabledFilters") or []
    )
    return Subscription(
        id=subscription_id,
        filters=tuple(f for f in granted if isinstance(f, str))
        if isinstance(granted, list)
        else (),
        disabled=tuple(
            DisabledFilter(
                filter=item.text("filter") or "",
                reason=error_code(item.text("reason")),
            )
            for item in disabled
        ),
    )

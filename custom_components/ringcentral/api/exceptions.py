"""Errors of the platform client.

They contain no URL, token, number or name: their texts are safe to log.
"""

from collections.abc import Mapping
from enum import StrEnum
import re
import traceback
from typing import Any, Final, TypedDict, Unpack


class Reason(StrEnum):
    """Cause of an error; each needs another action of the user."""

    CANNOT_RESOLVE = "cannot_resolve"
    CANNOT_CONNECT = "cannot_connect"
    TLS_FAILED = "tls_failed"
    TIMED_OUT = "timed_out"
    UNEXPECTED_ANSWER = "unexpected_answer"
    CONNECTION_LOST = "connection_lost"
    SUBSCRIPTION_LOST = "subscription_lost"
    MAINTENANCE = "maintenance"
    SERVER_ERROR = "server_error"
    RATE_LIMITED = "rate_limited"
    INVALID_CLIENT = "invalid_client"
    INVALID_GRANT = "invalid_grant"
    GRANT_NOT_ALLOWED = "grant_not_allowed"
    TOKEN_REJECTED = "token_rejected"
    PERMISSION_MISSING = "permission_missing"
    NOT_FOUND = "not_found"
    REJECTED = "rejected"


class Origin(TypedDict, total=False):
    """What identifies an answer of the platform."""

    status: int | None
    code: str | None
    request_id: str | None


class RingCentralError(Exception):
    """Base of all errors of the platform client; `code` is the platform's own."""

    # The missing permission.
    permission: str | None = None
    # Seconds.
    retry_after: float | None = None
    # Whether the platform may have carried out the request.
    may_be_done: bool = False

    def __init__(
        self,
        reason: Reason,
        *,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        """Initialize the error; a status outside the range of HTTP is dropped."""
        if status is not None and not 100 <= status <= 599:
            status = None
        self.reason = reason
        self.status = status
        self.code = code
        self.request_id = request_id
        details = {"HTTP": status, "code": code, "request": request_id}
        known = [f"{k} {v}" for k, v in details.items() if v is not None]
        super().__init__(" ".join([reason.value, *known]))


class TemporaryError(RingCentralError):
    """An error that may go away without any action of the user."""

    def __init__(
        self,
        reason: Reason,
        *,
        retry_after: float | None = None,
        may_be_done: bool = False,
        **origin: Unpack[Origin],
    ) -> None:
        """Initialize the error; `retry_after` is in seconds."""
        super().__init__(reason, **origin)
        self.retry_after = retry_after
        self.may_be_done = may_be_done


class ConnectionFailedError(TemporaryError):
    """No usable answer: network, name resolution, TLS, time-out, captive portal."""


class AnswerTooLargeError(ConnectionFailedError):
    """The body of an answer is too large; the rest of it was not read."""


class ServiceUnavailableError(TemporaryError):
    """The platform is unavailable (5xx)."""


class RateLimitedError(TemporaryError):
    """Too many requests in a rate group; `retry_after` is always set."""

    retry_after: float


class AuthenticationError(RingCentralError):
    """The credentials were rejected."""


class PermissionMissingError(RingCentralError):
    """The app or its user lacks a permission, which the platform may name."""

    def __init__(self, *, permission: str | None, **origin: Unpack[Origin]) -> None:
        """Initialize the error."""
        super().__init__(Reason.PERMISSION_MISSING, **origin)
        self.permission = permission


class NotFoundError(RingCentralError):
    """The resource does not exist, or not for this user."""


class RejectedError(RingCentralError):
    """The request was rejected, possibly because of a named parameter."""

    def __init__(
        self, *, parameter: str | None = None, **origin: Unpack[Origin]
    ) -> None:
        """Initialize the error."""
        super().__init__(Reason.REJECTED, **origin)
        self.parameter = parameter


# After a 429 without Retry-After. RingCentral's guide demands 30 s, its SDKs wait 60 s.
DEFAULT_PENALTY: Final = 60.0
_LONGEST_WAIT: Final = 3600.0

_REJECTED_GRANTS: Final = {
    "invalid_client": Reason.INVALID_CLIENT,
    "invalid_grant": Reason.INVALID_GRANT,
    "expired_token": Reason.INVALID_GRANT,
    "access_denied": Reason.INVALID_GRANT,
    "unauthorized_client": Reason.GRANT_NOT_ALLOWED,
    "unsupported_grant_type": Reason.GRANT_NOT_ALLOWED,
    "invalid_request": Reason.GRANT_NOT_ALLOWED,
    "invalid_scope": Reason.GRANT_NOT_ALLOWED,
    "insufficient_scope": Reason.GRANT_NOT_ALLOWED,
}
_PERMISSION_IN_MESSAGE: Final = re.compile(r"\[(\w+)\] (?:application )?permission")
# Codes like `CMN-101`. A name could have the shape of the others, so they are listed.
_CODE: Final = re.compile(
    r"[A-Z]{2,4}-[0-9]{3,4}|FeatureNotAvailable|InsufficientPermissions"
    r"|Invalid(MultipartRequest|Parameter)|MaintenanceMode|Token(Expired|Invalid)"
)
# Some have no verb.
_PERMISSION: Final = re.compile(
    r"(Edit|Read|Subscription|WebSocket)[A-Za-z]{0,30}|Accounts|Contacts"
    r"|CallControl|RingOut|TelephonySessions"
)
_REQUEST_ID: Final = re.compile(r"[\w-]{1,80}", re.ASCII)


def error_from_answer(
    status: int, headers: Mapping[str, object], body: Any
) -> RingCentralError:
    """Return the error for an answer of the REST API or the gateway."""
    # Messages are localized, so they are used only to find the name of a permission.
    outer, inner = _error_objects(body)
    origin = Origin(
        status=status,
        code=error_code(inner.get("errorCode")) or error_code(outer.get("errorCode")),
        request_id=request_id_of(headers),
    )
    if status == 429:
        pause = retry_after(headers) or DEFAULT_PENALTY
        return RateLimitedError(Reason.RATE_LIMITED, retry_after=pause, **origin)
    if status >= 500:
        reason = Reason.MAINTENANCE if status == 503 else Reason.SERVER_ERROR
        return ServiceUnavailableError(
            reason, retry_after=retry_after(headers), may_be_done=True, **origin
        )
    if status == 401:
        return AuthenticationError(Reason.TOKEN_REJECTED, **origin)
    if status == 403:
        permission = _permission(inner) or _permission(outer)
        return PermissionMissingError(permission=permission, **origin)
    if status == 404:
        return NotFoundError(Reason.NOT_FOUND, **origin)
    parameter = inner.get("parameterName", outer.get("parameterName"))
    return RejectedError(
        parameter=parameter if isinstance(parameter, str) else None, **origin
    )


def error_from_token_answer(
    status: int, headers: Mapping[str, object], body: Any
) -> RingCentralError:
    """Return the error for an answer of the token endpoint.

    Only 400, 401 and 403 with a known OAuth `error` concern the credentials; a captive
    portal or a proxy may answer anything else.
    """
    if status == 429 or status >= 500:
        return error_from_answer(status, headers, body)
    outer, inner = _error_objects(body)
    error = outer.get("error")
    origin = Origin(status=status, request_id=request_id_of(headers))
    if (
        status in (400, 401, 403)
        and isinstance(error, str)
        and (reason := _REJECTED_GRANTS.get(error)) is not None
    ):
        origin["code"] = error_code(inner.get("errorCode"))
        return AuthenticationError(reason, **origin)
    return ConnectionFailedError(Reason.UNEXPECTED_ANSWER, **origin)


def _error_objects(body: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    match body:
        case {"errors": [*errors]}:
            return body, next((e for e in errors if isinstance(e, dict)), {})
        case dict():
            return body, {}
    return {}, {}


def retry_after(headers: Mapping[str, object]) -> float | None:
    """Return the seconds of a `Retry-After` header, at most an hour; None if unusable."""
    value = headers.get("Retry-After")
    try:
        seconds = float(value) if isinstance(value, str) else 0.0
    except ValueError:
        return None
    return min(seconds, _LONGEST_WAIT) if 0 < seconds <= 86400 else None


def error_code(value: object) -> str | None:
    """Return a valid error code, which is safe to log."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else None


def request_id_of(headers: Mapping[str, object]) -> str | None:
    """Return the id of a request if it is safe to log."""
    value = headers.get("RCRequestId")
    return value if isinstance(value, str) and _REQUEST_ID.fullmatch(value) else None


def _permission(error: Mapping[str, Any]) -> str | None:
    """Return the permission that an error names; the platform spells the key two ways."""
    for key in ("permissionName", "permissionsName"):
        if name := permission_name(error.get(key)):
            return name
    message = error.get("message")
    found = _PERMISSION_IN_MESSAGE.search(message) if isinstance(message, str) else None
    return permission_name(found.group(1)) if found else None


def permission_name(value: object) -> str | None:
    """Return the name of a permission that matters here, which is safe to log."""
    return value if isinstance(value, str) and _PERMISSION.fullmatch(value) else None


def describe_origin(err: BaseException) -> str:
    """Describe an unexpected error without its text, which may contain personal data."""
    place = traceback.extract_tb(err.__traceback__)[-1]
    return f"{type(err).__name__} in {place.name}, line {place.lineno}"

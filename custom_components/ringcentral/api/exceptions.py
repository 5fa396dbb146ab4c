"""What can go wrong with the platform, and whether trying again can help.

Every error of this package derives from `RingCentralError`. None of them carries a
URL, a token, a number or a name: their texts are safe to log.
"""

from collections.abc import Mapping
from enum import StrEnum
import re
import traceback
from typing import Any, Final


class Reason(StrEnum):
    """Why something failed, fine enough to tell the user what to do about it."""

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


class RingCentralError(Exception):
    """Base of all errors of the platform client.

    Attributes:
        reason: what went wrong.
        status: the HTTP status, where there was an answer.
        code: the platform's own error code (`CMN-101`, `OAU-210`), if it gave one.
        request_id: the platform's `RCRequestId`; its support asks for it.

    """

    def __init__(
        self,
        reason: Reason,
        *,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        """Say what happened, in a text that is safe to log.

        A part of an answer can name any number as its status.
        """
        if status is not None and not 100 <= status <= 599:
            status = None
        self.reason = reason
        self.status = status
        self.code = code
        self.request_id = request_id
        facts = {"HTTP": status, "code": code, "request": request_id}
        super().__init__(
            " ".join(
                [reason.value, *(f"{k} {v}" for k, v in facts.items() if v is not None)]
            )
        )


class TemporaryError(RingCentralError):
    """The same request may succeed later, without anybody changing anything.

    Attributes:
        retry_after: seconds to wait before the next try, if the platform said so.

    """

    def __init__(
        self,
        reason: Reason,
        *,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Add how long to wait."""
        super().__init__(reason, status=status, code=code, request_id=request_id)
        self.retry_after = retry_after


class ConnectionFailedError(TemporaryError):
    """No usable answer: network, name resolution, TLS, time-out, captive portal."""


class ServiceUnavailableError(TemporaryError):
    """The platform answered that it cannot serve anybody now (5xx)."""


class RateLimitedError(TemporaryError):
    """Too many requests of one rate group; `retry_after` is always set."""

    retry_after: float


class AuthenticationError(RingCentralError):
    """The credentials were refused; only the user can help."""


class PermissionMissingError(RingCentralError):
    """The app or its user lacks a permission.

    Attributes:
        permission: the permission's name, if the platform named it.

    """

    def __init__(
        self,
        *,
        permission: str | None,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        """Name the permission."""
        super().__init__(
            Reason.PERMISSION_MISSING, status=status, code=code, request_id=request_id
        )
        self.permission = permission


class NotFoundError(RingCentralError):
    """The resource does not exist, or not for this user."""


class RejectedError(RingCentralError):
    """The platform did not accept the request itself.

    Attributes:
        parameter: the name of the refused parameter, if the platform named it.

    """

    def __init__(
        self,
        *,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        parameter: str | None = None,
    ) -> None:
        """Name the parameter."""
        super().__init__(
            Reason.REJECTED, status=status, code=code, request_id=request_id
        )
        self.parameter = parameter


# For a 429 without Retry-After: RingCentral's guide asks for 30 s at least, its own SDKs
# wait a minute.
DEFAULT_PENALTY: Final = 60.0
_LONGEST_WAIT: Final = 3600.0

_REFUSED_GRANTS: Final = {
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
_CODE: Final = re.compile(r"[A-Za-z]{2,32}(?:-\d{1,5})?")
_REQUEST_ID: Final = re.compile(r"[\w-]{1,80}", re.ASCII)


def error_from_answer(
    status: int,
    headers: Mapping[str, object],
    body: Any,
) -> RingCentralError:
    """Turn a refusing answer of the REST API or the gateway into an error.

    The code of the first inner error decides, then the top-level one, then the HTTP
    status; `errors` may be empty or missing. Messages are localised and never used,
    except to find the name of a permission.

    Args:
        status: HTTP status, or `meta.status` of a reply on the gateway.
        headers: answer headers; those of a gateway's reply can be anything.
        body: decoded JSON, or None where there was none.

    """
    outer = body if isinstance(body, dict) else {}
    errors = outer.get("errors")
    inner = (
        next((e for e in errors if isinstance(e, dict)), {})
        if isinstance(errors, list)
        else {}
    )
    code = error_code(inner.get("errorCode")) or error_code(outer.get("errorCode"))
    request_id = request_id_of(headers)

    if status == 429:
        return RateLimitedError(
            Reason.RATE_LIMITED,
            status=status,
            code=code,
            request_id=request_id,
            retry_after=retry_after(headers) or DEFAULT_PENALTY,
        )
    if status >= 500:
        return ServiceUnavailableError(
            Reason.MAINTENANCE if status == 503 else Reason.SERVER_ERROR,
            status=status,
            code=code,
            request_id=request_id,
            retry_after=retry_after(headers),
        )
    if status == 401:
        return AuthenticationError(
            Reason.TOKEN_REJECTED, status=status, code=code, request_id=request_id
        )
    if status == 403:
        return PermissionMissingError(
            permission=_permission(inner) or _permission(outer),
            status=status,
            code=code,
            request_id=request_id,
        )
    if status == 404:
        return NotFoundError(
            Reason.NOT_FOUND, status=status, code=code, request_id=request_id
        )
    parameter = inner.get("parameterName", outer.get("parameterName"))
    return RejectedError(
        status=status,
        code=code,
        request_id=request_id,
        parameter=parameter if isinstance(parameter, str) else None,
    )


def error_from_token_answer(
    status: int, headers: Mapping[str, object], body: Any
) -> RingCentralError:
    """Turn a refusing answer of the token endpoint into an error.

    Only 400, 401 and 403 with an OAuth `error` that refuses speak about the
    credentials. A captive portal or a proxy may answer anything else, which says
    nothing about them.
    """
    if status == 429 or status >= 500:
        return error_from_answer(status, headers, body)
    outer = body if isinstance(body, dict) else {}
    word = outer.get("error")
    request_id = request_id_of(headers)
    if (
        status in (400, 401, 403)
        and isinstance(word, str)
        and (reason := _REFUSED_GRANTS.get(word)) is not None
    ):
        errors = outer.get("errors")
        first = errors[0] if isinstance(errors, list) and errors else None
        return AuthenticationError(
            reason,
            status=status,
            code=error_code(first.get("errorCode"))
            if isinstance(first, dict)
            else None,
            request_id=request_id,
        )
    return ConnectionFailedError(
        Reason.UNEXPECTED_ANSWER, status=status, request_id=request_id
    )


def retry_after(headers: Mapping[str, object]) -> float | None:
    """Return the seconds of a `Retry-After` header; None if missing or unusable.

    Zero is unusable: after it the same would happen again at once. So is more than an
    hour: no reload would help against it.
    """
    value = headers.get("Retry-After")
    try:
        seconds = float(value) if isinstance(value, str) else 0.0
    except ValueError:
        return None
    return min(seconds, _LONGEST_WAIT) if 0 < seconds <= 86400 else None


def error_code(value: object) -> str | None:
    """Return an error code if it looks like one: it ends up in logs."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else None


def request_id_of(headers: Mapping[str, object]) -> str | None:
    """Return the id of a request if it looks like one: it ends up in logs."""
    value = headers.get("RCRequestId")
    return value if isinstance(value, str) and _REQUEST_ID.fullmatch(value) else None


def _permission(error: Mapping[str, Any]) -> str | None:
    """Return the permission that an error names; the key has two spellings."""
    for key in ("permissionName", "permissionsName"):
        if isinstance(name := error.get(key), str) and name.isidentifier():
            return name
    message = error.get("message")
    found = _PERMISSION_IN_MESSAGE.search(message) if isinstance(message, str) else None
    return found.group(1) if found else None


def describe_origin(err: BaseException) -> str:
    """Say what an unexpected error is and where it was raised.

    Neither text nor traceback: both may show what the platform said.
    """
    place = traceback.extract_tb(err.__traceback__)[-1]
    return f"{type(err).__name__} in {place.name}, line {place.lineno}"

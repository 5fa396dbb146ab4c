"""Error bodies of the platform, and the exception that carries one to the edge."""

from collections.abc import Mapping

from .wire import JsonObject, JsonValue


class ApiError(Exception):
    """A request is answered with an error."""

    def __init__(
        self,
        status: int,
        body: JsonObject,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Initialize with the response to send."""
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def rest_error(
    status: int,
    code: str,
    message: str,
    *,
    top: str | None = None,
    headers: Mapping[str, str] | None = None,
    **extra: str,
) -> ApiError:
    """Build a REST error: the first error is repeated at top level, where its code may have an older name."""
    inner: JsonObject = {"errorCode": code, "message": message, **extra}
    body: JsonObject = {
        "errorCode": top or code,
        "message": message,
        "errors": [inner],
        **extra,
    }
    return ApiError(status, body, headers)


def oauth_error(
    error: str,
    code: str,
    description: str,
    *,
    status: int = 400,
    parameters: Mapping[str, str] | None = None,
) -> ApiError:
    """Build an error of the OAuth endpoints."""
    inner: JsonObject = {"errorCode": code, "message": description}
    if parameters:
        inner["parameters"] = [
            {"parameterName": name, "parameterValue": value}
            for name, value in parameters.items()
        ]
    return ApiError(
        status,
        {"error": error, "errors": [inner], "error_description": description},
    )


def invalid_parameter(name: str, *, code: str = "CMN-101") -> ApiError:
    """400: a parameter has a bad value."""
    return rest_error(
        400,
        code,
        f"Parameter [{name}] value is invalid",
        top="InvalidParameter",
        parameterName=name,
    )


def not_found(parameter: str) -> ApiError:
    """404: the resource that a parameter names does not exist."""
    return rest_error(
        404,
        "CMN-102",
        f"Resource for parameter [{parameter}] is not found",
        parameterName=parameter,
    )


def unknown_path() -> ApiError:
    """404 of the gateway in front of the platform, with its empty list of errors."""
    errors: JsonValue = []
    return ApiError(
        404,
        {"errorCode": "AGW-404", "message": "Resource not found", "errors": errors},
    )


def app_permission_missing(permission: str) -> ApiError:
    """403: the app registration lacks a permission."""
    return rest_error(
        403,
        "CMN-401",
        "In order to call this API endpoint, application needs to have "
        f"[{permission}] permission",
        top="InsufficientPermissions",
        permissionName=permission,
    )


def user_permission_missing(permission: str) -> ApiError:
    """403: the role of the signed-in user lacks a permission."""
    return rest_error(
        403,
        "CMN-408",
        "In order to call this API endpoint, user needs to have "
        f"[{permission}] permission for requested resource.",
        permissionName=permission,
    )


def other_extension(permission: str) -> ApiError:
    """403: only with extended scope; the key really is spelled `permissionsName`."""
    return rest_error(
        403,
        "CMN-419",
        "In order to call this API endpoint for another extension, user needs to have "
        f"[{permission}] permission granted with extended scope",
        permissionsName=permission,
    )


def wrong_extension_type() -> ApiError:
    """403: the operation is for people; this is a queue or the like."""
    return rest_error(
        403,
        "CMN-403",
        "This feature is not available for the type of the extension",
        top="FeatureNotAvailable",
    )


def token_not_found() -> ApiError:
    """401: an access token that was revoked, rotated long ago, or never existed."""
    return rest_error(401, "OAU-213", "Token not found", top="TokenInvalid")


def token_corrupted() -> ApiError:
    """401: an access token that a refresh has just replaced."""
    return rest_error(401, "OAU-129", "Access token corrupted", top="TokenInvalid")


def token_expired() -> ApiError:
    """401: an access token past its life."""
    return rest_error(401, "OAU-128", "Access token expired", top="TokenExpired")


def no_authorization() -> ApiError:
    """401: no Authorization header."""
    return rest_error(401, "AGW-401", "Authorization header is not specified")


def bad_authorization() -> ApiError:
    """401: an Authorization header that is no bearer token."""
    return rest_error(401, "AGW-402", "Authorization header value is invalid")


def rate_exceeded(headers: Mapping[str, str]) -> ApiError:
    """429: the bucket of the request's group is empty."""
    return rest_error(429, "CMN-301", "Request rate exceeded", headers=headers)


def maintenance(headers: Mapping[str, str] | None = None) -> ApiError:
    """503: the platform is being worked on."""
    return rest_error(
        503,
        "CMN-211",
        "Service is temporarily unavailable",
        top="MaintenanceMode",
        headers=headers,
    )

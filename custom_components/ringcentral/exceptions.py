"""The one place where errors of the platform become errors of Home Assistant."""

from math import ceil
from typing import Final

from homeassistant.exceptions import (
    ConfigEntryAuthFailed,
    HomeAssistantError,
    ServiceValidationError,
)
from homeassistant.helpers.update_coordinator import UpdateFailed

from .api.exceptions import (
    DEFAULT_PENALTY,
    AuthenticationError,
    NotFoundError,
    PermissionMissingError,
    RejectedError,
    RingCentralError,
    TemporaryError,
)
from .const import DOMAIN

# What the developer console calls the permissions that the platform names.
_CONSOLE_LABELS: Final = {
    "ReadAccounts": "Read Accounts",
    "ReadContacts": "Read Contacts",
    "ReadPresence": "Read Presence",
    "EditPresence": "Edit Presence",
    "SubscriptionWebSocket": "WebSocket Subscriptions",
    "WebSocket": "WebSocket Subscriptions",
    "WebSocketsSubscription": "WebSocket Subscriptions",
    "WebSocketSubscription": "WebSocket Subscriptions",
}
# The user's role lacks it, not the app.
_USER_PERMISSION_CODES: Final = frozenset({"CMN-408", "CMN-419"})
_OTHER_EXTENSION_CODE: Final = "CMN-419"
_DND_PARAMETERS: Final = frozenset({"dndStatus", "dndStatusPersonal"})
# This one is named in a sentence only, which may be localised.
_PERMISSION_OF_CODE: Final = {"SUB-528": "SubscriptionWebSocket"}


def translation_key(err: RingCentralError) -> str:
    """Return the key of the text that says what to do, in `exceptions` and forms."""
    if not isinstance(err, PermissionMissingError):
        return err.reason.value
    if permission_of(err) is None:
        return "not_permitted"
    if err.code in _USER_PERMISSION_CODES:
        return "user_permission_missing"
    return "app_permission_missing"


def translation_placeholders(err: RingCentralError) -> dict[str, str]:
    """Return what the texts may mention; nothing personal among it."""
    wait = err.retry_after if isinstance(err, TemporaryError) else None
    return {
        "code": err.code or (f"HTTP {err.status}" if err.status else "-"),
        "permission": permission_label(permission_of(err)),
        "request_id": err.request_id or "-",
        "seconds": str(max(1, ceil(DEFAULT_PENALTY if wait is None else wait))),
    }


def permission_label(permission: str | None) -> str:
    """Return what the developer console calls a permission that the platform names."""
    return "-" if permission is None else _CONSOLE_LABELS.get(permission, permission)


def permission_of(err: RingCentralError) -> str | None:
    """Return the permission that is missing, if it is known."""
    if not isinstance(err, PermissionMissingError):
        return None
    return err.permission or _PERMISSION_OF_CODE.get(err.code or "")


def update_error(err: RingCentralError) -> HomeAssistantError:
    """Return what a coordinator raises: to sign in again, or to try again later."""
    if isinstance(err, AuthenticationError):
        return ConfigEntryAuthFailed(
            translation_domain=DOMAIN,
            translation_key=translation_key(err),
            translation_placeholders=translation_placeholders(err),
        )
    return UpdateFailed(
        translation_domain=DOMAIN,
        translation_key=translation_key(err),
        translation_placeholders=translation_placeholders(err),
        retry_after=err.retry_after if isinstance(err, TemporaryError) else None,
    )


def action_error(err: RingCentralError) -> HomeAssistantError:
    """Return what an action raises."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=_action_translation_key(err),
        translation_placeholders=translation_placeholders(err),
    )


def _action_translation_key(err: RingCentralError) -> str:
    """Return the key of the text for whoever wants to change an extension."""
    if isinstance(err, RejectedError) and err.parameter in _DND_PARAMETERS:
        return "dnd_rejected"
    if err.code == _OTHER_EXTENSION_CODE and permission_of(err) is not None:
        return "other_extension_not_permitted"
    if isinstance(err, NotFoundError):
        return "extension_not_found"
    return translation_key(err)


def failed_action(key: str, **placeholders: str) -> HomeAssistantError:
    """Return what an action raises that failed without an error of the platform."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )


def invalid_action(key: str, **placeholders: str) -> ServiceValidationError:
    """Return what an action raises that nobody could carry out."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )

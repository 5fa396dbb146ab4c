"""The one place where errors of the platform become errors of Home Assistant."""

from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError
from homeassistant.helpers.update_coordinator import UpdateFailed

from .api.errors import (
    AuthenticationError,
    PermissionMissingError,
    RingCentralError,
    TemporaryError,
)
from .const import DOMAIN

# What the developer console calls the permissions that the platform names.
_CONSOLE_LABELS = {
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
_USER_PERMISSION_CODES = frozenset({"CMN-408", "CMN-419"})


def translation_key(err: RingCentralError) -> str:
    """Return the key of the text that says what to do, in `exceptions` and forms."""
    if isinstance(err, PermissionMissingError):
        if err.code in _USER_PERMISSION_CODES:
            return "user_permission_missing"
        return "app_permission_missing"
    return err.reason.value


def translation_placeholders(err: RingCentralError) -> dict[str, str]:
    """Return what the texts may mention; nothing personal among it."""
    wait = err.retry_after if isinstance(err, TemporaryError) else None
    permission = err.permission if isinstance(err, PermissionMissingError) else None
    return {
        "code": err.code or (f"HTTP {err.status}" if err.status else "-"),
        "permission": _CONSOLE_LABELS.get(permission or "", permission or "?"),
        "request_id": err.request_id or "-",
        "seconds": str(round(wait)) if wait else "60",
    }


def as_update_error(err: RingCentralError) -> HomeAssistantError:
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

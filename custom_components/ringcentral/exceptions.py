"""Translate errors of the platform for flows, coordinator and actions."""

from collections.abc import Iterable
from math import ceil
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import (
    ConfigEntryAuthFailed,
    HomeAssistantError,
    ServiceValidationError,
)
from homeassistant.helpers.translation import async_get_translations
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

# Names of permissions in the developer console.
_CONSOLE_LABELS: Final = {
    "CallControl": "Call Control",
    "ReadAccounts": "Read Accounts",
    "ReadContacts": "Read Contacts",
    "ReadMessages": "Read Messages",
    "ReadPresence": "Read Presence",
    "EditPresence": "Edit Presence",
    "RingOut": "RingOut",
    "SubscriptionWebSocket": "WebSocket Subscriptions",
    "TelephonySessions": "Call Control",
    "WebSocket": "WebSocket Subscriptions",
    "WebSocketsSubscription": "WebSocket Subscriptions",
    "WebSocketSubscription": "WebSocket Subscriptions",
}
# The user lacks the permission, not the app.
_USER_PERMISSION_CODES: Final = frozenset({"CMN-408", "CMN-419"})
_OTHER_EXTENSION_CODE: Final = "CMN-419"
# A number is invalid; the general code says so only of a request that has one.
_NUMBER_CODES: Final = frozenset({"TEL-108", "TEL-109"})
_PARAMETER_CODE: Final = "CMN-101"
# Blocked number or caller ID, or a plan without the feature.
_DIAL_CODES: Final = frozenset(
    {"BIL-103", "CMN-112", "CMN-113", "RNG-102", "TEL-101", "TEL-102", "TEL-107"}
)
_DND_PARAMETERS: Final = frozenset({"dndStatus", "dndStatusPersonal"})
# The permission is only named in the message, which may be localised.
_PERMISSION_OF_CODE: Final = {"SUB-528": "SubscriptionWebSocket"}


def translation_key(err: RingCentralError) -> str:
    """Return the key of the text in `exceptions`, and in `error` of forms."""
    if not isinstance(err, PermissionMissingError):
        return err.reason.value
    if permission_of(err) is None:
        return "not_permitted"
    if err.code in _USER_PERMISSION_CODES:
        return "user_permission_missing"
    return "app_permission_missing"


def translation_placeholders(err: RingCentralError) -> dict[str, str]:
    """Return the placeholders of the texts, without personal data."""
    wait = err.retry_after if isinstance(err, TemporaryError) else None
    return {
        "code": err.code or (f"HTTP {err.status}" if err.status else "-"),
        "permission": permission_label(permission_of(err)),
        "request_id": err.request_id or "-",
        "seconds": str(max(1, ceil(DEFAULT_PENALTY if wait is None else wait))),
    }


def form_error(
    error: RingCentralError | str | None,
) -> tuple[dict[str, str], dict[str, str]]:
    """Return `errors` and `description_placeholders` of a form."""
    if error is None:
        return {}, {}
    if isinstance(error, str):
        return {"base": error}, {}
    return {"base": translation_key(error)}, translation_placeholders(error)


def permission_label(permission: str | None) -> str:
    """Return the name of a permission in the developer console."""
    return "-" if permission is None else _CONSOLE_LABELS.get(permission, permission)


def permission_of(err: RingCentralError) -> str | None:
    """Return the missing permission, if it is known."""
    if not isinstance(err, PermissionMissingError):
        return None
    return err.permission or _PERMISSION_OF_CODE.get(err.code or "")


def update_error(err: RingCentralError) -> HomeAssistantError:
    """Return the error that a coordinator raises."""
    text = _translation(translation_key(err), translation_placeholders(err))
    if isinstance(err, AuthenticationError):
        return ConfigEntryAuthFailed(**text)
    retry_after = err.retry_after if isinstance(err, TemporaryError) else None
    return UpdateFailed(**text, retry_after=retry_after)


def action_error(err: RingCentralError) -> HomeAssistantError:
    """Return the error that an action raises."""
    return failed_action(_action_translation_key(err), **translation_placeholders(err))


def _action_translation_key(err: RingCentralError) -> str:
    if isinstance(err, RejectedError) and err.parameter in _DND_PARAMETERS:
        return "dnd_rejected"
    if err.code == _OTHER_EXTENSION_CODE and permission_of(err) is not None:
        return "other_extension_not_permitted"
    if isinstance(err, NotFoundError):
        return "extension_not_found"
    return translation_key(err)


def control_error(
    err: RingCentralError, *, has_number: bool = False, is_others: bool = False
) -> HomeAssistantError:
    """Return the error of an action on a call, or of a request that dials.

    `has_number` is whether the request contained a number, `is_others` whether the call
    is that of another user.
    """
    placeholders = translation_placeholders(err)
    if err.code in _NUMBER_CODES or (has_number and err.code == _PARAMETER_CODE):
        return invalid_action("number_rejected", **placeholders)
    if err.code in _DIAL_CODES:
        return failed_action("dial_refused", **placeholders)
    key = translation_key(err)
    if (
        is_others
        and key != "app_permission_missing"
        and isinstance(err, PermissionMissingError | NotFoundError)
    ):
        key = "others_refused"
    return failed_action(key, **placeholders)


def failed_action(key: str, **placeholders: str) -> HomeAssistantError:
    """Return the error of an action that failed."""
    return HomeAssistantError(**_translation(key, placeholders))


async def async_not_applied(
    hass: HomeAssistant, settings: Iterable[str]
) -> HomeAssistantError:
    """Return the error of settings that the platform did not apply, by their names."""
    # In English if the language has no translation.
    texts = await async_get_translations(
        hass, hass.config.language, "services", {DOMAIN}
    )
    fields = f"component.{DOMAIN}.services.set_presence.fields"
    names = (texts[f"{fields}.{setting}.name"] for setting in settings)
    return failed_action("settings_not_taken_over", settings=", ".join(names))


def invalid_action(key: str, **placeholders: str) -> ServiceValidationError:
    """Return the error of an action that is not possible."""
    return ServiceValidationError(**_translation(key, placeholders))


def _translation(key: str, placeholders: dict[str, str]) -> dict[str, Any]:
    return {
        "translation_domain": DOMAIN,
        "translation_key": key,
        "translation_placeholders": placeholders,
    }

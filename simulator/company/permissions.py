"""Permissions of the app and of the signed-in user, and which include which."""

CALL_CONTROL = "CallControl"

_INCLUDED: dict[str, frozenset[str]] = {
    "EditPresence": frozenset({"ReadPresence"}),
    "EditMessages": frozenset({"ReadMessages"}),
    "Contacts": frozenset({"ReadContacts"}),
    "EditAccounts": frozenset({"ReadAccounts"}),
    "Accounts": frozenset({"ReadAccounts", "EditAccounts", "EditExtensions"}),
    # The former name.
    "TelephonySessions": frozenset({CALL_CONTROL}),
}

APP_PERMISSIONS = (
    "ReadAccounts",
    "ReadContacts",
    "Contacts",
    "ReadPresence",
    "EditPresence",
    "ReadMessages",
    "ReadCallLog",
    CALL_CONTROL,
    "RingOut",
    "WebSocket",
    "SubscriptionWebSocket",
)

USER_PERMISSIONS = (
    "ReadPresenceStatus",
    "EditPresenceStatus",
    "ReadPresenceSettings",
    "EditPresenceSettings",
    "ReadExtensions",
    "ReadCompanyInfo",
    "ReadPersonalContacts",
    "EditPersonalContacts",
    "ReadMessages",
    "ReadUserDevices",
    "ReadCallLog",
    "FullCompanyCallLog",
    "HUD",
)
# An account has the ones above at first.
KNOWN_APP_PERMISSIONS = frozenset({*APP_PERMISSIONS, *_INCLUDED})
KNOWN_USER_PERMISSIONS = frozenset({*USER_PERMISSIONS, "EditMessages"})


def granted(permissions: set[str], wanted: str) -> bool:
    """Return whether a set contains a permission or one that includes it."""
    return wanted in permissions or any(
        wanted in _INCLUDED.get(permission, ()) for permission in permissions
    )


def shown_name(permission: str, control_name: str) -> str:
    """Return the name of a permission, of which one was renamed."""
    return control_name if permission == CALL_CONTROL else permission


def set_permission(permissions: set[str], name: str, is_granted: bool) -> None:
    """Grant a permission, or take it away with all that include it."""
    if is_granted:
        permissions.add(name)
    else:
        permissions.difference_update(
            [item for item in permissions if granted({item}, name)]
        )

"""Permissions of the app and of the signed-in user, and which include which."""

_INCLUDED: dict[str, frozenset[str]] = {
    "EditPresence": frozenset({"ReadPresence"}),
    "EditMessages": frozenset({"ReadMessages"}),
    "Contacts": frozenset({"ReadContacts"}),
    "EditAccounts": frozenset({"ReadAccounts"}),
    "Accounts": frozenset({"ReadAccounts", "EditAccounts", "EditExtensions"}),
    # The former name.
    "TelephonySessions": frozenset({"CallControl"}),
}

APP_PERMISSIONS = (
    "ReadAccounts",
    "ReadContacts",
    "Contacts",
    "ReadPresence",
    "EditPresence",
    "ReadMessages",
    "ReadCallLog",
    "CallControl",
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


def set_permission(permissions: set[str], name: str, is_granted: bool) -> None:
    """Grant a permission, or take it away with all that include it."""
    if is_granted:
        permissions.add(name)
    else:
        permissions.difference_update(
            [item for item in permissions if granted({item}, name)]
        )

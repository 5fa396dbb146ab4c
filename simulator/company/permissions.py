"""Permissions of the app and of the signed-in user, and which include which."""

_INCLUDED: dict[str, frozenset[str]] = {
    "EditPresence": frozenset({"ReadPresence"}),
    "Contacts": frozenset({"ReadContacts"}),
    "EditAccounts": frozenset({"ReadAccounts"}),
    "Accounts": frozenset({"ReadAccounts", "EditAccounts", "EditExtensions"}),
}

APP_PERMISSIONS = (
    "ReadAccounts",
    "ReadContacts",
    "Contacts",
    "ReadPresence",
    "EditPresence",
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
    "HUD",
)


def granted(permissions: set[str], wanted: str) -> bool:
    """Return whether a set contains a permission or one that includes it."""
    return wanted in permissions or any(
        wanted in _INCLUDED.get(permission, ()) for permission in permissions
    )

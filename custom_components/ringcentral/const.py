"""Constants of the RingCentral integration."""

from datetime import timedelta
import logging
from typing import Final

DOMAIN: Final = "ringcentral"
MANUFACTURER: Final = "RingCentral"
LOGGER: Final = logging.getLogger(__package__)

DEFAULT_SERVER: Final = "https://platform.ringcentral.com"
# Pages of users by server; those of other brands have other addresses.
WEB_APPS: Final = {DEFAULT_SERVER: "https://app.ringcentral.com"}
# The platform of AT&T Office@Hand and Verizon.
PARTNER_SERVER: Final = "https://platform.ringcentral.biz"
DOCUMENTATION_URL: Final = (
    "https://github.com/ringcentral-presence/ringcentral-presence"
    "/blob/main/docs/installation.md"
)
CONSOLE_URL: Final = "https://developers.ringcentral.com/my-account.html#/applications"

# Permissions of the app, by their names in the developer console.
PERMISSIONS: Final = ("Read Accounts", "Read Presence", "WebSocket Subscriptions")
# To set the own presence, to show favorites and voicemails, and to control calls; by
# placeholder of the forms.
OPTIONAL_PERMISSIONS: Final = {
    "edit_presence": "Edit Presence",
    "read_contacts": "Read Contacts",
    "read_messages": "Read Messages",
    "ring_out": "RingOut",
    "call_control": "Call Control",
}

# `auth_implementation` of an entry that signed in with a JWT.
AUTH_JWT: Final = "jwt"
# Client secret of an app without one: Home Assistant's dialog requires a text.
PUBLIC_APP: Final = "-"

# Type of the subentries that are groups.
SUBENTRY_GROUP: Final = "group"

CONF_ACCOUNT_ID: Final = "account_id"
CONF_ADVANCED: Final = "advanced"
CONF_AUTH_IMPLEMENTATION: Final = "auth_implementation"
CONF_BRAND_ID: Final = "brand_id"
CONF_CALL_CONTROL: Final = "call_control"
CONF_DEPARTMENTS: Final = "departments"
CONF_DIAL_FROM: Final = "dial_from"
CONF_EXTENSION_ID: Final = "extension_id"
CONF_EXTENSIONS: Final = "extensions"
CONF_GROUPS: Final = "groups"
CONF_JWT: Final = "jwt"
CONF_MORE_SENSORS: Final = "more_sensors"
CONF_ON_THE_PHONE: Final = "on_the_phone"
CONF_PHONE: Final = "phone"
CONF_PLAY_PROMPT: Final = "play_prompt"
CONF_PRIVACY: Final = "privacy"
CONF_QUEUE: Final = "queue"
CONF_SERVER: Final = "server"
CONF_SITES: Final = "sites"
CONF_STORAGE_KEY: Final = "storage_key"

# While updates are pushed; an event may have been lost on its way.
SAFETY_POLL_INTERVAL: Final = timedelta(minutes=15)
# Without push. One request of the Heavy rate group returns up to 1,000 extensions.
POLL_INTERVAL: Final = timedelta(minutes=1)
POLLED_PER_REQUEST: Final = 1000
# From the loss of push to the first poll in seconds: most connections are back by then.
FIRST_POLL_AFTER: Final = 60.0
# A state that was not confirmed for this long, in seconds, is not shown any more.
GRACE: Final = 120.0
# Extensions that need a refresh are collected for this long, in seconds.
COLLECT_FOR: Final = 2.0
# Entities of a new extension wait this long for its presence, in seconds.
HELD_AT_MOST: Final = 5.0
# Minimum interval between refreshes in seconds; doubled with each failure.
REFETCH_INTERVAL: Final = 10.0
REFETCH_INTERVAL_AT_MOST: Final = 60.0

# Sensor that stands for its extension: park locations have it too, and it is enabled at
# any number of extensions.
MAIN_KEY: Final = "telephony_status"
# Sensor of the signed-in user's own extension only, as the selects are.
VOICEMAIL_KEY: Final = "new_voicemails"

"""Constants of the RingCentral integration."""

from datetime import timedelta
import logging
from typing import Final

DOMAIN: Final = "ringcentral"
MANUFACTURER: Final = "RingCentral"
LOGGER: Final = logging.getLogger(__package__)

DEFAULT_SERVER: Final = "https://platform.ringcentral.com"
# AT&T Office@Hand and Verizon have a platform of their own.
PARTNER_SERVER: Final = "https://platform.ringcentral.biz"
DOCUMENTATION_URL: Final = (
    "https://github.com/ringcentral-presence/ringcentral-presence"
    "/blob/main/docs/installation.md"
)
CONSOLE_URL: Final = "https://developers.ringcentral.com/my-account.html#/applications"

# `auth_implementation` of an entry that signed in with a JWT credential.
AUTH_JWT: Final = "jwt"
# Entered as the secret of an app without one: Home Assistant's dialog insists on a text.
PUBLIC_APP: Final = "-"

CONF_ACCOUNT_ID: Final = "account_id"
CONF_ADVANCED: Final = "advanced"
CONF_AUTH_IMPLEMENTATION: Final = "auth_implementation"
CONF_BRAND_ID: Final = "brand_id"
CONF_DEPARTMENTS: Final = "departments"
CONF_EXTENSION_ID: Final = "extension_id"
CONF_EXTENSIONS: Final = "extensions"
CONF_GROUPS: Final = "groups"
CONF_JWT: Final = "jwt"
CONF_PRIVACY: Final = "privacy"
CONF_SERVER: Final = "server"
CONF_SITES: Final = "sites"

# Beside push: a slow look by REST, in case an event was lost on its way.
SAFETY_POLL: Final = timedelta(minutes=15)
# Without push. One Heavy request answers for a thousand extensions.
POLL: Final = timedelta(minutes=1)
POLLED_PER_REQUEST: Final = 1000
# From the loss of push to the first poll in its place: most losses are over by then.
POLL_AFTER: Final = 60.0
# How long a picture that nothing confirms is still shown.
GRACE: Final = 120.0
# How long incomplete pictures are collected before they are fetched together.
REFETCH_AFTER: Final = 2.0
# At most one such fetch in so many seconds.
REFETCH_INTERVAL: Final = 10.0
# Twice as long after each failure, up to this.
REFETCH_INTERVAL_AT_MOST: Final = 60.0

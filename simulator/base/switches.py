"""Switches for each behavior of the platform that sources leave open.

A switch stays as it is set; a fault (`faults.py`) ends after a while.
"""

from dataclasses import dataclass, fields
from typing import Literal, get_args, get_origin, get_type_hints

from .control_switches import ControlSwitches, switch as _switch
from .wire import JsonObject, JsonValue


@dataclass(slots=True, kw_only=True)
class Switches(ControlSwitches):
    """Behavior of the simulated platform where sources leave it open."""

    # OAuth
    access_token_life: int = _switch(
        3600, "Seconds an access token lives: 3600 by the guide, 7200 in samples"
    )
    refresh_token_life: int = _switch(604800, "Seconds a refresh token lives")
    refresh_tokens: bool = _switch(
        True, "The app issues refresh tokens, or has that setting off"
    )
    refresh_grace_used: int = _switch(
        10, "Seconds an old refresh token lives on after use of the new access token"
    )
    refresh_grace_unused: int = _switch(
        3600, "The same while the new access token has not been used"
    )
    session_limit: int = _switch(5, "OAuth sessions per user and app")
    sixth_sign_in: Literal["revoke", "refuse"] = _switch(
        "revoke", "A sign-in over the limit revokes the oldest session, or gets 429"
    )
    session_id_in_token: bool = _switch(
        True, "Token answers carry session_id, or, as in older recordings, do not"
    )
    public_app_with_basic: Literal["accept", "refuse"] = _switch(
        "accept", "A public app's Basic header with empty secret: taken or refused"
    )
    wrong_secret_status: Literal[400, 401] = _switch(
        400, "HTTP status for a wrong client secret"
    )
    wrong_secret_code: Literal["OAU-146", "OAU-153"] = _switch(
        "OAU-146", "Error code for a wrong client secret"
    )

    # Rate limits
    rate_limits: bool = _switch(True, "Rate limits are enforced, or only counted")
    light_limit: int = _switch(50, "Requests per window in the group Light")
    medium_limit: int = _switch(40, "Requests per window in the group Medium")
    heavy_limit: int = _switch(10, "Requests per window in the group Heavy")
    auth_limit: int = _switch(5, "Requests per window in the group Auth")
    rate_window: int = _switch(60, "Seconds of the sliding window")
    rate_penalty: int = _switch(60, "Seconds of the penalty; each request restarts it")
    rate_limit_headers: bool = _switch(
        True, "X-Rate-Limit-* on answers, or absent as in rare cases"
    )
    retry_after: bool = _switch(True, "Retry-After on 429, or absent")
    auth_limit_per: Literal["user", "app"] = _switch(
        "user", "The Auth group counts per user and app, or per app"
    )
    bulk_cost: Literal["one", "each"] = _switch(
        "one", "A bulk request costs one request, or one per extension"
    )

    date_offset: int = _switch(
        0, "Seconds that the Date of answers is off, as behind a proxy"
    )

    # WebSocket token and connection
    wstoken_life: int = _switch(60, "Seconds a wstoken lives: 30, 60 and 600 seen")
    wstoken_single_use: bool = _switch(
        False, "A wstoken opens one connection, or a new one that ends the older"
    )
    bad_wstoken: Literal["error", "close", "refuse"] = _switch(
        "error",
        "Bad wstoken: Error message and close, bare close, or 401 at the upgrade",
    )
    recovery_timeout: int = _switch(180, "Seconds a lost session can be recovered")
    recovery_buffer_size: int = _switch(100, "Messages kept for a lost session")
    recovery: bool = _switch(True, "Recovery works, or always ends in Failed")
    replay_repeats: int = _switch(
        0, "Messages already delivered that a replay repeats before the missed ones"
    )
    recovery_of_lost: Literal["failed", "successful"] = _switch(
        "failed",
        "Recovery of a session whose subscription has vanished: Failed as without any, "
        "or Successful",
    )
    idle_timeout: int = _switch(1800, "Seconds without messages until WSG-902")
    notifications_reset_idle: bool = _switch(
        True, "Notifications count as traffic for the idle timeout, or do not"
    )
    absolute_timeout: int = _switch(86400, "Seconds until WSG-903")
    max_connections: int = _switch(50, "Connections per OAuth session")
    ping_interval: int = _switch(60, "Seconds between server pings, 0 for none")
    pong_required: bool = _switch(
        False, "A missing pong ends the connection after 10 s, or is ignored"
    )
    wsc_on_replies: bool = _switch(
        False, "wsc on ConnectionDetails only, or on every reply too"
    )
    socket_ends_with: Literal["session", "access_token"] = _switch(
        "session", "A socket lives as long as the OAuth session, or the access token"
    )
    escape_slashes: bool = _switch(False, "`/` or `\\/` in the JSON of frames")
    subscription_id_header: bool = _switch(
        True, "WSG-SubscriptionId on replies, or none as since 2025"
    )
    socket_rate_limit_headers: bool = _switch(
        False, "X-Rate-Limit-* on replies over the socket, or none as since 2025"
    )

    # Subscriptions
    subscription_limit: int = _switch(30, "Subscriptions per user and app: 20 or 30")
    unknown_extension: Literal["refuse", "accept"] = _switch(
        "refuse", "A filter for an unknown id spoils the request, or is ignored"
    )
    group_presence: Literal["refuse", "accept"] = _switch(
        "refuse", "Presence filter of a queue or menu: 403 SUB-402, or taken"
    )
    overlapping_filters: Literal["one", "each"] = _switch(
        "one", "Two filters that match one extension: one notification or two"
    )
    line_event: Literal["filter", "extension"] = _switch(
        "filter", "`event` of lines and favorites: the filter, or the extension's URI"
    )
    account_sip_data: bool = _switch(
        True, "SIP data in events of the account filter, or none"
    )
    extension_list_event: Literal["list", "flat"] = _switch(
        "list", "Body of an extension-list event: `extensions` array, or flat"
    )

    # Event bodies
    extension_id_type: Literal["string", "number"] = _switch(
        "string", "body.extensionId as documented, or as in every recording"
    )
    telephony_bodies: Literal["full", "minimal"] = _switch(
        "full", "Telephony events with all fields, or without presence fields"
    )
    presence_bodies: Literal["partial", "full"] = _switch(
        "partial", "Other events without calls, or with all fields"
    )
    sequence: Literal["shared", "gapless"] = _switch(
        "shared", "One counter for all extensions with gaps, or by 1 per extension"
    )
    call_id_changes: bool = _switch(
        True, "A call gets a new id when it connects, or keeps the first"
    )
    replaced_party: Literal["listed", "left_out"] = _switch(
        "listed", "A party that another one replaces is listed once more, or left out"
    )
    start_time_of: Literal["ring", "session"] = _switch(
        "ring", "startTime of a later party: of its own ring, or of the session"
    )
    termination_type: bool = _switch(
        True, "Ended calls carry terminationType, or do not as in 2015"
    )
    total_counts_ended: bool = _switch(
        False, "totalActiveCalls counts the call that just ended, or does not"
    )
    call_info: bool = _switch(False, "Queue calls carry callInfo, or do not")
    hidden_presence: Literal["offline", "visible"] = _switch(
        "offline", "What others see of allowSeeMyPresence=false"
    )
    dnd_status: Literal["sent", "Unknown", "missing"] = _switch(
        "sent", "dndStatus for users: as set, or as with the new call handling"
    )
    dnd_status_personal: bool = _switch(
        False, "dndStatusPersonal and acceptCallQueueCalls are sent, or not"
    )
    unknown_values: bool = _switch(
        False, "meetingStatus has a value that no document names"
    )
    extra_fields: bool = _switch(False, "Bodies and calls carry undocumented fields")

    # REST
    lines_api: bool = _switch(
        True, "presence/line is open to the app, or internal: 403"
    )
    lines_max: int = _switch(100, "HUD limit of monitored lines")
    edit_presence: Literal["own", "any", "ignored"] = _switch(
        "own",
        "A user may change the own presence, or that of anybody; or a change is "
        "answered with 200 and not made",
    )

    # Queues
    queue_call: Literal["session", "each"] = _switch(
        "session", "A queue call is one session, or one for each agent that it rings"
    )
    queue_event: Literal["records", "flat", "missing"] = _switch(
        "records",
        "Event of a queue: `records` of members, flat and one per member, or none",
    )
    queue_answer: Literal["whole", "changed"] = _switch(
        "whole", "A changed queue presence is answered with all records, or the changed"
    )
    queue_edit: Literal["managers", "own", "refused", "ignored"] = _switch(
        "managers",
        "The user manages all queues, changes only the own presence in queues, or "
        "nothing; or a change is answered with 200 and not made",
    )
    queue_editable: bool = _switch(
        True, "Members may log in and out themselves, or only managers do it"
    )

    # Voicemail
    voicemail_type: Literal["VoiceMail", "Voicemail"] = _switch(
        "VoiceMail", "Type of a voicemail in the message store and its events"
    )
    voicemail_id_type: Literal["number", "string"] = _switch(
        "number", "Ids of voicemails are numbers, or text"
    )
    voicemail_total: bool = _switch(
        True, "The message store sends totals of its pages, or does not"
    )
    zero_counts: bool = _switch(
        True, "Events of the message store carry counts of 0, or leave them out"
    )
    foreign_mailbox: Literal["silent", "disabled", "refused"] = _switch(
        "silent",
        "Filter on messages of others: accepted and silent, disabled, or 403 SUB-405",
    )

    def change(self, name: str, value: JsonValue) -> None:
        """Set a switch by name; a string is converted, as the command line needs.

        Raises ValueError for an unknown switch or value.
        """
        if name not in self.names():
            raise ValueError(f"Unknown switch {name}")
        hint = get_type_hints(Switches)[name]
        choices: tuple[str | int | bool, ...] = ()
        if get_origin(hint) is Literal:
            choices = get_args(hint)
        elif hint is bool:
            choices = (True, False)
        if choices:
            if isinstance(value, str) and value not in choices:
                # Two values may differ in case only.
                by_text = {str(choice).lower(): choice for choice in choices}
                value = by_text.get(value.lower(), value)
            for choice in choices:
                if value == choice:
                    setattr(self, name, choice)
                    return
            raise ValueError(
                f"{name} is one of {', '.join(str(choice) for choice in choices)}"
            )
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError(f"{name} is a whole number")  # noqa: TRY004
        setattr(self, name, int(value))

    @staticmethod
    def names() -> list[str]:
        """Return the names of all switches."""
        return [item.name for item in fields(Switches)]

    @staticmethod
    def documentation() -> dict[str, str]:
        """Return what each switch means."""
        return {item.name: str(item.metadata["doc"]) for item in fields(Switches)}

    def as_json(self) -> JsonObject:
        """Return all values by name."""
        return {name: getattr(self, name) for name in self.names()}

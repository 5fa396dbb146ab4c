"""From a change to notifications: numbered, worded per filter, handed to connections."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import orjson

from ..base import clock
from ..base.switches import Switches
from ..base.wire import JsonObject, JsonValue, encode, event_time
from ..company.directory import Directory, Extension
from ..company.messages import Voicemail, message_body, message_id
from ..company.parties import Party
from ..company.presence import Detail, Presence, event_body
from ..faults.faults import Fault, Faults
from .filters import (
    PRESENCE_KINDS,
    EventFilter,
    FilterKind,
    is_named,
    watches_voicemails,
)
from .sequences import SequenceCounter
from .subscriptions import Subscription, SubscriptionStore

# The platform's ids have up to 19 digits.
_LEAST_UUID = 3 * 10**18


@dataclass(slots=True, kw_only=True)
class Publisher:
    """Sends notifications of changes to the subscribers."""

    account_id: str
    directory: Directory
    presences: Mapping[str, Presence]
    calls_of: Callable[[str], list[Party]]
    subscriptions: SubscriptionStore
    switches: Switches
    faults: Faults
    random: Random
    sequence: SequenceCounter
    # A restarted platform must not repeat a value: clients store them.
    _uuids: int = field(default_factory=lambda: _LEAST_UUID + int(clock.wall() * 1e6))
    # Notifications held back by the fault `swap`, by subscription.
    _held: dict[str, bytes] = field(default_factory=dict)
    # Seconds that all notifications are late; None: they are never sent.
    _late: float | None = 0.0
    _timers: list[asyncio.TimerHandle] = field(default_factory=list)

    def new_uuid(self) -> UUID:
        """Return a random UUID from the seeded source."""
        return UUID(int=self.random.getrandbits(128), version=4)

    @contextmanager
    def send_later(self, seconds: float | None) -> Iterator[None]:
        """Send what changes within the context later, or never if None."""
        before, self._late = self._late, seconds
        try:
            yield
        finally:
            self._late = before

    def presence_changed(
        self, extension_id: str, *, telephony: bool, ended: Sequence[Party] = ()
    ) -> None:
        """Notify the subscribers of this extension's presence."""
        extension = self.directory.extensions.get(extension_id)
        if extension is None:
            return
        sequence = self.sequence.next(extension_id)
        texts: dict[tuple[Detail, bool], bytes] = {}
        for subscription in self.subscriptions:
            own = subscription.owner_id == extension_id
            for item in self._matching(subscription, extension_id):
                detail = item.detail
                if item.kind == "account_presence" and detail == "sip":
                    detail = "sip" if self.switches.account_sip_data else "detailed"
                if (detail, own) not in texts:
                    texts[detail, own] = encode(
                        event_body(
                            extension,
                            self.presences[extension_id],
                            self.calls_of(extension_id),
                            ended,
                            sequence=sequence,
                            telephony=telephony,
                            own=own,
                            detail=detail,
                            switches=self.switches,
                        )
                    )
                self.send(
                    subscription, self._event(item, extension_id), texts[detail, own]
                )

    def dnd_changed(self, extension_id: str) -> None:
        """Notify the subscribers of the DnD setting."""
        body: JsonObject = {
            "extensionId": extension_id,
            "dndStatus": self.presences[extension_id].dnd_status,
        }
        self._tell_filter("dnd", extension_id, body)

    def lines_changed(self, owner_id: str, changed: Iterable[str]) -> None:
        """Notify once of a changed list of lines, with one of the changed lines."""
        lines = self.directory.lines.get(owner_id, [])
        for extension_id in list(changed)[-1:]:
            line = (
                lines.index(extension_id) + 3
                if extension_id in lines
                else len(lines) + 3
            )
            body: JsonObject = {
                "extension": [{"id": extension_id}, {"id": str(line)}],
                "sequence": self.sequence.next(owner_id),
            }
            self._tell_filter("line_list", owner_id, body)

    def favorites_changed(self, owner_id: str) -> None:
        """Notify of changed favorites."""
        self._tell_filter("favorite_list", owner_id, {"extensionId": owner_id})

    def extension_changed(
        self, extension: Extension, event_type: str, hints: list[str]
    ) -> None:
        """Notify of an added, changed or removed extension."""
        change: JsonObject = {"extensionId": extension.id, "eventType": event_type}
        if hints:
            change["hints"] = hints
        listed: JsonObject = (
            {"extensions": [change]}
            if self.switches.extension_list_event == "list"
            else change
        )
        self._tell_filter("extension_list", "", listed)
        if event_type != "Create":
            self._tell_filter("extension", extension.id, change)

    def queue_changed(self, queue_id: str, changes: Mapping[str, bool]) -> None:
        """Notify of members that have logged in to a queue, or out."""
        bodies: list[JsonObject] = []
        if self.switches.queue_event == "records":
            records: list[JsonValue] = [
                {"member": {"id": member_id}, "acceptCurrentQueueCalls": accepts}
                for member_id, accepts in changes.items()
            ]
            bodies.append({"records": records})
        elif self.switches.queue_event == "flat":
            bodies += [
                {
                    "extensionId": member_id,
                    "callQueueId": queue_id,
                    "acceptCalls": accepts,
                }
                for member_id, accepts in changes.items()
            ]
        for body in bodies:
            self._tell_filter("queue_presence", queue_id, body)

    def voicemail_left(self, message: Voicemail, owner: Extension) -> None:
        """Notify of a new voicemail."""
        self.messages_changed(owner.id, new=[message])
        body = message_body(message, owner, switches=self.switches, type="Voicemail")
        text = encode(body)
        for subscription in self._of_owner(owner.id):
            if item := subscription.find("voicemail", owner.id):
                self.send(subscription, item.path, text)

    def messages_changed(
        self, owner_id: str, *, new: Sequence[Voicemail] = (), updated: int = 0
    ) -> None:
        """Notify that voicemails were added, marked or deleted."""
        change: JsonObject = {"type": self.switches.voicemail_type}
        for name, number in (("newCount", len(new)), ("updatedCount", updated)):
            if number or self.switches.zero_counts:
                change[name] = number
        if new:
            change["newMessageIds"] = [message_id(item, self.switches) for item in new]
        text = encode(
            {
                "accountId": self.account_id,
                "extensionId": owner_id,
                "lastUpdated": event_time(clock.wall()),
                "changes": [change],
            }
        )
        for subscription in self._of_owner(owner_id):
            for item in subscription.filters:
                if item.resource == ("message_store", owner_id) and watches_voicemails(
                    item
                ):
                    self.send(subscription, item.expanded, text)

    def _of_owner(self, owner_id: str) -> Iterator[Subscription]:
        """Yield the subscriptions that messages of an extension are sent to."""
        for subscription in self.subscriptions:
            if subscription.owner_id == owner_id:
                yield subscription

    def notify(
        self,
        body: JsonValue,
        event: str | None = None,
        envelope: Mapping[str, JsonValue] | None = None,
    ) -> int:
        """Send a body unchanged to the matching subscriptions; return their number.

        They match by `event`, or without it by the body's `extensionId`. `envelope` replaces
        fields of the envelope.
        """
        text = encode(body)
        count = 0
        for subscription in self.subscriptions:
            for item in self._wanted(subscription, body, event):
                named = event or self._event(item, _extension_id(body))
                self.send(subscription, named, text, envelope or {})
                count += 1
        return count

    def _wanted(
        self, subscription: Subscription, body: JsonValue, event: str | None
    ) -> list[EventFilter]:
        if event is None:
            return self._matching(subscription, _extension_id(body))
        path = (
            event.partition("?")[0]
            .replace("/account/~", f"/account/{self.account_id}")
            .replace("/extension/~", f"/extension/{subscription.owner_id}")
        )
        for item in subscription.filters:
            if is_named(item, path):
                return [item]
        if "/call-queues/" in path:
            return []
        for item in subscription.filters:
            # Their events name the extension, not the filter.
            if item.kind in PRESENCE_KINDS and path.endswith("/presence"):
                extension_id = path.removesuffix("/presence").rpartition("/")[2]
                return self._matching(subscription, extension_id)
        return []

    def _matching(
        self, subscription: Subscription, extension_id: str
    ) -> list[EventFilter]:
        matching = list(subscription.matching_presence(extension_id, self.directory))
        if self.switches.overlapping_filters == "one":
            return matching[:1]
        return matching

    def _event(self, item: EventFilter, extension_id: str) -> str:
        by_extension = item.kind == "account_presence" or (
            item.kind in ("lines_presence", "favorites_presence")
            and self.switches.line_event == "extension"
        )
        if not by_extension:
            return item.expanded
        uri = (
            f"/restapi/v1.0/account/{item.account_id}/extension/{extension_id}/presence"
        )
        return f"{uri}?{item.query}" if item.query else uri

    def _tell_filter(
        self, kind: FilterKind, extension_id: str, body: JsonObject
    ) -> None:
        text = encode(body)
        for subscription in self.subscriptions:
            if item := subscription.find(kind, extension_id):
                self.send(subscription, item.path, text)

    def send(
        self,
        subscription: Subscription,
        event: str,
        body: bytes,
        envelope: Mapping[str, JsonValue] | None = None,
    ) -> None:
        """Send an encoded body to a subscription, unless a fault keeps it back."""
        if self._late is None or self.faults.take("lose"):
            return
        self._uuids += 1
        subscription_id = subscription.id
        if self.faults.take("foreign_subscription"):
            subscription_id = str(self.new_uuid())
        content: dict[str, object] = {
            "uuid": str(self._uuids),
            "event": event,
            "timestamp": event_time(clock.wall()),
            "subscriptionId": subscription_id,
            "ownerId": subscription.owner_id,
            **(envelope or {}),
        }
        meta: JsonObject = {
            "type": "ServerNotification",
            "messageId": str(content["uuid"]),
            "status": 200,
            "headers": {"RCRequestId": str(self.new_uuid())},
        }
        frame = encode(
            [meta, {**content, "body": orjson.Fragment(body)}],
            escape_slashes=self.switches.escape_slashes,
        )
        held = self._held.pop(subscription.id, None)
        if held is None and self.faults.take("swap"):
            self._held[subscription.id] = frame
            return
        self._deliver(subscription, frame, self._late, self.faults.take("delay"))
        if fault := self.faults.take("duplicate"):
            self._deliver(subscription, frame, self._late, fault)
        if held is not None:
            subscription.deliver(held)

    def cancel_timers(self) -> None:
        """Send nothing any more of what is late."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _deliver(
        self,
        subscription: Subscription,
        frame: bytes,
        delay: float,
        fault: Fault | None,
    ) -> None:
        if fault is not None:
            delay += fault.number("delay", 0.0)
        if delay > 0:
            loop = asyncio.get_running_loop()
            now = loop.time()
            self._timers = [timer for timer in self._timers if timer.when() > now]
            timer = loop.call_later(delay, _deliver_late, subscription, frame)
            self._timers.append(timer)
        else:
            subscription.deliver(frame)


def _deliver_late(subscription: Subscription, frame: bytes) -> None:
    if not subscription.ended():
        subscription.deliver(frame)


def _extension_id(body: JsonValue) -> str:
    return str(body.get("extensionId", "")) if isinstance(body, Mapping) else ""

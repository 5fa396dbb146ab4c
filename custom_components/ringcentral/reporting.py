"""Call events on their way to automations."""

from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util.hass_dict import HassKey

from .api.link import Link, LinkState
from .api.turns import Turns
from .call_log import CallLog
from .calls import CallEvent, CallReport
from .const import DOMAIN, SIGNAL_CALL_EVENT
from .presence import Change

# Of set-ups that failed; the next try goes on with them.
_REPORTERS: Final[HassKey[dict[str, CallReporter]]] = HassKey(f"{DOMAIN}_reporters")


class CallReporter:
    """Sends each call event once, and none before anybody can hear it."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Keep what happens for later."""
        self._hass = hass
        self._entry_id = entry_id
        self._waiting: list[CallReport] | None = []
        self.log = CallLog()

    @callback
    def start(self) -> None:
        """Send what has waited, and everything from now on at once."""
        waiting, self._waiting = self._waiting, None
        for report in waiting or ():
            self._send(report)

    @callback
    def apply(self, change: Change) -> None:
        """Report what a change tells of calls."""
        for event in self.log.apply(change):
            self._report(change.extension_id, event)

    async def settle_all(self, link: Link) -> None:
        """Report what snapshots have told of calls, if no older event can come.

        Pushed events have all come when an echo is back; those of a replay never come
        when the session cannot be continued.
        """
        unsettled = self.log.unsettled
        if link.state is LinkState.PUSH:
            is_settled = await link.caught_up()
        else:
            is_settled = not link.may_recover
        if is_settled:
            turns = Turns()
            for snapshot in unsettled:
                self.settle(snapshot)
                await turns.give_way()

    @callback
    def settle(self, snapshot: Change) -> None:
        """Report what a snapshot has told of calls: no older event can come."""
        for event in self.log.settle(snapshot):
            self._report(snapshot.extension_id, event)

    @callback
    def _report(self, extension_id: str, event: CallEvent) -> None:
        report = CallReport(self._entry_id, extension_id, event)
        if self._waiting is None:
            self._send(report)
        else:
            self._waiting.append(report)

    @callback
    def _send(self, report: CallReport) -> None:
        async_dispatcher_send(self._hass, SIGNAL_CALL_EVENT, report)


@callback
def keep_reporter(hass: HomeAssistant, entry_id: str, reporter: CallReporter) -> None:
    """Keep a reporter that could not start for the next set-up of its entry."""
    hass.data.setdefault(_REPORTERS, {})[entry_id] = reporter


@callback
def take_reporter(hass: HomeAssistant, entry_id: str) -> CallReporter:
    """Return the reporter that a failed set-up has left, or a new one."""
    kept = hass.data.get(_REPORTERS, {}).pop(entry_id, None)
    return kept or CallReporter(hass, entry_id)

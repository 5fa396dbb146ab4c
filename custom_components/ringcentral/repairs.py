"""Ways to fix what the repair issues tell of."""

from collections.abc import Mapping
from typing import Any, Final

import voluptuous as vol

from homeassistant.components.repairs import FlowType, RepairsFlow, RepairsFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir

from .api.event_stream import StreamState
from .api.exceptions import (
    AuthenticationError,
    RateLimitedError,
    RingCentralError,
    TemporaryError,
)
from .const import CONSOLE_URL, DOMAIN
from .coordinator import PresenceCoordinator, RingCentralConfigEntry, loaded_coordinator
from .exceptions import translation_placeholders
from .issues import DATA_ENTRY_ID, DATA_KEY, IssueKey

_TRY_AGAIN: Final = "try_again"
_OPTIONS: Final = "options"

# Where there is more than one way, the user chooses.
_WAYS: Final[Mapping[IssueKey, tuple[str, ...]]] = {
    IssueKey.PUSH_NOT_PERMITTED: (_TRY_AGAIN,),
    IssueKey.PUSH_REFUSED: (_TRY_AGAIN,),
    IssueKey.FILTERS_NOT_PERMITTED: (_TRY_AGAIN, _OPTIONS),
    IssueKey.EXTENSIONS_NOT_PUSHED: (_TRY_AGAIN, _OPTIONS),
    IssueKey.LINES_NOT_PUSHED: (_TRY_AGAIN, _OPTIONS),
    IssueKey.FAVORITES_NOT_PUSHED: (_TRY_AGAIN, _OPTIONS),
    IssueKey.EXTENSIONS_LEFT_OUT: (_OPTIONS,),
}
# The first match counts: one derives from the other.
_ERRORS: Final[tuple[tuple[type[RingCentralError], str], ...]] = (
    (RateLimitedError, "rate_limited"),
    (TemporaryError, "no_answer"),
)
_REFUSED: Final = "still_refused"


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Return the flow that fixes an issue."""
    assert data is not None
    return RingCentralRepairFlow(
        str(data[DATA_ENTRY_ID]), IssueKey(str(data[DATA_KEY]))
    )


class RingCentralRepairFlow(RepairsFlow):
    """Tries again, monitors less, or hands over to the options."""

    def __init__(self, entry_id: str, key: IssueKey) -> None:
        """Fix one kind of issue of one account."""
        self._entry_id = entry_id
        self._key = key
        self._told: dict[str, str] = {}

    @property
    def _entry(self) -> RingCentralConfigEntry | None:
        """The account, unless it was removed."""
        return self.hass.config_entries.async_get_entry(self._entry_id)

    @property
    def _issue(self) -> ir.IssueEntry | None:
        """The issue, while there is something to be fixed."""
        return ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)

    @property
    def _coordinator(self) -> PresenceCoordinator | None:
        """Who watches the account now."""
        return loaded_coordinator(self._entry)

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Show the ways to fix it; if there is one only, what it does."""
        if self._coordinator is None:
            return self._abort_without_coordinator()
        ways = _WAYS[self._key]
        if len(ways) == 1:
            return self._show(ways[0])
        return self.async_show_menu(
            step_id="init",
            menu_options=list(ways),
            description_placeholders=self._placeholders(),
        )

    async def async_step_try_again(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask the platform again."""
        if (coordinator := self._coordinator) is None:
            return self._abort_without_coordinator()
        if self._is_solved(coordinator):
            return self.async_abort(reason="solved")
        error: RingCentralError | None = None
        try:
            await coordinator.async_retry_refused()
        except AuthenticationError:
            return self.async_abort(reason="sign_in_again")
        except RingCentralError as err:
            error = err
        if self._coordinator is not coordinator:
            return self._abort_without_coordinator()
        if self._is_solved(coordinator):
            return self.async_create_entry(data={})
        return self._show(_TRY_AGAIN, _error_key(error), error)

    async def async_step_options(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Hand over to the dialog in which the user chooses what to monitor."""
        if self._entry is None:
            return self._abort_without_coordinator()
        options = await self.hass.config_entries.options.async_init(self._entry_id)
        if options["type"] is FlowResultType.ABORT:
            return self._abort_without_coordinator()
        # Not finished: whether the issue goes, the new choice decides.
        return self.async_abort(
            reason="continued_in_options",
            next_flow=(FlowType.OPTIONS_FLOW, options["flow_id"]),
        )

    def _abort_without_coordinator(self) -> RepairsFlowResult:
        return self.async_abort(
            reason="account_removed" if self._entry is None else "not_loaded"
        )

    def _is_solved(self, coordinator: PresenceCoordinator) -> bool:
        """Whether there is nothing to be fixed any more.

        While there is no push, an issue may be gone because nobody knows.
        """
        return self._issue is None and coordinator.stream.state is StreamState.PUSH

    def _show(
        self,
        step_id: str,
        error_key: str | None = None,
        error: RingCentralError | None = None,
    ) -> RepairsFlowResult:
        """Show the form without fields of one way, and why it has failed."""
        return self.async_show_form(
            step_id=step_id,
            data_schema=vol.Schema({}),
            errors={} if error_key is None else {"base": error_key},
            description_placeholders=self._placeholders(error),
        )

    def _placeholders(self, error: RingCentralError | None = None) -> dict[str, str]:
        """Return what the texts may mention: of the issue, and of a failure."""
        if (issue := self._issue) is not None:
            self._told = issue.translation_placeholders or {}
        failure = {} if error is None else translation_placeholders(error)
        return {**failure, **self._told, "console": CONSOLE_URL}


def _error_key(error: RingCentralError | None) -> str:
    """Return the key of the text that says why it is not fixed."""
    return next((key for kind, key in _ERRORS if isinstance(error, kind)), _REFUSED)

"""Repair flows of the repair issues."""

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

# More than one step is shown as a menu.
_STEPS: Final[Mapping[IssueKey, tuple[str, ...]]] = {
    IssueKey.PUSH_NOT_PERMITTED: (_TRY_AGAIN,),
    IssueKey.PUSH_REFUSED: (_TRY_AGAIN,),
    IssueKey.FILTERS_NOT_PERMITTED: (_TRY_AGAIN, _OPTIONS),
    IssueKey.EXTENSIONS_NOT_PUSHED: (_TRY_AGAIN, _OPTIONS),
    IssueKey.LINES_NOT_PUSHED: (_TRY_AGAIN, _OPTIONS),
    IssueKey.FAVORITES_NOT_PUSHED: (_TRY_AGAIN, _OPTIONS),
    IssueKey.EXTENSIONS_LEFT_OUT: (_OPTIONS,),
}


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow that fixes an issue."""
    assert data is not None
    return RingCentralRepairFlow(
        str(data[DATA_ENTRY_ID]), IssueKey(str(data[DATA_KEY]))
    )


class RingCentralRepairFlow(RepairsFlow):
    """Retry, or open the options."""

    def __init__(self, entry_id: str, key: IssueKey) -> None:
        """Initialize the flow of an issue."""
        self._entry_id = entry_id
        self._key = key
        self._issue_placeholders: dict[str, str] = {}

    @property
    def _entry(self) -> RingCentralConfigEntry | None:
        return self.hass.config_entries.async_get_entry(self._entry_id)

    @property
    def _issue(self) -> ir.IssueEntry | None:
        return ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)

    @property
    def _coordinator(self) -> PresenceCoordinator | None:
        return loaded_coordinator(self._entry)

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Show the steps that may fix the issue."""
        if self._coordinator is None:
            return self._abort_without_coordinator()
        steps = _STEPS[self._key]
        if len(steps) == 1:
            return self._show(steps[0])
        return self.async_show_menu(
            step_id="init",
            menu_options=list(steps),
            description_placeholders=self._placeholders(),
        )

    async def async_step_try_again(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Retry rejected filters."""
        if (coordinator := self._coordinator) is None:
            return self._abort_without_coordinator()
        if self._is_solved(coordinator):
            return self.async_abort(reason="solved")
        error: RingCentralError | None = None
        try:
            await coordinator.monitor.async_retry_refused()
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
        """Open the options flow."""
        if self._entry is None:
            return self._abort_without_coordinator()
        options = await self.hass.config_entries.options.async_init(self._entry_id)
        if options["type"] is FlowResultType.ABORT:
            return self._abort_without_coordinator()
        # Finishing the flow would delete the issue.
        return self.async_abort(
            reason="continued_in_options",
            next_flow=(FlowType.OPTIONS_FLOW, options["flow_id"]),
        )

    def _abort_without_coordinator(self) -> RepairsFlowResult:
        return self.async_abort(
            reason="account_removed" if self._entry is None else "not_loaded"
        )

    def _is_solved(self, coordinator: PresenceCoordinator) -> bool:
        # Without live updates it is unknown what RingCentral rejects.
        return self._issue is None and coordinator.stream.state is StreamState.PUSH

    def _show(
        self,
        step_id: str,
        error_key: str | None = None,
        error: RingCentralError | None = None,
    ) -> RepairsFlowResult:
        return self.async_show_form(
            step_id=step_id,
            data_schema=vol.Schema({}),
            errors={} if error_key is None else {"base": error_key},
            description_placeholders=self._placeholders(error),
        )

    def _placeholders(self, error: RingCentralError | None = None) -> dict[str, str]:
        if (issue := self._issue) is not None:
            self._issue_placeholders = issue.translation_placeholders or {}
        failure = {} if error is None else translation_placeholders(error)
        return {**failure, **self._issue_placeholders, "console": CONSOLE_URL}


def _error_key(error: RingCentralError | None) -> str:
    if isinstance(error, RateLimitedError):
        return "rate_limited"
    if isinstance(error, TemporaryError):
        return "no_answer"
    return "still_refused"

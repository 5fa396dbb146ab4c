"""A check beside every test: whatever a user would have been shown has its text.

Watches the forms, menus and ends of flows, failed set-ups, failed actions, registered
actions and repair issues that come along in a test, and fails it afterwards if a text is
missing or mentions something that it is not given.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
import json
from pathlib import Path
from string import Formatter
from typing import Any, Final
from unittest.mock import patch

import pytest
import voluptuous as vol
import yaml

from custom_components.ringcentral.api.event_stream import StreamState
from custom_components.ringcentral.api.exceptions import Reason
from custom_components.ringcentral.api.models import enums
from custom_components.ringcentral.const import DOMAIN
from homeassistant.components.repairs import RepairsFlow
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.core import ServiceRegistry
from homeassistant.data_entry_flow import (
    FlowHandler,
    FlowManager,
    FlowResultType,
    section,
)
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers.issue_registry import IssueRegistry

PACKAGE: Final = Path(__file__).parents[1] / "custom_components" / DOMAIN
TEXTS: Final[dict[str, Any]] = json.loads(
    (PACKAGE / "translations" / "en.json").read_bytes()
)
ACTIONS: Final[dict[str, Any]] = yaml.safe_load(
    (PACKAGE / "services.yaml").read_bytes()
)
# What a program reads: keys of actions and settings, values of enumerations.
RAW_WORDS: Final = frozenset(
    [
        *ACTIONS,
        *(field for action in ACTIONS.values() for field in action.get("fields", ())),
        *StreamState,
        *Reason,
        *(
            word
            for enum in enums.PlatformEnum.__subclasses__()
            for member in enum.known()
            for word in (str(member), member.value)
        ),
    ]
) - {
    # A permission of the developer console, too.
    "RingOut"
}
_FLOW_TEXTS: Final[tuple[tuple[type[FlowHandler[Any, Any, Any]], str], ...]] = (
    (ConfigFlow, "config"),
    (OptionsFlow, "options"),
    (ConfigSubentryFlow, "config_subentries.group"),
)


def placeholders(text: str) -> set[str]:
    """Return what a text wants to mention."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def raw_words(value: object) -> list[str]:
    """Return the words of a value that only a program should read."""
    return [word for word in str(value).split(", ") if word in RAW_WORDS]


class Inspection:
    """Collects what is missing."""

    def __init__(self, texts: Mapping[str, Any]) -> None:
        """Look texts up in a translation file."""
        self._texts = texts
        self.complaints: list[str] = []

    def find(self, *path: str) -> str | None:
        """Return a text."""
        found: Any = self._texts
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, str) and found else None

    def need(self, given: Mapping[str, object] | None, *path: str) -> None:
        """Complain unless there is a text that mentions nothing but what it is given."""
        if self.find(*path) is None:
            self.complaints.append(f"{'.'.join(path)} has no text")
        else:
            self.allow(given, *path)

    def allow(self, given: Mapping[str, object] | None, *path: str) -> None:
        """Complain of a text that mentions more than it is given; it may be missing."""
        for name in placeholders(self.find(*path) or ""):
            if name not in (given or {}):
                self.complaints.append(f"{'.'.join(path)} is not given {{{name}}}")
            elif words := raw_words((given or {})[name]):
                self.complaints.append(f"{'.'.join(path)} shows {', '.join(words)}")

    def flow_result(
        self,
        category: str,
        result: Mapping[str, Any],
        context: Mapping[str, str] | None = None,
    ) -> None:
        """Check what a flow shows.

        Args:
            category: where its texts are, with dots between the keys.
            result: of one of its steps.
            context: what all its texts may mention.

        """
        where = tuple(category.split("."))
        given = {**(context or {}), **(result.get("description_placeholders") or {})}
        match result["type"]:
            case FlowResultType.FORM:
                step = (*where, "step", result["step_id"])
                self.need(given, *step, "title")
                self.allow(given, *step, "description")
                if result["data_schema"] is not None:
                    self._fields(given, step, result["data_schema"])
                for error in (result["errors"] or {}).values():
                    self.need(given, *where, "error", error)
            case FlowResultType.MENU:
                step = (*where, "step", result["step_id"])
                self.need(given, *step, "title")
                self.allow(given, *step, "description")
                for option in result["menu_options"]:
                    self.need(given, *step, "menu_options", option)
            case FlowResultType.ABORT if "translation_domain" not in result:
                self.need(given, *where, "abort", result["reason"])

    def _fields(
        self,
        given: Mapping[str, object] | None,
        where: tuple[str, ...],
        schema: vol.Schema,
    ) -> None:
        for marker, kind in schema.schema.items():
            if isinstance(kind, section):
                inner = (*where, "sections", str(marker))
                self.need(given, *inner, "name")
                self._fields(given, inner, kind.schema)
                continue
            self.need(given, *where, "data", str(marker))
            self.need(given, *where, "data_description", str(marker))
            config = getattr(kind, "config", {})
            if key := config.get("translation_key"):
                for option in config["options"]:
                    # An option with a label of its own needs no text.
                    if isinstance(option, dict):
                        if option["label"] != option["value"]:
                            continue
                        option = option["value"]
                    self.need(None, "selector", key, "options", option)

    def error(self, what: str, err: HomeAssistantError) -> None:
        """Check an error that a user sees."""
        if err.translation_key is None:
            self.complaints.append(f"{what} fails with an untranslated error")
        elif err.translation_domain == DOMAIN:
            self.need(
                err.translation_placeholders,
                "exceptions",
                err.translation_key,
                "message",
            )

    def failed_set_up(self, entry: ConfigEntry[Any]) -> None:
        """Check the reason that an entry shows."""
        key = entry.error_reason_translation_key
        if key is None:
            self.complaints.append(f"set-up fails without a reason ({entry.reason})")
        elif entry.error_reason_translation_domain == DOMAIN:
            given = entry.error_reason_translation_placeholders
            self.need(given, "exceptions", key, "message")

    def issue(self, issue: Mapping[str, Any]) -> None:
        """Check a repair issue."""
        given = issue["translation_placeholders"]
        path = ("issues", issue["translation_key"])
        self.need(given, *path, "title")
        if issue["is_fixable"]:
            if not self._texts["issues"].get(path[-1], {}).get("fix_flow"):
                self.complaints.append(f"{'.'.join(path)} has no texts for its fix")
        else:
            self.need(given, *path, "description")

    def action(self, name: str, described: Mapping[str, Any] | None) -> None:
        """Check an action, and its fields as they are described for the editor."""
        if described is None:
            self.complaints.append(f"{name} is not described")
        self.need(None, "services", name, "name")
        self.need(None, "services", name, "description")
        for field, details in (described or {}).get("fields", {}).items():
            self.need(None, "services", name, "fields", field, "name")
            self.need(None, "services", name, "fields", field, "description")
            choice = details["selector"].get("select") or {}
            for option in choice.get("options", ()):
                key = choice["translation_key"]
                self.need(None, "selector", key, "options", option)


def _category(flow: FlowHandler[Any, Any, Any]) -> str | None:
    """Return where the texts of a flow of ours are; None for one of others."""
    if not type(flow).__module__.startswith(f"custom_components.{DOMAIN}"):
        return None
    return next(
        (category for kind, category in _FLOW_TEXTS if isinstance(flow, kind)), None
    )


@pytest.fixture(autouse=True)
def check_translations() -> Iterator[None]:
    """Fail a test in which a user would have missed a text."""
    inspection = Inspection(TEXTS)
    handle_step = FlowManager._async_handle_step
    set_state = ConfigEntry._async_set_state
    call = ServiceRegistry.async_call
    register = ServiceRegistry.async_register
    create_issue = IssueRegistry.async_get_or_create
    issues: dict[str, dict[str, Any]] = {}

    async def watched_step(
        self: Any, flow: FlowHandler[Any, Any, Any], *args: Any
    ) -> Any:
        result = await handle_step(self, flow, *args)
        if (category := _category(flow)) is not None:
            inspection.flow_result(category, result)
        if isinstance(flow, RepairsFlow) and flow.handler == DOMAIN:
            # The frontend keeps the issue that it was opened with.
            issue = issues[flow.issue_id]
            category = f"issues.{issue['translation_key']}.fix_flow"
            inspection.flow_result(category, result, issue["translation_placeholders"])
        return result

    def watched_state(self: ConfigEntry[Any], *args: Any) -> None:
        set_state(self, *args)
        if self.domain == DOMAIN and self.state in (
            ConfigEntryState.SETUP_ERROR,
            ConfigEntryState.SETUP_RETRY,
        ):
            inspection.failed_set_up(self)

    async def watched_call(
        self: ServiceRegistry, domain: str, service: str, *args: Any, **kwargs: Any
    ) -> Any:
        try:
            return await call(self, domain, service, *args, **kwargs)
        except Unauthorized:
            # Home Assistant has that text itself.
            raise
        except HomeAssistantError as err:
            if DOMAIN in (domain, err.translation_domain):
                inspection.error(f"{domain}.{service}", err)
            raise

    def watched_register(
        self: ServiceRegistry, domain: str, service: str, *args: Any, **kwargs: Any
    ) -> None:
        if domain == DOMAIN:
            inspection.action(service, ACTIONS.get(service))
        register(self, domain, service, *args, **kwargs)

    def watched_issue(self: IssueRegistry, domain: str, *args: Any, **kw: Any) -> Any:
        if domain == DOMAIN:
            inspection.issue(kw)
            issues[args[0]] = kw
        return create_issue(self, domain, *args, **kw)

    with ExitStack() as patches:
        for owner, name, watched in (
            (FlowManager, "_async_handle_step", watched_step),
            (ConfigEntry, "_async_set_state", watched_state),
            (ServiceRegistry, "async_call", watched_call),
            (ServiceRegistry, "async_register", watched_register),
            (IssueRegistry, "async_get_or_create", watched_issue),
        ):
            patches.enter_context(patch.object(owner, name, watched))
        yield
    assert not inspection.complaints, inspection.complaints

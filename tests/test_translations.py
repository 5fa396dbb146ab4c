"""Texts and icons: none is missing, none is left over, none breaks the rules."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from enum import StrEnum
import json
import re
from typing import Any, Final
from unittest.mock import patch

import hass_frontend
import pytest
import voluptuous as vol

from custom_components.ringcentral.api.exceptions import (
    AuthenticationError,
    NotFoundError,
    PermissionMissingError,
    RateLimitedError,
    Reason,
    RejectedError,
    RingCentralError,
    TemporaryError,
)
from custom_components.ringcentral.api.models.enums import (
    DndStatus,
    MeetingStatus,
    PresenceStatus,
)
from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.exceptions import (
    translation_key,
    translation_placeholders,
    update_error,
)
from custom_components.ringcentral.flows.sign_in import _BROWSER_ERRORS
from custom_components.ringcentral.roster.models import Group
from demo.texts import LANGUAGES
from homeassistant.const import (
    ATTR_ATTRIBUTION,
    ATTR_DEVICE_CLASS,
    ATTR_FRIENDLY_NAME,
    ATTR_ICON,
    ATTR_UNIT_OF_MEASUREMENT,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, section
from homeassistant.exceptions import (
    ConfigEntryAuthFailed,
    HomeAssistantError,
    ServiceValidationError,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.selector import SelectSelector, SelectSelectorConfig
from homeassistant.helpers.update_coordinator import UpdateFailed
from simulator import Simulator

from .common import add_account
from .forms import want_more_sensors, want_on_the_phone
from .groups.common import add, queue
from .languages import leaves, texts_in
from .translations import PACKAGE, TEXTS, Inspection, placeholders

ICONS: Final[dict[str, Any]] = json.loads((PACKAGE / "icons.json").read_bytes())

# What Home Assistant itself adds to a state.
_FOREIGN_ATTRIBUTES: Final = {
    ATTR_ATTRIBUTION,
    ATTR_DEVICE_CLASS,
    ATTR_FRIENDLY_NAME,
    ATTR_ICON,
    ATTR_UNIT_OF_MEASUREMENT,
    "event_types",
    "last_reset",
    "options",
    "state_class",
}
# Attributes whose values are enums, with all of their values.
_WORDS: Final[Mapping[tuple[str, str, str], type[StrEnum]]] = {
    ("sensor", "link", "reason"): Reason,
    ("sensor", "dnd", "dnd_status_personal"): DndStatus,
    ("sensor", "presence", "meeting_status"): MeetingStatus,
    ("sensor", "presence", "user_status"): PresenceStatus,
}


# Raised by actions only, each with a test of its own.
_TEXTS_OF_ACTIONS: Final = {
    "account_not_loaded",
    "action_not_applied",
    "action_unknown",
    "call_changed",
    "call_is_answered",
    "call_is_held",
    "call_is_outgoing",
    "call_is_parked",
    "call_is_ringing",
    "call_not_parked",
    "call_over",
    "call_with_more",
    "cancel_too_late",
    "control_off",
    "dial_in_progress",
    "dial_refused",
    "dial_unknown",
    "dnd_not_offered",
    "dnd_rejected",
    "extension_gone",
    "extension_not_found",
    "in_voicemail",
    "message_too_long",
    "no_dial_phone",
    "no_extension_targeted",
    "no_phone",
    "no_such_call",
    "not_answered_yet",
    "nothing_to_cancel",
    "nothing_to_change",
    "number_characters",
    "number_emergency",
    "number_letters",
    "number_long",
    "number_missing",
    "number_not_text",
    "number_own",
    "number_rejected",
    "number_short",
    "one_target_only",
    "other_extension_not_permitted",
    "others_refused",
    "own_phone_rings",
    "park_outgoing",
    "phone_not_found",
    "picture_not_current",
    "queue_change_not_applied",
    "queue_change_refused",
    "reply_empty",
    "reply_too_long",
    "settings_not_taken_over",
    "several_calls",
    "unmute_first",
}


def _errors() -> list[RingCentralError]:
    """Return one error for each of its texts."""
    others = set(Reason) - {Reason.PERMISSION_MISSING}
    return [
        *(RingCentralError(reason) for reason in others),
        PermissionMissingError(permission="ReadPresence", code="CMN-401"),
        PermissionMissingError(permission="ReadExtensions", code="CMN-408"),
        PermissionMissingError(permission=None, code="CMN-404"),
    ]


# --------------------------------------------------------------------------------------
# Errors


@pytest.mark.parametrize(
    ("category", "own"),
    [
        (
            "config",
            {
                "invalid_brand",
                "invalid_server",
                "no_app",
                "no_refresh_token",
                "nothing_selected",
                *_BROWSER_ERRORS.values(),
            },
        ),
        ("options", {"nothing_selected"}),
    ],
)
def test_each_error_of_a_form_has_a_text_and_no_text_is_left_over(
    category: str, own: set[str]
) -> None:
    """What the platform can refuse, and what the form itself refuses."""
    texts: dict[str, str] = TEXTS[category]["error"]
    inspection = Inspection(TEXTS)
    for err in _errors():
        inspection.need(
            translation_placeholders(err), category, "error", translation_key(err)
        )
    assert inspection.complaints == []
    assert set(texts) == {translation_key(err) for err in _errors()} | own


def test_each_reason_of_a_failed_update_has_a_text_and_no_text_is_left_over() -> None:
    """Shown beside the entry, and logged."""
    inspection = Inspection(TEXTS)
    for err in _errors():
        inspection.error("an update", update_error(err))
    assert inspection.complaints == []
    assert set(TEXTS["exceptions"]) == (
        {translation_key(err) for err in _errors()} | _TEXTS_OF_ACTIONS
    )


@pytest.mark.parametrize(
    ("err", "key", "permission"),
    [
        (
            PermissionMissingError(permission="SubscriptionWebSocket", code="SUB-528"),
            "app_permission_missing",
            "WebSocket Subscriptions",
        ),
        (
            PermissionMissingError(permission=None, code="SUB-528"),
            "app_permission_missing",
            "WebSocket Subscriptions",
        ),
        (
            PermissionMissingError(permission="Unheard", code=None),
            "app_permission_missing",
            "Unheard",
        ),
        (
            PermissionMissingError(permission="ReadPresenceStatus", code="CMN-419"),
            "user_permission_missing",
            "ReadPresenceStatus",
        ),
        (
            PermissionMissingError(permission=None, code="CMN-408"),
            "not_permitted",
            "-",
        ),
        (NotFoundError(Reason.NOT_FOUND, code="CMN-102"), "not_found", "-"),
    ],
)
def test_a_permission_has_the_name_that_its_owner_uses(
    err: RingCentralError, key: str, permission: str
) -> None:
    """By the developer console's label for apps; by the platform's name for users."""
    assert translation_key(err) == key
    assert translation_placeholders(err)["permission"] == permission


@pytest.mark.parametrize(
    ("err", "expected"),
    [
        (
            RejectedError(status=400, code="CMN-101", request_id="a-b-c"),
            {"code": "CMN-101", "request_id": "a-b-c"},
        ),
        (RejectedError(status=400), {"code": "HTTP 400", "request_id": "-"}),
        (RejectedError(), {"code": "-"}),
        (RateLimitedError(Reason.RATE_LIMITED, retry_after=16.2), {"seconds": "17"}),
        (RateLimitedError(Reason.RATE_LIMITED, retry_after=0.01), {"seconds": "1"}),
        (TemporaryError(Reason.RATE_LIMITED), {"seconds": "60"}),
    ],
)
def test_texts_are_given_code_request_and_seconds(
    err: RingCentralError, expected: dict[str, str]
) -> None:
    """Rounded up: a request that is too early is refused again."""
    given = translation_placeholders(err)
    assert {key: given[key] for key in expected} == expected


def test_refused_credentials_ask_for_a_new_sign_in_and_nothing_else_does() -> None:
    """Only the user can help with them."""
    refused = update_error(AuthenticationError(Reason.INVALID_GRANT))
    assert isinstance(refused, ConfigEntryAuthFailed)
    limited = update_error(
        RateLimitedError(Reason.RATE_LIMITED, retry_after=30.0, status=429)
    )
    assert isinstance(limited, UpdateFailed)
    assert limited.retry_after == 30.0
    missing = update_error(NotFoundError(Reason.NOT_FOUND))
    assert isinstance(missing, UpdateFailed)
    assert missing.retry_after is None


def test_each_group_has_a_text_and_no_text_is_left_over() -> None:
    """As the form offers them."""
    assert set(TEXTS["selector"]["monitor_groups"]["options"]) == set(Group)


# --------------------------------------------------------------------------------------
# Entities


@pytest.fixture
def all_enabled() -> Iterator[None]:
    """Enable the entities that are disabled by default as well."""
    with patch.object(Entity, "entity_registry_enabled_default", new=True):
        yield


async def test_entities_have_texts_and_icons_and_nothing_is_left_over(
    hass: HomeAssistant,
    simulator: Simulator,
    entity_registry: er.EntityRegistry,
    all_enabled: None,
) -> None:
    """Name, states, attributes; an icon unless the device class has one per state."""
    account = await add_account(hass, simulator, groups=[], extensions=["101", "102"])
    # It has the entities of any group, and a member with a switch.
    await add(account, queue(account, "901"))
    await want_more_sensors(account)
    assert await hass.config_entries.async_reload(account.entry.entry_id)
    await hass.async_block_till_done()
    await want_on_the_phone(account)
    # The event of a call has attributes once there was one, and durations at its end.
    call = simulator.ring("101", "+16505550123")
    simulator.answer(call.telephony_session_id)
    simulator.end(call.telephony_session_id)
    await account.until_all_reported()
    inspection = Inspection({"texts": TEXTS["entity"], "icons": ICONS["entity"]})
    with_texts: set[tuple[str, str]] = set()
    with_icons: set[tuple[str, str]] = set()
    with_attributes: set[tuple[str, str, str]] = set()

    for entry in er.async_entries_for_config_entry(
        entity_registry, account.entry.entry_id
    ):
        assert entry.translation_key is not None
        where = (entry.domain, entry.translation_key)
        with_texts.add(where)
        # A switch of a queue is named after the member.
        given = {"member": ""} if entry.domain == "switch" else None
        inspection.need(given, "texts", *where, "name")
        options = (entry.capabilities or {}).get("options", ())
        for option in options:
            inspection.need(None, "texts", *where, "state", option)
        state = hass.states.get(entry.entity_id)
        assert state is not None
        for attribute in set(state.attributes) - _FOREIGN_ATTRIBUTES:
            with_attributes.add((*where, attribute))
            inspection.need(
                None, "texts", *where, "state_attributes", attribute, "name"
            )
        if entry.original_device_class != "connectivity":
            with_icons.add(where)
            inspection.need(None, "icons", *where, "default")
    assert await hass.config_entries.async_unload(account.entry.entry_id)

    for (platform, key, attribute), words in _WORDS.items():
        for word in words:
            if word != "unknown":
                inspection.need(
                    None,
                    *("texts", platform, key, "state_attributes", attribute),
                    *("state", word),
                )
    assert inspection.complaints == []
    assert {(p, k) for p, keys in TEXTS["entity"].items() for k in keys} == with_texts
    assert {(p, k) for p, keys in ICONS["entity"].items() for k in keys} == with_icons
    assert {
        (platform, key, attribute)
        for platform, keys in TEXTS["entity"].items()
        for key, texts in keys.items()
        for attribute in texts.get("state_attributes", ())
    } == with_attributes


def test_icons_are_for_states_that_have_a_text() -> None:
    """A typing error in a state would go unnoticed: the default is shown instead."""
    inspection = Inspection(TEXTS)
    for platform, keys in ICONS["entity"].items():
        for key, icons in keys.items():
            for state in icons.get("state", ()):
                # Home Assistant has texts for these.
                if platform in ("binary_sensor", "switch"):
                    assert state in ("on", "off")
                else:
                    inspection.need(None, "entity", platform, key, "state", state)
    assert inspection.complaints == []


def test_icons_exist_in_the_frontend() -> None:
    """One that does not is shown as nothing at all."""
    known = {
        icon["name"]
        for icon in json.loads(
            (hass_frontend.where() / "static" / "mdi" / "iconList.json").read_bytes()
        )
    }
    assert "phone" in known
    used = {icon for _, icon in leaves(ICONS)}
    assert {icon for icon in used if icon.removeprefix("mdi:") not in known} == set()
    assert all(icon.startswith("mdi:") for icon in used)


# --------------------------------------------------------------------------------------
# The rules for translation files


_KEY: Final = re.compile(r"(?!.*[_-]{2})[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?")
_FORBIDDEN: Final[Mapping[str, re.Pattern[str]]] = {
    "no text": re.compile(r"\A\s*\Z"),
    "blanks around it": re.compile(r"\A\s|\s\Z"),
    "markup": re.compile(r"<[^>]+>"),
    "an address": re.compile(r"\w+://|www\."),
    "a reference": re.compile(r"\[%key:"),
    "a placeholder in single quotes": re.compile(r"'{\w+}'"),
}


def _faults(path: tuple[str, ...], text: str) -> Iterator[str]:
    """Yield what must not be in a translation file."""
    for what, pattern in _FORBIDDEN.items():
        if pattern.search(text):
            yield what
    if not all(_KEY.fullmatch(key) for key in path):
        yield "a key that is none"
    if not all(name.isidentifier() for name in placeholders(text)):
        yield "a placeholder that is no name"
    if "state" in path and placeholders(text):
        yield "a placeholder in a state"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_texts_keep_to_the_rules(language: str) -> None:
    """No markup, no addresses, no references, nothing to mention in states."""
    assert [
        (".".join(path), fault)
        for path, text in leaves(texts_in(language))
        for fault in _faults(path, text)
    ] == []


@pytest.mark.parametrize(
    ("path", "text", "faults"),
    [
        ("title", "Sign in to {name} [here]({console}), don't wait", []),
        ("title", "", ["no text"]),
        ("title", "Sign in ", ["blanks around it"]),
        ("title", "\nSign in", ["blanks around it"]),
        ("title", "Sign <b>in</b>", ["markup"]),
        ("title", "Sign in at https://example.com", ["an address"]),
        ("title", "Sign in at www.example.com", ["an address"]),
        ("title", "[%key:common::title%]", ["a reference"]),
        ("title", "Sign in to '{name}'", ["a placeholder in single quotes"]),
        ("title", "Sign in to {the name}", ["a placeholder that is no name"]),
        ("state.ringing", "{name} rings", ["a placeholder in a state"]),
        ("step.Title", "Sign in", ["a key that is none"]),
        ("step.my__title", "Sign in", ["a key that is none"]),
        ("step.title_", "Sign in", ["a key that is none"]),
    ],
)
def test_a_text_that_breaks_a_rule_is_found(
    path: str, text: str, faults: list[str]
) -> None:
    """Each rule."""
    assert list(_faults(tuple(path.split(".")), text)) == faults


# --------------------------------------------------------------------------------------
# The check itself


@pytest.fixture
def inspection() -> Inspection:
    """Return an inspection of a small file."""
    return Inspection(
        {
            "config": {
                "step": {
                    "user": {
                        "title": "Hello {name}",
                        "data": {"one": "One"},
                        "data_description": {"one": "The first"},
                        "menu_options": {"here": "Here"},
                        "sections": {
                            "more": {
                                "name": "More",
                                "data": {"two": "Two"},
                                "data_description": {"two": "The second"},
                            }
                        },
                    }
                },
                "error": {"broken": "Broken by {name}"},
                "abort": {"done": "Done"},
            },
            "selector": {"kind": {"options": {"a": "A"}}},
            "exceptions": {"gone": {"message": "Gone to {place}"}},
            "issues": {
                "odd": {"title": "Odd", "description": "Odd: {what}"},
                "broken": {
                    "title": "Broken",
                    "fix_flow": {
                        "step": {"mend": {"title": "Mend", "description": "{what}"}},
                        "error": {"stuck": "Stuck"},
                        "abort": {"whole": "Whole"},
                    },
                },
            },
            "services": {
                "act": {
                    "name": "Act",
                    "description": "Acts",
                    "fields": {"how": {"name": "How", "description": "Which way"}},
                }
            },
        }
    )


def _form(**changes: Any) -> dict[str, Any]:
    return {
        "type": FlowResultType.FORM,
        "step_id": "user",
        "data_schema": None,
        "errors": None,
        "description_placeholders": {"name": "you"},
        **changes,
    }


_ACT: Final[dict[str, Any]] = {"fields": {"how": {"selector": {"text": None}}}}
_TWO: Final = vol.Schema({vol.Required("two"): str})
_SELECTOR: Final = SelectSelector(
    SelectSelectorConfig(options=["a", "b"], translation_key="kind")
)


@pytest.mark.parametrize(
    ("result", "complaints"),
    [
        (_form(), []),
        (_form(step_id="other"), ["config.step.other.title has no text"]),
        (
            _form(description_placeholders=None),
            ["config.step.user.title is not given {name}"],
        ),
        (
            _form(description_placeholders={"name": "Bob, dnd_status, Busy, push"}),
            ["config.step.user.title shows dnd_status, Busy, push"],
        ),
        (_form(errors={"base": "broken"}), []),
        (_form(errors={"base": "odd"}), ["config.error.odd has no text"]),
        (_form(data_schema=vol.Schema({vol.Required("one"): str})), []),
        (
            _form(data_schema=_TWO),
            [
                "config.step.user.data.two has no text",
                "config.step.user.data_description.two has no text",
            ],
        ),
        (_form(data_schema=vol.Schema({vol.Required("more"): section(_TWO)})), []),
        (
            _form(data_schema=vol.Schema({vol.Required("less"): section(_TWO)})),
            [
                "config.step.user.sections.less.name has no text",
                "config.step.user.sections.less.data.two has no text",
                "config.step.user.sections.less.data_description.two has no text",
            ],
        ),
        (
            _form(data_schema=vol.Schema({vol.Required("one"): _SELECTOR})),
            ["selector.kind.options.b has no text"],
        ),
        (
            _form(type=FlowResultType.MENU, menu_options=["here", "there"]),
            ["config.step.user.menu_options.there has no text"],
        ),
        ({"type": FlowResultType.ABORT, "reason": "done"}, []),
        (
            {"type": FlowResultType.ABORT, "reason": "odd"},
            ["config.abort.odd has no text"],
        ),
        (
            {
                "type": FlowResultType.ABORT,
                "reason": "odd",
                "translation_domain": "homeassistant",
            },
            [],
        ),
        ({"type": FlowResultType.CREATE_ENTRY}, []),
    ],
)
def test_the_check_finds_what_a_flow_lacks(
    inspection: Inspection, result: Mapping[str, Any], complaints: list[str]
) -> None:
    """And nothing else."""
    inspection.flow_result("config", result)
    assert inspection.complaints == complaints


@pytest.mark.parametrize(
    ("err", "complaints"),
    [
        (HomeAssistantError("Oh"), ["x fails with an untranslated error"]),
        (
            ServiceValidationError(translation_domain=DOMAIN, translation_key="odd"),
            ["exceptions.odd.message has no text"],
        ),
        (
            HomeAssistantError(translation_domain=DOMAIN, translation_key="gone"),
            ["exceptions.gone.message is not given {place}"],
        ),
        (HomeAssistantError(translation_domain="light", translation_key="odd"), []),
    ],
)
def test_the_check_finds_what_an_error_lacks(
    inspection: Inspection, err: HomeAssistantError, complaints: list[str]
) -> None:
    """And nothing else."""
    inspection.error("x", err)
    assert inspection.complaints == complaints


def test_the_check_finds_what_issues_and_actions_lack(inspection: Inspection) -> None:
    """And nothing else."""
    inspection.issue(
        {
            "translation_key": "broken",
            "translation_placeholders": None,
            "is_fixable": True,
        }
    )
    inspection.action("act", _ACT)
    assert inspection.complaints == []

    inspection.issue(
        {"translation_key": "odd", "translation_placeholders": None, "is_fixable": True}
    )
    inspection.issue(
        {
            "translation_key": "odd",
            "translation_placeholders": None,
            "is_fixable": False,
        }
    )
    inspection.action("sit", None)
    assert inspection.complaints == [
        "issues.odd has no texts for its fix",
        "issues.odd.description is not given {what}",
        "sit is not described",
        "services.sit.name has no text",
        "services.sit.description has no text",
    ]


def test_the_check_finds_what_the_fix_of_an_issue_lacks(inspection: Inspection) -> None:
    """Its texts are with those of the issue, and may mention what that mentions."""
    where = "issues.broken.fix_flow"
    mend = _form(step_id="mend", errors={"base": "stuck"})
    inspection.flow_result(where, mend, {"what": "it"})
    inspection.flow_result(where, {"type": FlowResultType.ABORT, "reason": "whole"})
    assert inspection.complaints == []

    inspection.flow_result(where, _form(step_id="mend", errors={"base": "odd"}))
    inspection.flow_result(where, {"type": FlowResultType.ABORT, "reason": "odd"})
    assert inspection.complaints == [
        "issues.broken.fix_flow.step.mend.description is not given {what}",
        "issues.broken.fix_flow.error.odd has no text",
        "issues.broken.fix_flow.abort.odd has no text",
    ]


def test_the_check_finds_what_the_fields_of_an_action_lack(
    inspection: Inspection,
) -> None:
    """And nothing else."""
    select = {"select": {"translation_key": "kind", "options": ["a", "b"]}}
    inspection.action(
        "act", {"fields": {**_ACT["fields"], "more": {"selector": select}}}
    )
    assert inspection.complaints == [
        "services.act.fields.more.name has no text",
        "services.act.fields.more.description has no text",
        "selector.kind.options.b has no text",
    ]


async def test_the_check_watches_the_flows_of_a_test(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A removed text is missed at once."""
    watched: list[Mapping[str, Any]] = []
    inspect = Inspection.flow_result

    def note(self: Inspection, category: str, result: Mapping[str, Any]) -> None:
        watched.append(result)
        texts = deepcopy(TEXTS)
        del texts["config"]["step"]["user"]["menu_options"]["jwt"]
        poorer = Inspection(texts)
        inspect(poorer, category, result)
        assert poorer.complaints == ["config.step.user.menu_options.jwt has no text"]

    monkeypatch.setattr(Inspection, "flow_result", note)
    await hass.config_entries.flow.async_init(DOMAIN, context={"source": "user"})
    assert len(watched) == 1

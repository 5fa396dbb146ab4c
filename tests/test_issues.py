"""Repair issues: what keeps changes from being pushed, as long as it does."""

from collections.abc import Callable
from copy import replace

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.ringcentral.api.event_filters import (
    FAVORITES_FILTER,
    LINES_FILTER,
    LIST_FILTERS,
    VOICEMAIL_FILTER,
    RefusedFilter,
    extension_filter,
    queue_filter,
)
from custom_components.ringcentral.api.exceptions import (
    ConnectionFailedError,
    PermissionMissingError,
    Reason,
    RingCentralError,
)
from custom_components.ringcentral.api.models.directory import Extension
from custom_components.ringcentral.api.models.notifications import RosterKind
from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.issues import IssueKey, IssueManager
from custom_components.ringcentral.roster.entity_allocation import EntityAllocation
from custom_components.ringcentral.roster.models import Roster, Selection
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .translations import TEXTS

_BEN = Extension(
    id="2",
    number="102",
    name="Ben Example",
    type="User",
    status="Enabled",
    hidden=False,
    department=None,
    site=None,
)
_CLEO = replace(_BEN, id="3", number="103", name="Cleo Example")
_BY_CODE = RefusedFilter(extension_filter("2"), "SUB-403")


def roster(*extensions: Extension) -> Roster:
    """Return the monitored extensions."""
    return Roster(
        selection=Selection(frozenset({"everyone", "lines", "favorites"}), frozenset()),
        directory={extension.id: extension for extension in extensions},
        lines=(),
        favorites=(),
    )


BOTH = roster(_BEN, _CLEO)
# Of whom nothing is known but that they are there.
_OTHERS = [replace(_BEN, id=str(n)) for n in (4, 5)]

type Review = Callable[[RingCentralError | None, list[RefusedFilter]], None]


def issues_of(hass: HomeAssistant, entry_id: str) -> IssueManager:
    """Return the issues of a new entry."""
    MockConfigEntry(
        domain=DOMAIN, entry_id=entry_id, title=f"Title of {entry_id}"
    ).add_to_hass(hass)
    return IssueManager(hass, entry_id)


@pytest.fixture
def issues(hass: HomeAssistant) -> IssueManager:
    """Return the issues of an entry."""
    return issues_of(hass, "an-entry")


@pytest.fixture
def review(issues: IssueManager) -> Review:
    """Return the review of the issues of an account with two people."""
    return lambda error, refused: issues.update(BOTH, error, refused)


def raised(hass: HomeAssistant) -> dict[str, dict[str, str] | None]:
    """Return the issues that a user sees, with what their texts mention."""
    return {
        issue_id: issue.translation_placeholders
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN
    }


def test_nothing_wrong_raises_nothing(hass: HomeAssistant, review: Review) -> None:
    """Not even a lost connection, which is made again."""
    review(None, [])
    review(ConnectionFailedError(Reason.CONNECTION_LOST), [])
    assert raised(hass) == {}


@pytest.mark.parametrize(
    ("error", "issue", "permission"),
    [
        (
            PermissionMissingError(permission="SubscriptionWebSocket", code="CMN-401"),
            "push_not_permitted_an-entry",
            "WebSocket Subscriptions",
        ),
        (
            PermissionMissingError(permission=None, code="SUB-505", request_id="r-1"),
            "push_refused_an-entry",
            "-",
        ),
    ],
)
def test_missing_permission_for_push_is_named(
    hass: HomeAssistant,
    review: Review,
    error: RingCentralError,
    issue: str,
    permission: str,
) -> None:
    """As the developer console calls it, and its code."""
    review(error, [])
    ((issue_id, placeholders),) = raised(hass).items()
    assert placeholders is not None
    assert issue_id == issue
    assert placeholders["code"] == error.code
    assert placeholders["permission"] == permission
    assert placeholders["request_id"] == (error.request_id or "-")


@pytest.mark.parametrize(
    ("event_filter", "key", "extensions"),
    [
        (extension_filter("2"), "extensions_not_pushed", "Ben Example (102)"),
        (LINES_FILTER, "lines_not_pushed", ""),
        (FAVORITES_FILTER, "favorites_not_pushed", ""),
    ],
)
@pytest.mark.parametrize(("reason", "code"), [("SUB-412", "SUB-412"), (None, "-")])
def test_refused_filter_raises_the_issue_of_its_kind(
    hass: HomeAssistant,
    review: Review,
    event_filter: str,
    key: str,
    extensions: str,
    reason: str | None,
    code: str,
) -> None:
    """With its code, and the extension where it is about one."""
    review(None, [RefusedFilter(event_filter, reason)])
    assert raised(hass) == {
        f"{key}_an-entry": {
            "code": code,
            "extensions": extensions,
            "account": "Title of an-entry",
        }
    }


@pytest.mark.parametrize("kind", LIST_FILTERS)
@pytest.mark.parametrize(("reason", "code"), [("SUB-412", "SUB-412"), (None, "-")])
def test_refused_filter_of_a_list_raises_an_issue_without_a_permission(
    hass: HomeAssistant, review: Review, kind: RosterKind, reason: str | None, code: str
) -> None:
    """Its changes are noticed with the next poll."""
    review(None, [RefusedFilter(LIST_FILTERS[kind], reason)])
    assert raised(hass) == {
        "filters_not_permitted_an-entry": {
            "code": code,
            "permission": "-",
            "account": "Title of an-entry",
        }
    }


@pytest.mark.parametrize("refused", [queue_filter("901"), VOICEMAIL_FILTER])
@pytest.mark.parametrize("permission", ["ReadMessages", None])
def test_refused_filter_of_a_queue_or_of_voicemails_raises_no_issue(
    hass: HomeAssistant, issues: IssueManager, refused: str, permission: str | None
) -> None:
    """They are polled instead, and nothing else depends on them."""
    queue = replace(_BEN, id="901", type="Department")
    account = replace(
        BOTH,
        directory={**BOTH.directory, "901": queue},
        queues=frozenset({"901"}),
        voicemail=True,
    )
    assert refused in account.filters
    issues.update(account, None, [RefusedFilter(refused, "SUB-405", permission)])
    assert raised(hass) == {}


def test_refused_filters_of_lists_share_an_issue(
    hass: HomeAssistant, review: Review
) -> None:
    """With all codes; those that need a permission have an issue of their own."""
    review(
        None,
        [
            RefusedFilter(LIST_FILTERS[RosterKind.EXTENSIONS], "SUB-412"),
            RefusedFilter(LIST_FILTERS[RosterKind.LINES], "SUB-402"),
            RefusedFilter(
                LIST_FILTERS[RosterKind.FAVORITES], "CMN-401", "ReadContacts"
            ),
        ],
    )
    assert {id_: (shown or {})["code"] for id_, shown in raised(hass).items()} == {
        "filters_not_permitted_an-entry": "SUB-402, SUB-412",
        "filters_not_permitted_ReadContacts_an-entry": "CMN-401",
    }


def test_each_missing_permission_of_filters_raises_one_issue(
    hass: HomeAssistant, review: Review
) -> None:
    """Whatever the filters are that need it."""
    review(
        None,
        [
            RefusedFilter(FAVORITES_FILTER, "CMN-401", "ReadContacts"),
            RefusedFilter(
                LIST_FILTERS[RosterKind.FAVORITES], "CMN-401", "ReadContacts"
            ),
            RefusedFilter(extension_filter("2"), "CMN-401", "ReadPresence"),
        ],
    )
    permissions = {
        issue_id: (placeholders or {})["permission"]
        for issue_id, placeholders in raised(hass).items()
    }
    assert permissions == {
        "filters_not_permitted_ReadContacts_an-entry": "Read Contacts",
        "filters_not_permitted_ReadPresence_an-entry": "Read Presence",
    }


def test_extensions_are_named_in_order_up_to_ten(
    hass: HomeAssistant, issues: IssueManager
) -> None:
    """The others are counted; an extension missing in the list is omitted."""
    people = [
        replace(_BEN, id=str(n), number=f"1{n:02}", name=f"P {n:02}") for n in range(12)
    ]
    refused = [RefusedFilter(extension_filter(str(n)), None) for n in range(12)]
    gone = RefusedFilter(extension_filter("99"), None)
    issues.update(roster(*people), None, [*reversed(refused), gone])
    ((_, placeholders),) = raised(hass).items()
    assert placeholders is not None
    names = [f"P {n:02} (1{n:02})" for n in range(10)]
    assert placeholders["extensions"] == ", ".join(names) + " + 2"
    issues.update(roster(*people), None, refused[:10])
    ((_, placeholders),) = raised(hass).items()
    assert placeholders is not None
    assert placeholders["extensions"] == ", ".join(names)


def test_extension_without_name_or_number_is_mentioned(
    hass: HomeAssistant, issues: IssueManager
) -> None:
    """With what is known."""
    nameless = replace(_BEN, name=None, number=None)
    issues.update(roster(nameless), None, [_BY_CODE])
    assert raised(hass)["extensions_not_pushed_an-entry"] == {
        "code": "SUB-403",
        "extensions": "- (-)",
        "account": "Title of an-entry",
    }


def test_issue_is_deleted_when_it_is_fixed(hass: HomeAssistant, review: Review) -> None:
    """And the others stay."""
    missing = PermissionMissingError(permission="SubscriptionWebSocket", code="CMN-401")
    review(missing, [_BY_CODE])
    assert len(raised(hass)) == 2
    review(None, [_BY_CODE])
    assert list(raised(hass)) == ["extensions_not_pushed_an-entry"]
    review(None, [])
    assert raised(hass) == {}


def test_changed_issue_is_updated(hass: HomeAssistant, review: Review) -> None:
    """Another extension is concerned."""
    review(None, [_BY_CODE])
    review(None, [_BY_CODE, RefusedFilter(extension_filter("3"), "SUB-403")])
    assert raised(hass) == {
        "extensions_not_pushed_an-entry": {
            "code": "SUB-403",
            "extensions": "Ben Example (102), Cleo Example (103)",
            "account": "Title of an-entry",
        }
    }


def test_issue_shows_all_codes(hass: HomeAssistant, issues: IssueManager) -> None:
    """Each once, and a dash for filters without a code."""
    issues.update(
        roster(_BEN, _CLEO, *_OTHERS),
        None,
        [
            RefusedFilter(extension_filter("3"), None),
            RefusedFilter(extension_filter("2"), "SUB-403"),
            RefusedFilter(extension_filter("4"), "SUB-402"),
            RefusedFilter(extension_filter("5"), "SUB-403"),
        ],
    )
    ((_, placeholders),) = raised(hass).items()
    assert placeholders is not None
    assert placeholders["code"] == "-, SUB-402, SUB-403"


def test_data_of_an_issue_names_entry_and_key(
    hass: HomeAssistant, issues: IssueManager, review: Review
) -> None:
    """Each issue can be fixed."""
    missing = PermissionMissingError(permission="SubscriptionWebSocket", code="CMN-401")
    review(missing, [RefusedFilter(FAVORITES_FILTER, "CMN-401", "ReadContacts")])
    issues.update_allocation(EntityAllocation(omitted=1))
    found = {
        issue_id: (issue.is_fixable, issue.data)
        for (_, issue_id), issue in ir.async_get(hass).issues.items()
    }
    assert found == {
        issue_id: (True, {"entry_id": "an-entry", "key": key})
        for issue_id, key in (
            ("push_not_permitted_an-entry", "push_not_permitted"),
            ("filters_not_permitted_ReadContacts_an-entry", "filters_not_permitted"),
            ("extensions_left_out_an-entry", "extensions_left_out"),
        )
    }


async def test_issue_that_stays_is_not_updated(
    hass: HomeAssistant, review: Review
) -> None:
    """A review follows each attempt to connect."""
    updates = async_capture_events(hass, ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED)
    for _ in range(3):
        review(None, [_BY_CODE])
    await hass.async_block_till_done()
    assert len(updates) == 1


def test_issue_deleted_by_its_repair_flow_is_created_again_if_it_remains(
    hass: HomeAssistant, review: Review
) -> None:
    """Home Assistant deletes what it takes to be fixed."""
    review(None, [_BY_CODE])
    ir.async_delete_issue(hass, DOMAIN, "extensions_not_pushed_an-entry")
    review(None, [_BY_CODE])
    assert list(raised(hass)) == ["extensions_not_pushed_an-entry"]


def test_refusal_of_what_is_no_longer_monitored_raises_no_issue(
    hass: HomeAssistant, issues: IssueManager
) -> None:
    """It is known until the next subscription, which may take a while."""
    refused = [
        RefusedFilter(LINES_FILTER, "SUB-403"),
        RefusedFilter(extension_filter("3"), "SUB-403"),
    ]
    everyone = Selection(frozenset({"everyone"}), frozenset())
    issues.update(BOTH, None, refused)
    assert len(raised(hass)) == 2
    issues.update(replace(roster(_BEN), selection=everyone), None, refused)
    assert raised(hass) == {}


def test_end_of_the_entry_withdraws_its_issues_only(
    hass: HomeAssistant, issues: IssueManager
) -> None:
    """Another account may have the same trouble."""
    other = issues_of(hass, "another-entry")
    for one in (issues, other):
        one.update(BOTH, None, [_BY_CODE])
    issues.clear()
    assert list(raised(hass)) == ["extensions_not_pushed_another-entry"]
    issues.clear()
    issues.update(BOTH, None, [_BY_CODE])
    assert len(raised(hass)) == 2


def test_omitted_extensions_are_counted_until_there_are_none(
    hass: HomeAssistant, issues: IssueManager, review: Review
) -> None:
    """Independent of other issues."""
    shown = frozenset({"2"})
    review(None, [_BY_CODE])
    issues.update_allocation(EntityAllocation(shown, omitted=2))
    review(None, [])
    assert raised(hass) == {
        "extensions_left_out_an-entry": {
            "left_out": "2",
            "shown": "1",
            "limit": "10000",
            "account": "Title of an-entry",
        }
    }
    review(None, [_BY_CODE])
    issues.update_allocation(EntityAllocation(shown, omitted=1))
    assert (raised(hass)["extensions_left_out_an-entry"] or {})["left_out"] == "1"
    issues.update_allocation(EntityAllocation(shown))
    assert list(raised(hass)) == ["extensions_not_pushed_an-entry"]


async def test_issue_about_the_same_omitted_extensions_is_not_updated(
    hass: HomeAssistant, issues: IssueManager, review: Review
) -> None:
    """Unless the number changes."""
    updates = async_capture_events(hass, ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED)
    crowded = EntityAllocation(frozenset({"2"}), omitted=2)
    for _ in range(3):
        issues.update_allocation(crowded)
        review(None, [])
    await hass.async_block_till_done()
    assert [event.data["action"] for event in updates] == ["create"]
    issues.update_allocation(EntityAllocation())
    issues.update_allocation(crowded)
    await hass.async_block_till_done()
    assert [event.data["action"] for event in updates] == ["create", "remove", "create"]


def test_push_issue_of_a_former_run_survives_an_update_of_the_allocation(
    hass: HomeAssistant, issues: IssueManager, review: Review
) -> None:
    """That comes first, before it is known whether there is push."""
    review(None, [_BY_CODE])
    manager = IssueManager(hass, "an-entry")
    manager.update_allocation(EntityAllocation())
    assert list(raised(hass)) == ["extensions_not_pushed_an-entry"]


def test_each_text_has_its_issue() -> None:
    """No text is left over; that none is missing, every test here would notice."""
    assert set(TEXTS["issues"]) == {key.value for key in IssueKey}

"""Event filters: built from a scope, compared with what the platform granted."""

from collections.abc import Mapping, Sequence

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api import event_filters
from custom_components.ringcentral.api.event_filters import (
    FAVORITES_FILTER,
    LINES_FILTER,
    LIST_FILTERS,
    VOICEMAIL_FILTER,
    RefusedFilter,
    Scope,
    build_filters,
    extension_filter,
    filter_expander,
    filter_extension_id,
    find_refused,
    queue_filter,
)
from custom_components.ringcentral.api.exceptions import (
    PermissionMissingError,
    RejectedError,
    RingCentralError,
)
from custom_components.ringcentral.api.models.gateway import (
    DisabledFilter,
    Subscription,
)
from custom_components.ringcentral.api.models.notifications import RosterKind

ACCOUNT = "37439510"
OWN = "297277020"
expand = filter_expander(ACCOUNT, OWN)
BASE = "/restapi/v1.0/account"
SIP = "?detailedTelephonyState=true&sipData=true"


def subscription(
    granted: Sequence[str], disabled: Sequence[tuple[str, str | None]] = ()
) -> Subscription:
    """Return a subscription as the platform grants it."""
    return Subscription(
        id="1",
        filters=tuple(granted),
        disabled=tuple(
            DisabledFilter(filter=f, reason=reason) for f, reason in disabled
        ),
    )


def refused(
    requested: Sequence[str],
    granted: Sequence[str],
    disabled: Sequence[tuple[str, str | None]] = (),
    refusals: Mapping[str, RingCentralError] | None = None,
) -> list[RefusedFilter]:
    """Return what is refused of a request."""
    granting = subscription(granted, disabled)
    return list(find_refused(requested, granting, refusals or {}, ACCOUNT, OWN))


def test_one_extension() -> None:
    """Its presence with calls and SIP data, and the list that it comes from."""
    assert build_filters(Scope(extension_ids=frozenset({"102"}))) == (
        f"{BASE}/~/extension/102/presence{SIP}",
        f"{BASE}/~/extension",
    )


def test_lines() -> None:
    """Their presence, and the list of them."""
    assert build_filters(Scope(lines=True)) == (
        f"{BASE}/~/extension/~/presence/line/presence{SIP}",
        f"{BASE}/~/extension/~/presence/line",
        f"{BASE}/~/extension",
    )


def test_favorites() -> None:
    """Their presence, and the list of them."""
    assert build_filters(Scope(favorites=True)) == (
        f"{BASE}/~/extension/~/favorite/presence{SIP}",
        f"{BASE}/~/extension/~/favorite",
        f"{BASE}/~/extension",
    )


def test_queues_and_voicemail_come_last() -> None:
    """Presence is requested before them where filters are refused."""
    scope = Scope(lines=True, queues=frozenset({"902", "9/1"}), voicemail=True)
    assert build_filters(scope)[-4:] == (
        f"{BASE}/~/extension",
        f"{BASE}/~/call-queues/9%2F1/presence",
        f"{BASE}/~/call-queues/902/presence",
        f"{BASE}/~/extension/~/message-store?type=VoiceMail&direction=Inbound",
    )


@given(st.frozensets(st.from_regex(r"[0-9]{1,12}", fullmatch=True)))
def test_same_scope_gives_the_same_filters(extension_ids: frozenset[str]) -> None:
    """Each once, in a stable order: any change causes a request."""
    scope = Scope(extension_ids=extension_ids, lines=True, favorites=True)
    again = Scope(
        extension_ids=frozenset(sorted(extension_ids, reverse=True)),
        lines=True,
        favorites=True,
    )

    filters = build_filters(scope)

    assert filters == build_filters(again)
    assert len(set(filters)) == len(filters) == len(extension_ids) + 5
    watched = {filter_extension_id(f) for f in filters}
    assert watched == {*extension_ids, None}


@pytest.mark.parametrize(
    ("event_filter", "expanded"),
    [
        (LINES_FILTER, f"{BASE}/{ACCOUNT}/extension/{OWN}/presence/line/presence{SIP}"),
        (extension_filter("102"), f"{BASE}/{ACCOUNT}/extension/102/presence{SIP}"),
        (LIST_FILTERS[RosterKind.EXTENSIONS], f"{BASE}/{ACCOUNT}/extension"),
        (f"{BASE}/1/extension/2/presence?a=~", f"{BASE}/1/extension/2/presence?a=~"),
    ],
)
def test_own_ids_replace_the_tilde(event_filter: str, expanded: str) -> None:
    """In the path only."""
    assert expand(event_filter) == expanded


@pytest.mark.parametrize(
    ("event_filter", "extension_id"),
    [
        (extension_filter("102"), "102"),
        (f"{BASE}/{ACCOUNT}/extension/102/presence", "102"),
        (LINES_FILTER, None),
        (FAVORITES_FILTER, None),
        (f"{BASE}/~/presence", None),
        (LIST_FILTERS[RosterKind.LINES], None),
    ],
)
def test_extension_of_a_filter(event_filter: str, extension_id: str | None) -> None:
    """Only the presence filter of one extension has one."""
    assert filter_extension_id(event_filter) == extension_id


def test_nothing_is_rejected_if_all_is_granted_in_another_spelling() -> None:
    """Expanded, in another order, with parameters turned round or added slashes."""
    requested = build_filters(Scope(extension_ids=frozenset({"102"}), lines=True))
    turned = "?sipData=true&detailedTelephonyState=true"
    granted = [
        f"{BASE}/{ACCOUNT}/extension/",
        f"{BASE}/{ACCOUNT}/extension/{OWN}/presence/line",
        f"{expand(LINES_FILTER).partition('?')[0]}{turned}",
        f"{BASE}/{ACCOUNT}/extension/102/presence{SIP}",
    ]

    assert refused(requested, granted) == []


def test_omitted_filter_is_rejected_without_a_reason() -> None:
    """The platform may leave a filter out silently."""
    requested = build_filters(Scope(extension_ids=frozenset({"102"})))

    assert refused(requested, requested[1:]) == [RefusedFilter(requested[0], None)]


def test_filter_granted_without_sip_data_is_refused() -> None:
    """Its events would lack what is wanted."""
    requested = (extension_filter("102"),)

    assert refused(requested, [requested[0].replace("&sipData=true", "")]) == [
        RefusedFilter(requested[0], None)
    ]


def test_disabled_filter_is_refused_with_its_reason() -> None:
    """Also if it is listed among the granted ones as well."""
    expanded = expand(LINES_FILTER)

    assert refused(
        (LINES_FILTER, FAVORITES_FILTER),
        [expanded, expand(FAVORITES_FILTER)],
        [(expanded, "SUB-412")],
    ) == [RefusedFilter(LINES_FILTER, "SUB-412")]


def test_filter_disabled_without_reason_is_refused() -> None:
    """A reason is not sure to come."""
    assert refused((LINES_FILTER,), [], [(LINES_FILTER, None)]) == [
        RefusedFilter(LINES_FILTER, None)
    ]


def test_filter_omitted_from_the_request_is_rejected_with_its_error() -> None:
    """It would have spoilt the request; that it is not granted is no news."""
    missing = PermissionMissingError(permission="ReadContacts", code="CMN-401")
    invalid = RejectedError(code="CMN-101")
    extension = extension_filter("102")

    assert refused(
        (extension, FAVORITES_FILTER, LINES_FILTER),
        [expand(LINES_FILTER)],
        refusals={extension: invalid, FAVORITES_FILTER: missing},
    ) == [
        RefusedFilter(extension, "CMN-101"),
        RefusedFilter(FAVORITES_FILTER, "CMN-401", "ReadContacts"),
    ]


@pytest.mark.parametrize(
    ("event_filter", "kind"),
    [
        (extension_filter("102"), "the presence of an extension"),
        (LINES_FILTER, "the presence of the monitored lines"),
        (FAVORITES_FILTER, "the presence of the favorites"),
        (LIST_FILTERS[RosterKind.LINES], "changes of the monitored lines"),
        (LIST_FILTERS[RosterKind.FAVORITES], "changes of the favorites"),
        (LIST_FILTERS[RosterKind.EXTENSIONS], "changes of the extension list"),
        (queue_filter("901"), "changes of a call queue"),
        (VOICEMAIL_FILTER, "new voicemails"),
    ],
)
def test_refused_filter_is_described_without_personal_data(
    event_filter: str, kind: str
) -> None:
    """For the log."""
    assert RefusedFilter(event_filter, None).kind == kind


@given(st.lists(st.text() | st.sampled_from(["//[", "http://[::1", "?=&;=%zz"])))
def test_whatever_the_platform_grants_the_rest_is_refused(granted: list[str]) -> None:
    """What it lists may be no filter at all."""
    requested = build_filters(Scope(lines=True))

    assert [r.filter for r in refused(requested, granted)] == list(requested)


_TURNED = SIP.replace("?detailedTelephonyState=true&", "?") + (
    "&detailedTelephonyState=true"
)


@given(
    st.dictionaries(
        st.from_regex(r"[0-9]{1,12}|[~%/. a]{1,3}", fullmatch=True),
        st.sampled_from(
            ["granted", "other spelling", "missing", "disabled", "rejected"]
        ),
    ),
    st.booleans(),
)
def test_all_that_delivers_no_events_is_refused(
    outcomes: dict[str, str], lines: bool
) -> None:
    """In any mixture of outcomes and spellings, in the order of the request."""
    scope = Scope(extension_ids=frozenset(outcomes), lines=lines)
    requested = build_filters(scope)
    outcome_of = {extension_filter(i): outcome for i, outcome in outcomes.items()}
    granted, disabled, rejected = [], [], {}
    for event_filter in requested:
        expanded = expand(event_filter)
        match outcome_of.get(event_filter, "granted"):
            case "granted":
                granted.append(expanded)
            case "other spelling":
                granted.append(expanded.replace(SIP, _TURNED))
            case "disabled":
                granted.append(expanded)
                disabled.append((expanded.replace(SIP, _TURNED), "SUB-412"))
            case "rejected":
                rejected[event_filter] = RejectedError(code="CMN-101")
    reasons = {"missing": None, "disabled": "SUB-412", "rejected": "CMN-101"}

    assert refused(requested, granted, disabled, rejected) == [
        RefusedFilter(event_filter, reasons[outcome])
        for event_filter in requested
        if (outcome := outcome_of.get(event_filter, "granted")) in reasons
    ]


@pytest.mark.parametrize(
    ("spelling", "parsed"),
    [pytest.param(SIP, 0, id="same"), pytest.param(_TURNED, 2, id="other")],
)
def test_parameters_of_thousands_of_filters_are_parsed_at_most_once(
    spelling: str, parsed: int
) -> None:
    """And not at all if all are granted as they were requested."""
    requested = [extension_filter(str(number)) for number in range(1, 2001)]
    granted = [expand(f).replace(SIP, spelling) for f in requested]
    event_filters._parameters.cache_clear()
    assert refused(requested, granted) == []
    assert event_filters._parameters.cache_info().misses == parsed

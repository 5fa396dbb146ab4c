"""Allow-list of diagnostics: values of the right shape only."""

from collections.abc import Callable

from hypothesis import given
import orjson
import pytest

from custom_components.ringcentral import allowlist
from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import ParseError
from custom_components.ringcentral.api.models.notifications import decode_notification

from .strategies import json_objects, json_values

_ID = "6d1f8a10-ef9a-11f0-9c55-02420a000101"


@pytest.mark.parametrize(
    ("allow", "value", "allowed"),
    [
        (allowlist.code, "CMN-101", "CMN-101"),
        (allowlist.code, "InvalidParameter", "InvalidParameter"),
        *((allowlist.code, code, code) for code in ("OAU-213", "WSG-1005", "AGW-401")),
        (allowlist.code, "InsufficientPermissions", "InsufficientPermissions"),
        (allowlist.code, "MaintenanceMode", "MaintenanceMode"),
        (allowlist.code, "Quokkarina", None),
        (allowlist.code, "QuokkarinaZyxwvutson", None),
        (allowlist.code, "QUOKKA-101", None),
        (allowlist.code, "BEN-10166", None),
        (allowlist.code, "cmn-101", None),
        (allowlist.code, "CMN-١٠١", None),
        (allowlist.code, "CMN-990077", None),
        (allowlist.code, "CMN-101\n", None),
        (allowlist.code, 101, None),
        (allowlist.permission, "ReadPresence", "ReadPresence"),
        (allowlist.permission, "Contacts", "Contacts"),
        (allowlist.permission, "SubscriptionWebSocket", "SubscriptionWebSocket"),
        (allowlist.permission, "Quokkarina", None),
        (allowlist.permission, "Read Quokkarina", None),
        (allowlist.request_id, _ID, _ID),
        (allowlist.request_id, f"{_ID}-5", f"{_ID}-5"),
        (allowlist.request_id, "9900770012345", None),
        (allowlist.request_id, f"{_ID}-9900770012345", None),
        (allowlist.request_id, None, None),
        (allowlist.brand, "1210", "1210"),
        (allowlist.brand, "990077", None),
        (allowlist.brand, "١٢١٠", None),
        (allowlist.key, "cannot_connect", "cannot_connect"),
        (allowlist.key, "990077", None),
        (allowlist.key, "Quokkarina", None),
        (allowlist.status, 503, 503),
        (allowlist.status, 9900770012345, None),
        (allowlist.status, 0, None),
        (allowlist.status, "503", None),
        (allowlist.amount, 59.6, 60),
        (allowlist.amount, -3, -3),
        (allowlist.amount, 990077, None),
        (allowlist.amount, float("nan"), None),
        (allowlist.amount, float("-inf"), None),
        (allowlist.amount, "3", None),
    ],
)
def test_value_is_allowed_if_it_has_the_right_shape(
    allow: Callable[[object], object], value: object, allowed: object
) -> None:
    """And not at all otherwise."""
    assert allow(value) == allowed


def test_enum_value_is_kept_if_it_is_known() -> None:
    """Any other value is replaced, whatever its type is."""
    values = ["User", "Quokkarina", None, 990077, ["User"]]

    assert [allowlist.one_of(value, {"User"}) for value in values] == [
        "User",
        *["other"] * 4,
    ]


@pytest.mark.parametrize(
    ("server", "kind"),
    [
        ("https://platform.ringcentral.com", "ringcentral"),
        ("https://platform.ringcentral.biz", "partner"),
        ("https://pbx.canary.example", "custom"),
        ("https://platform.ringcentral.com.canary.example", "custom"),
        ("https://[canary", "custom"),
        ("", "custom"),
        (None, "custom"),
    ],
)
def test_server_is_described_by_its_kind(server: object, kind: str) -> None:
    """Never by its host name."""
    assert allowlist.server(server) == kind


@pytest.mark.parametrize("unused", ["9900770012345", "+1 990 077", "a@b", "a\nb", "é"])
def test_anomaly_with_other_characters_is_counted_without_its_name(
    unused: str,
) -> None:
    """No case is lost."""
    found = {f"extension without presence {unused}": 2, f"{unused}": 3, "frame": 1}

    assert allowlist.anomalies(found) == {"frame": 1, "other": 5}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("OnBreak", "OnBreak"),
        ("CallConnected", "CallConnected"),
        ("VideoMeeting", "VideoMeeting"),
        ("Quokkarina", "?"),
        ("QuokkarinaZyxwvutson", "?"),
        ("CallQuokkarina", "?"),
        ("RINGING", "?"),
        ("?", "?"),
    ],
)
def test_unknown_value_is_shown_if_it_consists_of_words_of_the_platform(
    value: str, shown: str
) -> None:
    """A caller may have any other name; no case is lost."""
    found = {
        f"unknown value of Direction {value}": 2,
        "unknown value of Direction ?": 1,
    }

    allowed = allowlist.anomalies(found)

    prefix = "unknown value of Direction"
    assert allowed[f"{prefix} {shown}"] >= 1
    assert set(allowed) <= {f"{prefix} {shown}", f"{prefix} ?"}
    assert sum(allowed.values()) == sum(found.values())


@given(json_objects, json_values)
def test_anomalies_name_no_key_and_no_value_of_an_event(
    body: dict[str, object], odd: object
) -> None:
    """They contain at most an enumeration value of the platform."""
    anomalies = Anomalies()
    event = {
        "uuid": odd,
        "event": odd,
        "timestamp": odd,
        "body": {"extensionId": "1", "sequence": odd, "presenceStatus": odd, **body},
    }
    try:
        decode_notification(orjson.dumps(event), anomalies)
    except ParseError as err:
        anomalies.count(str(err))

    allowed = allowlist.anomalies(anomalies.counts)

    assert allowed == dict(sorted(anomalies.counts.items()))

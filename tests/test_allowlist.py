"""What is told of values from outside: it has the right shape, or is not told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import given
import pytest

from custom_components.ringcentral import allowlist as disclosure
from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import ParseError
from custom_components.ringcentral.api.models.presence import parse_event

from .strategies import json_objects, json_values

_ID = "6d1f8a10-ef9a-11f0-9c55-02420a000101"


@pytest.mark.parametrize(
    ("tell", "value", "told"),
    [
        (disclosure.code, "CMN-101", "CMN-101"),
        (disclosure.code, "InvalidParameter", "InvalidParameter"),
        *((disclosure.code, code, code) for code in ("OAU-213", "WSG-1005", "AGW-401")),
        (disclosure.code, "InsufficientPermissions", "InsufficientPermissions"),
        (disclosure.code, "MaintenanceMode", "MaintenanceMode"),
        (disclosure.code, "Quokkarina", None),
        (disclosure.code, "QuokkarinaZyxwvutson", None),
        (disclosure.code, "QUOKKA-101", None),
        (disclosure.code, "BEN-10166", None),
        (disclosure.code, "cmn-101", None),
        (disclosure.code, "CMN-١٠١", None),
        (disclosure.code, "CMN-990077", None),
        (disclosure.code, "CMN-101\n", None),
        (disclosure.code, 101, None),
        (disclosure.permission, "ReadPresence", "ReadPresence"),
        (disclosure.permission, "Contacts", "Contacts"),
        (disclosure.permission, "SubscriptionWebSocket", "SubscriptionWebSocket"),
        (disclosure.permission, "Quokkarina", None),
        (disclosure.permission, "Read Quokkarina", None),
        (disclosure.request_id, _ID, _ID),
        (disclosure.request_id, f"{_ID}-5", f"{_ID}-5"),
        (disclosure.request_id, "9900770012345", None),
        (disclosure.request_id, f"{_ID}-9900770012345", None),
        (disclosure.request_id, None, None),
        (disclosure.brand, "1210", "1210"),
        (disclosure.brand, "990077", None),
        (disclosure.brand, "١٢١٠", None),
        (disclosure.key, "cannot_connect", "cannot_connect"),
        (disclosure.key, "990077", None),
        (disclosure.key, "Quokkarina", None),
        (disclosure.status, 503, 503),
        (disclosure.status, 9900770012345, None),
        (disclosure.status, 0, None),
        (disclosure.status, "503", None),
        (disclosure.amount, 59.6, 60),
        (disclosure.amount, -3, -3),
        (disclosure.amount, 990077, None),
        (disclosure.amount, float("nan"), None),
        (disclosure.amount, float("-inf"), None),
        (disclosure.amount, "3", None),
    ],
)
def test_value_is_told_if_it_has_the_right_shape(
    tell: Callable[[object], object], value: object, told: object
) -> None:
    """And not at all otherwise."""
    assert tell(value) == told


def test_words_are_counted_if_they_are_known() -> None:
    """The others are counted together, whatever they are."""
    values = ["User", "User", "Quokkarina", None, 990077, ["User"]]

    assert disclosure.counts(values, disclosure.EXTENSION_TYPES) == {
        "User": 2,
        "other": 4,
    }


@pytest.mark.parametrize("unused", ["9900770012345", "+1 990 077", "a@b", "a\nb", "é"])
def test_anomaly_with_something_else_in_it_is_counted_without_its_name(
    unused: str,
) -> None:
    """No case is lost, though."""
    found = {f"extension without presence {unused}": 2, f"{unused}": 3, "frame": 1}

    assert disclosure.anomalies(found) == {"frame": 1, "other": 5}


@given(json_objects, json_values)
def test_anomalies_name_no_key_and_no_value_of_an_event(
    body: dict[str, object], odd: object
) -> None:
    """They are our own words, with one plain word of an enumeration at the most."""
    anomalies = Anomalies()
    event = {
        "uuid": odd,
        "event": odd,
        "timestamp": odd,
        "body": {"extensionId": "1", "sequence": odd, "presenceStatus": odd, **body},
    }
    try:
        parse_event(event, anomalies)
    except ParseError as err:
        anomalies.count(str(err))

    told = disclosure.anomalies(anomalies.counts)

    assert told == dict(sorted(anomalies.counts.items()))


def test_age_is_told_in_seconds() -> None:
    """And none of what never was."""
    now = datetime(2026, 3, 2, tzinfo=UTC)

    assert disclosure.seconds_since(now - timedelta(seconds=90), now) == 90
    assert disclosure.seconds_since(None, now) is None

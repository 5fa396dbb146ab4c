"""Counters of unusable input."""

import logging

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies


def test_first_case_of_a_kind_is_logged_and_further_ones_are_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever the details."""
    anomalies = Anomalies()

    anomalies.count("binary frame")
    anomalies.count("binary frame")
    anomalies.count("binary frame", detail="other")

    assert anomalies.counts == {"binary frame": 2, "binary frame other": 1}
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert ": binary frame (logged once" in record.message


def test_each_kind_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """Two kinds, two lines."""
    anomalies = Anomalies()

    anomalies.wrong_type("totalActiveCalls")
    anomalies.wrong_type("sequence")
    anomalies.wrong_type("sequence")

    assert anomalies.counts == {
        "wrong type of totalActiveCalls": 1,
        "wrong type of sequence": 2,
    }
    assert len(caplog.records) == 2


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        ("OnBreak", "OnBreak"),
        ("Alice Example", "?"),
        ("+16505550123", "?"),
        ("sip:102@example.com", "?"),
        ("", "?"),
        ("A" * 41, "?"),
        (["OnBreak"], "?"),
        (7, "?"),
    ],
)
def test_unknown_value_is_counted_only_if_it_is_a_plain_identifier(
    value: object, detail: str, caplog: pytest.LogCaptureFixture
) -> None:
    """And it is never logged."""
    anomalies = Anomalies()

    anomalies.unknown_value("presenceStatus", value)

    assert anomalies.counts == {f"unknown value of presenceStatus {detail}": 1}
    (record,) = caplog.records
    assert "unknown value of presenceStatus" in record.message
    assert "OnBreak" not in record.message


def test_kinds_beyond_the_limit_share_one_counter() -> None:
    """Input decides the kinds, so it could fill the memory."""
    anomalies = Anomalies()

    for number in range(500):
        anomalies.count("kind", detail=str(number))
    anomalies.count("kind", detail="0")

    assert len(anomalies.counts) == 201
    assert anomalies.counts["other"] == 300
    assert anomalies.counts["kind 0"] == 2


@given(st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9)), max_size=300))
def test_no_case_goes_uncounted(cases: list[tuple[str, str]]) -> None:
    """And the number of counters stays bounded."""
    anomalies = Anomalies()

    for kind, detail in cases:
        anomalies.count(kind, detail=detail)

    assert anomalies.counts.total() == len(cases)
    assert len(anomalies.counts) <= 201

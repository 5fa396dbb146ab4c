"""From refusing answers to errors: what went wrong, and whether trying again helps."""

import logging
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.exceptions import (
    DEFAULT_PENALTY,
    AuthenticationError,
    ConnectionFailedError,
    NotFoundError,
    PermissionMissingError,
    RateLimitedError,
    Reason,
    RejectedError,
    RingCentralError,
    ServiceUnavailableError,
    TemporaryError,
    error_from_answer,
    error_from_token_answer,
    retry_after,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "errorCode",
                    "errors",
                    "error",
                    "message",
                    "parameterName",
                    "permissionName",
                    "permissionsName",
                    "Retry-After",
                    "RCRequestId",
                ]
            ),
            inner,
        )
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (400, RejectedError, Reason.REJECTED),
        (401, AuthenticationError, Reason.TOKEN_REJECTED),
        (403, PermissionMissingError, Reason.PERMISSION_MISSING),
        (404, NotFoundError, Reason.NOT_FOUND),
        (405, RejectedError, Reason.REJECTED),
        (429, RateLimitedError, Reason.RATE_LIMITED),
        (500, ServiceUnavailableError, Reason.SERVER_ERROR),
        (502, ServiceUnavailableError, Reason.SERVER_ERROR),
        (503, ServiceUnavailableError, Reason.MAINTENANCE),
    ],
)
def test_status_decides_the_kind(
    status: int, kind: type[RingCentralError], reason: Reason
) -> None:
    """Whether or not there is a body; an error of the server may be later than its work."""
    err = error_from_answer(status, {}, None)

    assert type(err) is kind
    assert (err.reason, err.status, err.code) == (reason, status, None)
    assert str(err) == f"{reason} HTTP {status}"
    assert err.may_be_done is (kind is ServiceUnavailableError)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"errorCode": "InvalidParameter", "errors": [{"errorCode": "CMN-101"}]}, "CMN-101"),
        ({"errorCode": "AGW-404", "errors": []}, "AGW-404"),
        ({"errorCode": "CMN-102"}, "CMN-102"),
        ({"errorCode": "InvalidParameter", "errors": [{}]}, "InvalidParameter"),
        ({"errorCode": "CMN-102", "errors": ["text", {"errorCode": "SUB-507"}]}, "SUB-507"),
        ({"errorCode": "CMN-102", "errors": "text"}, "CMN-102"),
        ({"errorCode": "call +16505550123"}, None),
        ({"errorCode": 102}, None),
        ({"errorCode": "Quokkarina"}, None),
        ({"errorCode": "QuokkarinaZyxwvutson"}, None),
        ({"errorCode": "CMN-12345"}, None),
        ({"errorCode": "CMN-101", "errors": [{"errorCode": "Quokkarina"}]}, "CMN-101"),
        (["CMN-102"], None),
        (None, None),
    ],
)  # fmt: skip
def test_code_of_the_first_inner_error_comes_first(
    body: object, code: str | None
) -> None:
    """Then the one at the top; what does not have the form of a code is none."""
    assert error_from_answer(400, {}, body).code == code


@pytest.mark.parametrize(
    ("body", "permission"),
    [
        ({"permissionName": "ReadPresence"}, "ReadPresence"),
        ({"errors": [{"permissionName": "ReadPresence"}]}, "ReadPresence"),
        ({"errors": [{"permissionsName": "EditPresence"}]}, "EditPresence"),
        (
            {"message": "[SubscriptionWebSocket] application permission is required"},
            "SubscriptionWebSocket",
        ),
        (
            {"errors": [{"message": "application needs to have [ReadAccounts] permission"}]},
            "ReadAccounts",
        ),
        ({"permissionName": "CallControl"}, "CallControl"),
        ({"permissionName": "RingOut"}, "RingOut"),
        ({"permissionName": "TelephonySessions"}, "TelephonySessions"),
        ({"permissionName": "CallControls"}, None),
        ({"permissionName": "not a name"}, None),
        ({"permissionName": "Quokkarina"}, None),
        ({"permissionName": "Read" + "x" * 31}, None),
        ({"permissionName": "Read" + "x" * 30}, "Read" + "x" * 30),
        ({"message": "[Quokkarina] permission"}, None),
        ({"permissionName": 7, "message": 7}, None),
        ({"message": "You may not"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_missing_permission_is_named(body: object, permission: str | None) -> None:
    """The key has two spellings, or only the message contains it."""
    err = error_from_answer(403, {}, body)

    assert isinstance(err, PermissionMissingError)
    assert err.permission == permission


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"parameterName": "eventFilters"}, "eventFilters"),
        ({"errors": [{"parameterName": "page"}], "parameterName": "x"}, "page"),
        ({"parameterName": 7}, None),
        ({}, None),
    ],
)
def test_refused_parameter_is_named(body: object, parameter: str | None) -> None:
    """The inner error repeats it."""
    err = error_from_answer(400, {}, body)

    assert isinstance(err, RejectedError)
    assert err.parameter == parameter


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        ("0.5", 0.5),
        ("3600", 3600),
        ("86400", 3600),
        ("86401", None),
        ("0", None),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("", None),
        (None, None),
        (30, None),
        (["30"], None),
    ],
)
def test_retry_after_is_understood_or_absent(
    header: Any, seconds: float | None
) -> None:
    """Replies of the gateway carry headers as JSON, which can be anything."""
    assert retry_after({"Retry-After": header}) == seconds


def test_rate_limit_waits_for_retry_after() -> None:
    """In seconds."""
    err = error_from_answer(429, {"Retry-After": "17"}, None)

    assert isinstance(err, RateLimitedError)
    assert err.retry_after == 17


def test_rate_limit_without_retry_after_waits_a_minute() -> None:
    """Account-wide limits send no headers at all."""
    err = error_from_answer(429, {}, {"errorCode": "CMN-310"})

    assert isinstance(err, RateLimitedError)
    assert err.retry_after == DEFAULT_PENALTY == 60


def test_maintenance_waits_for_retry_after() -> None:
    """Nothing is added to it."""
    errors = [
        error_from_answer(503, {"Retry-After": "120"}, None),
        error_from_answer(503, {}, None),
    ]

    assert all(isinstance(err, TemporaryError) for err in errors)
    assert [getattr(err, "retry_after", 0) for err in errors] == [120, None]


def test_request_id_is_kept_and_shown() -> None:
    """The platform's support needs it."""
    request_id = "95ae4a2e-01c3-11f0-8e5e-005056bf7145-3"

    err = error_from_answer(404, {"RCRequestId": request_id}, None)

    assert err.request_id == request_id
    assert str(err) == f"not_found HTTP 404 request {request_id}"


@pytest.mark.parametrize(
    "value", [7, None, {"name": "Alice"}, "Alice Example", "a" * 200]
)
def test_request_id_of_another_form_is_dropped(value: Any) -> None:
    """It would end up in the log."""
    err = error_from_answer(404, {"RCRequestId": value}, None)

    assert err.request_id is None
    assert str(err) == "not_found HTTP 404"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("invalid_client", Reason.INVALID_CLIENT),
        ("invalid_grant", Reason.INVALID_GRANT),
        ("expired_token", Reason.INVALID_GRANT),
        ("access_denied", Reason.INVALID_GRANT),
        ("unauthorized_client", Reason.GRANT_NOT_ALLOWED),
        ("unsupported_grant_type", Reason.GRANT_NOT_ALLOWED),
        ("invalid_request", Reason.GRANT_NOT_ALLOWED),
        ("invalid_scope", Reason.GRANT_NOT_ALLOWED),
        ("insufficient_scope", Reason.GRANT_NOT_ALLOWED),
    ],
)
@pytest.mark.parametrize("status", [400, 401, 403])
def test_oauth_refusal_is_about_the_credentials(
    status: int, value: str, reason: Reason
) -> None:
    """With the code of the inner error for the log."""
    err = error_from_token_answer(
        status, {}, {"error": value, "errors": [{"errorCode": "OAU-210"}]}
    )

    assert type(err) is AuthenticationError
    assert (err.reason, err.status, err.code) == (reason, status, "OAU-210")


@pytest.mark.parametrize("errors", [[], None, "text", ["text"], [{}], {}])
def test_oauth_refusal_without_a_code_is_one_all_the_same(errors: object) -> None:
    """The list of errors may be empty or missing."""
    err = error_from_token_answer(400, {}, {"error": "invalid_grant", "errors": errors})

    assert (err.reason, err.code) == (Reason.INVALID_GRANT, None)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, None),
        (400, {"error": "server_is_sleepy"}),
        (400, {"error": ["invalid_grant"]}),
        (403, {"message": "Forbidden"}),
        (404, {"error": "invalid_grant"}),
        (407, {"error": "invalid_client"}),
        (302, None),
        (451, ["invalid_grant"]),
    ],
)
def test_other_answers_of_the_token_endpoint_are_no_refusal(
    status: int, body: object
) -> None:
    """An answer of a proxy or a captive portal does not concern credentials."""
    err = error_from_token_answer(status, {}, body)

    assert type(err) is ConnectionFailedError
    assert (err.reason, err.status) == (Reason.UNEXPECTED_ANSWER, status)


@pytest.mark.parametrize(
    ("status", "kind"), [(429, RateLimitedError), (503, ServiceUnavailableError)]
)
def test_token_endpoint_out_of_order_is_no_refusal(
    status: int, kind: type[RingCentralError]
) -> None:
    """Even with an error about the grant."""
    err = error_from_token_answer(status, {}, {"error": "invalid_grant"})

    assert type(err) is kind


@given(st.integers(min_value=0, max_value=999), JSON, JSON)
def test_any_answer_becomes_an_error_that_shows_none_of_it(
    status: int, headers: Any, body: object
) -> None:
    """Headers of the gateway are JSON too."""
    headers = headers if isinstance(headers, dict) else {}

    for err in (
        error_from_answer(status, headers, body),
        error_from_token_answer(status, headers, body),
    ):
        text = str(err.reason)
        if 100 <= status <= 599:
            text += f" HTTP {status}"
        if err.code is not None:
            text += f" code {err.code}"
        if err.request_id is not None:
            text += f" request {err.request_id}"
        assert str(err) == text
        logging.getLogger(__name__).debug("%r", err)


@pytest.mark.parametrize("status", [0, 99, 600, 16505550123, -1])
def test_number_that_is_no_status_is_not_logged(status: int) -> None:
    """It could be anything: a telephone number, for example."""
    err = error_from_answer(status, {}, None)
    assert err.status is None
    assert str(status) not in str(err)

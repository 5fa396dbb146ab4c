"""Errors of RingCentral as the actions on calls show them."""

from typing import Any

import pytest

from custom_components.ringcentral.api.exceptions import (
    NotFoundError,
    PermissionMissingError,
    RateLimitedError,
    Reason,
    RejectedError,
    RingCentralError,
)
from custom_components.ringcentral.exceptions import control_error
from homeassistant.exceptions import ServiceValidationError

from ..translations import TEXTS, Inspection

_NO_APP_PERMISSION = PermissionMissingError(
    permission="CallControl", code="CMN-401", status=403
)


def _refused(code: str, permission: str | None = None) -> PermissionMissingError:
    return PermissionMissingError(permission=permission, code=code, status=403)


@pytest.mark.parametrize(
    ("err", "given", "key", "shown"),
    [
        (_NO_APP_PERMISSION, {}, "app_permission_missing", "Call Control"),
        (
            _NO_APP_PERMISSION,
            {"is_others": True},
            "app_permission_missing",
            "Call Control",
        ),
        (_refused("CMN-401", "RingOut"), {}, "app_permission_missing", "RingOut"),
        (_refused("TAS-106"), {}, "not_permitted", "TAS-106"),
        (_refused("TAS-106"), {"is_others": True}, "others_refused", "TAS-106"),
        (
            _refused("CMN-419", "ReadAccounts"),
            {"is_others": True},
            "others_refused",
            "CMN-419",
        ),
        (
            NotFoundError(Reason.NOT_FOUND, code="CMN-102", status=404),
            {"is_others": True},
            "others_refused",
            "CMN-102",
        ),
        (_refused("TEL-101"), {}, "dial_refused", "TEL-101"),
        (RejectedError(code="TEL-107", status=400), {}, "dial_refused", "TEL-107"),
        (
            RateLimitedError(Reason.RATE_LIMITED, retry_after=12.0),
            {},
            "rate_limited",
            "12",
        ),
        (RejectedError(code="CMN-101", status=400), {}, "rejected", "CMN-101"),
    ],
)
def test_refusal_is_explained_with_its_code(
    err: RingCentralError, given: dict[str, Any], key: str, shown: str
) -> None:
    found = control_error(err, **given)
    assert not isinstance(found, ServiceValidationError)
    assert found.translation_key == key
    inspection = Inspection(TEXTS)
    inspection.error("an action", found)
    assert inspection.complaints == []
    placeholders = found.translation_placeholders or {}
    assert shown in TEXTS["exceptions"][key]["message"].format(**placeholders)


@pytest.mark.parametrize("code", ["TEL-108", "TEL-109", "CMN-101"])
def test_invalid_number_is_a_mistake_of_the_user(code: str) -> None:
    found = control_error(RejectedError(code=code, status=400), has_number=True)
    assert isinstance(found, ServiceValidationError)
    assert found.translation_key == "number_rejected"

"""Ids of calls in their stored form."""

from copy import replace

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import convert
from custom_components.ringcentral.api.models.presence import ActiveCall
from custom_components.ringcentral.calls.stored_ids import (
    has_stored_ids,
    identify,
    ids_by_stored,
    stored_id,
    with_stored_ids,
    without_stored_ids,
)

from ..strategies import call_json

_CALL = convert(ActiveCall, call_json(1, "Ringing"), Anomalies())


def test_stored_ids_are_found_again_at_the_same_extension_alone() -> None:
    stored = with_stored_ids(_CALL, "2")
    assert has_stored_ids(stored)
    assert identify(stored, ids_by_stored([_CALL], "2")) == _CALL
    assert identify(stored, ids_by_stored([_CALL], "3")) == stored


def test_ids_that_are_equal_are_stored_alike() -> None:
    """While a call rings, `id` is that of its telephony session."""
    stored = with_stored_ids(replace(_CALL, id=_CALL.telephony_session_id), "2")
    assert stored.id == stored.telephony_session_id


def test_ids_that_were_not_found_again_are_stored_as_they_are() -> None:
    stored = with_stored_ids(_CALL, "2")
    assert with_stored_ids(stored, "2") == stored


def test_missing_ids_stay_missing() -> None:
    assert [stored_id(value, "2") for value in (None, "", "0")] == [None, "", "0"]


def test_automations_receive_no_stored_id() -> None:
    """It would be another one than before the restart."""
    partly = replace(with_stored_ids(_CALL, "2"), party_id=_CALL.party_id)
    assert without_stored_ids(_CALL) is _CALL
    assert without_stored_ids(partly) == replace(
        _CALL, id=None, session_id=None, telephony_session_id=None
    )

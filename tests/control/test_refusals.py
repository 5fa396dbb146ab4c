"""What a refusal concerns."""

from typing import Final

from hypothesis import given, strategies as st

from custom_components.ringcentral.api.exceptions import (
    NotFoundError,
    PermissionMissingError,
    Reason,
    RingCentralError,
)
from custom_components.ringcentral.control.models import Action, Whose
from custom_components.ringcentral.control.refusals import Refusals

_NOT_ALLOWED: Final = PermissionMissingError(
    permission=None, status=403, code="TAS-106"
)
_OF_USER: Final = PermissionMissingError(
    permission="CallControl", status=403, code="CMN-408"
)
_OF_APP: Final = PermissionMissingError(
    permission="CallControl", status=403, code="CMN-401"
)
_MISSING: Final = NotFoundError(Reason.NOT_FOUND, status=404)


def _refused(refusals: Refusals, whose: Whose) -> set[Action]:
    return {action for action in Action if refusals.find(whose, action)}


def test_nothing_is_refused_at_first() -> None:
    refusals = Refusals()
    assert not any(_refused(refusals, whose) for whose in Whose)
    assert not any(refusals.actions(whose) for whose in Whose)


def test_refused_action_on_own_calls_concerns_no_other_action() -> None:
    refusals = Refusals()
    refusals.add(Whose.OWN, Action.PARK, _NOT_ALLOWED)
    assert refusals.find(Whose.OWN, Action.PARK) is _NOT_ALLOWED
    assert _refused(refusals, Whose.OWN) == {Action.PARK}
    assert not _refused(refusals, Whose.OTHERS)


def test_refused_action_on_calls_of_others_concerns_all_of_them() -> None:
    for err in (_NOT_ALLOWED, _OF_USER, _MISSING):
        refusals = Refusals()
        refusals.add(Whose.OTHERS, Action.HOLD, err)
        assert _refused(refusals, Whose.OTHERS) == set(Action)
        assert not _refused(refusals, Whose.OWN)
        # Any member may retrieve a parked call.
        assert refusals.actions(Whose.OTHERS) == set(Action) - {Action.PICK_UP}


def test_refused_reading_concerns_all_actions() -> None:
    refusals = Refusals()
    refusals.add(Whose.OWN, None, _NOT_ALLOWED)
    assert _refused(refusals, Whose.OWN) == set(Action)
    assert not _refused(refusals, Whose.PARKED)


def test_missing_permission_of_the_app_concerns_everything() -> None:
    refusals = Refusals()
    refusals.add(Whose.PARKED, Action.PICK_UP, _OF_APP)
    assert all(_refused(refusals, whose) == set(Action) for whose in Whose)
    assert all(refusals.actions(whose) == set(Action) for whose in Whose)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(Whose),
            st.none() | st.sampled_from(Action),
            st.sampled_from([_NOT_ALLOWED, _OF_USER, _MISSING]),
        )
    )
)
def test_refusal_stays_and_never_concerns_calls_of_others_than_it_did(
    added: list[tuple[Whose, Action | None, RingCentralError]],
) -> None:
    refusals = Refusals()
    for whose, action, err in added:
        refusals.add(whose, action, err)
    for whose in Whose:
        of_it = {action for one, action, _ in added if one is whose}
        assert bool(_refused(refusals, whose)) is bool(of_it)
        for action in of_it - {None}:
            assert action is not None
            assert refusals.find(whose, action) is not None

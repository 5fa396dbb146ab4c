"""What RingCentral denies together."""

from typing import Final

from hypothesis import given, strategies as st

from custom_components.ringcentral.api.exceptions import (
    NotFoundError,
    PermissionMissingError,
    Reason,
    RingCentralError,
)
from custom_components.ringcentral.control.denied_actions import DeniedActions
from custom_components.ringcentral.control.models import Action, Whose

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


def _concerned(denied: DeniedActions, whose: Whose) -> set[Action]:
    return {action for action in Action if denied.find(whose, action)}


def test_nothing_is_denied_at_first() -> None:
    denied = DeniedActions()
    assert not any(_concerned(denied, whose) for whose in Whose)
    assert not any(denied.actions(whose) for whose in Whose)


def test_denied_action_on_own_calls_concerns_no_other_action() -> None:
    denied = DeniedActions()
    denied.add(Whose.OWN, Action.PARK, _NOT_ALLOWED)
    assert denied.find(Whose.OWN, Action.PARK) is _NOT_ALLOWED
    assert _concerned(denied, Whose.OWN) == {Action.PARK}
    assert not _concerned(denied, Whose.OTHERS)


def test_denied_action_on_calls_of_others_concerns_all_of_them() -> None:
    for err in (_NOT_ALLOWED, _OF_USER, _MISSING):
        denied = DeniedActions()
        denied.add(Whose.OTHERS, Action.HOLD, err)
        assert _concerned(denied, Whose.OTHERS) == set(Action)
        assert not _concerned(denied, Whose.OWN)
        # Any member may retrieve a parked call.
        assert denied.actions(Whose.OTHERS) == set(Action) - {Action.PICK_UP}


def test_denied_reading_concerns_all_actions() -> None:
    denied = DeniedActions()
    denied.add(Whose.OWN, None, _NOT_ALLOWED)
    assert _concerned(denied, Whose.OWN) == set(Action)
    assert not _concerned(denied, Whose.PARKED)


def test_missing_permission_of_the_app_concerns_everything() -> None:
    denied = DeniedActions()
    denied.add(Whose.PARKED, Action.PICK_UP, _OF_APP)
    assert all(_concerned(denied, whose) == set(Action) for whose in Whose)
    assert all(denied.actions(whose) == set(Action) for whose in Whose)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(Whose),
            st.none() | st.sampled_from(Action),
            st.sampled_from([_NOT_ALLOWED, _OF_USER, _MISSING]),
        )
    )
)
def test_denial_stays_and_never_concerns_calls_of_others_than_it_did(
    added: list[tuple[Whose, Action | None, RingCentralError]],
) -> None:
    denied = DeniedActions()
    for whose, action, err in added:
        denied.add(whose, action, err)
    for whose in Whose:
        of_it = {action for one, action, _ in added if one is whose}
        assert bool(_concerned(denied, whose)) is bool(of_it)
        for action in of_it - {None}:
            assert action is not None
            assert denied.find(whose, action) is not None

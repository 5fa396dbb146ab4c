"""What is remembered of an account: the last things, not all of them."""

from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import given, strategies as st

from custom_components.ringcentral.api.event_stream import LinkState
from custom_components.ringcentral.api.exceptions import (
    ConnectionFailedError,
    PermissionMissingError,
    RateLimitedError,
    Reason,
)
from custom_components.ringcentral.connection.history import ENDED, History, Work

_BEGIN = datetime(2026, 3, 2, tzinfo=UTC)


def _history() -> History:
    """Return a history whose clock goes on by a second with each look."""
    seconds = count()
    return History(lambda: _BEGIN + timedelta(seconds=next(seconds)))


@given(st.lists(st.sampled_from([*LinkState, ENDED]), max_size=60))
def test_last_transitions_are_kept_and_all_are_counted(states: list[str]) -> None:
    """A link that comes and goes all the time does not fill the memory."""
    history = _history()

    for state in states:
        history.enter(state)

    kept = list(history.transitions)
    assert [change.state for change in kept] == states[-20:]
    assert [change.when for change in kept] == sorted(change.when for change in kept)
    assert history.entered.total() == len(states)


def test_transition_has_the_reason_why_there_is_no_push() -> None:
    """As the link knew it then."""
    history = _history()

    history.enter(LinkState.RECOVERING, ConnectionFailedError(Reason.TIMED_OUT))
    history.enter(LinkState.PUSH)

    assert [change.reason for change in history.transitions] == [Reason.TIMED_OUT, None]


def test_failure_does_not_hide_that_of_other_work() -> None:
    """A link that fails every minute would hide why the set-up failed."""
    history = _history()

    history.fail(Work.SET_UP, PermissionMissingError(permission="ReadAccounts"))
    for _ in range(3):
        history.fail(Work.LINK, RateLimitedError(Reason.RATE_LIMITED, retry_after=30))

    assert history.failed == {Work.SET_UP: 1, Work.LINK: 3}
    assert history.failures[Work.SET_UP].permission == "ReadAccounts"
    assert history.failures[Work.SET_UP].retry_after is None
    assert history.failures[Work.LINK].retry_after == 30
    assert history.failures[Work.LINK].permission is None


def test_failure_has_the_facts_of_the_error() -> None:
    """Of the last one of its kind."""
    history = _history()
    history.fail(Work.SNAPSHOT, ConnectionFailedError(Reason.TIMED_OUT))

    history.fail(
        Work.SNAPSHOT,
        PermissionMissingError(
            permission=None, status=403, code="CMN-408", request_id="an-id"
        ),
    )

    failure = history.failures[Work.SNAPSHOT]
    assert failure.when > history.since
    assert (failure.reason, failure.status) == (Reason.PERMISSION_MISSING, 403)
    assert (failure.code, failure.request_id) == ("CMN-408", "an-id")

"""Connection history: recent transitions, the last failure, counters."""

from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import given, strategies as st

from custom_components.ringcentral.api.event_stream import StreamState
from custom_components.ringcentral.api.exceptions import (
    ConnectionFailedError,
    PermissionMissingError,
    RateLimitedError,
    Reason,
)
from custom_components.ringcentral.connection.history import (
    ENDED,
    ConnectionHistory,
    Operation,
)

_BEGIN = datetime(2026, 3, 2, tzinfo=UTC)


def _history() -> ConnectionHistory:
    """Return a history whose clock advances by a second with each reading."""
    seconds = count()
    return ConnectionHistory(lambda: _BEGIN + timedelta(seconds=next(seconds)))


@given(st.lists(st.sampled_from([*StreamState, ENDED]), max_size=60))
def test_last_transitions_are_kept_and_all_are_counted(states: list[str]) -> None:
    """A connection that is lost all the time does not fill the memory."""
    history = _history()

    for state in states:
        history.record_state(state)

    kept = list(history.transitions)
    assert [change.state for change in kept] == states[-20:]
    assert [change.when for change in kept] == sorted(change.when for change in kept)
    assert history.entered.total() == len(states)


def test_transition_has_the_reason_why_there_is_no_push() -> None:
    """At that time."""
    history = _history()

    history.record_state(
        StreamState.RECOVERING, ConnectionFailedError(Reason.TIMED_OUT)
    )
    history.record_state(StreamState.PUSH)

    assert [change.reason for change in history.transitions] == [Reason.TIMED_OUT, None]


def test_failures_are_counted_by_operation() -> None:
    """A stream that fails every minute does not hide that the set-up failed."""
    history = _history()

    history.record_failure(
        Operation.SET_UP, PermissionMissingError(permission="ReadAccounts")
    )
    first = history.last_failure
    for _ in range(3):
        history.record_failure(
            Operation.LINK, RateLimitedError(Reason.RATE_LIMITED, retry_after=30)
        )

    assert history.failures == {Operation.SET_UP: 1, Operation.LINK: 3}
    assert first is not None
    assert (first.operation, first.permission) == (Operation.SET_UP, "ReadAccounts")
    assert first.retry_after is None
    last = history.last_failure
    assert last is not None
    assert (last.operation, last.retry_after) == (Operation.LINK, 30)
    assert last.permission is None


def test_last_failure_has_the_values_of_the_error() -> None:
    """Not of an earlier one."""
    history = _history()
    history.record_failure(Operation.SNAPSHOT, ConnectionFailedError(Reason.TIMED_OUT))

    history.record_failure(
        Operation.SNAPSHOT,
        PermissionMissingError(
            permission=None, status=403, code="CMN-408", request_id="an-id"
        ),
    )

    failure = history.last_failure
    assert failure is not None
    assert failure.when > history.since
    assert (failure.reason, failure.status) == (Reason.PERMISSION_MISSING, 403)
    assert (failure.code, failure.request_id) == ("CMN-408", "an-id")

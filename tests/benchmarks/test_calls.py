"""Frames of calls, and fast ULIDs."""

from itertools import islice

from hypothesis import given, strategies as st
import orjson
from ulid_transform import bytes_to_ulid, ulid_to_bytes_or_none

from benchmarks import ulids
from benchmarks.calls import MESSAGES, waves


def test_waves_are_complete_calls_of_all_extensions_in_turn() -> None:
    """Their times and sequences increase, and no id is used twice."""
    extension_ids = [str(number) for number in range(101, 107)]
    messages = [
        orjson.loads(frame)[1]
        for wave in islice(waves(extension_ids, "subscription", concurrent=3), 4)
        for frame in wave
    ]

    times = [message["timestamp"] for message in messages]
    assert times == sorted(times)
    assert len({message["uuid"] for message in messages}) == len(messages)
    sequences = [message["body"]["sequence"] for message in messages]
    assert sequences == sorted(set(sequences))
    for extension_id in extension_ids:
        calls = [
            message["body"]["activeCalls"][0]
            for message in messages
            if message["body"]["extensionId"] == extension_id
        ]
        assert len(calls) == 2 * MESSAGES
        assert len({call["telephonySessionId"] for call in calls}) == 2


@given(st.binary(min_size=16, max_size=16) | st.none())
def test_ulid_is_stored_as_by_the_library(value: bytes | None) -> None:
    """Whatever time and chance it is made of."""
    ulid = None if value is None else bytes_to_ulid(value)
    assert ulids._to_bytes(ulid) == ulid_to_bytes_or_none(ulid) == value


def test_fast_ulids_differ() -> None:
    """They are valid, too."""
    made = [ulids._next_ulid() for _ in range(100)]
    assert len(set(made)) == 100
    assert None not in map(ulid_to_bytes_or_none, made)

"""The calls of several extensions: each once, with its people."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.ringcentral.api.models.directory import Extension
from custom_components.ringcentral.api.models.enums import Direction, TelephonyStatus
from custom_components.ringcentral.api.models.presence import ActiveCall, Presence
from custom_components.ringcentral.calls.attributes import active_calls
from custom_components.ringcentral.calls.current_calls import current_calls
from custom_components.ringcentral.presence.models import ExtensionPresence
from custom_components.ringcentral.privacy import Privacy

_TIME = datetime(2026, 3, 2, 9, tzinfo=UTC)


def person(number: int, name: str | None = None) -> Extension:
    """Return an extension."""
    return Extension(
        str(number), str(number), name, "User", "Enabled", False, None, None
    )


def call(status: str, direction: str = "INBOUND", **fields: Any) -> ActiveCall:
    """Return a call of a caller."""
    values: dict[str, Any] = {
        "telephony_session_id": "s-1",
        "from_": "+16505550123",
        "from_name": "Alice Smith",
        "to": "102",
        "to_name": "Bob",
        **fields,
    }
    return ActiveCall(
        telephony_status=TelephonyStatus[status],
        direction=Direction[direction],
        **values,
    )


def known(*calls: ActiveCall) -> ExtensionPresence:
    """Return an extension with calls."""
    return ExtensionPresence(
        Presence(active_calls=calls), call_times=(_TIME,) * len(calls)
    )


def test_call_at_several_phones_is_one_with_all_people() -> None:
    """With the keys of a call of one extension."""
    phones = [
        (person(number, name), known(call("RINGING")))
        for number, name in ((102, "Bob"), (103, "Carol\nClark"), (104, None))
    ]
    number, calls = current_calls(phones, Privacy.FULL)
    assert number == 1
    assert calls == [
        {
            "direction": "inbound",
            "queue_call": None,
            "telephony_status": "ringing",
            "since": _TIME.isoformat(),
            "from": "+16505550123",
            "from_name": "Alice Smith",
            "to": "102",
            "to_name": "Bob",
            "telephony_session_id": "s-1",
            "extensions": ["Bob", "Carol Clark", "104"],
        }
    ]
    (of_extension,) = active_calls(phones[0][1], Privacy.FULL)
    assert {key: of_extension[key] for key in calls[0] if key != "extensions"} == {
        key: value for key, value in calls[0].items() if key != "extensions"
    }


@pytest.mark.parametrize(
    ("parties", "expected"),
    [
        ([("RINGING", "OUTBOUND"), ("RINGING", "INBOUND")], "inbound ringing"),
        (
            [("RINGING", "INBOUND"), ("CALL_CONNECTED", "INBOUND")],
            "inbound call_connected",
        ),
        (
            [("ON_HOLD", "INBOUND"), ("CALL_CONNECTED", "OUTBOUND")],
            "outbound call_connected",
        ),
        ([("PARKED_CALL", "INBOUND"), ("ON_HOLD", "INBOUND")], "inbound on_hold"),
        ([("RINGING", "INBOUND"), ("PARKED_CALL", "INBOUND")], "inbound parked_call"),
        ([("UNKNOWN", "INBOUND"), ("RINGING", "OUTBOUND")], "outbound ringing"),
    ],
)
def test_call_is_shown_as_at_the_phone_where_most_happens(
    parties: list[tuple[str, str]], expected: str
) -> None:
    """That one person talks comes before that others ring."""
    phones = [
        (person(100 + index), known(call(*party)))
        for index, party in enumerate(parties)
    ]
    number, [shown] = current_calls(phones, Privacy.FULL)
    assert number == 1
    assert f"{shown['direction']} {shown['telephony_status']}" == expected
    assert shown["extensions"] == [extension.number for extension, _ in phones]


def test_privacy_level_hides_callers() -> None:
    """As in the calls of one extension."""
    phones = [(person(102, "Bob"), known(call("RINGING")))]
    for privacy in Privacy:
        _, [shown] = current_calls(phones, privacy)
        (expected,) = active_calls(phones[0][1], privacy)
        for key in ("from", "from_name", "to", "to_name"):
            assert shown[key] == expected[key]
    assert shown["from"] is shown["from_name"] is None


def test_many_calls_are_all_counted_but_not_all_listed() -> None:
    """An attribute has a limit of size."""
    phones = [
        (person(number), known(call("RINGING", telephony_session_id=f"s-{number}")))
        for number in range(100, 160)
    ]
    number, calls = current_calls(phones, Privacy.FULL)
    assert number == 60
    assert [one["telephony_session_id"] for one in calls] == [
        f"s-{number}" for number in range(100, 125)
    ]


def test_hidden_call_is_shown_by_its_status() -> None:
    """Of two extensions, they may be two."""
    hidden = ExtensionPresence(
        Presence(telephony_status=TelephonyStatus.CALL_CONNECTED)
    )
    number, calls = current_calls(
        [(person(102, "Bob"), hidden), (person(103, "Carol"), hidden)], Privacy.FULL
    )
    assert number == 2
    assert [one["extensions"] for one in calls] == [["Bob"], ["Carol"]]
    assert {one["telephony_status"] for one in calls} == {"call_connected"}
    assert {one["since"] for one in calls} == {None}


def test_two_calls_of_one_person_name_it_twice() -> None:
    """Once for each."""
    phones = [
        (
            person(102, "Bob"),
            known(
                call("ON_HOLD", telephony_session_id="s-1"),
                call("CALL_CONNECTED", telephony_session_id="s-2"),
                # The same call at another device of the person.
                call("RINGING", telephony_session_id="s-2"),
            ),
        )
    ]
    number, calls = current_calls(phones, Privacy.FULL)
    assert number == 2
    assert [one["extensions"] for one in calls] == [["Bob"], ["Bob"]]
    assert [one["telephony_status"] for one in calls] == ["on_hold", "call_connected"]


def test_no_calls_are_none() -> None:
    """Of no extensions."""
    assert current_calls([], Privacy.FULL) == (0, [])

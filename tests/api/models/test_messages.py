"""Parsing of voicemails."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.messages import (
    Voicemail,
    parse_voicemails,
)

from ...strategies import Json, json_values

_MESSAGE: Json = {
    "id": 530000001016,
    "to": [{"phoneNumber": "+16505550101", "name": "Dana Fischer"}],
    "from": {"phoneNumber": "+16505550123", "name": "Test Caller"},
    "type": "VoiceMail",
    "creationTime": "2026-01-12T11:42:31.000Z",
    "readStatus": "Unread",
    "attachments": [{"id": 530000001016, "type": "AudioRecording", "vmDuration": 14}],
}
_VOICEMAIL = Voicemail(
    id="530000001016",
    time=datetime(2026, 1, 12, 11, 42, 31, tzinfo=UTC),
    name="Test Caller",
    number="+16505550123",
    seconds=14,
)


def _parse(*records: object) -> list[Voicemail]:
    return parse_voicemails({"records": list(records)}, Anomalies())


@pytest.mark.parametrize(
    "fields",
    [{}, {"type": "Voicemail"}, {"type": None}, {"id": "530000001016"}],
)
def test_voicemail_in_any_spelling(fields: Json) -> None:
    """Type and id are spelled differently in different answers."""
    assert _parse({**_MESSAGE, **fields}) == [_VOICEMAIL]


@pytest.mark.parametrize(
    ("fields", "changes"),
    [
        ({"creationTime": None}, {"time": None}),
        ({"creationTime": "yesterday"}, {"time": None}),
        ({"from": None}, {"name": None, "number": None}),
        ({"from": []}, {"name": None, "number": None}),
        (
            {"from": {"extensionNumber": "102", "name": ""}},
            {"name": None, "number": "102"},
        ),
        ({"attachments": []}, {"seconds": None}),
        ({"attachments": [{}, {"vmDuration": 3}]}, {"seconds": 3}),
        ({"attachments": [{"vmDuration": "long"}]}, {"seconds": None}),
    ],
)
def test_missing_part_is_unknown(fields: Json, changes: dict[str, Any]) -> None:
    """The voicemail is counted nevertheless."""
    assert _parse({**_MESSAGE, **fields}) == [_VOICEMAIL._replace(**changes)]


@pytest.mark.parametrize(
    "message", [{**_MESSAGE, "type": "SMS"}, {**_MESSAGE, "id": None}, {}, "text"]
)
def test_what_is_no_voicemail_is_left_out(message: object) -> None:
    """The others are not."""
    assert _parse(message, _MESSAGE) == [_VOICEMAIL]


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(_MESSAGE, json_values)))
def test_any_record_is_parsed(record: Json) -> None:
    """What is no voicemail hides no other one."""
    assert _parse(record, _MESSAGE)[-1] == _VOICEMAIL

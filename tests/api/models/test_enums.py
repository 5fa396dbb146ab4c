"""The platform's enumerations, word by word."""

import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models import enums as words
from custom_components.ringcentral.api.models.base import Fields
from custom_components.ringcentral.api.models.enums import (
    CALL_INFO_WORDS,
    DIRECTION_WORDS,
    DND_WORDS,
    MEETING_WORDS,
    PRESENCE_WORDS,
    TELEPHONY_WORDS,
    TERMINATION_WORDS,
    VISIBILITY_WORDS,
    Word,
)


@pytest.mark.parametrize(
    ("table", "spellings"),
    [
        (
            TELEPHONY_WORDS,
            {
                "NoCall": "no_call",
                "Ringing": "ringing",
                "CallConnected": "call_connected",
                "OnHold": "on_hold",
                "ParkedCall": "parked_call",
            },
        ),
        (
            PRESENCE_WORDS,
            {"Available": "available", "Busy": "busy", "Offline": "offline"},
        ),
        (
            DND_WORDS,
            {
                "TakeAllCalls": "take_all_calls",
                "DoNotAcceptAnyCalls": "do_not_accept_any_calls",
                "DoNotAcceptDepartmentCalls": "do_not_accept_department_calls",
                "TakeDepartmentCallsOnly": "take_department_calls_only",
                "Unknown": "unknown",
            },
        ),
        (MEETING_WORDS, {"Connected": "connected", "Disconnected": "disconnected"}),
        (DIRECTION_WORDS, {"Inbound": "inbound", "Outbound": "outbound"}),
        (TERMINATION_WORDS, {"final": "final", "intermediate": "intermediate"}),
        (
            VISIBILITY_WORDS,
            {"All": "all", "None": "none", "PermittedUsers": "permitted_users"},
        ),
        (
            CALL_INFO_WORDS,
            {
                "PhoneNumberLabel": "phone_number_label",
                "PhoneNumber": "phone_number",
                "QueueExtension": "queue_extension",
                "QueueName": "queue_name",
                "CallerIdName": "caller_id_name",
                "CallerIdNumber": "caller_id_number",
                "None": "none",
            },
        ),
    ],
)
def test_every_word_of_the_platform_is_known_by_its_spelling(
    table: dict[str, Word], spellings: dict[str, str]
) -> None:
    """And by no other."""
    assert {spelled: word.value for spelled, word in table.items()} == spellings


_ENUMERATIONS = [
    member
    for member in vars(words).values()
    if isinstance(member, type) and issubclass(member, Word) and member is not Word
]


@pytest.mark.parametrize("enumeration", _ENUMERATIONS)
def test_every_enumeration_has_a_member_for_words_to_come(
    enumeration: type[Word],
) -> None:
    """The parsers rely on it."""
    assert enumeration("unknown").name == "UNKNOWN"


@pytest.mark.parametrize("value", ["OnBreak", "onhold", "ON_HOLD", "on_hold", "", " "])
def test_unknown_word_becomes_unknown_and_is_counted(value: str) -> None:
    """Our own spelling is none of the platform's."""
    anomalies = Anomalies()
    fields = Fields({"telephonyStatus": value}, anomalies)

    status = fields.word(
        "telephonyStatus", TELEPHONY_WORDS, words.TelephonyStatus.UNKNOWN
    )

    assert status is words.TelephonyStatus.UNKNOWN
    assert anomalies.counts.total() == 1


def test_the_platforms_own_unknown_of_dnd_is_not_counted() -> None:
    """It is a documented word."""
    anomalies = Anomalies()
    fields = Fields({"dndStatus": "Unknown"}, anomalies)

    status = fields.word("dndStatus", DND_WORDS, words.DndStatus.UNKNOWN)

    assert status is words.DndStatus.UNKNOWN
    assert not anomalies.counts

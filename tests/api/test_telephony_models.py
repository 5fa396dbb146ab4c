"""Parsing of sessions, RingOuts, telephones and forwarding numbers."""

from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import ParseError
from custom_components.ringcentral.api.models.enums import Direction, PlatformEnum
from custom_components.ringcentral.api.models.telephony import (
    ForwardingNumber,
    Origin,
    Party,
    PartyCode,
    PartyReason,
    PartyStatus,
    Phone,
    PhoneType,
    RingOut,
    RingOutStatus,
    Session,
)
from custom_components.ringcentral.api.models.telephony_answers import (
    parse_forwarding_number,
    parse_party,
    parse_phone,
    parse_ring_out,
    parse_session,
)
from tests.payloads import payload

from ..strategies import Json, json_values

_SESSION = "s-b1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6"
_PARTY = "p-b1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6"
_DANA, _ELI = "620000101016", "620000102016"
_CALLER, _NUMBER = "+16505550123", "+16505550101"


def _session_of(*parties: object) -> Session:
    return parse_session({"id": "s-1", "parties": list(parties)}, Anomalies())


def _party(**fields: object) -> Party:
    return parse_party({"id": "p-1", **fields}, Anomalies())


# Sessions and parties


def test_session_of_an_incoming_call() -> None:
    """The outside party has an account and no extension."""
    anomalies = Anomalies()

    session = parse_session(payload("session_inbound_ringing"), anomalies)

    caller = Party(
        id=f"{_PARTY}-1",
        extension_id=None,
        direction=Direction.OUTBOUND,
        status=PartyStatus(PartyCode.ANSWERED),
        from_number=_CALLER,
        to_number=_NUMBER,
        muted=False,
    )
    called = Party(
        id=f"{_PARTY}-2",
        extension_id=_DANA,
        direction=Direction.INBOUND,
        status=PartyStatus(PartyCode.PROCEEDING),
        from_number=_CALLER,
        to_number=_NUMBER,
        muted=False,
    )
    assert session == Session(_SESSION, Origin.CALL, (caller, called))
    assert not anomalies.counts


@pytest.mark.parametrize(
    ("name", "origin", "parties"),
    [
        (
            "session_inbound_connected",
            Origin.CALL,
            [(None, PartyCode.ANSWERED), (_DANA, PartyCode.ANSWERED)],
        ),
        (
            "session_internal_connected",
            Origin.CALL,
            [(_DANA, PartyCode.ANSWERED), (_ELI, PartyCode.ANSWERED)],
        ),
        (
            "session_parked",
            Origin.CALL,
            [(None, PartyCode.ANSWERED), (_DANA, PartyCode.PARKED)],
        ),
        (
            "session_queue_ringing",
            Origin.CALL,
            [
                (None, PartyCode.ANSWERED),
                (_DANA, PartyCode.PROCEEDING),
                (_ELI, PartyCode.PROCEEDING),
            ],
        ),
        (
            "session_ringout_first_leg",
            Origin.RING_OUT,
            [(_DANA, PartyCode.PROCEEDING)],
        ),
        (
            "session_ringout_connected",
            Origin.RING_OUT,
            [(_DANA, PartyCode.ANSWERED), (None, PartyCode.ANSWERED)],
        ),
        (
            "session_ringout_ended",
            Origin.RING_OUT,
            [(_DANA, PartyCode.DISCONNECTED), (None, PartyCode.DISCONNECTED)],
        ),
    ],
)
def test_sessions_of_the_platform(
    name: str, origin: Origin, parties: list[tuple[str | None, PartyCode]]
) -> None:
    """Nothing in them is unknown, and no name is kept."""
    anomalies = Anomalies()

    session = parse_session(payload(name), anomalies)

    assert session.origin is origin
    assert [(p.extension_id, p.status.code) for p in session.parties] == parties
    assert session.unreadable == 0
    assert not anomalies.counts
    for name_of_person in ("Dana Fischer", "Eli Novak", "Test Caller"):
        assert name_of_person not in repr(session)


@pytest.mark.parametrize(
    ("name", "status", "muted"),
    [
        ("party_connected", PartyStatus(PartyCode.ANSWERED), False),
        ("party_hold", PartyStatus(PartyCode.HOLD), False),
        ("party_muted", PartyStatus(PartyCode.ANSWERED), True),
        ("party_replied", PartyStatus(PartyCode.PROCEEDING), False),
        (
            "party_forwarded",
            PartyStatus(PartyCode.DISCONNECTED, PartyReason.CALL_REDIRECTED),
            False,
        ),
        (
            "party_transferred",
            PartyStatus(PartyCode.DISCONNECTED, PartyReason.BLIND_TRANSFER),
            False,
        ),
        (
            "party_bridged",
            PartyStatus(PartyCode.GONE, PartyReason.ATTENDED_TRANSFER),
            False,
        ),
        (
            "party_parked",
            PartyStatus(PartyCode.PARKED, PartyReason.CALL_PARK),
            False,
        ),
    ],
)
def test_parties_of_the_platform(name: str, status: PartyStatus, muted: bool) -> None:
    """After each action; a forwarded one has the old spelling of its owner only."""
    party = parse_party(payload(name), Anomalies())

    assert (party.extension_id, party.status, party.muted) == (_DANA, status, muted)


def test_roles_in_a_ring_out() -> None:
    """The own phone is called from the dialed number."""
    session = parse_session(payload("session_ringout_connected"), Anomalies())

    assert [p.ring_out_role for p in session.parties] == ["Initiator", "Target"]
    assert {p.direction for p in session.parties} == {Direction.INBOUND}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("VoiceMail", PartyCode.VOICEMAIL),
        ("Voicemail", PartyCode.VOICEMAIL),
        ("VoiceMailScreening", PartyCode.VOICEMAIL_SCREENING),
        ("VMScreening", PartyCode.VOICEMAIL_SCREENING),
        ("TDS", PartyCode.TDS),
        ("answered", PartyCode.ANSWERED),
        ("HOLD", PartyCode.HOLD),
    ],
)
def test_code_of_a_party_in_any_spelling(value: str, code: PartyCode) -> None:
    """Those of the guide differ from those of the specification."""
    anomalies = Anomalies()

    party = parse_party({"id": "p-1", "status": {"code": value}}, anomalies)

    assert party.status.code is code
    assert not anomalies.counts


@pytest.mark.parametrize(
    "enumeration", [PartyCode, PartyReason, Origin, RingOutStatus, PhoneType]
)
def test_each_value_is_known_in_any_case(enumeration: type[PlatformEnum]) -> None:
    """No two values differ by case alone."""
    for member in enumeration.known():
        assert enumeration(member.value) is member
        assert enumeration(member.value.upper()) is member
        assert enumeration(member.value.lower()) is member
    assert enumeration["UNKNOWN"] not in enumeration.known()


@pytest.mark.parametrize("code", ["OnTheMoon", "", None, 5, ["Hold"], "Ada Example"])
def test_unknown_code_is_unknown(code: object) -> None:
    """The platform decides what can be done."""
    party = _party(status={"code": code, "reason": "Whim"})

    assert party.status.code is PartyCode.UNKNOWN
    assert party.status.reason is PartyReason.UNKNOWN


@pytest.mark.parametrize("status", [None, "Hold", [], {}])
def test_party_without_a_status_is_in_an_unknown_state(status: object) -> None:
    """It may be a living one."""
    assert _party(status=status).status == PartyStatus(PartyCode.UNKNOWN)


def test_unknown_values_are_counted() -> None:
    """By enumeration; a value is shown only if it cannot be personal."""
    anomalies = Anomalies()

    parse_session(
        {
            "id": "s-1",
            "origin": {"type": "Dream"},
            "parties": [
                {"id": "p-1", "status": {"code": "OnTheMoon", "reason": "Ada Example"}}
            ],
        },
        anomalies,
    )

    assert anomalies.counts == {
        "unknown value of Origin Dream": 1,
        "unknown value of PartyCode OnTheMoon": 1,
        "unknown value of PartyReason ?": 1,
    }


@pytest.mark.parametrize(
    ("fields", "extension_id"),
    [
        ({"extensionId": "101"}, "101"),
        ({"owner": {"extensionId": "101"}}, "101"),
        ({"owner": {"extensionId": 101}}, "101"),
        ({"extensionId": "101", "owner": {"accountId": "1"}}, "101"),
        ({"extensionId": "101", "owner": {"extensionId": "102"}}, "101"),
        ({"extensionId": "", "owner": {"extensionId": "101"}}, "101"),
        ({"extensionId": None, "owner": {"extensionId": "101"}}, "101"),
        ({"extensionId": "101", "owner": "101"}, "101"),
        ({"owner": {"accountId": "1"}}, None),
        ({"accountId": "1"}, None),
    ],
)
def test_owner_of_a_party(fields: Json, extension_id: str | None) -> None:
    """In the old spelling, the new one, or both."""
    assert _party(**fields).extension_id == extension_id


@pytest.mark.parametrize(
    ("fields", "is_queue_call"),
    [
        ({"attributes": {"queueCall": True}}, True),
        ({"queueCall": True}, True),
        ({"attributes": {"queueCall": False}}, False),
        ({"attributes": True}, False),
        ({"queueCall": "yes"}, False),
        ({}, False),
    ],
)
def test_queue_call(fields: Json, is_queue_call: bool) -> None:
    """As answers spell it, and as events do."""
    assert _party(**fields).is_queue_call is is_queue_call


def test_number_of_an_extension() -> None:
    """If there is no other one."""
    party = _party(**{"from": {"extensionNumber": "101"}, "to": {"phoneNumber": "102"}})

    assert (party.from_number, party.to_number) == ("101", "102")


def test_odd_party_costs_itself_only() -> None:
    """It is counted: a third side must not be overlooked."""
    anomalies = Anomalies()
    good = {"id": "p-1", "status": {"code": "Answered"}}
    odd = [{}, {"id": ".."}, {"id": None}, {"id": [1]}, "party", None]

    session = parse_session({"id": "s-1", "parties": [*odd, good]}, anomalies)

    assert [party.id for party in session.parties] == ["p-1"]
    assert session.unreadable == len(odd)
    assert sum(anomalies.counts.values()) >= len(odd)


def test_parties_beyond_a_conference_are_counted_only() -> None:
    """Each takes time of the event loop."""
    anomalies = Anomalies()
    parties = [{"id": f"p-{number}"} for number in range(1000)]

    session = parse_session({"id": "s-1", "parties": parties}, anomalies)

    assert (len(session.parties), session.unreadable) == (200, 800)
    assert anomalies.counts == {"Session.parties that is too long": 1}


def test_session_without_parties_is_over() -> None:
    """An ended one may have none."""
    assert parse_session({"id": "s-1"}, Anomalies()) == Session("s-1", None, ())
    assert _session_of() == Session("s-1", None, ())


@pytest.mark.parametrize(
    "json",
    [
        {},
        {"parties": []},
        {"id": "..", "parties": []},
        {"id": "s-1", "parties": None},
        {"id": "s-1", "parties": {}},
        {"id": "s-1", "parties": "none"},
    ],
)
def test_foreign_answer_is_no_ended_session(json: Json) -> None:
    """To hang up would succeed."""
    with pytest.raises(ParseError):
        parse_session(json, Anomalies())


def _any_of(*names: str) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, json_values))


_STATUS = st.one_of(_any_of("code", "reason"), json_values)
_PARTIES = st.one_of(
    json_values,
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(
                ("extensionId", "direction", "muted", "queueCall", "ringOutRole"),
                json_values,
            ),
            "id": st.one_of(st.sampled_from(["p-1", 1]), json_values),
            "owner": st.one_of(_any_of("extensionId"), json_values),
            "from": st.one_of(_any_of("phoneNumber", "extensionId"), json_values),
            "to": st.one_of(_any_of("extensionNumber", "extensionId"), json_values),
            "attributes": st.one_of(_any_of("queueCall"), json_values),
            "status": _STATUS,
        },
    ),
)


@given(st.lists(_PARTIES, max_size=4), json_values)
def test_any_party_beside_a_good_one(odd: list[object], origin: object) -> None:
    """None hides it, and none is lost without being counted."""
    good = {"id": "p-9", "extensionId": "9", "status": {"code": "Hold"}}

    session = parse_session(
        {"id": "s-1", "origin": origin, "parties": [*odd, good]}, Anomalies()
    )

    assert session.parties[-1] == Party("p-9", "9", None, PartyStatus(PartyCode.HOLD))
    assert len(session.parties) + session.unreadable == len(odd) + 1
    for party in session.parties:
        assert type(party.id) is str
        assert type(party.status.code) is PartyCode
        assert party.extension_id is None or type(party.extension_id) is str


# RingOuts


def test_ring_out_of_the_platform() -> None:
    """Its status from the ringing of the own phone on."""
    anomalies = Anomalies()
    progress, success = RingOutStatus.IN_PROGRESS, RingOutStatus.SUCCESS
    failed = RingOutStatus.CANNOT_REACH

    ring_outs = [
        parse_ring_out(json, anomalies) for json in payload("ring_out_status_flow")
    ]

    assert [tuple(ring_out[1:]) for ring_out in ring_outs] == [
        (progress, progress, progress),
        (progress, success, progress),
        (success, success, success),
        (failed, RingOutStatus.NO_ANSWER, progress),
        (failed, success, RingOutStatus.BUSY),
    ]
    assert {ring_out.id for ring_out in ring_outs} == {
        "s-d3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b8"
    }
    assert not anomalies.counts


@pytest.mark.parametrize(
    ("json", "ring_out"),
    [
        ({"id": 234343434}, RingOut("234343434", None, None, None)),
        ({"id": "Y3M="}, RingOut("Y3M=", None, None, None)),
        ({"id": "1", "status": "Success"}, RingOut("1", None, None, None)),
        (
            {"id": "1", "status": {"callStatus": "NoSuchUser", "callerStatus": 5}},
            RingOut("1", RingOutStatus.NO_SUCH_USER, None, None),
        ),
        (
            {"id": "1", "status": {"callStatus": "Asleep", "calleeStatus": "BUSY"}},
            RingOut("1", RingOutStatus.UNKNOWN, None, RingOutStatus.BUSY),
        ),
    ],
)
def test_ring_out_with_odd_parts(json: Json, ring_out: RingOut) -> None:
    """They cost themselves only."""
    assert parse_ring_out(json, Anomalies()) == ring_out


@pytest.mark.parametrize("json", [{}, {"id": ""}, {"id": ".."}, {"id": None}])
def test_ring_out_without_an_id_cannot_be_parsed(json: Json) -> None:
    """Its status could not be requested."""
    with pytest.raises(ParseError):
        parse_ring_out(json, Anomalies())


# Telephones


def test_phones_of_the_platform() -> None:
    """Both lists; no serial number is kept."""
    anomalies = Anomalies()
    records = payload("device_list")["records"]
    records += payload("webapp_device_list")["records"]

    assert [parse_phone(record, anomalies) for record in records] == [
        Phone("800111222016", "Desk phone of Dana Fischer", PhoneType.HARD_PHONE, True),
        Phone(
            "800111223016",
            "RingCentral Phone of Dana Fischer",
            PhoneType.SOFT_PHONE,
            False,
        ),
        Phone("800111224016", "Door station line", PhoneType.OTHER_PHONE, True),
        Phone("800999888016", "Browser of Dana Fischer", PhoneType.WEB_PHONE, True),
    ]
    assert not anomalies.counts


@pytest.mark.parametrize("status", [None, "Offline", "Sleeping", True, "", 1])
def test_phone_that_is_not_online(status: object) -> None:
    """Only one that is for certain can answer."""
    phone = parse_phone({"id": 5, "status": status, "type": "Fridge"}, Anomalies())

    assert phone == Phone("5", None, PhoneType.UNKNOWN, False)


def test_forwarding_numbers_of_the_platform() -> None:
    """A mobile phone is no device of the platform."""
    records = payload("forwarding_number_list")["records"]

    assert [parse_forwarding_number(record, Anomalies()) for record in records] == [
        ForwardingNumber(
            "700000101", "+16505550101", "Desk phone", "PhoneLine", "800111222016"
        ),
        ForwardingNumber("700000102", "+16505550166", "Mobile", "Mobile", None),
    ]


@pytest.mark.parametrize(
    "json",
    [
        {"id": "1"},
        {"id": "1", "phoneNumber": ""},
        {"id": "1", "phoneNumber": "1" * 300},
        {"phoneNumber": "+16505550101"},
    ],
)
def test_forwarding_number_that_cannot_be_dialed(json: Json) -> None:
    """A part of a number is another number."""
    with pytest.raises(ParseError):
        parse_forwarding_number(json, Anomalies())


@pytest.mark.parametrize(
    "parse", [parse_party, parse_ring_out, parse_phone, parse_forwarding_number]
)
@given(
    _any_of("id", "status", "name", "type", "phoneNumber", "label", "device", "owner")
)
def test_any_json_is_parsed_or_refused(parse: Any, json: Json) -> None:
    """By the error that is counted."""
    try:
        found = parse(json, Anomalies())
    except ParseError:
        return
    assert type(found.id) is str
    assert found.id

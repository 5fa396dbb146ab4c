"""Which call and which party are meant."""

from typing import Any, Final

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.enums import (
    Direction,
    TelephonyStatus,
    TerminationType,
)
from custom_components.ringcentral.api.models.presence import ActiveCall
from custom_components.ringcentral.api.models.telephony import Party, PartyCode, Session
from custom_components.ringcentral.api.models.telephony_answers import parse_session
from custom_components.ringcentral.control.choosing import (
    choose_call,
    choose_party,
    ended_party,
    find_party,
    other_parties,
    parked_party,
    whose_call,
)
from custom_components.ringcentral.control.models import (
    Action,
    Refusal,
    Wanted,
    Which,
    Whose,
)

from ..payloads import payload
from .table import COLLEAGUE, OWN, THIRD, party, session

NO_CALL: Final = Refusal("no_such_call")
SEVERAL: Final = Refusal("several_calls")


def call(
    status: TelephonyStatus | None,
    session_id: str | None,
    direction: Direction | None = Direction.INBOUND,
    **fields: Any,
) -> ActiveCall:
    """Return an entry of presence."""
    return ActiveCall(
        telephony_status=status,
        telephony_session_id=session_id,
        direction=direction,
        **fields,
    )


RINGING: Final = call(TelephonyStatus.RINGING, "ringing")
DIALING: Final = call(TelephonyStatus.RINGING, "dialing", Direction.OUTBOUND)
CONNECTED: Final = call(TelephonyStatus.CALL_CONNECTED, "connected")
HELD: Final = call(TelephonyStatus.ON_HOLD, "held", Direction.OUTBOUND)
# That of a park location has no direction and no party.
PARKED: Final = call(TelephonyStatus.PARKED_CALL, "parked", None)
ENDED: Final = call(TelephonyStatus.NO_CALL, "ended")
FINISHED: Final = call(
    TelephonyStatus.RINGING, "finished", termination_type=TerminationType.FINAL
)
ALL: Final = (ENDED, FINISHED, RINGING, DIALING, CONNECTED, HELD, PARKED)


def chosen(calls: list[ActiveCall], action: Action, wanted: Wanted) -> str:
    """Return the session that is chosen, or the key of the refusal."""
    found = choose_call(calls, action, wanted)
    return found.key if isinstance(found, Refusal) else str(found.telephony_session_id)


@pytest.mark.parametrize(
    ("action", "of_all", "alone"),
    [
        # Of five calls in all states; then each of these alone.
        (Action.ANSWER, "ringing", {"ringing", "connected"}),
        (Action.REJECT, "ringing", {"ringing"}),
        (Action.FORWARD, "ringing", {"ringing"}),
        (Action.REPLY, "ringing", {"ringing"}),
        # Those that are in the state already are chosen, too: the answer is `already`.
        (Action.HOLD, "connected", {"connected", "held"}),
        (Action.RESUME, "held", {"connected", "held"}),
        (Action.MUTE, "connected", {"connected"}),
        (Action.UNMUTE, "connected", {"connected"}),
        (Action.TRANSFER, "connected", {"connected", "held"}),
        (Action.PARK, "connected", {"connected", "parked"}),
        (Action.PICK_UP, "parked", {"parked"}),
        (
            Action.HANG_UP,
            "several_calls",
            {"ringing", "dialing", "connected", "held", "parked"},
        ),
    ],
)
def test_call_is_the_one_that_the_action_fits(
    action: Action, of_all: str, alone: set[str]
) -> None:
    assert chosen([*ALL], action, Wanted()) == of_all
    assert {
        found
        for one in ALL
        if (found := chosen([one], action, Wanted())) != "no_such_call"
    } == alone


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (Which.RINGING, "ringing"),
        (Which.HELD, "held"),
        (Which.CONNECTED, "connected"),
        (Which.PARKED, "parked"),
    ],
)
def test_call_is_the_one_in_the_wanted_state(
    action: Action, which: Which, expected: str
) -> None:
    assert chosen([*ALL], action, Wanted(which=which)) == expected
    assert chosen([ENDED, FINISHED], action, Wanted(which=which)) == "no_such_call"


def test_ringing_call_is_the_dialed_one_only_if_none_comes_in() -> None:
    wanted = Wanted(which=Which.RINGING)

    assert chosen([DIALING, RINGING], Action.HANG_UP, wanted) == "ringing"
    assert chosen([DIALING, CONNECTED], Action.HANG_UP, wanted) == "dialing"


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("one", ALL[2:], ids=lambda one: one.telephony_session_id)
def test_call_is_the_one_of_the_wanted_id(action: Action, one: ActiveCall) -> None:
    wanted = Wanted(call=one.telephony_session_id, which=Which.PARKED)

    assert choose_call(ALL, action, wanted) is one


@pytest.mark.parametrize("wanted", ["other", "ended", "finished", "Ringing"])
def test_id_of_no_listed_call_is_refused(wanted: str) -> None:
    assert choose_call(ALL, Action.HANG_UP, Wanted(call=wanted)) == NO_CALL


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(which=Which.CONNECTED)])
def test_several_calls_in_the_state_are_refused(wanted: Wanted) -> None:
    second = call(TelephonyStatus.CALL_CONNECTED, "second")

    assert choose_call([CONNECTED, second], Action.HOLD, wanted) == SEVERAL


def test_two_entries_of_one_session_are_one_call() -> None:
    first = call(TelephonyStatus.RINGING, "s-1", party_id="p-1-2")
    second = call(TelephonyStatus.RINGING, "s-1", party_id="p-1-3")

    assert choose_call([first, second], Action.REJECT, Wanted()) is first


def test_call_without_a_session_is_refused_but_counts() -> None:
    """The other call must not be taken for the only one."""
    without = call(TelephonyStatus.CALL_CONNECTED, None)

    assert choose_call([without], Action.HOLD, Wanted()) == NO_CALL
    assert choose_call([without, without], Action.HOLD, Wanted()) == NO_CALL
    assert choose_call([CONNECTED, without], Action.HANG_UP, Wanted()) == SEVERAL
    assert choose_call([without, CONNECTED], Action.HANG_UP, Wanted()) == SEVERAL


@pytest.mark.parametrize("status", [None, TelephonyStatus.UNKNOWN])
def test_call_of_unknown_status_can_be_hung_up(status: TelephonyStatus | None) -> None:
    one = call(status, "s-1")

    assert choose_call([one], Action.HANG_UP, Wanted()) is one
    assert choose_call([one], Action.HOLD, Wanted()) == NO_CALL


def test_calls_belong_to_the_signed_in_extension_or_to_others() -> None:
    assert whose_call(Action.HOLD, OWN, OWN) is Whose.OWN
    assert whose_call(Action.HOLD, COLLEAGUE, OWN) is Whose.OTHERS
    assert whose_call(Action.PICK_UP, OWN, OWN) is Whose.PARKED
    assert whose_call(Action.PICK_UP, COLLEAGUE, OWN) is Whose.PARKED


# Parties.

CALLER: Final = party(1, PartyCode.ANSWERED, Direction.OUTBOUND)
LEFT: Final = party(2, PartyCode.DISCONNECTED, extension_id=OWN)
MOVED: Final = party(3, PartyCode.GONE, extension_id=OWN)
HOLDING: Final = party(4, PartyCode.HOLD, extension_id=OWN)
RINGS: Final = party(5, PartyCode.PROCEEDING, extension_id=OWN)
OTHER: Final = party(6, PartyCode.ANSWERED, extension_id=COLLEAGUE)
SESSION: Final = session(CALLER, LEFT, MOVED, HOLDING, RINGS, OTHER)


@pytest.mark.parametrize(
    ("party_id", "expected"),
    [
        ("p-1-4", HOLDING),
        ("p-1-5", RINGS),
        # Without one, with one that has left or is unknown, or with that of another
        # side: the one that rings.
        (None, RINGS),
        ("p-1-2", RINGS),
        ("p-1-3", RINGS),
        ("p-1-9", RINGS),
        ("p-1-1", RINGS),
        ("p-1-6", RINGS),
    ],
)
def test_party_is_the_named_one_or_one_that_rings(
    party_id: str | None, expected: Party
) -> None:
    assert choose_party(SESSION, OWN, party_id) is expected


def test_party_is_the_first_living_one_if_none_rings() -> None:
    one = session(CALLER, LEFT, HOLDING, party(7, PartyCode.ANSWERED, extension_id=OWN))

    assert choose_party(one, OWN, "p-1-2") is HOLDING


@pytest.mark.parametrize("party_id", [None, "p-1-1", "p-1-2", "p-1-6"])
def test_call_without_a_living_party_of_the_extension_is_over(
    party_id: str | None,
) -> None:
    one = session(CALLER, LEFT, MOVED, OTHER)

    assert choose_party(one, OWN, party_id) is None


def test_call_of_a_session_without_the_extension_is_over() -> None:
    assert choose_party(SESSION, THIRD, None) is None
    assert choose_party(SESSION, THIRD, "p-1-2") is None
    assert ended_party(SESSION, THIRD, None) is None


def test_party_of_a_delegated_line_is_the_one_that_presence_has_named() -> None:
    assert choose_party(SESSION, THIRD, "p-1-6") is OTHER
    assert ended_party(SESSION, THIRD, "p-1-2") is LEFT


def test_party_that_has_left_is_the_named_one_or_the_last() -> None:
    one = session(CALLER, LEFT, MOVED, OTHER)

    assert ended_party(one, OWN, "p-1-2") is LEFT
    assert ended_party(one, OWN, "p-1-6") is MOVED
    assert ended_party(one, OWN, None) is MOVED


def test_other_parties_are_those_that_have_not_left() -> None:
    assert list(other_parties(SESSION, RINGS)) == [CALLER, HOLDING, OTHER]


def test_party_is_found_by_its_id() -> None:
    assert find_party(SESSION, "p-1-3") is MOVED
    assert find_party(SESSION, "p-1-9") is None
    assert find_party(SESSION, None) is None


@pytest.mark.parametrize(
    ("name", "extension_id", "expected"),
    [
        ("session_inbound_ringing", "620000101016", "-2"),
        ("session_inbound_connected", "620000101016", "-2"),
        ("session_internal_connected", "620000101016", "-1"),
        ("session_internal_connected", "620000102016", "-2"),
        ("session_queue_ringing", "620000101016", "-2"),
        ("session_queue_ringing", "620000102016", "-3"),
        ("session_ringout_first_leg", "620000101016", "-1"),
        ("session_ringout_connected", "620000101016", "-1"),
        ("session_ringout_ended", "620000101016", None),
        ("session_parked", "620000101016", "-2"),
        ("session_parked", "620000301016", None),
    ],
)
def test_party_is_found_in_an_answer_of_the_platform(
    name: str, extension_id: str, expected: str | None
) -> None:
    one = parse_session(payload(name), Anomalies())
    found = choose_party(one, extension_id, None)

    assert (found and found.id[-2:]) == expected


def test_parked_party_is_found_in_an_answer_of_the_platform() -> None:
    parked = parked_party(parse_session(payload("session_parked"), Anomalies()))
    assert parked is not None
    assert parked.id.endswith("-2")

    ringing = parse_session(payload("session_inbound_ringing"), Anomalies())
    assert parked_party(ringing) is None


_calls = st.lists(
    st.builds(
        call,
        st.none() | st.sampled_from(TelephonyStatus),
        st.none() | st.sampled_from(["s-1", "s-2", "s-3"]),
        st.none() | st.sampled_from(Direction),
        termination_type=st.none() | st.sampled_from(TerminationType),
    ),
    max_size=4,
)
_wanted = st.builds(
    Wanted, st.none() | st.sampled_from(["s-1", "s-2", "s-9"]), st.sampled_from(Which)
)


@given(_calls, st.sampled_from(Action), _wanted)
def test_chosen_call_is_living_has_a_session_and_is_the_only_one(
    calls: list[ActiveCall], action: Action, wanted: Wanted
) -> None:
    found = choose_call(calls, action, wanted)

    if isinstance(found, Refusal):
        assert found in (NO_CALL, SEVERAL)
        return
    assert found.is_live
    assert found.telephony_session_id
    assert wanted.call in (None, found.telephony_session_id)
    if action is Action.HANG_UP and wanted == Wanted():
        living = {one.telephony_session_id for one in calls if one.is_live}
        assert living == {found.telephony_session_id}


@given(
    st.permutations(SESSION.parties),
    st.sampled_from([OWN, COLLEAGUE]),
    st.none() | st.sampled_from([one.id for one in SESSION.parties]),
)
def test_party_of_another_side_is_never_chosen(
    parties: list[Party], extension_id: str, party_id: str | None
) -> None:
    one: Session = session(*parties)
    found = choose_party(one, extension_id, party_id)

    assert found is not None
    assert found.extension_id == extension_id
    assert found.status.code not in (PartyCode.DISCONNECTED, PartyCode.GONE)

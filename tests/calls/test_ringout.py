"""The two legs of an own RingOut."""

from copy import replace

import pytest

from custom_components.ringcentral.api.models.enums import Direction, TelephonyStatus
from custom_components.ringcentral.api.models.presence import ActiveCall
from custom_components.ringcentral.calls.ringout import ringout_legs

_OWN, _OTHER = "102", "+16505550101"


def inbound(
    from_: str | None, to: str | None = _OWN, session: str | None = "s-1"
) -> ActiveCall:
    return ActiveCall(
        direction=Direction.INBOUND,
        from_=from_,
        to=to,
        telephony_session_id=session,
        telephony_status=TelephonyStatus.RINGING,
        session_id="880000066102",
    )


def outbound(
    to: str | None, from_: str | None = _OWN, session: str | None = "s-2"
) -> ActiveCall:
    return ActiveCall(
        direction=Direction.OUTBOUND,
        from_=from_,
        to=to,
        telephony_session_id=session,
        telephony_status=TelephonyStatus.RINGING,
    )


@pytest.mark.parametrize(
    ("own", "dialed", "is_leg"),
    [
        (inbound(_OTHER), outbound(_OTHER), True),
        # Numbers are written in different ways.
        (inbound("(650) 555-0101"), outbound(_OTHER), True),
        (inbound("01705550101"), outbound("+491705550101"), True),
        (inbound("103"), outbound("103"), True),
        (inbound(_OTHER, session=None), outbound(_OTHER, session=None), True),
        # Other numbers: a call in while another one is dialled.
        (inbound("+16505550102"), outbound(_OTHER), False),
        (inbound("103"), outbound("1103"), False),
        (inbound("103"), outbound("0103"), False),
        (inbound(None), outbound(_OTHER), False),
        (inbound("anonymous"), outbound("anonymous"), False),
        (inbound(_OTHER), outbound(_OTHER, session="s-1"), True),
        # The two parties of a call to one's own number.
        (inbound(_OWN), outbound(_OWN), False),
    ],
)
def test_call_with_swapped_numbers_is_the_first_leg(
    own: ActiveCall, dialed: ActiveCall, is_leg: bool
) -> None:
    """In any order of the list."""
    assert ringout_legs([own, dialed], [None, None]) == ({0} if is_leg else set())
    assert ringout_legs([dialed, own], [None, None]) == ({1} if is_leg else set())


@pytest.mark.parametrize(
    ("session_id", "is_leg"),
    [
        ("880000067102", True),
        ("880000062102", True),
        ("880000066103", False),
        ("", False),
    ],
)
def test_call_from_a_number_that_is_dialed_already_is_a_leg_by_its_session_id(
    session_id: str, is_leg: bool
) -> None:
    dialed = replace(outbound(_OTHER), session_id=session_id)
    legs = ringout_legs([inbound(_OTHER), dialed], [None, 0])
    assert legs == ({0} if is_leg else set())

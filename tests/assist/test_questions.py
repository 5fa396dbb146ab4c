"""Each question in each state: by a language model, and by the action of blueprints."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import pytest

from custom_components.ringcentral.privacy import Privacy

from ..assistant import Assistant, expose
from ..common import Account
from ..control.common import OTHER, connected, held, ringing
from ..reliability.common import MOVED_TIME, WSTOKEN, Time, lose_push
from .common import ask
from .sentences import speak

pytestmark = MOVED_TIME

STATUS: Final = "ringcentral__get_status"
MISSED: Final = "ringcentral__get_missed_calls"

type _State = Callable[[Account, Time], Awaitable[object]]


async def idle(office: Account, time: Time) -> None:
    """Nobody has a call."""


async def rings(office: Account, time: Time) -> None:
    await ringing(office, "102", from_name="Bob")


async def two_calls(office: Account, time: Time) -> None:
    await connected(office, "102", from_name="Bob")
    await time.passes(60)
    await ringing(office, "102", from_=OTHER)


async def two_people(office: Account, time: Time) -> None:
    await connected(office, "101", from_name="Bob")
    await time.passes(60)
    await connected(office, "102", from_=OTHER)


async def on_hold(office: Account, time: Time) -> None:
    await held(office, "102", from_name="Bob")


async def dials(office: Account, time: Time) -> None:
    await ringing(office, OTHER, from_="102", direction="Outbound")


async def withheld_number(office: Account, time: Time) -> None:
    await ringing(office, "102", from_="anonymous")


async def private(office: Account, time: Time) -> None:
    await rings(office, time)
    office.coordinator.change_privacy(Privacy.NONE)


async def masked(office: Account, time: Time) -> None:
    await rings(office, time)
    office.coordinator.change_privacy(Privacy.MASKED)


async def do_not_disturb(office: Account, time: Time) -> None:
    office.simulator.change_extension("102", dndStatus="DoNotAcceptAnyCalls")
    await office.until_all_reported()


async def missed(office: Account, time: Time) -> None:
    party = await ringing(office, "101", from_name="Bob")
    office.simulator.end(party.telephony_session_id)
    await office.until_all_reported()
    await time.passes(60)


async def link_down(office: Account, time: Time) -> None:
    """While two talk; the sensors keep their states for two minutes."""
    await two_people(office, time)
    await missed(office, time)
    office.simulator.fault("maintenance", path=WSTOKEN, seconds=3600)
    await lose_push(office)
    assert office.shows("102", "telephony_status") == "call_connected"


async def not_loaded(office: Account, time: Time) -> None:
    await two_people(office, time)
    assert await office.hass.config_entries.async_unload(office.entry.entry_id)


async def colleague_not_exposed(office: Account, time: Time) -> None:
    await connected(office, "102", from_name="Bob")
    status = office.entity_id("102", "telephony_status")
    expose(office.hass, status, wanted=False)


async def none_exposed(office: Account, time: Time) -> None:
    await colleague_not_exposed(office, time)
    expose(office.hass, office.entity_id("101", "telephony_status"), wanted=False)


_NOBODY: Final = "Nobody is on the phone."
_GRETA: Final = "Greta Sunderby: on the phone."
_NO_RING: Final = "No phone is ringing."
_FREE: Final = "Fiora Teasdale, Greta Sunderby: free, and 0 more."
_ONE_FREE: Final = "Fiora Teasdale: free, and 0 more."
_NOT_MISSED: Final = "Fiora Teasdale missed no call since 10:00."
_UNKNOWN: Final = "Not known since 10:02."
_NONE: Final = "No phone is exposed."

# Who is on the phone, who is calling, who is free, how is Greta, did I miss a call?
_ANSWERS: Final[Mapping[_State, tuple[str, str, str, str, str]]] = {
    idle: (_NOBODY, _NO_RING, _FREE, "Greta Sunderby is free.", _NOT_MISSED),
    rings: (
        _NOBODY,
        "Ringing: Greta Sunderby, Bob calls.",
        _ONE_FREE,
        "Greta Sunderby's phone is ringing, Bob calls.",
        _NOT_MISSED,
    ),
    two_calls: (
        _GRETA,
        f"Ringing: Greta Sunderby, {OTHER} calls.",
        _ONE_FREE,
        (
            f"Greta Sunderby's phone is ringing, {OTHER} calls. "
            "Greta Sunderby is on the phone since 10:00."
        ),
        _NOT_MISSED,
    ),
    two_people: (
        "Fiora Teasdale, Greta Sunderby: on the phone.",
        _NO_RING,
        "Nobody is free.",
        "Greta Sunderby is on the phone since 10:01.",
        _NOT_MISSED,
    ),
    on_hold: (
        _GRETA,
        _NO_RING,
        _ONE_FREE,
        "Greta Sunderby has a call on hold since 10:00.",
        _NOT_MISSED,
    ),
    dials: (_GRETA, _NO_RING, _ONE_FREE, "Greta Sunderby is dialing.", _NOT_MISSED),
    withheld_number: (
        _NOBODY,
        "Ringing: Greta Sunderby.",
        _ONE_FREE,
        "Greta Sunderby's phone is ringing.",
        _NOT_MISSED,
    ),
    private: (
        _NOBODY,
        "Ringing: Greta Sunderby.",
        _ONE_FREE,
        "Greta Sunderby's phone is ringing.",
        _NOT_MISSED,
    ),
    masked: (
        _NOBODY,
        "Ringing: Greta Sunderby, B. calls.",
        _ONE_FREE,
        "Greta Sunderby's phone is ringing, B. calls.",
        _NOT_MISSED,
    ),
    do_not_disturb: (
        _NOBODY,
        _NO_RING,
        _ONE_FREE,
        "Greta Sunderby is not available: do_not_disturb.",
        _NOT_MISSED,
    ),
    missed: (
        _NOBODY,
        _NO_RING,
        _FREE,
        "Greta Sunderby is free.",
        "Fiora Teasdale missed 1 calls since 10:00. The last was from Bob at 10:00.",
    ),
    link_down: (
        _UNKNOWN,
        _UNKNOWN,
        _UNKNOWN,
        "Greta Sunderby: not known since 10:02.",
        (
            "Fiora Teasdale missed 1 calls since 10:00. The last was from Bob at 10:01. "
            "Later calls: not known since 10:02."
        ),
    ),
    not_loaded: (
        "Not known.",
        "Not known.",
        "Not known.",
        "Greta Sunderby: not known.",
        "Not known.",
    ),
    colleague_not_exposed: (
        _NOBODY,
        _NO_RING,
        _ONE_FREE,
        "No phone of the name Greta.",
        _NOT_MISSED,
    ),
    none_exposed: (_NONE, _NONE, _NONE, _NONE, _NONE),
}


@pytest.mark.parametrize("state", _ANSWERS, ids=lambda state: state.__name__)
async def test_question_is_answered(
    office: Account, assistant: Assistant, time: Time, state: _State
) -> None:
    """The model is given the same facts, without sentences."""
    await state(office, time)
    answers = []
    for question, tool, name in (
        ("who_is_on_the_phone", STATUS, None),
        ("who_is_calling", STATUS, None),
        ("who_is_free", STATUS, None),
        ("how_is", STATUS, "Greta"),
        ("missed_calls", MISSED, None),
    ):
        arguments = {"name": name} if name else {}
        response = await ask(office, **{"question": question, **arguments})
        answers.append(speak(response.pop("answer")))
        [facts] = await assistant.say((tool, arguments))
        if "error" not in response:
            assert facts == response
        else:
            assert facts.keys() == {"error", "error_text"}
    assert tuple(answers) == _ANSWERS[state]
    assert bool(await assistant.offers()) is (state is not none_exposed)

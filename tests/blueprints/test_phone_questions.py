"""Blueprint "phone questions": what Assist answers without a language model."""

from typing import Final

import pytest

from homeassistant.helpers import area_registry as ar, device_registry as dr

from ..reliability.common import MOVED_TIME, lose_push
from .assist import Assist, add_thing, assist, assist_in_all_languages
from .common import OUTSIDE, QUESTIONS, House

pytestmark = MOVED_TIME

# By language: questions and answers while nobody has a call, while two talk, and while
# a phone rings.
_CONVERSATIONS: Final = {
    "en": (
        ("Is anyone on the phone?", "Nobody is on the phone."),
        ("Who is on the phone?", "{a} and {b} are on the phone."),
        ("Who's calling?", "The phone of {a} is ringing. Ann Caller is calling."),
        ("Is {a} on the phone?", "{a} has been on the phone since 10:00."),
        ("Is anyone free?", "{a} and {b} are free."),
    ),
    "de": (
        ("Ist jemand am Telefon?", "Niemand telefoniert."),
        ("Wer telefoniert gerade?", "{a} und {b} telefonieren."),
        ("Wer ruft an?", "Das Telefon von {a} klingelt. Ann Caller ruft an."),
        ("Ist {a} am Telefon?", "{a} telefoniert seit 10:00 Uhr."),
        ("Ist jemand frei?", "{a} und {b} sind frei."),
    ),
    "fr": (
        ("Est-ce que quelqu'un est au téléphone ?", "Personne n'est au téléphone."),
        ("Qui est au téléphone ?", "{a} et {b} sont au téléphone."),
        ("Qui appelle ?", "Le téléphone sonne chez {a}. Ann Caller appelle."),
        ("{a} est au téléphone ?", "{a} est au téléphone depuis 10:00."),
        ("Y a-t-il quelqu'un de libre ?", "{a} et {b} sont libres."),
    ),
    "es": (
        ("¿Hay alguien al teléfono?", "No hay nadie al teléfono."),
        ("¿Quién está hablando por teléfono?", "{a} y {b} están al teléfono."),
        ("¿Quién llama?", "Está sonando el teléfono de {a}. Llama Ann Caller."),
        ("¿Está {a} al teléfono?", "{a} está al teléfono desde las 10:00."),
        ("¿Quién está libre?", "{a} y {b} están libres."),
    ),
    "it": (
        ("C'è qualcuno al telefono?", "Nessuno è al telefono."),
        ("Chi è al telefono?", "{a} e {b} sono al telefono."),
        ("Chi sta chiamando?", "Sta squillando il telefono di {a}. Chiama Ann Caller."),
        ("{a} è al telefono?", "{a} è al telefono dalle 10:00."),
        ("Chi è disponibile?", "{a} e {b} sono disponibili."),
    ),
    "nl": (
        ("Is er iemand aan de telefoon?", "Er is niemand aan de telefoon."),
        ("Wie is er aan het bellen?", "{a} en {b} zijn aan de telefoon."),
        ("Wie belt er?", "De telefoon van {a} gaat over. Ann Caller belt."),
        ("Is {a} in gesprek?", "{a} is sinds 10:00 uur aan de telefoon."),
        ("Wie is er vrij?", "{a} en {b} zijn vrij."),
    ),
}


def _name(house: House, number: str) -> str:
    return house.simulator.extension(number).name


async def _talk(house: House, *numbers: str, caller: str = "Ann Caller") -> None:
    for number in numbers:
        call = house.simulator.ring(to=number, from_=OUTSIDE, from_name=caller)
        house.simulator.answer(call.telephony_session_id)
    await house.settle()


@pytest.mark.parametrize("language", QUESTIONS)
async def test_assist_tells_who_talks_who_rings_and_who_is_free(
    house: House, language: str
) -> None:
    idle, talking, ringing, one, free = _CONVERSATIONS[language]
    names = {"a": _name(house, "102"), "b": _name(house, "103")}

    async def check(exchange: tuple[str, str]) -> None:
        question, answer = (part.format_map(names) for part in exchange)
        assert await asked.answers(question) == answer

    await house.hass.config.async_set_time_zone("Europe/Berlin")
    asked = await assist(house, "102", "103", language=language)
    await check(idle)
    await check(free)
    call = house.simulator.ring(to="102", from_=OUTSIDE, from_name="Ann Caller")
    await house.settle()
    await check(ringing)
    house.simulator.answer(call.telephony_session_id)
    await _talk(house, "103")
    await check(talking)
    await check(one)


async def test_missed_calls_are_told(house: House) -> None:
    """Of one's own phone, since it is counted."""
    asked = await assist(house, "101")
    name = _name(house, "101")
    assert await asked.answers("Did I miss a call?") == (
        f"{name} hasn't missed a call since 01:00."
    )
    for _ in range(2):
        call = house.simulator.ring(to="101", from_=OUTSIDE, from_name="Ann Caller")
        await house.time.passes(20)
        house.simulator.end(call.telephony_session_id)
        await house.time.passes(5)

    assert await asked.answers("How many calls did I miss today?") == (
        f"{name} has missed 2 calls since 01:00. "
        "The last one was from Ann Caller at 01:00."
    )


async def test_calls_that_may_be_missing_are_told(house: House) -> None:
    """None that is known does not mean that none was missed."""
    asked = await assist(house, "101")
    await house.time.passes(10)
    house.simulator.switches.recovery = False
    entries, entry_id = house.hass.config_entries, house.account.entry.entry_id
    await entries.async_unload(entry_id)
    await house.time.passes(90)
    await entries.async_setup(entry_id)
    await house.time.passes(5)

    assert await asked.answers("Did I miss a call?") == (
        f"{_name(house, '101')} hasn't missed a call since 01:01. "
        "Some calls may not be counted: updates from RingCentral were missing for about "
        "2 minutes today."
    )


async def test_people_of_an_area_are_told(house: House) -> None:
    area = ar.async_get(house.hass).async_create("Sales")
    [device] = house.phones("103")
    dr.async_get(house.hass).async_update_device(device, area_id=area.id)
    asked = await assist(house, "102", "103")
    await _talk(house, "102")
    name = _name(house, "103")

    assert await asked.answers("Who in sales is on the phone?") == (f"{name} is free.")
    assert await asked.answers("Who is free in the sales?") == f"{name} is free."


async def test_phones_that_are_not_exposed_are_not_mentioned(house: House) -> None:
    asked = await assist(house, "102")
    await _talk(house, "103")
    assert await asked.answers("Is anyone on the phone?") == "Nobody is on the phone."
    name = _name(house, "103")
    assert await asked.answers(f"Is {name} busy?") == (
        f"I don't know a phone named {name}."
    )


async def test_it_says_that_no_phone_is_exposed(house: House) -> None:
    asked = await assist(house)
    await _talk(house, "102")
    assert await asked.answers("Is anyone on the phone?") == (
        "No phone is exposed to Assist."
    )


@pytest.mark.parametrize("language", QUESTIONS)
async def test_it_does_not_say_no_without_a_connection(
    house: House, language: str
) -> None:
    """Also while the sensors still keep their states."""
    idle, *_ = _CONVERSATIONS[language]
    question, answer = idle
    asked = await assist(house, "102", language=language)
    assert await asked.answers(question) == answer
    house.simulator.switches.recovery = False
    await lose_push(house.account)
    assert house.account.shows("102", "telephony_status") == "no_call"

    answer = await asked.answers(question)
    assert "RingCentral" in answer
    assert "01:0" in answer


async def test_it_asks_back_if_two_people_have_the_name(house: House) -> None:
    asked = await assist(house, "102", "103")
    devices = dr.async_get(house.hass)
    for device_id, name in zip(
        house.phones("102", "103"), ("Al B", "Al C"), strict=True
    ):
        devices.async_update_device(device_id, name_by_user=name)
    assert await asked.answers("Is Al free?") == "Which one do you mean: Al B or Al C?"
    assert await asked.answers("Is Al C free?") == "Al C is free."


@pytest.mark.parametrize("name", ["anyone", "someone", "Everybody"])
async def test_a_word_for_anyone_is_no_name(house: House, name: str) -> None:
    """In a wording of a user, who has not thought of it."""
    asked = await assist(house, "102", on_the_phone=["is {name} yakking"])
    await _talk(house, "102")
    assert await asked.answers(f"Is {name} yakking?") == (
        f"{_name(house, '102')} is on the phone."
    )


@pytest.mark.parametrize("caller", ["{{ 1 + 1 }}", "{name} {time}", "<b>*x*</b>"])
async def test_name_of_a_caller_is_only_a_name(house: House, caller: str) -> None:
    asked = await assist(house, "102")
    house.simulator.ring(to="102", from_=OUTSIDE, from_name=caller)
    await house.settle()
    assert await asked.answers("Who is calling?") == (
        f"The phone of {_name(house, '102')} is ringing. {caller} is calling."
    )


async def test_other_questions_about_things_are_still_answered(house: House) -> None:
    """A room can be free, too."""
    asked = await assist(house, "102", language="de")
    add_thing(house.hass, "binary_sensor.bath", "off", "Bad")
    assert await asked.answers("Ist das Bad frei?") == "Ja"
    add_thing(house.hass, "binary_sensor.bath", "on", "Bad")

    assert (await asked.answers("Ist das Bad frei?")).startswith("Nein")


async def test_where_a_person_is_says_nothing_about_a_phone(house: House) -> None:
    """Home Assistant takes "free" for a zone."""
    asked = await assist(house, "102")
    add_thing(house.hass, "person.zoe", "home", "Zoe")
    assert await asked.answers("Is Zoe free?") == "I don't know a phone named Zoe."


async def test_state_of_a_phone_is_not_told_by_home_assistant(house: House) -> None:
    """It has the state as it is stored, and keeps it while nothing is known."""
    asked = await assist(house, "102")
    name = f"{_name(house, '102')} (999)"
    assert await asked.answers(f"Is {name} free?") == (
        f"I don't know a phone named {name}."
    )


@pytest.mark.parametrize(
    "question",
    [
        "Is nobody on the phone?",
        "Is the line busy?",
        "Could you tell me who's on the phone?",
        "Is anybody using the phone?",
        "Is there anyone on the phone?",
        "Who else is on their phone?",
        "Is anybody on a call right now, please?",
        "Whos on the phone for me",
    ],
)
async def test_question_about_anyone_has_many_wordings(
    house: House, question: str
) -> None:
    asked = await assist(house, "102")
    await _talk(house, "102")
    assert await asked.answers(question) == f"{_name(house, '102')} is on the phone."


@pytest.mark.parametrize(
    "question",
    [
        "Is {name}'s phone busy?",
        "Who is {name} talking to?",
        "What is {name} doing?",
        "Is {name}'s phone free?",
    ],
)
async def test_question_about_a_person_has_many_wordings(
    house: House, question: str
) -> None:
    asked = await assist(house, "102")
    name = _name(house, "102")
    assert await asked.answers(question.format(name=name)) == f"{name} is free."


async def test_a_question_is_passed_on_once(house: House) -> None:
    """A name at the end takes the words that Home Assistant ignores, too."""
    asked = await assist(house, "102")
    assert await asked.answers("Can I call Zoe?") == "I don't know a phone named Zoe."
    assert len(house.called("conversation.process")) == 1


async def test_number_of_a_phone_is_a_name(house: House) -> None:
    asked = await assist(house, "102", "103")
    assert await asked.answers("Is 102 free?") == f"{_name(house, '102')} is free."


async def test_each_language_of_a_user_is_answered(house: House) -> None:
    """With a blueprint each."""
    await assist_in_all_languages(house)
    for language, (idle, *_) in _CONVERSATIONS.items():
        question, answer = idle
        assert await Assist(house, language).answers(question) == answer

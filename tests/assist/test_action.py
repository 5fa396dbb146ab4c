"""Action `get_status`."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockUser
import voluptuous as vol

from homeassistant.core import Context
from homeassistant.exceptions import UnknownUser
from homeassistant.helpers import area_registry as ar, device_registry as dr

from ..assistant import Assistant
from ..common import Account
from ..control.common import CALLER, connected, ringing
from ..reliability.common import MOVED_TIME
from ..services import device_id
from .common import ask
from .sentences import speak

pytestmark = [MOVED_TIME, pytest.mark.usefixtures("assistant")]


async def test_response_has_statements_and_facts(office: Account) -> None:
    await ringing(office, "102", from_name="Bob")
    assert await ask(office, question="who_is_calling") == {
        "answer": [{"text": "ringing", "names": ["Greta Sunderby"], "caller": "Bob"}],
        "on_the_phone": [],
        "ringing": [
            {
                "name": "Greta Sunderby",
                "calls": [
                    {
                        "status": "ringing",
                        "direction": "inbound",
                        "other_party_name": "Bob",
                        "other_party_number": CALLER,
                        "started": "2026-03-02T10:00:10+01:00",
                        "since": "2026-03-02T10:00:10+01:00",
                    }
                ],
            }
        ],
        "free": ["Fiora Teasdale"],
        "not_free": [],
        "no_call": [],
        "not_known": [],
        "counts": {
            "people": 2,
            "on_the_phone": 0,
            "ringing": 1,
            "free": 1,
            "not_free": 0,
            "no_call": 0,
            "not_known": 0,
        },
    }


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        ({}, "Greta Sunderby: on the phone."),
        ({"name": " "}, "Greta Sunderby: on the phone."),
        ({"question": "how_is", "name": 101}, "Fiora Teasdale is free."),
        ({"name": " fiora "}, "Fiora Teasdale is free."),
        ({"name": "Zoe"}, "No phone of the name Zoe."),
        ({"name": f"Zoe\n{'x' * 500}"}, f"No phone of the name Zoe {'x' * 36}."),
    ],
)
async def test_name_and_question_may_be_left_out(
    office: Account, data: dict[str, Any], answer: str
) -> None:
    """A template makes a number of digits."""
    await connected(office, "102")
    assert speak((await ask(office, **data))["answer"]) == answer


async def test_people_of_an_area_are_answered_about(office: Account) -> None:
    area = ar.async_get(office.hass).async_create("Reception")
    devices = dr.async_get(office.hass)
    for number in ("101", "102"):
        devices.async_update_device(device_id(office, number), area_id=area.id)
    await connected(office, "102")
    for question, answer in (
        ("who_is_free", "Fiora Teasdale: free, and 0 more."),
        ("who_is_on_the_phone", "Greta Sunderby: on the phone."),
        ("who_is_calling", "No phone is ringing."),
        (
            "how_is",
            "Fiora Teasdale: free, and 0 more. Greta Sunderby: on the phone.",
        ),
    ):
        response = await ask(office, question=question, name="reception")
        assert speak(response["answer"]) == answer


@pytest.mark.parametrize("data", [{"question": "why"}, {"name": ["Greta"]}, {"x": 1}])
async def test_other_data_is_refused(office: Account, data: dict[str, Any]) -> None:
    with pytest.raises(vol.Invalid):
        await ask(office, **data)


async def test_user_is_answered_about_telephones_that_the_user_may_read(
    office: Account,
) -> None:
    await connected(office, "101")
    await connected(office, "102")
    user = MockUser().add_to_hass(office.hass)
    context = Context(user_id=user.id)
    user.mock_policy({})
    response = await ask(office, context)
    assert response["answer"] == [{"text": "none_exposed"}]

    entity_id = str(office.entity_id("102", "telephony_status"))
    user.mock_policy({"entities": {"entity_ids": {entity_id: {"read": True}}}})
    response = await ask(office, context)
    assert response["answer"] == [{"text": "on_the_phone", "names": ["Greta Sunderby"]}]
    assert response["counts"]["people"] == 1
    response = await ask(office, context, name="Fiora")
    assert response["answer"] == [{"text": "unknown_name", "name": "Fiora"}]


async def test_removed_user_is_not_answered(office: Account) -> None:
    """A script may still run after its user was removed."""
    with pytest.raises(UnknownUser):
        await ask(office, Context(user_id="gone"))


async def test_log_has_neither_names_nor_numbers(
    office: Account, assistant: Assistant, caplog: pytest.LogCaptureFixture
) -> None:
    await connected(office, "102", from_name="Bob Canary")
    caplog.clear()
    for name in ("Greta", "Zoe Canary"):
        await ask(office, name=name)
        await assistant.say(("ringcentral__get_status", {"name": name}))
    own = [r.getMessage() for r in caplog.records if "ringcentral" in r.name]
    assert not [m for m in own if any(p in m for p in ("Canary", CALLER, "Greta"))]

"""Missed calls of today, as an assistant learns them."""

from math import ceil
from typing import Final

import pytest

from custom_components.ringcentral.assist.missed import async_read_missed
from custom_components.ringcentral.assist.models import Missed, MissedOf, Problem
from custom_components.ringcentral.assist.telephones import Viewer
from custom_components.ringcentral.privacy import Privacy
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)

from ..assistant import expose
from ..common import Account
from ..control.common import CALLER, OTHER
from ..groups.common import add, team
from ..reliability.common import (
    MOVED_TIME,
    WSTOKEN,
    Time,
    is_pushed,
    lose_push,
    lose_updates_of,
    unseen,
)
from ..services import device_id
from .common import ASSISTANT, ask, expose_telephones

pytestmark = MOVED_TIME

FIORA: Final = "Fiora Teasdale"
GRETA: Final = "Greta Sunderby"


async def read(account: Account, name: str | None = None) -> Missed | Problem:
    """Return what an assistant reads."""
    return await async_read_missed(Viewer(account.hass, ASSISTANT), name)


async def only(account: Account, name: str | None = None) -> MissedOf:
    """Return what the only one who is meant has missed."""
    found = await read(account, name)
    assert "error" not in found
    (missed,) = found["telephones"]
    assert "left_out" not in found
    return missed


async def miss(
    account: Account,
    time: Time,
    number: str = "101",
    from_: str = CALLER,
    from_name: str | None = None,
) -> None:
    """Let a call ring that nobody answers."""
    party = account.simulator.ring(to=number, from_=from_, from_name=from_name)
    await time.passes(5)
    account.simulator.end(party.telephony_session_id)
    await time.passes(5)
    await account.until_all_reported()


async def test_missed_calls_are_those_of_the_own_telephone(
    exposed: Account, time: Time
) -> None:
    await miss(exposed, time, from_name="Bob")
    await miss(exposed, time, "102")
    await miss(exposed, time, from_=OTHER)
    assert await read(exposed) == {
        "telephones": [
            {
                "name": FIORA,
                "missed": 2,
                "unclear": 0,
                # Set up after midnight.
                "counted_since": "2026-03-02T01:00:00-08:00",
                "calls": [
                    {"other_party_number": OTHER, "time": "2026-03-02T01:00:30-08:00"},
                    {
                        "other_party_name": "Bob",
                        "other_party_number": CALLER,
                        "time": "2026-03-02T01:00:10-08:00",
                    },
                ],
            }
        ]
    }


async def test_answered_call_is_not_missed(exposed: Account, time: Time) -> None:
    party = exposed.simulator.ring(to="101", from_=CALLER)
    exposed.simulator.answer(party.telephony_session_id)
    exposed.simulator.end(party.telephony_session_id)
    await time.passes(5)
    assert (await only(exposed))["missed"] == 0
    assert (await only(exposed))["calls"] == []


async def test_newest_five_of_many_calls_are_listed(
    exposed: Account, time: Time
) -> None:
    for i in range(12):
        await miss(exposed, time, from_=f"+1650555010{i % 10}", from_name=f"Caller {i}")
    missed = await only(exposed)
    assert missed["missed"] == 12
    names = [one["other_party_name"] for one in missed["calls"]]
    assert names == [f"Caller {i}" for i in (11, 10, 9, 8, 7)]


async def test_yesterday_is_forgotten_at_midnight(exposed: Account, time: Time) -> None:
    await miss(exposed, time)
    # In the time zone of Home Assistant.
    await time.passes(23 * 3600, 3600)
    await time.passes(60)
    assert await only(exposed) == {
        "name": FIORA,
        "missed": 0,
        "unclear": 0,
        "calls": [],
    }


async def test_calls_of_others_are_not_counted_without_their_sensor(
    exposed: Account, time: Time
) -> None:
    await miss(exposed, time, "102")
    missed = await only(exposed, "greta")
    assert missed == {"name": GRETA, "missed": None, "unclear": 0, "calls": []}


async def test_call_that_a_colleague_answers_later_is_taken_back(
    exposed: Account, time: Time
) -> None:
    group = await add(exposed, team(exposed, "Support", numbers=["101", "102"]))
    entity_id = er.async_get(exposed.hass).async_get_entity_id(
        "sensor", "ringcentral", f"group_{group.config.subentry_id}_missed_today"
    )
    assert (await read(exposed, "support")) == {
        "telephones": [
            {
                "name": name,
                "missed": missed,
                "unclear": 0,
                "calls": [],
                **({} if missed is None else {"counted_since": since}),
            }
            for name, missed, since in (
                (FIORA, 0, "2026-03-02T01:00:00-08:00"),
                (GRETA, None, ""),
            )
        ]
    }
    expose(exposed.hass, entity_id)
    simulator = exposed.simulator
    party = simulator.ring(to="101", from_=CALLER, group=["102"])
    session = party.telephony_session_id
    simulator.pause(session, "102")
    simulator.pause(session, "101")
    await time.passes(10)
    missed = await only(exposed, "support")
    assert (missed["name"], missed["missed"], len(missed["calls"])) == ("Support", 1, 1)

    simulator.resume(session, "102")
    simulator.answer(session, "102")
    await time.passes(5)
    missed = await only(exposed, "support")
    assert (missed["missed"], missed["calls"]) == (0, [])


@pytest.mark.parametrize(
    ("privacy", "expected"),
    [(Privacy.MASKED, {"B.", "…123"}), (Privacy.NONE, set())],
)
async def test_callers_are_shown_as_the_privacy_level_says(
    exposed: Account, time: Time, privacy: Privacy, expected: set[str]
) -> None:
    await miss(exposed, time, from_name="Bob")
    exposed.coordinator.change_privacy(privacy)
    (call,) = (await only(exposed))["calls"]
    assert {v for k, v in call.items() if k != "time"} == expected


async def test_later_calls_are_not_known_while_the_connection_is_lost(
    exposed: Account, time: Time
) -> None:
    await miss(exposed, time)
    exposed.simulator.fault("maintenance", path=WSTOKEN, seconds=86400)
    await lose_push(exposed)
    missed = await only(exposed)
    assert missed["missed"] == 1
    assert missed["not_known_since"] == "2026-03-02T01:00:20-08:00"
    # While it is polled, too: short calls are not seen.
    await time.passes_until(lambda: exposed.shows(None, "link") == "polling", 300)
    assert (await only(exposed))["not_known_since"] == missed["not_known_since"]


async def _lose_call(account: Account, time: Time) -> None:
    """Lose the connection while a call is missed."""
    # The sign-in has used up most of what may be requested within a minute.
    await time.passes(61)
    await account.simulator.stop()
    party = account.simulator.ring(to="101", from_=CALLER)
    await time.passes(10)
    account.simulator.end(party.telephony_session_id)
    await time.passes(10)
    await account.simulator.start()
    await time.passes_until(is_pushed(account), 60)


async def test_calls_of_a_loss_that_is_replayed_are_not_missing(
    exposed: Account, time: Time
) -> None:
    await _lose_call(exposed, time)
    # The replay has only begun.
    missed = await only(exposed)
    assert missed["unseen_minutes"] >= 1
    assert "not_known_since" not in missed

    await time.passes(5)
    missed = await only(exposed)
    assert (missed["missed"], unseen(exposed)) == (1, 0)
    assert missed.keys().isdisjoint({"unseen_minutes", "not_known_since"})


async def test_calls_of_a_loss_that_is_not_replayed_may_be_missing(
    exposed: Account, time: Time
) -> None:
    exposed.simulator.fault("recovery_failed")
    await _lose_call(exposed, time)
    await time.passes(5)
    missed = await only(exposed)
    assert missed["missed"] == 0
    assert "not_known_since" not in missed
    assert missed["unseen_minutes"] == ceil(unseen(exposed) / 60)

    # Another loss, which lasts, is told apart.
    exposed.simulator.fault("maintenance", path=WSTOKEN, seconds=86400)
    await lose_push(exposed)
    await time.passes_until(lambda: exposed.shows(None, "link") == "polling", 300)
    await time.passes(600, 5)
    lasting = await only(exposed)
    assert "not_known_since" in lasting
    assert lasting["unseen_minutes"] == missed["unseen_minutes"]


async def test_calls_of_a_restart_may_be_missing(exposed: Account, time: Time) -> None:
    exposed.simulator.switches.recovery = False
    await exposed.hass.config_entries.async_unload(exposed.entry.entry_id)
    await time.passes(90)
    await exposed.hass.config_entries.async_setup(exposed.entry.entry_id)
    await time.passes_until(is_pushed(exposed), 60)
    await time.passes(5)
    assert (await only(exposed))["unseen_minutes"] == 2


async def test_calls_are_not_known_while_those_of_one_telephone_are_not_reported(
    exposed: Account, time: Time
) -> None:
    """The account is connected."""
    await miss(exposed, time)
    await lose_updates_of(exposed, time, "101")
    missed = await only(exposed)
    assert missed["missed"] == 1
    assert str(missed["not_known_since"]).startswith("2026-03-02T01:00:2")


async def test_missed_calls_of_an_account_that_is_not_loaded_are_not_known(
    exposed: Account,
) -> None:
    await exposed.hass.config_entries.async_unload(exposed.entry.entry_id)
    assert await only(exposed) == {
        "name": FIORA,
        "missed": None,
        "unclear": 0,
        "calls": [],
        "not_known_since": None,
    }


async def test_account_is_counted_as_a_whole_if_its_count_is_exposed(
    exposed: Account, time: Time
) -> None:
    device = exposed.device(None)
    assert device is not None
    dr.async_get(exposed.hass).async_update_device(device.id, name_by_user="Company")
    await miss(exposed, time, "103")
    found = await read(exposed, "company")
    assert "error" not in found
    assert [one["missed"] for one in found["telephones"]] == [0, None]
    expose(exposed.hass, exposed.entity_id(None, "missed_today"))
    missed = await only(exposed, "company")
    assert (missed["name"], missed["missed"], len(missed["calls"])) == ("Company", 1, 1)

    await exposed.hass.config_entries.async_unload(exposed.entry.entry_id)
    found = await read(exposed, "company")
    assert "error" not in found
    assert [one["name"] for one in found["telephones"]] == [FIORA, GRETA]
    assert all(one["not_known_since"] is None for one in found["telephones"])


async def test_what_holds_for_all_telephones_of_an_area_is_said_once(
    exposed: Account,
) -> None:
    expose_telephones(exposed, "103")
    area = ar.async_get(exposed.hass).async_create("Reception")
    for number in ("102", "103"):
        dr.async_get(exposed.hass).async_update_device(
            device_id(exposed, number), area_id=area.id
        )
    asked = {"question": "missed_calls", "name": "reception"}
    assert (await ask(exposed, **asked))["answer"] == [{"text": "not_counted"}]
    await exposed.hass.config_entries.async_unload(exposed.entry.entry_id)
    assert (await ask(exposed, **asked))["answer"] == [{"text": "nothing_known"}]


async def test_without_an_own_telephone_nothing_is_said_of_others(
    exposed: Account,
) -> None:
    expose_telephones(exposed, "101", wanted=False)
    assert await read(exposed) == {"error": "not_counted"}
    assert await read(exposed, "fiora") == {"error": "unknown_name"}


async def test_callers_are_gone_after_a_restart_but_the_count_is_not(
    exposed: Account, time: Time
) -> None:
    """They are not stored."""
    await miss(exposed, time, from_name="Bob Canary")
    await exposed.hass.config_entries.async_reload(exposed.entry.entry_id)
    await exposed.hass.async_block_till_done()
    missed = await only(exposed)
    assert (missed["missed"], missed["calls"]) == (1, [])

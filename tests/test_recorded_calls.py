"""A call between two people who are both shown, as it is left on the disk."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
import json
from pathlib import Path
import sqlite3
from typing import Any, Final

from cryptography.fernet import Fernet
from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ringcentral.calls.lifecycle import CallEventType
from custom_components.ringcentral.const import CONF_STORAGE_KEY
from custom_components.ringcentral.privacy import Privacy
from custom_components.ringcentral.sensor import EXTENSION_SENSORS
from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.helpers import restore_state
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from simulator import Simulator

from .clockwork import Clockwork
from .common import Account, add_account
from .test_icons import EVENT_ICONS

_ALICE: Final = "102"
_BEN: Final = "103"

# States, their icons and flags: what any two phones have in common.
_WORDS: Final = {
    *("", "unknown", "unavailable", "inbound", "outbound", "create"),
    *(option for sensor in EXTENSION_SENSORS for option in sensor.options or ()),
    *CallEventType,
    *EVENT_ICONS.values(),
    *("answered", "missed", "not_answered", "parked", "ended"),
    *("ringing", "talking", "held", "enum", "timestamp", "measurement"),
}


@pytest.fixture
def persistent_database() -> bool:
    """Record into a file."""
    return True


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Return an empty folder."""
    return str(tmp_path)


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Write real files."""
    return {}


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _is_common(value: object, privacy: Privacy) -> bool:
    """Return whether a value is a time, seconds, a count, a state or a flag."""
    if value is None:
        return True
    if isinstance(value, int | float):
        # Only the full level has tenths of a second.
        return float(value).is_integer() or (
            privacy is Privacy.FULL and value == round(value, 1)
        )
    text = str(value)
    return text in _WORDS or dt_util.parse_datetime(text) is not None


class Disk:
    """What Home Assistant has left behind."""

    def __init__(self, folder: Path, database: Path, entry_id: str) -> None:
        """Read the database and the stored states."""
        with closing(sqlite3.connect(database)) as connection:
            self.dump = "\n".join(connection.iterdump())
            self._states = connection.execute(
                "SELECT states_meta.entity_id, state, shared_attrs, hex(context_id_bin),"
                " hex(context_parent_id_bin), attributes_id FROM states"
                " JOIN states_meta USING (metadata_id)"
                " LEFT JOIN state_attributes USING (attributes_id)"
            ).fetchall()
            self._events = connection.execute(
                "SELECT shared_data, hex(context_id_bin), hex(context_parent_id_bin)"
                " FROM events JOIN event_data USING (data_id)"
            ).fetchall()
        storage = folder / ".storage"
        self.files = {path.name: path.read_text() for path in storage.iterdir()}
        self._restored = json.loads(self.files["core.restore_state"])["data"]
        self.session = json.loads(self.files[f"ringcentral.{entry_id}"])["data"]

    def values(self, person: Person) -> set[object]:
        """Return all values that are stored of a person's phone."""
        found: list[object] = []
        for entity_id, state, attributes, *ids in self._states:
            if entity_id in person.entity_ids:
                found += [state, *_leaves(json.loads(attributes or "{}")), *ids[:2]]
                found.append(f"attributes {ids[2]}")
        for data, *ids in self._events:
            if person.device_id in data or any(i in data for i in person.entity_ids):
                found += [*_leaves(json.loads(data)), *ids]
        for restored in self._restored:
            if restored["state"]["entity_id"] in person.entity_ids:
                # The possible events are the same for all.
                del restored["state"]["attributes"]["event_types"]
                found += _leaves(restored)
        return set(found)


class Person:
    """A person whose phone is shown."""

    def __init__(self, account: Account, number: str) -> None:
        """Find the entities."""
        self.extension_id = account.simulator.extension(number).id
        device = account.device(number)
        assert device is not None
        self.device_id = device.id
        self.entity_ids = {
            str(account.entity_id(number, key, platform))
            for platform, key in (
                ("event", "calls"),
                *(("sensor", sensor.key) for sensor in EXTENSION_SENSORS),
            )
        }


@pytest.mark.parametrize("privacy", Privacy)
async def test_nothing_that_is_stored_tells_which_two_people_spoke(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    privacy: Privacy,
    tmp_path: Path,
) -> None:
    """Except times, durations, states and flags; the second call is not over."""
    # Writes when Home Assistant stops.
    restore_state.async_get(hass).async_setup_dump()
    assert await async_setup_component(hass, "logbook", {})
    account = await add_account(hass, simulator, groups=[], extensions=[_ALICE, _BEN])
    account.coordinator.change_privacy(privacy)
    clockwork = Clockwork(freezer)
    ids: set[str] = set()
    for is_over in (True, False):
        call = simulator.ring(to=_ALICE, from_=_BEN)
        session = call.telephony_session_id
        parties = [replace(p) for p in simulator.account.calls.call(session).parties]
        assert len(parties) == 2
        ids |= {session.removeprefix("s-"), *(p.session_id for p in parties)}
        await clockwork.advance(4.4)
        simulator.answer(session)
        await clockwork.advance(7.3)
        simulator.hold(session, _ALICE)
        await clockwork.advance(3.2)
        if is_over:
            simulator.end(session)
            await clockwork.advance(5)
    await account.until_all_reported()
    people = [Person(account, number) for number in (_ALICE, _BEN)]
    await hass.async_stop(force=True)

    disk = Disk(
        tmp_path,
        Path(recorder_mock.db_url.removeprefix("sqlite:///")),
        account.entry.entry_id,
    )
    assert "on_hold" in disk.dump
    assert "ended" in disk.files["core.restore_state"] + disk.dump
    encryption = Fernet(account.entry.data[CONF_STORAGE_KEY])
    calls = json.loads(encryption.decrypt(disk.session["calls"]))
    assert all(calls[person.extension_id] for person in people)
    alice, ben = map(disk.values, people)
    assert {value for value in alice & ben if not _is_common(value, privacy)} == set()
    for text in (disk.dump, *disk.files.values()):
        assert [i for i in ids if i in text] == []

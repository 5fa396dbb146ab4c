"""Recorder of a whole Home Assistant: what it has stored, and its processor time."""

from contextlib import closing
from pathlib import Path
import sqlite3
import time

from homeassistant.components.recorder.tasks import AdjustLRUSizeTask
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance


async def flush(hass: HomeAssistant) -> None:
    """Wait until all states and events are written to the database."""
    await get_instance(hass).async_block_till_done()


async def adjust_caches(hass: HomeAssistant) -> None:
    """Fit the recorder's caches to the number of states, as it does every five minutes."""
    get_instance(hass).queue_task(AdjustLRUSizeTask())
    await flush(hass)


def recorder_seconds(hass: HomeAssistant) -> float:
    """Return the processor time of the recorder's thread so far."""
    thread = get_instance(hass).ident
    assert thread is not None
    return time.clock_gettime(time.pthread_getcpuclockid(thread))


def stored(hass: HomeAssistant) -> tuple[int, int, int]:
    """Return the bytes of the database file, and its rows of attributes and states."""
    path = Path(get_instance(hass).db_url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as connection:
        (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert not is_busy
        (attributes, states) = connection.execute(
            "SELECT (SELECT COUNT(*) FROM state_attributes),"
            " (SELECT COUNT(*) FROM states)"
        ).fetchone()
    return path.stat().st_size, attributes, states

"""Defects planted in the integration are found."""

from collections.abc import Callable
from copy import replace
from itertools import count
import logging
from typing import Any

import pytest

from custom_components.ringcentral.api import event_stream
from custom_components.ringcentral.api.websocket import WebSocketConnection
from custom_components.ringcentral.calls import dispatcher as reporting
from custom_components.ringcentral.connection.outages import OutageStatistics
from custom_components.ringcentral.entities.base import ExtensionEntity
from custom_components.ringcentral.presence.store import SnapshotWriter
from homeassistant.helpers.dispatcher import async_dispatcher_send

from .call_checker import Kind
from .conftest import Run

type Plant = Callable[[pytest.MonkeyPatch], None]


def _send_twice(patch: pytest.MonkeyPatch) -> None:
    def twice(*args: Any) -> None:
        async_dispatcher_send(*args)
        async_dispatcher_send(*args)

    patch.setattr(reporting, async_dispatcher_send.__name__, twice)


def _drop_some(patch: pytest.MonkeyPatch) -> None:
    numbers = count()

    def most(*args: Any) -> None:
        # Each event is sent twice: to its own entity, and to all listeners.
        if next(numbers) % 9:
            async_dispatcher_send(*args)

    patch.setattr(reporting, async_dispatcher_send.__name__, most)


def _ignore_snapshots(patch: pytest.MonkeyPatch) -> None:
    apply = SnapshotWriter.apply

    def ignore(writer: SnapshotWriter, snapshot: Any, *args: Any, **kw: Any) -> Any:
        # Current all the same, since nothing is compared with what is unavailable.
        if (known := writer._store.extensions.get(snapshot.extension_id)) is not None:
            snapshot = replace(snapshot, presence=known.presence)
        return apply(writer, snapshot, *args, **kw)

    patch.setattr(SnapshotWriter, "apply", ignore)


def _hide_outages(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(OutageStatistics, "unseen_today", lambda *_args, **_kwargs: 0.0)


def _show_everything(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ExtensionEntity, "available", True)


def _give_up(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(event_stream, "pause_before", lambda *_args: 100_000.0)


def _log_tokens(patch: pytest.MonkeyPatch) -> None:
    connect = WebSocketConnection.connect

    async def log_and_connect(transport: Any, token: Any, *args: Any) -> Any:
        logging.getLogger(event_stream.__name__).debug(
            "Connecting with %s", token.token
        )
        return await connect(transport, token, *args)

    patch.setattr(WebSocketConnection, "connect", log_and_connect)


@pytest.mark.freeze_time("2026-03-02 16:00:00")
@pytest.mark.parametrize(("seed", "recovery"), [(3, True)])
@pytest.mark.parametrize(
    ("plant", "fault", "kind"),
    [
        (_send_twice, "duplicate", Kind.INVENTED),
        (_drop_some, "close", Kind.MISSED),
        (_ignore_snapshots, "recovery failed", "calls"),
        (_hide_outages, "recovery failed", "unseen"),
        (_show_everything, "offline", "freshness"),
        (_give_up, "close", "link"),
        (_log_tokens, "close", "secret"),
    ],
)
async def test_planted_fault_is_found(
    run: Run, monkeypatch: pytest.MonkeyPatch, plant: Plant, fault: str, kind: str
) -> None:
    """Each kind of difference can be detected."""
    plant(monkeypatch)
    result = await run(8, [fault])
    assert kind in {difference.kind for _, difference in result.differences}

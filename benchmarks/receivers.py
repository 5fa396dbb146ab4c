"""The integration and a bare client, which receive the same calls of a platform.

Both are in the same Home Assistant, each with a connection of its own. The bare client
decodes each message and writes the states of baseline entities.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
import time
from typing import Final

from custom_components.ringcentral.api.event_filters import extension_filter
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .bare_client import bare_client
from .baseline import Baseline
from .calls import WRITES
from .entity_ids import entity_ids
from .environment import Account
from .push_platform import PushPlatform
from .state_changes import count_state_changes

# Seconds between checks of the last state, and to wait for it.
_POLL: Final = 0.01
_PATIENCE: Final = 120.0


@dataclass(slots=True)
class Receiver:
    """A receiver of calls.

    Attributes:
        subscription_id: selects the connection.
        events: event entity of the calls of each extension.
        prepared: number of calls so far.

    """

    hass: HomeAssistant
    platform: PushPlatform
    subscription_id: str
    events: Mapping[str, str]
    prepared: int = 0
    _last: str = ""
    _prepared_at: float = 0.0

    async def prepare(self, calls: int) -> None:
        """Prepare the next calls, to be sent by the platform."""
        last = await self.platform.prepare_batch(self.subscription_id, calls)
        self.prepared += calls
        self._last, self._prepared_at = self.events[last], time.time()

    async def wait(self) -> None:
        """Wait until the end of the last call is shown."""
        async with asyncio.timeout(_PATIENCE):
            while not self._has_ended():
                await asyncio.sleep(_POLL)

    async def warm_up(self) -> None:
        """Receive a call of each extension; check that all states are written."""
        calls = len(self.events)
        await self.prepare(calls)
        with count_state_changes(self.hass) as changes:
            await self.send_burst()
        expected = WRITES * calls
        # The account's sensors of the product are written as well, a few times a second.
        assert changes.count >= expected, f"{changes.count} of {expected} writes"

    async def send_burst(self) -> None:
        """Receive the prepared calls, sent at once."""
        await self.platform.send_burst(self.subscription_id)
        await self.wait()

    def _has_ended(self) -> bool:
        state = self.hass.states.get(self._last)
        assert state is not None
        return (
            state.attributes["event_type"] == "ended"
            and state.last_updated_timestamp > self._prepared_at
        )


@dataclass(frozen=True, slots=True)
class Receivers:
    """Both receivers, and the entities that the bare client writes."""

    ours: Receiver
    bare: Receiver
    baseline: Baseline


@asynccontextmanager
async def receivers(
    account: Account, platform: PushPlatform
) -> AsyncIterator[Receivers]:
    """Connect a bare client that receives the same as the integration."""
    hass = account.hass
    baseline = Baseline(hass)
    await baseline.add(account.user_ids)
    filters = [extension_filter(extension_id) for extension_id in account.user_ids]
    async with (
        bare_client(
            async_get_clientsession(hass), platform.platform.described, filters
        ) as client,
        client.receiving(baseline.write),
    ):
        ours = Receiver(
            hass,
            platform,
            account.subscription_id,
            entity_ids(account, "event", "calls"),
        )
        bare = Receiver(hass, platform, client.subscription_id, baseline.events)
        yield Receivers(ours, bare, baseline)

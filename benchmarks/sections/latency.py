"""Latency from the platform's send to the changed telephony status.

Over loopback, from another process, at a rate that leaves the loop idle in between. The
reference is a bare client in the same Home Assistant that decodes the frame and sets a
state with the same value and attributes. Both receive the same extensions alternately.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import gc
import statistics
from typing import Any, Final

import orjson

from benchmarks.bare_client import bare_client
from benchmarks.entity_ids import TELEPHONY, entity_ids
from benchmarks.environment import Account, home_assistant, sign_in
from benchmarks.figures import Figure, at_most, ratios
from benchmarks.push_platform import PushPlatform, SentStatus, push_platform
from benchmarks.scale import Scale
from benchmarks.state_watch import StateWatch
from custom_components.ringcentral.api.event_filters import extension_filter
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

_MICROSECOND: Final = 1000
# Attributes of calls; the others never change.
_OF_CALLS: Final = ("active_calls", "total_active_calls")


@dataclass(slots=True)
class _Receiver:
    """One of the two receivers, with its connection and entities."""

    subscription_id: str
    entity_ids: Mapping[str, str]
    watch: StateWatch
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)

    async def warm_up(self, platform: PushPlatform, count: int) -> None:
        """Send one notification of each extension."""
        sent = await platform.prepare_batch(self.subscription_id, count)
        self.watch.expect(count)
        await platform.send_burst(self.subscription_id)
        await self.watch.wait_for_all()
        self._verify(sent)

    async def measure(
        self, platform: PushPlatform, count: int, rate: float
    ) -> list[float]:
        """Return the microseconds of each notification."""
        expected = await platform.prepare_batch(self.subscription_id, count)
        self.watch.expect(count)
        sent = await platform.send_at_rate(self.subscription_id, rate)
        await self.watch.wait_for_all()
        self._verify(expected)
        return [
            (changed - began) / _MICROSECOND
            for began, (_, changed) in zip(sent, self.watch.changes, strict=True)
        ]

    def _verify(self, sent: Sequence[SentStatus]) -> None:
        """Check that the changes are those that were sent, in this order."""
        assert [entity_id for entity_id, _ in self.watch.changes] == [
            self.entity_ids[one.extension_id] for one in sent
        ]

    def add_samples(self, microseconds: Sequence[float]) -> None:
        """Take the samples of a round, in small alternating batches."""
        percentiles = statistics.quantiles(microseconds, n=100, method="inclusive")
        self.p50.append(percentiles[49])
        self.p99.append(percentiles[98])


class _BareStates:
    """States of telephony, set with what a frame says."""

    def __init__(
        self, hass: HomeAssistant, modelled_on: Mapping[str, str], prefix: str
    ) -> None:
        """Model each state on that of another entity, by extension."""
        self._hass = hass
        self._shown: dict[str, tuple[str, dict[str, Any]]] = {}
        for extension_id, entity_id in modelled_on.items():
            model = hass.states.get(entity_id)
            assert model is not None
            fixed = {
                name: value
                for name, value in model.attributes.items()
                if name not in _OF_CALLS
            }
            assert len(fixed) == len(model.attributes) - len(_OF_CALLS)
            self._shown[extension_id] = (f"{prefix}{extension_id}", fixed)

    @property
    def entity_ids(self) -> dict[str, str]:
        """The entity of each extension."""
        return {key: entity_id for key, (entity_id, _) in self._shown.items()}

    def receive(self, frame: bytes) -> None:
        """Take a frame."""
        body = orjson.loads(frame)[1]["body"]
        entity_id, fixed = self._shown[body["extensionId"]]
        self._hass.states.async_set(
            entity_id,
            TELEPHONY[body["telephonyStatus"]],
            {
                **fixed,
                "active_calls": body["activeCalls"],
                "total_active_calls": body["totalActiveCalls"],
            },
        )


async def run(scale: Scale) -> Iterable[Figure]:
    """Measure both alternately."""
    async with push_platform(scale.usual) as platform, home_assistant() as hass:
        account = await sign_in(hass, platform.platform)
        ours = _ours(account)
        async with _bare(account, platform) as bare:
            sides = (ours, bare)
            for side in sides:
                await side.warm_up(platform, scale.usual)
            _compare(hass, ours, bare)
            for number_of_round in range(scale.rounds):
                await _round(
                    platform, sides if number_of_round % 2 else sides[::-1], scale
                )
            _compare(hass, ours, bare)
        ours.watch.stop()
    return (
        Figure("latency_ratio_p50", ratios(ours.p50, bare.p50), goal=at_most(1.2)),
        Figure("latency_ratio_p99", ratios(ours.p99, bare.p99), goal=at_most(2)),
        Figure("latency_p50", ours.p50, "µs"),
        Figure("latency_p99", ours.p99, "µs"),
        Figure("latency_bare_p50", bare.p50, "µs"),
        Figure("latency_bare_p99", bare.p99, "µs"),
    )


async def _round(
    platform: PushPlatform, sides: Iterable[_Receiver], scale: Scale
) -> None:
    """Take the samples of one round.

    In batches so small that what disturbs one side, disturbs the other one too.
    """
    gc.collect()
    samples: list[tuple[_Receiver, list[float]]] = [(side, []) for side in sides]
    for _ in range(scale.latency_batches):
        for side, found in samples:
            found += await side.measure(
                platform, scale.latency_batch, scale.latency_rate
            )
    for side, found in samples:
        side.add_samples(found)


def _ours(account: Account) -> _Receiver:
    shown = entity_ids(account, "sensor", "telephony_status")
    watch = StateWatch(account.hass, shown.values())
    return _Receiver(account.subscription_id, shown, watch)


@asynccontextmanager
async def _bare(account: Account, platform: PushPlatform) -> AsyncIterator[_Receiver]:
    hass = account.hass
    states = _BareStates(
        hass, entity_ids(account, "sensor", "telephony_status"), "sensor.bare_"
    )
    filters = [extension_filter(extension_id) for extension_id in account.user_ids]
    watch = StateWatch(hass, states.entity_ids.values())
    async with (
        bare_client(
            async_get_clientsession(hass), platform.platform.described, filters
        ) as client,
        client.receiving(states.receive),
    ):
        yield _Receiver(client.subscription_id, states.entity_ids, watch)
    watch.stop()


def _compare(hass: HomeAssistant, ours: _Receiver, bare: _Receiver) -> None:
    """Check that both have the same states."""
    for extension_id, entity_id in ours.entity_ids.items():
        mine = hass.states.get(entity_id)
        other = hass.states.get(bare.entity_ids[extension_id])
        assert mine is not None
        assert other is not None
        assert mine.state == other.state
        assert mine.attributes.keys() == other.attributes.keys()

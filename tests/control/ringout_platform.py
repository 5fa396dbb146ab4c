"""RingOut of the simulated platform behind a server whose answers a test chooses."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
from aiohttp import web
import orjson

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.call_control import CallControlClient
from custom_components.ringcentral.api.rate_limits import RateLimiter
from custom_components.ringcentral.control.dialer import Dialer, get_ring_outs
from custom_components.ringcentral.control.models import Destination, DialResult
from custom_components.ringcentral.control.phones import Phones
from custom_components.ringcentral.coordinator import PresenceCoordinator
from homeassistant.core import Context
from simulator import Simulator
from simulator.base.errors import ApiError
from simulator.company.call import Target
from simulator.company.ring_outs import RingOut

from ..api.client import FixedToken, new_transport, serve
from ..common import Account
from ..payloads import payload

OWN: Final = "101"
DIALED: Final = "+16505550177"

type Answer = Callable[[], Awaitable[web.StreamResponse]]


class Platform:
    """The platform's RingOut, and how it answers."""

    def __init__(self, simulator: Simulator) -> None:
        """Initialize without requests."""
        self.simulator = simulator
        self.ring_outs = simulator.ring_outs
        # Method and last part of the path.
        self.requests: list[tuple[str, str]] = []
        self.dialed: list[Any] = []
        # Status, code, and whether the request is carried out before.
        self.fault: tuple[int, str | None, bool] | None = None
        # Carries out a request to dial, and loses the answer.
        self.loses_answer = False
        # Answers a request after these seconds, and after it is carried out.
        self.delay = 0.0
        self.status_fault: int | None = None

    @property
    def last(self) -> RingOut:
        """The last RingOut."""
        return list(self.ring_outs.by_id.values())[-1]

    def count(self, method: str) -> int:
        """Return how often RingOuts were requested by a method."""
        return [item[0] for item in self.requests if item[1] != "numbers"].count(method)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        if request.path.endswith("/forwarding-number"):
            self.requests.append(("GET", "numbers"))
            return web.json_response(payload("forwarding_number_list"))
        self.requests.append((request.method, request.path.rpartition("/")[2]))
        try:
            return await self._handle(request)
        except ApiError as err:
            return web.json_response(err.body, status=err.status)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        owner = self.simulator.extension(OWN)
        ring_out_id = request.path.rpartition("/")[2]
        match request.method:
            case "POST":
                return await self._dial(orjson.loads(await request.read()), request)
            case "DELETE":
                self.ring_outs.cancel(self.ring_outs.find(owner.id, ring_out_id))
                return web.Response(status=204)
        if self.status_fault is not None:
            return web.json_response({}, status=self.status_fault)
        ring_out = self.ring_outs.find(owner.id, ring_out_id)
        return web.json_response(self.ring_outs.resource(ring_out))

    async def _dial(self, body: Any, request: web.Request) -> web.StreamResponse:
        self.dialed.append(body)
        if self.fault is not None and not self.fault[2]:
            return _error(*self.fault[:2])
        number = body["to"]["phoneNumber"]
        is_own = body["from"].get("forwardingNumberId") == "700000101"
        simulator = self.simulator
        is_early = simulator.switches.ring_out_event == "before"
        with simulator.publisher.send_later(0.0 if is_early else 0.3):
            ring_out = self.ring_outs.start(
                simulator.extension(OWN),
                Target(number),
                number="+16505550101" if is_own else "+16505550166",
                is_own_phone=is_own,
            )
        await asyncio.sleep(max(self.delay, 0.2 if is_early else 0.0))
        if self.loses_answer:
            assert request.transport is not None
            request.transport.abort()
        if self.fault is not None:
            return _error(*self.fault[:2])
        return web.json_response(self.ring_outs.resource(ring_out))


def _error(status: int, code: str | None) -> web.Response:
    error = {"errorCode": code, "message": "-", "parameterName": "to"}
    if code == "CMN-401":
        error["permissionName"] = "RingOut"
    return web.json_response({**error, "errors": [error]}, status=status)


class Caller:
    """A user who dials."""

    def __init__(self, account: Account, client: CallControlClient) -> None:
        """Put the parts together, as the manager does."""
        self.account = account
        self.client = client
        self.reports: list[tuple[str, str]] = []
        self.dialer = self.load()

    def load(self, coordinator: PresenceCoordinator | None = None) -> Dialer:
        """Make the dialer of a set-up."""
        coordinator = coordinator or self.account.coordinator
        ring_outs = get_ring_outs(self.account.hass, coordinator)
        self.dialer = Dialer(coordinator, self.client, Phones(self.client), ring_outs)
        self.dialer.report = self._report
        return self.dialer

    def _report(self, action: str, result: str, _context: Context | None) -> None:
        self.reports.append((action, result))

    @property
    def limiter(self) -> RateLimiter:
        """Rate limits of the requests for RingOuts."""
        return self.client._transport.limiter

    async def dial(
        self,
        number: str = DIALED,
        *,
        origin: str | None = None,
        wait: bool = False,
    ) -> DialResult:
        """Dial a number."""
        return await self.dialer.async_dial(
            Destination(number), origin, play_prompt=None, wait=wait, context=None
        )


@asynccontextmanager
async def serving(account: Account) -> AsyncIterator[tuple[Platform, Caller]]:
    """Run the server, and a user of it."""
    platform = Platform(account.simulator)
    async with (
        serve(platform.handle) as server,
        aiohttp.ClientSession() as session,
    ):
        transport = new_transport(session, server)
        client = CallControlClient(transport, FixedToken(), Anomalies())
        yield platform, Caller(account, client)

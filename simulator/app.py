"""Start and stop of the simulator."""

import socket as sockets

from aiohttp import web
from aiohttp.typedefs import Handler

from .control import Control
from .local_requests import is_loopback, names_this_machine
from .operations import Operations
from .page import RootPage
from .platform import SimulatorOptions
from .scenarios import ScenarioRunner, load_scenario


@web.middleware
async def _own_names_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Reject a foreign name: a page whose name was made to lead here could read all."""
    if not names_this_machine(request.host):
        raise web.HTTPForbidden
    return await handler(request)


class Simulator(Operations):
    """A platform that listens for HTTP requests and WebSocket connections."""

    def __init__(self, options: SimulatorOptions | None = None) -> None:
        """Build the account; nothing listens before `start`.

        Raises OSError and ValueError for a bad scenario file.
        """
        super().__init__(options or SimulatorOptions())
        self._runner: web.AppRunner | None = None
        self._scenario = ScenarioRunner(
            operations=self,
            scenario=load_scenario(self.options.scenario, self.options.seed),
            speed=self.options.speed,
        )

    async def start(self) -> None:
        """Listen; after a stop again on the same port and with the same sessions."""
        if self._runner is not None:
            raise RuntimeError("The simulator is running")
        host = self.options.host
        family = sockets.AF_INET6 if ":" in host else sockets.AF_INET
        listener = sockets.create_server((host, self.port), family=family)
        self.port = listener.getsockname()[1]
        checks = [_own_names_only] if is_loopback(host) else []
        app = web.Application(client_max_size=16 * 1024 * 1024, middlewares=checks)
        Control(self).add_routes(app.router)
        app.router.add_route("GET", "/", RootPage(self).handle)
        app.router.add_route("GET", "/ws", self.gateway.handle)
        app.router.add_route("*", "/{tail:.*}", self.http.handle)
        self._runner = web.AppRunner(
            app, access_log=None, handle_signals=False, shutdown_timeout=0.1
        )
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()
        self._scenario.start()

    async def stop(self) -> None:
        """Close everything; no task, timer or socket is left."""
        if self._runner is None:
            return
        runner, self._runner = self._runner, None
        await self._scenario.stop()
        self.http.release()
        self.gateway.cancel_timers()
        self.publisher.cancel_timers()
        self.pick_ups.cancel_timers()
        # The listener first: disconnected clients must not reconnect.
        for site in list(runner.sites):
            await site.stop()
        await self.gateway.stop()
        await runner.cleanup()

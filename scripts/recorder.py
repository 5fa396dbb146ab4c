"""Record the notifications of a real account as a fixture without personal data."""

import argparse
import asyncio
from collections.abc import Mapping, Sequence
import contextlib
from datetime import UTC, datetime
import json
import os
from pathlib import Path
from random import SystemRandom
import signal
import sys
from typing import Any, Final, override

import aiohttp

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.auth import (
    App,
    Token,
    TokenEndpoint,
    TokenSource,
)
from custom_components.ringcentral.api.event_filters import Scope, build_filters
from custom_components.ringcentral.api.exceptions import RingCentralError
from custom_components.ringcentral.api.models.base import RawJson, decode_json
from custom_components.ringcentral.api.rate_limits import RateLimiter
from custom_components.ringcentral.api.rest import RestClient
from custom_components.ringcentral.api.subscription_request import create_subscription
from custom_components.ringcentral.api.transport import Transport
from custom_components.ringcentral.api.websocket import WebSocketConnection
from custom_components.ringcentral.const import DEFAULT_SERVER

from .pseudonyms import Pseudonyms

_CLIENT_ID: Final = "RINGCENTRAL_CLIENT_ID"
_CLIENT_SECRET: Final = "RINGCENTRAL_CLIENT_SECRET"
_JWT: Final = "RINGCENTRAL_JWT"
_SERVER: Final = "RINGCENTRAL_SERVER"


class _Tokens(TokenSource):
    """Signs in by JWT at the first need, and again if the token is refused."""

    def __init__(self, endpoint: TokenEndpoint, jwt: str) -> None:
        self._endpoint = endpoint
        self._jwt = jwt
        self.token: Token | None = None

    @override
    async def access_token(self) -> str:
        if self.token is None:
            self.token = await self._endpoint.exchange_jwt(self._jwt)
        return self.token.access_token

    @override
    def access_token_rejected(self, access_token: str) -> None:
        self.token = None


class Recording:
    """What has come so far, without anything personal."""

    def __init__(self) -> None:
        """Initialize an empty recording."""
        self._pseudonyms = Pseudonyms(SystemRandom(), datetime.now(UTC))
        self.notifications: list[dict[str, Any]] = []

    def handle(self, body: RawJson) -> None:
        """Take a notification; what is personal is not kept, not even in memory."""
        if isinstance(notification := decode_json(body), dict):
            self.notifications.append(self._pseudonyms.of_notification(notification))
            _print(f"{len(self.notifications)} notifications")


async def record(
    environment: Mapping[str, str],
    numbers: Sequence[str],
    *,
    lines: bool,
    favorites: bool,
    seconds: float | None,
    recording: Recording,
) -> None:
    """Sign in, subscribe and listen until time is up or the connection ends.

    Raises:
        RingCentralError: nothing could be recorded, or the connection ended.
        LookupError: an extension does not exist.

    """
    server = environment.get(_SERVER, DEFAULT_SERVER)
    ledger = RateLimiter(asyncio.get_running_loop().time)
    async with aiohttp.ClientSession() as session:
        transport = Transport(session, server, ledger)
        app = App(
            client_id=environment[_CLIENT_ID],
            client_secret=environment.get(_CLIENT_SECRET) or None,
        )
        endpoint = TokenEndpoint(transport, app)
        tokens = _Tokens(endpoint, environment[_JWT])
        anomalies = Anomalies()
        rest = RestClient(transport, tokens, anomalies)
        try:
            scope = Scope(
                extension_ids=frozenset(await _ids(rest, numbers)),
                lines=lines,
                favorites=favorites,
            )
            ticket = await rest.websocket_token()
            gateway = await WebSocketConnection.connect(
                transport, ticket, None, recording.handle, anomalies
            )
            try:
                subscription = await create_subscription(
                    gateway, build_filters(scope), anomalies
                )
                if subscription.disabled:
                    _print(f"{len(subscription.disabled)} event filters are disabled.")
                _print("Listening. Make a call; Ctrl-C ends the recording.")
                async with asyncio.timeout(seconds):
                    raise await asyncio.shield(gateway.closed)
            except TimeoutError:
                pass
            finally:
                await gateway.close()
        finally:
            if tokens.token is not None:
                # The number of sessions per user and app is limited: end this one.
                with contextlib.suppress(RingCentralError):
                    await endpoint.revoke(tokens.token.access_token)


async def _ids(rest: RestClient, numbers: Sequence[str]) -> list[str]:
    """Return the ids of extensions; of one's own if none is named."""
    if not numbers:
        return [(await rest.extension()).id]
    by_number = {e.number: e.id for e in (await rest.extensions()).entries}
    return [by_number[number] for number in numbers]


def _print(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/record",
        description="Record notifications of a real account as a fixture for tests, "
        "with pseudonyms for all names, numbers and ids.",
        epilog=f"Credentials are read from the environment: {_CLIENT_ID}, "
        f"{_CLIENT_SECRET} (not for a public app), {_JWT}, and {_SERVER} for a "
        "provider with a platform of its own.",
    )
    parser.add_argument("file", type=Path, help="where to write it")
    parser.add_argument(
        "--extension",
        action="append",
        default=[],
        metavar="NUMBER",
        help="whom to listen to, repeatable; by default yourself",
    )
    parser.add_argument("--lines", action="store_true", help="and to your lines")
    parser.add_argument(
        "--favorites", action="store_true", help="and to your favorites"
    )
    parser.add_argument("--seconds", type=float, help="stop after this time")
    return parser.parse_args(arguments)


async def _until_done(
    chosen: argparse.Namespace, environment: Mapping[str, str], recording: Recording
) -> None:
    """Record; a signal ends it as time does, with everything tidied up."""
    task = asyncio.ensure_future(
        record(
            environment,
            chosen.extension,
            lines=chosen.lines,
            favorites=chosen.favorites,
            seconds=chosen.seconds,
            recording=recording,
        )
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Record, and write what came; return the exit code."""
    chosen = _arguments(arguments)
    missing = [name for name in (_CLIENT_ID, _JWT) if not environment.get(name)]
    if missing:
        _print(f"Missing in the environment: {', '.join(missing)}")
        return 2
    recording = Recording()
    failure: object = None
    try:
        asyncio.run(_until_done(chosen, environment, recording))
    except LookupError as err:
        failure = f"no extension has the number {err.args[0]}"
    except RingCentralError as err:
        failure = err
    if failure is not None:
        _print(f"RingCentral: {failure}")
    if not recording.notifications:
        _print("Nothing was recorded.")
        return 1
    text = json.dumps(recording.notifications, indent=2, ensure_ascii=False)
    chosen.file.write_text(f"{text}\n", encoding="utf-8")
    _print(f"{len(recording.notifications)} notifications are in {chosen.file}.")
    return 0 if failure is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))

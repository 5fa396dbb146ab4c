"""Table of faults of the connection, by name."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
import math
from random import Random
from typing import Any, Final

from simulator import Simulator

from .call_checker import CallChecker
from .instance import Instance
from .office import Office
from .platform_recorder import PlatformRecorder


@dataclass(frozen=True, slots=True)
class Environment:
    """Objects that faults act on."""

    simulator: Simulator
    office: Office
    instance: Instance
    checker: CallChecker
    recorder: PlatformRecorder
    random: Random


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault.

    Attributes:
        trigger: causes it; a fault that takes time returns an awaitable.
        heals_slowly: only the next full refresh shows the change.

    """

    trigger: Callable[[Environment], Awaitable[None] | None]
    heals_slowly: bool = False


_REST: Final = "/restapi/v1.0"
_TOKEN: Final = "/restapi/oauth/token"
_WSTOKEN: Final = "/restapi/oauth/wstoken"
# More than the platform buffers for a lost session.
_TOO_MANY: Final = 150


def _drop(environment: Environment) -> None:
    environment.simulator.drop_connections()


def _reset(environment: Environment) -> None:
    environment.simulator.drop_connections(abort=True)


def _reset_inside_frame(environment: Environment) -> None:
    environment.simulator.drop_connections(inside_frame=True)


def _network_lost(environment: Environment) -> None:
    """Lose the network for a short time."""
    environment.simulator.stall_connections(5)
    environment.simulator.fault("reset", seconds=5)


def _offline(environment: Environment) -> None:
    """Lose the network for longer than a session is kept."""
    environment.simulator.stall_connections()
    environment.simulator.fault(
        "reset", seconds=environment.random.choice((60, 150, 250))
    )


def _half_open(environment: Environment) -> None:
    environment.simulator.stall_connections(
        environment.random.choice((20, 60, math.inf))
    )


def _session_ended(code: str, status: int = 408) -> Callable[[Environment], None]:
    """Send an error of the gateway, and close."""

    def trigger(environment: Environment) -> None:
        environment.simulator.send_error(code, status=status)

    return trigger


def _lost_then(fault: str, **params: Any) -> Callable[[Environment], None]:
    """Lose the connection, with a fault of the next one."""

    def trigger(environment: Environment) -> None:
        environment.simulator.fault(fault, count=1, **params)
        environment.simulator.drop_connections(abort=environment.random.random() < 0.5)

    return trigger


def _no_token(environment: Environment) -> None:
    """Refuse tokens, sometimes for longer than a session can be recovered."""
    environment.simulator.fault(
        "error",
        path=_WSTOKEN,
        status=503,
        seconds=environment.random.choice((20, 100, 250)),
    )
    environment.simulator.drop_connections()


def _buffer_exceeded(environment: Environment) -> None:
    """Lose the connection with more changes than the platform buffers."""
    _no_reconnect(environment)
    environment.office.rush(_TOO_MANY)


def _no_reconnect(environment: Environment) -> None:
    environment.simulator.fault("error", path=_WSTOKEN, status=503, count=1)
    environment.simulator.drop_connections()


def _subscription_lost(environment: Environment) -> None:
    environment.simulator.lose_subscriptions()


def _numbers_begin_again(environment: Environment) -> None:
    """Lose all sessions, and restart the sequence numbers."""
    for session in environment.simulator.oauth.sessions:
        environment.simulator.gateway.contexts.remove_session(session)
    environment.simulator.drop_connections()
    sequence = environment.simulator.publisher.sequence
    sequence.last = environment.random.randint(1, 20)
    sequence._per_extension.clear()


def _tokens_expire(environment: Environment) -> None:
    """Expire the access tokens.

    Except a token in transit: the platform repeats it in the answer to a repeated refresh
    for as long as it lives.
    """
    if all(s.pair.first_used is not None for s in environment.simulator.oauth.sessions):
        environment.simulator.fault("expire_tokens")


def _sign_in_fails(environment: Environment) -> None:
    """Expire the access token, with a fault of the token endpoint."""
    _tokens_expire(environment)
    environment.simulator.fault(
        "error",
        path=_TOKEN,
        status=environment.random.choice((500, 502, 503)),
        count=environment.random.randint(1, 3),
    )


def _refresh_lost(environment: Environment) -> None:
    """Lose the answer with new tokens."""
    _tokens_expire(environment)
    environment.simulator.fault("lost_answer", path=_TOKEN, count=1)


def _of_requests(fault: str, **params: Any) -> Callable[[Environment], None]:
    """Add a fault to the next few requests."""

    def trigger(environment: Environment) -> None:
        environment.simulator.fault(
            fault, count=environment.random.randint(1, 3), **params
        )

    return trigger


def _of_notifications(fault: str) -> Callable[[Environment], None]:
    """Add a fault to the next few notifications."""

    def trigger(environment: Environment) -> None:
        environment.simulator.fault(fault, count=environment.random.randint(1, 3))

    return trigger


def _maintenance(environment: Environment) -> None:
    environment.simulator.fault(
        "maintenance",
        path="/restapi",
        seconds=environment.random.choice((30, 150, 600)),
    )
    if environment.random.random() < 0.5:
        environment.simulator.drop_connections()


def _garbage(environment: Environment) -> None:
    environment.simulator.send_frame(
        environment.random.choice(
            (
                "",
                "[]",
                "{",
                "[1,2]",
                '[{"type":"ServerNotification"}]',
                '[{"type":1},1]',
            )
        )
    )


def _broken_protocol(environment: Environment) -> None:
    environment.simulator.send_bytes(b"\xff\xff\xff\xff")


def _reload(environment: Environment) -> Awaitable[None]:
    return environment.instance.reload()


def _restart(environment: Environment) -> Awaitable[None]:
    return environment.instance.restart(environment.random.choice((5, 40, 120)))


async def _kill(environment: Environment) -> None:
    environment.checker.allow_losses()
    environment.recorder.clear()
    await environment.instance.kill(environment.random.choice((5, 40, 120)))


FAULTS: Final[Mapping[str, Fault]] = {
    # The connection
    "close": Fault(_drop),
    "reset": Fault(_reset),
    "reset in a frame": Fault(_reset_inside_frame),
    "network lost": Fault(_network_lost),
    "offline": Fault(_offline),
    "half-open": Fault(_half_open),
    "idle end": Fault(_session_ended("WSG-902")),
    "absolute end": Fault(_session_ended("WSG-903")),
    "broken protocol": Fault(_broken_protocol),
    "garbage": Fault(_garbage),
    # What comes after it was lost
    "recovery failed": Fault(_lost_then("recovery_failed", errorCode="WSG-1005")),
    "other session": Fault(_lost_then("recovery_failed", errorCode="WSG-1003")),
    "numbers begin again": Fault(_numbers_begin_again),
    "recovery unanswered": Fault(_lost_then("recovery_unanswered")),
    "wsc refused": Fault(
        _lost_then("error_at_connect", errorCode="WSG-400", status=400)
    ),
    "silent connection": Fault(_lost_then("silent_connect")),
    "closed at once": Fault(_lost_then("close_at_connect")),
    "upgrade refused": Fault(_lost_then("refuse_upgrade", status=503)),
    "subscription refused": Fault(_lost_then("refuse_subscription")),
    "no reply": Fault(_lost_then("no_reply")),
    "no token": Fault(_no_token),
    "buffer exceeded": Fault(_buffer_exceeded),
    # Notifications
    "lose": Fault(_of_notifications("lose"), heals_slowly=True),
    "swap": Fault(_of_notifications("swap"), heals_slowly=True),
    "duplicate": Fault(_of_notifications("duplicate")),
    "foreign subscription": Fault(_of_notifications("foreign_subscription")),
    "subscription lost": Fault(_subscription_lost, heals_slowly=True),
    # Credentials
    "tokens expire": Fault(_tokens_expire),
    "tokens revoked": Fault(
        lambda environment: environment.simulator.fault("revoke_sessions")
    ),
    "sign-in fails": Fault(_sign_in_fails),
    "refresh lost": Fault(_refresh_lost),
    # REST
    "maintenance": Fault(_maintenance),
    "server error": Fault(_of_requests("error", path=_REST, status=502)),
    # The client believes a 404 and repeats the request only later.
    "not found": Fault(
        _of_requests("error", path=_REST, status=404), heals_slowly=True
    ),
    "rate limit": Fault(_of_requests("rate_limit", path=_REST, retryAfter=30)),
    "rate limit, no time": Fault(_of_requests("rate_limit", path=_REST)),
    "token rate limit": Fault(_lost_then("rate_limit", path=_WSTOKEN)),
    "slow": Fault(_of_requests("slow", path="/restapi", delay=8)),
    "too slow": Fault(_of_requests("slow", path="/restapi", delay=14)),
    "captive portal": Fault(_of_requests("html", path="/restapi")),
    "half an answer": Fault(_of_requests("broken_json", path="/restapi")),
    "request reset": Fault(_of_requests("reset", path="/restapi")),
    "answer lost": Fault(_of_requests("lost_answer", path=_REST)),
    # Home Assistant
    "reload": Fault(_reload),
    "restart": Fault(_restart),
    "kill": Fault(_kill),
}
# Faults after which Home Assistant reconnects without a loss.
PAUSES: Final = ("reload", "restart", "kill")

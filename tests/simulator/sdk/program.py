"""RingCentral's Python SDK, unchanged, with messages on standard output.

Arguments: server, client id, client secret, JWT, event filters. Each line is JSON.
"""

import asyncio
import json
import sys
from typing import Any

from ringcentral import SDK
from ringcentral.websocket.events import WebSocketEvents


def _report(what: str, **details: object) -> None:
    sys.stdout.write(json.dumps({"what": what, **details}) + "\n")
    sys.stdout.flush()


async def _follow(client: Any, filters: list[str]) -> None:
    async def subscribe(ready: Any) -> None:
        await ready.create_subscription(filters)

    tasks: list[asyncio.Task[None]] = []
    client.on(
        WebSocketEvents.connectionCreated,
        lambda ready: tasks.append(asyncio.create_task(subscribe(ready))),
    )
    client.on(
        WebSocketEvents.subscriptionCreated,
        lambda made: _report("subscribed", id=made.get_subscription_info()[1]["id"]),
    )
    client.on(
        WebSocketEvents.receiveSubscriptionNotification,
        lambda message: _report("event", event=message[1]),
    )
    await client.create_new_connection()


def main() -> None:
    """Sign in, read the own extension, subscribe, and report until killed."""
    server, client_id, client_secret, jwt, *filters = sys.argv[1:]
    sdk = SDK(client_id, client_secret, server)
    platform = sdk.platform()
    platform.login(jwt=jwt)
    extension = platform.get("/restapi/v1.0/account/~/extension/~").json_dict()
    _report("signedIn", name=extension["name"])
    asyncio.run(_follow(sdk.create_web_socket_client(), filters))


if __name__ == "__main__":
    main()

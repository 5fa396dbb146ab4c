"""Requests of call control, as an app sends them."""

from typing import Any, Final

from simulator.company.parties import Party

from .client import Answer, Client

ACCOUNT: Final = "/restapi/v1.0/account/~"
SESSIONS: Final = f"{ACCOUNT}/telephony/sessions"
CALLER: Final = "+16505550123"
DIALED: Final = "+16505550177"
DESK: Final = "801297277020"
APP: Final = "802297277020"


def party_path(party: Party) -> str:
    """Return the path of a party."""
    return f"{SESSIONS}/{party.telephony_session_id}/parties/{party.party_id}"


async def act(
    client: Client, party: Party, action: str, body: Any = None, method: str = "POST"
) -> Answer:
    """Change a party."""
    return await client.call(
        method, f"{party_path(party)}/{action}".rstrip("/"), json=body
    )


async def session(client: Client, party: Party) -> Answer:
    """Read the session of a party."""
    return await client.call("GET", f"{SESSIONS}/{party.telephony_session_id}")


async def drop_session(client: Client, party: Party) -> Answer:
    """End the session of a party."""
    return await client.call("DELETE", f"{SESSIONS}/{party.telephony_session_id}")


def ring(client: Client, to: str = "101", from_: str = CALLER) -> Party:
    """Start a call and return the party that rings."""
    return client.simulator.ring(to, from_)


def connected(client: Client, to: str = "101", from_: str = CALLER) -> Party:
    """Start a call and answer it."""
    party = ring(client, to, from_)
    client.simulator.answer(party.telephony_session_id, to)
    return party


def statuses(client: Client, number: str = "101") -> list[str]:
    """Return the status of each call in the presence of an extension."""
    body: Any = client.simulator.presence(number)
    return [call["telephonyStatus"] for call in body.get("activeCalls", [])]


def code(answer: Answer) -> tuple[int, str]:
    """Return status and code of an error."""
    return answer.status, answer.body["errors"][0]["errorCode"]

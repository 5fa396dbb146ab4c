"""Assist: phones that it may mention, and its answers."""

from collections.abc import Collection, Iterable
from itertools import batched
from typing import Final

from .groups import Counted
from .phones import Phone
from .user import User

_ASSISTANT: Final = "conversation"
# Entities in a request, so that Home Assistant stays responsive.
_AT_ONCE: Final = 500


def mentioned(phones: Iterable[Phone], counted: Iterable[Counted]) -> list[str]:
    """Return the entities that Assist answers from: phones, and counts of missed calls."""
    return [
        *(phone.telephony_status for phone in phones),
        *(one.entities["missed_today"] for one in counted),
    ]


async def expose(user: User, entity_ids: Collection[str]) -> None:
    """Expose entities to Assist, as in its settings."""
    for some in batched(entity_ids, _AT_ONCE, strict=False):
        await user.command(
            "homeassistant/expose_entity",
            assistants=[_ASSISTANT],
            entity_ids=some,
            should_expose=True,
        )


async def ask(user: User, question: str, language: str = "en") -> str:
    """Return the answer of Assist."""
    answer = await user.command(
        "conversation/process", text=question, language=language
    )
    return str(answer["response"]["speech"]["plain"]["speech"])

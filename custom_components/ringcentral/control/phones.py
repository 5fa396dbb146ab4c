"""Telephones and forwarding numbers of the signed-in user, read when needed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from ..api.call_control import CallControlClient
from ..api.clock import Instant
from ..api.models.telephony import ForwardingNumber, Phone, PhoneType
from .models import Refusal

# Seconds.
KEPT_FOR: Final = 60.0
# Types that answer a call by themselves, best first.
_AUTOMATIC: Final = (PhoneType.WEB_PHONE, PhoneType.SOFT_PHONE, PhoneType.HARD_PHONE)


class _KeptList[T]:
    """A list that is read when it is needed, and kept for a minute."""

    def __init__(
        self, read: Callable[[], Awaitable[list[T]]], handle_read: Callable[[], None]
    ) -> None:
        self._read = read
        self._handle_read = handle_read
        self._read_at: Instant | None = None
        self._lock = asyncio.Lock()
        self.entries: list[T] | None = None

    async def current(self) -> list[T]:
        """Return the entries, read within the last minute."""
        async with self._lock:
            if self.entries is None or not self.is_recent():
                return await self._read_again()
            return self.entries

    async def find[R](self, find: Callable[[list[T]], R | Refusal]) -> R | Refusal:
        """Return what is found; nothing is refused because of a list that was kept."""
        async with self._lock:
            if self.entries is not None and self.is_recent():
                found = find(self.entries)
                if not isinstance(found, Refusal):
                    return found
            return find(await self._read_again())

    def is_recent(self) -> bool:
        """Return whether the entries were read within the last minute."""
        return self._read_at is not None and self._read_at.age < KEPT_FOR

    async def _read_again(self) -> list[T]:
        read_at = Instant.now()
        self.entries = await self._read()
        self._read_at = read_at
        self._handle_read()
        return self.entries


class Phones:
    """Telephones of the signed-in user, kept for a minute."""

    def __init__(self, client: CallControlClient) -> None:
        """Initialize without telephones."""
        # Called after lists were read.
        self.changed: Callable[[], None] | None = None
        self._phones = _KeptList(client.phones, self._handle_read)
        self._numbers = _KeptList(client.forwarding_numbers, self._handle_read)

    def _handle_read(self) -> None:
        if self.changed is not None:
            self.changed()

    def has_phone(self, default: str | None) -> bool | None:
        """Return whether one could answer when they were read last; None before."""
        if (phones := self._phones.entries) is None:
            return None
        return not isinstance(_find_phone(phones, "", default), Refusal)

    def lacks_phone(self, default: str | None) -> bool:
        """Return whether none could answer within the last minute."""
        return self.has_phone(default) is False and self._phones.is_recent()

    @property
    def known_numbers(self) -> list[str]:
        """The forwarding numbers if they were read, to compare with."""
        return [number.number for number in self._numbers.entries or ()]

    async def device_id(self, wanted: str | None, default: str | None) -> str | Refusal:
        """Return the telephone to answer with, by name or id, else the best one."""
        name = _folded(wanted)
        return await self._phones.find(lambda some: _find_phone(some, name, default))

    async def origin(
        self, wanted: str | None, default: str | None
    ) -> ForwardingNumber | str | Refusal:
        """Return the telephone that rings first: a forwarding number or any number.

        A number that was typed must still be checked.
        """
        name = _folded(wanted)
        digits = name.removeprefix("tel:")
        if digits and not any(character.isalpha() for character in digits):
            return digits

        def find(numbers: list[ForwardingNumber]) -> ForwardingNumber | Refusal:
            if name:
                found = [one for one in numbers if _folded(one.label) == name]
                return found[0] if found else Refusal("phone_not_found")
            for number in numbers:
                if number.id == default:
                    return number
            lines = [n for n in numbers if n.type == "PhoneLine" and n.device_id]
            found = lines or numbers
            return found[0] if found else Refusal("no_dial_phone")

        return await self._numbers.find(find)

    async def phones(self) -> list[Phone]:
        """Return all telephones, for the form."""
        return await self._phones.current()

    async def forwarding_numbers(self) -> list[ForwardingNumber]:
        """Return all forwarding numbers, for the form."""
        return await self._numbers.current()


def _folded(name: str | None) -> str:
    return " ".join((name or "").casefold().split())


def _find_phone(phones: list[Phone], name: str, default: str | None) -> str | Refusal:
    chosen = [phone for phone in phones if phone.type in _AUTOMATIC]
    if name:
        chosen = [p for p in phones if name in (_folded(p.id), _folded(p.name))]
        if not chosen:
            return Refusal("phone_not_found")
    # The id of a web phone changes. No other phone replaces a chosen one that is offline:
    # the caller would hear the room around it.
    elif by_default := [phone for phone in phones if phone.id == default]:
        chosen = by_default
    online = [phone for phone in chosen if phone.is_online]
    return min(online, key=_rank).id if online else Refusal("no_phone")


def _rank(phone: Phone) -> int:
    types = (*_AUTOMATIC, phone.type)
    return types.index(phone.type)

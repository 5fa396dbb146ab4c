"""Operations on TCP connections below aiohttp."""

import asyncio
from contextlib import suppress
from fcntl import ioctl
import socket as sockets
import struct
from termios import TIOCOUTQ
from typing import cast


def reset(transport: asyncio.Transport) -> None:
    """Cut a connection with a TCP reset, without sending what is still buffered."""
    if (raw := _socket(transport)) is not None:
        # Closing a socket that may not linger sends a reset.
        with suppress(OSError):
            raw.setsockopt(
                sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0)
            )
    transport.abort()


def in_flight(transport: asyncio.Transport) -> bool:
    """Return whether written data has not reached the client yet."""
    if transport.get_write_buffer_size() > 0:
        return True
    waiting = bytearray(4)
    if (raw := _socket(transport)) is not None:
        with suppress(OSError):
            ioctl(raw.fileno(), TIOCOUTQ, waiting)
    return any(waiting)


def _socket(transport: asyncio.Transport) -> sockets.socket | None:
    return cast("sockets.socket | None", transport.get_extra_info("socket"))

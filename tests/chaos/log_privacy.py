"""Check that the log has no personal data and no secrets."""

from collections.abc import Collection, Iterable, Iterator
import logging
import re
from typing import Final

from simulator import Simulator

from .call_checker import Difference
from .office import CALLERS, INVENTED_NAMES

# The simulator and its server, which complains of clients that give up waiting.
_NOT_OURS: Final = ("simulator", "aiohttp.server")
_PERSONAL: Final = re.compile(r"\+1650555\d{4}|sip:|access_token=|wsc=|eyJ[\w-]+\.")


def log_differences(
    records: Iterable[logging.LogRecord], simulator: Simulator, tokens: Collection[str]
) -> Iterator[Difference]:
    """Yield each record with a secret, and each error."""
    secrets = {
        simulator.client_secret,
        simulator.jwt,
        *tokens,
        *(extension.name for extension in simulator.extensions if extension.name),
        *(name for name, _ in CALLERS if name),
        *INVENTED_NAMES,
    }
    pattern = re.compile("|".join(map(re.escape, sorted(secrets))))
    for record in records:
        if record.name.startswith(_NOT_OURS):
            continue
        text = f"{record.getMessage()} {record.exc_text or ''}"
        if pattern.search(text) or _PERSONAL.search(text):
            yield Difference("secret", f"in a record of {record.name}: {record.msg}")
        if record.levelno >= logging.ERROR:
            yield Difference("error", f"{record.name}: {record.getMessage()}")

"""Memory of this process."""

import gc
from pathlib import Path
import resource
from typing import Final

_STATM: Final = Path("/proc/self/statm")


def resident() -> int:
    """Return the bytes of memory that this process occupies."""
    gc.collect()
    _, pages, *_ = _STATM.read_text().split()
    return int(pages) * resource.getpagesize()

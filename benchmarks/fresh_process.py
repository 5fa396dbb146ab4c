"""Run work in a new process, without warm caches or foreign objects."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ProcessPoolExecutor
from functools import partial
import multiprocessing
from typing import Any

type _Work[R] = Callable[[], Coroutine[Any, Any, R]]


def run_in_fresh_process[*Ts, R](
    work: Callable[[*Ts], Coroutine[Any, Any, R]], *args: *Ts
) -> R:
    """Run a coroutine function of a module in a fresh process; return its result.

    Its exceptions are raised here, with the traceback of the other process.
    """
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=spawned) as pool:
        return pool.submit(_run, partial(work, *args)).result()


def _run[R](work: _Work[R]) -> R:
    return asyncio.run(work())

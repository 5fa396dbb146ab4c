"""What the demo is doing, on a terminal and in a pipe."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

# Between two lines about a step that goes on, where no line can be replaced.
INTERVAL: Final = 10.0


@contextmanager
def step(console: Console, text: str) -> Generator[None]:
    """Show what is being done and for how long; call it within an event loop."""
    began = monotonic()
    with (_spinner if console.is_terminal else _lines)(console, text):
        yield
    console.print(f"[green]✓[/] {text} [dim]({monotonic() - began:.1f} s)[/]")


@contextmanager
def _spinner(console: Console, text: str) -> Generator[None]:
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        progress.add_task(f"{text} …", total=None)
        yield


@contextmanager
def _lines(console: Console, text: str) -> Generator[None]:
    console.print(f"{text} …")
    times = asyncio.get_running_loop().create_task(_show_times(console))
    try:
        yield
    finally:
        times.cancel()


async def _show_times(console: Console) -> None:
    began = monotonic()
    while True:
        await asyncio.sleep(INTERVAL)
        console.print(f"  … {monotonic() - began:.0f} s")

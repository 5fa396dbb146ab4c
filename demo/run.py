"""One run of the demo, from the first check to the last goodbye."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
import signal
from tempfile import TemporaryDirectory
from typing import Final

from aiohttp import ClientError
from rich.console import Console
from rich.markup import escape

from homeassistant.const import RESTART_EXIT_CODE

from .assist import expose, mentioned
from .config_dir import HOST, Kind, prepare, record_server, recorded_server
from .dashboard import BOARD, save_dashboard, simulated_board
from .groups import add_groups
from .options import DemoError, Options
from .phones import DOMAIN, read_phones
from .platform import Platform
from .processes import Child, free_port
from .progress import step
from .user import User

_SETUP_SECONDS: Final = 600
_LOAD_SECONDS: Final = 30
_ENTRY_POLL: Final = 0.5
_PICK_UP_SECONDS: Final = 4
_ADD_INTEGRATION: Final = f"/config/integrations/dashboard/add?domain={DOMAIN}"

_console = Console(highlight=False, soft_wrap=True)


def main(options: Options) -> int:
    """Run the demo until a signal ends it; return the exit code."""
    exit_code = 0
    try:
        with _folder(options) as folder:
            asyncio.run(_until_signal(options, folder))
    except* DemoError as errors:
        for error in _flat(errors):
            _console.print(f"[bold red]✗[/] {escape(str(error))}")
        exit_code = 1
    return exit_code


def _flat(errors: BaseExceptionGroup[DemoError]) -> Generator[DemoError]:
    for error in errors.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _flat(error)
        else:
            yield error


@contextmanager
def _folder(options: Options) -> Generator[Path]:
    if options.config_dir:
        yield options.config_dir
        return
    with TemporaryDirectory(prefix="ringcentral-demo-") as folder:
        yield Path(folder)


async def _until_signal(options: Options, folder: Path) -> None:
    """Run the demo as a task that the first SIGINT or SIGTERM cancels."""
    task = asyncio.create_task(_run(options, folder))
    stopping = False

    def stop() -> None:
        nonlocal stopping
        if not stopping:
            stopping = True
            _console.print("\nStopping …")
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        _console.print("[green]✓[/] Stopped")


async def _run(options: Options, folder: Path) -> None:
    """Start everything and stay until a program ends or the task is cancelled."""
    options = replace(options, port=free_port(HOST, options.port, "--port"))
    kind = Kind.REAL if options.real else Kind.SIMULATED
    link = prepare(folder, kind, port=options.port, debug=options.debug)
    if options.real:
        async with asyncio.TaskGroup() as group:
            group.create_task(_home_assistant(options, folder))
            await _welcome_account(link)
        return
    free_port(HOST, options.simulator_port, "--simulator-port")
    # Home Assistant's task ends inside this block: it stops before the simulator does.
    async with _simulator(options, folder) as simulator:
        with step(_console, "Starting the simulator"):
            platform = Platform.from_json(await simulator.first_line())
        async with asyncio.TaskGroup() as group:
            group.create_task(simulator.must_not_end())
            group.create_task(_home_assistant(options, folder))
            await _show_platform(link, options, folder, platform)


@asynccontextmanager
async def _simulator(options: Options, folder: Path) -> AsyncGenerator[Child]:
    arguments = {
        "--host": HOST,
        "--port": options.simulator_port,
        "--scenario": options.scenario,
        "--extensions": options.extensions,
        # There is no one else who could pick up what the user dials.
        "--switch": f"phones_pick_up={_PICK_UP_SECONDS}",
    }
    async with Child.running(
        "The simulator",
        "simulator",
        [str(word) for pair in arguments.items() for word in pair],
        log=folder / "simulator.log",
    ) as child:
        yield child


async def _home_assistant(options: Options, folder: Path) -> None:
    """Keep Home Assistant running, also when it is restarted in the browser."""
    arguments = ["--config", str(folder), *(["--debug"] if options.debug else [])]
    while True:
        async with Child.running(
            "Home Assistant", "demo.home_assistant", arguments
        ) as child:
            exit_code = await child.ended()
        if exit_code != RESTART_EXIT_CODE:
            raise child.complaint(exit_code)
        _console.print("Home Assistant restarts …")


async def _show_platform(
    link: str, options: Options, folder: Path, platform: Platform
) -> None:
    """Add the integration and make the dashboard, as a person would in the browser."""
    try:
        async with asyncio.timeout(_SETUP_SECONDS), _started(link) as user:
            with step(_console, "Adding the integration"):
                is_new = await _add_integration(user, options, folder, platform)
            with step(_console, "Adding groups"):
                groups = await add_groups(user, platform.server)
            if not (found := await read_phones(user)):
                raise DemoError("The integration shows no extension.")
            if is_new:
                with step(_console, "Exposing the phones to Assist"):
                    await expose(user, mentioned(found, groups))
            with step(_console, "Making the dashboard"):
                board = simulated_board(platform.server, found, groups)
                await save_dashboard(user, board)
    except TimeoutError:
        raise DemoError(f"Not ready after {_SETUP_SECONDS} seconds.") from None
    except ClientError as error:
        raise DemoError(f"Home Assistant can't be talked to: {error}") from error
    _announce({"Home Assistant": link, "Simulator": platform.server})


async def _welcome_account(link: str) -> None:
    """Make the dashboard as soon as an account is added in the browser."""
    is_announced = False
    while True:
        try:
            async with _started(link) as user:
                if not is_announced:
                    _announce(
                        {
                            "Home Assistant": link,
                            "Add your account": f"{link}#{_ADD_INTEGRATION}",
                        }
                    )
                    is_announced = True
                while not await read_phones(user):
                    await asyncio.sleep(_ENTRY_POLL)
                with step(_console, "Making the dashboard"):
                    await save_dashboard(user, BOARD)
                return
        except ClientError:
            # Home Assistant restarts.
            await asyncio.sleep(_ENTRY_POLL)


@asynccontextmanager
async def _started(link: str) -> AsyncGenerator[User]:
    async with AsyncExitStack() as stack:
        with step(_console, "Starting Home Assistant"):
            user = await stack.enter_async_context(User.signed_in(link))
        with step(_console, "Waiting for its integrations"):
            await user.started()
        yield user


async def _add_integration(
    user: User, options: Options, folder: Path, platform: Platform
) -> bool:
    """Make sure of one loaded config entry for this very platform; return if it's new."""
    entries = await user.config_entries(DOMAIN)
    if entries and recorded_server(folder) == platform.server:
        if await _loads(user):
            return False
    for entry in entries:
        await user.remove_config_entry(entry.entry_id)
    entry_id = await user.add_integration(DOMAIN, platform.forms(options.privacy))
    record_server(folder, platform.server)
    if not await _loads(user):
        [entry] = await user.config_entries(DOMAIN)
        raise DemoError(f"The integration is not set up: {entry.reason or entry.state}")
    await user.change_options(entry_id, platform.options(options.privacy))
    return True


async def _loads(user: User) -> bool:
    """Return whether the config entry is or soon becomes loaded."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_LOAD_SECONDS):
            while not all(e.loaded for e in await user.config_entries(DOMAIN)):
                await asyncio.sleep(_ENTRY_POLL)
            return True
    return False


def _announce(addresses: Mapping[str, str]) -> None:
    """Print the addresses."""
    width = max(map(len, addresses))
    _console.print()
    for name, address in addresses.items():
        _console.print(f"  {name:{width}}  [bold cyan]{address}[/]")
    _console.print(
        "\n  The links sign you in; keep them to yourself. Press Ctrl-C to stop.\n"
    )

"""Command line of the simulator."""

import argparse
import asyncio
import json
import logging
from pathlib import Path
import signal
import sys

from .app import Simulator
from .base.switches import Switches
from .company.permissions import KNOWN_APP_PERMISSIONS, KNOWN_USER_PERMISSIONS
from .platform import SimulatorOptions
from .scenarios import NAMED_SCENARIOS


def _parser() -> argparse.ArgumentParser:
    switches = "\n".join(
        f"  {name}: {text}" for name, text in Switches.documentation().items()
    )
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="A local RingCentral platform with one account.",
        epilog=f"Switches:\n{switches}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8089, help="0 picks a free one")
    parser.add_argument("--extensions", type=int, default=12, help="number of people")
    parser.add_argument(
        "--sites", type=int, default=0, help="number of sites of equal size"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="names and course of the day"
    )
    parser.add_argument(
        "--scenario", default="quiet", help=f"{', '.join(NAMED_SCENARIOS)} or FILE.yaml"
    )
    parser.add_argument("--speed", type=float, default=1.0, help="pace of the scenario")
    parser.add_argument(
        "--switch",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="behaviour of the platform where it is not certain; may be repeated",
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="PERMISSION",
        choices=sorted(KNOWN_APP_PERMISSIONS | KNOWN_USER_PERMISSIONS),
        help="permission that app and user lack, with all that include it; may be "
        f"repeated: {', '.join(sorted(KNOWN_APP_PERMISSIONS | KNOWN_USER_PERMISSIONS))}",
    )
    return parser


def options_from(arguments: list[str]) -> SimulatorOptions:
    """Read the command line; ends the program with a message if it is wrong."""
    parser = _parser()
    values = parser.parse_args(arguments)
    switches = Switches()
    for setting in values.switch:
        name, separator, value = setting.partition("=")
        try:
            if not separator:
                raise ValueError("expected NAME=VALUE")  # noqa: TRY301
            switches.change(name, value)
        except ValueError as error:
            parser.error(f"--switch {setting}: {error}")
    if values.extensions < 1:
        parser.error("--extensions: at least 1")
    if values.sites < 0:
        parser.error("--sites: at least 0")
    if values.speed <= 0:
        parser.error("--speed: more than 0")
    scenario = values.scenario
    if scenario not in NAMED_SCENARIOS and not Path(scenario).is_file():
        parser.error(f"--scenario: no such scenario or file: {scenario}")
    return SimulatorOptions(
        host=values.host,
        port=values.port,
        extensions=values.extensions,
        seed=values.seed,
        sites=values.sites,
        scenario=scenario,
        speed=values.speed,
        switches=switches,
        without=frozenset(values.without),
    )


async def _run(options: SimulatorOptions) -> None:
    simulator = Simulator(options)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await simulator.start()
    try:
        print(
            json.dumps(
                {
                    "server": simulator.server,
                    "clientId": simulator.client_id,
                    "clientSecret": simulator.client_secret,
                    "jwt": simulator.jwt,
                }
            ),
            flush=True,
        )
        await stopped.wait()
    finally:
        await simulator.stop()


def main() -> None:
    """Run the simulator until a signal stops it."""
    options = options_from(sys.argv[1:])
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    try:
        asyncio.run(_run(options))
    except OSError as error:
        sys.exit(f"Cannot listen on {options.host}:{options.port}: {error.strerror}")


if __name__ == "__main__":
    main()

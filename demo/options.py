"""Command line options.

scripts/demo checks them before it installs anything, so that this module runs with Python
3.11 and its standard library.
"""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
import sys
from typing import Protocol


class DemoError(Exception):
    """The demo cannot continue; the text is the reason for the user."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """One run of the demo."""

    port: int
    simulator_port: int
    scenario: str
    extensions: int
    privacy: str
    config_dir: Path | None
    real: bool
    debug: bool


class _Converter(Protocol):
    def __call__(self, text: str, /) -> int: ...


def _whole_number(what: str, lowest: int, highest: int) -> _Converter:
    def convert(text: str) -> int:
        if not text.isdecimal() or not lowest <= int(text) <= highest:
            raise ArgumentTypeError(
                f"{what} is a whole number from {lowest} to {highest}"
            )
        return int(text)

    return convert


def parse(arguments: Sequence[str]) -> Options:
    """Parse the command line; print a usage message and exit where it's wrong."""
    port = _whole_number("a port", 0, 65535)
    parser = ArgumentParser(
        prog="scripts/demo",
        description=(
            "Start Home Assistant with the RingCentral integration, set up against a"
            " simulated RingCentral platform. Ctrl-C stops both."
        ),
    )
    parser.add_argument(
        "--port",
        type=port,
        default=8123,
        help="port of Home Assistant; 0 takes a free one (default: %(default)s)",
    )
    parser.add_argument(
        "--simulator-port",
        type=port,
        default=8089,
        help="port of the simulator; 0 takes a free one (default: %(default)s)",
    )
    parser.add_argument(
        "--scenario",
        default="office",
        metavar="quiet|office|FILE",
        help="what happens on the simulated phones (default: %(default)s)",
    )
    parser.add_argument(
        "--extensions",
        type=_whole_number("the number of extensions", 1, 50_000),
        default=12,
        metavar="N",
        help="number of simulated extensions (default: %(default)s)",
    )
    parser.add_argument(
        "--privacy",
        choices=("full", "masked", "none"),
        default="full",
        help="what is shown of numbers and names of callers (default: %(default)s)",
    )
    parser.add_argument(
        "--config-dir",
        type=Path,
        metavar="DIR",
        help=(
            "keep Home Assistant's configuration in this folder and use it again next"
            " time (default: a temporary folder, removed at the end)"
        ),
    )
    parser.add_argument(
        "--real",
        action="store_true",
        help="no simulator: you add your own RingCentral account in the browser",
    )
    parser.add_argument(
        "--debug",
        action="store_true",
        help="Home Assistant in debug mode, with the integration's debug log",
    )
    found = parser.parse_args(arguments)
    return Options(
        port=found.port,
        simulator_port=found.simulator_port,
        scenario=_scenario(found.scenario),
        extensions=found.extensions,
        privacy=found.privacy,
        config_dir=found.config_dir and found.config_dir.expanduser().resolve(),
        real=found.real,
        debug=found.debug,
    )


def _scenario(value: str) -> str:
    """Make a file name independent of the folder the simulator starts in."""
    return str(Path(value).resolve()) if Path(value).suffix else value


if __name__ == "__main__":
    parse(sys.argv[1:])

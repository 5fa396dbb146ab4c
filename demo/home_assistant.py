"""Home Assistant as a program: `python -m demo.home_assistant`.

The `hass` command also sets up camera platforms, whose packages need a compiler or ffmpeg.
This program starts without them. Assist and the list of actions import such packages
nevertheless, so those that need a compiler are replaced by stubs.
"""

from argparse import ArgumentParser
from importlib.metadata import version
import logging
import sys
from types import ModuleType
from typing import Final

from homeassistant import bootstrap, runner

INTEGRATIONS: Final = frozenset(
    {
        "application_credentials",
        "automation",
        "brands",
        "counter",
        "frontend",
        "input_boolean",
        "input_button",
        "input_datetime",
        "input_number",
        "input_select",
        "input_text",
        "labs",
        "logger",
        "network",
        "person",
        "scene",
        "schedule",
        "script",
        "system_health",
        "timer",
        "zone",
    }
)

_FRONTEND: Final = version("home-assistant-frontend").replace(".", "")

# What these say is about the demo itself, so that anything else on the terminal is worth
# reading.
_EXPECTED_WARNINGS: Final = {
    "aiohttp_fast_zlib": "zlib_ng and isal are not available",
    # Its dialog Assist fails after a fast answer, which it has shown.
    f"frontend.js.modern.{_FRONTEND}": "src/components/ha-assist-chat.ts",
    # For speech; Assist is used in writing.
    "haffmpeg.core": "FFmpeg fails",
    "haffmpeg.tools": "Error starting FFmpeg",
    "homeassistant.bootstrap": "Skipping pip installation",
    # A system library for camera images.
    "homeassistant.components.camera.img_util": "Error loading libturbojpeg",
    # A tab of a former demo that is still open in the browser.
    "homeassistant.components.http.ban": "Login attempt or request with invalid",
    "homeassistant.loader": "We found a custom integration",
}


# What Home Assistant imports of packages that have no wheel; nothing here uses it.
_STAND_INS: Final = {"pymicro_vad": "MicroVad", "pyspeex_noise": "AudioProcessor"}


def put_stand_ins() -> None:
    """Put something into the place of packages that want a compiler."""
    for package, name in _STAND_INS.items():
        module = ModuleType(package)
        setattr(module, name, type(name, (), {}))
        sys.modules.setdefault(package, module)


def hide_expected_warnings() -> None:
    """Keep out of the log what is expected."""
    for logger, part in _EXPECTED_WARNINGS.items():
        _silence(logger, part)


def _silence(logger: str, part: str) -> None:
    logging.getLogger(logger).addFilter(lambda record: part not in record.getMessage())


def main() -> int:
    """Run Home Assistant in the given folder until a signal stops it."""
    parser = ArgumentParser(prog="python -m demo.home_assistant")
    parser.add_argument("--config", required=True)
    parser.add_argument("--debug", action="store_true")
    arguments = parser.parse_args()

    put_stand_ins()
    bootstrap.DEFAULT_INTEGRATIONS = set(INTEGRATIONS)
    hide_expected_warnings()

    with runner.ensure_single_execution(arguments.config) as lock:
        if lock.exit_code is not None:
            return lock.exit_code
        return runner.run(
            runner.RuntimeConfig(
                config_dir=arguments.config, skip_pip=True, debug=arguments.debug
            )
        )


if __name__ == "__main__":
    sys.exit(main())

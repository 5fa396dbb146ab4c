"""Home Assistant with few integrations: `python -m tests.chaos.home_assistant FOLDER`."""

import sys

from homeassistant import bootstrap, runner

if __name__ == "__main__":
    bootstrap.DEFAULT_INTEGRATIONS = {"logger"}
    bootstrap.CRITICAL_INTEGRATIONS = set()
    sys.exit(runner.run(runner.RuntimeConfig(config_dir=sys.argv[1], skip_pip=True)))

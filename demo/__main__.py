"""`python -m demo`: what scripts/demo runs once everything is installed."""

import sys

from .options import parse

if __name__ == "__main__":
    options = parse(sys.argv[1:])
    # Imports Home Assistant, which takes seconds: the usage is shown without it.
    from .run import main

    sys.exit(main(options))

"""`python -m demo`: what scripts/demo runs once everything is installed."""

import sys

from .run import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

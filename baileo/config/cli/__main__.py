"""`python -m baileo.config.cli`: the same as `baileo`, for processes that start each other."""

import sys

from baileo.config.cli import main

if __name__ == "__main__":
    sys.exit(main())

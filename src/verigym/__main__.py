"""``python -m verigym`` is the command ``verigym``."""

import sys

from verigym.cli import main

if __name__ == "__main__":
    sys.exit(main())

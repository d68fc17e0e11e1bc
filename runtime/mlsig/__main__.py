"""`python -m mlsig` is the `mlsig` command, as it is installed.

The command belongs to the compiler, of which nothing here knows; the distribution says where it is.
"""

import sys
from importlib.metadata import PackageNotFoundError, distribution
from typing import Final

DISTRIBUTION: Final = "mlsig"


def main() -> int:
    """Run the command, and return its exit code."""
    try:
        commands = distribution(DISTRIBUTION).entry_points
    except PackageNotFoundError:
        sys.stderr.write("error: mlsig is not installed here: `pip install mlsig` has the command\n")
        return 2
    (command,) = commands.select(group="console_scripts", name="mlsig")
    code: int = command.load()()
    return code


if __name__ == "__main__":
    raise SystemExit(main())

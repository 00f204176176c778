"""`python -m ops.cluster`: brings a cluster up, or asks a running one to restart."""

from __future__ import annotations

import sys

from ops.cluster import rolling_restart
from ops.cluster.cli import RESTART, parse
from ops.cluster.run import ClusterRun
from ops.runner.__main__ import carry_out
from ops.runner.console import Console
from ops.stores.errors import StartError


def main(words: list[str] | None = None) -> int:
    arguments = parse(words)
    if arguments.command == RESTART:
        steps = Console()
        try:
            rolling_restart.ask(arguments.data, steps)
        except StartError as error:
            steps.fail(str(error), "", [])
            return 1
        return 0
    return carry_out(lambda: ClusterRun(arguments))


if __name__ == "__main__":
    sys.exit(main())

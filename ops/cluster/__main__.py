"""`python -m ops.cluster`: starts a cluster, or requests a rolling restart of a running one."""

from __future__ import annotations

import sys

from ops.cluster import rolling_restart
from ops.cluster.cli import RESTART, parse
from ops.cluster.run import ClusterRun
from ops.runner.__main__ import run_until_stopped
from ops.runner.console import Console
from ops.stores.errors import StartError


def main(argv: list[str] | None = None) -> int:
    arguments = parse(argv)
    if arguments.command == RESTART:
        console = Console()
        try:
            rolling_restart.request_restart(arguments.data, console)
        except StartError as error:
            console.fail(str(error), "", [])
            return 1
        return 0
    return run_until_stopped(lambda: ClusterRun(arguments), arguments.data)


if __name__ == "__main__":
    sys.exit(main())

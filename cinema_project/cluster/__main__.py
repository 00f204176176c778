"""`python -m cinema_project.cluster`: brings a cluster up, or asks a running one to restart."""

from __future__ import annotations

import sys

from cinema_project.cluster import rolling
from cinema_project.cluster.arguments import RESTART, parse
from cinema_project.cluster.run import ClusterRun
from cinema_project.runner.__main__ import carry_out
from cinema_project.runner.steps import Steps
from cinema_project.stores.errors import StartError


def main(words: list[str] | None = None) -> int:
    arguments = parse(words)
    if arguments.command == RESTART:
        steps = Steps()
        try:
            rolling.ask(arguments.data, steps)
        except StartError as error:
            steps.fail(str(error), "", [])
            return 1
        return 0
    return carry_out(lambda: ClusterRun(arguments))


if __name__ == "__main__":
    sys.exit(main())

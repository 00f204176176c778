"""`python -m ops.runner`: brings a run up and tells how it ended."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable

from ops.runner.cli import parse
from ops.runner.console import Console
from ops.runner.run import Run, Stopped
from ops.stores.errors import StartError


def main(words: list[str] | None = None) -> int:
    arguments = parse(words)
    return carry_out(lambda: Run(arguments))


def carry_out(make: Callable[[], Run]) -> int:
    """From the first step to the last word. Returns the exit code."""
    steps = Console()
    with contextlib.ExitStack() as stack:
        try:
            run = make()
            steps = run.steps
            stack.callback(run.stop)
            run.listen_to_signals()
            steps.print("Layar")
            run.start()
            run.poll()
        except Stopped:
            steps.print("\nstopping")
            stack.close()
            steps.print("stopped; the data is kept")
            return 0
        except StartError as error:
            steps.fail(str(error), str(error.log or ""), error.log_tail())
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m ops.runner`: starts a run and reports how it ended."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable

from ops.runner.cli import parse
from ops.runner.console import Console
from ops.runner.run import Run, Stopped
from ops.stores.errors import StartError


def main(argv: list[str] | None = None) -> int:
    arguments = parse(argv)
    return run_until_stopped(lambda: Run(arguments))


def run_until_stopped(make: Callable[[], Run]) -> int:
    """Starts the run and supervises it until a signal or a failure. Returns the exit code."""
    console = Console()
    with contextlib.ExitStack() as stack:
        try:
            run = make()
            console = run.console
            stack.callback(run.stop)
            run.listen_to_signals()
            console.print("Layar")
            run.start()
            run.poll()
        except Stopped:
            console.print("\nstopping")
            stack.close()
            console.print("stopped; the data is kept")
            return 0
        except StartError as error:
            console.fail(str(error), str(error.log or ""), error.log_tail())
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m ops.runner`: starts a run and reports how it ended."""

from __future__ import annotations

import contextlib
import errno
import sys
from collections.abc import Callable
from pathlib import Path

from ops.runner.cli import parse
from ops.runner.console import Console
from ops.runner.run import Run, Stopped
from ops.runner.supervisor import disk_full
from ops.stores.errors import StartError

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


def main(argv: list[str] | None = None) -> int:
    arguments = parse(argv)
    return run_until_stopped(lambda: Run(arguments), arguments.data)


def run_until_stopped(make: Callable[[], Run], data: Path) -> int:
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
            message = f"{error}{disk_full(data)}"
            console.fail(message, str(error.log or ""), error.log_tail())
            return 1
        except OSError as error:
            if error.errno not in DISK_FULL:
                raise
            console.fail(f"{error.strerror}{disk_full(data)}", "", [])
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

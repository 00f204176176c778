"""`python -m ops.dev`: starts a run that restarts its processes when code changes."""

from __future__ import annotations

import os
import sys

from ops.dev.reload import DevRun
from ops.runner.__main__ import run_until_stopped
from ops.runner.cli import parse

SETTINGS = "cinema_project.settings.dev"


def main(argv: list[str] | None = None) -> int:
    arguments = parse(
        argv,
        prog="bin/dev",
        description="bin/run for development: DEBUG, django-debug-toolbar, automatic reload of web,"
        " live and worker, and sent email and SMS at /dev/messages/.",
    )
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    return run_until_stopped(lambda: DevRun(arguments), arguments.data)


if __name__ == "__main__":
    sys.exit(main())

"""WebSocket server: Daphne on an inherited, bound socket.

It listens only once the application is loaded: until then connections are refused and nginx uses
the other servers.
"""

from __future__ import annotations

import argparse
import importlib
import socket

from daphne.cli import CommandLineInterface

from ops.runner.services import BACKLOG

MODULE = "cinema_project.asgi"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="the bound socket")
    chosen = parser.parse_args()
    importlib.import_module(MODULE)  # most of the start-up time
    listening = socket.socket(fileno=chosen.fd)
    listening.listen(BACKLOG)
    options = ["--fd", str(listening.detach()), "--application-close-timeout", "2"]
    options += ["--verbosity", "1", "--access-log", "/dev/null", "--no-server-name"]
    CommandLineInterface().run([*options, f"{MODULE}:application"])


if __name__ == "__main__":
    main()

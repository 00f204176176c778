"""Daphne on a socket that somebody else opened and keeps, at which nobody needs to listen yet.

It listens once the program is there to answer: a server behind nginx that is only being started
is refused until then, and left to the others.
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
    importlib.import_module(MODULE)  # nearly all of a start
    listening = socket.socket(fileno=chosen.fd)
    listening.listen(BACKLOG)
    options = ["--fd", str(listening.detach()), "--application-close-timeout", "2"]
    options += ["--verbosity", "1", "--access-log", "/dev/null", "--no-server-name"]
    CommandLineInterface().run([*options, f"{MODULE}:application"])


if __name__ == "__main__":
    main()

"""Command line of `bin/cluster`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, fields

from ops.runner.cli import Arguments, add_common, process_count
from ops.stores.ports_and_secrets import EVERYWHERE

RUN, RESTART = "run", "restart"


@dataclass(frozen=True)
class ClusterArguments(Arguments):
    command: str
    web_servers: int
    live_servers: int


def parse(argv: list[str] | None = None) -> ClusterArguments:
    parser = argparse.ArgumentParser(
        prog="bin/cluster",
        description="Starts nginx with several web and live servers behind it, a worker and a beat."
        " `bin/cluster restart` replaces the processes of a running one; no request is dropped.",
    )
    parser.add_argument("command", nargs="?", choices=(RUN, RESTART), default=RUN)
    add_common(parser)
    parser.add_argument("--web", type=process_count, default=2, help="web servers (2)")
    parser.add_argument("--live", type=process_count, default=2, help="live servers (2)")
    found = parser.parse_args(argv)
    common = {
        name: getattr(found, name)
        for name in {field.name for field in fields(Arguments)} & set(vars(found))
    }
    return ClusterArguments(
        **common
        | {
            "data": found.data.resolve(),
            "demo": not found.no_demo,
            "live_port": None,
            "host": EVERYWHERE,
        },
        live_processes=found.live,
        command=found.command,
        web_servers=found.web,
        live_servers=found.live,
    )

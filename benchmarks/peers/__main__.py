"""bin/peers: the same work on Layar and on pretix, on the same PostgreSQL and Redis,
alternating."""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import ExitStack
from pathlib import Path

from benchmarks.__main__ import line, prepare
from ops.stores import ephemeral_stores

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "performance" / "peers.md"


def main() -> int:
    arguments = _parser().parse_args()
    with ephemeral_stores(durable=True) as environment, ExitStack() as running:
        os.environ.update(environment)
        data = Path(environment["LAYAR_DATA"])
        prepare([])
        from benchmarks.peers import document, pretix, work

        python = pretix.install(arguments.environment or data / "pretix-venv")
        effort = work.QUICK if arguments.quick else work.WHOLE
        print("making pretix' tables and halls (about a minute)", flush=True)
        peer = pretix.prepare(python, data / "pretix", effort.events)
        print("taking turns", flush=True)
        results = work.compare(peer, data / "logs", effort, running)
        page = document.render(results)
    for one in results:
        print(line(one))
    if arguments.json:
        arguments.json.write_text(json.dumps([one.as_json() for one in results], indent=2) + "\n")
    if arguments.write_docs:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page)
    missed = [one.name for one in results if not one.met]
    if arguments.check and missed:
        print(f"under the goal: {', '.join(missed)}")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/peers", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a goal is missed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    parser.add_argument("--quick", action="store_true", help="a trial of the comparison itself")
    parser.add_argument(
        "--environment", type=Path, metavar="FOLDER", help="keep pretix' packages there"
    )
    parser.add_argument(
        "--write-docs", action="store_true", help="bring docs/performance/peers.md up to date"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

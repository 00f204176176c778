"""`python -m benchmarks.footprint`: the memory of each service, at rest and after work.

Starts all of Layar on ephemeral stores, measures, sells under open maps for a while, lets it settle
and measures again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks import soak
from benchmarks.machine import describe_computer
from benchmarks.moviegoers import Crowd
from benchmarks.product import Memory, running_product
from benchmarks.viewers import Audience

DOCUMENT = soak.ROOT / "docs" / "performance" / "footprint.md"
REST_SECONDS = 10.0
SETTLE_SECONDS = 5.0
HOLD_SECONDS = 30


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.footprint", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of work (60)")
    parser.add_argument("--viewers", type=int, default=500)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--write-docs", action="store_true")
    arguments = parser.parse_args()
    with running_product(hold_seconds=HOLD_SECONDS) as product:
        time.sleep(REST_SECONDS)
        at_rest = product.memory()
        showtimes = soak.showtimes_of(product)
        crowd = Crowd(f"http://localhost:{product.port}", showtimes, buyers=8, per_second=8, seed=1)
        audience = Audience(product.live_port, soak.feed_of(showtimes[0]))
        audience.grow(arguments.viewers)
        crowd.start()
        try:
            audience.watch(arguments.seconds, iter([]))
        finally:
            crowd.stop()
        at_work = product.memory()  # with all maps still open
        audience.close()
        time.sleep(SETTLE_SECONDS)
        afterwards = product.memory()
    page = _document(at_rest, at_work, afterwards, arguments, dict(crowd.counted))
    print(page)
    if arguments.write_docs:
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(page)
    if arguments.json:
        taken = {"at_rest": at_rest, "at_work": at_work, "afterwards": afterwards}
        plain = {
            when: {name: asdict(memory) for name, memory in services.items()}
            for when, services in taken.items()
        }
        arguments.json.write_text(json.dumps(plain, indent=2) + "\n")
    return 0


def _document(
    at_rest: dict[str, Memory],
    at_work: dict[str, Memory],
    afterwards: dict[str, Memory],
    arguments: argparse.Namespace,
    counted: dict[str, int],
) -> str:
    lines = [
        "# Footprint",
        "",
        "Written by `python -m benchmarks.footprint --write-docs`: the memory of each service of",
        "`bin/run` on one machine, in MB. RSS counts a page once for each process that shares it,",
        "PSS divides it among them, so PSS is the service's actual share. The work was",
        f"{arguments.seconds:g} s of {counted.get('holds', 0):,} holds and"
        f" {counted.get('sales', 0):,} sales over HTTP under {arguments.viewers} open seat maps.",
        "The stores are not included: their memory is a setting.",
        "",
        "| Service | processes | at rest RSS | PSS | after the work, maps open RSS | PSS"
        " | maps closed PSS |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, rest in at_rest.items():
        work, after = at_work.get(name, rest), afterwards.get(name, rest)
        lines.append(
            f"| {name} | {work.processes} | {rest.rss_mb:.0f} | {rest.pss_mb:.0f}"
            f" | {work.rss_mb:.0f} | {work.pss_mb:.0f} | {after.pss_mb:.0f} |"
        )
    rest_mb = sum(memory.pss_mb for memory in at_rest.values())
    work_mb = sum(memory.pss_mb for memory in at_work.values())
    after_mb = sum(memory.pss_mb for memory in afterwards.values())
    lines += [
        f"| all | | | **{rest_mb:.0f}** | | **{work_mb:.0f}** | **{after_mb:.0f}** |",
        "",
        "The memory per viewer and the CPU time per delivery of a live process are measured by",
        "`bin/bench fanout`. The number of queries of each page and endpoint is asserted by",
        "`tests/test_query_counts.py`.",
        "",
        *(f"- {name}: {value}" for name, value in describe_computer().items()),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())

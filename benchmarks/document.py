"""docs/performance.md, made from the results of one run."""

from __future__ import annotations

from typing import Any

HEAD = """\
# Performance

This page is written by `bin/bench --write-docs`; do not edit it by hand.

Every figure stands beside its **floor**: the least that the same work can cost on the same
machine, measured in the same run, in turns with it, on the same web server. The ratio of the two
says how much of the machine Layar leaves to the work itself; it travels better between machines
than requests per second do. Each ratio is the median of the rounds' own ratios.

`bin/bench [holds|seat_map|catalogue] [--check] [--json FILE]` repeats it; `--check` fails when a
ratio is under its goal.

## Figures
"""

METHOD = """
PostgreSQL, Valkey, the web server (granian, {workers} processes × {threads} threads, as
`bin/run` starts it) and the load generator share the machine's cores. PostgreSQL writes
durably (fsync on). The load generator (`benchmarks/load.py`) is one thread of epoll over
{connections} keep-alive connections with requests made beforehand; it took {client} of one core
at most.
"""

MEANINGS = {
    "holds": """\
**holds**: `POST /api/v1/showtimes/<id>/holds` for two free seats, each by another visitor,
through everything a real tap passes: routing, rate limits, validation, the locks, the hold, the
news to open maps. Its floor locks and writes the same rows in one transaction by plain psycopg
from a bare WSGI function, and does nothing else. The locks, the hold and the seats are one prepared
statement (`seating/first_tap.py`); what is left is Python around it (DRF's view, the middleware,
routing) and four round trips to Redis: two limits, the map's cache, the news.
""",
    "seat_map": """\
**seat_map**: `GET /api/v1/showtimes/<id>/seats`, 200 seats with place, price and status, from the
micro-cache: rebuilt by one process once a second, at hand in each process for a fifth of one. Its
floor is a Django view without any middleware that returns as many constant bytes. What is left is
the middleware and the routing.
""",
    "catalogue_api": """\
**catalogue_api**: `GET /api/v1/showtimes?city=…&date=…`, a day of a city in the demo chain, warm.
The same kind of floor; what is left is the middleware and the routing.
""",
    "catalogue_page": """\
**catalogue_page**: the site's `/schedule/` page for the same city and day, warm. The same kind of
floor.
""",
}

LAYERS = """
## Where a hold's time goes

The same hold through one layer more at a time, one after the other in one process. *Processor* is
the time of this process alone; *clock* adds the wait for PostgreSQL and Redis.

| Up to this layer | processor | clock | more than the one before |
|---|---:|---:|---:|
"""


def render(report: dict[str, Any]) -> str:
    from benchmarks.load import CONNECTIONS
    from cinema_project.runner.services import WEB_THREADS, WEB_WORKERS

    results = report["results"]
    client = max(one["client_share"] for result in results for one in result["rounds"])
    parts = [
        HEAD,
        _figures(results),
        METHOD.format(
            workers=WEB_WORKERS,
            threads=WEB_THREADS,
            connections=CONNECTIONS,
            client=f"{client:.0%}",
        ),
        *(f"\n{MEANINGS[result['name']]}" for result in results),
    ]
    if report["layers"]:
        parts += [LAYERS, _layers(report["layers"])]
    parts += ["\n## The machine\n\n", _machine(report["machine"])]
    return "".join(parts)


def _figures(results: list[dict[str, Any]]) -> str:
    lines = [
        "| | measured | floor | ratio | goal | p99 | rounds (ratio) |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for result in results:
        rounds = " · ".join(f"{one['value'] / one['floor']:.2f}" for one in result["rounds"])
        slowest = max(one["p99_ms"] for one in result["rounds"])
        verdict = "" if result["met"] else " (not met)"
        lines.append(
            f"| {result['name']} | {result['value']:,.0f} {result['unit']}"
            f" | {result['floor']:,.0f} | **{result['ratio']:.2f}**"
            f" | {result['goal']:.2f}{verdict} | {slowest:.0f} ms | {rounds} |"
        )
    return "\n".join(["", *lines, ""])


def _layers(layers: list[dict[str, Any]]) -> str:
    lines, before = [], 0.0
    for layer in layers:
        more = layer["processor_us"] - before
        before = layer["processor_us"]
        lines.append(
            f"| {layer['name']} | {layer['processor_us']:,.0f} µs"
            f" | {layer['clock_us']:,.0f} µs | {more:,.0f} µs |"
        )
    return "\n".join(lines) + "\n"


def _machine(machine: dict[str, str]) -> str:
    return "".join(f"- {name}: {value}\n" for name, value in machine.items())

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
    shares = [one["client_share"] or 0 for result in results for one in result["rounds"]]
    parts = [
        HEAD,
        _figures(results),
        METHOD.format(
            workers=WEB_WORKERS,
            threads=WEB_THREADS,
            connections=CONNECTIONS,
            client=f"{max(shares):.0%}",
        ),
        *(f"\n**{name}**: {meaning}\n" for name, meaning in report["meanings"].items()),
    ]
    if report["layers"]:
        parts += [LAYERS, _layers(report["layers"])]
    parts += ["\n## The machine\n\n", _machine(report["machine"])]
    return "".join(parts)


def _figures(results: list[dict[str, Any]]) -> str:
    lines = [
        "| | measured | floor | ratio | goal | p99 | rounds |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for result in results:
        slowest = [one["p99_ms"] for one in result["rounds"] if one["p99_ms"]]
        lines.append(
            f"| {result['name']} | {_number(result['value'])} {result['unit']}"
            f" | {_number(result['floor'])} | {_ratio(result)} | {_goal(result)}"
            f" | {f'{max(slowest):.0f} ms' if slowest else '–'}"
            f" | {' · '.join(map(_round, result['rounds']))} |"
        )
    return "\n".join(["", *lines, ""])


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"


def _ratio(result: dict[str, Any]) -> str:
    return "–" if result["ratio"] is None else f"**{result['ratio']:.2f}**"


def _goal(result: dict[str, Any]) -> str:
    sign = "≤" if result["is_at_most"] else "≥"
    return f"{sign} {result['goal']:.2f}{'' if result['met'] else ' (not met)'}"


def _round(one: dict[str, Any]) -> str:
    return f"{one['value'] / one['floor'] if one['floor'] else one['value']:.2f}"


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

"""Generates docs/performance.md from the results of one run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks import chart
from benchmarks.registry import BENCHES

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE, CHART, FRAGMENTS = (
    DOCS / "performance.md",
    DOCS / "images" / "performance.svg",
    DOCS / "performance",
)

HEAD = """\
# Performance

This page is written by `bin/bench --write-docs`; do not edit it by hand.

Every figure is compared with its **floor**: the minimal cost of the same work on the same
machine, measured in the same run, alternating with it, on the same web server. The ratio of the two
is the share of the machine that is left to the work itself; it is more comparable between machines
than requests per second. Each ratio is the median of the rounds' own ratios.

`bin/bench [NAME…] [--check] [--json FILE]` repeats it; `--check` fails when a goal is missed.
The names are {names}.
A goal with ≤ is an upper limit: its ratio compares times, or it has no floor at all.

![Each figure against its goal](images/performance.svg)

The whole sale comes first: what a chain pays for is a sale on the website up to its delivered
email, not one path of the API.

## Figures
"""

METHOD = """
PostgreSQL, Valkey, the web server (granian, {workers} processes × {threads} threads, as
`bin/run` starts it) and the load generator share the machine's cores. PostgreSQL writes
durably (fsync on). The load generator (`benchmarks/load.py`) is one thread with epoll over
{connections} keep-alive connections and prebuilt requests; it used {client} of one core
at most.
"""

LAYERS = """
## Where a hold's time goes

The same hold through one more layer at a time, sequentially in one process. *CPU* is
the CPU time of this process alone; *wall clock* includes waiting for PostgreSQL and Redis.

| Up to this layer | CPU | wall clock | CPU more than the previous layer |
|---|---:|---:|---:|
"""

LIMITS = """
## Current limits

- **A hold** is one prepared statement (`seating/holds/statements.py`), one command to Redis (both
  rate limits) and one message to Redis sent without waiting (invalidating the cached map and
  publishing the change). It takes less CPU time in Python than the four statements of its floor.
  The remainder is Django's request and response objects, the limits, and URL parsing; the rest of
  the ratio is two more processes, PostgreSQL and Valkey, on the same cores.
- **A refused hold** is two statements without a write.
- **Seat maps and the catalogue** are cached complete responses, which the WSGI application sends
  without entering Django (`cinema_project/cached_responses.py`); their floor enters it. What
  remains is the web server's own work.
- **A whole sale** is by half the pages and requests of the web processes, by a quarter the worker's
  email and SMS, and by a fifth PostgreSQL; its most expensive step is the return from the bank with
  its two messages. The floor writes the same rows but renders nothing: its pages and its email are
  constant bytes. The difference is what a product adds: Django's templates (half of the time of a
  booking's page and of the seat map page), its request and middleware (half a millisecond each),
  and the email below. Queries of pages and messages that read a booking are compiled and planned
  once (`core/db/prepared.py`), and a booking's page contains its QR codes.
- **An email** is in equal parts its PDF (Typst), MIME and SMTP, the ORM's reads and records, and
  the rest: templates, calendar entry and QR codes. Typst reads only the glyphs that it needs:
  fonts cut down to Latin letters when building saved nothing. One ticket took 4.6 to 7.5 ms,
  depending on what else ran (goal: 5), a QR code 0.8 to 0.9 (goal: 1).
- **The seat map page** is rendered for each visitor, except for the drawn map: it contains the
  visitor's hold and CSRF tokens for the forms that work without scripts.
  Cached like a page of the catalogue it would need both by another request.
- **A complete booking over the API** is 31 statements in four requests, all but one compiled and
  planned once, in transactions that read rows under their locks in the order of `docs/locking.md`,
  in every step, because minutes pass between the steps and the rows may have changed. "Where a
  booking's time goes" below shows it by request and by component: the rest is spread over the
  statements, DRF, HTTP to the bank and the messages, and no part dominates.
- `checkout` is not in the table: its floor made 94 orders a second on a busy machine and on an idle
  one, fewer than Layar's 109 on the idle one, so it waits for something and is no floor yet.
- A request with a token, a session cookie, an idempotency key or a conditional header passes
  through the whole stack, at the cost in the table above.
"""


def write(known: dict[str, Any]) -> None:
    """The page and its chart."""
    results = [result for bench in known["benches"].values() for result in bench["results"]]
    CHART.write_text(chart.draw(results))
    PAGE.write_text(render(known))


def render(known: dict[str, Any]) -> str:
    from benchmarks.load import CONNECTIONS
    from ops.runner.services import WEB_THREADS, WEB_WORKERS

    benches = known["benches"]
    results = [result for bench in benches.values() for result in bench["results"]]
    shares = [one["client_share"] or 0 for result in results for one in result["rounds"]]
    parts = [
        HEAD.format(names=", ".join(f"`{name}`" for name in BENCHES)),
        _figures(results),
        METHOD.format(
            workers=WEB_WORKERS,
            threads=WEB_THREADS,
            connections=CONNECTIONS,
            client=f"{max(shares):.0%}",
        ),
        *(_bench(name, bench) for name, bench in benches.items()),
        LIMITS,
    ]
    if known["layers"]:
        parts += [LAYERS, _layers(known["layers"])]
    parts += ["\n## The machine\n\n", _machine(known["machine"])]
    # Measured by other commands, each with a page of its own.
    parts += [f"\n{_deeper(page.read_text())}" for page in sorted(FRAGMENTS.glob("*.md"))]
    return "".join(parts)


def _bench(name: str, bench: dict[str, Any]) -> str:
    parts = [f"\n**{name}** (taken {bench['taken']}): {bench['meaning']}\n"]
    for result in bench["results"]:
        facts = [f"{fact}: {value}" for fact, value in result["facts"].items()]
        facts += [f"not met: {failure}" for failure in result["failures"]]
        if facts:
            parts.append(f"\n*{result['name']}*: {'; '.join(facts)}.\n")
    return "".join(parts)


def _deeper(page: str) -> str:
    """Embed a separate page: its headings go down one level."""
    lines = (f"#{line}" if line.startswith("#") else line for line in page.splitlines())
    return "\n".join(lines) + "\n"


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
    return f"{one['value'] / one['floor'] if one['floor'] is not None else one['value']:.2f}"


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

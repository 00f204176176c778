"""python -m benchmarks.desk: the managers' office after 10,000 tickets and after a million.

Uses the PostgreSQL that DATABASE_URL names (that of a running `bin/run` by itself): makes the
databases ``desk_young`` and ``desk_old`` there once, with `seed_demo --history`, and keeps them.
The old one is a copy of the young one with years before it, so today's sales are the same.
Measures the server's time for a page, requested in this process as the chain's administrator.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "performance" / "desk.md"
YOUNG, OLD = "desk_young", "desk_old"
TICKETS = {YOUNG: 10_000, OLD: 1_000_000}
ROUNDS = 9
RATIO_MAX = 1.5
PAGES = {"dashboard": "/admin/", "dashboard, the live part": "/admin/desk/"}
HEAD = """# The office after a million tickets

Written by `python -m benchmarks.desk --write-docs` with a demo running: times in the server,
requested by the administrator of four cinemas, after {young:,} and after {old:,} tickets. The old
chain is a copy of the young one with {weeks} weeks before it: today's sales are the same. Ratios
are measured alternately; seconds are those of this machine under the load named at the end.
"""
DESK = """
*Cold*: nothing is cached; *warm*: the figures are cached. Medians of {rounds} alternating
rounds, in milliseconds; the ratio is the median of the rounds' own. The goal is at most {goal} for
the dashboard; `tests/reports/test_dashboard_page.py` asserts its number of queries.

| Page | cold, young | cold, old | ratio | warm, young | warm, old | queries, young | queries, old |
|---|---:|---:|---:|---:|---:|---:|---:|
"""


@dataclass(frozen=True)
class Measured:
    page: str
    cold_ms: dict[str, list[float]]
    warm_ms: dict[str, list[float]]
    queries: dict[str, int]

    @property
    def ratio(self) -> float:
        pairs = zip(self.cold_ms[OLD], self.cold_ms[YOUNG], strict=True)
        return median(old / young for old, young in pairs)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write-docs", action="store_true", help=f"write {DOCUMENT.name}")
    arguments = parser.parse_args()
    _prepare()
    from benchmarks import aged, office

    aged.make(YOUNG, TICKETS[YOUNG])
    aged.make(OLD, TICKETS[OLD], template=YOUNG)
    with aged.databases([YOUNG, OLD]):
        measured = [_measure(page, address) for page, address in PAGES.items()]
        parts = [_head(), _desk(measured), office.reports(YOUNG, OLD), office.exports(OLD)]
        parts += [office.checks(OLD), _machine()]
    page = "".join(parts)
    print(page)
    if arguments.write_docs:
        DOCUMENT.write_text(page)
    return int(any(one.ratio > RATIO_MAX for one in measured))


def _prepare() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cinema_project.settings")
    os.environ.setdefault("STAFF_MFA_REQUIRED", "false")  # no phone is available in this process
    import django

    django.setup()


def _measure(page: str, address: str) -> Measured:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from benchmarks import aged, office

    cold: dict[str, list[float]] = {YOUNG: [], OLD: []}
    warm: dict[str, list[float]] = {YOUNG: [], OLD: []}
    queries = {}
    clients = {name: office.signed_in(name) for name in (YOUNG, OLD)}
    for name, client in clients.items():
        aged.use(name)
        office.invalidate()
        client.get(address)  # templates and prepared statements
        office.invalidate()
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        queries[name] = len(asked)
    for number in range(ROUNDS):
        for name in sorted(clients, reverse=bool(number % 2)):
            aged.use(name)
            office.invalidate()
            for taken in (cold, warm):
                taken[name].append(_taken(partial(clients[name].get, address)))
    return Measured(page, cold, warm, queries)


def _taken(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1_000


def _head() -> str:
    from django.db.models import Max, Min

    from benchmarks import aged
    from bookings.models import Ticket
    from movies.models import Showtime

    counted, days = {}, {}
    for name in TICKETS:
        aged.use(name)
        counted[name] = Ticket.objects.live().count()
        span = Showtime.objects.aggregate(first=Min("business_date"), last=Max("business_date"))
        days[name] = (span["last"] - span["first"]).days
    return HEAD.format(young=counted[YOUNG], old=counted[OLD], weeks=(days[OLD] - days[YOUNG]) // 7)


def _desk(measured: list[Measured]) -> str:
    rows = [
        f"| {one.page} | {median(one.cold_ms[YOUNG]):.0f} | {median(one.cold_ms[OLD]):.0f}"
        f" | **{one.ratio:.2f}** | {median(one.warm_ms[YOUNG]):.0f}"
        f" | {median(one.warm_ms[OLD]):.0f} | {one.queries[YOUNG]} | {one.queries[OLD]} |"
        for one in measured
    ]
    return DESK.format(rounds=ROUNDS, goal=RATIO_MAX) + "\n".join(rows) + "\n"


def _machine() -> str:
    from benchmarks.machine import describe_computer

    return (
        "\n" + "\n".join(f"- {key}: {value}" for key, value in describe_computer().items()) + "\n"
    )


if __name__ == "__main__":
    raise SystemExit(main())

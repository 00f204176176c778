"""python -m benchmarks.desk: the managers' desk after 10,000 tickets and after a million.

Uses the PostgreSQL that DATABASE_URL names (that of a running `bin/run` by itself): makes the
databases ``desk_young`` and ``desk_old`` there once, with `seed_demo --history`, and keeps them.
What is measured is the server's time of a page, asked in this process as the chain's administrator:
*cold* with an empty cache, *warm* right after, where the figures of the moment are shared.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "performance" / "desk.md"
DATABASES = {"desk_young": 10_000, "desk_old": 1_000_000}
ROUNDS = 9
RATIO_MAX = 1.5
PAGES = {
    "desk": "/admin/",
    "desk, the moving part": "/admin/desk/",
    "report: sales by day": "/admin/reports/figures/sales-by-day/",
}
JUDGED = ("desk", "desk, the moving part")


@dataclass(frozen=True)
class Measured:
    page: str
    cold_ms: float
    warm_ms: float
    queries: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write-docs", action="store_true", help=f"write {DOCUMENT.name}")
    parser.add_argument("--young", metavar="NAME", default="desk_young", help="database to use")
    parser.add_argument("--old", metavar="NAME", default="desk_old", help="database to use")
    wish = parser.parse_args()
    _prepare()
    names = {wish.young: DATABASES["desk_young"], wish.old: DATABASES["desk_old"]}
    _make(wish.young, DATABASES["desk_young"])
    _make(wish.old, DATABASES["desk_old"], template=wish.young)
    measured = {name: _measure(name) for name in names}
    page = _document(measured[wish.young], measured[wish.old], _counts(list(names)))
    print(page)
    if wish.write_docs:
        DOCUMENT.write_text(page)
    ratios = _ratios(measured[wish.young], measured[wish.old])
    return int(any(ratios[name] > RATIO_MAX for name in JUDGED))


def _prepare() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cinema_project.settings")
    os.environ.setdefault("DATABASE_TIMEOUTS", "false")
    import django

    django.setup()


def _make(name: str, tickets: int, template: str | None = None) -> None:
    """From ``template``, weeks are added before those that it has: today stays what it is."""
    import psycopg
    from django.conf import settings

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
        server.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    assert settings.DEBUG is False
    url = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"
    for words in (["migrate", "-v0"], ["seed_demo", "--history", str(tickets)]):
        subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": url},
            check=True,
        )
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("VACUUM (ANALYZE)")


def _measure(name: str) -> list[Measured]:
    from django.core.cache import cache
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts.models import User
    from movies import generations

    connection.close()
    connection.settings_dict["NAME"] = name
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.filter(is_superuser=True).earliest("pk"))

    def forget() -> None:
        cache.clear()
        generations.forget()

    found = []
    for page, address in PAGES.items():
        forget()
        client.get(address)  # templates and prepared statements
        forget()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        cold = [_taken(client.get, address, forget) for _round in range(ROUNDS)]
        warm = [_taken(client.get, address, lambda: None) for _round in range(ROUNDS)]
        found.append(Measured(page, median(cold), median(warm), len(queries)))
    return found


def _taken(get: Callable[[str], object], address: str, before: Callable[[], None]) -> float:
    before()
    began = time.perf_counter()
    get(address)
    return (time.perf_counter() - began) * 1_000


def _ratios(young: list[Measured], old: list[Measured]) -> dict[str, float]:
    return {one.page: two.cold_ms / one.cold_ms for one, two in zip(young, old, strict=True)}


def _counts(names: list[str]) -> list[int]:
    from django.db import connection

    from bookings.models import Ticket

    counted = []
    for name in names:
        connection.close()
        connection.settings_dict["NAME"] = name
        counted.append(Ticket.objects.live().count())
    return counted


def _document(young: list[Measured], old: list[Measured], tickets: list[int]) -> str:
    from benchmarks.machine import describe_computer

    rows = [
        f"| {one.page} | {one.cold_ms:.0f} | {two.cold_ms:.0f} | {two.cold_ms / one.cold_ms:.2f}"
        f" | {one.warm_ms:.0f} | {two.warm_ms:.0f} | {one.queries} | {two.queries} |"
        for one, two in zip(young, old, strict=True)
    ]
    machine = "\n".join(f"- {key}: {value}" for key, value in describe_computer().items())
    return "\n".join(
        [
            "# The desk after a million tickets",
            "",
            "Written by `python -m benchmarks.desk --write-docs` with a demo running: the time of",
            f"a page in the server in milliseconds (median of {ROUNDS}) for the administrator of",
            f"four cinemas, after {tickets[0]:,} and after {tickets[1]:,} tickets. *Cold*: nothing",
            "is cached; *warm*: the moment's figures are shared. The goal is a ratio of at most",
            f"{RATIO_MAX} for the desk; `tests/reports` holds its number of queries.",
            "",
            "| Page | cold, young | cold, old | ratio | warm, young | warm, old | queries, young"
            " | queries, old |",
            "|---|---:|---:|---:|---:|---:|---:|---:|",
            *rows,
            "",
            machine,
            "",
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())

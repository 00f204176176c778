"""Every report on screen and as a file, young and old: sections of docs/performance/desk.md."""

from __future__ import annotations

import time
from datetime import date, timedelta
from statistics import median

from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import User
from benchmarks import aged
from movies.catalogue import cache as catalogue_cache
from movies.models import Cinema
from reports.exports import jobs
from reports.figures import REPORTS
from reports.figures.report import Report
from reports.figures.scope import Basis, ReportScope
from reports.figures.snapshot import PAGE_SECONDS
from reports.models import Format, JobState
from reports.monitoring.invariants import INVARIANTS, Cost, check_invariants, check_recent
from reports.views.forms import DAYS_MAX, DAYS_SHOWN_FIRST

ROUNDS = 5
TOO_SLOW = b'class="report-fault"'  # shown by a page whose time is over
SPANS = (31, 92, 366, DAYS_MAX)
SCREEN = """
Each report on screen. *Week*: the default period, in milliseconds, medians of
{rounds} alternating rounds, the ratio of old to young. Then the old chain over more days, the
better of two requests, in seconds. A page has {limit} s for its queries; one that needs
more says so after that time and offers the background file instead (*background*).

| Report | counted by | week, young | week, old | ratio | {spans} |
|---|---|---:|---:|---:|{lines}|
"""
FILES = """
Each report as a file over all {days:,} days of the old chain, written by a worker, in seconds,
everything included; *refused* where the number of rows exceeds the format's limit.

| Report | rows | {formats} |
|---|---:|{lines}|
"""

CHECKS = """
`manage.py check_invariants` over the old chain: {count} invariants, {outcome}, in {all:.0f} s;
those that a worker checks every minute take {often:.2f} s.
"""


def signed_in(name: str) -> Client:
    """A client signed in as the chain's administrator, in that database."""
    aged.use(name)
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.filter(is_superuser=True).earliest("pk"))
    return client


def invalidate() -> None:
    cache.clear()
    catalogue_cache.invalidate()


def reports(young: str, old: str) -> str:
    clients = {name: signed_in(name) for name in (young, old)}
    rows = []
    for report in REPORTS.values():
        for basis in report.bases:
            week = _in_turns(clients, _address(report, basis, DAYS_SHOWN_FIRST))
            pairs = zip(week[old], week[young], strict=True)
            ratio = median(late / early for late, early in pairs)
            aged.use(old)
            more = [_seconds(clients[old], _address(report, basis, days)) for days in SPANS]
            rows.append(
                f"| {report.slug} | {basis.value} | {median(week[young]):.0f}"
                f" | {median(week[old]):.0f} | {ratio:.2f} | {' | '.join(more)} |"
            )
    spans = " | ".join(f"{days:,} days" for days in SPANS)
    lines = "|".join("---:" for _days in SPANS)
    head = SCREEN.format(rounds=ROUNDS, limit=PAGE_SECONDS, spans=spans, lines=lines)
    return head + "\n".join(rows) + "\n"


def exports(name: str) -> str:
    aged.use(name)
    user = User.objects.filter(is_superuser=True).earliest("pk")
    rows = []
    for report in REPORTS.values():
        made = [_exported(user, report, file_format) for file_format in Format]
        count = max((rows_total for _outcome, rows_total in made), default=0)
        rows.append(
            f"| {report.slug} | {count:,} | {' | '.join(outcome for outcome, _rows in made)} |"
        )
    head = FILES.format(
        days=DAYS_MAX,
        formats=" | ".join(file_format.value for file_format in Format),
        lines="|".join("---:" for _format in Format),
    )
    return head + "\n".join(rows) + "\n"


def checks(name: str) -> str:
    """The invariants, which a worker checks meanwhile."""
    aged.use(name)
    often = [one for one in INVARIANTS if one.cost != Cost.WHOLE]
    seconds, broken = [], []
    for check, invariants in ((check_recent, often), (check_invariants, INVARIANTS)):
        began = time.perf_counter()
        broken += check(invariants)
        seconds.append(time.perf_counter() - began)
    outcome = f"{len(broken)} violations" if broken else "all hold"
    return CHECKS.format(count=len(INVARIANTS), outcome=outcome, often=seconds[0], all=seconds[1])


def _in_turns(clients: dict[str, Client], address: str) -> dict[str, list[float]]:
    """Milliseconds by database, alternating; one warm-up round."""
    taken: dict[str, list[float]] = {name: [] for name in clients}
    for number in range(ROUNDS + 1):
        for name in sorted(clients, reverse=bool(number % 2)):
            aged.use(name)
            began = time.perf_counter()
            assert clients[name].get(address).status_code == 200, address
            taken[name].append((time.perf_counter() - began) * 1_000)
    return {name: rounds[1:] for name, rounds in taken.items()}


def _seconds(client: Client, address: str) -> str:
    found = []
    for _try in range(2):
        began = time.perf_counter()
        answer = client.get(address)
        assert answer.status_code == 200, address
        if TOO_SLOW not in answer.content:
            found.append(time.perf_counter() - began)
    return f"{min(found):.2f}" if found else "background"


def _address(report: Report, basis: Basis, days: int) -> str:
    last = _last_day()
    first = last - timedelta(days=days - 1)
    asked = f"first={first.isoformat()}&last={last.isoformat()}&basis={basis.value}"
    return f"/admin/reports/figures/{report.slug}/?{asked}"


def _last_day() -> date:
    at = timezone.now()
    return max(cinema.business_date(at) for cinema in Cinema.objects.all())


def _exported(user: User, report: Report, file_format: Format) -> tuple[str, int]:
    """Written as by a worker: (seconds or the outcome, rows)."""
    at, last = timezone.now(), _last_day()
    scope = ReportScope(
        cinemas=tuple(Cinema.objects.all()),
        first=last - timedelta(days=DAYS_MAX - 1),
        last=last,
        basis=report.bases[0],
        at=at,
    )
    ordered = jobs.create(
        user=user, report=report, scope=scope, file_format=file_format, language="en", at=at
    )
    began = time.perf_counter()
    job = jobs.run(ordered.pk, at)
    seconds = time.perf_counter() - began
    if job is None or job.state != JobState.DONE:
        return (job.failure_code if job else "lost").replace("too_many_rows", "refused"), 0
    jobs.storage().delete(job.file_name)
    return f"{seconds:.1f}", job.rows_total or 0

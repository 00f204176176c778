"""Contention for one hall: how fast a request for a seat that is already taken is refused."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import orjson
from django.db import connection

from benchmarks import hall, load, servers
from benchmarks.load import Load, percentile
from benchmarks.measures import SEATS_PER_HOLD, SEED, hold_requests
from benchmarks.result import Effort, Result, checked, compared, of_rounds
from movies.models import Showtime

ATTEMPTS = 10_000
TRIAL_ATTEMPTS = 500
CONNECTIONS = 64
ROUNDS_MAX = 3
GOAL = 0.80
WON, LOST = 201, 409


def contention(logs: Path, effort: Effort) -> list[Result]:
    """10,000 holds of two seats of one showtime of 200, 64 at a time, each by a different visitor.

    The pairs overlap and are requested in both orders; at most a hundred can succeed, and all
    others must be refused. Its floor is the rate of holds without contention, in the same run. It
    also fails on any response but 201 and 409, on a deadlock in pg_stat_database, on a seat
    confirmed to two visitors, and when refusals take longer than successes (p99).
    """
    free_halls = hall.open_hall(effort.hold_showtimes)
    [wanted] = hall.open_hall(1)
    chance = random.Random(SEED)
    seats = {showtime.pk: hall.seats_of(showtime) for showtime in free_halls}
    deadlocks_before = _deadlocks()
    rounds, waited, failures = [], Counter[str](), list[str]()
    won, lost = list[float](), list[float]()
    with ExitStack() as running:
        port = running.enter_context(servers.web_server(servers.PRODUCT, logs))
        checked("holds", load.run(port, iter(hold_requests(seats, chance))))
        for _number in range(min(effort.rounds, ROUNDS_MAX)):
            hall.reopen(free_halls)
            free = checked("holds", load.run(port, iter(hold_requests(seats, chance))))
            hall.reopen([wanted])
            rush = load.run(port, _rush(wanted, chance, effort), connections=CONNECTIONS)
            failures += _wrongs(rush, wanted)
            won += rush.latencies_by_status.get(WON, [])
            lost += rush.latencies_by_status.get(LOST, [])
            waited.update({str(status): count for status, count in rush.statuses.items()})
            rounds.append(compared(rush, free))
    deadlocks = _deadlocks() - deadlocks_before
    if deadlocks:
        failures.append(f"{deadlocks} deadlocks")
    winners, losers = percentile(won, 99), percentile(lost, 99)
    if losers > winners:
        failures.append(f"refusals take longer (p99): {losers:.0f} > {winners:.0f} ms")
    facts = {
        "responses": ", ".join(f"{count:,} × {status}" for status, count in sorted(waited.items())),
        "p99 of successes and refusals": f"{winners:.0f} and {losers:.0f} ms",
        "deadlocks": str(deadlocks),
    }
    return [of_rounds("contention", GOAL, rounds, "responses/s", facts=facts, failures=failures)]


def _rush(showtime: Showtime, chance: random.Random, effort: Effort) -> Iterator[bytes]:
    seats = hall.seats_of(showtime)
    requests = []
    for _attempt in range(TRIAL_ATTEMPTS if effort.is_trial else ATTEMPTS):
        at = chance.randrange(len(seats) - SEATS_PER_HOLD + 1)
        pair = seats[at : at + SEATS_PER_HOLD]
        requests.append(
            load.request(
                "POST",
                f"/api/v1/showtimes/{showtime.pk}/holds",
                orjson.dumps({"seats": pair if chance.random() < 0.5 else pair[::-1]}),
                X_Visitor=uuid.uuid4().hex,
            )
        )
    return iter(requests)


def _wrongs(rush: Load, showtime: Showtime) -> list[str]:
    wrongs = [
        f"{count} responses {status}"
        for status, count in rush.statuses.items()
        if status not in (WON, LOST)
    ]
    held = showtime.seats.filter(status="held").count()
    if held != rush.statuses[WON] * SEATS_PER_HOLD:
        wrongs.append(f"{rush.statuses[WON]} were confirmed, but {held} seats are held")
    return wrongs


def _deadlocks() -> int:
    with connection.cursor() as cursor:
        # A backend reports its counters to the view once it is idle for a moment.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        [deadlocks] = cursor.fetchone()
    return int(deadlocks)

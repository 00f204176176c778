"""API clients in processes of their own, with the standard library only."""

from __future__ import annotations

import http.client
import json
import random
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.synchronize import Barrier

TIMEOUT_SECONDS = 120.0
PARTY_MAX = 4
CLIENTS = 50
PROCESSES = 5
SCRAMBLES = 8  # requests for several seats, before requests for single seats
RIVALS_PER_SEAT = 2

together: Barrier


def set_up(barrier: Barrier) -> None:
    global together
    together = barrier


@dataclass(frozen=True)
class Plan:
    port: int
    showtime_id: int
    seat_ids: tuple[int, ...]
    process: int


@dataclass
class Report:
    """``answers``: (status, code); ``held``: (seat, hold) of every 201."""

    answers: list[tuple[int, str]] = field(default_factory=list)
    held: list[tuple[int, str]] = field(default_factory=list)


def go(plan: Plan) -> Report:
    """Run ten clients per process, each with its own connection and random seed."""
    report = Report()
    threads = [
        threading.Thread(target=_client, args=(plan, number, report))
        for number in range(plan.process, CLIENTS, PROCESSES)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return report


def _client(plan: Plan, number: int, report: Report) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", plan.port, timeout=TIMEOUT_SECONDS)
    chance = random.Random(number)
    together.wait(TIMEOUT_SECONDS)
    for wanted in _scrambles(plan, chance):
        _hold(connection, plan.showtime_id, wanted, report)
    # No request for several seats may be in progress now: it would make a request for one of them
    # fail and might then fail itself for another.
    together.wait(TIMEOUT_SECONDS)
    for wanted in _singles(plan, number):
        _hold(connection, plan.showtime_id, wanted, report)
    connection.close()


def _scrambles(plan: Plan, chance: random.Random) -> Iterator[list[int]]:
    for _ in range(SCRAMBLES):
        size = chance.randint(1, PARTY_MAX)
        first = chance.randrange(len(plan.seat_ids) - size + 1)
        wanted = list(plan.seat_ids[first : first + size])
        chance.shuffle(wanted)
        yield wanted


def _singles(plan: Plan, number: int) -> Iterator[list[int]]:
    """Two clients request every seat, each in its own order."""
    share = CLIENTS // RIVALS_PER_SEAT
    mine = plan.seat_ids[number % share :: share]
    for seat_id in mine if number < share else reversed(mine):
        yield [seat_id]


def _hold(
    connection: http.client.HTTPConnection, showtime_id: int, wanted: list[int], report: Report
) -> None:
    connection.request(
        "POST",
        f"/api/v1/showtimes/{showtime_id}/holds",
        body=json.dumps({"seats": wanted}),
        headers={"Content-Type": "application/json", "X-Visitor": uuid.uuid4().hex},
    )
    response = connection.getresponse()
    document = json.loads(response.read())
    report.answers.append((response.status, document.get("code", "")))
    if response.status == 201:
        report.held += [(seat["id"], document["id"]) for seat in document["seats"]]

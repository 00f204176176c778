"""Fifty clients and two hundred seats, over HTTP, against the shipped server."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from seating.models import SeatStatus
from tests.concurrency import clients, racers, servers
from tests.concurrency.deadlocks import deadlocks
from tests.factories import make_showtime

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def test_fifty_clients_fill_a_hall_over_http(tmp_path: Path) -> None:
    showtime = make_showtime(rows="ABCDEFGHIJ", seats_per_row=20)
    seats = tuple(showtime.seats.order_by("seat_id").values_list("seat_id", flat=True))
    context = multiprocessing.get_context("spawn")
    deadlocks_before = deadlocks()

    with (
        servers.web_server(tmp_path) as port,
        context.Pool(
            clients.PROCESSES, clients.set_up, (context.Barrier(clients.CLIENTS),)
        ) as pool,
    ):
        plans = [
            clients.Plan(port, showtime.pk, seats, process) for process in range(clients.PROCESSES)
        ]
        reports = pool.map_async(clients.go, plans, chunksize=1).get(racers.RACE_TIMEOUT_SECONDS)

    answers = [answer for report in reports for answer in report.answers]
    held_seats = [held for report in reports for held in report.held]
    assert len(answers) == clients.CLIENTS * clients.SCRAMBLES + 2 * len(seats)
    assert set(answers) == {(201, ""), (409, "seat_taken")}
    assert deadlocks() == deadlocks_before
    assert sorted(seat_id for seat_id, _hold in held_seats) == sorted(seats)
    assert sorted(held_seats) == [
        (seat.seat_id, str(seat.hold_id))
        for seat in showtime.seats.filter(status=SeatStatus.HELD).order_by("seat_id")
    ]

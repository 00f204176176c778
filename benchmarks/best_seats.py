"""The best seats for a party beside a hold of as many seats that were chosen by hand."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import orjson

from benchmarks import hall, load, servers
from benchmarks.load import Load
from benchmarks.measures import SEATS_PER_HOLD, SEED, hold_requests
from benchmarks.result import Effort, Result, Round, checked, of_rounds
from movies.models import Showtime

GOAL = 1.3
# The hall is not filled: at the end of it the choice has other work than a hold.
SHARE_OF_SEATS = 0.75


def best_seats(logs: Path, effort: Effort) -> list[Result]:
    """`POST /api/v1/showtimes/<id>/holds/best` for two, p99 in ms, each by a different visitor.

    Its floor is the p99 of holding two seats that the client names, `POST …/holds`, in the same
    run and over the same halls. Less is better: the choice may cost at most 30 % of a hold.
    """
    showtimes = hall.open_hall(effort.hold_showtimes)
    chance = random.Random(SEED)
    seats = {showtime.pk: hall.seats_of(showtime) for showtime in showtimes}
    with ExitStack() as running:
        port = running.enter_context(servers.web_server(servers.PRODUCT, logs))

        def run(requests: Callable[[], list[bytes]]) -> Load:
            hall.reopen(showtimes)
            return checked("best_seats", load.run(port, iter(requests())))

        def named() -> list[bytes]:
            wanted = hold_requests(seats, chance)
            return wanted[: int(len(wanted) * SHARE_OF_SEATS)]

        def best() -> list[bytes]:
            return best_requests(showtimes, seats, chance)

        run(named)
        run(best)
        rounds = []
        for _number in range(effort.rounds):
            floor, ours = run(named), run(best)
            rounds.append(
                Round(
                    value=round(ours.percentile_ms(99), 2),
                    floor=round(floor.percentile_ms(99), 2),
                    p99_ms=round(ours.percentile_ms(99), 2),
                    client_share=round(ours.client_share, 3),
                )
            )
    return [of_rounds("best_seats", GOAL, rounds, "ms (p99)", is_at_most=True)]


def best_requests(
    showtimes: list[Showtime], seats: dict[int, list[int]], chance: random.Random
) -> list[bytes]:
    """As many requests for two as SHARE_OF_SEATS allows, each by a different visitor."""
    requests = [
        load.request(
            "POST",
            f"/api/v1/showtimes/{showtime.pk}/holds/best",
            orjson.dumps({"size": SEATS_PER_HOLD}),
            X_Visitor=uuid.uuid4().hex,
        )
        for showtime in showtimes
        for _pair in range(int(len(seats[showtime.pk]) * SHARE_OF_SEATS) // SEATS_PER_HOLD)
    ]
    chance.shuffle(requests)
    return requests

"""Simulation of 10,000 parties in halls of 200 seats: occupancy when a pair has to be refused."""

from __future__ import annotations

import random
from statistics import mean

from seating.best_seats.choice import best_choices
from seating.best_seats.gaps import single_seats
from seating.best_seats.hall import Hall
from seating.best_seats.party import Availability, Party
from tests.seating.best_seats.halls import hall

PARTIES = 10_000
ROWS, SEATS_PER_ROW = "ABCDEFGHJK", 20
# Cinema parties by size, in percent.
SIZES = {1: 15, 2: 45, 3: 15, 4: 15, 5: 5, 6: 3, 7: 1, 8: 1}
PAIR = 2
SOLD_PERCENT_MIN = 97
SINGLE_PERCENT_MAX = 1


def sell_out(built: Hall, rng: random.Random) -> tuple[int, float, float]:
    """Seat parties until a pair is refused; returns the number of parties and the percentages of
    sold and of single seats."""
    free = frozenset(built.by_id)
    came = 0
    while True:
        came += 1
        size = rng.choices(list(SIZES), list(SIZES.values()))[0]
        choices = best_choices(Availability(built, free), Party(size), 1)
        if choices:
            free -= set(choices[0].ids)
        elif size == PAIR:
            break
    seats = len(built.seats)
    return came, 100 - 100 * len(free) / seats, 100 * len(single_seats(built, free)) / seats


def test_halls_are_full_before_a_pair_is_refused() -> None:
    rng = random.Random(13)
    built = hall("\n".join(f"{row}  {'r' * SEATS_PER_ROW}" for row in ROWS))
    came, sold, single = 0, [], []
    while came < PARTIES:
        parties, sold_percent, single_percent = sell_out(built, rng)
        came += parties
        sold.append(sold_percent)
        single.append(single_percent)

    assert (mean(sold) >= SOLD_PERCENT_MIN, mean(single) <= SINGLE_PERCENT_MAX) == (True, True), (
        f"sold {mean(sold):.2f} % (least {min(sold):.1f}), single {mean(single):.2f} %"
        f" (most {max(single):.1f}) over {len(sold)} halls"
    )

"""Past sales of the demo chain: buyers, seats, times and outcomes.

Written once, in bulk: the one place besides ``seating.holds`` that writes seat states. The rows are
those that customers would have created on the site, so every constraint and invariant holds for
them.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from bookings.models import Booking, TicketType, Voucher
from demo import chain
from demo.films.films import FILMS
from demo.history.rows import FIRST_CODE, SaleRows
from demo.history.sale import Buyer, Outcome, Sale
from demo.programme import DAYS_BACK, FRIDAY
from demo.seating import SeatOption, ShowtimeSeating, seatings_of
from movies.models import Showtime
from seating.holds.sales import block_seats

SEED = "layar demo history"
DAYS_SOLD_AHEAD = 4
SOLD_AHEAD_SHARE = 0.35  # of the tickets; the others are for shows that have begun
PARTY_SIZES = (1, 2, 3, 4, 5, 6)
PARTY_WEIGHTS = (14, 52, 13, 14, 3, 4)
ATTEMPTS_PER_TICKET = 4  # a party that finds no adjacent seats tries another showtime
FULL_SHARE_MAX = 0.9
PRIME_MINUTES = (16 * 60, 21 * 60 + 30)
ADVANCE_HOURS_MAX = 90
OUTCOMES = (Outcome.PAID, Outcome.EXPIRED, Outcome.FAILED, Outcome.REFUNDED)
OUTCOME_WEIGHTS = (91, 4, 3, 2)
SIGNED_IN_SHARE = 0.3
VOUCHER_SHARE = 0.06
CAME_SHARE = 0.96
BUZZ_SHAPE, BUZZ_MAX = 0.7, 40  # a few showtimes are almost full
BLOCKED_SHOWS = 8
BLOCKED_SEATS = 2


def is_written() -> bool:
    return Booking.objects.filter(code=FIRST_CODE).exists()


def write_history(tickets: int, at: datetime) -> int:
    """Sell about ``tickets`` tickets, some of them for the coming days; returns how many.

    What is sold is decided first and written in one short transaction, which fails if a seat was
    taken meanwhile.
    """
    if tickets <= 0:
        return 0
    chance = random.Random(SEED)
    begun, coming = _showtimes(at)
    rows = SaleRows(at)
    market = _Market(chance, at)
    past, next_ = seatings_of(begun), seatings_of(coming)
    market.sell(past, round(tickets * (1 - SOLD_AHEAD_SHARE)), rows)
    market.sell(next_, round(tickets * SOLD_AHEAD_SHARE), rows)
    with transaction.atomic():
        rows.write()
        _block_some(chance, next_)
    return rows.tickets_sold


def _showtimes(at: datetime) -> tuple[list[Showtime], list[Showtime]]:
    """Past and upcoming showtimes of the demo's own films."""
    shown = (
        Showtime.objects.live()
        .with_places()
        .filter(
            starts_at__gt=at - timedelta(days=DAYS_BACK),
            starts_at__lte=at + timedelta(days=DAYS_SOLD_AHEAD),
            movie__slug__in=[film.slug for film in FILMS],
            studio__cinema__slug__in=[cinema.slug for cinema in chain.CINEMAS],
        )
        .order_by("starts_at", "pk")
    )
    begun = [showtime for showtime in shown if showtime.starts_at <= at]
    return begun, [showtime for showtime in shown if showtime.starts_at > at]


def _block_some(chance: random.Random, seatings: Sequence[ShowtimeSeating]) -> None:
    """Block a few seats as out of order, as an example for managers."""
    for seating in chance.sample(seatings, min(BLOCKED_SHOWS, len(seatings))):
        seats = seating.adjacent_free_seats(BLOCKED_SEATS, chance)
        seating.take(seats)
        block_seats(showtime_seat_ids=[seat.showtime_seat_id for seat in seats])


class _Market:
    """Seeded generator of buyers and their choices."""

    def __init__(self, chance: random.Random, at: datetime) -> None:
        self.chance = chance
        self.at = at
        self.types = {kind.code: kind for kind in TicketType.objects.all()}
        # A voucher with a free ticket applies to few orders only.
        codes = [voucher.code for voucher in chain.VOUCHERS if voucher.kind != "buy_get"]
        self.vouchers = list(Voucher.objects.filter(code__in=codes))
        emails = [visitor.email for visitor in chain.CUSTOMERS]
        self.given: Counter[int] = Counter()
        self.users = list(User.objects.filter(email__in=emails).order_by("email"))
        self.popularity = {film.slug: film.popularity for film in FILMS}

    def sell(self, seatings: Sequence[ShowtimeSeating], tickets: int, rows: SaleRows) -> None:
        if not seatings:
            return
        weights = [self._pull(seating.showtime) for seating in seatings]
        goal = rows.tickets_sold + tickets
        for _attempt in range(tickets * ATTEMPTS_PER_TICKET):
            missing = goal - rows.tickets_sold
            if missing <= 0:
                return
            seating = self.chance.choices(seatings, weights)[0]
            party = min(self.chance.choices(PARTY_SIZES, PARTY_WEIGHTS)[0], missing)
            seats = seating.adjacent_free_seats(party, self.chance)
            if not seats or seating.sold_share > FULL_SHARE_MAX:
                continue
            sale = self._sale(seating, seats)
            # Released seats are not sold again, so that no two sales share a seat.
            seating.take(seats)
            rows.add(sale)

    def _pull(self, showtime: Showtime) -> float:
        local = showtime.starts_at.astimezone(showtime.studio.cinema.zone)
        minute = local.hour * 60 + local.minute
        prime = PRIME_MINUTES[0] <= minute <= PRIME_MINUTES[1]
        weekend = showtime.business_date.weekday() >= FRIDAY
        buzz = min(self.chance.paretovariate(BUZZ_SHAPE), BUZZ_MAX)
        popularity = self.popularity[showtime.movie.slug]
        return popularity**2 * (3 if prime else 1) * (2 if weekend else 1) * buzz

    def _sale(self, seating: ShowtimeSeating, seats: Sequence[SeatOption]) -> Sale:
        showtime = seating.showtime
        outcome = self.chance.choices(OUTCOMES, OUTCOME_WEIGHTS)[0]
        last = min(self.at, showtime.starts_at) - timedelta(minutes=20)
        hours = self.chance.triangular(0, ADVANCE_HOURS_MAX, 3)
        return Sale(
            showtime=showtime,
            seats=tuple(seats),
            ticket_types=tuple(self._ticket_type(showtime) for _seat in seats),
            buyer=self._buyer(),
            began_at=last - timedelta(hours=hours),
            outcome=outcome,
            voucher=self._voucher(),
            was_admitted=self.chance.random() < CAME_SHARE,
        )

    def _voucher(self) -> Voucher | None:
        """Pick a voucher for some sales, using at most half of its allowed uses."""
        if not self.vouchers or self.chance.random() >= VOUCHER_SHARE:
            return None
        voucher = self.chance.choice(self.vouchers)
        self.given[voucher.pk] += 1
        return voucher if self.given[voucher.pk] * 2 <= voucher.max_uses else None

    def _ticket_type(self, showtime: Showtime) -> TicketType:
        kinds, weights = ("adult", "student", "senior"), (80, 15, 5)
        if showtime.movie.classification == "SU":
            kinds, weights = ("adult", "child", "student"), (50, 40, 10)
        return self.types[self.chance.choices(kinds, weights)[0]]

    def _buyer(self) -> Buyer:
        if self.users and self.chance.random() < SIGNED_IN_SHARE:
            user = self.chance.choice(self.users)
            return Buyer(user.name, user.email, str(user.phone), user.language, user)
        name = self.chance.choice(chain.GUEST_NAMES)
        email = f"{name.lower().replace(' ', '.')}@{chain.MAIL_DOMAIN}"
        return Buyer(name, email, "", self.chance.choice(("id", "id", "id", "en")), None)

"""Random histories created through the domain functions only.

Two cinemas in different time zones, several films and days; bookings of all ticket types with and
without vouchers, paid in time, late, twice, with a wrong amount or not at all; partial and whole
cancellations with partial refunds; refunds that succeed, fail, or are paid by hand; cancelled
showtimes; admissions and no-shows.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from bookings.models import Booking, CancellationTier, ManualPayout, Ticket, Voucher
from bookings.orders import checkout
from bookings.payments.base import RefundReport
from bookings.refunds import cancellation, payouts, refunds
from bookings.showtimes import cancellation as showtimes_cancellation
from bookings.tickets import checkin
from bookings.tickets.codes import ticket_code
from core.errors import LayarError
from movies.models import Cinema, Movie, Showtime
from seating.holds import transitions
from tests.bookings.fake_provider import FakeProvider
from tests.bookings.fixtures import order_of, settle_at
from tests.factories import (
    make_cinema,
    make_movie,
    make_payment,
    make_showtime,
    make_studio,
    make_ticket_type,
    make_user,
    make_voucher,
)

ORDERS = 30
PAST_DAYS = 6
PROVIDERS = ("paper", "sandbox")  # the second is never polled: its refunds stay due


@dataclass
class History:
    """Random actions of customers, staff and banks, reproducible by seed."""

    bank: FakeProvider
    seed: int
    cinemas: list[Cinema] = field(default_factory=list)
    movies: list[Movie] = field(default_factory=list)
    showtimes: list[Showtime] = field(default_factory=list)
    vouchers: list[Voucher] = field(default_factory=list)
    staff: User = field(default_factory=lambda: make_user(is_staff=True, is_superuser=True))

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.now = timezone.now()
        self._build()
        for number in range(ORDERS):
            self._one_order(number)
        self._cancel_a_showtime()
        self._send_money_back()
        self._let_in()

    def _build(self) -> None:
        zones = ("Asia/Jakarta", "Asia/Jayapura")
        cities = (("Jakarta", "jakarta"), ("Jayapura", "jayapura"))
        for zone, (city, slug) in zip(zones, cities, strict=True):
            self.cinemas.append(make_cinema(time_zone=zone, city=city, city_slug=slug))
        self.movies = [
            make_movie(distributor="Sinar Film", is_indonesian=True, duration_minutes=110),
            make_movie(distributor="Sinar Film", duration_minutes=95),
            make_movie(duration_minutes=130),
        ]
        for number in range(6):
            studio = make_studio(self.cinemas[number % 2])
            starts_at = self.now + timedelta(hours=5 + 17 * number)
            movie = self.movies[number % 3]
            self.showtimes.append(
                make_showtime(studio, at=self.now, starts_at=starts_at, movie=movie, rows="ABCD")
            )
        for code, percent in (("adult", 100), ("student", 75), ("senior", 50)):
            make_ticket_type(code, price_percent=percent, name_id=code, name_en=code.title())
        old = {"valid_from": self.now - timedelta(days=60)}
        self.vouchers = [
            make_voucher(kind="percent", value=15, **old),
            make_voucher(kind="fixed", value=20_000, **old),
            make_voucher(kind="percent", value=100, **old),
        ]
        CancellationTier.objects.create(
            cinema=self.cinemas[0], hours_before=1, refund_percent=75, is_fee_refunded=False
        )

    def _moment(self) -> datetime:
        return self.now - timedelta(seconds=self.chance.uniform(3_600, PAST_DAYS * 86_400))

    def _later(self, at: datetime) -> datetime:
        return at + timedelta(seconds=self.chance.uniform(60, 40 * 3_600))

    def _one_order(self, number: int) -> None:
        at = self._moment()
        booking = self._order(number, at)
        if booking is None or booking.total_rupiah == 0:
            return
        payment = make_payment(booking, at=at, provider=self.chance.choice(PROVIDERS))
        way = self.chance.choice(
            ["paid"] * 6 + ["paid twice", "too late", "wrong amount", "failed", "abandoned"]
        )
        if way == "abandoned":
            return
        if way == "failed":
            settle_at(payment, self._later(at), "failed")
            return
        if way == "wrong amount":
            settle_at(payment, at, amount_rupiah=booking.total_rupiah - 1_000)
            return
        if way == "too late":
            checkout.abandon_booking(booking_id=booking.pk, at=at)
            settle_at(payment, self._later(at))
            return
        settle_at(payment, at)
        if way == "paid twice":
            settle_at(make_payment(booking, at=at), self._later(at))
        self._cancel(booking, self._later(at))

    def _order(self, number: int, at: datetime) -> Booking | None:
        showtime = self.chance.choice(self.showtimes)
        free = list(showtime.seats.filter(status="available").values_list("seat_id", flat=True))
        wanted = self.chance.sample(free, min(len(free), self.chance.randint(1, 4)))
        if not wanted:
            return None
        visitor = f"web:{self.seed}-{number}"
        held = transitions.hold_seats(showtime_id=showtime.pk, visitor=visitor, seat_ids=wanted)
        types = ("adult", "adult", "student", "senior")
        code = self.chance.choice([""] * 3 + [voucher.code for voucher in self.vouchers])
        booking = order_of(
            held,
            visitor=visitor,
            at=at,
            ticket_types={seat.seat_id: self.chance.choice(types) for seat in held.seats},
            voucher_code=code,
        )
        if booking.total_rupiah == 0:
            free_payment = make_payment(booking, at=at, provider="paper")
            settle_at(free_payment, at)
        return booking

    def _cancel(self, booking: Booking, at: datetime) -> None:
        way = self.chance.choice(["keep", "keep", "whole", "one", "one by one", "staff"])
        seats = [one.showtime_seat.seat_id for one in booking.tickets.all()]
        try:
            if way == "whole":
                cancellation.cancel_booking(booking_id=booking.pk, actor="buyer", at=at)
            elif way == "staff":
                cancellation.cancel_in_full(booking_id=booking.pk, actor="staff", at=at)
            elif way == "one":
                cancellation.cancel_booking(
                    booking_id=booking.pk, actor="buyer", at=at, seat_ids=seats[:1]
                )
            elif way == "one by one":
                for place, seat in enumerate(seats):
                    moment = at + timedelta(hours=place)
                    cancellation.cancel_booking(
                        booking_id=booking.pk, actor="buyer", at=moment, seat_ids=[seat]
                    )
        except LayarError:
            return  # too late under its terms: nothing changed

    def _cancel_a_showtime(self) -> None:
        at = self.now - timedelta(hours=2)
        showtimes_cancellation.request(
            showtime_id=self.showtimes[-1].pk, reason="Projector", user=self.staff, at=at
        )
        showtimes_cancellation.work(at + timedelta(minutes=1))

    def _send_money_back(self) -> None:
        """Pay refunds immediately, after failures or by hand; sandbox refunds stay due."""
        for answer, hours in self._answers():
            self.bank.refund_answer = answer
            at = self.now + timedelta(hours=hours)
            due = refunds._claim_due(at)
            for refund in due:
                if refund.payment.provider == "paper" and self.chance.random() < 0.6:
                    refunds._send(refund, at)
        open_ = ManualPayout.objects.filter(resolved_at__isnull=True)
        for payout in list(open_)[::2]:
            payouts.resolve(
                payout_id=payout.pk,
                user=self.staff,
                note="Transfer 7",
                at=self.now + timedelta(hours=20),
            )

    def _answers(self) -> Iterator[tuple[RefundReport, float]]:
        yield RefundReport("refunded"), -1
        yield RefundReport("failed", "busy"), 2
        yield RefundReport("failed", "refund_unsupported"), 5
        yield RefundReport("refunded"), 9

    def _let_in(self) -> None:
        tickets = Ticket.objects.live().select_related("booking__showtime")
        for ticket in tickets.order_by("pk"):
            if self.chance.random() < 0.7:
                starts_at = ticket.booking.showtime.starts_at
                checkin.admit(code=ticket_code(ticket), usher=self.staff, at=starts_at)

"""Rows for tests, made the short way: a whole, valid state and nothing more.

Every builder takes what the test cares about by keyword and invents the rest. They write rows
directly, without the domain functions, so that a test of a domain function does not lean on it.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from bookings.models import (
    Booking,
    BookingEvent,
    BookingStatus,
    EventKind,
    Payment,
    PaymentStatus,
    Refund,
    Ticket,
    TicketType,
    Voucher,
)
from movies.models import Cinema, Movie, Showtime, Studio
from seating.models import Hold, HoldEnd, Layout, Seat, SeatCategory, SeatStatus, ShowtimeSeat

_numbers = itertools.count(1)

BASE_PRICE_RUPIAH = 50_000
FEE_RUPIAH = 3_000
PASSWORD = "a long enough password"


def make_user(**fields: Any) -> User:
    number = next(_numbers)
    fields = {
        "email": f"person{number}@example.com",
        "password": PASSWORD,
        "name": f"Person {number}",
    } | fields
    return User.objects.create_user(**fields)


def make_manager(*cinemas: Cinema, **fields: Any) -> User:
    """A member of staff who was given these cinemas."""
    manager = make_user(is_staff=True, **fields)
    manager.cinemas.set(cinemas)
    return manager


def make_cinema(**fields: Any) -> Cinema:
    number = next(_numbers)
    return Cinema.objects.create(
        **{
            "name": f"Layar Satu {number}",
            "slug": f"layar-satu-{number}",
            "city": "Jakarta",
            "city_slug": "jakarta",
            "address": "Jl. Contoh 1",
            "time_zone": "Asia/Jakarta",
        }
        | fields
    )


def make_studio(cinema: Cinema | None = None, **fields: Any) -> Studio:
    return Studio.objects.create(
        **{"cinema": cinema or make_cinema(), "name": f"Studio {next(_numbers)}"} | fields
    )


def make_layout(
    studio: Studio, *, rows: str = "AB", seats_per_row: int = 5, **fields: Any
) -> Layout:
    """The studio's next layout: ``rows`` of regular seats without gaps, row A at the screen."""
    layout = Layout.objects.create(
        **{"studio": studio, "version": studio.layouts.count() + 1, "grid": ""} | fields
    )
    Seat.objects.bulk_create(
        Seat(
            layout=layout,
            row=row,
            number=number,
            column=number,
            line=line,
            category=SeatCategory.REGULAR,
        )
        for line, row in enumerate(rows)
        for number in range(1, seats_per_row + 1)
    )
    return layout


def make_movie(**fields: Any) -> Movie:
    number = next(_numbers)
    return Movie.objects.create(
        **{
            "slug": f"film-{number}",
            "title_id": f"Film {number}",
            "title_en": f"Picture {number}",
            "synopsis_id": "Sebuah cerita.",
            "synopsis_en": "A story.",
            "duration_minutes": 100,
            "classification": "SU",
            "release_date": date(2026, 1, 1),
            "original_language": "Indonesia",
            "country": "Indonesia",
            "director": "A. Sutradara",
        }
        | fields
    )


def make_showtime(
    studio: Studio | None = None,
    *,
    at: datetime | None = None,
    starts_at: datetime | None = None,
    layout: Layout | None = None,
    rows: str = "AB",
    seats_per_row: int = 5,
    **fields: Any,
) -> Showtime:
    """On sale at ``at`` (now), starting a day later, with a row for each of its free seats."""
    at = at or timezone.now()
    starts_at = starts_at or at + timedelta(days=1)
    studio = studio or make_studio()
    movie = fields.pop("movie", None) or make_movie()
    showtime = Showtime.objects.create(
        **{
            "studio": studio,
            "movie": movie,
            "starts_at": starts_at,
            "ends_at": starts_at + studio.occupied_for(movie.duration_minutes),
            "business_date": studio.cinema.business_date(starts_at),
            "audio_language": "Indonesia",
            "sale_opens_at": min(at, starts_at) - timedelta(hours=1),
            "sale_closes_at": starts_at,
            "base_price_rupiah": BASE_PRICE_RUPIAH,
        }
        | fields
    )
    layout = layout or make_layout(studio, rows=rows, seats_per_row=seats_per_row)
    ShowtimeSeat.objects.bulk_create(
        ShowtimeSeat(showtime=showtime, seat=seat, price_rupiah=showtime.base_price_rupiah)
        for seat in layout.seats.all()
    )
    return showtime


def free_seats(showtime: Showtime, count: int) -> list[ShowtimeSeat]:
    seats = showtime.seats.filter(status=SeatStatus.AVAILABLE).order_by("seat_id")[:count]
    return list(seats.select_related("seat"))


def make_hold(
    showtime: Showtime,
    seats: Sequence[ShowtimeSeat] | int = 1,
    *,
    at: datetime | None = None,
    seconds: int = 300,
    visitor: str | None = None,
    **fields: Any,
) -> Hold:
    """A hold on ``seats`` (or on that many free ones) until ``at + seconds``."""
    at = at or timezone.now()
    hold = Hold.objects.create(
        **{
            "showtime": showtime,
            "visitor": visitor or f"web:{uuid.uuid4()}",
            "created_at": min(at, at + timedelta(seconds=seconds - 1)),
            "expires_at": at + timedelta(seconds=seconds),
        }
        | fields
    )
    for seat in free_seats(showtime, seats) if isinstance(seats, int) else seats:
        seat.status, seat.hold, seat.held_until = SeatStatus.HELD, hold, hold.expires_at
        seat.version += 1
        seat.save(update_fields=["status", "hold", "held_until", "version"])
    return hold


def make_ticket_type(code: str = "adult", **fields: Any) -> TicketType:
    kind, _created = TicketType.objects.get_or_create(
        code=code, defaults={"name_id": "Dewasa", "name_en": "Adult"} | fields
    )
    return kind


def make_voucher(**fields: Any) -> Voucher:
    at = timezone.now()
    return Voucher.objects.create(
        **{
            "code": f"HEMAT{next(_numbers)}",
            "kind": "fixed",
            "value": 10_000,
            "valid_from": at - timedelta(days=1),
            "valid_until": at + timedelta(days=30),
            "max_uses": 100,
        }
        | fields
    )


def make_booking(
    showtime: Showtime | None = None,
    seats: Sequence[ShowtimeSeat] | int = 2,
    *,
    at: datetime | None = None,
    hold: Hold | None = None,
    **fields: Any,
) -> Booking:
    """A pending order with a sealed hold, its order lines, and one started payment."""
    at = at or timezone.now()
    hold = hold or make_hold(showtime or make_showtime(at=at), seats, at=at)
    lines = list(hold.seats.order_by("seat_id"))
    seats_rupiah = sum(line.price_rupiah for line in lines)
    fee_rupiah = FEE_RUPIAH * len(lines)
    booking = Booking.objects.create(
        **{
            "showtime": hold.showtime,
            "hold": hold,
            "visitor": hold.visitor,
            "contact_name": "Siti Rahma",
            "contact_email": f"siti{next(_numbers)}@example.com",
            "contact_phone": "+6281234567890",
            "seats_rupiah": seats_rupiah,
            "fee_rupiah": fee_rupiah,
            "total_rupiah": seats_rupiah + fee_rupiah,
            "tax_rupiah": 0,
            "created_at": at,
            "expires_at": hold.expires_at,
        }
        | fields
    )
    Hold.objects.filter(pk=hold.pk).update(sealed_at=at)
    adult = make_ticket_type()
    Ticket.objects.bulk_create(
        Ticket(
            booking=booking,
            showtime_seat=line,
            ticket_type=adult,
            seat_price_rupiah=line.price_rupiah,
            price_rupiah=line.price_rupiah,
            fee_rupiah=FEE_RUPIAH,
        )
        for line in lines
    )
    make_event(booking, EventKind.CREATED, at=at)
    make_payment(booking, at=at)
    return booking


def make_payment(booking: Booking, *, at: datetime | None = None, **fields: Any) -> Payment:
    at = at or timezone.now()
    payment = Payment.objects.create(
        **{
            "booking": booking,
            "provider": "sandbox",
            "reference": f"ref-{uuid.uuid4()}",
            "status": PaymentStatus.PENDING,
            "amount_rupiah": booking.total_rupiah,
            "redirect_url": "http://testserver/sandbox/pay/",
            "created_at": at,
            "expires_at": booking.expires_at,
        }
        | fields
    )
    make_event(booking, EventKind.PAYMENT_STARTED, at=at)
    return payment


def make_event(
    booking: Booking,
    kind: EventKind,
    *,
    amount_rupiah: int = 0,
    at: datetime | None = None,
    **facts: Any,
) -> BookingEvent:
    return BookingEvent.objects.create(
        booking=booking,
        kind=kind,
        at=at or timezone.now(),
        actor="test",
        amount_rupiah=amount_rupiah,
        facts=facts,
    )


def make_confirmed_booking(
    showtime: Showtime | None = None,
    seats: Sequence[ShowtimeSeat] | int = 2,
    *,
    at: datetime | None = None,
    **fields: Any,
) -> Booking:
    """Paid and sold: tickets issued, payment applied, seats sold, the ledger in balance."""
    at = at or timezone.now()
    booking = make_booking(showtime, seats, at=at, **fields)
    capture(booking.payments.get(), at=at, applied_at=at)
    assert booking.hold is not None
    for seat in booking.hold.seats.all():
        seat.status, seat.sale = SeatStatus.SOLD, booking.pk
        seat.hold = seat.held_until = None
        seat.version += 1
        seat.save(update_fields=["status", "sale", "hold", "held_until", "version"])
    Hold.objects.filter(pk=booking.hold.pk).update(ended_at=at, end=HoldEnd.SOLD)
    booking.tickets.update(issued_at=at)
    booking.status, booking.confirmed_at = BookingStatus.CONFIRMED, at
    booking.save(update_fields=["status", "confirmed_at"])
    make_event(booking, EventKind.CONFIRMED, at=at)
    return booking


def capture(payment: Payment, *, at: datetime | None = None, **fields: Any) -> Payment:
    """The provider took the money."""
    at = at or timezone.now()
    fields = {
        "status": PaymentStatus.SUCCEEDED,
        "captured_rupiah": payment.amount_rupiah,
        "settled_at": at,
    } | fields
    Payment.objects.filter(pk=payment.pk).update(**fields)
    payment.refresh_from_db()
    make_event(
        payment.booking,
        EventKind.PAYMENT_SUCCEEDED,
        amount_rupiah=payment.captured_rupiah,
        at=at,
        payment=payment.pk,
    )
    return payment


def make_refund(
    payment: Payment, *, reason: str = "late", at: datetime | None = None, **fields: Any
) -> Refund:
    """All of a captured payment is due to go back."""
    at = at or timezone.now()
    amount_rupiah = fields.pop("amount_rupiah", payment.captured_rupiah)
    refund = Refund.objects.create(
        payment=payment,
        amount_rupiah=amount_rupiah,
        reason=reason,
        created_at=at,
        next_attempt_at=at,
        **fields,
    )
    payment.refund_due_rupiah += amount_rupiah
    payment.save(update_fields=["refund_due_rupiah"])
    make_event(payment.booking, EventKind.REFUND_DUE, at=at, refund=refund.pk)
    return refund

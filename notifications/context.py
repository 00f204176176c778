"""Template context of messages: a fixed list of placeholders."""

from __future__ import annotations

import re
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.conf import settings
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from bookings.models import Booking, Refund, Ticket
from bookings.orders.access_tokens import access_token
from bookings.tickets import documents as tickets
from movies.models import Cinema, Showtime
from notifications.models import Message

# Text that mail programs turn into a link.
ADDRESS_LIKE = re.compile(r"://|\w\.\w{2,}|\bwww\b", re.IGNORECASE)
NO_NAME = re.compile(r"[^\w' -]+")


@dataclass(frozen=True)
class TicketFacts:
    seat: str
    type_name: str
    paid_rupiah: int
    qr_id: str
    code: str


@dataclass(frozen=True)
class BeforeFacts:
    """Time and studio of a showtime before it was moved."""

    date: str
    short_date: str
    time: str
    studio: str


@dataclass(frozen=True)
class Facts:
    """Plain values in the active language.

    ``reason`` is set only for refunds, ``refund_rupiah`` and ``cancelled_seats`` for refunds and
    cancellations, ``before`` and ``changed_seats`` for moved showtimes.
    """

    site_name: str
    site_url: str
    booking_url: str
    booking_code: str
    name: str
    film: str
    classification: str
    classification_words: str
    screen_format: str
    cinema: str
    address: str
    studio: str
    date: str
    short_date: str
    time: str
    seats: str
    seats_rupiah: int
    fee_rupiah: int
    discount_rupiah: int
    total_rupiah: int
    tax_rupiah: int
    tickets: tuple[TicketFacts, ...]
    refund_rupiah: int
    reason: str
    cancelled_seats: str
    before: BeforeFacts | None
    changed_seats: str
    is_by_hand: bool


def safe_name(name: str) -> str:
    """A name without anything like a link: its author may not be its reader."""
    plain = NO_NAME.sub(" ", name) if ADDRESS_LIKE.search(name) else name
    return " ".join(plain.split())


def facts_of(message: Message) -> Facts:
    """Read the context of ``message``; the caller has activated its language."""
    booking = Booking.objects.with_details().get(pk=message.booking_id)
    showtime = booking.showtime
    cinema = showtime.studio.cinema
    refund, event_facts = _refund(message), message.event.facts
    return Facts(
        site_name=settings.SITE_NAME,
        site_url=settings.SITE_URL,
        booking_url=booking_url(booking),
        booking_code=booking.code,
        name=_name(booking),
        film=showtime.movie.title,
        classification=showtime.movie.classification,
        classification_words=showtime.movie.get_classification_display(),
        screen_format=showtime.get_screen_format_display(),
        cinema=cinema.name,
        address=_address(cinema),
        studio=showtime.studio.name,
        date=tickets.show_date(showtime),
        short_date=tickets.show_date(showtime, "short"),
        time=_time(showtime, event_facts.get("after")),
        seats=tickets.seat_labels(booking),
        seats_rupiah=booking.seats_rupiah,
        fee_rupiah=booking.fee_rupiah,
        discount_rupiah=booking.discount_rupiah,
        total_rupiah=booking.total_rupiah,
        tax_rupiah=booking.tax_rupiah,
        tickets=tuple(_ticket(ticket) for ticket in tickets.shown_tickets(booking)),
        refund_rupiah=refund.amount_rupiah if refund else event_facts.get("refund_rupiah", 0),
        reason=refund.reason if refund else "",
        cancelled_seats=", ".join(event_facts.get("seats", [])),
        before=_before(showtime, event_facts.get("before")),
        changed_seats=", ".join(
            f"{old} → {new}" for old, new in event_facts.get("seat_changes", [])
        ),
        is_by_hand=event_facts.get("by_hand", False),
    )


def _name(booking: Booking) -> str:
    """The typed name, once the booking was paid for or the account confirmed the address.

    Until then anybody may have typed any text for the address of somebody else.
    """
    is_known = booking.confirmed_at is not None or (
        booking.user_id is not None
        and EmailAddress.objects.filter(
            user=booking.user_id, email__iexact=booking.contact_email, verified=True
        ).exists()
    )
    return safe_name(booking.contact_name) if is_known else _("moviegoer")


def booking_url(booking: Booking) -> str:
    """Signed URL of the booking, which needs no sign-in, in the active language."""
    path = reverse("bookings:guest_link", args=[booking.code, access_token(booking)])
    return f"{settings.SITE_URL}{path}"


def _address(cinema: Cinema) -> str:
    """The address with its city, unless it already ends with it."""
    if cinema.address.endswith(cinema.city):
        return cinema.address
    return f"{cinema.address}, {cinema.city}"


def _ticket(ticket: Ticket) -> TicketFacts:
    return TicketFacts(
        seat=ticket.showtime_seat.seat.label,
        type_name=ticket.ticket_type.name,
        paid_rupiah=ticket.paid_rupiah,
        qr_id=f"qr-{ticket.pk}@layar",
        code=tickets.ticket_code(ticket),
    )


def _before(showtime: Showtime, event_facts: dict[str, str] | None) -> BeforeFacts | None:
    starts_at = parse_datetime(event_facts["starts_at"]) if event_facts else None
    if event_facts is None or starts_at is None:
        return None
    previous = Showtime(starts_at=starts_at, studio=showtime.studio)
    return BeforeFacts(
        date=tickets.show_date(previous),
        short_date=tickets.show_date(previous, "short"),
        time=_time(previous, event_facts),
        studio=event_facts["studio"],
    )


def _time(showtime: Showtime, event_facts: dict[str, str] | None) -> str:
    """The start; after a change of the film's end, start and end: ``19:00–21:05 WIB``."""
    start, _space, zone_name = tickets.show_time(showtime).partition(" ")
    film_ends_at = parse_datetime((event_facts or {}).get("film_ends_at", ""))
    if film_ends_at is None:
        return f"{start} {zone_name}"
    local = film_ends_at.astimezone(showtime.studio.cinema.zone)
    return f"{start}–{local:%H:%M} {zone_name}"


def _refund(message: Message) -> Refund | None:
    refund_id = message.event.facts.get("refund")
    return Refund.objects.get(pk=refund_id) if refund_id else None

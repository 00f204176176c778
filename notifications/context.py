"""Template context of messages: a fixed list of placeholders."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

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

# Text that mail programs render as a link.
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
    start: str
    time: str
    studio: str


@dataclass(frozen=True)
class Facts:
    """Plain values in the active language. Amounts are those of ``tickets``; ``time`` is from
    ``start`` to the film's end.

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
    start: str
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
    """The name without anything like a link: its author and its reader may differ."""
    plain = NO_NAME.sub(" ", name) if ADDRESS_LIKE.search(name) else name
    return " ".join(plain.split())


def show_facts(showtime: Showtime) -> dict[str, str]:
    """What every message says of its showtime, in the active language."""
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "film": showtime.movie.title,
        "classification": showtime.movie.classification,
        "classification_words": showtime.movie.get_classification_display(),
        "screen_format": showtime.get_screen_format_display(),
        "cinema": showtime.studio.cinema.name,
        "studio": showtime.studio.name,
        "date": tickets.show_date(showtime),
        "short_date": tickets.short_show_date(showtime),
        "start": tickets.show_start(showtime),
        "time": tickets.show_time(showtime),
    }


def facts_of(message: Message, booking: Booking) -> Facts:
    """The context of ``message``; ``booking`` with details. The language has been activated."""
    showtime = booking.showtime
    refund, event_facts = _refund(message), _event_facts(message)
    shown = tickets.shown_tickets(booking)
    return Facts(
        **show_facts(showtime),
        booking_url=booking_url(booking),
        booking_code=booking.code,
        name=_name(booking),
        address=_address(showtime.studio.cinema),
        seats=tickets.seat_labels(booking),
        seats_rupiah=sum(ticket.price_rupiah for ticket in shown),
        fee_rupiah=sum(ticket.fee_rupiah for ticket in shown),
        discount_rupiah=sum(ticket.discount_rupiah for ticket in shown),
        total_rupiah=sum(ticket.paid_rupiah for ticket in shown),
        tax_rupiah=booking.tax_rupiah if len(shown) == booking.tickets.count() else 0,
        tickets=tuple(_ticket(ticket) for ticket in shown),
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
    """The entered name, once the booking is paid or the account has confirmed the address.

    Until then anybody may have entered any text for somebody else's address.
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
    # Events of earlier versions do not name the end.
    film_ends_at = parse_datetime(event_facts.get("film_ends_at", ""))
    previous = Showtime(
        starts_at=starts_at,
        ends_at=starts_at + (showtime.ends_at - showtime.starts_at),
        business_date=showtime.studio.cinema.business_date(starts_at),
        studio=showtime.studio,
    )
    return BeforeFacts(
        date=tickets.show_date(previous),
        short_date=tickets.short_show_date(previous),
        start=tickets.show_start(previous),
        time=tickets.show_time(previous, film_ends_at),
        studio=event_facts["studio"],
    )


def _event_facts(message: Message) -> dict[str, Any]:
    return message.event.facts if message.event else {}


def _refund(message: Message) -> Refund | None:
    refund_id = _event_facts(message).get("refund")
    return Refund.objects.get(pk=refund_id) if refund_id else None

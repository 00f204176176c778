"""Messages as emails: HTML and plain text, with tickets attached."""

from __future__ import annotations

import re
from email.mime.image import MIMEImage
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from bookings.models import Booking
from bookings.orders.details import booking_with_details
from bookings.tickets import documents
from notifications.context import Facts, facts_of
from notifications.models import Message, MessageKind
from notifications.waitlist.messages import WaitlistFacts, waitlist_facts

SUBJECT_LENGTH_MAX = 120
# Moved showtimes too: the PDF and calendar entry sent before are outdated.
KINDS_WITH_TICKETS = {
    MessageKind.BOOKING_CONFIRMED,
    MessageKind.TICKETS_RESENT,
    MessageKind.SHOWTIME_CHANGED,
}


def send_email(message: Message) -> str:
    """Send one message through Django's email backend; returns its Message-ID."""
    email = build_email(message)
    email.send()
    return str(email.extra_headers["Message-ID"])


def build_email(message: Message) -> EmailMultiAlternatives:
    """A message always has the same Message-ID, so that duplicates can be recognised."""
    with translation.override(message.language):
        booking = booking_with_details(message.booking_id) if message.booking_id else None
        facts = facts_of(message, booking) if booking else waitlist_facts(message)
        subject = _subject(message.kind, facts)
        context: dict[str, object] = {
            "facts": facts,
            "site_name": facts.site_name,
            "site_url": facts.site_url,
            "language": message.language,
            "subject": subject,
        }
        email = EmailMultiAlternatives(
            subject=subject,
            body=_render(message.kind, "txt", context),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[message.recipient],
            headers={
                "Message-ID": f"<{message.pk}@{_mail_domain()}>",
                "Auto-Submitted": "auto-generated",
                "Content-Language": message.language,
            },
        )
        email.attach_alternative(_render(message.kind, "html", context), "text/html")
    if booking and isinstance(facts, Facts) and message.kind in KINDS_WITH_TICKETS:
        _attach_tickets(email, booking, facts)
    return email


def _render(kind: str, suffix: str, context: dict[str, object]) -> str:
    text = render_to_string(f"notifications/email/{kind}.{suffix}", context).strip() + "\n"
    return re.sub(r"\n{3,}", "\n\n", text)


def _subject(kind: str, facts: Facts | WaitlistFacts) -> str:
    """A single line, because a line break in a title would inject a header."""
    context = {"film": facts.film, "date": facts.short_date, "time": facts.start}
    context["code"] = facts.booking_code if isinstance(facts, Facts) else ""
    subject = {
        MessageKind.BOOKING_CONFIRMED: _("Your tickets: %(film)s, %(date)s"),
        MessageKind.TICKETS_RESENT: _("Your tickets: %(film)s, %(date)s"),
        MessageKind.PAYMENT_FAILED: _("Payment not completed: %(film)s"),
        MessageKind.PAID_TOO_LATE: _("Your payment will be refunded (%(code)s)"),
        MessageKind.REFUND_DONE: _("Your refund is done (%(code)s)"),
        MessageKind.BOOKING_CANCELLED: _("Booking cancelled: %(film)s (%(code)s)"),
        MessageKind.TICKETS_CANCELLED: _("Tickets cancelled: %(film)s (%(code)s)"),
        MessageKind.SHOWTIME_CHANGED: _("New time or studio: %(film)s, %(date)s"),
        MessageKind.SHOWTIME_CANCELLED: _("Showtime cancelled: %(film)s, %(date)s"),
        MessageKind.REMINDER: _("It begins soon: %(film)s, %(time)s"),
        MessageKind.WAITLIST_CONFIRM: _("Confirm your waitlist entry: %(film)s, %(date)s"),
        MessageKind.WAITLIST_OFFER: _("Seats for you: %(film)s, %(date)s"),
        MessageKind.ADDRESS_CHANGED: _("Another address for booking %(code)s"),
    }[MessageKind(kind)]
    return " ".join((subject % context).split())[:SUBJECT_LENGTH_MAX]


def _attach_tickets(email: EmailMultiAlternatives, booking: Booking, facts: Facts) -> None:
    """Attach inline QR codes, the PDF and a calendar entry."""
    for ticket in facts.tickets:
        picture = MIMEImage(documents.qr_png(ticket.code), "png")
        picture.add_header("Content-ID", f"<{ticket.qr_id}>")
        picture.add_header("Content-Disposition", "inline", filename=f"{ticket.seat}.png")
        email.attach(picture)
    name = f"{settings.SITE_NAME.lower()}-{booking.code}"
    email.attach(f"{name}.pdf", documents.ticket_pdf(booking), "application/pdf")
    email.attach(f"{name}.ics", documents.calendar_ics(booking), "text/calendar")


def _mail_domain() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"

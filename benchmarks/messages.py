"""Emails of sales: with PDF and calendar entry, through an SMTP server."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.test.utils import override_settings
from django.utils import timezone

from benchmarks import servers
from benchmarks.checkout import offer_tickets, orders
from benchmarks.floors import sale_worker as floor
from benchmarks.load import NothingMeasured
from benchmarks.result import Effort, Result, Round, of_rounds
from benchmarks.sale.installation import sinks
from bookings.models import Booking
from bookings.orders.details import booking_with_details
from bookings.tickets import documents
from core.db.prepared import keep_related
from notifications import delivery
from notifications.email import build_email
from notifications.models import Channel, DeliveryAttempt, Message, MessageStatus

GOAL = 0.50
HALLS = 1  # of 100 bookings
TRIAL_MESSAGES = 10
TO_WARM = 10
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def messages(logs: Path, effort: Effort) -> list[Result]:
    """Confirmation emails per second of CPU time: two tickets, PDF, calendar entry, QR codes.

    Everything that a worker does for one, in this process: claim, read, render, send, record. The
    floor claims, reads and records the same rows by plain psycopg and sends prepared bytes. The
    CPU time is this process's; PostgreSQL and the SMTP server are not counted.
    """
    offer_tickets()
    with ExitStack() as running:
        waiting = _waiting(running, logs)[: TRIAL_MESSAGES if effort.is_trial else None]
        variables = running.enter_context(sinks(logs))
        os.environ.update(variables)
        server = urlsplit(variables["EMAIL_URL"])
        settings = {"EMAIL_HOST": server.hostname, "EMAIL_PORT": server.port}
        running.enter_context(override_settings(EMAIL_BACKEND=SMTP, **settings))
        email = build_email(Message.objects.get(pk=waiting[0])).message().as_bytes()
        attempt = {"id": None, "succeeded": True, "detail": str(uuid4())}
        ways: tuple[Callable[[UUID], object], ...] = (
            lambda pk: delivery.deliver(pk, at=timezone.now()),
            lambda pk: floor.deliver(str(pk), attempt, email),
        )
        for way in ways:
            _per_second(way, waiting[:TO_WARM])
        taken = [
            Round(*(round(_per_second(way, waiting), 1) for way in ways))
            for _number in range(effort.rounds)
        ]
        return [of_rounds("messages", GOAL, taken, "emails/s of CPU", facts=_facts(waiting))]


def _waiting(running: ExitStack, logs: Path) -> list[UUID]:
    """Emails of new bookings, which no worker has sent."""
    bank = running.enter_context(servers.web_server(servers.BANK, logs))
    environment = {"SANDBOX_ENABLED": "true", "SANDBOX_API_URL": f"http://127.0.0.1:{bank}/api"}
    product = running.enter_context(servers.web_server(servers.PRODUCT, logs, **environment))
    before = set(Message.objects.values_list("pk", flat=True))
    orders(product, HALLS)
    new = Message.objects.filter(channel=Channel.EMAIL).exclude(pk__in=before)
    return list(new.values_list("pk", flat=True))


def _per_second(deliver: Callable[[UUID], object], message_ids: list[UUID]) -> float:
    """Raises NothingMeasured unless every message was sent."""
    theirs = Message.objects.filter(pk__in=message_ids)
    due = {"status": MessageStatus.WAITING, "attempts": 0, "next_attempt_at": timezone.now()}
    theirs.update(**due, sent_at=None)
    DeliveryAttempt.objects.filter(message__in=message_ids).delete()
    began = time.process_time()
    for message_id in message_ids:
        deliver(message_id)
    took = time.process_time() - began
    sent = theirs.filter(status=MessageStatus.SENT).count()
    if not message_ids or sent != len(message_ids):
        raise NothingMeasured(f"{sent} of {len(message_ids)} messages were sent")
    return sent / took


def _facts(message_ids: list[UUID]) -> dict[str, str]:
    """CPU time of a file, each of another booking."""
    # With another end, because codes that were shown before are kept.
    booking_ids = Message.objects.filter(pk__in=message_ids).values_list("booking", flat=True)
    bookings = [booking_with_details(pk) for pk in booking_ids if pk is not None]
    codes = [documents.ticket_code(booking.tickets.all()[0]) + "x" for booking in bookings]
    singles = [_with_one_ticket(booking) for booking in bookings]
    return {
        "calendar entry": _median_ms([partial(documents.calendar_ics, one) for one in bookings]),
        "QR code as PNG": _median_ms([partial(documents.qr_png, code) for code in codes]),
        "PDF of one ticket": _median_ms([partial(documents.ticket_pdf, one) for one in singles]),
    }


def _with_one_ticket(booking: Booking) -> Booking:
    keep_related(booking, "tickets", "booking", list(booking.tickets.all()[:1]))
    return booking


def _median_ms(works: list[Callable[[], object]]) -> str:
    taken = []
    for work in works:
        began = time.process_time()
        work()
        taken.append((time.process_time() - began) * 1_000)
    return f"{median(taken):.1f} ms"

"""Signal receivers: messages for booking events, invitations of staff, and a person's messages
for export and erasure.

Booking signals are sent in the transaction of their event, so a message exists if and only if its
event was committed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Concat
from django.dispatch import receiver

from accounts.auth.session import has_second_factor
from accounts.privacy.erasure import Erasing
from accounts.privacy.person import Person
from accounts.signals import person_erased, personal_data_wanted
from accounts.staff_access.invitations import invite
from bookings import signals
from bookings.models import (
    Booking,
    BookingEvent,
    EventKind,
    Refund,
    RefundReason,
    WaitlistEntry,
    WaitlistEvent,
)
from bookings.personal_data import ADDRESS_ROWS, ROWS, bookings_of
from bookings.tickets.resend import has_tickets_to_send
from bookings.waitlist.personal_data import ROWS as WAITLIST_ROWS
from bookings.waitlist.personal_data import entries_of
from movies.signals import role_assigned
from notifications import delivery
from notifications.dispatch import enqueue, enqueue_to
from notifications.models import Channel, Message, MessageKind, MessageStatus
from notifications.waitlist.messages import enqueue_waitlist

# Refunds without a request: the buyer must learn at once that they have no seat.
UNREQUESTED_REASONS = {RefundReason.LATE, RefundReason.DUPLICATE, RefundReason.MISMATCH}


@receiver(signals.booking_confirmed)
def on_confirmed(*, booking: Booking, event: BookingEvent, **_kwargs: Any) -> None:
    enqueue(booking, event, MessageKind.BOOKING_CONFIRMED, Channel.EMAIL, Channel.SMS)


@receiver(signals.booking_failed)
def on_failed(*, booking: Booking, event: BookingEvent, **_kwargs: Any) -> None:
    # A payment that arrived and could not be applied has its refund message instead.
    if not booking.payments.filter(captured_rupiah__gt=0).exists():
        enqueue(booking, event, MessageKind.PAYMENT_FAILED, Channel.EMAIL)


@receiver(signals.booking_cancelled)
def on_cancelled(*, booking: Booking, event: BookingEvent, **_kwargs: Any) -> None:
    if event.facts.get("cause") == RefundReason.SHOWTIME:
        enqueue(booking, event, MessageKind.SHOWTIME_CANCELLED, Channel.EMAIL, Channel.SMS)
    elif event.kind == EventKind.PARTLY_CANCELLED:
        enqueue(booking, event, MessageKind.TICKETS_CANCELLED, Channel.EMAIL)
    # Abandoning an unpaid booking needs no message.
    elif booking.confirmed_at is not None:
        enqueue(booking, event, MessageKind.BOOKING_CANCELLED, Channel.EMAIL)


@receiver(signals.showtime_moved)
def on_showtime_moved(*, booking: Booking, event: BookingEvent, **_kwargs: Any) -> None:
    enqueue(booking, event, MessageKind.SHOWTIME_CHANGED, Channel.EMAIL, Channel.SMS)


@receiver(signals.tickets_resent)
def on_tickets_resent(*, booking: Booking, event: BookingEvent, **_kwargs: Any) -> None:
    enqueue(booking, event, MessageKind.TICKETS_RESENT, Channel.EMAIL, Channel.SMS)


@receiver(signals.tickets_moved)
def on_tickets_moved(*, booking: Booking, event: BookingEvent, **_kwargs: Any) -> None:
    """The tickets once more, with the new seats."""
    enqueue(booking, event, MessageKind.TICKETS_RESENT, Channel.EMAIL, Channel.SMS)


@receiver(signals.contact_corrected)
def on_contact_corrected(
    *, booking: Booking, event: BookingEvent, former_email: str, at: datetime, **_kwargs: Any
) -> None:
    """Notify the former address, and send the tickets with the new link to the new one."""
    if not booking.is_paid:
        return
    if former_email:
        enqueue_to(former_email, booking, event, MessageKind.ADDRESS_CHANGED)
    if has_tickets_to_send(booking, at):
        enqueue(booking, event, MessageKind.TICKETS_RESENT, Channel.EMAIL)


@receiver(signals.refund_due)
def on_refund_due(*, booking: Booking, event: BookingEvent, refund: Refund, **_kwargs: Any) -> None:
    if refund.reason in UNREQUESTED_REASONS:
        enqueue(booking, event, MessageKind.PAID_TOO_LATE, Channel.EMAIL, Channel.SMS)


@receiver(signals.refund_completed)
def on_refund_completed(*, booking: Booking, event: BookingEvent, **_kwargs: Any) -> None:
    enqueue(booking, event, MessageKind.REFUND_DONE, Channel.EMAIL)


@receiver(signals.waitlist_joined)
def on_waitlist_joined(*, entry: WaitlistEntry, event: WaitlistEvent, **_kwargs: Any) -> None:
    enqueue_waitlist(entry, event, MessageKind.WAITLIST_CONFIRM, Channel.EMAIL)


@receiver(signals.waitlist_offered)
def on_waitlist_offered(*, entry: WaitlistEntry, event: WaitlistEvent, **_kwargs: Any) -> None:
    enqueue_waitlist(entry, event, MessageKind.WAITLIST_OFFER, Channel.EMAIL, Channel.SMS)


@receiver(signals.message_wanted_again)
def send_again(sender: object, message_id: UUID, at: datetime, **_kwargs: Any) -> None:
    """Raises MessageNotDead."""
    delivery.send_again(message_id=message_id, at=at)


@receiver(role_assigned)
def invite_new_staff(*, user: Any, by: Any, at: datetime, **_kwargs: Any) -> None:
    """An operator's command prints the link instead (``manage.py invite_staff``)."""
    if by is not None and not has_second_factor(user):
        invite(user=user, by=by, at=at)


@receiver(personal_data_wanted)
def collect_messages(
    *, person: Person, collected: dict[str, Any], at: datetime, **_kwargs: Any
) -> None:
    of_bookings = Message.objects.filter(booking__in=bookings_of(person))
    of_waitlists = Message.objects.filter(waitlist_event__entry__in=entries_of(person))
    fields = ("kind", "channel", "recipient", "status", "created_at", "sent_at")
    collected["messages"] = [
        *of_bookings.order_by("created_at").values(*fields),
        *of_waitlists.order_by("created_at").values(*fields),
    ]


@receiver(person_erased)
def erase_recipients(*, erasing: Erasing, **_kwargs: Any) -> None:
    """Give up unsent messages. Recipients stay distinct, because a constraint needs them unique.

    In bookings that only have the person's address, only the emails are theirs.
    """
    # Ids and not subqueries: with the latter, PostgreSQL reads all messages for an OR.
    of_bookings = Message.objects.filter(
        Q(booking__in=erasing.rows.get(ROWS, []))
        | Q(booking__in=erasing.rows.get(ADDRESS_ROWS, []), channel=Channel.EMAIL)
    )
    entries = [UUID(each) for each in erasing.rows.get(WAITLIST_ROWS, [])]
    for own in (of_bookings, Message.objects.filter(waitlist_event__entry__in=entries)):
        own.filter(status=MessageStatus.WAITING).update(
            status=MessageStatus.DEAD, next_attempt_at=None
        )
        own.update(
            recipient=Concat(Value("erased "), Cast(F("pk"), CharField())), provider_reference=""
        )

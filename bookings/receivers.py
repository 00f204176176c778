"""Receivers of signals from the apps below, and a check of restored copies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models.functions import Now
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from accounts.privacy import erasure
from accounts.signals import landing_asked
from backups import verification
from backups.signals import copy_restored
from bookings.errors import TicketCodeInvalid
from bookings.models import Booking, BookingStatus, Ticket
from bookings.orders.session_access import paid_booking_code
from bookings.tickets.codes import ticket_code, verify_code
from movies.staff.permissions import Permission, has_permission
from seating.models import Hold
from seating.signals import paid_booking_asked, sealed_hold_refused


@receiver(copy_restored, dispatch_uid="bookings.erase_again")
def erase_again(*, report_lines: list[str], at: datetime, **_extra: Any) -> None:
    """Repeat in the copy every erasure that is newer than its backup.

    Here because accounts and backups do not import each other.
    """
    if erased := erasure.repeat_all(at):
        report_lines.append(f"{erased} erased customers are not in it any more")


@receiver(sealed_hold_refused, dispatch_uid="bookings.name_booking")
def name_booking(*, hold: Hold, facts: dict[str, Any], **_extra: Any) -> None:
    """Name the pending booking for which the hold is sealed."""
    pending = Booking.objects.filter(hold=hold, status=BookingStatus.PENDING)
    facts["booking"] = pending.values_list("code", flat=True).first()


@receiver(paid_booking_asked, dispatch_uid="bookings.name_paid_booking")
def name_paid_booking(
    *, request: HttpRequest, showtime_id: int, at: datetime, facts: dict[str, Any], **_extra: Any
) -> None:
    """Name the booking that this visitor has paid, perhaps in another browser."""
    code = paid_booking_code(request, showtime_id, at)
    if code is not None:
        facts |= {"code": code, "url": reverse("bookings:detail", args=[code])}


@receiver(landing_asked, dispatch_uid="bookings.lead_ushers_to_the_door")
def lead_ushers_to_the_door(*, user: User, facts: dict[str, str], **_extra: Any) -> None:
    """Ushers have no other page in the office."""
    if has_permission(user, Permission.ADMIT) and not has_permission(user, Permission.SEE_SALES):
        facts["url"] = reverse("bookings:check_in")


def old_ticket_code() -> str:
    """The code of the oldest ticket of a past showtime, which no longer admits."""
    past = Ticket.objects.live().filter(booking__showtime__starts_at__lt=Now())
    ticket = past.order_by("issued_at", "pk").first()
    return ticket_code(ticket) if ticket else ""


def old_ticket_problems(code: str) -> list[str]:
    """Problems of the restored database with the ticket of ``code``."""
    if not code:
        return []
    try:
        serial = verify_code(code)
    except TicketCodeInvalid:
        return ["its signature is not valid here: is TICKET_SIGNING_KEY the one of the backup?"]
    if not Ticket.objects.live().filter(serial=serial).exists():
        return ["it is not in the database"]
    return []


verification.register(verification.Check("an old ticket", old_ticket_problems, old_ticket_code))

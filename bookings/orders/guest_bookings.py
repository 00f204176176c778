"""Guest bookings that carry an account's confirmed address, and adding them to the account.

Anybody can enter any address, so only its confirmed owner can add these bookings: on the page of
bookings, or by opening a booking's link while signed in.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models.functions import Upper

from accounts.models import User
from bookings.models import Booking, BookingQuerySet, BookingStatus, EventKind
from bookings.orders import ledger

JOINED_AT_ONCE_MAX = 200


def guest_bookings_to(emails: Iterable[str]) -> BookingQuerySet:
    """Guest bookings with one of these addresses, without those that still wait for payment."""
    upper = [email.upper() for email in emails if email]
    if not upper:
        return Booking.objects.none()
    sent = Booking.objects.alias(address=Upper("contact_email")).filter(address__in=upper)
    return sent.filter(user__isnull=True).exclude(status=BookingStatus.PENDING)


def joinable(user: User) -> BookingQuerySet:
    """Paid guest bookings with one of the account's confirmed addresses."""
    confirmed = EmailAddress.objects.filter(user=user, verified=True)
    emails = list(confirmed.values_list("email", flat=True))
    return guest_bookings_to(emails).filter(confirmed_at__isnull=False)


@transaction.atomic
def join_account(user: User, at: datetime, *, code: str | None = None) -> int:
    """Add the account's joinable bookings to it, or the one of ``code``; how many.

    Locks the bookings by id.
    """
    wanted = joinable(user) if code is None else joinable(user).filter(code=code)
    locked = wanted.select_for_update(of=("self",), no_key=True).order_by("pk")
    bookings = list(locked[:JOINED_AT_ONCE_MAX])
    for booking in bookings:
        booking.user = user
        booking.save(update_fields=["user"])
        ledger.record(booking, EventKind.JOINED_ACCOUNT, at, actor=f"user:{user.pk}")
    return len(bookings)

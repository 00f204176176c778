"""Personal data in bookings: its export on request, and its erasure with the person.

What was bought, paid and refunded, and the ledger, are kept without a name, as the law requires.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pgtrigger
from django.apps import apps
from django.db.models import Prefetch, Q
from django.db.models.functions import Upper
from django.dispatch import receiver
from django.utils.translation import gettext as _

from accounts.privacy.erasure import Erasing
from accounts.privacy.person import Person
from accounts.signals import erasure_wanted, person_erased, personal_data_wanted
from bookings.models import (
    Booking,
    BookingQuerySet,
    BookingStatus,
    ManualPayout,
    Payment,
    Refund,
    RefundStatus,
    Ticket,
)
from bookings.tickets.formatting import show_date, show_time

ROWS = "bookings"
OBSTACLES_MAX = 20
ERASED_NOTE = "(erased)"


def bookings_of(person: Person) -> BookingQuerySet:
    """The account's bookings, and guest bookings sent to one of their confirmed addresses.

    Anybody can type anybody's address, so two kinds of bookings with the address do not count: an
    unpaid guest booking that is still open, and one that belongs to another account.
    """
    theirs = Q(pk__in=[])
    if person.user is not None:
        theirs |= Q(user=person.user)
    if emails := [email.upper() for email in person.emails if email]:
        sent = Booking.objects.alias(to=Upper("contact_email")).filter(
            to__in=emails, user__isnull=True
        )
        theirs |= Q(pk__in=sent.exclude(status=BookingStatus.PENDING))
    return Booking.objects.filter(theirs)


@receiver(personal_data_wanted, dispatch_uid="bookings.personal_data")
def collect(*, person: Person, collected: dict[str, Any], at: datetime, **_extra: Any) -> None:
    refunds = Prefetch("payments__refunds", Refund.objects.order_by("created_at"))
    payments = Prefetch("payments", Payment.objects.order_by("created_at"))
    orders = bookings_of(person).with_details().prefetch_related(payments, refunds)
    collected["bookings"] = [_booking(booking) for booking in orders.order_by("created_at")]


def _booking(booking: Booking) -> dict[str, Any]:
    showtime = booking.showtime
    return {
        "code": booking.code,
        "film": showtime.movie.title,
        "cinema": showtime.studio.cinema.name,
        "studio": showtime.studio.name,
        "starts_at": showtime.starts_at,
        "status": booking.status,
        "made_at": booking.created_at,
        "name": booking.contact_name,
        "email": booking.contact_email,
        "phone": str(booking.contact_phone or ""),
        "language": booking.language,
        "currency": booking.currency,
        "total": booking.total_rupiah,
        "tickets": [_ticket(ticket) for ticket in booking.tickets.all()],
        "payments": [_payment(payment) for payment in booking.payments.all()],
    }


def _ticket(ticket: Ticket) -> dict[str, Any]:
    return {
        "seat": ticket.showtime_seat.seat.label,
        "type": ticket.ticket_type.code,
        "paid": ticket.paid_rupiah,
        "issued_at": ticket.issued_at,
        "voided_at": ticket.voided_at,
        "admitted_at": ticket.checked_in_at,
    }


def _payment(payment: Payment) -> dict[str, Any]:
    return {
        "provider": payment.provider,
        "reference": payment.reference,
        "status": payment.status,
        "amount": payment.amount_rupiah,
        "made_at": payment.created_at,
        "refunds": [
            {"amount": each.amount_rupiah, "status": each.status, "refunded_at": each.refunded_at}
            for each in payment.refunds.all()
        ],
    }


@receiver(erasure_wanted, dispatch_uid="bookings.erasure_wanted")
def prepare_erasure(*, erasing: Erasing, **_extra: Any) -> None:
    """Lock the person's bookings by id, and name what stands in the way of the erasure."""
    locked = bookings_of(erasing.person).select_for_update(of=("self",), no_key=True)
    ids = list(locked.order_by("pk").values_list("pk", flat=True))
    erasing.rows[ROWS] = [str(each) for each in ids]
    orders = Booking.objects.filter(pk__in=ids)
    coming = orders.filter(
        pk__in=Ticket.objects.live().values("booking"), showtime__ends_at__gt=erasing.at
    )
    for booking in coming.with_details().order_by("showtime__starts_at")[:OBSTACLES_MAX]:
        erasing.obstacles.append(_coming_show(booking))
    for code in orders.filter(status=BookingStatus.PENDING).values_list("code", flat=True):
        erasing.obstacles.append(
            _("Order %(code)s waits for its payment. Give it up, or wait until its time is over.")
            % {"code": code}
        )
    owed = Refund.objects.exclude(status=RefundStatus.REFUNDED).filter(payment__booking__in=ids)
    for code in orders.filter(payments__refunds__in=owed).distinct().values_list("code", flat=True):
        erasing.obstacles.append(
            _("Money for order %(code)s is on its way back to you. Please wait until it is there.")
            % {"code": code}
        )


def _coming_show(booking: Booking) -> str:
    showtime = booking.showtime
    return _(
        "You have tickets for “%(film)s” on %(day)s, %(time)s (%(code)s). Cancel them, or come back"
        " after the show."
    ) % {
        "film": showtime.movie.title,
        "day": show_date(showtime),
        "time": show_time(showtime),
        "code": booking.code,
    }


@receiver(person_erased, dispatch_uid="bookings.person_erased")
def erase(*, erasing: Erasing, **_extra: Any) -> None:
    orders = Booking.objects.filter(pk__in=erasing.rows.get(ROWS, []))
    ids, user = list(orders.values_list("pk", flat=True)), erasing.person.user
    nobody = {"contact_name": "", "contact_email": "", "contact_phone": ""}
    orders.update(**nobody, visitor="")
    if user is not None:
        orders.filter(user=user).update(user=None)
    paid_out = ManualPayout.objects.filter(refund__payment__booking__in=ids)
    paid_out.filter(resolved_at__isnull=False).update(note=ERASED_NOTE)
    # Only here may history rows change: what changed is kept, whose it was is removed.
    history = apps.get_model("bookings", "BookingHistory").objects
    with pgtrigger.ignore("bookings.BookingHistory:append_only"):
        history.filter(pgh_obj_id__in=ids).update(**nobody)
        if user is not None:
            history.filter(user_id=user.pk).update(user_id=None)

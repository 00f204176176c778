"""Personal data in bookings: its export on request, and its erasure with the person.

Purchases, payments, refunds and the ledger are kept without names, as the law requires.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pgtrigger
from django.apps import apps
from django.db.models import Prefetch, Q
from django.dispatch import receiver
from django.utils.translation import gettext as _

from accounts.privacy.erasure import Erasing
from accounts.privacy.person import Person
from accounts.signals import erasure_wanted, person_erased, personal_data_wanted
from bookings.models import (
    Booking,
    BookingNote,
    BookingQuerySet,
    BookingStatus,
    ManualPayout,
    Payment,
    Refund,
    RefundBatch,
    RefundStatus,
    Ticket,
)
from bookings.orders.guest_bookings import guest_bookings_to
from bookings.tickets.formatting import show_date, show_time

ROWS = "bookings"
ADDRESS_ROWS = "bookings_with_the_address"
OBSTACLES_MAX = 20
ERASED_NOTE = "(erased)"


def bookings_of(person: Person) -> BookingQuerySet:
    """The account's bookings; for an operator also guest bookings with one of the addresses.

    Anybody can book with any address. A guest booking belongs to the account once its owner adds it
    (``bookings.orders.guest_bookings``).
    """
    theirs = Q(pk__in=[])
    if person.user is not None:
        theirs |= Q(user=person.user)
    if person.is_verified_by_operator:
        theirs |= Q(pk__in=guest_bookings_to(person.emails).values("pk"))
    return Booking.objects.filter(theirs)


def addressed_to(person: Person) -> BookingQuerySet:
    """Guest bookings with the person's address that are not known to be theirs.

    Only the address belongs to the person; name and phone belong to the person who booked.
    """
    if person.is_verified_by_operator:
        return Booking.objects.none()
    return guest_bookings_to(person.emails)


@receiver(personal_data_wanted, dispatch_uid="bookings.personal_data")
def collect(*, person: Person, collected: dict[str, Any], at: datetime, **_extra: Any) -> None:
    refunds = Prefetch("payments__refunds", Refund.objects.order_by("created_at"))
    payments = Prefetch("payments", Payment.objects.order_by("created_at"))
    orders = bookings_of(person).with_details().prefetch_related(payments, refunds)
    if person.is_verified_by_operator:
        orders = orders.prefetch_related("notes")
    collected["bookings"] = [
        _booking(booking) | (_notes(booking) if person.is_verified_by_operator else {})
        for booking in orders.order_by("created_at")
    ]


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


def _notes(booking: Booking) -> dict[str, Any]:
    """Only for operators: staff write notes for each other, and the buyer does not see them."""
    return {"notes": [note.text for note in booking.notes.all()]}


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
    """Lock the person's bookings by id, and return what prevents the erasure."""
    locked = bookings_of(erasing.person).select_for_update(of=("self",), no_key=True)
    ids = list(locked.order_by("pk").values_list("pk", flat=True))
    erasing.rows[ROWS] = [str(each) for each in ids]
    others = addressed_to(erasing.person).select_for_update(of=("self",), no_key=True)
    other_ids = others.order_by("pk").values_list("pk", flat=True)
    erasing.rows[ADDRESS_ROWS] = [str(each) for each in other_ids]
    orders = Booking.objects.filter(pk__in=ids)
    coming = orders.filter(
        pk__in=Ticket.objects.live().values("booking"), showtime__ends_at__gt=erasing.at
    )
    for booking in coming.with_details().order_by("showtime__starts_at")[:OBSTACLES_MAX]:
        erasing.obstacles.append(_coming_show(booking))
    for code in orders.filter(status=BookingStatus.PENDING).values_list("code", flat=True):
        erasing.obstacles.append(
            _("Booking %(code)s waits for its payment. Give it up, or wait until its time is over.")
            % {"code": code}
        )
    owed = Refund.objects.exclude(status=RefundStatus.REFUNDED).filter(payment__booking__in=ids)
    for code in orders.filter(payments__refunds__in=owed).distinct().values_list("code", flat=True):
        erasing.obstacles.append(
            _(
                "Money for booking %(code)s is on its way back to you."
                " Please wait until it is there."
            )
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
    RefundBatch.objects.filter(items__booking__in=ids).update(reason=ERASED_NOTE)
    BookingNote.objects.filter(booking__in=ids).update(text=ERASED_NOTE)
    addressed = erasing.rows.get(ADDRESS_ROWS, [])
    Booking.objects.filter(pk__in=addressed).update(contact_email="")
    # The only place that changes history rows: changes are kept, personal data is removed.
    history = apps.get_model("bookings", "BookingHistory").objects
    with pgtrigger.ignore("bookings.BookingHistory:append_only"):
        history.filter(pgh_obj_id__in=ids).update(**nobody)
        history.filter(pgh_obj_id__in=addressed).update(contact_email="")
        if user is not None:
            history.filter(user_id=user.pk).update(user_id=None)

"""Corrections of the tax of sales made before their rule was written.

A correction is a ledger event; the booking keeps what it was sold with. The base is what was paid
for tickets that are not voided: refunds take back tax at the rate of the sale.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from bookings.models import Booking, BookingEvent, BookingStatus, EventKind
from bookings.orders import ledger
from bookings.orders.pricing import contained_tax_rupiah
from movies.models import TaxRule
from movies.models.tax_rule import FilmOrigin, applied_tax

BATCH_BOOKINGS = 500
PAID = Q(status__in=[BookingStatus.CONFIRMED, BookingStatus.PARTLY_CANCELLED])


def correct_taxes(at: datetime) -> int:
    """Write the corrections of every rule whose sales are not corrected yet; returns their number.

    After a crash a batch is repeated; bookings that have the right rate by then get no second
    correction.
    """
    corrections = 0
    for rule in TaxRule.objects.filter(is_corrected=False).order_by("pk"):
        for batch in _batches(rule):
            corrections += _correct_batch(batch, at)
        # Not if the rule was changed meanwhile.
        unchanged = {"pk": rule.pk, "valid_until": rule.valid_until}
        TaxRule.objects.filter(**unchanged).update(is_corrected=True)
    return corrections


def _batches(rule: TaxRule) -> Iterator[list[Any]]:
    """Ids of paid bookings of the rule's city and films from its first day on.

    Includes sales after its last day: the rule may have been ended later than their sale.
    """
    bookings = Booking.objects.filter(
        PAID,
        showtime__studio__cinema__city_slug=rule.city_slug,
        showtime__movie__is_indonesian=rule.film_origin == FilmOrigin.NATIONAL,
        showtime__business_date__gte=rule.valid_from,
    ).order_by("pk")
    ids = list(bookings.values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH_BOOKINGS):
        yield ids[start : start + BATCH_BOOKINGS]


@transaction.atomic
def _correct_batch(ids: list[Any], at: datetime) -> int:
    """Locks the bookings by id."""
    locked = Booking.objects.filter(PAID, pk__in=ids).select_for_update(of=("self",), no_key=True)
    bookings = locked.select_related("showtime__movie", "showtime__studio__cinema").order_by("pk")
    return sum(_correct(booking, at) for booking in bookings)


def _correct(booking: Booking, at: datetime) -> bool:
    showtime = booking.showtime
    city_slug = showtime.studio.cinema.city_slug
    applied = applied_tax(city_slug, showtime.movie, showtime.business_date)
    live = list(booking.tickets.filter(voided_at__isnull=True))
    corrections = booking.events.filter(kind=EventKind.TAX_CORRECTED).order_by("pk")
    before = _rate_before(live[0].tax_basis_points if live else 0, corrections.last())
    if not live or before == applied.basis_points:
        return False
    paid_rupiah = sum(ticket.price_rupiah - ticket.discount_rupiah for ticket in live)
    tax_before = contained_tax_rupiah(paid_rupiah, before)
    tax_after = contained_tax_rupiah(paid_rupiah, applied.basis_points)
    ledger.record(
        booking,
        EventKind.TAX_CORRECTED,
        at,
        rule=applied.rule_id,
        legal_reference=applied.legal_reference,
        basis_points_before=before,
        basis_points=applied.basis_points,
        difference_rupiah=tax_after - tax_before,
    )
    return True


def _rate_before(sold_basis_points: int, correction: BookingEvent | None) -> int:
    return sold_basis_points if correction is None else correction.facts["basis_points"]

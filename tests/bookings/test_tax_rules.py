"""Tax by city, film origin and date: the rate stored with a sale, and corrections of late rules."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone, translation

from bookings.models import Booking, BookingEvent, BookingStatus, EventKind
from bookings.orders.tax_corrections import correct_taxes
from movies.models import Cinema, FilmOrigin, Showtime, TaxRule
from reports.figures.scope import Basis, ReportScope
from reports.figures.tax import REPORT
from tests.bookings.fixtures import hold_of, order_of, seat_ids
from tests.factories import make_movie, make_showtime, make_user

pytestmark = pytest.mark.django_db

RULE = "Perda DKI Jakarta 1/2024"
PAGE = "/admin/movies/taxrule/"


def make_rule(**fields: Any) -> TaxRule:
    return TaxRule.objects.create(
        **{
            "city_slug": "jakarta",
            "film_origin": FilmOrigin.NATIONAL,
            "basis_points": 500,
            "legal_reference": RULE,
            "valid_from": date(2024, 1, 5),
            "is_corrected": True,
        }
        | fields
    )


def showtime_of(*, is_indonesian: bool = True) -> Showtime:
    return make_showtime(movie=make_movie(is_indonesian=is_indonesian), rows="A")


def sold(showtime: Showtime, seats: int = 2) -> Booking:
    """A booking made by the shared function, then confirmed."""
    free = [
        seat
        for seat in seat_ids(showtime)
        if showtime.seats.filter(seat=seat, status="available").exists()
    ]
    booking = order_of(hold_of(showtime, free[:seats]))
    at = timezone.now()
    Booking.objects.filter(pk=booking.pk).update(status=BookingStatus.CONFIRMED, confirmed_at=at)
    booking.tickets.update(issued_at=at)
    BookingEvent.objects.create(booking=booking, kind=EventKind.CONFIRMED, at=at)
    booking.refresh_from_db()
    return booking


def rates(booking: Booking) -> list[tuple[int, int]]:
    return list(booking.tickets.order_by("pk").values_list("tax_basis_points", "tax_rupiah"))


def test_jakarta_taxes_national_films_at_its_reduced_rate() -> None:
    rule = make_rule()
    make_rule(film_origin=FilmOrigin.IMPORTED, basis_points=1_000)

    national, imported = sold(showtime_of()), sold(showtime_of(is_indonesian=False))

    assert (national.tax_rule, national.tax_rupiah, rates(national)) == (
        rule,
        4_762,
        [(500, 2_381), (500, 2_381)],
    )
    assert (imported.tax_rupiah, rates(imported)) == (9_091, [(1_000, 4_546), (1_000, 4_545)])


@pytest.mark.parametrize(
    ("fields", "basis_points"),
    [
        ({}, 500),
        ({"city_slug": "bandung"}, 1_000),
        ({"film_origin": "imported"}, 1_000),
        ({"valid_from": timezone.now().date() + timedelta(days=9)}, 1_000),
        ({"valid_until": timezone.now().date() - timedelta(days=9)}, 1_000),
    ],
)
def test_rule_applies_to_its_city_films_and_days_only(
    fields: dict[str, Any], basis_points: int
) -> None:
    make_rule(**fields)

    assert [rate for rate, _tax in rates(sold(showtime_of()))] == [basis_points] * 2


@pytest.mark.parametrize(
    ("fields", "is_refused"),
    [
        ({"valid_from": date(2024, 2, 1)}, True),
        ({"valid_from": date(2024, 6, 30)}, True),
        ({"valid_from": date(2024, 7, 1)}, False),
        ({"film_origin": "imported"}, False),
        ({"city_slug": "bandung"}, False),
    ],
)
def test_rules_of_one_city_and_origin_never_overlap(
    fields: dict[str, Any], is_refused: bool
) -> None:
    make_rule(valid_until=date(2024, 6, 30))

    if is_refused:
        with pytest.raises(IntegrityError, match="tax_rule_never_overlaps"), transaction.atomic():
            make_rule(**fields)
    else:
        make_rule(**fields)

    assert TaxRule.objects.count() == (1 if is_refused else 2)


def test_late_rule_writes_corrections_once_and_edits_no_sale() -> None:
    booking = sold(showtime_of())
    before = (booking.tax_rupiah, rates(booking))
    rule = make_rule(is_corrected=False)
    at = timezone.now()

    counts = [correct_taxes(at), correct_taxes(at)]

    booking.refresh_from_db()
    rule.refresh_from_db()
    assert (counts, rule.is_corrected) == ([1, 0], True)
    assert (booking.tax_rupiah, rates(booking)) == before
    event = booking.events.get(kind=EventKind.TAX_CORRECTED)
    assert (event.amount_rupiah, event.facts) == (
        0,
        {
            "rule": rule.pk,
            "legal_reference": RULE,
            "basis_points_before": 1_000,
            "basis_points": 500,
            "difference_rupiah": 4_762 - 9_091,
        },
    )


def test_rule_that_ends_earlier_than_was_thought_corrects_back() -> None:
    rule = make_rule()
    booking = sold(showtime_of())
    day = booking.showtime.business_date
    TaxRule.objects.filter(pk=rule.pk).update(
        valid_until=day - timedelta(days=1), is_corrected=False
    )

    assert correct_taxes(timezone.now()) == 1

    facts = booking.events.get(kind=EventKind.TAX_CORRECTED).facts
    assert (facts["basis_points"], facts["rule"], facts["difference_rupiah"]) == (
        1_000,
        None,
        9_091 - 4_762,
    )


def test_statement_sums_sales_and_corrections_by_rule() -> None:
    sold(showtime_of())
    sold(showtime_of(is_indonesian=False))
    make_rule(is_corrected=False)
    correct_taxes(timezone.now())
    today = timezone.now().date()
    cinemas = list(Cinema.objects.all())
    scope = ReportScope(
        cinemas=tuple(cinemas),
        first=today - timedelta(days=1),
        last=today + timedelta(days=1),
        basis=Basis.SALE,
        at=timezone.now(),
    )

    with translation.override("en"):
        shown = [
            (row["origin"], row["rate"], row["tax_rupiah"], row["tax_corrected_rupiah"])
            for row in REPORT.query(scope)
        ]

    assert sorted(shown) == [
        ("imported films", "10 %", 9_091, 0),
        ("national films", "10 %", 9_091, -4_329),
    ]
    assert sum(row["tax_due_rupiah"] for row in REPORT.query(scope)) == 2 * 9_091 - 4_329


def test_office_writes_a_rule_in_percent_and_only_ends_it(client: Client) -> None:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    showtime_of()
    fields = {
        "city_slug": "jakarta",
        "film_origin": "national",
        "percent": "7.5",
        "legal_reference": RULE,
        "valid_from": "2024-01-05",
        "valid_until": "",
    }

    refused = client.post(f"{PAGE}add/", fields | {"percent": "12"})
    added = client.post(f"{PAGE}add/", fields | {"percent": "7,5"})
    overlapping = client.post(f"{PAGE}add/", fields)
    rule = TaxRule.objects.get()
    ended = client.post(
        f"{PAGE}{rule.pk}/change/", fields | {"percent": "1", "valid_until": "2026-12-31"}
    )

    rule.refresh_from_db()
    statuses = [one.status_code for one in (refused, added, overlapping, ended)]
    assert statuses == [200, 302, 200, 302]
    assert (rule.basis_points, rule.valid_until, rule.is_corrected) == (
        750,
        date(2026, 12, 31),
        False,
    )
    assert "Aturan lain untuk film ini di kota ini" in overlapping.content.decode()


def test_cancelled_booking_is_not_corrected() -> None:
    booking = sold(showtime_of())
    at = timezone.now()
    Booking.objects.filter(pk=booking.pk).update(status=BookingStatus.CANCELLED, cancelled_at=at)
    make_rule(is_corrected=False)

    assert correct_taxes(timezone.now()) == 0

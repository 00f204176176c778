"""Reports equal the ledger on random histories, for any days, cinemas and film."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast

import pytest
from django.db import connection
from django.db.models import Count, F, QuerySet, Sum
from pytest_django import Settings

from bookings.models import BookingEvent, EventKind, Ticket
from bookings.payments import registry
from reports.figures import REPORTS
from reports.figures.report import Report
from reports.figures.scope import Basis, ReportScope
from tests.bookings.fake_provider import FakeProvider
from tests.bookings.fixtures import book_violations
from tests.reports.random_history import PAST_DAYS, History

pytestmark = pytest.mark.django_db

SEEDS = (1, 2, 3)
ANALYSED = (
    "bookings_booking, bookings_bookingevent, bookings_payment, bookings_refund, bookings_ticket,"
    " movies_showtime, movies_studio, seating_showtimeseat"
)


@pytest.fixture(params=SEEDS)
def history(request: Any, settings: Settings) -> History:
    settings.PAYMENT_PROVIDERS = {
        **settings.PAYMENT_PROVIDERS,
        "paper": "tests.bookings.fake_provider.FakeProvider",
    }
    bank = cast(FakeProvider, registry.provider("paper"))
    bank.reset()
    made = History(bank, request.param)
    with connection.cursor() as cursor:  # else planned as the tests before left the tables: empty
        cursor.execute(f"ANALYZE {ANALYSED}")
    return made


def scopes(history: History) -> list[ReportScope]:
    """Scopes: everything, some days, one day, one cinema, one film; by sale and by show date."""
    today = history.now.date()
    whole = ReportScope(
        cinemas=tuple(history.cinemas),
        first=today - timedelta(days=PAST_DAYS + 2),
        last=today + timedelta(days=8),
        basis=Basis.SALE,
        at=history.now + timedelta(days=9),
    )
    parts = [
        whole,
        replace(whole, first=today - timedelta(days=3), last=today - timedelta(days=1)),
        replace(whole, first=today, last=today),
        replace(whole, cinemas=(history.cinemas[1],)),
        replace(whole, movie=history.movies[0]),
        replace(whole, first=today + timedelta(days=1), last=today + timedelta(days=2)),
        replace(whole, cinemas=()),
    ]
    return [replace(part, basis=basis) for part in parts for basis in Basis]


def events(scope: ReportScope) -> list[BookingEvent]:
    """Events of the scope, selected in Python independently of the reports' SQL."""
    every = BookingEvent.objects.select_related("booking__showtime__studio__cinema")
    return [event for event in every if _counts(event, scope)]


def _counts(event: BookingEvent, scope: ReportScope) -> bool:
    showtime = event.booking.showtime
    cinema = showtime.studio.cinema
    day: date = showtime.business_date
    if scope.basis == Basis.SALE:
        day = cinema.business_date(event.at)
    return (
        cinema in scope.cinemas
        and scope.first <= day <= scope.last
        and scope.movie in (None, showtime.movie)
    )


def totals(report: Report, scope: ReportScope) -> dict[str, int | None]:
    return report.totals(report.rows(scope))


def test_reports_equal_the_ledger_of_random_histories(history: History) -> None:
    assert book_violations() == []
    with_ledger = [report for report in REPORTS.values() if report.ledger]
    for scope in scopes(history):
        moved = sum(event.amount_rupiah for event in events(scope))
        found = {report.slug: totals(report, scope)[report.ledger] for report in with_ledger}

        assert (found, scope.ledger_rupiah()) == (dict.fromkeys(found, moved), moved)


def test_every_sale_figure_equals_the_sum_over_its_events(history: History) -> None:
    for scope in scopes(history):
        mine = events(scope)
        expected = _expected(mine)
        for slug in ("sales-by-day", "sales-by-cinema", "sales-by-film", "sales-by-showtime"):
            assert totals(REPORTS[slug], scope) == expected
        by_type = totals(REPORTS["sales-by-ticket-type"], scope)
        assert by_type == {key: expected[key] for key in by_type}
        vouchers = totals(REPORTS["vouchers"], scope)
        assert vouchers["discount_rupiah"] == expected["discount_rupiah"]
        refunds = totals(REPORTS["refunds"], scope)
        assert refunds["done_rupiah"] == expected["refunds_rupiah"]
        assert refunds["ordered_rupiah"] == sum(
            event.facts["due_rupiah"] for event in mine if event.kind == EventKind.REFUND_DUE
        )
        tax = totals(REPORTS["tax-by-city"], scope)
        assert tax["tax_rupiah"] == expected["tax_rupiah"]


def _expected(mine: list[BookingEvent]) -> dict[str, int]:
    confirmed = [event.booking for event in mine if event.kind == EventKind.CONFIRMED]
    received = sum(event.amount_rupiah for event in mine if event.amount_rupiah > 0)
    refunded = -sum(event.amount_rupiah for event in mine if event.amount_rupiah < 0)
    sold = sum(booking.total_rupiah for booking in confirmed)
    return {
        "tickets_sold": sum(booking.tickets.count() for booking in confirmed),
        "tickets_cancelled": sum(event.kind == EventKind.TICKET_VOIDED for event in mine),
        "gross_rupiah": sum(booking.seats_rupiah for booking in confirmed),
        "discount_rupiah": sum(booking.discount_rupiah for booking in confirmed),
        "fee_rupiah": sum(booking.fee_rupiah for booking in confirmed),
        "sold_rupiah": sold,
        "tax_rupiah": sum(booking.tax_rupiah for booking in confirmed),
        "unsold_rupiah": received - sold,
        "refunds_rupiah": refunded,
        "net_rupiah": received - refunded,
    }


def test_random_history_covers_every_figure(history: History) -> None:
    """Ensures that the equalities above do not compare zeros."""
    whole, by_show = scopes(history)[:2]
    every = REPORTS["sales-by-day"]
    assert totals(every, whole) == totals(every, by_show)
    assert [key for key, value in totals(every, whole).items() if not value] == []
    kinds = {row["reason"] for row in REPORTS["refunds"].rows(whole)}
    assert len(kinds) >= 4


def test_admissions_are_the_tickets_of_the_ledger_less_the_voided(history: History) -> None:
    scope = scopes(history)[1]
    mine = events(scope)
    expected = _expected(mine)
    live = _live(scope)
    count = expected["tickets_sold"] - expected["tickets_cancelled"]
    came = sum(event.kind == EventKind.CHECKED_IN for event in mine)
    paid = live.aggregate(sum=Sum(F("price_rupiah") - F("discount_rupiah"), default=0))["sum"]
    expected_totals = {
        "showtimes": 5,  # one of six was cancelled
        "tickets": count,
        "admitted": came,
        "box_office_rupiah": paid,
    }
    for slug in ("admissions-by-film", "admissions-by-distributor"):
        assert totals(REPORTS[slug], scope) == expected_totals
    no_shows = totals(REPORTS["no-shows"], scope)
    assert (no_shows["tickets"], no_shows["missing"]) == (count, count - came)


def test_tax_in_refunds_never_exceeds_the_tax_of_what_was_sold(history: History) -> None:
    for scope in scopes(history)[1::2]:
        tax = totals(REPORTS["tax-by-city"], scope)
        back, contained = tax["tax_back_rupiah"], tax["tax_rupiah"]
        assert back is not None
        assert contained is not None
        assert 0 <= back <= contained
        assert tax["tax_due_rupiah"] == contained - back


def _live(scope: ReportScope) -> QuerySet[Ticket]:
    live = scope.narrow(Ticket.objects.live(), "booking__", "issued_at")
    assert live.aggregate(n=Count("pk"))["n"] > 0
    return live

"""Amounts that staff gave back, in the reports of money and tax."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.models import RefundStatus
from reports.figures import REPORTS
from reports.figures.report import Report
from reports.figures.scope import Basis, ReportScope
from tests.factories import make_confirmed_booking, make_refund

pytestmark = pytest.mark.django_db


def test_amount_given_back_lowers_the_tax_due_and_belongs_to_no_ticket() -> None:
    at = timezone.now()
    booking = make_confirmed_booking(tax_rupiah=9_090)
    refund = make_refund(booking.payments.get(), reason="goodwill", amount_rupiah=20_000, at=at)
    refund.status, refund.refunded_at = RefundStatus.REFUNDED, at
    refund.save(update_fields=["status", "refunded_at"])
    cinema, day = booking.showtime.studio.cinema, timedelta(days=2)
    scope = ReportScope(
        cinemas=(cinema,),
        first=cinema.business_date(at) - day,
        last=cinema.business_date(at) + day,
        basis=Basis.SALE,
        at=at,
    )

    tax = _totals(REPORTS["tax-by-city"], scope)
    types = REPORTS["sales-by-ticket-type"].rows(scope)

    share_rupiah = 20_000 * 9_090 // 106_000
    assert (tax["tax_rupiah"], tax["tax_back_rupiah"], tax["tax_due_rupiah"]) == (
        9_090,
        share_rupiah,
        9_090 - share_rupiah,
    )
    assert [row["refunds_rupiah"] for row in types] == [0, 20_000]


def _totals(report: Report, scope: ReportScope) -> dict[str, int | None]:
    return report.totals(report.rows(scope))

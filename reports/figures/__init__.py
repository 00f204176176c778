"""Report definitions, one module per report."""

from __future__ import annotations

from reports.figures import (
    admissions,
    distributor_statement,
    no_shows,
    refunds,
    sales_by_cinema,
    sales_by_day,
    sales_by_film,
    sales_by_payment_method,
    sales_by_showtime,
    sales_by_ticket_type,
    screen_hours,
    tax,
    vouchers,
)
from reports.figures.report import Report

REPORTS: dict[str, Report] = {
    report.slug: report
    for report in (
        sales_by_day.REPORT,
        sales_by_cinema.REPORT,
        sales_by_film.REPORT,
        sales_by_showtime.REPORT,
        sales_by_ticket_type.REPORT,
        sales_by_payment_method.REPORT,
        admissions.BY_FILM,
        admissions.BY_DISTRIBUTOR,
        distributor_statement.REPORT,
        tax.REPORT,
        vouchers.REPORT,
        refunds.REPORT,
        no_shows.REPORT,
        screen_hours.REPORT,
    )
}

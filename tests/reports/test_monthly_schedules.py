"""Monthly scheduled reports: when they are due and which days they cover."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.factories import make_manager
from tests.reports.test_schedules import DUE, make_schedule

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("hour", "next_due", "first", "last"),
    [
        (7, datetime(2026, 4, 1, 0, tzinfo=UTC), date(2026, 3, 1), date(2026, 3, 31)),
        # At 02:00 on 1 April the business day of 31 March still runs.
        (2, datetime(2026, 4, 1, 19, tzinfo=UTC), date(2026, 3, 1), date(2026, 3, 31)),
    ],
)
def test_monthly_report_covers_the_month_before(
    hour: int, next_due: datetime, first: date, last: date
) -> None:
    schedule = make_schedule(make_manager(), period="month", hour=hour)

    due = schedule.due_after(DUE)

    assert (due, schedule.days_of(due)) == (next_due, (first, last))
    assert schedule.due_after(due) == next_due + timedelta(days=30)

"""The ledger is append-only: the database refuses updates and deletions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from bookings.models import BookingEvent, EventKind
from bookings.orders import ledger
from tests.bookings.fixtures import outcome
from tests.factories import make_booking

pytestmark = pytest.mark.django_db


def by_sql(statement: str) -> Callable[[BookingEvent], object]:
    def run(event: BookingEvent) -> object:
        with connection.cursor() as cursor:
            return cursor.execute(statement, [event.pk])

    return run


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda event: BookingEvent.objects.filter(pk=event.pk).update(actor="nobody"),
        lambda event: BookingEvent.objects.filter(pk=event.pk).delete(),
        lambda event: event.delete(),
        lambda event: event.save(),
        by_sql("UPDATE bookings_bookingevent SET at = at WHERE id = %s"),
        by_sql("DELETE FROM bookings_bookingevent WHERE id = %s"),
    ],
    ids=["update", "delete", "delete one", "save", "SQL update", "SQL delete"],
)
def test_event_cannot_be_rewritten(rewrite: Callable[[BookingEvent], object]) -> None:
    booking = make_booking()
    before = list(booking.events.values())

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        rewrite(booking.events.all()[0])

    assert list(booking.events.values()) == before


@pytest.mark.parametrize(
    ("kind", "amount"),
    [
        (EventKind.REFUNDED, 5),
        (EventKind.REFUNDED, 0),
        (EventKind.PAYMENT_SUCCEEDED, -5),
        (EventKind.CONFIRMED, 5),
        (EventKind.REFUND_DUE, -5),
    ],
)
def test_event_whose_amount_does_not_fit_is_refused(kind: EventKind, amount: int) -> None:
    booking = make_booking()

    with pytest.raises(IntegrityError, match="amount_fits_kind"), transaction.atomic():
        ledger.record(booking, kind, timezone.now(), amount_rupiah=amount)


def test_balance_is_the_sum_of_the_events() -> None:
    booking = make_booking()
    at = timezone.now()
    moved: list[tuple[EventKind, int, dict[str, Any]]] = [
        (EventKind.PAYMENT_SUCCEEDED, 70_000, {"payment": "1"}),
        (EventKind.REFUND_DUE, 0, {"due_rupiah": 20_000}),
        (EventKind.REFUNDED, -20_000, {"refund": "2"}),
    ]

    for kind, amount, facts in moved:
        ledger.record(booking, kind, at, actor="test", amount_rupiah=amount, **facts)

    assert outcome(booking).balance_rupiah == 50_000
    assert [
        (event.kind, event.at, event.actor, event.amount_rupiah, event.facts)
        for event in booking.events.order_by("pk")[2:]
    ] == [(kind.value, at, "test", amount, facts) for kind, amount, facts in moved]

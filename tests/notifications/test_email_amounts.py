"""Amounts in an email: those of its tickets, and they add up."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from bookings.orders.details import booking_with_details
from movies.prices import paid_price
from notifications.context import facts_of
from tests.factories import make_confirmed_booking
from tests.notifications.conftest import make_message


@pytest.mark.parametrize("is_included", [True, False])
@pytest.mark.parametrize("cancelled", [0, 1])
def test_amounts_of_an_email_add_up(
    db: None, settings: Any, is_included: bool, cancelled: int
) -> None:
    """Each ticket's amount, the lines and the total; also once some tickets are cancelled."""
    booking = make_confirmed_booking()
    settings.PRICES_INCLUDE_FEE = is_included
    booking.tickets.update(discount_rupiah=4_000)
    void = list(booking.tickets.values_list("pk", flat=True))[:cancelled]
    booking.tickets.filter(pk__in=void).update(voided_at=timezone.now())
    message = make_message(booking, language="en")

    facts = facts_of(message, booking_with_details(booking.pk))
    shown = paid_price(facts.seats_rupiah, facts.fee_rupiah)

    assert len(facts.tickets) == 2 - cancelled
    assert sum(ticket.paid_rupiah for ticket in facts.tickets) == facts.total_rupiah
    assert shown.total_rupiah - facts.discount_rupiah == facts.total_rupiah

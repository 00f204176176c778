"""Recovery of a sale made after the backup that was restored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from backups import backup
from bookings.models import Booking, Ticket
from bookings.payments import http
from bookings.settlement.start_payment import start_payment
from tests.backups.test_restore import databases, taken_aside
from tests.bookings.fixtures import book_violations, hold_of, order_of, seat_ids, settle_as
from tests.factories import make_showtime, make_ticket_type
from tests.payments.fakes import stripe as stripe_site
from tests.payments.fakes.server import running
from tests.payments.fakes.stripe import FakeStripe
from tests.payments.providers import StripeDriver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def driver(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeDriver]:
    monkeypatch.setattr(http, "BACKOFF_SECONDS", 0.001)
    settings.STRIPE_SECRET_KEY = stripe_site.SECRET_KEY
    settings.STRIPE_WEBHOOK_SECRETS = [stripe_site.WEBHOOK_SECRET]
    with running(FakeStripe()) as fake:
        settings.STRIPE_API_URL = f"{fake.url}/v1"
        yield StripeDriver(fake)


def test_sale_after_the_backup_survives_the_restore(
    driver: StripeDriver, capsys: pytest.CaptureFixture[str]
) -> None:
    showtime = make_showtime()
    make_ticket_type()
    backed_up_at = timezone.now() - timedelta(seconds=5)
    backup.run_backup(backed_up_at)
    booking = order_of(hold_of(showtime, seat_ids(showtime)[:2]))
    payment = start_payment(
        booking_id=booking.pk, provider="stripe", return_url="http://x/", at=timezone.now()
    )
    driver.pay(payment)
    settle_as(payment)
    tickets = set(Ticket.objects.live().values_list("showtime_seat", "serial"))

    with taken_aside(databases()):
        call_command("restore", swap=True, yes=True)
        after_restore = Booking.objects.count()
        call_command("recover_payments", since=backed_up_at, provider=["stripe"])

        assert after_restore == 0
        assert set(Ticket.objects.live().values_list("showtime_seat", "serial")) == tickets
        assert Booking.objects.get().code == booking.code
        assert book_violations() == []
    assert f"recover_payments --since {backed_up_at.isoformat()}" in capsys.readouterr().out

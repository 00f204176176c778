"""The checkout page questions mistyped addresses and shows what a cancellation returns."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from bookings.models import Booking, CancellationTier
from tests.bookings.browser import checkout_url, send, take
from tests.factories import make_showtime

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_bank(settings: Any) -> None:
    settings.SANDBOX_API_URL = "http://127.0.0.1:9/sandbox/api"


def test_mistyped_domain_is_questioned_once(client: Client) -> None:
    showtime = make_showtime(rows="AB", seats_per_row=5)
    ids = take(client, showtime)
    mistyped = "siti@gmial.com"

    asked = send(client, showtime, ids, email=mistyped)
    page = asked.content.decode()
    before = Booking.objects.count()
    kept = re.search(r'name="kept_email" value="([^"]*)"', page)
    assert kept is not None
    send(client, showtime, ids, email=mistyped, kept_email=kept[1])

    assert (asked.status_code, before, kept[1]) == (422, 0, mistyped)
    assert "Did you mean siti@gmail.com?" in page
    assert Booking.objects.get().contact_email == mistyped


def test_refund_terms_are_shown_before_payment(client: Client) -> None:
    showtime = make_showtime(rows="AB", seats_per_row=5)
    CancellationTier.objects.create(
        hours_before=3, refund_percent=75, is_fee_refunded=False, cinema=showtime.studio.cinema
    )
    take(client, showtime)

    page = " ".join(client.get(checkout_url(showtime)).content.decode().split())

    assert "Until 3 hours before the show: 75% of the ticket, not the service fee" in page

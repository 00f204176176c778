"""What a buyer entered is kept when seats are changed or a voucher is refused, without scripts."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from bookings.models import Booking
from movies.models import Showtime
from tests.bookings.browser import checkout_url, send, take
from tests.factories import make_showtime, make_ticket_type, make_voucher

pytestmark = pytest.mark.django_db


@pytest.fixture
def showtime() -> Showtime:
    make_ticket_type("child", price_percent=50, position=1)
    return make_showtime()


def chosen(page: str) -> dict[str, str]:
    """The form's ticket types in the order of the seats, its contact and its voucher."""
    types = re.findall(r'<option value="(\w+)" selected', page)
    fields = dict(re.findall(r'name="(name|email|voucher)" value="([^"]*)"', page))
    return {"types": ",".join(types), **fields}


def test_changed_seats_keep_types_voucher_and_contact(client: Client, showtime: Showtime) -> None:
    voucher = make_voucher()
    first, second = take(client, showtime, 2)
    types = {f"seat_{second}": "child"}
    send(client, showtime, [first, second], voucher=voucher.code, **types)
    assert Booking.objects.get().voucher == voucher

    client.post(f"/en/showtimes/{showtime.pk}/checkout/change/")
    take(client, showtime, 1)
    page = client.get(checkout_url(showtime)).content.decode()

    assert chosen(page) == {
        "types": "adult,child,adult",
        "name": "Siti Rahma",
        "email": "siti@example.com",
        "voucher": voucher.code,
    }


def test_refused_voucher_keeps_everything(client: Client, showtime: Showtime) -> None:
    first, second = take(client, showtime, 2)

    for action in ("pay", "reprice"):
        types = {f"seat_{second}": "child"}
        refused = send(client, showtime, [first, second], voucher="NOPE", action=action, **types)
        assert chosen(refused.content.decode()) == {
            "types": "adult,child",
            "name": "Siti Rahma",
            "email": "siti@example.com",
            "voucher": "NOPE",
        }
    assert Booking.objects.count() == 0


def test_total_that_was_not_shown_is_not_paid(client: Client, showtime: Showtime) -> None:
    first, second = take(client, showtime, 2)
    unclear = send(client, showtime, [first, second], action="reprice", **{f"seat_{first}": "none"})
    assert 'name="expected_total_rupiah" value=""' in unclear.content.decode()

    refused = send(client, showtime, [first, second], expected_total_rupiah="")

    assert refused.status_code == 422
    assert "Please check the total, then pay." in refused.content.decode()
    assert 'name="expected_total_rupiah" value="106000"' in refused.content.decode()
    assert Booking.objects.count() == 0

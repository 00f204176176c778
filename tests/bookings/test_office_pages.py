"""Amounts and seats in the office's lists and read-only pages are written as customers see them."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from bookings.models import Booking, Payment, Refund
from tests.factories import make_booking, make_user

pytestmark = pytest.mark.django_db

PAGE = "admin:bookings_booking_changelist"


@pytest.fixture
def office() -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def totals(html: str) -> list[str]:
    return re.findall(r">\s*(Rp[\d,]+|\d{5,})\s*<", html)


def booking_of(total_rupiah: int) -> Booking:
    booking = make_booking()
    Booking.objects.filter(pk=booking.pk).update(
        total_rupiah=total_rupiah, seats_rupiah=total_rupiah, fee_rupiah=0, discount_rupiah=0
    )
    return booking


def test_list_is_read_and_sorted_by_its_amounts(office: Client) -> None:
    booking_of(45_000)
    booking_of(1_250_000)

    columns = office.get(reverse(PAGE)).context["cl"].list_display
    at = [getattr(column, "__name__", column) for column in columns].index("total_rupiah")
    shown = office.get(reverse(PAGE), {"o": f"-{at}"}).content.decode()

    assert totals(shown) == ["Rp1,250,000", "Rp45,000"]


def test_order_page_names_no_unit_twice(office: Client) -> None:
    page = reverse("admin:bookings_booking_change", args=[booking_of(45_000).pk])
    shown = office.get(page).content.decode()

    assert "Rp45,000" in totals(shown)
    assert "45000" not in totals(shown)
    assert "(Rp)" not in shown


def test_order_page_names_its_seats(office: Client) -> None:
    booking = make_booking()
    page = reverse("admin:bookings_booking_change", args=[booking.pk])
    shown = office.get(page).content.decode()

    assert re.findall(r"<th[^>]*>([A-Z]\d+)</th>", shown) == ["A1", "A2"]


def test_refund_is_named_by_its_payment_and_amount() -> None:
    payment = Payment(booking=Booking(code="NMW6HJJD"), provider="sandbox")

    with translation.override("en"):
        assert str(Refund(payment=payment, amount_rupiah=37_500)) == f"{payment} · Rp37,500"

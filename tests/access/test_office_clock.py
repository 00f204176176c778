"""Lists and forms of the office use the time zone of the reader's cinemas."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bookings.models import Payment, Voucher
from movies.models import Role
from tests.factories import (
    make_cinema,
    make_confirmed_booking,
    make_manager,
    make_showtime,
    make_staff,
    make_studio,
    make_user,
)

pytestmark = pytest.mark.django_db

PAYMENTS = reverse("admin:bookings_payment_changelist")
AT = datetime(2027, 1, 2, 20, 30, tzinfo=UTC)


def page_of(user: User, address: str = PAYMENTS) -> str:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    return client.get(address).content.decode()


def test_list_uses_the_time_zone_of_the_users_cinema() -> None:
    cinema = make_cinema(time_zone="Asia/Makassar")
    booking = make_confirmed_booking(make_showtime(make_studio(cinema)))
    Payment.objects.filter(booking=booking).update(created_at=AT)

    assert "3 Jan 2027, 04:30" in page_of(make_manager(cinema))
    assert timezone.get_current_timezone_name() == "UTC"


def test_chain_pages_use_and_name_the_most_common_time_zone() -> None:
    for zone in ("Asia/Makassar", "Asia/Jakarta", "Asia/Jakarta"):
        make_cinema(time_zone=zone)
    chain, one = make_staff(Role.CHAIN_ADMIN, None), make_manager(make_cinema())

    has_hint = ["hours on this page are WIB" in page_of(who) for who in (chain, one)]

    assert has_hint == [True, False]


def test_hours_typed_into_a_form_are_of_the_same_clock() -> None:
    make_cinema(time_zone="Asia/Jakarta")
    client = Client()
    client.force_login(make_staff(Role.CHAIN_ADMIN, None))
    wanted = {
        "code": "NIGHT",
        "kind": "percent",
        "value": "10",
        "valid_from_0": "2027-01-01",
        "valid_from_1": "00:00:00",
        "valid_until_0": "2027-01-31",
        "valid_until_1": "23:59:00",
        "max_uses": "5",
        "min_seats_rupiah": "0",
    }

    done = client.post(reverse("admin:bookings_voucher_add"), wanted)

    assert done.status_code == 302
    voucher = Voucher.objects.get()
    assert (voucher.valid_from, voucher.valid_until) == (
        datetime(2026, 12, 31, 17, tzinfo=UTC),
        datetime(2027, 1, 31, 16, 59, tzinfo=UTC),
    )


def test_customer_sees_no_office_time_zone() -> None:
    make_cinema(time_zone="Asia/Jakarta")

    assert page_of(make_user()) == ""


def test_page_of_one_row_uses_the_time_zone_of_its_cinema() -> None:
    for _more in range(2):
        make_cinema(time_zone="Asia/Jakarta")
    booking = make_confirmed_booking(
        make_showtime(make_studio(make_cinema(time_zone="Asia/Jayapura")))
    )
    payment = Payment.objects.get(booking=booking)
    Payment.objects.filter(pk=payment.pk).update(created_at=AT)
    page = reverse("admin:bookings_payment_change", args=[payment.pk])

    shown = page_of(make_staff(Role.CHAIN_ADMIN, None), page)

    assert "3 Jan 2027, 05:30" in shown
    assert "hours on this page are WIT" in shown

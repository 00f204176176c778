"""Office pages of bookings: managers see their own cinemas' bookings and can cancel them."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from bookings.models import Booking, BookingStatus, Refund
from tests.clients import signed_in
from tests.factories import make_cinema, make_confirmed_booking, make_manager, make_user
from tests.seating.test_holds import states

pytestmark = pytest.mark.django_db

LIST = reverse("admin:bookings_booking_changelist")


def cancel(client: Client, booking: Booking) -> int:
    answer = client.post(
        LIST,
        {
            "action": "cancel_and_refund",
            "_selected_action": [str(booking.pk)],
            "is_confirmed": "1",
            "shown_rupiah": str(booking.total_rupiah),
            "reason": "Projector broke",
        },
    )
    booking.refresh_from_db()
    return answer.status_code


def test_manager_cancels_and_refunds_an_order_of_their_cinema() -> None:
    booking = make_confirmed_booking()
    manager = make_manager(booking.showtime.studio.cinema)

    cancel(signed_in(manager), booking)

    assert booking.status == BookingStatus.CANCELLED
    assert Refund.objects.get().amount_rupiah == booking.total_rupiah
    assert {status for status, _hold, _version in states(booking.showtime)} == {"available"}
    assert booking.events.filter(kind="cancelled").get().actor == f"staff:{manager.pk}"


def test_manager_of_another_cinema_finds_and_cancels_nothing() -> None:
    booking = make_confirmed_booking()
    other_client = signed_in(make_manager(make_cinema()))

    assert booking.code not in other_client.get(LIST).content.decode()
    detail = reverse("admin:bookings_booking_change", args=[booking.pk])
    assert other_client.get(detail).status_code == 302
    cancel(other_client, booking)

    assert booking.status == BookingStatus.CONFIRMED


def test_orders_cannot_be_typed_over_in_admin() -> None:
    booking = make_confirmed_booking()
    admin = signed_in(make_user(is_staff=True, is_superuser=True))
    detail = reverse("admin:bookings_booking_change", args=[booking.pk])

    assert booking.code in admin.get(detail).content.decode()
    assert admin.post(detail, {"status": "cancelled"}).status_code == 403
    booking.refresh_from_db()

    assert booking.status == BookingStatus.CONFIRMED


def test_customer_has_no_office() -> None:
    assert signed_in(make_user()).get(LIST).status_code == 302
